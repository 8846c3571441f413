package certificate

import (
	"slices"
	"strconv"
	"time"

	"tenarai/internal/member"
	"tenarai/internal/skill"
)

// Finished is what Due looks at: a course run and whether it was completed.
type Finished struct {
	Member    member.ID
	Center    member.CenterID
	Course    string
	Edition   string
	Completed time.Time // zero: not completed
}

// Due are the grants a person has earned and not been given: one for each completed course and edition, whatever is
// clicked how often. It is pure; the unique key of the grants holds even if two deeds ask at once.
func Due(runs []Finished, given []Grant) []Grant {
	var out []Grant
	for _, r := range runs {
		if r.Completed.IsZero() {
			continue
		}
		g := Grant{Member: r.Member, Center: r.Center, Kind: KindCourse, Subject: r.Course, Edition: r.Edition, At: r.Completed}
		if !slices.ContainsFunc(given, g.same) {
			out = append(out, g)
		}
	}
	return out
}

func (g Grant) same(o Grant) bool {
	return g.Member == o.Member && g.Kind == o.Kind && g.Subject == o.Subject && g.Edition == o.Edition
}

// What a skill certificate asks for: the same evidence as readiness for a starter job (domain.md, e-2, R3), at the level
// where somebody delivers alone, or above. As there, the newest piece must be within skill.LapseMonths; the others may be older.
const (
	SkillPieces    = 2 // different pieces at the level or above
	SkillAssessors = 2 // different people who judged them
)

// RenewFrom is how long before its lapse a skill certificate is renewed by new evidence; earlier that would replace good
// paper every week.
const RenewFrom = 90 * 24 * time.Hour

// Current is the newest certificate of a grant, as it stands.
type Current struct {
	Grant Grant
	Until time.Time
	State State
	Lost  bool // it was revoked by rule, because its evidence was: proven again, it is given again
}

// tokyo is the zone of every date on paper.
var tokyo = time.FixedZone("JST", 9*60*60)

// lastMoment is the last moment of an instant's day in Japan: what is printed as a day is good for all of it.
func lastMoment(t time.Time) time.Time {
	y, m, d := t.In(tokyo).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, tokyo).Add(-time.Millisecond)
}

// SkillDue is a skill certificate that is to be issued, or renewed where Grant has an id.
type SkillDue struct {
	Grant Grant
	Level skill.Level
	Until time.Time
}

// LevelEdition is the edition of a skill's grant.
func LevelEdition(l skill.Level) string { return "L" + strconv.Itoa(int(l)) }

// DueSkills are the skill certificates somebody has earned by her record and not been given, and those that new evidence
// renews. What somebody revoked is not given again by rule; what followed from lost evidence is.
func DueSkills(m member.ID, center member.CenterID, record skill.Record, current []Current, now time.Time) []SkillDue {
	var out []SkillDue
	for _, id := range record.Skills() {
		for level := record.Held(id); level >= skill.Alone; level-- {
			s := record.StandAt(id, level, now)
			if !proves(s) || !s.Current {
				continue
			}
			until := lastMoment(s.Until)
			g := Grant{Member: m, Center: center, Kind: KindSkill, Subject: string(id), Edition: LevelEdition(level), At: now}
			i := slices.IndexFunc(current, func(c Current) bool { return c.Grant.same(g) })
			switch {
			case i < 0:
				out = append(out, SkillDue{g, level, until})
			case current[i].Lost:
				out = append(out, SkillDue{current[i].Grant, level, until})
			case current[i].State.MayEnd() && until.After(current[i].Until) && current[i].Until.Sub(now) <= RenewFrom:
				out = append(out, SkillDue{current[i].Grant, level, until})
			}
		}
	}
	return out
}

// Renewable is until when new evidence would let a skill certificate be renewed, at any time before or after its lapse.
func Renewable(record skill.Record, c Current, level skill.Level, now time.Time) (until time.Time, ok bool) {
	s := record.StandAt(skill.ID(c.Grant.Subject), level, now)
	until = lastMoment(s.Until)
	return until, c.Grant.Kind == KindSkill && c.State.MayEnd() && proves(s) && s.Current && until.After(c.Until)
}

// UntilBy is until when a skill certificate lasts by a record: the last moment of a day in Japan.
func UntilBy(record skill.Record, id skill.ID, level skill.Level, now time.Time) time.Time {
	return lastMoment(record.StandAt(id, level, now).Until)
}

// Unproven tells whether a skill certificate has lost what it rests on, as when an award was revoked. That time has passed
// is no such loss: it lapses.
func Unproven(record skill.Record, id skill.ID, level skill.Level, now time.Time) bool {
	return !proves(record.StandAt(id, level, now))
}

// Helps tells whether one more piece that proves a skill at a level would bring a certificate at that level nearer: another
// piece, or another pair of eyes, is missing.
func Helps(record skill.Record, id skill.ID, level skill.Level, now time.Time) bool {
	return level >= skill.Alone && !proves(record.StandAt(id, level, now))
}

// Avoid is the mentor a piece should not be offered to first: the only one who has judged the skill so far, if with another's
// eye it would complete what a certificate asks for. Zero if anybody will do.
func Avoid(record skill.Record, id skill.ID, level skill.Level, piece int64) member.ID {
	if level < skill.Alone {
		return 0
	}
	pieces, assessors := map[int64]bool{piece: true}, map[member.ID]bool{}
	var only member.ID
	for _, a := range record.Of(id, level) {
		pieces[a.Evidence.Piece] = true
		for _, m := range a.Evidence.Assessors {
			assessors[m], only = true, m
		}
	}
	if len(pieces) < SkillPieces || len(assessors) != SkillAssessors-1 {
		return 0
	}
	return only
}

func proves(s skill.Standing) bool { return s.Pieces >= SkillPieces && s.Assessors >= SkillAssessors }
