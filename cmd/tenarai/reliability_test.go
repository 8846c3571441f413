package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/demo"
)

// asProgram makes the test binary the program itself, in a process of its own that can be killed.
const asProgram = "TENARAI_TEST_AS_PROGRAM"

func init() {
	if os.Getenv(asProgram) != "" {
		main()
	}
}

// service is the program in a process of its own.
type service struct {
	*exec.Cmd
	address string
	errs    bytes.Buffer
	ended   chan error
}

var listens = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// startDemo starts `tenarai demo` on a folder and returns when it listens.
func startDemo(t *testing.T, data string) *service {
	t.Helper()
	s := &service{Cmd: exec.Command(os.Args[0], "demo", "--data", data, "--addr", "127.0.0.1:0"), ended: make(chan error, 1)}
	s.Env = append(os.Environ(), asProgram+"=yes")
	s.Stderr = &s.errs
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Process.Kill() })
	lines := bufio.NewScanner(out)
	for s.address == "" && lines.Scan() {
		s.address = listens.FindString(lines.Text())
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		s.ended <- s.Wait()
	}()
	if s.address == "" {
		t.Fatalf("the service does not say where it listens: %s", s.errs.String())
	}
	return s
}

// visitor is a person's browser, whose cookies outlive the service.
type visitor struct {
	http.Client
	t *testing.T
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, Client: http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// send posts a form; an error means that no whole answer came.
func (b *visitor) send(address string, form url.Values) (status int, to string, err error) {
	res, err := b.PostForm(address, form)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header.Get("Location"), err
}

func (b *visitor) signIn(s *service, name string) {
	b.t.Helper()
	status, to, err := b.send(s.address+"/login", url.Values{"email": {name + "@tenarai.example"}, "password": {demo.Password}})
	if err != nil || status != http.StatusSeeOther {
		b.t.Fatalf("sign in as %s: %d %s %v", name, status, to, err)
	}
}

// wish is a deed that a person asks for until she is told that it is done.
type wish struct {
	action, item, path string
	form               url.Values
}

// wishes are lessons to read, with hand-ins between them. The first module is left out: the town's outsider has read it.
func wishes(t *testing.T) []wish {
	t.Helper()
	library, err := loadCourses("")
	if err != nil {
		t.Fatal(err)
	}
	var out []wish
	for _, m := range library.Catalog.Course(demo.C1).Modules[1:] {
		for _, it := range m.Items {
			key := fmt.Sprintf("KEY%s", strings.Map(func(r rune) rune {
				if r < 'A' || r > 'Z' {
					return -1
				}
				return r
			}, strings.ToUpper(it.Ref.Path())))
			switch {
			case it.Kind == course.KindLesson:
				out = append(out, wish{"lesson.read", it.Ref.Path(), it.Ref.Path() + "/done", url.Values{"key": {key}}})
			case it.Kind == course.KindAssignment && it.Assignment.Deliver.Text:
				out = append(out, wish{"submission.handed_in", it.Ref.Path(), it.Ref.Path() + "/attempts", url.Values{
					"key": {key}, "attempt": {"1"}, "text": {"三時間かけて書いた文です。"}, "minutes": {"90"},
				}})
			}
		}
	}
	return out
}

// Killed without warning at any moment, the service has kept all it acknowledged, and what is sent again because no answer
// came counts once.
func TestKilledServiceKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	const people, kills = 2, 4
	data, all := t.TempDir(), wishes(t)
	if len(all) < 25 {
		t.Fatalf("only %d wishes", len(all))
	}
	s := startDemo(t, data)
	who := [people]string{"aoi", "outsider"}
	var browsers [people + 1]*visitor
	for i, name := range append(who[:], "haruka") {
		browsers[i] = newVisitor(t)
		browsers[i].signIn(s, name)
	}
	var (
		done        [people]int // wishes acknowledged
		typed, kept int         // of haruka's draft: sent, and acknowledged
	)
	for killed := 0; done[0] < len(all) || done[1] < len(all); killed++ {
		kill, acknowledged := int64(1+rand.IntN(people*len(all)/kills)), atomic.Int64{}
		if killed >= kills {
			kill = -1 // let it finish
		}
		acked := func() {
			if acknowledged.Add(1) == kill {
				_ = s.Process.Kill()
			}
		}
		over := make(chan struct{})
		var asking, typing sync.WaitGroup
		for i := range people {
			asking.Go(func() {
				for ; done[i] < len(all); done[i]++ {
					w := all[done[i]]
					status, to, err := browsers[i].send(s.address+w.path, w.form)
					if err != nil {
						return // killed: she does not know, and asks again later
					}
					if status != http.StatusSeeOther {
						t.Errorf("%s: %d %s", w.path, status, to)
						return
					}
					acked()
				}
			})
		}
		typing.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				typed++
				status, _, err := browsers[people].send(s.address+"/courses/"+demo.C1+"/communication/late-notice/draft", url.Values{"text": {fmt.Sprintf("下書き%d", typed)}})
				if err != nil {
					return
				}
				if status != http.StatusSeeOther {
					t.Errorf("draft: %d", status)
					return
				}
				kept = typed
			}
		})
		asking.Wait()
		close(over)
		typing.Wait()
		if t.Failed() {
			return
		}
		_ = s.Process.Kill()
		if err := <-s.ended; err == nil {
			t.Error("killed, and ended well")
		}
		holds(t, data, who[:], done[:], all, kept, typed)
		s = startDemo(t, data)
		for i := range people { // the last acknowledged once more, as after going back in the browser
			if n := done[i] - 1; n >= 0 {
				if status, to, err := browsers[i].send(s.address+all[n].path, all[n].form); err != nil || status != http.StatusSeeOther {
					t.Errorf("%s again: %d %s %v", all[n].path, status, to, err)
				}
			}
		}
	}
	holds(t, data, who[:], done[:], all, kept, typed)
	_ = s.Process.Kill()
	if err := <-s.ended; err == nil {
		t.Error("killed, and ended well")
	}
	if out, errs, status := command(t, "recount", "--data", data); status != 0 {
		t.Errorf("figures differ from the facts: %s%s", out, errs)
	}
}

// holds compares the database with what was acknowledged.
func holds(t *testing.T, data string, who []string, done []int, all []wish, kept, typed int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(data, "tenarai.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, name := range who {
		for n, w := range all {
			var times int
			err := db.QueryRow(`SELECT COUNT(*) FROM event e JOIN member m ON m.id = e.actor_id WHERE m.email = ? AND e.action = ? AND e.data ->> 'item' = ?`,
				name+"@tenarai.example", w.action, w.item).Scan(&times)
			if err != nil {
				t.Fatal(err)
			}
			if n < done[i] && times != 1 || n == done[i] && times > 1 || n > done[i] && times != 0 {
				t.Errorf("%s: %s is there %d times; %d were acknowledged, this is number %d", name, w.path, times, done[i], n+1)
			}
		}
	}
	var draft string
	err = db.QueryRow(`SELECT COALESCE(MAX(d.body), '') FROM draft d JOIN member m ON m.id = d.member_id WHERE m.email = 'haruka@tenarai.example' AND d.key LIKE 'work %late-notice'`).Scan(&draft)
	if err != nil {
		t.Fatal(err)
	}
	for n := kept; n <= typed; n++ {
		if n == 0 || strings.Contains(draft, fmt.Sprintf("下書き%d\"", n)) {
			return
		}
	}
	t.Errorf("the draft is %s; %d was acknowledged, %d sent", draft, kept, typed)
}

// Told to stop, the service answers what is under way, takes nothing new, and ends well.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := startDemo(t, t.TempDir())
	b := newVisitor(t)
	b.signIn(s, "aoi")
	body, typing := io.Pipe()
	answered := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		r, err := http.NewRequest(http.MethodPost, s.address+"/courses/"+demo.C1+"/communication/late-notice/draft", body) //nolint:noctx // a test
		if err != nil {
			answered <- err
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		close(begun)
		res, err := b.Do(r)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode != http.StatusSeeOther {
				err = fmt.Errorf("status %d", res.StatusCode)
			}
		}
		answered <- err
	}()
	<-begun
	if _, err := io.WriteString(typing, "text=slowly"); err != nil { // the transport has taken it: the request is under way
		t.Fatal(err)
	}
	asked := newVisitor(t) // an answer here means that the one above has been accepted before it
	if res, err := asked.Get(s.address + "/healthz"); err != nil {
		t.Fatal(err)
	} else {
		_ = res.Body.Close()
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(s.address, "http://")
	for { // until it takes nothing new
		c, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", host)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-answered:
		t.Fatalf("answered before it was sent whole: %v", err)
	case err := <-s.ended:
		t.Fatalf("it stopped while a request was under way: %v", err)
	default:
	}
	if err := errors.Join(second(io.WriteString(typing, "+typed")), typing.Close(), <-answered); err != nil {
		t.Fatalf("the request under way: %v", err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("it ends with %v: %s", err, s.errs.String())
	}
}

func second(_ int, err error) error { return err }

// Mistakes of whoever runs the program are told in words, on standard error, and change nothing.
func TestMistakesOfTheKeeperAreTold(t *testing.T) {
	data := t.TempDir()
	first := []string{"member", "add", "--data", data, "--role", "admin", "--email", "a@b.example", "--name", "管理 花子", "--center", "yuzawa", "--center-name", "湯沢"}
	if _, errs, status := command(t, first...); status != 0 {
		t.Fatal(errs)
	}
	notADatabase := filepath.Join(t.TempDir(), "x.db")
	write(t, notADatabase, strings.Repeat("no database ", 1000))
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"twice":              {first, "address"},
		"no address":         {[]string{"member", "add", "--data", data, "--role", "admin", "--email", "nobody", "--name", "x"}, "email: "},
		"two lines":          {[]string{"member", "add", "--data", data, "--role", "admin", "--email", "c@b.example\nBcc: x@y.example", "--name", "x"}, "email: "},
		"no name":            {[]string{"member", "add", "--data", data, "--role", "admin", "--email", "c@b.example", "--name", " "}, "name: "},
		"folder is a file":   {[]string{"migrate", "--data", file}, "not a directory"},
		"not a database":     {[]string{"migrate", "--data", data, "--database", "sqlite:" + notADatabase}, "not a database"},
		"no such kind":       {[]string{"migrate", "--data", data, "--database", "mysql:x"}, `"sqlite:" or "postgres://"`},
		"nobody there":       {[]string{"migrate", "--data", data, "--database", "postgres://127.0.0.1:1/x"}, "refused"},
		"no mail folder":     {[]string{"serve", "--data", data, "--addr", "127.0.0.1:0", "--mail", "dir:/nonexistent"}, "--mail"},
		"port out of bounds": {[]string{"serve", "--data", data, "--addr", "127.0.0.1:99999"}, "port"},
	} {
		out, errs, status := command(t, c.args...)
		if status == 0 || !strings.Contains(errs, "tenarai: ") || !strings.Contains(errs, c.says) || out != "" && status != wrongUsage {
			t.Errorf("%s: status %d, says %q, want %q", name, status, errs, c.says)
		}
		if regexp.MustCompile(`\b(member|problem|store)\.[a-z_]+\b`).MatchString(errs) {
			t.Errorf("%s: a key instead of words: %s", name, errs)
		}
	}
}

// tenarai.toml that is broken, or has a number where a text belongs, is named.
func TestBrokenSettingsFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{"addr = \"x\n", "data = 5\n", "addr\n", "\x00\xff"} {
		write(t, settingsFileName, text)
		if _, errs, status := command(t, "migrate"); status == 0 || !strings.Contains(errs, settingsFileName) {
			t.Errorf("%q: status %d, %s", text, status, errs)
		}
	}
}

// A name of several lines becomes one line before it is kept: it stands in mail and on paper.
func TestNamesOfAccountsAreOneLine(t *testing.T) {
	data := t.TempDir()
	_, errs, status := command(t, "member", "add", "--data", data, "--role", "admin", "--email", "a@b.example", "--name", " 花子\r\nBcc: evil@evil.example ",
		"--center", "yuzawa", "--center-name", "湯沢")
	if status != 0 {
		t.Fatal(errs)
	}
	town, err := openTown(t.Context(), settings{Data: data}, townOptions{now: time.Now, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer town.close()
	m, err := town.store.MemberByEmail(context.Background(), "a@b.example")
	if err != nil || m.Name != "花子 Bcc: evil@evil.example" {
		t.Errorf("%q, %v", m.Name, err)
	}
}
