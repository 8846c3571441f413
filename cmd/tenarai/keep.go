package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

type migrateCommand struct{ settings }

// Run brings the database to this program's version.
func (c *migrateCommand) Run(ctx context.Context, p program) error {
	t, err := openTown(ctx, c.settings, townOptions{now: p.Now, log: p.Err})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Out, "the database is up to date")
	return t.close()
}

type recountCommand struct {
	settings
	Fix bool `help:"Write the recomputed figures."`
}

// Run recomputes every stored figure. Differences are an exit status of 1, also when they were mended.
func (c *recountCommand) Run(ctx context.Context, p program) error {
	t, err := openTown(ctx, c.settings, townOptions{now: p.Now, log: p.Err})
	if err != nil {
		return err
	}
	defer t.close()
	differences, err := t.desk.Recount(ctx, c.Fix)
	if err != nil {
		return err
	}
	for _, d := range differences {
		fmt.Fprintln(p.Out, d)
	}
	if n := len(differences); n > 0 {
		return fmt.Errorf("%d figures differ from the facts", n)
	}
	fmt.Fprintln(p.Out, "every figure agrees with the facts")
	return nil
}

type memberCommand struct {
	Add memberAdd `cmd:"" help:"Add a person and print a one-time link to set a password."`
}

type memberAdd struct {
	settings
	Role   string `required:"" help:"trainee, mentor, coordinator, producer, company or admin."`
	Email  string `required:"" help:"Her address."`
	Name   string `required:"" help:"Her name."`
	Center string `help:"The center's short name (slug); needed if there are several."`

	CenterName   string `name:"center-name" help:"With the first account: the new center's name."`
	CenterNameEn string `name:"center-name-en" help:"With the first account: the new center's English name."`
}

// Run adds a person. In an empty database the center is made first.
func (c *memberAdd) Run(ctx context.Context, p program) error {
	role := member.Role(c.Role)
	if !role.Valid() {
		return usageError(fmt.Sprintf("--role %q: must be one of %v", c.Role, member.Roles))
	}
	if role == member.Company {
		return usageError("--role company: a company's people are added by the center's administrator, who knows the company")
	}
	address, err := c.address(c.Addr)
	if err != nil {
		return err
	}
	t, err := openTown(ctx, c.settings, townOptions{now: p.Now, address: address, log: p.Err})
	if err != nil {
		return err
	}
	defer t.close()
	var link string
	err = t.desk.Batch(ctx, func(ctx context.Context) error {
		center, err := c.center(ctx, t.store, t.desk)
		if err != nil {
			return err
		}
		id, err := t.desk.SetUpMember(ctx, desk.Person{Member: member.Member{
			Name: c.Name, Email: c.Email, Memberships: []member.Membership{{Center: center, Role: role}},
		}})
		if err != nil {
			return err
		}
		link, err = t.desk.SetUpLink(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Out, link)
	return nil
}

func (c *memberAdd) center(ctx context.Context, s *store.Store, d *desk.Desk) (member.CenterID, error) {
	centers, err := s.Centers(ctx)
	if err != nil {
		return 0, err
	}
	if len(centers) == 0 {
		if c.Center == "" || c.CenterName == "" {
			return 0, usageError("there is no center yet: say --center SLUG --center-name NAME")
		}
		const promise = 3
		return d.SetUpCenter(ctx, member.Center{Slug: c.Center, Name: c.CenterName, NameEn: c.CenterNameEn, PromiseDays: promise})
	}
	var slugs []string
	for _, k := range centers {
		if k.Slug == c.Center || c.Center == "" && len(centers) == 1 {
			return k.ID, nil
		}
		slugs = append(slugs, k.Slug)
	}
	return 0, errors.New("--center must be one of: " + strings.Join(slugs, ", "))
}
