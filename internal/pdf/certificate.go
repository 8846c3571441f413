package pdf

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"tenarai/internal/certificate"
)

// The page, in millimetres: a frame, and inside it from the top the center, the title, the name, the course, the body in two
// columns, and at the foot the number and the seal.
const (
	margin      = 28.0 // left and right of all text
	frameInset  = 9.0
	centerLine  = 26.0
	titleLine   = 41.0
	titleRule   = 47.0
	nameLine    = 68.5
	statement   = 78.5
	courseLine  = 88.0
	detailLine  = 95.0
	bodyTop     = 101.5
	bodyBottom  = 167.5
	footRule    = 171.0
	footTop     = 174.0
	qrSide      = 21.0
	sealSide    = 22.0
	titleSize   = 30.0
	nameSize    = 32.0
	courseSize  = 15.0
	footerSize  = 7.0
	nameLimit   = 215.0
	courseLimit = 220.0

	capitalHeight = 0.76 // of the size of the text: from the baseline to the top of a letter
)

var errNothing = errors.New("a certificate needs a name, a number and an address to verify it at")

func (p *Printer) printCertificate(c certificate.Certificate, verifyURL string) ([]byte, error) {
	if c.Snapshot.Name == "" || c.Number == "" || verifyURL == "" {
		return nil, errNothing
	}
	v := newCanvas(p.typeface, c.Issued, false)
	v.describe(c)
	code, err := newQRCode(verifyURL)
	if err != nil {
		return nil, err
	}
	for _, w := range []words{japanese, english} {
		if err := v.certificatePage(c, w, verifyURL, code); err != nil {
			return nil, err
		}
	}
	return v.output()
}

// describe fills in the document's information.
func (c *canvas) describe(cert certificate.Certificate) {
	s := cert.Snapshot
	title := s.Title.In("ja")
	if title == "" {
		title = japanese.title
	}
	c.pdf.SetTitle(utf16String(oneLine(title)+" – "+s.Name), false)
	c.pdf.SetSubject(utf16String(string(cert.Number)), false)
	c.pdf.SetAuthor(utf16String(oneLine(s.CenterName)), false)
	c.pdf.SetCreator("tenarai "+Renderer, false)
	c.pdf.SetDisplayMode("fullpage", "single")
}

func (c *canvas) certificatePage(cert certificate.Certificate, w words, verifyURL string, code qrCode) error {
	c.paint(c.pdf.AddPage)
	c.mark("/Lang (" + w.tag + ")")
	c.frame(frameInset, 0.5, indigo)
	c.frame(frameInset+1.3, 0.12, indigo)
	c.head(cert.Snapshot, w)
	body := area{left: margin, top: bodyTop, right: c.wide - margin, bottom: bodyBottom}
	columns, err := c.fit(blocks(cert.Snapshot, w), body)
	if err != nil {
		return err
	}
	c.drawBody(columns, body)
	c.foot(cert, w, verifyURL, code)
	c.unmark()
	return nil
}

// head is the upper half: who has completed what.
func (c *canvas) head(s certificate.Snapshot, w words) {
	center := units(centerName(s, w))
	c.centered(0, c.wide, centerLine, center, c.fitting(center, lettering{regular, 11, ink}, courseLimit))
	title, f := units(w.title), lettering{w.weight, titleSize, indigo}
	c.spaced((c.wide-c.spacedWidth(title, f, w.spacing))/2, titleLine, title, f, w.spacing)
	c.rule(c.wide/2-16, titleRule, c.wide/2+16, titleRule, 0.5, indigo)
	c.holder(s.Name, w)
	c.centered(0, c.wide, statement, units(w.statement), lettering{regular, 10, ink})
	course := units(oneLine(s.Code + " " + s.Topic.In(w.lang)))
	c.centered(0, c.wide, courseLine, course, c.fitting(course, lettering{bold, courseSize, ink}, courseLimit))
	c.centered(0, c.wide, detailLine, units(detail(s, w)), lettering{regular, 8.5, grey})
}

// holder is the name, as large as it fits, with what stands above and after it. The name itself stands in the middle, and a
// small one at the height where the middle of a large one would be.
func (c *canvas) holder(name string, w words) {
	c.centered(0, c.wide, titleRule+7.5, units(w.before), lettering{regular, 9, grey})
	text := units(name)
	f := c.fitting(text, lettering{c.nameWeight(text), nameSize, ink}, nameLimit)
	x := (c.wide - c.width(text, f)) / 2
	y := nameLine - (nameSize-f.size)*mmPerPoint*capitalHeight/2
	if w.honorific == "" {
		c.draw(x, y, text, f)
		return
	}
	text = append(text, unit{base: ' '}) // a space of the name's own size, for whoever extracts the text
	c.draw(x, y, text, f)
	c.draw(x+c.width(text, f), y, units(w.honorific), lettering{regular, 6 + f.size*0.25, ink})
}

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

// detail is when the course was taken, and how long it is.
func detail(s certificate.Snapshot, w words) string {
	var parts []string
	if !s.Began.IsZero() && !s.Ended.IsZero() {
		parts = append(parts, w.period(s.Began, s.Ended))
	}
	if h := w.hours(s.Minutes); h != "" {
		parts = append(parts, h)
	}
	return strings.Join(parts, "　")
}

// foot is the lowest part: the number and how to check it on the left, the date, the center and its seal on the right.
func (c *canvas) foot(cert certificate.Certificate, w words, verifyURL string, code qrCode) {
	c.rule(margin, footRule, c.wide-margin, footRule, 0.2, indigo)
	c.drawQR(margin, footTop, qrSide, code) // at least 2.7 mm from every rule: four modules of an address of 60 characters
	left := margin + qrSide + 4
	small := lettering{regular, footerSize, grey}
	c.draw(left, footTop+4, units(w.number), small)
	c.draw(left, footTop+9.5, units(string(cert.Number)), lettering{bold, 11, ink})
	c.draw(left, footTop+14.5, units(w.verify), small)
	address := units(verifyURL)
	c.draw(left, footTop+18.5, address, c.fitting(address, lettering{regular, footerSize, ink}, 105))
	c.issuer(cert, w)
}

// issuer is the date, the center's name, and the space for its seal.
func (c *canvas) issuer(cert certificate.Certificate, w words) {
	right := c.wide - margin - sealSide - 4
	flush := func(y float64, s string, f lettering, limit float64) {
		text := units(s)
		f = c.fitting(text, f, limit)
		c.draw(right-c.width(text, f), y, text, f)
	}
	flush(footTop+6.5, w.issued+"　"+w.date(cert.Issued), lettering{regular, 9, ink}, 75)
	flush(footTop+15, centerName(cert.Snapshot, w), lettering{bold, 12, ink}, 75)
	x, y := c.wide-margin-sealSide/2, footTop+qrSide/2
	c.dashedCircle(x, y, sealSide/2-1, 0.15, pale)
	c.centered(x, x, y+1.2, units(w.seal), lettering{regular, 8, pale})
}

func centerName(s certificate.Snapshot, w words) string {
	if w.lang == "en" && s.CenterNameEn != "" {
		return oneLine(s.CenterNameEn)
	}
	return oneLine(s.CenterName)
}

// oneLine folds line ends and runs of spaces, which course files may hold, to single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
