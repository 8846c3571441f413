package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
)

type keyRow struct {
	ID        int64
	KID       string `gorm:"column:kid"`
	Algorithm string
	Public    []byte
	Private   []byte
	CreatedAt int64
	RetiredAt int64
}

func (keyRow) TableName() string { return "credential_key" }

func (r keyRow) noun() certificate.Key {
	return certificate.Key{KID: r.KID, Algorithm: certificate.Algorithm(r.Algorithm), Public: r.Public, Created: at(r.CreatedAt), Retired: at(r.RetiredAt)}
}

// AddCredentialKey keeps a key that signs from now on; its private half comes sealed. Where another of its algorithm signs
// already it changes nothing and answers false.
func (s *Store) AddCredentialKey(ctx context.Context, k certificate.SigningKey) (bool, error) {
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&keyRow{
		KID: k.KID, Algorithm: string(k.Algorithm), Public: k.Public, Private: k.Private, CreatedAt: ms(k.Created),
	})
	return res.RowsAffected == 1, wrap("keep key", res.Error)
}

// RetireCredentialKeys ends the signing of all keys of an algorithm. They stay published.
func (s *Store) RetireCredentialKeys(ctx context.Context, a certificate.Algorithm, now time.Time) error {
	return wrap("retire keys", s.x(ctx).Table("credential_key").Where("algorithm = ? AND retired_at = 0", a).Update("retired_at", ms(now)).Error)
}

// CredentialKeys are all keys that sign or once signed, the oldest first, without their private halves.
func (s *Store) CredentialKeys(ctx context.Context) ([]certificate.Key, error) {
	var rs []keyRow
	err := s.q(ctx).Select("id", "kid", "algorithm", "public", "created_at", "retired_at").Order("id").Find(&rs).Error
	out := make([]certificate.Key, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("list keys", err)
}

// SigningKey is the key of an algorithm that signs, with its private half sealed.
func (s *Store) SigningKey(ctx context.Context, a certificate.Algorithm) (certificate.SigningKey, error) {
	var r keyRow
	err := s.q(ctx).Where("algorithm = ? AND retired_at = 0", a).Take(&r).Error
	return certificate.SigningKey{Key: r.noun(), Private: r.Private}, wrap("read signing key", err)
}

type entryRow struct {
	CertificateID int64
	List          int
	StatusIndex   int
}

func (entryRow) TableName() string { return "status_entry" }

// StatusEntry is where a certificate's status stands; ok is false while it has no place.
func (s *Store) StatusEntry(ctx context.Context, id certificate.ID) (e certificate.StatusEntry, ok bool, err error) {
	var r entryRow
	err = s.q(ctx).Where("certificate_id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return e, false, nil
	}
	return certificate.StatusEntry{List: r.List, Position: r.StatusIndex}, err == nil, wrap("read status entry", err)
}

// OpenStatusList is a list with fewer than most places taken; one is opened if there is none.
func (s *Store) OpenStatusList(ctx context.Context, most int, now time.Time) (int, error) {
	var n int
	if err := s.q(ctx).Raw(`SELECT COALESCE(MAX(n), 0) FROM status_list WHERE taken < ?`, most).Scan(&n).Error; err != nil || n > 0 {
		return n, wrap("find status list", err)
	}
	err := s.x(ctx).Exec(`INSERT INTO status_list (n, taken, changed_at) SELECT COALESCE(MAX(n), 0) + 1, 0, ? FROM status_list WHERE TRUE ON CONFLICT DO NOTHING`, ms(now)).Error
	if err != nil {
		return 0, wrap("open status list", err)
	}
	err = s.q(ctx).Raw(`SELECT MAX(n) FROM status_list`).Scan(&n).Error
	return n, wrap("find status list", err)
}

// TakeStatusEntry gives a certificate a place. It answers false and changes nothing where the place is taken, or the
// certificate has one. The list has changed if the certificate no longer stands.
func (s *Store) TakeStatusEntry(ctx context.Context, id certificate.ID, e certificate.StatusEntry, now time.Time) (bool, error) {
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&entryRow{int64(id), e.List, e.Position})
	if res.Error != nil || res.RowsAffected == 0 {
		return false, wrap("take status entry", res.Error)
	}
	return true, wrap("count status entries", s.x(ctx).Exec(`UPDATE status_list SET taken = taken + 1,
		changed_at = CASE WHEN EXISTS (SELECT 1 FROM certificate_change WHERE certificate_id = ?) THEN ? ELSE changed_at END WHERE n = ?`, id, ms(now), e.List).Error)
}

// StatusList is a status list as it stands: revoked is every certificate of it that was taken back, replaced or withdrawn.
func (s *Store) StatusList(ctx context.Context, n int) (certificate.StatusList, error) {
	var r struct{ ChangedAt int64 }
	if err := s.q(ctx).Table("status_list").Select("changed_at").Where("n = ?", n).Take(&r).Error; err != nil {
		return certificate.StatusList{}, wrap("read status list", err)
	}
	l := certificate.StatusList{N: n, Changed: at(r.ChangedAt)}
	err := s.q(ctx).Raw(`SELECT DISTINCT e.status_index FROM certificate_change x JOIN status_entry e ON e.certificate_id = x.certificate_id
		WHERE e.list = ? ORDER BY e.status_index`, n).Scan(&l.Revoked).Error
	return l, wrap("read status list", err)
}

// LatestCertificate is the newest certificate of a kind for a subject, whoever holds it; one whose holder was erased says
// nothing any more.
func (s *Store) LatestCertificate(ctx context.Context, k certificate.Kind, subject string) (Held, error) {
	var r heldRow
	if err := s.q(ctx).Raw(heldQuery+" WHERE g.kind = ? AND g.subject = ? AND COALESCE(x.state, '') <> ? ORDER BY c.id DESC LIMIT 1", k, subject, certificate.Withdrawn).Take(&r).Error; err != nil {
		return Held{}, wrap("read certificate", err)
	}
	return r.noun()
}

// StatusEntries are where the statuses of a person's certificates stand, of those that have a place.
func (s *Store) StatusEntries(ctx context.Context, m member.ID) (map[certificate.ID]certificate.StatusEntry, error) {
	var rs []entryRow
	err := s.q(ctx).Raw(`SELECT e.* FROM status_entry e JOIN certificate c ON c.id = e.certificate_id JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = ?`, m).Scan(&rs).Error
	out := map[certificate.ID]certificate.StatusEntry{}
	for _, r := range rs {
		out[certificate.ID(r.CertificateID)] = certificate.StatusEntry{List: r.List, Position: r.StatusIndex}
	}
	return out, wrap("list status entries", err)
}
