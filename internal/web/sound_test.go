package web

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/template/parse"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"tenarai/internal/i18n"
)

// soundness holds a page as it was sent against what all pages must keep to, and gives what is wrong with it.
func (w *wholeTown) soundness(body, lang string) (doc *goquery.Document, wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		return nil, []string{err.Error()}
	}
	for _, bad := range []string{"<no value>", "ZgotmplZ"} {
		if strings.Contains(body, bad) {
			say("%q stands in it", bad)
		}
	}
	if m := badFormat.FindString(body); m != "" {
		say("a format that failed: %q", m)
	}
	if got := doc.Find("html").AttrOr("lang", ""); got != lang {
		say("its language is %q", got)
	}
	if n := doc.Find("h1").Length(); n != 1 || strings.TrimSpace(doc.Find("h1").Text()) == "" {
		say("%d h1", n)
	}
	if title := doc.Find("head > title"); title.Length() != 1 || len([]rune(title.Text())) < 3 {
		say("title %q", title.Text())
	}
	ids := map[string]int{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) { ids[s.AttrOr("id", "")]++ })
	for id, n := range ids {
		if n > 1 || id == "" || strings.ContainsAny(id, " \t\n") {
			say("id %q stands %d times", id, n)
		}
	}
	for _, n := range doc.Nodes {
		for d := range n.Descendants() {
			wrong = append(wrong, w.soundNode(d, ids)...)
		}
	}
	return doc, append(wrong, unlabelled(doc)...)
}

var (
	badFormat  = regexp.MustCompile(`%!([a-z]\(|\()|&lt;no value`)
	scheme     = regexp.MustCompile(`(?i)^[\s\x00-\x1f]*(javascript|data|vbscript)[\s\x00-\x1f]*:`)
	keyShape   = regexp.MustCompile(`\b[a-z]+(?:\.[a-z][a-z0-9_]*)+\b`)
	unread     = []string{"id", "name", "for", "href", "action", "src", "class", "value", "aria-describedby", "aria-labelledby", "accept", "data-draft", "data-renew"}
	references = []string{"aria-describedby", "aria-labelledby", "aria-controls", "for"}
)

// soundNode is what is wrong with one node of a page.
func (w *wholeTown) soundNode(n *html.Node, ids map[string]int) (wrong []string) {
	switch n.Type {
	case html.TextNode:
		if p := n.Parent; p != nil && p.Data != "code" && p.Data != "pre" && p.Data != "textarea" {
			return w.rawKeys(n.Data)
		}
	case html.ElementNode:
		for _, a := range n.Attr {
			switch {
			case slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key) && scheme.MatchString(a.Val):
				wrong = append(wrong, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				wrong = append(wrong, fmt.Sprintf("<%s %s>, which the content policy forbids", n.Data, a.Key))
			case slices.Contains(references, a.Key):
				for _, id := range strings.Fields(a.Val) {
					if ids[id] == 0 {
						wrong = append(wrong, fmt.Sprintf("<%s %s=%q> names nothing", n.Data, a.Key, id))
					}
				}
			case a.Key == "href" && strings.HasPrefix(a.Val, "#") && len(a.Val) > 1:
				if to, _ := url.PathUnescape(a.Val[1:]); ids[to] == 0 && ids[a.Val[1:]] == 0 {
					wrong = append(wrong, a.Val+" leads nowhere")
				}
			}
			if !slices.Contains(unread, a.Key) {
				wrong = append(wrong, w.rawKeys(a.Val)...)
			}
		}
		if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
			wrong = append(wrong, "an inline <"+n.Data+">")
		}
	}
	return wrong
}

// rawKeys are words' keys that stand in a text instead of the words.
func (w *wholeTown) rawKeys(text string) (wrong []string) {
	if !strings.Contains(text, ".") {
		return nil
	}
	for _, m := range keyShape.FindAllString(text, -1) {
		area, rest, _ := strings.Cut(m, ".")
		if w.keys()[m] || w.keys()[area+"."] && strings.Contains(rest, ".") && !strings.HasSuffix(m, ".example") {
			wrong = append(wrong, "a raw key: "+m)
		}
	}
	return wrong
}

// keys are all keys, and each area with a dot.
func (w *wholeTown) keys() map[string]bool {
	return keysOf()
}

var keysOf = sync.OnceValue(func() map[string]bool {
	words, err := i18n.Open(nil)
	if err != nil {
		panic(err)
	}
	out := map[string]bool{}
	for _, k := range words.Keys() {
		area, _, _ := strings.Cut(k, ".")
		out[k], out[area+"."] = true, true
	}
	return out
})

// unlabelled are fields, buttons, links and pictures that a screen reader has no word for.
func unlabelled(doc *goquery.Document) (wrong []string) {
	doc.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		switch s.AttrOr("type", "") {
		case "hidden", "submit", "button":
			return
		}
		label := doc.Find("label").FilterFunction(func(_ int, l *goquery.Selection) bool { return l.AttrOr("for", "-") == s.AttrOr("id", "") })
		if strings.TrimSpace(label.Text()+s.Closest("label").Text()+s.AttrOr("aria-label", "")+s.AttrOr("aria-labelledby", "")) == "" {
			wrong = append(wrong, "field "+s.AttrOr("name", "?")+" has no label")
		}
	})
	doc.Find("a[href], button, summary").Each(func(_ int, s *goquery.Selection) {
		alt := s.Find("img[alt], svg[aria-label]")
		if strings.TrimSpace(s.Text()+s.AttrOr("aria-label", "")+alt.AttrOr("alt", "")+alt.AttrOr("aria-label", "")) == "" {
			h, _ := goquery.OuterHtml(s)
			wrong = append(wrong, "says nothing: "+h)
		}
	})
	doc.Find("img:not([alt])").Each(func(_ int, s *goquery.Selection) { wrong = append(wrong, "picture without alt: "+s.AttrOr("src", "")) })
	doc.Find("fieldset").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.ChildrenFiltered("legend").Text()+s.AttrOr("aria-label", "")+s.AttrOr("aria-labelledby", "")) == "" {
			wrong = append(wrong, "a fieldset without legend")
		}
	})
	return wrong
}

// executed tells which templates have run. A part of the layout has its name, one of a page also that of its view.
type executed struct {
	sync.Mutex
	all map[string]bool // by name: has run
}

// trace makes every template of a server note that it runs. The note is an assignment, which has no output and so fits
// into any place of a page.
func trace(t *testing.T, s *Server) *executed {
	t.Helper()
	e := &executed{all: map[string]bool{}}
	note := func(name string) string {
		e.Lock()
		defer e.Unlock()
		e.all[name] = true
		return ""
	}
	funcs := map[string]any{"executed": note}
	common := map[string]bool{}
	for _, v := range views {
		for _, one := range s.pages.find(i18n.Japanese, v.name).Templates() {
			common[one.Name()] = true
		}
	}
	for _, v := range views {
		there := map[string]bool{}
		for _, one := range s.pages.find(i18n.Japanese, v.name).Templates() {
			there[one.Name()] = true
		}
		maps.DeleteFunc(common, func(name string, _ bool) bool {
			return !there[name] || name == "main" || name == "head" || name == "width"
		})
	}
	for _, lang := range i18n.Languages {
		for _, v := range views {
			set := s.pages.find(lang, v.name)
			set.Funcs(funcs)
			for _, one := range set.Templates() {
				if one.Tree == nil || parse.IsEmptyTree(one.Tree.Root) {
					continue
				}
				name := one.Name()
				if !common[name] {
					name = v.name + " " + name
				}
				made, err := parse.Parse("note", `{{$executed := executed "`+name+`"}}`, "", "", funcs)
				if err != nil {
					t.Fatal(err)
				}
				one.Tree.Root.Nodes = append([]parse.Node{made["note"].Root.Nodes[0]}, one.Tree.Root.Nodes...)
				e.all[name] = e.all[name] || false
			}
		}
	}
	return e
}

// never are the templates that have not run.
func (e *executed) never() (out []string) {
	for name, ran := range e.all {
		if !ran {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
