// Package desk holds every deed and every look: what people do with tenarai, one file each, and the only place that
// changes anything. A deed is one function that reads from top to bottom inside one transaction; it checks the actor
// first, judges with the pure rules of the nouns, keeps what followed, and writes its event.
package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/files"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/store"
)

// Config is what a desk works with. What it needs from a technology is handed in as a function.
type Config struct {
	Store   *store.Store
	Files   *files.Folder
	Catalog *course.Catalog
	Bars    []readiness.Bar
	Now     func() time.Time
	Random  io.Reader // crypto/rand.Reader; a seeded one in the demo town

	// Printable returns the characters of a name that cannot be printed on a certificate.
	Printable func(string) []string
	// Render makes a certificate's PDF.
	Render func(certificate.Sheet) (store.PDF, error)
	// RenderRecord makes the PDF of a skills record.
	RenderRecord func(certificate.RecordSheet) (store.PDF, error)
	// OpenIdentity reads a PKCS #12 file with its password: whose it is, and from when until when it is good.
	OpenIdentity func(file []byte, password string) (name string, begins, ends time.Time, err error)
	// Sign signs a PDF with it.
	Sign func(doc, file []byte, password string, at time.Time) ([]byte, error)
	// CheckTable compares a handed-in table with the answer; result is kept with the attempt, why is the key of the
	// problem that kept the machine from reading it.
	CheckTable func(name string, content []byte, check course.TableCheck) (result []byte, why string)
	// Badges makes machine credentials.
	Badges Badges
	// Secret seals the private keys of credentials; the same for all nodes of an installation.
	Secret Secret
	// Address is the public address certificates and mail lead to, without a slash at its end.
	Address string
	// Passwords says how passwords are hashed.
	Passwords HashCost
}

// Desk is where people's deeds are done.
type Desk struct {
	Config
	hashing chan struct{} // as many places as hashes may be computed at once
	course  map[string]*course.Course
	outline map[string]outline
	waits   waits
}

// New opens a desk.
func New(c Config) *Desk {
	d := &Desk{Config: c, hashing: make(chan struct{}, hashesAtOnce), course: map[string]*course.Course{}, outline: map[string]outline{}, waits: waits{kept: map[member.CenterID]keptWait{}}}
	for _, k := range c.Catalog.Courses {
		d.course[k.Slug] = k
		d.outline[k.Slug] = outlineOf(k)
	}
	if k := c.Catalog.Prior; k != nil {
		d.course[k.Slug], d.outline[k.Slug] = k, outlineOf(k)
	}
	return d
}

// deed runs f in one transaction at one instant.
func (d *Desk) deed(ctx context.Context, f func(ctx context.Context, now time.Time) error) error {
	return d.Store.Tx(ctx, func(ctx context.Context) error { return f(ctx, d.Now()) })
}

// once runs f in one transaction, once for the actor's idempotency key: the same form sent again, at once or after a
// crash, is answered as the first time and changes nothing. Without a key it simply runs.
func once[T any](ctx context.Context, d *Desk, a Actor, action audit.Action, f func(ctx context.Context, now time.Time) (T, error)) (T, error) {
	var out T
	err := d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if a.Key == "" || a.Member == 0 {
			var err error
			out, err = f(ctx, now)
			return err
		}
		key := string(action) + " " + a.Key
		first, followed, err := d.Store.Once(ctx, a.Member, key, now)
		if err != nil {
			return err
		}
		if !first {
			if err := json.Unmarshal([]byte(followed), &out); err != nil {
				return fmt.Errorf("read what followed %s: %w", action, err)
			}
			return nil
		}
		if out, err = f(ctx, now); err != nil {
			return err
		}
		b, err := json.Marshal(out)
		if err != nil {
			return fmt.Errorf("keep what followed %s: %w", action, err)
		}
		return d.Store.Followed(ctx, a.Member, key, string(b))
	})
	return out, err
}

// happened writes the deed's event. It stands last in every deed: what is told has happened.
func (d *Desk) happened(ctx context.Context, a Actor, now time.Time, action audit.Action, s audit.Subject, about member.ID, data map[string]any) error {
	return d.Store.AddEvent(ctx, audit.Event{At: now, Center: a.Center, Actor: a.Member, Action: action, Subject: s, About: about, Data: data})
}

// tell puts a letter for somebody into the outbox. What can wait goes with the day's digest.
func (d *Desk) tell(ctx context.Context, now time.Time, to member.ID, kind string, atOnce bool, data map[string]any) error {
	return d.Store.AddLetter(ctx, store.Letter{Member: to, Kind: kind, AtOnce: atOnce, Data: data, Created: now, SendAfter: now})
}

// must refuses an actor who holds none of the roles in her center. A stranger and somebody else alike learn nothing.
func must(a Actor, roles ...member.Role) error {
	if !a.SignedIn() || !a.Is(roles...) {
		return problem.Forbid("desk.not_yours")
	}
	return nil
}

// Bar finds a job type's bar.
func (d *Desk) Bar(t readiness.JobType) (readiness.Bar, bool) {
	for _, b := range d.Bars {
		if b.JobType == t {
			return b, true
		}
	}
	return readiness.Bar{}, false
}

func (d *Desk) knowsJobType(t readiness.JobType) bool {
	_, ok := d.Bar(t)
	return ok
}

// isMissing tells whether something is simply not there.
func isMissing(err error) bool { return problem.Is(err, problem.NotFound) }
