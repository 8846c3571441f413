package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/need"
)

// tells holds an answer's status and words, "!" before those that must not be there; the page must be sound.
func (w *wholeTown) tells(status int, who string, a asked, words ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	res := w.expect(status, who, a)
	body := res.Body.String()
	for _, word := range words {
		if not, ok := strings.CutPrefix(word, "!"); ok == strings.Contains(body, not) {
			w.t.Errorf("%s %s as %q: %q is wrong", a.method, a.path, who, word)
		}
	}
	return res
}

// numberOf is the number of somebody's certificate of a kind, the oldest.
func (w *wholeTown) numberOf(who string, kind certificate.Kind) string {
	w.t.Helper()
	return w.one(`SELECT c.number FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = ? AND g.kind = ? ORDER BY c.id`,
		int64(w.demo.Actor(w.t, who).Member), kind)
}

// giveMany gives somebody certificates of courses that nobody teaches any more.
func (w *wholeTown) giveMany(who string, n int) {
	w.t.Helper()
	a, s := w.demo.Actor(w.t, who), w.demo.Store
	w.must(s.Tx(w.t.Context(), func(ctx context.Context) error {
		for i := range n {
			g := certificate.Grant{Member: a.Member, Center: a.Center, Kind: certificate.KindCourse, Subject: fmt.Sprintf("old-%d", i), Edition: "1", At: demotest.Now}
			id, err := s.AddGrant(ctx, g)
			if err != nil {
				return err
			}
			c := certificate.Certificate{Grant: id, Revision: 1, Number: certificate.NewNumber(fmt.Appendf(nil, "many-%05d", i)), Issued: demotest.Now}
			c.Snapshot = certificate.Snapshot{Kind: g.Kind, Name: "昔の人", Topic: course.Text{JA: fmt.Sprintf("昔の講座 %d", i)}}
			if _, err := s.AddCertificate(ctx, a.Center, c, 0); err != nil {
				return err
			}
		}
		return nil
	}))
}

// printedText is what a PDF says.
func printedText(t *testing.T, doc []byte) string {
	t.Helper()
	return outside(t, doc, "pdftotext", "-q", "-", "-")
}

// outside runs a program over a file that it reads from its standard input.
func outside(t *testing.T, file []byte, name string, args ...string) string {
	t.Helper()
	need.Program(t, name)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(string(file))
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s %v: %v", name, args, err)
	}
	return string(out)
}

// A center's certificates are found by how they stand, what for, whose, and by a number however it is typed.
func TestCertificatesList(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	yumi, naoko, skill := w.numberOf("yumi", certificate.KindCourse), w.numberOf("naoko", certificate.KindCourse), w.numberOf("yumi", certificate.KindSkill)
	kenji := w.numberOf("kenji", certificate.KindProgramme)
	wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, yumi)
	row := func(n string) string { return `href="/center/certificates/` + n + `"` }
	for _, c := range []struct {
		who, query string
		status     int
		words      []string
	}{
		{"", "", 303, nil},
		{"yumi", "", 403, nil},
		{"mentor", "", 403, nil},
		{"y-coordinator", "", 200, []string{"証明書はまだありません", "講座を終えた人が出ると", "!" + yumi}},
		{"coordinator", "", 200, []string{row(yumi), row(skill), row(kenji), "有効", `href="/center/design"`}},
		{"admin", "?state=valid", 200, []string{row(yumi), `<option value="valid" selected>`}},
		{"coordinator", "?state=revoked", 200, []string{"見つかりませんでした", "条件をゆるめて", `href="/center/certificates"`, "!" + yumi}},
		{"coordinator", "?kind=programme", 200, []string{row(kenji), "!" + row(yumi)}},
		{"coordinator", "?kind=skill&state=valid", 200, []string{row(skill), "!" + row(yumi)}},
		{"coordinator", "?q=" + url.QueryEscape("由美"), 200, []string{row(yumi), "!" + row(naoko), `value="由美"`}},
		{"coordinator", "?q=" + url.QueryEscape("よしだ"), 200, []string{row(yumi), "!" + row(naoko)}},
		{"coordinator", "?q=" + yumi, 200, []string{row(yumi), "!" + row(naoko)}},
		{"coordinator", "?q=" + strings.ToLower(yumi), 200, []string{row(yumi), "!" + row(naoko)}},
		{"coordinator", "?q=" + url.QueryEscape(" "+wide+"　"), 200, []string{row(yumi), "!" + row(naoko)}},
		{"coordinator", "?q=" + strings.ReplaceAll(yumi, "-", ""), 200, []string{row(yumi), "!" + row(naoko)}},
		{"coordinator", "?q=%25", 200, []string{"見つかりませんでした"}},
		{"coordinator", "?q=%3Cscript%3E%00%FF", 200, []string{"見つかりませんでした", "!<script>"}},
		{"coordinator", "?state=%3Cb%3E&kind=nonsense&page=-1", 200, []string{row(yumi), row(kenji), "!<b>&gt;"}},
	} {
		w.tells(c.status, c.who, get("/center/certificates"+c.query), c.words...)
	}
	w.giveMany("naoko", desk.CertificatesOnPage+5)
	w.tells(200, "coordinator", get("/center/certificates"), "昔の講座", `rel="next"`, "!"+row(yumi))
	w.tells(200, "coordinator", get("/center/certificates?page=2"), row(yumi), `rel="prev"`)
	w.tells(200, "coordinator", get("/center/certificates?page=99999999"), row(naoko))
	w.tells(200, "coordinator", get("/center/certificates"), "!center.")

	w.demo.Clock.Set(demotest.Now.AddDate(1, 1, 0))
	defer w.demo.Clock.Release()
	w.signInAs("coordinator")
	w.tells(200, "coordinator", get("/center/certificates?state=lapsed"), row(skill), "期限切れ", "!"+row(yumi))
	w.tells(200, "coordinator", get("/center/certificates?state=valid&kind=skill"), "!"+row(skill))
}

// What these pages cost does not grow with what stands on them.
func TestCertificatePagesCostTheSame(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	cohort := w.one(`SELECT MIN(cohort_id) FROM enrolment WHERE member_id = ?`, int64(w.demo.Actor(t, "yumi").Member))
	cost := func(path string) int {
		w.demo.Queries()
		w.tells(200, "coordinator", get(path))
		return len(w.demo.Queries())
	}
	few := map[string]int{}
	for _, path := range []string{"/center/certificates", "/center/certificates?state=valid", "/center/cohorts/" + cohort + "/certificates"} {
		few[path] = cost(path)
	}
	w.giveMany("yumi", desk.CertificatesOnPage-10)
	for path, n := range few {
		if again := cost(path); again != n || n > 12 {
			t.Errorf("%s: %d queries, then %d", path, n, again)
		}
	}
	person := func(name string) string {
		return fmt.Sprintf("/center/members/%d/record", w.demo.Actor(t, name).Member)
	}
	if little, much := cost(person("aoi")), cost(person("yumi")); much > little+1 { // the names of those who judged
		t.Errorf("the ledger: %d queries of nothing, %d of much", little, much)
	}
}

// A revocation needs a reason and a yes; what was typed stays. Then everything that tells of the certificate agrees.
func TestRevokeCertificatePage(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	n := w.numberOf("yumi", certificate.KindCourse)
	path := "/center/certificates/" + n
	const note = "電話で <b>本人に</b> 確かめた"
	typed := "電話で &lt;b&gt;本人に&lt;/b&gt; 確かめた</textarea>"
	w.tells(200, "coordinator", get(path), "有効", `action="`+path+`/revocation"`, `href="/certificates/`+n+`.pdf"`, "先に、ご本人が")
	w.tells(422, "coordinator", post(path+"/revocation", url.Values{"note": {note}}), "エラー：", `href="#reason"`, "理由を選んでください", `href="#confirm"`, "チェックを入れて", typed)
	w.tells(422, "coordinator", post(path+"/revocation", url.Values{"note": {note}, "reason": {"not_own_work"}}), `href="#confirm"`, `!href="#reason"`, typed, `value="not_own_work" checked`)
	w.tells(422, "coordinator", post(path+"/revocation", url.Values{"note": {note}, "reason": {"name_changed"}, "confirm": {"on"}}), `href="#reason"`, typed, `name="confirm" value="on" checked`)
	w.tells(422, "coordinator", post(path+"/revocation", url.Values{"note": {strings.Repeat("あ", 301)}, "reason": {"not_own_work"}, "confirm": {"on"}}), `href="#note"`, strings.Repeat("あ", 301))
	if w.one(`SELECT COUNT(*) FROM certificate_change`) != "0" {
		t.Error("a refused form changed something")
	}
	if text := printedText(t, w.send("yumi", get("/certificates/"+n+".pdf")).Body.Bytes()); strings.Contains(text, "取消") {
		t.Error("revoked too early")
	}

	form := url.Values{"note": {note}, "reason": {"not_own_work"}, "confirm": {"on"}, "key": {"REVOCATIONKEY"}}
	for range 2 { // the same form sent twice
		if res := w.expect(303, "coordinator", post(path+"/revocation", form)); res.Header().Get("Location") != path {
			t.Errorf("leads to %s", res.Header().Get("Location"))
		}
	}
	if got := w.one(`SELECT COUNT(*) || ' ' || MAX(note) FROM certificate_change`); got != "1 "+note {
		t.Errorf("changes: %s", got)
	}
	w.tells(200, "coordinator", get(path), "取り消し", "本人の作品ではなかったため", "確かめた", "センターのメモ", "!/revocation")
	w.tells(200, "coordinator", get("/center/certificates?state=revoked"), n)
	w.tells(200, "", get("/verify/"+n), "取り消された証明書です", "本人の作品ではなかったため", "!電話で", "!有効な証明書です")
	w.tells(200, "yumi", get("/record"), n, "取り消し", "!電話で")
	if text := printedText(t, w.send("yumi", get("/certificates/"+n+".pdf")).Body.Bytes()); !strings.Contains(text, "取消") || strings.Contains(text, "電話で") {
		t.Errorf("the PDF says %s", text)
	}
	if res := w.send("yumi", get("/credentials/"+n+".jwt")); res.Code != http.StatusOK || strings.Count(res.Body.String(), ".") != 2 {
		t.Errorf("its JWT: %d", res.Code)
	}
	form.Set("key", "ANOTHERKEY")
	w.tells(409, "coordinator", post(path+"/revocation", form), "この証明書は、もう変わっています")
	w.tells(409, "coordinator", post(path+"/correction", url.Values{}), "もう変わっています")
	w.tells(409, "coordinator", post(path+"/renewal", url.Values{}), "もう変わっています")
}

// When the holder's printed name has changed, the certificate is issued anew, once, and the old one leads there.
func TestCorrectCertificatePage(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	n := w.numberOf("yumi", certificate.KindCourse)
	path := "/center/certificates/" + n
	w.tells(409, "coordinator", post(path+"/correction", url.Values{}), "前と同じです")
	_, err := w.demo.Desk.SaveProfile(t.Context(), w.demo.Actor(t, "yumi"), desk.ProfileForm{PrintedName: "髙橋 由美", HoursWeek: 10, Share: true, Language: "ja"})
	w.must(err)
	w.tells(200, "coordinator", get(path), "いまのお名前で新しく出します")
	form, to := url.Values{"key": {"CORRECTIONKEY"}}, ""
	for i := range 2 {
		res := w.expect(303, "coordinator", post(path+"/correction", form))
		if i == 1 && res.Header().Get("Location") != to {
			t.Errorf("sent twice it leads to %s and %s", to, res.Header().Get("Location"))
		}
		to = res.Header().Get("Location")
	}
	next := strings.TrimPrefix(to, "/center/certificates/")
	if next == n || w.one(`SELECT COUNT(*) FROM certificate_change`) != "1" {
		t.Errorf("corrected to %s", next)
	}
	w.tells(200, "coordinator", get(to), "髙橋 由美", "お名前を直して発行", "お名前が変わったため", `href="`+path+`"`, "有効", "差し替え済み")
	w.tells(200, "", get("/verify/"+n), "新しい証明書に替わりました", `href="/verify/`+next+`"`)
	w.tells(200, "", get("/verify/"+next), "有効な証明書です")
	w.tells(200, "coordinator", get("/center/certificates?q="+url.QueryEscape("髙橋")), next)
}

// An award is taken out of what counts on its holder's page alone; a refused form stays open with what was typed.
func TestLedgerPage(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	page := fmt.Sprintf("/center/members/%d/record", w.demo.Actor(t, "yumi").Member)
	award := w.one(`SELECT MAX(id) FROM award WHERE member_id = ?`, int64(w.demo.Actor(t, "yumi").Member))
	path := page + "/" + award
	w.tells(200, "coordinator", get(page), `action="`+path+`"`, "消えることはありません", "!<details open>")
	w.tells(200, "coordinator", get(fmt.Sprintf("/center/members/%d/record", w.demo.Actor(t, "aoi").Member)), "まだ何もありません", "課題に合格すると")
	w.tells(403, "mentor", get(page))
	w.tells(404, "y-coordinator", get(page))

	res := w.tells(422, "coordinator", post(path, url.Values{"note": {"別の人の <作品>"}}), "エラー：", `href="#reason"`, `href="#confirm"`, "別の人の &lt;作品&gt;</textarea>")
	doc, err := goquery.NewDocumentFromReader(res.Body)
	w.must(err)
	open := doc.Find("details[open]")
	if open.Length() != 1 || open.Find("form").AttrOr("action", "") != path || open.Find(".wrong").Length() != 2 || doc.Find(".ledger .wrong").Length() != 2 {
		t.Errorf("%d forms are open, %d problems told", open.Length(), doc.Find(".ledger .wrong").Length())
	}
	w.tells(422, "coordinator", post(path, url.Values{"note": {strings.Repeat("あ", 301)}, "reason": {"judged_in_error"}, "confirm": {"on"}}), `href="#note"`, `value="judged_in_error" checked`)
	form := url.Values{"note": {"別の人の作品"}, "reason": {"judged_in_error"}, "confirm": {"on"}, "key": {"AWARDKEY"}}
	w.tells(404, "coordinator", post(fmt.Sprintf("/center/members/%d/record/%s", w.demo.Actor(t, "haruka").Member, award), withMore(form, url.Values{"key": {"ELSEWHERE"}})))
	for range 2 {
		if res := w.expect(303, "coordinator", post(path, form)); res.Header().Get("Location") != page {
			t.Errorf("leads to %s", res.Header().Get("Location"))
		}
	}
	if got := w.one(`SELECT COUNT(*) FROM event WHERE action = 'award.revoked'`); got != "1" {
		t.Errorf("%s events", got)
	}
	w.tells(200, "coordinator", get(page), "取り消しずみ", "評価にまちがいがあった", "別の人の作品", `!action="`+path+`"`)
	w.tells(200, "yumi", get("/record"), "!別の人の作品")
	form.Set("key", "AGAIN")
	w.tells(409, "coordinator", post(path, form), "もう取り消されています")
	for _, id := range []string{"0", "-1", "x", "99999999999999999999"} {
		w.tells(404, "coordinator", post(page+"/"+id, form))
	}
}
