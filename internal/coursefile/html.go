package coursefile

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// htmlRenderer writes the nodes that goldmark would write otherwise: without style attributes (the content security policy
// refuses them) and so that keyboards and screen readers get along.
type htmlRenderer struct {
	voice
	tables int
}

// RegisterFuncs implements renderer.NodeRenderer.
func (r *htmlRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindRuby, r.ruby)
	reg.Register(kindCallout, r.callout)
	reg.Register(kindCalloutTitle, r.calloutTitle)
	reg.Register(extast.KindTable, r.table)
	reg.Register(extast.KindTableHeader, r.tableHeader)
	reg.Register(extast.KindTableRow, r.tableRow)
	reg.Register(extast.KindTableCell, r.tableCell)
	reg.Register(extast.KindTaskCheckBox, r.checkBox)
	reg.Register(extast.KindFootnoteLink, r.footnoteLink)
	reg.Register(extast.KindFootnoteBacklink, r.footnoteBacklink)
	reg.Register(extast.KindFootnote, r.footnote)
	reg.Register(extast.KindFootnoteList, r.footnoteList)
	reg.Register(ast.KindLink, r.link)
	reg.Register(ast.KindAutoLink, r.autoLink)
	reg.Register(ast.KindImage, r.image)
	reg.Register(ast.KindFencedCodeBlock, r.code)
	reg.Register(ast.KindCodeBlock, r.code)
}

func write(w util.BufWriter, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

func escape[T string | []byte](s T) string { return string(util.EscapeHTML([]byte(s))) }

func escapeURL(address []byte) string { return string(util.URLEscape(address, true)) }

func (r *htmlRenderer) ruby(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		n := n.(*ruby)
		write(w, "<ruby>%s<rp>（</rp><rt>%s</rt><rp>）</rp></ruby>", escape(n.base), escape(n.reading))
	}
	return ast.WalkContinue, nil
}

// callout is an aside; an ANSWER is folded. role="note" keeps the asides of a page from becoming a crowd of landmarks.
func (r *htmlRenderer) callout(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*callout)
	folded := n.mark == answerMark
	switch {
	case entering && folded:
		write(w, `<details class="callout callout-answer">`+"\n")
	case entering:
		write(w, `<aside class="callout callout-%s" role="note">`+"\n", escape(strings.ToLower(string(n.mark))))
	case folded:
		write(w, "</details>\n")
	default:
		if n.mark == lawMark {
			write(w, `<p class="callout-reference">%s</p>`+"\n", r.reference)
		}
		write(w, "</aside>\n")
	}
	if entering && n.title() == nil {
		r.openTitle(w, n, "")
		r.closeTitle(w, n)
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) calloutTitle(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.Parent().(*callout)
	if entering {
		r.openTitle(w, n, r.colon)
	} else {
		r.closeTitle(w, n)
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) openTitle(w util.BufWriter, n *callout, colon string) {
	tag := `p class="callout-title"`
	if n.mark == answerMark {
		tag = `summary`
	}
	write(w, `<%s><span class="callout-kind">%s%s</span>`, tag, r.titles[n.mark], colon)
}

func (r *htmlRenderer) closeTitle(w util.BufWriter, n *callout) {
	if n.mark == answerMark {
		write(w, "</summary>\n")
		return
	}
	write(w, "</p>\n")
}

// table stands in a box that scrolls sideways on a phone; the box has a name and can be reached by keyboard.
func (r *htmlRenderer) table(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		if n.ChildCount() > 1 {
			write(w, "</tbody>\n")
		}
		write(w, "</table>\n</div>\n")
		return ast.WalkContinue, nil
	}
	r.tables++
	write(w, `<div class="table-scroll" tabindex="0" role="region" aria-label="%s">`+"\n<table>\n", escape(fmt.Sprintf(r.voice.table, r.tables)))
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) tableHeader(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	switch {
	case entering:
		write(w, "<thead>\n<tr>\n")
	case n.NextSibling() != nil:
		write(w, "</tr>\n</thead>\n<tbody>\n")
	default:
		write(w, "</tr>\n</thead>\n")
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) tableRow(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		write(w, "<tr>\n")
	} else {
		write(w, "</tr>\n")
	}
	return ast.WalkContinue, nil
}

// tableCell is aligned by class. An empty head names nothing, so it is no th.
func (r *htmlRenderer) tableCell(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*extast.TableCell)
	tag := "td"
	if n.Parent().Kind() == extast.KindTableHeader && n.FirstChild() != nil {
		tag = "th"
	}
	if !entering {
		write(w, "</%s>\n", tag)
		return ast.WalkContinue, nil
	}
	write(w, "<%s", tag)
	if tag == "th" {
		write(w, ` scope="col"`)
	}
	if slices.Contains([]extast.Alignment{extast.AlignLeft, extast.AlignRight, extast.AlignCenter}, n.Alignment) {
		write(w, ` class="align-%s"`, n.Alignment)
	}
	write(w, ">")
	return ast.WalkContinue, nil
}

// checkBox is a sign, not a control: nothing would keep what is ticked.
func (r *htmlRenderer) checkBox(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		sign := "☐"
		if n.(*extast.TaskCheckBox).IsChecked {
			sign = "☑"
		}
		write(w, `<span class="check">%s</span> `, sign)
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) footnoteLink(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		n := node.(*extast.FootnoteLink)
		write(w, `<sup id="%s"><a href="#%s" class="footnote-ref" role="doc-noteref" aria-label="%s">%d</a></sup>`,
			r.id("fnref-%d-%d", n.Index, n.RefIndex), r.id("fn-%d", n.Index), fmt.Sprintf(r.note, n.Index), n.Index)
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) footnoteBacklink(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		n := node.(*extast.FootnoteBacklink)
		write(w, ` <a href="#%s" class="footnote-backref" role="doc-backlink" aria-label="%s">↩&#xfe0e;</a>`,
			r.id("fnref-%d-%d", n.Index, n.RefIndex), fmt.Sprintf(r.back, n.Index))
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) footnote(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		write(w, `<li id="%s">`+"\n", r.id("fn-%d", node.(*extast.Footnote).Index))
	} else {
		write(w, "</li>\n")
	}
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) footnoteList(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		write(w, `<section class="footnotes" role="doc-endnotes" aria-label="%s">`+"\n<ol>\n", r.notes)
	} else {
		write(w, "</ol>\n</section>\n")
	}
	return ast.WalkContinue, nil
}

// open writes the beginning of a link. What leads out of the house tells the other side nothing about the reader.
func open(w util.BufWriter, address string) {
	write(w, `<a href="%s"`, escape(address))
	if !strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "#") {
		write(w, ` rel="noopener noreferrer external"`)
	}
	write(w, ">")
}

func (r *htmlRenderer) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	address := escapeURL(node.(*ast.Link).Destination) // judged as it will be written
	switch safe := leadsSafely(address); {
	case !safe:
	case entering:
		open(w, address)
	default:
		write(w, "</a>")
	}
	return ast.WalkContinue, nil
}

// autoLink links a bare web address. Mail addresses and the names reserved for examples (RFC 2606) are shown as they stand:
// a lesson about a false shop must not lead there.
func (r *htmlRenderer) autoLink(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.AutoLink)
	address, label := escapeURL(n.URL(src)), escape(n.Label(src))
	if n.AutoLinkType == ast.AutoLinkEmail || !isWeb(address) || reserved(address) {
		write(w, "%s", label)
		return ast.WalkContinue, nil
	}
	open(w, address)
	write(w, "%s</a>", label)
	return ast.WalkContinue, nil
}

func (r *htmlRenderer) image(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.Image)
	if strings.HasPrefix(string(n.Destination), "/") && !strings.HasPrefix(string(n.Destination), "//") {
		write(w, `<img src="%s" alt="%s" loading="lazy"`, escape(escapeURL(n.Destination)), escape(plain(n, src)))
		for _, name := range []string{"width", "height"} {
			if pixels, ok := n.AttributeString(name); ok {
				write(w, ` %s="%d"`, name, pixels)
			}
		}
		write(w, ">")
	}
	return ast.WalkSkipChildren, nil
}

// code can be scrolled by keyboard.
func (r *htmlRenderer) code(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		write(w, `<pre tabindex="0"><code>%s</code></pre>`+"\n", escape(linesOf(n, src)))
	}
	return ast.WalkSkipChildren, nil
}

// linesOf is the text of a block as it was written.
func linesOf(n ast.Node, src []byte) []byte {
	var b bytes.Buffer
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		b.Write(s.Value(src))
	}
	return b.Bytes()
}

// plain is what a reader sees of an inline text.
func plain(n ast.Node, src []byte) string {
	var b strings.Builder
	for _, leaf := range leaves(n, nil) {
		b.WriteString(seen(leaf, src))
	}
	return b.String()
}

// seen is what a reader sees of a leaf, with a blank for a line break.
func seen(leaf ast.Node, src []byte) string {
	s := leafText(leaf, src)
	if t, ok := leaf.(*ast.Text); ok && (t.SoftLineBreak() || t.HardLineBreak()) {
		s += " "
	}
	return s
}

func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// leadsSafely tells whether a link may be written: into the house, to the web, to a mail program or a telephone.
func leadsSafely(address string) bool {
	if strings.HasPrefix(address, "//") || strings.HasPrefix(address, `/\`) {
		return false
	}
	return strings.HasPrefix(address, "/") || strings.HasPrefix(address, "#") || isWeb(address) ||
		strings.HasPrefix(address, "mailto:") || strings.HasPrefix(address, "tel:")
}

// reserved tells whether an address is one nobody can own: for examples and tests (RFC 2606, RFC 6761; JPRS for example.jp).
func reserved(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	host := "." + strings.ToLower(u.Hostname())
	return slices.ContainsFunc([]string{
		".example", ".test", ".invalid", ".localhost",
		".example.com", ".example.net", ".example.org", ".example.jp", ".example.co.jp", ".example.ne.jp",
	}, func(end string) bool { return strings.HasSuffix(host, end) })
}
