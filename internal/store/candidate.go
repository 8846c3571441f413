package store

import (
	"context"
	"time"

	"tenarai/internal/job"
	"tenarai/internal/member"
)

// CandidateRow is a trainee who is ready for a job type, with what else the match needs to know.
type CandidateRow struct {
	Member     member.ID
	Readiness  KeptReadiness
	Hours      member.Availability
	Sharing    bool
	Interested time.Time
	OnTime     int
	Due        int
}

// NotShown are those who are ready for a posting's job type but not shown, by the reason that is told first.
type NotShown struct {
	Ready  int // ready at all, shown or not
	Hours  int // too few hours a week
	Agreed int // enough hours, but agreed neither in general nor by pressing "interested" here
}

// Candidates lists who is ready at a time for a posting's job type in its center, has the hours, and agreed to be shown in
// general or pressed "interested" here: those who pressed it first, then the longest ready. The readiness index bounds what
// is looked at. not counts the others who are ready.
func (s *Store) Candidates(ctx context.Context, p job.Posting, now time.Time, limit int) (rows []CandidateRow, not NotShown, err error) {
	var rs []struct {
		Row           readinessRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		HoursWeek     int
		HoursStatedAt int64
		ShareAt       int64
		InterestedAt  int64
		OnTime        int
		Due           int
	}
	err = s.q(ctx).Raw(`SELECT r.*, m.hours_week, m.hours_stated_at, m.share_at, COALESCE(i.at, 0) AS interested_at, `+onTime+`
		FROM readiness r JOIN member m ON m.id = r.member_id LEFT JOIN interest i ON i.member_id = m.id AND i.posting_id = ?
		WHERE r.center_id = ? AND r.job_type = ? AND r.ready = TRUE AND r.until > ? AND `+stillHere+`
		AND m.hours_week >= ? AND (m.share_at > 0 OR i.at IS NOT NULL)
		ORDER BY COALESCE(i.at, 0) = 0, r.since, m.id LIMIT ?`, p.ID, p.Center, p.JobType, ms(now), p.HoursWeek, limit).Scan(&rs).Error
	if err != nil {
		return nil, not, wrap("list candidates", err)
	}
	for _, r := range rs {
		k, err := r.Row.noun()
		if err != nil {
			return nil, not, wrap("read candidate", err)
		}
		rows = append(rows, CandidateRow{k.Member, k, member.Availability{HoursWeek: r.HoursWeek, Stated: at(r.HoursStatedAt)}, r.ShareAt != 0, at(r.InterestedAt), r.OnTime, r.Due})
	}
	err = s.q(ctx).Raw(`SELECT COUNT(*) AS ready, COALESCE(SUM(CASE WHEN m.hours_week < ? THEN 1 ELSE 0 END), 0) AS hours,
		COALESCE(SUM(CASE WHEN m.hours_week >= ? AND m.share_at = 0 AND i.at IS NULL THEN 1 ELSE 0 END), 0) AS agreed
		FROM readiness r JOIN member m ON m.id = r.member_id LEFT JOIN interest i ON i.member_id = m.id AND i.posting_id = ?
		WHERE r.center_id = ? AND r.job_type = ? AND r.ready = TRUE AND r.until > ? AND `+stillHere,
		p.HoursWeek, p.HoursWeek, p.ID, p.Center, p.JobType, ms(now)).Scan(&not).Error
	return rows, not, wrap("count candidates", err)
}

// stillHere keeps out who has left: a closed account, or the trainee's role in the center taken away.
const stillHere = `m.disabled_at = 0 AND EXISTS (SELECT 1 FROM member_role t WHERE t.member_id = m.id AND t.center_id = r.center_id AND t.role = 'trainee')`

// onTime counts a member's handed-in pieces that had a deadline, and those whose first attempt kept it.
const onTime = `(SELECT COUNT(*) FROM submission x WHERE x.member_id = m.id AND x.due_at > 0 AND x.attempts > 0) AS due,
	(SELECT COUNT(*) FROM submission x JOIN attempt t ON t.submission_id = x.id AND t.n = 1 WHERE x.member_id = m.id AND x.due_at > 0 AND t.at < x.due_at) AS on_time`

// OnTime counts a person's handed-in pieces that had a deadline, and those that kept it.
func (s *Store) OnTime(ctx context.Context, id member.ID) (kept, of int, err error) {
	var r struct{ OnTime, Due int }
	err = s.q(ctx).Raw("SELECT "+onTime+" FROM member m WHERE m.id = ?", id).Scan(&r).Error
	return r.OnTime, r.Due, wrap("count deadlines kept", err)
}

type disclosureRow struct {
	ID        int64
	MemberID  int64
	PostingID int64
	CompanyID int64
	ViewerID  int64
	Basis     string
	At        int64
}

func (disclosureRow) TableName() string { return "disclosure" }

// Disclosure is one showing of a trainee to a company.
type Disclosure struct {
	Member  member.ID
	Posting job.PostingID
	Company member.CompanyID
	Viewer  member.ID
	Basis   string // general | interest
	At      time.Time
}

// AddDisclosures keeps that trainees were shown.
func (s *Store) AddDisclosures(ctx context.Context, ds []Disclosure) error {
	if len(ds) == 0 {
		return nil
	}
	rows := make([]disclosureRow, len(ds))
	for i, d := range ds {
		rows[i] = disclosureRow{0, int64(d.Member), int64(d.Posting), int64(d.Company), int64(d.Viewer), d.Basis, ms(d.At)}
	}
	return wrap("keep disclosures", s.x(ctx).CreateInBatches(&rows, 100).Error)
}

// Shown is a line of what a trainee reads about who saw her.
type Shown struct {
	Company string
	Posting string
	Basis   string
	At      time.Time
}

// DisclosedSince are those of some trainees whom a viewer has been shown on a posting since a time.
func (s *Store) DisclosedSince(ctx context.Context, p job.PostingID, viewer member.ID, members []member.ID, since time.Time) (map[member.ID]bool, error) {
	out := map[member.ID]bool{}
	if len(members) == 0 {
		return out, nil
	}
	var ids []member.ID
	err := s.q(ctx).Raw("SELECT DISTINCT member_id FROM disclosure WHERE posting_id = ? AND viewer_id = ? AND member_id IN ? AND at >= ?",
		p, viewer, members, ms(since)).Scan(&ids).Error
	for _, id := range ids {
		out[id] = true
	}
	return out, wrap("list disclosures", err)
}

// FirstShown are all who were ever shown on a posting, in the order in which they were shown first.
func (s *Store) FirstShown(ctx context.Context, p job.PostingID) ([]member.ID, error) {
	var ids []member.ID
	err := s.q(ctx).Raw("SELECT member_id FROM disclosure WHERE posting_id = ? GROUP BY member_id ORDER BY MIN(id)", p).Scan(&ids).Error
	return ids, wrap("list disclosures", err)
}

// Disclosures are who saw a trainee, the latest first, a page at a time, and how often she was seen in all.
func (s *Store) Disclosures(ctx context.Context, m member.ID, offset, limit int) (list []Shown, total int, err error) {
	var n int64
	if err := s.q(ctx).Table("disclosure").Where("member_id = ?", m).Count(&n).Error; err != nil {
		return nil, 0, wrap("count disclosures", err)
	}
	var rs []struct {
		Company string
		Posting string
		Basis   string
		At      int64
	}
	err = s.q(ctx).Raw(`SELECT c.name AS company, p.title AS posting, d.basis, d.at FROM disclosure d JOIN company c ON c.id = d.company_id
		JOIN posting p ON p.id = d.posting_id WHERE d.member_id = ? ORDER BY d.id DESC LIMIT ? OFFSET ?`, m, limit, offset).Scan(&rs).Error
	list = make([]Shown, len(rs))
	for i, r := range rs {
		list[i] = Shown{r.Company, r.Posting, r.Basis, at(r.At)}
	}
	return list, int(n), wrap("list disclosures", err)
}
