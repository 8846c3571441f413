package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/certificate"
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

// PriorAgain says what a further portfolio of a skill would be good for.
type PriorAgain string

// The uses of a further portfolio.
const (
	AgainRaise       PriorAgain = "raise"       // it would raise the level held
	AgainRenew       PriorAgain = "renew"       // the level needs renewal, or will soon
	AgainCertificate PriorAgain = "certificate" // a certificate asks for another piece, or another pair of eyes
)

// PriorLine is a skill with how somebody's newest portfolio of it stands.
type PriorLine struct {
	skill.Skill
	Item  *course.Item // the newest that was handed in, or the first
	State PriorState
	Since time.Time    // of the state; zero: open
	Level skill.Level  // recognised by the portfolio
	Held  skill.Level  // by whatever piece
	Next  *course.Item // the next portfolio, where one can be handed in and would help; else nil
	Again PriorAgain   // what Next would be good for
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
	now := d.Now()
	for _, s := range d.Catalog.Skills {
		if it := d.Catalog.Item(course.Portfolio(s.ID)); it != nil {
			p.Lines = append(p.Lines, priorLine(s, it, subs, record, now))
		}
	}
	return p, nil
}

// portfoliosOf are the portfolios of a skill that somebody has opened, the first first. Each was opened after the one before
// had passed.
func portfoliosOf(id skill.ID, subs []practice.Submission) []practice.Submission {
	var out []practice.Submission
	for {
		r := course.PortfolioN(id, len(out)+1)
		i := slices.IndexFunc(subs, func(v practice.Submission) bool { return v.Ref == r })
		if i < 0 {
			return out
		}
		out = append(out, subs[i])
	}
}

// nextPortfolio is the portfolio of a skill that somebody can hand in next: the first, the one that came back to her, or
// the one after the newest that passed. Nil while one is with a mentor. first is the skill's first.
func nextPortfolio(first *course.Item, subs []practice.Submission) *course.Item {
	opened := portfoliosOf(first.Portfolio.Skill, subs)
	n := max(1, len(opened))
	if len(opened) > 0 {
		switch newest := opened[n-1]; {
		case !newest.Passed.IsZero():
			n++
		case newest.Turn == practice.WithMentor:
			return nil
		}
	}
	return nthPortfolio(first, n)
}

func nthPortfolio(first *course.Item, n int) *course.Item {
	if n == 1 {
		return first
	}
	return first.Further(n)
}

// againHelps tells what one more portfolio of a skill would be good for; empty if for nothing.
func againHelps(first *course.Item, record skill.Record, now time.Time) PriorAgain {
	id := first.Portfolio.Skill
	stands, proves := record.Stand(id, now), first.Proves(id)
	switch {
	case stands.Level < proves:
		return AgainRaise
	case stands.Level == proves && stands.Due(now):
		return AgainRenew
	case certificate.Helps(record, id, proves, now):
		return AgainCertificate
	}
	return ""
}

func priorLine(s skill.Skill, first *course.Item, subs []practice.Submission, record skill.Record, now time.Time) PriorLine {
	l := PriorLine{Skill: s, Item: first, State: PriorOpen, Held: record.Held(s.ID)}
	handedIn := slices.DeleteFunc(portfoliosOf(s.ID, subs), func(v practice.Submission) bool { return v.Attempts == 0 })
	n := len(handedIn)
	if n == 0 {
		return l
	}
	l.Item = nthPortfolio(first, n)
	v := handedIn[n-1]
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
	if !v.Passed.IsZero() {
		if l.Again = againHelps(first, record, now); l.Again != "" {
			l.Next = nextPortfolio(first, subs)
		}
	}
	return l
}
