package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// keepMuch keeps so many large letters in one transaction.
func (k *kept) keepMuch(n int) error {
	m := k.person("人")
	return k.Tx(context.Background(), func(ctx context.Context) error {
		for range n {
			data := map[string]any{"text": strings.Repeat("あ", 2000)}
			if err := k.AddLetter(ctx, store.Letter{Member: m, Kind: "received", Data: data, Created: start, SendAfter: start}); err != nil {
				return err
			}
		}
		return nil
	})
}

// A full disk keeps nothing of a deed, is known as such, and is over when there is room again.
func TestFullDisk(t *testing.T) {
	k := openSQLite(t)
	if err := k.keepMuch(1); err != nil {
		t.Fatal(err)
	}
	if err := k.OnWriter(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // no page more than there are
		t.Fatal(err)
	}
	if err := k.Tx(t.Context(), func(ctx context.Context) error {
		return k.SetSetting(ctx, "x", strings.Repeat("あ", 100_000))
	}); !store.Away(err) || store.Unsure(err) {
		t.Errorf("on a full disk: %v", err)
	}
	if v, err := k.Setting(t.Context(), "x"); v != "" || err != nil {
		t.Errorf("half a deed was kept: %d bytes, %v", len(v), err)
	}
	if err := k.Ping(t.Context()); err != nil {
		t.Errorf("it cannot be read: %v", err)
	}
	if err := k.OnWriter(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := k.keepMuch(20); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func openSQLite(t *testing.T) *kept {
	t.Helper()
	k := &kept{t: t, dsn: migrated.SQLite(t)}
	var err error
	if k.Store, err = store.Open(t.Context(), k.dsn, store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	k.center = k.newCenter("yuzawa")
	return k
}

// A database that may not be written, on either kind, is away; what was refused or not found is not.
func TestReadOnlyDatabase(t *testing.T) {
	onBoth(t, func(k *kept) {
		lock, free := "PRAGMA query_only = 1", "PRAGMA query_only = 0"
		if k.Postgres() {
			lock, free = "SET default_transaction_read_only = on", "SET default_transaction_read_only = off"
			k.one() // a setting is a connection's
		}
		keep := func() error {
			return k.Tx(k.t.Context(), func(ctx context.Context) error { return k.SetSetting(ctx, "x", "y") })
		}
		if err := k.OnWriter(k.t.Context(), lock); err != nil {
			k.t.Fatal(err)
		}
		if err := keep(); !store.Away(err) {
			k.t.Errorf("read-only: %v", err)
		}
		if err := k.OnWriter(k.t.Context(), free); err != nil {
			k.t.Fatal(err)
		}
		if err := keep(); err != nil {
			k.t.Errorf("writable again: %v", err)
		}
		_, err := k.Member(k.t.Context(), 99_999)
		if err == nil || store.Away(err) || store.Away(k.OnWriter(k.t.Context(), "NO SQL")) {
			k.t.Errorf("what is not there, or is wrong, is away: %v", err)
		}
	})
}

// one opens the store anew with one connection.
func (k *kept) one() {
	k.t.Helper()
	s, err := store.Open(k.t.Context(), k.dsn, store.Options{Conns: 1})
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { _ = s.Close() })
	k.Store = s
}

// A PostgreSQL that ends our connections (it is stopped, or restarted) is away for what was under way, and the store works
// on by itself afterwards.
func TestPostgresEndsConnections(t *testing.T) {
	dsn := migrated.Postgres(t)
	k := &kept{t: t, dsn: dsn}
	var err error
	if k.Store, err = store.Open(t.Context(), dsn, store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	k.center = k.newCenter("yuzawa")
	err = k.Tx(t.Context(), func(ctx context.Context) error {
		if err := k.SetSetting(ctx, "x", "y"); err != nil {
			return err
		}
		other, err := store.Open(ctx, dsn, store.Options{Conns: 1})
		if err != nil {
			return err
		}
		defer other.Close()
		if err := other.OnWriter(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
			return err
		}
		return k.SetSetting(ctx, "x", "z")
	})
	if !store.Away(err) {
		t.Errorf("in the middle of a deed: %v", err)
	}
	for tries := 0; ; tries++ { // idle connections may be found dead once each
		v, err := k.Setting(t.Context(), "x")
		if err == nil {
			if v != "" {
				t.Errorf("half a deed was kept: %q", v)
			}
			break
		}
		if tries > 20 || !store.Away(err) {
			t.Fatalf("afterwards: %v", err)
		}
	}
}

func TestAway(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("a mistake of ours"), false},
		{problem.Clash("store.moved_on"), false},
		{context.Canceled, false},
		{fmt.Errorf("read: %w", late.Err()), true},
	} {
		if store.Away(c.err) != c.want {
			t.Errorf("%v: %t", c.err, !c.want)
		}
	}
	if store.Unsure(nil) || store.Unsure(problem.Clash("store.moved_on")) || !store.Unsure(late.Err()) {
		t.Error("who was refused, or got no answer, is told the other's story")
	}
	_, err := store.Open(t.Context(), "postgres://127.0.0.1:1/x", store.Options{})
	if !store.Away(err) {
		t.Errorf("nobody listens: %v", err)
	}
}
