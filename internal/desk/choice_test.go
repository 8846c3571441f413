package desk

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

var noon = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// twoCourses have three items each: a lesson l, a quiz q, and a work w of an hour, which proves OFF-03 alone.
func twoCourses() *course.Catalog {
	catalog := &course.Catalog{}
	for _, slug := range []string{"a", "b"} {
		item := func(name string, kind course.Kind, minutes int) *course.Item {
			return &course.Item{Ref: course.Ref{Course: slug, Module: "m", Item: name}, Kind: kind, Minutes: minutes}
		}
		w := item("w", course.KindAssignment, 60)
		w.Assignment = &course.Assignment{Rubric: course.Rubric{Rows: []course.Criterion{{ID: "r", Skill: "OFF-03", Proves: skill.Alone}}}}
		catalog.Courses = append(catalog.Courses, &course.Course{Slug: slug, Modules: []*course.Module{{Slug: "m", Items: []*course.Item{
			item("l", course.KindLesson, 10), item("q", course.KindQuiz, 15), w,
		}}}})
	}
	return catalog
}

// begun is a course with what is done of it, last worked on so many hours ago; below zero: never.
func begun(c *course.Course, hours int, done ...string) runFacts {
	r := runFacts{course: c, run: cohort.CourseRun{ID: 1, Course: c.Slug}, done: map[string]time.Time{}}
	if hours >= 0 {
		r.run.LastActivity = noon.Add(-time.Duration(hours) * time.Hour)
	}
	for _, d := range done {
		r.done["m/"+d] = noon
	}
	return r
}

func lines(ready bool, missing ...readiness.Missing) []ReadyLine {
	return []ReadyLine{{Bar: readiness.Bar{JobType: "data-entry"}, Readiness: readiness.Readiness{Ready: ready, Missing: missing}}}
}

// withWay is one job type with what is left on the shortest way to it.
func withWay(way []*course.Item, missing ...readiness.Missing) []ReadyLine {
	out := lines(false, missing...)
	out[0].Way.Items = way
	return out
}

// The one next thing: what came back before what is due, before the course worked on last, before a new one, before what
// is missing for a job, before the jobs, before waiting.
func TestChooseNext(t *testing.T) {
	catalog := twoCourses()
	a, b := catalog.Courses[0], catalog.Courses[1]
	sub := func(id practice.SubmissionID, slug string, turn practice.Turn, attempts int, due time.Duration) practice.Submission {
		s := practice.Submission{ID: id, Ref: course.Ref{Course: slug, Module: "m", Item: "w"}, Turn: turn, Attempts: attempts, TurnSince: noon}
		if due != 0 {
			s.Due = noon.Add(due)
		}
		return s
	}
	returned, due := sub(7, "b", practice.WithTrainee, 1, 0), sub(8, "a", practice.WithTrainee, 0, nearlyDue-time.Millisecond)
	hours := readiness.Missing{Rule: readiness.RuleHours, Key: "hours"}
	eye := readiness.Missing{Rule: readiness.RuleSkills, Key: "assessors", Skill: "OFF-03"}
	pieces := readiness.Missing{Rule: readiness.RuleSkills, Key: "pieces", Skill: "OFF-03"}
	all := []string{"l", "q", "w"}
	both := []runFacts{begun(a, 1, all...), begun(b, 1, all...)}
	onWay := withWay(b.Items()[1:], pieces, hours)
	for _, c := range []struct {
		name    string
		courses []runFacts
		subs    []practice.Submission
		ready   []ReadyLine
		want    NextKind
		item    string // "course/item"
	}{
		{"in no course", nil, nil, lines(false, hours), NextNothing, ""},
		{"in a course that was not begun", []runFacts{begun(a, -1)}, nil, lines(false, hours), NextStart, "a/l"},
		{"in the midst", []runFacts{begun(a, 5, "l")}, nil, nil, NextContinue, "a/q"},
		{"a gap in the midst", []runFacts{begun(a, 5, "l", "w")}, nil, nil, NextContinue, "a/q"},
		{"the course worked on last", []runFacts{begun(a, 5, "l"), begun(b, 1, "l")}, nil, nil, NextContinue, "b/q"},
		{"a begun one before a new one", []runFacts{begun(a, -1), begun(b, 100, "l")}, nil, nil, NextContinue, "b/q"},
		{"the next course after a finished one", []runFacts{begun(a, 1, all...), begun(b, -1)}, nil, nil, NextStart, "b/l"},
		{"two new ones: the first", []runFacts{begun(a, -1), begun(b, -1)}, nil, nil, NextStart, "a/l"},
		{"past what is with a mentor", []runFacts{begun(a, 1, "l", "q"), begun(b, -1)}, []practice.Submission{sub(1, "a", practice.WithMentor, 1, 0)}, nil, NextStart, "b/l"},
		{"what came back goes first", []runFacts{begun(a, 1)}, []practice.Submission{due, returned}, lines(true), NextMend, "b/w"},
		{"what is due goes before the course", []runFacts{begun(b, 1, "l")}, []practice.Submission{due}, nil, NextDue, "a/w"},
		{"what is overdue too", []runFacts{begun(b, 1, "l")}, []practice.Submission{sub(1, "a", practice.WithTrainee, 0, -time.Hour)}, nil, NextDue, "a/w"},
		{"not what is due later", []runFacts{begun(b, 1, "l")}, []practice.Submission{sub(1, "a", practice.WithTrainee, 0, nearlyDue)}, nil, NextContinue, "b/q"},
		{"not what is opened without a deadline", []runFacts{begun(b, 1, "l")}, []practice.Submission{sub(1, "a", practice.WithTrainee, 0, 0)}, nil, NextContinue, "b/q"},
		{"not what is due and with a mentor", []runFacts{begun(b, 1, "l")}, []practice.Submission{sub(1, "a", practice.WithMentor, 1, 1)}, nil, NextContinue, "b/q"},
		{"all of one course done: the shortest way before the hours", []runFacts{begun(a, 1, all...)}, nil, onWay, NextStart, "b/q"},
		{"the way, past what is with a mentor", []runFacts{begun(a, 1, all...)}, []practice.Submission{sub(1, "b", practice.WithMentor, 1, 0)}, withWay(b.Items()[2:], hours), NextGap, ""},
		{"her own course before the way", []runFacts{begun(a, 1, "l")}, nil, onWay, NextContinue, "a/q"},
		{"all done, hours missing", both, nil, lines(false, pieces, hours), NextGap, ""},
		{"all done, a second mentor's eye missing", both, nil, lines(false, eye), NextGap, ""},
		{"all done and ready", both, nil, lines(true), NextJobs, ""},
		{"ready while something waits", both, []practice.Submission{sub(1, "a", practice.WithMentor, 1, 0)}, lines(true), NextJobs, ""},
		{"only waiting", both, []practice.Submission{sub(1, "a", practice.WithMentor, 1, 0)}, lines(false, pieces), NextWait, ""},
		{"what cannot be done now is no next thing", both, nil, lines(false, pieces), NextNothing, ""},
		{"an assignment no longer taught is nobody's next thing", both, []practice.Submission{sub(1, "gone", practice.WithTrainee, 1, 1)}, lines(true), NextJobs, ""},
	} {
		f := nextFacts{now: noon, courses: c.courses, submissions: c.subs, readiness: c.ready, fixes: map[practice.SubmissionID]store.ReturnedWork{7: {Fixes: 2, Mentor: "伊藤"}}}
		n := chooseNext(catalog, f)
		item := ""
		if n.Item != nil {
			item = n.Item.Ref.Course + "/" + n.Item.Ref.Item
		}
		if n.Kind != c.want || item != c.item {
			t.Errorf("%s: %s %s, want %s %s", c.name, n.Kind, item, c.want, c.item)
		}
		if n.Kind == NextMend && (n.Fixes != 2 || n.Mentor != "伊藤" || !n.Since.Equal(noon)) {
			t.Errorf("%s: %+v", c.name, n)
		}
		if n.Kind == NextGap && (n.JobType != "data-entry" || n.Missing.Key == "pieces" || n.Missing.Key == "") {
			t.Errorf("%s: %+v", c.name, n)
		}
	}
}

// The way to a job type holds what is not done, once, the quickest pieces first, and its minutes are theirs.
func TestWay(t *testing.T) {
	catalog := twoCourses()
	catalog.Courses[1].Modules[0].Items[2].Minutes = 40 // the second course's work is the quicker one
	a, b := catalog.Courses[0], catalog.Courses[1]
	d := New(Config{Catalog: catalog})
	bar := readiness.Bar{JobType: "data-entry", Base: "a", Requires: []readiness.Requirement{{Skill: "OFF-03", Level: skill.Alone}, {Skill: "SEC-01", Level: skill.Alone}}}
	miss := func(keys ...string) (out []readiness.Missing) {
		for _, k := range keys {
			m := readiness.Missing{Key: k, Skill: "OFF-03", Need: 1}
			if k == "quiz" {
				m.Quiz = "m/q"
			}
			out = append(out, m)
		}
		return out
	}
	two := miss("pieces")
	two[0].Need = 2
	many := miss("pieces")
	many[0].Need = 9
	unproven := miss("pieces")
	unproven[0].Skill = "SEC-01"
	eyes := append(miss("assessors"), miss("assessors")...)
	eyes[1].Skill = "SEC-01"
	record := skill.Record{
		{Skill: "OFF-03", Level: skill.Alone, Evidence: skill.Evidence{Piece: 4}},
		{Skill: "SEC-01", Level: skill.Alone, Evidence: skill.Evidence{Piece: 4}},
		{Skill: "OFF-03", Level: skill.WithModel, Evidence: skill.Evidence{Piece: 5}},
	}
	for _, c := range []struct {
		name    string
		missing []readiness.Missing
		courses []runFacts
		want    string
		minutes int
		looks   []practice.SubmissionID
	}{
		{"nothing", nil, nil, "", 0, nil},
		{"the whole base", miss("base"), nil, "a/l a/q a/w", 85, nil},
		{"the rest of the base", miss("base"), []runFacts{begun(a, 1, "l")}, "a/q a/w", 75, nil},
		{"a quiz, though passed", miss("quiz"), []runFacts{begun(a, 1, "l", "q", "w")}, "a/q", 15, nil},
		{"a quiz of the base counts once", miss("base", "quiz"), nil, "a/l a/q a/w", 85, nil},
		{"the quickest piece", miss("pieces"), nil, "b/w", 40, nil},
		{"both pieces", two, nil, "b/w a/w", 100, nil},
		{"more than there are", many, nil, "b/w a/w", 100, nil},
		{"the piece that is not passed", miss("pieces"), []runFacts{begun(b, 1, "w")}, "a/w", 60, nil},
		{"a piece of the base counts", miss("base", "pieces"), nil, "a/l a/q a/w", 85, nil},
		{"a fresh one for an old one", miss("old"), []runFacts{begun(b, 1, "w")}, "a/w", 60, nil},
		{"what nothing proves", unproven, nil, "", 0, nil},
		{"what is no matter of learning", miss("hours", "hours_old", "consent"), nil, "", 0, nil},
		{"another mentor's eye", miss("assessors"), nil, "", 0, []practice.SubmissionID{4}},
		{"one piece for two skills", eyes, nil, "", 0, []practice.SubmissionID{4}},
	} {
		w := d.way(bar, readiness.Readiness{Missing: c.missing}, record, nextFacts{now: noon, courses: c.courses})
		var names []string
		minutes := 0
		for _, it := range w.Items {
			names = append(names, it.Ref.Course+"/"+it.Ref.Item)
			minutes += it.Minutes
		}
		if got := strings.Join(names, " "); got != c.want || w.Minutes != c.minutes || w.Minutes != minutes || w.Lessons+w.Quizzes+w.Assignments != len(w.Items) || !slices.Equal(w.SecondLook, c.looks) {
			t.Errorf("%s: %q, %d minutes, %+v; want %q, %d, %v", c.name, got, w.Minutes, w, c.want, c.minutes, c.looks)
		}
	}
}

// What a file is called is one line of at most 120 characters without anything that could be a path or a command.
func TestFileName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.OneOf(rapid.String(), rapid.StringMatching(`(\.\./|C:\\|/)?[a-zé𠮷\x00\n\x{202e}\x{200b}\x{fffd} .]{0,150}(\.csv)?`)).Draw(t, "given")
		if rapid.Bool().Draw(t, "broken") {
			given += "\xff.csv"
		}
		got := fileName(given)
		bad := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }
		if got == "" || !utf8.ValidString(got) || utf8.RuneCountInString(got) > 120 || strings.ContainsAny(got, `/\`) || strings.ContainsFunc(got, bad) || strings.TrimSpace(got) != got {
			t.Fatalf("%q is called %q", given, got)
		}
		if again := fileName(got); again != got {
			t.Fatalf("%q, and then %q", got, again)
		}
	})
	for given, want := range map[string]string{
		"台帳 1.csv": "台帳 1.csv", `C:\Users\葵\台帳.csv`: "台帳.csv", "../../etc/passwd": "passwd", "": "file", "a/": "file", "\u202egpj.exe": "gpj.exe",
		strings.Repeat("長", 200) + ".xlsx": strings.Repeat("長", 100) + strings.Repeat("長", 15) + ".xlsx",
	} {
		if got := fileName(given); got != want {
			t.Errorf("%q is called %q, want %q", given, got, want)
		}
	}
}

// A content agrees with the endings that promise it and with no other; no page or drawing that could hold a script agrees with any.
func TestAgrees(t *testing.T) {
	endings := []string{"csv", "txt", "md", "tsv", "xlsx", "docx", "pdf", "jpg", "jpeg", "png", "heic", "heif", "json", "svg", "html", "exe", ""}
	plain := []string{"csv", "txt", "md", "tsv"}
	for kind, want := range map[string][]string{
		"text/plain; charset=utf-8": plain, "text/csv": plain, "application/octet-stream": plain, "application/pdf": {"pdf"}, "image/png": {"png"}, "image/jpeg": {"jpg", "jpeg"},
		"image/heic": {"heic", "heif"}, "image/heif-sequence": {"heic", "heif"},
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       {"xlsx"},
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": {"docx"},
		"application/json": {"json"}, "application/ld+json": {"json"},
		"text/html; charset=utf-8": nil, "text/html": nil, "text/xml; charset=utf-8": nil, "image/svg+xml": nil, "application/zip": nil, "image/tiff": nil, "application/x-elf": nil, "": nil,
	} {
		for _, e := range endings {
			if got := agrees(e, kind); got != slices.Contains(want, e) {
				t.Errorf("%q as %q: %v", kind, e, got)
			}
		}
	}
}
