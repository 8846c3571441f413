package readiness

import (
	"maps"
	"slices"
	"time"

	"tenarai/internal/member"
	"tenarai/internal/skill"
)

// Judge says whether the facts meet the bar at a time, until when, and what is missing. What is missing stands in the
// order in which it is best done: the basic course, its quizzes, the pieces, a second mentor's eye, the hours, and last
// the consent, which never makes anybody unready but is needed before a company is shown anything.
func Judge(b Bar, f Facts, now time.Time) Readiness {
	r := Readiness{JobType: b.JobType}
	if f.BaseComplete.IsZero() {
		r.Missing = append(r.Missing, Missing{Rule: RuleBase, Key: "base"})
	}
	for _, quiz := range slices.Sorted(maps.Keys(f.QuizBest)) {
		if f.QuizBest[quiz] < b.QuizPercent {
			r.Missing = append(r.Missing, Missing{
				Rule: RuleBase, Key: "quiz", Quiz: quiz,
				Args: map[string]any{"Percent": b.QuizPercent, "Best": f.QuizBest[quiz]},
			})
		}
	}
	until := time.Time{}
	for _, q := range b.Requires {
		missing, lapses := require(b, q, f.Record, now)
		r.Missing = append(r.Missing, missing...)
		until = earlier(until, lapses)
	}
	fresh := f.Hours.FreshUntil(b.HoursFreshDays)
	switch {
	case fresh.IsZero():
		r.Missing = append(r.Missing, Missing{Rule: RuleHours, Key: "hours"})
	case !now.Before(fresh):
		r.Missing = append(r.Missing, Missing{Rule: RuleHours, Key: "hours_old", Args: map[string]any{"Days": b.HoursFreshDays}})
	}
	until = earlier(until, fresh)

	r.Ready = len(r.Missing) == 0
	if r.Ready {
		r.Until = until
	}
	r.Shown = !b.Consent || f.Consent
	if !r.Shown {
		r.Missing = append(r.Missing, Missing{Rule: RuleConsent, Key: "consent"})
	}
	return r
}

// require judges one required skill (R3): pieces, assessors, and the age of the newest piece.
func require(b Bar, q Requirement, record skill.Record, now time.Time) (missing []Missing, lapses time.Time) {
	awards := record.Of(q.Skill, q.Level)
	pieces, assessors := map[int64]bool{}, map[member.ID]bool{}
	for _, a := range awards {
		pieces[a.Evidence.Piece] = true
		for _, m := range a.Evidence.Assessors {
			assessors[m] = true
		}
	}
	args := func(more map[string]any) map[string]any {
		more["Skill"], more["Level"] = string(q.Skill), int(q.Level)
		return more
	}
	if n := b.Pieces - len(pieces); n > 0 {
		missing = append(missing, Missing{Rule: RuleSkills, Key: "pieces", Skill: q.Skill, Need: n, Args: args(map[string]any{"Need": n, "Have": len(pieces)})})
	} else if n := b.Assessors - len(assessors); n > 0 {
		missing = append(missing, Missing{Rule: RuleSkills, Key: "assessors", Skill: q.Skill, Need: n, Assessr: true, Args: args(map[string]any{"Need": n})})
	}
	if len(awards) == 0 {
		return missing, time.Time{}
	}
	lapses = skill.MonthsAfter(awards[0].At, b.WithinMonths)
	if !now.Before(lapses) {
		missing = append(missing, Missing{Rule: RuleSkills, Key: "old", Skill: q.Skill, Need: 1, Args: args(map[string]any{"Months": b.WithinMonths})})
	}
	return missing, lapses
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// At is the flag as it stands at a time: what was ready lapses by itself.
func (r Readiness) At(now time.Time) Readiness {
	if r.Ready && !r.Until.IsZero() && !now.Before(r.Until) {
		r.Ready = false
	}
	return r
}

// Same tells whether two judgements say the same, so that only changes are kept.
func (r Readiness) Same(o Readiness) bool {
	return r.Ready == o.Ready && r.Shown == o.Shown && r.Until.Equal(o.Until) && slices.EqualFunc(r.Missing, o.Missing, func(a, b Missing) bool {
		return a.Rule == b.Rule && a.Key == b.Key && a.Skill == b.Skill && a.Quiz == b.Quiz && a.Need == b.Need
	})
}

// Rules are the criteria the bar evaluates, each with what is missing for it, in the order R1 to R9.
func (b Bar) Rules(r Readiness) []RuleState {
	out := make([]RuleState, 0, 9)
	for _, rule := range []Rule{RuleBase, RuleAttendance, RuleSkills, RuleOnTime, RuleReplies, RuleMockJob, RulePapers, RuleHours, RuleConsent} {
		s := RuleState{Rule: rule, Later: slices.Contains(b.Later, rule)}
		for _, m := range r.Missing {
			if m.Rule == rule {
				s.Missing = append(s.Missing, m)
			}
		}
		s.Met = !s.Later && len(s.Missing) == 0
		out = append(out, s)
	}
	return out
}

// RuleState is one criterion on the list a person sees.
type RuleState struct {
	Rule    Rule
	Later   bool // not evaluated yet
	Met     bool
	Missing []Missing
}

// Avoid is the mentor a piece should not be offered to first: the only one who has judged the skill so far, if the piece
// would be one of those the bar asks for and the bar asks for more than one pair of eyes. Zero if anybody will do.
func Avoid(b Bar, record skill.Record, id skill.ID, proves skill.Level, piece int64) member.ID {
	for _, q := range b.Requires {
		if q.Skill != id || proves < q.Level || b.Assessors < 2 {
			continue
		}
		pieces, assessors := map[int64]bool{piece: true}, map[member.ID]bool{}
		var only member.ID
		for _, a := range record.Of(id, q.Level) {
			pieces[a.Evidence.Piece] = true
			for _, m := range a.Evidence.Assessors {
				assessors[m], only = true, m
			}
		}
		if len(assessors) == 1 && len(pieces) >= b.Pieces {
			return only
		}
	}
	return 0
}
