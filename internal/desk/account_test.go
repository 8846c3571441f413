package desk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// accounts is a small installation: two centers, an administrator and a coordinator of the first, and a clock to set.
type accounts struct {
	*desk.Desk
	t     *testing.T
	ctx   context.Context
	clock time.Time
	here  member.CenterID
	there member.CenterID
	admin desk.Actor
	coord desk.Actor
}

const goodPassword = "a quiet river at night"

var migrated = storetest.Template{Make: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}}

// eachAccounts runs a test on a fresh installation of both databases.
func eachAccounts(t *testing.T, test func(t *testing.T, w *accounts)) {
	migrated.Each(t, func(t *testing.T, dsn string) { test(t, newAccounts(t, dsn)) })
}

func newAccounts(t *testing.T, dsn string) *accounts {
	t.Helper()
	w := &accounts{t: t, ctx: t.Context(), clock: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}
	s, err := store.Open(w.ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.Desk = desk.New(desk.Config{
		Store: s, Catalog: &course.Catalog{}, Random: rand.Reader, Now: func() time.Time { return w.clock },
		Passwords: desk.HashCost{MemoryKiB: 8}, Bars: []readiness.Bar{{JobType: "data-entry", HoursFreshDays: 30, Consent: true}},
		Printable: func(s string) []string {
			if strings.Contains(s, "☃") {
				return []string{"☃"}
			}
			return nil
		},
	})
	w.here = got(w.SetUpCenter(w.ctx, member.Center{Slug: "yuzawa", Name: "湯沢", PromiseDays: 3}))(t)
	w.there = got(w.SetUpCenter(w.ctx, member.Center{Slug: "yokote", Name: "横手", PromiseDays: 3}))(t)
	w.admin = w.person("admin@tenarai.example", member.Admin)
	w.coord = w.person("coordinator@tenarai.example", member.Coordinator)
	return w
}

// got is a value or the end of the test.
func got[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// person sets up somebody of the first center with a password.
func (w *accounts) person(email string, roles ...member.Role) desk.Actor {
	w.t.Helper()
	hash := got(w.HashPassword(w.ctx, goodPassword))(w.t)
	p := desk.Person{PasswordHash: hash, Member: member.Member{Name: "佐藤 葵", Email: email}}
	for _, r := range roles {
		p.Memberships = append(p.Memberships, member.Membership{Center: w.here, Role: r})
	}
	id := got(w.SetUpMember(w.ctx, p))(w.t)
	return got(w.ActorFor(w.ctx, id, 0))(w.t)
}

func (w *accounts) signIn(email string) (string, desk.Actor) {
	w.t.Helper()
	token, a, err := w.SignIn(w.ctx, email, goodPassword, "Firefox")
	if err != nil {
		w.t.Fatal(err)
	}
	return token, a
}

// letter is the token of the last letter of a kind to somebody; the outbox is emptied.
func (w *accounts) letter(m member.ID, kind string) string {
	w.t.Helper()
	token := ""
	err := w.Store.Tx(w.ctx, func(ctx context.Context) error {
		letters, err := w.Store.TakeLetters(ctx, w.clock, w.clock.Add(time.Hour), 100)
		for _, l := range letters {
			if l.Member == m && l.Kind == kind {
				token, _ = l.Data["token"].(string)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *accounts) trail() (actions []string) {
	w.t.Helper()
	for _, r := range got(w.Store.Trail(w.ctx, store.TrailFilter{Center: w.here, Limit: 100}))(w.t) {
		actions = append(actions, string(r.Action))
	}
	return actions
}

// wants checks that an error is the refusal with a key; the empty key wants none.
func wants(t *testing.T, err error, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	for _, p := range problem.Of(err) {
		if p.Key == key {
			return
		}
	}
	t.Fatalf("got %v, want the refusal %s", err, key)
}

func TestSignIn(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		token, a := w.signIn(" Aoi@Tenarai.example ")
		if a.Member != aoi.Member || a.Center != w.here || !a.Is(member.Trainee) || len(token) != 32 {
			t.Errorf("signed in as %+v with %q", a, token)
		}
		if again := got(w.Session(w.ctx, token))(t); again.Member != a.Member || again.Session != a.Session {
			t.Errorf("the session belongs to %+v", again)
		}
		for name, c := range map[string][2]string{
			"wrong password": {"aoi@tenarai.example", "not this one"}, "unknown": {"nobody@tenarai.example", goodPassword},
			"empty": {"", ""}, "hash": {"aoi@tenarai.example", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"},
		} {
			_, b, err := w.SignIn(w.ctx, c[0], c[1], "")
			if wants(t, err, "account.wrong"); b.SignedIn() {
				t.Errorf("%s: signed in", name)
			}
		}
		if stranger := got(w.Session(w.ctx, "no such token"))(t); stranger.SignedIn() {
			t.Error("a stranger is somebody")
		}
	})
}

// Nobody without a password (an open invitation) can be signed in to by any password.
func TestNoPasswordOpensAnOpenInvitation(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		_, err := w.AddMember(w.ctx, w.admin, desk.NewMember{Name: "新 人", Email: "new@tenarai.example", Language: "ja", Roles: []member.Role{member.Trainee}})
		wants(t, err, "")
		for _, password := range []string{"", "\x00", strings.Repeat("\x00", 32), goodPassword} {
			_, _, err := w.SignIn(w.ctx, "new@tenarai.example", password, "")
			wants(t, err, "account.wrong")
		}
	})
}

func TestSignInIsLimitedPerAccount(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.person("aoi@tenarai.example", member.Trainee)
		w.person("haruka@tenarai.example", member.Trainee)
		for _, email := range []string{"aoi@tenarai.example", "nobody@tenarai.example"} {
			for range 10 {
				_, _, err := w.SignIn(w.ctx, email, "wrong", "")
				wants(t, err, "account.wrong")
			}
			_, _, err := w.SignIn(w.ctx, email, goodPassword, "")
			wants(t, err, "account.too_many")
		}
		w.signIn("haruka@tenarai.example")
		w.clock = w.clock.Add(15*time.Minute + time.Second)
		w.signIn("aoi@tenarai.example")
		for range 9 { // signing in forgot the earlier failures
			_, _, err := w.SignIn(w.ctx, "aoi@tenarai.example", "wrong", "")
			wants(t, err, "account.wrong")
		}
		w.signIn("aoi@tenarai.example")
	})
}

// However many guesses come at once, no more are judged than the limit allows.
func TestLimitHoldsForGuessesAtOnce(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.person("aoi@tenarai.example", member.Trainee)
		var judged, others int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				_, _, err := w.SignIn(w.ctx, "aoi@tenarai.example", "wrong", "")
				mu.Lock()
				defer mu.Unlock()
				if l := problem.Of(err); len(l) == 1 && l[0].Key == "account.wrong" {
					judged++
				} else if len(l) != 1 {
					others++
				}
			})
		}
		all.Wait()
		if judged > 10 || others > 0 {
			t.Errorf("%d guesses were judged, %d failed", judged, others)
		}
	})
}

func TestPasswordsAreHashedAnewWhenTheCostChanges(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		before := got(w.Store.Password(w.ctx, aoi.Member))(t)
		w.signIn("aoi@tenarai.example")
		if after := got(w.Store.Password(w.ctx, aoi.Member))(t); after != before {
			t.Error("hashed anew at the same cost")
		}
		w.Passwords = desk.HashCost{MemoryKiB: 16, Passes: 2}
		w.signIn("aoi@tenarai.example")
		if after := got(w.Store.Password(w.ctx, aoi.Member))(t); !strings.Contains(after, "m=16,t=2") {
			t.Errorf("kept as %s", after)
		}
		w.signIn("aoi@tenarai.example")
	})
}

func TestSessionSlidesAndEnds(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.person("aoi@tenarai.example", member.Trainee)
		token, a := w.signIn("aoi@tenarai.example")
		seen := func() time.Time { return got(w.Sessions(w.ctx, a))(t)[0].Seen }
		start := w.clock
		w.clock = start.Add(5*time.Minute - time.Millisecond)
		if got(w.Session(w.ctx, token))(t); !seen().Equal(start) {
			t.Error("written before five minutes were over")
		}
		w.clock = start.Add(5 * time.Minute)
		if got(w.Session(w.ctx, token))(t); !seen().Equal(w.clock) {
			t.Error("not written after five minutes")
		}
		w.clock = w.clock.Add(desk.SessionFor - time.Second)
		if !got(w.Session(w.ctx, token))(t).SignedIn() {
			t.Error("ended too early")
		}
		w.clock = w.clock.Add(desk.SessionFor)
		if got(w.Session(w.ctx, token))(t).SignedIn() {
			t.Error("still good after thirty days without use")
		}
	})
}

func TestDevices(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.person("aoi@tenarai.example", member.Trainee)
		w.person("haruka@tenarai.example", member.Trainee)
		one, a := w.signIn("aoi@tenarai.example")
		two, b := w.signIn("aoi@tenarai.example")
		three, _ := w.signIn("aoi@tenarai.example")
		other, h := w.signIn("haruka@tenarai.example")
		wants(t, w.EndSession(w.ctx, h, a.Session), "") // not hers: nothing happens
		list := got(w.Sessions(w.ctx, a))(t)
		if len(list) != 3 || !slices.ContainsFunc(list, func(d desk.Device) bool { return d.Here && d.ID == a.Session }) {
			t.Fatalf("devices %+v", list)
		}
		wants(t, w.EndSession(w.ctx, a, b.Session), "")
		wants(t, w.EndOtherSessions(w.ctx, a), "")
		for token, in := range map[string]bool{one: true, two: false, three: false, other: true} {
			if got(w.Session(w.ctx, token))(t).SignedIn() != in {
				t.Errorf("signed in is not %v", in)
			}
		}
		wants(t, w.SignOut(w.ctx, one), "")
		wants(t, w.SignOut(w.ctx, one), "")
		if got(w.Session(w.ctx, one))(t).SignedIn() {
			t.Error("signed out and still in")
		}
	})
}

func TestSwitchCenterRotatesTheToken(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		err := w.Store.Tx(w.ctx, func(ctx context.Context) error {
			return w.Store.AddRole(ctx, aoi.Member, member.Membership{Center: w.there, Role: member.Mentor}, w.clock)
		})
		wants(t, err, "")
		token, a := w.signIn("aoi@tenarai.example")
		fresh, b, err := w.SwitchCenter(w.ctx, a, w.there)
		if wants(t, err, ""); b.Center != w.there || !b.Is(member.Mentor) || b.Is(member.Trainee) {
			t.Errorf("acts as %+v", b)
		}
		if got(w.Session(w.ctx, token))(t).SignedIn() || got(w.Session(w.ctx, fresh))(t).Center != w.there {
			t.Error("the old token still works, or the new one does not")
		}
		if _, _, err = w.SwitchCenter(w.ctx, w.coord, w.there); !problem.Is(err, problem.NotFound) {
			t.Errorf("into a center that is not hers: %v", err)
		}
	})
}

func (w *accounts) company() member.CompanyID {
	w.t.Helper()
	return got(w.SetUpCompany(w.ctx, job.Company{Center: w.here, Name: "川連漆器の店"}))(w.t)
}
