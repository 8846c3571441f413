package desk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// A lesson read twice, twenty times at once, with the same form or another, is one deed.
func TestLessonIsReadOnce(t *testing.T) {
	inClass(t, func(s *class) {
		form := s.key(s.trainee)
		first := make(chan error, 20)
		for i := range cap(first) {
			a := form
			if i%2 == 0 {
				a = s.key(s.trainee)
			}
			go func() {
				_, err := s.MarkLessonDone(s.ctx, a, itemAt("one", "l1"))
				first <- err
			}()
		}
		for range cap(first) {
			s.must(<-first)
		}
		page, err := s.LookCourse(s.ctx, s.trainee, classCourse)
		s.must(err)
		if page.Run.Done != 1 || page.Run.Total != 3 || page.Modules[0].Done != 1 || page.Modules[0].Items[0].State != desk.ItemDone || s.events("lesson.read") != 1 {
			s.t.Errorf("%d of %d done, %d events, %+v", page.Run.Done, page.Run.Total, s.events("lesson.read"), page.Modules[0])
		}
		s.sound()
		for what, err := range map[string]error{
			"a mentor": errorOf(s.MarkLessonDone(s.ctx, s.mentor, itemAt("one", "l1"))), "a stranger": errorOf(s.MarkLessonDone(s.ctx, desk.Actor{}, itemAt("one", "l1"))),
		} {
			if !problem.Is(err, problem.Forbidden) {
				s.t.Errorf("%s: %v", what, err)
			}
		}
		for _, r := range []course.Ref{itemAt("one", "q1"), itemAt("one", "none"), itemAt("none", "l1"), {Course: "none", Module: "one", Item: "l1"}} {
			if _, err := s.MarkLessonDone(s.ctx, s.trainee, r); !problem.Is(err, problem.NotFound) {
				s.t.Errorf("%v: %v", r, err)
			}
		}
	})
}

func errorOf[T any](_ T, err error) error { return err }

// A quiz is judged as it was drawn; the best mark stays, a pass is never lost, and only the next try is taken.
func TestQuizTries(t *testing.T) {
	inClass(t, func(s *class) {
		look := func() desk.QuizPage {
			p, err := s.LookQuiz(s.ctx, s.trainee, itemAt("one", "q1"))
			s.must(err)
			return p
		}
		for i, step := range []struct {
			wrong, percent, best int
			passed, done         bool
		}{{2, 0, 0, false, false}, {1, 50, 50, false, false}, {0, 100, 100, true, true}, {2, 0, 100, false, true}} {
			try := i + 1
			p := look()
			if p.Try != try || len(p.Questions) != 2 || fmt.Sprint(p.Questions) != fmt.Sprint(practice.Drawn(p.Item.Quiz, s.trainee.Member, try)) {
				s.t.Errorf("try %d: the page asks %d questions for try %d", try, len(p.Questions), p.Try)
			}
			r, err := s.answer(s.trainee, "one", "q1", try, step.wrong)
			s.must(err)
			p = look()
			if r.Percent != step.percent || r.Passed != step.passed || p.Best != step.best || p.Done.IsZero() == step.done || len(p.LastAsked) != 2 || p.Last.Percent != step.percent {
				s.t.Errorf("try %d: %+v; the page: best %d, done %v, %d asked", try, r, p.Best, p.Done, len(p.LastAsked))
			}
		}
		for _, try := range []int{0, 1, 4, 6, -1} {
			_, err := s.answer(s.trainee, "one", "q1", try, 0)
			s.refused(fmt.Sprint("try ", try), err, "quiz.other_try")
		}
		if n := s.events("quiz.answered"); n != 4 {
			s.t.Errorf("%d events for 4 tries", n)
		}
		s.sound()
	})
}

// Every question drawn must be answered; what was not asked is neither judged nor kept.
func TestQuizAnswers(t *testing.T) {
	inClass(t, func(s *class) {
		drawn := practice.Drawn(s.catalog.Item(itemAt("one", "q1")).Quiz, s.trainee.Member, 1)
		whole := map[string]practice.Given{}
		for i := range 4 {
			whole[fmt.Sprint("q", i)] = practice.Given{Chosen: []int{0}, Right: true}
		}
		whole["other"] = practice.Given{Chosen: []int{0}, Right: true}
		for what, given := range map[string]practice.Given{
			"nothing": {}, "two": {Chosen: []int{0, 1}}, "none of them": {Chosen: []int{2}}, "below": {Chosen: []int{-1}}, "a claim to be right": {Right: true},
		} {
			answers := map[string]practice.Given{drawn[0].ID: {Chosen: []int{0}}, drawn[1].ID: given}
			_, err := s.AnswerQuiz(s.ctx, s.trainee, itemAt("one", "q1"), 1, answers)
			l := problem.Of(err)
			if len(l) != 1 || l[0].Field != "q."+drawn[1].ID {
				s.t.Errorf("%s: %v, want one refusal at the question", what, err)
			}
		}
		_, err := s.AnswerQuiz(s.ctx, s.trainee, itemAt("one", "q1"), 1, nil)
		if len(problem.Of(err)) != 2 || s.events("quiz.answered") != 0 {
			s.t.Errorf("without answers: %v", err)
		}
		whole[drawn[0].ID] = practice.Given{Chosen: []int{1}, Right: true} // wrong, whatever it says of itself
		r, err := s.AnswerQuiz(s.ctx, s.trainee, itemAt("one", "q1"), 1, whole)
		s.must(err)
		p, err := s.LookQuiz(s.ctx, s.trainee, itemAt("one", "q1"))
		s.must(err)
		if r.Percent != 50 || len(p.Last.Given) != 2 || p.Last.Of != 2 || p.Last.Right != 1 {
			s.t.Errorf("%+v, kept %+v", r, p.Last)
		}
	})
}

// The same try sent by two windows at once is one try and one refusal; sent twice by the same form it is one try.
func TestQuizAtOnce(t *testing.T) {
	inClass(t, func(s *class) {
		form := s.key(s.trainee)
		results := make(chan error, 12)
		for i := range cap(results) {
			a := form
			if i%3 == 0 {
				a = s.key(s.trainee)
			}
			go func() {
				_, err := s.answer(a, "one", "q1", 1, 0)
				results <- err
			}()
		}
		accepted := 0
		for range cap(results) {
			switch err := <-results; {
			case err == nil:
				accepted++
			case !problem.Is(err, problem.Conflict):
				s.t.Error(err)
			}
		}
		if n := s.events("quiz.answered"); n != 1 || accepted != 8 && accepted != 1 {
			s.t.Errorf("%d tries kept; %d told they were accepted, want all of one form or the one of another", n, accepted)
		}
	})
}

// Whatever is done last, a course is completed with it and not before, once, with one certificate.
func TestCompletedWithTheLastItem(t *testing.T) {
	orders := [][]string{{"l1", "q1", "w1"}, {"w1", "q1", "l1"}, {"l1", "w1", "q1"}}
	inClass(t, func(s *class) {
		for i, order := range orders {
			a := s.person(fmt.Sprint("人 ", i), s.yuzawa, member.Trainee)
			for j, name := range order {
				var f desk.Followed
				switch name[0] {
				case 'l':
					f = s.read(a, "one", name)
				case 'q':
					failed, err := s.answer(a, "one", name, 1, 1)
					s.must(err)
					passed, err := s.answer(a, "one", name, 2, 0)
					s.must(err)
					if failed.Then.Completed != "" {
						s.t.Errorf("%v: completed by a failed try", order)
					}
					f = passed.Then
				case 'w':
					back := s.assess(s.mentor, s.handIn(a, "one", name, 1), practice.Return)
					if back.Completed != "" {
						s.t.Errorf("%v: completed by a piece that came back", order)
					}
					f = s.assess(s.mentor, s.handIn(a, "one", name, 2), practice.Pass)
				}
				if last := j == 2; (f.Completed == classCourse) != last || (len(f.Certificates) == 1) != last {
					s.t.Errorf("%v: after %s: %+v", order, name, f)
				}
			}
			again := s.read(a, "one", "l1")
			retry, err := s.answer(a, "one", "q1", 3, 2)
			s.must(errors.Join(err))
			held, err := s.store.Certificates(s.ctx, a.Member)
			if again.Completed+retry.Then.Completed != "" || err != nil || len(held) != 1 || !strings.HasPrefix(held[0].Snapshot.Name, "人") {
				s.t.Errorf("%v: again %+v %+v, %d certificates, %v", order, again, retry, len(held), err)
			}
		}
		s.sound()
	})
}
