package web

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/audit"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/store"
)

// node is one server over a town's database, as one of several.
func node(t testing.TB, v *demotest.Town, d *desk.Desk) *town {
	t.Helper()
	n := &town{Town: v, t: t}
	cfg := testConfig(t)
	cfg.Desk, cfg.Now, cfg.CourseFile, cfg.Demo = d, v.Clock.Now, v.Library.File, nil
	cfg.Session, cfg.SignOut, cfg.Ready = d.Session, d.SignOut, d.Store.Ping
	n.Server = testServer(t, cfg)
	return n
}

// enter signs somebody in through the desk and gives her session's token.
func (v *town) enter(who string) string {
	v.t.Helper()
	token, _, err := v.Town.Desk.SignIn(v.t.Context(), who+"@tenarai.example", demo.Password, "test")
	if err != nil {
		v.t.Fatal(err)
	}
	return token
}

// events counts what of the kind has happened in the centers of the town.
func (v *town) events(action audit.Action) (n int) {
	v.t.Helper()
	for _, who := range []string{"coordinator", "outsider"} {
		rows, err := v.Store.Trail(v.t.Context(), store.TrailFilter{Center: v.Actor(v.t, who).Center, Action: action, Limit: 10_000})
		if err != nil {
			v.t.Fatal(err)
		}
		n += len(rows)
	}
	return n
}

// many is how often a form is sent at once.
const many = 50

// atOnce sends the same form many times at once and holds that all answers lead to one place, where it is.
func atOnce(t *testing.T, what string, ask func() *httptest.ResponseRecorder) string {
	t.Helper()
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range many {
		wg.Go(func() {
			<-begin
			w := ask()
			mu.Lock()
			answers[fmt.Sprint(w.Code, " ", w.Header().Get("Location"))]++
			mu.Unlock()
		})
	}
	close(begin)
	wg.Wait()
	for answer, n := range answers {
		if n == many && strings.HasPrefix(answer, "303 ") {
			return answer
		}
	}
	t.Errorf("%s at once: %v", what, answers)
	return ""
}

// The same form fifty times at once, on both databases: one effect, one answer.
func TestFormsSentFiftyTimesAtOnce(t *testing.T) {
	demotest.Each(t, func(t *testing.T, d *demotest.Town) {
		v := node(t, d, d.Desk)
		aoi, coordinator, mentor := v.enter("aoi"), v.enter("coordinator"), v.enter("mentor")
		kenji := v.look("kenji", ledger)
		bench, err := d.Desk.LookAtPiece(t.Context(), d.Actor(t, "mentor"), kenji.Submission.ID)
		if err != nil {
			t.Fatal(err)
		}
		judged := url.Values{"key": {"JUDGED"}, "verdict": {"pass"}, "attempt": {strconv.Itoa(bench.Current().N)}, "version": {strconv.FormatInt(bench.Version, 10)}, "closing": {"よくできました"}}
		for _, row := range kenji.Assignment.Rubric.Rows {
			judged.Set("mark."+row.ID, "3")
		}
		for _, c := range []struct {
			what, who string
			action    audit.Action
			ask       func() asked
		}{
			{"a lesson", aoi, "lesson.read", func() asked { return post("/courses/"+demo.C1+"/money/pay-per-hour/done", url.Values{"key": {"READ"}}) }},
			{"a hand-in", aoi, "submission.handed_in", func() asked {
				return post(lateNotice+"/attempts", url.Values{"key": {"SENT"}, "attempt": {"1"}, "text": {"三時間かけた文"}, "minutes": {"30"}})
			}},
			{"a hand-in with a file", aoi, "submission.handed_in", func() asked {
				form := url.Values{"key": {"WITHFILE"}, "attempt": {"1"}, "text": {"台帳です"}, "minutes": {"30"}}
				return upload(ledger+"/attempts", form, map[string]string{"daicho.csv": "商品番号,品名\nU001,椀\n"})
			}},
			{"a judgement", mentor, "submission.assessed", func() asked { return post(benchPath(kenji.Submission.ID)+"/assessment", judged) }},
			{"a cohort", coordinator, "cohort.created", func() asked {
				return post("/center/cohorts", url.Values{"key": {"COHORT"}, "name": {"冬の組"}, "starts": {"2026-12-01"}, "courses": {demo.C1}})
			}},
			{"a profile", aoi, "profile.saved", func() asked {
				return post("/account", url.Values{"key": {"PROFILE"}, "printed_name": {"佐藤 葵"}, "hours": {"9"}, "language": {"ja"}})
			}},
			{"a claim", mentor, "", func() asked {
				return post(benchPath(v.look("aoi", lateNotice).Submission.ID)+"/claim", url.Values{"key": {"CLAIM"}})
			}},
		} {
			before := v.events(c.action)
			atOnce(t, c.what, func() *httptest.ResponseRecorder { return c.ask().as(c.who).of(v) })
			if after := v.events(c.action); c.action != "" && after != before+1 {
				t.Errorf("%s: it happened %d times", c.what, after-before)
			}
		}
		if p := v.look("aoi", ledger); len(p.Rounds) != 1 || len(p.Rounds[0].Files) != 1 {
			t.Errorf("the hand-in with a file: %d rounds", len(p.Rounds))
		}
	})
}

// Two nodes on one PostgreSQL: whichever answers, sessions, drafts, claims, keys and sign-outs are the same.
func TestTwoNodes(t *testing.T) {
	demotest.Each(t, func(t *testing.T, d *demotest.Town) {
		if !d.Store.Postgres() {
			t.Skip("one SQLite file is one node's")
		}
		other, err := store.Open(t.Context(), d.DSN, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Close() })
		cfg := d.Desk.Config
		cfg.Store = other
		one, two := node(t, d, d.Desk), node(t, d, desk.New(cfg))
		aoi, mentor, mentor2 := one.enter("aoi"), one.enter("mentor"), two.enter("mentor2")

		if w := post(lateNotice+"/draft", url.Values{"attempt": {"1"}, "text": {"一号機で書いた文"}}).as(aoi).of(one); w.Code != http.StatusSeeOther {
			t.Fatalf("a draft: %d", w.Code)
		}
		if w := get(lateNotice).as(aoi).of(two); !strings.Contains(w.Body.String(), "一号機で書いた文") {
			t.Errorf("the other node does not show the draft: %d", w.Code)
		}
		form := url.Values{"key": {"SENT"}, "attempt": {"1"}, "text": {"一号機で書いた文"}, "minutes": {"30"}}
		before := one.events("submission.handed_in")
		var turn int
		var mu sync.Mutex
		atOnce(t, "a hand-in to two nodes", func() *httptest.ResponseRecorder {
			mu.Lock()
			turn++
			n := []*town{one, two}[turn%2]
			mu.Unlock()
			return post(lateNotice+"/attempts", form).as(aoi).of(n)
		})
		if n := one.events("submission.handed_in") - before; n != 1 {
			t.Errorf("handed in %d times", n)
		}
		piece := benchPath(two.look("aoi", lateNotice).Submission.ID)
		if w := post(piece+"/claim", url.Values{}).as(mentor).of(one); w.Code != http.StatusSeeOther {
			t.Fatalf("a claim: %d", w.Code)
		}
		if w := post(piece+"/claim", url.Values{}).as(mentor2).of(two); w.Code != http.StatusConflict {
			t.Errorf("the same piece claimed at the other node: %d", w.Code)
		}
		if w := post("/logout", url.Values{}).as(aoi).of(two); w.Code != http.StatusSeeOther {
			t.Fatalf("sign out: %d", w.Code)
		}
		if w := get("/learn").as(aoi).of(one); !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("signed out at one node, still in at the other: %d", w.Code)
		}
	})
}

// wire stands between the store and its PostgreSQL, and can be cut.
type wire struct {
	net.Listener
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func layWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil || !w.join(in, out) {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in) }()
			go func() { _, _ = io.Copy(in, out) }()
		}
	}()
	t.Cleanup(func() { w.set(true); _ = l.Close() })
	return w
}

func (w *wire) join(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		for _, c := range conns {
			_ = c.Close()
		}
		return false
	}
	w.conns = append(w.conns, conns...)
	return true
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// tryAgain holds that an answer asks to try again later and has kept what was typed.
func tryAgain(t *testing.T, what string, w *httptest.ResponseRecorder, kept ...string) {
	t.Helper()
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %d, Retry-After %q", what, w.Code, w.Header().Get("Retry-After"))
	}
	body := w.Body.String()
	for _, text := range append(kept, "<h1>", "少し待ってから") {
		if !strings.Contains(body, text) {
			t.Errorf("%s: the page does not say %q", what, text)
		}
	}
}

// The database goes away: every page says so kindly, what was typed is kept, machines are told, and it comes back by itself.
func TestDatabaseGoesAway(t *testing.T) {
	demotest.Each(t, func(t *testing.T, d *demotest.Town) {
		if !d.Store.Postgres() {
			t.Skip("a file does not go away")
		}
		dsn, err := url.Parse(d.DSN)
		if err != nil {
			t.Fatal(err)
		}
		between := layWire(t, dsn.Host)
		dsn.Host = between.Addr().String()
		s, err := store.Open(t.Context(), dsn.String(), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		cfg := d.Desk.Config
		cfg.Store = s
		v := node(t, d, desk.New(cfg))
		aoi := v.enter("aoi")
		form := url.Values{"key": {"SENT"}, "attempt": {"1"}, "text": {"三時間かけた文"}, "minutes": {"30"}}
		if w := get(lateNotice).as(aoi).of(v); w.Code != http.StatusOK {
			t.Fatalf("before: %d", w.Code)
		}

		between.set(true)
		for range 12 { // more than there are connections
			tryAgain(t, "a page", get(lateNotice).as(aoi).of(v))
		}
		tryAgain(t, "a hand-in", post(lateNotice+"/attempts", form).as(aoi).of(v), "三時間かけた文", `value="SENT"`, `action="`+lateNotice+`/attempts"`)
		photo := map[string]string{"daicho.csv": strings.Repeat("x,y\n", 400_000)} // more than a form without files may have
		tryAgain(t, "a hand-in with a file", upload(ledger+"/attempts", form, photo).as(aoi).of(v), "三時間かけた文", `value="SENT"`)
		if w := post(lateNotice+"/draft", form).as(aoi).with("Accept", "application/json").of(v); w.Code != http.StatusServiceUnavailable {
			t.Errorf("the script gets %d", w.Code)
		}
		if w := get("/readyz").of(v); w.Code != http.StatusServiceUnavailable {
			t.Errorf("/readyz: %d", w.Code)
		}
		for _, path := range []string{"/healthz", "/login", "/"} { // what needs no database works on
			if w := get(path).of(v); w.Code != http.StatusOK {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		between.set(false)
		if w := get("/readyz").of(v); w.Code != http.StatusOK {
			t.Errorf("back again, /readyz: %d", w.Code)
		}
		if w := post(lateNotice+"/attempts", form).as(aoi).of(v); w.Code != http.StatusSeeOther {
			t.Errorf("back again, the same form: %d", w.Code)
		}
		if p := v.look("aoi", lateNotice); len(p.Rounds) != 1 {
			t.Errorf("handed in %d times", len(p.Rounds))
		}
	})
}

// Another program holds the SQLite file longer than we wait: pages can be read, a deed is asked for again, with what was typed.
func TestLockedDatabase(t *testing.T) {
	t.Parallel() // it waits, and does nothing
	d := demotest.SQLite(t)
	v := node(t, d, d.Desk)
	aoi := v.enter("aoi")
	form := url.Values{"key": {"SENT"}, "attempt": {"1"}, "text": {"三時間かけた文"}, "minutes": {"30"}}
	db, err := sql.Open("sqlite3", "file:"+strings.TrimPrefix(d.DSN, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/courses", "/record", "/account", "/readyz"} {
		if w := get(path).as(aoi).of(v); w.Code != http.StatusOK {
			t.Errorf("reading %s: %d", path, w.Code)
		}
	}
	tryAgain(t, "a hand-in", post(lateNotice+"/attempts", form).as(aoi).of(v), "三時間かけた文", `value="SENT"`)
	if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if w := post(lateNotice+"/attempts", form).as(aoi).of(v); w.Code != http.StatusSeeOther {
		t.Errorf("free again: %d", w.Code)
	}
}

// A disk that takes nothing (it is full, or read-only), be it the uploads' or the temporary folder's: what was typed is kept,
// and nothing half is stored.
func TestDiskTakesNothing(t *testing.T) {
	const readOnly = "/sys" // for the superuser, too
	d := demotest.SQLite(t)
	folder, err := files.Open(readOnly)
	if err != nil {
		t.Skipf("skipped, it needs a file system that cannot be written: %v", err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	cfg := d.Desk.Config
	cfg.Files = folder
	broken, sound := node(t, d, desk.New(cfg)), node(t, d, d.Desk)
	aoi := sound.enter("aoi")
	form := url.Values{"key": {"SENT"}, "attempt": {"1"}, "text": {"三時間かけた文"}, "minutes": {"30"}}
	file := map[string]string{"daicho.csv": "商品番号,品名\nU001,椀\n" + strings.Repeat("U,x\n", 300_000)}
	for _, to := range []string{"/files", "/attempts", "/draft"} {
		tryAgain(t, "uploads: "+to, upload(ledger+to, form, file).as(aoi).of(broken), "三時間かけた文", `value="SENT"`)
	}
	t.Setenv("TMPDIR", readOnly)
	tryAgain(t, "temporary folder", upload(ledger+"/attempts", form, file).as(aoi).of(sound), "三時間かけた文", `value="SENT"`)
	if p := sound.look("aoi", ledger); len(p.Rounds) != 0 || len(p.Files) != 0 || p.Draft.Text != "三時間かけた文" {
		t.Errorf("%d rounds, %d files, draft %q", len(p.Rounds), len(p.Files), p.Draft.Text)
	}
}

// A session that ends while she writes keeps her text even if a photograph comes with it; the photograph itself is not taken
// in from a stranger.
func TestLostSessionWithFileKeepsTyping(t *testing.T) {
	d := demotest.SQLite(t)
	v := node(t, d, d.Desk)
	form := url.Values{"key": {"SENT"}, "attempt": {"1"}, "text": {"三時間かけた文"}}
	w := upload(ledger+"/attempts", form, map[string]string{"daicho.csv": strings.Repeat("x,y\n", 400_000)}).as("ended").of(v)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "三時間かけた文") || strings.Contains(w.Body.String(), "x,y") {
		t.Errorf("%d, kept: %t", w.Code, strings.Contains(w.Body.String(), "三時間かけた文"))
	}
	much := url.Values{"text": {strings.Repeat("あ", formBytes)}}
	if w := upload(ledger+"/attempts", much, nil).as("ended").of(v); w.Code != http.StatusUnauthorized || w.Body.Len() > 2*formBytes {
		t.Errorf("too much: %d, %d bytes", w.Code, w.Body.Len())
	}
}

// The browser keeps the session as long as the desk does: whenever the one slides, so does the other, and not more often.
func TestCookieSlidesWithTheSession(t *testing.T) {
	d := demotest.SQLite(t)
	v := node(t, d, d.Desk)
	aoi := v.enter("aoi")
	renewed := func() bool {
		w := get("/learn").as(aoi).of(v)
		if w.Code != http.StatusOK {
			t.Fatalf("/learn: %d", w.Code)
		}
		for _, k := range w.Result().Cookies() {
			if k.Name == sessionCookie {
				return k.Value == aoi && k.MaxAge == int(desk.SessionFor.Seconds()) && k.HttpOnly
			}
		}
		return false
	}
	if renewed() {
		t.Error("renewed at once")
	}
	now := d.Clock.Now()
	for range 3 { // three times the last day of it
		now = now.Add(desk.SessionFor - time.Hour)
		d.Clock.Set(now)
		if !renewed() {
			t.Error("used on its last day, the cookie is not renewed")
		}
		if renewed() {
			t.Error("renewed on every page")
		}
	}
	d.Clock.Set(now.Add(desk.SessionFor))
	if w := get("/learn").as(aoi).of(v); !strings.HasPrefix(w.Header().Get("Location"), "/login") {
		t.Errorf("to the second when it ends: %d", w.Code)
	}
}

// A database that hangs is told in time, by /readyz, too.
func TestHangingDatabase(t *testing.T) {
	cfg := testConfig(t)
	var left time.Duration
	cfg.Ready = func(ctx context.Context) error {
		until, ok := ctx.Deadline()
		if !ok {
			t.Error("/readyz waits for ever")
		}
		left = time.Until(until) // deadlines of requests are in real time
		return context.DeadlineExceeded
	}
	s := testServer(t, cfg, route{Method: http.MethodPost, Path: "/w", Access: SignedIn, Handle: func(c echo.Context, _ desk.Actor) error {
		if _, ok := c.Request().Context().Deadline(); !ok {
			t.Error("a deed waits for ever")
		}
		return fmt.Errorf("read: %w", context.DeadlineExceeded)
	}})
	if w := get("/readyz").of(s); w.Code != http.StatusServiceUnavailable || left <= 0 || left > readyWithin {
		t.Errorf("/readyz: %d after %v", w.Code, left)
	}
	tryAgain(t, "a deed", post("/w", url.Values{"work": {"三時間かけた文"}}).as("trainee-token").of(s), "三時間かけた文")
}

// Limits by address count a whole IPv6 subscriber, and believe nobody's X-Forwarded-For.
func TestLimitsCountSubscribers(t *testing.T) {
	for _, c := range []struct{ one, two string }{{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}, {"10.0.0.1", "::ffff:10.0.0.1"}, {"fe80::1%eth0", "fe80::2%eth1"}} {
		if a, b := networkOf(c.one), networkOf(c.two); a != b {
			t.Errorf("%s and %s are %s and %s", c.one, c.two, a, b)
		}
	}
	for _, c := range []struct{ one, two string }{{"2001:db8:1:2::1", "2001:db8:1:3::1"}, {"10.0.0.1", "10.0.0.2"}} {
		if a := networkOf(c.one); a == networkOf(c.two) {
			t.Errorf("%s and %s are both %s", c.one, c.two, a)
		}
	}
	for _, path := range []string{"/login", "/reset", "/code"} {
		s := testServer(t, testConfig(t))
		s.Desk = demotest.SQLite(t).Desk
		stopped := 0
		for i := range loginBurst + 20 {
			form := url.Values{"email": {strconv.Itoa(i) + "@tenarai.example"}, "password": {"wrong password"}, "number": {strconv.Itoa(1000 + i)}, "code": {"12345678"}}
			w := post(path, form).with("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i)).with("X-Real-Ip", "192.0.2.7").from(s, fmt.Sprintf("[2001:db8::%x]:1", i))
			if strings.Contains(w.Body.String(), s.Words.In("ja").T("problem.web.login_often")) {
				stopped++
			}
		}
		if stopped < 15 {
			t.Errorf("POST %s: only %d of %d were stopped", path, stopped, loginBurst+20)
		}
	}
}

func networkOf(address string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = net.JoinHostPort(address, "1")
	e := echo.New()
	e.IPExtractor = extractIP(nil)
	return network(e.NewContext(r, httptest.NewRecorder()))
}

// What people type, who they are and what opens their accounts stands in no log, whether a form is taken, refused or fails.
func TestNoFormSpeaksInTheLog(t *testing.T) {
	w := openTown(t)
	forms := w.forms()
	var out bytes.Buffer
	var mu sync.Mutex
	w.Log = slog.New(slog.NewJSONHandler(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return out.Write(b)
	}), nil))
	const typed = "himitsu7f3a"
	ask := func() {
		for _, f := range forms {
			form := f.filled()
			for _, n := range f.texts {
				form.Set(n, typed)
			}
			a := post(f.action+"?q="+typed, form)
			if f.file != "" {
				a = withFile(f.action+"?q="+typed, form, f.file, typed+".csv", []byte(typed))
			}
			a.as(w.tokens[f.who]).with("User-Agent", typed).with("Referer", "http://example.com/"+typed).from(w.Server, "203.0.113.77:1")
		}
		get("/no-such-page/"+typed).from(w.Server, "203.0.113.77:1")
	}
	ask()
	w.undo()
	said := strings.Count(out.String(), "\n")
	w.must(w.demo.Store.Close()) // from here on everything fails
	ask()
	if more := strings.Count(out.String(), "\n"); said <= len(forms) || more < said+len(forms)*3/2 || !strings.Contains(out.String(), `"request failed"`) {
		t.Fatalf("%d lines, then %d", said, more)
	}
	secrets := []string{typed, "203.0.113.77", demo.Password}
	for _, token := range w.tokens {
		secrets = append(secrets, token)
	}
	for _, p := range demo.Cast {
		secrets = append(secrets, p.Email, p.Name)
	}
	for line := range strings.Lines(out.String()) {
		if i := slices.IndexFunc(secrets, func(s string) bool { return strings.Contains(line, s) }); i >= 0 {
			t.Errorf("%q stands in %s", secrets[i], line)
		}
	}
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// Hostile names of files are kept as harmless ones, and come back as attachments that no header breaks out of.
func TestHostileFileNames(t *testing.T) {
	v := newTown(t)
	form := url.Values{"attempt": {"1"}, "text": {"書きかけ"}}
	for i, name := range []string{
		"../../../etc/passwd.csv", `..\..\boot.csv`, "a\x00b.csv", "\u202egpj.csv", strings.Repeat("長", 300) + ".csv", "a\r\nSet-Cookie: x=1.csv", `"; filename="evil.html.csv`, "  .csv", "𠮷田.csv",
	} {
		w := upload(ledger+"/files", form, map[string]string{name: fmt.Sprintf("商品番号\nU%03d\n", i)}).as("aoi").of(v)
		if w.Code != http.StatusSeeOther && w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", name, w.Code)
		}
	}
	files := v.look("aoi", ledger).Files
	if len(files) < 6 {
		t.Errorf("only %d files were kept", len(files))
	}
	for _, f := range files {
		if strings.ContainsAny(f.Name, "/\\\x00\r\n\u202e") || len([]rune(f.Name)) > 120 {
			t.Errorf("kept as %q", f.Name)
		}
		w := get("/files/" + strconv.FormatInt(int64(f.ID), 10)).as("aoi").of(v)
		disposition := w.Header().Get("Content-Disposition")
		if w.Code != http.StatusOK || !strings.HasPrefix(disposition, "attachment; filename*=UTF-8''") || strings.ContainsAny(strings.TrimPrefix(disposition, "attachment; "), "\"; \r\n") {
			t.Errorf("%q comes back as %d %q", f.Name, w.Code, disposition)
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Content-Security-Policy") != downloadPolicy {
			t.Errorf("%q may be shown: %v", f.Name, w.Header())
		}
	}
}
