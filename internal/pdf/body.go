package pdf

import (
	"errors"
	"fmt"
	"strings"

	"tenarai/internal/certificate"
)

// paragraph is one text of the body, with what stands before it on its first line.
type paragraph struct {
	lead   []unit // bullet or code; its column is as wide as indent
	text   measured
	font   lettering
	small  measured // more about it, in small grey letters on the lines below
	beside bool     // small may stand on the same line
	gap    float64  // before it, unless it is the first
}

// block is a headed part of the body.
type block struct {
	heading    []unit
	indent     float64 // millimetres at scale 1
	paragraphs []paragraph
}

// placed is one line where it stands, relative to the upper left corner of its text.
type placed struct {
	x, y float64 // of the baseline
	text []unit
	font lettering
	rule float64 // if not 0: no text, but a hairline of this length
}

// Sizes of the body at scale 1: points for text, millimetres for the rest.
const (
	headingSize  = 8.5
	promiseSize  = 11.0
	textSize     = 9.0
	smallSize    = 7.2
	lineHeight   = 1.5 // of the size of the text
	headingSpace = 2.2 // between a heading's rule and its text
	blockSpace   = 5.0
)

// blocks are the parts of the body in reading order: what she can do, the skills, the pieces that proved it, what was studied.
// In brief the skills stand without what their levels mean.
func (c *canvas) blocks(s certificate.Snapshot, w words, brief bool) []block {
	var all []block
	add := func(b block) {
		if len(b.paragraphs) > 0 {
			all = append(all, b)
		}
	}
	text := func(s string, w weight) measured { return c.measure(units(oneLine(s)), w) }
	canDo := block{heading: units(w.canDo), indent: 4}
	for _, t := range s.CanDo {
		canDo.paragraphs = append(canDo.paragraphs, paragraph{lead: units("・"), text: text(t.In(w.lang), bold), font: lettering{bold, promiseSize, ink}, gap: 0.8})
	}
	add(canDo)
	plain := lettering{regular, textSize, ink}
	skills := block{heading: units(w.skills), indent: 16}
	for _, p := range s.Skills {
		level := w.level(p.Level, p.Descriptor.In(w.lang))
		if brief {
			level = fmt.Sprintf(w.levelOf, p.Level)
		}
		skills.paragraphs = append(skills.paragraphs, paragraph{
			lead: units(string(p.Skill)), text: text(p.Title.In(w.lang), regular), font: plain,
			small: text(level, regular), beside: true, gap: 0.8,
		})
	}
	add(skills)
	pieces := block{heading: units(w.pieces), indent: 4}
	for _, p := range s.Pieces {
		pieces.paragraphs = append(pieces.paragraphs, paragraph{lead: units("・"), text: text(p.Title.In(w.lang), regular), font: plain, small: text(w.piece(p), regular), gap: 0.8})
	}
	add(pieces)
	if len(s.Modules) > 0 {
		names := make([]string, len(s.Modules))
		for i, m := range s.Modules {
			names[i] = oneLine(m.In(w.lang))
		}
		list := c.measure(units(strings.Join(names, w.join)), regular)
		add(block{heading: units(w.modules), paragraphs: []paragraph{{text: list, font: lettering{regular, textSize - 0.5, ink}}}})
	}
	return all
}

// typeset is laid-out text, a column or a cell, and its height in millimetres.
type typeset struct {
	lines  []placed
	height float64
}

// breaking breaks a text into lines: quickly, where only their number is asked for, or where it reads best.
type breaking func(text measured, limit float64) []span

// set lays a block out in a column of a width.
func (c *canvas) set(b block, width, scale float64, lines breaking) typeset {
	heading := lettering{bold, headingSize * scale, c.accent}
	y := heading.size * mmPerPoint
	all := make([]placed, 0, 2+4*len(b.paragraphs))
	all = append(all, placed{y: y, text: b.heading, font: heading}, placed{y: y + 1.6*scale, rule: width})
	y += (1.6 + headingSpace) * scale
	for j, p := range b.paragraphs {
		if j > 0 {
			y += p.gap * scale
		}
		all, y = c.setParagraph(all, p, b.indent*scale, y, width, scale, lines)
	}
	return typeset{all, y}
}

// setParagraph lays a paragraph out from y downwards, after all that is there, and tells where it ends. What is small stands
// beside the text where there is room for all of it, or else below.
func (c *canvas) setParagraph(all []placed, p paragraph, indent, y, width, scale float64, lines breaking) ([]placed, float64) {
	f, small := p.font, lettering{regular, smallSize * scale, grey}
	f.size *= scale
	if len(p.lead) > 0 {
		lead := c.fitting(p.lead, lettering{f.weight, f.size, c.accent}, indent)
		all = append(all, placed{y: y + f.size*mmPerPoint, text: p.lead, font: lead})
	}
	flow := func(text measured, f lettering) {
		for _, line := range lines(text, f.ems(width-indent)) {
			all = append(all, placed{x: indent, y: y + f.size*mmPerPoint, text: text.text[line.from:line.to], font: f})
			y += f.size * mmPerPoint * lineHeight
		}
	}
	text, more := p.text, p.small
	flow(text, f)
	if len(more.text) == 0 {
		return all, y
	}
	beside := indent + (text.width()+1)*f.size*mmPerPoint
	if p.beside && beside+more.width()*small.size*mmPerPoint <= width {
		last := all[len(all)-1]
		return append(all, placed{x: beside, y: last.y, text: more.text, font: small}), y
	}
	flow(more, small)
	return all, y
}

// area is a rectangle on the page.
type area struct{ left, top, right, bottom float64 }

func (a area) height() float64 { return a.bottom - a.top }

// gutter is the space between the two columns, at any scale.
const gutter = 14.0

var errTooMuch = errors.New("more text than a page holds")

// small is the scale below which a body is hard to read: its smallest letters are five points high.
const small = 0.68

// fit lays the body out as large as the area allows, and tells how large. Where one column is asked for but makes it small, it
// is two if they hold it larger.
func (c *canvas) fit(bs []block, a area, columns int) ([]typeset, float64, error) {
	best, scale, err := c.largest(bs, a, columns)
	if columns == 1 && (err != nil || scale < small) {
		if two, larger, err := c.largest(bs, a, 2); err == nil && larger > scale {
			return two, larger, nil
		}
	}
	return best, scale, err
}

// body lays out what a certificate says below its head. What is too much to be read with ease is told in brief: what a level
// means stands in the record, too, and in the machine credential that is attached.
func (c *canvas) body(s certificate.Snapshot, w words, a area, columns int) ([]typeset, error) {
	whole, scale, err := c.fit(c.blocks(s, w, false), a, columns)
	if err == nil && scale >= small {
		return whole, nil
	}
	brief, larger, cannot := c.fit(c.blocks(s, w, true), a, columns)
	if cannot == nil && larger > scale {
		return brief, nil
	}
	return whole, err
}

// largest finds the largest scale at which everything is in.
func (c *canvas) largest(bs []block, a area, columns int) ([]typeset, float64, error) {
	const greatest, least, fine = 1.1, 0.25, 0.01
	width := a.widthOf(columns)
	best := c.split(bs, width, greatest, columns)
	if best.height <= a.height() {
		return c.columns(best), greatest, nil
	}
	fits := false
	low, high := least, greatest
	for high-low > fine {
		middle := (low + high) / 2
		if tried := c.split(bs, width, middle, columns); tried.height <= a.height() {
			best, low, fits = tried, middle, true
		} else {
			high = middle
		}
	}
	if fits {
		return c.columns(best), low, nil
	}
	if best = c.split(bs, width, least, columns); best.height > a.height() {
		return c.columns(best), 0, errTooMuch
	}
	return c.columns(best), least, nil
}

// parted is laid-out blocks: all in a single column, or the first of them in the first and the others in the second.
type parted struct {
	blocks       []block
	width, scale float64
	single       bool
	cut          int     // how many are in the first
	height       float64 // of the higher column
}

// columns are the blocks as they are drawn.
func (c *canvas) columns(p parted) []typeset {
	set := c.setAll(p.blocks, p.width, p.scale, measured.evened)
	if p.single {
		return []typeset{stack(set, blockSpace*p.scale)}
	}
	return []typeset{stack(set[:p.cut], blockSpace*p.scale), stack(set[p.cut:], blockSpace*p.scale)}
}

func (c *canvas) setAll(bs []block, width, scale float64, lines breaking) []typeset {
	set := make([]typeset, len(bs))
	for i, b := range bs {
		set[i] = c.set(b, width, scale, lines)
	}
	return set
}

// split parts the blocks into the columns, in order, where the higher of two is lowest.
func (c *canvas) split(bs []block, width, scale float64, columns int) parted {
	set, space := c.setAll(bs, width, scale, measured.wrap), blockSpace*scale
	p := parted{blocks: bs, width: width, scale: scale, single: columns == 1, cut: len(bs), height: tall(set, space)}
	if p.single {
		return p
	}
	for k := 1; k < len(set); k++ {
		if h := max(tall(set[:k], space), tall(set[k:], space)); h < p.height {
			p.cut, p.height = k, h
		}
	}
	return p
}

// tall is how high columns are below each other.
func tall(parts []typeset, space float64) float64 {
	height := 0.0
	for i, p := range parts {
		if i > 0 {
			height += space
		}
		height += p.height
	}
	return height
}

// stack puts columns below each other.
func stack(parts []typeset, space float64) typeset {
	lines := 0
	for _, p := range parts {
		lines += len(p.lines)
	}
	all := typeset{lines: make([]placed, 0, lines)}
	for i, p := range parts {
		if i > 0 {
			all.height += space
		}
		for _, l := range p.lines {
			l.y += all.height
			all.lines = append(all.lines, l)
		}
		all.height += p.height
	}
	return all
}

// widthOf is how wide each of some columns is in an area.
func (a area) widthOf(columns int) float64 {
	return (a.right - a.left - gutter*float64(columns-1)) / float64(columns)
}

func (c *canvas) drawBody(columns []typeset, a area) {
	for i, column := range columns {
		x := a.left + float64(i)*(a.widthOf(len(columns))+gutter)
		c.drawTypeset(x, a.top, column)
	}
}

// drawTypeset draws what was laid out with its upper left corner at x, y.
func (c *canvas) drawTypeset(x, y float64, t typeset) {
	for _, p := range t.lines {
		if p.rule != 0 {
			c.rule(x, y+p.y, x+p.rule, y+p.y, 0.15, pale)
			continue
		}
		c.draw(x+p.x, y+p.y, p.text, p.font)
	}
}
