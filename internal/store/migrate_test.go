package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

func open(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// An empty database is brought up, and a second start changes nothing.
func TestMigrateTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Tx(t.Context(), func(ctx context.Context) error { return s.SetSetting(ctx, "a", "1") }); err != nil {
			t.Fatal(err)
		}
		before := shape(t, dsn)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Setting(t.Context(), "a"); v != "1" || err != nil || !maps.Equal(shape(t, dsn), before) {
			t.Errorf("the second start changed something: %q, %v", v, err)
		}
	})
}

// Nodes that start at once on an empty database all end with it migrated.
func TestMigrateAtOnce(t *testing.T) {
	var empty storetest.Template
	dsn := empty.Postgres(t)
	const nodes = 2
	stores := make([]*store.Store, nodes)
	for i := range stores {
		stores[i] = open(t, dsn)
	}
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := stores[0].Setting(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if n := ints(t, beside(t, dsn), "SELECT COUNT(*) FROM goose_db_version WHERE version_id = 1"); n[0] != 1 {
		t.Errorf("the first migration ran %d times", n[0])
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		applied := "TRUE"
		if strings.HasPrefix(dsn, "sqlite:") {
			applied = "1"
		}
		run(t, beside(t, dsn), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, "+applied+")")
		before := shape(t, dsn)
		if err := open(t, dsn).Migrate(t.Context()); !errors.Is(err, store.ErrNewer) || !strings.Contains(fmt.Sprint(err), "9999") {
			t.Errorf("%v, want ErrNewer with the version", err)
		}
		if !maps.Equal(shape(t, dsn), before) {
			t.Error("the newer database was changed")
		}
	})
}

// Both dialects end with the same tables: the same columns, each with or without NULL, the same unique keys and indexes.
func TestDialectsAgree(t *testing.T) {
	lite, pg := shape(t, migrated.SQLite(t)), shape(t, migrated.Postgres(t))
	if len(lite) < 150 {
		t.Fatalf("only %d facts were read", len(lite))
	}
	for _, name := range slices.Sorted(maps.Keys(lite)) {
		if pg[name] != lite[name] {
			t.Errorf("%s: %q on SQLite, %q on PostgreSQL", name, lite[name], pg[name])
		}
		delete(pg, name)
	}
	for _, name := range slices.Sorted(maps.Keys(pg)) {
		t.Errorf("%s: only on PostgreSQL", name)
	}
}

// shape is what a database looks like: columns with whether they may be NULL, what they refer to, and indexes with
// their columns.
func shape(t *testing.T, dsn string) map[string]string {
	t.Helper()
	db := beside(t, dsn)
	defer db.Close()
	out := map[string]string{}
	for _, query := range shapeQueries(strings.HasPrefix(dsn, "sqlite:")) {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var name, what sql.NullString
			if err := rows.Scan(&name, &what); err != nil {
				t.Fatal(err)
			}
			out[name.String] = what.String
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// shapeQueries answer with name and fact. A key's index has a name of the database's own choice, so that keys go by their
// columns.
func shapeQueries(lite bool) []string {
	if lite {
		const tables = "FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'goose%'"
		return []string{
			"SELECT 'column ' || t.name || '.' || c.name, CASE WHEN c.\"notnull\" OR c.pk > 0 THEN 'not null' ELSE 'null' END " + tables,
			`SELECT 'key ' || name || ' ' || cols, '' FROM (SELECT t.name, group_concat(c.name, ',') AS cols FROM (SELECT t.name, i.name AS idx FROM sqlite_master t
				JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'goose%' AND i."unique") t JOIN pragma_index_info(t.idx) c GROUP BY t.name, t.idx)`,
			"SELECT 'key ' || t.name || ' ' || c.name, '' " + tables + " AND c.pk = 1 AND (SELECT MAX(x.pk) FROM pragma_table_info(t.name) x) = 1",
			`SELECT 'index ' || name, (SELECT group_concat(c.name, ',') FROM pragma_index_info(m.name) c) FROM sqlite_master m WHERE type = 'index' AND sql LIKE 'CREATE INDEX%' AND tbl_name NOT LIKE 'goose%'`,
			`SELECT 'reference ' || t.name || '.' || f."from", f."table" || '.' || f."to" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`,
		}
	}
	const columns = "(SELECT string_agg(a.attname, ',' ORDER BY k.ord) FROM unnest(%s) WITH ORDINALITY k (num, ord) JOIN pg_attribute a ON a.attrelid = %s AND a.attnum = k.num)"
	ofIndex := fmt.Sprintf(columns, "i.indkey", "t.oid")
	const indexes = " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND t.relname NOT LIKE 'goose%'"
	return []string{
		"SELECT 'column ' || table_name || '.' || column_name, CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not null' END FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'",
		"SELECT 'key ' || t.relname || ' ' || " + ofIndex + ", ''" + indexes + " AND i.indisunique",
		"SELECT 'index ' || x.relname, " + ofIndex + indexes + " AND NOT i.indisunique",
		"SELECT 'reference ' || t.relname || '.' || " + fmt.Sprintf(columns, "c.conkey", "c.conrelid") + ", r.relname || '.' || " + fmt.Sprintf(columns, "c.confkey", "c.confrelid") +
			" FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid WHERE c.contype = 'f'",
	}
}
