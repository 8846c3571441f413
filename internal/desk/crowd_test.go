package desk_test

import (
	"bytes"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// atPeak looks how much of the heap is in use, again and again, and keeps the most.
type atPeak struct{ most uint64 }

func (p *atPeak) look() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
}

// A batch holds one paper at a time, in making them and in handing them out: a larger cohort needs no more memory.
func TestBatchHoldsOnePaper(t *testing.T) {
	const few, many, paper = 30, 150, 256 << 10
	inTown(t, func(t *testing.T, w lives) {
		ctx := t.Context()
		measured := func(n int) (making, handing atPeak) {
			config := w.Desk.Config
			config.Render = func(s certificate.Sheet) (store.PDF, error) {
				w.Queries() // what was counted is let go
				making.look()
				b := bytes.Repeat([]byte{byte(s.Certificate.ID)}, paper)
				return store.PDF{Bytes: b, SHA256: hash(string(b)), Renderer: "test"}, nil
			}
			d := desk.New(config)
			batch, err := d.IssueToCohort(ctx, w.coordinator, demotest.Crowd(t, w.DSN, "yumi", n))
			w.must(err)
			_, err = d.WorkBatch(ctx)
			w.must(err)
			papers, err := d.BatchPapers(ctx, w.coordinator, batch)
			w.must(err)
			seen := 0
			for p, err := range papers {
				w.must(err)
				if len(p.PDF.Bytes) != paper {
					t.Fatalf("%s has a paper of %d bytes", p.Number, len(p.PDF.Bytes))
				}
				seen++
				w.Queries()
				handing.look()
			}
			if seen != n {
				t.Fatalf("%d papers of %d", seen, n)
			}
			return making, handing
		}
		making, handing := measured(few)
		moreMaking, moreHanding := measured(many)
		// All papers in memory would take thirty megabytes more.
		const most = (many - few) * paper / 8
		if moreMaking.most > making.most+most || moreHanding.most > handing.most+most {
			t.Errorf("%d people: %d and %d bytes, %d people: %d and %d bytes", few, making.most, handing.most, many, moreMaking.most, moreHanding.most)
		}
	})
}

// at200 is how many ask at once.
const at200 = 200

// However many finish a course in the same moment, by the same judgement sent again and again, and ask for the paper, there is
// one certificate, one row of bytes for it, and one hash.
func TestTwoHundredAtOnce(t *testing.T) {
	inClass(t, func(s *class) {
		s.read(s.trainee, "one", "l1")
		_, err := s.answer(s.trainee, "one", "q1", 1, 0)
		s.must(err)
		in := s.handIn(s.trainee, "one", "w1", 1)
		sub, err := s.store.Submission(s.ctx, s.mentor.Center, in.Submission)
		s.must(err)
		form := desk.AssessForm{Attempt: 1, Version: sub.Version, Verdict: practice.Pass, Marks: []practice.Mark{{Row: "r1", Level: 2}}}
		keyed := s.key(s.mentor)
		followed, errs := atOnce(at200, func(i int) (desk.Followed, error) {
			if i%2 == 0 {
				return s.Assess(s.ctx, keyed, in.Submission, form) // the same click
			}
			return s.Assess(s.ctx, s.mentor, in.Submission, form) // another one
		})
		numbers := map[certificate.Number]bool{}
		for i, f := range followed {
			if errs[i] != nil && !problem.Is(errs[i], problem.Conflict) {
				t.Errorf("click %d: %v", i, errs[i])
			}
			for _, c := range f.Certificates {
				numbers[c.Number] = true
			}
		}
		held, err := s.store.Certificates(s.ctx, s.trainee.Member)
		s.must(err)
		if len(held) != 1 || len(numbers) != 1 || !numbers[held[0].Number] {
			t.Fatalf("%d certificates, numbers told: %v", len(held), numbers)
		}
		readers := []desk.Actor{s.trainee, s.mentor, s.person("小野寺", s.yuzawa, "coordinator")}
		papers, errs := atOnce(at200, func(i int) (store.PDF, error) { return s.paper(readers[i%3], held[0].Number) })
		for i, p := range papers {
			s.must(errs[i])
			if p.SHA256 != papers[0].SHA256 || p.SHA256 != hash(string(p.Bytes)) || len(p.Bytes) == 0 {
				t.Fatalf("reader %d got %s, reader 0 %s", i, p.SHA256, papers[0].SHA256)
			}
		}
		if kept := s.papers(held[0].ID); len(kept) != 1 || kept["valid"] != papers[0].SHA256 {
			t.Errorf("kept: %v", kept)
		}
	})
}

// Whoever asks for a paper while its certificate is revoked gets it valid or revoked, and from then on revoked; never an
// error, and never a third one.
func TestTwoHundredAcrossARevocation(t *testing.T) {
	inClass(t, func(s *class) {
		number := certificate.Number(s.certify())
		coordinator := s.person("小野寺", s.yuzawa, "coordinator")
		var revoked atomic.Bool
		late := make([]bool, at200)
		papers, errs := atOnce(at200, func(i int) (store.PDF, error) {
			if i == at200/2 {
				err := s.RevokeCertificate(s.ctx, coordinator, string(number), desk.RevokeForm{Reason: certificate.RevocationReasons[0]})
				revoked.Store(true)
				return store.PDF{}, err
			}
			late[i] = revoked.Load()
			return s.paper(s.trainee, number)
		})
		h, err := s.store.CertificateByNumber(s.ctx, number)
		s.must(err)
		last, err := s.paper(s.trainee, number)
		s.must(err)
		kept := s.papers(h.ID)
		if kept["revoked"] != last.SHA256 || len(kept) > 2 {
			t.Errorf("kept: %v, the last is %s", kept, last.SHA256)
		}
		for i, p := range papers {
			s.must(errs[i])
			switch {
			case i == at200/2, p.SHA256 == kept["revoked"]:
			case late[i] || p.SHA256 != kept["valid"] || p.SHA256 == "":
				t.Errorf("reader %d (late: %v) got %s of %v", i, late[i], p.SHA256, kept)
			}
		}
	})
}

func (s *class) paper(a desk.Actor, n certificate.Number) (store.PDF, error) {
	p, got, err := s.CertificatePDF(s.ctx, a, string(n))
	if err == nil && got != n {
		err = fmt.Errorf("asked for %s and got %s", n, got)
	}
	return p, err
}

// papers are the hashes of all that is kept of a certificate, by its state.
func (s *class) papers(id certificate.ID) map[string]string {
	s.t.Helper()
	rows, err := demotest.Open(s.t, s.dsn).QueryContext(s.ctx, fmt.Sprintf("SELECT state, sha256 FROM certificate_paper WHERE certificate_id = %d", id))
	s.must(err)
	defer rows.Close()
	kept := map[string]string{}
	for rows.Next() {
		var state, sum string
		s.must(rows.Scan(&state, &sum))
		kept[state] = sum
	}
	s.must(rows.Err())
	return kept
}
