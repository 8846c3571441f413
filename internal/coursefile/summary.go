package coursefile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"tenarai/internal/course"
)

// Summary is how long a course takes: the sum of the minutes of its items.
type Summary struct {
	Slug, Code string
	Title      course.Text
	Minutes    int
	Modules    []ModuleSummary
}

// ModuleSummary is how long a module takes.
type ModuleSummary struct {
	Slug    string
	Title   course.Text
	Items   int
	Minutes int
}

// Summaries are the summaries of all courses, in their order.
func Summaries(c *course.Catalog) []Summary {
	var out []Summary
	for _, k := range c.Courses {
		s := Summary{Slug: k.Slug, Code: k.Code, Title: k.Title, Minutes: k.Minutes()}
		for _, m := range k.Modules {
			s.Modules = append(s.Modules, ModuleSummary{m.Slug, m.Title, len(m.Items), m.Minutes()})
		}
		out = append(out, s)
	}
	return out
}

// String is the summary as lines for a terminal.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n", s.Code, s.Slug, hours(s.Minutes))
	for _, m := range s.Modules {
		fmt.Fprintf(&b, "  %-24s %3d items  %s\n", m.Slug, m.Items, hours(m.Minutes))
	}
	return b.String()
}

func hours(minutes int) string {
	return fmt.Sprintf("%d min (%d h %02d)", minutes, minutes/60, minutes%60)
}

// Vanished are those of the used addresses that the courses no longer have, sorted, each once. People worked on them: a
// course file that was renamed or removed needs a migration. A Ref without module and item is a whole course.
func Vanished(c *course.Catalog, used []course.Ref) []course.Ref {
	var out []course.Ref
	for _, r := range used {
		there := c.Item(r) != nil
		if r.Module == "" && r.Item == "" {
			there = c.Course(r.Course) != nil
		}
		if !there {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b course.Ref) int {
		return cmp.Or(strings.Compare(a.Course, b.Course), strings.Compare(a.Module, b.Module), strings.Compare(a.Item, b.Item))
	})
	return slices.Compact(out)
}

// Gone are the vanished addresses as mistakes, at the list they are missing from.
func (l *Library) Gone(used []course.Ref) Mistakes {
	var out Mistakes
	for _, r := range Vanished(l.Catalog, used) {
		if r.Prior() {
			out.add(skillsFile, 1, "%s has vanished, though people have worked on it: every skill has its portfolio as long as %s is there", r.Path(), portfolioFile)
			continue
		}
		file := path.Join(r.Course, r.Module, moduleFileName)
		name := r.Item
		if r.Module == "" || l.places[file] == nil {
			file, name = path.Join(r.Course, courseFileName), r.Module
		}
		line, listed := l.places[file][name]
		if !listed {
			line = l.places[file][""]
		}
		out.add(file, line, "%s has vanished, though people have worked on it: a renamed or removed item needs a migration", r.Path())
	}
	return out.sorted()
}
