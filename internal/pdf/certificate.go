package pdf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

var (
	errNothing   = errors.New("a certificate needs a name, a number and an address to verify it at")
	errWithdrawn = errors.New("a withdrawn certificate is not printed: nothing more is told about it")
)

// page is one page of a certificate in the making.
type page struct {
	*canvas
	sheet     certificate.Sheet
	words     words
	at        layout
	code      qrCode   // nil: a sample leads nowhere
	seal      *picture // nil: none
	signature *picture
}

func (p *Printer) printCertificate(s certificate.Sheet) ([]byte, error) {
	switch {
	case s.State == certificate.Withdrawn:
		return nil, errWithdrawn
	case s.Snapshot.Name == "", !s.Sample && (s.Number == "" || s.Address == ""):
		return nil, errNothing
	}
	design := s.Snapshot.Design
	c := newCanvas(p.typeface, s.Issued, design.Portrait)
	sheet := page{canvas: c, sheet: s, at: layoutOf(design)}
	if sheet.at.solemn {
		c.accent = bronze
	}
	if err := sheet.gather(&p.album); err != nil {
		return nil, err
	}
	each := wordsFor(design)
	c.describe(s, each)
	for _, w := range each {
		sheet.words = w
		if err := sheet.print(); err != nil {
			return nil, err
		}
	}
	return c.output()
}

// gather makes what is drawn on every page: the QR code and the pictures. A picture that is not at hand is left out: the
// paper then has the space for a stamp.
func (p *page) gather(from *album) error {
	var err error
	if !p.sheet.Sample {
		if p.code, err = newQRCode(p.sheet.Address); err != nil {
			return err
		}
	}
	design := p.sheet.Snapshot.Design
	for _, one := range []struct {
		name, sum string
		into      **picture
	}{{sealName, design.Seal, &p.seal}, {signatureName, design.Signature, &p.signature}} {
		data := p.sheet.Pictures[one.sum]
		if one.sum == "" || len(data) == 0 {
			continue
		}
		if *one.into, err = from.picture(data); err != nil {
			return err
		}
		p.extras.pictures = append(p.extras.pictures, named{one.name, *one.into})
	}
	return nil
}

// What the pages call the pictures.
const (
	sealName      = "Seal"
	signatureName = "Signature"
)

// print makes the page.
func (p *page) print() error {
	p.paint(p.pdf.AddPage)
	p.mark("/Lang (" + p.words.tag + ")")
	p.decorate()
	p.head()
	body := p.at.body(p.wide)
	columns, err := p.canvas.body(p.sheet.Snapshot, p.words, body, p.at.columns)
	if err != nil {
		return err
	}
	p.drawBody(columns, body)
	p.check()
	p.issuer()
	p.stamp()
	p.unmark()
	return nil
}

// head is the upper half: who has earned what.
func (p *page) head() {
	s, w, at := p.sheet.Snapshot, p.words, p.at
	kind := w.kind(s.Kind)
	said, size := kind.statement, 10.0
	if at.solemn {
		said, size = kind.formal, 11.5
	}
	if at.center > 0 {
		p.lines(at.center, centerName(s, w), lettering{regular, 11, ink}, 1)
	}
	p.title(kind.title)
	p.holder()
	p.lines(at.statement, said, lettering{regular, size, ink}, 2)
	extra := 0.0
	if p.lines(at.topic, topic(s, w), lettering{bold, at.topicSize, ink}, 2) > 1 {
		extra = 1.2
	}
	p.lines(at.detail+extra, detail(s, w), lettering{regular, 8.5, grey}, 2)
	if at.closing > 0 {
		p.lines(at.closing, w.closing, lettering{regular, size, ink}, 1)
	}
}

// place is where a text of some width begins.
func (p *page) place(width float64) float64 {
	if p.at.flush {
		return p.at.margin
	}
	return (p.wide - width) / 2
}

// lines writes a text around the height y: on one line if it fits, or else on as many as it may, a little smaller; and only
// when these are full it shrinks. It tells how many there are.
func (p *page) lines(y float64, s string, f lettering, most int) int {
	text, limit := units(s), p.wide-2*p.at.margin
	set := [][]unit{text}
	switch {
	case len(text) == 0:
		return 0
	case p.width(text, f) <= limit:
	case most == 1:
		f = p.fitting(text, f, limit)
	default:
		f.size *= 0.82
		m := p.measure(text, f.weight)
		lines := m.evened(f.ems(limit))
		for len(lines) > most {
			f.size *= 0.96
			lines = m.evened(f.ems(limit))
		}
		set = m.lines(lines)
	}
	leading := f.size * mmPerPoint * 1.28
	for i, line := range set {
		p.draw(p.place(p.width(line, f)), y+leading*(float64(i)-float64(len(set)-1)/2), line, f)
	}
	return len(set)
}

// title is what the paper is, with wide spaces where the language likes that.
func (p *page) title(s string) {
	k := indigo
	if p.at.solemn {
		k = ink
	}
	text, f, gap := units(s), lettering{p.words.weight, p.at.titleSize, k}, p.words.spacing
	if p.at.flush {
		gap /= 3
	}
	if w, limit := p.spacedWidth(text, f, gap), (p.wide-2*p.at.margin)*0.86; w > limit {
		f.size *= limit / w
	}
	p.spaced(p.place(p.spacedWidth(text, f, gap)), p.at.title, text, f, gap)
}

// holder is the name, as large as it fits, with what stands above and after it. The name itself stands in the middle, and a
// small one at the height where the middle of a large one would be.
func (p *page) holder() {
	s, w, at := p.sheet.Snapshot, p.words, p.at
	above := ""
	if w.lang == "ja" {
		above = s.Kana
	}
	text, limit := units(w.called(s.Name, s.Latin)), p.wide-2*at.margin-26
	f := p.fitting(text, lettering{p.nameWeight(text), at.nameSize, ink}, limit)
	x, y := p.place(p.width(text, f)), at.name-(at.nameSize-f.size)*mmPerPoint*capitalHeight/2
	if w.before != "" {
		before := units(w.before)
		p.draw(p.place(p.width(before, lettering{regular, 9, grey})), at.name-14, before, lettering{regular, 9, grey})
	}
	if above != "" {
		kana := units(above)
		small := p.fitting(kana, lettering{regular, 10, grey}, limit)
		p.draw(p.place(p.width(kana, small)), y-f.size*mmPerPoint*capitalHeight-3, kana, small)
	}
	if w.honorific == "" {
		p.draw(x, y, text, f)
		return
	}
	end := x + p.width(text, f) + p.width([]unit{{base: ' '}}, f)
	if len(text) == 1 {
		end += 0.15 * f.size * mmPerPoint // or else the two look like one word, and are extracted as one
	}
	p.draw(x, y, append(text, unit{base: ' '}), f) // a space of the name's own size, for whoever extracts the text
	p.draw(end, y, units(w.honorific), lettering{regular, 6 + f.size*0.25, ink})
}

// capitalHeight is a part of the size of a text: from the baseline to the top of a letter.
const capitalHeight = 0.76

// nameWeight is display for names with Latin letters, if that face has all of them: a ł lent from the other one would show.
func (c *canvas) nameWeight(name []unit) weight {
	if !slices.ContainsFunc(name, func(u unit) bool { return unicode.Is(unicode.Latin, u.base) }) {
		return bold
	}
	for _, u := range name {
		if g := c.glyph(display, u); g.face != c.typeface.main[display] {
			return bold
		}
	}
	return display
}

// topic is what was earned: the course, the programme, or the skill with its level.
func topic(s certificate.Snapshot, w words) string {
	what := oneLine(s.Code + " " + s.Topic.In(w.lang))
	if level := s.Level(); level != skill.None {
		what += "　" + fmt.Sprintf(w.levelOf, level)
	}
	return what
}

// detail is when a course was taken and how long it is, or by what a skill was proven.
func detail(s certificate.Snapshot, w words) string {
	var parts []string
	if !s.Began.IsZero() && !s.Ended.IsZero() {
		parts = append(parts, w.period(s.Began, s.Ended))
	}
	if h := w.hours(s.Minutes); h != "" {
		parts = append(parts, h)
	}
	if s.Kind == certificate.KindSkill && len(s.Pieces) > 0 {
		proof := s.ProvenBy()
		parts = append(parts, w.proof(proof.Pieces, proof.Assessors))
	}
	return strings.Join(parts, "　")
}

func centerName(s certificate.Snapshot, w words) string {
	return oneLine(w.called(s.CenterName, s.CenterNameEn))
}

// signer is who signs. Between a post and a name a wide space is customary, and kept.
func signer(d certificate.Design, w words) string {
	return strings.Join(strings.FieldsFunc(w.called(d.Signer, d.SignerEn), unicode.IsControl), " ")
}

// oneLine folds line ends and runs of spaces, which course files may hold, to single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
