package store

import (
	"context"
	"encoding/json"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/member"
)

// Batch is a cohort's certificates issued at once: how far it has come.
type Batch struct {
	ID       certificate.BatchID
	Center   member.CenterID
	Cohort   cohort.ID
	MadeBy   member.ID
	Created  time.Time
	Total    int
	Done     int // handled so far, failures included
	Failed   int
	Finished time.Time // zero: it goes on
}

type batchRow struct {
	ID         int64
	CenterID   int64
	CohortID   int64
	MadeBy     int64
	CreatedAt  int64
	Total      int
	Done       int
	Failed     int
	FinishedAt int64
	HeldUntil  int64
}

func (batchRow) TableName() string { return "batch" }

func (r batchRow) noun() Batch {
	return Batch{
		certificate.BatchID(r.ID), member.CenterID(r.CenterID), cohort.ID(r.CohortID), member.ID(r.MadeBy), at(r.CreatedAt), r.Total, r.Done, r.Failed, at(r.FinishedAt),
	}
}

// Graduate is a person of a cohort and whether she gets its certificate.
type Graduate struct {
	Member   member.ID
	Name     string // as registered
	Kana     string
	Printed  string             // the name her certificate will show
	Latin    string             // on its English page; empty: Printed
	Finished time.Time          // all courses of the cohort; zero: not yet
	Number   certificate.Number // of the certificate she has; empty: none
	Paper    string             // the name on that
}

// graduates are the people of a cohort who are not closed off, with the programme certificate they have.
const graduates = ` FROM enrolment e JOIN member m ON m.id = e.member_id
	LEFT JOIN certificate_grant g ON g.member_id = e.member_id AND g.kind = 'programme' AND g.subject = ? AND g.edition = ''
	LEFT JOIN certificate c ON c.id = (SELECT MAX(x.id) FROM certificate x WHERE x.grant_id = g.id)
	WHERE e.cohort_id = ? AND m.disabled_at = 0 AND (e.left_at = 0 OR e.finished_at > 0)`

// GraduateSums count a cohort's people: all, those who finished, of these those who have the certificate, and of the others
// those whose printed name is not the registered one.
type GraduateSums struct{ All, Finished, Have, Renamed int }

// renamed is whether somebody has chosen a name for print that is not the registered one.
const renamed = "m.printed_name <> '' AND m.printed_name <> m.name"

// Graduates are a page of a cohort's people: first those who are to get the certificate under another name than the registered
// one, then the others who are to get it, then those who have it.
func (s *Store) Graduates(ctx context.Context, id cohort.ID, offset, limit int) (rows []Graduate, sums GraduateSums, err error) {
	subject := certificate.ProgrammeSubject(int64(id))
	err = s.q(ctx).Raw(`SELECT COUNT(*) AS "all", COALESCE(SUM(CASE WHEN e.finished_at > 0 THEN 1 ELSE 0 END), 0) AS finished,
		COALESCE(SUM(CASE WHEN e.finished_at > 0 AND g.id IS NOT NULL THEN 1 ELSE 0 END), 0) AS have,
		COALESCE(SUM(CASE WHEN e.finished_at > 0 AND g.id IS NULL AND `+renamed+` THEN 1 ELSE 0 END), 0) AS renamed`+graduates, subject, id).Scan(&sums).Error
	if err != nil {
		return nil, sums, wrap("count graduates", err)
	}
	var rs []struct {
		MemberID   int64
		Name, Kana string
		Printed    string
		LatinName  string
		FinishedAt int64
		Number     *string
		Snapshot   *string
	}
	err = s.q(ctx).Raw(`SELECT e.member_id, m.name, m.kana, CASE WHEN m.printed_name = '' THEN m.name ELSE m.printed_name END AS printed, m.latin_name,
		e.finished_at, c.number, c.snapshot`+graduates+` ORDER BY CASE WHEN e.finished_at = 0 THEN 3 WHEN g.id IS NOT NULL THEN 2 WHEN `+renamed+` THEN 0 ELSE 1 END, e.sort_name, e.member_id LIMIT ? OFFSET ?`, subject, id, limit, offset).Scan(&rs).Error
	for _, r := range rs {
		var paper struct{ Name string }
		if r.Snapshot != nil {
			if err := json.Unmarshal([]byte(*r.Snapshot), &paper); err != nil {
				return nil, sums, wrap("read certificate", err)
			}
		}
		rows = append(rows, Graduate{member.ID(r.MemberID), r.Name, r.Kana, r.Printed, r.LatinName, at(r.FinishedAt), certificate.Number(or(r.Number)), paper.Name})
	}
	return rows, sums, wrap("list graduates", err)
}

// AddBatch begins a batch with everybody of a cohort who finished and has no certificate yet. With nobody, or while another
// batch of the cohort goes on, it changes nothing and answers 0.
func (s *Store) AddBatch(ctx context.Context, b Batch) (certificate.BatchID, error) {
	if open, err := s.BatchGoesOn(ctx, b.Cohort); err != nil || open {
		return 0, err
	}
	r := batchRow{CenterID: int64(b.Center), CohortID: int64(b.Cohort), MadeBy: int64(b.MadeBy), CreatedAt: ms(b.Created)}
	if err := s.x(ctx).Create(&r).Error; err != nil {
		return 0, wrap("keep batch", err)
	}
	res := s.x(ctx).Exec(`INSERT INTO batch_item (batch_id, member_id, n) SELECT ?, e.member_id, ROW_NUMBER() OVER (ORDER BY e.sort_name, e.member_id)`+
		graduates+" AND e.finished_at > 0 AND g.id IS NULL", r.ID, certificate.ProgrammeSubject(int64(b.Cohort)), b.Cohort)
	if res.Error != nil {
		return 0, wrap("keep batch", res.Error)
	}
	if res.RowsAffected == 0 {
		return 0, wrap("drop batch", s.x(ctx).Delete(&batchRow{}, r.ID).Error)
	}
	return certificate.BatchID(r.ID), wrap("keep batch", s.x(ctx).Model(&r).Update("total", res.RowsAffected).Error)
}

// BatchGoesOn tells whether certificates of a cohort are being made.
func (s *Store) BatchGoesOn(ctx context.Context, id cohort.ID) (bool, error) {
	var open int64
	err := s.q(ctx).Raw("SELECT COUNT(*) FROM batch WHERE cohort_id = ? AND finished_at = 0", id).Scan(&open).Error
	return open > 0, wrap("find batch", err)
}

// Batch reads a batch of a center.
func (s *Store) Batch(ctx context.Context, center member.CenterID, id certificate.BatchID) (Batch, error) {
	var r batchRow
	err := s.q(ctx).Where("id = ? AND center_id = ?", id, center).Take(&r).Error
	return r.noun(), wrap("read batch", err)
}

// Batches are the batches of a cohort, the newest first.
func (s *Store) Batches(ctx context.Context, id cohort.ID) ([]Batch, error) {
	var rs []batchRow
	err := s.q(ctx).Where("cohort_id = ?", id).Order("id DESC").Find(&rs).Error
	out := make([]Batch, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("list batches", err)
}

// TakeBatch gives one node an open batch that no other holds, until a time; ok is false if there is none.
func (s *Store) TakeBatch(ctx context.Context, now, until time.Time) (b Batch, ok bool, err error) {
	var r batchRow
	res := s.x(ctx).Raw(`UPDATE batch SET held_until = ? WHERE id = (SELECT MIN(id) FROM batch WHERE finished_at = 0 AND held_until <= ?)
		AND finished_at = 0 AND held_until <= ? RETURNING *`, ms(until), ms(now), ms(now)).Scan(&r)
	return r.noun(), r.ID != 0, wrap("take batch", res.Error)
}

// NextInBatch is the next person of a batch; ok is false at its end.
func (s *Store) NextInBatch(ctx context.Context, id certificate.BatchID) (n int, m member.ID, ok bool, err error) {
	var r struct {
		N        int
		MemberID int64
	}
	err = s.q(ctx).Raw("SELECT n, member_id FROM batch_item WHERE batch_id = ? AND done_at = 0 ORDER BY n LIMIT 1", id).Scan(&r).Error
	return r.N, member.ID(r.MemberID), r.N != 0, wrap("read batch", err)
}

// DoneInBatch keeps what became of one person of a batch: her certificate, or the key of why there is none. It answers false
// and changes nothing where that was kept before.
func (s *Store) DoneInBatch(ctx context.Context, id certificate.BatchID, n int, c certificate.ID, why string, now, until time.Time) (bool, error) {
	set := map[string]any{"done_at": ms(now), "problem": why}
	failed := 1
	if c != 0 {
		set["certificate_id"], failed = int64(c), 0
	}
	res := s.x(ctx).Table("batch_item").Where("batch_id = ? AND n = ? AND done_at = 0", id, n).Updates(set)
	if res.Error != nil || res.RowsAffected == 0 {
		return false, wrap("keep batch", res.Error)
	}
	const count = "UPDATE batch SET done = done + 1, failed = failed + ?, held_until = ? WHERE id = ?"
	return true, wrap("count batch", s.x(ctx).Exec(count, failed, ms(until), id).Error)
}

// FinishBatch ends a batch of which everybody is done.
func (s *Store) FinishBatch(ctx context.Context, id certificate.BatchID, now time.Time) error {
	const finish = `UPDATE batch SET finished_at = ? WHERE id = ? AND finished_at = 0 AND NOT EXISTS (SELECT 1 FROM batch_item i WHERE i.batch_id = batch.id AND i.done_at = 0)`
	return wrap("finish batch", s.x(ctx).Exec(finish, ms(now), id).Error)
}

// BatchTrouble is somebody of a batch who got no certificate, and the key of why.
type BatchTrouble struct {
	Member  member.ID
	Name    string
	Problem string
}

// BatchTroubles are the first of them.
func (s *Store) BatchTroubles(ctx context.Context, id certificate.BatchID, most int) ([]BatchTrouble, error) {
	var rs []struct {
		MemberID      int64
		Name, Problem string
	}
	err := s.q(ctx).Raw(`SELECT i.member_id, m.name, i.problem FROM batch_item i JOIN member m ON m.id = i.member_id
		WHERE i.batch_id = ? AND i.problem <> '' ORDER BY i.n LIMIT ?`, id, most).Scan(&rs).Error
	out := make([]BatchTrouble, len(rs))
	for i, r := range rs {
		out[i] = BatchTrouble{member.ID(r.MemberID), r.Name, r.Problem}
	}
	return out, wrap("list troubles", err)
}

// BatchCertificates are some certificates of a batch in its order, after the person numbered n; last is the number of the
// last of them.
func (s *Store) BatchCertificates(ctx context.Context, id certificate.BatchID, n, most int) (out []Held, last int, err error) {
	err = s.q(ctx).Raw(`SELECT COALESCE(MAX(t.n), 0) FROM (SELECT n FROM batch_item WHERE batch_id = ? AND n > ? AND certificate_id IS NOT NULL ORDER BY n LIMIT ?) t`,
		id, n, most).Scan(&last).Error
	if err != nil || last == 0 {
		return nil, 0, wrap("read batch", err)
	}
	out, err = s.held(ctx, heldQuery+` JOIN batch_item i ON i.certificate_id = c.id WHERE i.batch_id = ? AND i.n > ? AND i.n <= ? ORDER BY i.n`, id, n, last)
	return out, last, err
}
