package certificate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
)

type key struct {
	member           member.ID
	subject, edition string
}

// What is due and what was given together are exactly what was completed; once given, nothing is due any more.
func TestDue(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		seen := map[key]bool{}
		var runs []certificate.Finished
		for range rapid.IntRange(0, 8).Draw(t, "runs") {
			r := certificate.Finished{
				Member: member.ID(rapid.IntRange(1, 2).Draw(t, "member")), Center: 7, Course: rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "course"),
				Edition: rapid.SampledFrom([]string{"2026", "2027"}).Draw(t, "edition"),
			}
			if seen[key{r.Member, r.Course, r.Edition}] {
				continue // a run of an edition is one
			}
			seen[key{r.Member, r.Course, r.Edition}] = true
			if rapid.Bool().Draw(t, "completed") {
				r.Completed = day.Add(time.Duration(len(runs)) * time.Hour)
			}
			runs = append(runs, r)
		}
		var given []certificate.Grant
		for _, r := range runs {
			if rapid.Bool().Draw(t, "given") {
				given = append(given, certificate.Grant{ID: 1, Member: r.Member, Kind: certificate.KindCourse, Subject: r.Course, Edition: r.Edition})
			}
		}
		// Something given for another reason stands in nobody's way.
		given = append(given, certificate.Grant{Member: 1, Kind: "another", Subject: "c1", Edition: "2026"})
		due := map[key]int{}
		for _, g := range certificate.Due(runs, given) {
			due[key{g.Member, g.Subject, g.Edition}]++
			if g.Kind != certificate.KindCourse || g.Center != 7 || g.At.IsZero() || g.ID != 0 {
				t.Fatalf("%+v", g)
			}
		}
		for _, r := range runs {
			has := 0
			for _, g := range given {
				if g.Kind == certificate.KindCourse && g.Member == r.Member && g.Subject == r.Course && g.Edition == r.Edition {
					has = 1
				}
			}
			want := 0
			if !r.Completed.IsZero() {
				want = 1 - has
			}
			if got := due[key{r.Member, r.Course, r.Edition}]; got != want {
				t.Fatalf("%+v is due %d times, want %d", r, got, want)
			}
		}
		if again := certificate.Due(runs, append(given, certificate.Due(runs, given)...)); len(again) != 0 {
			t.Fatalf("still due: %+v", again)
		}
	})
}
