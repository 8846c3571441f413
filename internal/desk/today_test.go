package desk_test

import (
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

func TestTodayNamesWhomToCallAndWhy(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		start := h.now
		never := h.trainee("始めない 人", "", "never@tenarai.example")
		quiet := h.trainee("静かな 人", "", "quiet@tenarai.example")
		stuck := h.trainee("直さない 人", "", "stuck@tenarai.example")
		waits := h.trainee("待つ 人", "", "waits@tenarai.example")
		h.read(quiet, "first", "one", "read")
		h.assess(h.makoto, h.handIn(stuck, 1), 1, practice.Return)
		h.handIn(waits, 1)
		reasons := func() map[member.ID]cohort.Reason {
			today, err := h.LookToday(t.Context(), h.kyoko)
			h.must(err)
			out := map[member.ID]cohort.Reason{}
			for _, c := range today.Calls {
				if c.CohortName != "秋の組" || c.Name == "" || c.Since.IsZero() {
					t.Errorf("call %+v says too little", c)
				}
				out[c.Member] = c.Reason
			}
			return out
		}
		if got := reasons(); len(got) != 0 {
			t.Errorf("on the first day: %v", got)
		}
		h.now = start.Add(cohort.UnopenedAfter)
		if got := reasons(); len(got) != 1 || got[never.Member] != cohort.NeverStarted {
			t.Errorf("after three days: %v", got)
		}
		h.now = start.Add(cohort.QuietAfter + time.Hour)
		if got := reasons(); len(got) != 3 || got[quiet.Member] != cohort.Quiet || got[stuck.Member] != cohort.ReturnedLong || got[waits.Member] != "" {
			t.Errorf("after two weeks: %v", got)
		}
		today, err := h.LookToday(t.Context(), h.kyoko)
		h.must(err)
		if today.Calls[0].Member != stuck.Member || today.Calls[1].Member != never.Member {
			t.Errorf("not the most urgent first: %+v", today.Calls)
		}
		if q := today.Queue; q.Waiting != 1 || q.Late != 1 || q.Returned != 1 || !q.Oldest.Equal(start) {
			t.Errorf("queue %+v", q)
		}
		if len(today.Cohorts) != 1 || today.Cohorts[0].Members != 4 || today.Cohorts[0].Started != 3 {
			t.Errorf("cohorts %+v", today.Cohorts)
		}
	})
}

func TestTodayNamesWhoIsReadyForLong(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		yumi := h.trainee("𠮷田 由美", "よしだ ゆみ", "yumi@tenarai.example")
		h.exec("UPDATE member SET hours_week = 10, hours_stated_at = $1 WHERE id = $2", h.now.UnixMilli(), int64(yumi.Member))
		h.finish(yumi)
		h.exec("UPDATE readiness SET until = $1", h.now.AddDate(1, 0, 0).UnixMilli()) // she states her hours again and again
		unplaced := func() int {
			today, err := h.LookToday(t.Context(), h.kyoko)
			h.must(err)
			if today.UnplacedTotal != len(today.Unplaced) {
				t.Errorf("%d named of %d", len(today.Unplaced), today.UnplacedTotal)
			}
			return today.UnplacedTotal
		}
		ready := h.now
		h.now = ready.Add(60*24*time.Hour - time.Second)
		if n := unplaced(); n != 0 {
			t.Errorf("a second before 60 days: %d", n)
		}
		h.now = ready.Add(60 * 24 * time.Hour)
		if n := unplaced(); n != 1 {
			t.Errorf("after 60 days: %d", n)
		}
		h.now = ready.AddDate(1, 0, 0)
		if n := unplaced(); n != 0 {
			t.Errorf("after the flag lapsed: %d", n)
		}
	})
}
