package pdf

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
)

// cutFont is a face cut to the characters of one document. gofpdf would hash, read and cut every font anew for every
// document, which was more than half of the time a certificate took, and could not set characters beyond 16 bits at all.
type cutFont struct {
	face       *face
	characters []unit // sorted; glyph i+1 is characters[i]
	glyph      map[unit]int
	advances   []float64 // ems, of the characters
	data       []byte    // the font file
}

func newCutFont(f *face, b *sfnt.Buffer, used map[unit]sfnt.GlyphIndex) (*cutFont, error) {
	cut := &cutFont{face: f, glyph: make(map[unit]int, len(used)), characters: slices.SortedFunc(maps.Keys(used), unit.compare)}
	glyphs := make([]sfnt.GlyphIndex, len(used))
	cut.advances = make([]float64, len(used))
	for i, u := range cut.characters {
		cut.glyph[u], glyphs[i] = i+1, used[u]
		advance, err := f.advance(b, used[u])
		if err != nil {
			return nil, err
		}
		cut.advances[i] = advance
	}
	var err error
	cut.data, err = f.cut(glyphs)
	return cut, err
}

func (u unit) compare(o unit) int {
	return cmp.Or(cmp.Compare(u.base, o.base), cmp.Compare(u.selector, o.selector))
}

// write adds the font to a file as a composite one whose codes are its glyphs (ISO 32000-1, 9.7), and tells its number.
func (f *cutFont) write(w *writer) int {
	name := f.tag() + "+" + f.face.name
	program := w.addStream(fmt.Sprintf("/Length1 %d", len(f.data)), f.data)
	m := f.face.metrics()
	descriptor := w.add("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>",
		name, m.box[0], m.box[1], m.box[2], m.box[3], m.ascent, m.descent, m.capitals, m.stem, program)
	var widths strings.Builder
	for _, a := range f.advances {
		fmt.Fprintf(&widths, "%d ", int(a*1000+0.5))
	}
	descendant := w.add("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 1000/W[1[%s]]>>",
		name, descriptor, widths.String())
	meanings := w.addStream("", f.meanings())
	return w.add("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, descendant, meanings)
}

// tag is the six letters by which readers tell one cut of a face from another (ISO 32000-1, 9.6.4).
func (f *cutFont) tag() string {
	var all strings.Builder
	for _, u := range f.characters {
		all.WriteString(u.String())
	}
	sum := sha256.Sum256([]byte(all.String()))
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + sum[i]%26
	}
	return string(letters)
}

// meanings is the ToUnicode table, by which text is found and copied (ISO 32000-1, 9.10.3).
func (f *cutFont) meanings() []byte {
	const atOnce = 100 // lines in one block, at most
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for from := 0; from < len(f.characters); from += atOnce {
		block := f.characters[from:min(from+atOnce, len(f.characters))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(block))
		for i, u := range block {
			fmt.Fprintf(&b, "<%04X> <%X>\n", from+i+1, utf16String(u.String())[2:]) // without its mark
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}

// metrics are the measures of a face that readers want to know, in thousandths of an em.
type metrics struct {
	box                             [4]int
	ascent, descent, capitals, stem int
}

// metrics reads the tables head, hhea and OS/2 (OpenType specification), which all our faces have.
func (f *face) metrics() metrics {
	number := func(tag string, at int) int {
		t, err := table(f.data, tag)
		if err != nil || at+2 > len(t) {
			return 0
		}
		return int(int16(binary.BigEndian.Uint16(t[at:]))) * 1000 / f.unitsEm
	}
	m := metrics{ascent: number("hhea", 4), descent: number("hhea", 6), capitals: number("OS/2", 88)}
	for i := range m.box {
		m.box[i] = number("head", 36+2*i)
	}
	heavy := number("OS/2", 4) * f.unitsEm / 1000 // usWeightClass, which is no length
	m.stem = 50 + heavy*heavy/(65*65)             // a rule of thumb; readers use it for faces they replace
	return m
}
