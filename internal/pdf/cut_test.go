package pdf

import (
	"slices"
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// shapeOf is the outline of a glyph in font units.
func shapeOf(t *testing.T, f *sfnt.Font, g sfnt.GlyphIndex) sfnt.Segments {
	t.Helper()
	var b sfnt.Buffer
	shape, err := f.LoadGlyph(&b, g, fixed.I(1000), nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(shape)
}

// legible is a cut font with the tables that programs other than readers of PDF ask for.
func legible(t *testing.T, cut *cutFont) []byte {
	t.Helper()
	tables := map[string][]byte{
		"post": append([]byte{0, 3, 0, 0}, make([]byte, 28)...),
		"cmap": {0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12, 0, 4, 0, 24, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 1, 0, 0}, // U+FFFF alone
	}
	for _, tag := range []string{"glyf", "head", "hhea", "hmtx", "loca", "maxp"} {
		data, err := table(cut.data, tag)
		if err != nil {
			t.Fatal(err)
		}
		tables[tag] = data
	}
	return fontFile(tables)
}

// A cut font draws its characters as the whole one does: same outlines, same widths, and nothing else in it.
func TestCutKeepsTheGlyphs(t *testing.T) {
	p := newPrinter(t)
	characters := units(" 0AÅgéあが髙﨑〓ー辻󠄀𩸽")
	for _, whole := range p.typeface.faces {
		var b sfnt.Buffer
		used := map[unit]sfnt.GlyphIndex{}
		for _, u := range characters {
			if g, ok := whole.glyph(&b, u); ok {
				used[u] = g
			}
		}
		cut, err := newCutFont(whole, &b, used)
		if err != nil {
			t.Fatal(err)
		}
		small, err := sfnt.Parse(legible(t, cut))
		if err != nil {
			t.Fatal(err)
		}
		for u, old := range used {
			g := sfnt.GlyphIndex(cut.glyph[u])
			oldWidth, _ := whole.advance(&b, old)
			width, err := (&face{font: small, unitsEm: whole.unitsEm}).advance(&b, g)
			if err != nil || width != oldWidth || cut.advances[g-1] != width || !slices.Equal(shapeOf(t, small, g), shapeOf(t, whole.font, old)) {
				t.Errorf("%s: %s changed: %v", whole.name, u, err)
			}
		}
		if len(used) < 13 || small.NumGlyphs() > len(used)+12 || len(cut.data) > 20_000 {
			t.Errorf("%s: %d characters, %d glyphs, %d bytes", whole.name, len(used), small.NumGlyphs(), len(cut.data))
		}
	}
}
