package desk

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tenarai/internal/audit"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// WorkForm is what a trainee hands in.
type WorkForm struct {
	Attempt   int // the number this attempt will have; another one in between is a Conflict
	Text      string
	Note      string
	Minutes   int
	SelfCheck []bool
	Ticked    []int // fixes of the last round she says are done
	Files     []practice.FileID
}

// HandedIn is what a hand-in came to.
type HandedIn struct {
	Submission practice.SubmissionID `json:"submission"`
	Attempt    int                   `json:"attempt"`
	Receipt    practice.Receipt      `json:"receipt"`
}

// MaxNote is the length of a trainee's note to the mentor in characters.
const MaxNote = 1000

// HandIn hands in a trainee's work as a new attempt: the work, its files, the self-check, and what the machine found.
// Nothing of it is ever edited again.
func (d *Desk) HandIn(ctx context.Context, a Actor, r course.Ref, w WorkForm) (HandedIn, error) {
	if err := must(a, member.Trainee); err != nil {
		return HandedIn{}, err
	}
	c, it, err := d.item(r, course.KindAssignment)
	if err != nil {
		return HandedIn{}, err
	}
	// Looked at before the transaction, for a table takes time to compare, but answered for inside it: the same form sent
	// again is answered as the first time, although its files are no longer staged.
	made, refused := d.inspect(ctx, a, it.Assignment, w)
	return once(ctx, d, a, "submission.handed_in", func(ctx context.Context, now time.Time) (HandedIn, error) {
		if err := d.Store.LockMember(ctx, a.Member); err != nil {
			return HandedIn{}, err
		}
		run, sub, err := d.openAssignment(ctx, a, c, it, now)
		if err != nil {
			return HandedIn{}, err
		}
		if err := mayHandIn(sub, w.Attempt); err != nil {
			return HandedIn{}, err
		}
		if refused != nil {
			return HandedIn{}, refused
		}
		if err := d.keepAssignment(ctx, it.Assignment); err != nil {
			return HandedIn{}, err
		}
		v := practice.Attempt{
			Submission: sub.ID, N: w.Attempt, At: now, Text: w.Text, Note: w.Note, Files: made.files, SelfCheck: w.SelfCheck, Minutes: w.Minutes,
			By: a.Member, AssignmentHash: it.Assignment.Hash, Check: made.check, CheckProblem: made.why,
		}
		if v.ID, err = d.Store.AddAttempt(ctx, v); err != nil {
			return HandedIn{}, err
		}
		if err := d.handOver(ctx, a, it, sub, w, now); err != nil {
			return HandedIn{}, err
		}
		if err := d.Store.Touch(ctx, run, now); err != nil {
			return HandedIn{}, err
		}
		if err := d.Store.DropDraft(ctx, a.Member, workKey(r)); err != nil {
			return HandedIn{}, err
		}
		if err := d.tell(ctx, now, a.Member, "received", false, map[string]any{"item": r.Path(), "receipt": string(v.Receipt())}); err != nil {
			return HandedIn{}, err
		}
		return HandedIn{sub.ID, v.N, v.Receipt()}, d.happened(ctx, a, now, "submission.handed_in",
			audit.Subject{Kind: "submission", ID: int64(sub.ID)}, a.Member, map[string]any{"item": r.Path(), "attempt": v.N})
	})
}

// inspected is work that may be handed in, with what the machine found.
type inspected struct {
	files []practice.File
	check []byte
	why   string
}

func (d *Desk) inspect(ctx context.Context, a Actor, as *course.Assignment, w WorkForm) (made inspected, err error) {
	if made.files, err = d.Store.StagedFiles(ctx, a.Member, w.Files); err != nil {
		return made, err
	}
	if err := checkWork(as, w, made.files); err != nil {
		return made, err
	}
	made.check, made.why, err = d.checkTable(ctx, as, made.files)
	return made, err
}

// handOver gives the turn to the mentors, with the trainee's ticks on the last round's fixes.
func (d *Desk) handOver(ctx context.Context, a Actor, it *course.Item, sub practice.Submission, w WorkForm, now time.Time) error {
	returned := 0
	if sub.Attempts > 0 {
		returned = -1
		past, err := d.Store.Assessments(ctx, sub.ID)
		if err != nil {
			return err
		}
		if n := len(past); n > 0 {
			if err := d.Store.TickFixes(ctx, past[n-1].ID, w.Ticked, now); err != nil {
				return err
			}
		}
	}
	record, err := d.Store.Record(ctx, a.Member)
	if err != nil {
		return err
	}
	sub.Turn, sub.TurnSince, sub.Attempts = practice.WithMentor, now, w.Attempt
	sub.NotMentor = d.otherMentor(record, it, sub.ID)
	if err := d.Store.TurnSubmission(ctx, sub, practice.WithTrainee); err != nil {
		return err
	}
	return d.Store.MoveModule(ctx, sub.Run, sub.Ref.Module, 0, 1, returned)
}

func mayHandIn(s practice.Submission, attempt int) error {
	switch {
	case !s.Passed.IsZero():
		return problem.Clash("practice.passed_already")
	case s.Turn == practice.WithMentor:
		return problem.Clash("practice.with_mentor")
	case attempt != s.Attempts+1:
		return problem.Clash("practice.other_attempt")
	}
	return nil
}

func checkWork(as *course.Assignment, w WorkForm, staged []practice.File) error {
	var l problem.List
	switch n := utf8.RuneCountInString(w.Text); {
	case as.Deliver.Text && strings.TrimSpace(w.Text) == "":
		l.Add(problem.At("text", "practice.text_missing"))
	case as.Deliver.Text && as.Deliver.TextMax > 0 && n > as.Deliver.TextMax:
		l.Add(problem.At("text", "practice.text_long", problem.Args{"Max": as.Deliver.TextMax, "Have": n}))
	}
	switch {
	case len(staged) != len(w.Files):
		l.Add(problem.At("file", "practice.file_gone"))
	case as.Deliver.File && (!as.Deliver.Text || as.Check != nil) && len(staged) == 0:
		l.Add(problem.At("file", "practice.file_missing"))
	case len(staged) > max(as.Deliver.Files, 0):
		l.Add(problem.At("file", "practice.file_many", problem.Args{"Max": as.Deliver.Files}))
	}
	if utf8.RuneCountInString(w.Note) > MaxNote {
		l.Add(problem.At("note", "practice.comment_long", problem.Args{"Max": MaxNote}))
	}
	if w.Minutes < 0 || w.Minutes > 6000 {
		l.Add(problem.At("minutes", "practice.minutes_wrong"))
	}
	return l.Err()
}

// checkTable has the machine compare a handed-in table with the hidden answer, where the assignment asks for it.
func (d *Desk) checkTable(ctx context.Context, as *course.Assignment, staged []practice.File) (result []byte, why string, err error) {
	if as.Check == nil || d.CheckTable == nil || len(staged) == 0 {
		return nil, "", nil
	}
	i := slices.IndexFunc(staged, func(f practice.File) bool {
		return strings.HasSuffix(strings.ToLower(f.Name), ".csv") || strings.HasSuffix(strings.ToLower(f.Name), ".xlsx")
	})
	if i < 0 {
		return nil, "sheet.not_a_table", nil
	}
	f, err := d.Store.File(ctx, staged[i].ID)
	if err != nil {
		return nil, "", err
	}
	content, err := d.Files.Read(f.Place, f.SHA256)
	if err != nil {
		return nil, "", err
	}
	result, why = d.CheckTable(f.Name, content, *as.Check)
	return result, why, nil
}

// openAssignment finds a trainee's submission or begins it: from the first opening on the deadline runs. A further portfolio
// is there once the one before has passed; that its award was revoked since takes nothing away.
func (d *Desk) openAssignment(ctx context.Context, a Actor, c *course.Course, it *course.Item, now time.Time) (cohort.CourseRun, practice.Submission, error) {
	run, err := d.startRun(ctx, c, a.Member, a.Center, now)
	if err != nil {
		return run, practice.Submission{}, err
	}
	if of := it.Portfolio; of.N > 1 {
		before, err := d.Store.SubmissionOf(ctx, run.ID, course.PortfolioN(of.Skill, of.N-1))
		if err != nil && !isMissing(err) {
			return run, practice.Submission{}, err
		}
		if before.Passed.IsZero() {
			return run, practice.Submission{}, problem.Missing("course.missing")
		}
	}
	sub, err := d.Store.OpenSubmission(ctx, practice.Submission{
		Run: run.ID, Member: a.Member, Center: a.Center, Ref: it.Ref, Opened: now, Due: practice.DueAt(now, it.Assignment.DueWorkingDays),
	})
	return run, sub, err
}

// keptAssignment is an assignment as it was used, with its rubric's hash.
type keptAssignment struct {
	course.Assignment
	RubricHash string
}

func (d *Desk) keepAssignment(ctx context.Context, as *course.Assignment) error {
	return d.Store.KeepText(ctx, as.Hash, "assignment", keptAssignment{*as, as.Rubric.Hash})
}

// assignmentAsUsed reads an assignment as it was when an attempt was handed in. The one taught today is the same where
// the hashes agree, which saves reading it.
func (d *Desk) assignmentAsUsed(ctx context.Context, r course.Ref, hash string) (course.Assignment, error) {
	if it := d.Catalog.Item(r); it != nil && it.Assignment != nil && it.Assignment.Hash == hash {
		return *it.Assignment, nil
	}
	var k keptAssignment
	if err := d.Store.Text(ctx, hash, &k); err != nil {
		return course.Assignment{}, err
	}
	k.Assignment.Hash, k.Rubric.Hash = hash, k.RubricHash
	return k.Assignment, nil
}

func workKey(r course.Ref) string { return "work " + r.Path() }

// workDraft reads what a trainee has typed so far for her next attempt; typing left over from an earlier one is none.
func (d *Desk) workDraft(ctx context.Context, m member.ID, r course.Ref, attempt int) (practice.WorkDraft, time.Time, error) {
	var w practice.WorkDraft
	draft, err := d.Store.Draft(ctx, m, workKey(r))
	if err != nil || draft.Body == nil {
		return w, time.Time{}, err
	}
	if err := json.Unmarshal(draft.Body, &w); err != nil || w.Attempt != 0 && w.Attempt != attempt {
		return practice.WorkDraft{}, time.Time{}, err
	}
	return w, draft.SavedAt, nil
}

// SaveWork saves what a trainee has typed so far. It accepts what handing in would refuse: nothing typed is lost. Typing
// for an attempt that was handed in meanwhile is a Conflict; Attempt 0 means the next one. Files come and go by StageFile
// and DropFile alone, so that typing saved from another window neither loses one nor brings one back.
func (d *Desk) SaveWork(ctx context.Context, a Actor, r course.Ref, w practice.WorkDraft) (saved time.Time, err error) {
	if err := must(a, member.Trainee); err != nil {
		return time.Time{}, err
	}
	c, it, err := d.item(r, course.KindAssignment)
	if err != nil {
		return time.Time{}, err
	}
	if utf8.RuneCountInString(w.Text) > 4*max(it.Assignment.Deliver.TextMax, 5000) {
		return time.Time{}, problem.At("text", "practice.text_long", problem.Args{"Max": it.Assignment.Deliver.TextMax, "Have": utf8.RuneCountInString(w.Text)})
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		_, sub, err := d.openAssignment(ctx, a, c, it, now)
		if err != nil {
			return err
		}
		if w.Attempt != 0 && w.Attempt != sub.Attempts+1 {
			return problem.Clash("practice.other_attempt")
		}
		w.Attempt = sub.Attempts + 1
		was, _, err := d.workDraft(ctx, a.Member, r, w.Attempt)
		if err != nil {
			return err
		}
		w.Files, saved = was.Files, now
		return d.saveDraft(ctx, a.Member, workKey(r), w, now)
	})
	return saved, err
}

func (d *Desk) saveDraft(ctx context.Context, m member.ID, key string, v any, now time.Time) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.Store.SaveDraft(ctx, practice.Draft{Member: m, Key: key, Body: body, SavedAt: now})
}
