package pdf

import "unicode"

// Characters that may not begin or end a line (JIS X 4051, kinsoku shori): closing marks, small kana and the long-vowel sign
// stay with what is before them, opening marks with what comes after.
const (
	notFirst = "、。，．・：；？！‼⁇⁈⁉」』）〕］｝〉》】〙〗’”)]}ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ々〻ゝゞヽヾ〜～…‥―—／%％‰℃°,.:;?!｡､･｣ｰﾞﾟｧｨｩｪｫｬｭｮｯ"
	notLast  = "「『（〔［｛〈《【〘〖‘“([{｢￥¥$＄£№＃#"
)

var neverFirst, neverLast = setOf(notFirst), setOf(notLast)

// runeSet is some characters of the Basic Multilingual Plane. Each character of a text is looked up, so it is a table.
type runeSet [1 << 16 / 64]uint64

func setOf(s string) *runeSet {
	var set runeSet
	for _, r := range s {
		set[r/64] |= 1 << (r % 64)
	}
	return &set
}

func (s *runeSet) has(r rune) bool { return r < 1<<16 && s[r/64]&(1<<(r%64)) != 0 }

// measured is a text with what is needed to break it into lines, at whatever size.
type measured struct {
	text   []unit
	ems    []float64 // how wide each character is
	breaks []bool    // whether a line may end before it
}

func measure(text []unit, ems func(unit) float64) measured {
	m := measured{text: text, ems: make([]float64, len(text)), breaks: make([]bool, len(text))}
	for i, u := range text {
		m.ems[i] = ems(u)
		m.breaks[i] = i > 0 && mayBreak(text[i-1].base, u.base)
	}
	return m
}

// width is how wide the text is on one line, in ems.
func (m measured) width() float64 { return m.widthOf(span{0, len(m.text)}) }

func (m measured) widthOf(s span) float64 {
	total := 0.0
	for _, w := range m.ems[s.from:s.to] {
		total += w
	}
	return total
}

// span is a line: some characters of a text.
type span struct{ from, to int }

// lines are the characters of spans.
func (m measured) lines(spans []span) [][]unit {
	out := make([][]unit, len(spans))
	for i, s := range spans {
		out[i] = m.text[s.from:s.to]
	}
	return out
}

// wrap breaks a text into lines no wider than limit ems, at spaces between words and between Japanese characters, by kinsoku.
// Nothing is lost but the spaces at the breaks. A word wider than a whole line is broken where the line is full.
func (m measured) wrap(limit float64) []span {
	var lines []span
	start, last := 0, 0 // of the current line: its first character, and the latest place where it may be broken
	width := 0.0
	for i := 0; i < len(m.text); i++ {
		if i > start && m.breaks[i] {
			last = i
		}
		w := m.ems[i]
		if width+w <= limit || i == start || isSpace(m.text[i].base) {
			width += w
			continue
		}
		if last <= start {
			last = i
		}
		lines = append(lines, m.trimmed(start, last))
		start, width = last, 0
		for start < len(m.text) && isSpace(m.text[start].base) {
			start++
		}
		i, last = start-1, start
	}
	if rest := m.trimmed(start, len(m.text)); rest.from < rest.to {
		lines = append(lines, rest)
	}
	return lines
}

// evened breaks a text as wrap does, into as many lines, but not so that a word or two are lost on the last one.
func (m measured) evened(limit float64) []span {
	lines := m.wrap(limit)
	if len(lines) < 2 || m.widthOf(lines[len(lines)-1]) > limit/3 {
		return lines
	}
	for _, share := range []float64{0.6, 0.7, 0.8, 0.9} {
		if narrower := m.wrap(limit * share); len(narrower) == len(lines) {
			return narrower
		}
	}
	return lines
}

// trimmed is a line without the spaces at its end.
func (m measured) trimmed(from, to int) span {
	for to > from && isSpace(m.text[to-1].base) {
		to--
	}
	return span{from, to}
}

// mayBreak tells whether a line may end between two characters.
func mayBreak(before, after rune) bool {
	switch {
	case isSpace(after), neverFirst.has(after), neverLast.has(before):
		return false
	case isSpace(before), isWide(before), isWide(after):
		return true
	default:
		return before == '-' || before == '/' || before == '–'
	}
}

func isSpace(r rune) bool { return r == ' ' || r == '\u3000' || unicode.IsSpace(r) }

// isWide tells Japanese characters, between which lines may break, from letters and digits, which stay together.
func isWide(r rune) bool { return r >= 0x2E80 }
