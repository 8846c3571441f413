package desk

import (
	"context"
	"io"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// grant issues the course certificates that somebody has earned and not been given: the grant, its first certificate, a
// letter, an event.
func (d *Desk) grant(ctx context.Context, m member.ID, now time.Time) ([]GotCertificate, error) {
	runs, err := d.Store.Runs(ctx, m)
	if err != nil {
		return nil, err
	}
	given, err := d.Store.Grants(ctx, m)
	if err != nil {
		return nil, err
	}
	due := certificate.Due(finished(runs), given)
	if len(due) == 0 {
		return nil, nil
	}
	notOwn, err := d.Store.RunsNotOwn(ctx, m)
	if err != nil {
		return nil, err
	}
	var out []GotCertificate
	for _, g := range due {
		i := slices.IndexFunc(runs, func(r cohort.CourseRun) bool { return r.Course == g.Subject && r.Edition == g.Edition })
		if slices.Contains(notOwn, runs[i].ID) {
			continue // completed with work that was not hers
		}
		id, err := d.Store.AddGrant(ctx, g)
		if err != nil {
			return nil, err
		}
		if id == 0 {
			continue // somebody was faster: there is one already
		}
		g.ID = id
		snap, err := d.courseSnapshot(ctx, g, runs[i])
		if err != nil {
			return nil, err
		}
		c, err := d.issue(ctx, g, certificate.Certificate{Revision: 1, Snapshot: snap}, 0, now)
		if err != nil {
			return nil, err
		}
		out = append(out, GotCertificate{c.Number, g.Kind, g.Subject})
	}
	return out, nil
}

func finished(runs []cohort.CourseRun) []certificate.Finished {
	out := make([]certificate.Finished, len(runs))
	for i, r := range runs {
		out[i] = certificate.Finished{Member: r.Member, Center: r.Center, Course: r.Course, Edition: r.Edition, Completed: r.Completed}
	}
	return out
}

// grantSkills issues the skill certificates that somebody's record has earned, and renews those that lapse soon and for
// which there is new evidence.
func (d *Desk) grantSkills(ctx context.Context, center member.CenterID, m member.ID, now time.Time) ([]GotCertificate, error) {
	record, err := d.Store.Record(ctx, m)
	if err != nil {
		return nil, err
	}
	held, err := d.Store.Certificates(ctx, m)
	if err != nil {
		return nil, err
	}
	var out []GotCertificate
	for _, due := range certificate.DueSkills(m, center, record, current(held, now), now) {
		g := due.Grant
		if g.ID != 0 {
			i := slices.IndexFunc(held, func(h store.Held) bool { return h.Grant == g.ID })
			c, err := d.renew(ctx, held[i], record, due.Until, Actor{Center: center}, now)
			if err != nil {
				return nil, err
			}
			out = append(out, GotCertificate{c.Number, g.Kind, g.Subject})
			continue
		}
		got, err := d.grantSkill(ctx, due, record, now)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// grantSkill issues the first certificate of a skill that is due; nothing if somebody was faster.
func (d *Desk) grantSkill(ctx context.Context, due certificate.SkillDue, record skill.Record, now time.Time) ([]GotCertificate, error) {
	g := due.Grant
	var err error
	if g.ID, err = d.Store.AddGrant(ctx, g); err != nil || g.ID == 0 {
		return nil, err
	}
	snap, err := d.skillSnapshot(ctx, g, record, due.Level, now)
	if err != nil {
		return nil, err
	}
	c, err := d.issue(ctx, g, certificate.Certificate{Revision: 1, Until: due.Until, Snapshot: snap}, 0, now)
	if err != nil {
		return nil, err
	}
	return []GotCertificate{{c.Number, g.Kind, g.Subject}}, nil
}

// current is the newest certificate of each grant; held has the newest first.
func current(held []store.Held, now time.Time) []certificate.Current {
	var out []certificate.Current
	for _, h := range held {
		if slices.ContainsFunc(out, func(c certificate.Current) bool { return c.Grant.ID == h.Grant }) {
			continue
		}
		out = append(out, certificate.Current{
			Grant: grantOf(h), Until: h.Until, State: h.StateAt(now), Lost: h.Latest.State == certificate.Revoked && h.Latest.Reason == certificate.LostEvidence,
		})
	}
	return out
}

func grantOf(h store.Held) certificate.Grant {
	return certificate.Grant{ID: h.Grant, Member: h.Holder, Center: h.Center, Kind: h.Kind, Subject: h.Subject, Edition: h.Edition, At: h.Granted}
}

// issue gives a certificate its number and keeps it, with a letter to its holder and an event. c says which revision it is,
// of which cause, until when and with which snapshot; batch is 0 outside of one.
func (d *Desk) issue(ctx context.Context, g certificate.Grant, c certificate.Certificate, batch certificate.BatchID, now time.Time) (certificate.Certificate, error) {
	random := make([]byte, certificate.NumberBytes)
	if _, err := io.ReadFull(d.Random, random); err != nil {
		return c, err
	}
	c.Grant, c.Number, c.Issued = g.ID, certificate.NewNumber(random), now
	var err error
	if c.ID, err = d.Store.AddCertificate(ctx, g.Center, c, batch); err != nil {
		return c, err
	}
	data := map[string]any{"kind": string(g.Kind), "course": g.Subject, "cause": string(c.Cause)}
	if err := d.happened(ctx, Actor{Center: g.Center}, now, "certificate.issued", audit.Subject{Kind: "grant", ID: int64(g.ID)}, g.Member, data); err != nil {
		return c, err
	}
	letter, kind := map[string]any{"kind": string(g.Kind), "title": c.Snapshot.Topic, "number": string(c.Number)}, "certificate"
	if c.Cause == certificate.Restated {
		kind = "certificate_restated"
	}
	return c, d.tell(ctx, now, g.Member, kind, false, letter)
}

// courseSnapshot gathers what a course's certificate says, as it is on the day.
func (d *Desk) courseSnapshot(ctx context.Context, g certificate.Grant, run cohort.CourseRun) (certificate.Snapshot, error) {
	s, err := d.blank(ctx, g)
	if err != nil {
		return s, err
	}
	s.Edition, s.Topic, s.Began, s.Ended = g.Edition, course.Text{JA: g.Subject}, run.Started, run.Completed
	if run.Completed.IsZero() {
		s.Ended = g.At
	}
	if c := d.course[g.Subject]; c != nil {
		s.Code, s.Topic, s.Title, s.CanDo, s.Minutes = c.Code, c.Title, c.Certificate.Title, c.Certificate.CanDo, c.Minutes()
		for _, m := range c.Modules {
			s.Modules = append(s.Modules, m.Title)
		}
	}
	if s.Pieces, err = d.pieces(ctx, g.Subject, run); err != nil {
		return s, err
	}
	record, err := d.Store.Record(ctx, g.Member)
	if err != nil {
		return s, err
	}
	s.Skills = d.proven(record, g.Subject)
	return s, nil
}

// skillSnapshot gathers what a skill's certificate says: the level in words, and the pieces that prove it.
func (d *Desk) skillSnapshot(ctx context.Context, g certificate.Grant, record skill.Record, level skill.Level, now time.Time) (certificate.Snapshot, error) {
	s, err := d.blank(ctx, g)
	if err != nil {
		return s, err
	}
	of := d.Catalog.Skill(skill.ID(g.Subject))
	stand := record.StandAt(of.ID, level, now)
	s.Code, s.Topic, s.Title, s.Began, s.Ended = string(of.ID), of.Title, of.Title, stand.Since, stand.Newest
	s.Skills = []certificate.Proven{{Skill: of.ID, Title: of.Title, Level: level, Descriptor: of.Levels[level]}}
	if of.Levels[level].JA != "" {
		s.CanDo = []course.Text{of.Levels[level]}
	}
	awards := record.Of(of.ID, level)
	names, err := d.Store.Names(ctx, assessors(awards))
	if err != nil {
		return s, err
	}
	const most = 8 // on the paper; the newest
	for _, a := range awards[:min(len(awards), most)] {
		p := certificate.Piece{ID: a.Evidence.Piece, Title: a.Evidence.Title, Attempts: a.Evidence.AttemptN, Passed: a.At, Assisted: a.Evidence.Assisted, Prior: a.Evidence.Prior}
		for _, m := range a.Evidence.Assessors {
			p.Assessors = append(p.Assessors, names[m])
		}
		s.Pieces = append(s.Pieces, p)
	}
	s.Proof = certificate.Proof{Pieces: stand.Pieces, Assessors: stand.Assessors}
	return s, nil
}

// blank is what every certificate of a grant says: who holds it, who gives it, and how it looks.
func (d *Desk) blank(ctx context.Context, g certificate.Grant) (certificate.Snapshot, error) {
	s := certificate.Snapshot{Kind: g.Kind, Rule: skill.Rule}
	holder, err := d.Store.Member(ctx, g.Member)
	if err != nil {
		return s, err
	}
	center, err := d.Store.Center(ctx, g.Center)
	if err != nil {
		return s, err
	}
	s.CenterName, s.CenterNameEn = center.Name, center.NameEn
	named(&s, holder)
	s.Design, err = d.designOf(ctx, g.Center)
	return s, err
}

// named prints a person's name as she chose it.
func named(s *certificate.Snapshot, m member.Member) {
	s.Name, s.Kana, s.Latin = m.NameOnCertificate(), "", m.LatinName
	if m.PrintedKana {
		s.Kana = m.Kana
	}
}

// pieces are the passed assignments of a run, with how often they were handed in and who judged them.
func (d *Desk) pieces(ctx context.Context, slug string, run cohort.CourseRun) ([]certificate.Piece, error) {
	rows, err := d.Store.PassedPieces(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	var out []certificate.Piece
	for _, r := range rows {
		title := course.Text{JA: r.Item}
		if it := d.Catalog.Item(course.Ref{Course: slug, Module: r.Module, Item: r.Item}); it != nil {
			title = it.Title
		}
		out = append(out, certificate.Piece{ID: int64(r.ID), Title: title, Attempts: r.Attempts, Assessors: r.Assessors, Passed: r.Passed, Assisted: r.Assisted})
	}
	return out, nil
}

// proven are the skills a course's pieces have proven, at the level held on the day.
func (d *Desk) proven(record skill.Record, slug string) []certificate.Proven {
	var of skill.Record
	for _, a := range record {
		if a.Evidence.Course == slug {
			of = append(of, a)
		}
	}
	var out []certificate.Proven
	for _, id := range of.Skills() {
		s, level := d.Catalog.Skill(id), record.Held(id)
		out = append(out, certificate.Proven{Skill: id, Title: s.Title, Level: level, Descriptor: s.Levels[level]})
	}
	return out
}
