package desk_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
)

// What the pages of records and certificates ask of the database does not grow with what it holds: ten thousand
// certificates more, and a record full of them, cost as many queries, and the center's list is read along its index.
func TestLooksAtCertificatesAreFlat(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		number := string(w.held(certificate.KindCourse, "c2-data-entry").Number)
		looks := map[string]func() error{
			"record": func() error { _, err := d.LookRecord(ctx, w.yumi); return err },
			"verify": func() error { _, err := d.Verify(ctx, number); return err },
			"list": func() error {
				look, err := d.LookCertificates(ctx, w.coordinator, desk.CertificateFilter{}, 1)
				if err == nil && len(look.Rows) == 0 {
					err = fmt.Errorf("nothing listed")
				}
				return err
			},
			"list by kind": func() error {
				_, err := d.LookCertificates(ctx, w.coordinator, desk.CertificateFilter{Kind: certificate.KindCourse}, 1)
				return err
			},
			"graduates": func() error { _, err := d.LookGraduates(ctx, w.coordinator, id, 1); return err },
		}
		sent := func(look func() error) []string {
			w.Queries()
			w.must(look())
			return w.Queries()
		}
		before := map[string]int{}
		for name, look := range looks {
			before[name] = len(sent(look))
		}
		db := demotest.Open(t, w.DSN)
		w.many(db, id)
		for name, look := range looks {
			if n := len(sent(look)); n != before[name] || n == 0 {
				t.Errorf("%s: %d queries, %d with ten thousand certificates more", name, before[name], n)
			}
		}
		list := sent(looks["list"])
		for _, q := range list {
			plan := w.plan(db, q)
			if !strings.Contains(plan, "certificate_center") || scanned.MatchString(plan) {
				t.Errorf("%s\nis read so:\n%s", q, plan)
			}
		}
		if len(list) != 2 {
			t.Errorf("%d queries for the list: a count and a page are wanted", len(list))
		}
	})
}

// scanned finds whole tables, or sorting, in a plan of either database.
var scanned = regexp.MustCompile(`SCAN|Seq Scan|TEMP B-TREE|Sort`)

// many adds a hundred people to a cohort and gives each of them a hundred certificates, one in twenty of the center,
// the others of another, and yumi as many.
func (w lives) many(db *sql.DB, id cohort.ID) {
	w.t.Helper()
	ctx := w.t.Context()
	demotest.Crowd(w.t, w.DSN, "yumi", 100)
	others := fmt.Sprintf("CASE WHEN b.id / 1000000 %% 20 = 0 THEN %d ELSE %d END", w.coordinator.Center, w.outsider.Center)
	for _, stmt := range []string{
		`INSERT INTO certificate_grant (member_id, center_id, kind, subject, edition, at) SELECT a.id, ` + others + `, 'course', 'made-' || b.id, '', 1
			FROM member a, member b WHERE b.id >= 1000000 AND (a.id >= 1000000 OR a.email = 'yumi@tenarai.example')`,
		`INSERT INTO certificate (grant_id, revision, number, issued_at, snapshot, center_id) SELECT g.id, 1, 'made-' || g.id, g.at,
			(SELECT MIN(c.snapshot) FROM certificate c), g.center_id FROM certificate_grant g WHERE g.subject LIKE 'made-%'`,
		`INSERT INTO certificate_change (certificate_id, state, at, by_id, reason) SELECT id, 'revoked', 1, 1, 'error' FROM certificate WHERE number LIKE 'made-%' AND id % 3 = 0`,
		fmt.Sprintf(`UPDATE enrolment SET cohort_id = %d WHERE member_id >= 1000000`, id),
		"ANALYZE",
	} {
		_, err := db.ExecContext(ctx, stmt)
		w.must(err)
	}
}

var placeholder = regexp.MustCompile(`\?|\$\d+`)

// plan is how the database means to answer a query for the center and a page of thirty, whatever its places are called.
func (w lives) plan(db *sql.DB, query string) string {
	w.t.Helper()
	values := []any{w.coordinator.Center, 30, 0}
	i := -1
	query = placeholder.ReplaceAllStringFunc(query, func(string) string { i++; return fmt.Sprint(values[i]) })
	explain := "EXPLAIN QUERY PLAN "
	if !strings.HasPrefix(w.DSN, "sqlite:") {
		explain = "EXPLAIN "
	}
	rows, err := db.QueryContext(w.t.Context(), explain+query)
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	var lines []string
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		w.must(rows.Scan(into...))
		lines = append(lines, fmt.Sprint(row[len(row)-1]))
	}
	w.must(rows.Err())
	return strings.Join(lines, "\n")
}
