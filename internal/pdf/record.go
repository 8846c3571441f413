package pdf

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// RecordRenderer names the version of the layout of skills records; raise it when anything about their pages changes.
const RecordRenderer = "record-1"

// A page of a record, in millimetres: A4 upright.
const (
	sheetSide   = 18.0 // left and right of everything
	sheetTop    = 15.0
	sheetBottom = 279.0 // of all but the foot
	sheetFoot   = 290.0
	sheetWidth  = shortSide - 2*sheetSide
)

var (
	sheetText   = lettering{regular, 7.8, ink}
	sheetStrong = lettering{bold, 8.4, ink}
	sheetSmall  = lettering{regular, 7, grey}
)

var errRecordLacks = errors.New("a skills record needs a language of the house, a name and an address to verify at")

// Record prints a skills record on A4, upright, in one language, on as many pages as it needs. The same input gives the same
// bytes. It fails with the problem "pdf.unprintable" if a text holds a character that no font here has.
func (p *Printer) Record(s certificate.RecordSheet) (doc Document, err error) {
	defer func() {
		if r := recover(); r != nil { // gofpdf panics on what it does not expect; a record must not take the server down
			doc, err = Document{}, fmt.Errorf("pdf: print skills record: %v", r)
		}
	}()
	b, err := p.printRecord(s)
	if err != nil {
		return Document{}, fmt.Errorf("pdf: print skills record: %w", err)
	}
	sum := sha256.Sum256(b)
	return Document{Bytes: b, SHA256: hex.EncodeToString(sum[:]), Renderer: RecordRenderer}, nil
}

func (p *Printer) printRecord(r certificate.RecordSheet) ([]byte, error) {
	w, known := recordWordsOf(r.Lang)
	if !known || r.Name == "" || r.Address == "" {
		return nil, errRecordLacks
	}
	code, err := newQRCode(r.Address)
	if err != nil {
		return nil, err
	}
	s := &sheet{c: newCanvas(p.typeface, r.Made, true), w: w, r: r}
	s.describe()
	s.turn()
	s.head()
	s.courses()
	s.skills()
	s.statement(code)
	s.finish()
	return s.c.output()
}

// sheet is a skills record in the making. What stands on each page is found first and drawn at the end, when it is known how
// many pages there are.
type sheet struct {
	c     *canvas
	w     recordWords
	r     certificate.RecordSheet
	pages [][]func()
	y     float64 // where the next thing goes on the last page

	tableTop float64 // where the table that is being set begins on it
}

// turn begins a page.
func (s *sheet) turn() {
	s.pages = append(s.pages, nil)
	s.y = sheetTop
}

// put is for the last page so far.
func (s *sheet) put(stroke func()) {
	last := len(s.pages) - 1
	s.pages[last] = append(s.pages[last], stroke)
}

func (s *sheet) room() float64 { return sheetBottom - s.y }

// need turns the page if less than a height is left on it.
func (s *sheet) need(height float64) {
	if height > s.room() {
		s.turn()
	}
}

// describe fills in the document's information.
func (s *sheet) describe() {
	s.c.pdf.SetTitle(utf16String(s.w.title+" – "+s.w.shownName(s.r)), false)
	s.c.pdf.SetAuthor(utf16String(s.w.centerName(s.r)), false)
	s.c.pdf.SetCreator("tenarai "+RecordRenderer, false)
	s.c.pdf.SetDisplayMode("fullpage", "continuous")
}

// finish draws the pages, each with its number at the foot, and on later ones whose record this is and when it was made.
func (s *sheet) finish() {
	right := shortSide - sheetSide
	for i, page := range s.pages {
		s.c.paint(s.c.pdf.AddPage)
		s.c.mark("/Lang (" + s.w.tag + ")")
		for _, stroke := range page {
			stroke()
		}
		s.c.rule(sheetSide, sheetFoot-8, right, sheetFoot-8, innerRule, pale)
		if i > 0 {
			name := units(s.w.shownName(s.r))
			s.c.draw(sheetSide, sheetFoot-4, name, s.c.fitting(name, sheetSmall, sheetWidth*0.7))
			made := units(s.w.made + "　" + s.w.date(s.r.Made))
			s.c.draw(right-s.c.width(made, sheetSmall), sheetFoot-4, made, sheetSmall)
		}
		s.c.centered(0, shortSide, sheetFoot, units(fmt.Sprintf("%d / %d", i+1, len(s.pages))), sheetSmall)
		s.c.unmark()
	}
}

// head is the title, and whose record this is, when and by whom it was made.
func (s *sheet) head() {
	s.put(func() {
		title := units(s.w.title)
		s.c.centered(0, shortSide, sheetTop+6.5, title, lettering{s.w.titleWeight, 17, indigo})
	})
	s.y += 13
	const label, half, upper, lower = 20.0, sheetWidth / 2, 6.5, 12.0
	top, left, middle, right := s.y, sheetSide, sheetSide+half+10, sheetSide+sheetWidth
	above, aboveText := s.w.kana, s.r.Kana
	if s.w.lang == "en" {
		above, aboveText = s.w.native, s.r.Name
	}
	tall := upper + lower
	if aboveText == "" || aboveText == s.w.shownName(s.r) {
		above, aboveText = "", ""
	}
	s.put(func() {
		s.c.fill(left, top, left+label, top+tall, shade)
		s.c.fill(middle, top, middle+label, top+tall, shade)
		split := top
		if above != "" {
			split += upper
			s.label(left, top, left+label, split, above)
			s.value(left+label, top, middle, split, aboveText, lettering{regular, 9, ink})
			s.c.rule(left, split, middle, split, innerRule, rules)
		}
		s.label(left, split, left+label, top+tall, s.w.name)
		s.holder(left+label, split, middle, top+tall)
		s.label(middle, top, middle+label, top+upper, s.w.made)
		s.value(middle+label, top, right, top+upper, s.w.date(s.r.Made), lettering{regular, 9, ink})
		s.c.rule(middle, top+upper, right, top+upper, innerRule, rules)
		s.label(middle, top+upper, middle+label, top+tall, s.w.center)
		s.value(middle+label, top+upper, right, top+tall, s.w.centerName(s.r), lettering{regular, 9.5, ink})
		for _, x := range []float64{left + label, middle, middle + label} {
			s.c.rule(x, top, x, top+tall, innerRule, rules)
		}
		s.c.box(left, top, right, top+tall, outerRule, ink)
	})
	s.y += tall + 6
}

// label and value write one line in the middle of a box's height, made smaller if it must be.
func (s *sheet) label(left, top, right, bottom float64, text string) {
	f := s.c.fitting(units(text), lettering{bold, 7.5, ink}, right-left-2)
	s.c.centered(left, right, (top+bottom)/2+f.size*mmPerPoint*0.36, units(text), f)
}

func (s *sheet) value(left, top, right, bottom float64, text string, f lettering) {
	f = s.c.fitting(units(text), f, right-left-2*cellSide-1)
	s.c.draw(left+cellSide+0.6, (top+bottom)/2+f.size*mmPerPoint*0.36, units(text), f)
}

// holder writes the name, as large as it fits: on one line, or a very long one on two.
func (s *sheet) holder(left, top, right, bottom float64) {
	const large, small = 15.0, 9.0
	text, limit := units(s.w.shownName(s.r)), right-left-2*cellSide-1
	f := s.c.fitting(text, lettering{s.c.nameWeight(text), large, ink}, limit)
	lines := [][]unit{text}
	if f.size < small {
		f.size = min(f.size*1.8, small)
		lines = wrap(text, s.c.unitWidth(f), limit)
	}
	y := (top+bottom)/2 - float64(len(lines)-1)/2*f.size*mmPerPoint*1.2
	for _, line := range lines {
		s.c.draw(left+cellSide+0.6, y+f.size*mmPerPoint*0.36, line, f)
		y += f.size * mmPerPoint * 1.2
	}
}

// part writes the heading of a part, and lists it in the outline of the document.
func (s *sheet) part(heading string) {
	y := s.y
	s.put(func() {
		s.c.draw(sheetSide, y+4.2, units(heading), lettering{bold, 11, indigo})
		s.c.paint(func() { s.c.pdf.Bookmark(heading, 0, y) })
	})
	s.y += 7
}

// line writes one line of the page's width below what is there.
func (s *sheet) line(text string, f lettering) {
	y := s.y + f.size*mmPerPoint
	set := units(text)
	s.put(func() { s.c.draw(sheetSide, y, set, s.c.fitting(set, f, sheetWidth)) })
	s.y += f.size * mmPerPoint * 1.5
}

// kindly says in a frame that there is nothing yet.
func (s *sheet) kindly(sentences ...string) {
	var passages []passage
	for _, text := range sentences {
		passages = append(passages, passage{text: text, font: lettering{regular, 9, grey}, middle: true, gap: 1.2})
	}
	laid := s.c.lay(sheetWidth, passages...)
	top := s.y
	s.put(func() {
		for _, l := range laid.lines {
			s.c.draw(sheetSide+l.x, top+l.y, l.text, l.font)
		}
		s.c.box(sheetSide, top, sheetSide+sheetWidth, top+laid.height+1.2, innerRule, ink)
	})
	s.y += laid.height + 1.2
}

// partGap is between the parts.
const partGap = 6.0

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
	if h := w.hours(course.Minutes); h != "" {
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
	const frame, seal, side = 35.0, 24.0, 20.0
	notes := s.notes()
	s.need(7 + frame + 5 + max(side, 10+float64(len(notes))*4))
	s.part(s.w.statement)
	top, right := s.y, sheetSide+sheetWidth
	s.put(func() {
		left := sheetSide + 5
		text := s.w.statementText
		if len(s.r.Skills) == 0 {
			text = s.w.statementEmpty
		}
		s.c.draw(left, top+7.5, units(text), lettering{regular, 9.5, ink})
		if people := s.people(); len(people) > 0 {
			line := units(s.w.assessors + "　" + s.w.names(people))
			s.c.draw(left, top+14, line, s.c.fitting(line, lettering{regular, 8.5, ink}, sheetWidth-10))
		}
		s.c.draw(left, top+23, units(s.w.date(s.r.Made)), lettering{regular, 9.5, ink})
		name := units(s.w.centerName(s.r))
		s.c.draw(left, top+30, name, s.c.fitting(name, lettering{bold, 12, ink}, sheetWidth-seal-25))
		x, y := right-5-seal/2, top+frame-3-seal/2+1
		s.c.dashedCircle(x, y, seal/2-1, 0.15, pale)
		s.c.centered(x, x, y+1.2, units(s.w.seal), lettering{regular, 8, pale})
		s.c.box(sheetSide, top, right, top+frame, outerRule, ink)
	})
	s.y += frame + 5
	s.checking(code, notes, side)
}

// checking is how a reader makes sure without asking the holder: the verify page, and what the words on the sheet mean.
func (s *sheet) checking(code qrCode, notes []string, side float64) {
	top, left := s.y, sheetSide+side+5
	s.put(func() {
		s.c.drawQR(sheetSide, top, side, code)
		s.c.draw(left, top+3, units(s.w.check), sheetText)
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
