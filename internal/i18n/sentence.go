package i18n

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// sentences reads sentences for go-i18n. Ours hold named placeholders and nothing else, so that a
// number comes into "3日前" without running a text/template.
type sentences struct{}

// Cacheable tells go-i18n that a sentence is read once.
func (sentences) Cacheable() bool { return true }

// Parse parts a sentence at its placeholders, {{.Name}}.
func (sentences) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	var s sentence
	for rest := src; ; {
		text, after, found := strings.Cut(rest, "{{")
		if !found {
			s.last = text
			return s, nil
		}
		name, end, closed := strings.Cut(after, "}}")
		name, dotted := strings.CutPrefix(name, ".")
		if !closed || !dotted || name == "" || strings.ContainsAny(name, " .{}|") {
			return nil, fmt.Errorf("%q holds something else than placeholders like {{.Name}}", src)
		}
		s.parts, rest = append(s.parts, part{text, name}), end
	}
}

// sentence is a text with places for values.
type sentence struct {
	parts []part
	last  string
}

// part is a text and the name of the value after it.
type part struct{ text, name string }

// Execute fills the values in. A value that is not given is an error.
func (s sentence) Execute(data any) (string, error) {
	values, _ := data.(map[string]any)
	var b strings.Builder
	for _, p := range s.parts {
		v, ok := values[p.name]
		if !ok {
			return "", fmt.Errorf("no value for %s", p.name)
		}
		b.WriteString(p.text)
		switch v := v.(type) {
		case string:
			b.WriteString(v)
		case int:
			b.WriteString(strconv.Itoa(v))
		default:
			fmt.Fprint(&b, v)
		}
	}
	b.WriteString(s.last)
	return b.String(), nil
}
