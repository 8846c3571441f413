package desk_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

func TestAddMember(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		good := desk.NewMember{Name: "高橋 春香", Kana: "たかはし はるか", Email: "Haruka@tenarai.example", Language: "ja", Roles: []member.Role{member.Trainee, member.Mentor}}
		id := got(w.AddMember(w.ctx, w.admin, good))(t)
		m := got(w.Store.Member(w.ctx, id))(t)
		if m.Email != "haruka@tenarai.example" || !m.Has(w.here, member.Trainee) || !m.Has(w.here, member.Mentor) || len(m.Memberships) != 2 {
			t.Errorf("added as %+v", m)
		}
		if w.letter(id, "invitation") == "" {
			t.Error("not invited")
		}
		for key, change := range map[string]func(n *desk.NewMember){
			"member.email_taken":      func(n *desk.NewMember) { n.Email = "HARUKA@tenarai.example" },
			"member.name_missing":     func(n *desk.NewMember) { n.Name = " " },
			"member.name_unprintable": func(n *desk.NewMember) { n.Name = "☃" },
			"member.email_wrong":      func(n *desk.NewMember) { n.Email = "x" },
			"account.role_missing":    func(n *desk.NewMember) { n.Roles = []member.Role{"emperor"} },
			"account.company_missing": func(n *desk.NewMember) { n.Roles = []member.Role{member.Company}; n.Company = 99 },
		} {
			n := good
			n.Email = "new@tenarai.example"
			change(&n)
			_, err := w.AddMember(w.ctx, w.admin, n)
			wants(t, err, key)
		}
		_, err := w.AddMember(w.ctx, w.coord, good)
		wants(t, err, "desk.not_yours")
	})
}

// The same form sent twice adds one person.
func TestAddMemberOnce(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		a := w.admin
		a.Key = "ONEKEY"
		n := desk.NewMember{Name: "高橋 春香", Language: "ja", Roles: []member.Role{member.Trainee}}
		first, second := got(w.AddMember(w.ctx, a, n))(t), got(w.AddMember(w.ctx, a, n))(t)
		if first != second {
			t.Errorf("added %d and %d", first, second)
		}
		if look := got(w.Members(w.ctx, w.admin, "春香", "", 1))(t); look.Total != 1 {
			t.Errorf("%d people of that name", look.Total)
		}
	})
}

func TestMembersOfAnotherCenterDoNotExist(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		far := got(w.SetUpMember(w.ctx, desk.Person{Member: member.Member{
			Name: "よその 人", Email: "far@tenarai.example",
			Memberships: []member.Membership{{Center: w.there, Role: member.Trainee}},
		}}))(t)
		_, err := w.Member(w.ctx, w.admin, far)
		wants(t, err, "store.missing")
		wants(t, w.SetRoles(w.ctx, w.admin, far, []member.Role{member.Admin}, 0), "store.missing")
		wants(t, w.SetDisabled(w.ctx, w.admin, far, true), "store.missing")
		wants(t, w.InviteAgain(w.ctx, w.admin, far), "store.missing")
		_, err = w.Trail(w.ctx, w.admin, "", far, 0)
		wants(t, err, "store.missing")
		if look := got(w.Members(w.ctx, w.admin, "far@", "", 1))(t); look.Total != 0 || len(look.Rows) != 0 {
			t.Errorf("found %+v", look)
		}
	})
}

func TestSetRoles(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		token, _ := w.signIn("aoi@tenarai.example")
		company := w.company()
		wants(t, w.SetRoles(w.ctx, w.admin, aoi.Member, []member.Role{member.Mentor, member.Company}, company), "")
		look := got(w.Member(w.ctx, w.admin, aoi.Member))(t)
		if len(look.Roles) != 2 || look.Company != company {
			t.Errorf("holds %v at %d", look.Roles, look.Company)
		}
		if got(w.Session(w.ctx, token))(t).SignedIn() {
			t.Error("her session outlived the change of her rights")
		}
		wants(t, w.SetRoles(w.ctx, w.admin, aoi.Member, nil, 0), "account.role_missing")
		wants(t, w.SetRoles(w.ctx, w.admin, w.admin.Member, []member.Role{member.Trainee}, 0), "account.last_admin")
	})
}

func TestSetDisabled(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		token, _ := w.signIn("aoi@tenarai.example")
		wants(t, w.RequestReset(w.ctx, "aoi@tenarai.example"), "")
		link := w.letter(aoi.Member, "reset")
		wants(t, w.SetDisabled(w.ctx, w.admin, aoi.Member, true), "")
		if got(w.Session(w.ctx, token))(t).SignedIn() {
			t.Error("a disabled account is still signed in")
		}
		_, _, err := w.SignIn(w.ctx, "aoi@tenarai.example", goodPassword, "")
		wants(t, err, "account.wrong")
		_, _, err = w.ResetPassword(w.ctx, link, desk.NewPassword{Password: goodPassword})
		wants(t, err, "account.link_gone")
		wants(t, w.RequestReset(w.ctx, "aoi@tenarai.example"), "")
		if w.letter(aoi.Member, "reset") != "" {
			t.Error("a disabled account is sent a link")
		}
		wants(t, w.SetDisabled(w.ctx, w.admin, aoi.Member, false), "")
		w.signIn("aoi@tenarai.example")
		wants(t, w.SetDisabled(w.ctx, w.admin, w.admin.Member, true), "account.last_admin")
		err = w.Store.Tx(w.ctx, func(ctx context.Context) error {
			return w.Store.AddRole(ctx, aoi.Member, member.Membership{Center: w.there, Role: member.Trainee}, w.clock)
		})
		wants(t, err, "")
		wants(t, w.SetDisabled(w.ctx, w.admin, aoi.Member, true), "account.elsewhere")
		wants(t, w.SetRoles(w.ctx, w.admin, aoi.Member, nil, 0), "") // she leaves this center and keeps the other
		_, err = w.Member(w.ctx, w.admin, aoi.Member)
		wants(t, err, "store.missing")
		if _, a := w.signIn("aoi@tenarai.example"); a.Center != w.there {
			t.Errorf("acts in center %d", a.Center)
		}
	})
}

// Two administrators who take each other's role at once cannot leave a center without one.
func TestLastAdminAtOnce(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		other := w.person("admin2@tenarai.example", member.Admin)
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, pair := range [][2]desk.Actor{{w.admin, other}, {other, w.admin}} {
			all.Go(func() { errs[i] = w.SetRoles(w.ctx, pair[0], pair[1].Member, []member.Role{member.Trainee}, 0) })
		}
		all.Wait()
		refused := 0
		for _, err := range errs {
			if problem.Is(err, problem.Invalid) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != 1 {
			t.Errorf("%d of two were refused", refused)
		}
	})
}

func TestMembersArePagedAndFound(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		for i := range desk.MembersOnPage + 3 {
			got(w.SetUpMember(w.ctx, desk.Person{Member: member.Member{
				Name: fmt.Sprintf("人 %d", i), Kana: "ひと", Email: fmt.Sprintf("p%d_x@tenarai.example", i),
				Memberships: []member.Membership{{Center: w.here, Role: member.Trainee}, {Center: w.there, Role: member.Mentor}},
			}}))(t)
		}
		for _, c := range []struct {
			find        string
			role        member.Role
			page        int
			total, rows int
		}{
			{"", "", 1, desk.MembersOnPage + 5, desk.MembersOnPage},
			{"", "", 2, desk.MembersOnPage + 5, 5},
			{"", "", 99, desk.MembersOnPage + 5, 5},
			{"", member.Trainee, 2, desk.MembersOnPage + 3, 3},
			{"", member.Mentor, 1, 0, 0},
			{"ひと", "", 1, desk.MembersOnPage + 3, desk.MembersOnPage},
			{"p7_X@", "", 1, 1, 1},
			{"p_7", "", 1, 0, 0},
			{"%", "", 1, 0, 0},
			{`\`, "", 1, 0, 0},
		} {
			look := got(w.Members(w.ctx, w.admin, c.find, c.role, c.page))(t)
			if look.Total != c.total || len(look.Rows) != c.rows {
				t.Errorf("%q %q page %d: %d of %d, want %d of %d", c.find, c.role, c.page, len(look.Rows), look.Total, c.rows, c.total)
			}
		}
	})
}

func TestTrailIsPagedWithoutGaps(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		for range desk.EventsOnPage + 5 {
			_, err := w.SaveProfile(w.ctx, aoi, desk.ProfileForm{Language: "ja"})
			wants(t, err, "")
			w.clock = w.clock.Add(time.Second)
		}
		seen, before, pages := map[int64]bool{}, int64(0), 0
		for {
			look := got(w.Trail(w.ctx, w.admin, "profile.saved", aoi.Member, before))(t)
			for _, r := range look.Rows {
				if seen[r.ID] || r.Action != "profile.saved" || r.About != aoi.Member {
					t.Fatalf("row %+v", r)
				}
				seen[r.ID] = true
			}
			pages++
			if before = look.Before; before == 0 {
				break
			}
		}
		if len(seen) != desk.EventsOnPage+5 || pages != 2 {
			t.Errorf("%d events on %d pages", len(seen), pages)
		}
		_, err := w.Trail(w.ctx, w.coord, "", 0, 0)
		wants(t, err, "desk.not_yours")
	})
}

func TestSaveCenter(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		err := w.SaveCenter(w.ctx, w.admin, member.Center{ID: w.there, Name: "☃", PromiseDays: 0})
		wants(t, err, "member.name_unprintable")
		wants(t, err, "account.promise_wrong")
		wants(t, w.SaveCenter(w.ctx, w.admin, member.Center{ID: w.there, Name: "湯沢テレワークセンター", NameEn: "Yuzawa", PromiseDays: 2}), "")
		if c := got(w.Store.Center(w.ctx, w.here))(t); c.Name != "湯沢テレワークセンター" || c.PromiseDays != 2 || c.Slug != "yuzawa" {
			t.Errorf("kept as %+v", c)
		}
		if c := got(w.Store.Center(w.ctx, w.there))(t); c.Name != "横手" {
			t.Errorf("another center was changed: %+v", c)
		}
	})
}
