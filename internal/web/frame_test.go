package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

type ctx = context.Context

var titleOf = regexp.MustCompile(`<title>(.*?)</title>`)

func TestHeadersOnEveryAnswer(t *testing.T) {
	s := testServer(t, testConfig(t), route{
		Method: http.MethodGet, Path: "/panic", Access: Anyone,
		Handle: func(echo.Context, desk.Actor) error { panic("oh") },
	})
	for path, status := range map[string]int{"/": 200, "/login": 200, "/nothing": 404, "/static/x": 404, "/panic": 500, "/healthz": 200} {
		w := get(path).of(s)
		if w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
		for name, want := range securityHeaders {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s has no request id", path)
		}
	}
	if csp := securityHeaders["Content-Security-Policy"]; strings.Contains(csp, "unsafe") {
		t.Error(csp)
	}
	if cache := get("/login").as("mentor-token").of(s).Header().Get("Cache-Control"); cache != "no-store" {
		t.Errorf("a signed-in answer says %q", cache)
	}
}

func TestCookiesAreBoundToTheHost(t *testing.T) {
	cfg := testConfig(t)
	cfg.Plain = false
	s := testServer(t, cfg)
	w := post("/login", url.Values{"email": {"aoi@tenarai.example"}, "password": {"tenarai-demo"}}).of(s)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	k := cookies[0]
	if k.Name != "__Host-tenarai" || !k.Secure || !k.HttpOnly || k.Path != "/" || k.Domain != "" || k.SameSite != http.SameSiteLaxMode {
		t.Errorf("%+v", k)
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS where cookies are Secure")
	}
}

func TestSignIn(t *testing.T) {
	s := testServer(t, testConfig(t))
	good := url.Values{"email": {" aoi@tenarai.example"}, "password": {"tenarai-demo"}}
	for next, want := range map[string]string{
		"": "/learn", "/courses/c1": "/courses/c1", "https://evil.example/": "/learn", "//evil.example": "/learn", "/\\evil.example": "/learn",
		"/login?next=/x": "/learn", "javascript:alert(1)": "/learn",
	} {
		good.Set("next", next)
		w := post("/login", good).of(s)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("next %q: %d to %q, want %q", next, w.Code, w.Header().Get("Location"), want)
		}
	}
	w := post("/login", url.Values{"email": {"aoi@tenarai.example"}, "password": {"wrong-secret"}, "next": {"/record"}}).of(s)
	body := w.Body.String()
	if w.Code != 422 || !strings.HasPrefix(titleOf.FindStringSubmatch(body)[1], "エラー：") {
		t.Errorf("%d %s", w.Code, titleOf.FindString(body))
	}
	for _, kept := range []string{`value="aoi@tenarai.example"`, `value="/record"`, `id="errors-title"`} {
		if !strings.Contains(body, kept) {
			t.Errorf("%s is lost", kept)
		}
	}
	if strings.Contains(body, "wrong-secret") {
		t.Error("the password comes back")
	}
	if to := get("/").as("trainee-token").of(s).Header().Get("Location"); to != "/learn" {
		t.Errorf("home of a trainee is %s", to)
	}
}

func TestOwnPaths(t *testing.T) {
	for address, own := range map[string]bool{
		"/": true, "/a/b?c=d": true, "/名前": true, "": false, "a": false, "//x": false, "/\\x": false, "/\t/x": false, "/a\nb": false, "\\\\x": false,
		"http://x/": false, "javascript:x": false, "/%zz": false, "/" + strings.Repeat("a", 3000): false,
	} {
		if got := ownPath(address); (got == address) != own && address != "/" {
			t.Errorf("%q: %q", address, got)
		}
	}
}

func TestSignInIsLimitedByAddress(t *testing.T) {
	s := testServer(t, testConfig(t))
	form := url.Values{"email": {"a@b.example"}, "password": {"x"}}
	last := 0
	for i := range loginBurst + 5 {
		// a client's X-Forwarded-For must not make it another client
		last = post("/login", form).with("X-Forwarded-For", "10.0.0."+string(rune('0'+i%10))).of(s).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after %d tries: %d", loginBurst+5, last)
	}
}

func TestTrustedProxies(t *testing.T) {
	of := func(proxies ...netip.Prefix) string {
		r, _ := http.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header = "10.1.2.3:4", http.Header{"X-Forwarded-For": {"203.0.113.9"}}
		return extractIP(proxies)(r)
	}
	if got := of(); got != "10.1.2.3" {
		t.Errorf("without a proxy: %s", got)
	}
	if got := of(netip.MustParsePrefix("10.0.0.0/8")); got != "203.0.113.9" {
		t.Errorf("behind the proxy: %s", got)
	}
	if got := of(netip.MustParsePrefix("192.0.2.0/24")); got != "10.1.2.3" {
		t.Errorf("behind another: %s", got)
	}
}

func TestSignOut(t *testing.T) {
	var ended string
	cfg := testConfig(t)
	cfg.SignOut = func(_ ctx, token string) error { ended = token; return nil }
	s := testServer(t, cfg)
	w := post("/logout", nil).as("trainee-token").of(s)
	if w.Code != 303 || ended != "trainee-token" || !strings.Contains(w.Header().Get("Clear-Site-Data"), "storage") {
		t.Errorf("%d, ended %q, %v", w.Code, ended, w.Header())
	}
	if again := post("/logout", nil).of(s); again.Code != 303 {
		t.Errorf("signing out twice: %d", again.Code)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	s := testServer(t, testConfig(t))
	for name, c := range map[string]struct {
		header, value string
		want          int
	}{
		"cross-site": {"Sec-Fetch-Site", "cross-site", 403}, "same-site": {"Sec-Fetch-Site", "same-site", 403},
		"origin": {"Origin", "https://evil.example", 403}, "own": {"Sec-Fetch-Site", "same-origin", 303}, "none": {"X-Nothing", "x", 303},
	} {
		if w := post("/language/en", nil).with(c.header, c.value).of(s); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	var kept string
	cfg := testConfig(t)
	cfg.SetLanguage = func(_ ctx, a desk.Actor, lang string) error { kept = a.Name + " " + lang; return nil }
	s := testServer(t, cfg)
	for name, c := range map[string]struct {
		ask  asked
		want string
	}{
		"default": {get("/"), "ja"}, "header": {get("/").with("Accept-Language", "en-GB"), "en"},
		"cookie before header": {get("/").with("Accept-Language", "en").with("Cookie", "tenarai-language=ja"), "ja"},
		"nonsense":             {get("/").with("Cookie", "tenarai-language=../x"), "ja"},
		"the person's own":     {get("/nothing").as("mentor-token"), "en"},
	} {
		if body := c.ask.of(s).Body.String(); !strings.Contains(body, `<html lang="`+c.want+`"`) {
			t.Errorf("%s: not in %s", name, c.want)
		}
	}
	w := post("/language/en", url.Values{"next": {"/record?x=1"}}).as("trainee-token").of(s)
	if w.Header().Get("Location") != "/record?x=1" || kept != "佐藤 葵 en" {
		t.Errorf("to %q, kept %q", w.Header().Get("Location"), kept)
	}
	if w := post("/language/fr", nil).of(s); w.Code != 404 {
		t.Errorf("French: %d", w.Code)
	}
	if w := post("/furigana/on", url.Values{"next": {"//evil.example"}}).of(s); w.Header().Get("Location") != "/" {
		t.Errorf("leads away to %q", w.Header().Get("Location"))
	}
}

// Readers of both languages at once get their own: the functions of a template speak one language for ever.
func TestReadersKeepTheirLanguage(t *testing.T) {
	s := testServer(t, testConfig(t))
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			lang, word := "ja", "学んで、家から働く"
			if i%2 == 1 {
				lang, word = "en", "Learn, and work from home"
			}
			if body := get("/").with("Accept-Language", lang).of(s).Body.String(); !strings.Contains(body, word) {
				t.Errorf("%s is missing", word)
			}
		})
	}
	wg.Wait()
}

func TestProblemsBecomeAnswers(t *testing.T) {
	var err error
	s := testServer(t, testConfig(t), route{
		Method: http.MethodPost, Path: "/p", Access: Anyone,
		Handle: func(echo.Context, desk.Actor) error { return err },
	})
	for _, c := range []struct {
		err  error
		want int
		says string
	}{
		{problem.At("x", "form.number"), 422, "数字で入れてください。"},
		{problem.Forbid("web.cross_site"), 403, "ほかのサイトからは送れません。"},
		{problem.Missing("form.number"), 404, "ページが見つかりません"},
		{problem.Clash("form.number"), 409, "先に進んでいました"},
		{errors.New("secret of the database"), 500, "もう一度送る"},
		{echo.ErrStatusRequestEntityTooLarge, 413, "大きすぎます"},
	} {
		err = c.err
		w := post("/p", url.Values{"work": {`長い文"><script>`}, "key": {"ABC"}}).of(s)
		body := w.Body.String()
		if w.Code != c.want || !strings.Contains(body, c.says) || strings.Contains(body, "secret") || strings.Contains(body, "<script>") {
			t.Errorf("%v: %d\n%s", c.err, w.Code, body)
		}
		if keeps := strings.Contains(body, `name="work" value="長い文`); keeps != (c.want == 500) {
			t.Errorf("%v: what was sent is kept: %v", c.err, keeps)
		}
	}
	err = errors.New("boom")
	if w := post("/p", url.Values{"password": {"hunter2"}}).of(s); strings.Contains(w.Body.String(), "hunter2") {
		t.Error("a password comes back")
	}
	if w := post("/p", nil).with("Accept", "application/json").of(s); w.Code != 500 || strings.TrimSpace(w.Body.String()) != "{}" {
		t.Errorf("the script gets %d %s", w.Code, w.Body)
	}
}

// Somebody whose session ended while she wrote keeps what she wrote.
func TestLostSessionKeepsTyping(t *testing.T) {
	s := testServer(t, testConfig(t), route{Method: http.MethodPost, Path: "/w", Access: SignedIn, Handle: func(echo.Context, desk.Actor) error { return nil }})
	w := post("/w", url.Values{"work": {"三時間かけた文"}}).as("old-token").of(s)
	for _, want := range []string{`action="/w"`, `value="三時間かけた文"`, `href="/login"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d without %s", w.Code, want)
		}
	}
	if w := post("/w", nil).as("old-token").with("Accept", "application/json").of(s); w.Code != 401 {
		t.Errorf("the script gets %d", w.Code)
	}
}

func TestFlashIsSaidOnce(t *testing.T) {
	s := testServer(t, testConfig(t))
	w := post("/logout", nil).of(s)
	var flash *http.Cookie
	for _, k := range w.Result().Cookies() {
		if k.Name == flashCookie {
			flash = k
		}
	}
	if flash == nil {
		t.Fatal("no flash")
	}
	next := get("/").with("Cookie", flash.Name+"="+flash.Value).of(s)
	if !strings.Contains(next.Body.String(), "サインアウトしました。") || !strings.Contains(next.Header().Get("Set-Cookie"), flashCookie+"=;") {
		t.Errorf("not said, or not forgotten: %v", next.Header())
	}
	if bad := get("/").with("Cookie", flashCookie+"=%%%").of(s); bad.Code != 200 || strings.Contains(bad.Body.String(), `class="flash"`) {
		t.Error("nonsense is said")
	}
}

func TestLogSaysNothingPersonal(t *testing.T) {
	var out bytes.Buffer
	cfg := testConfig(t)
	cfg.Log = slog.New(slog.NewJSONHandler(&out, nil))
	s := testServer(t, cfg)
	post("/login?q=SECRET1", url.Values{"email": {"SECRET2@x.example"}, "password": {"SECRET3"}}).as("SECRET4").of(s)
	get("/members/SECRET5%0Aforged").of(s)
	if strings.Contains(out.String(), "SECRET") {
		t.Error(out.String())
	}
	for line := range strings.Lines(out.String()) {
		var entry struct {
			Msg, Route, ID string
			Status         int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Status == 0 || entry.Route == "" || entry.ID == "" {
			t.Errorf("%v in %s", err, line)
		}
	}
}

func TestReady(t *testing.T) {
	cfg := testConfig(t)
	var err error
	cfg.Ready = func(ctx) error { return err }
	s := testServer(t, cfg)
	if w := get("/readyz").of(s); w.Code != 200 {
		t.Errorf("ready: %d", w.Code)
	}
	err = errors.New("no database")
	if w := get("/readyz").of(s); w.Code != 503 || strings.Contains(w.Body.String(), "database") {
		t.Errorf("unready: %d %s", w.Code, w.Body)
	}
}

// A broken error page falls back on the one rendered at start.
func TestPageOfLastResort(t *testing.T) {
	cfg := testConfig(t)
	s := testServer(t, cfg, route{Method: http.MethodGet, Path: "/x", Access: Anyone, Handle: func(echo.Context, desk.Actor) error { return errors.New("x") }})
	s.pages = &pages{}
	if w := get("/x").of(s); w.Code != 500 || !strings.Contains(w.Body.String(), "うまくいきませんでした") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestBrokenTemplatesStopTheStart(t *testing.T) {
	for name, text := range map[string]string{"syntax": `{{define "main"}}{{`, "no main": `x`, "unknown function": `{{define "main"}}{{nonsense}}{{end}}`} {
		cfg := testConfig(t)
		files := fstest.MapFS{}
		for _, f := range []string{"layout/layout.html", "layout/header.html", "parts/page.html", "parts/form.html", "public/login.html", "public/error.html", "public/styleguide.html"} {
			b, err := os.ReadFile("../../templates/" + f)
			if err != nil {
				t.Fatal(err)
			}
			files[f] = &fstest.MapFile{Data: b}
		}
		files["public/welcome.html"] = &fstest.MapFile{Data: []byte(text)}
		cfg.Templates = files
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: the server starts", name)
		}
	}
}

var links = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// Weight of the first visit: HTML + CSS + JS at most 60 KB packed, CSS 16, JS 20, at most ten requests, nothing from elsewhere.
func TestWeightAndStaticFiles(t *testing.T) {
	s := testServer(t, testConfig(t))
	w := get("/").with("Accept-Encoding", "gzip").of(s)
	total := w.Body.Len()
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	found := links.FindAllSubmatch(page, -1)
	if len(found) < 3 || len(found) > 9 {
		t.Errorf("%d files", len(found))
	}
	limit := map[string]int{"css": 16 << 10, "js": 20 << 10, "icons": 8 << 10}
	for _, f := range found {
		address := string(f[1])
		w := get(address).with("Accept-Encoding", "gzip").of(s)
		kind := strings.Split(address, "/")[2]
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() > limit[kind] {
			t.Errorf("%s: %d, %d bytes, %v", address, w.Code, w.Body.Len(), w.Header())
		}
		total += w.Body.Len()
	}
	if total > 60<<10 {
		t.Errorf("the first visit weighs %d bytes", total)
	}
	if bytes.Contains(page, []byte("//")) && regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`).Match(page) {
		t.Error("something is loaded from elsewhere")
	}
}

func TestRefusedFieldsAreTold(t *testing.T) {
	s := testServer(t, testConfig(t))
	p, err := s.refused(Page{Lang: "ja"}, problem.List{problem.At("email", "form.too_long", problem.Args{"Max": 254})})
	if err != nil || p.status != 422 {
		t.Fatal(err, p.status)
	}
	var out bytes.Buffer
	if err := s.execute(&out, loginView.name, "ja", loginPage{Page: p, Form: loginForm{Email: `<"'&>`}}); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	field := byID(doc, "email")
	for name, want := range map[string]string{"aria-describedby": "email-problem", "aria-invalid": "true", "value": `<"'&>`} {
		if got := attr(field, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if byID(doc, "email-problem") == nil {
		t.Error("what the field is described by is not there")
	}
	if _, err := s.refused(Page{Lang: "ja"}, problem.Missing("form.number")); err == nil {
		t.Error("what is missing belongs on a page of its own")
	}
	if p, err := s.refused(Page{Lang: "ja"}, problem.Clash("form.number")); err != nil || p.status != 409 {
		t.Errorf("a conflict: %d %v", p.status, err)
	}
}

func byID(n *html.Node, id string) *html.Node {
	for d := range n.Descendants() {
		if attr(d, "id") == id {
			return d
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestPager(t *testing.T) {
	e := echo.New()
	of := func(query string) echo.Context {
		r, _ := http.NewRequest(http.MethodGet, "/list?"+query, nil)
		return e.NewContext(r, nil)
	}
	for query, want := range map[string]Pager{
		"q=葵":          {Page: 1, Pages: 3, Next: "/list?page=2&q=%E8%91%B5"},
		"page=2":       {Page: 2, Pages: 3, Prev: "/list?page=1", Next: "/list?page=3"},
		"page=99":      {Page: 3, Pages: 3, Prev: "/list?page=2"},
		"page=-1":      {Page: 1, Pages: 3, Next: "/list?page=2"},
		"page=nothing": {Page: 1, Pages: 3, Next: "/list?page=2"},
	} {
		if got := newPager(of(query), 41, 20); got != want {
			t.Errorf("%s: %+v", query, got)
		}
	}
	if got := newPager(of(""), 0, 20); got.Pages != 1 {
		t.Errorf("an empty list has %d pages", got.Pages)
	}
	if h := sortHead(of("sort=name&page=3"), "名前", "name"); h.Dir != "ascending" || h.Href != "/list?sort=-name" {
		t.Errorf("%+v", h)
	}
}

func TestFieldSettings(t *testing.T) {
	if _, err := makeField(Page{}, "x", "X", "", "colour", "red"); err == nil {
		t.Error("an unknown setting passes")
	}
	f, err := makeField(Page{}, "x", "X", 12, "options", []Option{{Value: "12"}, {Value: "13"}}, "required", true)
	if err != nil || !f.Options[0].Chosen || f.Options[1].Chosen || !f.Required || f.Value != "12" {
		t.Errorf("%v %+v", err, f)
	}
}

// In dev mode a changed template shows on the next request, and the style guide exists; elsewhere it does not.
func TestDevMode(t *testing.T) {
	cfg := testConfig(t)
	if w := get("/styleguide").of(testServer(t, cfg)); w.Code != 404 {
		t.Errorf("the style guide outside dev: %d", w.Code)
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../templates")); err != nil {
		t.Fatal(err)
	}
	cfg.Dev, cfg.Templates = true, os.DirFS(folder)
	s := testServer(t, cfg)
	if w := get("/styleguide").of(s); w.Code != 200 {
		t.Errorf("the style guide in dev: %d", w.Code)
	}
	if err := os.WriteFile(folder+"/public/welcome.html", []byte(`{{define "main"}}<h1>new</h1>{{end}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if body := get("/").of(s).Body.String(); !strings.Contains(body, "<h1>new</h1>") {
		t.Error("the changed template does not show")
	}
}

func BenchmarkWelcome(b *testing.B) {
	s := testServer(b, testConfig(b))
	for b.Loop() {
		get("/").of(s)
	}
}

// A page whose address begins with another's is still shown as part of where it belongs.
func TestNavigationKnowsWhatBelongsWhere(t *testing.T) {
	a := desk.Actor{Member: 1, Roles: []member.Role{member.Coordinator}}
	for path, want := range map[string]string{
		"/center": "/center", "/center/members/3": "/center", "/center/cohorts/1": "/center/cohorts", "/center/certificates/X": "/center/certificates",
		"/center/design": "/center/certificates", "/center/batches/7": "/center/certificates", "/courses/c1": "/courses",
	} {
		shown, _ := navigation(a, path)
		for _, l := range shown {
			if l.Here != (l.Href == want) {
				t.Errorf("on %s, %s is open: %t", path, l.Href, l.Here)
			}
		}
	}
}
