package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

// Difference is a stored figure that does not follow from the facts.
type Difference struct {
	Figure string // such as "run.done"
	ID     int64  // of the row: the run, the cohort, the submission …
	Part   string // the module, the skill, the job type …
	Member member.ID
	Kept   string
	Facts  string // what it would have to be
	Fixed  bool
}

// figure is how one stored figure follows from the facts. facts selects id, part, member, kept and facts of every row; set
// writes @facts where @id, @part and @member say; without it the figure can only be reported.
type figure struct {
	name, facts, set string
	text             bool           // the figure is text, not a number
	args             map[string]any // that facts names
}

// Recount compares every stored figure that SQL alone can derive with the facts, and writes the right one if asked to (then
// it needs a transaction). Figures that others build upon come first.
func (s *Store) Recount(ctx context.Context, fix bool) ([]Difference, error) {
	var out []Difference
	for _, f := range s.figures() {
		found, err := s.recount(ctx, f, fix)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (s *Store) recount(ctx context.Context, f figure, fix bool) ([]Difference, error) {
	var out []Difference
	var args []any
	if f.args != nil {
		args = append(args, f.args)
	}
	err := s.q(ctx).Raw(`SELECT '`+f.name+`' AS figure, id, part, member, CAST(kept AS TEXT) AS kept, CAST(facts AS TEXT) AS facts
		FROM (`+f.facts+`) x WHERE kept <> facts ORDER BY id, part, member`, args...).Scan(&out).Error
	if err != nil {
		return nil, wrap("recount "+f.name, err)
	}
	if !fix || f.set == "" {
		return out, nil
	}
	for i := range out {
		d := &out[i]
		var value any = d.Facts
		if !f.text {
			if value, err = strconv.ParseInt(d.Facts, 10, 64); err != nil {
				return nil, wrap("recount "+f.name, err)
			}
		}
		row := map[string]any{"facts": value, "id": d.ID, "part": d.Part, "member": d.Member}
		if err := s.x(ctx).Exec(f.set, row).Error; err != nil {
			return nil, wrap("mend "+f.name, err)
		}
		d.Fixed = true
	}
	return out, nil
}

func (s *Store) figures() []figure {
	largest := "MAX"
	if s.postgres {
		largest = "GREATEST"
	}
	enrolment := func(name, kept, facts string) figure {
		return figure{
			name: "enrolment." + name,
			facts: `SELECT e.cohort_id AS id, '' AS part, e.member_id AS member, e.` + kept + ` AS kept, ` + facts + ` AS facts
				FROM enrolment e JOIN (` + enrolmentFigures + ` GROUP BY e.cohort_id, e.member_id) f ON f.cohort_id = e.cohort_id AND f.member_id = e.member_id`,
			set: "UPDATE enrolment SET " + kept + " = @facts WHERE cohort_id = @id AND member_id = @member",
		}
	}
	submission := func(column, facts string, text bool) figure {
		return figure{
			name:  "submission." + column,
			facts: "SELECT s.id, '' AS part, s.member_id AS member, s." + column + " AS kept, " + facts + " AS facts FROM submission s",
			set:   "UPDATE submission SET " + column + " = @facts, version = version + 1 WHERE id = @id", text: text,
		}
	}
	module := func(column, facts string) figure {
		return figure{
			name: "module." + column,
			facts: `SELECT m.run_id AS id, m.module AS part, r.member_id AS member, m.` + column + ` AS kept, (` + facts + `) AS facts
				FROM run_module m JOIN course_run r ON r.id = m.run_id`,
			set: "UPDATE run_module SET " + column + " = @facts WHERE run_id = @id AND module = @part",
		}
	}
	run := func(column, facts string) figure {
		return figure{
			name:  "run." + column,
			facts: "SELECT r.id, r.course AS part, r.member_id AS member, r." + column + " AS kept, " + facts + " AS facts FROM course_run r",
			set:   "UPDATE course_run SET " + column + " = @facts WHERE id = @id",
		}
	}
	return append([]figure{
		submission("attempts", "(SELECT COUNT(*) FROM attempt t WHERE t.submission_id = s.id)", false),
		submission("passed_at", firstPass, false),
		submission("turn", submissionTurn, true),
		submission("turn_since", submissionTurnSince, false),
		module("done", "SELECT COUNT(*) FROM item_done d WHERE d.run_id = m.run_id AND d.module = m.module AND d.counts"),
		module("waiting", "SELECT COUNT(*) FROM submission s WHERE s.run_id = m.run_id AND s.module = m.module AND s.turn = 'mentor'"),
		module("returned", "SELECT COUNT(*) FROM submission s WHERE s.run_id = m.run_id AND s.module = m.module AND s.turn = 'trainee' AND s.attempts > 0"),
		run("done", "(SELECT COUNT(*) FROM item_done d WHERE d.run_id = r.id AND d.counts)"),
		run("last_activity", largest+`(COALESCE((SELECT MAX(q.at) FROM quiz_attempt q WHERE q.run_id = r.id), 0),
			COALESCE((SELECT MAX(t.at) FROM attempt t JOIN submission s ON s.id = t.submission_id WHERE s.run_id = r.id), 0),
			COALESCE((SELECT MAX(d.at) FROM item_done d WHERE d.run_id = r.id AND NOT EXISTS
				(SELECT 1 FROM submission s WHERE s.run_id = d.run_id AND s.module = d.module AND s.item = d.item)), 0))`),
		enrolment("done", "done", "f.done"),
		enrolment("total", "total", "f.total"),
		enrolment("progress", "progress_permille", "CASE WHEN f.total <= 0 THEN 0 WHEN f.done >= f.total THEN 1000 ELSE f.done * 1000 / f.total END"),
		enrolment("finished", "finished_at", "CASE WHEN f.open > 0 THEN 0 ELSE f.finished END"),
		// What she did before she joined the cohort is no sign of life in it.
		enrolment("last_activity", "last_activity", "COALESCE((SELECT MAX(r.last_activity) FROM course_run r WHERE r.member_id = e.member_id AND r.last_activity >= e.at), 0)"),
		{
			name: "enrolment.sort_name",
			facts: `SELECT e.cohort_id AS id, '' AS part, e.member_id AS member, e.sort_name AS kept, CASE WHEN m.kana = '' THEN m.name ELSE m.kana END AS facts
				FROM enrolment e JOIN member m ON m.id = e.member_id`,
			set: "UPDATE enrolment SET sort_name = @facts WHERE cohort_id = @id AND member_id = @member", text: true,
		},
		{
			name: "award.member",
			facts: `SELECT w.id, w.skill AS part, s.member_id AS member, w.member_id AS kept, s.member_id AS facts
				FROM award w JOIN attempt t ON t.id = w.attempt_id JOIN submission s ON s.id = t.submission_id`,
			set: "UPDATE award SET member_id = @facts WHERE id = @id",
		},
		{ // the unique key forbids it; a database restored without its keys would not
			name:  "award.once",
			facts: "SELECT MIN(w.id) AS id, w.skill AS part, MIN(w.member_id) AS member, COUNT(*) AS kept, 1 AS facts FROM award w GROUP BY w.attempt_id, w.skill",
		},
	}, certificateFigures()...)
}

// certificateFigures are those of certificates, batches of them and their status lists.
func certificateFigures() []figure {
	batch := func(column, counts string) figure {
		return figure{
			name:  "batch." + column,
			facts: "SELECT b.id, '' AS part, b.made_by AS member, b." + column + " AS kept, (SELECT COUNT(*) FROM batch_item i WHERE i.batch_id = b.id AND " + counts + ") AS facts FROM batch b",
			set:   "UPDATE batch SET " + column + " = @facts WHERE id = @id",
		}
	}
	return []figure{
		{
			name: "certificate.issued",
			facts: `SELECT g.id, g.subject AS part, g.member_id AS member, (SELECT COUNT(*) FROM certificate c WHERE c.grant_id = g.id AND c.revision = 1) AS kept, 1 AS facts
				FROM certificate_grant g`,
		},
		{
			name: "certificate.center",
			facts: `SELECT c.id, g.subject AS part, g.member_id AS member, c.center_id AS kept, g.center_id AS facts
				FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id`,
			set: "UPDATE certificate SET center_id = @facts WHERE id = @id",
		},
		batch("total", "n > 0"),
		batch("done", "i.done_at > 0"),
		batch("failed", "i.problem <> ''"),
		{
			name:  "status_list.taken",
			facts: "SELECT l.n AS id, '' AS part, 0 AS member, l.taken AS kept, (SELECT COUNT(*) FROM status_entry e WHERE e.list = l.n) AS facts FROM status_list l",
			set:   "UPDATE status_list SET taken = @facts WHERE n = @id",
		},
	}
}

// How a submission's state follows from its attempts and judgements.
const (
	firstPass     = `COALESCE((SELECT MIN(a.at) FROM assessment a WHERE a.submission_id = s.id AND a.verdict = 'pass' AND NOT a.second_look), 0)`
	lastIsJudged  = `EXISTS (SELECT 1 FROM assessment a JOIN attempt t ON t.id = a.attempt_id WHERE a.submission_id = s.id AND t.n = (SELECT MAX(x.n) FROM attempt x WHERE x.submission_id = s.id))`
	lastHandIn    = `(SELECT MAX(t.at) FROM attempt t WHERE t.submission_id = s.id)`
	lastJudgement = `(SELECT MAX(a.at) FROM assessment a WHERE a.submission_id = s.id)`

	// Nobody waits for the work of somebody who was erased.
	submissionTurn = `CASE WHEN EXISTS (SELECT 1 FROM member m WHERE m.id = s.member_id AND m.erased_at > 0) THEN 'nobody'
		WHEN ` + firstPass + ` > 0 AND s.second_look THEN 'mentor' WHEN ` + firstPass + ` > 0 THEN 'nobody'
		WHEN ` + lastHandIn + ` IS NULL OR ` + lastIsJudged + ` THEN 'trainee' ELSE 'mentor' END`
	// When a second look was asked for stands in the trail alone.
	submissionTurnSince = `CASE WHEN s.second_look THEN s.turn_since WHEN ` + lastHandIn + ` IS NULL THEN s.opened_at
		WHEN ` + lastIsJudged + ` THEN ` + lastJudgement + ` ELSE ` + lastHandIn + ` END`
)

// Outlines are the hashes of the outlines that runs follow.
func (s *Store) Outlines(ctx context.Context) ([]string, error) {
	var out []string
	err := s.q(ctx).Raw("SELECT DISTINCT outline_hash FROM course_run ORDER BY outline_hash").Scan(&out).Error
	return out, wrap("list outlines", err)
}

// RecountTotals compares what there is to do, in runs that follow an outline, with the outline: items by module.
func (s *Store) RecountTotals(ctx context.Context, outline string, modules map[string]int, fix bool) ([]Difference, error) {
	var out []Difference
	sum := 0
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		sum += modules[name]
		found, err := s.recount(ctx, figure{
			name: "module.total",
			facts: `SELECT m.run_id AS id, m.module AS part, r.member_id AS member, m.total AS kept, CAST(@want AS INTEGER) AS facts
				FROM run_module m JOIN course_run r ON r.id = m.run_id WHERE r.outline_hash = @outline AND m.module = @module`,
			set:  "UPDATE run_module SET total = @facts WHERE run_id = @id AND module = @part",
			args: map[string]any{"outline": outline, "module": name, "want": modules[name]},
		}, fix)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	found, err := s.recount(ctx, figure{
		name:  "run.total",
		facts: "SELECT r.id, r.course AS part, r.member_id AS member, r.total AS kept, CAST(@want AS INTEGER) AS facts FROM course_run r WHERE r.outline_hash = @outline",
		set:   "UPDATE course_run SET total = @facts WHERE id = @id",
		args:  map[string]any{"outline": outline, "want": sum},
	}, fix)
	return append(out, found...), err
}

// Incomplete is a run whose completion does not follow from what is done.
type Incomplete struct {
	Run       course.RunID
	Member    member.ID
	Course    string
	Completed time.Time // as kept
	Last      time.Time // when the last of the items was done; zero: not all are
}

// Incomplete lists the runs of an outline that are complete without all of its items ("module/item") or incomplete with them.
func (s *Store) Incomplete(ctx context.Context, outline string, items []string) ([]Incomplete, error) {
	if len(items) == 0 {
		return nil, nil
	}
	var rs []struct {
		ID          int64
		MemberID    int64
		Course      string
		CompletedAt int64
		N           int
		Last        int64
	}
	err := s.q(ctx).Raw(`SELECT r.id, r.member_id, r.course, r.completed_at, COUNT(d.item) AS n, COALESCE(MAX(d.at), 0) AS last
		FROM course_run r LEFT JOIN item_done d ON d.run_id = r.id AND d.module || '/' || d.item IN ?
		WHERE r.outline_hash = ? GROUP BY r.id, r.member_id, r.course, r.completed_at
		HAVING (r.completed_at = 0) = (COUNT(d.item) >= ?) ORDER BY r.id`, items, outline, len(items)).Scan(&rs).Error
	out := make([]Incomplete, len(rs))
	for i, r := range rs {
		out[i] = Incomplete{Run: course.RunID(r.ID), Member: member.ID(r.MemberID), Course: r.Course, Completed: at(r.CompletedAt)}
		if r.N >= len(items) {
			out[i].Last = at(r.Last)
		}
	}
	return out, wrap("list incomplete runs", err)
}

// SetCompleted makes a run's completion what it has to be; the zero time takes it back.
func (s *Store) SetCompleted(ctx context.Context, id course.RunID, when time.Time) error {
	return changed("set completion", s.x(ctx).Table("course_run").Where("id = ?", id).Update("completed_at", ms(when)))
}

// Ungranted lists completed runs for which nothing was granted.
func (s *Store) Ungranted(ctx context.Context) ([]Incomplete, error) {
	var rs []runRow
	err := s.q(ctx).Raw(`SELECT r.* FROM course_run r WHERE r.completed_at > 0 AND NOT EXISTS (SELECT 1 FROM certificate_grant g
		WHERE g.member_id = r.member_id AND g.kind = 'course' AND g.subject = r.course AND g.edition = r.edition)
		AND NOT EXISTS (SELECT 1` + notOwn + ` AND b.run_id = r.id) ORDER BY r.id`).Scan(&rs).Error
	out := make([]Incomplete, len(rs))
	for i, r := range rs {
		out[i] = Incomplete{course.RunID(r.ID), member.ID(r.MemberID), r.Course, at(r.CompletedAt), at(r.CompletedAt)}
	}
	return out, wrap("list completed runs without a grant", err)
}

// Earned is a skill at a level that somebody seems to have earned a certificate for.
type Earned struct {
	Member member.ID
	Skill  skill.ID
	Level  skill.Level
	Center member.CenterID // in which the judgement was made that completed it
}

// Certifiable lists who seems to have earned a certificate of a skill at just this level and was never granted it: awards at
// the level or above, judged by so many, on so many pieces. Whether it is due is for the rule to say.
func (s *Store) Certifiable(ctx context.Context, level skill.Level, pieces, assessors int) ([]Earned, error) {
	const judged = ` FROM award a JOIN award_assessor x ON x.award_id = a.id JOIN attempt t ON t.id = a.attempt_id JOIN submission b ON b.id = t.submission_id`
	const proves = ` a.level >= @level AND a.` + counts
	var out []Earned
	var done, by map[int64]bool // the pieces and people so far, of the last in out
	query := `SELECT a.member_id, a.skill, b.id, b.center_id, x.mentor_id` + judged + ` JOIN (SELECT a.member_id, a.skill` + judged + `
		WHERE` + proves + ` AND NOT EXISTS
			(SELECT 1 FROM certificate_grant g WHERE g.member_id = a.member_id AND g.kind = 'skill' AND g.subject = a.skill AND g.edition = @edition)
		GROUP BY a.member_id, a.skill HAVING COUNT(DISTINCT b.id) >= @pieces AND COUNT(DISTINCT x.mentor_id) >= @assessors
		) e ON e.member_id = a.member_id AND e.skill = a.skill WHERE` + proves + ` ORDER BY a.member_id, a.skill, x.at, x.assessment_id`
	args := map[string]any{"level": level, "edition": certificate.LevelEdition(level), "pieces": pieces, "assessors": assessors}
	err := scan(s.q(ctx).Raw(query, args), func(columns row) error {
		e := Earned{Level: level}
		var piece, mentor int64
		if err := columns(&e.Member, &e.Skill, &piece, &e.Center, &mentor); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].Member != e.Member || out[n-1].Skill != e.Skill {
			out, done, by = append(out, e), map[int64]bool{}, map[int64]bool{}
		}
		if len(done) < pieces || len(by) < assessors {
			out[len(out)-1].Center = e.Center
		}
		done[piece], by[mentor] = true, true
		return nil
	})
	return out, wrap("list earned skills without a grant", err)
}

// Judged is a kept flag with the facts about its holder that are not her record.
type Judged struct {
	KeptReadiness
	Hours   member.Availability
	Consent bool
	Base    time.Time           // when she completed the base course; zero if she did not
	Quizzes map[string]QuizBest // of the base course, by "module/item"
}

// JudgedAfter lists kept flags of a job type by member, a batch at a time, with the facts of its base course, in a number
// of queries that does not grow with the batch.
func (s *Store) JudgedAfter(ctx context.Context, t readiness.JobType, base string, after member.ID, limit int) ([]Judged, error) {
	var rs []struct {
		Row           readinessRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		HoursWeek     int
		HoursStatedAt int64
		ShareAt       int64
		RunID         int64
		CompletedAt   int64
	}
	err := s.q(ctx).Raw(`SELECT k.*, m.hours_week, m.hours_stated_at, m.share_at, COALESCE(r.id, 0) AS run_id, COALESCE(r.completed_at, 0) AS completed_at
		FROM readiness k JOIN member m ON m.id = k.member_id
		LEFT JOIN course_run r ON r.id = (SELECT MAX(x.id) FROM course_run x WHERE x.member_id = k.member_id AND x.course = ?)
		WHERE k.job_type = ? AND k.member_id > ? ORDER BY k.member_id LIMIT ?`, base, t, after, limit).Scan(&rs).Error
	if err != nil {
		return nil, wrap("list kept readiness", err)
	}
	out, runs, place := make([]Judged, len(rs)), make([]int64, 0, len(rs)), map[int64]int{}
	for i, r := range rs {
		kept, err := r.Row.noun()
		if err != nil {
			return nil, wrap("read readiness", err)
		}
		out[i] = Judged{
			kept,
			member.Availability{HoursWeek: r.HoursWeek, Stated: at(r.HoursStatedAt)},
			r.ShareAt > 0,
			at(r.CompletedAt),
			map[string]QuizBest{},
		}
		if r.RunID > 0 {
			runs, place[r.RunID] = append(runs, r.RunID), i
		}
	}
	if len(runs) == 0 {
		return out, nil
	}
	var best []struct {
		RunID        int64
		Module, Item string
		Best, Tries  int
	}
	err = s.q(ctx).Raw(`SELECT run_id, module, item, MAX(percent) AS best, COUNT(*) AS tries FROM quiz_attempt WHERE run_id IN ?
		GROUP BY run_id, module, item`, runs).Scan(&best).Error
	for _, b := range best {
		out[place[b.RunID]].Quizzes[b.Module+"/"+b.Item] = QuizBest{b.Best, b.Tries}
	}
	return out, wrap("read best marks", err)
}
