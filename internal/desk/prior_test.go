package desk_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// portfolio is the portfolio of a skill.
func (s *school) portfolio(id skill.ID) *course.Item {
	s.t.Helper()
	it := s.Catalog.Item(course.Portfolio(id))
	if it == nil {
		s.t.Fatalf("no portfolio for %s", id)
	}
	return it
}

// prior is how somebody's portfolio of a skill stands on her page.
func (s *school) prior(a desk.Actor, id skill.ID) desk.PriorLine {
	s.t.Helper()
	p, err := s.LookPrior(s.t.Context(), a)
	s.must(err)
	i := slices.IndexFunc(p.Lines, func(l desk.PriorLine) bool { return l.ID == id })
	if i < 0 || len(p.Lines) != len(s.Catalog.Skills) {
		s.t.Fatalf("%s is line %d of %d", id, i, len(p.Lines))
	}
	return p.Lines[i]
}

// sound expects that every kept figure follows from the facts.
func (s *school) sound() {
	s.t.Helper()
	found, err := s.Recount(s.t.Context(), false)
	s.must(err)
	for _, d := range found {
		s.t.Errorf("kept figure: %+v", d)
	}
}

// Somebody who is in no course hands in a portfolio: it comes back with a fix, goes in again, passes, and is an award like
// any other, marked as prior learning.
func TestPriorLearning(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		kumiko, it := s.person("三浦 久美子", member.Trainee), s.portfolio("TRA-01")
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorOpen || l.Item != it {
			t.Errorf("at first: %+v", l)
		}
		look, err := s.LookAssignment(t.Context(), kumiko, it.Ref)
		s.must(err)
		if look.Before != nil || look.After != nil || !look.Submission.Due.IsZero() || look.Draft.Text != it.Assignment.Starter.JA {
			t.Errorf("opened: before %v, after %v, due %s, draft %q", look.Before, look.After, look.Submission.Due, look.Draft.Text)
		}
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorOpen {
			t.Errorf("after a look: %+v", l)
		}
		id := s.handsIn(kumiko, it, 1)
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorWaiting || !l.Since.Equal(s.now) {
			t.Errorf("handed in: %+v", l)
		}
		home, err := s.LookHome(t.Context(), kumiko)
		s.must(err)
		if home.Next.Kind != desk.NextWait || len(home.Waiting) != 1 || len(home.Courses) != 0 || home.Waiting[0].Title != it.Title {
			t.Errorf("at home: %+v", home)
		}

		s.now = s.now.Add(20 * time.Hour)
		followed, err := s.Assess(t.Context(), s.makoto, id, s.judgement(id, practice.Return, 1))
		s.must(err)
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorReturned || len(followed.Awards) != 0 {
			t.Errorf("returned: %+v, %+v", l, followed)
		}
		s.sound()
		s.handsIn(kumiko, it, 2, 1)
		b, err := s.LookAtPiece(t.Context(), s.megumi, id)
		s.must(err)
		if b.IfPassed.Completed != "" || !slices.Equal(b.IfPassed.Awards, []desk.GotAward{{Skill: "TRA-01", Level: skill.Alone}}) {
			t.Errorf("the bench promises %+v", b.IfPassed)
		}
		followed, err = s.Assess(t.Context(), s.megumi, id, s.judgement(id, practice.Pass, course.MaxMark))
		s.must(err)
		if !reflect.DeepEqual(followed, desk.Followed{Awards: []desk.GotAward{{Skill: "TRA-01", Level: skill.Alone}}}) {
			t.Errorf("a pass brought %+v", followed)
		}
		s.recognised(kumiko, it, id)
		s.sound()
	})
}

// recognised expects an award with its evidence for a portfolio that passed at its second attempt.
func (s *school) recognised(a desk.Actor, it *course.Item, id practice.SubmissionID) {
	s.t.Helper()
	record, err := s.Store.Record(s.t.Context(), a.Member)
	s.must(err)
	if len(record) != 1 {
		s.t.Fatalf("%d awards", len(record))
	}
	w, e := record[0], record[0].Evidence
	if w.Skill != "TRA-01" || w.Level != skill.Alone || !e.Prior || e.Piece != int64(id) || e.AttemptN != 2 || e.Title != it.Title ||
		!slices.Equal(e.Assessors, []member.ID{s.megumi.Member}) || len(e.Rows) != 1 || e.Rows[0].Descriptor != s.Catalog.Skill("TRA-01").Levels[skill.Checks] {
		s.t.Errorf("award %+v", w)
	}
	if st := record.Stand("TRA-01", s.now); !st.Prior || !st.Current {
		s.t.Errorf("it stands as %+v", st)
	}
	if l := s.prior(a, "TRA-01"); l.State != desk.PriorRecognised || l.Level != skill.Alone || l.Held != skill.Alone {
		s.t.Errorf("her page says %+v", l)
	}
	story, err := s.LookStory(s.t.Context(), s.makoto, a.Member, 0)
	s.must(err)
	if len(story.Courses) != 0 || len(story.Pieces) != 1 || story.Pieces[0].Title != it.Title || story.Active.IsZero() {
		s.t.Errorf("her story: courses %+v, pieces %+v, active %s", story.Courses, story.Pieces, story.Active)
	}
	if !slices.ContainsFunc(story.Events, func(e desk.StoryEvent) bool { return e.Action == "submission.assessed" && e.Title == it.Title }) {
		s.t.Errorf("her story does not tell of it: %+v", story.Events)
	}
	if got := s.letters(a); got != "passed received received returned" {
		s.t.Errorf("letters: %s", got)
	}
	_, err = s.HandIn(s.t.Context(), a, it.Ref, desk.WorkForm{Attempt: 3, Text: "もう一度"})
	s.refused("once it passed", err, problem.Conflict, "practice.passed_already")

	_, err = s.raw().ExecContext(s.t.Context(), fmt.Sprintf("INSERT INTO award_revocation (award_id, at, by_id, reason) VALUES (%d, 1, %d, 'not_own_work')", w.ID, s.makoto.Member))
	s.must(err)
	if l := s.prior(a, "TRA-01"); l.State != desk.PriorRevoked || l.Level != skill.None || l.Held != skill.None {
		s.t.Errorf("once it was revoked: %+v", l)
	}
}

// Readiness takes a recognised portfolio as it takes any piece: it counts as one, and asks for a second pair of eyes.
func TestPriorLearningMakesReady(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		yumi := s.person("𠮷田 由美", member.Trainee)
		s.statesHours(yumi)
		s.studies(yumi, basics)
		mentors := []desk.Actor{s.makoto, s.megumi}
		for i, it := range s.pieces(basics) {
			s.passes(mentors[i%2], s.handsIn(yumi, it, 1))
		}
		for i, mentor := range mentors { // whatever the course proves of SEC-01, two portfolios' worth of eyes are on it
			id := s.handsIn(yumi, s.portfolio([]skill.ID{"SEC-01", "TRA-01"}[i]), 1)
			s.passes(mentor, id)
			s.must(s.AskSecondLook(t.Context(), yumi, id))
			s.passes(mentors[1-i], id)
		}
		i := slices.IndexFunc(s.pieces(dataEntry), func(it *course.Item) bool {
			return slices.ContainsFunc(it.Assignment.Rubric.Rows, func(r course.Criterion) bool { return r.Skill == "OFF-03" && r.Proves >= skill.Alone })
		})
		s.passes(s.makoto, s.handsIn(yumi, s.pieces(dataEntry)[i], 1))
		missing := func() string {
			out := ""
			for _, m := range s.readiness(yumi).Readiness.Missing {
				if m.Skill != "" { // besides, she has not agreed to be shown
					out += fmt.Sprint(m.Key, " ", m.Skill, " ", m.Need, ";")
				}
			}
			return out
		}
		if got := missing(); got != "pieces OFF-03 1;" {
			t.Errorf("with one piece of the course: %q", got)
		}
		id := s.handsIn(yumi, s.portfolio("OFF-03"), 1)
		b, err := s.LookAtPiece(t.Context(), s.megumi, id)
		s.must(err)
		if b.NotMentor != s.makoto.Member || len(b.IfPassed.Ready) != 1 {
			t.Errorf("another mentor should see it first: not %d, %+v", b.NotMentor, b.IfPassed)
		}
		if f := s.passes(s.makoto, id); len(f.Ready) != 0 {
			t.Errorf("one mentor alone made her ready: %+v", f)
		}
		if got := missing(); got != "assessors OFF-03 1;" {
			t.Errorf("with her portfolio, seen by one mentor: %q", got)
		}
		if l := s.readiness(yumi); !slices.Contains(l.Way.SecondLook, id) {
			t.Errorf("her portfolio is not among what another mentor could look at: %+v", l.Way)
		}
		s.must(s.AskSecondLook(t.Context(), yumi, id))
		s.sound()
		f := s.passes(s.megumi, id)
		if len(f.Ready) != 1 || !s.readiness(yumi).Readiness.Ready {
			t.Errorf("the second mentor's pass brought %+v; missing %q", f, missing())
		}
		s.sound()
	})
}

// Whatever portfolios somebody has recognised, be it all there are: no course counts it, no certificate comes of it.
func TestPriorLearningIsNoCourse(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		ctx := t.Context()
		kyoko, kenji := s.person("小野寺 京子", member.Coordinator), s.person("髙﨑 健二", member.Trainee)
		_, err := s.CreateCohort(ctx, kyoko, cohort.Cohort{Name: "持ちこみ", Courses: []string{course.PriorSlug}, Starts: s.now, Ends: s.now.AddDate(0, 3, 0)})
		if len(problem.Of(err)) == 0 {
			t.Errorf("a cohort that takes portfolios: %v", err)
		}
		id, err := s.CreateCohort(ctx, kyoko, cohort.Cohort{Name: "秋", Courses: []string{basics}, Starts: s.now, Ends: s.now.AddDate(0, 3, 0)})
		s.must(err)
		s.must(s.Enrol(ctx, kyoko, id, kenji.Member))
		_, err = s.MarkLessonDone(ctx, kenji, s.Catalog.Course(basics).Items()[0].Ref)
		s.must(err)
		type seen struct {
			Home     desk.Home
			Courses  desk.CourseList
			Progress desk.Progress
		}
		look := func() (v seen) {
			v.Home, err = s.LookHome(ctx, kenji)
			s.must(err)
			v.Courses, err = s.LookCourses(ctx, kenji)
			s.must(err)
			v.Progress, err = s.LookProgress(ctx, kyoko, id, desk.ProgressOrder{By: desk.ByName}, 1)
			s.must(err)
			v.Home.Wait = desk.Wait{}
			return v
		}
		before := look()
		for i, k := range s.Catalog.Skills {
			if f := s.passes([]desk.Actor{s.makoto, s.megumi}[i%2], s.handsIn(kenji, s.portfolio(k.ID), 1)); f.Completed != "" || len(f.Certificates) > 0 {
				t.Fatalf("%s brought %+v", k.ID, f)
			}
		}
		after := look()
		if !reflect.DeepEqual(before.Home.Courses, after.Home.Courses) || !reflect.DeepEqual(before.Home.Next, after.Home.Next) ||
			len(after.Home.Waiting)+len(after.Home.Returned) > 0 {
			t.Errorf("her home changed: %+v, was %+v", after.Home, before.Home)
		}
		if !reflect.DeepEqual(before.Courses, after.Courses) || len(after.Courses.Courses) != len(s.Catalog.Courses) {
			t.Errorf("her courses changed: %+v", after.Courses)
		}
		if !reflect.DeepEqual(before.Progress, after.Progress) {
			t.Errorf("the cohort's progress changed: %+v, was %+v", after.Progress.Rows, before.Progress.Rows)
		}
		s.noCertificate(kenji)
	})
}

// noCertificate expects of somebody with every portfolio recognised that nothing but awards came of it.
func (s *school) noCertificate(a desk.Actor) {
	s.t.Helper()
	ctx := s.t.Context()
	run, err := s.Store.Run(ctx, a.Member, course.PriorSlug)
	s.must(err)
	if run.Total != 0 || run.Done != 0 || !run.Completed.IsZero() {
		s.t.Errorf("the run has a goal: %+v", run)
	}
	grants, err := s.Store.Grants(ctx, a.Member)
	s.must(err)
	held, err := s.Store.Certificates(ctx, a.Member)
	s.must(err)
	if len(grants)+len(held) > 0 {
		s.t.Errorf("granted %+v, certificates %+v", grants, held)
	}
	p, err := s.LookRecord(ctx, a)
	s.must(err)
	if len(p.Held) != len(s.Catalog.Skills) {
		s.t.Errorf("%d of %d skills are on her record", len(p.Held), len(s.Catalog.Skills))
	}
	for _, h := range append(p.Held, p.NotYet...) {
		for _, it := range h.Next {
			if it.Ref.Prior() {
				s.t.Errorf("%s is offered as an assignment", it.Ref.Path())
			}
		}
	}
	_, err = s.LookCourse(ctx, a, course.PriorSlug)
	s.refused("a course's page", err, problem.NotFound, "course.missing")
	_, err = s.Achievement(ctx, course.PriorSlug)
	s.refused("what a certificate would be for", err, problem.NotFound, "credential.unknown_achievement")
	_, err = s.Recount(ctx, true)
	s.must(err)
	if grants, err = s.Store.Grants(ctx, a.Member); err != nil || len(grants) > 0 {
		s.t.Errorf("recounting granted %+v (%v)", grants, err)
	}
	s.sound()
}

// Where a center recognises nothing from elsewhere, the page is empty and there is nothing to hand in.
func TestWithoutPortfolios(t *testing.T) {
	inClass(t, func(s *class) {
		p, err := s.LookPrior(s.ctx, s.trainee)
		if s.must(err); len(p.Lines) != 0 {
			s.t.Errorf("%+v", p.Lines)
		}
		_, err = s.HandIn(s.ctx, s.trainee, course.Portfolio("S-1"), desk.WorkForm{Attempt: 1, Text: "作品"})
		s.refused("a portfolio", err, "course.missing")
		_, err = s.LookCourse(s.ctx, s.trainee, course.PriorSlug)
		s.refused("their page", err, "course.missing")
	})
}

// Only trainees bring something along, and nobody sees another's.
func TestWhoMayBringAlong(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		one, other, it := s.person("一", member.Trainee), s.person("二", member.Trainee), s.portfolio("DES-01")
		_, err := s.LookPrior(t.Context(), s.makoto)
		s.refused("a mentor's own page", err, problem.Forbidden, "desk.not_yours")
		_, err = s.HandIn(t.Context(), s.makoto, it.Ref, desk.WorkForm{Attempt: 1, Text: "作品"})
		s.refused("a mentor's portfolio", err, problem.Forbidden, "desk.not_yours")
		s.handsIn(one, it, 1)
		if l := s.prior(other, "DES-01"); l.State != desk.PriorOpen {
			t.Errorf("another's portfolio: %+v", l)
		}
		_, err = s.HandIn(t.Context(), other, course.Ref{Course: course.PriorSlug, Module: course.PriorModule, Item: "des-99"}, desk.WorkForm{Attempt: 1, Text: "作品"})
		s.refused("a skill that is none", err, problem.NotFound, "course.missing")
		q, err := s.LookAtQueue(t.Context(), s.megumi, practice.WithMentor, desk.QueueAfter{})
		s.must(err)
		if len(q.Rows) != 1 || q.Rows[0].Title != it.Title || q.Rows[0].Course != "" {
			t.Errorf("the queue: %+v", q.Rows)
		}
	})
}
