package cohort_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/problem"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

const (
	day    = 24 * time.Hour
	moment = time.Millisecond
)

func TestAttention(t *testing.T) {
	for name, c := range map[string]struct {
		signs cohort.Signs
		want  cohort.Reason // empty: nobody need call
		since time.Time
	}{
		"enrolled just now":               {signs: cohort.Signs{Enrolled: now}},
		"a moment before three days":      {signs: cohort.Signs{Enrolled: ago(3*day - moment)}},
		"three days and nothing":          {cohort.Signs{Enrolled: ago(3 * day)}, cohort.NeverStarted, ago(3 * day)},
		"started, then three days":        {signs: cohort.Signs{Enrolled: ago(5 * day), LastActivity: ago(3 * day)}},
		"a moment before two weeks":       {signs: cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(14*day - moment)}},
		"two weeks quiet":                 {cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(14 * day)}, cohort.Quiet, ago(14 * day)},
		"quiet, but with a mentor":        {signs: cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(30 * day), WithMentor: true}},
		"quiet, but finished":             {signs: cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(30 * day), Finished: true}},
		"never started, with a mentor":    {cohort.Signs{Enrolled: ago(4 * day), WithMentor: true}, cohort.NeverStarted, ago(4 * day)},
		"returned a moment before a week": {signs: cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(8 * day), ReturnedSince: ago(7*day - moment)}},
		"returned a week ago":             {cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(8 * day), ReturnedSince: ago(7 * day)}, cohort.ReturnedLong, ago(7 * day)},
		"returned, another with a mentor": {cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(8 * day), ReturnedSince: ago(8 * day), WithMentor: true}, cohort.ReturnedLong, ago(8 * day)},
		"returned long and quiet":         {cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(20 * day), ReturnedSince: ago(15 * day)}, cohort.ReturnedLong, ago(15 * day)},
		"returned long, but finished":     {signs: cohort.Signs{Enrolled: ago(90 * day), ReturnedSince: ago(15 * day), Finished: true}},
		"a moment before the deadline":    {signs: cohort.Signs{Enrolled: ago(9 * day), LastActivity: ago(day), Due: now.Add(moment)}},
		"at the deadline":                 {cohort.Signs{Enrolled: ago(9 * day), LastActivity: ago(day), Due: now}, cohort.LateWork, now},
		"late and quiet":                  {cohort.Signs{Enrolled: ago(90 * day), LastActivity: ago(20 * day), Due: ago(day)}, cohort.LateWork, ago(day)},
		"late, but with a mentor":         {signs: cohort.Signs{Enrolled: ago(9 * day), LastActivity: ago(day), Due: ago(day), WithMentor: true}},
	} {
		reason, since, ok := cohort.Attention(c.signs, now)
		if reason != c.want || ok != (c.want != "") || !since.Equal(c.since) {
			t.Errorf("%s: %q since %v (%v), want %q since %v", name, reason, since, ok, c.want, c.since)
		}
	}
}

// Whoever needs help now needs help tomorrow, if nothing happens.
func TestAttentionDoesNotPassByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		when := func(label string) time.Time {
			if rapid.Bool().Draw(t, "has "+label) {
				return ago(time.Duration(rapid.Int64Range(-20, 40).Draw(t, label)) * day)
			}
			return time.Time{}
		}
		s := cohort.Signs{
			Enrolled: ago(time.Duration(rapid.Int64Range(0, 40).Draw(t, "enrolled")) * day), LastActivity: when("activity"),
			ReturnedSince: when("returned"), Due: when("due"), WithMentor: rapid.Bool().Draw(t, "with mentor"),
		}
		_, _, ok := cohort.Attention(s, now)
		if _, _, later := cohort.Attention(s, now.Add(day)); ok && !later {
			t.Fatalf("%+v needs help today and not tomorrow", s)
		}
		s.Finished = true
		if _, _, ok := cohort.Attention(s, now); ok {
			t.Fatal("somebody who has finished is called")
		}
	})
}

func TestStateOfAModule(t *testing.T) {
	for want, ps := range map[cohort.State][]cohort.ModuleProgress{
		cohort.NotStarted: {{}, {Total: 4}},
		cohort.Going:      {{Total: 4, Done: 1}, {Total: 4, Done: 3}},
		cohort.NeedsHelp:  {{Total: 4, Returned: 1}, {Total: 4, Done: 3, Returned: 1, Waiting: 2}},
		cohort.Waiting:    {{Total: 4, Waiting: 1}, {Total: 4, Done: 3, Waiting: 1}},
		cohort.Done:       {{Total: 4, Done: 4}, {Total: 4, Done: 4, Waiting: 1}, {Total: 4, Done: 5, Returned: 1}},
	} {
		for _, p := range ps {
			if got := p.State(); got != want {
				t.Errorf("%+v is %s, want %s", p, got, want)
			}
		}
	}
}

func TestPermille(t *testing.T) {
	for _, c := range []struct{ done, total, want int }{{0, 0, 0}, {3, 0, 0}, {0, 3, 0}, {1, 3, 333}, {2, 3, 666}, {3, 3, 1000}, {4, 3, 1000}, {999, 1000, 999}} {
		if got := cohort.Permille(c.done, c.total); got != c.want {
			t.Errorf("%d of %d: %d, want %d", c.done, c.total, got, c.want)
		}
	}
}

func TestCheckCohort(t *testing.T) {
	known := func(slug string) bool { return slug == "c1" || slug == "c2" }
	printable := func(s string) []string {
		if strings.Contains(s, "☃") {
			return []string{"☃", "U+202E"}
		}
		return nil
	}
	good := cohort.Cohort{
		Name: strings.Repeat("組", cohort.MaxName), Starts: now, Courses: []string{"c1", "c2"},
		Title: course.Text{JA: strings.Repeat("講", cohort.MaxTitle), EN: strings.Repeat("e", cohort.MaxTitleEN)},
	}
	change := func(f func(*cohort.Cohort)) cohort.Cohort { c := good; f(&c); return c }
	for name, c := range map[string]struct {
		cohort cohort.Cohort
		want   string
	}{
		"good":             {good, ""},
		"ends as it began": {change(func(c *cohort.Cohort) { c.Ends = now }), ""},
		"no name":          {change(func(c *cohort.Cohort) { c.Name = "" }), "cohort.name_missing (name)"},
		"long name":        {change(func(c *cohort.Cohort) { c.Name += "組" }), "cohort.name_long (name)"},
		"no start":         {change(func(c *cohort.Cohort) { c.Starts = time.Time{} }), "cohort.starts_missing (starts)"},
		"ends before":      {change(func(c *cohort.Cohort) { c.Ends = now.Add(-moment) }), "cohort.ends_before (ends)"},
		"no course":        {change(func(c *cohort.Cohort) { c.Courses = nil }), "cohort.courses_missing (courses)"},
		"unknown courses":  {change(func(c *cohort.Cohort) { c.Courses = []string{"x", "c1", "y"} }), "cohort.course_unknown (courses)"},
		"no title":         {change(func(c *cohort.Cohort) { c.Title = course.Text{} }), ""},
		"long titles":      {change(func(c *cohort.Cohort) { c.Title.JA += "講"; c.Title.EN += "e" }), "cohort.title_long (title); cohort.title_long (title_en)"},
		"unprintable":      {change(func(c *cohort.Cohort) { c.Title = course.Text{JA: "☃", EN: "☃"} }), "cohort.unprintable (title); cohort.unprintable (title_en)"},
		"name not printed": {change(func(c *cohort.Cohort) { c.Name = "☃" }), ""},
		"name printed":     {change(func(c *cohort.Cohort) { c.Name, c.Title.JA = "☃", "" }), "cohort.unprintable (name)"},
		"all at once":      {cohort.Cohort{}, "cohort.name_missing (name); cohort.starts_missing (starts); cohort.courses_missing (courses)"},
	} {
		err := cohort.Check(c.cohort, known, printable)
		if got := problem.Of(err).Error(); got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Who is to be told what cannot be printed is told the characters; where nothing is known of printing, all can be.
func TestCheckCohortNamesTheCharacters(t *testing.T) {
	c := cohort.Cohort{Name: "組", Starts: now, Courses: []string{"c1"}, Title: course.Text{JA: "雪☃"}}
	known := func(string) bool { return true }
	l := problem.Of(cohort.Check(c, known, func(string) []string { return []string{"☃", "U+202E"} }))
	if len(l) != 1 || l[0].Args["Characters"] != "☃ U+202E" {
		t.Errorf("%v", l)
	}
	if err := cohort.Check(c, known, nil); err != nil {
		t.Error(err)
	}
}

// What certificates say was completed is the title, and without one the name.
func TestProgramme(t *testing.T) {
	for _, c := range []struct{ title, want course.Text }{
		{course.Text{}, course.Text{JA: "第1期"}},
		{course.Text{JA: "養成講座"}, course.Text{JA: "養成講座"}},
		{course.Text{EN: "Programme"}, course.Text{JA: "第1期", EN: "Programme"}},
		{course.Text{JA: "養成講座", EN: "Programme"}, course.Text{JA: "養成講座", EN: "Programme"}},
	} {
		if got := (cohort.Cohort{Name: "第1期", Title: c.title}).Programme(); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.title, got, c.want)
		}
	}
}
