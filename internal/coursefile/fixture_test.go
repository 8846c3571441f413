package coursefile

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// folder is a courses folder in memory.
type folder map[string]string

// town is a small, complete courses folder without a mistake: one course in both languages, one in Japanese.
func town(t testing.TB) folder {
	t.Helper()
	b, err := os.ReadFile("testdata/town.txtar")
	if err != nil {
		t.Fatal(err)
	}
	f := folder{}
	for _, part := range strings.Split("\n"+string(b), "\n-- ")[1:] {
		name, content, ok := strings.Cut(part, " --\n")
		if !ok {
			t.Fatalf("no file name in %.40q", part)
		}
		for _, who := range []string{"千葉", "菅原", "藤原"} {
			content = strings.ReplaceAll(content, "FILL "+who, filler(who))
		}
		f[name] = content + "\n"
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	f["basics/start/pictures/bowl.png"] = picture.String()
	f["basics/start/ledger/materials/page.png"] = picture.String()
	return f
}

// filler is about a thousand letters about one person.
func filler(who string) string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "%sさんは%d番目の箱に、漆の椀をていねいに並べて数えました。\n", who, i+1)
	}
	return strings.TrimSpace(b.String())
}

func (f folder) fs() fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range f {
		m[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

func (f folder) load() (*Library, Mistakes) { return Load(f.fs()) }

// swap replaces a text that must occur in a file exactly once.
func (f folder) swap(t testing.TB, file, old, with string) {
	t.Helper()
	if n := strings.Count(f[file], old); n != 1 {
		t.Fatalf("%s has %q %d times", file, old, n)
	}
	f[file] = strings.Replace(f[file], old, with, 1)
}

// lineOf is the line a text stands in, for the first time; 1 for the empty text.
func (f folder) lineOf(t testing.TB, file, needle string) int {
	t.Helper()
	before, _, ok := strings.Cut(f[file], needle)
	if needle != "" && !ok {
		t.Fatalf("%s has no %q", file, needle)
	}
	if needle == "" {
		return 1
	}
	return strings.Count(before, "\n") + 1
}

func (f folder) remove(prefix string) {
	maps.DeleteFunc(f, func(name, _ string) bool { return name == prefix || strings.HasPrefix(name, prefix+"/") })
}

// want is a mistake that must be found: its file, a text that stands in its line, and words of its message.
type want struct{ file, at, says string }

// expect demands exactly the mistakes wanted.
func (f folder) expect(t *testing.T, got Mistakes, wanted ...want) {
	t.Helper()
	rest := slices.Clone(got)
	for _, w := range wanted {
		line := f.lineOf(t, w.file, w.at)
		i := slices.IndexFunc(rest, func(m Mistake) bool {
			return m.File == w.file && m.Line == line && strings.Contains(m.Message, w.says)
		})
		if i < 0 {
			t.Errorf("not found: %s:%d: …%s…", w.file, line, w.says)
			continue
		}
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) > 0 {
		t.Errorf("found besides:\n%s", rest)
	}
	if t.Failed() {
		t.Logf("all that was found:\n%s", got)
	}
}

// plus is the town with a file more.
func (f folder) plus(file, content string) folder {
	f[path.Clean(file)] = content
	return f
}
