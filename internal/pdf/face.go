package pdf

import (
	"encoding/binary"
	"errors"
	"sort"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// face is one font file: which glyph stands for a character, how wide it is, and what it looks like. It is never changed;
// several goroutines may read it, each with its own sfnt.Buffer.
type face struct {
	name      string // as documents call it
	key       string // as pages call it
	data      []byte // the whole file
	font      *sfnt.Font
	unitsEm   int
	sequences []byte // the format 14 subtable of cmap: variation sequences; nil if there is none
}

func newFace(name, key string, data []byte) (*face, error) {
	parsed, err := sfnt.Parse(data)
	if err != nil {
		return nil, err
	}
	sequences, err := variationTable(data)
	if err != nil {
		return nil, err
	}
	return &face{name: name, key: key, data: data, font: parsed, unitsEm: int(parsed.UnitsPerEm()), sequences: sequences}, nil
}

// glyph finds the glyph of a character, together with its variation selector if it has one.
func (f *face) glyph(b *sfnt.Buffer, u unit) (sfnt.GlyphIndex, bool) {
	if u.selector != 0 {
		g, isDefault := f.variation(u)
		if !isDefault {
			return g, g != 0
		}
	}
	g, err := f.font.GlyphIndex(b, u.base)
	return g, err == nil && g != 0
}

// advance is the width of a glyph in ems.
func (f *face) advance(b *sfnt.Buffer, g sfnt.GlyphIndex) (float64, error) {
	a, err := f.font.GlyphAdvance(b, g, fixed.I(f.unitsEm), font.HintingNone)
	return float64(a) / 64 / float64(f.unitsEm), err
}

var errNoCmap = errors.New("font has no readable cmap table")

// variationTable finds the Unicode variation sequences of a font file (OpenType specification, cmap, format 14), which sfnt
// does not read. The bounds are checked here once; the fonts are our own, so what lies inside the table is trusted.
func variationTable(data []byte) ([]byte, error) {
	cmap, err := table(data, "cmap")
	if err != nil {
		return nil, err
	}
	if len(cmap) < 4 {
		return nil, errNoCmap
	}
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		record := 4 + 8*i
		if record+8 > len(cmap) {
			return nil, errNoCmap
		}
		at := int(binary.BigEndian.Uint32(cmap[record+4:]))
		if at+10 > len(cmap) {
			return nil, errNoCmap
		}
		if binary.BigEndian.Uint16(cmap[at:]) == 14 {
			return cmap[at:], nil
		}
	}
	return nil, nil
}

func table(data []byte, tag string) ([]byte, error) {
	if len(data) < 12 {
		return nil, errNoCmap
	}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		record := 12 + 16*i
		if record+16 > len(data) {
			break
		}
		if string(data[record:record+4]) != tag {
			continue
		}
		from, size := int(binary.BigEndian.Uint32(data[record+8:])), int(binary.BigEndian.Uint32(data[record+12:]))
		if from+size > len(data) {
			break
		}
		return data[from : from+size], nil
	}
	return nil, errNoCmap
}

// variation looks a variation sequence up: its own glyph, or isDefault if the base character's ordinary glyph is the one
// that is meant, or neither if the font does not know the sequence.
func (f *face) variation(u unit) (g sfnt.GlyphIndex, isDefault bool) {
	if f.sequences == nil {
		return 0, false
	}
	const header, record = 10, 11
	n := int(binary.BigEndian.Uint32(f.sequences[6:]))
	i := sort.Search(n, func(i int) bool { return rune24(f.sequences[header+record*i:]) >= u.selector })
	if i == n || rune24(f.sequences[header+record*i:]) != u.selector {
		return 0, false
	}
	entry := f.sequences[header+record*i:]
	if at := binary.BigEndian.Uint32(entry[3:]); at != 0 && inRanges(f.sequences[at:], u.base) {
		return 0, true
	}
	if at := binary.BigEndian.Uint32(entry[7:]); at != 0 {
		return ownGlyph(f.sequences[at:], u.base), false
	}
	return 0, false
}

// inRanges searches a Default UVS table: ranges of a first character and how many follow it.
func inRanges(t []byte, r rune) bool {
	n := int(binary.BigEndian.Uint32(t))
	i := sort.Search(n, func(i int) bool { return rune24(t[4+4*i:])+rune(t[4+4*i+3]) >= r })
	return i < n && rune24(t[4+4*i:]) <= r
}

// ownGlyph searches a Non-Default UVS table: pairs of a character and its glyph.
func ownGlyph(t []byte, r rune) sfnt.GlyphIndex {
	n := int(binary.BigEndian.Uint32(t))
	i := sort.Search(n, func(i int) bool { return rune24(t[4+5*i:]) >= r })
	if i == n || rune24(t[4+5*i:]) != r {
		return 0
	}
	return sfnt.GlyphIndex(binary.BigEndian.Uint16(t[4+5*i+3:]))
}

func rune24(b []byte) rune { return rune(b[0])<<16 | rune(b[1])<<8 | rune(b[2]) }
