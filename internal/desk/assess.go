package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// AssessForm is a mentor's judgement as the form brings it.
type AssessForm struct {
	Attempt int   // the attempt the form was made for
	Version int64 // of the submission
	Verdict practice.Verdict
	Marks   []practice.Mark
	Fixes   []practice.Fix
	Closing string
	Done    []int // fixes of the last round found done
}

// Assess is a mentor's judgement of a piece, and all that follows from it, in one transaction: the assessment, the turn,
// awards, progress, certificate, readiness, letters, the event. Either all of it happens or none. A free piece is claimed
// by assessing it; one that another mentor holds, or that has moved on since the form was made, is a Conflict.
func (d *Desk) Assess(ctx context.Context, a Actor, id practice.SubmissionID, form AssessForm) (Followed, error) {
	if err := must(a, member.Mentor); err != nil {
		return Followed{}, err
	}
	seen, err := d.Store.Submission(ctx, a.Center, id)
	if err != nil {
		return Followed{}, err
	}
	return once(ctx, d, a, "submission.assessed", func(ctx context.Context, now time.Time) (Followed, error) {
		if err := d.Store.LockMember(ctx, seen.Member); err != nil {
			return Followed{}, err
		}
		sub, err := d.Store.LockSubmission(ctx, a.Center, id)
		if err != nil {
			return Followed{}, err
		}
		past, err := d.mayAssess(ctx, a, sub, form, now)
		if err != nil {
			return Followed{}, err
		}
		attempt, err := d.Store.LastAttempt(ctx, id)
		if err != nil {
			return Followed{}, err
		}
		as, err := d.assignmentAsUsed(ctx, sub.Ref, attempt.AssignmentHash)
		if err != nil {
			return Followed{}, err
		}
		marks := practice.Known(as.Rubric, form.Marks)
		v := practice.Assessment{
			Attempt: attempt.ID, Submission: id, AttemptN: attempt.N, Mentor: a.Member, At: now, Verdict: form.Verdict, Marks: marks,
			Closing: form.Closing, Percent: practice.Judge(as.Rubric, marks).Percent, SecondLook: sub.SecondLook,
		}
		if v.Verdict == practice.Return {
			v.Fixes = form.Fixes
		}
		if err := practice.CheckAssessment(as.Rubric, v); err != nil {
			return Followed{}, err
		}
		if v.ID, err = d.Store.AddAssessment(ctx, v); err != nil {
			return Followed{}, err
		}
		if n := len(past); n > 0 && !sub.SecondLook {
			if err := d.Store.FindFixes(ctx, past[n-1].ID, form.Done); err != nil {
				return Followed{}, err
			}
		}
		followed, err := d.conclude(ctx, a, sub, as, attempt, v, now)
		if err != nil {
			return Followed{}, err
		}
		if err := d.Store.DropClaim(ctx, id, a.Member); err != nil {
			return Followed{}, err
		}
		if err := d.Store.DropDraft(ctx, a.Member, assessKey(id)); err != nil {
			return Followed{}, err
		}
		return followed, d.happened(ctx, a, now, "submission.assessed", audit.Subject{Kind: "submission", ID: int64(id)}, sub.Member,
			map[string]any{"verdict": string(v.Verdict), "attempt": attempt.N, "percent": v.Percent, "item": sub.Ref.Path(), "second_look": sub.SecondLook})
	})
}

// mayAssess refuses who may not judge a piece, or may not judge it now. It answers with the earlier judgements.
func (d *Desk) mayAssess(ctx context.Context, a Actor, sub practice.Submission, form AssessForm, now time.Time) ([]practice.Assessment, error) {
	past, err := d.Store.Assessments(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	if err := maySit(a, sub, past); err != nil {
		return nil, err
	}
	if sub.Version != form.Version || sub.Attempts != form.Attempt {
		return nil, problem.Clash("practice.moved_on")
	}
	return past, d.Store.TakeClaim(ctx, practice.Claim{Submission: sub.ID, Mentor: a.Member, Until: now.Add(practice.ClaimFor)}, now)
}

// maySit refuses a mentor who may not judge a piece as it stands, whoever holds it: nobody judges her own work, and a
// second look is another's than the first.
func maySit(a Actor, sub practice.Submission, past []practice.Assessment) error {
	switch {
	case sub.Member == a.Member:
		return problem.Forbid("practice.own_work")
	case sub.Turn != practice.WithMentor:
		return problem.Clash("practice.moved_on")
	case sub.SecondLook && slices.ContainsFunc(past, func(p practice.Assessment) bool { return p.Mentor == a.Member && p.AttemptN == sub.Attempts }):
		return problem.Forbid("practice.seen_already")
	}
	return nil
}

// conclude draws the consequences of a judgement.
func (d *Desk) conclude(ctx context.Context, a Actor, sub practice.Submission, as course.Assignment, attempt practice.Attempt, v practice.Assessment, now time.Time) (Followed, error) {
	switch {
	case sub.SecondLook:
		return d.concludeSecondLook(ctx, sub, as, v, now)
	case v.Verdict == practice.Return:
		sub.Turn, sub.TurnSince, sub.NotMentor = practice.WithTrainee, now, 0
		if err := d.Store.TurnSubmission(ctx, sub, practice.WithMentor); err != nil {
			return Followed{}, err
		}
		if err := d.Store.MoveModule(ctx, sub.Run, sub.Ref.Module, 0, -1, 1); err != nil {
			return Followed{}, err
		}
		return Followed{}, d.tell(ctx, now, sub.Member, "returned", false, map[string]any{"item": sub.Ref.Path(), "fixes": len(v.Fixes)})
	}
	sub.Turn, sub.TurnSince, sub.Passed, sub.NotMentor = practice.Nobody, now, now, 0
	if err := d.Store.TurnSubmission(ctx, sub, practice.WithMentor); err != nil {
		return Followed{}, err
	}
	awards, err := d.award(ctx, a, sub, as, attempt, v, now)
	if err != nil {
		return Followed{}, err
	}
	if err := d.Store.MoveModule(ctx, sub.Run, sub.Ref.Module, 0, -1, 0); err != nil {
		return Followed{}, err
	}
	run, err := d.Store.RunByID(ctx, sub.Run)
	if err != nil {
		return Followed{}, err
	}
	if _, err := d.markDone(ctx, run, sub.Ref, now); err != nil {
		return Followed{}, err
	}
	if err := d.tell(ctx, now, sub.Member, "passed", false, map[string]any{"item": sub.Ref.Path()}); err != nil {
		return Followed{}, err
	}
	f, err := d.follow(ctx, sub.Center, run, now, pieceJudged)
	f.Awards = awards
	return f, err
}

// award keeps what a passed piece proves, skill by skill.
func (d *Desk) award(ctx context.Context, a Actor, sub practice.Submission, as course.Assignment, attempt practice.Attempt, v practice.Assessment, now time.Time) ([]GotAward, error) {
	title := course.Text{JA: sub.Ref.Item}
	if it := d.Catalog.Item(sub.Ref); it != nil {
		title = it.Title
	}
	var out []GotAward
	for _, p := range practice.Proves(as.Rubric, v.Marks) {
		w := skill.Award{
			Member: sub.Member, Skill: p.Skill.Skill, Level: p.Skill.Proves, At: now,
			Evidence: skill.Evidence{
				Attempt: int64(attempt.ID), Piece: int64(sub.ID), Course: sub.Ref.Course, Module: sub.Ref.Module, Item: sub.Ref.Item, Title: title,
				RubricHash: as.Rubric.Hash, Rows: evidenceRows(as.Rubric, v.Marks, p.Rows), Assisted: attempt.Assisted, AttemptN: attempt.N,
				Prior: sub.Ref.Prior(),
			},
		}
		first, err := d.Store.AddAward(ctx, w, v.ID, a.Member)
		if err != nil {
			return nil, err
		}
		if first {
			out = append(out, GotAward{w.Skill, w.Level})
		}
	}
	return out, nil
}

func evidenceRows(r course.Rubric, marks []practice.Mark, ids []string) []skill.Row {
	var out []skill.Row
	for _, id := range ids {
		row, _ := r.Row(id)
		for _, m := range marks {
			if m.Row == id {
				out = append(out, skill.Row{ID: id, Title: row.Title, Mark: m.Level, Descriptor: row.Levels[m.Level]})
			}
		}
	}
	return out
}

// concludeSecondLook: a passed piece stays passed; a second mentor's pass adds a pair of eyes to its awards, a return is
// advice the trainee reads.
func (d *Desk) concludeSecondLook(ctx context.Context, sub practice.Submission, as course.Assignment, v practice.Assessment, now time.Time) (Followed, error) {
	sub.Turn, sub.TurnSince, sub.SecondLook, sub.NotMentor = practice.Nobody, now, false, 0
	if err := d.Store.TurnSubmission(ctx, sub, practice.WithMentor); err != nil {
		return Followed{}, err
	}
	if err := d.Store.MoveModule(ctx, sub.Run, sub.Ref.Module, 0, -1, 0); err != nil {
		return Followed{}, err
	}
	var skills []skill.ID
	if v.Verdict == practice.Pass {
		for _, p := range practice.Proves(as.Rubric, v.Marks) {
			skills = append(skills, p.Skill.Skill)
		}
	}
	if err := d.Store.ConfirmAwards(ctx, v.Attempt, skills, v.ID, v.Mentor, now); err != nil {
		return Followed{}, err
	}
	if err := d.tell(ctx, now, sub.Member, "second_look", false, map[string]any{"item": sub.Ref.Path(), "passed": v.Verdict == practice.Pass}); err != nil {
		return Followed{}, err
	}
	got, err := d.grantSkills(ctx, sub.Center, sub.Member, now)
	if err != nil {
		return Followed{}, err
	}
	ready, err := d.judgeReadiness(ctx, sub.Center, sub.Member, now)
	return Followed{Certificates: got, Ready: ready}, err
}

// AskSecondLook sends a passed piece to another mentor: by the trainee whose piece it is, or by the center's staff.
func (d *Desk) AskSecondLook(ctx context.Context, a Actor, id practice.SubmissionID) error {
	if err := must(a, member.Trainee, member.Mentor, member.Coordinator); err != nil {
		return err
	}
	_, err := once(ctx, d, a, "submission.sent_again", func(ctx context.Context, now time.Time) (struct{}, error) {
		none := struct{}{}
		sub, err := d.Store.LockSubmission(ctx, a.Center, id)
		if err != nil {
			return none, err
		}
		if sub.Member != a.Member && !a.Is(member.Mentor, member.Coordinator) {
			return none, problem.Missing("store.missing")
		}
		if sub.Passed.IsZero() || sub.Turn != practice.Nobody {
			return none, problem.Clash("practice.not_passed")
		}
		past, err := d.Store.Assessments(ctx, id)
		if err != nil {
			return none, err
		}
		for _, p := range past {
			if p.Verdict == practice.Pass {
				sub.NotMentor = p.Mentor
			}
		}
		sub.Turn, sub.TurnSince, sub.SecondLook = practice.WithMentor, now, true
		if err := d.Store.TurnSubmission(ctx, sub, practice.Nobody); err != nil {
			return none, err
		}
		if err := d.Store.MoveModule(ctx, sub.Run, sub.Ref.Module, 0, 1, 0); err != nil {
			return none, err
		}
		return none, d.happened(ctx, a, now, "submission.sent_again", audit.Subject{Kind: "submission", ID: int64(id)}, sub.Member, map[string]any{"item": sub.Ref.Path()})
	})
	return err
}
