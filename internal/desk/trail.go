package desk

import (
	"context"
	"time"
	"unicode/utf8"

	"tenarai/internal/audit"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// TrailLook is a page of the trail, the newest first.
type TrailLook struct {
	Rows   []TrailRow
	Before int64  // where the next page begins; 0 if this is the last
	About  string // the name of the person it is bounded to
}

// Trail lists what was done in the actor's center; action, about and before bound it, each if given. before is where the
// page before ended.
func (d *Desk) Trail(ctx context.Context, a Actor, action audit.Action, about member.ID, before int64) (look TrailLook, err error) {
	if err := must(a, member.Admin); err != nil {
		return look, err
	}
	if about != 0 {
		m, err := d.colleague(ctx, a, about)
		if err != nil {
			return look, err
		}
		look.About = m.Name
	}
	look.Rows, err = d.Store.Trail(ctx, store.TrailFilter{Center: a.Center, About: about, Action: action, Before: before, Limit: EventsOnPage + 1})
	if len(look.Rows) > EventsOnPage {
		look.Rows = look.Rows[:EventsOnPage]
		look.Before = look.Rows[EventsOnPage-1].ID
	}
	return look, err
}

// CenterLook is a center with its figures.
type CenterLook struct {
	member.Center
	Counts map[member.Role]int
}

// Centers are the centers the actor administers.
func (d *Desk) Centers(ctx context.Context, a Actor) ([]CenterLook, error) {
	if err := must(a, member.Admin); err != nil {
		return nil, err
	}
	m, err := d.Store.Member(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	var out []CenterLook
	for _, s := range m.Memberships {
		if s.Role != member.Admin {
			continue
		}
		c, err := d.Store.Center(ctx, s.Center)
		if err != nil {
			return nil, err
		}
		counts, err := d.Store.RoleCounts(ctx, s.Center)
		if err != nil {
			return nil, err
		}
		out = append(out, CenterLook{c, counts})
	}
	return out, nil
}

// Bounds of a center's figures.
const (
	MaxCenterName  = 40
	MaxPromiseDays = 14
)

// SaveCenter keeps the names of the actor's center and the days within which its mentors promise to answer. What is
// printed already stays as it is.
func (d *Desk) SaveCenter(ctx context.Context, a Actor, c member.Center) error {
	if err := must(a, member.Admin); err != nil {
		return err
	}
	c.ID, c.Name, c.NameEn = a.Center, member.CleanName(c.Name), member.CleanName(c.NameEn)
	var wrong problem.List
	wrong.Add(d.checkCenterName("name", c.Name))
	if c.NameEn != "" {
		wrong.Add(d.checkCenterName("name_en", c.NameEn))
	}
	if c.PromiseDays < 1 || c.PromiseDays > MaxPromiseDays {
		wrong.Add(problem.At("promise_days", "account.promise_wrong", problem.Args{"Max": MaxPromiseDays}))
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	_, err := once(ctx, d, a, "center.saved", func(ctx context.Context, now time.Time) (none, error) {
		if err := d.Store.SetCenter(ctx, c); err != nil {
			return none{}, err
		}
		return none{}, d.happened(ctx, a, now, "center.saved", audit.Subject{Kind: "center", ID: int64(c.ID)}, 0, map[string]any{"promise_days": c.PromiseDays})
	})
	return err
}

// checkCenterName refuses what cannot stand on a certificate.
func (d *Desk) checkCenterName(field, name string) *problem.Problem {
	if utf8.RuneCountInString(name) > MaxCenterName {
		return problem.At(field, "form.too_long", problem.Args{"Max": MaxCenterName})
	}
	return member.CheckName(field, name, d.Printable)
}
