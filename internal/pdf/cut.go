package pdf

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// cut makes a small font file of the face that holds the glyphs of some characters and no others. gofpdf reads every table
// of every font anew for every document; with twelve thousand glyphs that is most of the time a certificate takes.
//
// The characters must be sorted, below U+10000, and in the face. Each becomes a glyph of its own, from 1 upwards; the parts
// of composite glyphs follow.
func (f *face) cut(b *sfnt.Buffer, characters []rune) ([]byte, error) {
	k, err := newCutter(f.data)
	if err != nil {
		return nil, err
	}
	k.add(0) // .notdef
	for _, r := range characters {
		g, err := f.font.GlyphIndex(b, r)
		if err != nil || g == 0 {
			return nil, fmt.Errorf("cut font: no glyph for U+%04X", r)
		}
		k.add(int(g))
	}
	if err := k.glyphs(); err != nil {
		return nil, err
	}
	return k.file(characters)
}

// cutter builds a font out of the tables of another (OpenType specification; TrueType outlines).
type cutter struct {
	tables           map[string][]byte // of the whole font
	longOffsets      bool              // in its loca table
	metrics          int               // full records in its hmtx table; later glyphs repeat the last width
	from             []int             // of each new glyph, the old index
	part             map[int]int       // of each old glyph that is used as a part, its new index
	glyf, loca, hmtx []byte
}

// copied are the tables that stay as they are or nearly so. cvt, fpgm and prep hold the hinting.
var copied = []string{"OS/2", "cvt ", "fpgm", "gasp", "head", "hhea", "maxp", "name", "post", "prep"}

func newCutter(data []byte) (*cutter, error) {
	k := &cutter{tables: map[string][]byte{}, part: map[int]int{}}
	for _, tag := range append([]string{"glyf", "hmtx", "loca"}, copied...) {
		if t, err := table(data, tag); err == nil {
			k.tables[tag] = t
		}
	}
	if len(k.tables["head"]) < 54 || len(k.tables["hhea"]) < 36 || len(k.tables["maxp"]) < 6 || len(k.tables["post"]) < 32 {
		return nil, fmt.Errorf("cut font: a table is missing or too short")
	}
	k.longOffsets = binary.BigEndian.Uint16(k.tables["head"][50:]) != 0
	k.metrics = int(binary.BigEndian.Uint16(k.tables["hhea"][34:]))
	return k, nil
}

func (k *cutter) add(old int) int {
	k.from = append(k.from, old)
	return len(k.from) - 1
}

// outline is the glyf entry of an old glyph; empty for a blank one.
func (k *cutter) outline(old int) ([]byte, error) {
	at := func(i int) int {
		if k.longOffsets {
			return int(binary.BigEndian.Uint32(k.tables["loca"][4*i:]))
		}
		return 2 * int(binary.BigEndian.Uint16(k.tables["loca"][2*i:]))
	}
	start, end := at(old), at(old+1)
	if start > end || end > len(k.tables["glyf"]) {
		return nil, fmt.Errorf("cut font: glyph %d lies outside its table", old)
	}
	return k.tables["glyf"][start:end], nil
}

// glyphs fills glyf, loca and hmtx. k.from grows while it runs: parts of composite glyphs are added at its end.
func (k *cutter) glyphs() error {
	for i := 0; i < len(k.from); i++ {
		old := k.from[i]
		outline, err := k.outline(old)
		if err != nil {
			return err
		}
		k.loca = binary.BigEndian.AppendUint32(k.loca, uint32(len(k.glyf)))
		start := len(k.glyf)
		k.glyf = append(k.glyf, outline...)
		if len(outline) > 10 && outline[0]&0x80 != 0 { // a negative number of contours: a composite
			k.renumber(k.glyf[start:])
		}
		for len(k.glyf)%4 != 0 {
			k.glyf = append(k.glyf, 0)
		}
		width, bearing := 4*min(old, k.metrics-1), 4*old+2
		if old >= k.metrics {
			bearing = 4*k.metrics + 2*(old-k.metrics)
		}
		k.hmtx = append(k.hmtx, k.tables["hmtx"][width:width+2]...)
		k.hmtx = append(k.hmtx, k.tables["hmtx"][bearing:bearing+2]...)
	}
	k.loca = binary.BigEndian.AppendUint32(k.loca, uint32(len(k.glyf)))
	return nil
}

// renumber makes the parts of a composite glyph point at the new glyphs (OpenType specification, glyf, composite glyph).
func (k *cutter) renumber(composite []byte) {
	const words, scale, more, xyScale, matrix = 0x1, 0x8, 0x20, 0x40, 0x80
	for at := 10; ; {
		flags, old := binary.BigEndian.Uint16(composite[at:]), int(binary.BigEndian.Uint16(composite[at+2:]))
		index, known := k.part[old]
		if !known {
			index = k.add(old)
			k.part[old] = index
		}
		binary.BigEndian.PutUint16(composite[at+2:], uint16(index))
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&xyScale != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// file puts the tables together. Their checksums are left at zero: gofpdf cuts the font once more and sums it up then.
func (k *cutter) file(characters []rune) ([]byte, error) {
	n := uint16(len(k.from))
	tables := map[string][]byte{"cmap": characterMap(characters), "glyf": k.glyf, "hmtx": k.hmtx, "loca": k.loca}
	for _, tag := range copied {
		if t, ok := k.tables[tag]; ok {
			tables[tag] = slices.Clone(t)
		}
	}
	binary.BigEndian.PutUint16(tables["head"][50:], 1) // long offsets
	binary.BigEndian.PutUint16(tables["hhea"][34:], n)
	binary.BigEndian.PutUint16(tables["maxp"][4:], n)
	tags := make([]string, 0, len(tables))
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	out = append(binary.BigEndian.AppendUint16(out, uint16(len(tags))), make([]byte, 6)...) // and the hints for searching, unused
	at := len(out) + 16*len(tags)
	for _, tag := range tags {
		out = append(out, tag...)
		out = binary.BigEndian.AppendUint32(out, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(tables[tag])))
		at += (len(tables[tag]) + 3) &^ 3
	}
	for _, tag := range tags {
		out = append(out, tables[tag]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, nil
}

// characterMap is a cmap table with one subtable (platform 3, encoding 1, format 4): the characters, in order, are the glyphs
// 1, 2, 3 …, so that every run of neighbouring characters is one segment.
func characterMap(characters []rune) []byte {
	type segment struct{ first, last, glyph int }
	var segments []segment
	for i, r := range characters {
		if n := len(segments); n > 0 && segments[n-1].last+1 == int(r) {
			segments[n-1].last++
			continue
		}
		segments = append(segments, segment{int(r), int(r), i + 1})
	}
	segments = append(segments, segment{0xFFFF, 0xFFFF, 0x10000}) // the closing one, which maps to .notdef
	u16 := func(b []byte, v int) []byte { return binary.BigEndian.AppendUint16(b, uint16(v)) }
	var ends, starts, deltas, offsets []byte
	for _, s := range segments {
		ends, starts = u16(ends, s.last), u16(starts, s.first)
		deltas, offsets = u16(deltas, s.glyph-s.first), u16(offsets, 0)
	}
	var b []byte
	for _, v := range []int{0, 1, 3, 1, 0, 12} { // version, one record: platform, encoding, offset of 12
		b = u16(b, v)
	}
	for _, v := range []int{4, 16 + 8*len(segments), 0, 2 * len(segments), 0, 0, 0} {
		b = u16(b, v)
	}
	return slices.Concat(b, ends, []byte{0, 0}, starts, deltas, offsets)
}
