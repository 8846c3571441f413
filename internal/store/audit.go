package store

import (
	"context"
	"encoding/json"

	"tenarai/internal/audit"
	"tenarai/internal/member"
)

type eventRow struct {
	ID        int64
	At        int64
	CenterID  int64
	ActorID   int64
	Action    string
	Subject   string
	SubjectID int64
	AboutID   int64
	Data      string
}

func (eventRow) TableName() string { return "event" }

// AddEvent keeps an event in the transaction of its deed.
func (s *Store) AddEvent(ctx context.Context, e audit.Event) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return wrap("keep event", err)
	}
	if e.Data == nil {
		data = []byte("{}")
	}
	return wrap("keep event", s.x(ctx).Create(&eventRow{
		At: ms(e.At), CenterID: int64(e.Center), ActorID: int64(e.Actor), Action: string(e.Action),
		Subject: e.Subject.Kind, SubjectID: e.Subject.ID, AboutID: int64(e.About), Data: string(data),
	}).Error)
}

// TrailRow is a line of the trail.
type TrailRow struct {
	audit.Event
	ActorName string
	AboutName string
}

// TrailFilter bounds a look at the trail.
type TrailFilter struct {
	Center member.CenterID
	About  member.ID    // only what concerns her; 0: everybody
	Action audit.Action // only this; empty: all
	Before int64        // only events with a smaller id; 0: from the newest
	Limit  int
}

// Trail lists events, the newest first.
func (s *Store) Trail(ctx context.Context, f TrailFilter) ([]TrailRow, error) {
	where, args := "e.center_id = ?", []any{f.Center}
	if f.About != 0 {
		where += " AND e.about_id = ?"
		args = append(args, f.About)
	}
	if f.Action != "" {
		where += " AND e.action = ?"
		args = append(args, f.Action)
	}
	if f.Before != 0 {
		where += " AND e.id < ?"
		args = append(args, f.Before)
	}
	var rs []struct {
		Row       eventRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		ActorName string
		AboutName string
	}
	err := s.q(ctx).Raw(`SELECT e.*, COALESCE(a.name, '') AS actor_name, COALESCE(b.name, '') AS about_name FROM event e
		LEFT JOIN member a ON a.id = e.actor_id LEFT JOIN member b ON b.id = e.about_id
		WHERE `+where+` ORDER BY e.id DESC LIMIT ?`, append(args, f.Limit)...).Scan(&rs).Error
	if err != nil {
		return nil, wrap("list events", err)
	}
	out := make([]TrailRow, len(rs))
	for i, r := range rs {
		out[i] = TrailRow{audit.Event{
			ID: r.Row.ID, At: at(r.Row.At), Center: member.CenterID(r.Row.CenterID), Actor: member.ID(r.Row.ActorID), Action: audit.Action(r.Row.Action),
			Subject: audit.Subject{Kind: r.Row.Subject, ID: r.Row.SubjectID}, About: member.ID(r.Row.AboutID),
		}, r.ActorName, r.AboutName}
		if err := json.Unmarshal([]byte(r.Row.Data), &out[i].Data); err != nil {
			return nil, wrap("read event", err)
		}
	}
	return out, nil
}
