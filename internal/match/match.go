// Package match says who fits a piece of work and why: hard filters with named reasons, and a score whose every term is
// visible (docs/domain.md, e-3). Matches are computed on reading; nothing goes stale. It sees awards and their evidence,
// never a mentor's marks or words.
package match

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

// Candidate is what is known of a trainee when she is held against a posting.
type Candidate struct {
	Member     member.ID
	Readiness  readiness.Readiness // for the posting's job type, as it stands now
	ReadySince time.Time
	Record     skill.Record
	Hours      member.Availability
	Sharing    bool      // agreed to be shown in general
	Interested time.Time // pressed "interested" on this posting; zero: not
	PaidJobs   int
	Offers     int // offers so far
	OnTime     int // pieces handed in by their deadline …
	Due        int // … of so many that had one
}

// Filter names a hard condition.
type Filter string

// The filters, in the order they are told.
const (
	FilterReady   Filter = "ready"
	FilterSkill   Filter = "skill"
	FilterHours   Filter = "hours"
	FilterConsent Filter = "consent"
)

// Unmet is a filter that keeps somebody out, with what its sentence needs.
type Unmet struct {
	Filter Filter
	Skill  skill.ID
	Need   int
	Have   int
}

// TermName names a term of the score.
type TermName string

// The terms, with the most each can give; together at most 100.
const (
	TermSurplus  TermName = "surplus"   // 30: skill above the least asked
	TermEvidence TermName = "evidence"  // 25: the two best pieces
	TermInterest TermName = "interest"  // 15: she asked for it
	TermHours    TermName = "hours"     // 10: hours to spare
	TermOnTime   TermName = "on_time"   // 10: deadlines kept
	TermFirst    TermName = "first_job" // 5: no paid job yet
	TermWaiting  TermName = "waiting"   // 5: ready for more than 30 days
	maxSurplus            = 30
	maxEvidence           = 25
	maxInterest           = 15
	maxHours              = 10
	maxOnTime             = 10
	maxFirst              = 5
	maxWaiting            = 5
	waitFrom              = 30 * 24 * time.Hour
	waitFull              = 60 * 24 * time.Hour
)

// Term is one visible part of a score.
type Term struct {
	Name   TermName
	Points int
	Max    int
}

// Match is how somebody stands to a posting: either what is unmet, or a score with its terms.
type Match struct {
	Candidate Candidate
	Unmet     []Unmet
	Terms     []Term
	Score     int
	TiedWith  int    // others with the same score
	tie       uint64 // the last word among equals: a hash of posting and person
}

// Fits tells whether every filter is met.
func (m Match) Fits() bool { return len(m.Unmet) == 0 }

// Shown tells whether a company may see her: she fits and agreed, in general or by pressing "interested" here.
func (m Match) Shown() bool { return m.Fits() }

// Hold holds a candidate against a posting.
func Hold(b readiness.Bar, p job.Posting, c Candidate, now time.Time) Match {
	m := Match{Candidate: c, tie: tieBreak(p.ID, c.Member)}
	m.Unmet = unmet(b, p, c, now)
	if len(m.Unmet) > 0 && !(len(m.Unmet) == 1 && m.Unmet[0].Filter == FilterConsent) {
		return m
	}
	m.Terms = []Term{
		{TermSurplus, surplus(b, c.Record), maxSurplus},
		{TermEvidence, evidence(b, c.Record), maxEvidence},
		{TermInterest, when(!c.Interested.IsZero(), maxInterest), maxInterest},
		{TermHours, hours(p, c), maxHours},
		{TermOnTime, share(c.OnTime, c.Due, maxOnTime), maxOnTime},
		{TermFirst, when(c.PaidJobs == 0, maxFirst), maxFirst},
		{TermWaiting, waiting(c, now), maxWaiting},
	}
	for _, t := range m.Terms {
		m.Score += t.Points
	}
	return m
}

func unmet(b readiness.Bar, p job.Posting, c Candidate, now time.Time) []Unmet {
	var out []Unmet
	if !c.Readiness.At(now).Ready {
		out = append(out, Unmet{Filter: FilterReady, Need: len(c.Readiness.Missing)})
	}
	for _, q := range b.Requires {
		if held := c.Record.Held(q.Skill); held < q.Level {
			out = append(out, Unmet{Filter: FilterSkill, Skill: q.Skill, Need: int(q.Level), Have: int(held)})
		}
	}
	if c.Hours.HoursWeek < p.HoursWeek {
		out = append(out, Unmet{Filter: FilterHours, Need: p.HoursWeek, Have: c.Hours.HoursWeek})
	}
	if !c.Sharing && c.Interested.IsZero() {
		out = append(out, Unmet{Filter: FilterConsent})
	}
	return out
}

// surplus: per required skill the levels above the least, as a share of what is possible.
func surplus(b readiness.Bar, r skill.Record) int {
	above, possible := 0, 0
	for _, q := range b.Requires {
		possible += int(skill.Checks - q.Level)
		above += max(0, int(r.Held(q.Skill)-q.Level))
	}
	return share(above, possible, maxSurplus)
}

// evidence: the mean mark of the rows of the two best pieces for the required skills, 0 at 2 (just passed) is not fair
// to a pass, so the scale runs from 0 to 3.
func evidence(b readiness.Bar, r skill.Record) int {
	best := map[int64]int{} // piece → mean mark in hundredths
	for _, q := range b.Requires {
		for _, a := range r.Of(q.Skill, q.Level) {
			sum := 0
			for _, row := range a.Evidence.Rows {
				sum += row.Mark
			}
			if n := len(a.Evidence.Rows); n > 0 {
				best[a.Evidence.Piece] = max(best[a.Evidence.Piece], sum*100/n)
			}
		}
	}
	marks := make([]int, 0, len(best))
	for _, m := range best {
		marks = append(marks, m)
	}
	slices.Sort(marks)
	slices.Reverse(marks)
	sum := 0
	for _, m := range marks[:min(2, len(marks))] {
		sum += m
	}
	return share(sum, 2*300, maxEvidence)
}

// hours: everything from half as much again as the posting asks.
func hours(p job.Posting, c Candidate) int {
	if p.HoursWeek <= 0 {
		return maxHours
	}
	spare := c.Hours.HoursWeek - p.HoursWeek
	return share(min(2*spare, p.HoursWeek), p.HoursWeek, maxHours)
}

func waiting(c Candidate, now time.Time) int {
	if c.PaidJobs > 0 || c.ReadySince.IsZero() {
		return 0
	}
	over := now.Sub(c.ReadySince) - waitFrom
	if over <= 0 {
		return 0
	}
	return share(int(min(over, waitFull-waitFrom)/time.Hour), int((waitFull-waitFrom)/time.Hour), maxWaiting)
}

func share(have, of, most int) int {
	if of <= 0 || have <= 0 {
		return 0
	}
	return min(have, of) * most / of
}

func when(b bool, points int) int {
	if b {
		return points
	}
	return 0
}

// Rank sorts the best first. Among equals: fewest offers so far, then the longest ready, then a fixed hash of posting and
// person that nobody can choose and anybody can recompute.
func Rank(ms []Match) {
	slices.SortStableFunc(ms, func(a, b Match) int {
		switch {
		case a.Fits() != b.Fits():
			if a.Fits() {
				return -1
			}
			return 1
		case a.Score != b.Score:
			return b.Score - a.Score
		case a.Candidate.Offers != b.Candidate.Offers:
			return a.Candidate.Offers - b.Candidate.Offers
		case !a.Candidate.ReadySince.Equal(b.Candidate.ReadySince):
			return a.Candidate.ReadySince.Compare(b.Candidate.ReadySince)
		case a.tie < b.tie:
			return -1
		case a.tie > b.tie:
			return 1
		}
		return int(a.Candidate.Member - b.Candidate.Member)
	})
	same := map[int]int{}
	for _, m := range ms {
		if m.Fits() {
			same[m.Score]++
		}
	}
	for i, m := range ms {
		if m.Fits() {
			ms[i].TiedWith = same[m.Score] - 1
		}
	}
}

func tieBreak(p job.PostingID, m member.ID) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strconv.FormatInt(int64(p), 10) + "/" + strconv.FormatInt(int64(m), 10)))
	return h.Sum64()
}
