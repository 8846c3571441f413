package web

import (
	"bytes"
	"html"
	"html/template"
	"regexp"
	"strings"
	"testing"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

var freshKey = regexp.MustCompile(`name="key" value="[^"]*"`)

// A page says the same whether its words were folded into it or are said when it is shown.
func TestFoldingChangesNoPage(t *testing.T) {
	s := testServer(t, testConfig(t))
	actor := desk.Actor{Member: 1, Name: "葵", Roles: member.Roles}
	for _, lang := range i18n.Languages {
		frame, err := template.New("").Funcs(s.funcs(s.Words.In(lang))).ParseFS(s.Templates, "layout/*.html", "parts/*.html")
		if err != nil {
			t.Fatal(err)
		}
		page := Page{Lang: lang, Title: "題", Path: "/x", Home: "/learn", Actor: actor, Now: testNow, Problems: []Refusal{{Text: "z"}}}
		for _, v := range views {
			plain, err := parsePage(frame, s.Templates, v.name)
			if err != nil {
				t.Fatal(err)
			}
			var want, got bytes.Buffer
			if err := plain.ExecuteTemplate(&want, "layout", samplePage(v, page)); err != nil {
				t.Errorf("%s: %v", v.name, err)
				continue
			}
			if err := s.execute(&got, v.name, lang, samplePage(v, page)); err != nil {
				t.Errorf("%s: %v", v.name, err)
				continue
			}
			as := func(b bytes.Buffer) string { return html.UnescapeString(freshKey.ReplaceAllString(b.String(), "")) }
			if as(got) != as(want) {
				t.Errorf("%s in %s: folded it is\n%s\nand should be\n%s", v.name, lang, as(got), as(want))
			}
		}
	}
}

// Only what is always the same becomes text, escaped; sentences with values stay actions.
func TestFold(t *testing.T) {
	s := testServer(t, testConfig(t))
	w := s.Words.In(i18n.Japanese)
	f := fold{w, s.address}
	for src, want := range map[string]string{
		`a{{t "common.brand"}}b`:                      "a" + w.T("common.brand") + "b",
		`{{if .}}{{t "common.brand"}}{{end}}`:         `{{if .}}` + w.T("common.brand") + `{{end}}`,
		`{{t "common.person" "Name" .}}`:              `{{t "common.person" "Name" .}}`,
		`{{t "common.person"}}`:                       `{{t "common.person"}}`,
		`{{t .}}`:                                     `{{t .}}`,
		`{{t "no.such.word"}}`:                        `{{t "no.such.word"}}`,
		`{{asset "no/such.file"}}`:                    `{{asset "no/such.file"}}`,
		`{{asset "css/tenarai.css"}}`:                 "/static/",
		`{{template "x" (empty (t "common.brand"))}}`: `(empty "` + w.T("common.brand") + `")`,
		`{{$x := t "common.brand"}}{{$x}}`:            `{{$x := t "common.brand"}}{{$x}}`,
	} {
		parsed := template.Must(template.New("").Funcs(s.funcs(w)).Parse(src))
		f.all(parsed, "")
		if got := parsed.Tree.Root.String(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}
