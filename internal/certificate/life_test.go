package certificate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/skill"
)

func TestStateAt(t *testing.T) {
	end := time.Date(2028, time.February, 29, 14, 59, 59, 0, time.UTC)
	for name, c := range map[string]struct {
		until  time.Time
		latest certificate.State
		now    time.Time
		want   certificate.State
	}{
		"without an end":        {time.Time{}, "", end.AddDate(50, 0, 0), certificate.Valid},
		"before its end":        {end, "", end.Add(-1), certificate.Valid},
		"at its end":            {end, "", end, certificate.Lapsed},
		"revoked":               {end, certificate.Revoked, end.Add(-1), certificate.Revoked},
		"revoked outweighs":     {end, certificate.Revoked, end.AddDate(1, 0, 0), certificate.Revoked},
		"replaced":              {end, certificate.Replaced, end.Add(-1), certificate.Replaced},
		"withdrawn, after all":  {end, certificate.Withdrawn, end.AddDate(1, 0, 0), certificate.Withdrawn},
		"after 2038, 64 bits":   {time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC), "", time.Date(2039, 1, 1, 0, 0, 0, 0, time.UTC), certificate.Valid},
		"and lapsed after that": {time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC), "", time.Date(2040, 1, 2, 0, 0, 0, 0, time.UTC), certificate.Lapsed},
	} {
		got := certificate.Certificate{Until: c.until}.StateAt(certificate.Change{State: c.latest}, c.now)
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if got.MayEnd() != (got == certificate.Valid || got == certificate.Lapsed) {
			t.Errorf("%s may end: %t", got, got.MayEnd())
		}
	}
}

// evidence is a record of level 2 pieces, each so many days old and judged by one person.
func evidence(now time.Time, pieces ...[2]int) skill.Record {
	var r skill.Record
	for i, p := range pieces {
		r = append(r, skill.Award{
			Member: 1, Skill: "OFF-03", Level: skill.Alone, At: now.AddDate(0, 0, -p[0]), Evidence: skill.Evidence{Piece: int64(i + 1), Assessors: []member.ID{member.ID(p[1])}},
		})
	}
	return r
}

func TestDueSkills(t *testing.T) {
	now := time.Date(2026, time.November, 27, 1, 0, 0, 0, time.UTC)
	given := func(days int, state certificate.State) []certificate.Current {
		g := certificate.Grant{ID: 5, Member: 1, Kind: certificate.KindSkill, Subject: "OFF-03", Edition: "L2"}
		return []certificate.Current{{Grant: g, Until: now.AddDate(0, 0, days), State: state}}
	}
	for name, c := range map[string]struct {
		record  skill.Record
		current []certificate.Current
		due     int
		grant   certificate.GrantID
	}{
		"one piece is too few":                          {evidence(now, [2]int{1, 1}), nil, 0, 0},
		"two by one mentor, too":                        {evidence(now, [2]int{2, 1}, [2]int{1, 1}), nil, 0, 0},
		"two by two are earned":                         {evidence(now, [2]int{2, 1}, [2]int{1, 2}), nil, 1, 0},
		"old evidence earns nothing":                    {evidence(now, [2]int{500, 1}, [2]int{400, 2}), nil, 0, 0},
		"one fresh piece keeps an old one good":         {evidence(now, [2]int{500, 1}, [2]int{1, 2}), nil, 1, 0},
		"given is given":                                {evidence(now, [2]int{2, 1}, [2]int{1, 2}), given(364, certificate.Valid), 0, 0},
		"new evidence long before the end changes none": {evidence(now, [2]int{200, 1}, [2]int{1, 2}), given(165, certificate.Valid), 0, 0},
		"shortly before it, it renews":                  {evidence(now, [2]int{300, 1}, [2]int{1, 2}), given(65, certificate.Valid), 1, 5},
		"after it, too":                                 {evidence(now, [2]int{400, 1}, [2]int{1, 2}), given(-35, certificate.Lapsed), 1, 5},
		"but not what was revoked":                      {evidence(now, [2]int{400, 1}, [2]int{1, 2}), given(-35, certificate.Revoked), 0, 0},
	} {
		due := certificate.DueSkills(1, 7, c.record, c.current, now)
		if len(due) != c.due {
			t.Errorf("%s: %d due", name, len(due))
			continue
		}
		for _, d := range due {
			if d.Grant.ID != c.grant || d.Level != skill.Alone || d.Grant.Edition != "L2" || !d.Until.After(now) {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}

// What was issued is not due again at once, whatever the record; and what is due rests on enough pieces and people, and on a
// newest piece that is not old: the others may be.
func TestDueSkillsSettles(t *testing.T) {
	now := time.Date(2026, time.November, 27, 1, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var record skill.Record
		for i := range rapid.IntRange(0, 10).Draw(t, "awards") {
			record = append(record, skill.Award{
				Member: 1, Skill: skill.ID(rapid.SampledFrom([]string{"A", "B"}).Draw(t, "skill")), Level: skill.Level(rapid.IntRange(1, 3).Draw(t, "level")),
				At:       now.AddDate(0, 0, -rapid.IntRange(0, 800).Draw(t, "age")),
				Evidence: skill.Evidence{Attempt: int64(i), Piece: int64(rapid.IntRange(1, 4).Draw(t, "piece")), Assessors: []member.ID{member.ID(rapid.IntRange(1, 2).Draw(t, "by"))}},
			})
		}
		var current []certificate.Current
		for i, d := range certificate.DueSkills(1, 7, record, nil, now) {
			s := record.StandAt(skill.ID(d.Grant.Subject), d.Level, now)
			if s.Pieces < certificate.SkillPieces || s.Assessors < certificate.SkillAssessors || !s.Current || certificate.Unproven(record, s.Skill, d.Level, now) {
				t.Fatalf("%+v is due by %+v", d, s)
			}
			g := d.Grant
			g.ID = certificate.GrantID(i + 1)
			c := certificate.Current{Grant: g, Until: d.Until, State: certificate.Valid}
			if _, ok := certificate.Renewable(record, c, d.Level, now); ok {
				t.Fatalf("%+v can be renewed by what it rests on", d)
			}
			current = append(current, c)
		}
		if again := certificate.DueSkills(1, 7, record, current, now); len(again) > 0 {
			t.Fatalf("due again: %+v", again)
		}
	})
}

func TestDesignCheck(t *testing.T) {
	for _, template := range certificate.Templates {
		for _, lang := range certificate.PageLanguages {
			if err := (certificate.Design{Template: template, Language: lang}).Check(); err != nil {
				t.Errorf("%q in %q: %v", template, lang, err)
			}
		}
	}
	if (certificate.Design{Template: "x"}).Check() == nil || (certificate.Design{Language: "fr"}).Check() == nil {
		t.Error("what nobody can choose passes")
	}
}

// A certificate by evidence of the first hours of a month lasts to the end of the same day a year later.
func TestSkillLastsToTheDay(t *testing.T) {
	japan := time.FixedZone("JST", 9*60*60)
	for _, year := range []int{2027, 2028, 2029} { // before, in and after a leap year
		for _, hour := range []int{0, 8, 9, 23} {
			at := time.Date(year, time.March, 1, hour, 0, 0, 0, japan).UTC()
			record := skill.Record{{Skill: "A", Level: skill.Alone, At: at, Evidence: skill.Evidence{Piece: 1, Assessors: []member.ID{1}}}}
			want := time.Date(year+1, time.March, 2, 0, 0, 0, 0, japan).Add(-time.Millisecond)
			if got := certificate.UntilBy(record, "A", skill.Alone, at); !got.Equal(want) {
				t.Errorf("by evidence of %v until %v, want %v", at.In(japan), got.In(japan), want)
			}
		}
	}
}

func TestCohortOf(t *testing.T) {
	for subject, want := range map[string]int64{certificate.ProgrammeSubject(17): 17, "cohort-": 0, "cohort-x": 0, "17": 0, "": 0, "cohort-99999999999999999999": 0} {
		if got := certificate.CohortOf(subject); got != want {
			t.Errorf("%q is cohort %d, want %d", subject, got, want)
		}
	}
}
