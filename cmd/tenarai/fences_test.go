package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// room is what the map in docs/architecture.md says of one package.
type room struct {
	may  string // the packages of ours that it may import, separated by spaces
	noun bool   // nouns and pure rules: no context, no input or output, no clock, no chance
	why  string // printed when the room imports what it may not
}

const (
	right = "a noun imports problem and nouns to its right on the map, so that a rule can be read and tested by values alone"
	apart = "what a company is shown is judged from awards and their evidence; raw marks and free text stay in practice, and the compiler keeps that promise"
	edge  = "one technology a room, and the nouns it speaks of: the deeds stay in desk"
	nouns = "problem member skill course practice cohort certificate readiness job match audit"
)

// rooms are the packages of the house. A room that is not drawn here and in docs/architecture.md does not exist.
var rooms = map[string]room{
	"problem":     {noun: true, why: right},
	"member":      {noun: true, may: "problem", why: right},
	"skill":       {noun: true, may: "member problem", why: right},
	"audit":       {noun: true, may: "member problem", why: right},
	"course":      {noun: true, may: "skill member problem", why: right},
	"practice":    {noun: true, may: "course skill member problem", why: right},
	"cohort":      {noun: true, may: "course skill member problem", why: right},
	"certificate": {noun: true, may: "course skill member problem", why: right},
	"readiness":   {noun: true, may: "skill member problem", why: apart},
	"job":         {noun: true, may: "readiness skill member problem", why: apart},
	"match":       {noun: true, may: "job readiness skill member problem", why: apart},

	"store":           {may: nouns, why: "the store keeps nouns; it asks nobody what to do with them"},
	"need":            {why: "tests ask it for the programs of the machine, whatever they test"},
	"store/storetest": {may: "need", why: "it hands out empty databases to any room's tests, the store's own among them"},
	"files":           {may: "problem", why: edge},
	"sheet":           {may: "problem", why: edge},
	"pdf":             {may: nouns, why: edge},
	"badge":           {may: nouns, why: edge},
	"i18n":            {may: "problem", why: edge},
	"coursefile":      {may: nouns, why: edge},
	"mail":            {may: "store i18n " + nouns, why: edge},
	"desk":            {may: "store files " + nouns, why: "the deeds know the store and the files, not how they are shown, printed or sent"},
	"demo":            {may: "desk " + nouns, why: "the town is made through the deeds, so that every row in it is one that could really be"},
	"demo/demotest":   {may: "*", why: "it puts a house together for tests"},
	"web":             {may: "desk pdf badge sheet i18n " + nouns, why: "the pages read and change through desk, where rights are checked"},
	"cmd/tenarai":     {may: "*", why: "it puts the house together"},
	"courses":         {why: "it holds files"},
	"templates":       {why: "it holds files"},
	"static":          {why: "it holds files"},
}

// keeper says which rooms alone may import something.
type keeper struct {
	what  []string // import paths, and all below them
	rooms string
	why   string
}

var keepers = []keeper{
	{[]string{"gorm.io"}, "store", "gorm is kept in one room: its rows, its errors and its habits do not leak into the rules"},
	{[]string{"github.com/labstack/echo"}, "web", "the web framework can be changed by changing one room"},
	{[]string{"github.com/jung-kurt/gofpdf"}, "pdf", "the PDF library is kept in one room"},
	{[]string{"github.com/nicksnyder/go-i18n"}, "i18n", "the rooms inside return keys; one room turns them into words"},
	{[]string{"github.com/goccy/go-yaml", "github.com/yuin/goldmark"}, "coursefile", "the form of the course files is known to one room"},
	{[]string{"github.com/xuri/excelize"}, "sheet", "tables are read and written in one room, with its limits and escapes"},
	{[]string{"github.com/piprate/json-gold", "github.com/go-jose"}, "badge", "what is signed, and how, is known to one room"},
	{[]string{"github.com/wneessen/go-mail", "net/smtp"}, "mail", "mail is sent after the deed, by one room"},
	{[]string{"tenarai/internal/web"}, "cmd/tenarai", "nobody leans on the pages"},
	{[]string{"tenarai/courses", "tenarai/templates", "tenarai/static"}, "cmd/tenarai demo/demotest", "embedded files are handed on as fs.FS, so that a folder can stand in for them"},
}

// outside are the parts of the standard library that a noun may not import.
var outside = strings.Fields(`context database/sql html/template io io/fs io/ioutil log log/slog math/rand crypto/rand
	net net/http os os/exec path/filepath syscall text/template`)

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string // without those of the tests
	Deps       []string // all imports, direct and not
	Error      *struct{ Err string }
}

// room is the package's name on the map.
func (p listed) room() string { return roomOf(p.ImportPath) }

func roomOf(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "tenarai/"), "internal/")
}

// TestFences holds the dependency rule of docs/architecture.md against the code, and says why a broken rule is one.
func TestFences(t *testing.T) {
	packages := list(t)
	drawn, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		for _, b := range broken(p) {
			t.Error(b)
		}
		if name := filepath.Base(p.room()) + "/"; !strings.Contains(string(drawn), name) {
			t.Errorf("%s: docs/architecture.md does not draw %s: the map is kept true", p.ImportPath, name)
		}
	}
}

// broken are the rules that a package's imports break, each with its reason.
func broken(p listed) []string {
	var out []string
	say := func(what, why string) { out = append(out, fmt.Sprintf("%s %s: %s", p.ImportPath, what, why)) }
	r, known := rooms[p.room()]
	if !known {
		say("is not on the map", "every room is drawn in docs/architecture.md and fenced here before it is built")
		return out
	}
	may := strings.Fields(r.may)
	for _, path := range p.Imports {
		name, ours := roomOf(path), path == "tenarai" || strings.HasPrefix(path, "tenarai/")
		switch {
		case ours && r.may != "*" && !slices.Contains(may, name):
			say("imports "+name, r.why)
		case !ours && r.noun && (slices.Contains(outside, path) || strings.Contains(path, ".")):
			say("imports "+path, "a noun has no context, no input or output, no clock and no libraries: what it needs is handed in as a value or a function")
		}
		for _, k := range keepers {
			if slices.ContainsFunc(k.what, func(w string) bool { return within(path, w) }) && !slices.Contains(strings.Fields(k.rooms), p.room()) {
				say("imports "+path, "only "+k.rooms+" may: "+k.why)
			}
		}
	}
	if r.why == apart && slices.Contains(p.Deps, "tenarai/internal/practice") {
		say("reaches practice", apart)
	}
	return out
}

// within tells whether an import path is the path, or below it.
func within(path, of string) bool { return path == of || strings.HasPrefix(path, of+"/") }

// list asks the go command for every package of the module.
func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Dir,GoFiles,Imports,Deps,Error", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(stdout)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if within(p.ImportPath, "tenarai") && len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages of ours, which is not the whole house", len(all))
	}
	return all
}

// TestDoc demands one doc comment of every package: none leaves the reader alone, two say different things one day.
func TestDoc(t *testing.T) {
	for _, p := range list(t) {
		var docs []string
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Error(err)
				continue
			}
			if text := f.Doc.Text(); text != "" {
				docs = append(docs, name)
				if want := "Package " + f.Name.Name + " "; f.Name.Name != "main" && !strings.HasPrefix(text, want) {
					t.Errorf("%s/%s: the doc comment begins %q, want %q", p.ImportPath, name, firstLine(text), want+"…")
				}
			}
		}
		if len(docs) != 1 {
			t.Errorf("%s: doc comments in %v, want exactly one", p.ImportPath, docs)
		}
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// calls are what only cmd may ask of the machine. The reason is printed.
var calls = map[string]string{
	"time.Now":     clock,
	"time.Since":   clock,
	"time.Until":   clock,
	"os.Getenv":    settingsRule,
	"os.LookupEnv": settingsRule,
	"os.Environ":   settingsRule,
}

const (
	clock        = "only cmd asks the machine for the time; all others are given a clock, so that deadlines can be tested at their edges"
	settingsRule = "only cmd reads the environment, so that every setting stands in one place"
)

// TestClockAndSettings looks for calls that only cmd may make. An exception carries `//nolint:forbidigo // why` on its
// line, which the linter knows too.
func TestClockAndSettings(t *testing.T) {
	for _, p := range list(t) {
		if slices.Contains([]string{"cmd/tenarai", "store/storetest", "need"}, p.room()) { // the latter two read the settings of the tests
			continue
		}
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range forbiddenCalls(p.ImportPath+"/"+name, source, rooms[p.room()].noun) {
				t.Error(b)
			}
		}
	}
}

// seeded are the parts of math/rand/v2 that a noun may use: with a given seed a generator is a pure function.
var seeded = strings.Fields("New NewPCG NewChaCha8 Rand PCG ChaCha8 Source")

// reason says why a use of package.name is forbidden, or nothing.
func reason(pkg, name string, noun bool) string {
	switch {
	case noun && pkg == "rand" && !slices.Contains(seeded, name):
		return "a noun judges the same facts in the same way every time; use a generator with a seed that is handed in"
	case noun && pkg == "embed":
		return "a noun may hold a constant from a file (a string), not a file system"
	}
	return calls[pkg+"."+name]
}

// forbiddenCalls are the forbidden uses in a file, each with its place and reason.
func forbiddenCalls(name string, source []byte, noun bool) []string {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	excused := map[int]bool{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if why, ok := strings.CutPrefix(c.Text, "//nolint:forbidigo //"); ok && strings.TrimSpace(why) != "" {
				excused[set.Position(c.Pos()).Line] = true
			}
		}
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		at := set.Position(sel.Pos())
		if why := reason(x.Name, sel.Sel.Name, noun); why != "" && !excused[at.Line] {
			out = append(out, fmt.Sprintf("%s: %s.%s: %s", at, x.Name, sel.Sel.Name, why))
		}
		return true
	})
	return out
}

// TestFencesHold breaks the rules one by one: a fence that lets these through keeps nothing out.
func TestFencesHold(t *testing.T) {
	for _, tt := range []struct{ room, imports, deps, says string }{
		{"internal/skill", "tenarai/internal/practice", "", "to its right"},
		{"internal/member", "tenarai/internal/store", "", "to its right"},
		{"internal/member", "context", "", "a noun has no context"},
		{"internal/member", "time", "", ""},
		{"internal/course", "github.com/goccy/go-yaml", "", "only coursefile may"},
		{"internal/desk", "gorm.io/gorm/clause", "", "only store may"},
		{"internal/desk", "tenarai/internal/pdf", "", "the deeds know"},
		{"internal/desk", "tenarai/internal/store", "", ""},
		{"internal/match", "tenarai/internal/practice", "", "raw marks"},
		{"internal/match", "tenarai/internal/job", "tenarai/internal/practice", "reaches practice"},
		{"internal/mail", "tenarai/internal/web", "", "nobody leans on the pages"},
		{"internal/web", "tenarai/internal/store", "", "through desk"},
		{"internal/web", "tenarai/templates", "", "handed on as fs.FS"},
		{"internal/web", "github.com/labstack/echo/v4/middleware", "", ""},
		{"internal/utils", "", "", "not on the map"},
		{"cmd/tenarai", "tenarai/internal/web", "", ""},
	} {
		p := listed{ImportPath: "tenarai/" + tt.room, Imports: strings.Fields(tt.imports), Deps: strings.Fields(tt.deps)}
		got := strings.Join(broken(p), "\n")
		if tt.says == "" && got != "" || !strings.Contains(got, tt.says) {
			t.Errorf("%s importing %q: said %q, want %q", tt.room, tt.imports, got, tt.says)
		}
	}
	source := "package p\nimport \"time\"\nvar a = time.Now\nvar b = time.Now() //nolint:forbidigo // measures the machine\nvar c = time.Now() //nolint:forbidigo\n"
	got := forbiddenCalls("p.go", []byte(source), false)
	if len(got) != 2 || !strings.HasPrefix(got[0], "p.go:3:") || !strings.HasPrefix(got[1], "p.go:5:") {
		t.Errorf("found %q, want the calls without an excuse in lines 3 and 5", got)
	}
	source = "package p\nimport \"math/rand/v2\"\nvar a = rand.New(rand.NewPCG(1, 2)).IntN(6)\nvar b = rand.IntN(6)\n"
	if got := forbiddenCalls("p.go", []byte(source), true); len(got) != 1 || !strings.HasPrefix(got[0], "p.go:4:") {
		t.Errorf("found %q, want the call without a seed in line 4", got)
	}
}
