package pdf

// grid is a table of a record: ruled like an official form, over as many pages as it needs, with its head on each of them.
type grid struct {
	columns []float64 // widths in millimetres
	head    []headCell
	tiers   int // lines of the head
	rows    []row
}

// headCell is a label over one or more columns, in one or more tiers of the head.
type headCell struct {
	column, columns int
	tier, tiers     int
	label           string
}

// row is one line of the table.
type row struct {
	cells  []typeset
	height float64
}

// passage is one text of a cell, before it is laid out.
type passage struct {
	text   string
	font   lettering
	bullet string // it hangs behind this
	middle bool   // centered
	whole  bool   // on one line, in smaller letters if it must be
	gap    float64
}

// Measures of a table, in millimetres.
const (
	tierHeight = 5.2
	cellSide   = 1.6 // between a rule and the text
	cellAbove  = 1.5
	outerRule  = 0.35
	innerRule  = 0.12
	leading    = 1.42 // of the size of the text
	smallest   = 24.0 // what must be left on a page for a part of a row that is higher than a page
)

var (
	shade = colour{0xee, 0xf1, 0xf7} // behind labels
	rules = colour{0x6a, 0x70, 0x80} // between rows
)

// lay breaks passages into the lines of a cell of a width.
func (c *canvas) lay(width float64, passages ...passage) typeset {
	y := cellAbove
	var lines []placed
	for _, p := range passages {
		f := p.font
		step := f.size * mmPerPoint
		y += p.gap
		left := cellSide
		if p.bullet != "" {
			lines = append(lines, placed{x: left, y: y + step*0.95, text: units(p.bullet), font: f})
			left += c.width(units(p.bullet), f)
		}
		text, limit := units(oneLine(p.text)), width-cellSide-left
		if p.whole {
			f = c.fitting(text, f, limit-0.01)
		}
		for _, text := range c.evened(text, f, limit) {
			x := left
			if p.middle {
				x = (width - c.width(text, f)) / 2
			}
			lines = append(lines, placed{x: x, y: y + step*0.95, text: text, font: f})
			y += step * leading
		}
	}
	return typeset{lines, y + cellAbove - 0.6}
}

// addRow lays out a row; there is one list of passages for each column.
func (t *grid) addRow(c *canvas, cells ...[]passage) {
	r := row{}
	for i, passages := range cells {
		laid := c.lay(t.columns[i], passages...)
		r.cells = append(r.cells, laid)
		r.height = max(r.height, laid.height)
	}
	t.rows = append(t.rows, r)
}

func (t *grid) headHeight() float64 { return float64(t.tiers) * tierHeight }

// cut parts a row that is higher than a page where room ends, between two lines of each cell.
func (r row) cut(room float64) (above, below row) {
	above.height = room
	for _, whole := range r.cells {
		var upper, lower typeset
		moved := 0.0
		for _, l := range whole.lines {
			if l.y+cellAbove <= room {
				upper.lines = append(upper.lines, l)
				continue
			}
			if len(lower.lines) == 0 {
				moved = l.y - l.font.size*mmPerPoint*0.95 - cellAbove
			}
			l.y -= moved
			lower.lines = append(lower.lines, l)
		}
		if len(lower.lines) > 0 {
			lower.height = whole.height - moved
		}
		above.cells, below.cells = append(above.cells, upper), append(below.cells, lower)
		below.height = max(below.height, lower.height)
	}
	return above, below
}

// table sets a grid from where the sheet stands. A row that does not fit goes whole to the next page; one that no page holds
// is parted between lines.
func (s *sheet) table(t grid) {
	s.tableHead(t)
	whole := sheetBottom - sheetTop - t.headHeight()
	for _, r := range t.rows {
		for r.height > s.room() {
			if r.height > whole && s.room() > smallest {
				var above row
				above, r = r.cut(s.room())
				s.tableRow(t, above)
			}
			s.tableEnd()
			s.turn()
			s.tableHead(t)
		}
		s.tableRow(t, r)
	}
	s.tableEnd()
}

func (s *sheet) tableHead(t grid) {
	top, edges := s.y, t.edges()
	s.tableTop = top
	s.put(func() { s.c.fill(sheetSide, top, edges[len(edges)-1], top+t.headHeight(), shade) })
	for _, h := range t.head {
		left, right := edges[h.column], edges[h.column+h.columns]
		upper := top + float64(h.tier)*tierHeight
		lower := upper + float64(h.tiers)*tierHeight
		s.put(func() {
			text := units(h.label)
			f := s.c.fitting(text, lettering{bold, 7.5, ink}, right-left-1)
			s.c.centered(left, right, (upper+lower)/2+f.size*mmPerPoint*0.36, text, f)
			s.c.box(left, upper, right, lower, innerRule, rules)
		})
	}
	s.y += t.headHeight()
}

func (s *sheet) tableRow(t grid, r row) {
	top, edges := s.y, t.edges()
	bottom, right := top+r.height, edges[len(edges)-1]
	s.put(func() {
		for i, cell := range r.cells {
			s.c.drawTypeset(edges[i], top, cell)
			if i > 0 {
				s.c.rule(edges[i], top, edges[i], bottom, innerRule, rules)
			}
		}
		s.c.rule(sheetSide, bottom, right, bottom, innerRule, rules)
	})
	s.y = bottom
}

// tableEnd draws the outer frame around what stands of a table on this page.
func (s *sheet) tableEnd() {
	top, bottom := s.tableTop, s.y
	s.put(func() { s.c.box(sheetSide, top, sheetSide+sheetWidth, bottom, outerRule, ink) })
}

// edges are the vertical rules of a table, from the left margin on.
func (t *grid) edges() []float64 {
	x := sheetSide
	edges := []float64{x}
	for _, w := range t.columns {
		x += w
		edges = append(edges, x)
	}
	return edges
}
