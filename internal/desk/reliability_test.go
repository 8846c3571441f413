package desk_test

import (
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/member"
)

// Sessions and one-time links end to the millisecond, wherever the clock stands: at the end of Tokyo's day, on a leap day,
// where seconds no longer fit into 32 bits with and without a sign.
func TestEndsAreExactAtTheEdgesOfTheClock(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		aoi := w.person("aoi@tenarai.example", member.Trainee)
		for _, edge := range []string{"2027-12-31T14:59:59.999Z", "2028-02-28T15:00:00Z", "2028-02-29T14:59:59.999Z", "2038-01-19T03:14:07.999Z", "2106-02-07T06:28:15.999Z"} {
			begin, err := time.Parse(time.RFC3339, edge)
			if err != nil {
				t.Fatal(err)
			}
			w.clock = begin
			early, _ := w.signIn("aoi@tenarai.example")
			late, a := w.signIn("aoi@tenarai.example")
			for _, s := range got(w.Sessions(w.ctx, a))(t) {
				if s.Here && !(s.Seen.Equal(begin) && s.Expires.Equal(begin.Add(desk.SessionFor))) {
					t.Errorf("%s: kept as %s until %s", edge, s.Seen, s.Expires)
				}
			}
			w.clock = begin.Add(desk.SessionFor - time.Millisecond)
			if !got(w.Session(w.ctx, early))(t).SignedIn() {
				t.Errorf("%s: a session ends early", edge)
			}
			w.clock = begin.Add(desk.SessionFor)
			if got(w.Session(w.ctx, late))(t).SignedIn() {
				t.Errorf("%s: a session ends late", edge)
			}

			w.clock = begin
			token := got(w.InvitationToken(w.ctx, aoi.Member))(t)
			w.clock = begin.Add(desk.InvitationFor - time.Millisecond)
			if _, err := w.OpenLink(w.ctx, desk.LinkInvitation, token); err != nil {
				t.Errorf("%s: a link ends early: %v", edge, err)
			}
			w.clock = begin.Add(desk.InvitationFor)
			if _, err := w.OpenLink(w.ctx, desk.LinkInvitation, token); err == nil {
				t.Errorf("%s: a link ends late", edge)
			}
		}
	})
}

// Only a session whose end has moved says so: the browser's copy moves with it.
func TestSlidingIsTold(t *testing.T) {
	eachAccounts(t, func(t *testing.T, w *accounts) {
		w.person("aoi@tenarai.example", member.Trainee)
		token, _ := w.signIn("aoi@tenarai.example")
		if got(w.Session(w.ctx, token))(t).Slid {
			t.Error("a new session has slid")
		}
		w.clock = w.clock.Add(time.Hour)
		if !got(w.Session(w.ctx, token))(t).Slid || got(w.Session(w.ctx, token))(t).Slid {
			t.Error("an hour later it slides once")
		}
	})
}
