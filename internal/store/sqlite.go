package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/mattn/go-sqlite3"
)

// sqliteDriver is mattn's driver with a cache of prepared statements on each connection. gorm's own cache does not serve a
// deed: a statement prepared in a transaction belongs to it, and database/sql prepares it again at every use (measured: a
// fifth of a deed's time).
const sqliteDriver = "tenarai-sqlite3"

func init() { sql.Register(sqliteDriver, cachingDriver{&sqlite3.SQLiteDriver{}}) }

type cachingDriver struct{ *sqlite3.SQLiteDriver }

// Open opens a connection with an empty cache.
func (d cachingDriver) Open(dsn string) (driver.Conn, error) {
	c, err := d.SQLiteDriver.Open(dsn)
	if err != nil {
		return nil, err
	}
	return &cachingConn{SQLiteConn: c.(*sqlite3.SQLiteConn), idle: map[string]*sqlite3.SQLiteStmt{}}, nil
}

// cachedStatements is how many statements a connection keeps.
const cachedStatements = 400

// cachingConn keeps statements that are not in use by their text. database/sql lets one goroutine at a time use it.
type cachingConn struct {
	*sqlite3.SQLiteConn
	idle map[string]*sqlite3.SQLiteStmt
}

// take gives an idle statement or prepares one; nil for a text that the driver had better run itself.
func (c *cachingConn) take(ctx context.Context, query string, args int) (*sqlite3.SQLiteStmt, error) {
	s := c.idle[query]
	switch {
	case s != nil:
		delete(c.idle, query)
	case !single(query):
		return nil, nil //nolint:nilnil // "not this way"
	default:
		made, err := c.SQLiteConn.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		s = made.(*sqlite3.SQLiteStmt)
	}
	// The driver looks at this only where it prepares for itself; a value left out would be NULL.
	if want := s.NumInput(); args < want {
		c.giveBack(query, s)
		return nil, fmt.Errorf("not enough values for a query: want %d, got %d", want, args)
	}
	return s, nil
}

// single tells whether a text is surely one statement. A text of blanks or a comment has none at all, and preparing it
// gives a statement that must not be run.
func single(query string) bool {
	text := strings.TrimSpace(query)
	return text != "" && unicode.IsLetter(rune(text[0])) && !strings.Contains(text, ";")
}

// silent tells whether a text is surely a change that gives no rows. Of any other the driver runs the first row and does
// not reset it: kept, it would hold its snapshot and lock its tables.
func silent(query string) bool {
	verb, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	return slices.Contains([]string{"INSERT", "UPDATE", "DELETE"}, verb) && !strings.Contains(query, "RETURNING")
}

// giveBack keeps a statement for its next use.
func (c *cachingConn) giveBack(query string, s *sqlite3.SQLiteStmt) {
	if c.idle[query] != nil || len(c.idle) >= cachedStatements {
		_ = s.Close() // only frees memory
		return
	}
	c.idle[query] = s
}

// QueryContext runs a query on a kept statement.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query, len(args))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.SQLiteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = s.Close() // a statement that failed is not kept
		return nil, err
	}
	return &cachedRows{SQLiteRows: rows.(*sqlite3.SQLiteRows), conn: c, query: query, statement: s}, nil
}

// ExecContext runs a change on a kept statement.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query, len(args))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.SQLiteConn.ExecContext(ctx, query, args)
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		_ = s.Close() // a statement that failed is not kept
		return nil, err
	}
	if silent(query) {
		c.giveBack(query, s)
	} else {
		_ = s.Close() // only frees memory
	}
	return result, nil
}

// Close frees the statements with the connection.
func (c *cachingConn) Close() error {
	for _, s := range c.idle {
		_ = s.Close() // only frees memory
	}
	c.idle = nil
	return c.SQLiteConn.Close()
}

// cachedRows give their statement back when they are closed.
type cachedRows struct {
	*sqlite3.SQLiteRows
	conn      *cachingConn
	query     string
	statement *sqlite3.SQLiteStmt
	closed    bool
}

// Close closes the rows and keeps the statement.
func (r *cachedRows) Close() error {
	err := r.SQLiteRows.Close()
	if !r.closed {
		r.closed = true
		if err == nil && r.conn.idle != nil {
			r.conn.giveBack(r.query, r.statement)
		} else {
			_ = r.statement.Close() // only frees memory
		}
	}
	return err
}
