package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/store"
)

// NextKind says what the one next thing is.
type NextKind string

// The kinds, in the order in which they go before each other.
const (
	NextMend     NextKind = "mend"     // work that came back
	NextDue      NextKind = "due"      // an opened assignment whose deadline is near
	NextContinue NextKind = "continue" // the next item of a course that was begun
	NextStart    NextKind = "start"    // the first item of a course, or one on the shortest way to a job type
	NextGap      NextKind = "gap"      // what is missing for readiness
	NextJobs     NextKind = "jobs"     // ready: look at the jobs
	NextWait     NextKind = "wait"     // everything is with the mentors
	NextNothing  NextKind = "nothing"  // not in any course
)

// Next is the one next thing to do.
type Next struct {
	Kind    NextKind
	Item    *course.Item // mend, due, continue, start
	Fixes   int          // mend
	Mentor  string       // mend: who returned it
	Since   time.Time    // mend: when it came back
	Due     time.Time
	Missing readiness.Missing // gap
	JobType readiness.JobType // gap
}

// nearlyDue is how long before its deadline an assignment goes first.
const nearlyDue = 3 * 24 * time.Hour

// nextFacts is what chooseNext looks at.
type nextFacts struct {
	now         time.Time
	courses     []runFacts // in the order in which they are taken
	submissions []practice.Submission
	fixes       map[practice.SubmissionID]store.ReturnedWork
	standing    standing
	readiness   []ReadyLine
}

type runFacts struct {
	course *course.Course
	run    cohort.CourseRun
	done   map[string]time.Time // by "module/item"
}

// chooseNext chooses the one next thing: returned work, then what is nearly due, then the course that was begun last, then
// the next course, then the shortest way to a job type, then what else is missing for readiness. It is the same everywhere.
func chooseNext(catalog *course.Catalog, f nextFacts) Next {
	for _, s := range f.submissions {
		if it := catalog.Item(s.Ref); it != nil && s.Turn == practice.WithTrainee && s.Attempts > 0 {
			r := f.fixes[s.ID]
			return Next{Kind: NextMend, Item: it, Fixes: r.Fixes, Mentor: r.Mentor, Since: s.TurnSince, Due: s.Due}
		}
	}
	for _, s := range f.submissions {
		if it := catalog.Item(s.Ref); it != nil && s.Turn == practice.WithTrainee && !s.Due.IsZero() && f.now.After(s.Due.Add(-nearlyDue)) {
			return Next{Kind: NextDue, Item: it, Due: s.Due}
		}
	}
	if n, ok := nextItem(f); ok {
		return n
	}
	if len(f.courses) == 0 {
		return waitOrNothing(f)
	}
	if n, ok := nextOnWay(f); ok {
		return n
	}
	for _, r := range f.readiness {
		for _, m := range r.Readiness.Missing {
			if m.Rule == readiness.RuleHours || m.Rule == readiness.RuleSkills && m.Key == "assessors" {
				return Next{Kind: NextGap, Missing: m, JobType: r.Bar.JobType}
			}
		}
	}
	for _, r := range f.readiness {
		if r.Readiness.Ready {
			return Next{Kind: NextJobs, JobType: r.Bar.JobType}
		}
	}
	return waitOrNothing(f)
}

// waitOrNothing is what is left for somebody who has nothing to do.
func waitOrNothing(f nextFacts) Next {
	for _, s := range f.submissions {
		if s.Turn == practice.WithMentor {
			return Next{Kind: NextWait}
		}
	}
	return Next{Kind: NextNothing}
}

// nextItem is the next item of the course worked on last, or the first of one not begun. What is with a mentor is not
// waited for: the item after it comes next.
func nextItem(f nextFacts) (Next, bool) {
	var best *runFacts
	for i := range f.courses {
		r := &f.courses[i]
		if _, ok := undone(*r, f.submissions); !ok {
			continue
		}
		if best == nil || r.run.LastActivity.After(best.run.LastActivity) {
			best = r
		}
	}
	if best == nil {
		return Next{}, false
	}
	it, _ := undone(*best, f.submissions)
	if best.run.LastActivity.IsZero() {
		return Next{Kind: NextStart, Item: it}, true
	}
	return Next{Kind: NextContinue, Item: it}, true
}

// nextOnWay is the next item of the shortest way to a job type: for somebody who has done all of her own courses while a
// job type asks for more. What is with a mentor is not waited for here either.
func nextOnWay(f nextFacts) (Next, bool) {
	for _, r := range f.readiness {
		for _, it := range r.Way.Items {
			if !withMentor(it, f.submissions) {
				return Next{Kind: NextStart, Item: it, JobType: r.Bar.JobType}, true
			}
		}
	}
	return Next{}, false
}

func withMentor(it *course.Item, submissions []practice.Submission) bool {
	return slices.ContainsFunc(submissions, func(s practice.Submission) bool { return s.Ref == it.Ref && s.Turn == practice.WithMentor })
}

func undone(r runFacts, submissions []practice.Submission) (*course.Item, bool) {
	for _, it := range r.course.Items() {
		if _, ok := r.done[it.Ref.Module+"/"+it.Ref.Item]; ok {
			continue
		}
		if !withMentor(it, submissions) {
			return it, true
		}
	}
	return nil, false
}

// Piece is a piece of a trainee's work as her lists show it.
type Piece struct {
	practice.Submission
	Title   course.Text
	Receipt practice.Receipt // of the last attempt; empty before the first
}

// CourseProgress is a course with how far somebody has come.
type CourseProgress struct {
	Course    *course.Course
	Started   bool
	Done      int
	Total     int
	Completed time.Time
}

// Home is a trainee's home: the one next thing, what waits for a mentor, how far she is, what is missing for a first job.
type Home struct {
	Next      Next
	Waiting   []Piece
	Returned  []Piece // beside the one in Next
	Wait      Wait
	Courses   []CourseProgress
	Readiness []ReadyLine
	OpenJobs  map[readiness.JobType]int
	// Interested: she is ready and has said so of a posting that is open. It is the company's turn.
	Interested bool
	New        bool // nothing done yet: a welcome with three steps
}

// LookHome shows a trainee her home.
func (d *Desk) LookHome(ctx context.Context, a Actor) (Home, error) {
	if err := must(a, member.Trainee); err != nil {
		return Home{}, err
	}
	facts, err := d.nextFacts(ctx, a)
	if err != nil {
		return Home{}, err
	}
	h := Home{Next: chooseNext(d.Catalog, facts), Readiness: facts.readiness, New: true}
	for _, r := range facts.courses {
		h.Courses = append(h.Courses, CourseProgress{r.course, !r.run.LastActivity.IsZero(), r.run.Done, r.run.Total, r.run.Completed})
		h.New = h.New && r.run.LastActivity.IsZero()
	}
	receipts, err := d.Store.LastAttemptIDs(ctx, a.Member)
	if err != nil {
		return h, err
	}
	for _, s := range facts.submissions {
		p := d.piece(s, receipts)
		switch {
		case s.Turn == practice.WithMentor:
			h.Waiting = append(h.Waiting, p)
		case s.Turn == practice.WithTrainee && s.Attempts > 0 && (h.Next.Item == nil || h.Next.Item.Ref != s.Ref):
			h.Returned = append(h.Returned, p)
		}
	}
	if h.Wait, err = d.wait(ctx, a.Center); err != nil {
		return h, err
	}
	open, err := d.openPostings(ctx, a.Center)
	if err != nil {
		return h, err
	}
	h.OpenJobs = byJobType(open)
	if h.Next.Kind == NextJobs {
		h.Interested, err = d.interestedIn(ctx, a.Member, open)
	}
	return h, err
}

func (d *Desk) piece(s practice.Submission, last map[practice.SubmissionID]practice.AttemptID) Piece {
	p := Piece{Submission: s, Title: course.Text{JA: s.Ref.Item}}
	if it := d.Catalog.Item(s.Ref); it != nil {
		p.Title = it.Title
	}
	if id, ok := last[s.ID]; ok {
		p.Receipt = practice.ReceiptOf(id)
	}
	return p
}

// openPostings are the postings of a center that somebody could still take.
func (d *Desk) openPostings(ctx context.Context, c member.CenterID) ([]job.Posting, error) {
	postings, err := d.Store.Postings(ctx, c, 0, []job.PostingState{job.Open}, maxJobs)
	today := startOfDay(d.Now())
	return slices.DeleteFunc(postings, func(p job.Posting) bool { return p.Deadline.Before(today) }), err
}

func (d *Desk) openJobs(ctx context.Context, c member.CenterID) (map[readiness.JobType]int, error) {
	postings, err := d.openPostings(ctx, c)
	return byJobType(postings), err
}

func byJobType(postings []job.Posting) map[readiness.JobType]int {
	out := map[readiness.JobType]int{}
	for _, p := range postings {
		out[p.JobType]++
	}
	return out
}

// interestedIn tells whether somebody has said "interested" in one of the postings.
func (d *Desk) interestedIn(ctx context.Context, m member.ID, postings []job.Posting) (bool, error) {
	said, err := d.Store.Interests(ctx, m)
	return slices.ContainsFunc(postings, func(p job.Posting) bool { return !said[p.ID].IsZero() }), err
}

// startOfDay is the first instant of t's day in Tokyo.
func startOfDay(t time.Time) time.Time {
	t = t.In(practice.Tokyo)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, practice.Tokyo)
}

// nextFacts gathers what the next step is chosen from, with somebody's standing to every job type.
func (d *Desk) nextFacts(ctx context.Context, a Actor) (nextFacts, error) {
	f := nextFacts{now: d.Now()}
	runs, done, err := d.runsAndDone(ctx, a.Member)
	if err != nil {
		return f, err
	}
	for _, c := range d.Catalog.Courses {
		if run, ok := runs[c.Slug]; ok {
			f.courses = append(f.courses, runFacts{c, run, done[run.ID]})
		}
	}
	if f.submissions, err = d.Store.Submissions(ctx, a.Member); err != nil {
		return f, err
	}
	if f.fixes, err = d.Store.ReturnedWork(ctx, a.Member); err != nil {
		return f, err
	}
	if f.standing, err = d.standing(ctx, a.Member, runs); err != nil {
		return f, err
	}
	f.readiness = d.readyLines(f.standing, f)
	return f, nil
}

// runsAndDone are somebody's runs by course, the newest edition of each, with the items done in each.
func (d *Desk) runsAndDone(ctx context.Context, m member.ID) (map[string]cohort.CourseRun, map[course.RunID]map[string]time.Time, error) {
	list, err := d.Store.Runs(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]course.RunID, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	done, err := d.Store.DoneItemsOf(ctx, ids)
	return newest(list), done, err
}
