package practice_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tenarai/internal/course"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// rows makes a rubric of the programme's rule (domain.md c-2): 65 %, no row 0. "a*" is a ★ row.
func rows(names ...string) course.Rubric {
	r := course.Rubric{MinTotalPercent: 65, NoZero: true}
	for _, n := range names {
		r.Rows = append(r.Rows, course.Criterion{ID: strings.TrimSuffix(n, "*"), Star: strings.HasSuffix(n, "*")})
	}
	return r
}

// marked marks a rubric's rows in their order; -1 leaves one out.
func marked(r course.Rubric, levels ...int) []practice.Mark {
	var out []practice.Mark
	for i, l := range levels {
		if l >= 0 {
			out = append(out, practice.Mark{Row: r.Rows[i].ID, Level: l})
		}
	}
	return out
}

func TestJudge(t *testing.T) {
	four := rows("a*", "b", "c", "d")
	lenient := rows("a*", "b", "c")
	lenient.NoZero = false
	for _, c := range []struct {
		name    string
		rubric  course.Rubric
		levels  []int
		percent int
		blocks  []practice.BlockReason
	}{
		{"all passing", four, []int{2, 2, 2, 2}, 66, nil},
		{"all excellent", four, []int{3, 3, 3, 3}, 100, nil},
		{"a star at 1 whatever the total", four, []int{1, 3, 3, 3}, 83, []practice.BlockReason{practice.StarBelow}},
		{"a star at 0 is told once", four, []int{0, 3, 3, 3}, 75, []practice.BlockReason{practice.StarBelow}},
		{"no row 0", four, []int{3, 0, 3, 3}, 75, []practice.BlockReason{practice.ZeroRow}},
		{"too little", four, []int{2, 2, 2, 1}, 58, []practice.BlockReason{practice.TooLittle}},
		{"everything at once", four, []int{1, 0, 1, 1}, 25, []practice.BlockReason{practice.StarBelow, practice.ZeroRow, practice.TooLittle}},
		{"a row not marked", four, []int{3, 3, 3, -1}, 75, []practice.BlockReason{practice.Unmarked}},
		{"a 0 where the rubric allows it", lenient, []int{3, 0, 3}, 66, nil},
		{"no rows prove nothing", rows(), nil, 0, nil},
	} {
		o := practice.Judge(c.rubric, marked(c.rubric, c.levels...))
		var got []practice.BlockReason
		for _, b := range o.Blocks {
			got = append(got, b.Reason)
		}
		if o.Percent != c.percent || !slices.Equal(got, c.blocks) || o.Pass != (c.blocks == nil && len(c.rubric.Rows) > 0) {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
}

// The share is compared exactly: 64.9 % is not 65 %, and neither is what rounds to it.
func TestShareIsNotRounded(t *testing.T) {
	r := rows("a", "b", "c", "d", "e", "f", "g") // 21 in all: 13 is 61.9 %, 14 is 66.7 %
	for _, c := range []struct {
		min, points int
		pass        bool
	}{{65, 13, false}, {65, 14, true}, {67, 14, false}, {66, 14, true}, {62, 13, false}, {61, 13, true}} {
		r.MinTotalPercent = c.min
		levels := make([]int, 7)
		for i := range levels {
			levels[i] = 1
		}
		for left, i := c.points-7, 0; left > 0; i++ {
			levels[i] += min(left, 2)
			left -= min(left, 2)
		}
		if o := practice.Judge(r, marked(r, levels...)); o.Total != c.points || o.Pass != c.pass {
			t.Errorf("%d points of 21 at %d %%: %+v", c.points, c.min, o)
		}
	}
}

func TestMarksThatAreNone(t *testing.T) {
	r := rows("a", "b")
	good := marked(r, 2, 2)
	for name, more := range map[string]practice.Mark{"unknown row": {Row: "z", Level: 3}, "above": {Row: "a", Level: 4}, "below": {Row: "a", Level: -1}} {
		if o := practice.Judge(r, append([]practice.Mark{more}, good...)); !o.Pass || o.Total != 4 {
			t.Errorf("%s beside good marks: %+v", name, o)
		}
		if o := practice.Judge(r, append([]practice.Mark{more}, good[1])); o.Pass || len(o.Blocks) != 2 {
			t.Errorf("%s instead of one: %+v", name, o)
		}
	}
}

// drawRubric draws a rubric and a full set of marks.
func drawRubric(t *rapid.T) (course.Rubric, []practice.Mark) {
	n := rapid.IntRange(1, 8).Draw(t, "rows")
	r := course.Rubric{MinTotalPercent: rapid.SampledFrom([]int{0, 50, 65, 66, 67, 80, 100}).Draw(t, "percent"), NoZero: rapid.Bool().Draw(t, "no zero")}
	var marks []practice.Mark
	for i := range n {
		id := string(rune('a' + i))
		r.Rows = append(r.Rows, course.Criterion{
			ID: id, Star: rapid.Bool().Draw(t, "star"), Skill: skill.ID(rapid.SampledFrom([]string{"", "S-1", "S-2"}).Draw(t, "skill")),
			Proves: skill.Level(rapid.IntRange(0, 3).Draw(t, "proves")),
		})
		marks = append(marks, practice.Mark{Row: id, Level: rapid.IntRange(0, 3).Draw(t, "mark")})
	}
	return r, marks
}

// A pass means what the programme says it means, and everything that means it is a pass.
func TestPassMeansTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, marks := drawRubric(t)
		total, fine := 0, true
		for i, m := range marks {
			total += m.Level
			fine = fine && (!r.Rows[i].Star || m.Level >= 2) && (!r.NoZero || m.Level > 0)
		}
		fine = fine && total*100 >= r.MinTotalPercent*3*len(marks)
		if o := practice.Judge(r, marks); o.Pass != fine || o.Total != total {
			t.Fatalf("judged %+v, by hand %v with %d", o, fine, total)
		}
	})
}

func TestBetterMarksNeverFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, marks := drawRubric(t)
		before := practice.Judge(r, marks)
		i := rapid.IntRange(0, len(marks)-1).Draw(t, "raised")
		better := slices.Clone(marks)
		better[i].Level = min(better[i].Level+1, course.MaxMark)
		after := practice.Judge(r, better)
		if before.Pass && !after.Pass || after.Total < before.Total || len(after.Blocks) > len(before.Blocks) {
			t.Fatalf("raising %s made %+v of %+v", marks[i].Row, after, before)
		}
	})
}

func TestOrderIsNoMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, marks := drawRubric(t)
		want := practice.Judge(r, marks)
		turned := slices.Clone(marks)
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffle.Shuffle(len(turned), func(i, j int) { turned[i], turned[j] = turned[j], turned[i] })
		shuffle.Shuffle(len(r.Rows), func(i, j int) { r.Rows[i], r.Rows[j] = r.Rows[j], r.Rows[i] })
		if got := practice.Judge(r, turned); got.Pass != want.Pass || got.Percent != want.Percent || len(got.Blocks) != len(want.Blocks) {
			t.Fatalf("in another order %+v, not %+v", got, want)
		}
	})
}

// What a set of marks proves: each skill once, at the highest level a passing row of it proves, with all its passing rows.
func TestProves(t *testing.T) {
	r := course.Rubric{Rows: []course.Criterion{
		{ID: "a", Skill: "OFF-03", Proves: 1}, {ID: "b", Skill: "OFF-03", Proves: 2}, {ID: "c", Skill: "SEC-01", Proves: 2}, {ID: "d", Skill: "SEC-01"}, {ID: "e"},
	}}
	for _, c := range []struct {
		levels []int
		want   []practice.Proof
	}{
		{[]int{2, 3, 2, 3, 3}, []practice.Proof{{Skill: r.Rows[1], Rows: []string{"a", "b"}}, {Skill: r.Rows[2], Rows: []string{"c"}}}},
		{[]int{2, 1, 1, 3, 3}, []practice.Proof{{Skill: r.Rows[0], Rows: []string{"a"}}}},
		{[]int{1, 3, 1, 3, 3}, []practice.Proof{{Skill: r.Rows[1], Rows: []string{"b"}}}},
		{[]int{1, 1, 1, 3, 3}, nil},
		{[]int{-1, -1, 2}, []practice.Proof{{Skill: r.Rows[2], Rows: []string{"c"}}}},
	} {
		got := practice.Proves(r, marked(r, c.levels...))
		if !slices.EqualFunc(got, c.want, func(a, b practice.Proof) bool { return a.Skill == b.Skill && slices.Equal(a.Rows, b.Rows) }) {
			t.Errorf("%v proves %+v, want %+v", c.levels, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r, marks := drawRubric(t)
		seen := map[skill.ID]bool{}
		for _, p := range practice.Proves(r, marks) {
			if seen[p.Skill.Skill] || p.Skill.Skill == "" || p.Skill.Proves == skill.None || len(p.Rows) == 0 {
				t.Fatalf("proof %+v", p)
			}
			seen[p.Skill.Skill] = true
		}
	})
}

func TestKnown(t *testing.T) {
	r := rows("a", "b", "c")
	got := practice.Known(r, []practice.Mark{
		{Row: "c", Level: 7, Comment: "ひとこと"}, {Row: "z", Level: 3}, {Row: "b", Level: 9}, {Row: "a", Level: 2}, {Row: "a", Level: 3},
	})
	want := []practice.Mark{{Row: "a", Level: 2}, {Row: "c", Level: practice.NoMark, Comment: "ひとこと"}}
	if !slices.Equal(got, want) {
		t.Errorf("known are %+v, want %+v", got, want)
	}
}

// What cannot stand is refused at its own field.
func TestCheckAssessment(t *testing.T) {
	r := rows("a*", "b", "c")
	pass, long := marked(r, 2, 2, 2), strings.Repeat("長", 1001)
	fix := func(n int, row, text string) practice.Fix { return practice.Fix{N: n, Row: row, Text: text} }
	for _, c := range []struct {
		name string
		in   practice.Assessment
		want []string // field and key
	}{
		{"pass", practice.Assessment{Verdict: practice.Pass, Marks: pass}, nil},
		{"pass with a low star", practice.Assessment{Verdict: practice.Pass, Marks: marked(r, 1, 3, 3)}, []string{"mark.a practice.pass_star"}},
		{"pass with a zero", practice.Assessment{Verdict: practice.Pass, Marks: marked(r, 3, 0, 3)}, []string{"mark.b practice.pass_zero"}},
		{"pass with a gap", practice.Assessment{Verdict: practice.Pass, Marks: marked(r, 3, 3, -1)}, []string{"mark.c practice.pass_unmarked"}},
		{"pass with too little", practice.Assessment{Verdict: practice.Pass, Marks: marked(r, 2, 1, 2)}, []string{"verdict practice.pass_too_little"}},
		{"return without marks", practice.Assessment{Verdict: practice.Return, Fixes: []practice.Fix{fix(1, "a", "直す")}}, nil},
		{"return of what would pass", practice.Assessment{Verdict: practice.Return, Marks: pass, Fixes: []practice.Fix{fix(1, "a", "直す"), fix(2, "b", "直す"), fix(3, "a", "直す")}}, nil},
		{"return without fixes", practice.Assessment{Verdict: practice.Return, Marks: pass}, []string{"fix.0.text practice.fix_missing"}},
		{"return with a blank fix", practice.Assessment{Verdict: practice.Return, Fixes: []practice.Fix{fix(1, "a", "直す"), fix(2, "b", " 　\n")}}, []string{"fix.1.text practice.fix_missing"}},
		{"return with a fix of no row", practice.Assessment{Verdict: practice.Return, Fixes: []practice.Fix{fix(1, "z", "直す")}}, []string{"fix.0.row practice.fix_row"}},
		{"return with four fixes", practice.Assessment{Verdict: practice.Return, Fixes: []practice.Fix{fix(1, "a", "1"), fix(2, "a", "2"), fix(3, "a", "3"), fix(4, "a", "4")}}, []string{"fix.0.text practice.fix_many"}},
		{"a long fix", practice.Assessment{Verdict: practice.Return, Fixes: []practice.Fix{fix(1, "a", long)}}, []string{"fix.0.text practice.comment_long"}},
		{"a long comment", practice.Assessment{Verdict: practice.Pass, Marks: []practice.Mark{{Row: "a", Level: 2, Comment: long}, pass[1], pass[2]}}, []string{"comment.a practice.comment_long"}},
		{"a comment as long as may be", practice.Assessment{Verdict: practice.Pass, Marks: []practice.Mark{{Row: "a", Level: 2, Comment: long[:3000]}, pass[1], pass[2]}}, nil},
		{"long closing words", practice.Assessment{Verdict: practice.Pass, Marks: pass, Closing: long}, []string{"closing practice.comment_long"}},
		{"no verdict", practice.Assessment{Marks: pass}, []string{"verdict practice.verdict_missing"}},
		{"two mistakes at once", practice.Assessment{Verdict: practice.Pass, Marks: marked(r, 1, 0, 3)}, []string{"mark.a practice.pass_star", "mark.b practice.pass_zero", "verdict practice.pass_too_little"}},
	} {
		var got []string
		for _, p := range problem.Of(practice.CheckAssessment(r, c.in)) {
			got = append(got, p.Field+" "+p.Key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: refused %q, want %q", c.name, got, c.want)
		}
	}
}
