package web

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/job"
	"tenarai/internal/member"
)

// wholeTown is the demo town behind the real pages, as `tenarai demo` serves it. Everybody signs in through the desk. What
// a request changed in the database can be seen and undone.
type wholeTown struct {
	*Server
	t      testing.TB
	demo   *demotest.Town
	tokens map[string]string // of sessions, by name
	db     *sql.Conn         // looks at the database past the store
	tables []string
	seen   int64 // data_version at the last look
	asked  atomic.Int64
}

// openTown opens the town for everybody of the cast.
func openTown(t testing.TB) *wholeTown {
	t.Helper()
	w := &wholeTown{t: t, demo: demotest.SQLite(t), tokens: map[string]string{}}
	words, err := i18n.Open(nil) // a missing word panics, and the panic is a 500
	w.must(err)
	cfg := testConfig(t)
	cfg.Desk, cfg.Words, cfg.Now, cfg.CourseFile, cfg.Plain = w.demo.Desk, words, w.demo.Clock.Now, w.demo.Library.File, true
	cfg.Log = slog.New(slog.NewTextHandler(&failures{t}, &slog.HandlerOptions{Level: slog.LevelError, ReplaceAttr: briefly}))
	cfg.Session, cfg.SignOut, cfg.SetLanguage, cfg.Ready = w.demo.Desk.Session, w.demo.Desk.SignOut, w.demo.Desk.SetLanguage, w.demo.Store.Ping
	cfg.SignIn = func(ctx context.Context, in Credentials) (string, desk.Actor, error) {
		return w.demo.Desk.SignIn(ctx, in.Email, in.Password, in.Device)
	}
	cfg.Demo = nil
	for _, p := range demo.Cast {
		cfg.Demo = append(cfg.Demo, DemoPerson{Email: p.Email, Name: p.Name, Password: demo.Password, Role: p.Role})
	}
	w.Server = testServer(t, cfg)
	for _, p := range demo.Cast {
		name, _, _ := strings.Cut(p.Email, "@")
		w.signInAs(name)
	}
	w.watch()
	return w
}

// briefly leaves the trace of a panic out: its message tells enough.
func briefly(_ []string, a slog.Attr) slog.Attr {
	if a.Key == "trace" {
		return slog.Attr{}
	}
	return a
}

// failures shows what the server logs as an error: it tells why a page failed.
type failures struct{ t testing.TB }

func (f *failures) Write(b []byte) (int, error) {
	f.t.Helper()
	f.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func (w *wholeTown) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// signInAs opens a session for somebody by the part of her address before the @.
func (w *wholeTown) signInAs(name string) {
	w.t.Helper()
	token, _, err := w.demo.Desk.SignIn(w.t.Context(), name+"@tenarai.example", demo.Password, "test")
	w.must(err)
	w.tokens[name] = token
}

// addPerson sets somebody up who is not of the cast, and signs her in.
func (w *wholeTown) addPerson(name string, m member.Membership) {
	w.t.Helper()
	hash, err := w.demo.Desk.HashPassword(w.t.Context(), demo.Password)
	w.must(err)
	_, err = w.demo.Desk.SetUpMember(w.t.Context(), desk.Person{
		Member: member.Member{Name: "別の人", Email: name + "@tenarai.example", Memberships: []member.Membership{m}}, PasswordHash: hash,
	})
	w.must(err)
	w.signInAs(name)
}

// centers are Yuzawa and Yokote.
func (w *wholeTown) centers() (here, there member.CenterID) {
	return w.demo.Actor(w.t, "coordinator").Center, w.demo.Actor(w.t, "outsider").Center
}

// addOthers sets up the people and companies beside the cast: a rival company in Yuzawa, and staff and a company in Yokote.
func (w *wholeTown) addOthers() {
	w.t.Helper()
	here, there := w.centers()
	company := func(c member.CenterID, name string) member.CompanyID {
		id, err := w.demo.Desk.SetUpCompany(w.t.Context(), job.Company{Center: c, Name: name, Address: "秋田県", Contact: "0183-00-0001"})
		w.must(err)
		return id
	}
	w.addPerson("company2", member.Membership{Center: here, Role: member.Company, Company: company(here, "別の店")})
	w.addPerson("y-company", member.Membership{Center: there, Role: member.Company, Company: company(there, "横手の店")})
	for name, role := range map[string]member.Role{
		"y-mentor": member.Mentor, "y-coordinator": member.Coordinator, "y-producer": member.Producer, "y-admin": member.Admin,
	} {
		w.addPerson(name, member.Membership{Center: there, Role: role})
	}
}

// send asks as somebody ("" is a stranger) and holds every answer against what all answers must keep to.
func (w *wholeTown) send(who string, a asked) *httptest.ResponseRecorder {
	w.t.Helper()
	a.token = w.tokens[who]
	if who != "" && a.token == "" {
		w.t.Fatalf("nobody is called %s", who)
	}
	n := w.asked.Add(1) // every request comes from another network, so that limits by address do not stop the tests
	res := a.from(w.Server, fmt.Sprintf("10.%d.%d.%d:1", n>>16&255, n>>8&255, n&255))
	if res.Code >= http.StatusInternalServerError {
		w.t.Errorf("%s %s as %q: %d", a.method, a.path, who, res.Code)
	}
	w.wellHeaded(who, a, res)
	return res
}

// from asks from a network address.
func (a asked) from(s http.Handler, address string) *httptest.ResponseRecorder {
	return a.of(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = address
		s.ServeHTTP(rw, r)
	}))
}

// wellHeaded holds an answer's headers against the rules of all answers.
func (w *wholeTown) wellHeaded(who string, a asked, res *httptest.ResponseRecorder) {
	w.t.Helper()
	h := res.Header()
	wrong := func(what string) {
		w.t.Helper()
		w.t.Errorf("%s %s as %q (%d): %s", a.method, a.path, who, res.Code, what)
	}
	policy := h.Get("Content-Security-Policy")
	kind := h.Get("Content-Type")
	switch {
	case policy == downloadPolicy:
	case !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe"):
		wrong("content policy " + policy)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"} {
		if h.Get(name) != want {
			wrong(name + " is " + h.Get(name))
		}
	}
	if who != "" && !cached(a.path) && h.Get("Cache-Control") != "no-store" {
		wrong("signed in, and kept by caches: " + h.Get("Cache-Control"))
	}
	if kind != "" && !strings.HasPrefix(kind, "text/html") && policy != downloadPolicy && strings.Contains(a.path, "/files/") && !strings.HasPrefix(a.path, "/courses/") {
		wrong("a handed-in file without the policy of downloads")
	}
	if to := h.Get("Location"); to != "" && ownPath(to) != to {
		wrong("leads away to " + to)
	}
	for _, line := range h.Values("Set-Cookie") {
		if !strings.Contains(line, "HttpOnly") || !strings.Contains(line, "SameSite=Lax") || !strings.Contains(line, "Path=/") {
			wrong("cookie " + line)
		}
	}
	if len(h.Values("Set-Cookie")) > 0 && strings.Contains(h.Get("Cache-Control"), "public") {
		wrong("a cookie in an answer that caches may share")
	}
}

// cached tells whether a browser may keep an answer although its reader is signed in: it is the same for everybody.
func cached(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	if strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/keys/") || strings.HasPrefix(path, "/status/") {
		return true // what machines check credentials with
	}
	return strings.HasPrefix(path, "/static/") || path == "/healthz" || strings.HasPrefix(path, "/courses/") && strings.Contains(path, "/files/")
}

// watch opens a look at the database and keeps a copy of it as it is now.
func (w *wholeTown) watch() {
	w.t.Helper()
	ctx := context.Background()
	path := strings.TrimPrefix(w.demo.DSN, "sqlite:")
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000&_foreign_keys=off")
	w.must(err)
	db.SetMaxOpenConns(1)
	w.db, err = db.Conn(ctx)
	w.must(err)
	w.t.Cleanup(func() { _, _ = w.db.Close(), db.Close() })
	_, err = w.db.ExecContext(ctx, `ATTACH ? AS was`, "file:"+filepath.Join(w.t.TempDir(), "was.db"))
	w.must(err)
	w.tables = w.strings(`SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose%' ORDER BY name`)
	w.keep()
}

// keep makes the database as it is now the one that changes are measured against.
func (w *wholeTown) keep() {
	w.t.Helper()
	for _, t := range append(slices.Clone(w.tables), "sqlite_sequence") {
		copied := t
		if t == "sqlite_sequence" {
			copied = "counters"
		}
		w.exec(`DROP TABLE IF EXISTS was.` + copied)
		w.exec(`CREATE TABLE was.` + copied + ` AS SELECT * FROM main.` + t)
	}
	w.seen = w.version()
}

func (w *wholeTown) exec(query string) {
	w.t.Helper()
	_, err := w.db.ExecContext(context.Background(), query)
	w.must(err)
}

func (w *wholeTown) strings(query string, args ...any) []string {
	w.t.Helper()
	rows, err := w.db.QueryContext(context.Background(), query, args...)
	w.must(err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		w.must(rows.Scan(&s))
		out = append(out, s)
	}
	w.must(rows.Err())
	return out
}

func (w *wholeTown) one(query string, args ...any) string {
	w.t.Helper()
	if all := w.strings(query, args...); len(all) > 0 {
		return all[0]
	}
	w.t.Fatalf("nothing for %s", query)
	return ""
}

// version moves when anybody else commits (SQLite, PRAGMA data_version).
func (w *wholeTown) version() (n int64) {
	w.t.Helper()
	w.must(w.db.QueryRowContext(context.Background(), `PRAGMA data_version`).Scan(&n))
	return n
}

// changed are the tables that differ from the copy.
func (w *wholeTown) changed() []string {
	w.t.Helper()
	if w.version() == w.seen {
		return nil
	}
	var out []string
	for _, t := range w.tables {
		if w.one(`SELECT EXISTS (SELECT * FROM main.`+t+` EXCEPT SELECT * FROM was.`+t+`) OR EXISTS (SELECT * FROM was.`+t+` EXCEPT SELECT * FROM main.`+t+`)`) == "1" {
			out = append(out, t)
		}
	}
	return out
}

// undo makes the database again what the copy says.
func (w *wholeTown) undo() {
	w.t.Helper()
	tables := w.changed()
	if w.version() == w.seen {
		return
	}
	w.exec(`BEGIN IMMEDIATE`)
	for _, t := range tables {
		w.exec(`DELETE FROM main.` + t)
		w.exec(`INSERT INTO main.` + t + ` SELECT * FROM was.` + t)
	}
	w.exec(`DELETE FROM main.sqlite_sequence`)
	w.exec(`INSERT INTO main.sqlite_sequence SELECT * FROM was.counters`)
	w.exec(`COMMIT`)
	w.seen = w.version()
}

// withFile is a form with a file, as a browser sends it.
func withFile(path string, form url.Values, field, name string, content []byte) asked {
	var body strings.Builder
	m := multipart.NewWriter(&body)
	for k, values := range form {
		for _, v := range values {
			_ = m.WriteField(k, v)
		}
	}
	part, _ := m.CreateFormFile(field, name)
	_, _ = part.Write(content)
	_ = m.Close()
	return asked{method: http.MethodPost, path: path, body: strings.NewReader(body.String()), header: map[string]string{"Content-Type": m.FormDataContentType()}}
}

// What a request changed is seen, and undone to the last row.
func TestTownIsWatched(t *testing.T) {
	w := openTown(t)
	if got := w.changed(); got != nil {
		t.Fatalf("nothing was asked, and %v changed", got)
	}
	w.send("aoi", post("/account/devices", url.Values{}))
	if got := w.changed(); !slices.Contains(got, "event") {
		t.Fatalf("an event was written, and only %v changed", got)
	}
	w.undo()
	if got := w.changed(); got != nil {
		t.Fatalf("after undoing, %v differ", got)
	}
}
