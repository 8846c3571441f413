package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"tenarai/internal/demo"
	"tenarai/internal/web"
)

// townFlags say which demo town is made.
type townFlags struct {
	Trainees int    `default:"0" help:"So many trainees beyond the named people."`
	Seed     uint64 `default:"1" help:"The same seed on the same day makes the same town."`
	At       string `placeholder:"2026-11-22" help:"The day the town is made for; today without it."`
}

func (f townFlags) day(now time.Time) (time.Time, error) {
	if f.At == "" {
		return now, nil
	}
	d, err := time.ParseInLocation(time.DateOnly, f.At, demo.Zone)
	if err != nil {
		return now, usageError(fmt.Sprintf("--at %q: must be a day like 2026-11-22", f.At))
	}
	return d.Add(12 * time.Hour), nil
}

// throwAway seals the keys of a town whose folder is removed: its database may outlive it.
const throwAway = "a demo town has no secret"

type demoCommand struct {
	Data       string `help:"Keep the town in this folder; without it a temporary one is used and removed."`
	Addr       string `env:"TENARAI_ADDR" default:"127.0.0.1:8080" help:"Where to listen."`
	PublicDemo bool   `name:"public-demo" help:"Listen beyond this machine although everybody knows the passwords."`
	BaseURL    string `env:"TENARAI_BASE_URL" name:"base-url" placeholder:"https://…" help:"The public address."`
	Database   string `placeholder:"postgres://…" help:"A database to use instead of SQLite in the data folder."`
	Dev        bool   `env:"TENARAI_DEV" help:"Read templates and static files anew for every page; show /styleguide."`
	townFlags
}

// Run makes the town if it is not there yet, prints its people, and serves it.
func (c *demoCommand) Run(ctx context.Context, p program) (err error) {
	s := settings{Addr: c.Addr, Data: c.Data, Database: c.Database, BaseURL: c.BaseURL, Dev: c.Dev}
	if !s.loopback() && !c.PublicDemo {
		return usageError("everybody knows the demo town's passwords: to listen beyond this machine say --public-demo")
	}
	if s.Data == "" {
		s.Secret = throwAway
		if s.Data, err = os.MkdirTemp("", "tenarai-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(s.Data)) }()
	}
	letters := filepath.Join(s.Data, "mail")
	if err := os.MkdirAll(letters, 0o700); err != nil {
		return err
	}
	s.Mail = "dir:" + letters
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	defer l.Close()
	if s.BaseURL == "" && !s.loopback() {
		s.BaseURL = "http://" + l.Addr().String()
	}
	address, err := s.address(l.Addr().String())
	if err != nil {
		return err
	}
	t, err := makeTown(ctx, p, s, c.townFlags, address)
	if err != nil {
		return err
	}
	defer t.close()
	fmt.Fprintf(p.Out, "\n手習い: %s\n\n", address)
	printPeople(p, address)
	return t.serve(ctx, p, l, s, address, demoPeople())
}

type seedCommand struct {
	settings
	Demo bool `help:"Make the demo town; it is the only kind of seed." required:""`
	townFlags
}

// Run makes the town and exits.
func (c *seedCommand) Run(ctx context.Context, p program) error {
	address, err := c.address(c.Addr)
	if err != nil {
		return err
	}
	t, err := makeTown(ctx, p, c.settings, c.townFlags, address)
	if err != nil {
		return err
	}
	printPeople(p, address)
	return t.close()
}

// makeTown opens the demo town's database, and makes the town in it if it is empty. A database that is neither empty nor
// marked as a demo is refused: these are real people's.
func makeTown(ctx context.Context, p program, s settings, f townFlags, address string) (*town, error) {
	now, err := f.day(p.Now())
	if err != nil {
		return nil, err
	}
	clock, random := demo.NewClock(p.Now), demo.NewRandom(f.Seed)
	t, err := openTown(ctx, s, townOptions{now: clock.Now, random: random, address: address, log: p.Err})
	if err != nil {
		return nil, err
	}
	empty, err := t.desk.IsEmpty(ctx)
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	if !empty {
		marked, err := t.desk.IsDemo(ctx)
		if err == nil && !marked {
			err = errors.New("this database is not a demo town's: nothing was changed")
		}
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		random.Unseed()
		return t, nil
	}
	err = demo.Build(ctx, t.desk, demo.Options{Now: now, Clock: clock, Random: random, Seed: f.Seed, Trainees: f.Trainees})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the demo town: %w", err), t.close())
	}
	random.Unseed() // from here on tokens must be nobody's guess
	return t, nil
}

func printPeople(p program, address string) {
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	for _, m := range demo.Cast {
		fmt.Fprintf(w, "%s\t%s\t%s\n", m.Email, m.Name, m.Role)
	}
	_ = w.Flush()
	fmt.Fprintf(p.Out, "\n%s/login — password: %s\n", address, demo.Password)
}

func demoPeople() []web.DemoPerson {
	out := make([]web.DemoPerson, len(demo.Cast))
	for i, m := range demo.Cast {
		out[i] = web.DemoPerson{Email: m.Email, Name: m.Name, Password: demo.Password, Role: m.Role}
	}
	return out
}
