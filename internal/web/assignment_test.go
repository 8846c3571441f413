package web

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/practice"
	"tenarai/internal/sheet"
)

func init() {
	item := itemFrame{Path: "/courses/c/m/i", CoursePath: "/courses/c", Kind: "courses.kind.assignment", Device: "courses.device.pc"}
	again := &work{TakeText: true, TakeFile: true, Files: []practice.File{{ID: 1, Name: "a.csv"}}, Fixes: []fixTick{{fix: fix{N: 1, Text: "x"}}}}
	samples["assignments/assignment"] = assignmentPage{Item: item, State: stateReturned, Work: again, Returned: &judgement{}, Rounds: []round{{Judged: []judgement{{}}}}}
}

const (
	lateNotice = "/courses/c1-home-working/communication/late-notice"
	ledger     = "/courses/c2-data-entry/reading-a-spec/ledger"
)

// town is the demo town behind a server; people sign in by the first part of their address.
type town struct {
	*Server
	*demotest.Town
	t testing.TB
}

func newTown(t testing.TB) *town {
	t.Helper()
	v := &town{Town: demotest.SQLite(t), t: t}
	cfg := testConfig(t)
	cfg.Desk, cfg.Now, cfg.CourseFile, cfg.Demo = v.Town.Desk, v.Clock.Now, v.Library.File, nil
	cfg.Session = func(_ context.Context, token string) (desk.Actor, error) { return v.Actor(t, token), nil }
	v.Server = testServer(t, cfg)
	return v
}

func ref(path string) course.Ref {
	p := strings.Split(strings.TrimPrefix(path, "/courses/"), "/")
	return course.Ref{Course: p[0], Module: p[1], Item: p[2]}
}

func (v *town) look(who, path string) desk.AssignmentPage {
	v.t.Helper()
	p, err := v.Town.Desk.LookAssignment(v.t.Context(), v.Actor(v.t, who), ref(path))
	if err != nil {
		v.t.Fatal(err)
	}
	return p
}

// upload is a form with files, as a browser sends it.
func upload(path string, fields url.Values, files map[string]string) asked {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, one := range values {
			_ = w.WriteField(name, one)
		}
	}
	for name, content := range files {
		part, _ := w.CreateFormFile("file", name)
		_, _ = part.Write([]byte(content))
	}
	_ = w.Close()
	return asked{method: http.MethodPost, path: path, body: &body}.with("Content-Type", w.FormDataContentType())
}

// As whom, what, the answer, what it must say, what it must not.
func TestAssignmentPages(t *testing.T) {
	v := newTown(t)
	for _, c := range []struct {
		who, path string
		status    int
		say, not  string
	}{
		{"", lateNotice, 303, "", ""},
		{"aoi", lateNotice, 200, `action="` + lateNotice + `/attempts"`, "受付番号"},
		{"aoi", lateNotice, 200, "雪のした味噌店", ""},
		{"aoi", ledger, 200, "daicho_0", "{number}"},
		{"aoi", "/courses/c1-home-working/communication/none", 404, "", ""},
		{"haruka", lateNotice, 200, "直すところ 2つ", "おめでとう"},
		{"haruka", lateNotice, 200, `name="fix" value="2"`, ""},
		{"kenji", ledger, 200, "受け取りました", "/attempts"},
		{"yumi", ledger, 200, "おめでとうございます", "/attempts"},
		{"mentor", lateNotice, 200, "依頼書", "/attempts"},
		{"coordinator", lateNotice, 200, "先生が見るところ", "data-draft"},
	} {
		w := get(c.path).as(c.who).of(v)
		body := w.Body.String()
		if w.Code != c.status || !strings.Contains(body, c.say) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%s as %q: %d, says %q %t", c.path, c.who, w.Code, c.say, strings.Contains(body, c.say))
		}
	}
}

var staged = regexp.MustCompile(`name="staged" value="(\d+)"`)

// Nothing typed and no file is lost on the way to handing in, and what is handed in twice counts once.
func TestHandingIn(t *testing.T) {
	v := newTown(t)
	const text = "お世話になっております。「葵」です。<b>&"
	form := url.Values{"attempt": {"1"}, "text": {text}, "minutes": {"ふた時間"}, "check": {"0", "8"}, "note": {"ひとこと"}, "key": {"AAAABBBBCCCCDDDD"}}

	w := post(ledger+"/draft", form).as("aoi").with("Accept", "application/json").of(v)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"time":"`) {
		t.Fatalf("draft by script: %d %s", w.Code, w.Body)
	}
	if w := post(ledger+"/draft", form).as("aoi").of(v); w.Code != 303 || w.Header().Get("Location") != ledger+"#work" {
		t.Fatalf("draft by button: %d %v", w.Code, w.Header())
	}
	if d := v.look("aoi", ledger).Draft; d.Text != text || d.Minutes != "ふた時間" || !slices.Equal(d.SelfCheck, []bool{true, false, false, false, false, false, false, false, true}) {
		t.Fatalf("kept %+v", d)
	}

	for name, c := range map[string]struct{ content, says string }{
		"photo.gif": {"GIF89a", "形式が違います"}, "daicho.csv": {"", "中身が空"}, "page.csv": {"<html><script>1</script></html>", "ではないようです"},
	} {
		w := upload(ledger+"/attempts", form, map[string]string{name: c.content}).as("aoi").of(v)
		body := w.Body.String()
		if w.Code != 422 || !strings.Contains(body, c.says) || !strings.Contains(body, "「葵」です。&lt;b&gt;&amp;") || !strings.Contains(body, "ひとこと") {
			t.Errorf("%s: %d, says %q: %t", name, w.Code, c.says, strings.Contains(body, c.says))
		}
	}

	w = upload(ledger+"/attempts", form, map[string]string{"daicho.csv": "商品番号,品名\nU001,椀\n"}).as("aoi").of(v)
	body := w.Body.String()
	found := staged.FindStringSubmatch(body)
	if w.Code != 422 || !strings.Contains(body, `href="#minutes"`) || !strings.Contains(body, "ふた時間") || found == nil {
		t.Fatalf("wrong minutes: %d, staged %v", w.Code, found)
	}
	form.Set("minutes", "９０分")
	form.Set("staged", found[1])
	for range 3 { // the same form again, with its file again: the same answer
		w = upload(ledger+"/attempts", form, map[string]string{"daicho.csv": "商品番号,品名\nU001,椀\n"}).as("aoi").of(v)
		if w.Code != 303 || w.Header().Get("Location") != ledger {
			t.Fatalf("handing in: %d %s", w.Code, w.Body)
		}
	}
	p := v.look("aoi", ledger)
	if len(p.Rounds) != 1 || p.Rounds[0].Text != text || p.Rounds[0].Minutes != 90 || len(p.Rounds[0].Files) != 1 {
		t.Fatalf("%d rounds: %+v", len(p.Rounds), p.Rounds)
	}
	if body := get(ledger).as("aoi").of(v).Body.String(); !strings.Contains(body, string(p.Rounds[0].Receipt())) || !strings.Contains(body, "data-done") {
		t.Error("no receipt")
	}

	form.Set("key", "ZZZZ")
	form.Set("text", "別の画面で書いた文")
	w = post(ledger+"/attempts", form).as("aoi").of(v)
	if w.Code != 409 || !strings.Contains(w.Body.String(), "別の画面で書いた文") {
		t.Errorf("from another window: %d", w.Code)
	}
	if w := post(ledger+"/draft", form).as("aoi").with("Accept", "application/json").of(v); w.Code != 409 {
		t.Errorf("late saving: %d", w.Code)
	}
}

func TestStagedFiles(t *testing.T) {
	v := newTown(t)
	form := url.Values{"attempt": {"1"}, "text": {"書きかけ"}}
	csv := map[string]string{"台帳/../dai\u202echo.csv": "商品番号\nU001\n"}
	for range 2 { // twice the same is one
		if w := upload(ledger+"/files", form, csv).as("aoi").of(v); w.Code != 303 {
			t.Fatalf("attaching: %d %s", w.Code, w.Body)
		}
	}
	p := v.look("aoi", ledger)
	if len(p.Files) != 1 || strings.ContainsAny(p.Files[0].Name, "/\u202e") || p.Draft.Text != "書きかけ" {
		t.Fatalf("%+v, %+v", p.Files, p.Draft)
	}
	big := strings.Repeat("商品番号,品名\n", 200_000) // beyond the 2 MB of this order, and beyond an ordinary form
	for _, to := range []string{"/draft", "/files", "/attempts"} {
		w := upload(ledger+to, form, map[string]string{"big.csv": big}).as("aoi").of(v)
		if body := w.Body.String(); w.Code != 422 || !strings.Contains(body, "大きすぎます") || !strings.Contains(body, "書きかけ") {
			t.Errorf("a large file to %s: %d", to, w.Code)
		}
	}
	if w := upload(ledger+"/files", form, nil).as("aoi").of(v); w.Code != 422 || !strings.Contains(w.Body.String(), "書きかけ") {
		t.Errorf("attaching nothing: %d", w.Code)
	}
	path := "/files/" + strconv.FormatInt(int64(p.Files[0].ID), 10)
	for who, want := range map[string]int{"aoi": 200, "haruka": 404, "mentor": 404, "outsider": 404, "": 303} {
		if w := get(path).as(who).of(v); w.Code != want {
			t.Errorf("a staged file for %q: %d, want %d", who, w.Code, want)
		}
	}
	if w := post(ledger+path+"/remove", url.Values{}).as("haruka").of(v); w.Code != 404 {
		t.Errorf("removing somebody else's: %d", w.Code)
	}
	form.Set("text", "もっと書いた")
	if w := post(ledger+path+"/remove", form).as("aoi").of(v); w.Code != 303 {
		t.Errorf("removing: %d", w.Code)
	}
	if p := v.look("aoi", ledger); len(p.Files) != 0 || p.Draft.Text != "もっと書いた" {
		t.Errorf("%+v, %+v", p.Files, p.Draft)
	}
}

func TestHandedInFiles(t *testing.T) {
	v := newTown(t)
	p := v.look("kenji", ledger)
	path := "/files/" + strconv.FormatInt(int64(p.Rounds[0].Files[0].ID), 10)
	for who, want := range map[string]int{"kenji": 200, "mentor": 200, "coordinator": 200, "aoi": 404, "company": 404, "outsider": 404} {
		w := get(path).as(who).of(v)
		h := w.Header()
		if w.Code != want {
			t.Errorf("%s: %d, want %d", who, w.Code, want)
		}
		if want == 200 && (!strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename*=UTF-8''") || h.Get("Content-Security-Policy") != downloadPolicy || h.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s: %v", who, h)
		}
	}
	for _, path := range []string{path + "/picture", "/files/0", "/files/x", "/files/999999"} {
		if w := get(path).as("kenji").of(v); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// What would have been right is the mentor's to know.
func TestTableCheckKeepsTheAnswer(t *testing.T) {
	d := sheet.Difference{Expected: 1000, WrongCells: 80, WrongPermille: 80, Extra: sheet.Keys{Count: 30, First: make([]string, 30)}}
	for i := range 80 {
		d.Wrong = append(d.Wrong, sheet.WrongCell{Row: "U" + strconv.Itoa(i), Column: "単価", Got: "まちがい", Want: "こたえ"})
	}
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	v := newTown(t)
	c := tableCheckOf(v.Words.In("ja"), b, &course.TableCheck{Permille: 5})
	if c.Rate != "8.0%" || c.Limit != "0.5%" || c.Within || len(c.Cells) != 50 || c.More != 30 {
		t.Errorf("%+v", c)
	}
	page := assignmentPage{Page: Page{Lang: "ja"}, Item: itemFrame{Kind: "courses.kind.assignment", Device: "courses.device.pc"}, Rounds: []round{{Checked: c}}}
	for _, lang := range i18n.Languages {
		var out bytes.Buffer
		if err := v.execute(&out, assignmentView.name, lang, page); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); strings.Contains(s, "こたえ") || !strings.Contains(s, "まちがい") {
			t.Errorf("%s: the answer is told, or the cell is not", lang)
		}
	}
	if tableCheckOf(v.Words.In("ja"), []byte("{"), nil) != nil {
		t.Error("a broken result is shown")
	}
}

func TestSecondLook(t *testing.T) {
	v := newTown(t)
	p := v.look("yumi", ledger)
	path := "/submissions/" + strconv.FormatInt(int64(p.Submission.ID), 10) + "/second-look"
	for _, c := range []struct {
		who    string
		status int
	}{{"", 303}, {"aoi", 404}, {"outsider", 404}, {"company", 403}, {"yumi", 303}, {"yumi", 303}} {
		if w := post(path, url.Values{}).as(c.who).of(v); w.Code != c.status {
			t.Errorf("%q: %d, want %d", c.who, w.Code, c.status)
		}
	}
	after := v.look("yumi", ledger)
	if !after.Submission.SecondLook || after.Submission.Passed.IsZero() || after.Submission.NotMentor == 0 {
		t.Errorf("%+v", after.Submission)
	}
	if body := get(ledger).as("yumi").of(v).Body.String(); !strings.Contains(body, "ほかの先生が見ています") || strings.Contains(body, `action="`+path) {
		t.Error("the page does not say so")
	}
	if w := post("/submissions/999999/second-look", nil).as("yumi").of(v); w.Code != 404 {
		t.Errorf("none: %d", w.Code)
	}
}

func TestDeadlineOnThePage(t *testing.T) {
	v := newTown(t)
	first := get(lateNotice).as("aoi").of(v).Body.String()
	if strings.Contains(first, "納期はすぎました") {
		t.Error("late at once")
	}
	due := v.look("aoi", lateNotice).Submission.Due
	w := v.Words.In("ja")
	for at, late := range map[time.Time]bool{due.Add(-time.Second): false, due: true} {
		look := v.look("aoi", lateNotice)
		if o := orderOf(w, look, at); o.Late != late || o.Due != w.Weekday(due.AddDate(0, 0, -1)) {
			t.Errorf("at %v: %+v", at, o)
		}
	}
}

func TestMinutesAsTyped(t *testing.T) {
	for typed, want := range map[string]int{"": 0, " ": 0, "90": 90, "９０": 90, "90分": 90, "９０ 分": 90, "45 min": 45, "1時間": -1, "1.5": -1, "x": -1, "-3": -3} {
		if got := (workForm{Minutes: typed}).minutes(); got != want {
			t.Errorf("%q: %d, want %d", typed, got, want)
		}
	}
}

// actingAs is a session of one person, found without a query.
func actingAs(a desk.Actor) func(context.Context, string) (desk.Actor, error) {
	return func(context.Context, string) (desk.Actor, error) { return a, nil }
}
