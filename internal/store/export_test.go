package store

import (
	"context"

	"gorm.io/driver/sqlite"
)

// CheckPragmas looks at a SQLite database opened by the driver's own address, as Open looks at its own.
func CheckPragmas(ctx context.Context, address string) error {
	db, err := open(sqlite.Dialector{DriverName: sqliteDriver, DSN: address}, nil)
	if err != nil {
		return err
	}
	s := &Store{write: db, read: db}
	defer func() { _ = s.Close() }()
	return s.checkPragmas(ctx)
}

// WriteByReader tries to write through the readers.
func (s *Store) WriteByReader(ctx context.Context) error {
	return s.read.WithContext(ctx).Exec("INSERT INTO setting (name, value) VALUES ('x', 'y')").Error
}

// OnWriter runs a statement on the handle that writes, outside any transaction of ours.
func (s *Store) OnWriter(ctx context.Context, query string) error {
	return s.write.WithContext(ctx).Exec(query).Error
}
