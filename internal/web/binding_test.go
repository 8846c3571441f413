package web

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// webSource is this package's code without its tests.
var webSource = sync.OnceValues(func() ([]*ast.File, error) {
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(packages["web"].Files)), nil
})

// formStructs are the struct types that forms are decoded into, by name, with the types they hold.
func formStructs(t *testing.T) map[string]*ast.StructType {
	t.Helper()
	files, err := webSource()
	if err != nil {
		t.Fatal(err)
	}
	structs, decoded := map[string]*ast.StructType{}, map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					structs[n.Name.Name] = s
				}
			case *ast.IndexExpr:
				if f, ok := n.X.(*ast.Ident); ok && f.Name == "decode" {
					name, ok := n.Index.(*ast.Ident)
					if !ok {
						t.Errorf("a form is decoded into a type of another package: %#v", n.Index)
						return true
					}
					decoded[name.Name] = true
				}
			}
			return true
		})
	}
	maps.DeleteFunc(structs, func(name string, _ *ast.StructType) bool { return !decoded[name] && name != "fixFields" })
	for name := range decoded {
		if structs[name] == nil && name != "T" {
			t.Errorf("a form is decoded into %s, which is no struct of this package", name)
		}
	}
	return structs
}

// formTypes are the types of other packages that a form may hold: names of things, and roles where they are what the form
// is about. Nothing that has fields of its own.
var formTypes = map[string]string{
	"member.CompanyID": "", "member.CenterID": "", "member.ID": "", "practice.FileID": "", "practice.SubmissionID": "", "multipart.FileHeader": "",
	"member.Role": "newMemberForm rolesForm",
}

// A form is bound to a struct made for it alone: every field says its name, nothing is embedded, and none is a noun or a row.
// A struct that many share, or one of the heart, would take what no form shows.
func TestFormsAreBoundToTheirOwnStructs(t *testing.T) {
	structs := formStructs(t)
	if len(structs) < 15 {
		t.Fatalf("only %d forms found", len(structs))
	}
	for name, s := range structs {
		for _, f := range s.Fields.List {
			if len(f.Names) != 1 || f.Tag == nil || !strings.Contains(f.Tag.Value, `form:"`) {
				t.Errorf("%s: a field is embedded or says no name", name)
			}
			ast.Inspect(f.Type, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				full := fmt.Sprint(sel.X, ".", sel.Sel)
				if only, known := formTypes[full]; !known || only != "" && !slices.Contains(strings.Fields(only), name) {
					t.Errorf("%s holds a %s", name, full)
				}
				return false
			})
		}
	}
}

// Forms are read by decode alone: echo's own binding takes JSON and the address for forms, too.
func TestNothingBindsPastDecode(t *testing.T) {
	files, err := webSource()
	if err != nil {
		t.Fatal(err)
	}
	past := regexp.MustCompile(`^(Bind|FormValue|FormParams|MultipartForm|PostFormValue)$`)
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && past.MatchString(sel.Sel.Name) {
					t.Errorf("%s reads a form past decode", sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// formNames are the names of all fields of all forms.
func formNames(t *testing.T) (out []string) {
	structs := formStructs(t)
	for name, s := range structs {
		if name == "fixFields" {
			continue
		}
		for _, f := range s.Fields.List {
			tag, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("form"), ",")
			switch f.Type.(type) {
			case *ast.MapType:
				tag += ".x"
			case *ast.ArrayType:
				if elem, ok := f.Type.(*ast.ArrayType).Elt.(*ast.Ident); ok && structs[elem.Name] != nil {
					tag += ".0.text"
				}
			}
			out = append(out, tag)
		}
	}
	return out
}

// collected are the forms that the cast meets, one of each kind. All towns of a test binary are alike, so once is enough.
var collected struct {
	sync.Once
	forms []shownForm
}

func (w *wholeTown) forms() []shownForm {
	w.t.Helper()
	collected.Do(func() {
		var all []shownForm
		for _, who := range people() {
			c := w.crawler(who, "ja")
			c.silent = true
			c.run(who, "/", "/login", "/courses", "/reset", "/code", "/verify", "/account")
			all = append(all, c.forms...)
		}
		collected.forms = kinds(all)
	})
	return collected.forms
}

// samples of what people type, by the field's name.
var typedSamples = map[string]string{
	"email": "new@tenarai.example", "kana": "あたらしい ひと", "name": "新しい 人", "printed_name": "佐藤 葵", "hours": "5", "hours_week": "3", "starts": "2026-12-01", "ends": "",
	"password": "tenarai-demo", "new_password": "a good long secret", "promise_days": "3", "pay": "5000", "places": "1", "deadline": "2026-12-20", "minutes": "30",
	"name_en": "New Center", "code": "12345678", "number": "1", "rows": "新しい 人,あたらしい ひと,new@tenarai.example",
}

// filled is the form as somebody fills it in.
func (f shownForm) filled() url.Values {
	out := url.Values{}
	for n, v := range f.fields {
		out[n] = slices.Clone(v)
	}
	for _, n := range f.texts {
		if out.Get(n) != "" && n != "password" {
			continue
		}
		out.Set(n, "あ")
		if s, ok := typedSamples[n]; ok {
			out.Set(n, s)
		}
	}
	for n, choices := range f.choices {
		if out.Get(n) == "" {
			out.Set(n, choices[len(choices)-1])
		}
	}
	return out
}

func (f shownForm) button() [2]string {
	if len(f.buttons) > 0 {
		return f.buttons[0]
	}
	return [2]string{}
}

// own are the names that the page itself has in the form.
func (f shownForm) own() map[string]bool {
	out := map[string]bool{f.file: true}
	for n := range f.fields {
		out[n] = true
	}
	for n := range f.choices {
		out[n] = true
	}
	for _, n := range f.texts {
		out[n] = true
	}
	for _, b := range f.buttons {
		out[b[0]] = true
	}
	return out
}

var random = regexp.MustCompile(`[A-Z2-7]{26,32}|[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}-[0-9A-Z]|[0-9a-f]{64}|\$argon2id\S+`)

// difference is every row that is new or gone, by table, without what chance made and without drafts: somebody's own
// typing, which counts for nothing until it is judged.
func (w *wholeTown) difference() (out []string) {
	w.t.Helper()
	for _, table := range w.changed() {
		if table == "draft" {
			continue
		}
		for sign, query := range map[string]string{
			"+": `SELECT * FROM main.` + table + ` EXCEPT SELECT * FROM was.` + table, "-": `SELECT * FROM was.` + table + ` EXCEPT SELECT * FROM main.` + table,
		} {
			for _, row := range w.rows(query) {
				b, _ := json.Marshal(row)
				out = append(out, sign+table+" "+random.ReplaceAllString(string(b), "…"))
			}
		}
	}
	slices.Sort(out)
	return out
}

func (w *wholeTown) rows(query string) (out []map[string]any) {
	w.t.Helper()
	rows, err := w.db.QueryContext(context.Background(), query)
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	for rows.Next() {
		values := make([]any, len(columns))
		places := make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		w.must(rows.Scan(places...))
		row := map[string]any{}
		for i, c := range columns {
			if b, ok := values[i].([]byte); ok {
				values[i] = string(b)
			}
			row[c] = values[i]
		}
		out = append(out, row)
	}
	w.must(rows.Err())
	return out
}

// extras are every column of every table and every field of every form, with values that would matter.
func (w *wholeTown) extras(names []string) url.Values {
	out := url.Values{}
	for _, t := range w.tables {
		names = append(names, w.strings(`SELECT name FROM pragma_table_info(?)`, t)...)
	}
	_, there := w.centers()
	rival := strconv.FormatInt(int64(w.demo.Actor(w.t, "company2").Company), 10)
	for _, n := range names {
		switch {
		case n == "key":
			continue
		case strings.HasPrefix(n, "role"):
			out.Set(n, "admin")
		case strings.HasPrefix(n, "company"):
			out.Set(n, rival)
		case strings.HasPrefix(n, "center"):
			out.Set(n, strconv.FormatInt(int64(there), 10))
		case n == "language" || n == "kind" || n == "state" || n == "turn":
			out.Set(n, "en")
		default:
			out.Set(n, "1")
		}
	}
	return out
}

// What a form does not show cannot be set through it: not as a field, not in the address, not as JSON. The database after a
// form with every name there is beside its own is that after the form alone.
func TestNoFormTakesWhatItDoesNotShow(t *testing.T) {
	t.Parallel()
	w := openTown(t)
	forms := w.forms()
	w.addOthers()
	w.keep()
	extras := w.extras(formNames(t))
	if len(forms) < 30 || len(extras) < 150 {
		t.Fatalf("%d forms, %d names", len(forms), len(extras))
	}
	taken := 0
	for _, f := range forms {
		base := f.filled()
		res := w.send(f.who, f.ask(base, f.button()))
		plain := w.difference()
		w.undo()
		if res.Code < 400 {
			taken++
		}
		more := maps.Clone(extras)
		for n := range f.own() {
			more.Del(n)
		}
		if !w.same(f, plain, func(x url.Values) asked { return f.ask(withMore(base, x), f.button()) }, more) {
			for n, v := range more {
				one := url.Values{n: v}
				w.send(f.who, f.ask(withMore(base, one), f.button()))
				if got := w.difference(); !slices.Equal(got, plain) {
					t.Errorf("POST %s as %s takes %s, which it does not show:\n%s", f.action, f.who, n, news(plain, got))
				}
				w.undo()
			}
		}
		if !w.same(f, plain, func(x url.Values) asked {
			ask := f.ask(base, f.button())
			ask.path += "?" + x.Encode()
			return ask
		}, more) {
			t.Errorf("POST %s as %s: the address is read as fields", f.action, f.who)
		}
		w.json(f, withMore(base, more))
	}
	if taken < 20 {
		t.Errorf("only %d of %d forms were taken: the test says too little", taken, len(forms))
	}
	t.Logf("%d forms, %d of them taken, %d names", len(forms), taken, len(extras))
}

// same tells whether a form with more in it changes what it changes alone.
func (w *wholeTown) same(f shownForm, plain []string, ask func(url.Values) asked, more url.Values) bool {
	w.t.Helper()
	w.send(f.who, ask(more))
	got := w.difference()
	w.undo()
	return slices.Equal(got, plain)
}

func withMore(a, b url.Values) url.Values {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// news are the lines that stand in one difference alone.
func news(a, b []string) string {
	var out []string
	for _, line := range b {
		if !slices.Contains(a, line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// json sends the same as JSON, which no form route takes.
func (w *wholeTown) json(f shownForm, fields url.Values) {
	w.t.Helper()
	flat := map[string]any{}
	for n, v := range fields {
		flat[n] = v[0]
	}
	b, err := json.Marshal(flat)
	w.must(err)
	for _, kind := range []string{"application/json", "text/plain", "application/xml"} {
		res := w.send(f.who, asked{method: http.MethodPost, path: f.action, body: strings.NewReader(string(b))}.with("Content-Type", kind))
		if res.Code != http.StatusUnsupportedMediaType {
			w.t.Errorf("POST %s with %s: %d", f.action, kind, res.Code)
		}
		if changed := w.changed(); changed != nil {
			w.t.Errorf("POST %s with %s changed %v", f.action, kind, changed)
		}
		w.undo()
	}
}
