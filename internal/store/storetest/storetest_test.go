package storetest_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"tenarai/internal/store/storetest"
)

// open connects to a database by its setting, and closes it with the test.
func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := connect(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func connect(dsn string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return sql.Open("sqlite3", path)
	}
	return sql.Open("pgx", dsn)
}

func exec1(t *testing.T, db *sql.DB, stmt string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), stmt); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}

// TestEachIsFresh writes the same table in two databases of each kind: the second would fail were it not empty.
func TestEachIsFresh(t *testing.T) {
	for range 2 {
		storetest.Each(t, func(t *testing.T, dsn string) {
			db := open(t, dsn)
			exec1(t, db, "CREATE TABLE words (word TEXT NOT NULL)")
			exec1(t, db, "INSERT INTO words VALUES ('𠮷'), ('あ'), ('B'), ('a')")
			if got, want := words(t, db), "B a あ 𠮷"; got != want {
				t.Errorf("sorted %q, want the order of the bytes %q on every kind of database", got, want)
			}
		})
	}
}

func words(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT word FROM words ORDER BY word")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

var made []string

// template makes one table with one word, and notes that it was called.
var template = storetest.Template{Make: func(dsn string) error {
	kind, _, _ := strings.Cut(dsn, ":")
	made = append(made, kind)
	db, err := connect(dsn)
	if err != nil {
		return err
	}
	ctx := context.Background()
	_, err = db.ExecContext(ctx, "CREATE TABLE words (word TEXT NOT NULL)")
	if err == nil {
		_, err = db.ExecContext(ctx, "INSERT INTO words VALUES ('手')")
	}
	return errors.Join(err, db.Close())
}}

// TestTemplate changes one copy and looks whether the next is as the template was.
func TestTemplate(t *testing.T) {
	kinds := map[string]int{}
	for range 3 {
		template.Each(t, func(t *testing.T, dsn string) {
			kind, _, _ := strings.Cut(dsn, ":")
			kinds[kind]++
			db := open(t, dsn)
			if got := words(t, db); got != "手" {
				t.Errorf("the copy holds %q, want what the template holds", got)
			}
			exec1(t, db, "INSERT INTO words VALUES ('習')")
		})
	}
	own := os.Getenv("TENARAI_TEST_POSTGRES") == ""
	if own && len(made) != len(kinds) {
		t.Errorf("made templates for %v, want one for each of %d kinds", made, len(kinds))
	}
}

// TestBrokenTemplate: a template whose making fails must fail the test that asks for it, not hand out an empty database.
func TestBrokenTemplate(t *testing.T) {
	if os.Getenv("STORETEST_BROKEN") != "" {
		broken := storetest.Template{Make: func(string) error { return errors.New("no such migration") }}
		broken.SQLite(t)
		return
	}
	out, err := again(t, "TestBrokenTemplate", "STORETEST_BROKEN=1")
	if err == nil || !strings.Contains(out, "no such migration") {
		t.Errorf("error %v, want a failure that says why:\n%s", err, out)
	}
}

// TestWithoutTools runs this test binary again where no PostgreSQL can be found: it must say so, and fail only where
// PostgreSQL is required.
func TestWithoutTools(t *testing.T) {
	const inner = "STORETEST_INNER"
	if os.Getenv(inner) != "" {
		storetest.HideTools()
		storetest.Each(t, func(*testing.T, string) {})
		return
	}
	for _, tt := range []struct {
		name, require, says string
		fails               bool
	}{
		{"optional", "", "--- SKIP: TestWithoutTools/postgres", false},
		{"something else required", "browser", "--- SKIP: TestWithoutTools/postgres", false},
		{"required", "browser, postgres", "--- FAIL: TestWithoutTools/postgres", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := again(t, "TestWithoutTools", inner+"=1", "PATH=",
				"TENARAI_TEST_POSTGRES=", "TENARAI_TEST_REQUIRE="+tt.require)
			if (err != nil) != tt.fails {
				t.Errorf("error %v, want failure %v", err, tt.fails)
			}
			for _, want := range []string{tt.says, "initdb and postgres were not found", "--- PASS: TestWithoutTools/sqlite"} {
				if !strings.Contains(out, want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

// TestServerEndsWithTests kills a test binary in the hardest way while connected to its server: the server must end too.
func TestServerEndsWithTests(t *testing.T) {
	const inner = "STORETEST_SERVER"
	if os.Getenv(inner) != "" {
		var empty storetest.Template
		dsn := empty.Postgres(t)
		_, _ = os.Stdout.WriteString("\n" + dsn + "\n")
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed
		return
	}
	var empty storetest.Template
	empty.Postgres(t) // skips where there is none
	cmd := againCommand(t, "TestServerEndsWithTests", inner+"=1", "TENARAI_TEST_POSTGRES=")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dsn string
	for lines := bufio.NewScanner(stdout); dsn == "" && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "postgres:") {
			dsn = lines.Text()
		}
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = conn.WaitForNotification(ctx)
	const adminShutdown = "57P01"
	if pg := (*pgconn.PgError)(nil); !errors.As(err, &pg) || pg.Code != adminShutdown {
		t.Errorf("the connection ended with %v, want the server's goodbye when it shuts down", err)
	}
}

// again runs one test of this test binary in a process of its own.
func again(t *testing.T, test string, env ...string) (string, error) {
	t.Helper()
	out, err := againCommand(t, test, env...).CombinedOutput()
	return string(out), err
}

func againCommand(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	return cmd
}
