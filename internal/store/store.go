// Package store keeps everything in SQL, on SQLite or PostgreSQL, from one implementation. It alone knows gorm.
// Reads go to a pool of readers or to the transaction in ctx; writes happen inside Tx only.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver behind gorm's dialect registers itself
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"tenarai/internal/problem"
)

// Store is one open database.
type Store struct {
	write, read *gorm.DB
	postgres    bool
	counter     func(query string)
}

// Options change how a database is opened.
type Options struct {
	Count func(query string) // called with every query that is sent; for tests and benchmarks that count
	Conns int                // PostgreSQL: connections at most; 0: 10. SQLite: readers; 0: 4
}

// Open opens a database by its address: "sqlite:PATH" or "postgres://…". It does not migrate.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	s := &Store{counter: o.Count}
	path, lite := strings.CutPrefix(dsn, "sqlite:")
	var err error
	switch {
	case lite:
		err = s.openSQLite(ctx, path, o)
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		err = s.openPostgres(ctx, dsn, o)
	default:
		err = errors.New(`the database's address must begin with "sqlite:" or "postgres://"`)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

func (s *Store) openSQLite(ctx context.Context, path string, o Options) error {
	// What is deleted is overwritten (secure_delete): of somebody who was erased nothing stays in the file's free pages.
	base := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=on&_secure_delete=on"
	var err error
	if s.write, err = open(sqlite.Dialector{DriverName: sqliteDriver, DSN: base + "&_txlock=immediate"}, s.counter); err != nil {
		return err
	}
	if err := limit(s.write, 1); err != nil {
		return err
	}
	if s.read, err = open(sqlite.Dialector{DriverName: sqliteDriver, DSN: base + "&_query_only=1"}, s.counter); err != nil {
		return err
	}
	if err := limit(s.read, max(o.Conns, 4)); err != nil {
		return err
	}
	return s.checkPragmas(ctx)
}

func (s *Store) openPostgres(ctx context.Context, dsn string, o Options) error {
	db, err := open(postgres.New(postgres.Config{DSN: dsn}), s.counter)
	if err != nil {
		return err
	}
	s.write, s.read, s.postgres = db, db, true
	conns := o.Conns
	if conns == 0 {
		conns = 10
	}
	if err := limit(db, conns); err != nil {
		return err
	}
	return s.Ping(ctx)
}

func open(d gorm.Dialector, count func(string)) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true, // a deed opens its own
		// Statements are kept by the drivers (pgx, and ours for SQLite): gorm's cache prepares anew in every transaction.
		PrepareStmt:          false,
		TranslateError:       true,
		DisableAutomaticPing: true,
		NowFunc:              func() time.Time { return time.Time{} }, // the clock is handed in; gorm must not tell the time
		Logger:               tracer{count},
	})
	if err != nil {
		return nil, err
	}
	return db, nil
}

func limit(db *gorm.DB, n int) error {
	h, err := db.DB()
	if err != nil {
		return err
	}
	h.SetMaxOpenConns(n)
	h.SetMaxIdleConns(n)
	return nil
}

// checkPragmas reads back what the address asked for: a driver that ignored it would lose acknowledged work.
func (s *Store) checkPragmas(ctx context.Context) error {
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "secure_delete": "1"}
	for _, db := range []*gorm.DB{s.write, s.read} {
		for name, value := range want {
			var got string
			if err := db.WithContext(ctx).Raw("PRAGMA " + name).Scan(&got).Error; err != nil {
				return fmt.Errorf("read pragma %s: %w", name, err)
			}
			if got != value {
				return fmt.Errorf("pragma %s is %q, must be %q", name, got, value)
			}
		}
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.read, s.write} {
		if h, err := db.DB(); err == nil {
			errs = append(errs, h.Close())
		}
		if s.postgres {
			break
		}
	}
	return errors.Join(errs...)
}

// Ping tells whether the database answers. On SQLite it reads the file: the driver takes an open handle for an answer.
func (s *Store) Ping(ctx context.Context) error {
	query := "SELECT 1 FROM sqlite_master LIMIT 1"
	if s.postgres {
		query = "SELECT 1"
	}
	var one int
	return wrap("ping", s.read.WithContext(ctx).Raw(query).Scan(&one).Error)
}

// Checkpoint writes SQLite's log into the database's file and empties it: until then the log holds what was overwritten
// there. Where a reader is in the way for longer than the busy timeout, the log stays for the next time; that is no error.
// It belongs outside of transactions, and is nothing to do on PostgreSQL.
func (s *Store) Checkpoint(ctx context.Context) error {
	if s.postgres {
		return nil
	}
	if ctx.Value(txKey{}) != nil { // the only writer would wait for itself
		return errors.New("a checkpoint inside a transaction")
	}
	var done struct{ Busy, Log, Checkpointed int }
	return wrap("checkpoint", s.write.WithContext(ctx).Raw("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&done).Error)
}

// Postgres tells which of the two databases it is.
func (s *Store) Postgres() bool { return s.postgres }

type txKey struct{}

// Tx runs f in one transaction, carried by the context it gets. A Tx inside a Tx joins it. An error or a panic rolls back.
func (s *Store) Tx(ctx context.Context, f func(ctx context.Context) error) error {
	if ctx.Value(txKey{}) != nil {
		return f(ctx)
	}
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return f(context.WithValue(ctx, txKey{}, tx))
	})
	if err != nil && len(problem.Of(err)) == 0 {
		return fmt.Errorf("transaction: %w", err)
	}
	return err
}

// q reads: in the transaction if there is one, else through the readers.
func (s *Store) q(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(txKey{}).(*gorm.DB); ok {
		return tx.WithContext(ctx)
	}
	return s.read.WithContext(ctx)
}

var errOutside = errors.New("a write outside a transaction")

// x writes: only in a transaction.
func (s *Store) x(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(txKey{}).(*gorm.DB); ok {
		return tx.WithContext(ctx)
	}
	db := s.write.WithContext(ctx)
	_ = db.AddError(errOutside)
	return db
}

// row reads the columns of one row, in the order of the SELECT.
type row func(columns ...any) error

// scan runs a query and hands its rows to read one by one. gorm's own Scan sets every field by reflection, which on lists
// costs nearly as much as the database. It is for what is read on every page and for what has many rows.
func scan(q *gorm.DB, read func(columns row) error) error {
	rows, err := q.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// wrap is the only translation of database errors: what is not there is NotFound, what is there twice is a Conflict.
func wrap(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return problem.Missing("store.missing")
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return problem.Clash("store.taken")
	}
	return fmt.Errorf("%s: %w", op, err)
}

// changed turns a conditional update that met no row into a Conflict.
func changed(op string, r *gorm.DB) error {
	if r.Error != nil {
		return wrap(op, r.Error)
	}
	if r.RowsAffected == 0 {
		return problem.Clash("store.moved_on")
	}
	return nil
}

// ms is how times are kept: UTC unix milliseconds, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is ms backwards.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// lock is the clause that locks a row on PostgreSQL; on SQLite the single writer does it.
func (s *Store) lock() string {
	if s.postgres {
		return " FOR UPDATE"
	}
	return ""
}

// tracer counts queries for tests and logs nothing: a query holds what people typed.
type tracer struct{ count func(string) }

func (t tracer) LogMode(logger.LogLevel) logger.Interface { return t }
func (t tracer) Info(context.Context, string, ...any)     {}
func (t tracer) Warn(context.Context, string, ...any)     {}
func (t tracer) Error(context.Context, string, ...any)    {}
func (t tracer) ParamsFilter(_ context.Context, q string, _ ...any) (string, []any) {
	return q, nil // never a value in a log
}

func (t tracer) Trace(_ context.Context, _ time.Time, f func() (string, int64), _ error) {
	if t.count != nil {
		q, _ := f()
		t.count(q)
	}
}
