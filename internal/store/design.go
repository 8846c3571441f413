package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
)

// CenterDesign is how a center lets its certificates look, and what it signs their files with.
type CenterDesign struct {
	certificate.Design
	Identity     []byte // sealed; empty: files are not signed
	IdentityName string
	IdentityEnds time.Time
	Version      int64 // 0: nothing was kept yet
}

type designRow struct {
	CenterID     int64
	Design       string
	Identity     []byte
	IdentityName string
	IdentityEnds int64
	Version      int64
	ChangedAt    int64
}

func (designRow) TableName() string { return "center_design" }

// CenterDesign reads a center's design; the zero one if none was kept.
func (s *Store) CenterDesign(ctx context.Context, c member.CenterID) (d CenterDesign, err error) {
	var r designRow
	err = s.q(ctx).Where("center_id = ?", c).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return d, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(r.Design), &d.Design)
	}
	d.Identity, d.IdentityName, d.IdentityEnds, d.Version = r.Identity, r.IdentityName, at(r.IdentityEnds), r.Version
	return d, wrap("read design", err)
}

// KeepCenterDesign keeps a center's design. d.Version is the one that was read; if it has moved on, that is a Conflict.
func (s *Store) KeepCenterDesign(ctx context.Context, c member.CenterID, d CenterDesign, now time.Time) error {
	body, err := json.Marshal(d.Design)
	if err != nil {
		return wrap("keep design", err)
	}
	r := designRow{int64(c), string(body), d.Identity, d.IdentityName, ms(d.IdentityEnds), d.Version + 1, ms(now)}
	if d.Version == 0 {
		return changed("keep design", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r))
	}
	return changed("keep design", s.x(ctx).Model(&designRow{}).Where("center_id = ? AND version = ?", c, d.Version).Select("*").Updates(&r))
}

type pictureRow struct {
	SHA256    string `gorm:"column:sha256"`
	CenterID  int64
	Bytes     []byte
	CreatedAt int64
}

func (pictureRow) TableName() string { return "picture" }

// KeepPicture keeps a picture by its hash; the same one twice is one.
func (s *Store) KeepPicture(ctx context.Context, c member.CenterID, sha256 string, png []byte, now time.Time) error {
	return wrap("keep picture", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&pictureRow{sha256, int64(c), png, ms(now)}).Error)
}

// Pictures are some pictures by their hashes; what is not there is left out.
func (s *Store) Pictures(ctx context.Context, hashes []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	if len(hashes) == 0 {
		return out, nil
	}
	var rs []pictureRow
	err := s.q(ctx).Where("sha256 IN ?", hashes).Find(&rs).Error
	for _, r := range rs {
		out[r.SHA256] = r.Bytes
	}
	return out, wrap("read pictures", err)
}
