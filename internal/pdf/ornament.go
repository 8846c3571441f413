package pdf

import (
	"bytes"
	"fmt"
	"sync"
)

var (
	gold      = colour{0x9a, 0x7b, 0x3c}
	goldLeaf  = colour{0xf7, 0xf1, 0xe2}
	goldPetal = colour{0xd9, 0xc5, 0x92}
	bronze    = colour{0x6e, 0x53, 0x1c}
)

// The border of a formal page: a band of 七宝, rings that each overlap four others, an old pattern for good fortune without
// end. Its tile fits into both sides of A4 a whole number of times, with the same distance from every edge: the sides differ
// by 87 mm, which is 15 tiles.
const (
	tile       = 87.0 / 15
	borderEdge = (shortSide - 33*tile) / 2
)

// ornament draws the border. Both pages of a document share one drawing.
func (p *page) ornament() {
	const name = "Border"
	if len(p.extras.forms) == 0 {
		packed := borderAcross
		if p.at.portrait {
			packed = borderUpright
		}
		p.extras.forms = append(p.extras.forms, form{name, packed()})
	}
	p.raw("/Artifact BMC\n/" + name + " Do\nEMC\n")
	for _, f := range []struct{ inset, thick float64 }{{borderEdge, 0.35}, {borderEdge + tile, 0.35}, {borderEdge + tile + 1.4, 0.12}} {
		p.frame(f.inset, f.thick, gold)
	}
}

// The borders are the same on every document, and drawn once.
var (
	borderAcross  = sync.OnceValue(func() []byte { return tight.deflated(border(longSide, shortSide)) })
	borderUpright = sync.OnceValue(func() []byte { return tight.deflated(border(shortSide, longSide)) })
)

// border is the pattern as PDF operators, cut to its band.
func border(wide, high float64) []byte {
	var b bytes.Buffer
	rectangle := func(inset float64) {
		fmt.Fprintf(&b, "%.3f %.3f %.3f %.3f re\n", inset/mmPerPoint, inset/mmPerPoint, (wide-2*inset)/mmPerPoint, (high-2*inset)/mmPerPoint)
	}
	band := func() {
		rectangle(borderEdge)
		rectangle(borderEdge + tile)
	}
	b.WriteString("q\n")
	band()
	b.WriteString("W* n\n")
	fmt.Fprintf(&b, "%s rg\n", goldLeaf.operands())
	band()
	b.WriteString("f*\n")
	fmt.Fprintf(&b, "%s RG %s rg %.3f w\n", gold.operands(), goldPetal.operands(), 0.11/mmPerPoint)
	columns, rows := int((wide-2*borderEdge)/tile+0.5), int((high-2*borderEdge)/tile+0.5)
	inBand := func(i, j int) bool { return i == 0 || j == 0 || i == columns-1 || j == rows-1 }
	for i := range columns {
		for j := range rows {
			if inBand(i, j) {
				x, y := borderEdge+(float64(i)+0.5)*tile, borderEdge+(float64(j)+0.5)*tile
				rosette(&b, x/mmPerPoint, y/mmPerPoint, tile/2/mmPerPoint)
			}
		}
	}
	b.WriteString("Q\n")
	return b.Bytes()
}

// rosette draws what one tile shows: four petals, each where its ring overlaps that around one of its corners, and a jewel
// in the middle. r is the radius of the rings, half a tile.
func rosette(b *bytes.Buffer, x, y, r float64) {
	const handle = 0.5523 // of the radius: of the curve that is a quarter circle
	for _, corner := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		dx, dy := r*corner[0], r*corner[1]
		fmt.Fprintf(b, "%.2f %.2f m %.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c b\n",
			x, y+dy, x+handle*dx, y+dy, x+dx, y+handle*dy, x+dx, y,
			x+dx-handle*dx, y, x, y+dy-handle*dy, x, y+dy)
	}
	diamond(b, x, y, r*0.17)
}

// diamond draws a small square on its tip.
func diamond(b *bytes.Buffer, x, y, r float64) {
	fmt.Fprintf(b, "%.2f %.2f m %.2f %.2f l %.2f %.2f l %.2f %.2f l b\n", x-r, y, x, y+r, x+r, y, x, y-r)
}

// divider is a short rule with a jewel in the middle.
func (p *page) divider(x, y float64) {
	const half, gap, jewel = 22.0, 2.4, 1.1
	p.rule(x-half, y, x-gap, y, 0.25, gold)
	p.rule(x+gap, y, x+half, y, 0.25, gold)
	var b bytes.Buffer
	fmt.Fprintf(&b, "q %s RG %s rg 0.5 w\n", gold.operands(), goldPetal.operands())
	diamond(&b, x/mmPerPoint, (p.high-y)/mmPerPoint, jewel/mmPerPoint)
	b.WriteString("Q\n")
	p.raw(b.String())
}

func (k colour) operands() string {
	return fmt.Sprintf("%.3f %.3f %.3f", float64(k[0])/255, float64(k[1])/255, float64(k[2])/255)
}
