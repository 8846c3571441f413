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
			_, seen.Renewable = certificate.Renewable(ledger, current([]store.Held{h}, now)[0], levelOf(h), now)
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
	causes := map[certificate.Cause]HappenedKind{certificate.First: HappenedIssued, certificate.Renewed: HappenedRenewed, certificate.Corrected: HappenedCorrected}
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

// Verified is what anybody learns from a certificate's number. Of a withdrawn one that is nothing but its state, and of one
// that its holder keeps hidden nothing but that.
type Verified struct {
	Number    certificate.Number
	State     certificate.State
	Hidden    bool
	Kind      certificate.Kind
	Changed   time.Time          // since when it was revoked or replaced
	Reason    certificate.Reason // of that
	Successor certificate.Number // of a replaced one; empty if its holder keeps that hidden
	Cause     certificate.Cause
	Until     time.Time // when it lapses; zero: never
	Name      string    // empty unless the holder allows it
	Code      string    // of the course or skill
	Public    bool      // anybody may fetch the PDF
	Topic     course.Text
	Title     course.Text
	CanDo     []course.Text
	Skills    []certificate.Proven
	Pieces    int
	Assessors int // different people who judged the pieces
	Assisted  int // pieces handed in with help at the center
	Prior     int // pieces made elsewhere
	Issued    time.Time
	Center    string
	CenterE   string
}

// Verify says how a certificate stands and what for. Anybody may ask.
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
	return d.verified(h), nil
}

func (d *Desk) verified(h store.Held) Verified {
	state := h.StateAt(d.Now())
	switch {
	case state == certificate.Withdrawn:
		return Verified{Number: h.Number, State: state}
	case h.Hidden:
		return Verified{Number: h.Number, Hidden: true}
	}
	s := h.Snapshot
	v := Verified{
		Number: h.Number, State: state, Kind: h.Kind, Changed: h.Latest.At, Reason: h.Latest.Reason, Successor: h.Successor, Cause: h.Cause, Until: h.Until,
		Code: s.Code, Public: h.Public, Topic: s.Topic, Title: s.Title, CanDo: s.CanDo, Skills: s.Skills,
		Pieces: len(s.Pieces), Issued: h.Issued, Center: s.CenterName, CenterE: s.CenterNameEn,
	}
	if h.ShowName {
		v.Name = s.Name
	}
	people := map[string]bool{}
	for _, p := range s.Pieces {
		for _, name := range p.Assessors {
			people[name] = true
		}
		if p.Assisted {
			v.Assisted++
		}
		if p.Prior {
			v.Prior++
		}
	}
	v.Assessors = len(people)
	return v
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
	p, err := d.paper(ctx, h)
	return p, n, err
}

// paper is the PDF of a certificate as it stands: the bytes that were kept, or new ones that are kept now.
func (d *Desk) paper(ctx context.Context, h store.Held) (store.PDF, error) {
	state := h.StateAt(d.Now())
	if state == certificate.Withdrawn {
		return store.PDF{}, problem.Missing("certificate.unknown")
	}
	kept, ok, err := d.Store.CertificatePDF(ctx, h.ID, state)
	if err != nil || ok {
		return kept, err
	}
	made, err := d.render(ctx, h, state)
	if err != nil {
		return store.PDF{}, err
	}
	var first bool
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		var err error
		first, err = d.Store.KeepPDF(ctx, h.ID, state, made, now)
		return err
	})
	if err != nil || first {
		return made, err
	}
	// Somebody was faster: what was kept first is what everybody gets.
	kept, _, err = d.Store.CertificatePDF(ctx, h.ID, state)
	return kept, err
}

// render makes a certificate's PDF as it stands, with the machine credential attached, signed if the center signs its files.
func (d *Desk) render(ctx context.Context, h store.Held, state certificate.State) (store.PDF, error) {
	sheet := certificate.Sheet{
		Certificate: h.Certificate, Address: d.Address + "/verify/" + string(h.Number), State: state, Changed: h.Latest.At, Successor: h.Successor,
	}
	var err error
	if sheet.Pictures, err = d.pictures(ctx, h.Snapshot.Design); err != nil {
		return store.PDF{}, err
	}
	if d.Badges != nil {
		if sheet.Credential, err = d.credentialOf(ctx, h, certificate.FormJSON); err != nil {
			return store.PDF{}, err
		}
	}
	made, err := d.Render(sheet)
	if err != nil {
		return made, err
	}
	return d.signed(ctx, h.Center, made)
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
