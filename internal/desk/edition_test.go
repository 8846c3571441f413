package desk_test

import (
	"fmt"
	"testing"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

// runOf is the trainee's run as it is kept.
func (s *class) runOf(a desk.Actor) cohort.CourseRun {
	s.t.Helper()
	r, err := s.store.Run(s.ctx, a.Member, classCourse)
	s.must(err)
	return r
}

// An item that is added later is no part of what somebody set out to do: it can be done, moves no goal, fills in for
// nothing, and is not waited for.
func TestItemAddedLater(t *testing.T) {
	inClass(t, func(s *class) {
		s.read(s.trainee, "one", "l1")
		s.teach(classCatalog("2", modulePart{"one", []string{"l1", "l2", "q1", "w1", "w2"}}, modulePart{"two", []string{"l3", "q3", "w3"}}))
		for i, f := range []desk.Followed{
			s.read(s.trainee, "one", "l2"), s.read(s.trainee, "two", "l3"), s.pass(s.trainee, "two", "w3"), s.pass(s.trainee, "one", "w2"),
		} {
			if f.Completed != "" || len(f.Certificates) != 0 {
				s.t.Errorf("an added item completed the course: %d %+v", i, f)
			}
		}
		_, err := s.answer(s.trainee, "two", "q3", 1, 0)
		s.must(err)
		r := s.runOf(s.trainee)
		if r.Done != 1 || r.Total != 3 || r.Edition != "1" {
			s.t.Errorf("%d of %d done in edition %s", r.Done, r.Total, r.Edition)
		}
		p, err := s.LookLesson(s.ctx, s.trainee, itemAt("two", "l3"))
		if s.must(err); p.Done.IsZero() {
			s.t.Error("the added lesson is not shown as read")
		}
		s.sound()
		_, err = s.answer(s.trainee, "one", "q1", 1, 0)
		s.must(err)
		f := s.pass(s.trainee, "one", "w1")
		if f.Completed != classCourse || len(f.Certificates) != 1 {
			s.t.Errorf("with the last of what there was: %+v", f)
		}
		held, err := s.store.Certificates(s.ctx, s.trainee.Member)
		if s.must(err); len(held) != 1 || held[0].Snapshot.Edition != "1" {
			s.t.Errorf("%+v", held)
		}
		s.sound()
	})
}

// Whoever begins after the change sets out to do all of the new edition.
func TestNewEditionForWhoBeginsLater(t *testing.T) {
	inClass(t, func(s *class) {
		s.read(s.trainee, "one", "l1")
		s.teach(classCatalog("2", modulePart{"one", []string{"l1", "l2"}}))
		s.read(s.other, "one", "l1")
		if old, fresh := s.runOf(s.trainee), s.runOf(s.other); old.Total != 3 || old.Edition != "1" || fresh.Total != 2 || fresh.Edition != "2" {
			s.t.Errorf("%+v and %+v", old, fresh)
		}
		if f := s.read(s.other, "one", "l2"); f.Completed != classCourse {
			s.t.Errorf("%+v", f)
		}
	})
}

// What is no longer taught is not waited for, even if it was all that was left; what was reached stays.
func TestItemTakenAway(t *testing.T) {
	inClass(t, func(s *class) {
		s.read(s.trainee, "one", "l1")
		s.pass(s.trainee, "one", "w1")
		s.teach(classCatalog("1", modulePart{"one", []string{"l1"}}))
		before, err := s.LookRecord(s.ctx, s.trainee)
		s.must(err)
		if len(before.Held) != 1 || s.runOf(s.trainee).Done != 2 {
			s.t.Errorf("%d skills, %d done", len(before.Held), s.runOf(s.trainee).Done)
		}
		f := s.read(s.trainee, "one", "l1")
		if f.Completed != classCourse || len(f.Certificates) != 1 {
			s.t.Errorf("reading again what is left: %+v", f)
		}
		if n := s.events("lesson.read"); n != 1 {
			s.t.Errorf("%d events for one lesson", n)
		}
		if f := s.read(s.trainee, "one", "l1"); f.Completed != "" {
			s.t.Errorf("completed twice: %+v", f)
		}
		s.sound()
	})
}

// A course that is withdrawn as a whole completes for nobody who has not done all of it.
func TestCourseWithdrawn(t *testing.T) {
	inClass(t, func(s *class) {
		in := s.handIn(s.trainee, "one", "w1", 1)
		s.read(s.other, "one", "l1")
		_, err := s.answer(s.other, "one", "q1", 1, 0)
		s.must(err)
		last := s.handIn(s.other, "one", "w1", 1)
		s.teach(&course.Catalog{})
		if f := s.assess(s.mentor, in, practice.Pass); f.Completed != "" || len(f.Certificates) != 0 || len(f.Awards) != 1 {
			s.t.Errorf("one piece of three items: %+v", f)
		}
		if f := s.assess(s.mentor, last, practice.Pass); f.Completed != classCourse || len(f.Certificates) != 1 {
			s.t.Errorf("the last of three items: %+v", f)
		}
		s.sound()
	})
}

// What one person did under old files changes nothing of what everybody else is taught now.
func TestOldEditionStaysApart(t *testing.T) {
	inClass(t, func(s *class) {
		s.read(s.trainee, "one", "l1")
		s.teach(classCatalog("2", modulePart{"two", []string{"l7"}}, modulePart{"one", []string{"l1", "w1"}}))
		s.pass(s.trainee, "one", "w1") // reads the old outline
		s.read(s.other, "one", "l1")
		if f := s.read(s.other, "two", "l7"); f.Completed != "" {
			s.t.Errorf("%+v", f)
		}
		if f := s.pass(s.other, "one", "w1"); f.Completed != classCourse {
			s.t.Errorf("%+v", f)
		}
		s.sound()
	})
}

// A quiz that is added to the basic course makes nobody unready who completed it before, and is asked of everybody else.
func TestQuizAddedToTheBase(t *testing.T) {
	bars := []readiness.Bar{{
		JobType: "data-entry", Base: classCourse, QuizPercent: 80, Requires: []readiness.Requirement{{Skill: "S-1", Level: skill.Alone}},
		Pieces: 1, Assessors: 1, WithinMonths: 12, HoursFreshDays: 30,
	}}
	inClass(t, func(s *class) {
		s.Bars = bars
		line := func(a desk.Actor) readiness.Readiness {
			p, err := s.LookReadiness(s.ctx, a)
			s.must(err)
			return p.Lines[0].Readiness
		}
		s.certify()
		f, err := s.SaveProfile(s.ctx, s.trainee, desk.ProfileForm{HoursWeek: 10, Language: "ja"})
		s.must(err)
		if len(f.Ready) != 1 || !line(s.trainee).Ready {
			s.t.Fatalf("%+v, %+v", f, line(s.trainee))
		}
		s.read(s.other, "one", "l1")
		s.teach(classCatalog("2", modulePart{"one", []string{"l1", "q1", "q2", "w1"}}))
		s.Bars = bars
		if r := line(s.trainee); !r.Ready {
			s.t.Errorf("unready by an edit: %+v", r.Missing)
		}
		asked := 0
		for _, m := range line(s.other).Missing {
			if m.Key == "quiz" {
				asked++
			}
		}
		if asked != 2 {
			s.t.Errorf("of one who is not through %d quizzes are asked, want 2", asked)
		}
		s.sound()
		_, err = s.answer(s.trainee, "one", "q2", 1, 2) // curious, and wrong
		s.must(err)
		if r := line(s.trainee); !r.Ready {
			s.t.Errorf("unready by trying what was added: %+v", r.Missing)
		}
		s.sound()
	})
}

// A change of the words of a quiz, a work or a rubric leaves past tries, attempts and judgements as they were.
func TestChangedText(t *testing.T) {
	inClass(t, func(s *class) {
		_, err := s.answer(s.trainee, "one", "q1", 1, 1)
		s.must(err)
		in := s.handIn(s.trainee, "one", "w1", 1)
		s.assess(s.mentor, in, practice.Return)

		c := classCatalog("2", modulePart{"one", []string{"l1", "q1", "w1"}})
		q, w := c.Item(itemAt("one", "q1")).Quiz, c.Item(itemAt("one", "w1")).Assignment
		q.Hash, q.Questions = hash("changed"), q.Questions[:2]
		for i := range q.Questions {
			q.Questions[i].ID, q.Questions[i].Ask = fmt.Sprint("n", i), text("別の問い")
		}
		w.Hash, w.Rubric.Hash, w.Deliver.TextMax = hash("changed work"), hash("changed rubric"), 50
		w.Rubric.Rows[0].ID, w.Rubric.Rows[0].Title = "r9", text("別の行")
		s.teach(c)

		p, err := s.LookQuiz(s.ctx, s.trainee, itemAt("one", "q1"))
		s.must(err)
		if p.Best != 50 || len(p.LastAsked) != 2 || p.LastAsked[0].Ask.JA != "?" || p.Questions[0].Ask.JA != "別の問い" {
			s.t.Errorf("best %d, asked then %+v, now %+v", p.Best, p.LastAsked, p.Questions)
		}
		r, err := s.answer(s.trainee, "one", "q1", 2, 0)
		if s.must(err); !r.Passed {
			s.t.Errorf("%+v", r)
		}
		a, err := s.LookAssignment(s.ctx, s.trainee, itemAt("one", "w1"))
		s.must(err)
		if a.Rounds[0].Assignment.Rubric.Rows[0].Title.JA != "正確さ" || a.Rounds[0].Assignment.Rubric.Hash != hash("rubric") || a.Assignment.Rubric.Rows[0].Title.JA != "別の行" {
			s.t.Errorf("then %+v, now %+v", a.Rounds[0].Assignment.Rubric, a.Assignment.Rubric)
		}
		in = s.handIn(s.trainee, "one", "w1", 2)
		bench, err := s.LookAtPiece(s.ctx, s.mentor, in.Submission)
		s.must(err)
		if bench.Assignment.Rubric.Rows[0].ID != "r9" {
			s.t.Errorf("the new attempt is judged by %+v", bench.Assignment.Rubric)
		}
		s.teach(classCatalog("3", modulePart{"one", []string{"l1", "q1", "w1"}})) // while it waits
		if bench, err = s.LookAtPiece(s.ctx, s.mentor, in.Submission); err != nil || bench.Assignment.Rubric.Rows[0].ID != "r9" || bench.Assignment.Rubric.Hash != hash("changed rubric") {
			s.t.Errorf("it is judged by %+v, %v", bench.Assignment.Rubric, err)
		}
		s.sound()
	})
}

// A work whose assignment is no longer taught is still judged, and its receipt stays what it was.
func TestWorkOutlivesItsAssignment(t *testing.T) {
	inClass(t, func(s *class) {
		in := s.handIn(s.trainee, "one", "w1", 1)
		s.teach(classCatalog("2", modulePart{"one", []string{"l1"}}))
		bench, err := s.LookAtPiece(s.ctx, s.mentor, in.Submission)
		s.must(err)
		if bench.Item != nil || len(bench.Assignment.Rubric.Rows) != 1 || bench.Current().Receipt() != in.Receipt {
			s.t.Errorf("%+v", bench.Assignment)
		}
		if f := s.assess(s.mentor, in, practice.Pass); len(f.Awards) != 1 {
			s.t.Errorf("%+v", f)
		}
		s.sound()
	})
}
