package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

type courseTextRow struct {
	Hash string
	Kind string
	Body string
}

func (courseTextRow) TableName() string { return "course_text" }

// KeepText keeps an assignment, quiz or outline as it was used, once for its hash.
func (s *Store) KeepText(ctx context.Context, hash, kind string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return wrap("keep course text", err)
	}
	return wrap("keep course text", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&courseTextRow{hash, kind, string(b)}).Error)
}

// Text reads back what KeepText kept.
func (s *Store) Text(ctx context.Context, hash string, v any) error {
	var r courseTextRow
	if err := s.q(ctx).Where("hash = ?", hash).Take(&r).Error; err != nil {
		return wrap("read course text", err)
	}
	return wrap("read course text", json.Unmarshal([]byte(r.Body), v))
}

type runRow struct {
	ID           int64
	MemberID     int64
	CenterID     int64
	Course       string
	Edition      string
	OutlineHash  string
	StartedAt    int64
	CompletedAt  int64
	Total        int
	Done         int
	LastActivity int64
}

func (runRow) TableName() string { return "course_run" }

func (r runRow) noun() cohort.CourseRun {
	return cohort.CourseRun{
		ID: course.RunID(r.ID), Member: member.ID(r.MemberID), Center: member.CenterID(r.CenterID), Course: r.Course, Edition: r.Edition,
		Outline: r.OutlineHash, Started: at(r.StartedAt), Completed: at(r.CompletedAt), Total: r.Total, Done: r.Done, LastActivity: at(r.LastActivity),
	}
}

// AddRun keeps a new run with its modules' totals; an existing one stays as it is. It returns the run either way.
func (s *Store) AddRun(ctx context.Context, v cohort.CourseRun, modules []cohort.ModuleProgress) (cohort.CourseRun, error) {
	r := runRow{
		MemberID: int64(v.Member), CenterID: int64(v.Center), Course: v.Course, Edition: v.Edition,
		OutlineHash: v.Outline, StartedAt: ms(v.Started), Total: v.Total,
	}
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
	if res.Error != nil {
		return cohort.CourseRun{}, wrap("keep run", res.Error)
	}
	if res.RowsAffected == 0 {
		return s.Run(ctx, v.Member, v.Course)
	}
	rows := make([]moduleRow, len(modules))
	for i, m := range modules {
		rows[i] = moduleRow{RunID: r.ID, Module: m.Module, Total: m.Total}
	}
	if err := s.x(ctx).Create(&rows).Error; err != nil {
		return cohort.CourseRun{}, wrap("keep run's modules", err)
	}
	return r.noun(), nil
}

// Run finds a person's run of a course, the newest edition she began.
func (s *Store) Run(ctx context.Context, m member.ID, slug string) (cohort.CourseRun, error) {
	return s.run(ctx, "member_id = ? AND course = ? ORDER BY id DESC LIMIT 1", m, slug)
}

// RunByID reads a run.
func (s *Store) RunByID(ctx context.Context, id course.RunID) (cohort.CourseRun, error) {
	return s.run(ctx, "id = ?", id)
}

func (s *Store) run(ctx context.Context, where string, args ...any) (r cohort.CourseRun, err error) {
	err = scan(s.q(ctx).Raw("SELECT "+runColumns+" FROM course_run WHERE "+where, args...), func(columns row) (err error) {
		r, err = readRun(columns)
		return err
	})
	if err == nil && r.ID == 0 {
		err = gorm.ErrRecordNotFound
	}
	return r, wrap("read run", err)
}

const runColumns = "id, member_id, center_id, course, edition, outline_hash, started_at, completed_at, total, done, last_activity"

func readRun(columns row) (cohort.CourseRun, error) {
	var r runRow
	err := columns(&r.ID, &r.MemberID, &r.CenterID, &r.Course, &r.Edition, &r.OutlineHash, &r.StartedAt, &r.CompletedAt, &r.Total, &r.Done, &r.LastActivity)
	return r.noun(), err
}

// Runs are a person's runs, the oldest first.
func (s *Store) Runs(ctx context.Context, m member.ID) ([]cohort.CourseRun, error) {
	var out []cohort.CourseRun
	err := scan(s.q(ctx).Raw("SELECT "+runColumns+" FROM course_run WHERE member_id = ? ORDER BY id", m), func(columns row) error {
		r, err := readRun(columns)
		out = append(out, r)
		return err
	})
	return out, wrap("list runs", err)
}

type moduleRow struct {
	RunID    int64
	Module   string
	Total    int
	Done     int
	Waiting  int
	Returned int
}

func (moduleRow) TableName() string { return "run_module" }

func (r moduleRow) noun() cohort.ModuleProgress {
	return cohort.ModuleProgress{Run: course.RunID(r.RunID), Module: r.Module, Total: r.Total, Done: r.Done, Waiting: r.Waiting, Returned: r.Returned}
}

// Modules are the modules' figures of some runs.
func (s *Store) Modules(ctx context.Context, runs []course.RunID) ([]cohort.ModuleProgress, error) {
	if len(runs) == 0 {
		return nil, nil
	}
	var rs []moduleRow
	err := s.q(ctx).Where("run_id IN ?", runs).Find(&rs).Error
	out := make([]cohort.ModuleProgress, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("read modules", err)
}

type itemDoneRow struct {
	RunID  int64
	Module string
	Item   string
	At     int64
	Counts bool
}

func (itemDoneRow) TableName() string { return "item_done" }

// MarkDone keeps that an item is done and moves the counters of its module, its run and the enrolments it counts for.
// first is false if it was done before; then nothing moves. Nor does it if the item does not count: it was added to the
// course after the run was begun.
func (s *Store) MarkDone(ctx context.Context, run cohort.CourseRun, r course.Ref, counts bool, now time.Time) (first bool, err error) {
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&itemDoneRow{int64(run.ID), r.Module, r.Item, ms(now), counts})
	if res.Error != nil || res.RowsAffected == 0 {
		return false, wrap("keep item", res.Error)
	}
	if !counts {
		return true, nil
	}
	if err := s.MoveModule(ctx, run.ID, r.Module, 1, 0, 0); err != nil {
		return false, err
	}
	if err := changed("move run", s.x(ctx).Table("course_run").Where("id = ?", run.ID).Update("done", gorm.Expr("done + 1"))); err != nil {
		return false, err
	}
	return true, wrap("move enrolments", s.x(ctx).Exec(`UPDATE enrolment SET done = done + 1,
		progress_permille = CASE WHEN total <= 0 THEN 0 WHEN done + 1 >= total THEN 1000 ELSE (done + 1) * 1000 / total END
		WHERE member_id = ? AND cohort_id IN (SELECT cohort_id FROM cohort_course WHERE course = ?)`, run.Member, run.Course).Error)
}

// MoveModule moves a module's counters. A module that was added to the course after the run was begun has none.
func (s *Store) MoveModule(ctx context.Context, run course.RunID, module string, done, waiting, returned int) error {
	return wrap("move module", s.x(ctx).Table("run_module").Where("run_id = ? AND module = ?", run, module).Updates(map[string]any{
		"done": gorm.Expr("done + ?", done), "waiting": gorm.Expr("waiting + ?", waiting), "returned": gorm.Expr("returned + ?", returned),
	}).Error)
}

// DoneItems are the items of a run that are done, with when.
func (s *Store) DoneItems(ctx context.Context, run course.RunID) (map[string]time.Time, error) {
	done, err := s.DoneItemsOf(ctx, []course.RunID{run})
	return done[run], err
}

// Complete marks a run as completed; false if it was before.
func (s *Store) Complete(ctx context.Context, run course.RunID, now time.Time) (bool, error) {
	r := s.x(ctx).Table("course_run").Where("id = ? AND completed_at = 0", run).Update("completed_at", ms(now))
	return r.RowsAffected == 1, wrap("complete run", r.Error)
}

// Touch keeps that a person did something: on the run, and on her enrolments. The last activity never goes back, whatever
// the clocks of two nodes say.
func (s *Store) Touch(ctx context.Context, v cohort.CourseRun, now time.Time) error {
	latest := gorm.Expr("CASE WHEN last_activity < ? THEN ? ELSE last_activity END", ms(now), ms(now))
	if err := s.x(ctx).Table("course_run").Where("id = ?", v.ID).Update("last_activity", latest).Error; err != nil {
		return wrap("touch run", err)
	}
	return wrap("touch enrolments", s.x(ctx).Table("enrolment").Where("member_id = ?", v.Member).Update("last_activity", latest).Error)
}

// CountEnrolments makes a person's enrolment figures follow from her runs. Deeds move them step by step; this is for what
// changes them as a whole: an enrolment, a course completed.
func (s *Store) CountEnrolments(ctx context.Context, m member.ID) error {
	return wrap("count enrolments", s.x(ctx).Exec(`UPDATE enrolment SET done = f.done, total = f.total,
		progress_permille = CASE WHEN f.total <= 0 THEN 0 WHEN f.done >= f.total THEN 1000 ELSE f.done * 1000 / f.total END,
		finished_at = CASE WHEN f.open > 0 THEN 0 ELSE f.finished END
		FROM (`+enrolmentFigures+` WHERE e.member_id = ? GROUP BY e.cohort_id, e.member_id) f
		WHERE enrolment.cohort_id = f.cohort_id AND enrolment.member_id = f.member_id`, m).Error)
}

// enrolmentFigures sums a person's runs of a cohort's courses: her newest run of each. The casts keep PostgreSQL, whose
// sums are numeric, from rounding where shares are made of them.
const enrolmentFigures = `SELECT e.cohort_id, e.member_id, CAST(COALESCE(SUM(r.done), 0) AS BIGINT) AS done, CAST(COALESCE(SUM(r.total), 0) AS BIGINT) AS total,
	COALESCE(MAX(r.completed_at), 0) AS finished, SUM(CASE WHEN r.id IS NULL OR r.completed_at = 0 THEN 1 ELSE 0 END) AS open
	FROM enrolment e JOIN cohort_course c ON c.cohort_id = e.cohort_id
	LEFT JOIN course_run r ON r.id = (SELECT MAX(x.id) FROM course_run x WHERE x.member_id = e.member_id AND x.course = c.course)`

type quizRow struct {
	ID        int64
	RunID     int64
	Module    string
	Item      string
	N         int
	At        int64
	Correct   int
	Questions int
	Percent   int
	Passed    bool
	QuizHash  string
	Given     string
}

func (quizRow) TableName() string { return "quiz_attempt" }

func (r quizRow) noun(slug string) (practice.QuizAttempt, error) {
	v := practice.QuizAttempt{
		ID: r.ID, Run: course.RunID(r.RunID), Ref: course.Ref{Course: slug, Module: r.Module, Item: r.Item}, N: r.N, At: at(r.At),
		Right: r.Correct, Of: r.Questions, Percent: r.Percent, Passed: r.Passed, QuizHash: r.QuizHash,
	}
	return v, json.Unmarshal([]byte(r.Given), &v.Given)
}

// AddQuizAttempt keeps a try at a quiz. The same number twice is a Conflict.
func (s *Store) AddQuizAttempt(ctx context.Context, v practice.QuizAttempt) error {
	given, err := json.Marshal(v.Given)
	if err != nil {
		return wrap("keep quiz attempt", err)
	}
	r := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&quizRow{
		RunID: int64(v.Run), Module: v.Ref.Module, Item: v.Ref.Item, N: v.N, At: ms(v.At), Correct: v.Right, Questions: v.Of,
		Percent: v.Percent, Passed: v.Passed, QuizHash: v.QuizHash, Given: string(given),
	})
	return changed("keep quiz attempt", r)
}

// LastQuizAttempt is the last try at a quiz; NotFound if there is none.
func (s *Store) LastQuizAttempt(ctx context.Context, run course.RunID, r course.Ref) (practice.QuizAttempt, error) {
	var row quizRow
	if err := s.q(ctx).Where("run_id = ? AND module = ? AND item = ?", run, r.Module, r.Item).Order("n DESC").Take(&row).Error; err != nil {
		return practice.QuizAttempt{}, wrap("read quiz attempt", err)
	}
	return row.noun(r.Course)
}

// QuizAttemptN is one try at a quiz.
func (s *Store) QuizAttemptN(ctx context.Context, run course.RunID, r course.Ref, n int) (practice.QuizAttempt, error) {
	var row quizRow
	if err := s.q(ctx).Where("run_id = ? AND module = ? AND item = ? AND n = ?", run, r.Module, r.Item, n).Take(&row).Error; err != nil {
		return practice.QuizAttempt{}, wrap("read quiz attempt", err)
	}
	return row.noun(r.Course)
}

// QuizBest are the best percentages of a run's quizzes by "module/item", with the number of tries.
func (s *Store) QuizBest(ctx context.Context, run course.RunID) (map[string]QuizBest, error) {
	out := map[string]QuizBest{}
	if run == 0 {
		return out, nil
	}
	const query = "SELECT module, item, MAX(percent), COUNT(*) FROM quiz_attempt WHERE run_id = ? GROUP BY module, item"
	err := scan(s.q(ctx).Raw(query, run), func(columns row) error {
		var module, item string
		var b QuizBest
		err := columns(&module, &item, &b.Percent, &b.Tries)
		out[module+"/"+item] = b
		return err
	})
	return out, wrap("read best marks", err)
}

// QuizBest is the best percentage of so many tries.
type QuizBest struct{ Percent, Tries int }

// UsedItems are the items anybody has worked on, for the check that none of them vanished from the courses.
func (s *Store) UsedItems(ctx context.Context) ([]course.Ref, error) {
	var rs []course.Ref
	err := s.q(ctx).Raw(`SELECT DISTINCT r.course, d.module, d.item FROM item_done d JOIN course_run r ON r.id = d.run_id
		UNION SELECT DISTINCT course, module, item FROM submission`).Scan(&rs).Error
	return rs, wrap("list used items", err)
}

// DoneItemsOf are the items done in some runs, by "module/item", with when.
func (s *Store) DoneItemsOf(ctx context.Context, runs []course.RunID) (map[course.RunID]map[string]time.Time, error) {
	out := make(map[course.RunID]map[string]time.Time, len(runs))
	if len(runs) == 0 {
		return out, nil
	}
	err := scan(s.q(ctx).Raw("SELECT run_id, module, item, at FROM item_done WHERE run_id IN ?", runs), func(columns row) error {
		var id course.RunID
		var module, item string
		var when int64
		err := columns(&id, &module, &item, &when)
		if out[id] == nil {
			out[id] = map[string]time.Time{}
		}
		out[id][module+"/"+item] = at(when)
		return err
	})
	return out, wrap("read done items", err)
}
