package coursefile

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mark is the word that makes a quote a call-out.
type mark string

const (
	pointMark    mark = "POINT"
	exampleMark  mark = "EXAMPLE"
	mistakeMark  mark = "MISTAKE"
	mendedMark   mark = "MENDED"
	exerciseMark mark = "EXERCISE"
	answerMark   mark = "ANSWER"
	lawMark      mark = "LAW"
	cautionMark  mark = "CAUTION"
)

// callout is a quote that begins with a mark.
type callout struct {
	ast.BaseBlock
	mark mark
}

var kindCallout = ast.NewNodeKind("Callout")

// Kind implements ast.Node.
func (*callout) Kind() ast.NodeKind { return kindCallout }

// Dump implements ast.Node.
func (n *callout) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

// title is the call-out's own title, if it has one.
func (n *callout) title() *calloutTitle {
	t, _ := n.FirstChild().(*calloutTitle)
	return t
}

// calloutTitle is what stands behind the mark.
type calloutTitle struct{ ast.BaseBlock }

var kindCalloutTitle = ast.NewNodeKind("CalloutTitle")

// Kind implements ast.Node.
func (*calloutTitle) Kind() ast.NodeKind { return kindCalloutTitle }

// Dump implements ast.Node.
func (n *calloutTitle) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

var markRule = regexp.MustCompile(`^>[ \t]?\[!([A-Za-z]+)\][ \t]*([^\n]*?)[ \t]*\n?$`)

// calloutParser opens a call-out where a quote begins with a mark, and goes on as for any quote.
type calloutParser struct{ parser.BlockParser }

func (p calloutParser) Open(_ ast.Node, reader source.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	indent, at := util.IndentWidth(line, reader.LineOffset())
	if indent > 3 || at >= len(line) {
		return nil, parser.NoChildren
	}
	m := markRule.FindSubmatchIndex(line[at:])
	if m == nil {
		return nil, parser.NoChildren
	}
	n := &callout{mark: mark(line[at+m[2] : at+m[3]])}
	if m[4] < m[5] {
		start := segment.Start - segment.Padding + at
		title := &calloutTitle{}
		title.Lines().Append(source.NewSegment(start+m[4], start+m[5]))
		title.SetPos(start + m[4])
		n.AppendChild(n, title)
	}
	end := len(line)
	if line[end-1] == '\n' {
		end--
	}
	reader.Advance(end)
	return n, parser.HasChildren
}
