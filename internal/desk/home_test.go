package desk_test

import (
	"testing"

	"tenarai/internal/desk"
)

// Somebody ready is sent to the jobs; once she has said "interested" in one that is open, it is the company's turn, until
// she takes it back or the posting ends.
func TestHomeTellsWhoseTurnItIs(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		a := w.ready("由美", 20, false)
		says := func(when string, interested bool, jobs int) {
			w.Helper()
			h, err := w.LookHome(w.ctx, a)
			w.must(err)
			n := 0
			for _, open := range h.OpenJobs {
				n += open
			}
			if h.Next.Kind != desk.NextJobs || h.Interested != interested || n != jobs {
				w.Errorf("%s: %s, interested %v, %d jobs", when, h.Next.Kind, h.Interested, n)
			}
		}
		says("ready", false, 1)
		w.must(w.SetInterest(w.ctx, a, id, true))
		says("interested", true, 1)
		w.must(w.SetInterest(w.ctx, a, id, false))
		says("taken back", false, 1)
		w.must(w.SetInterest(w.ctx, a, id, true))
		p, err := w.LookPosting(w.ctx, w.company, id)
		w.must(err)
		w.must(w.ClosePosting(w.ctx, w.company, id, p.Version))
		says("closed", false, 0)
	})
}
