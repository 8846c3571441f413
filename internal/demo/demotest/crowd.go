package demotest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // drivers of database/sql
	_ "github.com/mattn/go-sqlite3"

	"tenarai/internal/cohort"
)

// Open gives a database to a test that writes or reads rows by itself.
func Open(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	driver := "pgx"
	if path, lite := strings.CutPrefix(dsn, "sqlite:"); lite {
		driver, dsn = "sqlite3", "file:"+path+"?_busy_timeout=5000"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// copied are the tables that hold what somebody did, in an order in which rows may be added, and which of their columns
// name rows that are copied, too.
var copied = []struct{ table, where, moved string }{
	{"member", "id = %d", "id"},
	{"member_role", "member_id = %d", "member_id"},
	{"enrolment", "member_id = %d", "member_id"},
	{"course_run", "member_id = %d", "id member_id"},
	{"submission", "member_id = %d", "id run_id member_id"},
	{"attempt", "submission_id IN (SELECT id FROM submission WHERE member_id = %d)", "id submission_id"},
	{"assessment", "submission_id IN (SELECT id FROM submission WHERE member_id = %d)", "id submission_id attempt_id"},
	{"award", "member_id = %d", "id member_id attempt_id"},
	{"award_assessor", "award_id IN (SELECT id FROM award WHERE member_id = %d)", "award_id assessment_id"},
}

// apart is how far the ids of two copies lie from each other.
const apart = 1_000_000

// Crowd makes a cohort of n people who did what a named person of the town did, each under another name, and none of whom
// has a certificate. Through the deeds a thousand of them would take minutes.
func Crowd(tb testing.TB, dsn, name string, n int) cohort.ID {
	tb.Helper()
	db := Open(tb, dsn)
	c := copier{tb: tb}
	tx, err := db.BeginTx(context.Background(), nil)
	c.must(err)
	c.tx = tx
	of := c.number("SELECT id FROM member WHERE email = '" + name + "@tenarai.example'")
	from := c.number(fmt.Sprintf("SELECT MIN(cohort_id) FROM enrolment WHERE member_id = %d", of))
	round := (c.number("SELECT MAX(id) FROM member")/apart + 1) * apart
	c.copy("cohort", fmt.Sprintf("id = %d", from), round, "id", "")
	c.copy("cohort_course", fmt.Sprintf("cohort_id = %d", from), round, "cohort_id", "")
	for i := range n {
		for _, t := range copied {
			c.copy(t.table, fmt.Sprintf(t.where, of), round+i*apart, t.moved, nameOf(i))
		}
	}
	_, err = tx.ExecContext(context.Background(), fmt.Sprintf("UPDATE enrolment SET cohort_id = %d WHERE member_id >= %d", from+round, round))
	c.must(err)
	c.must(tx.Commit())
	return cohort.ID(from + round)
}

// nameOf is a name that no other of a thousand has.
func nameOf(i int) string {
	common := []rune("山川田中森林石木村本上下大小高野原井藤島水光美幸直和春夏秋冬花月星空海葉桜梅竹松")
	n := len(common)
	return fmt.Sprintf("%c%c %c子", common[i%n], common[(i/n+1)%n], common[(i*7+i/n)%n])
}

// copier copies rows within a transaction.
type copier struct {
	tb      testing.TB
	tx      *sql.Tx
	columns map[string][]string
}

func (c *copier) must(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatal(err)
	}
}

func (c *copier) number(query string) (n int) {
	c.tb.Helper()
	c.must(c.tx.QueryRowContext(context.Background(), query).Scan(&n))
	return n
}

// copy adds the rows of a table that fulfil where, with the columns in moved raised by a number.
func (c *copier) copy(table, where string, by int, moved, name string) {
	c.tb.Helper()
	columns := c.of(table)
	from := slices.Clone(columns)
	for i, column := range columns {
		switch {
		case slices.Contains(strings.Fields(moved), column):
			from[i] = fmt.Sprintf("%s + %d", column, by)
		case table == "member" && column == "email":
			from[i] = "NULL"
		case table == "member" && column == "name":
			from[i] = "'" + name + "'"
		}
	}
	_, err := c.tx.ExecContext(context.Background(), fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s", table, strings.Join(columns, ", "), strings.Join(from, ", "), table, where))
	c.must(err)
}

// of are the columns of a table.
func (c *copier) of(table string) []string {
	c.tb.Helper()
	if known := c.columns[table]; known != nil {
		return known
	}
	rows, err := c.tx.QueryContext(context.Background(), "SELECT * FROM "+table+" WHERE 1 = 0") //nolint:gosec // the tables are those named above
	c.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	c.must(err)
	c.must(rows.Err())
	if c.columns == nil {
		c.columns = map[string][]string{}
	}
	c.columns[table] = columns
	return columns
}
