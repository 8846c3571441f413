package match

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

var (
	now     = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	bar     = readiness.Bar{JobType: "data-entry", Requires: []readiness.Requirement{{Skill: "OFF-03", Level: skill.Alone}, {Skill: "SEC-01", Level: skill.Alone}}}
	posting = job.Posting{ID: 7, JobType: "data-entry", HoursWeek: 10, Hours: 40}
)

func award(id skill.ID, l skill.Level, piece int64, marks ...int) skill.Award {
	w := skill.Award{Skill: id, Level: l, Evidence: skill.Evidence{Piece: piece}}
	for _, m := range marks {
		w.Evidence.Rows = append(w.Evidence.Rows, skill.Row{Mark: m})
	}
	return w
}

// fit is somebody who meets every filter and earns no more than she must.
func fit() Candidate {
	return Candidate{
		Member: 1, Readiness: readiness.Readiness{Ready: true, Until: now.Add(time.Hour)}, ReadySince: now,
		Record: skill.Record{award("OFF-03", skill.Alone, 1, 2, 2), award("SEC-01", skill.Alone, 1, 2)},
		Hours:  member.Availability{HoursWeek: 10}, Sharing: true, PaidJobs: 1,
	}
}

// Every filter keeps out alone, and says what it is by its name.
func TestFilters(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Candidate)
		want   []Filter
	}{
		"fits":              {func(*Candidate) {}, nil},
		"not ready":         {func(c *Candidate) { c.Readiness.Ready = false }, []Filter{FilterReady}},
		"lapsed just now":   {func(c *Candidate) { c.Readiness.Until = now }, []Filter{FilterReady}},
		"lapses in a tick":  {func(c *Candidate) { c.Readiness.Until = now.Add(1) }, nil},
		"a skill too low":   {func(c *Candidate) { c.Record[1].Level = skill.WithModel }, []Filter{FilterSkill}},
		"no skill":          {func(c *Candidate) { c.Record = nil }, []Filter{FilterSkill, FilterSkill}},
		"an hour too few":   {func(c *Candidate) { c.Hours.HoursWeek = 9 }, []Filter{FilterHours}},
		"no consent":        {func(c *Candidate) { c.Sharing = false }, []Filter{FilterConsent}},
		"consent for this":  {func(c *Candidate) { c.Sharing, c.Interested = false, now }, nil},
		"hours and consent": {func(c *Candidate) { c.Sharing, c.Hours.HoursWeek = false, 0 }, []Filter{FilterHours, FilterConsent}},
	} {
		c1 := fit()
		c.change(&c1)
		m := Hold(bar, posting, c1, now)
		var got []Filter
		for _, u := range m.Unmet {
			got = append(got, u.Filter)
		}
		if !slices.Equal(got, c.want) || m.Shown() != (len(c.want) == 0) {
			t.Errorf("%s: unmet %v, shown %v; want %v", name, got, m.Shown(), c.want)
		}
	}
}

func points(m Match, n TermName) int {
	for _, t := range m.Terms {
		if t.Name == n {
			return t.Points
		}
	}
	return -1
}

// Each term at nothing, in between, and at its most.
func TestTerms(t *testing.T) {
	for _, c := range []struct {
		term   TermName
		change func(*Candidate)
		want   int
	}{
		{TermSurplus, func(*Candidate) {}, 0},
		{TermSurplus, func(c *Candidate) { c.Record = append(c.Record, award("OFF-03", skill.Checks, 2, 3)) }, 15},
		{TermSurplus, func(c *Candidate) {
			c.Record = append(c.Record, award("OFF-03", skill.Checks, 2, 3), award("SEC-01", skill.Checks, 2, 3))
		}, 30},
		{TermEvidence, func(*Candidate) {}, 8}, // one piece at 2.00: 200 of 600
		{TermEvidence, func(c *Candidate) { c.Record = append(c.Record, award("OFF-03", skill.Alone, 2, 3, 3)) }, 20},
		{TermEvidence, func(c *Candidate) {
			c.Record = append(c.Record, award("OFF-03", skill.Alone, 2, 3), award("SEC-01", skill.Alone, 3, 3), award("OFF-03", skill.Alone, 4, 2))
		}, 25},
		{TermEvidence, func(c *Candidate) { c.Record = append(c.Record, award("WEB-01", skill.Checks, 9, 3)) }, 8}, // another skill's
		{TermInterest, func(c *Candidate) { c.Interested = now }, 15},
		{TermHours, func(*Candidate) {}, 0},
		{TermHours, func(c *Candidate) { c.Hours.HoursWeek = 12 }, 4},
		{TermHours, func(c *Candidate) { c.Hours.HoursWeek = 15 }, 10},
		{TermHours, func(c *Candidate) { c.Hours.HoursWeek = 60 }, 10},
		{TermOnTime, func(*Candidate) {}, 0},
		{TermOnTime, func(c *Candidate) { c.OnTime, c.Due = 4, 5 }, 8},
		{TermFirst, func(*Candidate) {}, 0},
		{TermFirst, func(c *Candidate) { c.PaidJobs = 0 }, 5},
		{TermWaiting, func(c *Candidate) { c.PaidJobs, c.ReadySince = 0, now.AddDate(0, 0, -30) }, 0},
		{TermWaiting, func(c *Candidate) { c.PaidJobs, c.ReadySince = 0, now.AddDate(0, 0, -45) }, 2},
		{TermWaiting, func(c *Candidate) { c.PaidJobs, c.ReadySince = 0, now.AddDate(0, 0, -60) }, 5},
		{TermWaiting, func(c *Candidate) { c.ReadySince = now.AddDate(0, 0, -90) }, 0}, // has had paid work
	} {
		c1 := fit()
		c.change(&c1)
		if got := points(Hold(bar, posting, c1, now), c.term); got != c.want {
			t.Errorf("%s: %d points, want %d (%+v)", c.term, got, c.want, c1)
		}
	}
}

func drawAward(t *rapid.T) skill.Award {
	w := award(rapid.SampledFrom([]skill.ID{"OFF-03", "SEC-01", "WEB-01"}).Draw(t, "skill"), skill.Level(rapid.IntRange(0, 3).Draw(t, "level")),
		rapid.Int64Range(1, 5).Draw(t, "piece"), rapid.SliceOfN(rapid.IntRange(0, 3), 0, 4).Draw(t, "marks")...)
	w.At = now.Add(-time.Duration(rapid.IntRange(0, 800).Draw(t, "days")) * 24 * time.Hour)
	return w
}

func drawCandidate(t *rapid.T, id member.ID) Candidate {
	c := Candidate{
		Member:    id,
		Readiness: readiness.Readiness{Ready: rapid.Bool().Draw(t, "ready"), Until: now.Add(time.Duration(rapid.IntRange(-2, 9).Draw(t, "until")) * time.Hour)},
		Record:    rapid.SliceOfN(rapid.Custom(drawAward), 0, 6).Draw(t, "record"), Hours: member.Availability{HoursWeek: rapid.IntRange(0, 60).Draw(t, "hours")},
		Sharing: rapid.Bool().Draw(t, "sharing"), PaidJobs: rapid.IntRange(0, 2).Draw(t, "paid"), Offers: rapid.IntRange(0, 2).Draw(t, "offers"),
		OnTime: rapid.IntRange(0, 9).Draw(t, "kept"), Due: rapid.IntRange(0, 9).Draw(t, "due"),
		ReadySince: now.AddDate(0, 0, -rapid.IntRange(0, 90).Draw(t, "since")),
	}
	if rapid.Bool().Draw(t, "interested") {
		c.Interested = now
	}
	return c
}

// The score is the sum of its visible terms, each between nothing and its most, together between 0 and 100.
func TestScoreIsItsTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := posting
		p.HoursWeek = rapid.IntRange(0, 40).Draw(t, "asked")
		m := Hold(bar, p, drawCandidate(t, 1), now)
		sum, most := 0, 0
		for _, x := range m.Terms {
			if x.Points < 0 || x.Points > x.Max {
				t.Fatalf("%s gives %d of %d", x.Name, x.Points, x.Max)
			}
			sum, most = sum+x.Points, most+x.Max
		}
		if m.Score != sum || m.Score > 100 || m.Fits() && most != 100 {
			t.Fatalf("score %d, terms sum to %d of %d", m.Score, sum, most)
		}
	})
}

// Nobody is shown whom a filter keeps out, whatever else she has.
func TestUnmetIsNeverShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCandidate(t, 1)
		m := Hold(bar, posting, c, now)
		ok := c.Readiness.Ready && now.Before(c.Readiness.Until) && c.Hours.HoursWeek >= posting.HoursWeek && (c.Sharing || !c.Interested.IsZero())
		for _, q := range bar.Requires {
			ok = ok && c.Record.Held(q.Skill) >= q.Level
		}
		if m.Shown() != ok {
			t.Fatalf("shown %v, want %v: %+v", m.Shown(), ok, m.Unmet)
		}
	})
}

// The order depends on who they are, not on how they came in: and everybody of a tie is told how many share it.
func TestRankIgnoresTheOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "n")
		var ms []Match
		for i := range n {
			c := fit()
			if rapid.Bool().Draw(t, "any") {
				c = drawCandidate(t, 0)
			}
			c.Member = member.ID(i + 1)
			ms = append(ms, Hold(bar, posting, c, now))
		}
		other := rapid.Permutation(ms).Draw(t, "other")
		Rank(ms)
		Rank(other)
		for i := range ms {
			if ms[i].Candidate.Member != other[i].Candidate.Member || ms[i].TiedWith != other[i].TiedWith {
				t.Fatalf("place %d differs", i)
			}
			if i > 0 && ms[i].Fits() && (!ms[i-1].Fits() || ms[i-1].Score < ms[i].Score) {
				t.Fatalf("place %d is better than the one before", i)
			}
			same := 0
			for _, m := range ms {
				if m.Fits() && m.Score == ms[i].Score {
					same++
				}
			}
			if ms[i].Fits() && ms[i].TiedWith != same-1 {
				t.Fatalf("tied with %d, want %d", ms[i].TiedWith, same-1)
			}
		}
	})
}

// Among equals: fewest offers, then the longest ready; the last word changes from posting to posting.
func TestTies(t *testing.T) {
	rank := func(p job.Posting, cs ...Candidate) (ids []member.ID) {
		var ms []Match
		for _, c := range cs {
			ms = append(ms, Hold(bar, p, c, now))
		}
		Rank(ms)
		for _, m := range ms {
			ids = append(ids, m.Candidate.Member)
		}
		return ids
	}
	a, b := fit(), fit()
	b.Member = 2
	a.Offers = 1
	if got := rank(posting, a, b); got[0] != 2 {
		t.Errorf("fewer offers do not go first: %v", got)
	}
	a.Offers, b.ReadySince = 0, now.Add(-time.Hour)
	if got := rank(posting, a, b); got[0] != 2 {
		t.Errorf("the longer wait does not go first: %v", got)
	}
	b.ReadySince = a.ReadySince
	first := map[member.ID]bool{}
	for id := range 64 {
		p := posting
		p.ID = job.PostingID(id + 1)
		got := rank(p, a, b)
		first[got[0]] = true
		if again := rank(p, b, a); !slices.Equal(got, again) {
			t.Errorf("posting %d: the last word is not fixed", id+1)
		}
	}
	if len(first) != 2 {
		t.Error("the same person wins every tie")
	}
}
