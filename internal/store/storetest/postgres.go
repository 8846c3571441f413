package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a server may take to start or to answer one statement on a busy machine.
const patience = 2 * time.Minute

// missing is the reason why there is no PostgreSQL to test with, as opposed to one that fails.
type missing string

func (m missing) Error() string { return string(m) }

func isMissing(err error) bool {
	var m missing
	return errors.As(err, &m)
}

// postgres is a server in which databases are made for tests.
type postgres struct {
	admin url.URL // connects to the database "postgres"
	// lifeline is set for a cluster of our own. It stands here so that nothing but the end of the process closes it.
	lifeline io.Closer
	count    atomic.Int64
}

// server is the one PostgreSQL of this test binary.
var server = sync.OnceValues(func() (*postgres, error) {
	if s := os.Getenv(serverEnv); s != "" {
		return running(s)
	}
	return startCluster()
})

// own tells whether the cluster is ours: it is thrown away whole, so that a template in it needs no dropping.
func (s *postgres) own() bool { return s.lifeline != nil }

// running is a server that somebody else started.
func running(setting string) (*postgres, error) {
	u, err := url.Parse(setting)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return nil, fmt.Errorf("%s must be an address like postgres://user@host:port/postgres", serverEnv)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/postgres"
	}
	return &postgres{admin: *u}, nil
}

// database makes a database for one test and drops it with the test.
func (s *postgres) database(t testing.TB, tp *Template) (string, error) {
	from := ""
	if tp.Make != nil && s.own() {
		var err error
		if from, err = tp.postgres.do(func() (string, error) { return s.template(tp.Make) }); err != nil {
			return "", err
		}
	}
	name, err := s.create(from)
	if err != nil {
		return "", err
	}
	t.Cleanup(func() {
		// FORCE: a test that leaves a connection open must not keep its database.
		if err := s.do("DROP DATABASE IF EXISTS " + quoted(name) + " WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	dsn := s.dsn(name)
	if tp.Make != nil && !s.own() {
		// On somebody else's server a template would stay behind for ever, so each database is made from nothing.
		err = tp.Make(dsn)
	}
	return dsn, err
}

// template makes the database that others are copied from, and returns its name.
func (s *postgres) template(build func(dsn string) error) (string, error) {
	name, err := s.create("")
	if err != nil {
		return "", err
	}
	if err := build(s.dsn(name)); err != nil {
		return "", fmt.Errorf("make template: %w", err)
	}
	return name, nil
}

// create makes a database, a copy of from or empty, under a name that no other test binary uses at the same time.
func (s *postgres) create(from string) (string, error) {
	if from == "" {
		from = "template0"
	}
	name := fmt.Sprintf("tenarai_test_%d_%d", os.Getpid(), s.count.Add(1))
	// Binary order and UTF-8 whatever the server's own default, so that lists sort as they do on SQLite.
	stmt := fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s ENCODING 'UTF8' LOCALE 'C.UTF-8'", quoted(name), quoted(from))
	return name, s.do(stmt)
}

// do runs one administrative statement on a connection of its own.
func (s *postgres) do(stmt string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, stmt); err != nil {
		return fmt.Errorf("%s: %w", stmt, err)
	}
	return nil
}

// dsn is the setting of a database of this server.
func (s *postgres) dsn(name string) string {
	u := s.admin
	u.Path = "/" + name
	return u.String()
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
