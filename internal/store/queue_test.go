package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// bench is a queue of five pieces of one trainee, the longest waiting first: c, a, e, b, d. The pieces a and e came at the
// same instant.
type bench struct {
	*kept
	trainee, one, two member.ID
	run               cohort.CourseRun
	piece             map[string]practice.Submission
}

func onBench(t *testing.T, test func(b *bench)) {
	t.Helper()
	onBoth(t, func(k *kept) {
		b := &bench{kept: k, trainee: k.person("𠮷田 由美", member.Trainee), one: k.person("伊藤 誠", member.Mentor), two: k.person("渡部 恵", member.Mentor), piece: map[string]practice.Submission{}}
		b.run = k.run(b.trainee)
		for _, p := range []struct {
			name string
			hour int
		}{{"c", 1}, {"a", 5}, {"e", 5}, {"b", 7}, {"d", 9}} {
			b.piece[p.name] = k.piece(b.run, p.name, start.Add(time.Duration(p.hour)*time.Hour))
		}
		test(b)
	})
}

// names are the queue's items in their order; the filter's center and turn are filled in.
func (b *bench) names(f store.QueueFilter) string {
	b.t.Helper()
	f.Center = b.center
	if f.Turn == "" {
		f.Turn = practice.WithMentor
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	rows, err := b.Queue(context.Background(), f)
	if err != nil {
		b.t.Fatal(err)
	}
	out := ""
	for _, r := range rows {
		out += r.Ref.Item
	}
	return out
}

func (b *bench) wants(what, want string, f store.QueueFilter) {
	b.t.Helper()
	if got := b.names(f); got != want {
		b.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (b *bench) claim(name string, m member.ID, until, now time.Time) error {
	return b.Tx(context.Background(), func(ctx context.Context) error {
		return b.TakeClaim(ctx, practice.Claim{Submission: b.piece[name].ID, Mentor: m, Until: until}, now)
	})
}

// Whoever waits longest comes first, and pages of any size show the whole queue, nothing twice.
func TestQueueOrderAndPages(t *testing.T) {
	onBench(t, func(b *bench) {
		b.wants("all", "caebd", store.QueueFilter{Mentor: b.one})
		for size := 1; size <= 6; size++ {
			var seen []string
			var after store.QueueRow
			for {
				rows, err := b.Queue(context.Background(), store.QueueFilter{
					Center: b.center, Mentor: b.one, Turn: practice.WithMentor, Limit: size, After: after.Since, AfterID: after.ID,
				})
				if err != nil {
					b.t.Fatal(err)
				}
				if len(rows) == 0 {
					break
				}
				for _, r := range rows {
					seen = append(seen, r.Ref.Item)
				}
				after = rows[len(rows)-1]
			}
			if want := []string{"c", "a", "e", "b", "d"}; !slices.Equal(seen, want) {
				b.t.Errorf("pages of %d: %v", size, seen)
			}
		}
		b.wants("none is returned", "", store.QueueFilter{Mentor: b.one, Turn: practice.WithTrainee})
		other := b.newCenter("yokote")
		if rows, err := b.Queue(context.Background(), store.QueueFilter{Center: other, Turn: practice.WithMentor, Limit: 9}); err != nil || len(rows) != 0 {
			b.t.Errorf("another center sees %d rows, %v", len(rows), err)
		}
		// What was opened and never handed in waits for nobody.
		if s := b.kept.piece(b.kept.run(b.kept.person("二人目")), "a", time.Time{}); s.Attempts != 0 {
			b.t.Fatalf("%+v", s)
		}
		b.wants("still", "caebd", store.QueueFilter{Mentor: b.one})
		b.wants("not returned either", "", store.QueueFilter{Mentor: b.one, Turn: practice.WithTrainee})
	})
}

// A piece that should go to another mentor first is kept from the one until it has waited long enough.
func TestQueueOffersToAnotherFirst(t *testing.T) {
	onBench(t, func(b *bench) {
		s := b.piece["b"] // since 7 o'clock
		s.NotMentor = b.one
		b.do(func(ctx context.Context) error { return b.TurnSubmission(ctx, s, practice.WithMentor) })
		since := s.TurnSince
		b.wants("the one, too early", "caed", store.QueueFilter{Mentor: b.one, OfferTo: since.Add(-time.Millisecond)})
		b.wants("the one, in time", "caebd", store.QueueFilter{Mentor: b.one, OfferTo: since})
		b.wants("the other", "caebd", store.QueueFilter{Mentor: b.two, OfferTo: since.Add(-time.Hour)})
		b.wants("without a rule", "caebd", store.QueueFilter{Mentor: b.one})
		rows, err := b.Queue(context.Background(), store.QueueFilter{Center: b.center, Mentor: b.one, Turn: practice.WithMentor, Limit: 9})
		if err != nil || !rows[3].OtherFirst || rows[0].OtherFirst {
			b.t.Errorf("%+v, %v", rows, err)
		}
	})
}

// What is left for a mentor to take is not held by another, not her own, and not judged by her already.
func TestQueueForHer(t *testing.T) {
	onBench(t, func(b *bench) {
		now := start.Add(10 * time.Hour)
		half := now.Add(30 * time.Minute)
		for name, m := range map[string]member.ID{"c": b.two, "a": b.one} {
			if err := b.claim(name, m, half, now); err != nil {
				b.t.Fatal(err)
			}
		}
		f := store.QueueFilter{Mentor: b.one, ForHer: true, Now: now}
		b.wants("but the other's", "aebd", f)
		f.Now = half
		b.wants("the other's has run out", "caebd", f)
		f.Mentor = b.trainee
		b.wants("her own", "", f)
		attempt, err := b.LastAttempt(context.Background(), b.piece["e"].ID)
		if err != nil {
			b.t.Fatal(err)
		}
		b.do(func(ctx context.Context) error {
			_, err := b.AddAssessment(ctx, practice.Assessment{Attempt: attempt.ID, Submission: b.piece["e"].ID, Mentor: b.one, At: now, Verdict: practice.Pass, SecondLook: true})
			return err
		})
		f.Mentor = b.one
		b.wants("but judged", "cabd", f)
		f.Mentor = b.two
		b.wants("the other did not judge it", "caebd", f)

		rows, err := b.Queue(context.Background(), store.QueueFilter{Center: b.center, Mentor: b.one, Turn: practice.WithMentor, Now: now, Limit: 9})
		if err != nil || rows[0].ClaimedBy != "渡部 恵" || !rows[0].Claim.Until.Equal(half) || rows[1].Claim.Mentor != b.one || rows[2].ClaimedBy != "" {
			b.t.Errorf("claims %+v, %v", rows, err)
		}
		rows, err = b.Queue(context.Background(), store.QueueFilter{Center: b.center, Mentor: b.one, Turn: practice.WithMentor, Now: half, Limit: 9})
		if err != nil || rows[0].ClaimedBy != "" || rows[0].Claim.Mentor != 0 {
			b.t.Errorf("a claim that ran out is shown: %+v, %v", rows[0], err)
		}
	})
}

// A claim keeps others out until its instant, is renewed by its holder, and is given back by nobody else.
func TestClaim(t *testing.T) {
	onBench(t, func(b *bench) {
		until := start.Add(30 * time.Minute)
		holder := func() member.ID {
			c, err := b.Claim(context.Background(), b.piece["a"].ID)
			if err != nil {
				b.t.Fatal(err)
			}
			return c.Mentor
		}
		steps := []struct {
			what  string
			who   member.ID
			until time.Time
			now   time.Time
			taken bool
		}{
			{"free", b.one, until, start, true},
			{"another's", b.two, until.Add(time.Hour), start.Add(time.Minute), false},
			{"renewed", b.one, until.Add(time.Minute), start.Add(time.Minute), true},
			{"a moment too early", b.two, until.Add(time.Hour), until.Add(time.Minute - time.Millisecond), false},
			{"run out", b.two, until.Add(time.Hour), until.Add(time.Minute), true},
			{"the first comes back too late", b.one, until.Add(2 * time.Hour), until.Add(2 * time.Minute), false},
		}
		for _, s := range steps {
			before := holder()
			err := b.claim("a", s.who, s.until, s.now)
			if s.taken && (err != nil || holder() != s.who) || !s.taken && (!problem.Is(err, problem.Conflict) || holder() != before) {
				b.t.Errorf("%s: %v, held by %d", s.what, err, holder())
			}
		}
		b.do(func(ctx context.Context) error { return b.DropClaim(ctx, b.piece["a"].ID, b.one) })
		if holder() != b.two {
			b.t.Error("another gave the claim back")
		}
		b.do(func(ctx context.Context) error { return b.DropClaim(ctx, b.piece["a"].ID, b.two) })
		if holder() != 0 {
			b.t.Error("it is still held")
		}
	})
}

// Of many mentors who take a free piece at once, one has it.
func TestClaimAtOnce(t *testing.T) {
	onBench(t, func(b *bench) {
		const many = 8
		mentors := make([]member.ID, many)
		for i := range mentors {
			mentors[i] = b.person(fmt.Sprint("指導 ", i), member.Mentor)
		}
		results := make([]error, many)
		var wg sync.WaitGroup
		for i, m := range mentors {
			wg.Go(func() { results[i] = b.claim("a", m, start.Add(time.Hour), start) })
		}
		wg.Wait()
		taken := 0
		for _, err := range results {
			if err == nil {
				taken++
			} else if !problem.Is(err, problem.Conflict) {
				b.t.Error(err)
			}
		}
		if taken != 1 {
			b.t.Errorf("%d have it", taken)
		}
	})
}

// The figures above the queue are those of its rows.
func TestQueueFigures(t *testing.T) {
	onBench(t, func(b *bench) {
		figures := func(promised time.Time) store.QueueFigures {
			f, err := b.QueueFigures(context.Background(), b.center, promised)
			if err != nil {
				b.t.Fatal(err)
			}
			return f
		}
		oldest := start.Add(time.Hour)
		five := start.Add(5 * time.Hour)
		if got, want := figures(five), (store.QueueFigures{Waiting: 5, Late: 1, Oldest: oldest}); got != want {
			b.t.Errorf("%+v, want %+v", got, want)
		}
		back := b.piece["c"]
		back.Turn, back.TurnSince = practice.WithTrainee, five
		b.do(func(ctx context.Context) error { return b.TurnSubmission(ctx, back, practice.WithMentor) })
		b.kept.piece(b.kept.run(b.person("二人目")), "a", time.Time{}) // opened, not handed in
		if got, want := figures(five.Add(time.Millisecond)), (store.QueueFigures{Waiting: 4, Returned: 1, Late: 2, Oldest: five}); got != want {
			b.t.Errorf("%+v, want %+v", got, want)
		}
		b.wants("returned", "c", store.QueueFilter{Mentor: b.one, Turn: practice.WithTrainee})
		other := b.newCenter("yokote")
		if f, err := b.QueueFigures(context.Background(), other, five); err != nil || f != (store.QueueFigures{}) {
			b.t.Errorf("another center: %+v, %v", f, err)
		}
	})
}
