package pdf

import (
	"math"
	"unicode"
)

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
		if line := m.trimmed(start, last); line.from < line.to {
			lines = append(lines, line)
		}
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

// evened breaks a text into as many lines as wrap does, where it reads best: where a phrase ends, into lines of nearly the
// same width, and not so that a word or two are lost on the last one.
func (m measured) evened(limit float64) []span {
	greedy := m.wrap(limit)
	if len(greedy) < 2 {
		return greedy
	}
	starts := []int{0}
	for i, may := range m.breaks {
		if may {
			starts = append(starts, i)
		}
	}
	starts = append(starts, len(m.text))
	// best[j] is the cheapest way to break all before starts[j] into so many lines, and where the last of them begins.
	type way struct{ cost, from int }
	const never = math.MaxInt32
	best, lines := make([]way, len(starts)), make([][]way, len(greedy))
	for j := range best {
		best[j].cost = never
	}
	best[0].cost = 0
	for l := range lines {
		next := make([]way, len(starts))
		for j := range next {
			next[j].cost = never
			for i := j - 1; i >= 0; i-- {
				line := m.trimmed(starts[i], starts[j])
				width := m.widthOf(line)
				if width > limit {
					break
				}
				if best[i].cost != never && line.from < line.to {
					if c := best[i].cost + m.harm(line, width/limit); c < next[j].cost {
						next[j] = way{c, i}
					}
				}
			}
		}
		best, lines[l] = next, next
	}
	j := len(starts) - 1
	if best[j].cost == never {
		return greedy // a word is wider than a line
	}
	out := make([]span, len(greedy))
	for l := len(lines) - 1; l >= 0; l-- {
		i := lines[l][j].from
		out[l] = m.trimmed(starts[i], starts[j])
		j = i
	}
	return out
}

// harm is how much a line that is full to a part disturbs who reads the text: by where it ends, and by how much shorter it is
// than it might be. The last one may be short, but not a word or two.
func (m measured) harm(line span, full float64) int {
	const split, slack, lonely, enough = 100, 1000, 600, 1.0 / 3
	if line.to == len(m.text) {
		if full < enough {
			return lonely
		}
		return 0
	}
	return split*splitHarm(m.text[line.to-1].base, m.text[line.to].base) + int(slack*(1-full)*(1-full))
}

// splitHarm is how much it disturbs a reader if a line ends between two characters. Japanese writes no spaces, but a phrase
// mostly begins where its letters change: with a kanji or a katakana word after the hiragana of the phrase before it.
func splitHarm(before, after rune) int {
	hiragana := func(r rune) bool { return unicode.Is(unicode.Hiragana, r) }
	katakana := func(r rune) bool { return unicode.Is(unicode.Katakana, r) || r == 'ー' }
	kanji := func(r rune) bool { return unicode.Is(unicode.Han, r) || r == '々' }
	switch {
	case isSpace(before), isSpace(after), !unicode.IsLetter(before), neverLast.has(after):
		return 0 // after a mark, or before an opening one
	case hiragana(before) && !hiragana(after):
		return 1
	case hiragana(before):
		return 3
	case kanji(before) && hiragana(after), katakana(before) && katakana(after):
		return 5 // inside a word, very likely
	case kanji(before) && kanji(after):
		return 4
	default:
		return 2
	}
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
