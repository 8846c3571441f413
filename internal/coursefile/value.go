package coursefile

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tenarai/internal/course"
)

// The languages a course can be complete in.
const (
	japanese = "ja"
	english  = "en"
)

var (
	jaAndEn  = []string{japanese, english}
	slugRule = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	rubyLike = regexp.MustCompile(`\{[^{}|\n]+\\?\|[^{}|\n]*\}`)
)

// value is one value of a YAML file together with the place where it stands, so that every mistake names its line. The
// decoder of the library stops at the first mistake and forgets lines; a writer wants all of them at once.
type value struct {
	node     ast.Node // nil where the key is absent
	name     string   // how mistakes call it, such as questions[2].ask
	file     string
	line     int
	shift    int // added to every line: front matter does not begin the file
	mistakes *Mistakes
}

// parseYAML reads one document. A file that cannot be parsed is one mistake and an absent value.
func parseYAML(file string, content []byte, shift int, mistakes *Mistakes) value {
	v := value{file: file, line: 1 + shift, shift: shift, mistakes: mistakes}
	parsed, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil {
			mistakes.add(file, y.GetToken().Position.Line+shift, "YAML: %s", y.GetMessage())
		} else {
			mistakes.add(file, v.line, "YAML: %v", err)
		}
		return v
	}
	for i, doc := range parsed.Docs {
		switch {
		case doc.Body == nil:
		case i > 0:
			mistakes.add(file, doc.Body.GetToken().Position.Line+shift, "YAML: a file holds one document, not several")
		default:
			v.node = doc.Body
		}
	}
	if v.node == nil {
		v.wrong("is empty")
	}
	return v
}

func (v value) there() bool { return v.node != nil }

// wrong notes a mistake at the value.
func (v value) wrong(format string, args ...any) {
	if v.name != "" {
		format = strings.ReplaceAll(v.name, "%", "%%") + ": " + format
	}
	v.mistakes.add(v.file, v.line, format, args...)
}

func (v value) child(name string, line int, node ast.Node) value {
	if v.name != "" && !strings.HasPrefix(name, "[") {
		name = "." + name
	}
	v.name += name
	v.line, v.node = line, node
	return v
}

// kind says what a value is, for a reader of YAML.
func (v value) kind() string {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "empty"
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return "an anchor, alias or tag, which course files do not use"
	default:
		return "a single value"
	}
}

// mapping is a value with keys. It notes which keys were asked for, so that end can name the others.
type mapping struct {
	value
	entries []value // in the order of the file; name is the key alone
	asked   map[string]bool
}

// mapping reads keys; anything else is a mistake and a mapping without keys. Keys that stand twice are mistakes.
func (v value) mapping() *mapping {
	m := &mapping{value: v, asked: map[string]bool{}}
	var pairs []*ast.MappingValueNode
	switch n := v.node.(type) {
	case nil:
		return m
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		v.wrong("must be a mapping of keys, it is %s", v.kind())
		return m
	}
	seen := map[string]int{}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		if s, ok := p.Key.(*ast.StringNode); ok {
			key = s.Value
		}
		line := p.Key.GetToken().Position.Line + v.shift
		if first, twice := seen[key]; twice {
			v.child(key, line, nil).wrong("the key stands twice (first in line %d)", first)
			continue
		}
		seen[key] = line
		e := v
		e.name, e.line, e.node = key, line, p.Value
		m.entries = append(m.entries, e)
	}
	return m
}

// get is the value of a key, absent if there is none.
func (m *mapping) get(key string) value {
	m.asked[key] = true
	for _, e := range m.entries {
		if e.name == key {
			return m.child(key, e.line, e.node)
		}
	}
	return m.child(key, m.line, nil)
}

// need is the value of a key that must be there.
func (m *mapping) need(key string) value {
	v := m.get(key)
	if !v.there() && m.there() {
		v.wrong("is missing")
	}
	return v
}

// end notes every key nobody asked for.
func (m *mapping) end() {
	for _, e := range m.entries {
		if m.asked[e.name] {
			continue
		}
		known := make([]string, 0, len(m.asked))
		for k := range m.asked {
			known = append(known, k)
		}
		slices.Sort(known)
		m.child(e.name, e.line, e.node).wrong("unknown key (known here: %s)", strings.Join(known, ", "))
	}
}

// scalar is the value as it was written. ok is false, with a mistake, for anything but a single value.
func (v value) scalar() (s string, ok bool) {
	switch n := v.node.(type) {
	case nil:
		return "", false
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.NullNode:
		v.wrong("is empty")
	default:
		v.wrong("must be a single value, it is %s", v.kind())
	}
	return "", false
}

// str is a non-empty text without regard to language.
func (v value) str() string {
	s, ok := v.scalar()
	if !ok {
		return ""
	}
	if _, truth := v.node.(*ast.BoolNode); truth {
		v.wrong("put %s into quotes: without them it is a truth value", s)
	}
	if strings.TrimSpace(s) == "" {
		v.wrong("is empty")
	}
	return s
}

// slug is a name that becomes an address or an id.
func (v value) slug() string {
	s := v.str()
	if s != "" && !slugRule.MatchString(s) {
		v.wrong("%q is not a name: use lower-case ASCII letters, digits and -", s)
	}
	return s
}

// oneOf is a text out of a fixed choice.
func (v value) oneOf(choice ...string) string {
	s := v.str()
	if s != "" && !slices.Contains(choice, s) {
		v.wrong("%q is not one of %s", s, strings.Join(choice, ", "))
	}
	return s
}

// integer is a whole number between least and most, both included.
func (v value) integer(least, most int) int {
	s, ok := v.scalar()
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		v.wrong("must be a whole number from %d to %d, it is %q", least, most, s)
		return 0
	}
	return n
}

// float is a number.
func (v value) float() float64 {
	s, ok := v.scalar()
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		v.wrong("must be a number without separators, it is %q", s)
		return 0
	}
	return f
}

// truth is true or false; an absent value is false.
func (v value) truth() bool {
	if !v.there() {
		return false
	}
	b, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.wrong("must be true or false")
		return false
	}
	return b.Value
}

// list are the entries of a list.
func (v value) list() []value {
	if !v.there() {
		return nil
	}
	n, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.wrong("must be a list, it is %s", v.kind())
		return nil
	}
	out := make([]value, len(n.Values))
	for i, e := range n.Values {
		out[i] = v.child("["+strconv.Itoa(i+1)+"]", firstLine(e)+v.shift, e)
	}
	return out
}

// some are the entries of a list that must have at least one.
func (v value) some() []value {
	l := v.list()
	if v.there() && len(l) == 0 {
		v.wrong("must have at least one entry")
	}
	return l
}

// firstLine is the line a node begins in. The token of a block mapping is the colon of its first key.
func firstLine(n ast.Node) int {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken().Position.Line
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken().Position.Line
	}
	return n.GetToken().Position.Line
}

// text is a text in the languages; those listed must be there.
func (v value) text(languages []string) course.Text {
	m := v.mapping()
	t := m.text(languages)
	m.end()
	return t
}

// text reads the languages among the keys of a mapping that may have others.
func (m *mapping) text(languages []string) course.Text {
	read := func(lang, called string) string {
		v := m.get(lang)
		if !v.there() {
			if m.there() && slices.Contains(languages, lang) {
				m.wrong("the %s text is missing", called)
			}
			return ""
		}
		s := v.str()
		if rubyLike.MatchString(s) {
			v.wrong("furigana works in Markdown files only")
		}
		return s
	}
	return course.Text{JA: read(japanese, "Japanese"), EN: read(english, "English")}
}

// texts are several texts in the languages.
func texts(list []value, languages []string) []course.Text {
	out := make([]course.Text, len(list))
	for i, v := range list {
		out[i] = v.text(languages)
	}
	return out
}

// once notes a second value of the same name within one file.
type once map[string]int

func (o once) add(v value, id string) {
	if id == "" {
		return
	}
	if first, twice := o[id]; twice {
		v.wrong("duplicate id %q (first in line %d)", id, first)
		return
	}
	o[id] = v.line
}
