package pdf

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// cut makes a small font file of the face that holds some glyphs and no others, for a document to carry. The first becomes
// glyph 1, and so on; the parts of composite glyphs follow.
func (f *face) cut(glyphs []sfnt.GlyphIndex) ([]byte, error) {
	k, err := newCutter(f.data)
	if err != nil {
		return nil, err
	}
	k.add(0) // .notdef
	for _, g := range glyphs {
		k.add(int(g))
	}
	if err := k.glyphs(); err != nil {
		return nil, err
	}
	return k.file(), nil
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

// copied are the tables that stay as they are or nearly so. The hinting is left out: paper and screens of today do without,
// and it is a third of the file.
var copied = []string{"head", "hhea", "maxp"}

func newCutter(data []byte) (*cutter, error) {
	k := &cutter{tables: map[string][]byte{}, part: map[int]int{}}
	for _, tag := range append([]string{"glyf", "hmtx", "loca"}, copied...) {
		if t, err := table(data, tag); err == nil {
			k.tables[tag] = t
		}
	}
	if len(k.tables["head"]) < 54 || len(k.tables["hhea"]) < 36 || len(k.tables["maxp"]) < 6 {
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
	size := 0
	for _, old := range k.from {
		if outline, err := k.outline(old); err == nil {
			size += len(outline) + 4
		}
	}
	k.glyf = make([]byte, 0, size)
	for i := 0; i < len(k.from); i++ {
		old := k.from[i]
		outline, err := k.outline(old)
		if err != nil {
			return err
		}
		k.loca = binary.BigEndian.AppendUint32(k.loca, uint32(len(k.glyf)))
		switch start := len(k.glyf); {
		case len(outline) <= 10: // blank
		case outline[0]&0x80 != 0: // a negative number of contours: a composite
			k.glyf = append(k.glyf, outline...)
			k.glyf = k.glyf[:start+k.renumber(k.glyf[start:])]
		default:
			k.glyf = appendUnhinted(k.glyf, outline)
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

// appendUnhinted appends a simple glyph without its instructions: after ten bytes of head come the last point of each
// contour, the length of the instructions, and the instructions (OpenType specification, glyf, simple glyph).
func appendUnhinted(to, outline []byte) []byte {
	at := 10 + 2*int(binary.BigEndian.Uint16(outline))
	rest := at + 2 + int(binary.BigEndian.Uint16(outline[at:]))
	return append(append(append(to, outline[:at]...), 0, 0), outline[rest:]...)
}

// renumber makes the parts of a composite glyph point at the new glyphs, and says that no instructions follow (OpenType
// specification, glyf, composite glyph). It tells where the parts end.
func (k *cutter) renumber(composite []byte) int {
	const words, scale, more, xyScale, matrix, instructions = 0x1, 0x8, 0x20, 0x40, 0x80, 0x100
	for at := 10; ; {
		flags, old := binary.BigEndian.Uint16(composite[at:]), int(binary.BigEndian.Uint16(composite[at+2:]))
		index, known := k.part[old]
		if !known {
			index = k.add(old)
			k.part[old] = index
		}
		binary.BigEndian.PutUint16(composite[at:], flags&^instructions)
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
			return at
		}
	}
}

// file is the new font.
func (k *cutter) file() []byte {
	n := uint16(len(k.from))
	tables := map[string][]byte{"glyf": k.glyf, "hmtx": k.hmtx, "loca": k.loca}
	for _, tag := range copied {
		if t, ok := k.tables[tag]; ok {
			tables[tag] = slices.Clone(t)
		}
	}
	binary.BigEndian.PutUint16(tables["head"][50:], 1) // long offsets
	binary.BigEndian.PutUint16(tables["hhea"][34:], n)
	binary.BigEndian.PutUint16(tables["maxp"][4:], n)
	return fontFile(tables)
}

// fontFile puts the tables of a font together. Their checksums are left at zero: readers of PDF do not look at them.
func fontFile(tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	const head, record = 12, 16
	size := head + record*len(tags)
	for _, t := range tables {
		size += (len(t) + 3) &^ 3
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, size), 0x00010000)
	out = append(binary.BigEndian.AppendUint16(out, uint16(len(tags))), make([]byte, 6)...) // and the hints for searching, unused
	at := len(out) + record*len(tags)
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
	return out
}
