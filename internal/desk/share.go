package desk

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// Bounds of links to a record.
const (
	MaxShareLabel = 60
	maxOpenShares = 50 // links of one person that work at the same time
	openingsShown = 5  // of each link, the newest
)

// ShareForm is what a trainee chooses for a new link to her record.
type ShareForm struct {
	Label   string           // for herself alone; may be empty
	Company member.CompanyID // who alone may open it; 0: everybody who has the link
	What    skill.Shared
	Until   time.Time // the last day on which it works, by its first instant in Tokyo
}

// ShareChoice is what a trainee can choose from.
type ShareChoice struct {
	Skills       []skill.Standing
	Titles       map[skill.ID]skill.Text
	Certificates []store.Held
	Companies    []job.Company
	Name         string // as it would be shown
	VerifyName   bool   // her name stands on the verify page, where certificates lead
	Until, Last  time.Time
}

// LookShareChoice shows a trainee what she can put behind a link.
func (d *Desk) LookShareChoice(ctx context.Context, a Actor) (ShareChoice, error) {
	if err := must(a, member.Trainee); err != nil {
		return ShareChoice{}, err
	}
	now := d.Now()
	today := startOfDay(now)
	c := ShareChoice{Titles: map[skill.ID]skill.Text{}, Until: today.AddDate(0, 0, skill.ShareDays), Last: today.AddDate(0, 0, skill.MaxShareDays)}
	m, err := d.Store.Member(ctx, a.Member)
	if err != nil {
		return c, err
	}
	c.Name, c.VerifyName = m.NameOnCertificate(), !m.Consent.VerifyName.IsZero()
	record, err := d.Store.Record(ctx, a.Member)
	if err != nil {
		return c, err
	}
	for _, id := range d.sharedOrder(record.Skills()) {
		if s := record.Stand(id, now); s.Level > skill.None {
			c.Skills = append(c.Skills, s)
			c.Titles[id] = d.Catalog.Skill(id).Title
		}
	}
	held, err := d.Store.Certificates(ctx, a.Member)
	if err != nil {
		return c, err
	}
	c.Certificates = slices.DeleteFunc(held, func(h store.Held) bool { return !mayShare(h) || !h.StateAt(now).MayEnd() }) // what ended is nothing to begin with
	c.Companies, err = d.Store.Companies(ctx, a.Center)
	return c, err
}

// mayShare tells whether a certificate can stand on a shared page: one that its holder hides does not.
func mayShare(h store.Held) bool { return !h.Hidden && h.Latest.State != certificate.Withdrawn }

// checkShare refuses what cannot be shared: nothing, what she has not proven, another center's company, and an end that is
// past or too far.
func (d *Desk) checkShare(form ShareForm, c ShareChoice) error {
	var wrong problem.List
	if utf8.RuneCountInString(form.Label) > MaxShareLabel {
		wrong.Add(problem.At("label", "form.too_long", problem.Args{"Max": MaxShareLabel}))
	}
	if form.Company != 0 && !slices.ContainsFunc(c.Companies, func(k job.Company) bool { return k.ID == form.Company }) {
		wrong.Add(problem.At("company", "account.company_missing"))
	}
	if form.What.Empty() {
		wrong.Add(problem.At("skill", "share.nothing"))
	}
	for _, id := range form.What.Skills {
		if _, ok := c.Titles[id]; !ok {
			wrong.Add(problem.At("skill", "share.not_held"))
			break
		}
	}
	for _, n := range form.What.Certificates {
		if !slices.ContainsFunc(c.Certificates, func(h store.Held) bool { return string(h.Number) == n }) {
			wrong.Add(problem.At("certificate", "share.not_held"))
			break
		}
	}
	today := c.Until.AddDate(0, 0, -skill.ShareDays)
	switch {
	case form.Until.IsZero():
		wrong.Add(problem.At("until", "share.until_missing"))
	case form.Until.Before(today):
		wrong.Add(problem.At("until", "share.until_past"))
	case form.Until.After(c.Last):
		wrong.Add(problem.At("until", "share.until_far", problem.Args{"Days": skill.MaxShareDays}))
	}
	return wrong.Err()
}

// PlanShare shows a trainee exactly what the other side of a link will see, before she makes it.
func (d *Desk) PlanShare(ctx context.Context, a Actor, form ShareForm) (SharedLook, error) {
	c, err := d.LookShareChoice(ctx, a)
	if err != nil {
		return SharedLook{}, err
	}
	if err := d.checkShare(form, c); err != nil {
		return SharedLook{}, err
	}
	return d.sharedLook(ctx, shareOf(a, form))
}

// shareOf is the link that a form asks for, without its token. It ends with its last day.
func shareOf(a Actor, form ShareForm) store.Share {
	return store.Share{Member: a.Member, Center: a.Center, Label: form.Label, Company: form.Company, What: form.What, Ends: startOfDay(form.Until).AddDate(0, 0, 1)}
}

// MakeShare makes a link to what a trainee chose of her record and answers with its id. Making it is her consent to just
// this disclosure: the event names all that she chose. The token stands in the database as a hash, and sealed.
func (d *Desk) MakeShare(ctx context.Context, a Actor, form ShareForm) (int64, error) {
	c, err := d.LookShareChoice(ctx, a)
	if err != nil {
		return 0, err
	}
	form.Label = member.CleanName(form.Label)
	if err := d.checkShare(form, c); err != nil {
		return 0, err
	}
	return once(ctx, d, a, "record.shared", func(ctx context.Context, now time.Time) (int64, error) {
		if err := d.Store.LockMember(ctx, a.Member); err != nil {
			return 0, err
		}
		n, err := d.Store.OpenShares(ctx, a.Member, now)
		if err != nil {
			return 0, err
		}
		if n >= maxOpenShares {
			return 0, problem.Refuse("share.too_many", problem.Args{"Max": maxOpenShares})
		}
		token, err := d.secret()
		if err != nil {
			return 0, err
		}
		s := shareOf(a, form)
		s.Created, s.Hash = now, hashed(token)
		if s.Token, err = d.seal(shareSeal(s.Hash), []byte(token)); err != nil {
			return 0, err
		}
		id, err := d.Store.AddShare(ctx, s)
		if err != nil {
			return 0, err
		}
		return id, d.happened(ctx, a, now, "record.shared", audit.Subject{Kind: "share", ID: id}, a.Member, map[string]any{
			"company": int64(s.Company), "skills": s.What.Skills, "certificates": s.What.Certificates, "evidence": s.What.Evidence, "name": s.What.Name,
			"ends": s.Ends.UnixMilli(),
		})
	})
}

// shareSeal is what a sealed token is bound to, so that tokens cannot be exchanged.
func shareSeal(hash string) string { return "share " + hash }

// EndShare ends a link of the actor's at once, whatever her roles are by now: what somebody has shown, she can take back.
// Ending it twice is no mistake.
func (d *Desk) EndShare(ctx context.Context, a Actor, id int64) error {
	if !a.SignedIn() {
		return problem.Forbid("desk.not_yours")
	}
	_, err := once(ctx, d, a, "record.share_ended", func(ctx context.Context, now time.Time) (none, error) {
		center, ended, err := d.Store.EndShare(ctx, a.Member, id, now)
		if err != nil || !ended {
			return none{}, err
		}
		return none{}, d.shareEnded(ctx, Actor{Member: a.Member, Center: center}, id, a.Member, now)
	})
	return err
}

// endShares ends the links by which somebody shows what she proved in the actor's center: she has left it, and there is
// nobody any more who would think of them.
func (d *Desk) endShares(ctx context.Context, a Actor, of member.ID, now time.Time) error {
	ids, err := d.Store.EndShares(ctx, of, a.Center, now)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := d.shareEnded(ctx, a, id, of, now); err != nil {
			return err
		}
	}
	return nil
}

// shareEnded tells that a link has ended, to the trail of the center for which it was made.
func (d *Desk) shareEnded(ctx context.Context, a Actor, id int64, of member.ID, now time.Time) error {
	return d.happened(ctx, a, now, "record.share_ended", audit.Subject{Kind: "share", ID: id}, of, nil)
}

// ShareLine is a link as its maker sees it.
type ShareLine struct {
	store.Share
	Address string // to hand on; empty when it no longer works, or the installation's secret has changed
	Path    string // of the same, within this site
	Live    bool
	Last    time.Time       // the last day on which it works
	Newest  []store.Opening // the newest openings
}

// LookShares shows somebody her links with who opened them and when, the newest first, a page at a time. She sees them after
// she has stopped learning, too.
func (d *Desk) LookShares(ctx context.Context, a Actor, offset, limit int) (lines []ShareLine, total int, err error) {
	if !a.SignedIn() {
		return nil, 0, problem.Forbid("desk.not_yours")
	}
	list, total, err := d.Store.Shares(ctx, a.Member, offset, limit)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	opened, err := d.Store.Openings(ctx, ids, openingsShown)
	if err != nil {
		return nil, 0, err
	}
	now := d.Now()
	for _, s := range list {
		l := ShareLine{Share: s, Live: s.Open(now), Last: startOfDay(s.Ends.Add(-time.Millisecond)), Newest: opened[s.ID]}
		if l.Live {
			token, err := d.unseal(shareSeal(s.Hash), s.Token)
			switch {
			case err == nil:
				l.Path = "/shared/" + string(token)
				l.Address = d.Address + l.Path
			case !errors.Is(err, ErrSecret):
				return nil, 0, err
			}
		}
		lines = append(lines, l)
	}
	return lines, total, nil
}
