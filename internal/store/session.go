package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/member"
)

type sessionRow struct {
	ID        int64
	TokenHash string
	MemberID  int64
	CenterID  int64
	Device    string
	CreatedAt int64
	SeenAt    int64
	ExpiresAt int64
}

func (sessionRow) TableName() string { return "session" }

// Session is a signed-in device.
type Session struct {
	ID      int64
	Member  member.ID
	Center  member.CenterID
	Device  string
	Created time.Time
	Seen    time.Time
	Expires time.Time
}

func (r sessionRow) noun() Session {
	return Session{r.ID, member.ID(r.MemberID), member.CenterID(r.CenterID), r.Device, at(r.CreatedAt), at(r.SeenAt), at(r.ExpiresAt)}
}

// AddSession keeps a session under the hash of its token.
func (s *Store) AddSession(ctx context.Context, tokenHash string, v Session) (int64, error) {
	r := sessionRow{
		TokenHash: tokenHash, MemberID: int64(v.Member), CenterID: int64(v.Center), Device: v.Device,
		CreatedAt: ms(v.Created), SeenAt: ms(v.Seen), ExpiresAt: ms(v.Expires),
	}
	err := s.x(ctx).Create(&r).Error
	return r.ID, wrap("keep session", err)
}

// SessionMember is a session with the person it belongs to, read in one query.
type SessionMember struct {
	Session  Session
	Name     string
	Language string
	Roles    []member.Membership // in the session's center
}

// Session finds a session that has not run out, of an account that is not disabled.
func (s *Store) Session(ctx context.Context, tokenHash string, now time.Time) (SessionMember, error) {
	var v SessionMember
	err := scan(s.q(ctx).Raw(`SELECT s.id, s.member_id, s.center_id, s.device, s.created_at, s.seen_at, s.expires_at, m.name, m.language, r.role, r.company_id
		FROM session s JOIN member m ON m.id = s.member_id LEFT JOIN member_role r ON r.member_id = s.member_id AND r.center_id = s.center_id
		WHERE s.token_hash = ? AND s.expires_at > ? AND m.disabled_at = 0 ORDER BY r.role`, tokenHash, ms(now)), func(columns row) error {
		var r sessionRow
		var role *string
		var company *int64
		err := columns(&r.ID, &r.MemberID, &r.CenterID, &r.Device, &r.CreatedAt, &r.SeenAt, &r.ExpiresAt, &v.Name, &v.Language, &role, &company)
		v.Session = r.noun()
		if role != nil {
			v.Roles = append(v.Roles, roleRow{CenterID: r.CenterID, Role: *role, CompanyID: company}.noun())
		}
		return err
	})
	if err == nil && v.Session.ID == 0 {
		err = gorm.ErrRecordNotFound
	}
	return v, wrap("read session", err)
}

// TouchSession keeps when a session was last seen.
func (s *Store) TouchSession(ctx context.Context, id int64, now, expires time.Time) error {
	return wrap("touch session", s.x(ctx).Table("session").Where("id = ?", id).Updates(map[string]any{"seen_at": ms(now), "expires_at": ms(expires)}).Error)
}

// MoveSession changes a session's active center and its token, so that a change of rights rotates it.
func (s *Store) MoveSession(ctx context.Context, id int64, c member.CenterID, tokenHash string) error {
	return changed("move session", s.x(ctx).Table("session").Where("id = ?", id).Updates(map[string]any{"center_id": c, "token_hash": tokenHash}))
}

// Sessions are a person's signed-in devices, the latest first.
func (s *Store) Sessions(ctx context.Context, m member.ID, now time.Time) ([]Session, error) {
	var rs []sessionRow
	err := s.q(ctx).Where("member_id = ? AND expires_at > ?", m, ms(now)).Order("seen_at DESC, id DESC").Find(&rs).Error
	out := make([]Session, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("list sessions", err)
}

// EndSession ends one session of a person.
func (s *Store) EndSession(ctx context.Context, m member.ID, id int64) error {
	return wrap("end session", s.x(ctx).Where("id = ? AND member_id = ?", id, m).Delete(&sessionRow{}).Error)
}

// EndSessions ends all sessions of a person but one (0: all).
func (s *Store) EndSessions(ctx context.Context, m member.ID, but int64) error {
	return wrap("end sessions", s.x(ctx).Where("member_id = ? AND id <> ?", m, but).Delete(&sessionRow{}).Error)
}

type loginAttemptRow struct {
	ID      int64
	Account string
	At      int64
}

func (loginAttemptRow) TableName() string { return "login_attempt" }

// AddLoginAttempt keeps a failed sign-in and forgets those before the time.
func (s *Store) AddLoginAttempt(ctx context.Context, account string, now, forget time.Time) error {
	if err := s.x(ctx).Where("at < ?", ms(forget)).Delete(&loginAttemptRow{}).Error; err != nil {
		return wrap("forget sign-in attempts", err)
	}
	return wrap("keep sign-in attempt", s.x(ctx).Create(&loginAttemptRow{Account: account, At: ms(now)}).Error)
}

// LoginAttempts counts an account's failed sign-ins since a time.
func (s *Store) LoginAttempts(ctx context.Context, account string, since time.Time) (int, error) {
	var n int64
	err := s.q(ctx).Model(&loginAttemptRow{}).Where("account = ? AND at >= ?", account, ms(since)).Count(&n).Error
	return int(n), wrap("count sign-in attempts", err)
}

// ClearLoginAttempts forgets an account's failed sign-ins.
func (s *Store) ClearLoginAttempts(ctx context.Context, account string) error {
	return wrap("clear sign-in attempts", s.x(ctx).Where("account = ?", account).Delete(&loginAttemptRow{}).Error)
}

type linkRow struct {
	TokenHash string
	MemberID  int64
	Kind      string
	MadeBy    int64
	CreatedAt int64
	ExpiresAt int64
	UsedAt    int64
}

func (linkRow) TableName() string { return "link_token" }

// Link is a one-time link or code.
type Link struct {
	Member  member.ID
	Kind    string
	MadeBy  member.ID
	Created time.Time
	Expires time.Time
	Used    time.Time
}

// AddLink keeps a one-time link under the hash of its token and takes back the person's older ones of the kind.
func (s *Store) AddLink(ctx context.Context, tokenHash string, l Link) error {
	if err := s.x(ctx).Where("member_id = ? AND kind = ? AND used_at = 0", l.Member, l.Kind).Delete(&linkRow{}).Error; err != nil {
		return wrap("take back links", err)
	}
	return wrap("keep link", s.x(ctx).Create(&linkRow{
		TokenHash: tokenHash, MemberID: int64(l.Member), Kind: l.Kind, MadeBy: int64(l.MadeBy), CreatedAt: ms(l.Created), ExpiresAt: ms(l.Expires),
	}).Error)
}

// Link finds a one-time link, used or not, run out or not.
func (s *Store) Link(ctx context.Context, tokenHash string) (Link, error) {
	var r linkRow
	err := s.q(ctx).Where("token_hash = ?", tokenHash).Take(&r).Error
	return Link{member.ID(r.MemberID), r.Kind, member.ID(r.MadeBy), at(r.CreatedAt), at(r.ExpiresAt), at(r.UsedAt)}, wrap("read link", err)
}

// UseLink marks a link as used; a second use is a Conflict.
func (s *Store) UseLink(ctx context.Context, tokenHash string, now time.Time) error {
	return changed("use link", s.x(ctx).Table("link_token").Where("token_hash = ? AND used_at = 0 AND expires_at > ?", tokenHash, ms(now)).Update("used_at", ms(now)))
}

// DropLinks takes back a person's open links and codes of every kind.
func (s *Store) DropLinks(ctx context.Context, m member.ID) error {
	return wrap("take back links", s.x(ctx).Where("member_id = ? AND used_at = 0", m).Delete(&linkRow{}).Error)
}

type idempotencyRow struct {
	MemberID int64
	Key      string
	Followed string
	At       int64
}

func (idempotencyRow) TableName() string { return "idempotency" }

// Once takes an idempotency key. first is false if the key was taken before; then followed is what the deed answered.
// Two transactions with the same key take turns on its unique row.
func (s *Store) Once(ctx context.Context, m member.ID, key string, now time.Time) (first bool, followed string, err error) {
	r := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&idempotencyRow{MemberID: int64(m), Key: key, At: ms(now)})
	if r.Error != nil {
		return false, "", wrap("take key", r.Error)
	}
	if r.RowsAffected == 1 {
		return true, "", nil
	}
	var row idempotencyRow
	err = s.x(ctx).Where("member_id = ? AND key = ?", m, key).Take(&row).Error
	return false, row.Followed, wrap("read key", err)
}

// Followed keeps what a deed answered under its key.
func (s *Store) Followed(ctx context.Context, m member.ID, key, followed string) error {
	return changed("keep answer", s.x(ctx).Table("idempotency").Where("member_id = ? AND key = ?", m, key).Update("followed", followed))
}

// ForgetKeys forgets idempotency keys from before a time.
func (s *Store) ForgetKeys(ctx context.Context, before time.Time) error {
	return wrap("forget keys", s.x(ctx).Where("at < ?", ms(before)).Delete(&idempotencyRow{}).Error)
}

// ForgetSessions forgets sessions that have run out, and one-time links that ran out before a time.
func (s *Store) ForgetSessions(ctx context.Context, now, links time.Time) error {
	if err := s.x(ctx).Where("expires_at <= ?", ms(now)).Delete(&sessionRow{}).Error; err != nil {
		return wrap("forget sessions", err)
	}
	return wrap("forget links", s.x(ctx).Where("expires_at < ?", ms(links)).Delete(&linkRow{}).Error)
}
