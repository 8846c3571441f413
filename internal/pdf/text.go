package pdf

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// unit is one character as a reader sees it: a base, and the variation selector that chooses its form (辻 or 辻󠄀).
type unit struct{ base, selector rune }

// String is the unit as text.
func (u unit) String() string {
	if u.selector != 0 {
		return string([]rune{u.base, u.selector})
	}
	return string(u.base)
}

// units cuts a text into characters, composed (NFC). Nothing is dropped: what cannot be printed is left for Unprintable to
// name.
func units(s string) []unit {
	var out []unit
	for _, r := range compose(s) {
		switch {
		case isSelector(r) && len(out) > 0 && out[len(out)-1].selector == 0 && !isSelector(out[len(out)-1].base):
			out[len(out)-1].selector = r
		case r == '\u00a0' || r == '\u202f': // no-break spaces: the fonts draw them as the space
			out = append(out, unit{base: ' '})
		default:
			out = append(out, unit{base: r})
		}
	}
	return out
}

// compose brings a text to NFC, except for CJK compatibility ideographs: NFC would turn the 神 of somebody's family
// register (U+FA19) into the everyday 神 (U+795E), and it is her name.
func compose(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	if !strings.ContainsFunc(s, isCompatibilityIdeograph) {
		return norm.NFC.String(s)
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexFunc(s, isCompatibilityIdeograph)
		if i < 0 {
			i = len(s)
		}
		b.WriteString(norm.NFC.String(s[:i]))
		r, size := utf8.DecodeRuneInString(s[i:])
		if size > 0 {
			b.WriteRune(r)
		}
		s = s[i+size:]
	}
	return b.String()
}

func isCompatibilityIdeograph(r rune) bool {
	return r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}

func isSelector(r rune) bool { return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF }

// glyph is how one unit is printed in one weight: by the main face, or by the one that lends it.
type glyph struct {
	face    *face
	index   sfnt.GlyphIndex
	advance float64 // ems
}

// find looks for the glyph of a unit in the main face, then in the one that lends.
func (t *typeface) find(b *sfnt.Buffer, w weight, u unit) (glyph, bool) {
	if isInvisible(u.base) {
		return glyph{}, false
	}
	for _, f := range []*face{t.main[w], t.lender[w]} {
		index, ok := f.glyph(b, u)
		if !ok {
			continue
		}
		advance, err := f.advance(b, index)
		if err != nil || advance == 0 {
			continue // no width: a mark that has to be placed on its base, which needs a shaper
		}
		return glyph{face: f, index: index, advance: advance}, true
	}
	return glyph{}, false
}

// isInvisible tells the characters that must not be in a printed line, even where a font has a glyph for them: controls,
// format characters (bidirectional ones among them), private ones, line ends, and marks that found no base to compose with.
func isInvisible(r rune) bool {
	return isSelector(r) || r == utf8.RuneError ||
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Mn, unicode.Me)
}

// Unprintable names the characters of s that no font here can print, once each, in their order; none if s can be printed in
// every weight. What cannot be seen, such as a control character, is named by its code point ("U+202E"). s is composed
// first (NFC), so that か followed by a combining mark is what it looks like.
func (p *Printer) Unprintable(s string) []string {
	var bad []string
	var b sfnt.Buffer
	for _, u := range units(s) {
		for w := range weights {
			if _, ok := p.typeface.find(&b, w, u); !ok {
				if n := name(u); !slices.Contains(bad, n) {
					bad = append(bad, n)
				}
				break
			}
		}
	}
	return bad
}

// name is how a character is named to the person who typed it.
func name(u unit) string {
	if isInvisible(u.base) || !unicode.IsGraphic(u.base) || unicode.IsSpace(u.base) {
		return fmt.Sprintf("U+%04X", u.base)
	}
	return u.String()
}
