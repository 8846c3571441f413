package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// QuizResult is what a try at a quiz came to.
type QuizResult struct {
	N       int      `json:"n"` // the number of the try
	Percent int      `json:"percent"`
	Passed  bool     `json:"passed"`
	Then    Followed `json:"then"`
}

// AnswerQuiz judges a try at a quiz. Every question must be answered; the best mark counts, and a pass is never lost.
// try is the number the page was made for: another one in between is a Conflict, because it drew other questions.
func (d *Desk) AnswerQuiz(ctx context.Context, a Actor, r course.Ref, try int, given map[string]practice.Given) (QuizResult, error) {
	if err := must(a, member.Trainee); err != nil {
		return QuizResult{}, err
	}
	c, it, err := d.item(r, course.KindQuiz)
	if err != nil {
		return QuizResult{}, err
	}
	questions := practice.Drawn(it.Quiz, a.Member, try)
	if err := practice.CheckAnswers(questions, given); err != nil {
		return QuizResult{}, err
	}
	return once(ctx, d, a, "quiz.answered", func(ctx context.Context, now time.Time) (QuizResult, error) {
		if err := d.Store.LockMember(ctx, a.Member); err != nil {
			return QuizResult{}, err
		}
		run, err := d.startRun(ctx, c, a.Member, a.Center, now)
		if err != nil {
			return QuizResult{}, err
		}
		tries, err := d.tries(ctx, run.ID, r)
		if err != nil {
			return QuizResult{}, err
		}
		if try != tries+1 {
			return QuizResult{}, problem.Clash("quiz.other_try")
		}
		if err := d.Store.KeepText(ctx, it.Quiz.Hash, "quiz", it.Quiz); err != nil {
			return QuizResult{}, err
		}
		judged, right, percent := practice.Mend(questions, given)
		v := practice.QuizAttempt{
			Run: run.ID, Ref: r, N: try, At: now, Right: right, Of: len(questions), Percent: percent,
			Passed: percent >= it.Quiz.PassPercent, QuizHash: it.Quiz.Hash, Given: judged,
		}
		if err := d.Store.AddQuizAttempt(ctx, v); err != nil {
			return QuizResult{}, err
		}
		if v.Passed {
			if _, err := d.markDone(ctx, run, r, now); err != nil {
				return QuizResult{}, err
			}
		}
		if err := d.Store.DropDraft(ctx, a.Member, quizKey(r)); err != nil {
			return QuizResult{}, err
		}
		followed, err := d.follow(ctx, a.Center, run, now, quizAnswered)
		if err != nil {
			return QuizResult{}, err
		}
		return QuizResult{try, percent, v.Passed, followed}, d.happened(ctx, a, now, "quiz.answered",
			audit.Subject{Kind: "run", ID: int64(run.ID)}, a.Member, map[string]any{"item": r.Path(), "percent": percent, "try": try})
	})
}

// tries counts a run's tries at a quiz.
func (d *Desk) tries(ctx context.Context, run course.RunID, r course.Ref) (int, error) {
	last, err := d.Store.LastQuizAttempt(ctx, run, r)
	if problem.Is(err, problem.NotFound) {
		return 0, nil
	}
	return last.N, err
}

// quizDraft is what has been answered so far at a try.
type quizDraft struct {
	Try   int                       `json:"try"`
	Quiz  string                    `json:"quiz"` // its hash: choices are kept by number, which mean nothing in another version
	Given map[string]practice.Given `json:"given"`
}

func quizKey(r course.Ref) string { return "quiz " + r.Path() }

// SaveAnswers saves what a trainee has answered so far, complete or not: a quiz takes longer than a phone's patience. Those
// of a try that was sent meanwhile are a Conflict.
func (d *Desk) SaveAnswers(ctx context.Context, a Actor, r course.Ref, try int, given map[string]practice.Given) error {
	if err := must(a, member.Trainee); err != nil {
		return err
	}
	_, it, err := d.item(r, course.KindQuiz)
	if err != nil {
		return err
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		tries := 0
		run, err := d.Store.Run(ctx, a.Member, r.Course)
		if err == nil {
			tries, err = d.tries(ctx, run.ID, r)
		}
		if err != nil && !isMissing(err) {
			return err
		}
		if try != tries+1 {
			return problem.Clash("quiz.other_try")
		}
		return d.saveDraft(ctx, a.Member, quizKey(r), quizDraft{try, it.Quiz.Hash, given}, now)
	})
}

// savedAnswers are what was answered so far at a try; nil if nothing was saved.
func (d *Desk) savedAnswers(ctx context.Context, m member.ID, r course.Ref, q *course.Quiz, try int) (map[string]practice.Given, error) {
	draft, err := d.Store.Draft(ctx, m, quizKey(r))
	if err != nil || draft.Body == nil {
		return nil, err
	}
	var v quizDraft
	if err := json.Unmarshal(draft.Body, &v); err != nil {
		return nil, fmt.Errorf("read saved answers: %w", err)
	}
	if v.Try != try || v.Quiz != q.Hash {
		return nil, nil
	}
	return v.Given, nil
}
