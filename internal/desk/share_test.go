package desk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// sharing is the demo town with yumi, who has much to show.
type sharing struct {
	*demotest.Town
	t    *testing.T
	yumi desk.Actor
}

func inSharing(t *testing.T, test func(s *sharing)) {
	t.Helper()
	demotest.Each(t, func(t *testing.T, town *demotest.Town) { test(&sharing{town, t, town.Actor(t, "yumi")}) })
}

func (s *sharing) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *sharing) choice() desk.ShareChoice {
	s.t.Helper()
	c, err := s.Desk.LookShareChoice(s.t.Context(), s.yumi)
	s.must(err)
	return c
}

// form is a link for everybody to all skills and certificates.
func (s *sharing) form() desk.ShareForm {
	c := s.choice()
	f := desk.ShareForm{Label: "川連さんへ", Until: c.Until, What: skill.Shared{Evidence: true}}
	for _, one := range c.Skills {
		f.What.Skills = append(f.What.Skills, one.Skill)
	}
	for _, h := range c.Certificates {
		f.What.Certificates = append(f.What.Certificates, string(h.Number))
	}
	return f
}

// link makes a link and gives its token.
func (s *sharing) link(f desk.ShareForm) (id int64, token string) {
	s.t.Helper()
	id, err := s.Desk.MakeShare(s.t.Context(), s.yumi, f)
	s.must(err)
	return id, s.token(id)
}

func (s *sharing) token(id int64) string {
	s.t.Helper()
	lines, _, err := s.Desk.LookShares(s.t.Context(), s.yumi, 0, 100)
	s.must(err)
	for _, l := range lines {
		if l.ID == id {
			_, token, _ := strings.Cut(l.Address, demotest.Address+"/shared/")
			return token
		}
	}
	s.t.Fatalf("no link %d in %+v", id, lines)
	return ""
}

func (s *sharing) gone(what string, a desk.Actor, token string) {
	s.t.Helper()
	look, err := s.Desk.OpenShared(s.t.Context(), a, token)
	if list := problem.Of(err); len(list) != 1 || list[0].Kind != problem.NotFound || list[0].Key != "share.unknown" || len(look.Skills) > 0 || look.Name != "" {
		s.t.Errorf("%s: %+v, %v", what, look, err)
	}
}

// A link shows what was chosen and nothing else of her; the check before it shows the very same; the token is random, and in
// the database it stands only hashed and sealed.
func TestSharedIsWhatWasChosen(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, all := s.t.Context(), s.form()
		planned, err := s.Desk.PlanShare(ctx, s.yumi, all)
		s.must(err)
		id, token := s.link(all)
		look, err := s.Desk.OpenShared(ctx, desk.Actor{}, token)
		s.must(err)
		if fmt.Sprintf("%+v", look) != fmt.Sprintf("%+v", planned) {
			s.t.Errorf("planned\n%+v\nshown\n%+v", planned, look)
		}
		if len(look.Skills) != len(all.What.Skills) || len(look.Certificates) != 4 || look.Name != "" || len(look.Skills[0].Evidence) == 0 || look.Skills[0].Evidence[0].Assessors != 1 {
			s.t.Errorf("shown %+v", look)
		}
		m, err := s.Store.Member(ctx, s.yumi.Member)
		s.must(err)
		for _, secret := range []string{m.Name, m.Kana, m.Email, "伊藤", "渡部", all.Label} {
			if strings.Contains(fmt.Sprintf("%+v", look), secret) {
				s.t.Errorf("%q is shown: %+v", secret, look)
			}
		}
		few := desk.ShareForm{What: skill.Shared{Skills: all.What.Skills[:1], Name: true}, Until: all.Until}
		_, other := s.link(few)
		look, err = s.Desk.OpenShared(ctx, desk.Actor{}, other)
		if err != nil || len(look.Skills) != 1 || len(look.Skills[0].Evidence) > 0 || len(look.Certificates) > 0 || look.Name != m.NameOnCertificate() {
			s.t.Errorf("one skill and the name: %+v, %v", look, err)
		}
		if len(token) != 32 || token == other {
			s.t.Errorf("tokens %q and %q", token, other)
		}
		kept, err := s.Store.ShareByToken(ctx, "")
		if !problem.Is(err, problem.NotFound) {
			s.t.Errorf("a link without a token: %+v, %v", kept, err)
		}
		kept, err = s.Store.ShareByToken(ctx, hash(token))
		if err != nil || kept.ID != id || strings.Contains(string(kept.Token), token) || kept.Hash == token {
			s.t.Errorf("kept %+v, %v", kept, err)
		}
	})
}

// A company's link opens for those who are signed in for it, and for nobody else.
func TestSharedWithOneCompany(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, company := s.t.Context(), s.Actor(s.t, "company")
		f := s.form()
		f.Company = company.Company
		_, token := s.link(f)
		rival, err := s.Desk.SetUpCompany(ctx, job.Company{Center: s.yumi.Center, Name: "別の店"})
		s.must(err)
		for what, a := range map[string]desk.Actor{
			"a stranger": {}, "another trainee": s.Actor(s.t, "haruka"), "a mentor": s.Actor(s.t, "mentor"), "an administrator": s.Actor(s.t, "admin"),
			"another company":                 {Member: company.Member, Center: company.Center, Roles: company.Roles, Company: rival},
			"somebody who claims the company": {Member: s.Actor(s.t, "haruka").Member, Center: company.Center, Roles: []member.Role{member.Trainee}, Company: company.Company},
		} {
			s.gone(what, a, token)
		}
		look, err := s.Desk.OpenShared(ctx, company, token)
		if err != nil || look.Company != "川連漆器の店（架空）" || len(look.Skills) == 0 {
			s.t.Errorf("the company: %+v, %v", look, err)
		}
		f.Company = 999999
		if _, err := s.Desk.MakeShare(ctx, s.yumi, f); !problem.Is(err, problem.Invalid) {
			s.t.Errorf("a company that is not there: %v", err)
		}
	})
}

// A link works to the last instant of its last day in Tokyo, and not a millisecond longer; ended, it is gone at once.
func TestSharedEnds(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, stranger := s.t.Context(), desk.Actor{}
		defer s.Clock.Release()
		id, token := s.link(s.form())
		last := time.Date(2026, time.December, 21, 0, 0, 0, 0, practice.Tokyo) // thirty days after the town's day, at its end
		s.Clock.Set(last.Add(-time.Millisecond))
		if _, err := s.Desk.OpenShared(ctx, stranger, token); err != nil {
			s.t.Errorf("on the last day: %v", err)
		}
		s.Clock.Set(last)
		s.gone("the day after", stranger, token)
		s.gone("the day after, to herself", s.yumi, token)
		s.Clock.Set(last.Add(-time.Hour))
		for _, who := range []string{"haruka", "kenji"} {
			if err := s.Desk.EndShare(ctx, s.Actor(s.t, who), id); !problem.Is(err, problem.NotFound) {
				s.t.Errorf("%s ended it: %v", who, err)
			}
		}
		s.must(s.Desk.EndShare(ctx, s.yumi, id))
		s.must(s.Desk.EndShare(ctx, s.yumi, id))
		s.gone("ended", stranger, token)
		s.gone("nonsense", stranger, "NONSENSE")
		lines, total, err := s.Desk.LookShares(ctx, s.yumi, 0, 10)
		if err != nil || total != 1 || lines[0].Address != "" || lines[0].Live || !lines[0].Ended.Equal(last.Add(-time.Hour)) {
			s.t.Errorf("the ended link: %+v, %v", lines, err)
		}
		if n := events(s, "record.share_ended"); n != 1 {
			s.t.Errorf("%d events of ending", n)
		}
	})
}

func events(s *sharing, action string) (n int) {
	s.t.Helper()
	rows, err := s.Store.Trail(s.t.Context(), store.TrailFilter{Center: s.yumi.Center, About: s.yumi.Member, Limit: 1000})
	s.must(err)
	for _, r := range rows {
		if string(r.Action) == action {
			n++
		}
	}
	return n
}

// A link ends with its maker's learning in its center, as if she had ended it; links of another center stay, and none comes
// back with the role.
func TestSharedEndsWithTheRole(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, admin, stranger := s.t.Context(), s.Actor(s.t, "admin"), desk.Actor{}
		far := member.Membership{Center: s.Actor(s.t, "outsider").Center, Role: member.Trainee}
		s.must(s.Store.Tx(ctx, func(ctx context.Context) error { return s.Store.AddRole(ctx, s.yumi.Member, far, s.Clock.Now()) }))
		there, err := s.Desk.ActorFor(ctx, s.yumi.Member, far.Center)
		s.must(err)
		other, err := s.Desk.MakeShare(ctx, there, s.form())
		s.must(err)
		farToken := s.token(other)
		_, token := s.link(s.form())
		ended, _ := s.link(s.form())
		s.must(s.Desk.EndShare(ctx, s.yumi, ended))
		roles := func(roles ...member.Role) { s.must(s.Desk.SetRoles(ctx, admin, s.yumi.Member, roles, 0)) }
		opens := func(what, token string) {
			if look, err := s.Desk.OpenShared(ctx, stranger, token); err != nil || len(look.Skills) == 0 {
				s.t.Errorf("%s: %+v, %v", what, look, err)
			}
		}

		roles(member.Trainee, member.Mentor)
		opens("she still learns", token)
		roles(member.Mentor)
		s.gone("a mentor's", stranger, token)
		s.gone("a mentor's, to herself", s.yumi, token)
		opens("where she still learns", farToken)
		roles(member.Trainee)
		s.gone("after she came back", stranger, token)
		opens("where she learned all the time", farToken)
		if n := events(s, "record.share_ended"); n != 2 {
			s.t.Errorf("%d events of ending two links", n)
		}
	})
}

// A closed account shows nothing, and opening it again brings no link back.
func TestSharedEndsWithTheAccount(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, admin := s.t.Context(), s.Actor(s.t, "admin")
		_, token := s.link(s.form())
		s.must(s.Desk.SetDisabled(ctx, admin, s.yumi.Member, true))
		s.gone("closed", desk.Actor{}, token)
		s.must(s.Desk.SetDisabled(ctx, admin, s.yumi.Member, false))
		s.gone("opened again", desk.Actor{}, token)
		if n := events(s, "record.share_ended"); n != 1 {
			s.t.Errorf("%d events of ending one link", n)
		}
	})
}

// Who has stopped learning still sees what she showed and to whom, can end a link that was left, and makes no new one. A link
// of hers that nobody ended shows nothing.
func TestSharedAfterLearning(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx := s.t.Context()
		form := s.form()
		id, token := s.link(form)
		if _, err := s.Desk.OpenShared(ctx, desk.Actor{}, token); err != nil {
			s.t.Fatal(err)
		}
		s.must(s.Store.Tx(ctx, func(ctx context.Context) error {
			err := s.Store.RemoveRole(ctx, s.yumi.Member, s.yumi.Center, member.Trainee)
			return errors.Join(err, s.Store.AddRole(ctx, s.yumi.Member, member.Membership{Center: s.yumi.Center, Role: member.Mentor}, s.Clock.Now()))
		}))
		s.gone("left behind", desk.Actor{}, token)
		me, err := s.Desk.ActorFor(ctx, s.yumi.Member, s.yumi.Center)
		s.must(err)
		account, err := s.Desk.Account(ctx, me)
		if err != nil || account.Trainee || !account.Shown {
			s.t.Errorf("her account: %+v, %v", account, err)
		}
		lines, total, err := s.Desk.LookShares(ctx, me, 0, 10)
		if err != nil || total != 1 || lines[0].ID != id {
			s.t.Errorf("her links: %+v, %v", lines, err)
		}
		seen, _, err := s.Desk.LookDisclosures(ctx, me, 0, 10)
		if err != nil || len(seen) == 0 || seen[0].By != store.ByShare {
			s.t.Errorf("who saw them: %+v, %v", seen, err)
		}
		s.must(s.Desk.EndShare(ctx, me, id))
		if n := events(s, "record.share_ended"); n != 1 {
			s.t.Errorf("%d events of ending", n)
		}
		_, made := s.Desk.MakeShare(ctx, me, form)
		_, _, strangerLooks := s.Desk.LookShares(ctx, desk.Actor{}, 0, 10)
		_, _, strangerSees := s.Desk.LookDisclosures(ctx, desk.Actor{}, 0, 10)
		for what, err := range map[string]error{"a new link": made, "a stranger's end": s.Desk.EndShare(ctx, desk.Actor{}, id), "a stranger's look": strangerLooks, "a stranger's disclosures": strangerSees} {
			if list := problem.Of(err); len(list) != 1 || list[0].Key != "desk.not_yours" {
				s.t.Errorf("%s: %v", what, err)
			}
		}
		if account, err := s.Desk.Account(ctx, s.Actor(s.t, "mentor")); err != nil || account.Shown {
			s.t.Errorf("a mentor who never showed anything: %+v, %v", account, err)
		}
	})
}

// What somebody agreed to as a trainee she can take back later, and give no more; what was judged of her follows.
func TestConsentIsTakenBackAfterLearning(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx := s.t.Context()
		form := desk.ProfileForm{HoursWeek: 10, Share: true, VerifyName: true, Language: "ja"}
		save := func(a desk.Actor) member.Member {
			s.t.Helper()
			_, err := s.Desk.SaveProfile(ctx, a, form)
			s.must(err)
			m, err := s.Store.Member(ctx, a.Member)
			s.must(err)
			return m
		}
		before := save(s.yumi)
		s.must(s.Desk.SetRoles(ctx, s.Actor(s.t, "admin"), s.yumi.Member, []member.Role{member.Mentor}, 0))
		me, err := s.Desk.ActorFor(ctx, s.yumi.Member, s.yumi.Center)
		s.must(err)
		if m := save(me); m.Consent != before.Consent || m.Hours != before.Hours {
			s.t.Errorf("kept %+v, not %+v", m, before)
		}
		number := s.number("yumi")
		if v, err := s.Desk.Verify(ctx, number); err != nil || v.Name == "" {
			s.t.Errorf("agreed: %+v, %v", v, err)
		}
		form.VerifyName = false
		if m := save(me); !m.Consent.VerifyName.IsZero() || m.Consent.Share != before.Consent.Share {
			s.t.Errorf("one taken back: %+v", m.Consent)
		}
		if v, err := s.Desk.Verify(ctx, number); err != nil || v.Name != "" {
			s.t.Errorf("taken back: %+v, %v", v, err)
		}
		form.Share = false
		if m := save(me); m.Consent != (member.Consent{}) {
			s.t.Errorf("both taken back: %+v", m.Consent)
		}
		if found, err := s.Desk.Recount(ctx, false); err != nil || len(found) > 0 {
			s.t.Errorf("recount: %+v, %v", found, err)
		}
		form.Share, form.VerifyName = true, true
		if m := save(me); m.Consent != (member.Consent{}) || m.Hours != before.Hours {
			s.t.Errorf("given by who does not learn: %+v", m)
		}
	})
}

// What cannot be shared is refused at its field.
func TestShareIsChecked(t *testing.T) {
	inSharing(t, func(s *sharing) {
		for what, c := range map[string]struct {
			change     func(f *desk.ShareForm)
			field, key string
		}{
			"nothing":             {func(f *desk.ShareForm) { f.What = skill.Shared{Name: true, Evidence: true} }, "skill", "share.nothing"},
			"a skill not held":    {func(f *desk.ShareForm) { f.What.Skills = []skill.ID{"XYZ-99"} }, "skill", "share.not_held"},
			"another's paper":     {func(f *desk.ShareForm) { f.What.Certificates = []string{s.number("naoko")} }, "certificate", "share.not_held"},
			"no end":              {func(f *desk.ShareForm) { f.Until = time.Time{} }, "until", "share.until_missing"},
			"yesterday":           {func(f *desk.ShareForm) { f.Until = f.Until.AddDate(0, 0, -skill.ShareDays-1) }, "until", "share.until_past"},
			"more than a year":    {func(f *desk.ShareForm) { f.Until = f.Until.AddDate(0, 0, skill.MaxShareDays-skill.ShareDays+1) }, "until", "share.until_far"},
			"a label without end": {func(f *desk.ShareForm) { f.Label = strings.Repeat("あ", desk.MaxShareLabel+1) }, "label", "form.too_long"},
		} {
			f := s.form()
			c.change(&f)
			_, planned := s.Desk.PlanShare(s.t.Context(), s.yumi, f)
			_, made := s.Desk.MakeShare(s.t.Context(), s.yumi, f)
			for _, err := range []error{planned, made} {
				if list := problem.Of(err); len(list) != 1 || list[0].Field != c.field || list[0].Key != c.key {
					s.t.Errorf("%s: %v", what, err)
				}
			}
		}
		f := s.form()
		for _, days := range []int{-skill.ShareDays, skill.MaxShareDays - skill.ShareDays} { // today, and a year
			g := f
			g.Until = f.Until.AddDate(0, 0, days)
			s.link(g)
		}
		if n := events(s, "record.shared"); n != 2 {
			s.t.Errorf("%d events for two links", n)
		}
	})
}

func (s *sharing) number(who string) string {
	s.t.Helper()
	held, err := s.Store.Certificates(s.t.Context(), s.Actor(s.t, who).Member)
	s.must(err)
	return string(held[0].Number)
}

// She sees who opened her link and when: the same viewer once within the hour, strangers once a minute, herself never.
func TestOpeningsAreSeen(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, start := s.t.Context(), s.Clock.Now()
		defer s.Clock.Release()
		id, token := s.link(s.form())
		company, haruka := s.Actor(s.t, "company"), s.Actor(s.t, "haruka")
		for _, o := range []struct {
			a     desk.Actor
			after time.Duration
			n     int
		}{
			{s.yumi, 0, 0},
			{company, 0, 1},
			{company, 59 * time.Minute, 1},
			{company, time.Hour, 2},
			{haruka, time.Hour, 3},
			{haruka, 90 * time.Minute, 3},
			{desk.Actor{}, 2 * time.Hour, 4},
			{desk.Actor{}, 2*time.Hour + 59*time.Second, 4},
			{desk.Actor{}, 2*time.Hour + time.Minute, 5},
		} {
			s.Clock.Set(start.Add(o.after))
			_, err := s.Desk.OpenShared(ctx, o.a, token)
			s.must(err)
			lines, _, err := s.Desk.LookShares(ctx, s.yumi, 0, 10)
			s.must(err)
			if lines[0].ID != id || lines[0].Openings != o.n || len(lines[0].Newest) != min(o.n, 5) {
				s.t.Errorf("member %d after %s: %d openings, want %d", o.a.Member, o.after, lines[0].Openings, o.n)
			}
		}
		lines, _, err := s.Desk.LookShares(ctx, s.yumi, 0, 10)
		s.must(err)
		var names []string
		for _, o := range lines[0].Newest {
			names = append(names, o.CompanyName)
		}
		if want := []string{"", "", "", "川連漆器の店（架空）", "川連漆器の店（架空）"}; !slices.Equal(names, want) || !lines[0].Newest[0].At.Equal(start.Add(2*time.Hour+time.Minute)) {
			s.t.Errorf("opened by %q at %v", names, lines[0].Newest[0].At)
		}
		if n := events(s, "record.opened"); n != 5 {
			s.t.Errorf("%d events of opening", n)
		}
	})
}

// However many open a link at once, each viewer counts once.
func TestOpenedAtOnce(t *testing.T) {
	inSharing(t, func(s *sharing) {
		_, token := s.link(s.form())
		company := s.Actor(s.t, "company")
		_, errs := atOnce(20, func(i int) (desk.SharedLook, error) {
			if i%2 == 0 {
				return s.Desk.OpenShared(s.t.Context(), desk.Actor{}, token)
			}
			return s.Desk.OpenShared(s.t.Context(), company, token)
		})
		for _, err := range errs {
			s.must(err)
		}
		lines, _, err := s.Desk.LookShares(s.t.Context(), s.yumi, 0, 10)
		if err != nil || lines[0].Openings != 2 {
			s.t.Errorf("%d openings, %v", lines[0].Openings, err)
		}
	})
}

// One list holds everything that was shown of her, the newest first; the number of queries does not grow with it.
func TestDisclosuresAreOneList(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, start := s.t.Context(), s.Clock.Now()
		defer s.Clock.Release()
		company := s.Actor(s.t, "company")
		postings, err := s.Desk.LookPostings(ctx, company, job.Open, "", 0, 1)
		s.must(err)
		look, err := s.Desk.LookCandidates(ctx, company, postings.Rows[0].ID, 0, 10)
		if err != nil || len(look.Rows) == 0 {
			s.t.Fatalf("%+v, %v", look, err)
		}
		before, n, err := s.Desk.LookDisclosures(ctx, s.yumi, 0, 100)
		if err != nil || n == 0 || len(before) != n || before[0].By != store.ByPosting || before[0].Company == "" || before[0].About == "" {
			s.t.Fatalf("companies that looked: %+v, %v", before, err)
		}
		number := s.number("yumi")
		s.must(s.Desk.NoteVerified(ctx, number)) // her name is not shown: nothing is disclosed
		_, token := s.link(s.form())
		s.Clock.Set(start.Add(time.Hour))
		_, err = s.Desk.OpenShared(ctx, company, token)
		s.must(err)
		s.Clock.Set(start.AddDate(0, 0, 2))
		_, err = s.Desk.SaveProfile(ctx, s.yumi, desk.ProfileForm{Share: true, VerifyName: true, HoursWeek: 12, Language: "ja"})
		s.must(err)
		for range 3 {
			s.must(s.Desk.NoteVerified(ctx, number))
		}
		s.must(s.Desk.HideCertificate(ctx, s.yumi, number, true))
		s.must(s.Desk.NoteVerified(ctx, number)) // hidden: her name is not shown

		list, total, err := s.Desk.LookDisclosures(ctx, s.yumi, 0, 100)
		if err != nil || total != n+2 || len(list) != total {
			s.t.Fatalf("%d lines of %d, %v", len(list), total, err)
		}
		if v := list[0]; v.By != store.ByVerify || v.Looks != 3 || v.About != number || v.Company != "" {
			s.t.Errorf("looked up: %+v", v)
		}
		if o := list[1]; o.By != store.ByShare || o.Company == "" || o.About != "川連さんへ" || !o.At.Equal(start.Add(time.Hour)) {
			s.t.Errorf("opened: %+v", o)
		}
		for i := range total {
			one, again, err := s.Desk.LookDisclosures(ctx, s.yumi, i, 1)
			if err != nil || again != total || len(one) != 1 || one[0] != list[i] {
				s.t.Errorf("line %d alone: %+v, not %+v, %v", i, one, list[i], err)
			}
		}
		s.Queries()
		_, _, err = s.Desk.LookDisclosures(ctx, s.yumi, 0, 100)
		if q := s.Queries(); err != nil || len(q) != 2 {
			s.t.Errorf("%d queries", len(q))
		}
		if hers, total, err := s.Desk.LookDisclosures(ctx, company, 0, 10); err != nil || total != 0 || len(hers) > 0 {
			s.t.Errorf("a company reads it: %+v, %v", hers, err)
		}
	})
}

// What its holder hides nobody outside gets; showing it again does not open it.
func TestHiddenCertificate(t *testing.T) {
	inSharing(t, func(s *sharing) {
		ctx, number, stranger := s.t.Context(), s.number("yumi"), desk.Actor{}
		_, token := s.link(s.form())
		pdf := func(a desk.Actor) error { _, _, err := s.Desk.CertificatePDF(ctx, a, number); return err }
		shown := func() int {
			look, err := s.Desk.OpenShared(ctx, stranger, token)
			s.must(err)
			return len(look.Certificates)
		}
		s.must(s.Desk.MakePublic(ctx, s.yumi, number, true))
		if err := pdf(stranger); err != nil || shown() != 4 {
			s.t.Fatalf("public, and %v; %d shared", err, shown())
		}
		for what, a := range map[string]desk.Actor{"haruka": s.Actor(s.t, "haruka"), "a mentor": s.Actor(s.t, "mentor"), "a stranger": stranger} {
			if err := s.Desk.HideCertificate(ctx, a, number, true); !problem.Is(err, problem.NotFound) {
				s.t.Errorf("%s hides it: %v", what, err)
			}
		}
		s.must(s.Desk.HideCertificate(ctx, s.yumi, number, true))
		if err := pdf(stranger); !problem.Is(err, problem.NotFound) || shown() != 3 {
			s.t.Errorf("hidden: %v, %d shared", err, shown())
		}
		if err := pdf(s.yumi); err != nil {
			s.t.Errorf("hidden from herself: %v", err)
		}
		if list := problem.Of(s.Desk.MakePublic(ctx, s.yumi, number, true)); len(list) != 1 || list[0].Key != "certificate.hidden" {
			s.t.Errorf("public although hidden: %v", list)
		}
		s.must(s.Desk.HideCertificate(ctx, s.yumi, number, false))
		if err := pdf(stranger); !problem.Is(err, problem.NotFound) || shown() != 4 {
			s.t.Errorf("shown again: %v, %d shared", err, shown())
		}
		held, err := s.Store.CertificateByNumber(ctx, certificate.Number(number))
		if err != nil || held.Hidden || held.Public {
			s.t.Errorf("%+v, %v", held.Certificate, err)
		}
	})
}
