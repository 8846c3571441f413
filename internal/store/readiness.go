package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm/clause"

	"tenarai/internal/member"
	"tenarai/internal/readiness"
)

type readinessRow struct {
	MemberID int64
	JobType  string
	CenterID int64
	Ready    bool
	Until    int64
	Since    int64
	Shown    bool
	Missing  string
	At       int64
}

func (readinessRow) TableName() string { return "readiness" }

type readinessChangeRow struct {
	ID       int64
	MemberID int64
	JobType  string
	Ready    bool
	Until    int64
	Shown    bool
	Missing  string
	At       int64
}

func (readinessChangeRow) TableName() string { return "readiness_change" }

// KeptReadiness is the flag as it was last judged.
type KeptReadiness struct {
	readiness.Readiness
	Member member.ID
	Center member.CenterID // in which it was judged
	Since  time.Time       // ready without a break since
	Judged time.Time
}

func (r readinessRow) noun() (KeptReadiness, error) {
	k := KeptReadiness{
		Readiness: readiness.Readiness{JobType: readiness.JobType(r.JobType), Ready: r.Ready, Until: at(r.Until), Shown: r.Shown},
		Member:    member.ID(r.MemberID), Center: member.CenterID(r.CenterID), Since: at(r.Since), Judged: at(r.At),
	}
	return k, json.Unmarshal([]byte(r.Missing), &k.Missing)
}

// ReadinessOf reads all flags of a person as they were last judged, by job type.
func (s *Store) ReadinessOf(ctx context.Context, m member.ID) (map[readiness.JobType]KeptReadiness, error) {
	out := map[readiness.JobType]KeptReadiness{}
	const query = "SELECT job_type, center_id, ready, until, since, shown, missing, at FROM readiness WHERE member_id = ?"
	err := scan(s.q(ctx).Raw(query, m), func(columns row) error {
		r := readinessRow{MemberID: int64(m)}
		if err := columns(&r.JobType, &r.CenterID, &r.Ready, &r.Until, &r.Since, &r.Shown, &r.Missing, &r.At); err != nil {
			return err
		}
		k, err := r.noun()
		out[k.JobType] = k
		return err
	})
	return out, wrap("read readiness", err)
}

// KeepReadiness keeps a changed flag and the change itself.
func (s *Store) KeepReadiness(ctx context.Context, c member.CenterID, k KeptReadiness) error {
	missing, err := json.Marshal(k.Missing)
	if err != nil {
		return wrap("keep readiness", err)
	}
	r := readinessRow{
		MemberID: int64(k.Member), JobType: string(k.JobType), CenterID: int64(c), Ready: k.Ready, Until: ms(k.Until), Since: ms(k.Since),
		Shown: k.Shown, Missing: string(missing), At: ms(k.Judged),
	}
	err = s.x(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "member_id"}, {Name: "job_type"}},
		DoUpdates: clause.AssignmentColumns([]string{"center_id", "ready", "until", "since", "shown", "missing", "at"}),
	}).Create(&r).Error
	if err != nil {
		return wrap("keep readiness", err)
	}
	return wrap("keep readiness change", s.x(ctx).Create(&readinessChangeRow{
		MemberID: r.MemberID, JobType: r.JobType, Ready: r.Ready, Until: r.Until, Shown: r.Shown, Missing: r.Missing, At: r.At,
	}).Error)
}

// ReadinessChange is one change of the flag.
type ReadinessChange struct {
	JobType readiness.JobType
	Ready   bool
	Until   time.Time
	At      time.Time
}

// ReadinessChanges are the changes of a person's flags, the newest first.
func (s *Store) ReadinessChanges(ctx context.Context, m member.ID, limit int) ([]ReadinessChange, error) {
	var rs []readinessChangeRow
	err := s.q(ctx).Where("member_id = ?", m).Order("id DESC").Limit(limit).Find(&rs).Error
	out := make([]ReadinessChange, len(rs))
	for i, r := range rs {
		out[i] = ReadinessChange{readiness.JobType(r.JobType), r.Ready, at(r.Until), at(r.At)}
	}
	return out, wrap("list readiness changes", err)
}

// Unplaced is somebody who is ready and has had nothing to do with a job since long ago.
type Unplaced struct {
	Member member.ID
	Name   string
	Since  time.Time // ready since
}

// Unplaced lists who of a center is ready at a time, has been since before an instant, and never said "interested"; the
// longest waiting first. total is how many they are.
func (s *Store) Unplaced(ctx context.Context, c member.CenterID, now, before time.Time, limit int) (rows []Unplaced, total int, err error) {
	const from = ` FROM readiness r JOIN member m ON m.id = r.member_id WHERE r.center_id = ? AND r.ready = TRUE AND r.until > ? AND r.since <= ?
		AND m.disabled_at = 0 AND NOT EXISTS (SELECT 1 FROM interest i WHERE i.member_id = r.member_id)`
	args := []any{c, ms(now), ms(before)}
	const query = "SELECT r.member_id, m.name, MIN(r.since) AS since, COUNT(*) OVER ()" + from + " GROUP BY r.member_id, m.name ORDER BY since, r.member_id LIMIT ?"
	err = scan(s.q(ctx).Raw(query, append(args, limit)...), func(columns row) error {
		var u Unplaced
		var since int64
		err := columns(&u.Member, &u.Name, &since, &total)
		u.Since = at(since)
		rows = append(rows, u)
		return err
	})
	return rows, total, wrap("list who waits for a job", err)
}
