package desk_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tenarai/courses"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/coursefile"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// school is a center with the real courses, its mentors and trainees, on a database of its own.
type school struct {
	*desk.Desk
	t      *testing.T
	dsn    string
	now    time.Time
	center member.CenterID
	people int

	makoto, megumi desk.Actor // mentors
}

var schoolTemplate = storetest.Template{Make: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	if err := s.Migrate(context.Background()); err != nil {
		return err
	}
	return s.Close()
}}

var realCourses = sync.OnceValues(func() (*coursefile.Library, error) {
	l, mistakes := coursefile.Load(courses.FS)
	if len(mistakes) > 0 {
		return nil, fmt.Errorf("the courses have mistakes: %v", mistakes)
	}
	return l, nil
})

// inSchool runs a test on both databases.
func inSchool(t *testing.T, test func(t *testing.T, s *school)) {
	t.Helper()
	schoolTemplate.Each(t, func(t *testing.T, dsn string) { test(t, newSchool(t, dsn)) })
}

func newSchool(t *testing.T, dsn string) *school {
	t.Helper()
	s := &school{t: t, dsn: dsn, now: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)}
	kept, err := store.Open(t.Context(), dsn, store.Options{})
	s.must(err)
	t.Cleanup(func() { _ = kept.Close() })
	folder, err := files.Open(t.TempDir())
	s.must(err)
	t.Cleanup(func() { _ = folder.Close() })
	library, err := realCourses()
	s.must(err)
	s.Desk = desk.New(desk.Config{
		Store: kept, Files: folder, Catalog: library.Catalog, Bars: library.Bars, Now: func() time.Time { return s.now }, Random: rand.Reader,
		Passwords: desk.HashCost{MemoryKiB: 8},
		Render:    func(certificate.Sheet) (store.PDF, error) { return store.PDF{}, nil },
	})
	s.must(kept.Tx(t.Context(), func(ctx context.Context) (err error) {
		s.center, err = kept.AddCenter(ctx, member.Center{Slug: "yuzawa", Name: "湯沢", PromiseDays: 3}, s.now)
		return err
	}))
	s.makoto, s.megumi = s.person("伊藤 誠", member.Mentor), s.person("渡部 恵", member.Mentor)
	return s
}

func (s *school) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refused checks that a deed was refused for the reason.
func (s *school) refused(what string, err error, kind problem.Kind, key string) {
	s.t.Helper()
	if list := problem.Of(err); len(list) != 1 || list[0].Kind != kind || list[0].Key != key {
		s.t.Errorf("%s: %v, want %s", what, err, key)
	}
}

func (s *school) person(name string, roles ...member.Role) desk.Actor {
	s.t.Helper()
	s.people++
	a := desk.Actor{Center: s.center, Roles: roles, Name: name}
	s.must(s.Store.Tx(s.t.Context(), func(ctx context.Context) (err error) {
		m := member.Member{Name: name, Language: "ja", Email: fmt.Sprintf("s%d@tenarai.example", s.people)}
		if a.Member, err = s.Store.AddMember(ctx, m, s.now); err != nil {
			return err
		}
		for _, r := range roles {
			if err := s.Store.AddRole(ctx, a.Member, member.Membership{Center: s.center, Role: r}, s.now); err != nil {
				return err
			}
		}
		return nil
	}))
	return a
}

// statesHours keeps that somebody has said how many hours a week she works.
func (s *school) statesHours(a desk.Actor) {
	s.t.Helper()
	s.must(s.Store.Tx(s.t.Context(), func(ctx context.Context) error {
		return s.Store.SetProfile(ctx, a.Member, store.Profile{Name: a.Name, Language: "ja", Hours: member.Availability{HoursWeek: 12, Stated: s.now}})
	}))
}

// pieces are a course's assignments in their order.
func (s *school) pieces(slug string) []*course.Item {
	var out []*course.Item
	for _, it := range s.Catalog.Course(slug).Items() {
		if it.Kind == course.KindAssignment {
			out = append(out, it)
		}
	}
	return out
}

// studies reads all lessons of a course and answers all its quizzes rightly.
func (s *school) studies(a desk.Actor, slug string) {
	s.t.Helper()
	for _, it := range s.Catalog.Course(slug).Items() {
		switch it.Kind {
		case course.KindLesson:
			_, err := s.MarkLessonDone(s.t.Context(), a, it.Ref)
			s.must(err)
		case course.KindQuiz:
			r, err := s.AnswerQuiz(s.t.Context(), a, it.Ref, 1, rightAnswers(practice.Drawn(it.Quiz, a.Member, 1)))
			s.must(err)
			if r.Percent != 100 {
				s.t.Fatalf("%s: %d %% for the right answers", it.Ref.Path(), r.Percent)
			}
		}
	}
}

func rightAnswers(questions []course.Question) map[string]practice.Given {
	out := map[string]practice.Given{}
	for _, q := range questions {
		var g practice.Given
		for i, answer := range q.Answers {
			if answer.Right {
				g.Chosen = append(g.Chosen, i)
			}
		}
		if q.Number != nil {
			g.Text = strconv.FormatFloat(q.Number.Value, 'f', -1, 64)
		}
		if len(q.Accept) > 0 {
			g.Text = q.Accept[0]
		}
		out[q.ID] = g
	}
	return out
}

// handsIn hands in the n-th attempt of a piece, with a table where one is asked for.
func (s *school) handsIn(a desk.Actor, it *course.Item, n int, ticked ...int) practice.SubmissionID {
	s.t.Helper()
	w := desk.WorkForm{Attempt: n, Ticked: ticked, Minutes: 30, SelfCheck: make([]bool, len(it.Assignment.SelfCheck))}
	if it.Assignment.Deliver.Text {
		w.Text = fmt.Sprintf("%d回目の文です。", n)
	}
	if d := it.Assignment.Deliver; d.File && slices.Contains(d.Formats, "csv") {
		f, err := s.StageFile(s.t.Context(), a, it.Ref, "work.csv", bytes.NewReader([]byte("a,b\n1,2\n")), func([]byte) string { return "text/csv" })
		s.must(err)
		w.Files = []practice.FileID{f.ID}
	}
	in, err := s.HandIn(s.t.Context(), a, it.Ref, w)
	s.must(err)
	return in.Submission
}

// judgement is a judgement of a piece as it stands: every row at the level, and for a return one fix of the first row.
func (s *school) judgement(id practice.SubmissionID, v practice.Verdict, level int) desk.AssessForm {
	s.t.Helper()
	b, err := s.LookAtPiece(s.t.Context(), s.makoto, id)
	s.must(err)
	f := desk.AssessForm{Attempt: b.Current().N, Version: b.Version, Verdict: v, Closing: "よく書けています。"}
	for _, r := range b.Assignment.Rubric.Rows {
		f.Marks = append(f.Marks, practice.Mark{Row: r.ID, Level: level, Comment: "ひとこと"})
	}
	if v == practice.Return {
		f.Fixes = []practice.Fix{{N: 1, Row: b.Assignment.Rubric.Rows[0].ID, Text: "日付を書く", Place: "納期"}}
	}
	return f
}

// passes has a mentor pass a piece.
func (s *school) passes(mentor desk.Actor, id practice.SubmissionID) desk.Followed {
	s.t.Helper()
	f, err := s.Assess(s.t.Context(), mentor, id, s.judgement(id, practice.Pass, course.Passing))
	s.must(err)
	return f
}

// raw is the database beside the store, for what no deed may do.
func (s *school) raw() *sql.DB {
	s.t.Helper()
	return demotest.Open(s.t, s.dsn)
}

// everything is the content of every table, each row as text.
func (s *school) everything(db *sql.DB) map[string][]string {
	s.t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if s.Store.Postgres() {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	out := map[string][]string{}
	for _, name := range s.column(db, list) {
		out[name] = s.column(db, `SELECT * FROM "`+name+`"`)
		slices.Sort(out[name])
	}
	if len(out) < 30 || len(out["member"]) == 0 {
		s.t.Fatalf("%d tables, %d members: does this still see the database?", len(out), len(out["member"]))
	}
	return out
}

// column is the rows of a query, the values of each joined.
func (s *school) column(db *sql.DB, query string) []string {
	s.t.Helper()
	rows, err := db.QueryContext(s.t.Context(), query)
	s.must(err)
	defer rows.Close()
	names, err := rows.Columns()
	s.must(err)
	var out []string
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		s.must(rows.Scan(values...))
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(*v.(*any))
			if b, ok := (*v.(*any)).([]byte); ok {
				texts[i] = string(b)
			}
		}
		out = append(out, strings.Join(texts, " | "))
	}
	s.must(rows.Err())
	return out
}

// breaks makes every insert into a table fail until the returned function is called.
func (s *school) breaks(db *sql.DB, table string) (mend func()) {
	s.t.Helper()
	run := func(statements ...string) {
		for _, one := range statements {
			_, err := db.ExecContext(s.t.Context(), one)
			s.must(err)
		}
	}
	if !s.Store.Postgres() {
		run("CREATE TRIGGER broken BEFORE INSERT ON " + table + " BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END")
		return func() { run("DROP TRIGGER broken") }
	}
	run("CREATE OR REPLACE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the disk is broken'; END $$ LANGUAGE plpgsql",
		"CREATE TRIGGER broken BEFORE INSERT ON "+table+" FOR EACH ROW EXECUTE FUNCTION broken()")
	return func() { run("DROP TRIGGER broken ON " + table) }
}

// atOnce runs n deeds at the same time and gathers what became of each.
func atOnce[T any](n int, deed func(i int) (T, error)) (done []T, errs []error) {
	done, errs = make([]T, n), make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			done[i], errs[i] = deed(i)
		})
	}
	close(start)
	all.Wait()
	return done, errs
}
