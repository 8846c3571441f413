package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// SkillHeld is a skill with what somebody has proven of it.
type SkillHeld struct {
	skill.Skill
	Level  skill.Level
	Awards []AwardSeen    // the newest first
	Next   []*course.Item // assignments not passed yet that prove it higher, or again
}

// AwardSeen is an award with the names of who judged it.
type AwardSeen struct {
	skill.Award
	Assessors []string
	Looking   bool // another mentor is looking at the piece
}

// RecordPage is a skills record with its certificates.
type RecordPage struct {
	Holder       member.Member
	Held         []SkillHeld
	NotYet       []SkillHeld // skills the courses teach that are not proven yet
	Certificates []store.Held
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
	record, err := d.Store.Record(ctx, m)
	if err != nil {
		return p, err
	}
	subs, err := d.Store.Submissions(ctx, m)
	if err != nil {
		return p, err
	}
	names, err := d.Store.Names(ctx, assessors(record))
	if err != nil {
		return p, err
	}
	for _, s := range d.Catalog.Skills {
		h := SkillHeld{Skill: s, Level: record.Held(s.ID), Next: d.provable(s.ID, subs)}
		for _, w := range record.Of(s.ID, skill.WithModel) {
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
		case len(h.Next) > 0:
			p.NotYet = append(p.NotYet, h)
		}
	}
	p.Certificates, err = d.Store.Certificates(ctx, m)
	return p, err
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

// provable are the assignments that prove a skill and are not passed yet.
func (d *Desk) provable(id skill.ID, subs []practice.Submission) []*course.Item {
	var out []*course.Item
	for _, c := range d.Catalog.Courses {
		for _, it := range c.Items() {
			if it.Kind != course.KindAssignment || !slices.ContainsFunc(it.Assignment.Rubric.Rows, func(r course.Criterion) bool { return r.Skill == id && r.Proves > 0 }) {
				continue
			}
			if !slices.ContainsFunc(subs, func(s practice.Submission) bool { return s.Ref == it.Ref && !s.Passed.IsZero() }) {
				out = append(out, it)
			}
		}
	}
	return out
}

// Verified is what anybody learns from a certificate's number.
type Verified struct {
	Number  certificate.Number
	State   certificate.State
	Name    string // empty unless the holder allows it
	Code    string // of the course
	Public  bool   // anybody may fetch the PDF
	Course  course.Text
	Title   course.Text
	CanDo   []course.Text
	Pieces  int
	Issued  time.Time
	Center  string
	CenterE string
}

// Verify says whether a certificate is valid and for what. Anybody may ask.
func (d *Desk) Verify(ctx context.Context, number string) (Verified, error) {
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return Verified{}, err
	}
	h, err := d.Store.CertificateByNumber(ctx, n)
	if isMissing(err) {
		return Verified{}, problem.Missing("certificate.unknown")
	}
	if err != nil {
		return Verified{}, err
	}
	v := Verified{
		Number: h.Number, State: h.StateAt(d.Now()), Code: h.Snapshot.Code, Public: h.Public, Course: h.Snapshot.Topic, Title: h.Snapshot.Title, CanDo: h.Snapshot.CanDo,
		Pieces: len(h.Snapshot.Pieces), Issued: h.Issued, Center: h.Snapshot.CenterName, CenterE: h.Snapshot.CenterNameEn,
	}
	if h.ShowName {
		v.Name = h.Snapshot.Name
	}
	return v, nil
}

// CertificatePDF gives a certificate's PDF to its holder and her center's staff, and to everybody if she made it public.
// The bytes are made at the first asking and kept: they are the same for ever, while it stands as it does. What is no longer
// valid is stamped over the page. To others it does not exist.
func (d *Desk) CertificatePDF(ctx context.Context, a Actor, number string) (store.PDF, certificate.Number, error) {
	h, err := d.certificateFor(ctx, a, number)
	if err != nil {
		return store.PDF{}, "", err
	}
	n := h.Number
	state := h.StateAt(d.Now())
	if state == certificate.Withdrawn {
		return store.PDF{}, "", problem.Missing("certificate.unknown")
	}
	kept, ok, err := d.Store.CertificatePDF(ctx, h.ID, state)
	if err != nil || ok {
		return kept, n, err
	}
	made, err := d.render(ctx, h, state)
	if err != nil {
		return store.PDF{}, n, err
	}
	if err := d.deed(ctx, func(ctx context.Context, now time.Time) error { return d.Store.KeepPDF(ctx, h.ID, state, made, now) }); err != nil {
		return store.PDF{}, n, err
	}
	// Somebody may have been faster: what was kept first is what everybody gets.
	kept, _, err = d.Store.CertificatePDF(ctx, h.ID, state)
	return kept, n, err
}

// render makes a certificate's PDF as it stands.
func (d *Desk) render(_ context.Context, h store.Held, state certificate.State) (store.PDF, error) {
	return d.Render(certificate.Sheet{
		Certificate: h.Certificate, Address: d.Address + "/verify/" + string(h.Number), State: state, Changed: h.Latest.At, Successor: h.Successor,
	})
}

// MakePublic lets the holder say whether anybody with the number may fetch the PDF.
func (d *Desk) MakePublic(ctx context.Context, a Actor, number string, public bool) error {
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return err
	}
	_, err = once(ctx, d, a, "certificate.shared", func(ctx context.Context, now time.Time) (struct{}, error) {
		h, err := d.Store.CertificateByNumber(ctx, n)
		if err != nil {
			return struct{}{}, err
		}
		if h.Holder != a.Member || !a.SignedIn() {
			return struct{}{}, problem.Missing("certificate.unknown")
		}
		if public && h.Hidden {
			return struct{}{}, problem.Refuse("certificate.hidden")
		}
		if err := d.Store.SetCertificatePublic(ctx, h.ID, public); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, d.happened(ctx, a, now, "certificate.shared", audit.Subject{Kind: "certificate", ID: int64(h.ID)}, a.Member, map[string]any{"public": public})
	})
	return err
}

// HideCertificate lets the holder keep a certificate out of the public look-up, or show it there again. What is hidden is not
// public either; shown again it stays closed until she opens it.
func (d *Desk) HideCertificate(ctx context.Context, a Actor, number string, hidden bool) error {
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return err
	}
	_, err = once(ctx, d, a, "certificate.hidden", func(ctx context.Context, now time.Time) (none, error) {
		h, err := d.Store.CertificateByNumber(ctx, n)
		if isMissing(err) || err == nil && (h.Holder != a.Member || !a.SignedIn()) {
			return none{}, problem.Missing("certificate.unknown")
		}
		if err != nil {
			return none{}, err
		}
		if err := d.Store.SetCertificateHidden(ctx, h.ID, hidden); err != nil {
			return none{}, err
		}
		if hidden && h.Public {
			if err := d.Store.SetCertificatePublic(ctx, h.ID, false); err != nil {
				return none{}, err
			}
		}
		return none{}, d.happened(ctx, a, now, "certificate.hidden", audit.Subject{Kind: "certificate", ID: int64(h.ID)}, a.Member, map[string]any{"hidden": hidden})
	})
	return err
}
