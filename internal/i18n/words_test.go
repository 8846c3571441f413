package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/net/html"
)

// families are beginnings of keys that the program puts together, with the place that does it. Their keys count as used.
var families = map[string]string{
	"common.":      "the stock that pages draw on, kept whole so that nobody words it twice",
	"role.":        "web: the name of a member.Role",
	"demo.person.": "web: the login page's buttons, by the local part of the address",
	"audit.":       "web: the name of an audit.Event's action",
	"mail.":        "mail: mail.<name>.subject and the like",
	"turn.":        "web: the name of a practice.Turn",
}

// inJS are words that a template hands to the script with a hole the script fills.
var jsHole = regexp.MustCompile(`\{[a-z]+\}`)

const root = "../.."

func book(t testing.TB) *Book {
	t.Helper()
	b, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func placeholders(m *goi18n.Message) []string {
	found := map[string]bool{}
	for _, text := range []string{m.One, m.Other} {
		for _, p := range placeholder.FindAllStringSubmatch(text, -1) {
			found[p[1]] = true
		}
		for _, p := range jsHole.FindAllString(placeholder.ReplaceAllString(text, ""), -1) {
			found[p] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestLanguagesSayTheSame(t *testing.T) {
	b := book(t)
	ja, en := b.In(Japanese).words, b.In(English).words
	for key := range en {
		if ja[key] == nil {
			t.Errorf("%s is missing in Japanese", key)
		}
	}
	for key, m := range ja {
		other := en[key]
		if other == nil {
			t.Errorf("%s is missing in English", key)
			continue
		}
		if a, b := placeholders(m), placeholders(other); !slices.Equal(a, b) {
			t.Errorf("%s: placeholders %v in Japanese, %v in English", key, a, b)
		}
		if strings.Contains(m.Other, "{{.N}}") != (other.One != "") {
			t.Errorf("%s: {{.N}} belongs to plurals, and English plurals have one and other", key)
		}
	}
}

func TestEveryWordRenders(t *testing.T) {
	b := book(t)
	for _, lang := range Languages {
		p := b.In(lang)
		for key, m := range p.words {
			args := []any{}
			for _, name := range placeholders(m) {
				args = append(args, name, "X")
			}
			if !strings.Contains(m.Other, "{{.N}}") {
				if got := p.T(key, args...); strings.Contains(got, "{{") || got == "" {
					t.Errorf("%s in %s renders as %q", key, lang, got)
				}
				continue
			}
			for _, n := range []int{0, 1, 2, 1200} {
				if got := p.TN(key, n, args...); strings.Contains(got, "{{") || !strings.Contains(got, p.Number(int64(n))) {
					t.Errorf("%s in %s for %d renders as %q", key, lang, n, got)
				}
			}
		}
	}
}

func TestWordFilesAreSorted(t *testing.T) {
	names, err := filepath.Glob("locales/*/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`(?m)^(\[?)"([^"]+)"`)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var flat, tables []string
		for _, m := range key.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "[" {
				tables = append(tables, m[2])
			} else {
				flat = append(flat, m[2])
			}
		}
		if !slices.IsSorted(flat) || !slices.IsSorted(tables) {
			t.Errorf("%s is not sorted (plain words first, then the plurals)", name)
		}
	}
}

// Japanese on pages is read by people in a hurry and on a phone: at most 40 characters a sentence, 24 on average.
func TestJapaneseIsShort(t *testing.T) {
	const longest, mean = 40, 24
	ends := regexp.MustCompile(`[。！？\n]`)
	total, n := 0, 0
	for key, m := range book(t).In(Japanese).words {
		if strings.HasPrefix(key, "mail.") {
			continue
		}
		for _, s := range ends.Split(placeholder.ReplaceAllString(m.Other, "○○"), -1) {
			length := utf8.RuneCountInString(s)
			if length == 0 {
				continue
			}
			total, n = total+length, n+1
			if length > longest {
				t.Errorf("%s: %d characters in %q", key, length, s)
			}
		}
	}
	if total > mean*n {
		t.Errorf("the mean sentence has %d characters, more than %d", total/n, mean)
	}
}

// named is a key as the program names it, and where.
type named struct{ key, where string }

var (
	templateCall = regexp.MustCompile(`[({]\s*(?:t|tn)\s+"([^"]+)"`)
	anyString    = regexp.MustCompile(`"([a-z_]+\.[a-zA-Z0-9_.]+)"`)
)

// inTemplates are the keys that templates say, and all strings in them that look like keys.
func inTemplates(t *testing.T) (said []named, strs map[string]bool) {
	t.Helper()
	strs = map[string]bool{}
	walk(t, filepath.Join(root, "templates"), ".html", func(path string, text []byte) {
		for _, m := range templateCall.FindAllSubmatch(text, -1) {
			said = append(said, named{string(m[1]), path})
		}
		for _, m := range anyString.FindAllSubmatch(text, -1) {
			strs[string(m[1])] = true
		}
	})
	return said, strs
}

// keyArgument is the place of the key among the arguments of what takes one.
var keyArgument = map[string]int{
	"T": 0, "TN": 0, "page": 2, "seeOther": 2, "goTo": 1, "saved": 2,
	"problem.At": 1, "problem.Refuse": 0, "problem.Forbid": 0, "problem.Missing": 0, "problem.Clash": 0,
}

// inGo are the keys that Go code says, and all strings in it.
func inGo(t *testing.T) (said []named, strs map[string]bool) {
	t.Helper()
	strs = map[string]bool{}
	for _, folder := range []string{"internal", "cmd"} {
		walk(t, filepath.Join(root, folder), ".go", func(path string, text []byte) {
			if strings.HasSuffix(path, "_test.go") {
				return
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
			if err != nil {
				return // the compiler says it better
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if s, ok := literal(n); ok {
						strs[s], strs["problem."+s] = true, true
					}
				case *ast.CallExpr:
					if key, ok := keyOf(n); ok {
						said = append(said, named{key, path})
					}
				}
				return true
			})
		})
	}
	return said, strs
}

func keyOf(call *ast.CallExpr) (string, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	name, prefix := sel.Sel.Name, ""
	if x, ok := sel.X.(*ast.Ident); ok && x.Name == "problem" {
		name, prefix = "problem."+name, "problem."
	}
	i, ok := keyArgument[name]
	if !ok || i >= len(call.Args) {
		return "", false
	}
	key, ok := literal(call.Args[i])
	return prefix + key, ok && strings.Contains(key, ".")
}

func literal(e ast.Expr) (string, bool) {
	b, ok := e.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(b.Value)
	return s, err == nil
}

func TestEveryKeySaidExists(t *testing.T) {
	p := book(t).In(Japanese)
	inT, _ := inTemplates(t)
	inG, _ := inGo(t)
	if len(inT) < 20 || len(inG) < 10 {
		t.Fatalf("only %d keys found in templates and %d in Go: does this test still look at the right places?", len(inT), len(inG))
	}
	for _, s := range append(inT, inG...) {
		if !p.Has(s.key) {
			t.Errorf("%s says %s, which is in no word list", s.where, s.key)
		}
	}
}

func TestEveryKeyIsUsed(t *testing.T) {
	_, inT := inTemplates(t)
	_, inG := inGo(t)
	for _, key := range book(t).Keys() {
		if inT[key] || inG[key] || inFamily(key) {
			continue
		}
		t.Errorf("%s is used nowhere", key)
	}
}

func inFamily(key string) bool {
	for beginning := range families {
		if strings.HasPrefix(key, beginning) {
			return true
		}
	}
	return false
}

var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// width is a page's class for the layout, not a word.
var width = regexp.MustCompile(`\{\{define "width"\}\}\w+\{\{end\}\}`)

// spoken are the attributes that people read or hear.
var spoken = []string{"alt", "title", "placeholder", "aria-label", "aria-description", "value", "label", "summary"}

// A word that stands in a template is one that only one language has.
func TestNoBareWordsInTemplates(t *testing.T) {
	seen := 0
	walk(t, filepath.Join(root, "templates"), ".html", func(path string, text []byte) {
		seen++
		text = width.ReplaceAll(text, nil)
		for _, word := range bareWords(action.ReplaceAllString(string(text), "")) {
			t.Errorf("%s: %q belongs into a word list", path, word)
		}
	})
	if seen == 0 {
		t.Fatal("no templates found")
	}
}

// bareWords are the words of an HTML text that a reader would see.
func bareWords(text string) (words []string) {
	z := html.NewTokenizer(strings.NewReader(text))
	note := func(s string) {
		if strings.ContainsFunc(s, unicode.IsLetter) {
			words = append(words, strings.TrimSpace(s))
		}
	}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return words
		case html.TextToken:
			note(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			for _, a := range token.Attr {
				readable := slices.Contains(spoken, a.Key)
				if a.Key == "value" { // only a button's value is read; a field's is data
					readable = slices.ContainsFunc(token.Attr, func(b html.Attribute) bool { return b.Key == "type" && b.Val == "submit" })
				}
				if readable {
					note(a.Val)
				}
			}
		}
	}
}

func TestBareWordsAreFound(t *testing.T) {
	for text, want := range map[string]int{
		`<p>今日は</p>`: 1, `<p title="Hello">1</p>`: 1, `<input type="submit" value="Go">`: 1,
		`<p>・ 12 ／ ▲</p>`: 0, `<input type="hidden" name="lang" value="ja">`: 0,
	} {
		if got := bareWords(text); len(got) != want {
			t.Errorf("%s: found %q, want %d", text, got, want)
		}
	}
}

func walk(t *testing.T, folder, ext string, each func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ext {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			each(path, text)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}
