package practice

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tenarai/internal/course"
	"tenarai/internal/problem"
)

// Limits of what a mentor writes.
const (
	MaxFixes   = 3
	MaxFix     = 400  // characters
	MaxComment = 1000 // characters
	MaxClosing = 1000 // characters
)

// Outcome is the rubric rule's result for a set of marks.
type Outcome struct {
	Pass    bool
	Total   int
	Max     int
	Percent int // rounded down
	Blocks  []Block
}

// Block is one reason why the rule does not pass.
type Block struct {
	Reason BlockReason
	Row    string // empty for TooLittle
	Mark   int
}

// BlockReason names why the rule does not pass.
type BlockReason string

// The reasons.
const (
	Unmarked  BlockReason = "unmarked"   // a row has no mark yet
	StarBelow BlockReason = "star"       // a ★ row is below 2
	ZeroRow   BlockReason = "zero"       // a row is 0
	TooLittle BlockReason = "too_little" // the share of the total is too small
)

// Judge applies the rubric's rule (docs/domain.md, c-2): all ★ rows at 2 or more, no row 0 where the rubric says so, and
// the least share of the total. Marks for unknown rows are ignored; a mark outside 0–3 counts as none.
func Judge(r course.Rubric, marks []Mark) Outcome {
	o := Outcome{Max: course.MaxMark * len(r.Rows)}
	for _, row := range r.Rows {
		m, ok := find(marks, row.ID)
		if !ok {
			o.Blocks = append(o.Blocks, Block{Reason: Unmarked, Row: row.ID})
			continue
		}
		o.Total += m.Level
		switch {
		case row.Star && m.Level < course.Passing:
			o.Blocks = append(o.Blocks, Block{Reason: StarBelow, Row: row.ID, Mark: m.Level})
		case r.NoZero && m.Level == 0:
			o.Blocks = append(o.Blocks, Block{Reason: ZeroRow, Row: row.ID})
		}
	}
	if o.Max > 0 {
		o.Percent = o.Total * 100 / o.Max
	}
	// Compared without rounding: 64.9 % is not 65 %.
	if o.Total*100 < r.MinTotalPercent*o.Max {
		o.Blocks = append(o.Blocks, Block{Reason: TooLittle})
	}
	o.Pass = len(o.Blocks) == 0 && len(r.Rows) > 0
	return o
}

// Known are the marks of a form that belong to the rubric, one a row and in its order. What is outside 0–3 is no mark; its
// comment is kept under NoMark.
func Known(r course.Rubric, marks []Mark) []Mark {
	var out []Mark
	for _, row := range r.Rows {
		i := slices.IndexFunc(marks, func(m Mark) bool { return m.Row == row.ID })
		if i < 0 {
			continue
		}
		m := marks[i]
		if m.Level < 0 || m.Level > course.MaxMark {
			m.Level = NoMark
		}
		if m.Level != NoMark || m.Comment != "" {
			out = append(out, m)
		}
	}
	return out
}

func find(marks []Mark, row string) (Mark, bool) {
	for _, m := range marks {
		if m.Row == row && m.Level >= 0 && m.Level <= course.MaxMark {
			return m, true
		}
	}
	return Mark{}, false
}

// CheckAssessment refuses a judgement that cannot stand: a pass the rule does not allow, a return without one to three
// named fixes tied to rows, texts that are too long. A return is always possible, marked or not.
func CheckAssessment(r course.Rubric, a Assessment) error {
	var l problem.List
	for _, m := range a.Marks {
		if utf8.RuneCountInString(m.Comment) > MaxComment {
			l.Add(problem.At("comment."+m.Row, "practice.comment_long", problem.Args{"Max": MaxComment}))
		}
	}
	if utf8.RuneCountInString(a.Closing) > MaxClosing {
		l.Add(problem.At("closing", "practice.comment_long", problem.Args{"Max": MaxClosing}))
	}
	switch a.Verdict {
	case Pass:
		for _, b := range Judge(r, a.Marks).Blocks {
			l.Add(passProblem(b, r.MinTotalPercent))
		}
	case Return:
		checkFixes(&l, r, a.Fixes)
	default:
		l.Add(problem.At("verdict", "practice.verdict_missing"))
	}
	return l.Err()
}

func passProblem(b Block, percent int) *problem.Problem {
	field := "mark." + b.Row
	switch b.Reason {
	case Unmarked:
		return problem.At(field, "practice.pass_unmarked")
	case StarBelow:
		return problem.At(field, "practice.pass_star")
	case ZeroRow:
		return problem.At(field, "practice.pass_zero")
	default:
		return problem.At("verdict", "practice.pass_too_little", problem.Args{"Percent": percent})
	}
}

func checkFixes(l *problem.List, r course.Rubric, fixes []Fix) {
	if len(fixes) == 0 {
		l.Add(problem.At("fix.0.text", "practice.fix_missing"))
	}
	if len(fixes) > MaxFixes {
		l.Add(problem.At("fix.0.text", "practice.fix_many", problem.Args{"Max": MaxFixes}))
	}
	for _, f := range fixes {
		field := fixField(f.N)
		if utf8.RuneCountInString(f.Text) > MaxFix || utf8.RuneCountInString(f.Place) > MaxFix {
			l.Add(problem.At(field+"text", "practice.comment_long", problem.Args{"Max": MaxFix}))
		}
		if strings.TrimSpace(f.Text) == "" {
			l.Add(problem.At(field+"text", "practice.fix_missing"))
		}
		if _, ok := r.Row(f.Row); !ok {
			l.Add(problem.At(field+"row", "practice.fix_row"))
		}
	}
}

// fixField is the start of the form fields of the n-th fix: fixes count from 1, fields from 0.
func fixField(n int) string {
	const digits = "0123456789"
	return "fix." + string(digits[max(0, min(n-1, 9))]) + "."
}

// Proof is what a passed piece proves of one skill: the highest level any of its rows reaches, with those rows.
type Proof struct {
	Skill course.Criterion // Skill and Proves say what
	Rows  []string
}

// Proves are the skills a set of marks proves in a passed piece: per skill the highest level among its rows marked
// Passing or more, and all rows of that skill marked so. The order is that of the rubric.
func Proves(r course.Rubric, marks []Mark) []Proof {
	var out []Proof
	for _, row := range r.Rows {
		m, ok := find(marks, row.ID)
		if !ok || row.Skill == "" || row.Proves == 0 || m.Level < course.Passing {
			continue
		}
		i := slices.IndexFunc(out, func(p Proof) bool { return p.Skill.Skill == row.Skill })
		if i < 0 {
			out = append(out, Proof{Skill: row, Rows: []string{row.ID}})
			continue
		}
		out[i].Rows = append(out[i].Rows, row.ID)
		if row.Proves > out[i].Skill.Proves {
			out[i].Skill = row
		}
	}
	return out
}
