package web

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// passage is a piece of a text that was compared with the one before.
type passage struct {
	Kind string // "ins", "del", or "" for what stayed
	Text string
}

const (
	// comparing is how long two texts are compared; after that the difference is coarser, never wrong.
	comparing = 100 * time.Millisecond
	// leastStay is how many characters must stay for two changes to be read as two.
	leastStay = 3
)

// compareTexts is what became of a text, merged so that people can read it: numbers and Latin words are never cut, and
// changes close together are one. The passages that are not "del" are together the new text, those that are not "ins" the
// old one.
func compareTexts(before, after string) []passage {
	d := diffmatchpatch.New()
	d.DiffTimeout = comparing
	v := vocabulary{of: map[string]rune{}}
	diffs := d.DiffCleanupSemantic(d.DiffMainRunes(v.encode(before), v.encode(after), false))
	for i := range diffs {
		diffs[i].Text = v.decode(diffs[i].Text)
	}
	return merged(diffs)
}

// vocabulary gives each word a character of its own, so that texts are compared word by word: a run of digits or of Latin
// letters is a word, and so is every other character.
type vocabulary struct {
	of    map[string]rune
	words []string
}

func (v *vocabulary) encode(text string) []rune {
	var out []rune
	for len(text) > 0 {
		word := text[:wordLength(text)]
		text = text[len(word):]
		r, known := v.of[word]
		if !known {
			r = wordRune(len(v.words))
			v.of[word], v.words = r, append(v.words, word)
		}
		out = append(out, r)
	}
	return out
}

func (v *vocabulary) decode(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(v.words[wordIndex(r)])
	}
	return b.String()
}

// A text may have more words than there are characters below the surrogates, which are no characters.
const (
	surrogates     = 0xD800
	surrogatesSpan = 0x800
)

func wordRune(i int) rune {
	if i++; i >= surrogates {
		i += surrogatesSpan
	}
	return rune(i)
}

func wordIndex(r rune) int {
	if r >= surrogates {
		r -= surrogatesSpan
	}
	return int(r) - 1
}

// wordLength is the length in bytes of the word a text begins with.
func wordLength(text string) int {
	first, n := utf8.DecodeRuneInString(text)
	kind := wordKind(first)
	for kind != 0 && n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if wordKind(r) != kind {
			break
		}
		n += size
	}
	return n
}

func wordKind(r rune) int {
	switch {
	case unicode.IsDigit(r):
		return 1
	case unicode.Is(unicode.Latin, r):
		return 2
	}
	return 0
}

// merged joins changes that lie close together: 「11月30日」→「12月3日」 is one change, not four.
func merged(diffs []diffmatchpatch.Diff) []passage {
	var out []passage
	var gone, come strings.Builder
	flush := func() {
		if gone.Len() > 0 {
			out = append(out, passage{"del", gone.String()})
		}
		if come.Len() > 0 {
			out = append(out, passage{"ins", come.String()})
		}
		gone.Reset()
		come.Reset()
	}
	for i, d := range diffs {
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			gone.WriteString(d.Text)
		case diffmatchpatch.DiffInsert:
			come.WriteString(d.Text)
		default:
			short := utf8.RuneCountInString(d.Text) < leastStay && !strings.Contains(d.Text, "\n")
			if inside := i > 0 && i+1 < len(diffs); short && inside && gone.Len() > 0 && come.Len() > 0 {
				gone.WriteString(d.Text)
				come.WriteString(d.Text)
				continue
			}
			flush()
			out = append(out, passage{"", d.Text})
		}
	}
	flush()
	return out
}

// changed tells whether anything in the text is new or gone.
func changed(text []passage) bool {
	for _, p := range text {
		if p.Kind != "" {
			return true
		}
	}
	return false
}
