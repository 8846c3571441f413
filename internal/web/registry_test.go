package web

import (
	"bytes"
	"html/template"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

// samples are pages for the views whose zero page cannot be rendered or says too little; an area's test adds its own in init.
var samples = map[string]any{
	"public/error": errorPage{ID: "X", Enter: true, Resend: &resend{Action: "/x", Fields: []typed{{Name: "work", Value: "書いた文"}}}},
	"public/login": loginPage{Form: loginForm{Next: "/learn"}, Demo: []demoButton{{
		DemoPerson: DemoPerson{Name: "佐藤 葵"}, RoleKey: "role.trainee", NoteKey: "demo.person.aoi",
	}}},
	"center/certificate": centerCertificatePage{Line: certificateLine{State: tagOf(certificate.Valid)}, MayEnd: true},
	"verify/file":        checkedPage{Verdict: "verify.file.exact", Text: "verify.file.exact_text", Report: &checkedReport{Signature: "verify.signature.good"}},
}

func TestEveryTemplateBelongsToAView(t *testing.T) {
	names, err := fs.Glob(os.DirFS("../../templates"), "*/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal("no templates", err)
	}
	for _, name := range names {
		area, _, _ := strings.Cut(name, "/")
		if area == "layout" || area == "parts" {
			continue
		}
		if !slices.ContainsFunc(views, func(v viewInfo) bool { return v.name+".html" == name }) {
			t.Errorf("templates/%s belongs to no view", name)
		}
	}
}

// The templates are checked against the types of their pages: a mistyped field is found here, not by a reader.
func TestTemplatesFitTheirPages(t *testing.T) {
	fresh, err := parsePages(testServer(t, testConfig(t))) // executing a set rewrites it, and then it cannot be checked
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		set := fresh.find(i18n.Japanese, v.name)
		page := reflect.New(v.page).Elem().Interface()
		if err := templatecheck.CheckHTML(set.Lookup("layout"), page); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

func TestTemplatecheckFindsMistakes(t *testing.T) {
	s := testServer(t, testConfig(t))
	bad := template.Must(template.New("x").Funcs(s.funcs(s.Words.In("ja"))).Parse(`{{.Page.Titel}}`))
	if templatecheck.CheckHTML(bad, welcomePage{}) == nil {
		t.Error("a mistyped field passes")
	}
}

// samplePage is v's page with a frame in it, for a stranger or for somebody signed in.
func samplePage(v viewInfo, frame Page) any {
	page := reflect.New(v.page).Elem()
	if given, ok := samples[v.name]; ok {
		page.Set(reflect.ValueOf(given))
	}
	page.FieldByName("Page").Set(reflect.ValueOf(frame))
	return page.Interface()
}

var inline = regexp.MustCompile(`(?i)\s(style|on[a-z]+)\s*=|<style|<script(?:>|\s[^>]*>)[^<]|javascript:`)

// Every view renders in every language, signed in or not, without an inline style or script, which the policy forbids.
func TestEveryViewRenders(t *testing.T) {
	s := testServer(t, testConfig(t))
	trainee := desk.Actor{Member: 1, Name: "<b>葵</b>", Roles: member.Roles}
	nav, more := navigation(trainee, "/learn")
	for _, lang := range i18n.Languages {
		for name, frame := range map[string]Page{
			"stranger": {Lang: lang, Title: "題", Path: "/x?y=1&z=2", Home: "/", Now: testNow},
			"signed in": {
				Lang: lang, Title: "題", Path: "/x", Home: "/learn", Actor: trainee, Nav: nav, More: more, Now: testNow, Demo: true, Furigana: true,
				Flash: "<i>x</i>", Problems: []Refusal{{Field: "email", Text: "<u>y</u>"}, {Text: "z"}},
			},
		} {
			for _, v := range views {
				var out bytes.Buffer
				if err := s.execute(&out, v.name, lang, samplePage(v, frame)); err != nil {
					t.Errorf("%s, %s, %s: %v (does it need a sample?)", v.name, lang, name, err)
					continue
				}
				html := out.String()
				if m := inline.FindString(html); m != "" {
					t.Errorf("%s: inline style or script: %q", v.name, m)
				}
				for _, raw := range []string{"<b>葵", "<i>x", "<u>y", "ZgotmplZ", "<no value>"} {
					if strings.Contains(html, raw) {
						t.Errorf("%s, %s: %q stands in the page", v.name, name, raw)
					}
				}
				if strings.Count(html, "<h1") != 1 {
					t.Errorf("%s, %s: %d h1 on the page", v.name, name, strings.Count(html, "<h1"))
				}
			}
		}
	}
}
