package desk_test

import (
	"sync"
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

func (w *accounts) add(email string, roles ...member.Role) member.ID {
	w.t.Helper()
	return got(w.AddMember(w.ctx, w.admin, desk.NewMember{Name: "佐藤 葵", Email: email, Language: "ja", Roles: roles}))(w.t)
}

func TestInvitation(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		id := w.add("aoi@tenarai.example", member.Trainee)
		token := w.letter(id, "invitation")
		look := got(w.OpenLink(w.ctx, desk.LinkInvitation, token))(t)
		if look.Name != "佐藤 葵" || look.Email != "aoi@tenarai.example" {
			t.Errorf("looks like %+v", look)
		}
		_, err := w.OpenLink(w.ctx, desk.LinkReset, token)
		wants(t, err, "account.link_gone")
		_, _, err = w.AcceptInvitation(w.ctx, token, desk.NewPassword{Password: "short", PrintedName: "☃"})
		wants(t, err, "member.password_short")
		wants(t, err, "member.name_unprintable")
		session, a, err := w.AcceptInvitation(w.ctx, token, desk.NewPassword{Password: goodPassword, PrintedName: "佐藤　葵"})
		wants(t, err, "")
		if a.Member != id || got(w.Session(w.ctx, session))(t).Member != id {
			t.Errorf("signed in as %+v", a)
		}
		if m := got(w.Store.Member(w.ctx, id))(t); m.PrintedName != "佐藤 葵" {
			t.Errorf("printed as %q", m.PrintedName)
		}
		_, _, err = w.AcceptInvitation(w.ctx, token, desk.NewPassword{Password: goodPassword})
		wants(t, err, "account.link_gone")
		w.signIn("aoi@tenarai.example")
	})
}

func TestInvitationEdges(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		id := w.add("aoi@tenarai.example", member.Trainee)
		first := w.letter(id, "invitation")
		wants(t, w.InviteAgain(w.ctx, w.admin, id), "")
		second := w.letter(id, "invitation")
		_, err := w.OpenLink(w.ctx, desk.LinkInvitation, first)
		wants(t, err, "account.link_gone") // a newer one took its place
		start := w.clock
		w.clock = start.Add(desk.InvitationFor - time.Millisecond)
		got(w.OpenLink(w.ctx, desk.LinkInvitation, second))(t)
		w.clock = start.Add(desk.InvitationFor)
		_, _, err = w.AcceptInvitation(w.ctx, second, desk.NewPassword{Password: goodPassword})
		wants(t, err, "account.link_gone")
	})
}

// One link, used eight times at once, works once.
func TestInvitationAtOnce(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		id := w.add("aoi@tenarai.example", member.Trainee)
		token := w.letter(id, "invitation")
		var mu sync.Mutex
		var all sync.WaitGroup
		worked, gone := 0, 0
		for range 8 {
			all.Go(func() {
				_, _, err := w.AcceptInvitation(w.ctx, token, desk.NewPassword{Password: goodPassword})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					worked++
				case problem.Is(err, problem.NotFound):
					gone++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if worked != 1 || gone != 7 {
			t.Errorf("%d worked, %d were gone", worked, gone)
		}
	})
}

func TestReset(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		old, _ := w.signIn("aoi@tenarai.example")
		wants(t, w.RequestReset(w.ctx, "nobody@tenarai.example"), "")
		wants(t, w.RequestReset(w.ctx, "not an address"), "member.email_wrong")
		wants(t, w.RequestReset(w.ctx, "AOI@tenarai.example"), "")
		token := w.letter(aoi.Member, "reset")
		_, _, err := w.ResetPassword(w.ctx, token, desk.NewPassword{Password: "another quiet river"})
		wants(t, err, "")
		if got(w.Session(w.ctx, old))(t).SignedIn() {
			t.Error("the old session still works")
		}
		_, _, err = w.SignIn(w.ctx, "aoi@tenarai.example", goodPassword, "")
		wants(t, err, "account.wrong")
		wants(t, w.RequestReset(w.ctx, "aoi@tenarai.example"), "")
		late := w.letter(aoi.Member, "reset")
		w.clock = w.clock.Add(desk.ResetFor)
		_, _, err = w.ResetPassword(w.ctx, late, desk.NewPassword{Password: goodPassword})
		wants(t, err, "account.link_gone")
	})
}

// A reset takes back the invitation that is still open: nobody can take the account over with it later.
func TestResetClosesOlderLinks(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		id := w.add("aoi@tenarai.example", member.Trainee)
		invitation := w.letter(id, "invitation")
		wants(t, w.RequestReset(w.ctx, "aoi@tenarai.example"), "")
		_, _, err := w.ResetPassword(w.ctx, w.letter(id, "reset"), desk.NewPassword{Password: goodPassword})
		wants(t, err, "")
		_, err = w.OpenLink(w.ctx, desk.LinkInvitation, invitation)
		wants(t, err, "account.link_gone")
	})
}

func TestResetsAreFew(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		sent := 0
		for range 6 {
			wants(t, w.RequestReset(w.ctx, "aoi@tenarai.example"), "")
			if w.letter(aoi.Member, "reset") != "" {
				sent++
			}
		}
		if sent != 3 {
			t.Errorf("%d mails for six requests", sent)
		}
	})
}

func TestCode(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		id := w.add("", member.Trainee)
		number, code, err := w.HandCode(w.ctx, w.coord, id)
		if wants(t, err, ""); len(code) != 8 || number == "" {
			t.Fatalf("number %q, code %q", number, code)
		}
		_, _, err = w.SignInWithCode(w.ctx, id+1, code, "")
		wants(t, err, "account.code_wrong") // somebody else's number
		token, a, err := w.SignInWithCode(w.ctx, id, code, "")
		wants(t, err, "")
		if a.Member != id || !got(w.Session(w.ctx, token))(t).SignedIn() {
			t.Errorf("signed in as %+v", a)
		}
		_, _, err = w.SignInWithCode(w.ctx, id, code, "")
		wants(t, err, "account.code_wrong") // used
		_, code, err = w.HandCode(w.ctx, w.coord, id)
		wants(t, err, "")
		w.clock = w.clock.Add(desk.CodeFor)
		_, _, err = w.SignInWithCode(w.ctx, id, code, "")
		wants(t, err, "account.code_wrong") // too late
	})
}

func TestCodeTriesAreLimited(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		id := w.add("", member.Trainee)
		_, code, err := w.HandCode(w.ctx, w.coord, id)
		wants(t, err, "")
		wrong := "00000000"
		if code == wrong {
			wrong = "00000001"
		}
		for range 5 {
			_, _, err := w.SignInWithCode(w.ctx, id, wrong, "")
			wants(t, err, "account.code_wrong")
		}
		_, _, err = w.SignInWithCode(w.ctx, id, code, "")
		wants(t, err, "account.too_many")
		_, code, err = w.HandCode(w.ctx, w.coord, id) // the counter helps
		wants(t, err, "")
		_, _, err = w.SignInWithCode(w.ctx, id, code, "")
		wants(t, err, "")
	})
}

// A code never opens more than whoever hands it out may see.
func TestWhoMayHandCodes(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		withMail := w.person("aoi@tenarai.example", member.Trainee)
		boss := w.add("", member.Admin)
		trainee := w.add("", member.Trainee)
		far := got(w.SetUpMember(w.ctx, desk.Person{Member: member.Member{Name: "よその 人", Memberships: []member.Membership{
			{Center: w.there, Role: member.Trainee},
		}}}))(t)
		both := got(w.SetUpMember(w.ctx, desk.Person{Member: member.Member{Name: "両方の 人", Memberships: []member.Membership{
			{Center: w.here, Role: member.Trainee}, {Center: w.there, Role: member.Trainee},
		}}}))(t)
		mentor := w.person("mentor@tenarai.example", member.Mentor)
		for name, c := range map[string]struct {
			by   desk.Actor
			to   member.ID
			want string
		}{
			"trainee":             {w.coord, trainee, ""},
			"has mail":            {w.coord, withMail.Member, "account.has_mail"},
			"more than herself":   {w.coord, boss, "account.code_beyond"},
			"admin to admin":      {w.admin, boss, ""},
			"another center":      {w.admin, far, "store.missing"},
			"reaches beyond":      {w.admin, both, "account.code_beyond"},
			"by a mentor":         {mentor, trainee, "desk.not_yours"},
			"by a stranger":       {desk.Actor{}, trainee, "desk.not_yours"},
			"somebody not there":  {w.admin, 9999, "store.missing"},
			"by the one herself":  {withMail, withMail.Member, "desk.not_yours"},
			"admin to a trainee":  {w.admin, trainee, ""},
			"admin: has mail too": {w.admin, withMail.Member, "account.has_mail"},
		} {
			t.Run(name, func(t *testing.T) {
				_, _, err := w.HandCode(w.ctx, c.by, c.to)
				wants(t, err, c.want)
			})
		}
	})
}
