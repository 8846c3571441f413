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
	"golang.org/x/image/math/fixed"

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
	missing  []string      // characters that no font has
	strokes  []func()      // what is to be drawn, in order, once the fonts are cut
	inUse    [weights]bool // the faces that text is set in
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
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	c := &canvas{pdf: pdf, wide: wide, high: high, typeface: t}
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
	if n := name(u); !ok && !slices.Contains(c.missing, n) {
		c.missing = append(c.missing, n)
	}
	c.glyphs[w][u] = g
	return g
}

// unitWidth gives the width of single characters in a font.
func (c *canvas) unitWidth(f lettering) func(unit) float64 {
	return func(u unit) float64 { return c.glyph(f.weight, u).advance * f.size * mmPerPoint }
}

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
	for _, u := range text {
		if c.glyph(f.weight, u).outline {
			c.needCarrier()
		} else {
			c.inUse[f.weight] = true
		}
	}
	c.paint(func() { c.drawNow(x, y, text, f) })
}

func (c *canvas) drawNow(x, y float64, text []unit, f lettering) {
	c.colour(f.colour)
	width := c.unitWidth(f)
	for len(text) > 0 {
		n, run := 0, 0.0
		var plain strings.Builder
		for n < len(text) && !c.glyph(f.weight, text[n]).outline {
			plain.WriteRune(text[n].base)
			run += width(text[n])
			n++
		}
		if n > 0 {
			c.pdf.SetFont(families[f.weight], "", f.size)
			c.pdf.Text(x, y, plain.String())
			x, text = x+run, text[n:]
			continue
		}
		c.drawOutline(x, y, text[0], f)
		x, text = x+width(text[0]), text[1:]
	}
}

// families are gofpdf's names for the faces.
var families = [weights]string{"biz", "bizbold", "noto"}

// paint puts off what touches the document until all its text is known.
func (c *canvas) paint(stroke func()) { c.strokes = append(c.strokes, stroke) }

// addFonts gives the document each face that text is set in, cut to the characters that were measured or drawn.
func (c *canvas) addFonts() error {
	for w := range weights {
		if !c.inUse[w] {
			continue
		}
		var characters []rune
		for u, g := range c.glyphs[w] {
			if g.face != nil && !g.outline && u.selector == 0 {
				characters = append(characters, u.base)
			}
		}
		slices.Sort(characters)
		data, err := c.typeface.main[w].cut(&c.buffer, characters)
		if err != nil {
			return err
		}
		c.pdf.AddUTF8FontFromBytes(families[w], "", data)
	}
	return nil
}

// centered writes one line in the middle between left and right.
func (c *canvas) centered(left, right, y float64, text []unit, f lettering) {
	c.draw((left+right-c.width(text, f))/2, y, text, f)
}

// spaced writes one centered line of outlines with gap ems between the characters. For whoever extracts the text there is
// no gap; and no whole font has to be read for the few letters of a title.
func (c *canvas) spaced(y float64, text []unit, f lettering, gap float64) {
	step := gap * f.size * mmPerPoint
	x := (c.wide - c.width(text, f) - step*float64(len(text)-1)) / 2
	c.needCarrier()
	c.mark(actualText(text))
	c.paint(func() {
		c.colour(f.colour)
		for _, u := range text {
			c.outlined(x, y, u, f)
			x += c.width([]unit{u}, f) + step
		}
	})
	c.unmark()
}

func (c *canvas) colour(k colour) {
	c.pdf.SetTextColor(k[0], k[1], k[2])
	c.pdf.SetFillColor(k[0], k[1], k[2])
}

// carrier is the full-width character that is written invisibly under an outline.
const carrier = '〓'

func (c *canvas) needCarrier() {
	c.glyph(regular, unit{base: carrier})
	c.inUse[regular] = true
}

// drawOutline draws a character that gofpdf cannot set as text, marked with what it means, so that search, copy and
// pdftotext find it.
func (c *canvas) drawOutline(x, y float64, u unit, f lettering) {
	c.pdf.RawWriteStr(opening(actualText([]unit{u})))
	c.outlined(x, y, u, f)
	c.pdf.RawWriteStr(closing)
}

// outlined fills the shape of a character. Under it stands an invisible carrier, squeezed to the same width, which gives the
// marked content around it a place in the text.
func (c *canvas) outlined(x, y float64, u unit, f lettering) {
	g := c.glyph(f.weight, u)
	squeeze := g.advance / c.glyph(regular, unit{base: carrier}).advance * 100
	c.pdf.SetFont(families[regular], "", f.size)
	c.pdf.RawWriteStr(fmt.Sprintf("q 3 Tr %.2f Tz\n", squeeze))
	c.pdf.Text(x, y, string(carrier))
	c.pdf.RawWriteStr("Q\n")
	c.fillShape(x, y, g, f.size*mmPerPoint)
}

// fillShape fills a glyph's outline; em is the size of the font in millimetres.
func (c *canvas) fillShape(x, y float64, g glyph, em float64) {
	segments, err := g.face.outline(&c.buffer, g.index)
	if err != nil {
		c.pdf.SetError(fmt.Errorf("outline of glyph %d: %w", g.index, err))
		return
	}
	k := em / float64(g.face.unitsEm) / 64
	at := func(p fixed.Point26_6) (float64, float64) { return x + float64(p.X)*k, y + float64(p.Y)*k }
	var fromX, fromY float64
	open := false
	for _, s := range segments {
		ax, ay := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if open {
				c.pdf.ClosePath()
			}
			c.pdf.MoveTo(ax, ay)
			fromX, fromY, open = ax, ay, true
		case sfnt.SegmentOpLineTo:
			c.pdf.LineTo(ax, ay)
			fromX, fromY = ax, ay
		case sfnt.SegmentOpQuadTo: // PDF has cubic curves alone (gofpdf's CurveTo is not a quadratic one): raise the degree
			bx, by := at(s.Args[1])
			c.pdf.CurveBezierCubicTo(fromX+(ax-fromX)*2/3, fromY+(ay-fromY)*2/3, bx+(ax-bx)*2/3, by+(ay-by)*2/3, bx, by)
			fromX, fromY = bx, by
		case sfnt.SegmentOpCubeTo:
			bx, by := at(s.Args[1])
			dx, dy := at(s.Args[2])
			c.pdf.CurveBezierCubicTo(ax, ay, bx, by, dx, dy)
			fromX, fromY = dx, dy
		}
	}
	if open {
		c.pdf.ClosePath()
		c.pdf.DrawPath("F")
	}
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
	c.paint(func() {
		c.line(thick, k)
		c.pdf.Rect(inset, inset, c.wide-2*inset, c.high-2*inset, "D")
	})
}

// dashedCircle draws a circle for something that is to be put there.
func (c *canvas) dashedCircle(x, y, radius, thick float64, k colour) {
	c.paint(func() {
		c.line(thick, k)
		c.pdf.SetDashPattern([]float64{0.8, 0.8}, 0)
		c.pdf.Circle(x, y, radius, "D")
		c.pdf.SetDashPattern(nil, 0)
	})
}

// output finishes the document, or refuses it if a character was missing.
func (c *canvas) output() ([]byte, error) {
	if len(c.missing) > 0 {
		return nil, problem.Refuse("pdf.unprintable", problem.Args{"Characters": strings.Join(c.missing, " ")})
	}
	if err := c.addFonts(); err != nil {
		return nil, err
	}
	for _, stroke := range c.strokes {
		stroke()
	}
	var b bytes.Buffer
	if err := c.pdf.Output(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
