package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/member"
)

func init() {
	samples["account/account"] = accountPage{
		Look: desk.AccountLook{
			Trainee: true, HoursDays: 30, HoursUntil: testNow, Member: member.Member{Email: "aoi@tenarai.example"},
			Centers: []member.Center{{ID: 1, Name: "湯沢"}, {ID: 2, Name: "横手"}},
		},
		Devices: []deviceLine{{Browser: "Chrome", System: "Android"}, {Device: desk.Device{Here: true}}}, Others: true,
	}
	samples["account/reset"] = resetPage{Sent: true}
	samples["account/gone"] = gonePage{Invite: true}
	samples["admin/member"] = adminMemberPage{
		Look:      desk.MemberLook{Waiting: true, Code: true, Member: member.Member{Name: "佐藤 葵"}},
		Companies: []Option{{Value: "1", Label: "川連漆器の店"}}, Roles: []Option{{Value: "trainee", Label: "学ぶ人"}},
	}
}

// accountTown is the demo town behind real sessions.
type accountTown struct {
	*demotest.Town
	t *testing.T
	s *Server
}

func newAccountTown(t *testing.T) *accountTown {
	t.Helper()
	town := demotest.SQLite(t)
	cfg := testConfig(t)
	cfg.Desk, cfg.Now, cfg.Demo = town.Desk, town.Desk.Now, nil
	cfg.Session, cfg.SignOut, cfg.SetLanguage = town.Desk.Session, town.Desk.SignOut, town.Desk.SetLanguage
	cfg.SignIn = func(ctx context.Context, in Credentials) (string, desk.Actor, error) {
		return town.Desk.SignIn(ctx, in.Email, in.Password, in.Device)
	}
	return &accountTown{town, t, testServer(t, cfg)}
}

// in signs in somebody of the cast.
func (w *accountTown) in(name string) (token string) {
	w.t.Helper()
	token, _, err := w.Desk.SignIn(context.Background(), name+"@tenarai.example", "tenarai-demo", "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Safari/537.36")
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// sessionOf is the session cookie an answer sets.
func sessionOf(w *httptest.ResponseRecorder) string {
	for _, c := range w.Result().Cookies() {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}

func (w *accountTown) wants(a asked, status int, say ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	got := a.of(w.s)
	if got.Code != status {
		w.t.Fatalf("%s %s: %d, want %d\n%s", a.method, a.path, got.Code, status, got.Body)
	}
	for _, s := range say {
		if not, ok := strings.CutPrefix(s, "!"); ok && strings.Contains(got.Body.String(), not) {
			w.t.Errorf("%s %s says %q", a.method, a.path, not)
		} else if !ok && !strings.Contains(got.Body.String(), s) {
			w.t.Errorf("%s %s does not say %q\n%s", a.method, a.path, s, got.Body)
		}
	}
	return got
}

func TestSignInAndOut(t *testing.T) {
	w := newAccountTown(t)
	right := url.Values{"email": {"aoi@tenarai.example"}, "password": {"tenarai-demo"}}
	token := sessionOf(w.wants(post("/login", right), 303))
	w.wants(get("/account").as(token), 200, "佐藤 葵", "この機器")
	wrong := w.wants(post("/login", url.Values{"email": {"aoi@tenarai.example"}, "password": {"hunter2hunter2"}}), 422, "aoi@tenarai.example", "!hunter2")
	unknown := w.wants(post("/login", url.Values{"email": {"nobody@tenarai.example"}, "password": {"hunter2hunter2"}}), 422, "!hunter2")
	plain := func(s string) string { return strings.ReplaceAll(s, "nobody@", "aoi@") }
	if plain(wrong.Body.String()) != plain(unknown.Body.String()) {
		t.Error("a known and an unknown address get different answers")
	}
	w.wants(post("/logout", nil).as(token), 303)
	w.wants(get("/account").as(token), 303)
}

func TestProfileForm(t *testing.T) {
	w := newAccountTown(t)
	token := w.in("aoi")
	w.wants(post("/account", url.Values{"printed_name": {"<b>葵</b>"}, "kana": {"not kana"}, "hours": {"99"}, "language": {"ja"}, "share": {"on"}}).as(token), 422,
		"エラー：", `href="#kana"`, `href="#hours"`, "&lt;b&gt;葵&lt;/b&gt;", `value="not kana"`, `value="99"`, `name="share" value="on" checked`)
	w.wants(post("/account?hours=5", url.Values{
		"printed_name": {"SATO Aoi"}, "kana": {"さとう あおい"}, "hours": {"１２"}, "language": {"en"}, "verify_name": {"on"},
		"id": {"1"}, "name": {"Somebody"}, "email": {"x@tenarai.example"}, "disabled_at": {"1"}, "roles": {"admin"},
	}).as(token), 303)
	m, err := w.Store.MemberByEmail(t.Context(), "aoi@tenarai.example")
	if err != nil {
		t.Fatal(err)
	}
	if m.PrintedName != "SATO Aoi" || m.Name != "佐藤 葵" || m.Hours.HoursWeek != 12 || m.Consent.Sharing() || m.Consent.VerifyName.IsZero() || m.Disabled || len(m.Memberships) != 1 {
		t.Errorf("kept as %+v", m)
	}
	w.wants(get("/account").as(token), 200, "Your account", `value="SATO Aoi"`)
}

func TestPasswordForm(t *testing.T) {
	w := newAccountTown(t)
	token, other := w.in("aoi"), w.in("aoi")
	w.wants(post("/account/password", url.Values{"password": {"wrong-old-one"}, "new_password": {"a fresh long phrase"}}).as(token), 422,
		`href="#password"`, "!wrong-old-one", "!a fresh long phrase")
	w.wants(post("/account/password", url.Values{"password": {"tenarai-demo"}, "new_password": {"short"}}).as(token), 422, `href="#new_password"`)
	fresh := sessionOf(w.wants(post("/account/password", url.Values{"password": {"tenarai-demo"}, "new_password": {"a fresh long phrase"}}).as(token), 303))
	w.wants(get("/account").as(fresh), 200)
	for _, old := range []string{token, other} {
		w.wants(get("/account").as(old), 303)
	}
}

func TestDeviceList(t *testing.T) {
	w := newAccountTown(t)
	token, other, stranger := w.in("aoi"), w.in("aoi"), w.in("haruka")
	body := w.wants(get("/account").as(token), 200, "Chrome", "Android", "サインアウトする").Body.String()
	m := regexp.MustCompile(`/account/devices/(\d+)`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no button ends the other device")
	}
	w.wants(post(m[0], nil).as(stranger), 303) // not hers: the same answer, and nothing happens
	w.wants(get("/account").as(other), 200)
	w.wants(post(m[0], nil).as(token), 303)
	w.wants(get("/account").as(other), 303)
	third := w.in("aoi")
	w.wants(post("/account/devices", nil).as(token), 303)
	w.wants(get("/account").as(third), 303)
	w.wants(get("/account").as(token), 200, "!ほかの機器をすべて")
	w.wants(post("/account/devices/x", nil).as(token), 404)
}

func TestBrowserOf(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1": "Safari iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0":                   "Edge Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0":                                              "Firefox Linux",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36":                                "Chrome Android",
		"": " ", "curl/8": " ",
	} {
		if browser, system := browserOf(agent); browser+" "+system != want {
			t.Errorf("%s is %s %s", agent, browser, system)
		}
	}
}

// letterLink is the link of a letter of a kind.
func (w *accountTown) letterLink(email, kind string) string {
	w.t.Helper()
	m, err := w.Store.MemberByEmail(context.Background(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	link := ""
	err = w.Store.Tx(context.Background(), func(ctx context.Context) error {
		letters, err := w.Store.TakeLetters(ctx, w.Desk.Now(), w.Desk.Now().Add(time.Hour), 1000)
		for _, l := range letters {
			if l.Member == m.ID && l.Kind == kind {
				link = fmt.Sprintf("/%s/%s", kind, l.Data["token"])
			}
		}
		return err
	})
	if err != nil || link == "" {
		w.t.Fatalf("no %s for %s: %v", kind, email, err)
	}
	return link
}

func TestResetPages(t *testing.T) {
	w := newAccountTown(t)
	w.wants(get("/reset"), 200, "メールを使わない方", "/code")
	w.wants(post("/reset", url.Values{"email": {"not an address"}}), 422, "not an address", `href="#email"`)
	known := w.wants(post("/reset", url.Values{"email": {"aoi@tenarai.example"}}), 303).Header().Get("Location")
	unknown := w.wants(post("/reset", url.Values{"email": {"nobody@tenarai.example"}}), 303).Header().Get("Location")
	if known != unknown {
		t.Errorf("%s for a known address, %s for an unknown one", known, unknown)
	}
	w.wants(get(known), 200, "メールを見てください")
	link := w.letterLink("aoi@tenarai.example", "reset")
	if got := w.wants(get(link), 200, "aoi@tenarai.example").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page with a link may be kept: %q", got)
	}
	w.wants(get(strings.Replace(link, "/reset/", "/invitation/", 1)), 404)
	w.wants(post(link, url.Values{"password": {"12345678"}}), 422, `href="#password"`, "!12345678")
	token := sessionOf(w.wants(post(link, url.Values{"password": {"a fresh long phrase"}}), 303))
	w.wants(get("/account").as(token), 200)
	w.wants(get(link), 404, "新しいリンクをもらう")
	w.wants(post(link, url.Values{"password": {"a fresh long phrase"}}), 404)
}

func TestCodesAreReadAsTyped(t *testing.T) {
	for typed, want := range map[string]string{" １２３４-5678 ": "12345678", "1234 5678": "12345678", "abc": ""} {
		if got := codeDigits(typed); got != want {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}
