package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// CallsOnPage is how many people to call a coordinator's page names at most: more than anybody calls in a day.
const CallsOnPage = 10

// UnplacedAfter is how long somebody may be ready before the coordinator is told that no job has come of it.
const UnplacedAfter = 60 * 24 * time.Hour

// Call is somebody to call today, and why.
type Call struct {
	Member       member.ID
	Name         string
	Cohort       cohort.ID
	CohortName   string
	Reason       cohort.Reason
	Since        time.Time
	LastActivity time.Time // zero: never
}

// Today is what a coordinator sees first.
type Today struct {
	Calls         []Call
	MoreCalls     bool // than are named
	Queue         store.QueueFigures
	PromiseDays   int
	Unplaced      []store.Unplaced // ready for long, and no job has come of it
	UnplacedTotal int
	Cohorts       []store.CohortRow
	MoreCohorts   bool
}

// LookToday shows a coordinator her center as it stands now: whom to call, the mentors' queue against the promise, who has
// been ready for long, and the cohorts.
func (d *Desk) LookToday(ctx context.Context, a Actor) (Today, error) {
	if err := must(a, member.Coordinator); err != nil {
		return Today{}, err
	}
	now := d.Now()
	center, err := d.Store.Center(ctx, a.Center)
	if err != nil {
		return Today{}, err
	}
	t := Today{PromiseDays: center.PromiseDays}
	if t.Calls, t.MoreCalls, err = d.calls(ctx, a.Center, now); err != nil {
		return t, err
	}
	if t.Queue, err = d.Store.QueueFigures(ctx, a.Center, now.AddDate(0, 0, -center.PromiseDays)); err != nil {
		return t, err
	}
	const named = 5
	if t.Unplaced, t.UnplacedTotal, err = d.Store.Unplaced(ctx, a.Center, now, now.Add(-UnplacedAfter), named); err != nil {
		return t, err
	}
	const cohorts = 8
	t.Cohorts, t.MoreCohorts, err = d.Store.Cohorts(ctx, a.Center, now, 0, cohorts)
	return t, err
}

// urgency is the order in which people are called.
var urgency = []cohort.Reason{cohort.ReturnedLong, cohort.NeverStarted, cohort.LateWork, cohort.Quiet}

// calls are who needs help by the stated rule, the most urgent first and of those the longest silent.
func (d *Desk) calls(ctx context.Context, c member.CenterID, now time.Time) (calls []Call, more bool, err error) {
	signs, err := d.Store.NeedHelp(ctx, c, now, CallsOnPage+1)
	if err != nil {
		return nil, false, err
	}
	var ids []cohort.ID
	for _, s := range signs {
		if reason, since, ok := cohort.Attention(s.Signs, now); ok {
			calls = append(calls, Call{s.Member, s.Name, s.Cohort, "", reason, since, s.LastActivity})
			ids = append(ids, s.Cohort)
		}
	}
	slices.SortFunc(calls, func(x, y Call) int {
		return cmp.Or(cmp.Compare(slices.Index(urgency, x.Reason), slices.Index(urgency, y.Reason)), x.Since.Compare(y.Since), cmp.Compare(x.Member, y.Member))
	})
	if more = len(calls) > CallsOnPage; more {
		calls = calls[:CallsOnPage]
	}
	names, err := d.Store.CohortNames(ctx, ids)
	for i := range calls {
		calls[i].CohortName = names[calls[i].Cohort]
	}
	return calls, more, err
}
