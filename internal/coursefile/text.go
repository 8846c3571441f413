package coursefile

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"

	"tenarai/internal/course"
)

// textKind is what a Markdown file is for. It is also the name of the file, for the texts of an assignment.
type textKind string

const (
	lessonText textKind = "lesson"
	briefText  textKind = "brief"
	modelText  textKind = "model"
	notesText  textKind = "notes"
)

// portfolioText is what the brief of a portfolio is called to its readers: nobody has ordered anything.
const portfolioText textKind = "portfolio"

// text is one Markdown file on its way to HTML.
type text struct {
	file   string
	lang   string
	kind   textKind
	course *course.Course
	item   *course.Item
	source []byte
	before int         // lines of the file before the source
	body   course.Body // where the HTML goes

	markdown goldmark.Markdown
	root     ast.Node
	outline  outline
	mistakes *Mistakes
}

// prefix keeps ids apart where several texts stand on one page.
func (t *text) prefix() string {
	if t.kind == lessonText {
		return ""
	}
	return string(t.kind) + "-"
}

// render makes all texts into HTML, once every item is known: a link may lead to any of them.
func (l *loader) render() {
	for _, t := range l.texts {
		t.parse(&l.mistakes)
	}
	for _, t := range l.texts {
		l.resolve(t)
		t.check()
		if t.lang != japanese {
			if original := l.original(t); original != nil {
				compare(t, original)
			}
		}
	}
	repeated(l.texts, &l.mistakes)
	for file, shown := range l.shown {
		if !shown {
			l.mistakes.add(file, 1, "no text shows this picture")
		}
	}
	for _, t := range l.texts {
		var html bytes.Buffer
		if err := t.markdown.Renderer().Render(&html, t.source, t.root); err != nil {
			l.mistakes.add(t.file, 1, "cannot be made into HTML: %v", err)
			continue
		}
		headings := make([]course.Heading, len(t.outline.headings))
		for i, h := range t.outline.headings {
			headings[i] = h.Heading
		}
		t.body[t.lang] = course.Rendered{HTML: html.String(), Headings: headings, Words: t.words()}
	}
}

// original is the Japanese text a text translates.
func (l *loader) original(t *text) *text {
	i := slices.IndexFunc(l.texts, func(o *text) bool {
		return o.lang == japanese && o.kind == t.kind && o.item == t.item
	})
	if i < 0 {
		return nil
	}
	return l.texts[i]
}

// parse reads the Markdown and takes its outline.
func (t *text) parse(mistakes *Mistakes) {
	t.mistakes = mistakes
	t.source = guardFurigana(t.source)
	called := t.kind
	if called == briefText && t.item.Ref.Prior() {
		called = portfolioText
	}
	t.markdown = newMarkdown(voices[t.lang].of(called, t.prefix()))
	t.root = t.markdown.Parser().Parse(source.NewReader(t.source), parser.WithContext(parser.NewContext()))
	joinLines(t.root, t.source, t.lang)
	t.takeOutline()
}

// line is where an offset of the source stands in the file.
func (t *text) line(offset int) int {
	offset = min(max(offset, 0), len(t.source))
	return t.before + 1 + bytes.Count(t.source[:offset], []byte("\n"))
}

// lineOf is where a node stands in the file.
func (t *text) lineOf(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if at := offsetOf(n); at >= 0 {
			return t.line(at)
		}
	}
	return t.before + 1
}

// offsetOf is where a node begins in the source, or -1.
func offsetOf(n ast.Node) int {
	if txt, ok := n.(*ast.Text); ok {
		return txt.Segment.Start
	}
	if at := n.Pos(); at >= 0 {
		return at
	}
	if n.Type() != ast.TypeInline && n.Lines() != nil && n.Lines().Len() > 0 {
		return n.Lines().At(0).Start
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if at := offsetOf(c); at >= 0 {
			return at
		}
	}
	return -1
}

func (t *text) wrong(line int, format string, args ...any) {
	t.mistakes.add(t.file, line, format, args...)
}

// voice is what the house adds to a text, in the text's language.
type voice struct {
	prefix     string // of ids
	table      string // %d is its number: names the region a wide table scrolls in
	note       string // %d: names a footnote's mark
	notes      string // names the list of footnotes
	back       string // %d: leads from a footnote to its mark
	colon      string // between the kind of a call-out and its own title
	reference  string // closes every LAW
	titles     map[mark]string
	tableNames map[textKind]string // before the number, where several texts stand on one page
}

var voices = map[string]voice{
	japanese: {
		table: "表%d", note: "注%d", notes: "注", back: "注%dの印にもどる", colon: "：",
		reference: "参考情報です。最終の判断は注文者や専門家に確かめてください。",
		titles: map[mark]string{
			pointMark: "ポイント", exampleMark: "例", mistakeMark: "まちがいの例", mendedMark: "直した例",
			exerciseMark: "やってみましょう", answerMark: "こたえを見る", lawMark: "法律と制度", cautionMark: "気をつけること",
		},
		tableNames: map[textKind]string{briefText: "依頼の", portfolioText: "出し方の", modelText: "手本の", notesText: "先生のメモの"},
	},
	english: {
		table: "Table %d", note: "Note %d", notes: "Notes", back: "Back to the mark of note %d", colon: ": ",
		reference: "For reference only. Ask the client or a specialist before you rely on it.",
		titles: map[mark]string{
			pointMark: "Key point", exampleMark: "Example", mistakeMark: "A mistake", mendedMark: "Mended",
			exerciseMark: "Try it", answerMark: "Show the answer", lawMark: "Law and rules", cautionMark: "Take care",
		},
		tableNames: map[textKind]string{briefText: "Order: ", portfolioText: "What to hand in: ", modelText: "Model: ", notesText: "Mentor's notes: "},
	},
}

// of is the voice for one kind of text.
func (v voice) of(kind textKind, prefix string) voice {
	v.prefix, v.table = prefix, v.tableNames[kind]+v.table
	return v
}

func (v voice) id(format string, args ...any) string { return v.prefix + fmt.Sprintf(format, args...) }
