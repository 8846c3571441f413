package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// A name comes back byte for byte or is refused whole, on every way into the database.
func TestNamesByteForByte(t *testing.T) {
	names := []string{
		"𠮷田 由美", "髙﨑 健二", "辻󠄀 花子", "か\u3099", "が", "Zoë Ångström", "O'Brien; --", `back\slash "quoted" 100%_`, "👩🏽\u200d💻", "a\tb\nc\r\nd", "\u202eright", "🈂️",
	}
	onBoth(t, func(k *kept) {
		for _, name := range names {
			m := k.person(name, member.Trainee)
			got, err := k.Member(context.Background(), m)
			if err != nil || got.Name != name {
				k.t.Errorf("%q came back as %q, %v", name, got.Name, err)
			}
		}
		for _, name := range []string{"a\x00b", "\x00", "a\xffb"} {
			var m member.ID
			err := k.Tx(context.Background(), func(ctx context.Context) (err error) {
				m, err = k.AddMember(ctx, member.Member{Name: name}, start)
				return err
			})
			if err != nil {
				continue // refused whole; the transaction is gone
			}
			if got, err := k.Member(context.Background(), m); err != nil || got.Name != name {
				k.t.Errorf("%q was accepted and came back as %q, %v", name, got.Name, err)
			}
		}
	})
}

// Whoever is looked for by what stands in her name, reading or address is found, whatever signs it is made of, and nobody else.
func TestMembersAreFoundByWhatStandsThere(t *testing.T) {
	people := []string{"100% 一郎", "100点 二郎", "a_b 三郎", "axb 四郎", `c\d 五郎`, "c%d 六郎", "Zoë 七", "ＡＢＣ 八", "SATO 九", "'; DROP TABLE member; --", "𠮷田 十", "吉田 十一"}
	onBoth(t, func(k *kept) {
		for _, name := range people {
			k.person(name, member.Trainee)
		}
		find := func(what string) []string {
			rows, more, err := k.Members(context.Background(), k.center, what, "", 0, 50)
			if err != nil || more {
				k.t.Fatalf("%q: %v, more %v", what, err, more)
			}
			n, err := k.CountMembers(context.Background(), k.center, what, "")
			if err != nil || n != len(rows) {
				k.t.Errorf("%q: counted %d of %d, %v", what, n, len(rows), err)
			}
			out := make([]string, len(rows))
			for i, r := range rows {
				out[i] = r.Name
			}
			return out
		}
		for _, name := range people {
			if got := find(name); !slices.Equal(got, []string{name}) {
				k.t.Errorf("%q finds %q", name, got)
			}
		}
		for what, want := range map[string][]string{
			"%": {"100% 一郎", "c%d 六郎"}, "_": {"a_b 三郎"}, `\`: {`c\d 五郎`}, "a_b": {"a_b 三郎"}, "sato": {"SATO 九"}, "ZO": {"Zoë 七"}, "P3@TENARAI": {"a_b 三郎"}, "nobody": nil,
		} {
			if got := find(what); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
				k.t.Errorf("%q finds %q, want %q", what, got, want)
			}
		}
		if got := find(""); len(got) != len(people) {
			k.t.Errorf("without a word %d are found", len(got))
		}
	})
}

// Pages of the list show everybody once, in one order, and only who has the role in the center.
func TestMembersInPages(t *testing.T) {
	onBoth(t, func(k *kept) {
		for i := range 7 {
			k.person(fmt.Sprintf("人 %d", 6-i), member.Trainee)
		}
		both := k.person("両方", member.Trainee, member.Mentor)
		k.person("役なし")
		list := func(role member.Role, size int) (out []string) {
			for offset := 0; ; offset += size {
				rows, more, err := k.Members(context.Background(), k.center, "", role, offset, size)
				if err != nil || len(rows) > size || more && len(rows) < size {
					k.t.Fatalf("%d rows, more %v, %v", len(rows), more, err)
				}
				for _, r := range rows {
					out = append(out, r.Name)
					if r.ID == both && !slices.Equal(slices.Sorted(slices.Values(r.Roles)), []member.Role{member.Mentor, member.Trainee}) {
						k.t.Errorf("the roles of one who has two: %v", r.Roles)
					}
				}
				if !more {
					return out
				}
			}
		}
		want := []string{"両方", "人 0", "人 1", "人 2", "人 3", "人 4", "人 5", "人 6"}
		slices.Sort(want)
		for size := 1; size < 10; size++ {
			if got := list("", size); !slices.Equal(got, want) {
				k.t.Errorf("pages of %d: %q", size, got)
			}
		}
		if got := list(member.Mentor, 3); !slices.Equal(got, []string{"両方"}) {
			k.t.Errorf("mentors %q", got)
		}
		counts, err := k.RoleCounts(context.Background(), k.center)
		if err != nil || counts[member.Trainee] != 8 || counts[member.Mentor] != 1 {
			k.t.Errorf("counts %v, %v", counts, err)
		}
	})
}

// A session opens the door until its instant, for an account that is not closed, under its latest token.
func TestSession(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		m := k.person("人", member.Trainee, member.Mentor)
		ends := start.Add(time.Hour)
		id := value(k, func(ctx context.Context) (int64, error) {
			return k.AddSession(ctx, "token", store.Session{Member: m, Center: k.center, Device: "端末", Created: start, Seen: start, Expires: ends})
		})
		opens := func(token string, now time.Time) bool {
			v, err := k.Session(ctx, token, now)
			if err != nil && !problem.Is(err, problem.NotFound) {
				k.t.Fatal(err)
			}
			if err == nil && (v.Session.ID != id || v.Session.Member != m || v.Name != "人" || v.Language != "ja" || len(v.Roles) != 2) {
				k.t.Errorf("%+v", v)
			}
			return err == nil
		}
		wants := func(what string, got, want bool) {
			k.t.Helper()
			if got != want {
				k.t.Errorf("%s: %v", what, got)
			}
		}
		wants("in time", opens("token", ends.Add(-time.Millisecond)), true)
		wants("at its end", opens("token", ends), false)
		wants("another token", opens("TOKEN", start), false)
		k.do(func(ctx context.Context) error { return k.SetDisabled(ctx, m, start) })
		wants("a closed account", opens("token", start), false)
		k.do(func(ctx context.Context) error { return k.SetDisabled(ctx, m, time.Time{}) })
		wants("opened again", opens("token", start), true)
		k.do(func(ctx context.Context) error {
			return errors.Join(k.TouchSession(ctx, id, start, ends.Add(time.Hour)), k.MoveSession(ctx, id, k.center, "fresh"))
		})
		wants("the old token", opens("token", start), false)
		wants("the new one, later", opens("fresh", ends), true)

		other := k.person("別の人", member.Trainee)
		k.do(func(ctx context.Context) error { return k.EndSession(ctx, other, id) })
		wants("ended by another", opens("fresh", start), true)
		k.do(func(ctx context.Context) error { return k.EndSessions(ctx, m, id) })
		wants("all others ended", opens("fresh", start), true)
		if list, err := k.Sessions(ctx, m, ends.Add(time.Hour)); err != nil || len(list) != 0 {
			k.t.Errorf("what ran out is listed: %+v, %v", list, err)
		}
		k.do(func(ctx context.Context) error { return k.EndSession(ctx, m, id) })
		wants("ended", opens("fresh", start), false)
	})
}

// Somebody without a role in the session's center still has her session, with no rights.
func TestSessionWithoutRoles(t *testing.T) {
	onBoth(t, func(k *kept) {
		m := k.person("人", member.Trainee)
		k.do(func(ctx context.Context) error {
			_, err := k.AddSession(ctx, "token", store.Session{Member: m, Center: k.center, Created: start, Expires: start.Add(time.Hour)})
			return errors.Join(err, k.RemoveRole(ctx, m, k.center, member.Trainee))
		})
		if v, err := k.Session(context.Background(), "token", start); err != nil || len(v.Roles) != 0 {
			k.t.Errorf("%+v, %v", v, err)
		}
	})
}

// A one-time link is used once, in time, and a newer one takes the older back.
func TestLink(t *testing.T) {
	onBoth(t, func(k *kept) {
		m := k.person("人")
		ends := start.Add(time.Hour)
		add := func(token, kind string) {
			k.do(func(ctx context.Context) error {
				return k.AddLink(ctx, token, store.Link{Member: m, Kind: kind, Created: start, Expires: ends})
			})
		}
		use := func(token string, now time.Time) error {
			return k.Tx(context.Background(), func(ctx context.Context) error { return k.UseLink(ctx, token, now) })
		}
		add("old", "reset")
		add("other kind", "code")
		add("new", "reset")
		for what, err := range map[string]error{"taken back": use("old", start), "run out": use("new", ends), "unknown": use("x", start)} {
			if !problem.Is(err, problem.Conflict) {
				k.t.Errorf("%s: %v", what, err)
			}
		}
		if err := errors.Join(use("new", ends.Add(-time.Millisecond)), use("other kind", start)); err != nil {
			k.t.Error(err)
		}
		if err := use("new", start); !problem.Is(err, problem.Conflict) {
			k.t.Errorf("twice: %v", err)
		}
	})
}

// A cohort comes back as it was kept, with a title in either language, both or none, and changes at its version alone; its
// courses stay.
func TestCohortIsKept(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		for _, title := range []course.Text{{}, {JA: "湯沢市 在宅ワーカー養成講座 第1期"}, {EN: "Yuzawa Home Worker Programme"}, {JA: "養成講座", EN: "Programme"}} {
			c := cohort.Cohort{Center: k.center, Name: "第1期", Title: title, Starts: start, Ends: start.AddDate(0, 3, 0), Courses: []string{"c2", "c1"}}
			c.ID = value(k, func(ctx context.Context) (cohort.ID, error) { return k.AddCohort(ctx, c, start) })
			c.Version = 1
			if got, err := k.Cohort(ctx, k.center, c.ID); err != nil || !reflect.DeepEqual(got, c) {
				k.t.Errorf("kept %+v, %v, want %+v", got, err, c)
			}
			c.Name, c.Title, c.Starts, c.Ends = "初めの組", course.Text{JA: title.EN, EN: title.JA}, start.AddDate(0, 0, 1), time.Time{}
			k.do(func(ctx context.Context) error { return k.ChangeCohort(ctx, c) })
			k.refused("an old version", problem.Conflict, func(ctx context.Context) error { return k.ChangeCohort(ctx, c) })
			c.Version = 2
			if got, err := k.Cohort(ctx, k.center, c.ID); err != nil || !reflect.DeepEqual(got, c) {
				k.t.Errorf("changed to %+v, %v, want %+v", got, err, c)
			}
			elsewhere := c
			elsewhere.Center++
			k.refused("another center", problem.Conflict, func(ctx context.Context) error { return k.ChangeCohort(ctx, elsewhere) })
		}
	})
}

// The progress table sorts by each of its orders, up and down, with ties in a fixed order, in pages without gaps.
func TestProgressSorts(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		c := value(k, func(ctx context.Context) (cohort.ID, error) {
			return k.AddCohort(ctx, cohort.Cohort{Center: k.center, Name: "第1期", Starts: start, Courses: []string{taught}}, start)
		})
		// By name b a d c e; a and d have done nothing, c and e the same; b was active last, a never.
		people := map[string]member.ID{}
		for _, p := range []struct {
			name, sort string
			done, hour int
		}{{"a", "い", 0, 0}, {"b", "あ", 3, 9}, {"c", "え", 1, 4}, {"d", "う", 0, 2}, {"e", "お", 1, 4}} {
			m := k.person(p.name, member.Trainee)
			people[p.name] = m
			r := k.run(m)
			k.do(func(ctx context.Context) error {
				_, err := k.Enrol(ctx, cohort.Enrolment{Cohort: c, Member: m, At: start}, k.center, p.sort)
				err = errors.Join(err, k.CountEnrolments(ctx, m))
				for i := range p.done {
					_, e := k.MarkDone(ctx, r, item(string(rune('a'+i))), true, start)
					err = errors.Join(err, e)
				}
				if p.hour > 0 {
					err = errors.Join(err, k.Touch(ctx, r, start.Add(time.Duration(p.hour)*time.Hour)))
				}
				return err
			})
		}
		for by, want := range map[store.ProgressSort]string{store.ByName: "badce", store.ByProgress: "adceb", store.ByActivity: "adceb", "nonsense": "badce"} {
			for _, down := range []bool{false, true} {
				for size := 1; size <= 5; size++ {
					got := ""
					for offset, more := 0, true; more; offset += size {
						var rows []store.ProgressRow
						var err error
						if rows, more, err = k.Progress(ctx, c, by, down, offset, size); err != nil {
							k.t.Fatal(err)
						}
						for _, r := range rows {
							got += r.Name
						}
					}
					if down {
						r := strings.Split(got, "")
						slices.Reverse(r)
						got = strings.Join(r, "")
					}
					if got != want {
						k.t.Errorf("by %s, down %v, pages of %d: %s, want %s", by, down, size, got, want)
					}
				}
			}
		}
		if n, err := k.CountEnrolled(ctx, c); err != nil || n != 5 {
			k.t.Errorf("%d are in, %v", n, err)
		}
	})
}
