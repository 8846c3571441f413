package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

type submissionRow struct {
	ID         int64
	RunID      int64
	MemberID   int64
	CenterID   int64
	Course     string
	Module     string
	Item       string
	Turn       string
	TurnSince  int64
	Version    int64
	Attempts   int
	OpenedAt   int64
	DueAt      int64
	PassedAt   int64
	SecondLook bool
	NotMentor  int64
}

func (submissionRow) TableName() string { return "submission" }

func (r submissionRow) noun() practice.Submission {
	return practice.Submission{
		ID: practice.SubmissionID(r.ID), Run: course.RunID(r.RunID), Member: member.ID(r.MemberID), Center: member.CenterID(r.CenterID),
		Ref: course.Ref{Course: r.Course, Module: r.Module, Item: r.Item}, Turn: practice.Turn(r.Turn), TurnSince: at(r.TurnSince),
		Version: r.Version, Attempts: r.Attempts, Opened: at(r.OpenedAt), Due: at(r.DueAt), Passed: at(r.PassedAt),
		SecondLook: r.SecondLook, NotMentor: member.ID(r.NotMentor),
	}
}

// OpenSubmission keeps that somebody opened an assignment for the first time; later openings change nothing. It returns
// the submission either way.
func (s *Store) OpenSubmission(ctx context.Context, v practice.Submission) (practice.Submission, error) {
	r := submissionRow{
		RunID: int64(v.Run), MemberID: int64(v.Member), CenterID: int64(v.Center), Course: v.Ref.Course, Module: v.Ref.Module, Item: v.Ref.Item,
		Turn: string(practice.WithTrainee), TurnSince: ms(v.Opened), Version: 1, OpenedAt: ms(v.Opened), DueAt: ms(v.Due),
	}
	if err := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
		return practice.Submission{}, wrap("open submission", err)
	}
	return s.SubmissionOf(ctx, v.Run, v.Ref)
}

// notErased is what the submissions of people fulfil who were not erased.
const notErased = "NOT EXISTS (SELECT 1 FROM member e WHERE e.id = member_id AND e.erased_at > 0)"

// Submission reads a submission of a center; another center's, and that of somebody who was erased, is NotFound.
func (s *Store) Submission(ctx context.Context, center member.CenterID, id practice.SubmissionID) (practice.Submission, error) {
	var r submissionRow
	err := s.q(ctx).Where("id = ? AND center_id = ? AND "+notErased, id, center).Take(&r).Error
	return r.noun(), wrap("read submission", err)
}

// SubmissionOf finds a run's submission for an assignment.
func (s *Store) SubmissionOf(ctx context.Context, run course.RunID, ref course.Ref) (practice.Submission, error) {
	var r submissionRow
	err := s.q(ctx).Where("run_id = ? AND module = ? AND item = ?", run, ref.Module, ref.Item).Take(&r).Error
	return r.noun(), wrap("read submission", err)
}

// Submissions are a person's submissions that were handed in or opened, the oldest first.
func (s *Store) Submissions(ctx context.Context, m member.ID) ([]practice.Submission, error) {
	var out []practice.Submission
	err := scan(s.q(ctx).Raw(`SELECT id, run_id, member_id, center_id, course, module, item, turn, turn_since, version, attempts, opened_at, due_at,
		passed_at, second_look, not_mentor FROM submission WHERE member_id = ? ORDER BY id`, m), func(columns row) error {
		var r submissionRow
		err := columns(&r.ID, &r.RunID, &r.MemberID, &r.CenterID, &r.Course, &r.Module, &r.Item, &r.Turn, &r.TurnSince, &r.Version, &r.Attempts, &r.OpenedAt,
			&r.DueAt, &r.PassedAt, &r.SecondLook, &r.NotMentor)
		out = append(out, r.noun())
		return err
	})
	return out, wrap("list submissions", err)
}

// TurnSubmission gives the turn to somebody: only if the submission still stands at v's version. Zero rows is a Conflict.
func (s *Store) TurnSubmission(ctx context.Context, v practice.Submission, was practice.Turn) error {
	return changed("turn submission", s.x(ctx).Table("submission").Where("id = ? AND turn = ? AND version = ?", v.ID, was, v.Version).Updates(map[string]any{
		"turn": v.Turn, "turn_since": ms(v.TurnSince), "version": gorm.Expr("version + 1"), "attempts": v.Attempts,
		"passed_at": ms(v.Passed), "second_look": v.SecondLook, "not_mentor": v.NotMentor,
	}))
}

type attemptRow struct {
	ID             int64
	SubmissionID   int64
	N              int
	At             int64
	Body           string
	Note           string
	SelfCheck      string
	Minutes        int
	HandedInBy     int64
	Assisted       bool
	AssignmentHash string
	CheckResult    string
	CheckProblem   string
}

func (attemptRow) TableName() string { return "attempt" }

func (r attemptRow) noun() (practice.Attempt, error) {
	v := practice.Attempt{
		ID: practice.AttemptID(r.ID), Submission: practice.SubmissionID(r.SubmissionID), N: r.N, At: at(r.At), Text: r.Body, Note: r.Note,
		Minutes: r.Minutes, By: member.ID(r.HandedInBy), Assisted: r.Assisted, AssignmentHash: r.AssignmentHash, CheckProblem: r.CheckProblem,
	}
	if r.CheckResult != "" {
		v.Check = []byte(r.CheckResult)
	}
	return v, json.Unmarshal([]byte(r.SelfCheck), &v.SelfCheck)
}

// AddAttempt keeps a hand-in with its files. The same number twice is a Conflict.
func (s *Store) AddAttempt(ctx context.Context, v practice.Attempt) (practice.AttemptID, error) {
	check, err := json.Marshal(v.SelfCheck)
	if err != nil {
		return 0, wrap("keep attempt", err)
	}
	r := attemptRow{
		SubmissionID: int64(v.Submission), N: v.N, At: ms(v.At), Body: v.Text, Note: v.Note, SelfCheck: string(check), Minutes: v.Minutes,
		HandedInBy: int64(v.By), Assisted: v.Assisted, AssignmentHash: v.AssignmentHash, CheckResult: string(v.Check), CheckProblem: v.CheckProblem,
	}
	if err := changed("keep attempt", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)); err != nil {
		return 0, err
	}
	for i, f := range v.Files {
		res := s.x(ctx).Table("file").Where("id = ? AND owner_id = ? AND attempt_id IS NULL", f.ID, f.Owner).Updates(map[string]any{"attempt_id": r.ID, "ord": i})
		if err := changed("keep attempt's file", res); err != nil {
			return 0, err
		}
	}
	return practice.AttemptID(r.ID), nil
}

// Attempts are a submission's hand-ins with their files, the first first.
func (s *Store) Attempts(ctx context.Context, id practice.SubmissionID) ([]practice.Attempt, error) {
	var rs []attemptRow
	if err := s.q(ctx).Where("submission_id = ?", id).Order("n").Find(&rs).Error; err != nil {
		return nil, wrap("list attempts", err)
	}
	var fs []fileRow
	if err := s.q(ctx).Raw("SELECT f.* FROM file f JOIN attempt a ON a.id = f.attempt_id WHERE a.submission_id = ? ORDER BY f.attempt_id, f.ord", id).Scan(&fs).Error; err != nil {
		return nil, wrap("list attempts' files", err)
	}
	out := make([]practice.Attempt, len(rs))
	for i, r := range rs {
		v, err := r.noun()
		if err != nil {
			return nil, wrap("read attempt", err)
		}
		for _, f := range fs {
			if f.AttemptID != nil && *f.AttemptID == r.ID {
				v.Files = append(v.Files, f.noun())
			}
		}
		out[i] = v
	}
	return out, nil
}

// LastAttempt is a submission's latest hand-in, without its files.
func (s *Store) LastAttempt(ctx context.Context, id practice.SubmissionID) (practice.Attempt, error) {
	var r attemptRow
	if err := s.q(ctx).Where("submission_id = ?", id).Order("n DESC").Take(&r).Error; err != nil {
		return practice.Attempt{}, wrap("read attempt", err)
	}
	return r.noun()
}

type assessmentRow struct {
	ID           int64
	SubmissionID int64
	AttemptID    int64
	MentorID     int64
	At           int64
	Verdict      string
	Closing      string
	Percent      int
	SecondLook   bool
}

func (assessmentRow) TableName() string { return "assessment" }

type markRow struct {
	AssessmentID int64
	RowID        string
	Level        int
	Comment      string
}

func (markRow) TableName() string { return "mark" }

type fixRow struct {
	AssessmentID int64
	N            int
	RowID        string
	Body         string
	Place        string
	TickedAt     int64
	Found        int
}

func (fixRow) TableName() string { return "fix" }

func (r fixRow) noun() practice.Fix {
	f := practice.Fix{N: r.N, Row: r.RowID, Text: r.Body, Place: r.Place, Ticked: r.TickedAt != 0}
	if r.Found != 0 {
		done := r.Found == 1
		f.Done = &done
	}
	return f
}

// AddAssessment keeps a judgement with its marks and fixes. The same mentor twice on one attempt is a Conflict.
func (s *Store) AddAssessment(ctx context.Context, v practice.Assessment) (practice.AssessmentID, error) {
	r := assessmentRow{
		SubmissionID: int64(v.Submission), AttemptID: int64(v.Attempt), MentorID: int64(v.Mentor), At: ms(v.At),
		Verdict: string(v.Verdict), Closing: v.Closing, Percent: v.Percent, SecondLook: v.SecondLook,
	}
	if err := changed("keep assessment", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)); err != nil {
		return 0, err
	}
	marks := make([]markRow, len(v.Marks))
	for i, m := range v.Marks {
		marks[i] = markRow{r.ID, m.Row, m.Level, m.Comment}
	}
	if len(marks) > 0 {
		if err := s.x(ctx).Create(&marks).Error; err != nil {
			return 0, wrap("keep marks", err)
		}
	}
	fixes := make([]fixRow, len(v.Fixes))
	for i, f := range v.Fixes {
		fixes[i] = fixRow{AssessmentID: r.ID, N: f.N, RowID: f.Row, Body: f.Text, Place: f.Place}
	}
	if len(fixes) > 0 {
		if err := s.x(ctx).Create(&fixes).Error; err != nil {
			return 0, wrap("keep fixes", err)
		}
	}
	return practice.AssessmentID(r.ID), nil
}

// Assessments are all judgements of a submission, the first first.
func (s *Store) Assessments(ctx context.Context, id practice.SubmissionID) ([]practice.Assessment, error) {
	var rs []struct {
		Row        assessmentRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		MentorName string
		AttemptN   int
	}
	err := s.q(ctx).Raw(`SELECT a.*, m.name AS mentor_name, t.n AS attempt_n FROM assessment a JOIN member m ON m.id = a.mentor_id
		JOIN attempt t ON t.id = a.attempt_id WHERE a.submission_id = ? ORDER BY a.id`, id).Scan(&rs).Error
	if err != nil {
		return nil, wrap("list assessments", err)
	}
	var marks []markRow
	if err := s.q(ctx).Raw("SELECT k.* FROM mark k JOIN assessment a ON a.id = k.assessment_id WHERE a.submission_id = ?", id).Scan(&marks).Error; err != nil {
		return nil, wrap("list marks", err)
	}
	var fixes []fixRow
	if err := s.q(ctx).Raw("SELECT f.* FROM fix f JOIN assessment a ON a.id = f.assessment_id WHERE a.submission_id = ? ORDER BY f.assessment_id, f.n", id).Scan(&fixes).Error; err != nil {
		return nil, wrap("list fixes", err)
	}
	out := make([]practice.Assessment, len(rs))
	for i, r := range rs {
		v := practice.Assessment{
			ID: practice.AssessmentID(r.Row.ID), Attempt: practice.AttemptID(r.Row.AttemptID), Submission: id, AttemptN: r.AttemptN, Mentor: member.ID(r.Row.MentorID),
			MentorName: r.MentorName, At: at(r.Row.At), Verdict: practice.Verdict(r.Row.Verdict), Closing: r.Row.Closing, Percent: r.Row.Percent, SecondLook: r.Row.SecondLook,
		}
		for _, m := range marks {
			if m.AssessmentID == r.Row.ID {
				v.Marks = append(v.Marks, practice.Mark{Row: m.RowID, Level: m.Level, Comment: m.Comment})
			}
		}
		for _, f := range fixes {
			if f.AssessmentID == r.Row.ID {
				v.Fixes = append(v.Fixes, f.noun())
			}
		}
		out[i] = v
	}
	return out, nil
}

// TickFixes keeps which of a round's fixes the trainee says are done, and unticks the others.
func (s *Store) TickFixes(ctx context.Context, id practice.AssessmentID, done []int, now time.Time) error {
	if err := s.x(ctx).Table("fix").Where("assessment_id = ?", id).Update("ticked_at", 0).Error; err != nil {
		return wrap("untick fixes", err)
	}
	if len(done) == 0 {
		return nil
	}
	return wrap("tick fixes", s.x(ctx).Table("fix").Where("assessment_id = ? AND n IN ?", id, done).Update("ticked_at", ms(now)).Error)
}

// FindFixes keeps what the mentor found of a round's fixes at the next attempt: done those listed, the others not.
func (s *Store) FindFixes(ctx context.Context, id practice.AssessmentID, done []int) error {
	if err := s.x(ctx).Table("fix").Where("assessment_id = ?", id).Update("found", 2).Error; err != nil {
		return wrap("find fixes", err)
	}
	if len(done) == 0 {
		return nil
	}
	return wrap("find fixes", s.x(ctx).Table("fix").Where("assessment_id = ? AND n IN ?", id, done).Update("found", 1).Error)
}

type claimRow struct {
	SubmissionID int64
	MentorID     int64
	Until        int64
}

func (claimRow) TableName() string { return "claim" }

// Claim reads who holds a submission; nobody is the zero Claim.
func (s *Store) Claim(ctx context.Context, id practice.SubmissionID) (practice.Claim, error) {
	var r claimRow
	err := s.q(ctx).Where("submission_id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return practice.Claim{Submission: id}, nil
	}
	return practice.Claim{Submission: id, Mentor: member.ID(r.MentorID), Until: at(r.Until)}, wrap("read claim", err)
}

// TakeClaim takes or renews a claim: only if nobody else holds it at the time. Else it is a Conflict.
func (s *Store) TakeClaim(ctx context.Context, c practice.Claim, now time.Time) error {
	r := s.x(ctx).Exec(`INSERT INTO claim (submission_id, mentor_id, until) VALUES (?, ?, ?)
		ON CONFLICT (submission_id) DO UPDATE SET mentor_id = excluded.mentor_id, until = excluded.until
		WHERE claim.mentor_id = excluded.mentor_id OR claim.until <= ?`, c.Submission, c.Mentor, ms(c.Until), ms(now))
	if r.Error == nil && r.RowsAffected == 0 {
		return problem.Clash("practice.claimed")
	}
	return wrap("take claim", r.Error)
}

// DropClaim gives a claim back; somebody else's stays.
func (s *Store) DropClaim(ctx context.Context, id practice.SubmissionID, m member.ID) error {
	return wrap("drop claim", s.x(ctx).Where("submission_id = ? AND mentor_id = ?", id, m).Delete(&claimRow{}).Error)
}

// LockSubmission locks a submission's row, so that two mentors take turns at it, and reads it as it is then.
func (s *Store) LockSubmission(ctx context.Context, center member.CenterID, id practice.SubmissionID) (practice.Submission, error) {
	var r submissionRow
	err := s.x(ctx).Raw("SELECT * FROM submission WHERE id = ? AND center_id = ? AND "+notErased+s.lock(), id, center).Take(&r).Error
	return r.noun(), wrap("lock submission", err)
}

type draftRow struct {
	MemberID int64
	Key      string
	Body     string
	SavedAt  int64
}

func (draftRow) TableName() string { return "draft" }

// SaveDraft keeps what somebody has typed so far.
func (s *Store) SaveDraft(ctx context.Context, d practice.Draft) error {
	return wrap("keep draft", s.x(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "member_id"}, {Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"body", "saved_at"}),
	}).Create(&draftRow{int64(d.Member), d.Key, string(d.Body), ms(d.SavedAt)}).Error)
}

// Draft reads a draft; none is the zero Draft.
func (s *Store) Draft(ctx context.Context, m member.ID, key string) (practice.Draft, error) {
	var r draftRow
	err := s.q(ctx).Where("member_id = ? AND key = ?", m, key).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return practice.Draft{Member: m, Key: key}, nil
	}
	return practice.Draft{Member: m, Key: key, Body: []byte(r.Body), SavedAt: at(r.SavedAt)}, wrap("read draft", err)
}

// DropDraft forgets a draft.
func (s *Store) DropDraft(ctx context.Context, m member.ID, key string) error {
	return wrap("drop draft", s.x(ctx).Where("member_id = ? AND key = ?", m, key).Delete(&draftRow{}).Error)
}

type fileRow struct {
	ID        int64
	OwnerID   int64
	Name      string
	Type      string
	Size      int64
	SHA256    string `gorm:"column:sha256"`
	Place     string
	AttemptID *int64
	Ord       int
	CreatedAt int64
}

func (fileRow) TableName() string { return "file" }

func (r fileRow) noun() practice.File {
	return practice.File{ID: practice.FileID(r.ID), Owner: member.ID(r.OwnerID), Name: r.Name, Type: r.Type, Size: r.Size, SHA256: r.SHA256}
}

// AddFile keeps an uploaded file as staged; place is where files keeps its bytes.
func (s *Store) AddFile(ctx context.Context, f practice.File, place string, now time.Time) (practice.FileID, error) {
	r := fileRow{OwnerID: int64(f.Owner), Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256, Place: place, CreatedAt: ms(now)}
	err := s.x(ctx).Create(&r).Error
	return practice.FileID(r.ID), wrap("keep file", err)
}

// StoredFile is a file with where its bytes are and whose work it belongs to.
type StoredFile struct {
	practice.File
	Place   string
	Attempt practice.AttemptID // 0: staged
	Center  member.CenterID    // of the submission; 0: staged
	Passed  bool
}

// File reads a file.
func (s *Store) File(ctx context.Context, id practice.FileID) (StoredFile, error) {
	var r struct {
		Row      fileRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		CenterID int64
	}
	err := s.q(ctx).Raw(`SELECT f.*, COALESCE(s.center_id, 0) AS center_id FROM file f LEFT JOIN attempt a ON a.id = f.attempt_id
		LEFT JOIN submission s ON s.id = a.submission_id WHERE f.id = ?`, id).Take(&r).Error
	v := StoredFile{File: r.Row.noun(), Place: r.Row.Place, Center: member.CenterID(r.CenterID)}
	if r.Row.AttemptID != nil {
		v.Attempt = practice.AttemptID(*r.Row.AttemptID)
	}
	return v, wrap("read file", err)
}

// StagedFiles are the staged files among ids that belong to the person, in the order of ids.
func (s *Store) StagedFiles(ctx context.Context, m member.ID, ids []practice.FileID) ([]practice.File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rs []fileRow
	if err := s.q(ctx).Where("id IN ? AND owner_id = ? AND attempt_id IS NULL", ids, m).Find(&rs).Error; err != nil {
		return nil, wrap("list staged files", err)
	}
	var out []practice.File
	for _, id := range ids {
		for _, r := range rs {
			if r.ID == int64(id) {
				out = append(out, r.noun())
			}
		}
	}
	return out, nil
}

// DropStaged forgets a staged file of the person and tells where its bytes were.
func (s *Store) DropStaged(ctx context.Context, m member.ID, id practice.FileID) (place string, err error) {
	var r fileRow
	if err := s.x(ctx).Where("id = ? AND owner_id = ? AND attempt_id IS NULL", id, m).Take(&r).Error; err != nil {
		return "", wrap("read staged file", err)
	}
	return r.Place, wrap("drop staged file", s.x(ctx).Where("id = ?", r.ID).Delete(&fileRow{}).Error)
}

// KnowsPlace tells whether any file's bytes are at the place; the sweeper asks it.
func (s *Store) KnowsPlace(ctx context.Context, place string) (bool, error) {
	var n int64
	err := s.q(ctx).Table("file").Where("place = ?", place).Count(&n).Error
	return n > 0, wrap("look for place", err)
}

// PassedPiece is a passed assignment of a run.
type PassedPiece struct {
	ID           practice.SubmissionID
	Module, Item string
	Attempts     int
	Passed       time.Time
	Assisted     bool     // any of its attempts
	Assessors    []string // names, in the order in which they judged it passed
}

// PassedPieces are a run's passed assignments, the earliest first, without those of which all that was awarded was revoked.
func (s *Store) PassedPieces(ctx context.Context, run course.RunID) ([]PassedPiece, error) {
	var rs []struct {
		ID, PassedAt int64
		Module, Item string
		Attempts     int
		Assisted     int
	}
	err := s.q(ctx).Raw(`SELECT s.id, s.module, s.item, s.attempts, s.passed_at,
		(SELECT COUNT(*) FROM attempt a WHERE a.submission_id = s.id AND a.assisted) AS assisted
		FROM submission s WHERE s.run_id = ? AND s.passed_at > 0 AND (NOT EXISTS (SELECT 1 FROM award a JOIN attempt t ON t.id = a.attempt_id WHERE t.submission_id = s.id)
			OR EXISTS (SELECT 1 FROM award a JOIN attempt t ON t.id = a.attempt_id WHERE t.submission_id = s.id AND a.`+counts+`)) ORDER BY s.passed_at, s.id`, run).Scan(&rs).Error
	if err != nil {
		return nil, wrap("list passed pieces", err)
	}
	var by []struct {
		SubmissionID int64
		Name         string
	}
	err = s.q(ctx).Raw(`SELECT a.submission_id, m.name FROM assessment a JOIN submission s ON s.id = a.submission_id JOIN member m ON m.id = a.mentor_id
		WHERE s.run_id = ? AND a.verdict = 'pass' ORDER BY a.id`, run).Scan(&by).Error
	if err != nil {
		return nil, wrap("list assessors", err)
	}
	out := make([]PassedPiece, len(rs))
	for i, r := range rs {
		out[i] = PassedPiece{ID: practice.SubmissionID(r.ID), Module: r.Module, Item: r.Item, Attempts: r.Attempts, Passed: at(r.PassedAt), Assisted: r.Assisted > 0}
		for _, b := range by {
			if b.SubmissionID == r.ID {
				out[i].Assessors = append(out[i].Assessors, b.Name)
			}
		}
	}
	return out, nil
}

// ReturnedWork is what came back with a submission: how many fixes, from whom.
type ReturnedWork struct {
	Fixes  int
	Mentor string
}

// ReturnedWork is what came back with each of a person's submissions whose turn is hers.
func (s *Store) ReturnedWork(ctx context.Context, m member.ID) (map[practice.SubmissionID]ReturnedWork, error) {
	var rs []struct {
		SubmissionID int64
		Fixes        int
		Mentor       string
	}
	err := s.q(ctx).Raw(`SELECT a.submission_id, w.name AS mentor, (SELECT COUNT(*) FROM fix f WHERE f.assessment_id = a.id) AS fixes
		FROM assessment a JOIN member w ON w.id = a.mentor_id WHERE a.id IN (SELECT MAX(x.id) FROM assessment x JOIN submission s ON s.id = x.submission_id
		WHERE s.member_id = ? AND s.turn = 'trainee' GROUP BY x.submission_id)`, m).Scan(&rs).Error
	out := make(map[practice.SubmissionID]ReturnedWork, len(rs))
	for _, r := range rs {
		out[practice.SubmissionID(r.SubmissionID)] = ReturnedWork{r.Fixes, r.Mentor}
	}
	return out, wrap("list returned work", err)
}

// LastAttemptIDs are the latest attempts of a person's submissions.
func (s *Store) LastAttemptIDs(ctx context.Context, m member.ID) (map[practice.SubmissionID]practice.AttemptID, error) {
	var rs []struct{ SubmissionID, ID int64 }
	err := s.q(ctx).Raw(`SELECT a.submission_id, MAX(a.id) AS id FROM attempt a JOIN submission s ON s.id = a.submission_id
		WHERE s.member_id = ? GROUP BY a.submission_id`, m).Scan(&rs).Error
	out := make(map[practice.SubmissionID]practice.AttemptID, len(rs))
	for _, r := range rs {
		out[practice.SubmissionID(r.SubmissionID)] = practice.AttemptID(r.ID)
	}
	return out, wrap("list last attempts", err)
}
