package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
	"tenarai/internal/store"
)

func winterCohort(h *house) cohort.Cohort {
	return cohort.Cohort{Name: "冬の組", Starts: h.now, Courses: []string{"first"}}
}

func TestProgressShowsWhereEverybodyStands(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		done := h.trainee("あ", "あ", "a@tenarai.example")
		mend := h.trainee("い", "い", "b@tenarai.example")
		wait := h.trainee("う", "う", "c@tenarai.example")
		goes := h.trainee("え", "え", "d@tenarai.example")
		h.trainee("お", "お", "e@tenarai.example")
		h.finish(done)
		h.assess(h.makoto, h.handIn(mend, 1), 1, practice.Return)
		h.now = h.now.Add(time.Hour)
		h.handIn(wait, 1)
		h.now = h.now.Add(time.Hour)
		h.read(goes, "first", "one", "read")

		look := func(by store.ProgressSort, down bool) desk.Progress {
			t.Helper()
			p, err := h.LookProgress(t.Context(), h.kyoko, h.cohort, desk.ProgressOrder{By: by, Down: down}, 1)
			h.must(err)
			return p
		}
		p := look(store.ByName, false)
		if len(p.Columns) != 3 || p.Columns[0].N != 1 || p.Columns[1].N != 2 || p.Columns[2].Course.Slug != "second" {
			t.Fatalf("columns %+v", p.Columns)
		}
		want := []cohort.State{cohort.Done, cohort.NeedsHelp, cohort.Waiting, cohort.Going, cohort.NotStarted}
		for i, r := range p.Rows {
			if r.Cells[0].State != want[i] {
				t.Errorf("%s: %s, want %s", r.Name, r.Cells[0].State, want[i])
			}
		}
		if s := p.Columns[0].Sum; s.Done != 1 || s.Help != 1 || s.Waiting != 1 || s.Going != 1 {
			t.Errorf("sums %+v", s)
		}
		names := func(p desk.Progress) (s string) {
			for _, r := range p.Rows {
				s += r.Name
			}
			return s
		}
		for _, c := range []struct {
			by   store.ProgressSort
			down bool
			want string
		}{
			{store.ByName, false, "あいうえお"},
			{store.ByName, true, "おえういあ"},
			{store.ByProgress, true, "あえおうい"},
			{store.ByActivity, true, "えういあお"},
			{"nonsense", false, "あいうえお"},
		} {
			if got := names(look(c.by, c.down)); got[:3] != c.want[:3] || c.by != store.ByProgress && c.by != store.ByActivity && got != c.want {
				t.Errorf("by %s %v: %s, want %s", c.by, c.down, got, c.want)
			}
		}
		if a, b := names(look(store.ByActivity, false)), names(look(store.ByActivity, true)); a != reversed(b) {
			t.Errorf("turned round, %s is not %s", a, b)
		}
	})
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// The page asks the same number of queries for 3 people as for 60, and the export says the same as the pages do.
func TestProgressCostsTheSameForMany(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		invite := func(from, to int) {
			rows := make([]desk.InviteRow, 0, to-from)
			for i := from; i < to; i++ {
				rows = append(rows, desk.InviteRow{Line: i, Name: fmt.Sprintf("人 %03d", i), Email: fmt.Sprintf("x%d@tenarai.example", i)})
			}
			_, err := h.InviteMany(t.Context(), h.key(h.kyoko), h.cohort, rows)
			h.must(err)
		}
		cost := func() (desk.Progress, int) {
			h.queries = nil
			p, err := h.LookProgress(t.Context(), h.kyoko, h.cohort, desk.ProgressOrder{}, 1)
			h.must(err)
			return p, len(h.queries)
		}
		invite(0, 3)
		_, few := cost()
		invite(3, 60)
		p, many := cost()
		if few != many || many > 8 {
			t.Errorf("%d queries for 3 people, %d for 60", few, many)
		}
		if len(p.Rows) != desk.PeopleOnPage || p.Total != 60 {
			t.Errorf("%d rows of %d", len(p.Rows), p.Total)
		}
		second, err := h.LookProgress(t.Context(), h.kyoko, h.cohort, desk.ProgressOrder{}, 2)
		h.must(err)
		far, err := h.LookProgress(t.Context(), h.kyoko, h.cohort, desk.ProgressOrder{}, 1<<40)
		h.must(err)
		if len(second.Rows) != 10 || len(far.Rows) != 10 || far.Rows[0].Member != second.Rows[0].Member {
			t.Errorf("second page %d rows, a page too far %d", len(second.Rows), len(far.Rows))
		}
		_, rows, err := h.ExportProgress(t.Context(), h.kyoko, h.cohort, desk.ProgressOrder{})
		h.must(err)
		var all []desk.ProgressRow
		for r, err := range rows {
			h.must(err)
			all = append(all, r)
		}
		pages := append(slices.Clone(p.Rows), second.Rows...)
		if len(all) != 60 || !slices.EqualFunc(all, pages, func(a, b desk.ProgressRow) bool { return a.Member == b.Member && a.Permille == b.Permille }) {
			t.Errorf("the export has %d rows or another order", len(all))
		}
	})
}

// Two nodes' clocks may differ: what happened last stays last.
func TestLastActivityNeverGoesBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "", "aoi@tenarai.example")
		h.now = h.now.Add(time.Hour)
		latest := h.now
		h.read(aoi, "first", "one", "read")
		h.now = h.now.Add(-30 * time.Minute)
		h.read(aoi, "first", "two", "more")
		look, err := h.LookCohort(t.Context(), h.kyoko, h.cohort, "", 1)
		h.must(err)
		if got := look.Members[0].LastActivity; !got.Equal(latest) {
			t.Errorf("last activity %v, want %v", got, latest)
		}
		if found := h.recount(false); len(found) != 0 {
			t.Errorf("recount finds %+v", found)
		}
	})
}
