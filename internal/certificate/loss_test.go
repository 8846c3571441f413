package certificate_test

import (
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/skill"
)

var lossDay = time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)

// proof is an award of a skill for a piece, so many days before the day.
func proof(id skill.ID, level skill.Level, piece int64, by member.ID, daysAgo int) skill.Award {
	return skill.Award{Skill: id, Level: level, At: lossDay.AddDate(0, 0, -daysAgo), Evidence: skill.Evidence{Piece: piece, Assessors: []member.ID{by}}}
}

func revoked(a skill.Award, why string) []skill.Award {
	a.Revocation = skill.Revocation{At: lossDay, Reason: why}
	return []skill.Award{a}
}

func TestAfterLoss(t *testing.T) {
	first, second, third := proof("OFF-03", skill.Alone, 1, 1, 300), proof("OFF-03", skill.Alone, 2, 2, 200), proof("OFF-03", skill.Alone, 3, 1, 10)
	other := proof("SEC-01", skill.WithModel, 1, 1, 300)
	pieces := func(ids ...int64) (out []certificate.Piece) {
		for _, id := range ids {
			out = append(out, certificate.Piece{ID: id})
		}
		return out
	}
	office, security := certificate.Proven{Skill: "OFF-03", Level: skill.Alone}, certificate.Proven{Skill: "SEC-01", Level: skill.WithModel}
	skillful := certificate.Snapshot{Kind: certificate.KindSkill, Skills: []certificate.Proven{office}, Pieces: pieces(2, 1)}
	renewed := skillful
	renewed.Pieces = pieces(3, 2, 1)
	many := skillful // of nine pieces it names two
	many.Pieces, many.Proof = pieces(3, 2), certificate.Proof{Pieces: 3, Assessors: 2}
	finished := certificate.Snapshot{Kind: certificate.KindCourse, Skills: []certificate.Proven{office, security}, Pieces: pieces(1, 2)}
	until := func(r skill.Record) time.Time { return certificate.UntilBy(r, "OFF-03", skill.Alone, lossDay) }
	soon, late := until(skill.Record{first, second}), until(skill.Record{first, second, third})
	for name, c := range map[string]struct {
		is     certificate.Snapshot
		until  time.Time
		record skill.Record
		lost   []skill.Award
		want   certificate.Fate
	}{
		"skill: one of two pieces":                      {skillful, soon, skill.Record{second}, revoked(first, skill.JudgedInError), certificate.Ends},
		"skill: another skill's":                        {skillful, soon, skill.Record{first, second}, revoked(other, skill.NotOwnWork), certificate.Stays},
		"skill: one that came after it":                 {skillful, soon, skill.Record{first, second}, revoked(third, skill.NotOwnWork), certificate.Stays},
		"skill: the one that renewed it":                {renewed, late, skill.Record{first, second}, revoked(third, skill.NotOwnWork), certificate.Shrinks},
		"skill: one of three":                           {renewed, late, skill.Record{second, third}, revoked(first, skill.JudgedInError), certificate.Shrinks},
		"skill: one of many, not named":                 {many, late, skill.Record{second, third}, revoked(first, skill.JudgedInError), certificate.Shrinks},
		"skill: lapsed, another piece":                  {skillful, soon.AddDate(-1, 0, 0), skill.Record{first, second}, revoked(third, skill.NotOwnWork), certificate.Stays},
		"course: not her own work":                      {finished, time.Time{}, skill.Record{second}, revoked(first, skill.NotOwnWork), certificate.Ends},
		"course: not her own work, elsewhere":           {finished, time.Time{}, skill.Record{first, second, other}, revoked(third, skill.NotOwnWork), certificate.Stays},
		"course: a piece proves something else yet":     {finished, time.Time{}, skill.Record{second, other}, revoked(first, skill.JudgedInError), certificate.Stays},
		"course: a piece proves nothing more":           {finished, time.Time{}, skill.Record{first, other}, revoked(second, skill.JudgedInError), certificate.Shrinks},
		"course: a skill is lost":                       {finished, time.Time{}, skill.Record{first, second}, revoked(other, skill.JudgedInError), certificate.Shrinks},
		"course: nothing is left":                       {finished, time.Time{}, nil, append(revoked(first, skill.JudgedInError), second), certificate.Ends},
		"course: the level rested on a piece elsewhere": {finished, time.Time{}, skill.Record{proof("OFF-03", skill.WithModel, 1, 1, 300), proof("OFF-03", skill.WithModel, 2, 1, 300), other}, revoked(third, skill.JudgedInError), certificate.Shrinks},
	} {
		subject := "c2"
		if c.is.Kind == certificate.KindSkill {
			subject = "OFF-03"
		}
		if got := c.is.AfterLoss(c.is.Kind, subject, c.until, c.record, c.lost, lossDay); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// What is left says nothing that the record does not.
func TestWithout(t *testing.T) {
	s := certificate.Snapshot{
		Kind: certificate.KindCourse, Pieces: []certificate.Piece{{ID: 1}, {ID: 2}},
		Skills: []certificate.Proven{{Skill: "OFF-03", Level: skill.Checks}, {Skill: "SEC-01", Level: skill.Alone}, {Skill: "BIZ-01", Level: skill.Alone}},
	}
	lost := revoked(proof("OFF-03", skill.Checks, 2, 1, 5), skill.JudgedInError)
	record := skill.Record{proof("OFF-03", skill.Alone, 1, 1, 9), proof("BIZ-01", skill.Checks, 9, 1, 9)}
	left := s.Without(record, lost, func(id skill.ID, l skill.Level) course.Text {
		return course.Text{JA: string(id), EN: string(rune('0' + l))}
	})
	want := []certificate.Proven{{Skill: "OFF-03", Level: skill.Alone, Descriptor: course.Text{JA: "OFF-03", EN: "2"}}, {Skill: "BIZ-01", Level: skill.Alone}}
	if len(left.Pieces) != 1 || left.Pieces[0].ID != 1 || len(left.Skills) != 2 || left.Skills[0] != want[0] || left.Skills[1] != want[1] {
		t.Errorf("%+v", left)
	}
	if len(s.Pieces) != 2 || s.Skills[0].Level != skill.Checks {
		t.Error("what it was made from has changed")
	}
}

// What followed from lost evidence is given again when the skill is proven again; what somebody revoked is not.
func TestProvenAgain(t *testing.T) {
	record := skill.Record{proof("OFF-03", skill.Alone, 1, 1, 30), proof("OFF-03", skill.Alone, 2, 2, 20)}
	grant := certificate.Grant{ID: 7, Member: 1, Kind: certificate.KindSkill, Subject: "OFF-03", Edition: certificate.LevelEdition(skill.Alone)}
	for name, c := range map[string]struct {
		is   certificate.Current
		want int
	}{
		"lost":    {certificate.Current{Grant: grant, State: certificate.Revoked, Lost: true}, 1},
		"revoked": {certificate.Current{Grant: grant, State: certificate.Revoked}, 0},
	} {
		due := certificate.DueSkills(1, 1, record, []certificate.Current{c.is}, lossDay)
		if len(due) != c.want || c.want > 0 && (due[0].Grant.ID != grant.ID || !due[0].Until.Equal(certificate.UntilBy(record, "OFF-03", skill.Alone, lossDay))) {
			t.Errorf("%s: %+v", name, due)
		}
		if due = certificate.DueSkills(1, 1, record[:1], []certificate.Current{c.is}, lossDay); len(due) != 0 {
			t.Errorf("%s, with one piece: %+v", name, due)
		}
	}
}
