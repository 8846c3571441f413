package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// How often openings of a link are written down: once for a signed-in viewer within the hour, and of all who are not signed
// in once a minute.
const (
	viewerEvery   = time.Hour
	strangerEvery = time.Minute
)

// SharedLook is what a link shows. It holds what its maker chose and nothing else of her: no id, no free text, and of the
// mentors only how many.
type SharedLook struct {
	Name         string // empty unless she chose it
	Latin        string // the same for the page in English; may be empty
	Center       member.Center
	Skills       []SharedSkill
	Certificates []SharedCertificate
	Evidence     bool // the pieces are shown
	Until        time.Time
	Company      string // for which alone it was made; empty: for everybody who has the link
	Own          bool   // its maker looks herself
}

// SharedSkill is a skill as it stands when the link is opened.
type SharedSkill struct {
	skill.Standing
	Title    skill.Text
	Words    skill.Text // the level's descriptor
	Evidence []SharedEvidence
}

// SharedEvidence is a piece that proves a skill.
type SharedEvidence struct {
	EvidenceLook
	Level     skill.Level
	Assessors int
	Assisted  bool
	Prior     bool
}

// SharedCertificate is a certificate as it stands when the link is opened. Whoever wants to be sure follows its number.
type SharedCertificate struct {
	Number        certificate.Number
	State         certificate.State
	Title, Topic  skill.Text
	Issued, Until time.Time
}

func unknownShare() error { return problem.Missing("share.unknown") }

// OpenShared shows what is behind a link. An unknown link, one that has ended, and one for another company get the same
// answer: it does not exist.
//
// The opening is a disclosure: it is written down, for its maker to see, before anything is shown. It is the record of a
// look, so a GET may make it. Its maker looks without a trace.
func (d *Desk) OpenShared(ctx context.Context, a Actor, token string) (SharedLook, error) {
	s, err := d.Store.ShareByToken(ctx, hashed(token))
	if isMissing(err) {
		return SharedLook{}, unknownShare()
	}
	if err != nil {
		return SharedLook{}, err
	}
	own := a.SignedIn() && a.Member == s.Member
	company := a.Is(member.Company) && a.Company == s.Company
	if !s.Open(d.Now()) || s.Company != 0 && !company && !own {
		return SharedLook{}, unknownShare()
	}
	look, err := d.sharedLook(ctx, s)
	if err != nil || own {
		look.Own = own
		return look, err
	}
	return look, d.noteOpening(ctx, a, s)
}

func (d *Desk) noteOpening(ctx context.Context, a Actor, s store.Share) error {
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		o, since := store.Opening{Share: s.ID, At: now, Viewer: a.Member}, now.Add(-viewerEvery)
		if !a.SignedIn() {
			since = now.Add(-strangerEvery)
		}
		seen := Actor{Center: s.Center} // who is not of a company stays unnamed
		if a.Is(member.Company) {
			o.Company, seen.Member = a.Company, a.Member
		}
		added, err := d.Store.AddOpening(ctx, o, since)
		if err != nil || !added {
			return err
		}
		return d.happened(ctx, seen, now, "record.opened", audit.Subject{Kind: "share", ID: s.ID}, s.Member, map[string]any{"company": int64(o.Company)})
	})
}

// sharedLook gathers what a link shows, as it stands now. Somebody whose account is closed, or who learns no longer in the
// link's center, shows nothing: her links were ended with that, but one may have been made in the same moment.
func (d *Desk) sharedLook(ctx context.Context, s store.Share) (SharedLook, error) {
	m, err := d.Store.Member(ctx, s.Member)
	if err != nil {
		return SharedLook{}, err
	}
	if m.Disabled || !m.Has(s.Center, member.Trainee) {
		return SharedLook{}, unknownShare()
	}
	look := SharedLook{Evidence: s.What.Evidence, Until: startOfDay(s.Ends.Add(-time.Millisecond))}
	if s.What.Name {
		look.Name, look.Latin = m.NameOnCertificate(), m.LatinName
	}
	if look.Center, err = d.Store.Center(ctx, s.Center); err != nil {
		return look, err
	}
	if s.Company != 0 {
		c, err := d.Store.Company(ctx, s.Center, s.Company)
		if err != nil {
			return look, err
		}
		look.Company = c.Name
	}
	if look.Skills, err = d.sharedSkills(ctx, s); err != nil {
		return look, err
	}
	look.Certificates, err = d.sharedCertificates(ctx, s)
	return look, err
}

func (d *Desk) sharedSkills(ctx context.Context, s store.Share) ([]SharedSkill, error) {
	if len(s.What.Skills) == 0 {
		return nil, nil
	}
	record, err := d.Store.Record(ctx, s.Member)
	if err != nil {
		return nil, err
	}
	var out []SharedSkill
	now := d.Now()
	for _, id := range d.sharedOrder(s.What.Skills) {
		one := SharedSkill{Standing: record.Stand(id, now), Title: d.Catalog.Skill(id).Title}
		if one.Level == skill.None {
			continue // taken back since
		}
		one.Words = d.Catalog.Skill(id).Levels[one.Level]
		if s.What.Evidence {
			for _, w := range record.Of(id, skill.WithModel) {
				one.Evidence = append(one.Evidence, SharedEvidence{
					evidenceLook(w), w.Level, len(w.Evidence.Assessors), w.Evidence.Assisted, w.Evidence.Prior,
				})
			}
		}
		out = append(out, one)
	}
	return out, nil
}

func (d *Desk) sharedCertificates(ctx context.Context, s store.Share) ([]SharedCertificate, error) {
	if len(s.What.Certificates) == 0 {
		return nil, nil
	}
	held, err := d.Store.Certificates(ctx, s.Member)
	if err != nil {
		return nil, err
	}
	var out []SharedCertificate
	now := d.Now()
	for _, h := range held {
		if slices.Contains(s.What.Certificates, string(h.Number)) && mayShare(h) {
			out = append(out, SharedCertificate{h.Number, h.StateAt(now), h.Snapshot.Title, h.Snapshot.Topic, h.Issued, h.Until})
		}
	}
	return out, nil
}

// sharedOrder puts skills into the order of the vocabulary; those it no longer has come last.
func (d *Desk) sharedOrder(ids []skill.ID) []skill.ID {
	place := map[skill.ID]int{}
	for i, s := range d.Catalog.Skills {
		place[s.ID] = i + 1
	}
	out := slices.Clone(ids)
	slices.SortStableFunc(out, func(a, b skill.ID) int {
		if (place[a] == 0) != (place[b] == 0) {
			return place[b] - place[a]
		}
		return place[a] - place[b]
	})
	return slices.Compact(out)
}
