// Package coursefile reads the courses folder (YAML and Markdown, as docs/authoring.md describes it) into course, skill and
// readiness values. It finds every mistake in one go, each with its file and line, and makes the texts into HTML that is
// safe to show: no raw HTML, no style attributes, no scripts, nothing loaded from elsewhere.
package coursefile

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"tenarai/internal/course"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

// Library is everything a courses folder holds. It is never changed after Load.
type Library struct {
	Catalog *course.Catalog
	Bars    []readiness.Bar // in the order of jobtypes.yaml

	fsys   fs.FS
	served map[course.Ref]map[string]string // what an item's page may serve: name → path
	places map[string]map[string]int        // file → what is listed there → its line
}

// Load reads a courses folder. The library is never nil; with mistakes it holds what could be understood and must not be
// served. The folder is kept: File reads from it.
func Load(fsys fs.FS) (*Library, Mistakes) {
	l := &loader{
		Library: &Library{
			Catalog: &course.Catalog{}, fsys: fsys,
			served: map[course.Ref]map[string]string{}, places: map[string]map[string]int{},
		},
		proven: map[skill.ID][]proof{},
	}
	l.skills()
	l.courses()
	l.jobTypes()
	l.prior() // after the job types: no bar rests on portfolios alone
	l.render()
	return l.Library, l.mistakes.sorted()
}

// loader is a library in the making.
type loader struct {
	*Library
	mistakes Mistakes
	files    []courseFile
	texts    []*text
	pictures map[string]bool // of the module being read, by path
	shown    map[string]bool // pictures that some text shows, by path
	proven   map[skill.ID][]proof
}

// proof says that an assignment can prove a skill at a level.
type proof struct {
	ref   course.Ref
	level skill.Level
}

// courseFile is a course and the places in course.yaml that can only be judged when all courses are known.
type courseFile struct {
	*course.Course
	needs []value
	code  value
	order value
}

// read is a text file with Unix line ends. A missing or undecodable one is a mistake at the place that asked for it.
func (l *loader) read(file string, asked value) ([]byte, bool) {
	b, err := fs.ReadFile(l.fsys, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		asked.wrong("%s is missing", file)
		return nil, false
	case err != nil:
		asked.wrong("%s cannot be read: %v", file, err)
		return nil, false
	case !utf8.Valid(b):
		l.mistakes.add(file, 1, "is not UTF-8")
		return nil, false
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), true
}

// yaml is the mapping in a YAML file that must be there.
func (l *loader) yaml(file string) *mapping {
	b, ok := l.read(file, l.at(file))
	if !ok {
		return l.at(file).mapping()
	}
	return parseYAML(file, b, 0, &l.mistakes).mapping()
}

// at is the beginning of a file, for mistakes about the file as a whole.
func (l *loader) at(file string) value { return value{file: file, line: 1, mistakes: &l.mistakes} }

func (l *loader) exists(file string) bool {
	_, err := fs.Stat(l.fsys, file)
	return err == nil
}

// entries are what a folder holds, without what editors and systems leave behind (such names are not embedded either).
func (l *loader) entries(dir string) []fs.DirEntry {
	all, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.mistakes.add(dir, 1, "the folder cannot be read: %v", err)
		}
		return nil
	}
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_") || strings.HasSuffix(e.Name(), "~")
	})
}

// note keeps where a name is listed, so that Gone can point at the place it vanished from.
func (l *loader) note(v value, name string) {
	if l.places[v.file] == nil {
		l.places[v.file] = map[string]int{}
	}
	l.places[v.file][name] = v.line
}

// courses reads every folder, and then what lies between courses.
func (l *loader) courses() {
	l.shown = map[string]bool{}
	for _, e := range l.entries(".") {
		switch {
		case e.IsDir() && e.Name() == course.PriorSlug:
		case e.IsDir():
			l.course(e.Name())
		case e.Name() == skillsFile, e.Name() == jobTypesFile, path.Ext(e.Name()) == ".go":
		default:
			l.mistakes.add(e.Name(), 1, "is no part of the courses: expected here are %s, %s and a folder for each course", skillsFile, jobTypesFile)
		}
	}
	slices.SortStableFunc(l.files, func(a, b courseFile) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.Slug, b.Slug))
	})
	codes, orders := map[string]string{}, map[int]string{}
	for _, f := range l.files {
		if other, twice := codes[f.Code]; twice && f.Code != "" {
			f.code.wrong("duplicate id %q: it is the code of %s too", f.Code, other)
		}
		if other, twice := orders[f.Order]; twice && f.Order != 0 {
			f.order.wrong("%d is the order of %s too", f.Order, other)
		}
		codes[f.Code], orders[f.Order] = f.Slug, f.Slug
		l.Catalog.Courses = append(l.Catalog.Courses, f.Course)
	}
	for _, f := range l.files {
		l.checkNeeds(f)
	}
}

// checkNeeds refuses courses to finish first that do not exist or, through whatever detour, need this one.
func (l *loader) checkNeeds(f courseFile) {
	for i, slug := range f.Needs {
		switch {
		case slug == "":
		case l.Catalog.Course(slug) == nil:
			f.needs[i].wrong("there is no course %q", slug)
		case l.reaches(slug, f.Slug, map[string]bool{}):
			f.needs[i].wrong("%s needs %s, which needs %s: a circle nobody can begin", f.Slug, slug, f.Slug)
		}
	}
}

func (l *loader) reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	c := l.Catalog.Course(from)
	if c == nil || seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(c.Needs, func(n string) bool { return l.reaches(n, to, seen) })
}
