package web

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/i18n"
	"tenarai/internal/job"
	"tenarai/internal/match"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

func init() {
	facts := postingFacts{Posting: job.Posting{
		ID: 1, Title: "<b>葵", CompanyName: "<b>葵", State: job.Open, Work: "<i>x", PayYen: 1, Hours: 1, HoursWeek: 1, Places: 1, Deadline: testNow,
	}, Hourly: 1}
	title := skill.Text{JA: "<b>葵"}
	row := desk.PostingRow{Posting: facts.Posting, Interested: 2}
	list := desk.PostingList{Rows: []desk.PostingRow{row}, Total: 1}
	samples["posting/list"] = postingsPage{List: list, Find: "<u>y", State: job.Open, Pager: Pager{Page: 1, Pages: 2, Next: "/x"}}
	samples["company/home"] = companyPage{Open: list, Drafts: list}
	samples["producer/home"] = producerPage{Open: list, Drafts: list}
	samples["posting/posting"] = postingPage{Facts: facts, ToMend: []Refusal{{Field: "pay", Text: "<u>y"}}}
	samples["producer/companies"] = companiesPage{Companies: []job.Company{{Name: "<b>葵", Contact: "x", Address: "y", About: "<i>x"}}}
	samples["posting/candidates"] = candidatesPage{
		Look:  desk.Candidates{Posting: desk.PostingLook{Live: true}, Fit: 1, NotShown: store.NotShown{Ready: 3, Hours: 1, Agreed: 1}},
		Facts: facts, Others: 2, Company: true, Rows: []candidateRow{{
			CandidateLook: desk.CandidateLook{
				Letter: "A", HoursWeek: 10, ReadyUntil: testNow, Interested: true, TiedWith: 1, Others: []desk.SkillLook{{Title: title}},
				Skills: []desk.SkillLook{{Title: title, Can: title, Evidence: []desk.EvidenceLook{{Title: title, Rows: []desk.RowLook{{Title: title, Reached: title}}}}}},
			},
			Score: termParts([]match.Term{{Name: match.TermSurplus, Points: 1, Max: 30}}), Sum: 1,
		}},
	}
	card := jobCard{
		JobLook: desk.JobLook{Posting: facts.Posting, Interested: true, Weeks: 2, Live: true, Sharing: true}, Facts: facts,
		Left: []jobGap{{Text: "<b>葵", Href: "/x"}},
	}
	why := card
	why.Left, why.Interested, why.Why = nil, false, termParts([]match.Term{{Name: match.TermHours, Points: 1, Max: 10}})
	samples["jobs/jobs"] = jobsPage{Any: true, Fits: []jobCard{why}, Nearly: []jobCard{card}, Others: []jobCard{card}}
	samples["jobs/job"] = jobPage{Job: card}
	samples["jobs/seen"] = seenPage{List: []desk.Shown{{Company: "<b>葵", Posting: "<i>x", Basis: "interest", At: testNow}, {Basis: "general"}}}
}

// jobsTown is a center with a real desk: a company, its rival, a producer, and trainees, by their tokens.
type jobsTown struct {
	*testing.T
	*desk.Desk
	web    *Server
	people map[string]desk.Actor
}

func newJobsTown(t *testing.T, dsn string) *jobsTown {
	t.Helper()
	w := &jobsTown{T: t, people: map[string]desk.Actor{}}
	ctx := t.Context()
	s, err := store.Open(ctx, dsn, store.Options{})
	w.must(err)
	t.Cleanup(func() { _ = s.Close() })
	w.must(s.Migrate(ctx))
	folder, err := files.Open(t.TempDir())
	w.must(err)
	w.Desk = desk.New(desk.Config{
		Store: s, Files: folder, Catalog: jobsCatalog(), Now: func() time.Time { return testNow }, Random: rand.NewChaCha8([32]byte{1}),
		Bars: []readiness.Bar{{
			JobType: "data-entry", Title: skill.Text{JA: "データ入力", EN: "Data entry"}, Base: "base",
			Requires: []readiness.Requirement{{Skill: "OFF-03", Level: skill.Alone}}, Pieces: 1, Assessors: 1, WithinMonths: 12, HoursFreshDays: 30, Consent: true,
		}},
	})
	w.must(s.Tx(ctx, func(ctx context.Context) error { return w.settle(ctx) }))
	cfg := testConfig(t)
	cfg.Desk = w.Desk
	cfg.Session = func(_ context.Context, token string) (desk.Actor, error) { return w.people[token], nil }
	w.web = testServer(t, cfg)
	return w
}

func jobsCatalog() *course.Catalog {
	return &course.Catalog{
		Courses: []*course.Course{{Slug: "base", Edition: "1", Title: skill.Text{JA: "入門", EN: "Basics"}, Modules: []*course.Module{{Slug: "m", Items: []*course.Item{{
			Ref: course.Ref{Course: "base", Module: "m", Item: "a1"}, Kind: course.KindAssignment, Title: skill.Text{JA: "台帳100件の入力", EN: "A ledger of 100"}, Minutes: 30,
			Assignment: &course.Assignment{Hash: "h1", Deliver: course.Deliver{Text: true, TextMax: 500}, Rubric: course.Rubric{Hash: "r1", Rows: []course.Criterion{{
				ID: "accuracy", Skill: "OFF-03", Proves: skill.Alone, Title: skill.Text{JA: "正確さ", EN: "Accuracy"},
				Levels: [4]course.Text{{}, {}, {JA: "誤りが100マスに1つまで", EN: "At most one wrong cell in 100"}, {JA: "誤りがない", EN: "No wrong cell"}},
			}}}},
		}}}}}},
		Skills: []skill.Skill{{ID: "OFF-03", Title: skill.Text{JA: "データ入力", EN: "Data entry"}, Levels: [4]skill.Text{{}, {}, {JA: "仕様どおりに一人で入力できる。", EN: "Enters data alone, as specified."}, {}}}},
	}
}

func (w *jobsTown) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *jobsTown) settle(ctx context.Context) error {
	here, err := w.Store.AddCenter(ctx, member.Center{Slug: "yuzawa", Name: "湯沢"}, testNow)
	w.must(err)
	there, err := w.Store.AddCenter(ctx, member.Center{Slug: "yokote", Name: "横手"}, testNow)
	w.must(err)
	own, err := w.Store.AddCompany(ctx, job.Company{Center: here, Name: "川連漆器の店"}, testNow)
	w.must(err)
	rival, err := w.Store.AddCompany(ctx, job.Company{Center: here, Name: "味噌の店"}, testNow)
	w.must(err)
	for name, m := range map[string]member.Membership{
		"company": {Center: here, Role: member.Company, Company: own}, "rival": {Center: here, Role: member.Company, Company: rival},
		"producer": {Center: here, Role: member.Producer}, "other-producer": {Center: there, Role: member.Producer}, "mentor": {Center: here, Role: member.Mentor},
		"yumi": {Center: here, Role: member.Trainee}, "naoko": {Center: here, Role: member.Trainee}, "aoi": {Center: here, Role: member.Trainee},
		"outsider": {Center: there, Role: member.Trainee},
	} {
		token := name
		if ja := map[string]string{"yumi": "由美", "naoko": "直子", "aoi": "葵"}[token]; ja != "" {
			name = ja
		}
		id, err := w.Store.AddMember(ctx, member.Member{Name: name, Language: "ja"}, testNow)
		w.must(err)
		w.must(w.Store.AddRole(ctx, id, m, testNow))
		w.must(w.Store.SetProfile(ctx, id, store.Profile{Name: name, Language: "ja", Hours: member.Availability{HoursWeek: 20, Stated: testNow}}))
		w.people[token] = desk.Actor{Member: id, Center: m.Center, Roles: []member.Role{m.Role}, Company: m.Company, Name: name, Language: "ja"}
	}
	return nil
}

// learns passes the one piece there is, which makes her ready.
func (w *jobsTown) learns(who string) {
	w.Helper()
	in, err := w.HandIn(w.Context(), w.people[who], course.Ref{Course: "base", Module: "m", Item: "a1"}, desk.WorkForm{Attempt: 1, Text: "秘密の文章"})
	w.must(err)
	sub, err := w.Store.Submission(w.Context(), w.people[who].Center, in.Submission)
	w.must(err)
	_, err = w.Assess(w.Context(), w.people["mentor"], sub.ID, desk.AssessForm{
		Attempt: 1, Version: sub.Version, Verdict: practice.Pass, Marks: []practice.Mark{{Row: "accuracy", Level: 3, Comment: "先生の言葉"}}, Closing: "よくできました",
	})
	w.must(err)
}

func postingValues() url.Values {
	return url.Values{
		"title": {"アンケートの入力"}, "job_type": {"data-entry"}, "work": {"紙を\r\n表にする"}, "deliverable": {"CSV"}, "quantity": {"500枚"}, "pay": {"３０，０００"},
		"tax": {"1"}, "hours": {"25"}, "hours_week": {"10"}, "deadline": {"2026/12/1"}, "places": {"1"}, "version": {"0"},
	}
}

// opens writes a posting through the pages, as a company does, and opens it.
func (w *jobsTown) opens(who, base string, change ...string) string {
	w.Helper()
	form := postingValues()
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	saved := post(base+"/postings", form).as(who).of(w.web)
	at := saved.Header().Get("Location")
	if saved.Code != http.StatusSeeOther || !regexp.MustCompile(`^`+base+`/postings/\d+$`).MatchString(at) {
		w.Fatalf("saving: %d to %q %s", saved.Code, at, mainText(w.T, saved.Body.String()))
	}
	if opened := post(at+"/open", url.Values{"version": {"1"}}).as(who).of(w.web); opened.Code != http.StatusSeeOther {
		w.Fatalf("opening: %d %s", opened.Code, mainText(w.T, opened.Body.String()))
	}
	return at
}

// mainText is what a reader sees of a page's main part.
func mainText(t *testing.T, html string) string {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(bytes.NewReader([]byte(html)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(d.Find("main").Text()), " ")
}

// The whole way of a posting on the pages: written, checked, opened; she presses "interested"; the company sees her without
// her name; she sees that it did.
func TestPostingToCandidate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		w := newJobsTown(t, dsn)
		w.learns("yumi")
		w.learns("naoko")
		at := w.opens("company", "/company")
		id := strings.TrimPrefix(at, "/company/postings/")
		for _, step := range []struct {
			ask  asked
			who  string
			want int
			says []string
			not  []string
		}{
			{get(at), "company", 200, []string{"募集中", "30,000円", "1,200円", "2026年12月1日"}, []string{"この内容で募集する"}},
			{get(at + "/candidates"), "company", 200, []string{"0人", "同意していない人：2人"}, []string{"Aさん", "由美"}},
			{get("/jobs"), "yumi", 200, []string{"アンケートの入力", "30,000円", "約2週", "合うところ", "フリーランス・トラブル110番"}, nil},
			{get("/jobs"), "aoi", 200, []string{"「データ入力」の作品 あと1点", "「入門」を終える"}, []string{"合うところ"}},
			{get("/jobs/" + id), "aoi", 200, []string{"足りないものがある間は、会社に見えません。", "名前なしで見えます"}, nil},
			{post("/jobs/"+id+"/interest", url.Values{"on": {"1"}}), "yumi", 303, nil, nil},
			{get("/jobs/" + id), "yumi", 200, []string{"この会社に、名前なしで見えています。", "取り消す"}, nil},
			{
				get(at + "/candidates"), "company", 200,
				[]string{"1人です", "Aさん", "この仕事に興味あり", "レベル2", "正確さ", "誤りがない", "台帳100件の入力", "この仕事への希望 15 / 15"},
				[]string{"由美", "直子", "秘密の文章", "先生の言葉", "よくできました"},
			},
			{get("/jobs/seen"), "yumi", 200, []string{"川連漆器の店", "興味ありを押した"}, nil},
			{get("/jobs/seen"), "naoko", 200, []string{"まだ、どの会社も見ていません"}, nil},
			{post("/jobs/"+id+"/interest", url.Values{"on": {"0"}}), "yumi", 303, nil, nil},
			{get(at + "/candidates"), "company", 200, []string{"0人"}, []string{"Aさん"}},
			{post(at+"/close", url.Values{"version": {"2"}}), "company", 303, nil, nil},
			{get(at + "/candidates"), "company", 200, []string{"いまは見られません"}, nil},
			{post("/jobs/"+id+"/interest", url.Values{"on": {"1"}}), "yumi", 404, nil, nil},
			{get("/jobs"), "yumi", 200, []string{"いまは募集がありません"}, nil},
		} {
			got := step.ask.as(step.who).of(w.web)
			page := mainText(t, got.Body.String())
			if got.Code != step.want {
				t.Fatalf("%s %s as %s: %d, want %d: %s", step.ask.method, step.ask.path, step.who, got.Code, step.want, page)
			}
			for _, s := range step.says {
				if !strings.Contains(page, s) {
					t.Errorf("%s as %s does not say %q: %s", step.ask.path, step.who, s, page)
				}
			}
			for _, s := range step.not {
				if strings.Contains(got.Body.String(), s) {
					t.Errorf("%s as %s says %q", step.ask.path, step.who, s)
				}
			}
		}
	})
}

// A refused form comes back with its mistakes at their fields and with everything that was typed, wrong numbers too.
func TestPostingFormKeepsWhatWasTyped(t *testing.T) {
	w := newJobsTown(t, new(storetest.Template).SQLite(t))
	form := postingValues()
	form.Set("title", strings.Repeat("漆", 51))
	form.Set("pay", "三万円")
	form.Set("work", "一行目\r\n<b>二行目")
	got := post("/company/postings", form).as("company").of(w.web)
	d, err := goquery.NewDocumentFromReader(got.Body)
	w.must(err)
	if got.Code != http.StatusUnprocessableEntity || d.Find(`.errors a[href="#pay"]`).Length() != 1 || d.Find("#pay-problem").Text() == "" {
		t.Errorf("%d: %s", got.Code, d.Find(".errors").Text())
	}
	for name, want := range map[string]string{"title": strings.Repeat("漆", 51), "pay": "三万円", "hours": "25", "deadline": "2026/12/1"} {
		if value, _ := d.Find("#" + name).Attr("value"); value != want {
			t.Errorf("%s holds %q, want %q", name, value, want)
		}
	}
	if work := d.Find("#work").Text(); strings.TrimPrefix(work, "\n") != "一行目\n<b>二行目" {
		t.Errorf("work holds %q", work)
	}
	if chosen, _ := d.Find("#job_type option[selected]").Attr("value"); chosen != "data-entry" {
		t.Errorf("job type %q", chosen)
	}
	form.Set("pay", "1")
	form.Set("deadline", "2026-02-30")
	got = post("/company/postings", form).as("company").of(w.web)
	if page := mainText(t, got.Body.String()); got.Code != 422 || !strings.Contains(page, "日付の形が違います") {
		t.Errorf("a day that is none: %d %s", got.Code, page)
	}
}

// as whom, what, and the answer expected: others' postings do not exist, others' doors do not open, and nothing changes by GET.
func TestPostingRights(t *testing.T) {
	w := newJobsTown(t, new(storetest.Template).SQLite(t))
	at := w.opens("company", "/company")
	id := strings.TrimPrefix(at, "/company/postings/")
	producers := "/producer/postings/" + id
	for _, c := range []struct {
		ask  asked
		who  string
		want int
	}{
		{get("/company"), "company", 200},
		{get("/company/postings?q=%00%ff&state=x&page=-3"), "company", 200},
		{get("/company/postings?page=9223372036854775807"), "company", 200},
		{get(at + "/candidates?page=9223372036854775807"), "company", 200},
		{get(at + "/edit"), "company", 409},
		{get("/company/postings/new?from=" + id), "company", 200},
		{get("/company/postings/new?from=" + id), "rival", 404},
		{get(at), "rival", 404},
		{get(at + "/candidates"), "rival", 404},
		{get(at + "/edit"), "rival", 404},
		{post(at, postingValues()), "rival", 404},
		{post(at+"/open", nil), "rival", 404},
		{post(at+"/close", url.Values{"version": {"2"}}), "rival", 404},
		{get(producers), "producer", 200},
		{get(producers + "/candidates"), "producer", 200},
		{get(producers), "other-producer", 404},
		{post(producers+"/close", url.Values{"version": {"2"}}), "other-producer", 404},
		{get(at), "producer", 403},
		{get(producers), "company", 403},
		{get("/company"), "yumi", 403},
		{get("/producer"), "yumi", 403},
		{get("/jobs"), "company", 403},
		{get("/producer"), "", 303},
		{get("/jobs"), "", 303},
		{get("/jobs/" + id), "outsider", 404},
		{get("/jobs/x"), "yumi", 404},
		{get("/jobs/999"), "yumi", 404},
		{post("/jobs/"+id+"/interest", url.Values{"on": {"1"}}), "outsider", 404},
		{post("/jobs/"+id+"/interest", url.Values{"on": {"1"}}), "company", 403},
		{get("/jobs/" + id + "/interest"), "yumi", 405},
		{get(at + "/close"), "company", 405},
		{post(at, postingValues()), "company", 409},
		{post(at+"/close", url.Values{"version": {"1"}}), "company", 409},
		{get("/producer/companies"), "producer", 200},
		{get("/producer/companies/new"), "producer", 200},
		{post("/producer/companies", url.Values{"name": {""}}), "producer", 422},
		{post("/producer/companies", url.Values{"name": {"酒の店"}}), "producer", 303},
		{post("/producer/companies", url.Values{"name": {"x"}}), "company", 403},
		{get("/producer/postings/new"), "producer", 200},
	} {
		if got := c.ask.as(c.who).of(w.web); got.Code != c.want {
			t.Errorf("%s %s as %q: %d, want %d", c.ask.method, c.ask.path, c.who, got.Code, c.want)
		}
	}
	if got := w.opens("producer", "/producer", "company", fmt.Sprint(int64(w.people["rival"].Company))); got == "" {
		t.Error("a producer cannot order for a company of hers")
	}
}

// Nothing on these pages is said in one language only.
func TestJobsPagesInEnglish(t *testing.T) {
	w := newJobsTown(t, new(storetest.Template).SQLite(t))
	w.learns("yumi")
	at := w.opens("company", "/company", "title", "Survey", "work", "x", "deliverable", "y", "quantity", "z")
	id := strings.TrimPrefix(at, "/company/postings/")
	w.must(w.SetInterest(t.Context(), w.people["yumi"], 1, true))
	japanese := regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}]+`)
	for who, paths := range map[string][]string{
		"company":  {"/company", "/company/postings", "/company/postings/new", at, at + "/candidates"},
		"producer": {"/producer", "/producer/postings", "/producer/companies", "/producer/companies/new", "/producer/postings/" + id + "/candidates"},
		"yumi":     {"/jobs", "/jobs/" + id, "/jobs/seen"},
	} {
		a := w.people[who]
		a.Language = i18n.English
		w.people[who] = a
		for _, path := range paths {
			got := get(path).as(who).of(w.web)
			page := strings.NewReplacer("川連漆器の店", "", "味噌の店", "").Replace(mainText(t, got.Body.String()))
			if m := japanese.FindString(page); got.Code != 200 || m != "" {
				t.Errorf("%s: %d, %q stands in the English page", path, got.Code, m)
			}
		}
	}
}
