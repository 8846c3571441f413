package desk

import (
	"context"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// The deeds of whoever runs the program: nobody is signed in, so they have no actor. They serve the first accounts
// (`tenarai member add`) and the demo town.

// Batch runs several deeds in one transaction: each joins it.
func (d *Desk) Batch(ctx context.Context, f func(ctx context.Context) error) error {
	return d.Store.Tx(ctx, f)
}

// SetUpCenter makes a center.
func (d *Desk) SetUpCenter(ctx context.Context, c member.Center) (id member.CenterID, err error) {
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if id, err = d.Store.AddCenter(ctx, c, now); err != nil {
			return err
		}
		return d.happened(ctx, Actor{Center: id}, now, "center.added", audit.Subject{Kind: "center", ID: int64(id)}, 0, nil)
	})
	return id, err
}

// SetUpCompany makes a company of a center.
func (d *Desk) SetUpCompany(ctx context.Context, c job.Company) (id member.CompanyID, err error) {
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if id, err = d.Store.AddCompany(ctx, c, now); err != nil {
			return err
		}
		return d.happened(ctx, Actor{Center: c.Center}, now, "company.added", audit.Subject{Kind: "company", ID: int64(id)}, 0, nil)
	})
	return id, err
}

// Person is somebody who is set up with her roles.
type Person struct {
	member.Member        // Memberships are given, ID and Created are not read
	PasswordHash  string // empty: she has no password yet
}

// SetUpMember makes a person with her roles. Her printed name is checked as everywhere.
func (d *Desk) SetUpMember(ctx context.Context, p Person) (id member.ID, err error) {
	var l problem.List
	l.Add(member.CheckName("name", p.Name, d.Printable))
	l.Add(member.CheckKana("kana", p.Kana))
	if p.Email != "" {
		l.Add(member.CheckEmail("email", p.Email))
	}
	if p.PrintedName != "" {
		l.Add(member.CheckName("printed_name", p.PrintedName, d.Printable))
	}
	if err := l.Err(); err != nil {
		return 0, err
	}
	p.Email, p.Name, p.PrintedName = member.NormalEmail(p.Email), member.CleanName(p.Name), member.CleanName(p.PrintedName)
	if p.Language == "" {
		p.Language = "ja"
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if id, err = d.Store.AddMember(ctx, p.Member, now); err != nil {
			return err
		}
		if p.PasswordHash != "" {
			if err := d.Store.SetPassword(ctx, id, p.PasswordHash); err != nil {
				return err
			}
		}
		for _, m := range p.Memberships {
			if err := d.Store.AddRole(ctx, id, m, now); err != nil {
				return err
			}
			err := d.happened(ctx, Actor{Center: m.Center}, now, "member.added", audit.Subject{Kind: "member", ID: int64(id)}, id, map[string]any{"role": string(m.Role)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

// ActorFor is a person as she acts in a center; the first of hers if none is given.
func (d *Desk) ActorFor(ctx context.Context, id member.ID, c member.CenterID) (Actor, error) {
	m, err := d.Store.Member(ctx, id)
	if err != nil {
		return Actor{}, err
	}
	if m.Disabled || len(m.Memberships) == 0 {
		return Actor{}, problem.Missing("store.missing")
	}
	if c == 0 {
		c = m.Memberships[0].Center
	}
	return actor(m.ID, c, m.Name, m.Language, m.Memberships), nil
}

func actor(id member.ID, c member.CenterID, name, lang string, ms []member.Membership) Actor {
	a := Actor{Member: id, Center: c, Name: name, Language: lang}
	for _, m := range ms {
		if m.Center != c {
			continue
		}
		a.Roles = append(a.Roles, m.Role)
		if m.Company != 0 {
			a.Company = m.Company
		}
	}
	return a
}

// demoSetting marks a database as the demo town's.
const demoSetting = "demo"

// MarkDemo marks the database as the demo town's. It is never taken back.
func (d *Desk) MarkDemo(ctx context.Context) error {
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		return d.Store.SetSetting(ctx, demoSetting, now.UTC().Format(time.RFC3339))
	})
}

// IsDemo tells whether the database is the demo town's.
func (d *Desk) IsDemo(ctx context.Context) (bool, error) {
	v, err := d.Store.Setting(ctx, demoSetting)
	return v != "", err
}

// IsEmpty tells whether the database has no center yet.
func (d *Desk) IsEmpty(ctx context.Context) (bool, error) {
	cs, err := d.Store.Centers(ctx)
	return len(cs) == 0, err
}

// SetUpLink makes a one-time link by which a new person sets her password, and gives its address.
func (d *Desk) SetUpLink(ctx context.Context, m member.ID) (address string, err error) {
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		token, err := d.link(ctx, LinkInvitation, m, 0, now)
		address = d.Address + "/invitation/" + token
		return err
	})
	return address, err
}
