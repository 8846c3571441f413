package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
)

type cohortRow struct {
	ID        int64
	CenterID  int64
	Name      string
	TitleJA   string
	TitleEN   string
	StartsAt  int64
	EndsAt    int64
	Version   int64
	CreatedAt int64
}

func (cohortRow) TableName() string { return "cohort" }

type cohortCourseRow struct {
	CohortID int64
	Ord      int
	Course   string
}

func (cohortCourseRow) TableName() string { return "cohort_course" }

// AddCohort keeps a new cohort with its courses.
func (s *Store) AddCohort(ctx context.Context, c cohort.Cohort, now time.Time) (cohort.ID, error) {
	r := cohortRow{
		CenterID: int64(c.Center), Name: c.Name, TitleJA: c.Title.JA, TitleEN: c.Title.EN,
		StartsAt: ms(c.Starts), EndsAt: ms(c.Ends), Version: 1, CreatedAt: ms(now),
	}
	if err := s.x(ctx).Create(&r).Error; err != nil {
		return 0, wrap("keep cohort", err)
	}
	rows := make([]cohortCourseRow, len(c.Courses))
	for i, slug := range c.Courses {
		rows[i] = cohortCourseRow{r.ID, i, slug}
	}
	return cohort.ID(r.ID), wrap("keep cohort's courses", s.x(ctx).Create(&rows).Error)
}

// Cohort reads a cohort of a center; another center's is NotFound.
func (s *Store) Cohort(ctx context.Context, center member.CenterID, id cohort.ID) (cohort.Cohort, error) {
	var r cohortRow
	if err := s.q(ctx).Where("id = ? AND center_id = ?", id, center).Take(&r).Error; err != nil {
		return cohort.Cohort{}, wrap("read cohort", err)
	}
	c := cohort.Cohort{
		ID: id, Center: center, Name: r.Name, Title: course.Text{JA: r.TitleJA, EN: r.TitleEN},
		Starts: at(r.StartsAt), Ends: at(r.EndsAt), Version: r.Version,
	}
	err := s.q(ctx).Table("cohort_course").Where("cohort_id = ?", id).Order("ord").Pluck("course", &c.Courses).Error
	return c, wrap("read cohort's courses", err)
}

// ChangeCohort keeps a cohort's name, titles and days if it still stands at its version. Its courses stay as they are.
func (s *Store) ChangeCohort(ctx context.Context, c cohort.Cohort) error {
	return changed("change cohort", s.x(ctx).Table("cohort").Where("id = ? AND center_id = ? AND version = ?", c.ID, c.Center, c.Version).Updates(map[string]any{
		"name": c.Name, "title_ja": c.Title.JA, "title_en": c.Title.EN, "starts_at": ms(c.Starts), "ends_at": ms(c.Ends),
		"version": gorm.Expr("version + 1"),
	}))
}

// LockCohort keeps other deeds from beginning something for the same cohort until the transaction ends; SQLite's one writer
// does so by itself.
func (s *Store) LockCohort(ctx context.Context, center member.CenterID, id cohort.ID) error {
	lock := ""
	if s.postgres {
		lock = " FOR UPDATE"
	}
	var found int64
	err := s.x(ctx).Raw("SELECT id FROM cohort WHERE id = ? AND center_id = ?"+lock, id, center).Take(&found).Error
	return wrap("lock cohort", err)
}

// CohortRow is a line of the list of cohorts, with its funnel.
type CohortRow struct {
	ID       cohort.ID
	Name     string
	Starts   time.Time
	Ends     time.Time
	Members  int
	Started  int
	Finished int
	Ready    int // for any job type
}

// Cohorts lists a center's cohorts, the newest first.
func (s *Store) Cohorts(ctx context.Context, center member.CenterID, now time.Time, offset, limit int) (rows []CohortRow, more bool, err error) {
	var rs []struct {
		ID       int64
		Name     string
		StartsAt int64
		EndsAt   int64
		Members  int
		Started  int
		Finished int
		Ready    int
	}
	err = s.q(ctx).Raw(`SELECT c.id, c.name, c.starts_at, c.ends_at, COUNT(e.member_id) AS members,
		COALESCE(SUM(CASE WHEN e.last_activity > 0 THEN 1 ELSE 0 END), 0) AS started,
		COALESCE(SUM(CASE WHEN e.finished_at > 0 THEN 1 ELSE 0 END), 0) AS finished,
		COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM readiness r WHERE r.member_id = e.member_id AND r.ready AND (r.until = 0 OR r.until > ?)) THEN 1 ELSE 0 END), 0) AS ready
		FROM (SELECT * FROM cohort WHERE center_id = ? ORDER BY starts_at DESC, id DESC LIMIT ? OFFSET ?) c
		LEFT JOIN enrolment e ON e.cohort_id = c.id AND e.left_at = 0
		GROUP BY c.id, c.name, c.starts_at, c.ends_at ORDER BY c.starts_at DESC, c.id DESC`, ms(now), center, limit+1, offset).Scan(&rs).Error
	if err != nil {
		return nil, false, wrap("list cohorts", err)
	}
	if more = len(rs) > limit; more {
		rs = rs[:limit]
	}
	for _, r := range rs {
		rows = append(rows, CohortRow{cohort.ID(r.ID), r.Name, at(r.StartsAt), at(r.EndsAt), r.Members, r.Started, r.Finished, r.Ready})
	}
	return rows, more, nil
}

type enrolmentRow struct {
	CohortID         int64
	MemberID         int64
	CenterID         int64
	At               int64
	LeftAt           int64
	SortName         string
	Done             int
	Total            int
	ProgressPermille int
	LastActivity     int64
	FinishedAt       int64
}

func (enrolmentRow) TableName() string { return "enrolment" }

// Enrol puts a person into a cohort; being in it already changes nothing and answers false.
func (s *Store) Enrol(ctx context.Context, e cohort.Enrolment, center member.CenterID, sortName string) (bool, error) {
	r := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&enrolmentRow{
		CohortID: int64(e.Cohort), MemberID: int64(e.Member), CenterID: int64(center), At: ms(e.At), SortName: sortName,
	})
	return r.RowsAffected == 1, wrap("enrol", r.Error)
}

// MemberCohort is a cohort somebody is in.
type MemberCohort struct {
	ID   cohort.ID
	Name string
	At   time.Time
}

// MemberCohorts are the cohorts a person is in.
func (s *Store) MemberCohorts(ctx context.Context, m member.ID) ([]MemberCohort, error) {
	var rs []struct {
		ID   int64
		Name string
		At   int64
	}
	err := s.q(ctx).Raw("SELECT c.id, c.name, e.at FROM enrolment e JOIN cohort c ON c.id = e.cohort_id WHERE e.member_id = ? AND e.left_at = 0 ORDER BY e.at, c.id", m).Scan(&rs).Error
	out := make([]MemberCohort, len(rs))
	for i, r := range rs {
		out[i] = MemberCohort{cohort.ID(r.ID), r.Name, at(r.At)}
	}
	return out, wrap("list cohorts of member", err)
}

// ProgressSort is what the progress table is sorted by.
type ProgressSort string

// The orders of the progress table; each is an index.
const (
	ByName     ProgressSort = "name"
	ByProgress ProgressSort = "progress"
	ByActivity ProgressSort = "activity"
)

// ProgressRow is a line of the progress table.
type ProgressRow struct {
	Member       member.ID
	Name         string
	Kana         string
	Enrolled     time.Time
	Done, Total  int
	LastActivity time.Time
	Finished     time.Time
}

// Progress lists a cohort's members in an order, a page at a time.
func (s *Store) Progress(ctx context.Context, id cohort.ID, by ProgressSort, desc bool, offset, limit int) (rows []ProgressRow, more bool, err error) {
	column := map[ProgressSort]string{ByName: "e.sort_name", ByProgress: "e.progress_permille", ByActivity: "e.last_activity"}[by]
	if column == "" {
		column = "e.sort_name"
	}
	way := ""
	if desc {
		way = " DESC"
	}
	err = scan(s.q(ctx).Raw(`SELECT e.member_id, m.name, m.kana, e.at, e.done, e.total, e.last_activity, e.finished_at
		FROM enrolment e JOIN member m ON m.id = e.member_id
		WHERE e.cohort_id = ? AND e.left_at = 0 ORDER BY `+column+way+`, e.member_id`+way+` LIMIT ? OFFSET ?`, id, limit+1, offset), func(columns row) error {
		var r ProgressRow
		var e enrolmentRow
		err := columns(&r.Member, &r.Name, &r.Kana, &e.At, &r.Done, &r.Total, &e.LastActivity, &e.FinishedAt)
		r.Enrolled, r.LastActivity, r.Finished = at(e.At), at(e.LastActivity), at(e.FinishedAt)
		rows = append(rows, r)
		return err
	})
	if err != nil {
		return nil, false, wrap("list progress", err)
	}
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	return rows, more, nil
}

// ProgressCell is one person's figures in one module of one course.
type ProgressCell struct {
	Member member.ID
	Course string
	cohort.ModuleProgress
}

// ProgressCells are the modules' figures of some people in some courses.
func (s *Store) ProgressCells(ctx context.Context, members []member.ID, courses []string) ([]ProgressCell, error) {
	if len(members) == 0 || len(courses) == 0 {
		return nil, nil
	}
	var out []ProgressCell
	err := scan(s.q(ctx).Raw(`SELECT r.member_id, r.course, m.run_id, m.module, m.total, m.done, m.waiting, m.returned
		FROM course_run r JOIN run_module m ON m.run_id = r.id WHERE r.member_id IN ? AND r.course IN ? ORDER BY r.id`, members, courses), func(columns row) error {
		var c ProgressCell
		err := columns(&c.Member, &c.Course, &c.Run, &c.Module, &c.Total, &c.Done, &c.Waiting, &c.Returned)
		out = append(out, c)
		return err
	})
	return out, wrap("read progress", err)
}

// ProgressSum is how many members of a cohort have finished, begun or got stuck in a module.
type ProgressSum struct {
	Course, Module             string
	Done, Going, Waiting, Help int
}

// ProgressSums are the sums below the progress table.
func (s *Store) ProgressSums(ctx context.Context, id cohort.ID) ([]ProgressSum, error) {
	var out []ProgressSum
	err := scan(s.q(ctx).Raw(`SELECT r.course, m.module,
		SUM(CASE WHEN m.done >= m.total AND m.total > 0 THEN 1 ELSE 0 END) AS done,
		SUM(CASE WHEN m.done < m.total AND m.returned > 0 THEN 1 ELSE 0 END) AS help,
		SUM(CASE WHEN m.done < m.total AND m.returned = 0 AND m.waiting > 0 THEN 1 ELSE 0 END) AS waiting,
		SUM(CASE WHEN m.done < m.total AND m.returned = 0 AND m.waiting = 0 AND m.done > 0 THEN 1 ELSE 0 END) AS going
		FROM enrolment e JOIN cohort_course c ON c.cohort_id = e.cohort_id
		JOIN course_run r ON r.id = (SELECT MAX(x.id) FROM course_run x WHERE x.member_id = e.member_id AND x.course = c.course)
		JOIN run_module m ON m.run_id = r.id
		WHERE e.cohort_id = ? AND e.left_at = 0 GROUP BY r.course, m.module`, id), func(columns row) error {
		var p ProgressSum
		err := columns(&p.Course, &p.Module, &p.Done, &p.Help, &p.Waiting, &p.Going)
		out = append(out, p)
		return err
	})
	return out, wrap("sum progress", err)
}

// Signs are the facts attention is judged from, of somebody who may need help.
type Signs struct {
	Member member.ID
	Name   string
	Cohort cohort.ID
	cohort.Signs
}

// NeedHelp lists people of a center who may need help, the longest silent first: quiet, never started, or with returned
// work that lies. cohort.Attention judges each; the query only bounds whom it looks at.
func (s *Store) NeedHelp(ctx context.Context, center member.CenterID, now time.Time, limit int) ([]Signs, error) {
	quiet, unopened, lies := ms(now.Add(-cohort.QuietAfter)), ms(now.Add(-cohort.UnopenedAfter)), ms(now.Add(-cohort.ReturnedAfter))
	var out []Signs
	err := scan(s.q(ctx).Raw(`SELECT * FROM (SELECT `+signsColumns+` FROM enrolment e JOIN member m ON m.id = e.member_id
		WHERE e.center_id = ? AND e.finished_at = 0 AND e.left_at = 0 AND e.last_activity < ? AND (e.last_activity > 0 OR e.at <= ?) AND m.disabled_at = 0
		ORDER BY e.last_activity, e.cohort_id, e.member_id LIMIT ?) a
		UNION SELECT * FROM (SELECT `+signsColumns+` FROM submission b JOIN enrolment e ON e.member_id = b.member_id JOIN member m ON m.id = e.member_id
		WHERE b.center_id = ? AND b.turn = 'trainee' AND b.turn_since <= ? AND b.attempts > 0 AND e.finished_at = 0 AND e.left_at = 0 AND m.disabled_at = 0
		ORDER BY b.turn_since, b.id LIMIT ?) b`, center, quiet, unopened, limit, center, lies, limit), func(columns row) error {
		r, err := readSigns(columns)
		if !slices.ContainsFunc(out, func(o Signs) bool { return o.Member == r.Member }) {
			out = append(out, r)
		}
		return err
	})
	return out, wrap("list who needs help", err)
}

// SignsOf are the facts of some members of a cohort.
func (s *Store) SignsOf(ctx context.Context, id cohort.ID, members []member.ID) (map[member.ID]Signs, error) {
	out := map[member.ID]Signs{}
	if len(members) == 0 {
		return out, nil
	}
	err := scan(s.q(ctx).Raw(`SELECT `+signsColumns+` FROM enrolment e JOIN member m ON m.id = e.member_id WHERE e.cohort_id = ? AND e.member_id IN ?`, id, members), func(columns row) error {
		r, err := readSigns(columns)
		out[r.Member] = r
		return err
	})
	return out, wrap("read signs", err)
}

const signsColumns = `e.member_id, m.name, e.cohort_id, e.at, e.last_activity, e.finished_at,
	COALESCE((SELECT MIN(x.turn_since) FROM submission x WHERE x.member_id = e.member_id AND x.turn = 'trainee' AND x.attempts > 0), 0) AS returned_since,
	COALESCE((SELECT MIN(x.due_at) FROM submission x WHERE x.member_id = e.member_id AND x.turn = 'trainee' AND x.due_at > 0), 0) AS due,
	(SELECT COUNT(*) FROM submission x WHERE x.member_id = e.member_id AND x.turn = 'mentor') AS waiting`

func readSigns(columns row) (Signs, error) {
	var s Signs
	var enrolled, activity, finished, returned, due, waiting int64
	err := columns(&s.Member, &s.Name, &s.Cohort, &enrolled, &activity, &finished, &returned, &due, &waiting)
	s.Signs = cohort.Signs{
		Enrolled: at(enrolled), LastActivity: at(activity), ReturnedSince: at(returned), Due: at(due), WithMentor: waiting > 0, Finished: finished > 0,
	}
	return s, err
}

// RenameInCohorts keeps the name by which a person is sorted.
func (s *Store) RenameInCohorts(ctx context.Context, m member.ID, sortName string) error {
	return wrap("rename in cohorts", s.x(ctx).Table("enrolment").Where("member_id = ?", m).Update("sort_name", sortName).Error)
}

// RunIDs are the ids of a person's runs of some courses. It serves the start of a cohort.
func (s *Store) RunIDs(ctx context.Context, m member.ID, courses []string) (map[string]course.RunID, error) {
	var rs []runRow
	err := s.q(ctx).Where("member_id = ? AND course IN ?", m, courses).Order("id").Find(&rs).Error
	out := make(map[string]course.RunID, len(rs))
	for _, r := range rs {
		out[r.Course] = course.RunID(r.ID)
	}
	return out, wrap("list run ids", err)
}

// CountCohorts counts a center's cohorts.
func (s *Store) CountCohorts(ctx context.Context, center member.CenterID) (int, error) {
	var n int64
	err := s.q(ctx).Table("cohort").Where("center_id = ?", center).Count(&n).Error
	return int(n), wrap("count cohorts", err)
}

// CountEnrolled counts the members of a cohort.
func (s *Store) CountEnrolled(ctx context.Context, id cohort.ID) (int, error) {
	var n int64
	err := s.q(ctx).Table("enrolment").Where("cohort_id = ? AND left_at = 0", id).Count(&n).Error
	return int(n), wrap("count members of cohort", err)
}

// CohortNames are the names of some cohorts, by id.
func (s *Store) CohortNames(ctx context.Context, ids []cohort.ID) (map[cohort.ID]string, error) {
	out := map[cohort.ID]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var rs []cohortRow
	err := s.q(ctx).Where("id IN ?", ids).Find(&rs).Error
	for _, r := range rs {
		out[cohort.ID(r.ID)] = r.Name
	}
	return out, wrap("read names of cohorts", err)
}

// CohortsOf are a center's cohorts that a person is in, the earliest first.
func (s *Store) CohortsOf(ctx context.Context, center member.CenterID, m member.ID) ([]MemberCohort, error) {
	var rs []struct {
		ID   int64
		Name string
		At   int64
	}
	err := s.q(ctx).Raw(`SELECT c.id, c.name, e.at FROM enrolment e JOIN cohort c ON c.id = e.cohort_id
		WHERE e.member_id = ? AND e.center_id = ? AND e.left_at = 0 ORDER BY e.at, c.id`, m, center).Scan(&rs).Error
	out := make([]MemberCohort, len(rs))
	for i, r := range rs {
		out[i] = MemberCohort{cohort.ID(r.ID), r.Name, at(r.At)}
	}
	return out, wrap("list cohorts of member", err)
}

// CohortMember is a line of the list of a cohort's members.
type CohortMember struct {
	ProgressRow
	Email   string
	Pending bool // has not taken up her invitation or first code
	Closed  bool
}

// CohortMembers lists a cohort's members by name, a page at a time; find looks in name, reading and address. total is how
// many there are to find.
func (s *Store) CohortMembers(ctx context.Context, id cohort.ID, find string, offset, limit int) (rows []CohortMember, total int, err error) {
	where, args := "e.cohort_id = ? AND e.left_at = 0", []any{id}
	if find != "" {
		like := "%" + escapeLike(find) + "%"
		where += ` AND (lower(m.name) LIKE lower(?) ESCAPE '\' OR m.kana LIKE ? ESCAPE '\' OR m.email LIKE lower(?) ESCAPE '\')`
		args = append(args, like, like, like)
	}
	from := " FROM enrolment e JOIN member m ON m.id = e.member_id WHERE " + where
	if err := s.q(ctx).Raw("SELECT COUNT(*)"+from, args...).Scan(&total).Error; err != nil {
		return nil, 0, wrap("count members of cohort", err)
	}
	var rs []struct {
		Row        enrolmentRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		Name       string
		Kana       string
		Email      *string
		Pending    int
		DisabledAt int64
	}
	err = s.q(ctx).Raw("SELECT e.*, m.name, m.kana, m.email, m.disabled_at, CASE WHEN m.password = '' THEN 1 ELSE 0 END AS pending"+from+
		" ORDER BY e.sort_name, e.member_id LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rs).Error
	for _, r := range rs {
		row := CohortMember{
			ProgressRow: ProgressRow{member.ID(r.Row.MemberID), r.Name, r.Kana, at(r.Row.At), r.Row.Done, r.Row.Total, at(r.Row.LastActivity), at(r.Row.FinishedAt)},
			Pending:     r.Pending > 0, Closed: r.DisabledAt > 0,
		}
		if r.Email != nil {
			row.Email = *r.Email
		}
		rows = append(rows, row)
	}
	return rows, total, wrap("list members of cohort", err)
}

// Invitee is whom an address that somebody wants to invite belongs to already.
type Invitee struct {
	Member   member.ID
	Here     bool // has a role in the center
	Trainee  bool // of the center
	Enrolled bool // in the cohort
	Closed   bool
}

// Invitees finds who of some addresses is known already, in one query.
func (s *Store) Invitees(ctx context.Context, center member.CenterID, id cohort.ID, emails []string) (map[string]Invitee, error) {
	out := map[string]Invitee{}
	if len(emails) == 0 {
		return out, nil
	}
	var rs []struct {
		ID                      int64
		Email                   string
		DisabledAt              int64
		Here, Trainee, Enrolled int
	}
	err := s.q(ctx).Raw(`SELECT m.id, m.email, m.disabled_at,
		(SELECT COUNT(*) FROM member_role r WHERE r.member_id = m.id AND r.center_id = ?) AS here,
		(SELECT COUNT(*) FROM member_role r WHERE r.member_id = m.id AND r.center_id = ? AND r.role = ?) AS trainee,
		(SELECT COUNT(*) FROM enrolment e WHERE e.member_id = m.id AND e.cohort_id = ?) AS enrolled
		FROM member m WHERE m.email IN ?`, center, center, member.Trainee, id, emails).Scan(&rs).Error
	for _, r := range rs {
		out[r.Email] = Invitee{member.ID(r.ID), r.Here > 0, r.Trainee > 0, r.Enrolled > 0, r.DisabledAt > 0}
	}
	return out, wrap("find invitees", err)
}
