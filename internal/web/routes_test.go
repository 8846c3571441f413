package web

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/member"
)

// The table of routes is the policy of access; a change of it must show in the diff. go test ./internal/web -update writes it.
func TestRoutesGolden(t *testing.T) {
	const golden = "testdata/routes.golden"
	var lines []string
	for _, r := range testServer(t, testConfig(t)).routes() {
		lines = append(lines, fmt.Sprintf("%-4s %-40s %s", r.Method, r.Path, r.Access))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[5:], b[5:]) })
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("routes changed (err %v); now:\n%s", err, got)
	}
}

// Nothing is reachable that does not stand in the table, and nothing in the table is unreachable.
func TestTableIsWhatEchoKnows(t *testing.T) {
	s := testServer(t, testConfig(t))
	table, known := map[string]bool{}, map[string]bool{}
	for _, r := range s.routes() {
		name := r.Method + " " + r.Path
		if table[name] {
			t.Errorf("%s stands twice", name)
		}
		table[name] = true
		if r.Method == http.MethodGet {
			table[http.MethodHead+" "+r.Path] = true
		}
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s: HTML forms know GET and POST", name)
		}
	}
	for _, r := range s.echo.Routes() {
		known[r.Method+" "+r.Path] = true
	}
	for name := range table {
		if !known[name] {
			t.Errorf("%s is not registered", name)
		}
	}
	for name := range known {
		if !table[name] {
			t.Errorf("%s is registered past the table", name)
		}
	}
}

func TestRouteWithoutAccessIsRefused(t *testing.T) {
	s := testServer(t, testConfig(t))
	ok := func(c echo.Context, _ desk.Actor) error { return c.NoContent(http.StatusOK) }
	for _, r := range []route{
		{Method: http.MethodGet, Path: "/a", Handle: ok},
		{Method: http.MethodGet, Path: "/b", Handle: ok, Access: only()},
		{Method: http.MethodGet, Path: "/c", Access: Anyone},
	} {
		if s.register(r) == nil {
			t.Errorf("%s registered", r.Path)
		}
	}
}

// as whom, what, and the answer expected.
func TestAccess(t *testing.T) {
	ok := func(c echo.Context, _ desk.Actor) error { return c.NoContent(http.StatusNoContent) }
	s := testServer(t, testConfig(t),
		route{Method: http.MethodGet, Path: "/t/any", Access: Anyone, Handle: ok},
		route{Method: http.MethodGet, Path: "/t/in", Access: SignedIn, Handle: ok},
		route{Method: http.MethodGet, Path: "/t/mentor", Access: only(member.Mentor, member.Admin), Handle: ok},
		route{Method: http.MethodGet, Path: "/t/secret", Access: only(member.Mentor).unknownToOthers(), Handle: ok},
		route{Method: http.MethodPost, Path: "/t/deed", Access: only(member.Mentor), Handle: ok},
	)
	const none, trainee, mentor, broken, expired = "", "trainee-token", "mentor-token", "broken-token", "old-token"
	for _, c := range []struct {
		ask  asked
		who  string
		want int
	}{
		{get("/t/any"), none, 204},
		{get("/t/any"), trainee, 204},
		{get("/t/any"), broken, 500},
		{get("/t/in"), none, 303},
		{get("/t/in"), trainee, 204},
		{get("/t/in"), expired, 303},
		{get("/t/mentor"), none, 303},
		{get("/t/mentor"), trainee, 403},
		{get("/t/mentor"), mentor, 204},
		{get("/t/secret"), none, 404},
		{get("/t/secret"), trainee, 404},
		{get("/t/secret"), mentor, 204},
		{post("/t/deed", nil), none, 303},
		{post("/t/deed", nil), trainee, 403},
		{post("/t/deed", nil), mentor, 204},
		{post("/t/deed", nil), expired, 401},
		{get("/t/deed"), mentor, 405},
		{get("/t/none"), none, 404},
		{get("/healthz"), broken, 200},
	} {
		if w := c.ask.as(c.who).of(s); w.Code != c.want {
			t.Errorf("%s %s as %q: got %d, want %d", c.ask.method, c.ask.path, c.who, w.Code, c.want)
		}
	}
	if to := get("/t/in?a=1&b=2").of(s).Header().Get("Location"); to != "/login?next=%2Ft%2Fin%3Fa%3D1%26b%3D2" {
		t.Errorf("a stranger is sent to %s", to)
	}
}
