package coursefile

import (
	"bytes"
	"regexp"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/width"
)

// newMarkdown is GitHub-flavoured Markdown with footnotes, furigana, call-outs, and emphasis that works between Japanese
// characters. Smaller numbers come first; goldmark's own parts stand at 100 to 1000 and its extensions at 500 to 999.
func newMarkdown(v voice) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.Table, extension.TaskList, extension.Linkify, extension.Footnote,
			// Only the escaped space: goldmark's own joining of lines also swallows the blank between a Latin word and
			// the emphasis that begins the next line. joinLines does it instead.
			extension.NewCJK(extension.WithEscapedSpace()),
		),
		goldmark.WithParserOptions(
			parser.WithBlockParsers(util.Prioritized(calloutParser{parser.NewBlockquoteParser()}, 750)),
			parser.WithInlineParsers(
				util.Prioritized(rubyParser{}, 90),
				util.Prioritized(flankingParser{emphasis{}}, 90),
				util.Prioritized(flankingParser{strike{}}, 90),
			),
		),
		goldmark.WithRendererOptions(
			renderer.WithNodeRenderers(
				util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
				util.Prioritized(&htmlRenderer{voice: v}, 50),
			),
		),
	)
}

// wide tells whether a character takes the room of a Chinese one and stands without spaces around it.
func wide(r rune) bool {
	if unicode.Is(unicode.Hangul, r) {
		return false
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianHalfwidth:
		return true
	default:
		return false
	}
}

// flankingParser reads delimiter runs (** * _ ~~). CommonMark's rule, made for words between spaces, leaves
// これは**「要点」**です as it is; this one also lets a run open and close beside a wide character
// (the rule of github.com/tats-u/markdown-cjk-friendly).
type flankingParser struct{ parser.DelimiterProcessor }

func (p flankingParser) Trigger() []byte {
	if p.IsDelimiter('~') {
		return []byte{'~'}
	}
	return []byte{'*', '_'}
}

func (p flankingParser) Parse(_ ast.Node, block source.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 1, p.DelimiterProcessor)
	if d == nil {
		return nil
	}
	// 9~12時 is no crossing-out: two tildes are, neither fewer nor more.
	if d.Char == '~' && d.OriginalLength != 2 {
		block.Advance(d.OriginalLength)
		return ast.NewTextSegment(segment.WithStop(segment.Start + d.OriginalLength))
	}
	if d.Char != '_' {
		after, _ := utf8.DecodeRune(line[d.OriginalLength:])
		if d.OriginalLength == len(line) {
			after = ' '
		}
		d.CanOpen, d.CanClose = flanks(before, after), flanks(after, before)
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

// flanks tells whether a run stands at the side of what is inside it.
func flanks(outside, inside rune) bool {
	if util.IsSpaceRune(inside) {
		return false
	}
	if !util.IsPunctRune(inside) || wide(inside) {
		return true
	}
	return util.IsSpaceRune(outside) || util.IsPunctRune(outside) || wide(outside)
}

type emphasis struct{}

func (emphasis) IsDelimiter(b byte) bool                        { return b == '*' || b == '_' }
func (emphasis) CanOpenCloser(open, end *parser.Delimiter) bool { return open.Char == end.Char }
func (emphasis) OnMatch(consumes int) ast.Node                  { return ast.NewEmphasis(consumes) }

type strike struct{}

func (strike) IsDelimiter(b byte) bool                        { return b == '~' }
func (strike) CanOpenCloser(open, end *parser.Delimiter) bool { return open.Char == end.Char }
func (strike) OnMatch(int) ast.Node                           { return extast.NewStrikethrough() }

// joinLines removes the line breaks of the file that would show as a blank between Japanese characters: in a Japanese text
// beside a wide character on either side (the CSS Text 3 draft), in an English one only between two.
func joinLines(root ast.Node, src []byte, lang string) {
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || n.Type() != ast.TypeBlock || n.FirstChild() == nil || n.FirstChild().Type() != ast.TypeInline {
			return ast.WalkContinue, nil
		}
		var broken *ast.Text
		var last rune
		cited := false // the line being read is a citation: it stands in a line of its own
		for _, leaf := range leaves(n, nil) {
			s := leafText(leaf, src)
			if s != "" && (broken != nil || last == 0) {
				first, _ := utf8.DecodeRuneInString(s)
				before := cited
				cited = citation.MatchString(s)
				switch {
				case broken == nil:
				case before || cited:
					broken.SetHardLineBreak(true)
				case wide(last) && wide(first), lang == japanese && (wide(last) || wide(first)):
					broken.SetSoftLineBreak(false)
				}
				broken = nil
			}
			if s != "" {
				last, _ = utf8.DecodeLastRuneInString(s)
			}
			if t, ok := leaf.(*ast.Text); ok && t.SoftLineBreak() {
				broken = t
			}
		}
		return ast.WalkSkipChildren, nil
	})
}

// leaves are the inline nodes that carry characters, in their order.
func leaves(n ast.Node, out []ast.Node) []ast.Node {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.FirstChild() != nil {
			out = leaves(c, out)
		} else {
			out = append(out, c)
		}
	}
	return out
}

// leafText is what a reader sees of an inline node without children: the word of a furigana, not its reading.
func leafText(n ast.Node, src []byte) string {
	switch n := n.(type) {
	case *ast.Text:
		s := n.Segment.Value(src)
		if !n.IsRaw() {
			s = util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(s)))
		}
		return string(s)
	case *ast.String:
		return string(n.Value)
	case *ast.AutoLink:
		return string(n.Label(src))
	case *ruby:
		return string(n.base)
	default:
		return ""
	}
}

// ruby is a word with its reading.
type ruby struct {
	ast.BaseInline
	base, reading []byte
}

var kindRuby = ast.NewNodeKind("Ruby")

// Kind implements ast.Node.
func (*ruby) Kind() ast.NodeKind { return kindRuby }

// Dump implements ast.Node.
func (n *ruby) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

// rubyRule is {word|reading}. The reading is kana; anything else in braces is left as it is, and named as a mistake.
var rubyRule = regexp.MustCompile(`^\{([^{}|\\\n]+)\\?\|([\p{Hiragana}\p{Katakana}ー・ 　]+)\}`)

// rubyParser reads {漢字|かんじ}.
type rubyParser struct{}

func (rubyParser) Trigger() []byte { return []byte{'{'} }

func (rubyParser) Parse(_ ast.Node, block source.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	m := rubyRule.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	return &ruby{base: m[1], reading: m[2]}
}

var rubyInTable = regexp.MustCompile(`(\{[^{}|\\\n]+)(\|[\p{Hiragana}\p{Katakana}ー・ 　]+\})`)

// guardFurigana escapes the bar of furigana in table rows, where a bare one would end the cell.
func guardFurigana(src []byte) []byte {
	lines := bytes.SplitAfter(src, []byte("\n"))
	fenced := false
	for i, line := range lines {
		bare := bytes.TrimLeft(line, "> \t")
		if bytes.HasPrefix(bare, []byte("```")) || bytes.HasPrefix(bare, []byte("~~~")) {
			fenced = !fenced
		}
		if !fenced && bytes.HasPrefix(bare, []byte("|")) {
			lines[i] = rubyInTable.ReplaceAll(line, []byte(`$1\$2`))
		}
	}
	return bytes.Join(lines, nil)
}
