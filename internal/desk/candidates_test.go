package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// R9: without general consent somebody is shown where she pressed "interested", and nowhere else; of the others only how
// many. Nothing on the page leads to a name.
func TestCandidatesAreShownByConsent(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id, other := w.open(w.company), w.open(w.company)
		w.ready("公開さん", 20, true)
		shy := w.ready("内気さん", 20, false)
		w.ready("多忙さん", 5, true)
		w.trainee("新人さん", 20, true)

		look := w.candidates(w.company, id)
		if look.Fit != 1 || look.NotShown != (store.NotShown{Ready: 3, Hours: 1, Agreed: 1}) {
			w.Fatalf("fit %d, not shown %+v", look.Fit, look.NotShown)
		}
		w.must(w.SetInterest(w.ctx, shy, id, true))
		look = w.candidates(w.company, id)
		if look.Fit != 2 || !look.Rows[0].Interested || look.NotShown.Agreed != 0 {
			w.Fatalf("after interest: %+v", look)
		}
		if n := w.candidates(w.company, other).Fit; n != 1 {
			w.Errorf("interest in one posting shows her on another: %d", n)
		}
		all := fmt.Sprintf("%+v", look)
		for _, secret := range []string{"内気", "公開", "住所", "先生の言葉", "よくできました", "伊藤", "渡部"} {
			if strings.Contains(all, secret) {
				w.Errorf("%q is shown: %s", secret, all)
			}
		}
		row := look.Rows[0]
		if len(row.Skills) != 1 || row.Skills[0].Level != skill.Alone || len(row.Skills[0].Evidence) != 2 ||
			row.Skills[0].Evidence[0].Rows[0] != (desk.RowLook{Title: skill.Text{JA: "正確さ"}, Reached: skill.Text{JA: "仕様どおり"}}) {
			w.Errorf("evidence: %+v", row.Skills)
		}
		w.write(func(ctx context.Context) error { return w.Store.RemoveRole(ctx, shy.Member, w.center, member.Trainee) })
		if look := w.candidates(w.company, id); look.Fit != 1 || look.NotShown.Ready != 2 {
			w.Errorf("somebody who has left is shown or counted: %+v", look)
		}
		w.write(func(ctx context.Context) error {
			return w.Store.AddRole(ctx, shy.Member, member.Membership{Center: w.center, Role: member.Trainee}, w.clock)
		})
		w.must(w.SetInterest(w.ctx, shy, id, false))
		if n := w.candidates(w.company, id).Fit; n != 1 {
			w.Errorf("shown after she took it back: %d", n)
		}
		w.must(w.ClosePosting(w.ctx, w.company, id, 2))
		if look := w.candidates(w.company, id); look.Rows != nil || look.NotShown.Ready != 0 {
			w.Errorf("a closed posting shows people: %+v", look)
		}
	})
}

// Readiness that lapses takes somebody off the page, by the clock alone.
func TestCandidatesLapse(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		form := w.form()
		form.Deadline = w.clock.AddDate(1, 0, 0)
		id, err := w.SavePosting(w.ctx, w.company, 0, form)
		w.must(err)
		w.must(w.OpenPosting(w.ctx, w.company, id, 1))
		w.ready("公開さん", 20, true)
		if n := w.candidates(w.company, id).Fit; n != 1 {
			w.Fatalf("%d fit", n)
		}
		w.clock = w.clock.AddDate(0, 0, 31)
		if look := w.candidates(w.company, id); look.Fit != 0 || look.NotShown.Ready != 0 {
			w.Errorf("after 31 days: %+v", look)
		}
	})
}

// Every company's look is kept, once a day for each trainee and viewer, and she reads it. A producer's look is an event alone.
func TestEveryLookIsLogged(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		seen := w.ready("公開さん", 20, true)
		hidden := w.ready("内気さん", 20, false)
		count := func(a desk.Actor) int {
			_, n, err := w.LookShown(w.ctx, a, 0, 10)
			w.must(err)
			return n
		}
		w.candidates(w.producer, id)
		if count(seen) != 0 || w.events("posting.candidates_seen") != 1 {
			w.Errorf("a producer's look: %d disclosures", count(seen))
		}
		w.candidates(w.company, id)
		w.candidates(w.company, id)
		if count(seen) != 1 || count(hidden) != 0 || w.events("posting.candidates_seen") != 3 {
			w.Errorf("two looks on a day: %d and %d disclosures", count(seen), count(hidden))
		}
		w.clock = time.Date(2026, 11, 22, 14, 59, 59, 0, time.UTC) // the last second of the day in Tokyo
		w.candidates(w.company, id)
		if count(seen) != 1 {
			w.Error("the same day counts twice")
		}
		w.clock = w.clock.Add(time.Second)
		w.candidates(w.company, id)
		partner := w.person("店員", w.center, member.Company, w.ownCompany)
		w.candidates(partner, id)
		list, n, err := w.LookShown(w.ctx, seen, 0, 10)
		if err != nil || n != 3 || list[0].Company != "漆器の店" || list[0].Basis != "general" || !list[0].At.Equal(w.clock) {
			w.Errorf("%d disclosures: %+v %v", n, list, err)
		}
		if _, _, err := w.LookShown(w.ctx, w.company, 0, 10); !problem.Is(err, problem.Forbidden) {
			w.Errorf("a company reads them: %v", err)
		}
	})
}

// A letter stays with its person on a posting, whoever comes to stand before her, and does not follow her to another.
func TestLettersStay(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		first := w.trainee("一番さん", 12, true)
		w.learns(first, 2)
		if got := w.candidates(w.company, id).Rows[0].Letter; got != "A" {
			w.Fatalf("the first is %s", got)
		}
		better := w.trainee("二番さん", 60, true)
		w.learns(better, 3)
		for range 2 {
			var got []string
			for _, r := range w.candidates(w.company, id).Rows {
				got = append(got, r.Letter)
			}
			if !slices.Equal(got, []string{"B", "A"}) {
				w.Errorf("letters %v, want the better one first as B", got)
			}
		}
		other := w.open(w.company)
		if rows := w.candidates(w.company, other).Rows; rows[0].Letter != "A" {
			w.Errorf("on another posting the letters go on: %+v", rows)
		}
	})
}
