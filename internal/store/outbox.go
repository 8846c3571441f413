package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"tenarai/internal/member"
)

type outboxRow struct {
	ID        int64
	MemberID  int64
	Kind      string
	AtOnce    bool
	Data      string
	CreatedAt int64
	SendAfter int64
	SentAt    int64
	Tries     int
	Error     string
}

func (outboxRow) TableName() string { return "outbox" }

// Letter is one thing to tell somebody by mail. It is a row in the transaction of the deed that gave rise to it.
type Letter struct {
	ID        int64
	Member    member.ID
	Kind      string
	AtOnce    bool // not held back for the day's digest
	Data      map[string]any
	Created   time.Time
	SendAfter time.Time
	Tries     int
}

// AddLetter puts a letter into the outbox.
func (s *Store) AddLetter(ctx context.Context, l Letter) error {
	data, err := json.Marshal(l.Data)
	if err != nil {
		return wrap("keep letter", err)
	}
	return wrap("keep letter", s.x(ctx).Create(&outboxRow{
		MemberID: int64(l.Member), Kind: l.Kind, AtOnce: l.AtOnce, Data: string(data), CreatedAt: ms(l.Created), SendAfter: ms(l.SendAfter),
	}).Error)
}

// TakeLetters takes due letters for one worker and holds them back from the others until the time it gives itself. All
// due letters of a person are taken together, so that they can go as one digest.
func (s *Store) TakeLetters(ctx context.Context, now, until time.Time, people int) ([]Letter, error) {
	lock := ""
	if s.postgres {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	var rs []outboxRow
	err := s.x(ctx).Raw(`UPDATE outbox SET send_after = ?, tries = tries + 1 WHERE id IN (SELECT id FROM outbox WHERE sent_at = 0 AND send_after <= ?
		AND member_id IN (SELECT member_id FROM outbox WHERE sent_at = 0 AND send_after <= ? ORDER BY send_after, id LIMIT ?)`+lock+`)
		RETURNING *`, ms(until), ms(now), ms(now), people).Scan(&rs).Error
	if err != nil {
		return nil, wrap("take letters", err)
	}
	out := make([]Letter, len(rs))
	for i, r := range rs {
		out[i] = Letter{r.ID, member.ID(r.MemberID), r.Kind, r.AtOnce, nil, at(r.CreatedAt), at(r.SendAfter), r.Tries}
		if err := json.Unmarshal([]byte(r.Data), &out[i].Data); err != nil {
			return nil, wrap("read letter", err)
		}
	}
	return out, nil
}

// LettersSent marks letters as sent.
func (s *Store) LettersSent(ctx context.Context, ids []int64, now time.Time) error {
	return wrap("mark letters", s.x(ctx).Table("outbox").Where("id IN ?", ids).Updates(map[string]any{"sent_at": ms(now), "error": "", "data": "{}"}).Error)
}

// LettersFailed keeps why letters could not be sent and when to try again; a zero time gives up.
func (s *Store) LettersFailed(ctx context.Context, ids []int64, why string, again, now time.Time) error {
	set := map[string]any{"error": why, "send_after": ms(again)}
	if again.IsZero() {
		set["sent_at"], set["data"] = -ms(now), "{}" // negative: given up
	}
	return wrap("mark letters", s.x(ctx).Table("outbox").Where("id IN ?", ids).Updates(set).Error)
}

// LastLetter is when something was last sent to a person that could wait for a digest; zero if never.
func (s *Store) LastLetter(ctx context.Context, m member.ID) (time.Time, error) {
	var t int64
	err := s.q(ctx).Raw("SELECT COALESCE(MAX(sent_at), 0) FROM outbox WHERE member_id = ? AND NOT at_once", m).Scan(&t).Error
	return at(max(t, 0)), wrap("read last letter", err)
}

// HoldLetters puts letters that were taken back until a time, as if they had not been taken.
func (s *Store) HoldLetters(ctx context.Context, ids []int64, until time.Time) error {
	return wrap("hold letters", s.x(ctx).Table("outbox").Where("id IN ?", ids).
		Updates(map[string]any{"send_after": ms(until), "tries": gorm.Expr("tries - 1")}).Error)
}

// PendingDigest is when a person's other letters that can wait are tried again after a failure; zero if there are none.
func (s *Store) PendingDigest(ctx context.Context, m member.ID, but []int64, now time.Time) (time.Time, error) {
	var t int64
	err := s.q(ctx).Raw(`SELECT COALESCE(MAX(send_after), 0) FROM outbox
		WHERE member_id = ? AND NOT at_once AND sent_at = 0 AND tries > 0 AND send_after > ? AND id NOT IN ?`, m, ms(now), but).Scan(&t).Error
	return at(t), wrap("read pending letters", err)
}
