package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type settingRow struct {
	Name  string
	Value string
}

func (settingRow) TableName() string { return "setting" }

// Setting reads a value kept for the installation; the empty string if there is none.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	var r settingRow
	err := s.q(ctx).Where("name = ?", name).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return r.Value, wrap("read setting", err)
}

// SetSetting keeps a value for the installation.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	return wrap("keep setting", s.x(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"value"}),
	}).Create(&settingRow{name, value}).Error)
}
