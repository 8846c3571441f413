package web

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/sheet"
	"tenarai/internal/skill"
)

// order is the head of an order sheet, in words.
type order struct {
	Number    string
	Client    said
	Purpose   said
	What      said
	Tolerance said
	Name      string   // of the file, with the order's number
	Formats   []string // text, file
	DueRule   string
	Due       string // the day
	Late      bool
	Minutes   int
}

func orderOf(w *i18n.Printer, look desk.AssignmentPage, now time.Time) order {
	as, lang, due := look.Assignment, w.Lang(), look.Submission.Due
	o := order{
		Number: look.Number, Client: say(as.Client, lang), Purpose: say(as.Purpose, lang), What: say(as.Deliver.What, lang),
		Tolerance: say(as.Tolerance, lang), Name: strings.ReplaceAll(as.Deliver.Name, "{number}", look.Number), Minutes: as.ReferenceMinutes,
	}
	if o.Minutes == 0 {
		o.Minutes = look.Item.Minutes
	}
	if as.Deliver.Text {
		o.Formats = append(o.Formats, w.T("assignments.order.text", "Max", w.Number(int64(as.Deliver.TextMax))))
	}
	if as.Deliver.File {
		kinds := strings.ToUpper(strings.Join(as.Deliver.Formats, ", "))
		o.Formats = append(o.Formats, w.TN("assignments.order.file", as.Deliver.Files, "Formats", kinds, "Size", w.Size(int64(as.Deliver.MaxMB)*1_000_000)))
	}
	if as.DueWorkingDays > 0 {
		o.DueRule = w.TN("assignments.order.due_rule", as.DueWorkingDays)
	}
	if !due.IsZero() {
		o.Due = lastDay(w, due)
		o.Late = !now.Before(due) && look.MayHandIn()
	}
	return o
}

// material is a file given with the order.
type material struct {
	Title   said
	Alt     said
	Href    string
	Kind    string // CSV, PNG
	Picture bool
}

func materialsOf(r course.Ref, as *course.Assignment, lang string) []material {
	out := make([]material, len(as.Materials))
	for i, m := range as.Materials {
		ending := strings.ToLower(strings.TrimPrefix(path.Ext(m.File), "."))
		out[i] = material{say(m.Title, lang), say(m.Alt, lang), r.Path() + "/files/materials/" + m.File, strings.ToUpper(ending), false}
		switch ending {
		case "png", "jpg", "jpeg", "gif", "webp":
			out[i].Picture = true
		}
	}
	return out
}

// rubricWords is a rubric in words: what passes at first glance, the other levels folded.
type rubricWords struct {
	Percent int
	NoZero  bool
	Rows    []rubricRow
}

type rubricRow struct {
	Title  said
	Star   bool
	Skill  string // what a pass proves; empty if nothing
	Proves skill.Level
	Levels [4]said
}

func (s *Server) rubricWords(r course.Rubric, lang string) rubricWords {
	w := rubricWords{Percent: r.MinTotalPercent, NoZero: r.NoZero}
	for _, row := range r.Rows {
		one := rubricRow{Title: say(row.Title, lang), Star: row.Star}
		if row.Skill != "" && row.Proves > skill.None {
			one.Skill, one.Proves = s.Desk.Catalog.Skill(row.Skill).Title.In(lang), row.Proves
		}
		for i, l := range row.Levels {
			one.Levels[i] = say(l, lang)
		}
		w.Rows = append(w.Rows, one)
	}
	return w
}

// slip is the counter's receipt while a mentor has the work.
type slip struct {
	Number practice.Receipt
	At     time.Time
	Words  string // the honest wait
	Late   bool   // longer than promised
}

// round is one attempt with all that was said to it.
type round struct {
	N        int
	At       time.Time
	Receipt  practice.Receipt
	Text     string
	Files    []handedFile
	Note     string
	Minutes  int
	Checks   []tick
	Checked  *tableCheck
	Why      string // why the machine could not read the table
	Assisted bool
	Judged   []judgement // the latest last
}

type handedFile struct {
	practice.File
	Picture bool
}

func (s *Server) roundsOf(w *i18n.Printer, rounds []desk.Round) []round {
	lang := w.Lang()
	out := make([]round, len(rounds))
	for i, r := range rounds {
		out[i] = round{
			N: r.N, At: r.At, Receipt: r.Receipt(), Text: r.Text, Note: r.Note, Minutes: r.Minutes, Assisted: r.Assisted,
			Checks: ticks(r.Assignment.SelfCheck, r.SelfCheck, lang), Checked: tableCheckOf(w, r.Check, r.Assignment.Check),
		}
		for _, f := range r.Files {
			out[i].Files = append(out[i].Files, handedFile{f, isPicture(f.Type)})
		}
		if r.CheckProblem != "" {
			out[i].Why = checkWhy(w, r.CheckProblem, r.Assignment.Check)
		}
		for _, v := range r.Assessments {
			out[i].Judged = append(out[i].Judged, *judgementOf(r.Assignment.Rubric, v, lang))
		}
	}
	return out
}

// judgement is what a mentor said to an attempt.
type judgement struct {
	Mentor     string
	At         time.Time
	Passed     bool
	SecondLook bool
	Percent    int
	Closing    string
	Fixes      []fix
	Rows       []judgedRow
}

// fix is one named thing to mend, with the row it belongs to and the place it speaks of.
type fix struct {
	N     int
	Text  string
	Place string
	Row   said
	Done  *bool // what the mentor found at the next attempt; nil: not looked at
}

// Found tells whether the mentor found it done.
func (f fix) Found() bool { return f.Done != nil && *f.Done }

// judgedRow is a row's mark with the descriptor it stands for and the mentor's comment.
type judgedRow struct {
	Title   said
	Star    bool
	Mark    int
	Words   said
	Comment string
}

func judgementOf(r course.Rubric, v practice.Assessment, lang string) *judgement {
	j := &judgement{
		Mentor: v.MentorName, At: v.At, Passed: v.Verdict == practice.Pass, SecondLook: v.SecondLook, Percent: v.Percent, Closing: v.Closing,
	}
	for _, f := range v.Fixes {
		one := fix{N: f.N, Text: f.Text, Place: f.Place, Done: f.Done}
		if row, ok := r.Row(f.Row); ok {
			one.Row = say(row.Title, lang)
		}
		j.Fixes = append(j.Fixes, one)
	}
	for _, row := range r.Rows {
		for _, m := range v.Marks {
			if m.Row != row.ID || m.Level > course.MaxMark {
				continue
			}
			one := judgedRow{say(row.Title, lang), row.Star, m.Level, said{}, m.Comment}
			if m.Level != practice.NoMark { // a row may come back with a word and no mark
				one.Words = say(row.Levels[m.Level], lang)
			}
			j.Rows = append(j.Rows, one)
		}
	}
	return j
}

// provenSkill is a skill that a passed piece proved.
type provenSkill struct {
	Title string
	Level skill.Level
	Words said
}

// passedOf is the judgement by which a piece passed, and what it proved.
func (s *Server) passedOf(look desk.AssignmentPage, lang string) (*judgement, []provenSkill) {
	for _, r := range look.Rounds {
		for _, v := range r.Assessments {
			if v.Verdict != practice.Pass || v.SecondLook {
				continue
			}
			var proven []provenSkill
			for _, p := range practice.Proves(r.Assignment.Rubric, v.Marks) {
				k := s.Desk.Catalog.Skill(p.Skill.Skill)
				proven = append(proven, provenSkill{k.Title.In(lang), p.Skill.Proves, say(k.Levels[p.Skill.Proves], lang)})
			}
			return judgementOf(r.Assignment.Rubric, v, lang), proven
		}
	}
	return nil, nil
}

// tableCheck is what the machine found in a handed-in table, for the one who handed it in: where it differs, not what
// would have been right.
type tableCheck struct {
	Rate   string
	Limit  string
	Within bool
	Lines  []foundLine
	Cells  []foundCell
	More   int // wrong cells not listed
}

// foundLine is one kind of difference in words, with the rows or columns it is about.
type foundLine struct{ Words, Keys string }

type foundCell struct{ Row, Column, Got string }

const (
	shownCells = 50
	shownRows  = 20
)

func tableCheckOf(w *i18n.Printer, found []byte, asked *course.TableCheck) *tableCheck {
	var d sheet.Difference
	if len(found) == 0 || json.Unmarshal(found, &d) != nil {
		return nil
	}
	v := &tableCheck{Rate: permille(d.WrongPermille), More: max(0, len(d.Wrong)-shownCells)}
	if asked != nil {
		v.Limit, v.Within = permille(asked.Permille), d.Passes(asked.Permille)
	}
	v.Lines = []foundLine{{Words: w.T("assignments.check.cells", "Wrong", w.Number(int64(d.WrongCells)), "Expected", w.Number(int64(d.Expected)))}}
	if len(d.MissingColumns) > 0 {
		v.Lines = append(v.Lines, foundLine{w.TN("assignments.check.columns", len(d.MissingColumns)), w.List(d.MissingColumns)})
	}
	v.rows(w, "assignments.check.missing", d.Missing)
	v.rows(w, "assignments.check.extra", d.Extra)
	v.rows(w, "assignments.check.twice", d.Duplicates)
	if d.Formulas > 0 {
		v.Lines = append(v.Lines, foundLine{Words: w.TN("assignments.check.formulas", d.Formulas)})
	}
	for _, one := range d.Wrong[:min(shownCells, len(d.Wrong))] {
		v.Cells = append(v.Cells, foundCell{one.Row, one.Column, one.Got})
	}
	return v
}

func (v *tableCheck) rows(w *i18n.Printer, key string, k sheet.Keys) {
	if k.Count == 0 {
		return
	}
	line := foundLine{w.TN(key, k.Count), w.List(k.First[:min(shownRows, len(k.First))])}
	if k.Count > shownRows {
		line.Keys += " …"
	}
	v.Lines = append(v.Lines, line)
}

// permille is a share in thousandths as people read it: 5 is 0.5%.
func permille(n int) string { return strconv.Itoa(n/10) + "." + strconv.Itoa(n%10) + "%" }

// checkWhy says why the machine could not read a handed-in table.
func checkWhy(w *i18n.Printer, key string, asked *course.TableCheck) string {
	args := problem.Args{"MB": sheet.MaxBytes >> 20, "Rows": sheet.MaxRows, "Columns": sheet.MaxColumns, "Cells": sheet.MaxCells, "Key": ""}
	if asked != nil {
		args["Key"] = asked.Key
	}
	return w.T("problem."+key, args)
}
