package web

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/sheet"
)

func init() {
	samples["mentor/assess"] = assessPage{
		Standing: pieceMine, ShowForm: true, Rows: []rowPart{{ID: "a", Title: "正確さ", Star: true, Levels: []levelPart{{N: 0, Says: "なし"}, {N: 1, Chosen: true}}}},
		Fixes: []fixPart{{Field: "fix.0", N: 1}, {Field: "fix.1", N: 2}}, Text: []passage{{"ins", "新"}, {"del", "古"}}, Compared: true,
		Files: []filePart{{Picture: true}, {Table: &tablePart{Header: []string{"色"}, Rows: [][]cellPart{{{"未", "朱", true}}}, More: 3}}},
		Check: &checkPart{Notes: []string{"2"}, Listed: []sheet.WrongCell{{Row: "U001"}}, More: 1}, Follows: []string{"記録"},
		Said: []saidPart{{Rows: []saidRow{{Title: "正確さ"}}, Fixes: []donePart{{RowTitle: "正確さ"}}}}, Rounds: []roundPart{{}}, Folded: []foldedPart{{Key: "mentor.assess.brief"}},
	}
	samples["mentor/queue"] = queuePage{Next: "/mentor?after=1", Paged: true, Queue: desk.Queue{PromiseDays: 3}, Rows: []queueLine{{Late: true}, {Mine: "あと3分"}}}
}

// staffroom is the classroom with a piece handed in twice, returned once: 高橋 春香's, at 2回目.
type staffroom struct {
	*classroom
	id practice.SubmissionID
	it *course.Item
}

func newStaffroom(t testing.TB) *staffroom {
	t.Helper()
	r := &staffroom{classroom: newClassroom(t)}
	r.it = r.library.Catalog.Item(course.Ref{Course: basicCourse, Module: "communication", Item: "late-notice"})
	r.id = r.handIn(1, "納期は11月30日です。急ぎの20件だけ先にお送りします。")
	r.now = r.now.Add(24 * time.Hour)
	form := r.typed("return")
	form.Set("fix.0.row", "plan")
	form.Set("fix.0.text", "いつ渡せるかを、日付で書く")
	form.Set("closing", "あと一歩です。")
	if w := post(r.at("/assessment"), form).as(makoto).of(r); w.Code != http.StatusSeeOther {
		t.Fatalf("return: %d %s", w.Code, w.Body)
	}
	r.now = r.now.Add(time.Hour)
	r.handIn(2, "納期は12月3日です。急ぎの20件だけ先にお送りします。")
	r.now = r.now.Add(2 * time.Hour)
	return r
}

func (r *staffroom) at(more string) string { return benchPath(r.id) + more }

func (r *staffroom) handIn(n int, text string) practice.SubmissionID {
	r.t.Helper()
	in, err := r.Desk.HandIn(r.t.Context(), r.people[haruka], r.it.Ref, desk.WorkForm{Attempt: n, Text: text, Minutes: 25, Note: "これで<よい>ですか。"})
	r.must(err)
	return in.Submission
}

// typed is a whole form as the page would send it: every row marked 2.
func (r *staffroom) typed(verdict string) url.Values {
	r.t.Helper()
	b, err := r.Desk.LookAtPiece(r.t.Context(), r.people[makoto], r.id)
	r.must(err)
	v := url.Values{
		"verdict": {verdict}, "attempt": {strconv.Itoa(b.Current().N)}, "version": {strconv.FormatInt(b.Version, 10)}, "closing": {"しめのことばです"},
		"fix.0.row": {""}, "fix.0.text": {""}, "fix.0.place": {""}, "fix.1.row": {""}, "fix.1.text": {""}, "fix.1.place": {""},
	}
	for _, row := range r.it.Assignment.Rubric.Rows {
		v.Set("mark."+row.ID, "2")
		v.Set("comment."+row.ID, "ひとこと "+row.ID)
	}
	return v
}

func with(v url.Values, pairs ...string) url.Values {
	out := maps.Clone(v)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = []string{pairs[i+1]}
	}
	return out
}

// as whom, what, and the answer expected.
func TestWhoMayDoWhatAtTheBench(t *testing.T) {
	r := newStaffroom(t)
	other := r.people[makoto]
	other.Center++
	r.people["other-token"] = other
	form := r.typed("pass")
	for _, c := range []struct {
		ask  asked
		who  string
		want int
	}{
		{get("/mentor"), "", 303},
		{get("/mentor"), haruka, 403},
		{get("/mentor"), kyoko, 403},
		{get("/mentor"), shop, 403},
		{get("/mentor"), makoto, 200},
		{get(r.at("")), "", 303},
		{get(r.at("")), haruka, 403},
		{get(r.at("")), makoto, 200},
		{get(r.at("")), "other-token", 404},
		{get("/mentor/submissions/9999"), makoto, 404},
		{get("/mentor/submissions/x"), makoto, 404},
		{get("/mentor/submissions/-1"), makoto, 404},
		{get("/mentor/submissions/99999999999999999999"), makoto, 404},
		{get("/mentor/next"), haruka, 403},
		{get("/mentor/next"), makoto, 303},
		{get("/mentor?turn=trainee"), makoto, 200},
		{get("/mentor?since=x&after=-1"), makoto, 200},
		{get("/mentor?since=99999999999999999&after=99"), makoto, 200},
		{post(r.at("/assessment"), form), "", 303},
		{post(r.at("/assessment"), form), haruka, 403},
		{post(r.at("/assessment"), form), "other-token", 404},
		{post(r.at("/draft"), form), haruka, 403},
		{post(r.at("/draft"), form), "other-token", 404},
		{post(r.at("/claim"), nil), haruka, 403},
		{post(r.at("/claim"), nil), "other-token", 404},
		{post("/mentor/submissions/9999/claim", nil), makoto, 404},
		{post(r.at("/release"), nil), haruka, 403},
		{post(r.at("/release"), nil), "other-token", 404},
		{post(r.at("/assessment"), form).with("Sec-Fetch-Site", "cross-site"), makoto, 403},
		{get(r.at("/assessment")), makoto, 405},
	} {
		if w := c.ask.as(c.who).of(r); w.Code != c.want {
			t.Errorf("%s %s as %q: %d, want %d", c.ask.method, c.ask.path, c.who, w.Code, c.want)
		}
	}
}

func TestQueuePage(t *testing.T) {
	r := newStaffroom(t)
	says(t, "queue", r.page("/mentor", makoto), "待っている作品", "高橋 春香さん", "納期に遅れそうなときの連絡文", "2回目", "0/1", "2時間", "あいている", "約束（3日）をこえたものはありません", "!約束をこえています")
	r.now = r.now.Add(3 * 24 * time.Hour)
	says(t, "queue, late", r.page("/mentor", makoto), "約束（3日）をこえたもの 1", "約束をこえています", "3日 2時間")
	says(t, "queue in English", r.english("/mentor", makoto), "1 beyond the promise of 3 days", "A message when you may miss a deadline", "Attempt 2", "!待って")

	w := post(r.at("/claim"), nil).as(megumi).of(r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != r.at("") {
		t.Errorf("claim: %d to %s", w.Code, to)
	}
	r.now = r.now.Add(12*time.Minute + time.Second)
	says(t, "queue, claimed", r.page("/mentor", makoto), "渡部 恵（あと18分）", "!あいている")
	says(t, "her own queue", r.page("/mentor", megumi), "あなた（あと18分）")
	says(t, "nothing returned", r.page("/mentor?turn=trainee", makoto), "返した作品はありません")
}

// The queue leads on to the next page and back to the first, and costs the same number of queries at any length.
func TestQueueIsPaged(t *testing.T) {
	r := newStaffroom(t)
	r.queries = 0
	r.page("/mentor", makoto)
	few := r.queries
	for i := range desk.QueueSize {
		m := member.Member{Name: "人 " + strconv.Itoa(i), Language: "ja", Email: strconv.Itoa(i) + "@tenarai.example"}
		who := r.people[aoi]
		id, err := r.Desk.SetUpMember(t.Context(), desk.Person{Member: m, PasswordHash: "x"})
		r.must(err)
		who.Member = id
		_, err = r.Desk.HandIn(t.Context(), who, r.it.Ref, desk.WorkForm{Attempt: 1, Text: "文"})
		r.must(err)
	}
	r.queries = 0
	page := r.page("/mentor", makoto)
	if r.queries != few {
		t.Errorf("%d queries for %d pieces, %d for one", r.queries, desk.QueueSize, few)
	}
	next := regexp.MustCompile(`href="(/mentor\?after=[^"]+)" rel="next"`).FindStringSubmatch(page)
	if next == nil {
		t.Fatal("no way to the next page")
	}
	says(t, "next page", r.page(strings.ReplaceAll(next[1], "&amp;", "&"), makoto), "人 49さん", "はじめのページ", "!高橋 春香", "!人 48さん", `!rel="next"`)
}

func TestBench(t *testing.T) {
	r := newStaffroom(t)
	page := r.page(r.at(""), makoto)
	sound(t, r.at(""), page)
	says(t, "bench", page,
		"納期は<del>11月30</del><ins>12月3</ins>日です。", "前回との違いを表示中", "前回の直すところ", "いつ渡せるかを、日付で書く", "本人のしるしなし",
		"これで&lt;よい&gt;ですか。", "25分", "（めやす 30分）", "★ 2以上が必要", r.it.Assignment.Rubric.Rows[0].Levels[3].JA, `name="mark.plan" value="0"`, `name="mark.plan" value="3"`,
		`name="verdict" value="pass"`, `name="verdict" value="return"`, "合格にすると", "BIZ-01", "先生のための覚え書き", "1回目の作品と伝えたこと", "あと一歩です。",
		r.it.Assignment.FixBank[0].Text.JA, "あと5行つけると", "この作品を見はじめる", "!data-renew")
	english := r.english(r.at(""), makoto)
	sound(t, r.at(""), english)
	says(t, "bench in English", english, "compared with the last attempt", "!下書き", "Notes for mentors", r.it.Assignment.Rubric.Rows[0].Levels[3].EN)
}

// Saving half of it keeps everything, shows how the rule stands, and claims the piece: no script is needed.
func TestDraftOfAJudgement(t *testing.T) {
	r := newStaffroom(t)
	form := with(r.typed(""), "mark.plan", "1", "fix.0.text", "日付を書く", "fix.0.place", "納期は", "done", "1")
	form.Del("mark.terms")
	w := post(r.at("/draft"), form).as(makoto).of(r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != r.at("#verdict") {
		t.Fatalf("draft: %d to %s", w.Code, w.Header().Get("Location"))
	}
	page := r.page(r.at(""), makoto)
	says(t, "bench with a draft", page, "あと1行つけると", "日付を書く</textarea>", "納期は</textarea>", "ひとこと plan</textarea>", "しめのことばです</textarea>", "あと30分 あなたが見ています", "data-renew",
		`name="mark.plan" value="1" id="mark.plan-1" checked`, `id="done.1" name="done" value="1" checked`)
	says(t, "another mentor's bench", r.page(r.at(""), megumi), "伊藤 誠先生が", "まで見ています", "!しめのことば</textarea>", "!日付を書く</textarea>", `!name="verdict"`)

	post(r.at("/draft"), with(form, "mark.terms", "3")).as(makoto).of(r)
	says(t, "with every row", r.page(r.at(""), makoto), "このままだと：やり直し", "★新しい納期と、その根拠 が 1")
	post(r.at("/draft"), with(form, "mark.terms", "3", "mark.plan", "2")).as(makoto).of(r)
	says(t, "with good marks", r.page(r.at(""), makoto), "このままだと：合格")

	script := post(r.at("/draft"), form).as(makoto).with("Accept", "application/json").of(r)
	if script.Code != http.StatusOK || !strings.Contains(script.Body.String(), `"time"`) {
		t.Errorf("the script gets %d %s", script.Code, script.Body)
	}
	if w := post(r.at("/claim"), url.Values{}).as(makoto).with("Accept", "application/json").of(r); w.Code != http.StatusNoContent {
		t.Errorf("renewal: %d", w.Code)
	}
	if w := post(r.at("/claim"), url.Values{}).as(megumi).with("Accept", "application/json").of(r); w.Code != http.StatusConflict {
		t.Errorf("another's renewal: %d", w.Code)
	}
}

func TestFixFromTheBank(t *testing.T) {
	r := newStaffroom(t)
	bank := r.it.Assignment.FixBank[2]
	form := with(r.typed(""), "bank", bank.Row+" "+bank.Text.JA, "fix.0.text", "はじめの直し", "fix.0.row", "terms")
	w := post(r.at("/draft"), form).as(makoto).of(r)
	if w.Header().Get("Location") != r.at("#fixes") {
		t.Errorf("leads to %s", w.Header().Get("Location"))
	}
	says(t, "bench", r.page(r.at(""), makoto), "はじめの直し</textarea>", bank.Text.JA+"</textarea>", `<option value="`+bank.Row+`" selected>`)
}

func TestReturnAndPass(t *testing.T) {
	r := newStaffroom(t)
	form := with(r.typed("pass"), "done", "1", "key", "PASSED")
	w := post(r.at("/assessment"), form).as(makoto).of(r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/mentor" {
		t.Fatalf("pass: %d to %s", w.Code, w.Header().Get("Location"))
	}
	flash := w.Result().Cookies()
	after := get("/mentor").as(makoto).with("Cookie", flash[len(flash)-1].String()+"; "+sessionCookie+"="+makoto).of(r)
	says(t, "after passing", after.Body.String(), "合格を伝えました。", "BIZ-01 レベル2を記録しました。", "data-done", "待っている作品はありません")
	again := post(r.at("/assessment"), form).as(makoto).of(r)
	if again.Code != http.StatusSeeOther {
		t.Errorf("the same form again: %d", again.Code)
	}
	says(t, "passed", r.page(r.at(""), makoto), "合格", "この回に伝えたこと", "ひとこと plan", "直っていた", `!name="verdict"`, "!data-draft")
	if w := get("/mentor/next").as(makoto).of(r); w.Header().Get("Location") != "/mentor" {
		t.Errorf("next leads to %s", w.Header().Get("Location"))
	}
}

// What is refused comes back at its fields with everything that was typed.
func TestRefusedJudgements(t *testing.T) {
	r := newStaffroom(t)
	for _, c := range []struct {
		name string
		form url.Values
		says []string
	}{
		{"pass with a low star", with(r.typed("pass"), "mark.plan", "1"), []string{`href="#mark.plan"`, "★の行は、2以上で合格です。", `id="mark.plan-1" checked`}},
		{"pass with a gap", with(r.typed("pass"), "mark.plan", ""), []string{`href="#mark.plan"`, "この行の段階をえらんでください。"}},
		{"a mark beyond the rows", with(r.typed("pass"), "mark.plan", "7"), []string{"この行の段階をえらんでください。"}},
		{"return without a fix", r.typed("return"), []string{`href="#fix.0.text"`, "直すところを1つ書いてください。"}},
		{"a fix without its row", with(r.typed("return"), "fix.1.text", "日付"), []string{`href="#fix.0.row"`, "どの行のことかをえらんでください。", "日付</textarea>"}},
		{"no verdict", r.typed(""), []string{`href="#verdict"`, "合格か、直してもらうかをえらんでください。"}},
		{"too long", with(r.typed("pass"), "comment.plan", strings.Repeat("長", 1001)), []string{`href="#comment.plan"`, "1000文字までにしてください。", strings.Repeat("長", 1001)}},
		{"markup", with(r.typed("return"), "closing", `</textarea><script>x`), []string{`&lt;/textarea&gt;&lt;script&gt;x`, "!<script>x"}},
	} {
		w := post(r.at("/assessment"), c.form).as(makoto).of(r)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", c.name, w.Code)
		}
		says(t, c.name, w.Body.String(), append(c.says, "エラー：", "ひとこと terms</textarea>", `name="verdict" value="pass"`)...)
	}
	says(t, "kept besides", r.page(r.at(""), makoto), "ひとこと terms</textarea>")
}

// Who was too late reads what happened, and everything she wrote; she can read it, not send it.
func TestConflicts(t *testing.T) {
	r := newStaffroom(t)
	form := r.typed("pass")
	_, err := r.Desk.ClaimPiece(t.Context(), r.people[megumi], r.id)
	r.must(err)
	w := post(r.at("/assessment"), form).as(makoto).of(r)
	if w.Code != http.StatusConflict {
		t.Errorf("claimed by another: %d", w.Code)
	}
	says(t, "claimed", w.Body.String(), "ほかの先生が、先に見はじめています。", "渡部 恵先生が", "しめのことばです</textarea>", "readonly", `!name="verdict"`, "!data-draft")
	if w := post(r.at("/claim"), nil).as(makoto).of(r); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "先に見はじめています") {
		t.Errorf("claiming it: %d", w.Code)
	}
	if w := post(r.at("/draft"), with(form, "closing", "まだ書いています")).as(makoto).of(r); w.Code != http.StatusSeeOther {
		t.Errorf("a draft beside somebody's claim: %d", w.Code)
	}
	r.now = r.now.Add(31 * time.Minute)
	says(t, "free again", r.page(r.at(""), makoto), "まだ書いています</textarea>", "この作品を見はじめる")

	r.must(r.passes(megumi))
	w = post(r.at("/assessment"), form).as(makoto).of(r)
	if w.Code != http.StatusConflict {
		t.Errorf("passed by another: %d", w.Code)
	}
	says(t, "moved on", w.Body.String(), "この作品は、もう先に進んでいます。", "しめのことばです</textarea>", "今のようすを見る", `!name="verdict"`)
}

func (r *staffroom) passes(token string) error {
	form := assessForm{Verdict: "pass", Marks: map[string]string{}}
	for name, v := range r.typed("pass") {
		if row, ok := strings.CutPrefix(name, "mark."); ok {
			form.Marks[row] = v[0]
		}
		if name == "attempt" {
			form.Attempt, _ = strconv.Atoi(v[0])
		}
		if name == "version" {
			form.Version, _ = strconv.ParseInt(v[0], 10, 64)
		}
	}
	_, err := r.Desk.Assess(r.t.Context(), r.people[token], r.id, form.judgement())
	return err
}

// Her own work is closed to her, kindly, and the queue does not lead her to it.
func TestOwnWork(t *testing.T) {
	r := newStaffroom(t)
	both := r.people[haruka]
	both.Roles = []member.Role{member.Trainee, member.Mentor}
	r.people[haruka] = both
	w := get(r.at("")).as(haruka).of(r)
	if w.Code != http.StatusForbidden {
		t.Errorf("her own work: %d", w.Code)
	}
	says(t, "her own work", w.Body.String(), "自分の作品は、別の先生が見ます。", "!覚え書き")
	says(t, "her queue", r.page("/mentor", haruka), "自分の作品", "!/claim")
	if w := get("/mentor/next").as(haruka).of(r); w.Header().Get("Location") != "/mentor" {
		t.Errorf("next leads to %s", w.Header().Get("Location"))
	}
}

// A handed-in table is shown with its wrong cells marked by more than colour, and with what was expected.
func TestTableAtTheBench(t *testing.T) {
	r := newStaffroom(t)
	r.Desk.CheckTable = func(name string, content []byte, c course.TableCheck) ([]byte, string) {
		return sheet.Check(name, content, c.Answer, c.Key)
	}
	ledger := r.library.Catalog.Item(course.Ref{Course: "c2-data-entry", Module: "reading-a-spec", Item: "ledger"})
	answer := strings.TrimSpace(string(ledger.Assignment.Check.Answer))
	rows := strings.Split(answer, "\n")
	wrong := strings.Replace(strings.Join(rows[:len(rows)-2], "\n"), "朱", "<b>未", 1)
	handIn := func(who string, table string) practice.SubmissionID {
		t.Helper()
		f, err := r.Desk.StageFile(t.Context(), r.people[who], ledger.Ref, "daicho_1.csv", bytes.NewReader([]byte(table)), func([]byte) string { return "text/csv" })
		r.must(err)
		in, err := r.Desk.HandIn(t.Context(), r.people[who], ledger.Ref, desk.WorkForm{Attempt: 1, Text: "納品します。", Files: []practice.FileID{f.ID}})
		r.must(err)
		return in.Submission
	}
	page := r.page(benchPath(handIn(aoi, wrong)), makoto)
	says(t, "a wrong table", page, "範囲をこえています", "足りない行 2：U099、U100", `<span class="sign" aria-hidden="true">✗</span>`, "<del>&lt;b&gt;未</del> <ins>朱</ins>", "daicho_1.csv", "きめるのは先生です。", "!<b>未")
	if n := strings.Count(page, `class="off"`); n != 1 {
		t.Errorf("%d cells are marked, one is wrong", n)
	}
	says(t, "the answer itself", r.page(benchPath(handIn(haruka, answer)), makoto), "許される範囲", `!class="off"`)
}

// The passages of a comparison are the old text and the new one, and nothing else.
func TestCompareTexts(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"同じ文です。", "同じ文です。", "同じ文です。"},
		{"納期は11月30日です。", "納期は12月3日です。", "納期は[-11月30][+12月3]日です。"},
		{"お送りします。", "お送りします。早めに。", "お送りします。[+早めに。]"},
		{"", "新しい", "[+新しい]"},
		{"古い", "", "[-古い]"},
		{"We deliver 200 cards.", "We delivered 240 cards.", "We [-deliver 200][+delivered 240] cards."},
	} {
		var b strings.Builder
		for _, p := range compareTexts(c.before, c.after) {
			b.WriteString(map[string]string{"": p.Text, "ins": "[+" + p.Text + "]", "del": "[-" + p.Text + "]"}[p.Kind])
		}
		if b.String() != c.want {
			t.Errorf("%q to %q: %s, want %s", c.before, c.after, b.String(), c.want)
		}
	}
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"納期", "は", "12月", "11月", "3日", "、", "。", "\n", "お渡し", "できます", "𠮷", "a"}), 0, 30)
	rapid.Check(t, func(t *rapid.T) {
		before, after := strings.Join(words.Draw(t, "before"), ""), strings.Join(words.Draw(t, "after"), "")
		var old, now strings.Builder
		for _, p := range compareTexts(before, after) {
			if p.Kind != "ins" {
				old.WriteString(p.Text)
			}
			if p.Kind != "del" {
				now.WriteString(p.Text)
			}
		}
		if old.String() != before || now.String() != after {
			t.Fatalf("%q to %q became %q to %q", before, after, old.String(), now.String())
		}
	})
}
