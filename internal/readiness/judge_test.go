package readiness

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/member"
	"tenarai/internal/skill"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func bar() Bar {
	return Bar{
		JobType: "data-entry", Base: "c1", QuizPercent: 80, Requires: []Requirement{{"OFF-03", skill.Alone}, {"SEC-01", skill.Alone}},
		Pieces: 2, Assessors: 2, WithinMonths: 12, HoursFreshDays: 30, Consent: true, Later: []Rule{RuleAttendance},
	}
}

func award(id skill.ID, l skill.Level, piece int64, at time.Time, by ...member.ID) skill.Award {
	return skill.Award{Skill: id, Level: l, At: at, Evidence: skill.Evidence{Piece: piece, Assessors: by}}
}

// met is everything the bar asks for, done yesterday.
func met() Facts {
	y := now.AddDate(0, 0, -1)
	return Facts{
		BaseComplete: y, QuizBest: map[string]int{"m1/q": 80, "m2/q": 100}, Hours: member.Availability{HoursWeek: 10, Stated: y}, Consent: true,
		Record: skill.Record{
			award("OFF-03", skill.Alone, 1, y, 11), award("OFF-03", skill.Alone, 2, y, 12),
			award("SEC-01", skill.Alone, 1, y, 11), award("SEC-01", skill.Checks, 2, y, 12),
		},
	}
}

func missing(r Readiness) (out []string) {
	for _, m := range r.Missing {
		s := string(m.Rule) + " " + m.Key
		if m.Skill != "" {
			s += " " + string(m.Skill)
		}
		out = append(out, s)
	}
	return out
}

// Each criterion on both sides of its edge, by name and in the order in which things are best done.
func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Facts)
		want   []string
	}{
		"all met":              {func(*Facts) {}, nil},
		"base not finished":    {func(f *Facts) { f.BaseComplete = time.Time{} }, []string{"R1 base"}},
		"a quiz at 79":         {func(f *Facts) { f.QuizBest["m1/q"] = 79 }, []string{"R1 quiz"}},
		"one piece of a skill": {func(f *Facts) { f.Record = f.Record[1:] }, []string{"R3 pieces OFF-03"}},
		"the same piece twice": {func(f *Facts) { f.Record[1].Evidence.Piece = 1 }, []string{"R3 pieces OFF-03"}},
		"one mentor for both":  {func(f *Facts) { f.Record[1].Evidence.Assessors = []member.ID{11} }, []string{"R3 assessors OFF-03"}},
		"a second look": {func(f *Facts) {
			f.Record[0].Evidence.Assessors, f.Record[1].Evidence.Assessors = []member.ID{11, 12}, []member.ID{11}
		}, nil},
		"a level too low":       {func(f *Facts) { f.Record[0].Level = skill.WithModel }, []string{"R3 pieces OFF-03"}},
		"no hours":              {func(f *Facts) { f.Hours = member.Availability{} }, []string{"R8 hours"}},
		"hours 30 days old":     {func(f *Facts) { f.Hours.Stated = now.AddDate(0, 0, -30) }, []string{"R8 hours_old"}},
		"hours a tick younger":  {func(f *Facts) { f.Hours.Stated = now.AddDate(0, 0, -30).Add(1) }, nil},
		"newest 12 months old":  {func(f *Facts) { age(f, "OFF-03", now.AddDate(0, -12, 0)) }, []string{"R3 old OFF-03"}},
		"a tick under a year":   {func(f *Facts) { age(f, "OFF-03", now.AddDate(0, -12, 0).Add(1)) }, nil},
		"one old, newest fresh": {func(f *Facts) { f.Record[0].At = now.AddDate(-3, 0, 0) }, nil},
		"consent":               {func(f *Facts) { f.Consent = false }, []string{"R9 consent"}},
		"nothing at all": {
			func(f *Facts) { *f = Facts{QuizBest: map[string]int{"m1/q": 0}} },
			[]string{"R1 base", "R1 quiz", "R3 pieces OFF-03", "R3 pieces SEC-01", "R8 hours", "R9 consent"},
		},
	} {
		f := met()
		c.change(&f)
		r := Judge(bar(), f, now)
		if got := missing(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: missing %v, want %v", name, got, c.want)
		}
		only := slices.DeleteFunc(slices.Clone(c.want), func(s string) bool { return s == "R9 consent" })
		if r.Ready != (len(only) == 0) || r.Shown != f.Consent {
			t.Errorf("%s: ready %v, shown %v", name, r.Ready, r.Shown)
		}
	}
}

func age(f *Facts, id skill.ID, at time.Time) {
	for i := range f.Record {
		if f.Record[i].Skill == id {
			f.Record[i].At = at
		}
	}
}

// R8: hours stated today make her ready for 30 days; moved on by 31 days she is not, without anybody doing anything.
func TestClockMovedMakesUnready(t *testing.T) {
	f := met()
	f.Hours.Stated = now
	r := Judge(bar(), f, now)
	if want := now.AddDate(0, 0, 30); !r.Ready || !r.Until.Equal(want) {
		t.Fatalf("ready %v until %v, want until %v", r.Ready, r.Until, want)
	}
	for _, c := range []struct {
		at   time.Time
		want bool
	}{{now, true}, {r.Until.Add(-1), true}, {r.Until, false}, {now.AddDate(0, 0, 31), false}} {
		if got := r.At(c.at).Ready; got != c.want {
			t.Errorf("kept flag at %v: %v", c.at, got)
		}
		if got := Judge(bar(), f, c.at).Ready; got != c.want {
			t.Errorf("judged at %v: %v", c.at, got)
		}
	}
}

// What lapses first is what the flag says: the hours or the oldest of the skills' newest pieces.
func TestUntilIsTheFirstToLapse(t *testing.T) {
	f := met()
	age(&f, "SEC-01", now.AddDate(0, -12, 2))
	if r := Judge(bar(), f, now); !r.Until.Equal(now.AddDate(0, -12, 2).AddDate(0, 12, 0)) {
		t.Errorf("until %v", r.Until)
	}
	f = met()
	f.Hours.Stated = now.AddDate(0, 0, -29)
	if r := Judge(bar(), f, now); !r.Until.Equal(now.AddDate(0, 0, 1)) {
		t.Errorf("until %v", r.Until)
	}
}

// A required skill lapses for a job type at the very instant at which the record says that it needs renewal, whatever the day:
// one is stored and the other derived, and nobody is told two dates.
func TestSkillLapsesAsItsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 6*366*24).Draw(t, "hours")) * time.Hour)
		b := bar()
		b.Requires, b.WithinMonths, b.HoursFreshDays = b.Requires[:1], skill.LapseMonths, 1000
		f := met()
		f.Hours.Stated = at
		age(&f, "OFF-03", at)
		r, s := Judge(b, f, at), f.Record.Stand("OFF-03", at)
		if !r.Ready || !r.Until.Equal(s.Until) {
			t.Fatalf("ready %v until %v, current until %v", r.Ready, r.Until, s.Until)
		}
	})
}

func drawFacts(t *rapid.T) Facts {
	f := Facts{
		QuizBest: map[string]int{"m1/q": rapid.IntRange(0, 100).Draw(t, "quiz")}, Consent: rapid.Bool().Draw(t, "consent"),
		Hours:  member.Availability{HoursWeek: rapid.IntRange(0, 60).Draw(t, "hours"), Stated: past(t, "stated", 60)},
		Record: rapid.SliceOfN(rapid.Custom(drawAward), 0, 10).Draw(t, "record"),
	}
	if rapid.Bool().Draw(t, "base") {
		f.BaseComplete = past(t, "completed", 600)
	}
	return f
}

func drawAward(t *rapid.T) skill.Award {
	return award(rapid.SampledFrom([]skill.ID{"OFF-03", "SEC-01"}).Draw(t, "skill"), skill.Level(rapid.IntRange(1, 3).Draw(t, "level")),
		rapid.Int64Range(1, 3).Draw(t, "piece"), past(t, "at", 600), member.ID(rapid.Int64Range(11, 13).Draw(t, "by")))
}

func past(t *rapid.T, what string, days int) time.Time {
	return now.AddDate(0, 0, -rapid.IntRange(0, days).Draw(t, what))
}

// More evidence never makes anybody unready, nor ready for a shorter time.
func TestEvidenceNeverHurts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		if rapid.Bool().Draw(t, "all met") {
			f = met()
		}
		before := Judge(bar(), f, now)
		f.Record = append(slices.Clone(f.Record), drawAward(t))
		after := Judge(bar(), f, now)
		if before.Ready && (!after.Ready || after.Until.Before(before.Until)) {
			t.Fatalf("was ready until %v, is %v until %v", before.Until, after.Ready, after.Until)
		}
	})
}

// The flag always carries its reasons: ready means that nothing but consent is missing, and has an end; unready says why.
// What is kept today says the same as judging anew, as long as it has not lapsed.
func TestReadinessCarriesItsReasons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		if rapid.Bool().Draw(t, "all met") {
			f = met()
		}
		r := Judge(bar(), f, now)
		other := slices.ContainsFunc(r.Missing, func(m Missing) bool { return m.Rule != RuleConsent })
		if r.Ready == other || r.Ready != !r.Until.IsZero() || r.Ready && !now.Before(r.Until) || !r.Same(r) {
			t.Fatalf("%+v", r)
		}
		later := now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "days")) * 24 * time.Hour)
		if r.Ready && r.At(later).Ready != Judge(bar(), f, later).Ready {
			t.Fatalf("kept and judged differ at %v", later)
		}
	})
}

// Same sees every change that is worth keeping.
func TestSameSeesChanges(t *testing.T) {
	r := Judge(bar(), Facts{}, now)
	for name, change := range map[string]func(*Readiness){
		"ready": func(r *Readiness) { r.Ready = true }, "shown": func(r *Readiness) { r.Shown = true }, "until": func(r *Readiness) { r.Until = now },
		"one less": func(r *Readiness) { r.Missing = r.Missing[1:] }, "need": func(r *Readiness) { r.Missing[0].Need++ },
	} {
		o := r
		o.Missing = slices.Clone(r.Missing)
		change(&o)
		if r.Same(o) {
			t.Errorf("a change of %s is not seen", name)
		}
	}
}

// The list shows each criterion once, in order, with what is missing for it; one that comes later is never met.
func TestRules(t *testing.T) {
	f := met()
	f.Hours, f.Consent = member.Availability{}, false
	var got []string
	for _, s := range bar().Rules(Judge(bar(), f, now)) {
		mark := "-"
		if s.Met {
			mark = "+"
		}
		if s.Later {
			mark = "later"
		}
		got = append(got, string(s.Rule)+mark)
	}
	if want := []string{"R1+", "R2later", "R3+", "R4+", "R5+", "R6+", "R7+", "R8-", "R9-"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Avoid names the mentor who would leave a person with one pair of eyes, and nobody where it does not matter.
func TestAvoid(t *testing.T) {
	one := skill.Record{award("OFF-03", skill.Alone, 1, now, 11)}
	for name, c := range map[string]struct {
		bar    func(*Bar)
		record skill.Record
		skill  skill.ID
		proves skill.Level
		piece  int64
		want   member.ID
	}{
		"the last piece":                {nil, one, "OFF-03", skill.Alone, 2, 11},
		"the first piece":               {nil, nil, "OFF-03", skill.Alone, 1, 0},
		"the same piece again":          {nil, one, "OFF-03", skill.Alone, 1, 0},
		"a skill nobody asks for":       {nil, one, "WEB-01", skill.Alone, 2, 0},
		"proves too little":             {nil, one, "OFF-03", skill.WithModel, 2, 0},
		"two mentors already":           {nil, append(slices.Clone(one), award("OFF-03", skill.Alone, 3, now, 12)), "OFF-03", skill.Alone, 2, 0},
		"third piece, still one eye":    {nil, append(slices.Clone(one), award("OFF-03", skill.Alone, 3, now, 11)), "OFF-03", skill.Alone, 2, 11},
		"one mentor is enough":          {func(b *Bar) { b.Assessors = 1 }, one, "OFF-03", skill.Alone, 2, 0},
		"three pieces asked, this is 2": {func(b *Bar) { b.Pieces = 3 }, one, "OFF-03", skill.Alone, 2, 0},
		"earlier one was too low":       {nil, skill.Record{award("OFF-03", skill.WithModel, 1, now, 11)}, "OFF-03", skill.Alone, 2, 0},
	} {
		b := bar()
		if c.bar != nil {
			c.bar(&b)
		}
		if got := Avoid(b, c.record, c.skill, c.proves, c.piece); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
