package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tenarai/internal/cohort"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/static"
)

// office is the demo town with a web in front of it. A session's token is the part of the address before the @; "english-"
// before it reads in English; "yokote" is a coordinator of the other center.
type office struct {
	*Server
	t    *testing.T
	town *demotest.Town
}

func newOffice(t *testing.T) *office {
	t.Helper()
	town := demotest.SQLite(t)
	words, err := i18n.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{
		Desk: town.Desk, Templates: os.DirFS("../../templates"), Static: static.Files, Style: static.Style, Words: words,
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Now: town.Clock.Now, Plain: true,
		Session: func(_ context.Context, token string) (desk.Actor, error) {
			name, english := strings.CutPrefix(token, "english-")
			a := desk.Actor{}
			switch name {
			case "yokote":
				a = town.Actor(t, "outsider")
				a.Roles = []member.Role{member.Coordinator, member.Mentor, member.Admin}
			default:
				a = town.Actor(t, name)
			}
			if english {
				a.Language = i18n.English
			}
			return a, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &office{s, t, town}
}

// see is a page as text, which must come with the status and say the words.
func (o *office) see(ask asked, status int, words ...string) string {
	o.t.Helper()
	w := ask.of(o)
	page := html.UnescapeString(w.Body.String())
	if w.Code != status {
		o.t.Fatalf("%s %s as %s: %d, want %d", ask.method, ask.path, ask.token, w.Code, status)
	}
	for _, word := range words {
		if !strings.Contains(page, word) {
			o.t.Errorf("%s does not say %q", ask.path, word)
		}
	}
	return page
}

// sent is a form that was taken; it answers where it leads.
func (o *office) sent(path string, form url.Values) string {
	o.t.Helper()
	w := post(path, form).as("coordinator").of(o)
	if w.Code != http.StatusSeeOther {
		o.t.Fatalf("POST %s: %d\n%s", path, w.Code, summary(w.Body.String()))
	}
	return w.Header().Get("Location")
}

var summaryList = regexp.MustCompile(`(?s)<section class="errors".*?</section>`)

func summary(page string) string { return summaryList.FindString(page) }

func (o *office) members(path string) int {
	return strings.Count(o.see(get(path).as("coordinator"), http.StatusOK), `href="/center/members/`)
}

func TestCenterPagesInBothLanguages(t *testing.T) {
	o := newOffice(t)
	haruka := fmt.Sprintf("/center/members/%d", o.town.Actor(t, "haruka").Member)
	for path, words := range map[string][2]string{
		"/center":                    {"今日電話する人", "To call today"},
		"/center/cohorts":            {"すすみぐあいの表", "Progress table"},
		"/center/cohorts/new":        {"学ぶ講座", "Courses"},
		"/center/cohorts/1":          {"一人を招待する", "Invite one person"},
		"/center/cohorts/1/edit":     {"修了証に書くプログラム名", "Programme title on certificates"},
		"/center/cohorts/1/invite":   {"たしかめる", "Check"},
		"/center/cohorts/1/progress": {"できた", "done"},
		haruka:                       {"これまでのこと", "So far"},
	} {
		ja := o.see(get(path).as("coordinator"), http.StatusOK, words[0], `lang="ja"`)
		en := o.see(get(path).as("english-coordinator"), http.StatusOK, words[1], `lang="en"`)
		for _, page := range []string{ja, en} {
			if strings.Contains(page, "center.") || strings.Contains(page, "style=") {
				t.Errorf("%s shows a key or an inline style", path)
			}
		}
	}
}

func TestCenterIsForItsOwnStaff(t *testing.T) {
	o := newOffice(t)
	haruka := fmt.Sprintf("/center/members/%d", o.town.Actor(t, "haruka").Member)
	for _, path := range []string{"/center/cohorts/1", "/center/cohorts/1/edit", "/center/cohorts/1/invite", "/center/cohorts/1/progress", "/center/cohorts/1/progress.csv", "/center/cohorts/1/progress.xlsx", haruka} {
		o.see(get(path).as("yokote"), http.StatusNotFound)
		for _, who := range []string{"haruka", "company", "producer"} {
			o.see(get(path).as(who), http.StatusForbidden)
		}
		if w := get(path).of(o); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("%s: a stranger gets %d", path, w.Code)
		}
	}
	for path, form := range map[string]url.Values{
		"/center/cohorts/1":         {"name": {"x"}, "starts": {"2026-12-01"}, "version": {"1"}},
		"/center/cohorts/1/members": {"name": {"x"}, "email": {"x@tenarai.example"}},
		"/center/cohorts/1/invite":  {"rows": {"x,,x@tenarai.example"}, "do": {"send"}},
		haruka + "/invitation":      {},
		haruka + "/code":            {},
	} {
		o.see(post(path, form).as("yokote"), http.StatusNotFound)
		o.see(post(path, form).as("mentor"), http.StatusForbidden)
	}
	o.see(get(haruka).as("mentor"), http.StatusOK)
	o.see(get(haruka).as("admin"), http.StatusOK)
	for _, path := range []string{"/center/cohorts/0", "/center/cohorts/x", "/center/cohorts/99999999999999999999", "/center/cohorts/4711", "/center/members/4711"} {
		o.see(get(path).as("coordinator"), http.StatusNotFound)
	}
}

func TestCohortFormKeepsWhatWasTyped(t *testing.T) {
	o := newOffice(t)
	bad := url.Values{"name": {"冬の組 <b>"}, "starts": {"あした"}, "ends": {"2020-01-01"}}
	page := o.see(post("/center/cohorts", bad).as("coordinator"), http.StatusUnprocessableEntity, "エラー：", `value="冬の組 <b>"`, `value="あした"`, "日付の形が違います")
	if strings.Contains(summary(page), "ページ") {
		t.Error("the summary speaks of something else")
	}
	o.see(post("/center/cohorts", url.Values{"name": {"冬の組"}, "starts": {"2026-12-01"}, "ends": {"2026-11-30"}}).as("coordinator"), http.StatusUnprocessableEntity,
		"終わる日が、始まる日より前です。", "講座を一つは選んでください。", `href="#courses"`)
	to := o.sent("/center/cohorts", url.Values{"name": {"冬の組"}, "starts": {"2026-12-01"}, "ends": {"2026-12-01"}, "courses": {"c1-home-working"}})
	o.see(get(to).as("coordinator"), http.StatusOK, "冬の組", "2026年12月1日から", "2026年12月1日まで", "まだだれもいません")
	o.see(get(to+"/progress").as("coordinator"), http.StatusOK, "まだだれもいません", `href="`+to+`#invite"`)
}

// What cannot be printed on a certificate is refused where it was typed, when a cohort is made and when it is changed, and
// nothing that was typed is lost.
func TestProgrammeTitleIsRefusedWhereItWasTyped(t *testing.T) {
	o := newOffice(t)
	bad := url.Values{"name": {"冬の組 <b>"}, "title": {"養成講座😀한"}, "title_en": {strings.Repeat("w", cohort.MaxTitleEN+1)}, "starts": {"2026-12-01"}, "ends": {"2027-01-31"}, "courses": {demo.C1}, "version": {"1"}}
	for _, path := range []string{"/center/cohorts", "/center/cohorts/1"} {
		page := o.see(post(path, bad).as("coordinator"), http.StatusUnprocessableEntity, `value="冬の組 <b>"`, `value="養成講座😀한"`, `value="`+bad.Get("title_en")+`"`,
			`value="2026-12-01"`, `value="2027-01-31"`, "修了証に印刷できない文字があります：😀 한", "プログラム名は120文字までです。", `href="#title"`, `href="#title_en"`)
		if !strings.Contains(page, `aria-describedby="title-hint title-problem"`) {
			t.Errorf("%s: the field does not say what is wrong with it", path)
		}
	}
	// Without a title the name is printed, so that it must be printable.
	o.see(post("/center/cohorts/1", url.Values{"name": {"組😀"}, "starts": {"あした"}, "version": {"1"}}).as("coordinator"), http.StatusUnprocessableEntity, `value="組😀"`, `value="あした"`, `href="#starts"`)
	o.see(post("/center/cohorts/1", url.Values{"name": {"組😀"}, "starts": {"2026-12-01"}, "version": {"1"}}).as("coordinator"), http.StatusUnprocessableEntity, `href="#name"`, "印刷できない文字があります：😀")
	to := o.sent("/center/cohorts", url.Values{"name": {"組😀"}, "title": {"養成講座"}, "starts": {"2026-12-01"}, "courses": {demo.C1}})
	o.see(get(to+"/edit").as("coordinator"), http.StatusOK, `value="組😀"`, `value="養成講座"`, `value="2026-12-01"`)
}

// A cohort is changed at the version that was looked at; who comes second loses nothing and may save hers over it.
func TestChangingACohortPage(t *testing.T) {
	o := newOffice(t)
	page := o.see(get("/center/cohorts/1/edit").as("coordinator"), http.StatusOK, `value="第1期"`, `value="湯沢市 在宅ワーカー養成講座 第1期"`, `value="Yuzawa Home Worker Programme, 1st term"`)
	form := url.Values{"name": {"初めの組"}, "title": {"養成講座"}, "starts": {"2026-06-01"}, "ends": {"2026-10-31"}}
	form.Set("version", regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1])
	if to := o.sent("/center/cohorts/1", form); to != "/center/cohorts/1" {
		t.Errorf("leads to %s", to)
	}
	o.see(get("/center/cohorts/1").as("coordinator"), http.StatusOK, "初めの組", "2026年6月1日から", "2026年10月31日まで", `href="/center/cohorts/1/edit"`)
	o.see(get("/center/cohorts/1/certificates").as("coordinator"), http.StatusOK, "養成講座", "英語のプログラム名がないので")
	form.Set("title_en", "Mine")
	page = o.see(post("/center/cohorts/1", form).as("coordinator"), http.StatusConflict, `value="Mine"`)
	form.Set("version", regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1])
	o.sent("/center/cohorts/1", form)
}

func TestInvitingOne(t *testing.T) {
	o := newOffice(t)
	before := o.members("/center/cohorts/1")
	o.see(post("/center/cohorts/1/members", url.Values{"name": {"新しい 人"}, "kana": {"Atarashii"}, "email": {"だめ"}}).as("coordinator"),
		http.StatusUnprocessableEntity, `value="新しい 人"`, `value="Atarashii"`, `value="だめ"`, `href="#kana"`, `href="#email"`)
	if n := o.members("/center/cohorts/1"); n != before {
		t.Fatalf("a refused form left %d members, there were %d", n, before)
	}
	form := url.Values{"name": {"新しい 人"}, "kana": {"ｱﾀﾗｼｲ"}, "email": {"New＠tenarai.example"}, "key": {"ABC"}}
	for range 2 { // sent twice
		if to := o.sent("/center/cohorts/1/members", form); to != "/center/cohorts/1" {
			t.Errorf("leads to %s", to)
		}
	}
	page := o.see(get("/center/cohorts/1?q=アタラ").as("coordinator"), http.StatusOK, "新しい 人", "アタラシイ", "招待中")
	if n := strings.Count(page, `href="/center/members/`); n != 1 {
		t.Errorf("%d are found", n)
	}
	if n := o.members("/center/cohorts/1"); n != before+1 {
		t.Errorf("%d members, want %d", n, before+1)
	}
	to := o.sent("/center/cohorts/1/members", url.Values{"name": {"メールの ない人"}})
	if !strings.HasPrefix(to, "/center/members/") {
		t.Fatalf("somebody without mail leads to %s", to)
	}
	o.see(get(to).as("coordinator"), http.StatusOK, "一回だけの番号をつくる", "メールなし")
	w := post(to+"/code", url.Values{}).as("coordinator").of(o)
	if w.Code != http.StatusOK || !regexp.MustCompile(`\d{4} \d{4}`).MatchString(w.Body.String()) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the code page: %d", w.Code)
	}
}

func TestInvitingAList(t *testing.T) {
	o := newOffice(t)
	before := o.members("/center/cohorts/1")
	list := "名前,ふりがな,メール\r\n一番 さん,いちばん,one@tenarai.example\r\n\r\n<b>二番,Niban,two@\r\n三番,さんばん,ONE@tenarai.example\r\n,,outsider@tenarai.example"
	for _, do := range []string{"check", "send"} {
		page := o.see(post("/center/cohorts/1/invite", url.Values{"rows": {list}, "do": {do}}).as("coordinator"), http.StatusUnprocessableEntity,
			"4行め：ふりがなは、かなで入れてください。", "4行め：メールアドレスの形が違います。", "5行め：2行めと同じメールアドレスです。",
			"6行め：名前を入れてください。", "6行め：このメールアドレスは、ここでは使えません。", "<b>二番,Niban,two@", `href="#rows"`)
		if strings.Contains(page, `value="send"`) {
			t.Error("a list with mistakes can be sent")
		}
	}
	if n := o.members("/center/cohorts/1"); n != before {
		t.Fatalf("a refused list left %d members, there were %d", n, before)
	}
	good := "一番 さん\tいちばん\tone@tenarai.example\n二番 さん\t\ttwo@tenarai.example\n葵\t\taoi@tenarai.example"
	o.see(post("/center/cohorts/1/invite", url.Values{"rows": {good}}).as("coordinator"), http.StatusOK, "新しく2人、組に1人、前から0人。", `value="send"`, "学ぶ人です。組に入れます。")
	if n := o.members("/center/cohorts/1"); n != before {
		t.Fatal("looking through a list changed something")
	}
	if to := o.sent("/center/cohorts/1/invite", url.Values{"rows": {good}, "do": {"send"}, "key": {"ABC"}}); to != "/center/cohorts/1" {
		t.Errorf("leads to %s", to)
	}
	if n := o.members("/center/cohorts/1"); n != before+3 {
		t.Errorf("%d members, want %d", n, before+3)
	}
	o.see(post("/center/cohorts/1/invite", url.Values{"rows": {strings.Repeat("a,,a@x.example\n", desk.MaxInvites+1)}}).as("coordinator"), http.StatusUnprocessableEntity, "一度に500人までです")
	o.see(post("/center/cohorts/1/invite", url.Values{"rows": {" \n "}}).as("coordinator"), http.StatusUnprocessableEntity, "招待する人を入れてください。")
}

func TestInviteRowsReadsWhatPeoplePaste(t *testing.T) {
	row := func(line int, name, kana, email string) desk.InviteRow {
		return desk.InviteRow{Line: line, Name: name, Kana: kana, Email: email}
	}
	for text, want := range map[string][]desk.InviteRow{
		"":                            nil,
		" \n\t\n,,\n":                 nil,
		"葵,あおい,a@x.example":           {row(1, "葵", "あおい", "a@x.example")},
		"\ufeff葵\tあおい\ta@x.example":   {row(1, "葵", "あおい", "a@x.example")},
		"葵、ｱｵｲ、ａ＠x.example":           {row(1, "葵", "アオイ", "a@x.example")},
		"葵,a@x.example":               {row(1, "葵", "", "a@x.example")},
		"a@x.example,葵,あおい":           {row(1, "葵", "あおい", "a@x.example")},
		"葵":                           {row(1, "葵", "", "")},
		"\n\"佐藤, 葵\",,a@x.example\n":  {row(2, "佐藤, 葵", "", "a@x.example")},
		"福 \u304b\u3099,,a@x.example": {row(1, "福 が", "", "a@x.example")},
		"メールアドレス,氏名,年齢\na@x.example,葵,30":     {row(2, "葵", "", "a@x.example")},
		"Name;Kana;E-Mail\n葵;あおい;a@x.example": {row(2, "葵", "あおい", "a@x.example")},
		"葵,\"あおい,a@x.example":                 {row(1, "葵", "", "あおい,a@x.example")},
		"葵,あおい,a@x.example,余り":                {row(1, "葵", "あおい", "a@x.example")},
	} {
		got := inviteRows(text)
		if !slices.Equal(got, want) {
			t.Errorf("%q is read as %+v, want %+v", text, got, want)
		}
	}
}

func FuzzInviteRows(f *testing.F) {
	f.Add("名前,かな,メール\n葵,あおい,a@x.example")
	f.Add("\"\n\t,\"\"a@\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, r := range inviteRows(text) {
			if r.Line < 1 || r.Line > lines {
				t.Fatalf("line %d of %d", r.Line, lines)
			}
		}
	})
}

func TestProgressTable(t *testing.T) {
	o := newOffice(t)
	page := o.see(get("/center/cohorts/2/progress").as("coordinator"), http.StatusOK, `<th scope="row">`, `aria-sort="ascending"`, "組の合計", "直し", "先生へ")
	if n := strings.Count(page, "<th scope=\"col\""); n < 10 {
		t.Errorf("%d heads", n)
	}
	up := regexp.MustCompile(`/center/members/(\d+)`).FindAllString(page, -1)
	down := regexp.MustCompile(`/center/members/(\d+)`).FindAllString(o.see(get("/center/cohorts/2/progress?sort=-name").as("coordinator"), http.StatusOK, `aria-sort="descending"`), -1)
	slices.Reverse(down)
	if len(up) < 2 || !slices.Equal(up, down) {
		t.Errorf("turned round, %v is %v", up, down)
	}
	o.see(get("/center/cohorts/2/progress?sort=nonsense&page=-7").as("coordinator"), http.StatusOK)
	o.see(get("/center/cohorts/2/progress?page=99999999999").as("coordinator"), http.StatusOK, `<th scope="row">`)
}

func TestProgressExports(t *testing.T) {
	o := newOffice(t)
	evil := []string{"=1+1", "+SUM(A1)", "-2+3", "@cmd", "＝A1"}
	for i, name := range evil {
		o.sent("/center/cohorts/2/members", url.Values{"name": {name}, "email": {fmt.Sprintf("evil%d@tenarai.example", i)}})
	}
	w := get("/center/cohorts/2/progress.csv?sort=-activity").as("coordinator").of(o)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	body, ok := strings.CutPrefix(w.Body.String(), "\ufeff")
	if !ok {
		t.Error("no byte order mark: Excel would garble it")
	}
	table, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	members := o.members("/center/cohorts/2")
	if len(table) != members+1 {
		t.Errorf("%d rows for %d members", len(table)-1, members)
	}
	found := 0
	for _, r := range table[1:] {
		for _, cell := range r {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") || strings.HasPrefix(cell, "＝") {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
		if slices.Contains(evil, strings.TrimPrefix(r[0], "'")) {
			found++
		}
	}
	if found != len(evil) {
		t.Errorf("%d of the names are there", found)
	}
	days := []string{}
	for _, r := range table[1:] {
		days = append(days, r[3])
	}
	if !slices.IsSortedFunc(days, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("not in the order of the page: %q", days)
	}

	x := get("/center/cohorts/2/progress.xlsx?sort=-activity").as("coordinator").of(o)
	book, err := excelize.OpenReader(bytes.NewReader(x.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(rows) != len(table) || rows[0][0] != table[0][0] {
		t.Fatalf("%d rows in the workbook, %d in the CSV (%v)", len(rows), len(table), err)
	}
	for i := range rows {
		if rows[i][0] != table[i][0] {
			t.Errorf("row %d is %q in the workbook, %q in the CSV", i, rows[i][0], table[i][0])
		}
	}
	if kind, err := book.GetCellType(book.GetSheetName(0), "E2"); err != nil || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
		t.Errorf("a share is a %v (%v), not a number", kind, err)
	}
}

func TestStoryPage(t *testing.T) {
	o := newOffice(t)
	yumi := fmt.Sprintf("/center/members/%d", o.town.Actor(t, "yumi").Member)
	page := o.see(get(yumi).as("coordinator"), http.StatusOK, "𠮷田 由美", "準備ができています", "もう一人の先生に見てもらう", `href="/center/certificates/`, "もっと前を見る")
	older := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(page)
	if older == nil {
		t.Fatal("no way to older events")
	}
	o.see(get(strings.TrimSuffix(older[1], "#story")).as("coordinator"), http.StatusOK, "新しい順のはじめへ")
	ask := regexp.MustCompile(`action="(/submissions/\d+/second-look)"`).FindStringSubmatch(page)
	if ask == nil {
		t.Fatal("no piece can be sent to a second look")
	}
	w := post(ask[1], url.Values{}).as("coordinator").with("Referer", "http://example.com"+yumi).of(o)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != yumi {
		t.Errorf("asking for a second look: %d, leads to %q", w.Code, to)
	}
	o.see(get(yumi).as("coordinator"), http.StatusOK, "もう一人の先生が見ます")
	o.see(post(yumi+"/code", url.Values{}).as("coordinator"), http.StatusUnprocessableEntity)
	o.see(post(yumi+"/invitation", url.Values{}).as("coordinator"), http.StatusConflict)
	mentor := fmt.Sprintf("/center/members/%d", o.town.Actor(t, "mentor").Member)
	o.see(get(mentor).as("coordinator"), http.StatusOK, "伊藤 誠")
}

// Weeks later people have gone quiet; the page says who, why, and when she was last seen.
func TestTodayWeeksLater(t *testing.T) {
	o := newOffice(t)
	o.town.Clock.Set(demotest.Now.Add(20 * 24 * time.Hour))
	o.see(get("/center").as("coordinator"), http.StatusOK, "高橋 春香さん", "直しが", "佐藤 葵さん", "まだ始めていません", "約束の3日をこえたもの")
	o.see(get("/center").as("english-coordinator"), http.StatusOK, "No corrections for", "not started", "over the promised 3 days")
}

// Query counts do not grow with the people on the page.
func TestCenterPagesCostTheSame(t *testing.T) {
	o := newOffice(t)
	paths := []string{"/center", "/center/cohorts", "/center/cohorts/3", "/center/cohorts/3/progress"}
	cost := func() map[string]int {
		out := map[string]int{}
		for _, path := range paths {
			a := get(path).as("coordinator")
			o.town.Queries()
			a.of(o)
			out[path] = len(o.town.Queries())
		}
		return out
	}
	few := cost()
	var list strings.Builder
	for i := range 40 {
		fmt.Fprintf(&list, "人 %d,,many%d@tenarai.example\n", i, i)
	}
	o.sent("/center/cohorts/3/invite", url.Values{"rows": {list.String()}, "do": {"send"}})
	for path, n := range cost() {
		if n != few[path] {
			t.Errorf("%s: %d queries, %d with 40 people more", path, few[path], n)
		}
	}
}
