package pdf

import (
	"errors"
	"fmt"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// A page of a record, in millimetres: A4 upright.
const (
	sheetSide   = 18.0 // left and right of everything
	sheetTop    = 15.0
	sheetBottom = 279.0 // of all but the foot
	sheetFoot   = 290.0
	sheetWidth  = shortSide - 2*sheetSide
	partGap     = 6.0 // between the parts
)

var (
	sheetText   = lettering{regular, 7.8, ink}
	sheetStrong = lettering{bold, 8.4, ink}
	sheetSmall  = lettering{regular, 7, grey}
)

var (
	errRecordLacks = errors.New("a skills record needs a language of the house, a name and an address to verify at")
	errRecordLevel = errors.New("a skills record holds a level that says nothing")
)

func (p *Printer) printRecord(r certificate.RecordSheet) ([]byte, error) {
	w, known := recordWordsOf(r.Lang)
	if !known || r.Name == "" || r.Address == "" {
		return nil, errRecordLacks
	}
	for _, k := range r.Skills {
		if (k.Level < skill.None || k.Level > skill.Checks) && oneLine(k.Descriptor.In(w.lang)) == "" {
			return nil, errRecordLevel
		}
	}
	code, err := newQRCode(r.Address)
	if err != nil {
		return nil, err
	}
	s := &sheet{c: newCanvas(p.typeface, r.Made, true), w: w, r: r}
	s.describe()
	s.c.extras.language = w.tag
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
	s.c.attach(s.r.Credential, "The certificates of this record for machines: Comprehensive Learner Record 2.0")
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
		s.c.centered(0, shortSide, sheetTop+6.5, title, lettering{s.w.weight, 17, indigo})
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
		lines = s.c.wrapped(text, f, limit)
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
		s.c.paint(func() { s.c.pdf.Bookmark(utf16String(heading), 0, y) })
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
		s.c.drawTypeset(sheetSide, top, laid)
		s.c.box(sheetSide, top, sheetSide+sheetWidth, top+laid.height+1.2, innerRule, ink)
	})
	s.y += laid.height + 1.2
}
