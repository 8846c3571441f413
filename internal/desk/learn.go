package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// CourseList is the list of courses with how far the looker has come in each.
type CourseList struct {
	Courses []CourseProgress
	Next    Next
}

// LookCourses shows the courses. Everybody signed in may read; only a trainee has progress.
func (d *Desk) LookCourses(ctx context.Context, a Actor) (CourseList, error) {
	if !a.SignedIn() {
		return CourseList{}, problem.Forbid("desk.not_yours")
	}
	var l CourseList
	runs := map[string]cohort.CourseRun{}
	if a.Is(member.Trainee) {
		f, err := d.nextFacts(ctx, a)
		if err != nil {
			return l, err
		}
		l.Next = chooseNext(d.Catalog, f)
		for _, r := range f.courses {
			runs[r.course.Slug] = r.run
		}
	}
	for _, c := range d.Catalog.Courses {
		r := runs[c.Slug]
		p := CourseProgress{Course: c, Started: !r.LastActivity.IsZero(), Done: r.Done, Total: r.Total, Completed: r.Completed}
		if r.ID == 0 {
			p.Total = len(c.Items())
		}
		l.Courses = append(l.Courses, p)
	}
	return l, nil
}

// ItemState says how an item stands for a trainee.
type ItemState string

// The states of an item.
const (
	ItemOpen     ItemState = "open"
	ItemStarted  ItemState = "started"  // a draft or a failed try
	ItemWaiting  ItemState = "waiting"  // with a mentor
	ItemReturned ItemState = "returned" // to mend
	ItemDone     ItemState = "done"
)

// ItemProgress is an item with how it stands.
type ItemProgress struct {
	*course.Item
	State ItemState
	Best  int // quiz: best percent
	Tries int // quiz
}

// ModuleProgress is a module with its items.
type ModuleProgress struct {
	Module *course.Module
	Items  []ItemProgress
	Done   int
}

// CoursePage is a course with its modules and items.
type CoursePage struct {
	Course      *course.Course
	Run         cohort.CourseRun
	Modules     []ModuleProgress
	Next        *course.Item     // the first item not done
	Needs       []*course.Course // advised to finish first, and not finished
	Certificate string           // the number, once it was earned
}

// LookCourse shows a course with how every item stands for the looker.
func (d *Desk) LookCourse(ctx context.Context, a Actor, slug string) (CoursePage, error) {
	if !a.SignedIn() {
		return CoursePage{}, problem.Forbid("desk.not_yours")
	}
	c := d.course[slug]
	if c == nil || slug == course.PriorSlug { // portfolios have a page of their own: LookPrior
		return CoursePage{}, problem.Missing("course.missing")
	}
	p := CoursePage{Course: c}
	var err error
	if p.Needs, err = d.unmet(ctx, a, c); err != nil {
		return p, err
	}
	state, err := d.itemStates(ctx, a, c, &p)
	if err != nil {
		return p, err
	}
	for _, m := range c.Modules {
		mp := ModuleProgress{Module: m}
		for _, it := range m.Items {
			ip := state(it)
			if ip.State == ItemDone {
				mp.Done++
			} else if p.Next == nil && ip.State != ItemWaiting {
				p.Next = it
			}
			mp.Items = append(mp.Items, ip)
		}
		p.Modules = append(p.Modules, mp)
	}
	return p, nil
}

// unmet are the courses that a course advises to finish first and the looker has not finished.
func (d *Desk) unmet(ctx context.Context, a Actor, c *course.Course) ([]*course.Course, error) {
	var out []*course.Course
	for _, n := range c.Needs {
		k := d.course[n]
		if k == nil {
			continue
		}
		if a.Is(member.Trainee) {
			run, err := d.Store.Run(ctx, a.Member, n)
			if err != nil && !isMissing(err) {
				return nil, err
			}
			if !run.Completed.IsZero() {
				continue
			}
		}
		out = append(out, k)
	}
	return out, nil
}

// itemStates reads how a course stands for the looker and answers with a function that says it of each item.
func (d *Desk) itemStates(ctx context.Context, a Actor, c *course.Course, p *CoursePage) (func(*course.Item) ItemProgress, error) {
	open := func(it *course.Item) ItemProgress { return ItemProgress{Item: it, State: ItemOpen} }
	if !a.Is(member.Trainee) {
		return open, nil
	}
	run, err := d.Store.Run(ctx, a.Member, c.Slug)
	if isMissing(err) {
		return open, nil
	}
	if err != nil {
		return nil, err
	}
	p.Run = run
	done, err := d.Store.DoneItems(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	best, err := d.Store.QuizBest(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	subs, err := d.Store.Submissions(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	if !run.Completed.IsZero() {
		certificates, err := d.Store.Certificates(ctx, a.Member)
		if err != nil {
			return nil, err
		}
		for _, h := range certificates {
			if h.Kind == certificate.KindCourse && h.Subject == c.Slug && h.StateAt(d.Now()).MayEnd() {
				p.Certificate = string(h.Number)
			}
		}
	}
	return func(it *course.Item) ItemProgress {
		key := it.Ref.Module + "/" + it.Ref.Item
		ip := ItemProgress{Item: it, State: ItemOpen, Best: best[key].Percent, Tries: best[key].Tries}
		if ip.Tries > 0 {
			ip.State = ItemStarted
		}
		i := slices.IndexFunc(subs, func(s practice.Submission) bool { return s.Ref == it.Ref })
		if i >= 0 {
			switch s := subs[i]; {
			case s.Turn == practice.WithMentor:
				ip.State = ItemWaiting
			case s.Turn == practice.WithTrainee && s.Attempts > 0:
				ip.State = ItemReturned
			default:
				ip.State = ItemStarted
			}
		}
		if _, ok := done[key]; ok && ip.State != ItemWaiting {
			ip.State = ItemDone
		}
		return ip
	}, nil
}

// ItemPage is what every item's page shows around it.
type ItemPage struct {
	Course *course.Course
	Module *course.Module
	Item   *course.Item
	Before *course.Item
	After  *course.Item
	Run    cohort.CourseRun // zero: not begun
	Done   time.Time        // zero: not done
}

func (d *Desk) itemPage(ctx context.Context, a Actor, r course.Ref, kind course.Kind) (ItemPage, error) {
	if !a.SignedIn() {
		return ItemPage{}, problem.Forbid("desk.not_yours")
	}
	c, it, err := d.item(r, kind)
	if err != nil {
		return ItemPage{}, err
	}
	if it.Portfolio.N > 1 && !a.Is(member.Trainee) { // hers, and to others only on the bench; the first says what it asks
		return ItemPage{}, problem.Missing("course.missing")
	}
	p := ItemPage{Course: c, Module: c.Module(r.Module), Item: it}
	if !r.Prior() { // nobody goes from one portfolio to the next
		p.Before, p.After = c.Neighbours(r)
	}
	if !a.Is(member.Trainee) {
		return p, nil
	}
	p.Run, err = d.Store.Run(ctx, a.Member, r.Course)
	if isMissing(err) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	done, err := d.Store.DoneItems(ctx, p.Run.ID)
	p.Done = done[r.Module+"/"+r.Item]
	return p, err
}

// ItemKind says what is taught at an address; not being there is NotFound.
func (d *Desk) ItemKind(r course.Ref) (course.Kind, error) {
	_, it, err := d.item(r, "")
	if err != nil {
		return "", err
	}
	return it.Kind, nil
}

// LookLesson shows a lesson.
func (d *Desk) LookLesson(ctx context.Context, a Actor, r course.Ref) (ItemPage, error) {
	return d.itemPage(ctx, a, r, course.KindLesson)
}

// QuizPage is a quiz with its next try, and the last one if there was one.
type QuizPage struct {
	ItemPage
	Try       int // the number the next try has
	Questions []course.Question
	Last      *practice.QuizAttempt
	LastAsked []course.Question // as they were asked
	Best      int
	Given     map[string]practice.Given // saved so far at the next try
}

// LookQuiz shows a quiz: the questions of the next try, and what the last one came to.
func (d *Desk) LookQuiz(ctx context.Context, a Actor, r course.Ref) (QuizPage, error) {
	base, err := d.itemPage(ctx, a, r, course.KindQuiz)
	if err != nil {
		return QuizPage{}, err
	}
	p := QuizPage{ItemPage: base, Try: 1}
	if base.Run.ID != 0 {
		last, err := d.Store.LastQuizAttempt(ctx, base.Run.ID, r)
		if err != nil && !isMissing(err) {
			return p, err
		}
		if err == nil {
			p.Last, p.Try = &last, last.N+1
			best, err := d.Store.QuizBest(ctx, base.Run.ID)
			if err != nil {
				return p, err
			}
			p.Best = best[r.Module+"/"+r.Item].Percent
			if p.LastAsked, err = d.asked(ctx, base.Item.Quiz, last); err != nil {
				return p, err
			}
		}
	}
	p.Questions = practice.Drawn(base.Item.Quiz, a.Member, p.Try)
	if a.Is(member.Trainee) {
		p.Given, err = d.savedAnswers(ctx, a.Member, r, base.Item.Quiz, p.Try)
	}
	return p, err
}

// asked are the questions of a past try as they were, in their order.
func (d *Desk) asked(ctx context.Context, today *course.Quiz, v practice.QuizAttempt) ([]course.Question, error) {
	q := today
	if v.QuizHash != today.Hash {
		q = &course.Quiz{} // a fresh one: read into today's, its questions would be written over for everybody
		if err := d.Store.Text(ctx, v.QuizHash, q); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(q.Questions), func(one course.Question) bool { _, ok := v.Given[one.ID]; return !ok }), nil
}

// Round is one attempt with what was said to it.
type Round struct {
	practice.Attempt
	Assignment  course.Assignment // as it was
	Assessments []practice.Assessment
}

// AssignmentPage is an assignment as its trainee sees it.
type AssignmentPage struct {
	ItemPage
	Assignment *course.Assignment
	Submission practice.Submission // zero for those who only read
	Number     string              // of the order, for file names
	Rounds     []Round             // the latest first
	Draft      practice.WorkDraft  // what the editor starts with
	DraftSaved time.Time
	Files      []practice.File // staged
	Try        int             // the number the next attempt has
	Wait       Wait
	SecondLook bool // passed, and another mentor's eye on it would bring her nearer to a job type
}

// MayHandIn tells whether it is the trainee's turn.
func (p AssignmentPage) MayHandIn() bool {
	return p.Submission.ID != 0 && p.Submission.Turn == practice.WithTrainee
}

// Returned is the judgement that sent the work back, if it is to be mended now.
func (p AssignmentPage) Returned() *practice.Assessment {
	if !p.MayHandIn() || len(p.Rounds) == 0 {
		return nil
	}
	if n := len(p.Rounds[0].Assessments); n > 0 {
		return &p.Rounds[0].Assessments[n-1]
	}
	return nil
}

// LookAssignment shows an assignment. A trainee's first look is its opening: from then on the deadline runs.
func (d *Desk) LookAssignment(ctx context.Context, a Actor, r course.Ref) (AssignmentPage, error) {
	base, err := d.itemPage(ctx, a, r, course.KindAssignment)
	if err != nil {
		return AssignmentPage{}, err
	}
	p := AssignmentPage{ItemPage: base, Assignment: base.Item.Assignment, Number: "00000", Try: 1}
	if !a.Is(member.Trainee) {
		return p, nil
	}
	if p.Submission, err = d.firstOpening(ctx, a, base); err != nil {
		return p, err
	}
	p.Number, p.Try = orderNumber(p.Submission.ID), p.Submission.Attempts+1
	if p.Rounds, err = d.rounds(ctx, p.Submission); err != nil {
		return p, err
	}
	if p.Wait, err = d.wait(ctx, a.Center); err != nil {
		return p, err
	}
	if !p.MayHandIn() {
		p.SecondLook, err = d.secondLookHelps(ctx, a, p.Submission)
		return p, err
	}
	if p.Draft, p.DraftSaved, err = d.workDraft(ctx, a.Member, r, p.Try); err != nil {
		return p, err
	}
	if p.DraftSaved.IsZero() {
		p.Draft.Text = startText(p.Assignment, p.Rounds, a.Language)
	}
	p.Files, err = d.Store.StagedFiles(ctx, a.Member, p.Draft.Files)
	return p, err
}

// secondLookHelps tells whether a passed piece is one that another mentor should look at for a job type (R3).
func (d *Desk) secondLookHelps(ctx context.Context, a Actor, sub practice.Submission) (bool, error) {
	if sub.Passed.IsZero() || sub.Turn != practice.Nobody {
		return false, nil
	}
	f, err := d.nextFacts(ctx, a)
	return slices.ContainsFunc(f.readiness, func(l ReadyLine) bool { return slices.Contains(l.Way.SecondLook, sub.ID) }), err
}

// startText is what the editor starts with: the last attempt, or what the assignment gives.
func startText(as *course.Assignment, rounds []Round, lang string) string {
	if len(rounds) > 0 {
		return rounds[0].Text
	}
	return as.Starter.In(lang)
}

func (d *Desk) firstOpening(ctx context.Context, a Actor, p ItemPage) (practice.Submission, error) {
	if p.Run.ID != 0 {
		sub, err := d.Store.SubmissionOf(ctx, p.Run.ID, p.Item.Ref)
		if err == nil || !isMissing(err) {
			return sub, err
		}
	}
	var sub practice.Submission
	err := d.deed(ctx, func(ctx context.Context, now time.Time) error {
		var err error
		_, sub, err = d.openAssignment(ctx, a, p.Course, p.Item, now)
		return err
	})
	return sub, err
}

func (d *Desk) rounds(ctx context.Context, sub practice.Submission) ([]Round, error) {
	if sub.Attempts == 0 {
		return nil, nil
	}
	attempts, err := d.Store.Attempts(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	past, err := d.Store.Assessments(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Round, 0, len(attempts))
	for _, t := range attempts {
		as, err := d.assignmentAsUsed(ctx, sub.Ref, t.AssignmentHash)
		if err != nil {
			return nil, err
		}
		r := Round{Attempt: t, Assignment: as}
		for _, p := range past {
			if p.Attempt == t.ID {
				r.Assessments = append(r.Assessments, p)
			}
		}
		out = append(out, r)
	}
	slices.Reverse(out)
	return out, nil
}

// orderNumber is the number an order sheet bears; file names carry it.
func orderNumber(id practice.SubmissionID) string {
	const width = 5
	s := make([]byte, 0, width)
	for n := id; n > 0 || len(s) < width; n /= 10 {
		s = append(s, byte('0'+n%10))
	}
	slices.Reverse(s)
	return string(s)
}
