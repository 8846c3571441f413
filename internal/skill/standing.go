package skill

import (
	"slices"
	"time"

	"tenarai/internal/member"
)

// Rule is the version of the rule that finds a level from evidence. It is kept with every result that leaves the record
// (certificates, printed records); raise it when Stand or Grade change what they say.
//
// Rule level-1: the level held is the highest that any award proves that was not revoked. It is current for LapseMonths from
// the newest award at that level or above, by the calendar in Japan; after that it needs renewal, and is still shown
// (domain.md, e-2).
const Rule = "level-1"

// LapseMonths is how many months a level is current without new evidence.
const LapseMonths = 12

// RenewalNear is how long before its end a level is due for new evidence.
const RenewalNear = 60 * 24 * time.Hour

// japan is the zone whose calendar months are reckoned by.
var japan = time.FixedZone("JST", 9*60*60)

// MonthsAfter is the instant at which something is so many months old by the calendar in Japan. In UTC the first hours of a
// month there belong to the month before, which may be shorter or longer a year later: 1 March is told from 29 February.
func MonthsAfter(at time.Time, months int) time.Time { return at.In(japan).AddDate(0, months, 0).UTC() }

// Revocation is why an award no longer counts. The award itself stays.
type Revocation struct {
	At     time.Time // zero: it was not revoked
	By     member.ID
	Reason string // one of RevocationReasons
	Note   string // for the center's staff alone
}

// Why an award is revoked.
const (
	JudgedInError = "judged_in_error"
	NotOwnWork    = "not_own_work"
)

// RevocationReasons are those staff can choose from.
var RevocationReasons = []string{JudgedInError, NotOwnWork}

// Standing is what a record says about one skill at a time.
type Standing struct {
	Skill     ID
	Level     Level
	Since     time.Time // the first award at the level
	Newest    time.Time // the newest award at the level or above
	Until     time.Time // when it needs renewal
	Current   bool
	Pieces    int // different pieces at the level or above
	Assessors int // different people who judged those
	Prior     bool
	Rule      string
}

// Stand finds how a skill stands by Rule. Level None means that nothing proves it.
func (r Record) Stand(id ID, now time.Time) Standing { return r.StandAt(id, r.Held(id), now) }

// StandAt is what proves a skill at a level or above.
func (r Record) StandAt(id ID, level Level, now time.Time) Standing {
	s := Standing{Skill: id, Level: level, Rule: Rule}
	if level == None {
		return s
	}
	pieces, assessors := map[int64]bool{}, map[member.ID]bool{}
	for _, a := range r.Of(id, level) {
		pieces[a.Evidence.Piece] = true
		for _, m := range a.Evidence.Assessors {
			assessors[m] = true
		}
		s.Prior = s.Prior || a.Evidence.Prior
		if s.Newest.IsZero() || a.At.After(s.Newest) {
			s.Newest = a.At
		}
		if s.Since.IsZero() || a.At.Before(s.Since) {
			s.Since = a.At
		}
	}
	s.Pieces, s.Assessors = len(pieces), len(assessors)
	if s.Pieces == 0 {
		return s
	}
	s.Until = MonthsAfter(s.Newest, LapseMonths)
	s.Current = now.Before(s.Until)
	return s
}

// Due tells whether a level needs renewal, or will soon.
func (s Standing) Due(now time.Time) bool {
	return s.Level > None && !now.Before(s.Until.Add(-RenewalNear))
}

// Lapse is that a level had no new evidence for LapseMonths.
type Lapse struct {
	At    time.Time
	Level Level
}

// Lapses are when a skill came to need renewal until now, the oldest first, by Rule over the awards that count today.
func (r Record) Lapses(id ID, now time.Time) []Lapse {
	var out []Lapse
	var held Level
	var until time.Time // of the level held; zero: nothing is held, or it has lapsed
	pass := func(at time.Time) {
		if !until.IsZero() && !at.Before(until) {
			out, until = append(out, Lapse{until, held}), time.Time{}
		}
	}
	for _, a := range slices.Backward(r.Of(id, WithModel)) {
		if a.At.After(now) {
			break
		}
		pass(a.At)
		if a.Level >= held {
			held, until = a.Level, MonthsAfter(a.At, LapseMonths)
		}
	}
	pass(now)
	return out
}

// Grade is an evaluation as ジョブ・カード様式3-3-3 writes it: A, B or C, or empty where nothing is proven.
type Grade string

// The grades, measured against Alone, the level that starter jobs ask for.
const (
	GradeA Grade = "A" // 到達水準を十分に上回った
	GradeB Grade = "B" // 到達水準に達した
	GradeC Grade = "C" // 到達水準に達しなかった
)

// Grade evaluates a skill: A is the level above Alone, or Alone where every row of the newest piece was marked highest; B is
// Alone; C is below it.
func (r Record) Grade(id ID) Grade {
	const highest = 3
	switch level := r.Held(id); {
	case level == None:
		return ""
	case level < Alone:
		return GradeC
	case level > Alone:
		return GradeA
	}
	newest := r.Of(id, Alone)[0]
	for _, row := range newest.Evidence.Rows {
		if row.Mark < highest {
			return GradeB
		}
	}
	if len(newest.Evidence.Rows) == 0 {
		return GradeB
	}
	return GradeA
}
