package pdf

import "unicode"

// Characters that may not begin or end a line (JIS X 4051, kinsoku shori): closing marks, small kana and the long-vowel sign
// stay with what is before them, opening marks with what comes after.
const (
	notFirst = "、。，．・：；？！‼⁇⁈⁉」』）〕］｝〉》】〙〗’”)]}ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ々〻ゝゞヽヾ〜～…‥―—／%％‰℃°,.:;?!｡､･｣ｰﾞﾟｧｨｩｪｫｬｭｮｯ"
	notLast  = "「『（〔［｛〈《【〘〖‘“([{｢￥¥$＄£№＃#"
)

var neverFirst, neverLast = setOf(notFirst), setOf(notLast)

func setOf(s string) map[rune]bool {
	set := map[rune]bool{}
	for _, r := range s {
		set[r] = true
	}
	return set
}

// wrap breaks a text into lines no wider than limit, at spaces between words and between Japanese characters, by kinsoku.
// Nothing is lost but the spaces at the breaks. A word wider than a whole line is broken where the line is full.
func wrap(text []unit, widthOf func(unit) float64, limit float64) [][]unit {
	var lines [][]unit
	start, last := 0, 0 // of the current line: its first unit, and the latest place where it may be broken
	width := 0.0
	for i := 0; i < len(text); i++ {
		if i > start && mayBreak(text[i-1].base, text[i].base) {
			last = i
		}
		w := widthOf(text[i])
		if width+w <= limit || i == start || isSpace(text[i].base) {
			width += w
			continue
		}
		if last <= start {
			last = i
		}
		lines = append(lines, trimmed(text[start:last]))
		start, width = last, 0
		for start < len(text) && isSpace(text[start].base) {
			start++
		}
		i, last = start-1, start
	}
	if rest := trimmed(text[start:]); len(rest) > 0 {
		lines = append(lines, rest)
	}
	return lines
}

// evened breaks a text as wrap does, into as many lines, but not so that a word or two are lost on the last one.
func evened(text []unit, widthOf func(unit) float64, limit float64) [][]unit {
	lines := wrap(text, widthOf, limit)
	if len(lines) < 2 {
		return lines
	}
	last := 0.0
	for _, u := range lines[len(lines)-1] {
		last += widthOf(u)
	}
	if last > limit/3 {
		return lines
	}
	for _, share := range []float64{0.6, 0.7, 0.8, 0.9} {
		if narrower := wrap(text, widthOf, limit*share); len(narrower) == len(lines) {
			return narrower
		}
	}
	return lines
}

// mayBreak tells whether a line may end between two characters.
func mayBreak(before, after rune) bool {
	switch {
	case isSpace(after), neverFirst[after], neverLast[before]:
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

func trimmed(line []unit) []unit {
	for len(line) > 0 && isSpace(line[len(line)-1].base) {
		line = line[:len(line)-1]
	}
	return line
}
