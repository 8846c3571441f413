package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
)

type companyRow struct {
	ID        int64
	CenterID  int64
	Name      string
	Address   string
	Contact   string
	About     string
	CreatedAt int64
}

func (companyRow) TableName() string { return "company" }

func (r companyRow) noun() job.Company {
	return job.Company{ID: member.CompanyID(r.ID), Center: member.CenterID(r.CenterID), Name: r.Name, Address: r.Address, Contact: r.Contact, About: r.About}
}

// AddCompany keeps a new company.
func (s *Store) AddCompany(ctx context.Context, c job.Company, now time.Time) (member.CompanyID, error) {
	r := companyRow{CenterID: int64(c.Center), Name: c.Name, Address: c.Address, Contact: c.Contact, About: c.About, CreatedAt: ms(now)}
	err := s.x(ctx).Create(&r).Error
	return member.CompanyID(r.ID), wrap("keep company", err)
}

// Companies are a center's companies, by name.
func (s *Store) Companies(ctx context.Context, c member.CenterID) ([]job.Company, error) {
	var rs []companyRow
	err := s.q(ctx).Where("center_id = ?", c).Order("name, id").Find(&rs).Error
	out := make([]job.Company, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("list companies", err)
}

// Company reads a company of a center.
func (s *Store) Company(ctx context.Context, c member.CenterID, id member.CompanyID) (job.Company, error) {
	var r companyRow
	err := s.q(ctx).Where("id = ? AND center_id = ?", id, c).Take(&r).Error
	return r.noun(), wrap("read company", err)
}

type postingRow struct {
	ID          int64
	CenterID    int64
	CompanyID   int64
	Title       string
	JobType     string
	Work        string
	Deliverable string
	Quantity    string
	PayYen      int64
	TaxIncluded bool
	Hours       int
	HoursWeek   int
	DeadlineAt  int64
	Places      int
	State       string
	Version     int64
	CreatedBy   int64
	CreatedAt   int64
	OpenedAt    int64
	CompanyName string `gorm:"->"` // joined
}

func (postingRow) TableName() string { return "posting" }

func (r postingRow) noun() job.Posting {
	return job.Posting{
		ID: job.PostingID(r.ID), Center: member.CenterID(r.CenterID), Company: member.CompanyID(r.CompanyID), CompanyName: r.CompanyName,
		Title: r.Title, JobType: readiness.JobType(r.JobType), Work: r.Work, Deliverable: r.Deliverable, Quantity: r.Quantity, PayYen: r.PayYen,
		TaxIncluded: r.TaxIncluded, Hours: r.Hours, HoursWeek: r.HoursWeek, Deadline: at(r.DeadlineAt), Places: r.Places,
		State: job.PostingState(r.State), Created: at(r.CreatedAt), Opened: at(r.OpenedAt), Version: r.Version,
	}
}

const postingQuery = "SELECT p.*, c.name AS company_name FROM posting p JOIN company c ON c.id = p.company_id"

// AddPosting keeps a new posting as a draft.
func (s *Store) AddPosting(ctx context.Context, p job.Posting, by member.ID, now time.Time) (job.PostingID, error) {
	var id int64
	err := s.x(ctx).Raw(`INSERT INTO posting (center_id, company_id, title, job_type, work, deliverable, quantity, pay_yen, tax_included, hours,
		hours_week, deadline_at, places, state, version, created_by, created_at, opened_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,1,?,?,0) RETURNING id`,
		p.Center, p.Company, p.Title, p.JobType, p.Work, p.Deliverable, p.Quantity, p.PayYen, p.TaxIncluded, p.Hours,
		p.HoursWeek, ms(p.Deadline), p.Places, job.Draft, by, ms(now)).Scan(&id).Error
	return job.PostingID(id), wrap("keep posting", err)
}

// ChangePosting keeps a posting's fields and state if it still stands at its version.
func (s *Store) ChangePosting(ctx context.Context, p job.Posting) error {
	return changed("change posting", s.x(ctx).Table("posting").Where("id = ? AND version = ?", p.ID, p.Version).Updates(map[string]any{
		"title": p.Title, "job_type": p.JobType, "work": p.Work, "deliverable": p.Deliverable, "quantity": p.Quantity, "pay_yen": p.PayYen,
		"tax_included": p.TaxIncluded, "hours": p.Hours, "hours_week": p.HoursWeek, "deadline_at": ms(p.Deadline), "places": p.Places,
		"state": p.State, "opened_at": ms(p.Opened), "version": gorm.Expr("version + 1"),
	}))
}

// Posting reads a posting of a center.
func (s *Store) Posting(ctx context.Context, c member.CenterID, id job.PostingID) (job.Posting, error) {
	var r postingRow
	err := s.q(ctx).Raw(postingQuery+" WHERE p.id = ? AND p.center_id = ?", id, c).Take(&r).Error
	return r.noun(), wrap("read posting", err)
}

// Postings lists a center's postings in some states, the latest first; a company's alone if one is given.
func (s *Store) Postings(ctx context.Context, c member.CenterID, company member.CompanyID, states []job.PostingState, limit int) ([]job.Posting, error) {
	q, args := postingQuery+" WHERE p.center_id = ? AND p.state IN ?", []any{c, states}
	if company != 0 {
		q += " AND p.company_id = ?"
		args = append(args, company)
	}
	var rs []postingRow
	err := s.q(ctx).Raw(q+" ORDER BY p.opened_at DESC, p.id DESC LIMIT ?", append(args, limit)...).Scan(&rs).Error
	out := make([]job.Posting, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("list postings", err)
}

// PostingFilter bounds a list of postings.
type PostingFilter struct {
	Center  member.CenterID
	Company member.CompanyID // 0: every company of the center
	States  []job.PostingState
	Find    string    // in the title and the company's name; empty: all
	DueFrom time.Time // only with a deadline at or after this; zero: all
	Offset  int
	Limit   int
}

// FindPostings lists postings, the latest first, and counts all that the filter lets through.
func (s *Store) FindPostings(ctx context.Context, f PostingFilter) (rows []job.Posting, total int, err error) {
	where, args := "p.center_id = ? AND p.state IN ?", []any{f.Center, f.States}
	if f.Company != 0 {
		where, args = where+" AND p.company_id = ?", append(args, f.Company)
	}
	if !f.DueFrom.IsZero() {
		where, args = where+" AND p.deadline_at >= ?", append(args, ms(f.DueFrom))
	}
	if f.Find != "" {
		like := "%" + escapeLike(f.Find) + "%"
		where, args = where+` AND (lower(p.title) LIKE lower(?) ESCAPE '\' OR lower(c.name) LIKE lower(?) ESCAPE '\')`, append(args, like, like)
	}
	var n int64
	if err := s.q(ctx).Raw("SELECT COUNT(*) FROM posting p JOIN company c ON c.id = p.company_id WHERE "+where, args...).Scan(&n).Error; err != nil {
		return nil, 0, wrap("count postings", err)
	}
	var rs []postingRow
	err = s.q(ctx).Raw(postingQuery+" WHERE "+where+" ORDER BY p.id DESC LIMIT ? OFFSET ?", append(args, f.Limit, f.Offset)...).Scan(&rs).Error
	rows = make([]job.Posting, len(rs))
	for i, r := range rs {
		rows[i] = r.noun()
	}
	return rows, int(n), wrap("find postings", err)
}

// PostingCounts are how many postings stand in each state: a company's, or with 0 the center's.
func (s *Store) PostingCounts(ctx context.Context, c member.CenterID, company member.CompanyID) (map[job.PostingState]int, error) {
	q, args := "SELECT state, COUNT(*) AS n FROM posting WHERE center_id = ?", []any{c}
	if company != 0 {
		q, args = q+" AND company_id = ?", append(args, company)
	}
	var rs []struct {
		State string
		N     int
	}
	err := s.q(ctx).Raw(q+" GROUP BY state", args...).Scan(&rs).Error
	out := make(map[job.PostingState]int, len(rs))
	for _, r := range rs {
		out[job.PostingState(r.State)] = r.N
	}
	return out, wrap("count postings", err)
}

// LockPosting locks a posting's row, so that two who look at its candidates for the first time take turns. It returns the
// posting as it is then.
func (s *Store) LockPosting(ctx context.Context, c member.CenterID, id job.PostingID) (job.Posting, error) {
	var r postingRow
	err := s.x(ctx).Raw("SELECT * FROM posting WHERE id = ? AND center_id = ?"+s.lock(), id, c).Take(&r).Error
	return r.noun(), wrap("lock posting", err)
}

type interestRow struct {
	PostingID int64
	MemberID  int64
	At        int64
}

func (interestRow) TableName() string { return "interest" }

// SetInterest keeps or takes back that a trainee is interested in a posting; it answers whether anything changed.
func (s *Store) SetInterest(ctx context.Context, id job.PostingID, m member.ID, on bool, now time.Time) (bool, error) {
	if !on {
		r := s.x(ctx).Where("posting_id = ? AND member_id = ?", id, m).Delete(&interestRow{})
		return r.RowsAffected > 0, wrap("take back interest", r.Error)
	}
	r := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&interestRow{int64(id), int64(m), ms(now)})
	return r.RowsAffected > 0, wrap("keep interest", r.Error)
}

// Interests are the postings a trainee is interested in.
func (s *Store) Interests(ctx context.Context, m member.ID) (map[job.PostingID]time.Time, error) {
	var rs []interestRow
	err := s.q(ctx).Where("member_id = ?", m).Find(&rs).Error
	out := make(map[job.PostingID]time.Time, len(rs))
	for _, r := range rs {
		out[job.PostingID(r.PostingID)] = at(r.At)
	}
	return out, wrap("list interests", err)
}

// InterestCounts are how many trainees are interested in each of some postings.
func (s *Store) InterestCounts(ctx context.Context, ids []job.PostingID) (map[job.PostingID]int, error) {
	out := make(map[job.PostingID]int, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rs []struct {
		PostingID int64
		N         int
	}
	err := s.q(ctx).Raw("SELECT posting_id, COUNT(*) AS n FROM interest WHERE posting_id IN ? GROUP BY posting_id", ids).Scan(&rs).Error
	for _, r := range rs {
		out[job.PostingID(r.PostingID)] = r.N
	}
	return out, wrap("count interests", err)
}
