package skill_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/skill"
)

var ids = []skill.ID{"OFF-01", "OFF-03", "SEC-01"}

// record draws what somebody may have proven, the oldest first.
func record(t *rapid.T) skill.Record {
	at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	out := skill.Record{}
	for i := range rapid.IntRange(0, 12).Draw(t, "awards") {
		at = at.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "days")) * 24 * time.Hour)
		out = append(out, skill.Award{
			ID: skill.AwardID(i + 1), Skill: rapid.SampledFrom(ids).Draw(t, "skill"), At: at, Level: skill.Level(rapid.IntRange(1, 3).Draw(t, "level")),
		})
	}
	return out
}

// The level held is that of the best award, and nothing that is added ever lowers it.
func TestHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, id := record(t), rapid.SampledFrom(ids).Draw(t, "of")
		held := r.Held(id)
		for level := skill.WithModel; level <= skill.Checks; level++ {
			if (held >= level) != (len(r.Of(id, level)) > 0) {
				t.Fatalf("held %d, but at level %d: %v", held, level, r.Of(id, level))
			}
		}
		if (held == skill.None) == slices.Contains(r.Skills(), id) {
			t.Fatalf("held %d, skills %v", held, r.Skills())
		}
		more := append(slices.Clone(r), record(t)...)
		for _, id := range ids {
			if more.Held(id) < r.Held(id) {
				t.Fatalf("%s fell from %d to %d", id, r.Held(id), more.Held(id))
			}
		}
		turned := slices.Clone(r)
		slices.Reverse(turned)
		if turned.Held(id) != held {
			t.Fatal("the order matters")
		}
	})
}

// Of gives exactly the awards of the skill at the level or above, the newest first, and leaves the record as it was.
func TestOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record(t)
		before := slices.Clone(r)
		id, level := rapid.SampledFrom(ids).Draw(t, "of"), skill.Level(rapid.IntRange(0, 3).Draw(t, "at"))
		got := r.Of(id, level)
		want := 0
		for _, a := range r {
			if a.Skill == id && a.Level >= level {
				want++
			}
		}
		if len(got) != want || slices.ContainsFunc(got, func(a skill.Award) bool { return a.Skill != id || a.Level < level }) {
			t.Fatalf("%v of %v", got, r)
		}
		if !slices.IsSortedFunc(got, func(a, b skill.Award) int { return b.At.Compare(a.At) }) {
			t.Fatalf("not the newest first: %v", got)
		}
		if !slices.EqualFunc(r, before, func(a, b skill.Award) bool { return a.ID == b.ID }) {
			t.Fatal("the record was changed")
		}
	})
}

func TestTextFallsBackToJapanese(t *testing.T) {
	both, one := skill.Text{JA: "入力", EN: "Typing"}, skill.Text{JA: "入力"}
	for _, c := range []struct {
		text       skill.Text
		lang, want string
	}{{both, "ja", "入力"}, {both, "en", "Typing"}, {one, "en", "入力"}, {both, "", "入力"}, {both, "fr", "入力"}} {
		if got := c.text.In(c.lang); got != c.want {
			t.Errorf("in %q: %q, want %q", c.lang, got, c.want)
		}
	}
}
