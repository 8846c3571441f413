package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// migrated is a database with all migrations and nothing in it.
var migrated = storetest.Template{Make: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}}

// start is when the tests begin.
var start = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// kept is a store with a center in it, and the means to put more there.
type kept struct {
	*store.Store
	t      *testing.T
	dsn    string
	center member.CenterID
	people int
}

// onBoth runs a test on both databases.
func onBoth(t *testing.T, test func(k *kept)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		k := &kept{t: t, dsn: dsn}
		var err error
		if k.Store, err = store.Open(t.Context(), dsn, store.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = k.Close() })
		k.center = k.newCenter("yuzawa")
		test(k)
	})
}

// do runs a deed in a transaction and expects it to succeed.
func (k *kept) do(f func(ctx context.Context) error) {
	k.t.Helper()
	if err := k.Tx(context.Background(), f); err != nil {
		k.t.Fatal(err)
	}
}

// refused runs a deed in a transaction and expects a refusal of the kind.
func (k *kept) refused(what string, kind problem.Kind, f func(ctx context.Context) error) {
	k.t.Helper()
	if err := k.Tx(context.Background(), f); !problem.Is(err, kind) {
		k.t.Errorf("%s: %v, want a refusal of kind %d", what, err, kind)
	}
}

// value is what a deed in a transaction gives.
func value[T any](k *kept, f func(ctx context.Context) (T, error)) (out T) {
	k.t.Helper()
	k.do(func(ctx context.Context) (err error) {
		out, err = f(ctx)
		return err
	})
	return out
}

func (k *kept) newCenter(slug string) member.CenterID {
	k.t.Helper()
	return value(k, func(ctx context.Context) (member.CenterID, error) {
		return k.AddCenter(ctx, member.Center{Slug: slug, Name: slug, PromiseDays: 3}, start)
	})
}

func (k *kept) person(name string, roles ...member.Role) member.ID {
	k.t.Helper()
	k.people++
	return value(k, func(ctx context.Context) (member.ID, error) {
		id, err := k.AddMember(ctx, member.Member{Name: name, Email: fmt.Sprintf("p%d@tenarai.example", k.people), Language: "ja"}, start)
		for _, r := range roles {
			err = errors.Join(err, k.AddRole(ctx, id, member.Membership{Center: k.center, Role: r}, start))
		}
		return id, err
	})
}

// course is the address of a small course: module "m" with the items "a" to "e".
const taught = "c1"

func item(name string) course.Ref { return course.Ref{Course: taught, Module: "m", Item: name} }

func (k *kept) run(m member.ID) cohort.CourseRun {
	k.t.Helper()
	return value(k, func(ctx context.Context) (cohort.CourseRun, error) {
		if err := k.KeepText(ctx, "outline", "outline", "as it was"); err != nil {
			return cohort.CourseRun{}, err
		}
		v := cohort.CourseRun{Member: m, Center: k.center, Course: taught, Edition: "2026", Outline: "outline", Started: start, Total: 5}
		return k.AddRun(ctx, v, []cohort.ModuleProgress{{Module: "m", Total: 5}})
	})
}

// piece is a submission, handed in at a time unless that is zero.
func (k *kept) piece(r cohort.CourseRun, name string, handedIn time.Time) practice.Submission {
	k.t.Helper()
	return value(k, func(ctx context.Context) (practice.Submission, error) {
		s, err := k.OpenSubmission(ctx, practice.Submission{Run: r.ID, Member: r.Member, Center: r.Center, Ref: item(name), Opened: start})
		if err != nil || handedIn.IsZero() {
			return s, err
		}
		return k.handIn(ctx, s, handedIn)
	})
}

// handIn adds an attempt to a submission and gives the turn to the mentors.
func (k *kept) handIn(ctx context.Context, s practice.Submission, at time.Time) (practice.Submission, error) {
	if err := k.KeepText(ctx, "assignment", "assignment", "as it was"); err != nil {
		return s, err
	}
	s.Attempts++
	if _, err := k.AddAttempt(ctx, practice.Attempt{Submission: s.ID, N: s.Attempts, At: at, Text: "できました", By: s.Member, AssignmentHash: "assignment"}); err != nil {
		return s, err
	}
	was := s.Turn
	s.Turn, s.TurnSince = practice.WithMentor, at
	if err := k.TurnSubmission(ctx, s, was); err != nil {
		return s, err
	}
	return k.SubmissionOf(ctx, s.Run, s.Ref)
}

// beside is a second way into a database, past the store.
func beside(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver, address := "pgx", dsn
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, address = "sqlite3", path
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func setting(k *kept, name string) string {
	k.t.Helper()
	v, err := k.Setting(context.Background(), name)
	if err != nil {
		k.t.Fatal(err)
	}
	return v
}

func TestAddressMustNameADatabase(t *testing.T) {
	for _, dsn := range []string{"", "tenarai.db", "mysql://x", "file:tenarai.db"} {
		if s, err := store.Open(t.Context(), dsn, store.Options{}); err == nil {
			_ = s.Close()
			t.Errorf("%q was opened", dsn)
		}
	}
}

// A setting that loses acknowledged work stops the program.
func TestWrongPragmaIsRefused(t *testing.T) {
	const right = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=on&_secure_delete=on"
	address := func(settings string) string { return "file:" + filepath.Join(t.TempDir(), "x.db") + "?" + settings }
	if err := store.CheckPragmas(t.Context(), address(right)); err != nil {
		t.Fatalf("the right settings: %v", err)
	}
	for was, wrong := range map[string]string{
		"journal_mode=WAL": "journal_mode=DELETE", "synchronous=FULL": "synchronous=NORMAL", "busy_timeout=5000": "busy_timeout=50", "foreign_keys=on": "foreign_keys=off",
		"secure_delete=on": "secure_delete=off",
	} {
		pragma, _, _ := strings.Cut(was, "=")
		err := store.CheckPragmas(t.Context(), address(strings.Replace(right, was, wrong, 1)))
		if err == nil || !strings.Contains(err.Error(), pragma) {
			t.Errorf("%s: %v, want a refusal that names it", wrong, err)
		}
	}
	// A database in memory keeps nothing and cannot have a write-ahead log.
	if s, err := store.Open(t.Context(), "sqlite::memory:", store.Options{}); err == nil {
		_ = s.Close()
		t.Error("a database in memory was opened")
	}
}

// Nothing in a path is read as a setting.
func TestPathIsNoSetting(t *testing.T) {
	for _, name := range []string{"a?_synchronous=OFF", "50% #1 & more", "手習い.db", "a b+c"} {
		path := filepath.Join(t.TempDir(), name)
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		err = errors.Join(s.Migrate(t.Context()), s.Close())
		if found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(found) != 1 || found[0] != path {
			t.Errorf("%q became %q, %v", name, found, err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	k := &kept{t: t, dsn: migrated.SQLite(t)}
	var err error
	if k.Store, err = store.Open(t.Context(), k.dsn, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := k.WriteByReader(t.Context()); err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestWriteOutsideTx(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		for what, write := range map[string]func() error{
			"create":  func() error { return k.SetSetting(ctx, "a", "1") },
			"update":  func() error { return k.SetPassword(ctx, 1, "x") },
			"delete":  func() error { return k.DropDraft(ctx, 1, "x") },
			"raw":     func() error { _, err := k.LockSubmission(ctx, 1, 1); return err },
			"exec":    func() error { return k.TakeClaim(ctx, practice.Claim{Submission: 1, Mentor: 1, Until: start}, start) },
			"lock":    func() error { return k.LockMember(ctx, 1) },
			"letters": func() error { _, err := k.TakeLetters(ctx, start, start, 1); return err },
		} {
			if err := write(); err == nil || !strings.Contains(err.Error(), "outside a transaction") {
				k.t.Errorf("%s: %v", what, err)
			}
		}
		if got := setting(k, "a"); got != "" {
			k.t.Errorf("it was kept: %q", got)
		}
	})
}

// A Tx inside a Tx is part of it: it reads what the outer wrote, and ends with it.
func TestTxInsideTxJoins(t *testing.T) {
	onBoth(t, func(k *kept) {
		stop := errors.New("stop")
		err := k.Tx(context.Background(), func(ctx context.Context) error {
			if err := k.SetSetting(ctx, "outer", "1"); err != nil {
				return err
			}
			inner := k.Tx(ctx, func(ctx context.Context) error {
				if v, err := k.Setting(ctx, "outer"); v != "1" || err != nil {
					k.t.Errorf("inside, the outer's value is %q, %v", v, err)
				}
				return k.SetSetting(ctx, "inner", "1")
			})
			return errors.Join(inner, stop)
		})
		if !errors.Is(err, stop) || setting(k, "outer")+setting(k, "inner") != "" {
			k.t.Errorf("%v; kept %q and %q, want nothing", err, setting(k, "outer"), setting(k, "inner"))
		}
	})
}

func TestNothingIsKeptOfAFailure(t *testing.T) {
	onBoth(t, func(k *kept) {
		write := func(ctx context.Context) {
			if err := k.SetSetting(ctx, "half", "1"); err != nil {
				k.t.Error(err)
			}
		}
		func() {
			defer func() {
				if recover() != "on purpose" {
					k.t.Error("the panic was swallowed")
				}
			}()
			_ = k.Tx(context.Background(), func(ctx context.Context) error { write(ctx); panic("on purpose") })
		}()
		ctx, cancel := context.WithCancel(context.Background())
		if err := k.Tx(ctx, func(ctx context.Context) error { write(ctx); cancel(); return nil }); err == nil {
			k.t.Error("a cancelled transaction was kept")
		}
		k.refused("a refusal", problem.Conflict, func(ctx context.Context) error { write(ctx); return problem.Clash("x") })
		if got := setting(k, "half"); got != "" {
			k.t.Errorf("kept %q", got)
		}
		k.do(func(ctx context.Context) error { return k.SetSetting(ctx, "whole", "1") }) // the connection is still good
		k.do(func(ctx context.Context) error { return k.SetSetting(ctx, "whole", "2") })
		if got := setting(k, "whole"); got != "2" {
			k.t.Errorf("then %q, want 2", got)
		}
	})
}

// Times are kept to the millisecond, in UTC; the zero time stays zero.
func TestTimesComeBack(t *testing.T) {
	onBoth(t, func(k *kept) {
		m := k.person("人")
		back := func(want time.Time) time.Time {
			k.do(func(ctx context.Context) error {
				return k.SetProfile(ctx, m, store.Profile{Name: "人", Hours: member.Availability{HoursWeek: 1, Stated: want}})
			})
			got, err := k.Member(context.Background(), m)
			if err != nil {
				k.t.Fatal(err)
			}
			return got.Hours.Stated
		}
		if got := back(time.Time{}); !got.IsZero() {
			k.t.Errorf("the zero time came back as %v", got)
		}
		tokyo := time.FixedZone("JST", 9*60*60)
		rapid.Check(k.t, func(r *rapid.T) {
			at := time.Unix(rapid.Int64Range(1, 4102444800).Draw(r, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(r, "nanoseconds")).In(tokyo)
			if got := back(at); !got.Equal(at.Truncate(time.Millisecond)) || got.Location() != time.UTC {
				r.Fatalf("%v came back as %v", at, got)
			}
		})
	})
}

// A checkpoint leaves nothing in SQLite's log. It is refused inside a transaction, which it would wait for, and on PostgreSQL
// it is nothing at all.
func TestCheckpoint(t *testing.T) {
	onBoth(t, func(k *kept) {
		if err := k.Checkpoint(t.Context()); err != nil {
			t.Error(err)
		}
		if path, lite := strings.CutPrefix(k.dsn, "sqlite:"); lite {
			if log, err := os.Stat(path + "-wal"); err != nil || log.Size() > 0 {
				t.Errorf("the log: %v, %v", log, err)
			}
		}
		k.do(func(ctx context.Context) error {
			if err := k.Checkpoint(ctx); (err != nil) == k.Postgres() {
				t.Errorf("inside a transaction: %v", err)
			}
			return nil
		})
	})
}
