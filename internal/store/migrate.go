package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// ErrNewer means that the database was written by a newer program: going on could damage it.
var ErrNewer = errors.New("the database is newer than this program")

// Migrate brings the database to this program's version. Two nodes that start at once take turns. A newer database is
// refused with ErrNewer (goose itself would go on).
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate: read version: %w", err)
	}
	sources := p.ListSources()
	if latest := sources[len(sources)-1].Version; have > latest {
		return fmt.Errorf("%w: version %d, this program knows %d", ErrNewer, have, latest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	var o []goose.ProviderOption
	if s.postgres {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
		// Asked every second, for five minutes: what else starts at once should not wait longer than the migrations take.
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		o = append(o, goose.WithSessionLocker(l))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	h, err := s.write.DB()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, h, files, o...)
}
