package pdf

import (
	"fmt"
	"slices"
	"strings"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// courses is part I.
func (s *sheet) courses() {
	w := s.w
	t := grid{columns: []float64{29, 66, 42, 37}, tiers: 1}
	for i, label := range w.courseColumns {
		t.head = append(t.head, headCell{column: i, columns: 1, tiers: 1, label: label})
	}
	for _, course := range s.r.Courses {
		t.addRow(s.c, w.period(course), w.courseAims(course), w.courseContents(course), w.certificateNumber(course))
	}
	s.part(w.courses)
	if len(t.rows) == 0 {
		s.kindly(w.noCourse)
	} else {
		s.table(t)
	}
	s.y += partGap
}

func (w recordWords) period(course certificate.RecordCourse) []passage {
	var lines []string
	if !course.Began.IsZero() {
		lines = append(lines, fmt.Sprintf(w.since, w.date(course.Began)))
	}
	if !course.Ended.IsZero() {
		lines = append(lines, w.date(course.Ended))
	}
	var out []passage
	for _, text := range lines {
		out = append(out, passage{text: text, font: sheetText, whole: true})
	}
	// The form asks for hours that were studied; those of a course that goes on are only planned.
	if h := w.hours(course.Minutes); h != "" && !course.Ended.IsZero() {
		out = append(out, passage{text: h, font: sheetText, gap: 0.8})
	}
	return out
}

func (w recordWords) courseAims(course certificate.RecordCourse) []passage {
	out := []passage{{text: course.Code + " " + course.Title.In(w.lang), font: sheetStrong}}
	for i, aim := range course.Aims {
		p := passage{text: aim.In(w.lang), font: sheetText, bullet: w.bullet, gap: 0.2}
		if i == 0 {
			p.gap = 0.9
		}
		out = append(out, p)
	}
	return out
}

func (w recordWords) courseContents(course certificate.RecordCourse) []passage {
	var modules []string
	for _, m := range course.Modules {
		modules = append(modules, oneLine(m.In(w.lang)))
	}
	return []passage{{text: strings.Join(modules, w.join), font: sheetText}}
}

func (w recordWords) certificateNumber(course certificate.RecordCourse) []passage {
	switch {
	case course.Number != "":
		return []passage{{text: string(course.Number), font: sheetText, middle: true, whole: true}}
	case course.Ended.IsZero():
		return []passage{{text: w.under, font: sheetText, middle: true}}
	}
	return []passage{{text: w.noNumber, font: sheetText, middle: true}}
}

// skills is part II, ruled as the official form is: a column for each of A, B and C, and a circle in one of them.
func (s *sheet) skills() {
	w := s.w
	t := grid{columns: []float64{15, 54, 8, 8, 8, 49, 32}, tiers: 2}
	t.head = []headCell{
		{column: 0, columns: 1, tiers: 2, label: w.skillColumns[0]},
		{column: 1, columns: 1, tiers: 2, label: w.skillColumns[1]},
		{column: 2, columns: 3, tiers: 1, label: w.skillColumns[2]},
		{column: 2, columns: 1, tier: 1, tiers: 1, label: string(skill.GradeA)},
		{column: 3, columns: 1, tier: 1, tiers: 1, label: string(skill.GradeB)},
		{column: 4, columns: 1, tier: 1, tiers: 1, label: string(skill.GradeC)},
		{column: 5, columns: 1, tiers: 2, label: w.skillColumns[3]},
		{column: 6, columns: 1, tiers: 2, label: w.skillColumns[4]},
	}
	for _, k := range s.r.Skills {
		cells := [][]passage{{{text: string(k.Skill), font: sheetText, middle: true}}, w.ability(k)}
		for _, g := range []skill.Grade{skill.GradeA, skill.GradeB, skill.GradeC} {
			cells = append(cells, circle(k.Grade == g))
		}
		t.addRow(s.c, append(cells, w.proofs(k), w.judged(k))...)
	}
	const above = 18.0 // the heading and the legend
	if len(t.rows) == 0 {
		s.need(above + 20)
	} else {
		s.need(above + t.headHeight() + min(t.rows[0].height, 60))
	}
	s.part(w.evaluation)
	for _, text := range w.legend {
		s.line(text, sheetSmall)
	}
	s.y += 1.2
	if len(t.rows) == 0 {
		s.kindly(w.noSkill[:]...)
	} else {
		s.table(t)
	}
	s.y += partGap
}

func circle(here bool) []passage {
	if !here {
		return nil
	}
	return []passage{{text: "○", font: lettering{bold, 10, ink}, middle: true}}
}

func (w recordWords) ability(k certificate.RecordSkill) []passage {
	return []passage{
		{text: k.Title.In(w.lang), font: sheetStrong},
		{text: w.level(k.Level, oneLine(k.Descriptor.In(w.lang))), font: sheetText, gap: 0.4},
	}
}

func (w recordWords) proofs(k certificate.RecordSkill) []passage {
	var out []passage
	for _, piece := range k.Pieces {
		out = append(out, passage{text: piece.In(w.lang), font: sheetText, bullet: w.bullet})
	}
	if k.Prior {
		out = append(out, passage{text: w.prior, font: sheetText, gap: 0.4})
	}
	return out
}

func (w recordWords) judged(k certificate.RecordSkill) []passage {
	var out []passage
	if len(k.Assessors) > 0 {
		out = append(out, passage{text: w.names(k.Assessors), font: sheetText})
	}
	if !k.Newest.IsZero() {
		out = append(out, passage{text: w.date(k.Newest), font: sheetText, whole: true})
	}
	if !k.Current {
		out = append(out, passage{text: w.renew, font: lettering{bold, 7.8, ink}, gap: 0.4})
	}
	return out
}

// statement is part III: the center vouches with its seal, and says how everything can be checked. It is never parted.
func (s *sheet) statement(code qrCode) {
	const seal, inset, step, side = 24.0, 5.0, 4.4, 20.0
	small := lettering{regular, 8.5, ink}
	var people [][]unit
	if all := s.people(); len(all) > 0 {
		people = s.c.wrapped(units(s.w.assessors+"　"+s.w.names(all)), small, sheetWidth-seal-3*inset)
	}
	notes, frame := s.notes(), 31+step*float64(max(1, len(people)))
	s.need(7 + frame + 5 + max(side, 10+float64(len(notes))*4))
	s.part(s.w.statement)
	top, left, right := s.y, sheetSide+inset, sheetSide+sheetWidth
	bottom := top + frame
	s.put(func() {
		text := s.w.statementText
		if len(s.r.Skills) == 0 {
			text = s.w.statementEmpty
		}
		s.c.draw(left, top+7.5, units(text), lettering{regular, 9.5, ink})
		for i, line := range people {
			s.c.draw(left, top+14+step*float64(i), line, small)
		}
		s.c.draw(left, bottom-12, units(s.w.date(s.r.Made)), lettering{regular, 9.5, ink})
		name := units(s.w.centerName(s.r))
		s.c.draw(left, bottom-5, name, s.c.fitting(name, lettering{bold, 12, ink}, sheetWidth-seal-3*inset))
		s.c.stampSpace(right-inset-seal/2, bottom-2-seal/2, seal/2-1, s.w.seal)
		s.c.box(sheetSide, top, right, bottom, outerRule, ink)
	})
	s.y = bottom + 5
	s.checking(code, notes, side)
}

// checking is how a reader makes sure without asking the holder: the verify page, and what the words on the sheet mean.
func (s *sheet) checking(code qrCode, notes []string, side float64) {
	top, left := s.y, sheetSide+side+5
	how := units(s.w.check)
	if len(s.r.Credential) > 0 {
		how = units(s.w.checkFile)
	}
	s.put(func() {
		s.c.drawQR(sheetSide, top, side, code)
		s.c.draw(left, top+3, how, s.c.fitting(how, sheetText, sheetWidth-side-5))
		address := units(s.r.Address)
		s.c.draw(left, top+7.6, address, s.c.fitting(address, lettering{bold, 8.4, ink}, sheetWidth-side-5))
		for i, text := range notes {
			line := units(text)
			s.c.draw(left, top+13+float64(i)*4, line, s.c.fitting(line, sheetSmall, sheetWidth-side-5))
		}
	})
}

// notes explain the rule, and the words that occur on this sheet.
func (s *sheet) notes() []string {
	notes := []string{fmt.Sprintf(s.w.rule, s.r.Rule)}
	if slices.ContainsFunc(s.r.Skills, func(k certificate.RecordSkill) bool { return !k.Current }) {
		notes = append(notes, s.w.renewNote)
	}
	if slices.ContainsFunc(s.r.Skills, func(k certificate.RecordSkill) bool { return k.Prior }) {
		notes = append(notes, s.w.priorNote)
	}
	if len(s.r.Credential) == 0 {
		notes = append(notes, s.w.bare)
	}
	return append(notes, s.w.modelNote)
}

// people are all who assessed, once each.
func (s *sheet) people() []string {
	var all []string
	for _, k := range s.r.Skills {
		for _, name := range k.Assessors {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
