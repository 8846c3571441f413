package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm/clause"

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
	// One row for each assessor, the first one's first; few awards have two.
	err := scan(s.q(ctx).Raw(`SELECT a.id, a.member_id, a.skill, a.level, a.attempt_id, a.at, a.evidence, x.mentor_id
		FROM award a LEFT JOIN award_assessor x ON x.award_id = a.id
		WHERE a.member_id IN ? ORDER BY a.at, a.id, x.at, x.assessment_id`, members), func(columns row) error {
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
	return out, wrap("read records", err)
}
