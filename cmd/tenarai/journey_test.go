package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/mail"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

// stage is the demo town served for a browser, with its mail in a folder.
type stage struct {
	*town
	t    *testing.T
	base string
	post *mail.Worker
	dir  string
}

// play serves a fresh demo town.
func play(t *testing.T) *stage {
	t.Helper()
	s := settings{Addr: "127.0.0.1:0", Data: t.TempDir()}
	letters := filepath.Join(s.Data, "mail")
	if err := os.MkdirAll(letters, 0o700); err != nil {
		t.Fatal(err)
	}
	s.Mail = "dir:" + letters
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	p := program{Now: time.Now, Out: io.Discard, Err: io.Discard}
	town, err := makeTown(context.Background(), p, s, townFlags{Seed: 1}, base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = town.close() })
	if err := town.desk.SetUpKeys(context.Background()); err != nil {
		t.Fatal(err)
	}
	site, err := town.site(s, time.Now, demoPeople(), nil)
	if err != nil {
		t.Fatal(err)
	}
	words, err := i18n.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	post, err := town.postman(s, words, base, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(site)
	_ = server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	return &stage{town: town, t: t, base: base, post: post, dir: letters}
}

// letter sends what is due and gives the newest letter to somebody that matches.
func (s *stage) letter(to string, pattern *regexp.Regexp) string {
	s.t.Helper()
	for taken := 1; taken > 0; {
		var err error
		if taken, err = s.post.Round(context.Background()); err != nil {
			s.t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(s.dir, "*.eml"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			s.t.Fatal(err)
		}
		text := strings.ReplaceAll(strings.ReplaceAll(string(b), "=\r\n", ""), "=3D", "=")
		if m := pattern.FindString(text); strings.Contains(text, to) && m != "" {
			return m
		}
	}
	s.t.Fatalf("no letter to %s has %s", to, pattern)
	return ""
}

// TestJourneys plays the chain in a browser, with the pages' scripts and without.
func TestJourneys(t *testing.T) {
	if testing.Short() {
		t.Skip("journeys take a minute")
	}
	for _, script := range []bool{true, false} {
		name := map[bool]string{true: "with script", false: "without script"}[script]
		t.Run(name, func(t *testing.T) {
			s := play(t)
			t.Run("first course", func(t *testing.T) { s.t = t; s.firstCourse(script) })
			t.Run("first job", func(t *testing.T) { s.t = t; s.firstJob(script) })
		})
	}
}

// firstCourse: Aoi is invited, learns and passes the first course, is returned with a fix on the way, and gets a
// certificate that says her name and whose QR code leads to the verify page.
func (s *stage) firstCourse(script bool) {
	t := s.t
	const address = "sato.aoi@home.example"
	coordinator := sitDown(t, "coordinator", s.base, script)
	coordinator.signIn("coordinator@tenarai.example", demo.Password)
	coordinator.open("/center")
	coordinator.open("/center/cohorts")
	coordinator.press(`main a[href^="/center/cohorts/"]:not([href$="/new"])`)
	coordinator.invite("佐藤 葵", "さとう あおい", address)

	aoi := sitDown(t, "aoi", s.base, script)
	link := s.letter(address, regexp.MustCompile(`/invitation/[A-Za-z0-9_-]+`))
	aoi.open(link)
	aoi.fill("#password", "hatake-no-kaeri-michi")
	aoi.press(`form:has(#password) button:not([hidden])`)
	aoi.open("/learn")
	aoi.reads("葵さん")
	m, err := s.store.MemberByEmail(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	// The second piece that proves a skill is offered first to a mentor who has not judged it yet.
	var mentors []*person
	for _, name := range []string{"mentor", "mentor2"} {
		m := sitDown(t, name, s.base, script)
		m.signIn(name+"@tenarai.example", demo.Password)
		mentors = append(mentors, m)
	}

	quizzes, pieces := 0, 0
	for _, it := range s.library.Catalog.Course(demo.C1).Items() {
		aoi.open(it.Ref.Path())
		switch it.Kind {
		case course.KindLesson:
			aoi.press(`form[action$="/done"] button`)
		case course.KindQuiz:
			aoi.takeQuiz(it, m.ID, quizzes == 0)
			quizzes++
		case course.KindAssignment:
			aoi.handIn(it)
			mentor := mentors[pieces%2]
			if pieces == 0 {
				mentor.judge(it, "佐藤 葵", practice.Return)
				aoi.mend(it)
			}
			mentor.judge(it, "佐藤 葵", practice.Pass)
			pieces++
			aoi.open(it.Ref.Path())
			aoi.reads("合格")
		}
	}
	aoi.open("/learn")
	aoi.open("/record")
	aoi.reads("修了証")
	s.certificate(aoi, "佐藤 葵")
}

// certificate checks that the certificate's PDF says the name and that its QR code is the verify address.
func (s *stage) certificate(p *person, name string) {
	t := s.t
	path := p.link("/certificates/")
	pdf, status := p.fetch(path)
	if status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("%s: %d, %d bytes", path, status, len(pdf))
	}
	if text := run(t, pdf, "pdftotext", "-layout", "FILE", "-"); !strings.Contains(text, name) {
		t.Errorf("the certificate does not say %s:\n%s", name, text)
	}
	number := strings.TrimSuffix(strings.TrimPrefix(path, "/certificates/"), ".pdf")
	picture := run(t, pdf, "pdftoppm", "-png", "-r", "150", "-f", "1", "-l", "1", "FILE")
	want := s.base + "/verify/" + number
	if got := strings.TrimSpace(run(t, []byte(picture), "zbarimg", "--quiet", "--raw", "FILE")); got != want {
		t.Errorf("the QR code is %q, want %q", got, want)
	}
	p.open("/verify/" + number)
	p.reads("有効")
	if strings.Contains(p.text(), name) {
		t.Errorf("the verify page shows %s, who did not allow it", name)
	}
	if again, _ := p.fetch(path); !bytes.Equal(pdf, again) {
		t.Error("the certificate's bytes differ at the second look")
	}
}

// firstJob: the last two pieces of the second course are judged by two mentors; Kenji becomes ready, says "interested",
// and the company is shown him without his name.
func (s *stage) firstJob(script bool) {
	t := s.t
	s.prepareKenji()
	ledger, merge := s.item("reading-a-spec/ledger"), s.item("spreadsheets/merge-customers")
	for name, it := range map[string]*course.Item{"mentor": ledger, "mentor2": merge} {
		m := sitDown(t, name, s.base, script)
		m.signIn(name+"@tenarai.example", demo.Password)
		m.judge(it, "髙﨑 健二", practice.Pass)
	}
	kenji := sitDown(t, "kenji", s.base, script)
	kenji.signIn("kenji@tenarai.example", demo.Password)
	kenji.open("/readiness")
	kenji.reads("データ入力")
	kenji.open("/jobs")
	kenji.reads("漆器の商品台帳")
	var job string
	kenji.do(kenji.evaluate(`[...document.querySelectorAll('main a')].map(a => a.getAttribute("href")).find(h => /^\/jobs\/[0-9]+$/.test(h)) || ""`, &job))
	kenji.open(job)
	kenji.press(`form[action$="/interest"] button`)
	kenji.open(job)

	company := sitDown(t, "company", s.base, script)
	company.signIn("company@tenarai.example", demo.Password)
	company.open("/company")
	company.open("/company/postings")
	company.open(strings.Replace(job, "/jobs/", "/company/postings/", 1))
	company.press(`main a[href$="/candidates"]`)
	company.reads("Aさん", "データ入力・名寄せ", "レベル2", "商品台帳 100件の入力")
	for _, private := range []string{"髙﨑", "健二", "kenji", "阿部", "直子"} {
		if strings.Contains(company.text(), private) {
			t.Errorf("the company is shown %q", private)
		}
	}
	kenji.open("/jobs/seen")
	kenji.reads("川連漆器の店")
}

// prepareKenji brings Kenji to where only the ledger and the merging of lists are left to be judged.
func (s *stage) prepareKenji() {
	t, ctx := s.t, context.Background()
	kenji, mentor := s.actor("kenji"), s.actor("mentor")
	for _, it := range s.library.Catalog.Course(demo.C2).Items() {
		var err error
		switch {
		case it.Kind == course.KindLesson:
			_, err = s.desk.MarkLessonDone(ctx, kenji, it.Ref)
		case it.Kind == course.KindQuiz:
			page, looking := s.desk.LookQuiz(ctx, kenji, it.Ref)
			if looking != nil {
				t.Fatal(looking)
			}
			if page.Done.IsZero() {
				_, err = s.desk.AnswerQuiz(ctx, kenji, it.Ref, page.Try, demo.Answers(page.Questions, 0))
			}
		case it.Ref.Item != "ledger":
			in := s.handIn(kenji, it)
			if it.Ref.Item == "merge-customers" {
				continue
			}
			form := desk.AssessForm{Attempt: 1, Version: 2, Verdict: practice.Pass, Closing: "よくできました。"}
			for _, row := range it.Assignment.Rubric.Rows {
				form.Marks = append(form.Marks, practice.Mark{Row: row.ID, Level: 2})
			}
			_, err = s.desk.Assess(ctx, mentor, in.Submission, form)
		}
		if err != nil {
			t.Fatalf("%s: %v", it.Ref.Path(), err)
		}
	}
}

func (s *stage) handIn(a desk.Actor, it *course.Item) desk.HandedIn {
	s.t.Helper()
	ctx := context.Background()
	form := desk.WorkForm{Attempt: 1, Text: "お世話になっております。納品いたします。"}
	if it.Assignment.Check != nil {
		f, err := s.desk.StageFile(ctx, a, it.Ref, "table.csv", bytes.NewReader(it.Assignment.Check.Answer), func([]byte) string { return "text/csv" })
		if err != nil {
			s.t.Fatal(err)
		}
		form.Files = []practice.FileID{f.ID}
	}
	in, err := s.desk.HandIn(ctx, a, it.Ref, form)
	if err != nil {
		s.t.Fatalf("%s: %v", it.Ref.Path(), err)
	}
	return in
}

func (s *stage) item(path string) *course.Item {
	m, i, _ := strings.Cut(path, "/")
	return s.library.Catalog.Item(course.Ref{Course: demo.C2, Module: m, Item: i})
}

func (s *stage) actor(name string) desk.Actor {
	s.t.Helper()
	m, err := s.store.MemberByEmail(context.Background(), name+"@tenarai.example")
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.desk.ActorFor(context.Background(), m.ID, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// takeQuiz answers a quiz rightly; with stumble, the first try is wrong and is seen to be.
func (p *person) takeQuiz(it *course.Item, m member.ID, stumble bool) {
	p.t.Helper()
	try := 1
	if stumble {
		p.answer(practice.Drawn(it.Quiz, m, try), len(it.Quiz.Questions))
		p.reads("0%")
		try++
		p.open(it.Ref.Path())
	}
	p.answer(practice.Drawn(it.Quiz, m, try), 0)
	p.reads("100%", "合格")
}

// answer fills a quiz's form in and sends it.
func (p *person) answer(questions []course.Question, wrong int) {
	p.t.Helper()
	given := demo.Answers(questions, wrong)
	for _, q := range questions {
		g := given[q.ID]
		for _, i := range g.Chosen {
			if q.Choose == course.ChooseMany {
				p.tick(fmt.Sprintf(`[name="q.%s.%d"]`, q.ID, i))
				continue
			}
			p.tick(fmt.Sprintf(`[name="q.%s"][value="%d"]`, q.ID, i))
		}
		if g.Text != "" {
			p.fill(fmt.Sprintf(`[name="q.%s"]`, q.ID), g.Text)
		}
	}
	p.press(`form.quiz button`)
}

// handIn hands in a work: first without its text, which comes back with an error and nothing lost, then whole.
func (p *person) handIn(it *course.Item) {
	p.t.Helper()
	p.fill("#text", "")
	p.fill("#minutes", "45")
	p.press(`form.workform .actions button:not([formaction])`)
	p.reads("文章")
	p.fill("#text", "工藤さま\n\nお世話になっております。\n1. お支払いの日は、納品から何日後でしょうか。\n2. 直しは何回まででしょうか。\n\nよろしくお願いいたします。")
	for i := range it.Assignment.SelfCheck {
		p.tick(fmt.Sprintf(`#check-%d`, i))
	}
	p.press(`form.workform .actions button:not([formaction])`)
	p.reads("受付")
}

// mend mends a returned work: the fix is read, ticked, and the work handed in again from where it was.
func (p *person) mend(it *course.Item) {
	p.t.Helper()
	p.open("/learn")
	p.reads("直すところ")
	p.open(it.Ref.Path())
	p.reads("質問に番号をつける")
	p.tick(`[name="fix"]`)
	p.press(`form.workform .actions button:not([formaction])`)
	p.reads("受付")
	var all string
	p.do(p.evaluate(`document.querySelector("main").textContent`, &all)) // folded, but there
	if !strings.Contains(all, "質問に番号をつける") {
		p.t.Errorf("%s: what was to be mended is gone after handing in again", p.name)
	}
}

// judge finds somebody's piece in the queue, claims it, and passes or returns it.
func (p *person) judge(it *course.Item, trainee string, v practice.Verdict) {
	p.t.Helper()
	p.open("/mentor")
	p.reads(trainee)
	var form string
	p.do(p.evaluate(fmt.Sprintf(`[...document.querySelectorAll('form[action$="/claim"]')].filter(f => {
		const row = f.closest("tr, li"); return row && row.innerText.includes(%q) && row.innerText.includes(%q) }).map(f => f.getAttribute("action"))[0] || ""`,
		trainee, it.Title.JA), &form))
	if form == "" {
		p.t.Fatalf("%s: the queue has no %s by %s:\n%s", p.name, it.Title.JA, trainee, p.text())
	}
	p.press(fmt.Sprintf(`form[action="%s"] button`, form))
	for _, row := range it.Assignment.Rubric.Rows {
		level := 2
		if v == practice.Return && row.ID == it.Assignment.Rubric.Rows[0].ID {
			level = 1
		}
		p.tick(fmt.Sprintf(`[name="mark.%s"][value="%d"]`, row.ID, level))
	}
	p.fill("#closing", "ていねいに取り組めています。")
	if p.has(`[name="done"]`) {
		p.tick(`[name="done"]`)
	}
	if v == practice.Return {
		p.fill(`[name="fix.0.text"]`, "質問に番号をつける")
		p.do(p.on(`[name="fix.0.row"]`, fmt.Sprintf(`e.value = %q`, it.Assignment.Rubric.Rows[0].ID)))
	}
	p.press(fmt.Sprintf(`button[name="verdict"][value="%s"]`, v))
}

// invite invites somebody on a cohort's page.
func (p *person) invite(name, kana, email string) {
	p.t.Helper()
	form := `form[action$="/members"] `
	p.fill(form+`[name="name"]`, name)
	p.fill(form+`[name="kana"]`, kana)
	p.fill(form+`[name="email"]`, email)
	p.press(form + `button:not([hidden])`)
	p.reads(name)
}
