package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

func TestInviteOneEnrolsStartsCoursesAndWrites(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		a, row := h.key(h.kyoko), desk.InviteRow{Name: " 佐藤　葵 ", Kana: "さとう あおい", Email: "Aoi@Tenarai.example"}
		first, err := h.InviteOne(t.Context(), a, h.cohort, row)
		h.must(err)
		again, err := h.InviteOne(t.Context(), a, h.cohort, row)
		h.must(err)
		if first != again || first.New != 1 || first.Member == 0 {
			t.Fatalf("the same form twice: %+v, then %+v", first, again)
		}
		look, err := h.LookCohort(t.Context(), h.kyoko, h.cohort, "", 1)
		h.must(err)
		if len(look.Members) != 1 {
			t.Fatalf("members %+v", look.Members)
		}
		m := look.Members[0]
		if m.Name != "佐藤 葵" || m.Email != "aoi@tenarai.example" || m.Total != 6 || m.Done != 0 || !m.Pending || !m.LastActivity.IsZero() {
			t.Errorf("member %+v", m)
		}
		for query, want := range map[string]int{
			"SELECT COUNT(*) FROM course_run":                                                                      2,
			"SELECT COUNT(*) FROM run_module":                                                                      3,
			"SELECT COUNT(*) FROM outbox WHERE kind = 'invitation' AND at_once":                                    1,
			"SELECT COUNT(*) FROM event WHERE action = 'member.added' AND about_id = (SELECT MAX(id) FROM member)": 1,
			"SELECT COUNT(*) FROM event WHERE action = 'cohort.enrolled' AND about_id > 0":                         1,
			fmt.Sprintf("SELECT COUNT(*) FROM member_role WHERE member_id = %d AND role = 'trainee'", m.Member):    1,
		} {
			if got := h.count(query); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
		// Invited again by another form: she is in it already, and nothing happens.
		done, err := h.InviteOne(t.Context(), h.key(h.kyoko), h.cohort, row)
		h.must(err)
		if done.Already != 1 || done.Member != first.Member || h.count("SELECT COUNT(*) FROM outbox") != 1 {
			t.Errorf("invited twice: %+v", done)
		}
	})
}

func TestInviteOneSaysAtWhichFieldItIsWrong(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		for _, c := range []struct {
			row  desk.InviteRow
			want []string // field and key
		}{
			{desk.InviteRow{}, []string{"member.name_missing (name)"}},
			{desk.InviteRow{Name: "雪☃", Kana: "abc", Email: "nobody"}, []string{"member.name_unprintable (name)", "member.kana_wrong (kana)", "member.email_wrong (email)"}},
			{desk.InviteRow{Name: "x", Email: "p2@tenarai.example"}, []string{"cohort.invite_elsewhere (email)"}}, // Yokote's coordinator
			{desk.InviteRow{Name: "x", Email: "p3@tenarai.example"}, []string{"cohort.invite_staff (email)"}},     // a mentor
		} {
			_, err := h.InviteOne(t.Context(), h.kyoko, h.cohort, c.row)
			var got []string
			for _, p := range problem.Of(err) {
				got = append(got, p.Error())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v: %q, want %q", c.row, got, c.want)
			}
		}
		if n := h.count("SELECT COUNT(*) FROM enrolment"); n != 0 {
			t.Errorf("%d people were enrolled by refused forms", n)
		}
		// Somebody without mail is enrolled without a letter; she gets a code at the counter.
		done, err := h.InviteOne(t.Context(), h.kyoko, h.cohort, desk.InviteRow{Name: "阿部 直子"})
		h.must(err)
		if h.count("SELECT COUNT(*) FROM outbox") != 0 || done.New != 1 {
			t.Error("somebody without mail was written to")
		}
		number, code, err := h.HandCode(t.Context(), h.kyoko, done.Member)
		h.must(err)
		if number == "" || len(code) != 8 {
			t.Errorf("number %q, code %q", number, code)
		}
	})
}

func TestInviteManyIsAllOrNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		old := h.staff("前から いる人", h.yuzawa, member.Trainee)
		oldMail := fmt.Sprintf("p%d@tenarai.example", h.people)
		h.trainee("もう いる人", "", "in@tenarai.example")
		before := h.count("SELECT COUNT(*) FROM event")
		good := []desk.InviteRow{
			{Line: 2, Name: "一", Kana: "いち", Email: "one@tenarai.example"},
			{Line: 3, Name: "二", Email: "two@tenarai.example"},
			{Line: 4, Name: "三", Email: oldMail},
			{Line: 5, Name: "四", Email: "in@tenarai.example"},
		}
		bad := append(slices.Clone(good),
			desk.InviteRow{Line: 6, Name: "", Kana: "Taro", Email: "three@tenarai.example"},
			desk.InviteRow{Line: 7, Name: "五", Email: "ONE@tenarai.example"},
			desk.InviteRow{Line: 8, Name: "六", Email: ""},
			desk.InviteRow{Line: 9, Name: "七☃", Email: "p2@tenarai.example"})
		_, err := h.InviteMany(t.Context(), h.kyoko, h.cohort, bad)
		var got []string
		for _, p := range problem.Of(err) {
			got = append(got, p.Error())
		}
		want := []string{
			"member.name_missing (line.6)", "member.kana_wrong (line.6)", "cohort.invite_twice (line.7)", "member.email_missing (line.8)",
			"member.name_unprintable (line.9)", "cohort.invite_elsewhere (line.9)",
		}
		if !slices.Equal(got, want) {
			t.Errorf("mistakes %q, want %q", got, want)
		}
		if h.count("SELECT COUNT(*) FROM event") != before || h.count("SELECT COUNT(*) FROM enrolment") != 1 {
			t.Fatal("a refused list left something behind")
		}

		plans, err := h.PlanInvites(t.Context(), h.kyoko, h.cohort, good)
		h.must(err)
		var what []desk.InviteWhat
		for _, p := range plans {
			what = append(what, p.What)
		}
		if !slices.Equal(what, []desk.InviteWhat{desk.InviteNew, desk.InviteNew, desk.InviteJoin, desk.InviteAlready}) {
			t.Errorf("plan %v", what)
		}
		if h.count("SELECT COUNT(*) FROM event") != before {
			t.Fatal("planning did something")
		}

		done, err := h.InviteMany(t.Context(), h.kyoko, h.cohort, good)
		h.must(err)
		if done != (desk.Invited{New: 2, Joined: 1, Already: 1}) || h.count("SELECT COUNT(*) FROM enrolment") != 4 {
			t.Errorf("done %+v", done)
		}
		if h.count(fmt.Sprintf("SELECT COUNT(*) FROM outbox WHERE kind = 'invitation' AND member_id = %d", old.Member)) != 0 {
			t.Error("somebody with a password was invited")
		}
		many := make([]desk.InviteRow, desk.MaxInvites+1)
		if _, err := h.InviteMany(t.Context(), h.kyoko, h.cohort, many); len(problem.Of(err)) != 1 || problem.Of(err)[0].Key != "cohort.invite_many" {
			t.Errorf("a list too long: %v", err)
		}
		if _, err := h.InviteMany(t.Context(), h.kyoko, h.cohort, nil); len(problem.Of(err)) != 1 || problem.Of(err)[0].Key != "cohort.invite_none" {
			t.Errorf("an empty list: %v", err)
		}
	})
}

// Two coordinators send the same list at once: everybody is added once, and nobody half.
func TestSameListAtOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		second := h.staff("もう一人の 世話役", h.yuzawa, member.Coordinator)
		rows := []desk.InviteRow{{Line: 1, Name: "一", Email: "one@tenarai.example"}, {Line: 2, Name: "二", Email: "two@tenarai.example"}}
		errs := make(chan error)
		for _, a := range []desk.Actor{h.kyoko, second} {
			go func() {
				_, err := h.InviteMany(t.Context(), a, h.cohort, rows)
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err != nil && len(problem.Of(err)) == 0 {
				t.Errorf("not a refusal: %v", err)
			}
		}
		if n := h.count("SELECT COUNT(*) FROM enrolment"); n != 2 {
			t.Errorf("%d enrolments, want 2", n)
		}
	})
}

// Somebody with a history joins another cohort: what she did counts, but is no sign of life in the new one.
func TestEnrolCountsWhatWasDoneBefore(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "", "aoi@tenarai.example")
		h.read(aoi, "first", "one", "read")
		h.now = h.now.Add(30 * 24 * time.Hour)
		winter, err := h.CreateCohort(t.Context(), h.kyoko, winterCohort(h))
		h.must(err)
		h.must(h.Enrol(t.Context(), h.kyoko, winter, aoi.Member))
		h.must(h.Enrol(t.Context(), h.key(h.kyoko), winter, aoi.Member))
		look, err := h.LookCohort(t.Context(), h.kyoko, winter, "", 1)
		h.must(err)
		if len(look.Members) != 1 || look.Members[0].Done != 1 || look.Members[0].Total != 4 || !look.Members[0].LastActivity.IsZero() {
			t.Errorf("members %+v", look.Members)
		}
		if err := h.Enrol(t.Context(), h.kyoko, winter, h.makoto.Member); len(problem.Of(err)) != 1 || problem.Of(err)[0].Key != "cohort.not_trainee" {
			t.Errorf("a mentor was enrolled: %v", err)
		}
		if err := h.Enrol(t.Context(), h.kyoko, winter, h.other.Member); !problem.Is(err, problem.NotFound) {
			t.Errorf("another center's person: %v", err)
		}
	})
}

func TestMembersOfACohortAreFoundByNameReadingAndAddress(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.trainee("佐藤 葵", "さとう あおい", "aoi@tenarai.example")
		h.trainee("高橋 春香", "たかはし はるか", "haruka_100%@tenarai.example")
		for find, want := range map[string]int{"": 2, "葵": 1, "はるか": 1, "AOI@": 1, "%": 1, "_": 1, "なし": 0} {
			look, err := h.LookCohort(t.Context(), h.kyoko, h.cohort, find, 1)
			h.must(err)
			if look.Found != want || len(look.Members) != want || look.All != 2 {
				t.Errorf("%q finds %d of %d", find, look.Found, look.All)
			}
		}
	})
}

// The share that is kept is the one the rule gives, rounded down, on both databases.
func TestKeptProgressIsTheRulesProgress(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "", "aoi@tenarai.example")
		for done, path := range [][]string{{"first", "one", "read"}, {"first", "two", "more"}, {"second", "one", "type"}, {"second", "one", "send"}} {
			h.read(aoi, path...)
			if got, want := h.count("SELECT progress_permille FROM enrolment"), cohort.Permille(done+1, 6); got != want {
				t.Errorf("%d of 6 is kept as %d permille, want %d", done+1, got, want)
			}
		}
	})
}
