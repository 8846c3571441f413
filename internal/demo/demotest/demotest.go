// Package demotest hands tests the demo town: the same named people that `tenarai demo` shows, on a database of their own,
// at a fixed time.
package demotest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tenarai/courses"
	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/coursefile"
	"tenarai/internal/demo"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/pdf"
	"tenarai/internal/sheet"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// Now is when every test begins: a Friday evening in Yuzawa.
var Now = time.Date(2026, time.November, 20, 20, 30, 0, 0, demo.Zone)

// Address is where the town's links lead.
const Address = "http://tenarai.test"

// Town is the demo town in a test.
type Town struct {
	Desk    *desk.Desk
	Store   *store.Store
	Clock   *demo.Clock // stands at Now
	Library *coursefile.Library
	DSN     string
	Dir     string          // of the files
	Queries func() []string // sent since it was last asked
}

// Actor is a named person as she acts, by the part of her address before the @.
func (t *Town) Actor(tb testing.TB, name string) desk.Actor {
	tb.Helper()
	m, err := t.Store.MemberByEmail(context.Background(), name+"@tenarai.example")
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	a, err := t.Desk.ActorFor(context.Background(), m.ID, 0)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return a
}

// SQLite is the town on SQLite.
func SQLite(t testing.TB) *Town {
	t.Helper()
	return open(t, template.SQLite(t))
}

// Each runs a test on the town twice: on SQLite and on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, town *Town)) {
	t.Helper()
	template.Each(t, func(t *testing.T, dsn string) { test(t, open(t, dsn)) })
}

var template = storetest.Template{Make: build}

// parts are what every town of a test binary shares: nothing of it changes.
var parts = sync.OnceValues(func() (shared, error) {
	library, mistakes := coursefile.Load(courses.FS)
	if err := mistakes.Err(); err != nil {
		return shared{}, err
	}
	printer, err := pdf.New()
	if err != nil {
		return shared{}, err
	}
	dir, err := os.MkdirTemp("", "tenarai-demotest-")
	return shared{library, printer, dir}, err
})

type shared struct {
	library *coursefile.Library
	printer *pdf.Printer
	dir     string // the files of the towns as they were built
}

// Cheap is what a password's hash costs in tests.
var Cheap = desk.HashCost{MemoryKiB: 8, Passes: 1}

func build(dsn string) (err error) {
	p, err := parts()
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if closing := s.Close(); err == nil {
			err = closing
		}
	}()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	folder, err := files.Open(filepath.Join(p.dir, kind(s)))
	if err != nil {
		return err
	}
	clock, random := demo.NewClock(func() time.Time { return Now }), demo.NewRandom(1)
	d := p.desk(s, folder, clock, random)
	if err := demo.Build(ctx, d, demo.Options{Now: Now, Clock: clock, Random: random, Seed: 1}); err != nil {
		return fmt.Errorf("build the demo town: %w", err)
	}
	if err := d.SetUpKeys(ctx); err != nil {
		return fmt.Errorf("keys of credentials: %w", err)
	}
	return nil
}

func kind(s *store.Store) string {
	if s.Postgres() {
		return "postgres"
	}
	return "sqlite"
}

func (p shared) desk(s *store.Store, folder *files.Folder, clock *demo.Clock, random *demo.Random) *desk.Desk {
	return desk.New(desk.Config{
		Store: s, Files: folder, Catalog: p.library.Catalog, Bars: p.library.Bars, Now: clock.Now, Random: random, Printable: p.printer.Unprintable,
		Render: func(s certificate.Sheet) (store.PDF, error) {
			doc, err := p.printer.Certificate(s)
			return store.PDF{Bytes: doc.Bytes, SHA256: doc.SHA256, Renderer: doc.Renderer}, err
		},
		RenderRecord: func(r certificate.RecordSheet) (store.PDF, error) {
			doc, err := p.printer.Record(r)
			return store.PDF{Bytes: doc.Bytes, SHA256: doc.SHA256, Renderer: doc.Renderer}, err
		},
		OpenIdentity: func(file []byte, password string) (string, time.Time, time.Time, error) {
			id, err := pdf.OpenIdentity(file, password)
			if err != nil {
				return "", time.Time{}, time.Time{}, err
			}
			return id.Name, id.Begins, id.Ends, nil
		},
		Sign: func(doc, file []byte, password string, at time.Time) ([]byte, error) {
			id, err := pdf.OpenIdentity(file, password)
			if err != nil {
				return nil, err
			}
			return pdf.Sign(doc, id, at)
		},
		CheckTable: func(name string, content []byte, check course.TableCheck) ([]byte, string) {
			return sheet.Check(name, content, check.Answer, check.Key)
		},
		Address: Address, Passwords: Cheap, Badges: badge.NewIssuer(Address), Secret: "the secret of a town in a test",
	})
}

func open(t testing.TB, dsn string) *Town {
	t.Helper()
	p, err := parts()
	if err != nil {
		t.Fatal(err)
	}
	town := &Town{Library: p.library, DSN: dsn, Clock: demo.NewClock(func() time.Time { return Now })}
	var mu sync.Mutex
	var sent []string
	town.Queries = func() []string {
		mu.Lock()
		defer mu.Unlock()
		was := sent
		sent = nil
		return was
	}
	count := func(q string) { mu.Lock(); sent = append(sent, q); mu.Unlock() }
	if town.Store, err = store.Open(context.Background(), dsn, store.Options{Count: count}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = town.Store.Close() })
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(p.dir, kind(town.Store)))); err != nil {
		t.Fatal(err)
	}
	folder, err := files.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	town.Dir = dir
	random := demo.NewRandom(2)
	town.Desk = p.desk(town.Store, folder, town.Clock, random)
	return town
}
