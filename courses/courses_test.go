package courses_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenarai/courses"
	"tenarai/internal/coursefile"
)

// What stands in the folder stands in the binary, byte for byte.
func TestNothingIsMissingInTheBinary(t *testing.T) {
	seen := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != "." && strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), "~")
		switch {
		case hidden && e.IsDir():
			return fs.SkipDir
		case hidden, e.IsDir(), filepath.Ext(name) == ".go":
			return nil
		}
		want, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		got, err := courses.FS.ReadFile(name)
		if err != nil {
			t.Errorf("%s is not in the binary: name its folder in courses.go, and begin no name with _", name)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s differs in the binary", name)
		}
		seen++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 3 {
		t.Fatalf("only %d files found", seen)
	}
}

// The house's own courses have no mistakes.
func TestCoursesHaveNoMistakes(t *testing.T) {
	lib, mistakes := coursefile.Load(courses.FS)
	for _, m := range mistakes {
		t.Error("courses/" + m.String())
	}
	if len(lib.Catalog.Courses) == 0 {
		t.Error("there are no courses")
	}
}
