package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// liteDriver is the name under which the store registers its driver for SQLite.
const liteDriver = "tenarai-sqlite3"

// lite opens a SQLite database through the store's driver, with one connection, so that every statement meets the same
// cache. It holds a table of the numbers 1 to 5.
func lite(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(liteDriver, "file:"+filepath.Join(t.TempDir(), "lite.db")+"?_journal_mode=WAL&_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	run(t, db, "CREATE TABLE number (n INTEGER PRIMARY KEY, word TEXT NOT NULL DEFAULT '')")
	run(t, db, "INSERT INTO number (n) VALUES (1), (2), (3), (4), (5)")
	return db
}

type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func run(t *testing.T, db runner, query string, args ...any) int64 {
	t.Helper()
	r, err := db.ExecContext(context.Background(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	n, _ := r.RowsAffected()
	return n
}

// ints are a query's whole numbers.
func ints(t *testing.T, db runner, query string, args ...any) []int {
	t.Helper()
	out, err := tryInts(context.Background(), db, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

func tryInts(ctx context.Context, db runner, query string, args ...any) ([]int, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return out, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// A statement that runs again inside its own rows neither moves nor ends the outer rows.
func TestSQLiteStatementInsideItself(t *testing.T) {
	tx, err := lite(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	const query = "SELECT n FROM number WHERE n <= ? ORDER BY n"
	for round := range 3 { // the second and third meet what the first left in the cache
		outer, err := tx.QueryContext(t.Context(), query, 3)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]int
		for outer.Next() {
			var n int
			if err := outer.Scan(&n); err != nil {
				t.Fatal(err)
			}
			got = append(got, append([]int{n}, ints(t, tx, query, n)...))
		}
		if err := errors.Join(outer.Err(), outer.Close()); err != nil {
			t.Fatal(err)
		}
		if want := "[[1 1] [2 1 2] [3 1 2 3]]"; fmt.Sprint(got) != want {
			t.Errorf("round %d: %v, want %s", round, got, want)
		}
	}
}

// Every use of a kept statement binds its own values and no others.
func TestSQLiteValuesDoNotStay(t *testing.T) {
	db := lite(t)
	const query = "UPDATE number SET word = ? WHERE n = ?"
	for n := range 5 {
		run(t, db, query, fmt.Sprint("語", n+1), n+1)
	}
	if got := ints(t, db, "SELECT COUNT(DISTINCT word) FROM number"); got[0] != 5 {
		t.Errorf("%d different words, want 5", got[0])
	}
	if r, err := db.Exec(query, "NULL?"); err == nil {
		n, _ := r.RowsAffected()
		t.Errorf("a value too few changed %d rows, want an error", n)
	}
	if _, err := tryInts(t.Context(), db, "SELECT n FROM number WHERE n = ?"); err == nil {
		t.Error("a query with a value too few was answered")
	}
	if got := run(t, db, query, "六", 5); got != 1 {
		t.Errorf("after the error %d rows changed, want 1", got)
	}
}

// A statement that failed can be used again at once.
func TestSQLiteAfterAnError(t *testing.T) {
	db := lite(t)
	const query = "INSERT INTO number (n) VALUES (?)"
	for range 3 {
		if _, err := db.Exec(query, 1); err == nil {
			t.Fatal("the same key twice was accepted")
		}
	}
	run(t, db, query, 6)
	if _, err := db.Exec("SELECT nothing FROM nowhere"); err == nil {
		t.Error("a table that is not there was read")
	}
	if got := ints(t, db, "SELECT COUNT(*) FROM number"); got[0] != 6 {
		t.Errorf("%d rows, want 6", got[0])
	}
}

// A cancelled query ends with the reason, and the connection serves the next one.
func TestSQLiteCancelled(t *testing.T) {
	db := lite(t)
	const endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n > ?"
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := db.QueryContext(ctx, endless, 1)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			rows.Next()
		}
		cancel()
		for rows.Next() { // until the cancelling arrives
		}
		if err := rows.Err(); !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v, want that it was cancelled", err)
		}
		_ = rows.Close()
		if _, err := tryInts(ctx, db, "SELECT n FROM number"); !errors.Is(err, context.Canceled) {
			t.Errorf("a query begun after it was cancelled: %v", err)
		}
		if got := ints(t, db, "SELECT n FROM number WHERE n > ?", 3); !slices.Equal(got, []int{4, 5}) {
			t.Errorf("the next query answers %v", got)
		}
	}
}

// A transaction whose context ends in the midst of a long statement keeps nothing.
func TestSQLiteCancelledWrite(t *testing.T) {
	db := lite(t)
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	run(t, tx, "DELETE FROM number")
	cancel()
	if err := tx.Commit(); !errors.Is(err, context.Canceled) && !errors.Is(err, sql.ErrTxDone) {
		t.Errorf("committed with %v", err)
	}
	if got := ints(t, db, "SELECT COUNT(*) FROM number"); got[0] != 5 {
		t.Errorf("%d rows are left, want 5", got[0])
	}
}

// A statement that was run without reading its rows holds nothing: the table can be dropped.
func TestSQLiteRowsNobodyReads(t *testing.T) {
	db := lite(t)
	run(t, db, "SELECT n FROM number")
	run(t, db, "INSERT INTO number (n) VALUES (7), (8) RETURNING n")
	run(t, db, "PRAGMA journal_mode")
	run(t, db, "DROP TABLE number")
}

// Texts with several statements, with none, and after a change of the tables do what they say.
func TestSQLiteOddTexts(t *testing.T) {
	db := lite(t)
	run(t, db, "INSERT INTO number (n) VALUES (6); INSERT INTO number (n) VALUES (7)")
	for _, nothing := range []string{"", "  \n", "-- only a comment", "/* another */", ";"} {
		run(t, db, nothing)
		if got := ints(t, db, nothing); len(got) != 0 {
			t.Errorf("%q answers %v", nothing, got)
		}
	}
	const query = "SELECT COUNT(*) FROM number WHERE word = 'a;b' OR n > 5"
	if got := ints(t, db, query); got[0] != 2 {
		t.Errorf("%d, want 2", got[0])
	}
	all := func() int {
		rows, err := db.Query("SELECT * FROM number")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil || !rows.Next() {
			t.Fatalf("no row, %v", err)
		}
		return len(columns)
	}
	if got := all(); got != 2 {
		t.Errorf("%d columns, want 2", got)
	}
	run(t, db, "ALTER TABLE number ADD COLUMN more TEXT")
	if got := all(); got != 3 {
		t.Errorf("%d columns after one was added, want 3", got)
	}
}

// Closing with open rows ends them without harm.
func TestSQLiteCloseWithOpenRows(t *testing.T) {
	db := lite(t)
	rows, err := db.Query("SELECT n FROM number")
	if err != nil || !rows.Next() {
		t.Fatalf("no row, %v", err)
	}
	_ = db.Close() // whether it waits or complains, it must not crash
	_ = rows.Close()
	if err := db.Ping(); err == nil {
		t.Error("a closed database answers")
	}
}

// More different statements than are kept still all work.
func TestSQLiteManyStatements(t *testing.T) {
	db := lite(t)
	for i := range 450 {
		if got := ints(t, db, fmt.Sprintf("SELECT n + %d FROM number WHERE n = ?", i), 1); !slices.Equal(got, []int{i + 1}) {
			t.Fatalf("statement %d answers %v", i, got)
		}
	}
}

// Many readers and one writer on one database, each with its own connection, always see whole transactions.
func TestSQLiteManyConnections(t *testing.T) {
	db := lite(t)
	db.SetMaxOpenConns(6)
	run(t, db, "UPDATE number SET word = '0'")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			for range 60 {
				got, err := tryInts(context.Background(), db, "SELECT COUNT(DISTINCT word) FROM number")
				if err != nil || got[0] != 1 {
					t.Errorf("saw %v words at once, %v", got, err)
					return
				}
			}
		})
	}
	for i := range 30 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 5; n++ {
			run(t, tx, "UPDATE number SET word = ? WHERE n = ?", fmt.Sprint(i), n)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
}
