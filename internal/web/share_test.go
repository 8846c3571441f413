package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

func init() {
	text := skill.Text{JA: "<b>葵"}
	look := desk.SharedLook{
		Name: "<b>葵", Center: member.Center{Name: "<b>葵"}, Company: "<b>葵", Until: testNow, Own: true,
	}
	part := sharedPart{
		SharedLook: look, Holder: "<b>葵", CenterName: "<b>葵", Levels: levelWords,
		Skills: []sharedSkill{{
			heldSkill: heldSkill{Title: said{Text: "<b>葵"}, Level: 2}, Standing: skill.Standing{Newest: testNow, Prior: true},
			Proofs: []sharedEvidence{{
				SharedEvidence: desk.SharedEvidence{EvidenceLook: desk.EvidenceLook{Title: text, At: testNow}, Assisted: true, Prior: true},
				Name:           said{Text: "<b>葵"}, Rows: []provenRow{{Title: said{Text: "<b>葵"}}},
			}},
		}},
		Certificates: []sharedCertificate{{
			SharedCertificate: desk.SharedCertificate{Number: "7K3Q", State: certificate.Valid, Issued: testNow}, Name: said{Text: "<b>葵"}, State: "share.state.valid", Class: "ok",
		}},
	}
	samples["share/shared"] = sharedPage{Shared: part}
	samples["share/check"] = checkSharePage{Shared: part, Leads: true, Form: shareForm{Label: "<b>葵", Skills: []string{"<b>葵"}, Certificates: []string{"<b>葵"}, Evidence: true, Name: true}}
	samples["share/list"] = sharesPage{List: []desk.ShareLine{{
		Share: store.Share{ID: 1, Label: "<b>葵", CompanyName: "<b>葵", Openings: 2}, Address: "http://x/<b>葵", Path: "/shared/x", Live: true, Last: testNow,
		Newest: []store.Opening{{At: testNow, CompanyName: "<b>葵"}},
	}}}
	samples["share/disclosures"] = disclosuresPage{List: []desk.DisclosureLine{
		{By: store.ByPosting, At: testNow, Company: "<b>葵", About: "<b>葵"}, {By: store.ByShare, At: testNow, About: "<b>葵"}, {By: store.ByVerify, At: testNow, About: "7K3Q", Looks: 2},
	}}
	samples["center/erase"] = erasePage{Look: desk.EraseLook{Member: member.Member{Name: "<b>葵", Kana: "<b>葵"}, Pieces: 2, Certificates: 1}, Name: "<b>葵"}
}

// shareFields are a form that shares all of somebody's skills.
func (v *town) shareFields(who string) url.Values {
	v.t.Helper()
	choice, err := v.Town.Desk.LookShareChoice(v.t.Context(), v.Actor(v.t, who))
	if err != nil {
		v.t.Fatal(err)
	}
	form := url.Values{"company": {"0"}, "evidence": {"on"}, "until": {choice.Until.Format(time.DateOnly)}, "label": {"お店へ"}}
	for _, s := range choice.Skills {
		form.Add("skill", string(s.Skill))
	}
	return form
}

func (v *town) says(what string, w *httptest.ResponseRecorder, status int, words ...string) {
	v.t.Helper()
	body := w.Body.String()
	if w.Code != status {
		v.t.Errorf("%s: %d, want %d", what, w.Code, status)
	}
	for _, word := range words {
		if not, ok := strings.CutPrefix(word, "!"); ok == strings.Contains(body, not) {
			v.t.Errorf("%s: %q is wrong\n%s", what, word, body)
		}
	}
}

var sharedLink = regexp.MustCompile(`href="(/shared/[A-Z2-7]{32})"`)

// The way of a link: chosen, looked at exactly as others will see it, changed, made, copied, opened, ended.
func TestShareForm(t *testing.T) {
	v := newTown(t)
	v.says("the form", get("/record/shares/new").as("yumi").of(v), 200, "名前（𠮷田 由美）を見せる", `name="evidence" value="on" checked`, `name="name" value="on"`, "!name=\"name\" value=\"on\" checked", "住所、メール、年齢")
	form := v.shareFields("yumi")
	look := post("/record/shares/new", form).as("yumi").of(v)
	v.says("the check", look, 200, "相手に見える内容", "報連相", "名前は、持ち主の希望で出していません", `value="make"`, `name="label" value="お店へ"`)
	main := look.Body.String()
	main = main[strings.Index(main, "<main"):strings.Index(main, "<form class=\"form\"")]
	for _, secret := range []string{"由美", "よしだ", "yumi@", "伊藤", "渡部", "お店へ"} {
		if strings.Contains(main, secret) {
			t.Errorf("%s would be shown", secret)
		}
	}
	form.Set("do", "edit")
	v.says("changed", post("/record/shares/new", form).as("yumi").of(v), 200, `value="お店へ"`, `value="`+form.Get("until")+`"`)
	form.Set("do", "make")
	bad := url.Values{"company": {"0"}, "until": {"2020-01-01"}, "label": {"お<b>店"}, "name": {"on"}, "do": {"make"}}
	v.says("refused", post("/record/shares/new", bad).as("yumi").of(v), 422, "エラー：", `href="#skill"`, `href="#until"`, "お&lt;b&gt;店", `name="name" value="on" checked`, `value="2020-01-01"`)

	form.Set("key", "SHAREKEY")
	w := post("/record/shares/new", form).as("yumi").of(v)
	again := post("/record/shares/new", form).as("yumi").of(v)
	if w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/record/shares#share-") || again.Header().Get("Location") != w.Header().Get("Location") {
		t.Fatalf("made: %d to %s, then %s", w.Code, w.Header().Get("Location"), again.Header().Get("Location"))
	}
	list := get("/record/shares").as("yumi").of(v)
	links := sharedLink.FindAllStringSubmatch(list.Body.String(), -1)
	if len(links) != 1 {
		t.Fatalf("%d links for the same form twice", len(links))
	}
	path := links[0][1]
	v.says("the list", list, 200, "お店へ", `value="http://tenarai.test`+path+`"`, "開かれた回数 0回", "名前なし")

	v.says("own", get(path).as("yumi").of(v), 200, "あなたのリンクの見え方", "回数には入りません")
	open := get(path).of(v)
	v.says("a stranger", open, 200, "報連相", `<meta name="robots" content="noindex">`, "持ち主に伝わります", "!由美")
	v.says("in English", get(path).with("Accept-Language", "en").of(v), 200, "Record of skills", "Reporting", "!由美")
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin"} {
		if got := open.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	v.says("opened", get("/record/shares").as("yumi").of(v), 200, "開かれた回数 1回", "リンクを持つ人")
	id := strings.TrimPrefix(w.Header().Get("Location"), "/record/shares#share-")
	v.says("not hers", post("/record/shares/"+id+"/end", url.Values{}).as("haruka").of(v), 404)
	v.says("ended", post("/record/shares/"+id+"/end", url.Values{}).as("yumi").of(v), 303)
	v.says("the list", get("/record/shares").as("yumi").of(v), 200, "終わりにしました", "!"+path)
	v.says("gone", get(path).of(v), 404)
}

// Who has stopped learning finds her links, who saw them and the consents she gave on her account page, and can end all three.
func TestSharesAfterLearning(t *testing.T) {
	v := newTown(t)
	form := v.shareFields("yumi")
	form.Set("do", "make")
	v.says("made", post("/record/shares/new", form).as("yumi").of(v), 303)
	v.says("agreed", post("/account", url.Values{"hours": {"10"}, "verify_name": {"on"}, "language": {"ja"}}).as("yumi").of(v), 303)
	yumi := v.Actor(t, "yumi")
	err := v.Town.Store.Tx(t.Context(), func(ctx context.Context) error { // past the deed, which would end the link
		err := v.Town.Store.RemoveRole(ctx, yumi.Member, yumi.Center, member.Trainee)
		return errors.Join(err, v.Town.Store.AddRole(ctx, yumi.Member, member.Membership{Center: yumi.Center, Role: member.Mentor}, testNow))
	})
	if err != nil {
		t.Fatal(err)
	}
	v.says("her account", get("/account").as("yumi").of(v), 200, `href="/record/shares"`, `href="/record/disclosures"`, `name="verify_name" value="on" checked`, `!name="share"`, `!name="hours"`)
	list := get("/record/shares").as("yumi").of(v)
	v.says("her links", list, 200, "お店へ", `href="/account"`, "!/record/shares/new", `!href="/record"`)
	v.says("who saw them", get("/record/disclosures").as("yumi").of(v), 200, `href="/account"`, `!href="/record"`)
	end := regexp.MustCompile(`/record/shares/[0-9]+/end`).FindString(list.Body.String())
	v.says("ended", post(end, url.Values{}).as("yumi").of(v), 303)
	v.says("taken back", post("/account", url.Values{"language": {"ja"}}).as("yumi").of(v), 303)
	v.says("her account then", get("/account").as("yumi").of(v), 200, `href="/record/shares"`, `!name="verify_name"`)
	v.says("an account with nothing of it", get("/account").as("mentor").of(v), 200, "!/record/shares", "!/record/disclosures", `!name="share"`)
}

var requestNumber = regexp.MustCompile(`[A-Z2-7]{12}`)

// All links that do not work are the same page, so that nothing is learned from trying; trying is limited.
func TestSharedLinksThatDoNotWork(t *testing.T) {
	v := newTown(t)
	form := v.shareFields("yumi")
	form.Set("company", fmt.Sprint(int64(v.Actor(t, "company").Company)))
	form.Set("do", "make")
	if w := post("/record/shares/new", form).as("yumi").of(v); w.Code != 303 {
		t.Fatal(w.Code)
	}
	path := sharedLink.FindStringSubmatch(get("/record/shares").as("yumi").of(v).Body.String())[1]
	page := func(path string) string {
		w := get(path).of(v)
		if w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %d, %v", path, w.Code, w.Header())
		}
		body := strings.ReplaceAll(strings.ReplaceAll(w.Body.String(), path, "/shared/X"), url.QueryEscape(path), "%2Fshared%2FX")
		return requestNumber.ReplaceAllString(body, "")
	}
	foreign, unknown := page(path), page("/shared/"+strings.Repeat("A", 32))
	if foreign != unknown || !strings.Contains(unknown, "このリンクは使えません") || !strings.Contains(unknown, `href="/login?next=%2Fshared%2FX"`) {
		t.Errorf("a company's link\n%s\nan unknown one\n%s", foreign, unknown)
	}
	v.says("the company", get(path).as("company").of(v), 200, "川連漆器の店（架空）", "!由美")
	for i := range verifyBurst + 1 {
		w := get(fmt.Sprintf("/shared/GUESS%d", i)).of(v)
		if w.Code == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("guessing is not limited")
}

// One list tells her who saw what, and leads on when it is long.
func TestDisclosuresPage(t *testing.T) {
	v := newTown(t)
	v.says("nobody yet", get("/record/disclosures").as("aoi").of(v), 200, "まだ、だれも見ていません")
	form := v.shareFields("yumi")
	form.Set("do", "make")
	post("/record/shares/new", form).as("yumi").of(v)
	path := sharedLink.FindStringSubmatch(get("/record/shares").as("yumi").of(v).Body.String())[1]
	defer v.Clock.Release()
	for range seenOnPage + 3 {
		v.Clock.Set(v.Clock.Now().Add(61 * time.Minute))
		v.says("opened", get(path).as("company").of(v), 200)
	}
	v.says("the first page", get("/record/disclosures").as("yumi").of(v), 200, "川連漆器の店（架空）", "リンク「お店へ」を開きました", `rel="next"`)
	v.says("the second page", get("/record/disclosures?page=2").as("yumi").of(v), 200, "川連漆器の店（架空）", `rel="prev"`)
	for _, page := range []string{"/record", "/account"} {
		v.says(page, get(page).as("yumi").of(v), 200, `href="/record/disclosures"`, `href="/record/shares"`)
	}
	v.says("for a company, which showed nothing", get("/record/disclosures").as("company").of(v), 200, "!お店へ", "!/shared/")
}

// Hiding a certificate closes it, and it cannot be opened while it is hidden.
func TestHideCertificate(t *testing.T) {
	v := newTown(t)
	n := v.certificateOf("yumi")
	pdf := func(status int) { t.Helper(); v.says("the PDF", get("/certificates/"+n+".pdf").of(v), status) }
	v.says("open", post("/certificates/"+n+"/public", url.Values{"public": {"on"}}).as("yumi").of(v), 303)
	pdf(200)
	v.says("another's", post("/certificates/"+n+"/hidden", url.Values{"hidden": {"on"}}).as("haruka").of(v), 404)
	v.says("hide", post("/certificates/"+n+"/hidden", url.Values{"hidden": {"on"}}).as("yumi").of(v), 303)
	pdf(404)
	v.says("open it all the same", post("/certificates/"+n+"/public", url.Values{"public": {"on"}}).as("yumi").of(v), 422, "かくした証明書です")
	v.says("show", post("/certificates/"+n+"/hidden", url.Values{}).as("yumi").of(v), 303)
	pdf(404)
}

// The names a holder chooses: what cannot be printed is named at its field, and all that was typed is kept.
func TestNamesOnCertificates(t *testing.T) {
	w := newAccountTown(t)
	token := w.in("yumi")
	w.wants(post("/account", url.Values{"printed_name": {"𠮷田\u202e"}, "latin_name": {"Yumi \U0010ffff"}, "printed_kana": {"on"}, "kana": {""}, "hours": {"12"}, "language": {"ja"}}).as(token), 422,
		`href="#printed_name"`, `href="#latin_name"`, `href="#kana"`, "U&#43;202E", "ふりがなも印刷するには", `name="printed_kana" value="on" checked`, `value="12"`)
	w.wants(post("/account", url.Values{"printed_name": {"𠮷田 由美"}, "latin_name": {"Yumi Yoshida"}, "printed_kana": {"on"}, "kana": {"よしだ ゆみ"}, "hours": {"12"}, "language": {"ja"}}).as(token), 303)
	m, err := w.Store.MemberByEmail(t.Context(), "yumi@tenarai.example")
	if err != nil || m.LatinName != "Yumi Yoshida" || !m.PrintedKana || m.PrintedName != "𠮷田 由美" {
		t.Errorf("kept %+v, %v", m, err)
	}
	w.wants(get("/account").as(token), 200, `value="Yumi Yoshida"`, `name="printed_kana" value="on" checked`)
}

// Erasing asks for the person's number, and says what goes and what stays.
func TestErasePage(t *testing.T) {
	v := newTown(t)
	id := int64(v.Actor(t, "haruka").Member)
	path := fmt.Sprintf("/center/members/%d/erase", id)
	v.says("her page leads there", get(fmt.Sprintf("/center/members/%d", id)).as("coordinator").of(v), 200, path)
	v.says("for a mentor it does not", get(fmt.Sprintf("/center/members/%d", id)).as("mentor").of(v), 200, "!"+path)
	v.says("what goes", get(path).as("coordinator").of(v), 200, "元には戻せません", "高橋 春香", "haruka@tenarai.example", "消えるもの", "残るもの")
	v.says("mistyped", post(path, url.Values{"number": {"haruka"}}).as("coordinator").of(v), 422, `href="#number"`, `value="haruka"`, "会員番号が違います")
	mentor := fmt.Sprintf("/center/members/%d/erase", int64(v.Actor(t, "mentor").Member))
	v.says("staff", get(mentor).as("admin").of(v), 200, "先に役割を外してください", "!name=\"number\"")
	v.says("staff all the same", post(mentor, url.Values{"number": {"1"}}).as("admin").of(v), 422, "先に役割を外してください")
	v.says("done", post(path, url.Values{"number": {" " + strings.Map(func(r rune) rune { return r - '0' + '０' }, fmt.Sprint(id)) + " "}}).as("coordinator").of(v), 303)
	v.says("gone", get(path).as("coordinator").of(v), 404)
}
