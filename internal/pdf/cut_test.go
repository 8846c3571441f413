package pdf

import (
	"slices"
	"testing"

	"golang.org/x/image/font/sfnt"
)

// A cut font draws its characters as the whole one does: same outlines, same widths, and nothing else in it.
func TestCutKeepsTheGlyphs(t *testing.T) {
	p := newPrinter(t)
	characters := []rune(" 0AÅgéŁあが辻髙﨑𠮷〓ー")
	characters = slices.DeleteFunc(characters, func(r rune) bool { return r > 0xFFFF })
	slices.Sort(characters)
	for w := range weights {
		whole := p.typeface.main[w]
		var b sfnt.Buffer
		held := slices.DeleteFunc(slices.Clone(characters), func(r rune) bool { _, ok := whole.glyph(&b, unit{base: r}); return !ok })
		data, err := whole.cut(&b, held)
		if err != nil {
			t.Fatal(err)
		}
		small, err := newFace(data)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range held {
			old, _ := whole.glyph(&b, unit{base: r})
			index, ok := small.glyph(&b, unit{base: r})
			if !ok || int(index) != i+1 {
				t.Fatalf("%c is glyph %d (%v)", r, index, ok)
			}
			oldWidth, _ := whole.advance(&b, old)
			width, _ := small.advance(&b, index)
			oldShape, err := whole.outline(&b, old)
			oldShape = slices.Clone(oldShape)
			if err != nil {
				t.Fatal(err)
			}
			shape, err := small.outline(&b, index)
			if err != nil || width != oldWidth || !slices.Equal(shape, oldShape) {
				t.Errorf("%c changed: %v", r, err)
			}
		}
		if _, ok := small.glyph(&b, unit{base: 'B'}); ok || len(data) > 200_000 {
			t.Errorf("the cut font holds more than it should: %d bytes", len(data))
		}
		if _, err := whole.cut(&b, []rune{0x05D0}); err == nil {
			t.Error("a character that the face lacks was cut")
		}
	}
}
