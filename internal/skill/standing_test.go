package skill_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/member"
	"tenarai/internal/skill"
)

var day = time.Date(2026, time.February, 28, 3, 0, 0, 0, time.UTC)

func award(level skill.Level, at time.Time, piece int64, by ...member.ID) skill.Award {
	return skill.Award{Skill: "OFF-03", Level: level, At: at, Evidence: skill.Evidence{Piece: piece, Assessors: by}}
}

func TestStand(t *testing.T) {
	lost := award(skill.Checks, day, 9, 1)
	lost.Revocation.At = day
	prior := award(skill.Alone, day, 1, 1)
	prior.Evidence.Prior = true
	for name, c := range map[string]struct {
		record skill.Record
		at     time.Time
		want   skill.Standing
	}{
		"nothing": {nil, day, skill.Standing{Skill: "OFF-03", Rule: skill.Rule}},
		"one": {
			skill.Record{award(skill.WithModel, day, 1, 1)},
			day,
			skill.Standing{Skill: "OFF-03", Level: 1, Since: day, Newest: day, Until: day.AddDate(1, 0, 0), Current: true, Pieces: 1, Assessors: 1, Rule: skill.Rule},
		},
		"the highest counts, and what is below it is no evidence for it": {
			skill.Record{award(skill.Alone, day, 1, 1), award(skill.WithModel, day.AddDate(0, 3, 0), 2, 2)},
			day,
			skill.Standing{Skill: "OFF-03", Level: 2, Since: day, Newest: day, Until: day.AddDate(1, 0, 0), Current: true, Pieces: 1, Assessors: 1, Rule: skill.Rule},
		},
		"two attempts at one piece are one piece": {
			skill.Record{award(skill.Alone, day, 1, 1), award(skill.Alone, day.AddDate(0, 1, 0), 1, 1, 2)},
			day,
			skill.Standing{Skill: "OFF-03", Level: 2, Since: day, Newest: day.AddDate(0, 1, 0), Until: day.AddDate(1, 1, 0), Current: true, Pieces: 1, Assessors: 2, Rule: skill.Rule},
		},
		"a revoked one counts for nothing": {
			skill.Record{award(skill.WithModel, day, 1, 1), lost},
			day,
			skill.Standing{Skill: "OFF-03", Level: 1, Since: day, Newest: day, Until: day.AddDate(1, 0, 0), Current: true, Pieces: 1, Assessors: 1, Rule: skill.Rule},
		},
		"to its last moment": {
			skill.Record{prior},
			day.AddDate(1, 0, 0).Add(-1),
			skill.Standing{Skill: "OFF-03", Level: 2, Since: day, Newest: day, Until: day.AddDate(1, 0, 0), Current: true, Pieces: 1, Assessors: 1, Prior: true, Rule: skill.Rule},
		},
		"and then no longer, but never gone": {
			skill.Record{prior},
			day.AddDate(1, 0, 0),
			skill.Standing{Skill: "OFF-03", Level: 2, Since: day, Newest: day, Until: day.AddDate(1, 0, 0), Pieces: 1, Assessors: 1, Prior: true, Rule: skill.Rule},
		},
	} {
		if got := c.record.Stand("OFF-03", c.at); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

// Months are those of the calendar in Japan, whatever the hour, also around the end of a February.
func TestMonthsAfter(t *testing.T) {
	japan := time.FixedZone("JST", 9*60*60)
	on := func(y int, m time.Month, d, h, min int) time.Time {
		return time.Date(y, m, d, h, min, 0, 0, japan).UTC()
	}
	for name, c := range map[string]struct{ at, want time.Time }{
		"1 March of a leap year, before nine":        {on(2028, 3, 1, 0, 0), on(2029, 3, 1, 0, 0)},
		"1 March of a leap year, just before nine":   {on(2028, 3, 1, 8, 59), on(2029, 3, 1, 8, 59)},
		"1 March of a leap year, at nine":            {on(2028, 3, 1, 9, 0), on(2029, 3, 1, 9, 0)},
		"1 March before a leap year, before nine":    {on(2027, 3, 1, 0, 0), on(2028, 3, 1, 0, 0)},
		"1 March, no leap year near":                 {on(2025, 3, 1, 0, 0), on(2026, 3, 1, 0, 0)},
		"the last of February before a leap year":    {on(2027, 2, 28, 23, 59), on(2028, 2, 28, 23, 59)},
		"29 February has no day a year later":        {on(2028, 2, 29, 8, 0), on(2029, 3, 1, 8, 0)},
		"29 February after nine, likewise":           {on(2028, 2, 29, 23, 59), on(2029, 3, 1, 23, 59)},
		"New Year's morning, of another year in UTC": {on(2027, 1, 1, 0, 0), on(2028, 1, 1, 0, 0)},
	} {
		if got := skill.MonthsAfter(c.at, skill.LapseMonths); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got.In(japan), c.want.In(japan))
		}
		if s := (skill.Record{award(skill.Alone, c.at, 1, 1)}).Stand("OFF-03", day); !s.Until.Equal(c.want) {
			t.Errorf("%s: the level lapses %v, want %v", name, s.Until.In(japan), c.want.In(japan))
		}
	}
}

func TestGrade(t *testing.T) {
	marked := func(level skill.Level, marks ...int) skill.Award {
		a := award(level, day, 1, 1)
		for _, m := range marks {
			a.Evidence.Rows = append(a.Evidence.Rows, skill.Row{Mark: m})
		}
		return a
	}
	for _, c := range []struct {
		award skill.Award
		want  skill.Grade
	}{
		{marked(skill.WithModel, 3, 3), skill.GradeC},
		{marked(skill.Alone, 2, 3), skill.GradeB},
		{marked(skill.Alone, 3, 3), skill.GradeA},
		{marked(skill.Alone), skill.GradeB},
		{marked(skill.Checks, 2), skill.GradeA},
	} {
		if got := (skill.Record{c.award}).Grade("OFF-03"); got != c.want {
			t.Errorf("level %d, %+v: %s, want %s", c.award.Level, c.award.Evidence.Rows, got, c.want)
		}
	}
	if got := (skill.Record{}).Grade("OFF-03"); got != "" {
		t.Errorf("nothing is graded %q", got)
	}
	newer := marked(skill.Alone, 2)
	newer.At = day.AddDate(0, 1, 0)
	if got := (skill.Record{marked(skill.Alone, 3), newer}).Grade("OFF-03"); got != skill.GradeB {
		t.Errorf("an older, better piece outweighs the newest: %s", got)
	}
}

// More evidence never lowers a level nor brings its lapse nearer; less never raises it.
func TestEvidenceOnlyHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var record skill.Record
		before := record.Stand("OFF-03", day)
		for range rapid.IntRange(1, 8).Draw(t, "awards") {
			a := award(skill.Level(rapid.IntRange(1, 3).Draw(t, "level")), day.AddDate(0, 0, rapid.IntRange(0, 700).Draw(t, "day")), int64(rapid.IntRange(1, 3).Draw(t, "piece")), member.ID(rapid.IntRange(1, 3).Draw(t, "by")))
			record = append(record, a)
			after := record.Stand("OFF-03", day)
			if after.Level < before.Level || after.Level == before.Level && (after.Until.Before(before.Until) || after.Pieces < before.Pieces || after.Assessors < before.Assessors) {
				t.Fatalf("%+v\nmade %+v\nout of %+v", a, after, before)
			}
			before = after
		}
		i := rapid.IntRange(0, len(record)-1).Draw(t, "revoked")
		record[i].Revocation.At = day
		without := slices.Delete(slices.Clone(record), i, i+1)
		if lost := record.Stand("OFF-03", day); lost.Level > before.Level || lost != without.Stand("OFF-03", day) {
			t.Fatalf("without %+v: %+v", record[i], lost)
		}
	})
}

func TestLapses(t *testing.T) {
	year := func(n int) time.Time { return day.AddDate(n, 0, 0) }
	lost := award(skill.Alone, day, 9, 1)
	lost.Revocation.At = day
	for name, c := range map[string]struct {
		record skill.Record
		at     time.Time
		want   []skill.Lapse
	}{
		"nothing":                            {nil, year(9), nil},
		"what was revoked lapses no more":    {skill.Record{lost}, year(9), nil},
		"not before its moment":              {skill.Record{award(skill.Alone, day, 1, 1)}, year(1).Add(-1), nil},
		"at its moment":                      {skill.Record{award(skill.Alone, day, 1, 1)}, year(1), []skill.Lapse{{year(1), skill.Alone}}},
		"renewed in time":                    {skill.Record{award(skill.Alone, day, 1, 1), award(skill.Alone, year(1).Add(-1), 2, 1)}, year(1), nil},
		"twice, with a renewal between":      {skill.Record{award(skill.Alone, day, 1, 1), award(skill.Alone, year(2), 2, 1)}, year(9), []skill.Lapse{{year(1), skill.Alone}, {year(3), skill.Alone}}},
		"a lower level renews nothing":       {skill.Record{award(skill.Alone, day, 1, 1), award(skill.WithModel, day.AddDate(0, 6, 0), 2, 1)}, year(9), []skill.Lapse{{year(1), skill.Alone}}},
		"a higher one takes over":            {skill.Record{award(skill.WithModel, day, 1, 1), award(skill.Alone, day.AddDate(0, 6, 0), 2, 1)}, year(1), nil},
		"what comes after is not looked at":  {skill.Record{award(skill.Alone, day, 1, 1), award(skill.Alone, year(2), 2, 1)}, day, nil},
		"the level that lapsed, not the new": {skill.Record{award(skill.WithModel, day, 1, 1), award(skill.Alone, year(2), 2, 1)}, year(2), []skill.Lapse{{year(1), skill.WithModel}}},
	} {
		if got := c.record.Lapses("OFF-03", c.at); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A skill needs renewal exactly if the last lapse is that of the level held; it is due sixty days before.
func TestLapsesAgreeWithStanding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var record skill.Record
		for range rapid.IntRange(1, 6).Draw(t, "awards") {
			record = append(record, award(skill.Level(rapid.IntRange(1, 3).Draw(t, "level")), day.AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "day")), 1, 1))
		}
		slices.SortStableFunc(record, func(a, b skill.Award) int { return a.At.Compare(b.At) })
		now := record[len(record)-1].At.AddDate(0, 0, rapid.IntRange(0, 800).Draw(t, "later"))
		s, lapses := record.Stand("OFF-03", now), record.Lapses("OFF-03", now)
		last := skill.Lapse{}
		if n := len(lapses); n > 0 {
			last = lapses[n-1]
		}
		if lapsed := last == (skill.Lapse{At: s.Until, Level: s.Level}); lapsed == s.Current {
			t.Fatalf("%+v, but lapses %v", s, lapses)
		}
		if !slices.IsSortedFunc(lapses, func(a, b skill.Lapse) int { return a.At.Compare(b.At) }) || last.At.After(now) {
			t.Fatalf("lapses %v at %s", lapses, now)
		}
		if near := s.Until.Add(-skill.RenewalNear); s.Due(now) == now.Before(near) || !s.Due(near) || s.Due(near.Add(-1)) {
			t.Fatalf("due at %s: %t, %+v", now, s.Due(now), s)
		}
	})
	if (skill.Standing{}).Due(day) {
		t.Error("nothing needs renewal where nothing is held")
	}
}
