package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// The number of queries does not grow with the people or the postings.
func TestLooksAreConstant(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		one := w.ready("一人目", 20, true)
		measure := func(f func()) int {
			w.queries = 0
			f()
			return w.queries
		}
		looks := func() (n [3]int) {
			w.clock = w.clock.AddDate(0, 0, 1) // a new day: everybody is logged anew
			n[0] = measure(func() { w.candidates(w.company, id) })
			n[1] = measure(func() { _, err := w.LookJobs(w.ctx, one, ""); w.must(err) })
			n[2] = measure(func() { _, err := w.LookPostings(w.ctx, w.company, "", "", 0, 20); w.must(err) })
			return n
		}
		few := looks()
		for i := range 4 {
			w.ready(fmt.Sprintf("%d人目", i+2), 20, true)
			w.open(w.company)
		}
		if many := looks(); many != few || few[0] == 0 {
			w.Errorf("queries grow: %v, then %v", few, many)
		}
	})
}

// The jobs page parts what fits from what nearly fits, with reasons and links to the next step.
func TestJobs(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		draft := w.form()
		draft.Title = "下書き"
		_, err := w.SavePosting(w.ctx, w.company, 0, draft)
		w.must(err)
		aoi, yumi, busy := w.trainee("葵", 0, false), w.ready("由美", 20, false), w.ready("直子", 8, true)

		jobs, err := w.LookJobs(w.ctx, yumi, "")
		if err != nil || len(jobs.Fits) != 1 || len(jobs.Nearly)+len(jobs.Others) != 0 {
			w.Fatalf("ready: %+v %v", jobs, err)
		}
		fits := jobs.Fits[0]
		sum := 0
		for _, term := range fits.Terms {
			sum += term.Points
		}
		if fits.ID != id || fits.Score != sum || sum == 0 || fits.Weeks != 2 || fits.Interested || fits.HourlyYen() != 1200 {
			w.Errorf("%+v", fits)
		}
		w.must(w.SetInterest(w.ctx, yumi, id, true))
		look, err := w.LookJob(w.ctx, yumi, id)
		if err != nil || !look.Interested || look.Score != fits.Score+15 {
			w.Errorf("interest is not counted: %+v %v", look, err)
		}

		jobs, err = w.LookJobs(w.ctx, busy, "")
		if err != nil || len(jobs.Nearly) != 1 || jobs.Nearly[0].Gaps[0] != (desk.JobGap{Key: "few_hours", Need: 10, Have: 8, Href: "/account"}) {
			w.Errorf("too few hours: %+v %v", jobs, err)
		}
		jobs, err = w.LookJobs(w.ctx, aoi, "")
		if err != nil || len(jobs.Others) != 1 {
			w.Fatalf("new: %+v %v", jobs, err)
		}
		var gaps []string
		for _, g := range jobs.Others[0].Gaps {
			gaps = append(gaps, g.Key+" "+g.Href)
		}
		if want := []string{"base /courses/base/m/l", "pieces /courses/base/m/a1", "hours /account"}; !slices.Equal(gaps, want) {
			w.Errorf("missing %v, want %v", gaps, want)
		}
		if jobs, err := w.LookJobs(w.ctx, aoi, "味噌"); err != nil || len(jobs.Others) != 0 {
			w.Errorf("searching: %+v %v", jobs, err)
		}
	})
}

// Interest: once, taken back, for open work of her own center; not being ready is no bar, and is shown when she is.
func TestInterest(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		a := w.trainee("春香", 20, false)
		outsider := w.person("よその人", w.elsewhere, member.Trainee, 0)
		w.must(w.SetInterest(w.ctx, a, id, true))
		w.must(w.SetInterest(w.ctx, a, id, true))
		if w.events("interest.given") != 1 {
			w.Error("pressed twice, noted twice")
		}
		if n := w.candidates(w.company, id).Fit; n != 0 {
			w.Fatal("shown before she is ready")
		}
		w.learns(a, 2)
		if rows := w.candidates(w.company, id).Rows; len(rows) != 1 || !rows[0].Interested {
			w.Errorf("not shown when ready: %+v", rows)
		}
		list, _, err := w.LookShown(w.ctx, a, 0, 1)
		if err != nil || list[0].Basis != "interest" {
			w.Errorf("%+v %v", list, err)
		}
		w.refused("another center", w.SetInterest(w.ctx, outsider, id, true), problem.NotFound, "store.missing")
		_, err = w.LookJob(w.ctx, outsider, id)
		w.refused("another center looks", err, problem.NotFound, "store.missing")
		w.refused("a company", w.SetInterest(w.ctx, w.company, id, true), problem.Forbidden, "desk.not_yours")

		late := w.trainee("遅い人", 20, false)
		w.clock = time.Date(2026, 12, 1, 15, 0, 0, 0, time.UTC) // the deadline's day is over in Tokyo
		w.refused("after the deadline", w.SetInterest(w.ctx, late, id, true), problem.Conflict, "job.closed")
		_, err = w.LookJob(w.ctx, late, id)
		w.refused("after the deadline looks", err, problem.NotFound, "store.missing")
		if look, err := w.LookJob(w.ctx, a, id); err != nil || look.Live {
			w.Errorf("who is interested still finds it: %+v %v", look, err)
		}
		w.must(w.SetInterest(w.ctx, a, id, false))
		if w.events("interest.withdrawn") != 1 {
			w.Error("taking back is not noted")
		}
		draft, err := w.SavePosting(w.ctx, w.company, 0, w.form())
		w.must(err)
		w.refused("a draft", w.SetInterest(w.ctx, a, draft, true), problem.NotFound, "store.missing")
	})
}
