package pdf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/jung-kurt/gofpdf"
	"golang.org/x/image/font/sfnt"

	"tenarai/internal/problem"
)

// A4. All lengths on a canvas are millimetres from the top left corner; sizes of text are points.
const (
	longSide   = 297.0
	shortSide  = 210.0
	mmPerPoint = 25.4 / 72
)

// colour is red, green and blue.
type colour [3]int

var (
	indigo = colour{0x22, 0x3a, 0x70} // 藍, the accent of the house
	ink    = colour{0x1c, 0x1d, 0x22}
	grey   = colour{0x58, 0x5c, 0x66}
	pale   = colour{0xb9, 0xc1, 0xd3}
)

// lettering is how a text is set.
type lettering struct {
	weight weight
	size   float64 // points
	colour colour
}

// canvas is one document in the making. It belongs to one goroutine.
type canvas struct {
	pdf      *gofpdf.Fpdf
	wide     float64 // of the page
	high     float64
	typeface *typeface
	buffer   sfnt.Buffer
	glyphs   [weights]map[unit]glyph
	missing  []string                           // characters that no font has
	strokes  []func()                           // what is to be drawn, in order, once the fonts are cut
	used     map[*face]map[unit]sfnt.GlyphIndex // the characters that are set in each face
	cuts     map[*face]*cutFont
	extras   extras
	accent   colour // of headings
}

func newCanvas(t *typeface, made time.Time, portrait bool) *canvas {
	turned, wide, high := "L", longSide, shortSide
	if portrait {
		turned, wide, high = "P", shortSide, longSide
	}
	pdf := gofpdf.New(turned, "mm", "A4", "")
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCompression(false) // finish does it
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	c := &canvas{pdf: pdf, wide: wide, high: high, typeface: t, accent: indigo, used: map[*face]map[unit]sfnt.GlyphIndex{}, cuts: map[*face]*cutFont{}}
	for w := range weights {
		c.glyphs[w] = map[unit]glyph{}
	}
	return c
}

// glyph finds how a unit is printed, and remembers it. One that no font has is noted as missing.
func (c *canvas) glyph(w weight, u unit) glyph {
	g, known := c.glyphs[w][u]
	if known {
		return g
	}
	g, ok := c.typeface.find(&c.buffer, w, u)
	if !ok {
		if n := name(u); !slices.Contains(c.missing, n) {
			c.missing = append(c.missing, n)
		}
	}
	c.glyphs[w][u] = g
	return g
}

// measure makes a text ready to be broken into lines in a weight.
func (c *canvas) measure(text []unit, w weight) measured {
	return measure(text, func(u unit) float64 { return c.glyph(w, u).advance })
}

// wrapped breaks a text into lines no wider than limit.
func (c *canvas) wrapped(text []unit, f lettering, limit float64) [][]unit {
	m := c.measure(text, f.weight)
	return m.lines(m.wrap(f.ems(limit)))
}

// evened breaks a text into as many lines, where it reads best.
func (c *canvas) evened(text []unit, f lettering, limit float64) [][]unit {
	m := c.measure(text, f.weight)
	return m.lines(m.evened(f.ems(limit)))
}

// ems is a length in widths of an em.
func (f lettering) ems(length float64) float64 { return length / (f.size * mmPerPoint) }

func (c *canvas) width(text []unit, f lettering) float64 {
	total := 0.0
	for _, u := range text {
		total += c.glyph(f.weight, u).advance
	}
	return total * f.size * mmPerPoint
}

// fitting is the font, made smaller if need be so that the text is no wider than limit.
func (c *canvas) fitting(text []unit, f lettering, limit float64) lettering {
	if w := c.width(text, f); w > limit {
		f.size *= limit / w
	}
	return f
}

// draw writes one line from x along the baseline y.
func (c *canvas) draw(x, y float64, text []unit, f lettering) {
	c.use(text, f.weight)
	c.paint(func() { c.show(x, y, text, f, 0) })
}

// use notes the characters that are set in each face.
func (c *canvas) use(text []unit, w weight) {
	for _, u := range text {
		g := c.glyph(w, u)
		if g.face == nil {
			continue // it is among the missing
		}
		if c.used[g.face] == nil {
			c.used[g.face] = map[unit]sfnt.GlyphIndex{}
		}
		c.used[g.face][u] = g.index
	}
}

const hexDigits = "0123456789ABCDEF"

// show sets a line by the glyphs of the cut fonts, in runs of one face, with gap ems after each character.
func (c *canvas) show(x, y float64, text []unit, f lettering, gap float64) {
	c.colour(f.colour)
	b := make([]byte, 0, 64+4*len(text))
	b = fmt.Appendf(b, "BT %.2f %.2f Td %.2f Tc ", x/mmPerPoint, (c.high-y)/mmPerPoint, gap*f.size)
	var last *face
	var indices map[unit]int
	for _, u := range text {
		g := c.glyph(f.weight, u)
		if g.face != last {
			if last != nil {
				b = append(b, "> Tj "...)
			}
			b = fmt.Appendf(b, "/%s %.2f Tf <", g.face.key, f.size)
			last, indices = g.face, c.cuts[g.face].glyph
		}
		n := indices[u]
		b = append(b, hexDigits[n>>12&15], hexDigits[n>>8&15], hexDigits[n>>4&15], hexDigits[n&15])
	}
	if last != nil {
		b = append(b, "> Tj "...)
	}
	c.pdf.RawWriteStr(string(append(b, "ET"...)))
}

// paint puts off what touches the document until all its text is known.
func (c *canvas) paint(stroke func()) { c.strokes = append(c.strokes, stroke) }

// cutFonts cuts each face that text is set in to the characters of the document.
func (c *canvas) cutFonts() error {
	for f, characters := range c.used {
		cut, err := newCutFont(f, &c.buffer, characters)
		if err != nil {
			return err
		}
		c.cuts[f] = cut
	}
	return nil
}

// centered writes one line in the middle between left and right.
func (c *canvas) centered(left, right, y float64, text []unit, f lettering) {
	c.draw((left+right-c.width(text, f))/2, y, text, f)
}

// spaced writes one line from x with gap ems between the characters. For whoever extracts the text there is no gap.
func (c *canvas) spaced(x, y float64, text []unit, f lettering, gap float64) {
	c.use(text, f.weight)
	c.mark(actualText(text))
	c.paint(func() { c.show(x, y, text, f, gap) })
	c.unmark()
}

// spacedWidth is how wide such a line is.
func (c *canvas) spacedWidth(text []unit, f lettering, gap float64) float64 {
	return c.width(text, f) + gap*f.size*mmPerPoint*float64(max(len(text)-1, 0))
}

func (c *canvas) colour(k colour) {
	c.pdf.SetFillColor(k[0], k[1], k[2])
}

// mark begins a span of marked content with a property; unmark ends it.
func (c *canvas) mark(property string) { c.raw(opening(property)) }
func (c *canvas) unmark()              { c.raw(closing) }

func opening(property string) string { return "/Span <<" + property + ">> BDC\n" }

const closing = "EMC\n"

// raw writes PDF operators.
func (c *canvas) raw(operators string) { c.paint(func() { c.pdf.RawWriteStr(operators) }) }

// line makes a colour and a thickness those of the lines that follow.
func (c *canvas) line(thick float64, k colour) {
	c.pdf.SetDrawColor(k[0], k[1], k[2])
	c.pdf.SetLineWidth(thick)
}

// actualText is the property that says what marked content means as text.
func actualText(text []unit) string {
	var s strings.Builder
	for _, u := range text {
		s.WriteString(u.String())
	}
	return fmt.Sprintf("/ActualText <%X>", utf16String(s.String()))
}

// utf16String is a text as the PDF format wants it where it is not shown: UTF-16, big end first, with its mark. gofpdf's own
// conversion garbles characters beyond the Basic Multilingual Plane.
func utf16String(s string) string {
	b := []byte{0xFE, 0xFF}
	for _, c := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	return string(b)
}

// rule draws a straight line.
func (c *canvas) rule(x1, y1, x2, y2, thick float64, k colour) {
	c.paint(func() {
		c.line(thick, k)
		c.pdf.Line(x1, y1, x2, y2)
	})
}

// frame draws an empty rectangle at a distance from the edges of the page.
func (c *canvas) frame(inset, thick float64, k colour) {
	c.box(inset, inset, c.wide-inset, c.high-inset, thick, k)
}

// fill paints a rectangle.
func (c *canvas) fill(left, top, right, bottom float64, k colour) {
	c.paint(func() {
		c.colour(k)
		c.pdf.Rect(left, top, right-left, bottom-top, "F")
	})
}

// box draws the edges of a rectangle.
func (c *canvas) box(left, top, right, bottom, thick float64, k colour) {
	c.paint(func() {
		c.line(thick, k)
		c.pdf.Rect(left, top, right-left, bottom-top, "D")
	})
}

// stampSpace draws a dashed circle where a seal can be put, and says so in it.
func (c *canvas) stampSpace(x, y, radius float64, seal string) {
	c.dashed(func() { c.pdf.Circle(x, y, radius, "D") })
	c.centered(x, x, y+1.2, units(seal), lettering{regular, 8, pale})
}

// dashed draws the outline of something that is to be put there.
func (c *canvas) dashed(outline func()) {
	c.paint(func() {
		c.line(0.15, pale)
		c.pdf.SetDashPattern([]float64{0.8, 0.8}, 0)
		outline()
		c.pdf.SetDashPattern(nil, 0)
	})
}

// output finishes the document, or refuses it if a character was missing.
func (c *canvas) output() ([]byte, error) {
	if len(c.missing) > 0 {
		return nil, problem.Refuse("pdf.unprintable", problem.Args{"Characters": strings.Join(c.missing, " ")})
	}
	if err := c.cutFonts(); err != nil {
		return nil, err
	}
	for _, stroke := range c.strokes {
		stroke()
	}
	var b bytes.Buffer
	if err := c.pdf.Output(&b); err != nil {
		return nil, err
	}
	return c.finish(b.Bytes())
}
