package coursefile

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/course"
)

// outline is what a text is made of: enough to judge it, to compare it with its translation, and to find words in it.
type outline struct {
	headings []headingAt
	tables   []tableAt
	callouts []calloutAt
	blocks   []block
}

type headingAt struct {
	course.Heading
	line int
}

type tableAt struct{ rows, columns, line int }

type calloutAt struct {
	mark mark
	line int
	node *callout
}

// block is one run of text: a paragraph, a heading, a cell.
type block struct {
	text  string
	lines []lineStart
	prose bool // sentences, as against headings, cells and code
}

// lineStart says that from an offset of a block's text on, the text stands in a line of the file.
type lineStart struct{ offset, line int }

// line is where an offset of the block's text stands in the file.
func (b block) line(offset int) int {
	line := 0
	for _, s := range b.lines {
		if s.offset <= offset {
			line = s.line
		}
	}
	return line
}

// marks are all call-outs there are.
func marks() []string {
	out := make([]string, 0, len(voices[japanese].titles))
	for m := range voices[japanese].titles {
		out = append(out, string(m))
	}
	slices.Sort(out)
	return out
}

// takeOutline walks the text once, gives its headings their ids, and notes what is wrong with it by itself.
func (t *text) takeOutline() {
	_ = ast.Walk(t.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			t.note(n)
		}
		return ast.WalkContinue, nil
	})
}

func (t *text) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		t.noteHeading(n)
	case *extast.Table:
		t.outline.tables = append(t.outline.tables, tableAt{n.ChildCount(), len(n.Alignments), t.lineOf(n)})
	case *callout:
		t.outline.callouts = append(t.outline.callouts, calloutAt{n.mark, t.lineOf(n), n})
		if known := marks(); !slices.Contains(known, string(n.mark)) {
			t.wrong(t.lineOf(n), "unknown call-out %q (there are %s)", n.mark, strings.Join(known, ", "))
		}
	case *ast.HTMLBlock, *ast.RawHTML:
		t.wrong(t.lineOf(n), "raw HTML is refused: write Markdown, or put it into `code`")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		t.outline.blocks = append(t.outline.blocks, block{text: string(linesOf(n, t.source))})
	case *ast.Text:
		t.noteLeftovers(n)
	}
	if n.Type() == ast.TypeBlock && n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeInline {
		prose := n.Kind() == ast.KindParagraph || n.Kind() == ast.KindTextBlock
		b := block{text: plain(n, t.source), prose: prose}
		at := 0
		for _, leaf := range leaves(n, nil) {
			b.lines = append(b.lines, lineStart{at, t.lineOf(leaf)})
			at += len(seen(leaf, t.source))
		}
		t.outline.blocks = append(t.outline.blocks, b)
	}
}

// noteHeading numbers a heading. Its id is its place: Japanese words make no readable id, and a number is unique.
func (t *text) noteHeading(n *ast.Heading) {
	before := 1
	if k := len(t.outline.headings); k > 0 {
		before = t.outline.headings[k-1].Level
	}
	h := headingAt{course.Heading{Text: plain(n, t.source), Level: n.Level}, t.lineOf(n)}
	h.ID = voice{prefix: t.prefix()}.id("s-%d", len(t.outline.headings)+1)
	n.SetAttributeString("id", []byte(h.ID))
	t.outline.headings = append(t.outline.headings, h)
	switch {
	case n.Level == 1:
		t.wrong(h.line, "headings begin at ##: the title is the page's only #")
	case n.Level > before+1:
		t.wrong(h.line, "the heading jumps from level %d to %d", before, n.Level)
	}
	if strings.TrimSpace(h.Text) == "" {
		t.wrong(h.line, "the heading is empty")
	}
}

var (
	lostMark     = regexp.MustCompile(`\[!([A-Z]+)\]?`)
	lostFootnote = regexp.MustCompile(`\[\^[^\]\s]+\]`)
)

// noteLeftovers finds Markdown that was meant and not understood, and would be read as signs.
func (t *text) noteLeftovers(n *ast.Text) {
	if n.Parent().Kind() == ast.KindCodeSpan {
		return
	}
	var shown strings.Builder // with its neighbours: brackets stand in nodes of their own
	for s := ast.Node(n); s != nil && s.Kind() == ast.KindText; s = s.NextSibling() {
		shown.Write(s.(*ast.Text).Segment.Value(t.source))
	}
	s, line := shown.String(), t.line(n.Segment.Start)
	own := string(n.Segment.Value(t.source))
	begins := func(rule *regexp.Regexp) bool {
		at := rule.FindStringIndex(s)
		return at != nil && at[0] < len(own)
	}
	switch {
	case begins(lostMark):
		t.wrong(line, "a call-out mark stands alone at the beginning of its own quote: > [!POINT]")
	case begins(lostFootnote):
		t.wrong(line, "a footnote is named that is not written: [^…]: …")
	case begins(rubyLike):
		t.wrong(line, "furigana is not understood: write {漢字|かんじ}, the reading in kana")
	case strings.Contains(own, "**"):
		t.wrong(line, "** shows as it stands: it has no partner, or a blank inside")
	}
}

// visible is all a reader sees, a line for each run of text.
func (o outline) visible() string {
	var b strings.Builder
	for _, k := range o.blocks {
		b.WriteString(k.text)
		b.WriteByte('\n')
	}
	return b.String()
}

// letters is how many letters and digits a reader sees, without punctuation and blanks.
func (o outline) letters() int {
	n := 0
	for _, r := range o.visible() {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			n++
		}
	}
	return n
}

// words are the words of the course that occur in the text.
func (t *text) words() []int {
	if t.kind != lessonText {
		return nil
	}
	var out []int
	visible := norm.NFKC.String(t.outline.visible())
	folded := strings.ToLower(visible)
	for i, w := range t.course.Words {
		switch {
		case t.lang == japanese && w.Word != "" && strings.Contains(visible, norm.NFKC.String(w.Word)),
			t.lang == english && containsWord(folded, strings.ToLower(w.English)):
			out = append(out, i)
		}
	}
	return out
}

// containsWord finds an English word or its plural, not a part of another. Both are lower case.
func containsWord(s, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		at := strings.Index(s[from:], word)
		if at < 0 {
			return false
		}
		begin, end := from+at, from+at+len(word)
		if last, _ := utf8.DecodeLastRuneInString(s[:begin]); !inWord(last) && endsWord(s[end:]) {
			return true
		}
		from = end
	}
}

// endsWord tells whether a word ends here, be it after the s of its plural.
func endsWord(rest string) bool {
	return slices.ContainsFunc([]string{"", "s", "es"}, func(plural string) bool {
		after, ok := strings.CutPrefix(rest, plural)
		next, _ := utf8.DecodeRuneInString(after)
		return ok && !inWord(next)
	})
}

// inWord tells whether a character goes on with a Latin word; Japanese beside it does not.
func inWord(r rune) bool {
	return r != utf8.RuneError && !wide(r) && (unicode.IsLetter(r) || unicode.IsNumber(r))
}
