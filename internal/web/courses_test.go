package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
)

// Every course, lesson and quiz opens for everybody who is signed in, in both languages, as a sound page: one h1, no
// heading level left out, no id twice, no address within the page that leads nowhere.
func TestEveryItemIsASoundPage(t *testing.T) {
	r := newClassroom(t)
	paths := []string{"/courses"}
	for _, c := range r.library.Catalog.Courses {
		paths = append(paths, "/courses/"+c.Slug)
		for _, it := range c.Items() {
			if it.Kind != course.KindAssignment {
				paths = append(paths, it.Ref.Path())
			}
		}
	}
	for _, path := range paths {
		sound(t, path, r.page(path, aoi))
		sound(t, path, r.english(path, makoto))
	}
}

func sound(t *testing.T, path, page string) {
	t.Helper()
	z, last, ids, links := html.NewTokenizer(strings.NewReader(page)), 0, map[string]bool{}, []string{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			for _, to := range links {
				if !ids[to] {
					t.Errorf("%s: #%s leads nowhere", path, to)
				}
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			if len(tag.Data) == 2 && tag.Data[0] == 'h' && tag.Data[1] >= '1' && tag.Data[1] <= '6' {
				level := int(tag.Data[1] - '0')
				if level > last+1 || level == 1 && last != 0 {
					t.Errorf("%s: h%d after h%d", path, level, last)
				}
				last = level
			}
			for _, a := range tag.Attr {
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("%s: id %s twice", path, a.Val)
				}
				ids[a.Val] = ids[a.Val] || a.Key == "id"
				if to, ok := strings.CutPrefix(a.Val, "#"); ok && a.Key == "href" {
					links = append(links, to)
				}
			}
		}
	}
}

// as whom, what, and the answer expected.
func TestWhoMayDoWhatInCourses(t *testing.T) {
	r := newClassroom(t)
	lesson, quiz := r.find(course.KindLesson).Ref.Path(), r.find(course.KindQuiz).Ref.Path()
	form := url.Values{"try": {"1"}}
	for _, c := range []struct {
		ask  asked
		who  string
		want int
	}{
		{get("/learn"), "", 303},
		{get("/learn"), aoi, 200},
		{get("/learn"), makoto, 403},
		{get("/learn"), shop, 403},
		{get("/courses"), "", 303},
		{get("/courses"), alone, 200},
		{get("/courses"), kyoko, 200},
		{get("/courses"), shop, 200},
		{get("/courses/none"), aoi, 404},
		{get("/courses/" + basicCourse + "/exam/none"), aoi, 404},
		{get("/courses/" + basicCourse + "/none/final"), makoto, 404},
		{get(lesson), "", 303},
		{get(lesson), makoto, 200},
		{get(quiz + "?result=1"), aoi, 303},
		{post(lesson+"/done", nil), "", 303},
		{post(lesson+"/done", nil), makoto, 403},
		{post(quiz+"/done", nil), aoi, 404},
		{post(quiz+"/answers", form), makoto, 403},
		{post(quiz+"/answers", form), aoi, 422},
		{post(lesson+"/answers", form), aoi, 404},
		{post(lesson+"/done", nil).with("Sec-Fetch-Site", "cross-site"), aoi, 403},
		{get(lesson + "/done"), aoi, 405},
	} {
		if w := c.ask.as(c.who).of(r); w.Code != c.want {
			t.Errorf("%s %s as %q: %d, want %d", c.ask.method, c.ask.path, c.who, w.Code, c.want)
		}
	}
}

func TestReadingALesson(t *testing.T) {
	r := newClassroom(t)
	items := r.library.Catalog.Course(basicCourse).Items()
	first, second := items[0], items[1]
	says(t, "lesson", r.page(first.Ref.Path(), aoi), first.Title.JA, "めやす", "スマホでできます", "読みました。次へ", "0 / "+r.items(), second.Title.JA, "このページの中身", "このレッスンのことば", "!すみました")
	says(t, "lesson for a mentor", r.page(first.Ref.Path(), makoto), first.Title.JA, second.Title.JA, "!読みました", "!/ "+r.items(), "!<progress")

	w := post(first.Ref.Path()+"/done", url.Values{"key": {"AAAA"}}).as(aoi).of(r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != second.Ref.Path() {
		t.Fatalf("done: %d to %s", w.Code, to)
	}
	says(t, "lesson read", r.page(first.Ref.Path(), aoi), "すみました", "1 / "+r.items(), "!読みました。次へ")
	says(t, "course", r.page("/courses/"+basicCourse, aoi), "1 / "+r.items(), "つぎはこれです", second.Title.JA, "すみました", "これから")
	post(first.Ref.Path()+"/done", url.Values{"key": {"BBBB"}}).as(aoi).of(r)
	says(t, "read twice", r.page(second.Ref.Path(), aoi), "1 / "+r.items())
}

// A course that is whole in Japanese alone says so, and its texts are marked as Japanese.
func TestJapaneseTextsInEnglish(t *testing.T) {
	r := newClassroom(t)
	c2 := r.library.Catalog.Course("c2-data-entry")
	it := c2.Items()[0]
	says(t, "lesson", r.english(it.Ref.Path(), aoi), "in Japanese only", `<article class="prose" lang="ja">`, `<span lang="ja">`+it.Title.JA, c2.Title.EN)
	says(t, "lesson with English", r.english(r.find(course.KindLesson).Ref.Path(), aoi), `<article class="prose">`, "!in Japanese only")
	says(t, "list", r.english("/courses", aoi), "The texts of this course are in Japanese.")
	says(t, "list in Japanese", r.page("/courses", aoi), "!この講座の本文は日本語")
}

// formOf are the fields a browser would send for the answers.
func formOf(try int, given map[string]practice.Given, q *course.Quiz) url.Values {
	v := url.Values{"try": {strconv.Itoa(try)}, "key": {"ABCDEFG" + strings.Repeat("A", try)}}
	for _, one := range q.Questions {
		g := given[one.ID]
		if g.Text != "" {
			v.Set("q."+one.ID, g.Text)
		}
		for _, i := range g.Chosen {
			if one.Choose == course.ChooseMany {
				v.Set("q."+one.ID+"."+strconv.Itoa(i), "on")
			} else {
				v.Set("q."+one.ID, strconv.Itoa(i))
			}
		}
	}
	return v
}

// money is a quiz with every kind of question.
var money = course.Ref{Course: basicCourse, Module: "money", Item: "quiz"}

func TestAnsweringAQuiz(t *testing.T) {
	r := newClassroom(t)
	it := r.library.Catalog.Item(money)
	path := money.Path()
	all := right(it.Quiz)

	// A question left out and a number that is none: everything else stays as it was.
	some := formOf(1, all, it.Quiz)
	some.Del("q.too-low")
	some.Set("q.fit-amount", "たくさん<b>")
	w := post(path+"/answers", some).as(aoi).of(r)
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("unanswered: %d", w.Code)
	}
	html := w.Body.String()
	says(t, "refused", html, "エラー：", `href="#q.too-low"`, `id="q.too-low"`, `href="#q.fit-amount"`, "たくさん&lt;b&gt;", `value="26937"`, "!たくさん<b>",
		`id="q.too-low-problem"`, "問2：この問いに答えてください。", "問3：数字で答えてください。")
	if n := len(regexp.MustCompile(` checked`).FindAllString(html, -1)); n != len(regexp.MustCompile(`checked`).FindAllString(html, -1)) || n != 5 {
		t.Errorf("%d choices kept, want 5", n)
	}

	// All wrong but one.
	poor := map[string]practice.Given{}
	for id, g := range all {
		if len(g.Chosen) > 0 {
			g.Chosen = []int{(g.Chosen[0] + 1) % 3}
		} else if id != "net-amount" {
			g.Text = "1"
		}
		poor[id] = g
	}
	w = post(path+"/answers", formOf(1, poor, it.Quiz)).as(aoi).of(r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != path+"?result=1" {
		t.Fatalf("answered: %d to %s", w.Code, to)
	}
	says(t, "failed", r.page(path+"?result=1", aoi), "11%", "9問のうち 1問が正解", "あと 7問で合格です", "もう一度とく", "読み直すなら", "ちがいました", "あなたの答え", "正しい答え", "1,200 円", "所得", "!合格です。")
	says(t, "the course after a failed try", r.page("/courses/"+basicCourse, aoi), "とちゅう", "いちばんよい点 11%")

	// The same form again changes nothing; an older page's form is refused with its answers.
	if w = post(path+"/answers", formOf(1, poor, it.Quiz)).as(aoi).of(r); w.Code != http.StatusSeeOther {
		t.Errorf("sent twice: %d", w.Code)
	}
	late := formOf(1, all, it.Quiz)
	late.Set("key", "ZZZZ")
	w = post(path+"/answers", late).as(aoi).of(r)
	if w.Code != http.StatusConflict {
		t.Errorf("an overtaken try: %d", w.Code)
	}
	says(t, "overtaken", w.Body.String(), `name="try" value="2"`, `value="26937"`, "別の画面で")

	w = post(path+"/answers", formOf(2, all, it.Quiz)).as(aoi).of(r)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("answered right: %d", w.Code)
	}
	says(t, "passed", r.page(path+"?result=1", aoi), "100%", "全問正解です", "2回目", "次へ進む", "!ちがいました")
	says(t, "passed, asked again", r.page(path, aoi), `name="try" value="3"`, "いちばんよい点は 100%", "すみました")

	// A worse try later takes nothing away.
	post(path+"/answers", formOf(3, poor, it.Quiz)).as(aoi).of(r)
	says(t, "worse later", r.page(path+"?result=1", aoi), "前の合格は", "いちばんよい点 100%", "次へ進む")
	says(t, "in English", r.english(path+"?result=1", aoi), "Your answer", "1,200 yen", "net income", "Your earlier pass still counts.")
	says(t, "for a mentor", r.page(path, makoto), "!<form class=\"quiz\"", "!答えを送る", "!正しい答え")
}

// What was answered so far is there again on another day and another device; a sent try leaves nothing behind.
func TestAnswersAreKeptWhileAnswering(t *testing.T) {
	r := newClassroom(t)
	q := r.library.Catalog.Item(money).Quiz
	all := right(q)
	some := formOf(1, all, q)
	some.Del("q.too-low")
	some.Set("q.net-income-word", "しょと")
	draft := money.Path() + "/answers/draft"
	w := post(draft, some).as(aoi).with("Accept", "application/json").of(r)
	if w.Code != http.StatusOK || w.Body.String() != `{"time":"21:04"}`+"\n" {
		t.Fatalf("draft: %d %s", w.Code, w.Body)
	}
	page := r.page(money.Path(), aoi)
	says(t, "kept", page, `value="しょと"`, `value="26937"`, `data-draft="`+draft+`"`)
	if n := strings.Count(page, " checked"); n != 5 {
		t.Errorf("%d choices kept, want 5", n)
	}
	says(t, "somebody else's", r.page(money.Path(), haruka), "!しょと", "! checked")
	says(t, "course", r.page("/courses/"+basicCourse, aoi), "0 / "+r.items())

	for who, want := range map[string]int{aoi: 303, makoto: 403, "": 303} {
		if w := post(draft, some).as(who).of(r); w.Code != want {
			t.Errorf("draft as %q: %d, want %d", who, w.Code, want)
		}
	}
	post(money.Path()+"/answers", formOf(1, all, q)).as(aoi).of(r)
	if w := post(draft, some).as(aoi).of(r); w.Code != http.StatusConflict {
		t.Errorf("a draft of a sent try: %d", w.Code)
	}
	says(t, "next try", r.page(money.Path(), aoi), "!しょと", "! checked")
	says(t, "result", r.page(money.Path()+"?result=1", aoi), "data-done")
}

// Whatever is sent as answers, there is no internal error, and nothing is kept.
func TestHostileAnswers(t *testing.T) {
	r := newClassroom(t)
	for _, v := range []url.Values{
		{},
		{"try": {"-9"}},
		{"try": {"x"}},
		{"try": {"99999999999999999999"}},
		{"q.too-low": {"-1"}, "try": {"1"}},
		{"q.too-low": {"7"}, "try": {"1"}},
		{"q.ask-withholding.99": {"on"}},
		{"q.net-income-word": {strings.Repeat("長", 600)}, "try": {"1"}},
		{"q.net-amount": {"\x00\xff"}},
		{"q.": {"x"}},
	} {
		if w := post(money.Path()+"/answers", v).as(aoi).of(r); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", v, w.Code)
		}
	}
	says(t, "course", r.page("/courses/"+basicCourse, aoi), "0 / "+r.items(), "!とちゅう")
}

// The last item of a course leads to its page, which says what was reached.
func TestCompletingACourse(t *testing.T) {
	r := newClassroom(t)
	lesson := r.find(course.KindLesson)
	r.complete(aoi, lesson)
	w := post(lesson.Ref.Path()+"/done", url.Values{"key": {"AAAA"}}).as(aoi).of(r)
	if to := w.Header().Get("Location"); to != "/courses/"+basicCourse {
		t.Fatalf("the last item leads to %s", to)
	}
	flash := w.Result().Cookies()
	again := get("/courses/"+basicCourse).with("Cookie", sessionCookie+"="+aoi+"; "+flash[len(flash)-1].Name+"="+flash[len(flash)-1].Value).of(r)
	says(t, "completed", again.Body.String(), "「在宅ワーク入門と契約・安全」を終えました。証明書ができました。", "この講座を終えました", "/certificates/", ".pdf", r.items()+" / "+r.items(), "できること", "!つぎはこれです")
	held, err := r.Desk.Store.Certificates(t.Context(), r.people[aoi].Member)
	if err != nil || len(held) != 1 {
		t.Fatalf("%d certificates, %v", len(held), err)
	}
	says(t, "link", again.Body.String(), "/certificates/"+string(held[0].Number)+".pdf")
	says(t, "C2 no longer advises C1", r.page("/courses/c2-data-entry", aoi), "!先に終えておくと")
	says(t, "C2 advises C1", r.page("/courses/c2-data-entry", haruka), "先に終えておくと")
}

// Every state of an item is told by a sign and a word.
func TestItemStatesHaveWords(t *testing.T) {
	r := newClassroom(t)
	work := r.find(course.KindAssignment)
	at := "/courses/" + basicCourse
	h := r.handIn(aoi, work, 1)
	says(t, "waiting", r.page(at, aoi), `<span aria-hidden="true">…</span> 先生が見ています`)
	r.assess(makoto, work, h.Submission, practice.Return)
	says(t, "returned", r.page(at, aoi), `<span aria-hidden="true">！</span> 直すところがあります`)
	for _, s := range []desk.ItemState{desk.ItemOpen, desk.ItemStarted, desk.ItemWaiting, desk.ItemReturned, desk.ItemDone} {
		if w := stateWords[s]; w.Sign == "" || w.Key == "" {
			t.Errorf("%s has no sign or no word", s)
		}
	}
}

func TestCourseFiles(t *testing.T) {
	r := newClassroom(t)
	ledger, merge := "/courses/c2-data-entry/reading-a-spec/ledger/files/", "/courses/c2-data-entry/spreadsheets/merge-customers/files/"
	picture := get(ledger + "materials/ledger-1.png").as(makoto).of(r)
	table := get(merge + "materials/list-a.csv").as(aoi).of(r)
	for name, c := range map[string]struct {
		header http.Header
		want   map[string]string
	}{
		"picture": {picture.Header(), map[string]string{"Content-Type": "image/png", "Content-Disposition": ""}},
		"table":   {table.Header(), map[string]string{"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": "attachment; filename*=UTF-8''list-a.csv"}},
	} {
		c.want["X-Content-Type-Options"], c.want["Content-Security-Policy"], c.want["Cache-Control"] = "nosniff", "sandbox; default-src 'none'", "private, max-age=3600"
		for header, want := range c.want {
			if got := c.header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
	if picture.Code != 200 || table.Code != 200 || table.Body.Len() == 0 {
		t.Errorf("picture %d, table %d", picture.Code, table.Code)
	}
	for _, path := range []string{
		ledger + "answer/ledger.csv", ledger + "materials/..%2Fanswer%2Fledger.csv", ledger + "..%2F..%2F/course.yaml", merge + "answer/merged.csv",
		ledger + "materials/none.png", ledger + "pictures/ledger-1.png", "/courses/c2-data-entry/reading-a-spec/quiz/files/materials/ledger-1.png",
	} {
		if w := get(path).as(aoi).of(r); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(ledger + "materials/ledger-1.png").of(r); w.Code != http.StatusSeeOther {
		t.Errorf("a stranger: %d", w.Code)
	}
}
