package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/practice"
	"tenarai/internal/sheet"
)

// ruleState is what the rubric's rule says of the marks as they stand.
type ruleState struct {
	Says    string
	Reasons []string
	Min     int
}

// ruleOf says the rule in words. The same words, with their holes, go to the script, which applies the same rule while the
// mentor marks.
func ruleOf(w *i18n.Printer, r course.Rubric, marks []practice.Mark) ruleState {
	o := practice.Judge(r, marks)
	st := ruleState{Says: w.T("mentor.rule.return"), Min: r.MinTotalPercent}
	if o.Pass {
		st.Says = w.T("mentor.rule.pass")
	}
	unmarked := 0
	for _, b := range o.Blocks {
		row, _ := r.Row(b.Row)
		put := strings.NewReplacer("{title}", row.Title.In(w.Lang()), "{mark}", strconv.Itoa(b.Mark), "{percent}", strconv.Itoa(o.Percent), "{min}", strconv.Itoa(r.MinTotalPercent))
		switch b.Reason {
		case practice.Unmarked:
			unmarked++
		case practice.StarBelow:
			st.Reasons = append(st.Reasons, put.Replace(w.T("mentor.rule.star")))
		case practice.ZeroRow:
			st.Reasons = append(st.Reasons, put.Replace(w.T("mentor.rule.zero")))
		case practice.TooLittle:
			st.Reasons = append(st.Reasons, put.Replace(w.T("mentor.rule.too_little")))
		}
	}
	if unmarked > 0 { // then the total says nothing yet
		return ruleState{Says: strings.ReplaceAll(w.T("mentor.rule.unmarked"), "{count}", strconv.Itoa(unmarked)), Min: r.MinTotalPercent}
	}
	return st
}

// rowPart is a row of the rubric on the form.
type rowPart struct {
	ID, Title        string
	Star, Frozen     bool
	Levels           []levelPart
	Comment          string
	Problem, Overrun string // of the mark, of the comment
}

// levelPart is one of a row's four levels, with its descriptor.
type levelPart struct {
	N      int
	Says   string
	Chosen bool
}

func markRow(r course.Criterion, lang string, form assessForm) rowPart {
	p := rowPart{ID: r.ID, Title: r.Title.In(lang), Star: r.Star, Comment: form.Comments[r.ID]}
	for n, says := range r.Levels {
		p.Levels = append(p.Levels, levelPart{n, says.In(lang), form.Marks[r.ID] == strconv.Itoa(n)})
	}
	return p
}

// fixPart is one of the three places for a fix.
type fixPart struct {
	fixFields
	Field                   string // fix.0
	N                       int
	Frozen                  bool
	Rows                    []Option
	RowProblem, TextProblem string
}

// Open tells whether the place is unfolded: something stands in it.
func (f fixPart) Open() bool { return !f.empty() || f.RowProblem != "" || f.TextProblem != "" }

// donePart is a fix of the last round: what the trainee says, and what the mentor finds.
type donePart struct {
	practice.Fix
	RowTitle string
	Checked  bool
}

// fill puts the form and its problems into the parts the template shows.
func (p *assessPage) fill() {
	rubric := p.Bench.Assignment.Rubric
	p.Rows, p.Fixes, p.LastDone = nil, nil, nil
	for _, r := range rubric.Rows {
		row := markRow(r, p.Lang, p.Form)
		row.Frozen, row.Problem, row.Overrun = p.Frozen, p.Problem("mark."+r.ID), p.Problem("comment."+r.ID)
		p.Rows = append(p.Rows, row)
	}
	for i := range practice.MaxFixes {
		f := fixPart{Field: "fix." + strconv.Itoa(i), N: i + 1, Frozen: p.Frozen}
		if i < len(p.Form.Fixes) {
			f.fixFields = p.Form.Fixes[i]
		}
		for _, r := range p.Rows {
			f.Rows = append(f.Rows, Option{Value: r.ID, Label: r.Title, Chosen: r.ID == f.Row})
		}
		f.RowProblem, f.TextProblem = p.Problem(f.Field+".row"), p.Problem(f.Field+".text")
		p.Fixes = append(p.Fixes, f)
	}
	last, ok := p.Bench.Last()
	if !ok || last.AttemptN >= p.Attempt.N {
		return
	}
	for _, f := range last.Fixes {
		row, _ := rubric.Row(f.Row)
		p.LastDone = append(p.LastDone, donePart{Fix: f, RowTitle: row.Title.In(p.Lang), Checked: slices.Contains(p.Form.Done, f.N)})
	}
}

// saidPart is one judgement in words.
type saidPart struct {
	practice.Assessment
	Rows  []saidRow
	Fixes []donePart
}

type saidRow struct {
	Title, Descriptor string
	Mark              practice.Mark
}

// roundPart is an earlier attempt with what was said of it.
type roundPart struct {
	practice.Attempt
	Said []saidPart
}

// told sorts what was said by attempts.
func (p *assessPage) told(b desk.Bench) {
	said := func(n int) []saidPart {
		var out []saidPart
		for _, v := range b.Past {
			if v.AttemptN == n {
				out = append(out, saidOf(b.Assignment.Rubric, v, p.Lang))
			}
		}
		return out
	}
	p.Said = said(p.Attempt.N)
	for _, at := range slices.Backward(b.Attempts[:len(b.Attempts)-1]) {
		p.Rounds = append(p.Rounds, roundPart{at, said(at.N)})
	}
}

// saidOf puts a judgement into words. A row that an earlier edition had goes by its id.
func saidOf(r course.Rubric, v practice.Assessment, lang string) saidPart {
	out := saidPart{Assessment: v}
	title := func(id string) (course.Criterion, string) {
		row, ok := r.Row(id)
		if !ok {
			return row, id
		}
		return row, row.Title.In(lang)
	}
	for _, id := range rowOrder(r, v.Marks) {
		i := slices.IndexFunc(v.Marks, func(m practice.Mark) bool { return m.Row == id })
		row, name := title(id)
		said := saidRow{Title: name, Mark: v.Marks[i]}
		if said.Mark.Level >= 0 && said.Mark.Level <= course.MaxMark {
			said.Descriptor = row.Levels[said.Mark.Level].In(lang)
		}
		out.Rows = append(out.Rows, said)
	}
	for _, f := range v.Fixes {
		_, name := title(f.Row)
		out.Fixes = append(out.Fixes, donePart{Fix: f, RowTitle: name, Checked: f.Done != nil && *f.Done})
	}
	return out
}

// rowOrder are the marked rows in the order of the rubric, then those it does not know.
func rowOrder(r course.Rubric, marks []practice.Mark) []string {
	var out []string
	for _, row := range r.Rows {
		if slices.ContainsFunc(marks, func(m practice.Mark) bool { return m.Row == row.ID }) {
			out = append(out, row.ID)
		}
	}
	for _, m := range marks {
		if !slices.Contains(out, m.Row) {
			out = append(out, m.Row)
		}
	}
	return out
}

// checkPart is what the machine found in a handed-in table.
type checkPart struct {
	sheet.Difference
	Passes bool
	Rate   string   // wrong cells in words
	Notes  []string // rows and columns that lack or are too many
	Listed []sheet.WrongCell
	More   int
	Why    string // the machine could not read it
}

const (
	cellsListed = 50
	keysListed  = 10
	rowsShown   = 200
)

func (s *Server) checkOf(w *i18n.Printer, as course.Assignment, v practice.Attempt) *checkPart {
	switch {
	case v.CheckProblem != "" && w.Has("problem."+v.CheckProblem):
		return &checkPart{Why: w.T("problem."+v.CheckProblem, checkWords)}
	case v.CheckProblem != "":
		return &checkPart{Why: w.T("mentor.check.unreadable")}
	case as.Check == nil || len(v.Check) == 0:
		return nil
	}
	p := &checkPart{}
	if err := json.Unmarshal(v.Check, &p.Difference); err != nil {
		s.Log.Error("check result unreadable", "attempt", int64(v.ID), "error", err.Error())
		return &checkPart{Why: w.T("mentor.check.unreadable")}
	}
	p.Passes = p.Difference.Passes(as.Check.Permille)
	p.Rate = w.T("mentor.check.rate", "Rate", permille(p.WrongPermille), "Most", permille(as.Check.Permille),
		"Wrong", w.Number(int64(p.WrongCells)), "Of", w.Number(int64(p.Expected)))
	p.Listed = p.Wrong[:min(len(p.Wrong), cellsListed)]
	p.More = len(p.Wrong) - len(p.Listed)
	p.note(w)
	return p
}

// note says what lacks and what is too much.
func (p *checkPart) note(w *i18n.Printer) {
	keys := func(k sheet.Keys) string { return w.List(k.First[:min(len(k.First), keysListed)]) }
	if p.Missing.Count > 0 {
		p.Notes = append(p.Notes, w.TN("mentor.check.missing", p.Missing.Count, "Keys", keys(p.Missing)))
	}
	if p.Extra.Count > 0 {
		p.Notes = append(p.Notes, w.TN("mentor.check.extra", p.Extra.Count, "Keys", keys(p.Extra)))
	}
	if p.Duplicates.Count > 0 {
		p.Notes = append(p.Notes, w.TN("mentor.check.twice", p.Duplicates.Count, "Keys", keys(p.Duplicates)))
	}
	if len(p.MissingColumns) > 0 {
		p.Notes = append(p.Notes, w.T("mentor.check.columns", "Columns", w.List(p.MissingColumns)))
	}
	if p.Formulas > 0 {
		p.Notes = append(p.Notes, w.TN("mentor.check.formulas", p.Formulas))
	}
}

// checkWords stand for what a kept problem key no longer has: the values its sentence was made with.
var checkWords = map[string]any{
	"MB": sheet.MaxBytes >> 20, "Rows": sheet.MaxRows, "Columns": sheet.MaxColumns, "Cells": sheet.MaxCells, "Column": "?", "Key": "?", "Name": "?",
}

// filePart is a handed-in file: a picture to look at, a table to read, or something to download.
type filePart struct {
	practice.File
	Picture bool
	Table   *tablePart
	Why     string // it cannot be shown
	Badge   bool   // it was brought along, and may carry somebody's certificate
}

// tablePart is the beginning of a table, wrong cells marked.
type tablePart struct {
	Header []string
	Rows   [][]cellPart
	More   int
}

type cellPart struct {
	Got, Want string
	Wrong     bool
}

// mayCarry tells whether files of a type can carry a machine credential.
func mayCarry(contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	return slices.Contains([]string{"application/pdf", echo.MIMEApplicationJSON, typeLinked, typePNG, typeSVG}, base)
}

func (s *Server) filesOf(c echo.Context, a desk.Actor, v practice.Attempt, as course.Assignment, check *checkPart, prior bool) []filePart {
	var out []filePart
	tables := 0
	for _, f := range v.Files {
		p := filePart{File: f, Picture: isPicture(f.Type), Badge: prior && mayCarry(f.Type)}
		name := strings.ToLower(f.Name)
		if (strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".xlsx")) && f.Size <= sheet.MaxBytes {
			wrong := check
			if tables++; tables > 1 { // the machine looked at the first
				wrong = nil
			}
			p.Table = s.tableOf(c, a, f, as, wrong)
			if p.Table == nil {
				p.Why = s.printer(c).T("mentor.check.unreadable")
			}
		}
		out = append(out, p)
	}
	return out
}

// tableOf reads a handed-in table; nil if it cannot be read, which must not keep the rest of the work from being judged.
func (s *Server) tableOf(c echo.Context, a desk.Actor, f practice.File, as course.Assignment, check *checkPart) *tablePart {
	got, err := s.Desk.FileOf(c.Request().Context(), a, f.ID)
	if err != nil {
		s.Log.Error("handed-in table not read", "id", requestID(c), "file", int64(f.ID), "error", err.Error())
		return nil
	}
	t, err := sheet.Read(f.Name, got.Content)
	if err != nil {
		return nil
	}
	out := &tablePart{Header: t.Header, More: max(0, len(t.Rows)-rowsShown)}
	want, key := wantedCells(t, check), -1
	if as.Check != nil {
		key = t.Column(as.Check.Key)
	}
	for _, row := range t.Rows[:len(t.Rows)-out.More] {
		cells, meaning := make([]cellPart, len(row)), ""
		if key >= 0 {
			meaning = sheet.Meaning(row[key])
		}
		for i, text := range row {
			cells[i].Got = text
			cells[i].Want, cells[i].Wrong = want[i][meaning]
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// wantedCells are the expected values of the wrong cells: by column of the table and what its row's key means.
func wantedCells(t sheet.Table, check *checkPart) map[int]map[string]string {
	out := map[int]map[string]string{}
	if check == nil {
		return out
	}
	for _, x := range check.Wrong {
		i := t.Column(x.Column)
		if out[i] == nil {
			out[i] = map[string]string{}
		}
		out[i][sheet.Meaning(x.Row)] = x.Want
	}
	return out
}
