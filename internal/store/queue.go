package store

import (
	"context"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

// QueueRow is a line of the mentors' queue.
type QueueRow struct {
	ID         practice.SubmissionID
	Ref        course.Ref
	Trainee    string
	Own        bool // the work of the one who looks
	Since      time.Time
	Attempts   int
	SecondLook bool
	OtherFirst bool // offered first to another mentor than the one who looks
	Fixes      int  // of the last round
	Ticked     int  // of them the trainee says are done
	Claim      practice.Claim
	ClaimedBy  string
}

// QueueFilter bounds a look at the queue.
type QueueFilter struct {
	Center  member.CenterID
	Mentor  member.ID // who looks
	Turn    practice.Turn
	OfferTo time.Time // pieces that came after this are kept from the mentor they should not go to; zero: no piece is
	After   time.Time // keyset: the last row shown
	AfterID practice.SubmissionID
	ForHer  bool // only what she may judge now: nobody else holds it, it is not her own, and not what she has judged already
	Now     time.Time
	Limit   int
}

// Queue lists submissions by whose turn it is, the longest waiting first, in one query along one index.
func (s *Store) Queue(ctx context.Context, f QueueFilter) ([]QueueRow, error) {
	where, args := "s.center_id = ? AND s.turn = ? AND s.attempts > 0", []any{f.Center, f.Turn}
	if !f.OfferTo.IsZero() {
		where += " AND NOT (s.not_mentor = ? AND s.turn_since > ?)"
		args = append(args, f.Mentor, ms(f.OfferTo))
	}
	if f.AfterID != 0 {
		where += " AND (s.turn_since, s.id) > (?, ?)"
		args = append(args, ms(f.After), f.AfterID)
	}
	if f.ForHer {
		where += ` AND NOT EXISTS (SELECT 1 FROM claim x WHERE x.submission_id = s.id AND x.mentor_id <> ? AND x.until > ?) AND s.member_id <> ?
			AND NOT EXISTS (SELECT 1 FROM assessment x JOIN attempt y ON y.id = x.attempt_id WHERE x.submission_id = s.id AND y.n = s.attempts AND x.mentor_id = ?)`
		args = append(args, f.Mentor, ms(f.Now), f.Mentor, f.Mentor)
	}
	var out []QueueRow
	err := scan(s.q(ctx).Raw(`SELECT s.id, s.course, s.module, s.item, s.member_id, s.turn_since, s.attempts, s.second_look, s.not_mentor,
		m.name, COALESCE(c.mentor_id, 0), COALESCE(c.until, 0), COALESCE(w.name, ''),
		(SELECT COUNT(*) FROM fix f WHERE f.assessment_id = (SELECT MAX(a.id) FROM assessment a WHERE a.submission_id = s.id)),
		(SELECT COUNT(*) FROM fix f WHERE f.ticked_at > 0 AND f.assessment_id = (SELECT MAX(a.id) FROM assessment a WHERE a.submission_id = s.id))
		FROM submission s JOIN member m ON m.id = s.member_id LEFT JOIN claim c ON c.submission_id = s.id LEFT JOIN member w ON w.id = c.mentor_id
		WHERE `+where+` ORDER BY s.turn_since, s.id LIMIT ?`, append(args, f.Limit)...), func(columns row) error {
		var r QueueRow
		var owner, notMentor member.ID
		var since, until int64
		var c practice.Claim
		var holder string
		err := columns(&r.ID, &r.Ref.Course, &r.Ref.Module, &r.Ref.Item, &owner, &since, &r.Attempts, &r.SecondLook, &notMentor,
			&r.Trainee, &c.Mentor, &until, &holder, &r.Fixes, &r.Ticked)
		r.Since, r.Own, r.OtherFirst = at(since), owner == f.Mentor, notMentor != 0 && notMentor == f.Mentor
		if c.Submission, c.Until = r.ID, at(until); c.Holds(f.Now) {
			r.Claim, r.ClaimedBy = c, holder
		}
		out = append(out, r)
		return err
	})
	return out, wrap("list queue", err)
}

// QueueFigures are what stands above the queue.
type QueueFigures struct {
	Waiting  int
	Returned int
	Late     int // waiting longer than the promise
	Oldest   time.Time
}

// QueueFigures counts a center's queue; promised is the instant before which waiting breaks the promise.
func (s *Store) QueueFigures(ctx context.Context, c member.CenterID, promised time.Time) (QueueFigures, error) {
	var r struct {
		Waiting, Returned, Late int
		Oldest                  int64
	}
	err := s.q(ctx).Raw(`SELECT
		(SELECT COUNT(*) FROM submission WHERE center_id = @c AND turn = 'mentor') AS waiting,
		(SELECT COUNT(*) FROM submission WHERE center_id = @c AND turn = 'trainee' AND attempts > 0) AS returned,
		(SELECT COUNT(*) FROM submission WHERE center_id = @c AND turn = 'mentor' AND turn_since < @p) AS late,
		(SELECT COALESCE(MIN(turn_since), 0) FROM submission WHERE center_id = @c AND turn = 'mentor') AS oldest`,
		map[string]any{"c": c, "p": ms(promised)}).Scan(&r).Error
	return QueueFigures{r.Waiting, r.Returned, r.Late, at(r.Oldest)}, wrap("count queue", err)
}

// waitsBack is how many judgements RecentWait looks back.
const waitsBack = 2000

// RecentWait is how long a center's last assessed attempts waited, the shortest first: the honest wait. It looks no further
// back than the last judgements of all centers together, so that a quiet center costs no walk through everybody's.
func (s *Store) RecentWait(ctx context.Context, c member.CenterID, limit int) ([]time.Duration, error) {
	var rs []int64
	err := s.q(ctx).Raw(`SELECT x.wait FROM (SELECT a.at - t.at AS wait FROM assessment a JOIN attempt t ON t.id = a.attempt_id
		JOIN submission s ON s.id = a.submission_id WHERE a.id > (SELECT MAX(id) FROM assessment) - ? AND +s.center_id = ? AND NOT a.second_look ORDER BY a.id DESC LIMIT ?) x ORDER BY x.wait`, // +: SQLite must not begin with all of the center's pieces
		waitsBack, c, limit).Scan(&rs).Error
	out := make([]time.Duration, len(rs))
	for i, w := range rs {
		out[i] = time.Duration(w) * time.Millisecond
	}
	return out, wrap("read recent waits", err)
}
