package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"tenarai/internal/problem"
)

// Away tells whether an error means that the database cannot be used just now: it is stopped or starting, cannot be
// reached, is locked by another program, has no room or may not be written. Nothing is wrong with what was asked, and the
// same may work later.
func Away(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return awaySQLite(lite.Code)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return awayPostgres(pg.Code)
	}
	var (
		connecting *pgconn.ConnectError
		network    net.Error
	)
	if errors.As(err, &connecting) || errors.As(err, &network) || pgconn.SafeToRetry(err) {
		return true
	}
	for _, lost := range []error{driver.ErrBadConn, sql.ErrConnDone, io.ErrUnexpectedEOF, context.DeadlineExceeded} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}

func awaySQLite(code sqlite3.ErrNo) bool {
	switch code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrProtocol, sqlite3.ErrNomem:
		return true
	}
	return false
}

// awayPostgres reads an SQLSTATE, by its class (PostgreSQL's documentation, appendix A): 08 connection, 40 rolled back for
// another's sake, 53 no room left, 57 an operator stepped in (it shuts down or starts), 58 the system failed. 25006 is a
// server that may only be read: a stand-by.
func awayPostgres(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", "40", "53", "57", "58":
		return true
	}
	return code == "25006"
}

// Unsure tells whether a transaction that ended in this error may have been kept all the same: the connection was lost
// before the answer came, or the disk failed in the middle. What the database itself refused was surely not kept.
func Unsure(err error) bool {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	switch {
	case err == nil || len(problem.Of(err)) > 0:
		return false
	case errors.As(err, &lite):
		return lite.Code == sqlite3.ErrIoErr
	case errors.As(err, &pg):
		return strings.HasPrefix(pg.Code, "08")
	}
	return true
}
