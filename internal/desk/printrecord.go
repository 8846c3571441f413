package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// PrintRecord prints the actor's skills record of today in a language, after ジョブ・カード様式3-3-3. It is made anew at each
// asking: it tells the day, and the certificates on it carry the proof, each by its number and all of them as the machine
// credential that is attached.
func (d *Desk) PrintRecord(ctx context.Context, a Actor, lang string) (store.PDF, error) {
	page, err := d.LookRecord(ctx, a)
	if err != nil {
		return store.PDF{}, err
	}
	if d.RenderRecord == nil {
		return store.PDF{}, problem.Missing("store.missing")
	}
	center, err := d.Store.Center(ctx, a.Center)
	if err != nil {
		return store.PDF{}, err
	}
	runs, err := d.Store.Runs(ctx, a.Member)
	if err != nil {
		return store.PDF{}, err
	}
	h, now := page.Holder, d.Now()
	sheet := certificate.RecordSheet{
		Lang: lang, Name: h.NameOnCertificate(), Latin: h.LatinName, CenterName: center.Name, CenterNameEn: center.NameEn, Made: now, Rule: skill.Rule, Address: d.Address + "/verify",
	}
	if sheet.Credential, err = d.recordCredential(ctx, h, center, now); err != nil {
		return store.PDF{}, err
	}
	if h.PrintedKana {
		sheet.Kana = h.Kana
	}
	for _, run := range runs {
		if run.Center == a.Center && run.Course != course.PriorSlug { // nobody studies portfolios; what they prove stands among the skills
			if c := d.course[run.Course]; c != nil {
				sheet.Courses = append(sheet.Courses, recordCourse(c, run, page.Certificates))
			}
		}
	}
	for _, s := range page.Held {
		sheet.Skills = append(sheet.Skills, recordSkill(s))
	}
	return d.RenderRecord(sheet)
}

func recordCourse(c *course.Course, run cohort.CourseRun, held []CertificateSeen) certificate.RecordCourse {
	out := certificate.RecordCourse{Code: c.Code, Title: c.Title, Began: run.Started, Ended: run.Completed, Minutes: c.Minutes(), Aims: c.Aims}
	for _, m := range c.Modules {
		out.Modules = append(out.Modules, m.Title)
	}
	for _, h := range held {
		if h.Kind == certificate.KindCourse && h.Subject == run.Course && h.Edition == run.Edition && h.State == certificate.Valid {
			out.Number = h.Number
		}
	}
	return out
}

func recordSkill(s SkillHeld) certificate.RecordSkill {
	out := certificate.RecordSkill{Standing: s.Standing, Title: s.Title, Descriptor: s.Levels[s.Level], Grade: s.Grade, Prior: s.Standing.Prior}
	for _, w := range s.Awards {
		if w.Level < s.Level {
			continue
		}
		if !slices.Contains(out.Pieces, w.Evidence.Title) {
			out.Pieces = append(out.Pieces, w.Evidence.Title)
		}
		for _, name := range w.Assessors {
			if !slices.Contains(out.Assessors, name) {
				out.Assessors = append(out.Assessors, name)
			}
		}
	}
	return out
}

// MailCertificate sends the holder her certificate as a file, to her own address and nobody else's.
func (d *Desk) MailCertificate(ctx context.Context, a Actor, number string) error {
	if err := must(a, member.Trainee); err != nil {
		return err
	}
	_, err := once(ctx, d, a, "certificate.mailed", func(ctx context.Context, now time.Time) (struct{}, error) {
		h, err := d.certificateBy(ctx, a, number, holds, keeps)
		if err != nil {
			return struct{}{}, err
		}
		m, err := d.Store.Member(ctx, a.Member)
		if err != nil {
			return struct{}{}, err
		}
		switch {
		case h.Holder != a.Member:
			return struct{}{}, problem.Missing("certificate.unknown")
		case m.Email == "":
			return struct{}{}, problem.Refuse("certificate.no_mail")
		case !h.StateAt(now).MayEnd():
			return struct{}{}, problem.Clash("certificate.ended")
		}
		data := map[string]any{"title": h.Snapshot.Topic, "number": string(h.Number)}
		if err := d.tell(ctx, now, a.Member, "certificate_file", true, data); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, d.happened(ctx, a, now, "certificate.mailed", audit.Subject{Kind: "certificate", ID: int64(h.ID)}, a.Member, nil)
	})
	return err
}

// MailedPaper is the file of a certificate that its holder asked to be mailed; ok is false if it stands no longer.
func (d *Desk) MailedPaper(ctx context.Context, number certificate.Number) (p store.PDF, ok bool, err error) {
	h, err := d.Store.CertificateByNumber(ctx, number)
	if isMissing(err) || err == nil && !h.StateAt(d.Now()).MayEnd() {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p, err = d.paper(ctx, h)
	return p, err == nil, err
}
