package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tenarai/internal/demo"
	"tenarai/internal/desk"
)

// aPath is an address of a route; its parts name things that exist in the town.
func (w *wholeTown) aPath(r route) string {
	path := r.Path
	for part, value := range map[string]string{
		":course": demo.C1, ":module": "exam", ":item": "final", ":id": "1", ":file": "1", ":number": "1", ":token": "x", ":folder": "materials", ":name": "x",
		":lang": "en", ":switch": "on", "*": "x",
	} {
		path = strings.ReplaceAll(path, part, value)
	}
	return path
}

// No deed is done because another site's page asks for it.
func TestNoDeedFromOtherSites(t *testing.T) {
	w := openTown(t)
	asked := 0
	for _, r := range w.routes() {
		if r.Method != http.MethodPost {
			continue
		}
		who := w.whoOpens(r)
		for _, h := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			res := w.send(who, post(w.aPath(r), url.Values{"version": {"1"}}).with(h[0], h[1]))
			if res.Code != http.StatusForbidden || len(res.Header().Values("Set-Cookie")) > 0 {
				t.Errorf("POST %s with %s: %s: %d", r.Path, h[0], h[1], res.Code)
			}
			asked++
		}
		if changed := w.changed(); changed != nil {
			t.Errorf("POST %s from another site changed %v", r.Path, changed)
		}
	}
	if asked < 150 {
		t.Errorf("only %d deeds asked for", asked)
	}
}

// HEAD is GET without the page, on every route; it changes as little.
func TestHeadOfEveryPage(t *testing.T) {
	w := openTown(t)
	for _, r := range w.routes() {
		if r.Method != http.MethodGet {
			continue
		}
		who, path := w.whoOpens(r), w.aPath(r)
		want := w.send(who, get(path)).Code
		w.undo()
		res := w.send(who, asked{method: http.MethodHead, path: path})
		if res.Code != want {
			t.Errorf("HEAD %s: %d, GET %d", path, res.Code, want)
		}
		w.changedNothing("HEAD "+path, r.Path)
	}
}

// Cookies beyond loopback are bound to the host and sent over TLS alone.
func TestCookiesBeyondLoopback(t *testing.T) {
	w := openTown(t)
	cfg := w.Config
	cfg.Plain = false
	s := testServer(t, cfg)
	res := post("/login", url.Values{"email": {"aoi@tenarai.example"}, "password": {demo.Password}}).of(s)
	if res.Code != http.StatusSeeOther {
		t.Fatalf("sign in: %d", res.Code)
	}
	if res.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	all := slices.Concat(res.Result().Cookies(), post("/language/en", nil).of(s).Result().Cookies(), post("/furigana/on", nil).of(s).Result().Cookies(), post("/logout", nil).of(s).Result().Cookies())
	if len(all) < 4 {
		t.Fatalf("only %d cookies", len(all))
	}
	for _, k := range all {
		if !strings.HasPrefix(k.Name, "__Host-") || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" {
			t.Errorf("cookie %s", k.Raw)
		}
	}
	plain := &http.Cookie{Name: sessionCookie, Value: all[0].Value}
	if res := get("/account").with("Cookie", plain.String()).of(s); res.Code != http.StatusSeeOther {
		t.Errorf("a cookie without the prefix opens /account: %d", res.Code)
	}
}

// tokenOf is the session that an answer opens; "" ends it.
func tokenOf(res *httptest.ResponseRecorder) (token string, set bool) {
	for _, k := range res.Result().Cookies() {
		if k.Name == sessionCookie {
			return k.Value, true
		}
	}
	return "", false
}

// A session's token is new at every sign-in and change of password or center, and dead after signing out. What an attacker
// planted in a browser never becomes somebody's session.
func TestSessionsRotateAndEnd(t *testing.T) {
	w := openTown(t)
	signIn := url.Values{"email": {"admin@tenarai.example"}, "password": {demo.Password}}
	const planted = "PLANTEDPLANTEDPLANTEDPLANTED2345"
	first, _ := tokenOf(w.send("", post("/login", signIn).with("Cookie", sessionCookie+"="+planted)))
	second, _ := tokenOf(w.send("admin", post("/login", signIn)))
	if first == "" || second == "" || first == second || first == planted || second == w.tokens["admin"] {
		t.Fatalf("tokens %q, %q", first, second)
	}
	opens := func(token string) bool {
		res := get("/account").as(token).of(w.Server)
		return res.Code == http.StatusOK
	}
	if opens(planted) || !opens(first) || !opens(second) {
		t.Error("the wrong tokens are good")
	}
	_, there := w.centers()
	w.tokens["now"] = second
	moved, set := tokenOf(w.send("now", post("/account/center", url.Values{"center": {fmt.Sprint(int64(there))}})))
	if !set || moved == second || opens(second) || !opens(moved) {
		t.Error("a change of center does not rotate the token")
	}
	w.tokens["now"] = moved
	changed, set := tokenOf(w.send("now", post("/account/password", url.Values{"password": {demo.Password}, "new_password": {"a good long secret"}})))
	if !set || changed == moved || opens(moved) || opens(first) || !opens(changed) {
		t.Error("after a change of password an old token is good")
	}
	w.tokens["now"] = changed
	out := w.send("now", post("/logout", nil))
	if ended, set := tokenOf(out); !set || ended != "" || opens(changed) || !strings.Contains(out.Header().Get("Clear-Site-Data"), `"storage"`) {
		t.Errorf("after signing out: %v", out.Header())
	}
}

// Whoever is disabled or loses a role is out at once.
func TestRightsEndAtOnce(t *testing.T) {
	w := openTown(t)
	path := func(who, deed string) string {
		return fmt.Sprintf("/admin/members/%d/%s", w.demo.Actor(t, who).Member, deed)
	}
	if res := w.send("mentor", get("/mentor")); res.Code != 200 {
		t.Fatal(res.Code)
	}
	w.send("admin", post(path("mentor", "roles"), url.Values{"roles": {"trainee"}, "company": {"0"}}))
	if res := w.send("mentor", get("/mentor")); res.Code == 200 {
		t.Error("a mentor no more, and /mentor opens")
	}
	ending := path("aoi", "disabled")
	w.send("admin", post(ending, url.Values{"disabled": {"1"}}))
	if res := get("/learn").as(w.tokens["aoi"]).of(w.Server); res.Code != http.StatusSeeOther {
		t.Errorf("disabled, and /learn answers %d", res.Code)
	}
}

// Where somebody goes after signing in, or after changing the language, is always ours.
func TestNobodyIsLedAway(t *testing.T) {
	w := openTown(t)
	for _, next := range []string{
		"//evil.example", "https://evil.example", "http:evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "///evil.example", "/%09/evil.example",
		" //evil.example", "javascript:alert(1)", "data:text/html,x", "/..//evil.example", "?x", "evil.example", "/@evil.example", "//evil.example/%2f..", "/login", "/login?next=//evil.example", "\u2028//evil.example",
	} {
		for _, a := range []asked{
			post("/login", url.Values{"email": {"aoi@tenarai.example"}, "password": {demo.Password}, "next": {next}}),
			post("/language/ja", url.Values{"next": {next}}), post("/furigana/on", url.Values{"next": {next}}),
			get("/login?next=" + url.QueryEscape(next)).as("aoi"),
		} {
			who := a.token
			to := w.send(who, a).Header().Get("Location") // send holds that it is a path of ours
			u, err := url.Parse(to)
			if err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(to, "\\\t\n") {
				t.Errorf("%s %s with next=%q leads to %q", a.method, a.path, next, to)
			}
		}
		w.undo()
	}
}

// What people handed in, and what is exported, is a file to keep: it is never shown as a page of ours.
func TestDownloadsAreFiles(t *testing.T) {
	w := openTown(t)
	names := w.rightsTown()
	for path, who := range map[string]string{
		"/files/{file}": "mentor", "/files/{staged}": "haruka", "/center/cohorts/{cohort}/progress.csv": "coordinator", "/center/cohorts/{cohort}/progress.xlsx": "coordinator",
		"/certificates/{number}.pdf": "yumi", "{ledger}/files/materials/ledger-read-aloud.txt": "aoi",
	} {
		res := w.send(who, get(names.Replace(path)))
		h := res.Header()
		if res.Code != 200 || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("Content-Security-Policy") != downloadPolicy || strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d, %v", path, res.Code, h)
		}
	}
	res := w.send("haruka", get(names.Replace("/files/{picture}/picture")))
	if res.Code != 200 || res.Header().Get("Content-Type") != "image/jpeg" || res.Header().Get("Content-Security-Policy") != downloadPolicy {
		t.Errorf("a picture: %d, %v", res.Code, res.Header())
	}
	first := w.send("yumi", get(names.Replace("/certificates/{number}.pdf"))).Body.Bytes()
	if again := w.send("mentor", get(names.Replace("/certificates/{number}.pdf"))).Body.Bytes(); len(first) == 0 || !bytes.Equal(first, again) {
		t.Error("a certificate has other bytes the second time")
	}
}

// Signing in as somebody unknown costs as much work as with a wrong password, and says the same.
func TestUnknownAccountsTakeAsLong(t *testing.T) {
	w := openTown(t)
	w.demo.Desk.Passwords = desk.HashCost{MemoryKiB: 32 << 10, Passes: 2}
	if res := w.send("aoi", post("/account/password", url.Values{"password": {demo.Password}, "new_password": {"a good long secret"}})); res.Code != http.StatusSeeOther {
		t.Fatalf("change of password: %d", res.Code)
	}
	w.keep()
	fastest := func(email string) (took time.Duration, says string) {
		took = time.Hour
		for range 5 {
			begin := time.Now()
			res := w.send("", post("/login", url.Values{"email": {email}, "password": {"wrong"}}))
			took = min(took, time.Since(begin))
			doc, err := goquery.NewDocumentFromReader(res.Body)
			w.must(err)
			says = fmt.Sprint(res.Code, doc.Find(".errors").Text())
			w.undo()
		}
		return took, says
	}
	known, saysKnown := fastest("aoi@tenarai.example")
	unknown, saysUnknown := fastest("nobody@tenarai.example")
	if saysKnown != saysUnknown || !strings.HasPrefix(saysKnown, "422") {
		t.Errorf("a wrong password: %s; an unknown address: %s", saysKnown, saysUnknown)
	}
	if unknown < known/3 || known < unknown/3 {
		t.Errorf("a wrong password takes %v, an unknown address %v", known, unknown)
	}
	if _, _, err := w.demo.Desk.SignIn(context.Background(), "aoi@tenarai.example", "a good long secret", ""); err != nil {
		t.Errorf("the right password: %v", err)
	}
}

// The weight of a first visit, packed: HTML, CSS and JS at most 60 KB together, CSS 16, JS 20, at most ten requests.
func TestWeightOfFirstVisits(t *testing.T) {
	w := openTown(t)
	w.Config.Demo = nil
	for path, who := range map[string]string{"/": "", "/login": "", "/learn": "yumi", "/mentor": "mentor", "/center": "coordinator", "/company": "company"} {
		total, requests, by := 0, 1, map[string]int{}
		page, size := w.packed(who, path)
		total += size
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(page))
		w.must(err)
		doc.Find("link[href], script[src], img[src]").Each(func(_ int, s *goquery.Selection) {
			address := s.AttrOr("href", s.AttrOr("src", ""))
			_, size := w.packed(who, address)
			requests++
			kind := address[strings.LastIndex(address, ".")+1:]
			by[kind] += size
			if kind == "css" || kind == "js" {
				total += size
			}
		})
		if total > 60<<10 || by["css"] > 16<<10 || by["js"] > 20<<10 || requests > 10 || by["css"] == 0 || by["js"] == 0 {
			t.Errorf("%s as %q weighs %d bytes (%v) in %d requests", path, who, total, by, requests)
		}
	}
}

// packed is an answer as it travels, and what it is.
func (w *wholeTown) packed(who, path string) (plain []byte, size int) {
	w.t.Helper()
	res := w.send(who, get(path).with("Accept-Encoding", "gzip"))
	if res.Code != 200 {
		w.t.Fatalf("%s: %d", path, res.Code)
	}
	size = res.Body.Len()
	if res.Header().Get("Content-Encoding") != "gzip" {
		return res.Body.Bytes(), size
	}
	z, err := gzip.NewReader(res.Body)
	w.must(err)
	plain, err = io.ReadAll(z)
	w.must(err)
	return plain, size
}
