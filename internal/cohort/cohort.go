// Package cohort holds who goes through which courses together, how far each has come, and who needs help, by a stated rule.
package cohort

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// ID identifies a cohort.
type ID int64

// Cohort is a group that starts together. It lists courses.
type Cohort struct {
	ID      ID
	Center  member.CenterID
	Name    string
	Title   course.Text // of its programme, as certificates say it; either language may be missing
	Starts  time.Time
	Ends    time.Time // zero: open
	Courses []string  // slugs, in their order
	Version int64
}

// Programme is what its certificates say was completed: a paper that hangs on a wall needs more than the short name by which
// a center tells its cohorts apart, but without a title that name is all there is.
func (c Cohort) Programme() course.Text {
	return course.Text{JA: cmp.Or(c.Title.JA, c.Name), EN: c.Title.EN}
}

// Enrolment is a person in a cohort.
type Enrolment struct {
	Cohort ID
	Member member.ID
	At     time.Time
	Left   time.Time // zero: still in
}

// CourseRun is one member in one edition of one course. It pins what there was to do (Outline), so that editing a course
// never changes a past result. Its counters are moved by deeds and can be recomputed from the facts.
type CourseRun struct {
	ID           course.RunID
	Member       member.ID
	Center       member.CenterID
	Course       string
	Edition      string
	Outline      string // hash of the outline as it was
	Started      time.Time
	Completed    time.Time // zero: not yet
	Total        int       // items
	Done         int
	LastActivity time.Time
}

// ModuleProgress is how far one run has come in one module.
type ModuleProgress struct {
	Run      course.RunID
	Module   string
	Total    int
	Done     int
	Waiting  int // submissions with a mentor
	Returned int // submissions returned and not handed in again
}

// State is what a cell of the progress table shows.
type State string

// The states, from the one that needs help to the one that is through.
const (
	NotStarted State = "not_started"
	Going      State = "going"
	NeedsHelp  State = "needs_help"
	Waiting    State = "waiting" // with a mentor
	Done       State = "done"
)

// State is the cell's state: returned work before work with a mentor, because it is the trainee who is stuck.
func (p ModuleProgress) State() State {
	switch {
	case p.Total > 0 && p.Done >= p.Total:
		return Done
	case p.Returned > 0:
		return NeedsHelp
	case p.Waiting > 0:
		return Waiting
	case p.Done > 0:
		return Going
	}
	return NotStarted
}

// Permille is the share done in thousandths, 0 to 1000.
func Permille(done, total int) int {
	if total <= 0 {
		return 0
	}
	return min(done, total) * 1000 / total
}

// The rule by which somebody needs help.
const (
	QuietAfter    = 14 * 24 * time.Hour // nothing done
	ReturnedAfter = 7 * 24 * time.Hour  // returned work not taken up
	UnopenedAfter = 3 * 24 * time.Hour  // enrolled, and not even signed in
)

// Reason is why somebody needs help.
type Reason string

// The reasons, the most urgent first.
const (
	ReturnedLong Reason = "returned" // returned work has lain for a week
	NeverStarted Reason = "never"    // enrolled three days ago and did nothing
	Quiet        Reason = "quiet"    // nothing for two weeks
	LateWork     Reason = "late"     // a deadline has passed
)

// Signs are the facts attention is judged from.
type Signs struct {
	Enrolled      time.Time
	LastActivity  time.Time // zero: never
	ReturnedSince time.Time // oldest returned work; zero: none
	Due           time.Time // nearest deadline of unfinished work; zero: none
	WithMentor    bool      // something waits for a mentor: then it is not her turn
	Finished      bool
}

// Attention says why somebody needs help now; ok is false if nobody need call.
func Attention(s Signs, now time.Time) (r Reason, since time.Time, ok bool) {
	switch {
	case s.Finished:
		return "", time.Time{}, false
	case !s.ReturnedSince.IsZero() && now.Sub(s.ReturnedSince) >= ReturnedAfter:
		return ReturnedLong, s.ReturnedSince, true
	case s.LastActivity.IsZero() && now.Sub(s.Enrolled) >= UnopenedAfter:
		return NeverStarted, s.Enrolled, true
	case s.WithMentor:
		return "", time.Time{}, false
	case !s.Due.IsZero() && !now.Before(s.Due):
		return LateWork, s.Due, true
	case !s.LastActivity.IsZero() && now.Sub(s.LastActivity) >= QuietAfter:
		return Quiet, s.LastActivity, true
	}
	return "", time.Time{}, false
}

// Limits of what is typed about a cohort, in characters. Titles of these lengths fit on a certificate in every design.
const (
	MaxName    = 60
	MaxTitle   = 60
	MaxTitleEN = 120
)

// Check refuses a cohort that cannot be kept. known tells whether a course slug is taught; printable returns the characters
// that cannot be printed on a certificate, so that issuing one never fails; nil skips that check.
func Check(c Cohort, known func(slug string) bool, printable func(string) []string) error {
	var l problem.List
	switch n := utf8.RuneCountInString(c.Name); {
	case n == 0:
		l.Add(problem.At("name", "cohort.name_missing"))
	case n > MaxName:
		l.Add(problem.At("name", "cohort.name_long", problem.Args{"Max": MaxName}))
	case c.Title.JA == "": // then the name is what is printed
		l.Add(checkPrinted("name", c.Name, printable))
	}
	l.Add(checkTitle("title", c.Title.JA, MaxTitle, printable))
	l.Add(checkTitle("title_en", c.Title.EN, MaxTitleEN, printable))
	if c.Starts.IsZero() {
		l.Add(problem.At("starts", "cohort.starts_missing"))
	}
	if !c.Ends.IsZero() && c.Ends.Before(c.Starts) {
		l.Add(problem.At("ends", "cohort.ends_before"))
	}
	if len(c.Courses) == 0 {
		l.Add(problem.At("courses", "cohort.courses_missing"))
	}
	for _, s := range c.Courses {
		if !known(s) {
			l.Add(problem.At("courses", "cohort.course_unknown"))
			break
		}
	}
	return l.Err()
}

func checkTitle(field, s string, longest int, printable func(string) []string) *problem.Problem {
	if utf8.RuneCountInString(s) > longest {
		return problem.At(field, "cohort.title_long", problem.Args{"Max": longest})
	}
	return checkPrinted(field, s, printable)
}

// checkPrinted refuses what cannot be printed, and names the characters.
func checkPrinted(field, s string, printable func(string) []string) *problem.Problem {
	if printable == nil || s == "" {
		return nil
	}
	if bad := printable(s); len(bad) > 0 {
		return problem.At(field, "cohort.unprintable", problem.Args{"Characters": strings.Join(bad, " ")})
	}
	return nil
}

// CheckPrinted refuses a programme whose certificates could not be printed: a cohort may be older than the check of its form.
func CheckPrinted(c Cohort, printable func(string) []string) error {
	var l problem.List
	l.Add(checkPrinted("", c.Programme().JA, printable))
	l.Add(checkPrinted("", c.Programme().EN, printable))
	return l.Err()
}
