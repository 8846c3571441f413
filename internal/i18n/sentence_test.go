package i18n

import (
	"fmt"
	"strings"
	"testing"
	"text/template"

	"pgregory.net/rapid"
)

// A sentence says what text/template would make of it.
func TestSentencesAgreeWithTextTemplate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]any{"Name": rapid.String().Draw(t, "name"), "N": rapid.Int().Draw(t, "n"), "Big": rapid.Int64().Draw(t, "big")}
		words := rapid.SliceOf(rapid.SampledFrom([]string{"あと", " of ", "{", "}", "<b>", "{{.Name}}", "{{.N}}", "{{.Big}}", ""})).Draw(t, "words")
		src := strings.Join(words, "|")
		parsed, err := sentences{}.Parse(src, "", "")
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		got, err := parsed.Execute(values)
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		var want strings.Builder
		if err := template.Must(template.New("").Parse(src)).Execute(&want, values); err != nil {
			t.Fatal(err)
		}
		if got != want.String() {
			t.Fatalf("%q: got %q, want %q", src, got, want.String())
		}
	})
}

func TestSentencesHoldPlaceholdersOnly(t *testing.T) {
	for _, src := range []string{"{{.X", "{{X}}", "{{}}", "{{.}}", "{{.X.Y}}", "{{ .X }}", "{{.X | print}}", "{{if .X}}a{{end}}"} {
		if _, err := (sentences{}).Parse(src, "", ""); err == nil {
			t.Errorf("%q is taken", src)
		}
	}
	parsed, err := sentences{}.Parse("{{.X}}", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []any{nil, map[string]any{}, map[string]any{"Y": 1}} {
		if s, err := parsed.Execute(data); err == nil {
			t.Errorf("without its value it says %q", s)
		}
	}
	if s, err := parsed.Execute(map[string]any{"X": fmt.Stringer(nil)}); err != nil || s != "<nil>" {
		t.Errorf("got %q, %v", s, err)
	}
}
