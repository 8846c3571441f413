package certificate

import (
	"slices"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/skill"
)

// Fate is what becomes of a certificate when awards no longer count.
type Fate int

// The fates.
const (
	Stays   Fate = iota // nothing on it rests on them
	Shrinks             // it is issued anew: less is proven, or not as long
	Ends                // it is taken back
)

// AfterLoss judges a certificate that still stands, now that awards no longer count. record is what counts without them.
//
// A skill certificate ends with its proof; where other pieces prove the skill still, it is issued anew if it names or counts the
// lost one, or would last longer than they allow. A course or programme certificate tells that all pieces were passed: it ends if
// one of them was not the holder's own work. Otherwise it is issued anew without what is no longer proven.
func (s Snapshot) AfterLoss(kind Kind, subject string, until time.Time, record skill.Record, lost []skill.Award, now time.Time) Fate {
	if kind == KindSkill {
		id, level := skill.ID(subject), s.Level()
		left := record.StandAt(id, level, now)
		switch {
		case !slices.ContainsFunc(lost, func(a skill.Award) bool { return a.Skill == id }):
			return Stays
		case Unproven(record, id, level, now):
			return Ends
		case s.Names(lost), now.Before(until) && until.After(UntilBy(record, id, level, now)):
			return Shrinks
		case s.ProvenBy().Pieces > left.Pieces, s.ProvenBy().Assessors > left.Assessors: // of many pieces it names the newest, and counts all
			return Shrinks
		}
		return Stays
	}
	if slices.ContainsFunc(lost, func(a skill.Award) bool { return s.names(a) && a.Revocation.Reason == skill.NotOwnWork }) {
		return Ends
	}
	left := s.Without(record, lost, func(skill.ID, skill.Level) course.Text { return course.Text{} })
	switch {
	case len(left.Pieces) == 0 && len(s.Pieces) > 0:
		return Ends
	case len(left.Pieces) < len(s.Pieces), len(left.Skills) < len(s.Skills):
		return Shrinks
	}
	for i, p := range left.Skills {
		if p.Level < s.Skills[i].Level {
			return Shrinks
		}
	}
	return Stays
}

// Without is what a course or programme certificate says when awards no longer count: pieces that prove nothing any more are
// left out, and skills are told at the level still held, in descriptor's words.
func (s Snapshot) Without(record skill.Record, lost []skill.Award, descriptor func(skill.ID, skill.Level) course.Text) Snapshot {
	out := s
	out.Pieces, out.Skills = nil, nil
	for _, p := range s.Pieces {
		dead := slices.ContainsFunc(lost, p.proved) && !slices.ContainsFunc(record, p.proved)
		if !dead {
			out.Pieces = append(out.Pieces, p)
		}
	}
	for _, p := range s.Skills {
		if held := record.Held(p.Skill); held < p.Level {
			p.Level, p.Descriptor = held, descriptor(p.Skill, held)
		}
		if p.Level > skill.None {
			out.Skills = append(out.Skills, p)
		}
	}
	return out
}

// Names tells whether a certificate lists a piece that one of some awards rests on.
func (s Snapshot) Names(awards []skill.Award) bool { return slices.ContainsFunc(awards, s.names) }

func (s Snapshot) names(a skill.Award) bool {
	return slices.ContainsFunc(s.Pieces, func(p Piece) bool { return p.proved(a) })
}

// proved tells whether an award rests on a piece.
func (p Piece) proved(a skill.Award) bool {
	if p.ID == 0 {
		return p.Passed.Equal(a.At) // of the oldest certificates, which knew only when
	}
	return p.ID == a.Evidence.Piece
}
