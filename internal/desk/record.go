package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// SkillHeld is a skill with what somebody has proven of it.
type SkillHeld struct {
	skill.Skill
	skill.Standing
	Grade  skill.Grade
	Awards []AwardSeen    // those that count, the newest first
	Next   []*course.Item // what would prove it higher, or again: assignments not passed yet, or a portfolio
}

// AwardSeen is an award with the names of who judged it.
type AwardSeen struct {
	skill.Award
	Assessors []string
	Looking   bool // another mentor is looking at the piece
}

// CertificateSeen is a certificate as its holder sees it.
type CertificateSeen struct {
	store.Held
	State     certificate.State
	Renewable bool // there is newer evidence
}

// Happened is a line of the record's history.
type Happened struct {
	At     time.Time
	What   HappenedKind
	Skill  skill.ID           // of an award or a lapse
	Level  skill.Level        // of an award or a lapse
	Title  course.Text        // the piece, or what a certificate is for
	Number certificate.Number // of a certificate
	Reason string             // of a revocation
}

// HappenedKind is what happened.
type HappenedKind string

// What happens to a record.
const (
	HappenedAward     HappenedKind = "award"
	HappenedLost      HappenedKind = "lost"   // an award was revoked
	HappenedLapsed    HappenedKind = "lapsed" // a level came to need renewal
	HappenedIssued    HappenedKind = "issued"
	HappenedRenewed   HappenedKind = "renewed"
	HappenedCorrected HappenedKind = "corrected"
	HappenedRestated  HappenedKind = "restated"
	HappenedRevoked   HappenedKind = "revoked"
)

// RecordPage is a skills record with its certificates.
type RecordPage struct {
	Holder       member.Member
	Held         []SkillHeld
	NotYet       []SkillHeld // skills the courses teach that are not proven yet
	Certificates []CertificateSeen
	History      []Happened // the newest first
}

// LookRecord shows a trainee her own record.
func (d *Desk) LookRecord(ctx context.Context, a Actor) (RecordPage, error) {
	if err := must(a, member.Trainee); err != nil {
		return RecordPage{}, err
	}
	return d.record(ctx, a.Member)
}

func (d *Desk) record(ctx context.Context, m member.ID) (RecordPage, error) {
	var p RecordPage
	var err error
	if p.Holder, err = d.Store.Member(ctx, m); err != nil {
		return p, err
	}
	ledger, err := d.Store.Ledger(ctx, m)
	if err != nil {
		return p, err
	}
	subs, err := d.Store.Submissions(ctx, m)
	if err != nil {
		return p, err
	}
	names, err := d.Store.Names(ctx, assessors(ledger))
	if err != nil {
		return p, err
	}
	now := d.Now()
	for _, s := range d.Catalog.Skills {
		h := SkillHeld{Skill: s, Standing: ledger.Stand(s.ID, now), Grade: ledger.Grade(s.ID)}
		var taught bool
		h.Next, taught = d.ways(h.Standing, subs, now)
		for _, w := range ledger.Of(s.ID, skill.WithModel) {
			seen := AwardSeen{Award: w}
			for _, id := range w.Evidence.Assessors {
				seen.Assessors = append(seen.Assessors, names[id])
			}
			seen.Looking = slices.ContainsFunc(subs, func(o practice.Submission) bool { return int64(o.ID) == w.Evidence.Piece && o.SecondLook })
			h.Awards = append(h.Awards, seen)
		}
		switch {
		case h.Level > skill.None:
			p.Held = append(p.Held, h)
		case taught && len(h.Next) > 0:
			p.NotYet = append(p.NotYet, h)
		}
	}
	held, err := d.Store.Certificates(ctx, m)
	if err != nil {
		return p, err
	}
	for _, h := range held {
		seen := CertificateSeen{Held: h, State: h.StateAt(now)}
		if h.Kind == certificate.KindSkill {
			_, seen.Renewable = certificate.Renewable(ledger, current([]store.Held{h}, now)[0], h.Snapshot.Level(), now)
		}
		p.Certificates = append(p.Certificates, seen)
	}
	p.History = history(ledger, held, now)
	return p, nil
}

// history is all that happened to a record, the newest first.
func history(ledger skill.Record, held []store.Held, now time.Time) []Happened {
	var out []Happened
	for _, id := range ledger.Skills() {
		for _, l := range ledger.Lapses(id, now) {
			out = append(out, Happened{At: l.At, What: HappenedLapsed, Skill: id, Level: l.Level})
		}
	}
	for _, w := range ledger {
		one := Happened{At: w.At, What: HappenedAward, Skill: w.Skill, Level: w.Level, Title: w.Evidence.Title}
		out = append(out, one)
		if v := w.Revocation; !v.At.IsZero() {
			one.At, one.What, one.Reason = v.At, HappenedLost, v.Reason
			out = append(out, one)
		}
	}
	causes := map[certificate.Cause]HappenedKind{certificate.First: HappenedIssued, certificate.Renewed: HappenedRenewed, certificate.Corrected: HappenedCorrected, certificate.Restated: HappenedRestated}
	for _, h := range held {
		one := Happened{At: h.Issued, What: causes[h.Cause], Title: h.Snapshot.Topic, Number: h.Number}
		out = append(out, one)
		if h.Latest.State == certificate.Revoked {
			one.At, one.What, one.Reason = h.Latest.At, HappenedRevoked, string(h.Latest.Reason)
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b Happened) int { return b.At.Compare(a.At) })
	return out
}

func assessors(r skill.Record) []member.ID {
	var ids []member.ID
	for _, a := range r {
		for _, m := range a.Evidence.Assessors {
			if !slices.Contains(ids, m) {
				ids = append(ids, m)
			}
		}
	}
	return ids
}

// ways are what would prove a skill higher than it stands, or again: the assignments not passed yet that prove what is held
// or more. Where none of them raises the level, or renews it where that is due, a portfolio does, if it proves enough. taught
// tells whether any assignment of the courses proves the skill.
func (d *Desk) ways(s skill.Standing, subs []practice.Submission, now time.Time) (out []*course.Item, taught bool) {
	need := s.Level + 1
	if s.Due(now) {
		need = s.Level
	}
	enough := false
	for _, c := range d.Catalog.Courses {
		for _, it := range c.Items() {
			proves := it.Proves(s.Skill)
			taught = taught || proves > skill.None
			if proves == skill.None || proves < s.Level || slices.ContainsFunc(subs, func(v practice.Submission) bool { return v.Ref == it.Ref && !v.Passed.IsZero() }) {
				continue
			}
			out, enough = append(out, it), enough || proves >= need
		}
	}
	if first := d.Catalog.Item(course.Portfolio(s.Skill)); !enough && first != nil && first.Proves(s.Skill) >= need {
		if it := nextPortfolio(first, subs); it != nil {
			out = append(out, it)
		}
	}
	return out, taught
}
