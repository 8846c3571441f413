// Package storetest hands tests a fresh, empty database of every kind the store runs on: SQLite always, PostgreSQL where
// it can be had. A test written once with [Each] therefore proves the same law on both.
//
// PostgreSQL is a cluster of our own, started once per test binary from the tools of the system's package and stopped when
// the binary ends, however it ends. TENARAI_TEST_POSTGRES=postgres://… uses a running server instead; its role must be
// allowed to create databases. Where PostgreSQL is missing the test says so and skips; with "postgres" in
// TENARAI_TEST_REQUIRE that skip is a failure.
package storetest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tenarai/internal/need"
)

const serverEnv = "TENARAI_TEST_POSTGRES" // in the environment: a running server to use instead of our own

// Each runs test as two subtests, "sqlite" and "postgres", each with the setting of a database of its own that is empty and
// is removed with the test. The setting has the form of TENARAI_DATABASE: sqlite:PATH or postgres://….
func Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	new(Template).Each(t, test)
}

// Template is a state that many tests start from, typically that of all migrations. Make is called at most once per kind of
// database and test binary; every test then gets a copy, which is far cheaper. It must leave no connection open. A
// Template is for a package-level variable; its zero value is the empty database.
type Template struct {
	Make func(dsn string) error

	sqlite, postgres once
}

// once is the name of the template that was made, or why it could not be.
type once struct {
	sync.Once
	name string
	err  error
}

func (o *once) do(build func() (string, error)) (string, error) {
	o.Do(func() { o.name, o.err = build() })
	return o.name, o.err
}

// Each is [Each] with databases that are copies of the template.
func (tp *Template) Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, tp.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, tp.Postgres(t)) })
}

// SQLite is the setting of a fresh SQLite database in the test's own folder.
func (tp *Template) SQLite(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if tp.Make != nil {
		content, err := tp.sqlite.do(func() (string, error) { return makeSQLite(tp.Make) })
		if err == nil {
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatalf("SQLite template: %v", err)
		}
	}
	return "sqlite:" + path
}

// Postgres is the setting of a fresh PostgreSQL database. It skips the test where PostgreSQL cannot be had.
func (tp *Template) Postgres(t testing.TB) string {
	t.Helper()
	s, err := server()
	switch {
	case err == nil:
	case isMissing(err) && !need.Required("postgres"):
		t.Skipf("skipped, it needs PostgreSQL: %v", err)
	default:
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	dsn, err := s.database(t, tp)
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return dsn
}

// makeSQLite is the content of the database file that build leaves behind. It is kept in memory: a few hundred kilobytes
// that outlive no test binary.
func makeSQLite(build func(dsn string) error) (string, error) {
	dir, err := os.MkdirTemp("", "tenarai-template-")
	if err != nil {
		return "", fmt.Errorf("folder: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := build("sqlite:" + path); err != nil {
		return "", err
	}
	// The last connection to close folds the log into the file; a log that is still there means changes not in the copy.
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return "", fmt.Errorf("a connection was left open by Make: %s is not empty", filepath.Base(path)+"-wal")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read template: %w", err)
	}
	return string(content), nil
}
