package desk_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// The house of these tests: two centers, a coordinator and a mentor in each, and a catalogue small enough to finish.
type house struct {
	*desk.Desk
	t        *testing.T
	dsn      string
	now      time.Time
	queries  []string
	counting sync.Mutex
	beside   *sql.DB

	yuzawa, yokote   member.CenterID
	kyoko, other     desk.Actor // coordinators
	makoto, megumi   desk.Actor // mentors of Yuzawa
	cohort           cohort.ID
	people           int
	idempotencyCount int
}

var houseTemplate = storetest.Template{Make: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Migrate(context.Background())
}}

// inHouse runs a test on both databases.
func inHouse(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	houseTemplate.Each(t, func(t *testing.T, dsn string) { test(t, newHouse(t, dsn)) })
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{t: t, dsn: dsn, now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}
	s, err := store.Open(t.Context(), dsn, store.Options{Count: h.sent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h.Desk = desk.New(desk.Config{
		Store: s, Catalog: smallCatalog(), Bars: []readiness.Bar{smallBar}, Now: func() time.Time { return h.now },
		Random: demo.NewRandom(1), Address: "http://tenarai.example", Passwords: desk.HashCost{MemoryKiB: 8},
		Printable: func(s string) []string {
			if strings.Contains(s, "☃") {
				return []string{"☃"}
			}
			return nil
		},
		Render: func(certificate.Sheet) (store.PDF, error) { return store.PDF{}, nil },
	})
	center := func(slug, name string) member.CenterID {
		id, err := h.SetUpCenter(t.Context(), member.Center{Slug: slug, Name: name, PromiseDays: 3})
		h.must(err)
		return id
	}
	h.yuzawa, h.yokote = center("yuzawa", "湯沢"), center("yokote", "横手")
	h.kyoko, h.other = h.staff("小野寺 京子", h.yuzawa, member.Coordinator), h.staff("別の 人", h.yokote, member.Coordinator)
	h.makoto, h.megumi = h.staff("伊藤 誠", h.yuzawa, member.Mentor), h.staff("渡部 恵", h.yuzawa, member.Mentor)
	h.cohort, err = h.CreateCohort(t.Context(), h.kyoko, cohort.Cohort{Name: "秋の組", Starts: h.now, Courses: []string{"second", "first", "first"}})
	h.must(err)
	return h
}

// sent keeps a query; deeds may be done at once.
func (h *house) sent(q string) {
	h.counting.Lock()
	defer h.counting.Unlock()
	h.queries = append(h.queries, q)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) staff(name string, c member.CenterID, roles ...member.Role) desk.Actor {
	h.t.Helper()
	h.people++
	p := desk.Person{Member: member.Member{Name: name, Email: fmt.Sprintf("p%d@tenarai.example", h.people)}, PasswordHash: "x"}
	for _, r := range roles {
		p.Memberships = append(p.Memberships, member.Membership{Center: c, Role: r})
	}
	id, err := h.SetUpMember(h.t.Context(), p)
	h.must(err)
	a, err := h.ActorFor(h.t.Context(), id, c)
	h.must(err)
	return a
}

// trainee is somebody invited into the cohort.
func (h *house) trainee(name, kana, email string) desk.Actor {
	h.t.Helper()
	done, err := h.InviteOne(h.t.Context(), h.kyoko, h.cohort, desk.InviteRow{Name: name, Kana: kana, Email: email})
	h.must(err)
	a, err := h.ActorFor(h.t.Context(), done.Member, h.yuzawa)
	h.must(err)
	return a
}

// db is a second way into the database, past the desk.
func (h *house) db() *sql.DB {
	h.t.Helper()
	if h.beside != nil {
		return h.beside
	}
	driver, dsn := "pgx", h.dsn
	if path, ok := strings.CutPrefix(h.dsn, "sqlite:"); ok {
		driver, dsn = "sqlite3", "file:"+path+"?_busy_timeout=5000&_txlock=immediate"
	}
	db, err := sql.Open(driver, dsn)
	h.must(err)
	h.t.Cleanup(func() { db.Close() })
	h.beside = db
	return db
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	if strings.HasPrefix(h.dsn, "sqlite:") {
		for i := len(args); i > 0; i-- {
			query = strings.ReplaceAll(query, fmt.Sprintf("$%d", i), "?")
		}
	}
	r, err := h.db().Exec(query, args...)
	h.must(err)
	if n, err := r.RowsAffected(); err == nil && n == 0 && strings.HasPrefix(query, "UPDATE") {
		h.t.Fatalf("%s met no row", query)
	}
}

func (h *house) count(query string) (n int) {
	h.t.Helper()
	h.must(h.db().QueryRow(query).Scan(&n))
	return n
}

// finish takes somebody through the whole of the first course; two mentors look at the piece.
func (h *house) finish(a desk.Actor) practice.SubmissionID {
	h.t.Helper()
	h.read(a, "first", "one", "read")
	h.quiz(a)
	id := h.handIn(a, 1)
	h.assess(h.makoto, id, 1, practice.Return)
	h.now = h.now.Add(time.Hour)
	h.handIn(a, 2)
	h.assess(h.makoto, id, 2, practice.Pass)
	h.read(a, "first", "two", "more")
	return id
}

func (h *house) read(a desk.Actor, path ...string) {
	h.t.Helper()
	_, err := h.MarkLessonDone(h.t.Context(), a, course.Ref{Course: path[0], Module: path[1], Item: path[2]})
	h.must(err)
}

var quizRef, workRef = course.Ref{Course: "first", Module: "one", Item: "quiz"}, course.Ref{Course: "first", Module: "one", Item: "work"}

func (h *house) quiz(a desk.Actor) {
	h.t.Helper()
	_, err := h.AnswerQuiz(h.t.Context(), a, quizRef, 1, map[string]practice.Given{"q1": {Chosen: []int{0}}})
	h.must(err)
}

func (h *house) handIn(a desk.Actor, n int) practice.SubmissionID {
	h.t.Helper()
	in, err := h.HandIn(h.t.Context(), a, workRef, desk.WorkForm{Attempt: n, Text: "書きました"})
	h.must(err)
	return in.Submission
}

func (h *house) assess(a desk.Actor, id practice.SubmissionID, attempt int, v practice.Verdict) {
	h.t.Helper()
	sub, err := h.Store.Submission(h.t.Context(), a.Center, id)
	h.must(err)
	form := desk.AssessForm{Attempt: attempt, Version: sub.Version, Verdict: v, Marks: []practice.Mark{{Row: "r1", Level: 2}}}
	if v == practice.Return {
		form.Fixes = []practice.Fix{{N: 1, Row: "r1", Text: "日付を入れる"}}
	}
	_, err = h.Assess(h.t.Context(), a, id, form)
	h.must(err)
}

var smallBar = readiness.Bar{
	JobType: "data-entry", Title: skill.Text{JA: "データ入力"}, Base: "first", QuizPercent: 80,
	Requires: []readiness.Requirement{{Skill: "S-1", Level: skill.Alone}}, Pieces: 1, Assessors: 1, WithinMonths: 12, HoursFreshDays: 30,
}

func text(s string) course.Text { return course.Text{JA: s, EN: s} }

func hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// smallCatalog has two courses: the first with two modules (a lesson, a quiz and an assignment; a lesson), the second with one.
func smallCatalog() *course.Catalog {
	lesson := func(c, m, i string) *course.Item {
		return &course.Item{Ref: course.Ref{Course: c, Module: m, Item: i}, Kind: course.KindLesson, Title: text(i), Minutes: 10, Lesson: &course.Lesson{}}
	}
	quiz := &course.Item{Ref: quizRef, Kind: course.KindQuiz, Title: text("quiz"), Minutes: 5, Quiz: &course.Quiz{
		Hash: hash("quiz"), PassPercent: 80,
		Questions: []course.Question{{ID: "q1", Choose: course.ChooseOne, Ask: text("?"), Answers: []course.Answer{{Text: text("a"), Right: true}, {Text: text("b")}}}},
	}}
	work := &course.Item{Ref: workRef, Kind: course.KindAssignment, Title: text("納期の連絡文"), Minutes: 30, Assignment: &course.Assignment{
		Hash: hash("work"), Deliver: course.Deliver{Text: true, TextMax: 1000}, DueWorkingDays: 5,
		Rubric: course.Rubric{Hash: hash("rubric"), MinTotalPercent: 65, NoZero: true, Rows: []course.Criterion{{ID: "r1", Star: true, Skill: "S-1", Proves: skill.Alone, Title: text("正確さ")}}},
	}}
	return &course.Catalog{
		Skills: []skill.Skill{{ID: "S-1", Title: text("正確さ")}},
		Courses: []*course.Course{
			{Slug: "first", Code: "C1", Order: 1, Edition: "2026-10", Title: text("入門"), Modules: []*course.Module{
				{Slug: "one", Title: text("一"), Items: []*course.Item{lesson("first", "one", "read"), quiz, work}},
				{Slug: "two", Title: text("二"), Items: []*course.Item{lesson("first", "two", "more")}},
			}},
			{Slug: "second", Code: "C2", Order: 2, Edition: "2026-10", Title: text("入力"), Modules: []*course.Module{
				{Slug: "one", Title: text("三"), Items: []*course.Item{lesson("second", "one", "type"), lesson("second", "one", "send")}},
			}},
		},
	}
}

// key gives the actor a fresh form.
func (h *house) key(a desk.Actor) desk.Actor {
	h.idempotencyCount++
	a.Key = "KEY" + strings.Repeat("A", h.idempotencyCount)
	return a
}

func TestCohortIsMadeOnceAndInTheOrderOfTheCourses(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		look, err := h.LookCohort(t.Context(), h.kyoko, h.cohort, "", 1)
		h.must(err)
		if !slices.Equal(look.Courses, []string{"first", "second"}) || look.All != 0 || len(look.Taught) != 2 {
			t.Fatalf("got %+v", look)
		}
		a := h.key(h.kyoko)
		for range 2 {
			_, err = h.CreateCohort(t.Context(), a, cohort.Cohort{Name: "冬の組", Starts: h.now, Courses: []string{"first"}})
			h.must(err)
		}
		all, err := h.LookCohorts(t.Context(), h.kyoko, 99)
		h.must(err)
		if all.Total != 2 || len(all.Rows) != 2 || h.count("SELECT COUNT(*) FROM event WHERE action = 'cohort.created'") != 2 {
			t.Fatalf("the same form made two cohorts: %+v", all)
		}
		if _, err := h.CreateCohort(t.Context(), h.kyoko, cohort.Cohort{Courses: []string{"none"}}); len(problem.Of(err)) != 3 {
			t.Errorf("a cohort without name and start, of an unknown course: %v", err)
		}
	})
}

// A change keeps the courses, is refused field by field, at an old version, and to everybody but the center's coordinator.
func TestChangingACohort(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		kept, err := h.LookCohortForm(ctx, h.kyoko, h.cohort)
		h.must(err)
		next := kept
		next.Name, next.Title = " 秋の　組 ", course.Text{JA: " 湯沢市　在宅ワーカー養成講座 ", EN: "Yuzawa  Programme"}
		next.Courses, next.Ends = []string{"none"}, h.now.AddDate(0, 4, 0)
		a := h.key(h.kyoko)
		for range 2 { // sent twice
			h.must(h.ChangeCohort(ctx, a, next))
		}
		got, err := h.LookCohortForm(ctx, h.kyoko, h.cohort)
		h.must(err)
		want := kept
		want.Name, want.Title, want.Ends, want.Version = "秋の 組", course.Text{JA: "湯沢市 在宅ワーカー養成講座", EN: "Yuzawa Programme"}, next.Ends, kept.Version+1
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		if n := h.count("SELECT COUNT(*) FROM event WHERE action = 'cohort.changed'"); n != 1 {
			t.Errorf("it is told %d times", n)
		}
		wants(t, h.ChangeCohort(ctx, h.kyoko, next), "store.moved_on")
		next.Version = got.Version
		for who, c := range map[string]struct {
			actor desk.Actor
			kind  problem.Kind
		}{"another center's": {h.other, problem.NotFound}, "a mentor": {h.makoto, problem.Forbidden}, "nobody": {desk.Actor{}, problem.Forbidden}} {
			if err := h.ChangeCohort(ctx, c.actor, next); !problem.Is(err, c.kind) {
				t.Errorf("%s: %v", who, err)
			}
			if _, err := h.LookCohortForm(ctx, c.actor, h.cohort); !problem.Is(err, c.kind) {
				t.Errorf("%s looks: %v", who, err)
			}
		}
		wrong := next
		wrong.Name, wrong.Title = "", course.Text{JA: "雪☃", EN: strings.Repeat("e", cohort.MaxTitleEN+1)}
		err = h.ChangeCohort(ctx, h.kyoko, wrong)
		if said := problem.Of(err).Error(); said != "cohort.name_missing (name); cohort.unprintable (title); cohort.title_long (title_en)" {
			t.Errorf("refused with %s", said)
		}
		_, err = h.CreateCohort(ctx, h.kyoko, cohort.Cohort{Name: "冬", Title: course.Text{EN: "☃"}, Starts: h.now, Courses: []string{"first"}})
		wants(t, err, "cohort.unprintable")
		if again, err := h.LookCohortForm(ctx, h.kyoko, h.cohort); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("a refusal changed %+v, %v", again, err)
		}
	})
}

func TestAnotherCenterKnowsNothingOfACohort(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "さとう あおい", "aoi@tenarai.example")
		row := desk.InviteRow{Line: 1, Name: "x", Email: "x@tenarai.example"}
		for name, ask := range map[string]func(a desk.Actor) error{
			"cohort": func(a desk.Actor) error { _, err := h.LookCohort(t.Context(), a, h.cohort, "", 1); return err },
			"progress": func(a desk.Actor) error {
				_, err := h.LookProgress(t.Context(), a, h.cohort, desk.ProgressOrder{}, 1)
				return err
			},
			"export": func(a desk.Actor) error {
				_, _, err := h.ExportProgress(t.Context(), a, h.cohort, desk.ProgressOrder{})
				return err
			},
			"invite": func(a desk.Actor) error { _, err := h.InviteOne(t.Context(), a, h.cohort, row); return err },
			"list": func(a desk.Actor) error {
				_, err := h.InviteMany(t.Context(), a, h.cohort, []desk.InviteRow{row})
				return err
			},
			"plan": func(a desk.Actor) error {
				_, err := h.PlanInvites(t.Context(), a, h.cohort, []desk.InviteRow{row})
				return err
			},
			"enrol": func(a desk.Actor) error { return h.Enrol(t.Context(), a, h.cohort, aoi.Member) },
			"story": func(a desk.Actor) error { _, err := h.LookStory(t.Context(), a, aoi.Member, 0); return err },
		} {
			if err := ask(h.other); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: another center's coordinator got %v", name, err)
			}
			for who, a := range map[string]desk.Actor{"stranger": {}, "trainee": aoi} {
				if err := ask(a); !problem.Is(err, problem.Forbidden) {
					t.Errorf("%s: a %s got %v", name, who, err)
				}
			}
			if err := ask(h.makoto); name != "story" && !problem.Is(err, problem.Forbidden) || name == "story" && err != nil {
				t.Errorf("%s: a mentor got %v", name, err)
			}
		}
		today, err := h.LookToday(t.Context(), h.other)
		h.must(err)
		all, err := h.LookCohorts(t.Context(), h.other, 1)
		h.must(err)
		if len(today.Cohorts)+len(all.Rows)+all.Total > 0 {
			t.Error("another center sees the cohort")
		}
	})
}
