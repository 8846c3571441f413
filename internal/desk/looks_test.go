package desk_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// crowded is the demo town with sixty more trainees.
var crowded = storetest.Template{Make: func(dsn string) (err error) {
	ctx := context.Background()
	s, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	dir, err := os.MkdirTemp("", "tenarai-crowd-") // no look reads the bytes of a file
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	folder, err := files.Open(dir)
	if err != nil {
		return err
	}
	library, err := realCourses()
	if err != nil {
		return err
	}
	clock, random := demo.NewClock(func() time.Time { return demotest.Now }), demo.NewRandom(1)
	d := desk.New(desk.Config{
		Store: s, Files: folder, Catalog: library.Catalog, Bars: library.Bars, Now: clock.Now, Random: random, Passwords: demotest.Cheap, Address: demotest.Address,
	})
	return errors.Join(s.Migrate(ctx), demo.Build(ctx, d, demo.Options{Now: demotest.Now, Clock: clock, Random: random, Seed: 1, Trainees: 60}), makeReady(ctx, s), folder.Close())
}}

// makeReady makes the crowd ready and willing, which would take it longer than it has been there.
func makeReady(ctx context.Context, s *store.Store) error {
	return s.Tx(ctx, func(ctx context.Context) error {
		coordinator, err := s.MemberByEmail(ctx, "coordinator@tenarai.example")
		if err != nil {
			return err
		}
		center := coordinator.Memberships[0].Center
		rows, _, err := s.Members(ctx, center, "", member.Trainee, 0, 200)
		for _, r := range rows {
			if slices.ContainsFunc(demo.Cast, func(c demo.Somebody) bool { return c.Email == r.Email }) {
				continue
			}
			err = errors.Join(err, s.SetProfile(ctx, r.ID, store.Profile{
				Name: r.Name, Kana: r.Kana, Language: "ja", Hours: member.Availability{HoursWeek: 20, Stated: demotest.Now}, Consent: member.Consent{Share: demotest.Now},
			}), s.KeepReadiness(ctx, center, store.KeptReadiness{
				Member: r.ID, Since: demotest.Now, Judged: demotest.Now,
				Readiness: readiness.Readiness{JobType: "data-entry", Ready: true, Shown: true, Until: demotest.Now.AddDate(0, 0, 30)},
			}))
		}
		return err
	})
}

// side is a town whose queries are counted.
type side struct {
	*desk.Desk
	t       *testing.T
	store   *store.Store
	queries []string
	largest cohort.ID
	posting job.PostingID
}

// look is a page's look as somebody takes it. rows says how much there was to show, where the larger town shows more.
type look struct {
	name string
	who  string
	most int // queries
	// spared are the queries that an empty list in the small town does without.
	spared int
	take   func(s *side, a desk.Actor) (rows int, err error)
}

var looks = []look{
	{"home of a beginner", "aoi", 20, 0, func(s *side, a desk.Actor) (int, error) { _, err := s.LookHome(s.t.Context(), a); return -1, err }},
	{"home of one who is ready", "yumi", 20, 0, func(s *side, a desk.Actor) (int, error) { _, err := s.LookHome(s.t.Context(), a); return -1, err }},
	{"record", "yumi", 10, 0, func(s *side, a desk.Actor) (int, error) { _, err := s.LookRecord(s.t.Context(), a); return -1, err }},
	{"jobs", "yumi", 20, 0, func(s *side, a desk.Actor) (int, error) { _, err := s.LookJobs(s.t.Context(), a, ""); return -1, err }},
	{"readiness", "yumi", 20, 0, func(s *side, a desk.Actor) (int, error) { _, err := s.LookReadiness(s.t.Context(), a); return -1, err }},
	{"course", "haruka", 10, 0, func(s *side, a desk.Actor) (int, error) {
		_, err := s.LookCourse(s.t.Context(), a, demo.C1)
		return -1, err
	}},
	{"queue", "mentor", 4, 0, func(s *side, a desk.Actor) (int, error) {
		q, err := s.LookAtQueue(s.t.Context(), a, practice.WithMentor, desk.QueueAfter{})
		return len(q.Rows), err
	}},
	{"candidates", "company", 14, 0, func(s *side, a desk.Actor) (int, error) {
		c, err := s.LookCandidates(s.t.Context(), a, s.posting, 0, 50)
		return c.Considered, err
	}},
	{"today", "coordinator", 10, 1, func(s *side, a desk.Actor) (int, error) {
		v, err := s.LookToday(s.t.Context(), a)
		return len(v.Calls) + len(v.Cohorts) + v.Queue.Waiting, err
	}},
	{"cohorts", "coordinator", 4, 0, func(s *side, a desk.Actor) (int, error) {
		v, err := s.LookCohorts(s.t.Context(), a, 1)
		return len(v.Rows), err
	}},
	{"cohort", "coordinator", 6, 0, func(s *side, a desk.Actor) (int, error) {
		v, err := s.LookCohort(s.t.Context(), a, s.largest, "", 1)
		return len(v.Members), err
	}},
	{"progress", "coordinator", 8, 0, func(s *side, a desk.Actor) (int, error) {
		v, err := s.LookProgress(s.t.Context(), a, s.largest, desk.ProgressOrder{By: store.ByProgress}, 1)
		return len(v.Rows), err
	}},
	{"members", "admin", 4, 0, func(s *side, a desk.Actor) (int, error) {
		v, err := s.Members(s.t.Context(), a, "", "", 1)
		return v.Total, err
	}},
	{"trail", "admin", 4, 0, func(s *side, a desk.Actor) (int, error) {
		v, err := s.Trail(s.t.Context(), a, "", 0, 0)
		return int(v.Rows[0].ID), err
	}},
}

// A look asks as many queries in a town of seventy as in one of ten, and few.
func TestLooksDoNotGrow(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		var dsn string
		if town.Store.Postgres() {
			dsn = crowded.Postgres(t)
		} else {
			dsn = crowded.SQLite(t)
		}
		small, large := newSide(t, town.Desk.Config, town.DSN), newSide(t, town.Desk.Config, dsn)
		for _, l := range looks {
			few, rows := small.cost(l)
			many, more := large.cost(l)
			if len(few) != len(many) && len(few)+l.spared != len(many) || len(few) == 0 || len(many) > l.most {
				t.Errorf("%s: %d queries in the small town, %d in the large one, at most %d are allowed; the large one's:\n%s", l.name, len(few), len(many), l.most, lines(many))
			}
			if rows >= 0 && more <= rows {
				t.Errorf("%s: %d rows in the small town, %d in the large one: it proves nothing", l.name, rows, more)
			}
		}
	})
}

func lines(queries []string) (out string) {
	for _, q := range queries {
		out += q + "\n"
	}
	return out
}

func newSide(t *testing.T, c desk.Config, dsn string) *side {
	t.Helper()
	s := &side{t: t}
	var err error
	if s.store, err = store.Open(t.Context(), dsn, store.Options{Count: func(q string) { s.queries = append(s.queries, q) }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	c.Store = s.store
	s.Desk = desk.New(c)
	cohorts, err := s.LookCohorts(t.Context(), s.actor("coordinator"), 1)
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, r := range cohorts.Rows {
		if r.Members > most {
			s.largest, most = r.ID, r.Members
		}
	}
	postings, err := s.LookPostings(t.Context(), s.actor("company"), job.Open, "", 0, 9)
	if err != nil || len(postings.Rows) == 0 {
		t.Fatalf("no open posting, %v", err)
	}
	s.posting = postings.Rows[0].ID
	return s
}

func (s *side) actor(name string) desk.Actor {
	s.t.Helper()
	m, err := s.store.MemberByEmail(s.t.Context(), name+"@tenarai.example")
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.ActorFor(s.t.Context(), m.ID, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// cost is the queries of a look, and how much there was to show.
func (s *side) cost(l look) ([]string, int) {
	s.t.Helper()
	a := s.actor(l.who)
	s.queries = nil
	rows, err := l.take(s, a)
	if err != nil {
		s.t.Fatalf("%s: %v", l.name, err)
	}
	return s.queries, rows
}
