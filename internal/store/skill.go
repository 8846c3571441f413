package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/skill"
)

type awardRow struct {
	ID        int64
	MemberID  int64
	Skill     string
	Level     int
	AttemptID int64
	At        int64
	Evidence  string
}

func (awardRow) TableName() string { return "award" }

func (r awardRow) noun() (skill.Award, error) {
	a := skill.Award{ID: skill.AwardID(r.ID), Member: member.ID(r.MemberID), Skill: skill.ID(r.Skill), Level: skill.Level(r.Level), At: at(r.At)}
	err := json.Unmarshal([]byte(r.Evidence), &a.Evidence)
	a.Evidence.Attempt = r.AttemptID
	return a, err
}

type assessorRow struct {
	AwardID      int64
	MentorID     int64
	AssessmentID int64
	At           int64
}

func (assessorRow) TableName() string { return "award_assessor" }

// AddAward keeps an award with its first assessor; the same attempt and skill twice changes nothing and answers false.
func (s *Store) AddAward(ctx context.Context, a skill.Award, by practice.AssessmentID, mentor member.ID) (bool, error) {
	e := a.Evidence
	e.Assessors = nil // kept apart, because a second look adds one
	body, err := json.Marshal(e)
	if err != nil {
		return false, wrap("keep award", err)
	}
	r := awardRow{MemberID: int64(a.Member), Skill: string(a.Skill), Level: int(a.Level), AttemptID: a.Evidence.Attempt, At: ms(a.At), Evidence: string(body)}
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
	if res.Error != nil || res.RowsAffected == 0 {
		return false, wrap("keep award", res.Error)
	}
	return true, s.addAssessor(ctx, r.ID, by, mentor, a.At)
}

// ConfirmAwards adds an assessor to the awards of an attempt for some skills: a second look that passed.
func (s *Store) ConfirmAwards(ctx context.Context, attempt practice.AttemptID, skills []skill.ID, by practice.AssessmentID, mentor member.ID, now time.Time) error {
	if len(skills) == 0 {
		return nil
	}
	var ids []int64
	if err := s.x(ctx).Table("award").Where("attempt_id = ? AND skill IN ?", attempt, skills).Pluck("id", &ids).Error; err != nil {
		return wrap("confirm awards", err)
	}
	for _, id := range ids {
		if err := s.addAssessor(ctx, id, by, mentor, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addAssessor(ctx context.Context, award int64, by practice.AssessmentID, mentor member.ID, now time.Time) error {
	return wrap("keep assessor", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&assessorRow{award, int64(mentor), int64(by), ms(now)}).Error)
}

// Record is all that a person has proven, the oldest first.
func (s *Store) Record(ctx context.Context, m member.ID) (skill.Record, error) {
	rs, err := s.Records(ctx, []member.ID{m})
	return rs[m], err
}

// Records are the records of some people, in one query however many they are.
func (s *Store) Records(ctx context.Context, members []member.ID) (map[member.ID]skill.Record, error) {
	out := make(map[member.ID]skill.Record, len(members))
	if len(members) == 0 {
		return out, nil
	}
	return out, s.records(ctx, out, "award", "a.member_id IN ? AND a."+counts, members)
}

// counts is what an award that was not revoked fulfils.
const counts = "id NOT IN (SELECT award_id FROM award_revocation)"

// records adds awards to out, each person's the oldest first.
func (s *Store) records(ctx context.Context, out map[member.ID]skill.Record, from, where string, args ...any) error {
	// One row for each assessor, the first one's first; few awards have two.
	err := scan(s.q(ctx).Raw(`SELECT a.id, a.member_id, a.skill, a.level, a.attempt_id, a.at, a.evidence, x.mentor_id
		FROM `+from+` a LEFT JOIN award_assessor x ON x.award_id = a.id
		WHERE `+where+` ORDER BY a.at, a.id, x.at, x.assessment_id`, args...), func(columns row) error {
		var r awardRow
		var mentor *int64
		if err := columns(&r.ID, &r.MemberID, &r.Skill, &r.Level, &r.AttemptID, &r.At, &r.Evidence, &mentor); err != nil {
			return err
		}
		list := out[member.ID(r.MemberID)]
		if n := len(list); n == 0 || list[n-1].ID != skill.AwardID(r.ID) {
			a, err := r.noun()
			if err != nil {
				return err
			}
			list = append(list, a)
			out[a.Member] = list
		}
		if e := &list[len(list)-1].Evidence; mentor != nil {
			e.Assessors = append(e.Assessors, member.ID(*mentor))
		}
		return nil
	})
	return wrap("read records", err)
}

// Ledger is all that a person was ever awarded, with what was revoked, the oldest first.
func (s *Store) Ledger(ctx context.Context, m member.ID) (skill.Record, error) {
	out := map[member.ID]skill.Record{}
	if err := s.records(ctx, out, "award", "a.member_id = ?", m); err != nil {
		return nil, err
	}
	var rs []revocationRow
	err := s.q(ctx).Raw("SELECT r.* FROM award_revocation r JOIN award a ON a.id = r.award_id WHERE a.member_id = ?", m).Scan(&rs).Error
	for i, a := range out[m] {
		for _, r := range rs {
			if skill.AwardID(r.AwardID) == a.ID {
				out[m][i].Revocation = skill.Revocation{At: at(r.At), By: member.ID(r.ByID), Reason: r.Reason, Note: r.Note}
			}
		}
	}
	return out[m], wrap("read revocations", err)
}

// Award reads an award for work that was handed in at a center, without its assessors.
func (s *Store) Award(ctx context.Context, center member.CenterID, id skill.AwardID) (skill.Award, error) {
	var r awardRow
	err := s.q(ctx).Raw(`SELECT a.* FROM award a JOIN attempt t ON t.id = a.attempt_id JOIN submission b ON b.id = t.submission_id
		WHERE a.id = ? AND b.center_id = ?`, id, center).Take(&r).Error
	if err != nil {
		return skill.Award{}, wrap("read award", err)
	}
	w, err := r.noun()
	return w, wrap("read award", err)
}

type revocationRow struct {
	AwardID int64
	At      int64
	ByID    int64
	Reason  string
	Note    string
}

func (revocationRow) TableName() string { return "award_revocation" }

// RevokeAward keeps that an award no longer counts. A second time changes nothing and answers false, but for the graver reason
// where it was thought to be judged in error.
func (s *Store) RevokeAward(ctx context.Context, id skill.AwardID, v skill.Revocation) (bool, error) {
	res := s.x(ctx).Exec(`INSERT INTO award_revocation (award_id, at, by_id, reason, note) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (award_id) DO UPDATE SET at = excluded.at, by_id = excluded.by_id, reason = excluded.reason, note = excluded.note
		WHERE award_revocation.reason = ? AND excluded.reason = ?`, id, ms(v.At), int64(v.By), v.Reason, v.Note, skill.JudgedInError, skill.NotOwnWork)
	return res.RowsAffected == 1, wrap("keep revocation", res.Error)
}

// Asked is a skill and the least level that is asked for.
type Asked struct {
	Skill skill.ID
	Least skill.Level
}

// Proofs are the newest awards, at most so many of each, that prove to some people's credit what is asked; the rest of their
// records is not read.
func (s *Store) Proofs(ctx context.Context, members []member.ID, asked []Asked, each int) (map[member.ID]skill.Record, error) {
	out := make(map[member.ID]skill.Record, len(members))
	if len(members) == 0 || len(asked) == 0 {
		return out, nil
	}
	which, args := "FALSE", []any{members}
	for _, a := range asked {
		which += " OR (skill = ? AND level >= ?)"
		args = append(args, a.Skill, a.Least)
	}
	newest := "(SELECT *, ROW_NUMBER() OVER (PARTITION BY member_id, skill ORDER BY at DESC, id DESC) AS nth FROM award WHERE member_id IN ? AND (" + which + ") AND " + counts + ")"
	return out, s.records(ctx, out, newest, "a.nth <= ?", append(args, each)...)
}

// Held are the levels some people hold, by skill.
func (s *Store) Held(ctx context.Context, members []member.ID) (map[member.ID]map[skill.ID]skill.Level, error) {
	out := make(map[member.ID]map[skill.ID]skill.Level, len(members))
	if len(members) == 0 {
		return out, nil
	}
	const query = "SELECT member_id, skill, MAX(level) FROM award WHERE member_id IN ? AND " + counts + " GROUP BY member_id, skill"
	err := scan(s.q(ctx).Raw(query, members), func(columns row) error {
		var m member.ID
		var id skill.ID
		var level skill.Level
		err := columns(&m, &id, &level)
		if out[m] == nil {
			out[m] = map[skill.ID]skill.Level{}
		}
		out[m][id] = level
		return err
	})
	return out, wrap("read levels held", err)
}

// Marks are the awards of some people for the skills asked, at any level, without the words of their evidence, the oldest
// first: level, piece and the marks of its rows, which is what a match is reckoned from. Up to two hundred people are held against a posting where
// ten are shown: nobody's titles and descriptors need be read for that.
func (s *Store) Marks(ctx context.Context, members []member.ID, asked []Asked) (map[member.ID]skill.Record, error) {
	out := make(map[member.ID]skill.Record, len(members))
	if len(members) == 0 || len(asked) == 0 {
		return out, nil
	}
	skills := make([]skill.ID, len(asked))
	for i, a := range asked {
		skills[i] = a.Skill
	}
	piece, marks := "json_extract(evidence, '$.Piece')", "(SELECT group_concat(json_extract(j.value, '$.mark'), ' ') FROM json_each(evidence, '$.Rows') j)"
	if s.postgres {
		piece = "CAST(CAST(evidence AS jsonb) ->> 'Piece' AS BIGINT)"
		marks = "(SELECT string_agg(j.value ->> 'mark', ' ') FROM jsonb_array_elements(jsonb_path_query_array(CAST(evidence AS jsonb), '$.Rows[*]')) j)"
	}
	err := scan(s.q(ctx).Raw("SELECT id, member_id, skill, level, at, "+piece+", COALESCE("+marks+", '') FROM award WHERE member_id IN ? AND skill IN ? AND "+counts+" ORDER BY at, id",
		members, skills), func(columns row) error {
		var a skill.Award
		var when int64
		var marks string
		if err := columns(&a.ID, &a.Member, &a.Skill, &a.Level, &when, &a.Evidence.Piece, &marks); err != nil {
			return err
		}
		a.At = at(when)
		for _, field := range strings.Fields(marks) {
			mark, err := strconv.Atoi(field)
			if err != nil {
				return err
			}
			a.Evidence.Rows = append(a.Evidence.Rows, skill.Row{Mark: mark})
		}
		out[a.Member] = append(out[a.Member], a)
		return nil
	})
	return out, wrap("read marks", err)
}

// notOwn are the awards that were revoked because the work was not the person's own.
const notOwn = ` FROM award_revocation v JOIN award a ON a.id = v.award_id JOIN attempt t ON t.id = a.attempt_id JOIN submission b ON b.id = t.submission_id
	WHERE v.reason = '` + skill.NotOwnWork + `'`

// RunsNotOwn are the runs of a person in which she handed in work that was not her own.
func (s *Store) RunsNotOwn(ctx context.Context, m member.ID) ([]course.RunID, error) {
	var ids []course.RunID
	err := s.q(ctx).Raw("SELECT DISTINCT b.run_id"+notOwn+" AND a.member_id = ?", m).Scan(&ids).Error
	return ids, wrap("list runs with work of others", err)
}
