package coursefile

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The bounds of a lesson (docs/authoring.md).
const (
	minLetters = 800
	maxLetters = 2500
)

// A sentence of so many characters may stand in one lesson only. An English one is longer for the same content.
var maxShared = map[string]int{japanese: 15, english: 40}

var (
	sentenceEnd = map[string]*regexp.Regexp{
		japanese: regexp.MustCompile(`[。！？!?\n]+[」』）]*`),
		english:  regexp.MustCompile(`[.!?]+["')\]]*(\s+|$)`),
	}
	citation  = regexp.MustCompile(`^[（(]?(出典|Source)`)
	datedRule = regexp.MustCompile(`(((19|20)\d{2}|令和 ?(\d{1,2}|元)) ?年 ?\d{1,2} ?月)` +
		`|((19|20)\d{2}-\d{2})` +
		`|(\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?( \d{1,2},?)? (19|20)\d{2})`)
	modelHeadings = []string{"合格の例", "とても良い例"}
)

// check notes what is wrong with a text of its kind.
func (t *text) check() {
	for _, c := range t.outline.callouts {
		if c.mark == lawMark {
			t.checkLaw(c)
		}
	}
	switch t.kind {
	case lessonText:
		t.checkLesson()
	case modelText:
		t.checkModel()
	}
	if t.outline.letters() == 0 {
		t.wrong(t.before+1, "the text is empty")
	}
}

// checkLaw demands source and date of a legal statement: a reader must be able to see how old it is.
func (t *text) checkLaw(c calloutAt) {
	said := norm.NFKC.String(plain(c.node, t.source))
	source := map[string]string{japanese: "出典", english: "Source"}[t.lang]
	if !strings.Contains(said, source) {
		t.wrong(c.line, "LAW names no source: write %s: …", source)
	}
	if !datedRule.MatchString(said) {
		t.wrong(c.line, "LAW names no date, as 2024年11月 or November 2024")
	}
}

// checkLesson demands what makes a lesson: an exercise whose answer follows it, a mistake with its mended form, and a
// length one can read in one sitting (counted in Japanese; the translation is as long as it has to be).
func (t *text) checkLesson() {
	count := map[mark]int{}
	for _, c := range t.outline.callouts {
		count[c.mark]++
		switch next, _ := c.node.NextSibling().(*callout); c.mark {
		case exerciseMark:
			if next == nil || next.mark != answerMark {
				t.wrong(c.line, "the EXERCISE has no ANSWER right after it")
			}
		case answerMark:
			if before, _ := c.node.PreviousSibling().(*callout); before == nil || before.mark != exerciseMark {
				t.wrong(c.line, "the ANSWER has no EXERCISE right before it")
			}
		}
	}
	for _, m := range []mark{exerciseMark, answerMark, mistakeMark, mendedMark} {
		if count[m] == 0 {
			t.wrong(t.before+1, "the lesson has no %s", m)
		}
	}
	if n := t.outline.letters(); t.lang == japanese && (n < minLetters || n > maxLetters) {
		t.wrong(t.before+1, "the lesson has %d letters, it should have %d to %d", n, minLetters, maxLetters)
	}
}

func (t *text) checkModel() {
	if t.lang != japanese {
		return
	}
	for _, want := range modelHeadings {
		if !slices.ContainsFunc(t.outline.headings, func(h headingAt) bool { return h.Level == 2 && strings.TrimSpace(h.Text) == want }) {
			t.wrong(t.before+1, "the model has no heading ## %s", want)
		}
	}
}

// repeated notes sentences that stand in two lessons: no two say the same thing the same way. Citations may.
func repeated(all []*text, mistakes *Mistakes) {
	type place struct {
		t    *text
		line int
	}
	first := map[string]place{}
	for _, t := range all {
		if t.kind != lessonText {
			continue
		}
		for _, s := range t.sentences() {
			if utf8.RuneCountInString(s.text) < maxShared[t.lang] || citation.MatchString(s.text) {
				continue
			}
			p, twice := first[s.text]
			if !twice {
				first[s.text] = place{t, s.line}
			} else if p.t != t {
				mistakes.add(t.file, s.line, "the sentence %q stands in %s:%d too", s.text, p.t.file, p.line)
			}
		}
	}
}

type sentence struct {
	text string
	line int
}

// sentences are the sentences of a text's prose, with their lines.
func (t *text) sentences() []sentence {
	var out []sentence
	for _, b := range t.outline.blocks {
		if !b.prose {
			continue
		}
		begin := 0
		for _, end := range append(sentenceEnd[t.lang].FindAllStringIndex(b.text, -1), []int{len(b.text), len(b.text)}) {
			part := b.text[begin:end[0]]
			blank := len(part) - len(strings.TrimLeft(part, " \n"))
			if s := strings.Join(strings.Fields(part), " "); s != "" {
				out = append(out, sentence{s, b.line(begin + blank)})
			}
			begin = end[1]
		}
	}
	return out
}

// compare notes where a translation is built otherwise than its original.
func compare(t, original *text) {
	a, b := t.outline, original.outline
	for i := range min(len(a.headings), len(b.headings)) {
		if a.headings[i].Level != b.headings[i].Level {
			t.wrong(a.headings[i].line, "heading %d is of level %d, in %s:%d of level %d", i+1, a.headings[i].Level, original.file, b.headings[i].line, b.headings[i].Level)
			break
		}
	}
	for i := range min(len(a.tables), len(b.tables)) {
		x, y := a.tables[i], b.tables[i]
		if x.rows != y.rows || x.columns != y.columns {
			t.wrong(x.line, "table %d has %d rows and %d columns, in %s:%d it has %d and %d", i+1, x.rows, x.columns, original.file, y.line, y.rows, y.columns)
		}
	}
	for i := range min(len(a.callouts), len(b.callouts)) {
		if a.callouts[i].mark != b.callouts[i].mark {
			t.wrong(a.callouts[i].line, "call-out %d is %s, in %s:%d it is %s", i+1, a.callouts[i].mark, original.file, b.callouts[i].line, b.callouts[i].mark)
			break
		}
	}
	t.compareCount(len(a.headings), len(b.headings), "headings", original)
	t.compareCount(len(a.tables), len(b.tables), "tables", original)
	t.compareCount(len(a.callouts), len(b.callouts), "call-outs", original)
}

func (t *text) compareCount(have, want int, what string, original *text) {
	if have != want {
		t.wrong(t.before+1, "has %d %s, %s has %d", have, what, original.file, want)
	}
}
