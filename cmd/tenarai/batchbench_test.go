package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/store"
)

// BenchmarkBatch issues the certificates of a whole cohort, then sends them as one ZIP and as one file for the printer. Each
// line has the CPU time of one certificate, with the parts that printing and the machine credential are of it, and the most
// memory that the heap held meanwhile: before the garbage is collected (peak-MB) and of what is still in use (live-MB).
func BenchmarkBatch(b *testing.B) {
	for _, size := range []int{100, 1_000} {
		b.Run(fmt.Sprint("issue/", size), func(b *testing.B) {
			c := cityOf(b, 100)
			m := meter{every: 50}
			d := m.desk(b, c.desk)
			coordinator := c.actorIn(b, "coordinator")
			b.ReportAllocs()
			var spent time.Duration
			var sent int64
			for b.Loop() {
				b.StopTimer()
				c.newBatch(b, coordinator, size)
				began, before := cpu(b), c.queries.Load()
				b.StartTimer()
				if worked, err := d.WorkBatch(context.Background()); err != nil || !worked {
					b.Fatal(worked, err)
				}
				spent, sent = spent+cpu(b)-began, sent+c.queries.Load()-before
			}
			each := float64(b.N * size)
			b.ReportMetric(float64((spent-m.looking).Microseconds())/each, "cpu-µs/paper")
			b.ReportMetric(float64(m.printed.Microseconds())/each, "print-µs/paper")
			b.ReportMetric(float64(m.vouched.Microseconds())/each, "credential-µs/paper")
			b.ReportMetric(float64(sent)/each, "queries/paper")
			m.report(b)
		})
		for _, as := range []string{"zip", "pdf"} {
			b.Run(fmt.Sprint(as, "/", size), func(b *testing.B) {
				c := cityOf(b, 100)
				coordinator, cookie := c.actorIn(b, "coordinator"), c.cookie(b, "coordinator")
				id := c.newBatch(b, coordinator, size)
				if _, err := c.desk.WorkBatch(context.Background()); err != nil {
					b.Fatal(err)
				}
				m := meter{every: 5}
				measure(b, c, func() {
					b.ReportMetric(float64(c.fetch(b, &m, cookie, id, as))/1e6, "MB/file")
				})
				m.report(b)
			})
		}
	}
}

// fetch asks for the certificates of a batch in one file, of which nothing is kept, and answers with its size.
func (c *city) fetch(b testing.TB, m *meter, cookie *http.Cookie, id certificate.BatchID, as string) int {
	b.Helper()
	w := &sink{ResponseRecorder: httptest.NewRecorder(), b: b, meter: m}
	r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/center/batches/%d/certificates.%s", id, as), nil)
	r.AddCookie(cookie)
	c.site.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatal(w.Code)
	}
	return w.bytes
}

// TestZIPHoldsOnePaper sends batches of large papers: what is held meanwhile does not grow with their number.
func TestZIPHoldsOnePaper(t *testing.T) {
	const few, many, paper = 30, 150, 256 << 10
	c, err := makeCity(0)
	if err != nil {
		t.Fatal(err)
	}
	coordinator, cookie := c.actorIn(t, "coordinator"), c.cookie(t, "coordinator")
	config := c.desk.Config
	config.Badges = nil
	config.Render = func(certificate.Sheet) (store.PDF, error) {
		return store.PDF{Bytes: make([]byte, paper), SHA256: "x", Renderer: "test"}, nil
	}
	held := func(n int) uint64 {
		id := c.newBatch(t, coordinator, n)
		if _, err := desk.New(config).WorkBatch(context.Background()); err != nil {
			t.Fatal(err)
		}
		m := meter{every: 1}
		if size := c.fetch(t, &m, cookie, id, "zip"); size < n*paper {
			t.Fatalf("%d bytes of %d papers", size, n)
		}
		return m.live
	}
	// All papers in memory would take thirty megabytes more.
	if a, b := held(few), held(many); b > a+(many-few)*paper/8 {
		t.Errorf("%d papers held %d bytes, %d papers %d", few, a, many, b)
	}
}

// newBatch begins a batch for a new cohort of people who have finished.
func (c *city) newBatch(b testing.TB, coordinator desk.Actor, size int) certificate.BatchID {
	b.Helper()
	if err := c.desk.SetUpKeys(context.Background()); err != nil {
		b.Fatal(err)
	}
	id, err := c.desk.IssueToCohort(context.Background(), coordinator, demotest.Crowd(b, c.dsn, "yumi", size))
	if err != nil {
		b.Fatal(err)
	}
	return id
}

// meter takes the time of the parts of a batch and looks at the heap in between.
type meter struct {
	printed, vouched time.Duration
	looking          time.Duration // its own
	peak, live       uint64
	looks, every     int // how often it looks, and at which of these it collects the garbage first
}

// desk is a desk whose printer and credentials are measured.
func (m *meter) desk(b *testing.B, d *desk.Desk) *desk.Desk {
	b.Helper()
	config := d.Config
	config.Badges = timedBadges{config.Badges, b, m}
	config.Render = func(s certificate.Sheet) (store.PDF, error) {
		began := cpu(b)
		p, err := d.Render(s)
		m.printed += cpu(b) - began
		m.look(b)
		return p, err
	}
	return desk.New(config)
}

type timedBadges struct {
	desk.Badges
	b *testing.B
	m *meter
}

func (t timedBadges) Credential(c certificate.Claim, k certificate.SigningKey) ([]byte, error) {
	began := cpu(t.b)
	doc, err := t.Badges.Credential(c, k)
	t.m.vouched += cpu(t.b) - began
	return doc, err
}

// look reads how large the heap is, and sometimes how much of it is in use.
func (m *meter) look(b testing.TB) {
	b.Helper()
	began := cpu(b)
	defer func() { m.looking += cpu(b) - began }()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m.peak = max(m.peak, now.HeapAlloc)
	if m.looks++; m.looks%m.every == 0 {
		runtime.GC()
		runtime.ReadMemStats(&now)
		m.live = max(m.live, now.HeapAlloc)
	}
}

func (m *meter) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(m.peak)/1e6, "peak-MB")
	b.ReportMetric(float64(m.live)/1e6, "live-MB")
}

// sink counts what it is sent, keeps none of it, and looks at the heap now and then.
type sink struct {
	*httptest.ResponseRecorder
	b             testing.TB
	meter         *meter
	bytes, looked int
}

func (s *sink) Write(p []byte) (int, error) {
	if s.bytes += len(p); s.bytes-s.looked >= 1<<20 {
		s.looked = s.bytes
		s.meter.look(s.b)
	}
	return io.Discard.Write(p)
}
