package desk_test

import (
	"slices"
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
)

func TestSaveProfile(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		_, err := w.SaveProfile(w.ctx, aoi, desk.ProfileForm{PrintedName: "☃", Kana: "kana", HoursWeek: 99, Language: "fr"})
		for _, key := range []string{"member.name_unprintable", "member.kana_wrong", "member.hours_wrong", "account.language_wrong"} {
			wants(t, err, key)
		}
		form := desk.ProfileForm{PrintedName: "SATO  Aoi", Kana: "さとう あおい", HoursWeek: 12, Share: true, Language: "en"}
		_, err = w.SaveProfile(w.ctx, aoi, form)
		wants(t, err, "")
		first := w.clock
		w.clock = w.clock.Add(time.Hour)
		_, err = w.SaveProfile(w.ctx, aoi, form)
		wants(t, err, "")
		m := got(w.Store.Member(w.ctx, aoi.Member))(t)
		if m.PrintedName != "SATO Aoi" || m.Language != "en" || m.Name != "佐藤 葵" {
			t.Errorf("kept as %+v", m)
		}
		if !m.Consent.Share.Equal(first) || !m.Consent.VerifyName.IsZero() || !m.Hours.Stated.Equal(w.clock) {
			t.Errorf("consent of %v, hours of %v", m.Consent.Share, m.Hours.Stated)
		}
		form.Share = false
		_, err = w.SaveProfile(w.ctx, aoi, form)
		wants(t, err, "")
		if got(w.Store.Member(w.ctx, aoi.Member))(t).Consent.Sharing() {
			t.Error("a consent taken back is still there")
		}
		if actions := w.trail(); actions[0] != "profile.saved" {
			t.Errorf("noted %v", actions)
		}
	})
}

// Readiness follows the hours she states: judged when they are saved, and lapsing thirty days later by itself.
func TestProfileIsJudged(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.Bars = []readiness.Bar{{JobType: "data-entry", HoursFreshDays: 30}}
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		hours := func(h int) {
			_, err := w.SaveProfile(w.ctx, aoi, desk.ProfileForm{HoursWeek: h, Language: "ja"})
			wants(t, err, "")
		}
		missing := func(at time.Time) (ready bool, hours bool) {
			kept, err := w.Store.ReadinessOf(w.ctx, aoi.Member)
			k, known := kept["data-entry"]
			if err != nil || !known {
				t.Fatal(known, err)
			}
			return k.At(at).Ready, slices.ContainsFunc(k.Missing, func(m readiness.Missing) bool { return m.Rule == readiness.RuleHours })
		}
		hours(0)
		if _, lacks := missing(w.clock); !lacks {
			t.Error("no hours, and none missing")
		}
		hours(10)
		if _, lacks := missing(w.clock); lacks {
			t.Error("hours stated, and still missing")
		}
		mentor := w.person("mentor@tenarai.example", member.Mentor)
		_, err := w.SaveProfile(w.ctx, mentor, desk.ProfileForm{HoursWeek: 10, Language: "ja"})
		wants(t, err, "")
		if kept := got(w.Store.ReadinessOf(w.ctx, mentor.Member))(t); len(kept) > 0 {
			t.Error("a mentor is judged for jobs")
		}
	})
}

func TestChangePassword(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.person("aoi@tenarai.example", member.Trainee)
		elsewhere, _ := w.signIn("aoi@tenarai.example")
		here, a := w.signIn("aoi@tenarai.example")
		_, err := w.ChangePassword(w.ctx, a, "wrong", "another quiet river")
		wants(t, err, "account.old_wrong")
		_, err = w.ChangePassword(w.ctx, a, goodPassword, "password1")
		wants(t, err, "member.password_common")
		token, err := w.ChangePassword(w.ctx, a, goodPassword, "another quiet river")
		wants(t, err, "")
		for session, in := range map[string]bool{elsewhere: false, here: false, token: true} {
			if got(w.Session(w.ctx, session))(t).SignedIn() != in {
				t.Errorf("signed in is not %v", in)
			}
		}
		_, _, err = w.SignIn(w.ctx, "aoi@tenarai.example", goodPassword, "")
		wants(t, err, "account.wrong")
	})
}
