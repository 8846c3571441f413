package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	coursefiles "tenarai/courses"
	"tenarai/internal/demo"
	"tenarai/internal/store"
)

// command runs a command line as a person would.
func command(t *testing.T, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	p := program{Now: time.Now, Out: &o, Err: &e, Env: func(string) (string, bool) { return "", false }}
	status = p.run(t.Context(), args)
	return o.String(), e.String(), status
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 0, "Make a throw-away demo town"},
		{[]string{"--help"}, 0, "recount"},
		{[]string{"serve", "--help"}, 0, "TENARAI_DATABASE"},
		{[]string{"demo", "--help"}, 0, "--public-demo"},
		{[]string{"courses", "check", "--help"}, 0, "file:line: message"},
		{[]string{"nonsense"}, wrongUsage, "nonsense"},
		{[]string{"serve", "--addr"}, wrongUsage, "--addr"},
		{[]string{"demo", "--addr", "0.0.0.0:0"}, wrongUsage, "--public-demo"},
		{[]string{"serve", "--addr", "0.0.0.0:0", "--data", filepath.Join(t.TempDir(), "x")}, wrongUsage, "--base-url"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--files", "s3://x", "--data", filepath.Join(t.TempDir(), "y")}, wrongUsage, "--files"},
		{[]string{"member", "add", "--role", "king", "--email", "a@b.example", "--name", "x"}, wrongUsage, "--role"},
		{[]string{"demo", "--at", "tomorrow"}, wrongUsage, "--at"},
	} {
		out, errs, status := command(t, c.args...)
		if status != c.status || !strings.Contains(out+errs, c.says) {
			t.Errorf("tenarai %s: status %d, want %d; says %q, want %q", strings.Join(c.args, " "), status, c.status, out+errs, c.says)
		}
		if status != 0 && !strings.Contains(errs, "tenarai:") {
			t.Errorf("tenarai %s: the mistake does not stand on standard error: %q", strings.Join(c.args, " "), errs)
		}
	}
}

// A flag wins over the environment, the environment over tenarai.toml.
func TestSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	file, set := filepath.Join(t.TempDir(), "from-file"), filepath.Join(t.TempDir(), "from-environment")
	write(t, "tenarai.toml", `data = "`+file+`"`+"\n")
	if out, errs, status := command(t, "migrate"); status != 0 || !isThere(filepath.Join(file, "tenarai.db")) {
		t.Fatalf("tenarai.toml is not read: %d %s%s", status, out, errs)
	}
	t.Setenv("TENARAI_DATA", set)
	p := program{Now: time.Now, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}, Env: os.LookupEnv}
	if p.run(t.Context(), []string{"migrate"}) != 0 || !isThere(filepath.Join(set, "tenarai.db")) {
		t.Error("the environment does not win over tenarai.toml")
	}
	flag := filepath.Join(t.TempDir(), "from-flag")
	if p.run(t.Context(), []string{"migrate", "--data", flag}) != 0 || !isThere(filepath.Join(flag, "tenarai.db")) {
		t.Error("a flag does not win over the environment")
	}
	write(t, "tenarai.toml", "colour = \"blue\"\n")
	if _, errs, status := command(t, "migrate"); status == 0 || !strings.Contains(errs, "colour") {
		t.Errorf("an unknown setting in tenarai.toml passes: %d %s", status, errs)
	}
}

// Real people's databases and demo towns are never taken for each other.
func TestDemoMark(t *testing.T) {
	real, town := t.TempDir(), t.TempDir()
	if out, errs, status := command(t, "member", "add", "--data", real, "--role", "admin", "--email", "a@home.example", "--name", "管理 人", "--center", "yuzawa",
		"--center-name", "湯沢市在宅ワークセンター"); status != 0 || !regexp.MustCompile(`^http://127\.0\.0\.1:8080/invitation/\S+\n$`).MatchString(out) {
		t.Fatalf("member add: %d %q %q", status, out, errs)
	}
	if _, errs, status := command(t, "seed", "--demo", "--data", real); status != failed || !strings.Contains(errs, "not a demo town") {
		t.Errorf("a demo town is made on real people's database: %d %s", status, errs)
	}
	if out, errs, status := command(t, "seed", "--demo", "--data", town); status != 0 || !strings.Contains(out, "aoi@tenarai.example") {
		t.Fatalf("seed: %d %s%s", status, out, errs)
	}
	if _, errs, status := command(t, "serve", "--addr", "127.0.0.1:0", "--data", town); status != failed || !strings.Contains(errs, "demo") {
		t.Errorf("serve opens a demo town: %d %s", status, errs)
	}
}

// The service starts on an empty folder, answers, and stops cleanly when it is told to.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listening, ended := make(chan string, 1), make(chan int, 1)
	var errs bytes.Buffer
	p := program{Now: time.Now, Out: &bytes.Buffer{}, Err: &errs, Env: os.LookupEnv, served: func(addr string) { listening <- addr }}
	go func() { ended <- p.run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--data", t.TempDir()}) }()
	var addr string
	select {
	case addr = <-listening:
	case status := <-ended:
		t.Fatalf("serve ended with %d: %s", status, errs.String())
	}
	for _, path := range []string{"/", "/login", "/healthz", "/readyz", "/verify"} {
		res, err := http.Get("http://" + addr + path) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("told to stop, serve ends with %d: %s", status, errs.String())
	}
}

// Our courses are clean, and each of eleven planted mistakes is listed with its file and line in one go.
func TestCoursesCheck(t *testing.T) {
	if out, errs, status := command(t, "courses", "check", "--data", t.TempDir()); status != 0 || !strings.Contains(out, "C1 c1-home-working") || !strings.Contains(out, "prior-learning: ") || !strings.Contains(out, "min") {
		t.Fatalf("our courses: %d\n%s%s", status, out, errs)
	}
	town := t.TempDir()
	if _, errs, status := command(t, "seed", "--demo", "--data", town); status != 0 {
		t.Fatal(errs)
	}
	dir := filepath.Join(t.TempDir(), "courses")
	if err := os.CopyFS(dir, coursefiles.FS); err != nil {
		t.Fatal(err)
	}
	planted := plant(t, dir)
	out, _, status := command(t, "courses", "check", dir, "--data", town)
	if status != failed {
		t.Errorf("status %d, want %d", status, failed)
	}
	line := regexp.MustCompile(`(?m)^(\S+):(\d+): (.+)$`)
	for what, want := range planted {
		found := false
		for _, m := range line.FindAllStringSubmatch(out, -1) {
			found = found || strings.HasSuffix(m[1], want.file) && strings.Contains(m[3], want.says)
		}
		if !found {
			t.Errorf("%s: %s with %q is not listed in\n%s", what, want.file, want.says, out)
		}
	}
}

type mistake struct{ file, says string }

// plant breaks eleven things in a copy of our courses.
func plant(t *testing.T, dir string) map[string]mistake {
	t.Helper()
	c1, c2 := filepath.Join(dir, demo.C1), filepath.Join(dir, demo.C2)
	edit(t, filepath.Join(c1, "money/pay-per-hour.ja.md"), `skills: [`, `skills: [OFF-99, `)
	quiz := read(t, filepath.Join(c1, "safety/quiz.yaml"))
	ids := regexp.MustCompile(`(?m)^  - id: (\S+)$`).FindAllStringSubmatch(quiz, 2)
	edit(t, filepath.Join(c1, "safety/quiz.yaml"), "- id: "+ids[1][1]+"\n", "- id: "+ids[0][1]+"\n")
	edit(t, filepath.Join(c1, "communication/late-notice/assignment.yaml"), "  pass: {min_total_percent: 65, no_zero: true}\n", "")
	title := regexp.MustCompile(`(?m)^title: \{ja: ("[^"]*"), en: "[^"]*"\}$`)
	module := read(t, filepath.Join(c1, "exam/module.yaml"))
	edit(t, filepath.Join(c1, "exam/module.yaml"), title.FindString(module), title.ReplaceAllString(title.FindString(module), `title: {ja: $1}`))
	add(t, filepath.Join(c1, "contracts/how-to-ask.ja.md"), "\n[ない所](no-such-lesson)へ。\n")
	add(t, filepath.Join(c1, "contracts/days-until-payment.ja.md"), "\n![絵です](pictures/none.png)\n")
	edit(t, filepath.Join(dir, "jobtypes.yaml"), "pieces: 2", "pieces: 9")
	edit(t, filepath.Join(c2, "touch-typing/module.yaml"), "home-position", "home-row")
	if err := os.Rename(filepath.Join(c2, "touch-typing/home-position.ja.md"), filepath.Join(c2, "touch-typing/home-row.ja.md")); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(dir, "prior-learning/portfolio.yaml"), "Portfolio: {skill}", "Portfolio")
	add(t, filepath.Join(c1, "warning-signs/not-a-job.en.md"), "\n## One heading more\n\nText.\n")
	write(t, filepath.Join(c1, "money/forgotten.ja.md"), read(t, filepath.Join(c1, "money/tax-withheld.ja.md")))
	return map[string]mistake{
		"unknown skill":            {"money/pay-per-hour.ja.md", "OFF-99"},
		"duplicate id":             {"safety/quiz.yaml", ids[0][1]},
		"rubric without pass rule": {"late-notice/assignment.yaml", "pass"},
		"missing language":         {"exam/module.yaml", "English"},
		"broken link":              {"contracts/how-to-ask.ja.md", "no-such-lesson"},
		"picture missing":          {"contracts/days-until-payment.ja.md", "none.png"},
		"bar nobody can reach":     {"jobtypes.yaml", "OFF-03"},
		"ids that vanished":        {"module.yaml", "home-position"},
		"portfolio without skill":  {"prior-learning/portfolio.yaml", "{skill}"},
		"headings differ":          {"warning-signs/not-a-job.en.md", "heading"},
		"file that stands nowhere": {"money/forgotten.ja.md", "not listed"},
	}
}

// Recount finds nothing in the demo town, and finds a planted difference.
func TestRecount(t *testing.T) {
	dir := t.TempDir()
	if _, errs, status := command(t, "seed", "--demo", "--data", dir, "--trainees", "50"); status != 0 {
		t.Fatal(errs)
	}
	if out, errs, status := command(t, "recount", "--data", dir); status != 0 {
		t.Fatalf("the demo town: %d\n%s%s", status, out, errs)
	}
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "tenarai.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	yumi, err := s.MemberByEmail(t.Context(), "yumi@tenarai.example")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run(t.Context(), yumi.ID, demo.C1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Tx(t.Context(), func(ctx context.Context) error { return s.MoveModule(ctx, run.ID, "money", 1, 0, 0) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out, _, status := command(t, "recount", "--data", dir)
	if status != failed || strings.Count(out, "\n") != 1 || !strings.Contains(out, "money") {
		t.Errorf("one planted difference: status %d\n%s", status, out)
	}
	if _, _, status := command(t, "recount", "--fix", "--data", dir); status != failed {
		t.Errorf("mending it answers %d, want %d", status, failed)
	}
	if out, _, status := command(t, "recount", "--data", dir); status != 0 {
		t.Errorf("after mending: %d\n%s", status, out)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	writable(t, path)
	write(t, path, read(t, path)+text)
}

func edit(t *testing.T, path, was, is string) {
	t.Helper()
	text := read(t, path)
	if was == "" || !strings.Contains(text, was) {
		t.Fatalf("%s does not say %q", path, was)
	}
	writable(t, path)
	write(t, path, strings.Replace(text, was, is, 1))
}

// writable undoes what copying from the binary does: embedded files are read-only.
func writable(t *testing.T, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !os.IsNotExist(err)
}

// How often the garbage is collected is left to whoever sets GOGC.
func TestCollectRarely(t *testing.T) {
	for name, set := range map[string]bool{"GOGC is set": true, "GOGC is not set": false} {
		before := debug.SetGCPercent(77)
		collectRarely(func(string) (string, bool) { return "77", set })
		if got := debug.SetGCPercent(before); (got == 77) != set {
			t.Errorf("%s: %d", name, got)
		}
	}
}
