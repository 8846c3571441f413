package desk_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/store"
)

// certify lets the trainee complete the course and gives her certificate's number.
func (s *class) certify() string {
	s.t.Helper()
	s.read(s.trainee, "one", "l1")
	_, err := s.answer(s.trainee, "one", "q1", 1, 0)
	s.must(err)
	f := s.pass(s.trainee, "one", "w1")
	if len(f.Certificates) != 1 {
		s.t.Fatalf("%+v", f)
	}
	return string(f.Certificates[0].Number)
}

// However many ask for a paper at once, before it was ever made, all get the same bytes, and so does everybody later.
func TestPaperIsTheSameForEverybody(t *testing.T) {
	inClass(t, func(s *class) {
		number := s.certify()
		papers := make([]store.PDF, 50)
		var wg sync.WaitGroup
		for i := range papers {
			who := s.trainee
			if i%2 == 0 {
				who = s.mentor
			}
			wg.Go(func() {
				var err error
				if papers[i], _, err = s.CertificatePDF(s.ctx, who, number); err != nil {
					s.t.Error(err)
				}
			})
		}
		wg.Wait()
		s.now = s.now.AddDate(3, 0, 0)
		later, n, err := s.CertificatePDF(s.ctx, s.trainee, strings.ToLower(number))
		s.must(err)
		for i, p := range papers {
			if !bytes.Equal(p.Bytes, later.Bytes) || p.SHA256 != hash(string(p.Bytes)) || len(p.Bytes) == 0 {
				s.t.Fatalf("reader %d got %q, later %q", i, p.Bytes, later.Bytes)
			}
		}
		if string(n) != number || !strings.Contains(string(later.Bytes), "/verify/"+number) {
			s.t.Errorf("%s: %q", n, later.Bytes)
		}
		rendered := len(s.rendered)
		_, _, err = s.CertificatePDF(s.ctx, s.mentor, number)
		s.must(err)
		if len(s.rendered) != rendered {
			s.t.Error("it was made again")
		}
	})
}

// A paper is its holder's and her center's staff's; to others it does not exist, until she makes it public.
func TestWhoMayReadAPaper(t *testing.T) {
	inClass(t, func(s *class) {
		number := s.certify()
		always := map[string]desk.Actor{"holder": s.trainee, "mentor": s.mentor, "coordinator": s.person("小野寺", s.yuzawa, "coordinator"), "admin": s.person("管理", s.yuzawa, "admin")}
		public := map[string]desk.Actor{
			"another trainee": s.other, "another center's mentor": s.stranger, "company": s.person("川連", s.yuzawa, "company"), "producer": s.person("柴田", s.yuzawa, "producer"), "nobody": {},
			"nobody who claims a center": {Center: s.yuzawa},
		}
		reads := func(when string, who map[string]desk.Actor, may bool) {
			s.t.Helper()
			for name, a := range who {
				p, _, err := s.CertificatePDF(s.ctx, a, number)
				if may && (err != nil || len(p.Bytes) == 0) || !may && (!problem.Is(err, problem.NotFound) || p.Bytes != nil) {
					s.t.Errorf("%s, %s: %q, %v", when, name, p.Bytes, err)
				}
			}
		}
		reads("at first", public, false)
		if len(s.rendered) != 0 {
			s.t.Error("it was made for somebody who may not read it")
		}
		reads("at first", always, true)
		for name, a := range map[string]desk.Actor{"mentor": s.mentor, "another trainee": s.other, "nobody": {}} {
			if err := s.MakePublic(s.ctx, a, number, true); !problem.Is(err, problem.NotFound) {
				s.t.Errorf("%s made it public: %v", name, err)
			}
		}
		reads("still", public, false)
		s.must(s.MakePublic(s.ctx, s.trainee, number, true))
		reads("public", public, true)
		s.must(s.MakePublic(s.ctx, s.trainee, number, false))
		reads("taken back", public, false)
		reads("taken back", always, true)
		for _, wrong := range []string{"", "x", number[:len(number)-1], string(certificate.NewNumber(make([]byte, certificate.NumberBytes)))} {
			if _, _, err := s.CertificatePDF(s.ctx, s.trainee, wrong); !problem.Is(err, problem.NotFound) {
				s.t.Errorf("number %q: %v", wrong, err)
			}
		}
	})
}

// Anybody learns for what a certificate is valid; whose it is only while she allows it.
func TestVerify(t *testing.T) {
	inClass(t, func(s *class) {
		number := s.certify()
		allow := func(when time.Time) {
			m, err := s.store.Member(s.ctx, s.trainee.Member)
			s.must(err)
			m.Consent.VerifyName = when
			s.must(s.Batch(s.ctx, func(ctx context.Context) error {
				return s.store.SetProfile(ctx, m.ID, store.Profile{Name: m.Name, Language: "ja", Consent: m.Consent})
			}))
		}
		for _, c := range []struct {
			allowed time.Time
			name    string
		}{{time.Time{}, ""}, {s.now, "佐藤 葵"}, {time.Time{}, ""}} {
			allow(c.allowed)
			for _, typed := range []string{number, strings.ToLower(number), " " + strings.ReplaceAll(number, "-", "") + " "} {
				v, err := s.Verify(s.ctx, typed)
				if err != nil || v.State != certificate.Valid || v.Name != c.name || v.Code != "S" || v.Proof.Pieces != 1 || v.Center != "yuzawa" || string(v.Number) != number || !v.Issued.Equal(s.now) {
					s.t.Errorf("allowed %v, typed %q: %+v, %v", c.allowed, typed, v, err)
				}
			}
		}
		unknown := string(certificate.NewNumber(bytes.Repeat([]byte{7}, certificate.NumberBytes)))
		_, err := s.Verify(s.ctx, unknown)
		s.refused("an unknown number", err, "certificate.unknown")
		if _, err := s.Verify(s.ctx, "0"+number[1:]); number[0] != '0' && !problem.Is(err, problem.Invalid) {
			s.t.Errorf("a number mistyped: %v", err)
		}
	})
}

// The certificate stays as it was on its day, whatever its holder is called later.
func TestCertificateIsASnapshot(t *testing.T) {
	inClass(t, func(s *class) {
		number := s.certify()
		s.must(s.Batch(s.ctx, func(ctx context.Context) error {
			return s.store.SetProfile(ctx, s.trainee.Member, store.Profile{Name: "別 名前", Language: "ja"})
		}))
		s.teach(classCatalog("2", modulePart{"one", []string{"l9"}}))
		p, _, err := s.CertificatePDF(s.ctx, s.trainee, number)
		s.must(err)
		r, err := s.LookRecord(s.ctx, s.trainee)
		s.must(err)
		snap := r.Certificates[0].Snapshot
		if !bytes.Contains(p.Bytes, []byte("佐藤 葵")) || snap.Edition != "1" || snap.Minutes != 30 || len(snap.Pieces) != 1 || snap.Pieces[0].Assessors[0] != "伊藤 誠" || len(snap.Skills) != 1 {
			s.t.Errorf("%q, %+v", p.Bytes, snap)
		}
	})
}

// The real paper of the demo town is the same bytes for fifty who ask at once.
func TestRealPaper(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		yumi := town.Actor(t, "yumi")
		held, err := town.Store.Certificates(t.Context(), yumi.Member)
		if err != nil || len(held) == 0 {
			t.Fatalf("%d certificates, %v", len(held), err)
		}
		papers := make([]store.PDF, 50)
		var wg sync.WaitGroup
		for i := range papers {
			wg.Go(func() {
				var err error
				if papers[i], _, err = town.Desk.CertificatePDF(t.Context(), yumi, string(held[0].Number)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, p := range papers {
			if !bytes.HasPrefix(p.Bytes, []byte("%PDF-")) || p.SHA256 != hash(string(p.Bytes)) || p.SHA256 != papers[0].SHA256 {
				t.Fatalf("%.20q with hash %s", p.Bytes, p.SHA256)
			}
		}
	})
}

// Readiness lapses by itself at its instant, thirty days after the hours were stated, without anybody doing anything; the
// page says why, no company sees her, and stating the hours anew brings it back.
func TestReadinessLapses(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		yumi := town.Actor(t, "yumi")
		line := func() desk.ReadyLine {
			p, err := town.Desk.LookReadiness(t.Context(), yumi)
			if err != nil {
				t.Fatal(err)
			}
			return p.Lines[0]
		}
		seen := func() int {
			p, err := town.Desk.LookPostings(t.Context(), town.Actor(t, "company"), "", "", 0, 9)
			if err != nil || len(p.Rows) == 0 {
				t.Fatalf("no posting, %v", err)
			}
			post, err := town.Store.Posting(t.Context(), yumi.Center, p.Rows[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			rows, _, err := town.Store.Candidates(t.Context(), post, town.Clock.Now(), 100)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, r := range rows {
				if r.Member == yumi.Member {
					n++
				}
			}
			return n
		}
		until := line().Readiness.Until
		if !line().Readiness.Ready || seen() != 1 || until.After(demotest.Now.AddDate(0, 0, 31)) || !until.After(demotest.Now) {
			t.Fatalf("ready until %v, seen %d times", until, seen())
		}
		for _, c := range []struct {
			at    time.Time
			ready bool
		}{{until.Add(-time.Millisecond), true}, {until, false}, {demotest.Now.AddDate(0, 0, 31), false}} {
			town.Clock.Set(c.at)
			l := line()
			old := len(l.Readiness.Missing) == 1 && l.Readiness.Missing[0].Rule == readiness.RuleHours && l.Readiness.Missing[0].Key == "hours_old"
			if l.Readiness.Ready != c.ready || old == c.ready || (seen() == 1) != c.ready {
				t.Errorf("at %v: ready %v, missing %+v, seen %d", c.at, l.Readiness.Ready, l.Readiness.Missing, seen())
			}
			home, err := town.Desk.LookHome(t.Context(), yumi)
			if want := map[bool]desk.NextKind{true: desk.NextJobs, false: desk.NextGap}[c.ready]; err != nil || home.Next.Kind != want {
				t.Errorf("at %v the next thing is %s, want %s, %v", c.at, home.Next.Kind, want, err)
			}
		}
		f, err := town.Desk.SaveProfile(t.Context(), yumi, desk.ProfileForm{Kana: "よしだ ゆみ", HoursWeek: 10, Share: true, Language: "ja"})
		if err != nil || len(f.Ready) != 1 || !line().Readiness.Ready || seen() != 1 {
			t.Errorf("stated anew: %+v, %v, ready %v, seen %d", f, err, line().Readiness.Ready, seen())
		}
	})
}

// What the town taught under one set of course files is still proven, shown and certified when the files are others.
func TestRecordOutlivesTheCourse(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		yumi := town.Actor(t, "yumi")
		before, err := town.Desk.LookRecord(t.Context(), yumi)
		if err != nil {
			t.Fatal(err)
		}
		config := town.Desk.Config
		config.Catalog = &course.Catalog{Skills: config.Catalog.Skills}
		bare := desk.New(config)
		after, err := bare.LookRecord(t.Context(), yumi)
		if err != nil || len(after.Held) != len(before.Held) || len(after.Certificates) != len(before.Certificates) || len(before.Held) == 0 {
			t.Errorf("%d skills and %d certificates of %d and %d, %v", len(after.Held), len(after.Certificates), len(before.Held), len(before.Certificates), err)
		}
		for i, h := range after.Held {
			if h.ID != before.Held[i].ID || h.Level != before.Held[i].Level || len(h.Awards) != len(before.Held[i].Awards) {
				t.Errorf("%s: %d with %d awards, was %+v", h.ID, h.Level, len(h.Awards), before.Held[i])
			}
		}
		if _, err := bare.LookHome(t.Context(), yumi); err != nil {
			t.Errorf("home without courses: %v", err)
		}
		if q, err := bare.LookAtQueue(t.Context(), town.Actor(t, "mentor"), "mentor", desk.QueueAfter{}); err != nil || len(q.Rows) == 0 {
			t.Errorf("the queue without courses: %d rows, %v", len(q.Rows), err)
		}
	})
}
