package desk

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// OtherFirst is how long a piece that wants another mentor's eye is kept from the one who has judged the skill before.
const OtherFirst = 24 * time.Hour

// QueueSize is how many pieces a page of the queue shows.
const QueueSize = 50

// QueueRow is a line of the queue.
type QueueRow struct {
	store.QueueRow
	Title  course.Text
	Course string // code, such as C1
	Late   bool   // waiting longer than the center's promise
	Mine   bool   // the looker holds it
}

// Queue is what mentors see: whose turn it is, the longest waiting first.
type Queue struct {
	store.QueueFigures
	PromiseDays int
	Turn        practice.Turn
	Rows        []QueueRow
	More        bool
}

// QueueAfter is where the next page of a queue begins: after the last row shown.
type QueueAfter struct {
	Since time.Time
	ID    practice.SubmissionID
}

// LookAtQueue shows a mentor what waits for the center's mentors, over all assignments, or what was returned.
func (d *Desk) LookAtQueue(ctx context.Context, a Actor, turn practice.Turn, after QueueAfter) (Queue, error) {
	if err := must(a, member.Mentor, member.Coordinator); err != nil {
		return Queue{}, err
	}
	now := d.Now()
	center, err := d.Store.Center(ctx, a.Center)
	if err != nil {
		return Queue{}, err
	}
	promised := now.AddDate(0, 0, -center.PromiseDays)
	q := Queue{PromiseDays: center.PromiseDays, Turn: turn}
	if q.QueueFigures, err = d.Store.QueueFigures(ctx, a.Center, promised); err != nil {
		return Queue{}, err
	}
	rows, err := d.Store.Queue(ctx, store.QueueFilter{
		Center: a.Center, Mentor: a.Member, Turn: turn, OfferTo: now.Add(-OtherFirst), After: after.Since, AfterID: after.ID, Now: now, Limit: QueueSize + 1,
	})
	if err != nil {
		return Queue{}, err
	}
	if q.More = len(rows) > QueueSize; q.More {
		rows = rows[:QueueSize]
	}
	for _, r := range rows {
		row := QueueRow{QueueRow: r, Title: course.Text{JA: r.Ref.Item}, Late: turn == practice.WithMentor && r.Since.Before(promised), Mine: r.Claim.Mentor == a.Member}
		if it := d.Catalog.Item(r.Ref); it != nil {
			row.Title, row.Course = it.Title, d.course[r.Ref.Course].Code
		}
		q.Rows = append(q.Rows, row)
	}
	return q, nil
}

// NextPiece is the piece a mentor takes up next: the longest waiting that she may judge and nobody else holds. ok is false if none is left.
func (d *Desk) NextPiece(ctx context.Context, a Actor) (id practice.SubmissionID, ok bool, err error) {
	if err := must(a, member.Mentor); err != nil {
		return 0, false, err
	}
	now := d.Now()
	rows, err := d.Store.Queue(ctx, store.QueueFilter{
		Center: a.Center, Mentor: a.Member, Turn: practice.WithMentor, OfferTo: now.Add(-OtherFirst), ForHer: true, Now: now, Limit: 1,
	})
	if err != nil || len(rows) == 0 {
		return 0, false, err
	}
	return rows[0].ID, true, nil
}

// Bench is everything a mentor needs to judge a piece.
type Bench struct {
	practice.Submission
	Trainee     string
	Item        *course.Item // as taught today; nil if it no longer is
	Title       course.Text
	Assignment  course.Assignment // as it was when the attempt was handed in
	Attempts    []practice.Attempt
	Past        []practice.Assessment
	Claim       practice.Claim
	ClaimedBy   string
	Draft       practice.AssessmentDraft
	DraftSaved  time.Time
	IfPassed    Followed // what a pass would bring about
	PromiseDays int
	Earlier     []Piece // portfolios of the skill that she handed in before this one, the newest first
}

// Current is the attempt to be judged.
func (b Bench) Current() practice.Attempt { return b.Attempts[len(b.Attempts)-1] }

// Last is the judgement of the attempt before, whose fixes are looked at now.
func (b Bench) Last() (practice.Assessment, bool) {
	if n := len(b.Past); n > 0 {
		return b.Past[n-1], true
	}
	return practice.Assessment{}, false
}

// MaySit refuses a mentor who may not judge the piece as it stands, whoever holds it.
func (b Bench) MaySit(a Actor) error { return maySit(a, b.Submission, b.Past) }

// LookAtPiece opens a piece for a mentor; her own stays closed to her, for the bench shows what only mentors may know.
func (d *Desk) LookAtPiece(ctx context.Context, a Actor, id practice.SubmissionID) (Bench, error) {
	if err := must(a, member.Mentor); err != nil {
		return Bench{}, err
	}
	sub, err := d.Store.Submission(ctx, a.Center, id)
	if err != nil {
		return Bench{}, err
	}
	if sub.Attempts == 0 {
		return Bench{}, problem.Missing("store.missing")
	}
	if sub.Member == a.Member {
		return Bench{}, problem.Forbid("practice.own_work")
	}
	b := Bench{Submission: sub, Item: d.Catalog.Item(sub.Ref), Title: course.Text{JA: sub.Ref.Item}}
	if b.Item != nil {
		b.Title = b.Item.Title
	}
	if b.Attempts, err = d.Store.Attempts(ctx, id); err != nil {
		return b, err
	}
	if b.Past, err = d.Store.Assessments(ctx, id); err != nil {
		return b, err
	}
	if b.Assignment, err = d.assignmentAsUsed(ctx, sub.Ref, b.Current().AssignmentHash); err != nil {
		return b, err
	}
	if b.Claim, err = d.Store.Claim(ctx, id); err != nil {
		return b, err
	}
	names, err := d.Store.Names(ctx, []member.ID{sub.Member, b.Claim.Mentor})
	if err != nil {
		return b, err
	}
	b.Trainee, b.ClaimedBy = names[sub.Member], names[b.Claim.Mentor]
	if b.Draft, b.DraftSaved, err = d.assessDraft(ctx, a.Member, id, sub.Attempts); err != nil {
		return b, err
	}
	center, err := d.Store.Center(ctx, a.Center)
	if err != nil {
		return b, err
	}
	b.PromiseDays = center.PromiseDays
	if b.Earlier, err = d.earlier(ctx, a, b); err != nil {
		return b, err
	}
	if sub.Turn == practice.WithMentor {
		b.IfPassed, err = d.ifPassed(ctx, a, b)
	}
	return b, err
}

// earlier are the portfolios that came before a further one, as far as they were handed in at the mentor's center.
func (d *Desk) earlier(ctx context.Context, a Actor, b Bench) ([]Piece, error) {
	if b.Item == nil || b.Item.Portfolio.N < 2 {
		return nil, nil
	}
	subs, err := d.Store.Submissions(ctx, b.Member)
	if err != nil {
		return nil, err
	}
	var out []Piece
	for _, v := range slices.Backward(portfoliosOf(b.Item.Portfolio.Skill, subs)) {
		if v.ID < b.ID && v.Center == a.Center {
			out = append(out, d.piece(v, nil))
		}
	}
	return out, nil
}

// ifPassed tells what would follow if every row were marked as passing: awards, and job types she would be ready for.
func (d *Desk) ifPassed(ctx context.Context, a Actor, b Bench) (Followed, error) {
	now := d.Now()
	marks := make([]practice.Mark, len(b.Assignment.Rubric.Rows))
	for i, r := range b.Assignment.Rubric.Rows {
		marks[i] = practice.Mark{Row: r.ID, Level: course.Passing}
	}
	st, err := d.standing(ctx, b.Member, nil)
	if err != nil {
		return Followed{}, err
	}
	var f Followed
	for _, p := range practice.Proves(b.Assignment.Rubric, marks) {
		if st.record.Held(p.Skill.Skill) < p.Skill.Proves {
			f.Awards = append(f.Awards, GotAward{p.Skill.Skill, p.Skill.Proves})
		}
		st.record = append(st.record, skill.Award{Member: b.Member, Skill: p.Skill.Skill, Level: p.Skill.Proves, At: now, Evidence: skill.Evidence{
			Attempt: int64(b.Current().ID), Piece: int64(b.ID), Assessors: []member.ID{a.Member},
		}})
	}
	run, err := d.Store.RunByID(ctx, b.Run)
	if err != nil {
		return Followed{}, err
	}
	last := b.Passed.IsZero() && run.Completed.IsZero() && run.Total > 0 && run.Done+1 >= run.Total
	if last {
		f.Completed = run.Course
	}
	for _, bar := range d.Bars {
		facts := d.facts(bar, st)
		if last && run.Course == bar.Base {
			facts.BaseComplete = now
		}
		if readiness.Judge(bar, facts, now).Ready && !st.kept[bar.JobType].At(now).Ready {
			f.Ready = append(f.Ready, GotReady{bar.JobType})
		}
	}
	return f, nil
}

// ClaimPiece takes a piece for a mentor, or renews her claim while she works. Somebody else's claim is a Conflict.
func (d *Desk) ClaimPiece(ctx context.Context, a Actor, id practice.SubmissionID) (until time.Time, err error) {
	if err := must(a, member.Mentor); err != nil {
		return time.Time{}, err
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		sub, err := d.Store.LockSubmission(ctx, a.Center, id)
		if err != nil {
			return err
		}
		past, err := d.Store.Assessments(ctx, id)
		if err != nil {
			return err
		}
		if err := maySit(a, sub, past); err != nil {
			return err
		}
		held, err := d.Store.Claim(ctx, id)
		if err != nil {
			return err
		}
		until = now.Add(practice.ClaimFor)
		if err := d.Store.TakeClaim(ctx, practice.Claim{Submission: id, Mentor: a.Member, Until: until}, now); err != nil {
			return err
		}
		if held.Mentor == a.Member && held.Holds(now) {
			return nil // renewed: no news
		}
		return d.happened(ctx, a, now, "submission.claimed", audit.Subject{Kind: "submission", ID: int64(id)}, sub.Member, nil)
	})
	return until, err
}

// ReleasePiece gives a claim back, so that another mentor can take the piece at once.
func (d *Desk) ReleasePiece(ctx context.Context, a Actor, id practice.SubmissionID) error {
	if err := must(a, member.Mentor); err != nil {
		return err
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		sub, err := d.Store.Submission(ctx, a.Center, id)
		if err != nil {
			return err
		}
		if held, err := d.Store.Claim(ctx, id); err != nil || held.Mentor != a.Member {
			return err // she does not hold it: nothing happens
		}
		if err := d.Store.DropClaim(ctx, id, a.Member); err != nil {
			return err
		}
		return d.happened(ctx, a, now, "submission.released", audit.Subject{Kind: "submission", ID: int64(id)}, sub.Member, nil)
	})
}

func assessKey(id practice.SubmissionID) string {
	return "assess " + string(practice.ReceiptOf(practice.AttemptID(id)))
}

// SaveAssessment saves what a mentor has typed so far. It accepts what sending would refuse.
func (d *Desk) SaveAssessment(ctx context.Context, a Actor, id practice.SubmissionID, w practice.AssessmentDraft) (saved time.Time, err error) {
	if err := must(a, member.Mentor); err != nil {
		return time.Time{}, err
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if _, err := d.Store.Submission(ctx, a.Center, id); err != nil {
			return err
		}
		saved = now
		return d.saveDraft(ctx, a.Member, assessKey(id), w, now)
	})
	return saved, err
}

// assessDraft reads a mentor's half-written judgement, if it was of this attempt.
func (d *Desk) assessDraft(ctx context.Context, m member.ID, id practice.SubmissionID, attempt int) (practice.AssessmentDraft, time.Time, error) {
	var w practice.AssessmentDraft
	draft, err := d.Store.Draft(ctx, m, assessKey(id))
	if err != nil || draft.Body == nil {
		return practice.AssessmentDraft{}, time.Time{}, err
	}
	if err := json.Unmarshal(draft.Body, &w); err != nil {
		return practice.AssessmentDraft{}, time.Time{}, err
	}
	if w.Attempt != attempt {
		return practice.AssessmentDraft{}, time.Time{}, nil
	}
	return w, draft.SavedAt, nil
}

// Wait is how long pieces have been waiting lately: the honest answer to "when will it come back?".
type Wait struct {
	Known       bool
	Usual       time.Duration // half came back faster
	Mostly      time.Duration // four in five came back faster
	PromiseDays int
}

// leastWaits is how many judgements an honest figure rests on.
const leastWaits = 5

// waitFor is how long a figure is shown before it is read anew.
const waitFor = time.Minute

// waits keeps each center's figure for a minute: every trainee's page shows it, and it moves slowly.
type waits struct {
	mu   sync.Mutex
	kept map[member.CenterID]keptWait
}

type keptWait struct {
	wait Wait
	at   time.Time
}

func (d *Desk) wait(ctx context.Context, c member.CenterID) (Wait, error) {
	now := d.Now()
	d.waits.mu.Lock()
	k, ok := d.waits.kept[c]
	d.waits.mu.Unlock()
	if age := now.Sub(k.at); ok && age >= 0 && age < waitFor {
		return k.wait, nil
	}
	center, err := d.Store.Center(ctx, c)
	if err != nil {
		return Wait{}, err
	}
	w := Wait{PromiseDays: center.PromiseDays}
	recent, err := d.Store.RecentWait(ctx, c, 50)
	if err != nil {
		return w, err
	}
	if len(recent) >= leastWaits {
		slices.Sort(recent)
		w.Known, w.Usual, w.Mostly = true, recent[len(recent)/2], recent[len(recent)*4/5]
	}
	d.waits.mu.Lock()
	defer d.waits.mu.Unlock()
	d.waits.kept[c] = keptWait{w, now}
	return w, nil
}
