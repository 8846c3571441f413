package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/skill"
)

// PriorState says how somebody's portfolio of a skill stands.
type PriorState string

// The states of a portfolio.
const (
	PriorOpen       PriorState = "open"       // nothing handed in
	PriorWaiting    PriorState = "waiting"    // with a mentor
	PriorReturned   PriorState = "returned"   // to mend
	PriorRecognised PriorState = "recognised" // it became an award
	PriorRevoked    PriorState = "revoked"    // it did, and the award was revoked since
)

// PriorLine is a skill with how somebody's portfolio of it stands.
type PriorLine struct {
	skill.Skill
	Item  *course.Item
	State PriorState
	Since time.Time   // of the state; zero: open
	Level skill.Level // recognised by the portfolio
	Held  skill.Level // by whatever piece
}

// PriorPage is what of her prior learning somebody can have recognised: every skill, in the order of the vocabulary. It is
// empty where a center recognises none.
type PriorPage struct{ Lines []PriorLine }

// LookPrior shows a trainee every skill she can hand in a portfolio for. She need not be in any course or cohort.
func (d *Desk) LookPrior(ctx context.Context, a Actor) (PriorPage, error) {
	if err := must(a, member.Trainee); err != nil {
		return PriorPage{}, err
	}
	subs, err := d.Store.Submissions(ctx, a.Member)
	if err != nil {
		return PriorPage{}, err
	}
	record, err := d.Store.Record(ctx, a.Member)
	if err != nil {
		return PriorPage{}, err
	}
	var p PriorPage
	for _, s := range d.Catalog.Skills {
		if it := d.Catalog.Item(course.Portfolio(s.ID)); it != nil {
			p.Lines = append(p.Lines, priorLine(s, it, subs, record))
		}
	}
	return p, nil
}

func priorLine(s skill.Skill, it *course.Item, subs []practice.Submission, record skill.Record) PriorLine {
	l := PriorLine{Skill: s, Item: it, State: PriorOpen, Held: record.Held(s.ID)}
	i := slices.IndexFunc(subs, func(v practice.Submission) bool { return v.Ref == it.Ref })
	if i < 0 || subs[i].Attempts == 0 {
		return l
	}
	v := subs[i]
	l.Since = v.TurnSince
	for _, w := range record.Of(s.ID, skill.WithModel) {
		if w.Evidence.Piece == int64(v.ID) {
			l.Level = max(l.Level, w.Level)
		}
	}
	switch {
	case l.Level > skill.None:
		l.State, l.Since = PriorRecognised, v.Passed
	case !v.Passed.IsZero():
		l.State, l.Since = PriorRevoked, v.Passed
	case v.Turn == practice.WithMentor:
		l.State = PriorWaiting
	default:
		l.State = PriorReturned
	}
	return l
}
