package certificate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/skill"
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

// A further piece helps until two people have judged two; the one who has judged alone is avoided where that would complete it.
func TestWhatAFurtherPieceIsFor(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	award := func(level skill.Level, piece int64, by ...member.ID) skill.Award {
		return skill.Award{Skill: "TRA-01", Level: level, At: day, Evidence: skill.Evidence{Piece: piece, Assessors: by}}
	}
	lost := award(skill.Alone, 1, 7)
	lost.Revocation.At = day
	for name, c := range map[string]struct {
		record skill.Record
		level  skill.Level
		helps  bool
		avoid  member.ID
	}{
		"nothing yet":                          {nil, skill.Alone, true, 0},
		"one piece":                            {skill.Record{award(skill.Alone, 1, 7)}, skill.Alone, true, 7},
		"one piece that two have seen":         {skill.Record{award(skill.Alone, 1, 7, 8)}, skill.Alone, true, 0},
		"two that one has seen":                {skill.Record{award(skill.Alone, 1, 7), award(skill.Alone, 2, 7)}, skill.Alone, true, 7},
		"two that two have seen":               {skill.Record{award(skill.Alone, 1, 7), award(skill.Alone, 2, 8)}, skill.Alone, false, 0},
		"below what a certificate is for":      {skill.Record{award(skill.WithModel, 1, 7)}, skill.WithModel, false, 0},
		"a lower level counts nothing":         {skill.Record{award(skill.WithModel, 1, 7)}, skill.Alone, true, 0},
		"what was revoked counts nothing":      {skill.Record{lost}, skill.Alone, true, 0},
		"handed in again, the piece is itself": {skill.Record{award(skill.Alone, 9, 7)}, skill.Alone, true, 0},
	} {
		if got := certificate.Helps(c.record, "TRA-01", c.level, day); got != c.helps {
			t.Errorf("%s: helps %t", name, got)
		}
		if got := certificate.Avoid(c.record, "TRA-01", c.level, 9); got != c.avoid {
			t.Errorf("%s: avoids %d, want %d", name, got, c.avoid)
		}
	}
}
