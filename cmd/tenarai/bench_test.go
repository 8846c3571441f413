package main

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/pdf"
	"tenarai/internal/practice"
	"tenarai/internal/web"
)

// city is a demo town of some size with its pages.
type city struct {
	*town
	site    *web.Server
	dsn     string
	queries atomic.Int64
	random  *demo.Random
}

// cities are made once for a run: ten thousand people take minutes.
var cities sync.Map

func cityOf(b *testing.B, trainees int) *city {
	b.Helper()
	made, _ := cities.LoadOrStore(trainees, sync.OnceValues(func() (*city, error) { return makeCity(trainees) }))
	c, err := made.(func() (*city, error))()
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func makeCity(trainees int) (*city, error) {
	dir, err := os.MkdirTemp("", "tenarai-bench-")
	if err != nil {
		return nil, err
	}
	folders = append(folders, dir)
	c := &city{random: demo.NewRandom(1)}
	now := time.Now()
	clock := demo.NewClock(func() time.Time { return now })
	s := settings{Addr: "127.0.0.1:0", Data: dir}
	c.dsn = s.database()
	c.town, err = openTown(context.Background(), s, townOptions{
		now: clock.Now, random: c.random, address: "http://tenarai.test", log: io.Discard, passwords: demotest.Cheap,
		count: func(string) { c.queries.Add(1) },
	})
	if err != nil {
		return nil, err
	}
	err = demo.Build(context.Background(), c.desk, demo.Options{Now: now, Clock: clock, Random: c.random, Seed: 1, Trainees: trainees})
	if err != nil {
		return nil, err
	}
	c.site, err = c.town.site(s, clock.Now, nil, nil)
	return c, err
}

var folders []string

func TestMain(m *testing.M) {
	collectRarely(os.LookupEnv) // as the service does: what is measured is its CPU time
	status := m.Run()
	for _, f := range folders {
		_ = os.RemoveAll(f)
	}
	os.Exit(status)
}

// cookie signs somebody in and gives her cookie.
func (c *city) cookie(b testing.TB, name string) *http.Cookie {
	b.Helper()
	token, _, err := c.desk.SignIn(context.Background(), name+"@tenarai.example", demo.Password, "bench")
	if err != nil {
		b.Fatal(err)
	}
	return &http.Cookie{Name: "tenarai", Value: token}
}

// BenchmarkPage asks for the pages that matter most, in towns of two sizes: CPU time, queries and bytes of each request.
func BenchmarkPage(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		for _, page := range []struct{ name, who, path string }{
			{"lesson", "yumi", "/courses/" + demo.C1 + "/money/pay-per-hour"},
			{"home", "haruka", "/learn"},
			{"course", "yumi", "/courses/" + demo.C1},
			{"queue", "mentor", "/mentor"},
			{"today", "coordinator", "/center"},
			{"progress", "coordinator", "/center/cohorts/5/progress"},
			{"match", "company", "/company/postings/1/candidates"},
			{"jobs", "yumi", "/jobs"},
			{"members", "admin", "/admin/members"},
			{"record", "yumi", "/record"},
			{"certificates", "coordinator", "/center/certificates"},
			{"graduates", "coordinator", "/center/cohorts/5/certificates"},
			{"verify", "yumi", "/verify/"}, // and the number of her newest certificate
		} {
			b.Run(fmt.Sprintf("%s/%d", page.name, size), func(b *testing.B) {
				c := cityOf(b, size)
				path := page.path
				if path == "/verify/" {
					held, err := c.store.Certificates(context.Background(), c.actorIn(b, page.who).Member)
					if err != nil || len(held) == 0 {
						b.Fatal("no certificate", err)
					}
					path += string(held[0].Number)
				}
				measurePage(b, c, c.site, path, c.cookie(b, page.who))
			})
		}
	}
}

// BenchmarkAnchor is what every page is measured against: the session, five reads and a page of 18 KB made by
// html/template from some hundred rows of two fields, and nothing else. A page of n KB is within the bars if it costs no more
// than twice 0.2 + 0.8 × n/18 of this (docs/performance.md).
func BenchmarkAnchor(b *testing.B) {
	c := cityOf(b, 100)
	cookie := c.cookie(b, "yumi")
	rows := make([]struct{ Name, Text string }, 115)
	for i := range rows {
		rows[i].Name, rows[i].Text = fmt.Sprint("名前", i), strings.Repeat("あいう", 12)
	}
	page := template.Must(template.New("").Parse(`<!doctype html><title>Anchor</title><table>{{range .}}<tr><th scope="row">{{.Name}}</th><td>{{.Text}}</td></tr>
{{end}}</table>`))
	measurePage(b, c, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		token, err := r.Cookie("tenarai")
		if err != nil {
			b.Fatal(err)
		}
		a, err := c.desk.Session(ctx, token.Value)
		if err != nil {
			b.Fatal(err)
		}
		for range 5 {
			if _, err := c.store.Center(ctx, a.Center); err != nil {
				b.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := page.Execute(&out, rows); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(out.Bytes()); err != nil {
			b.Fatal(err)
		}
	}), "/", cookie)
}

// BenchmarkAssess judges pieces that were just handed in.
func BenchmarkAssess(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := cityOf(b, size)
			mentor := c.actorIn(b, "mentor")
			it := c.library.Catalog.Item(course.Ref{Course: demo.C1, Module: "communication", Item: "late-notice"})
			form := desk.AssessForm{Attempt: 1, Version: 2, Verdict: practice.Pass, Closing: "よくできました。"}
			for _, row := range it.Assignment.Rubric.Rows {
				form.Marks = append(form.Marks, practice.Mark{Row: row.ID, Level: 2})
			}
			b.ReportAllocs()
			var spent time.Duration
			var sent int64
			for b.Loop() {
				b.StopTimer()
				piece := c.newPiece(b, it)
				began, before := cpu(b), c.queries.Load()
				b.StartTimer()
				if _, err := c.desk.Assess(context.Background(), mentor, piece, form); err != nil {
					b.Fatal(err)
				}
				spent, sent = spent+cpu(b)-began, sent+c.queries.Load()-before
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(sent)/float64(b.N), "queries/op")
		})
	}
}

var newcomers atomic.Int64

// newPiece has somebody new hand a piece in.
func (c *city) newPiece(b *testing.B, it *course.Item) practice.SubmissionID {
	b.Helper()
	ctx, n := context.Background(), newcomers.Add(1)
	center := c.actorIn(b, "mentor").Center
	id, err := c.desk.SetUpMember(ctx, desk.Person{Member: member.Member{
		Name: "新人", Email: fmt.Sprintf("new%d@tenarai.example", n), Memberships: []member.Membership{{Center: center, Role: member.Trainee}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	a, err := c.desk.ActorFor(ctx, id, center)
	if err != nil {
		b.Fatal(err)
	}
	in, err := c.desk.HandIn(ctx, a, it.Ref, desk.WorkForm{Attempt: 1, Text: strings.Repeat("お世話になっております。", 20)})
	if err != nil {
		b.Fatal(err)
	}
	return in.Submission
}

func (c *city) actorIn(b testing.TB, name string) desk.Actor {
	b.Helper()
	m, err := c.store.MemberByEmail(context.Background(), name+"@tenarai.example")
	if err != nil {
		b.Fatal(err)
	}
	a, err := c.desk.ActorFor(context.Background(), m.ID, 0)
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkMatch holds everybody who is ready against the open posting, without the page.
func BenchmarkMatch(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := cityOf(b, size)
			producer := c.actorIn(b, "producer")
			measure(b, c, func() {
				if _, err := c.desk.LookCandidates(context.Background(), producer, job.PostingID(1), 0, 20); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkCertificate prints one.
func BenchmarkCertificate(b *testing.B) {
	c := cityOf(b, 100)
	held, err := c.store.Certificates(context.Background(), c.actorIn(b, "yumi").Member)
	if err != nil || len(held) == 0 {
		b.Fatal(err)
	}
	printer, err := pdf.New()
	if err != nil {
		b.Fatal(err)
	}
	one := certificate.Certificate{Number: held[0].Number, Issued: held[0].Issued, Snapshot: held[0].Snapshot}
	measure(b, c, func() {
		if _, err := printer.Certificate(certificate.Sheet{Certificate: one, Address: "https://tenarai.example/verify/" + string(one.Number)}); err != nil {
			b.Fatal(err)
		}
	})
}

// measurePage asks for a page and reports its bytes too.
func measurePage(b *testing.B, c *city, site http.Handler, path string, cookie *http.Cookie) {
	b.Helper()
	asked := 0
	ask := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		asked++
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:80", asked>>16&255, asked>>8&255, asked&255) // who asks too often waits
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%s: %d", path, w.Code)
		}
		return w
	}
	w := ask()
	measure(b, c, func() { ask() })
	b.ReportMetric(float64(w.Body.Len()), "bytes/op")
}

// measure runs f b.N times and reports the CPU time and the queries of one run.
func measure(b *testing.B, c *city, f func()) {
	b.Helper()
	b.ReportAllocs()
	f1, q1 := cpu(b), c.queries.Load()
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64((cpu(b)-f1).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(c.queries.Load()-q1)/float64(b.N), "queries/op")
}

// cpu is the time this process has spent on processors.
func cpu(b testing.TB) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
