package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tenarai/courses"
	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/coursefile"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// The people of the classroom, each by the token of her session.
const (
	aoi         = "aoi-token"    // trainee in C1 and C2, nothing done
	haruka      = "haruka-token" // another one
	alone       = "alone-token"  // trainee in no course
	makoto      = "makoto-token" // mentor
	megumi      = "megumi-token" // mentor
	kyoko       = "kyoko-token"  // coordinator
	shop        = "shop-token"   // company
	basicCourse = "c1-home-working"
)

// classroom is a center with a desk over a fresh database and the real courses.
type classroom struct {
	*Server
	t       testing.TB
	library *coursefile.Library
	now     time.Time
	people  map[string]desk.Actor
	queries int
}

var migrated = storetest.Template{Make: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	if err := s.Migrate(context.Background()); err != nil {
		return err
	}
	return s.Close()
}}

func newClassroom(t testing.TB) *classroom {
	t.Helper()
	r := &classroom{t: t, now: testNow, people: map[string]desk.Actor{}}
	kept, err := store.Open(t.Context(), migrated.SQLite(t), store.Options{Count: func(string) { r.queries++ }})
	r.must(err)
	t.Cleanup(func() { _ = kept.Close() })
	folder, err := files.Open(t.TempDir())
	r.must(err)
	t.Cleanup(func() { _ = folder.Close() })
	library, mistakes := coursefile.Load(courses.FS)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	r.library = library
	clock := func() time.Time { return r.now }
	d := desk.New(desk.Config{
		Store: kept, Files: folder, Catalog: library.Catalog, Bars: library.Bars, Now: clock, Random: rand.Reader,
		Render:    func(certificate.Sheet) (store.PDF, error) { return store.PDF{}, nil },
		Passwords: desk.HashCost{MemoryKiB: 8},
	})
	r.fill(d)
	cfg := testConfig(t)
	cfg.Desk, cfg.Now, cfg.CourseFile, cfg.Demo = d, clock, library.File, nil
	cfg.Session = func(_ context.Context, token string) (desk.Actor, error) { return r.people[token], nil }
	r.Server = testServer(t, cfg)
	return r
}

// fill puts the people into the center, and the trainees into a cohort.
func (r *classroom) fill(d *desk.Desk) {
	ctx := r.t.Context()
	var center member.CenterID
	r.must(d.Store.Tx(ctx, func(ctx context.Context) (err error) {
		center, err = d.Store.AddCenter(ctx, member.Center{Slug: "yuzawa", Name: "湯沢センター", NameEn: "Yuzawa Center", PromiseDays: 3}, r.now)
		if err != nil {
			return err
		}
		for token, p := range map[string]struct {
			name string
			role member.Role
		}{
			aoi: {"佐藤 葵", member.Trainee}, haruka: {"高橋 春香", member.Trainee}, alone: {"阿部 直子", member.Trainee},
			makoto: {"伊藤 誠", member.Mentor}, megumi: {"渡部 恵", member.Mentor}, kyoko: {"小野寺 京子", member.Coordinator}, shop: {"川連 店", member.Company},
		} {
			m := member.Member{Name: p.name, Language: "ja", Email: strings.TrimSuffix(token, "-token") + "@tenarai.example"}
			id, err := d.Store.AddMember(ctx, m, r.now)
			if err != nil {
				return err
			}
			if err := d.Store.AddRole(ctx, id, member.Membership{Center: center, Role: p.role}, r.now); err != nil {
				return err
			}
			r.people[token] = desk.Actor{Member: id, Center: center, Roles: []member.Role{p.role}, Name: p.name}
		}
		return nil
	}))
	id, err := d.CreateCohort(ctx, r.people[kyoko], cohort.Cohort{Name: "秋組", Starts: r.now, Courses: []string{basicCourse, "c2-data-entry"}})
	r.must(err)
	r.must(d.Enrol(ctx, r.people[kyoko], id, r.people[aoi].Member))
	r.must(d.Enrol(ctx, r.people[kyoko], id, r.people[haruka].Member))
}

func (r *classroom) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// page is the body of a page that must open.
func (r *classroom) page(path, token string) string {
	r.t.Helper()
	w := get(path).as(token).of(r)
	if w.Code != http.StatusOK {
		r.t.Fatalf("GET %s as %s: %d", path, token, w.Code)
	}
	return w.Body.String()
}

// english is page for somebody who reads English.
func (r *classroom) english(path, token string) string {
	r.t.Helper()
	w := get(path).as(token).with("Cookie", languageCookie+"=en; "+sessionCookie+"="+token).of(r)
	if w.Code != http.StatusOK {
		r.t.Fatalf("GET %s in English: %d", path, w.Code)
	}
	return w.Body.String()
}

// says checks what a page must and, with a leading "!", must not say.
func says(t testing.TB, what, html string, words ...string) {
	t.Helper()
	for _, word := range words {
		if not, ok := strings.CutPrefix(word, "!"); ok && strings.Contains(html, not) {
			t.Errorf("%s: says %q", what, not)
		} else if !ok && !strings.Contains(html, word) {
			t.Errorf("%s: does not say %q", what, word)
		}
	}
}

// find is the first item of a kind in the basic course.
func (r *classroom) find(kind course.Kind) *course.Item {
	for _, it := range r.library.Catalog.Course(basicCourse).Items() {
		if it.Kind == kind {
			return it
		}
	}
	r.t.Fatalf("no %s", kind)
	return nil
}

// items is how many there are in the basic course.
func (r *classroom) items() string {
	return strconv.Itoa(len(r.library.Catalog.Course(basicCourse).Items()))
}

// right are right answers to every question of a quiz.
func right(q *course.Quiz) map[string]practice.Given {
	out := map[string]practice.Given{}
	for _, one := range q.Questions {
		var g practice.Given
		for i, answer := range one.Answers {
			if answer.Right {
				g.Chosen = append(g.Chosen, i)
			}
		}
		if one.Number != nil {
			g.Text = strconv.FormatFloat(one.Number.Value, 'f', -1, 64)
		}
		if len(one.Accept) > 0 {
			g.Text = one.Accept[0]
		}
		out[one.ID] = g
	}
	return out
}

// handIn hands in an assignment.
func (r *classroom) handIn(token string, it *course.Item, attempt int) desk.HandedIn {
	r.t.Helper()
	w := desk.WorkForm{Attempt: attempt, Text: "書いた文です。"}
	h, err := r.Desk.HandIn(r.t.Context(), r.people[token], it.Ref, w)
	r.must(err)
	return h
}

// assess judges a piece: passes it, or returns it with two fixes.
func (r *classroom) assess(token string, it *course.Item, id practice.SubmissionID, verdict practice.Verdict) desk.Followed {
	r.t.Helper()
	sub, err := r.Desk.Store.Submission(r.t.Context(), r.people[token].Center, id)
	r.must(err)
	form := desk.AssessForm{Attempt: sub.Attempts, Version: sub.Version, Verdict: verdict, Closing: "ていねいでした。"}
	for _, row := range it.Assignment.Rubric.Rows {
		form.Marks = append(form.Marks, practice.Mark{Row: row.ID, Level: course.MaxMark})
	}
	if verdict == practice.Return {
		row := it.Assignment.Rubric.Rows[0].ID
		form.Fixes = []practice.Fix{{N: 1, Row: row, Text: "日付を入れましょう。"}, {N: 2, Row: row, Text: "宛先を直しましょう。"}}
	}
	f, err := r.Desk.Assess(r.t.Context(), r.people[token], id, form)
	r.must(err)
	return f
}

// complete does everything in the basic course but the items kept back.
func (r *classroom) complete(token string, but ...*course.Item) {
	r.t.Helper()
	ctx, a := r.t.Context(), r.people[token]
items:
	for _, it := range r.library.Catalog.Course(basicCourse).Items() {
		for _, b := range but {
			if b == it {
				continue items
			}
		}
		var err error
		switch it.Kind {
		case course.KindLesson:
			_, err = r.Desk.MarkLessonDone(ctx, a, it.Ref)
		case course.KindQuiz:
			_, err = r.Desk.AnswerQuiz(ctx, a, it.Ref, 1, right(it.Quiz))
		case course.KindAssignment:
			r.assess(makoto, it, r.handIn(token, it, 1).Submission, practice.Pass)
		}
		r.must(err)
	}
}

// Whatever a trainee is in the middle of, her home says it, and offers one next thing.
func TestHome(t *testing.T) {
	r := newClassroom(t)
	home := func(token string, words ...string) {
		t.Helper()
		html := r.page("/learn", token)
		says(t, "home", html, append(words, "!problem.")...)
		if n := strings.Count(html, `class="card next"`); n != 1 {
			t.Errorf("%d next things", n)
		}
	}
	all := r.items()
	first, quiz, work := r.find(course.KindLesson), r.find(course.KindQuiz), r.find(course.KindAssignment)

	home(alone, "直子さん、こんばんは", "まだ講座に入っていません", `href="/courses"`, "!はじめの仕事まで", "!道すじ")
	home(aoi, "葵さん、こんばんは", "ようこそ", "道すじ", first.Title.JA, `href="`+first.Ref.Path()+`"`, "はじめる", "0 / "+all, "データ入力・名寄せ", "近道は", "いまの求人はありません", "!先生が見ています")

	_, err := r.Desk.MarkLessonDone(t.Context(), r.people[aoi], first.Ref)
	r.must(err)
	home(aoi, "1 / "+all, "読む", "!道すじ", "!ようこそ")

	h := r.handIn(aoi, work, 1)
	home(aoi, "先生が見ています", string(h.Receipt), "きょう 21:04 から", "3日以内に返すお約束です。", "!お待たせ")
	r.now = r.now.AddDate(0, 0, 4)
	home(aoi, "お待たせしています", "11月22日 21:04 から", "!お約束です。")

	r.assess(makoto, work, h.Submission, practice.Return)
	home(aoi, "直すところ 2つ", work.Title.JA, "伊藤\u00a0誠先生より きょう 21:04", "直すところを見る", "!お待たせ")

	h = r.handIn(aoi, work, 2)
	r.complete(aoi, work, quiz)
	_, err = r.Desk.AnswerQuiz(t.Context(), r.people[aoi], quiz.Ref, 1, right(quiz.Quiz))
	r.must(err)
	r.assess(makoto, work, h.Submission, practice.Pass)
	home(aoi, all+" / "+all, "修了", r.library.Catalog.Course("c2-data-entry").Items()[0].Title.JA)
	says(t, "home in English", r.english("/learn", aoi), "Good evening, 葵", "What to do next", "How far you are", "!つぎにやること")
}

func TestWaitWordsAreHonest(t *testing.T) {
	w := testServer(t, testConfig(t)).Words.In("ja")
	const hour = time.Hour
	for _, c := range []struct {
		wait desk.Wait
		want string
	}{
		{desk.Wait{}, ""},
		{desk.Wait{PromiseDays: 3}, "3日以内に返すお約束です。"},
		{desk.Wait{Known: true, Usual: 2 * hour, Mostly: 9 * hour, PromiseDays: 3}, "たいてい 1日以内に返ります。"},
		{desk.Wait{Known: true, Usual: 20 * hour, Mostly: 40 * hour}, "たいてい 1〜2日で返ります。"},
		{desk.Wait{Known: true, Usual: 47 * hour, Mostly: 48 * hour}, "たいてい 2日ほどで返ります。"},
		{desk.Wait{Known: true, Usual: 30 * hour, Mostly: 97 * hour}, "たいてい 1〜5日で返ります。"},
	} {
		if got := waitWords(w, c.wait); got != c.want {
			t.Errorf("%+v: %q, want %q", c.wait, got, c.want)
		}
	}
}

func TestGreetingFollowsTokyo(t *testing.T) {
	w := testServer(t, testConfig(t)).Words.In("ja")
	for hour, want := range map[int]string{3: "こんばんは", 4: "おはよう", 10: "おはよう", 11: "こんにちは", 17: "こんにちは", 18: "こんばんは", 23: "こんばんは"} {
		at := time.Date(2026, 11, 22, hour, 0, 0, 0, practice.Tokyo).UTC()
		if got := greeting(w, "𠮷田 由美", at); !strings.HasPrefix(got, "由美さん、"+want) {
			t.Errorf("%d o'clock: %s", hour, got)
		}
	}
	for name, want := range map[string]string{"佐藤": "佐藤", "Anna Smith": "Anna", "髙﨑　健二": "健二", "": ""} {
		if got := calledBy(name); got != want {
			t.Errorf("%q is called by %q, want %q", name, got, want)
		}
	}
}

// A home costs the same whatever has been done.
func TestHomeCostsTheSame(t *testing.T) {
	r := newClassroom(t)
	cost := func() int {
		r.queries = 0
		r.page("/learn", aoi)
		return r.queries
	}
	before := cost()
	r.complete(aoi)
	if after := cost(); after > before+2 {
		t.Errorf("%d queries with nothing done, %d with a course done", before, after)
	}
}

func init() {
	item := itemFrame{Path: "/courses/a/b/c", Kind: "courses.kind.lesson", Device: "courses.device.phone", Learner: true, Total: 3}
	samples["learn/home"] = learnPage{
		Greeting: "<b>葵</b>さん", Next: nextCard{What: "次", Href: "/courses/a", Verb: "読む"},
		Jobs: []jobLine{{Title: "入力", Count: 3, Steps: []step{{"終える", "/courses/a"}}, OpenJobs: 2}, {Title: "文字起こし", Ready: true, Until: testNow}},
	}
	samples["courses/course"] = coursePage{Row: courseRow{CourseProgress: desk.CourseProgress{Course: &course.Course{Slug: "a", Code: "C1"}}}, Learner: true}
	samples["courses/lesson"] = lessonPage{Item: item, Body: "<p>文</p>"}
	samples["courses/quiz"] = quizPage{Item: item, Questions: []question{
		{N: 1, Field: "q.a", Choose: course.ChooseMany, Choices: []choice{{ID: "q.a", Name: "q.a.0", Value: "on"}}}, {N: 2, Field: "q.b", Choose: course.ChooseNumber},
	}}
	samples["courses/result"] = resultPage{Item: item, Missing: 2, Questions: []judged{{N: 1, Typed: true}, {N: 2, Choices: []judgedChoice{{Chosen: true}}}}}
}
