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
			var m meter
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
				var m meter
				measure(b, c, func() {
					w := &sink{ResponseRecorder: httptest.NewRecorder(), b: b, meter: &m, every: 1 << 20}
					r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/center/batches/%d/certificates.%s", id, as), nil)
					r.AddCookie(cookie)
					c.site.ServeHTTP(w, r)
					if w.Code != http.StatusOK {
						b.Fatal(w.Code)
					}
					b.ReportMetric(float64(w.bytes)/1e6, "MB/file")
				})
				m.report(b)
			})
		}
	}
}

// newBatch begins a batch for a new cohort of people who have finished.
func (c *city) newBatch(b *testing.B, coordinator desk.Actor, size int) certificate.BatchID {
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
	looks            int
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

// look reads how large the heap is, and every fiftieth time how much of it is in use.
func (m *meter) look(b *testing.B) {
	b.Helper()
	began := cpu(b)
	defer func() { m.looking += cpu(b) - began }()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m.peak = max(m.peak, now.HeapAlloc)
	if m.looks++; m.looks%50 == 0 {
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
	b            *testing.B
	meter        *meter
	bytes, every int
	looked       int
}

func (s *sink) Write(p []byte) (int, error) {
	if s.bytes += len(p); s.bytes-s.looked >= s.every {
		s.looked = s.bytes
		s.meter.look(s.b)
	}
	return io.Discard.Write(p)
}
