package coursefile

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"tenarai/internal/course"
	"tenarai/internal/practice"
	"tenarai/internal/skill"
)

// townWithPortfolios is the small town with the house's own pattern of portfolios.
func townWithPortfolios(t testing.TB) folder {
	t.Helper()
	f := town(t)
	house := os.DirFS("../../courses")
	err := fs.WalkDir(house, course.PriorSlug, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(house, name)
		f[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every skill gets a portfolio of its own, judged by the words of its own levels; nothing else is taught for it.
func TestPortfolios(t *testing.T) {
	f := townWithPortfolios(t)
	l, mistakes := f.load()
	f.expect(t, mistakes)
	c := l.Catalog
	if len(c.Courses) != 2 || c.Prior == nil || c.Course(course.PriorSlug) != c.Prior {
		t.Fatalf("%d courses, portfolios %v", len(c.Courses), c.Prior)
	}
	if len(c.Prior.Items()) != len(c.Skills) {
		t.Errorf("%d portfolios for %d skills", len(c.Prior.Items()), len(c.Skills))
	}
	hashes := map[string]bool{}
	for _, s := range c.Skills {
		it := c.Item(course.Portfolio(s.ID))
		if it == nil || !it.Ref.Prior() || it.Ref.Item != strings.ToLower(string(s.ID)) {
			t.Fatalf("no portfolio for %s: %+v", s.ID, it)
		}
		if want := "作品（ポートフォリオ）：" + s.Title.JA; it.Title.JA != want || it.Title.EN != "Portfolio: "+s.Title.EN {
			t.Errorf("it is called %q", it.Title)
		}
		a := it.Assignment
		row, _ := a.Rubric.Row(skillRow)
		if !row.Star || row.Skill != s.ID || row.Proves != skill.Alone || strings.Contains(row.Title.JA, "{") {
			t.Errorf("the row of %s: %+v", s.ID, row)
		}
		for n := skill.WithModel; n <= skill.Checks; n++ {
			if row.Levels[n] != s.Levels[n] {
				t.Errorf("%s: %d means %q", s.ID, n, row.Levels[n])
			}
		}
		if hashes[a.Hash] || hashes[a.Rubric.Hash] || a.Hash == "" || a.Rubric.Hash == "" {
			t.Errorf("%s has no hash of its own", s.ID)
		}
		hashes[a.Hash], hashes[a.Rubric.Hash] = true, true
		for _, body := range []course.Body{a.Brief, a.Model, a.Notes} {
			if body["ja"].HTML == "" || body["en"].HTML == "" {
				t.Errorf("%s lacks a text", s.ID)
			}
		}
		if a.DueWorkingDays != 0 || !a.Deliver.Text || !a.Deliver.File || a.Starter.JA == "" || a.Starter.EN == "" {
			t.Errorf("%s: %+v", s.ID, a)
		}
	}
}

// A pass proves the portfolio's skill at level 2, however high its row is marked, and only that skill.
func TestWhatAPortfolioProves(t *testing.T) {
	l, mistakes := townWithPortfolios(t).load()
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	r := l.Catalog.Item(course.Portfolio("OFF-03")).Assignment.Rubric
	for mark := range course.MaxMark + 1 {
		marks := []practice.Mark{}
		for _, row := range r.Rows {
			m := practice.Mark{Row: row.ID, Level: course.Passing}
			if row.ID == skillRow {
				m.Level = mark
			}
			marks = append(marks, m)
		}
		passes := mark >= course.Passing
		if got := practice.Judge(r, marks).Pass; got != passes {
			t.Errorf("marked %d it passes: %v", mark, got)
		}
		proven := practice.Proves(r, marks)
		if passes && (len(proven) != 1 || proven[0].Skill.Skill != "OFF-03" || proven[0].Skill.Proves != skill.Alone) {
			t.Errorf("marked %d it proves %+v", mark, proven)
		}
	}
}

// A further portfolio is the first with another address and title; there is no last, and no list has them.
func TestFurtherPortfolios(t *testing.T) {
	f := townWithPortfolios(t)
	l, mistakes := f.load()
	f.expect(t, mistakes)
	first := l.Catalog.Item(course.Portfolio("OFF-03"))
	for _, n := range []int{2, 17} {
		it := l.Catalog.Item(course.PortfolioN("OFF-03", n))
		if it == nil || it.Ref.Item != fmt.Sprintf("off-03-%d", n) || it.Portfolio.N != n || it.Assignment != first.Assignment || it.Minutes != first.Minutes {
			t.Fatalf("%d: %+v", n, it)
		}
		title := l.Catalog.Skill("OFF-03").Title
		if it.Title.JA != fmt.Sprintf("作品その%d（ポートフォリオ）：%s", n, title.JA) || it.Title.EN != fmt.Sprintf("Portfolio %d: %s", n, title.EN) {
			t.Errorf("it is called %q", it.Title)
		}
	}
	if first.Portfolio.N != 1 || first.Ref != course.PortfolioN("OFF-03", 1) || len(l.Catalog.Prior.Items()) != len(l.Catalog.Skills) {
		t.Errorf("the first: %+v", first.Portfolio)
	}
	for _, item := range []string{"off-03-1", "off-03-02", "off-03-0", "off-03--2", "off-03-x", "off-03-", "off-2", "off-03-2-2", "2"} {
		if it := l.Catalog.Item(course.Ref{Course: course.PriorSlug, Module: course.PriorModule, Item: item}); it != nil {
			t.Errorf("%s is %q", item, it.Title.JA)
		}
	}
	for _, it := range l.Catalog.Courses[0].Items() {
		if it.Portfolio != (course.Nth{}) || l.Catalog.Item(course.Ref{Course: it.Ref.Course, Module: it.Ref.Module, Item: it.Ref.Item + "-2"}) != nil {
			t.Errorf("%s is a portfolio", it.Ref.Path())
		}
	}

	f.swap(t, portfolioFile, "further_title: ", "# further_title: ")
	l, mistakes = f.load()
	f.expect(t, mistakes)
	if it := l.Catalog.Item(course.PortfolioN("OFF-03", 2)); it.Title.EN != first.Title.EN+" 2" || it.Title.JA != first.Title.JA+" 2" {
		t.Errorf("without a title of its own it is called %q", it.Title)
	}
}

// What changes for one skill changes the portfolio of that skill alone; what all share changes all.
func TestPortfolioHashes(t *testing.T) {
	hashes := func(f folder) (security, entry string) {
		l, mistakes := f.load()
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		return l.Catalog.Item(course.Portfolio("SEC-01")).Assignment.Hash, l.Catalog.Item(course.Portfolio("OFF-03")).Assignment.Hash
	}
	security, entry := hashes(townWithPortfolios(t))
	f := townWithPortfolios(t)
	f.swap(t, "skills.yaml", "2: {ja: 二, en: two}\n", "2: {ja: 二つ, en: two}\n")
	if s, e := hashes(f); s != security || e == entry {
		t.Error("another level of OFF-03 must change its portfolio and no other")
	}
	f = townWithPortfolios(t)
	f[course.PriorSlug+"/brief.ja.md"] += "\nもう一文。\n"
	if s, e := hashes(f); s == security || e == entry {
		t.Error("another brief must change every portfolio")
	}
	f = townWithPortfolios(t)
	f[course.PriorSlug+"/notes.ja.md"] += "\nもう一文。\n"
	if s, e := hashes(f); s != security || e != entry {
		t.Error("a hint for mentors makes no other portfolio")
	}
}

func TestMistakesInPortfolios(t *testing.T) {
	const file = portfolioFile
	for _, k := range []struct {
		name     string
		at, with string // swapped in portfolio.yaml
		wants    []want
	}{
		{"no place for the skill", "Portfolio: {skill}", "Portfolio", []want{{file, "item_title", "the en text must have {skill} exactly once"}}},
		{"two places for the skill", "「{skill}」の力", "「{skill}」の力 {skill}", []want{{file, "「{skill}」の力 {skill}", "the ja text must have {skill} exactly once"}}},
		{"no place for the number", "その{number}", "次の作品", []want{{file, "further_title", "the ja text must have {number} exactly once"}}},
		{"a further one of no skill", "Portfolio {number}: {skill}", "Portfolio {number}", []want{{file, "further_title", "the en text must have {skill} exactly once"}}},
		{"unknown key", "device: phone", "due: {working_days: 5}\ndevice: phone", []want{{file, "due:", "unknown key"}}},
		{"no edition", "edition: \"2026-1\"", "", []want{{file, "", "edition: is missing"}}},
		{"no Japanese", "languages: [ja, en]", "languages: [en]", []want{{file, "languages", "always complete in ja"}}},
		{"a level that is none", "proves: 2", "proves: 4", []want{{file, "proves: 4", "whole number from 1 to 3"}}},
		{"a row that proves a skill", "- id: way-of-working", "- id: way-of-working\n      skill: OFF-03\n      proves: 2", []want{
			{file, "skill: OFF-03", "stands under rubric.skill"},
		}},
		{"a row with the skill's id", "- id: way-of-working", "- id: skill", []want{
			{file, "- id: skill", "id of the skill's own row"}, {file, "{row: way-of-working,", "no row \"way-of-working\""},
		}},
		{"a fix for no row", "{row: skill,", "{row: skills,", []want{{file, "{row: skills,", "no row \"skills\""}}},
		{"no words for 0", "none: {ja: 作品からは、この力がまだ分からない, en: \"The work does not show this skill yet\"}", "", []want{{file, "skill:\n", "none: is missing"}}},
	} {
		t.Run(k.name, func(t *testing.T) {
			f := townWithPortfolios(t)
			f.swap(t, file, k.at, k.with)
			_, got := f.load()
			f.expect(t, got, k.wants...)
		})
	}
	t.Run("a missing translation", func(t *testing.T) {
		f := townWithPortfolios(t)
		f.remove(course.PriorSlug + "/notes.en.md")
		_, got := f.load()
		f.expect(t, got, want{course.PriorSlug + "/notes.ja.md", "", "notes.en.md"})
	})
	t.Run("a file too many", func(t *testing.T) {
		f := townWithPortfolios(t).plus(course.PriorSlug+"/course.yaml", "x")
		_, got := f.load()
		f.expect(t, got, want{course.PriorSlug + "/course.yaml", "", "is no part of the portfolios"})
	})
	t.Run("a broken link", func(t *testing.T) {
		f := townWithPortfolios(t)
		f[course.PriorSlug+"/notes.ja.md"] += "\n[別の](nothing)作品。\n"
		_, got := f.load()
		f.expect(t, got, want{course.PriorSlug + "/notes.ja.md", "nothing", "broken link"})
	})
	t.Run("a link to what is not there for everybody", func(t *testing.T) {
		f := townWithPortfolios(t)
		f[course.PriorSlug+"/notes.ja.md"] += "\n[一つめ](/courses/prior-learning/portfolio/off-03)と[二つめ](/courses/prior-learning/portfolio/off-03-2)。\n"
		_, got := f.load()
		f.expect(t, got, want{course.PriorSlug + "/notes.ja.md", "off-03-2", "broken link"})
	})
}

// No bar and no course can rest on portfolios: they are for those who bring something along.
func TestNothingRestsOnPortfolios(t *testing.T) {
	f := townWithPortfolios(t)
	f.swap(t, "jobtypes.yaml", "base: basics", "base: prior-learning")
	f.swap(t, "typing/course.yaml", "needs: [basics]", "needs: [prior-learning]")
	_, got := f.load()
	f.expect(t, got, want{"jobtypes.yaml", "base:", "there is no course"}, want{"typing/course.yaml", "needs:", "no course"})

	f = townWithPortfolios(t)
	f.swap(t, "jobtypes.yaml", "pieces: 2", "pieces: 3")
	if _, got := f.load(); !strings.Contains(got.String(), "nobody can reach this bar") {
		t.Errorf("portfolios count as what is taught: %v", got)
	}
}

// Whoever takes portfolios away while people have work in them is told.
func TestPortfoliosThatVanish(t *testing.T) {
	used := []course.Ref{course.Portfolio("OFF-03"), course.PortfolioN("OFF-03", 2), {Course: course.PriorSlug}}
	l, _ := townWithPortfolios(t).load()
	if gone := l.Gone(used); len(gone) != 0 {
		t.Errorf("they are there: %v", gone)
	}
	l, _ = town(t).load()
	if gone := l.Gone(used[:1]); len(gone) != 1 || gone[0].File != skillsFile || !strings.Contains(gone[0].Message, portfolioFile) {
		t.Errorf("%v", gone)
	}
}
