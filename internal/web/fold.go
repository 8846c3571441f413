package web

import (
	"html/template"
	"strconv"
	"text/template/parse"

	"tenarai/internal/i18n"
)

// fold says the words of a template when it is parsed: a set is of one language, so {{t "key"}} always gives the same
// sentence. It becomes part of the text around it, escaped as html/template would, or as an argument, as in
// {{template "empty" (empty (t "key"))}}, a plain string. Said for every page, each such word is a call by reflection and an
// escaping. Sentences with values and words that are missing are left to the page.
//
// A sentence in the text is escaped for HTML and for quoted attributes. Scripts and styles have none: the pages hold neither.
type fold struct {
	words *i18n.Printer
	asset func(name string) (string, error)
}

// all folds the trees of the templates that were parsed from a file; an empty name means every one.
func (f fold) all(t *template.Template, file string) {
	for _, one := range t.Templates() {
		if one.Tree != nil && (file == "" || one.Tree.ParseName == file) {
			f.list(one.Tree.Root)
		}
	}
}

func (f fold) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	out := l.Nodes[:0]
	for _, n := range l.Nodes {
		if a, ok := n.(*parse.ActionNode); ok {
			if s, ok := f.constant(a.Pipe); ok {
				n = &parse.TextNode{NodeType: parse.NodeText, Pos: a.Pos, Text: []byte(template.HTMLEscapeString(s))}
			}
		}
		f.inside(n)
		if text, ok := n.(*parse.TextNode); ok && len(out) > 0 {
			if before, ok := out[len(out)-1].(*parse.TextNode); ok {
				out[len(out)-1] = &parse.TextNode{NodeType: parse.NodeText, Pos: before.Pos, Text: append(before.Text[:len(before.Text):len(before.Text)], text.Text...)}
				continue
			}
		}
		out = append(out, n)
	}
	l.Nodes = out
}

func (f fold) inside(n parse.Node) {
	switch n := n.(type) {
	case *parse.ActionNode:
		f.pipe(n.Pipe)
	case *parse.TemplateNode:
		f.pipe(n.Pipe)
	case *parse.IfNode:
		f.branch(&n.BranchNode)
	case *parse.RangeNode:
		f.branch(&n.BranchNode)
	case *parse.WithNode:
		f.branch(&n.BranchNode)
	}
}

func (f fold) branch(b *parse.BranchNode) {
	f.pipe(b.Pipe)
	f.list(b.List)
	f.list(b.ElseList)
}

// pipe folds the arguments of a pipeline.
func (f fold) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		for i, arg := range c.Args {
			inner, ok := arg.(*parse.PipeNode)
			if !ok {
				continue
			}
			if s, ok := f.constant(inner); ok {
				c.Args[i] = &parse.StringNode{NodeType: parse.NodeString, Pos: inner.Pos, Quoted: strconv.Quote(s), Text: s}
			} else {
				f.pipe(inner)
			}
		}
	}
}

// constant is what a pipeline always gives: the sentence of {{t "key"}}, the address of {{asset "name"}}.
func (f fold) constant(p *parse.PipeNode) (string, bool) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 2 {
		return "", false
	}
	name, ok := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	arg, isText := p.Cmds[0].Args[1].(*parse.StringNode)
	switch {
	case !ok || !isText:
		return "", false
	case name.Ident == "t":
		return f.words.Plain(arg.Text)
	case name.Ident == "asset":
		address, err := f.asset(arg.Text)
		return address, err == nil // a page that names no file fails as it would have
	}
	return "", false
}
