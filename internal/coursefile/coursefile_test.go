package coursefile

import (
	"slices"
	"strings"
	"testing"

	"tenarai/internal/course"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

func TestACleanFolderIsReadWhole(t *testing.T) {
	lib, mistakes := town(t).load()
	if err := mistakes.Err(); err != nil {
		t.Fatal(err)
	}
	c := lib.Catalog.Course("basics")
	if c == nil || lib.Catalog.Courses[0] != c || c.Code != "B1" || !c.Complete("en") || c.Minutes() != 150 {
		t.Fatalf("basics is read as %+v", c)
	}
	var kinds []course.Kind
	for _, it := range c.Items() {
		kinds = append(kinds, it.Kind)
	}
	if want := []course.Kind{course.KindLesson, course.KindQuiz, course.KindAssignment, course.KindAssignment}; !slices.Equal(kinds, want) {
		t.Errorf("kinds are %v, want %v", kinds, want)
	}
	lesson := c.Item("start", "order-sheet")
	if lesson.Title.JA != "注文書を読む" || lesson.Title.EN != "Reading an order" || lesson.Device != course.Phone {
		t.Errorf("the lesson is read as %+v", lesson)
	}
	for _, lang := range []string{"ja", "en"} {
		r, had := lesson.Lesson.Body.In(lang)
		if !had || len(r.Headings) != 2 || r.Headings[1].ID != "s-2" || !slices.Equal(r.Words, []int{0}) {
			t.Errorf("%s: headings %v, words %v", lang, r.Headings, r.Words)
		}
	}
	ledger := c.Item("start", "ledger").Assignment
	if ledger.Deliver.Name != "daicho_{number}.csv" || ledger.DueWorkingDays != 5 || ledger.Check.Permille != 5 ||
		!strings.HasPrefix(string(ledger.Check.Answer), "番号,") || strings.TrimSpace(ledger.Starter.EN) != "Number:" {
		t.Errorf("the ledger is read as %+v", ledger)
	}
	if row, ok := ledger.Rubric.Row("accuracy"); !ok || !row.Star || row.Proves != skill.Alone || row.Levels[3].EN != "None" {
		t.Errorf("the row is read as %+v", row)
	}
	if got := lib.Bars; len(got) != 1 || got[0].Pieces != 2 || !slices.Equal(got[0].Later, []readiness.Rule{"R2", "R4"}) {
		t.Errorf("the bars are read as %+v", got)
	}
}

func TestTenPlantedMistakesAreAllFoundAtOnce(t *testing.T) {
	f := town(t)
	const start = "basics/start/"
	f.swap(t, start+"letter/assignment.yaml", "skill: SEC-01", "skill: SEC-99")
	f.swap(t, start+"quiz.yaml", "- id: which", "- id: how-many")
	f.swap(t, "typing/keys/list/assignment.yaml", "  pass: {min_total_percent: 65, no_zero: true}\n", "")
	f.swap(t, start+"ledger/assignment.yaml", "{ja: 元データ, en: Data}", "{ja: 元データ}")
	f.swap(t, start+"order-sheet.ja.md", "(quiz)", "(quizz)")
	f.swap(t, start+"order-sheet.en.md", "pictures/bowl.png", "pictures/bowls.png")
	f.swap(t, "jobtypes.yaml", "skill: OFF-03, level: 2", "skill: OFF-03, level: 3")
	f.swap(t, start+"order-sheet.en.md", "## Try it", "### Try it")
	f["typing/keys/forgotten.ja.md"] = "---\ntitle: x\n---\n"
	f.remove("typing/keys/home-row.ja.md")

	lib, mistakes := f.load()
	mistakes = append(mistakes, lib.Gone([]course.Ref{{Course: "basics", Module: "start", Item: "old-name"}})...)
	f.expect(
		t, mistakes,
		want{start + "letter/assignment.yaml", "SEC-99", "unknown skill"},
		want{start + "quiz.yaml", "  - id: how-many\n    choose: many", "duplicate id"},
		want{"typing/keys/list/assignment.yaml", "rubric:", "no pass rule"},
		want{start + "ledger/assignment.yaml", "元データ", "English text is missing"},
		want{start + "order-sheet.ja.md", "(quizz)", "broken link"},
		want{start + "order-sheet.en.md", "bowls.png", "picture basics/start/pictures/bowls.png is missing"},
		want{"jobtypes.yaml", "level: 3", "1 assignments prove OFF-03 at level 3"},
		want{start + "order-sheet.en.md", "### Try it", "heading 2 is of level 3"},
		want{"jobtypes.yaml", "SEC-01", "1 assignments prove SEC-01"}, // what follows from the unknown skill
		want{"typing/keys/forgotten.ja.md", "", "is not listed"},
		want{"typing/keys/module.yaml", "items:", "\"home-row\" is listed"},
		want{start + "order-sheet.ja.md", "別の講座", "broken link"}, // … and from the missing lesson
		want{start + "order-sheet.en.md", "another course", "broken link"},
		want{start + "module.yaml", "items:", "/courses/basics/start/old-name has vanished"},
	)
}

func TestVanishedNamesOnlyWhatIsGone(t *testing.T) {
	lib, _ := town(t).load()
	used := []course.Ref{
		{Course: "gone"},
		{Course: "basics"},
		{Course: "basics", Module: "start", Item: "quiz"},
		{Course: "basics", Module: "start", Item: "z"},
		{Course: "basics", Module: "start", Item: "z"},
		{Course: "basics", Module: "end", Item: "quiz"},
	}
	got := Vanished(lib.Catalog, used)
	want := []course.Ref{{Course: "basics", Module: "end", Item: "quiz"}, {Course: "basics", Module: "start", Item: "z"}, {Course: "gone"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := lib.Gone(used); len(got) != 3 || got[0].String() != "basics/course.yaml:14: /courses/basics/end/quiz has vanished, though people have worked on it: a renamed or removed item needs a migration" {
		t.Errorf("got\n%s", got)
	}
	var everything []course.Ref
	for _, c := range lib.Catalog.Courses {
		for _, it := range c.Items() {
			everything = append(everything, it.Ref)
		}
	}
	if got := Vanished(lib.Catalog, everything); len(got) != 0 {
		t.Errorf("%v is there", got)
	}
}

func TestSummariesAddUp(t *testing.T) {
	lib, _ := town(t).load()
	for _, s := range Summaries(lib.Catalog) {
		sum := 0
		for _, m := range s.Modules {
			sum += m.Minutes
		}
		if sum != s.Minutes || sum == 0 {
			t.Errorf("%s has %d minutes, its modules %d", s.Slug, s.Minutes, sum)
		}
	}
	want := "B1 basics: 150 min (2 h 30)\n  start                      4 items  150 min (2 h 30)\n"
	if got := Summaries(lib.Catalog)[0].String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyMaterialsAndPicturesAreServed(t *testing.T) {
	lib, _ := town(t).load()
	ledger := course.Ref{Course: "basics", Module: "start", Item: "ledger"}
	lesson := course.Ref{Course: "basics", Module: "start", Item: "order-sheet"}
	for _, k := range []struct {
		ref        course.Ref
		name, kind string
	}{
		{ledger, "materials/page.png", "image/png"},
		{ledger, "read-aloud.txt", "text/plain; charset=utf-8"},
		{ledger, "pictures/bowl.png", "image/png"},
		{lesson, "pictures/bowl.png", "image/png"},
	} {
		if content, kind, ok := lib.File(k.ref, k.name); !ok || kind != k.kind || len(content) == 0 {
			t.Errorf("%s of %s: %q, %d bytes, %v", k.name, k.ref.Item, kind, len(content), ok)
		}
	}
	for _, name := range []string{
		"answer/ledger.csv", "materials/../answer/ledger.csv", "../answer/ledger.csv", "ledger.csv", "notes.ja.md", "assignment.yaml",
		"materials/", "materials", "", ".", "/", "pictures/../order-sheet.ja.md", "materials/page.png/", "pictures/page.png",
	} {
		if _, _, ok := lib.File(ledger, name); ok {
			t.Errorf("%q is served", name)
		}
	}
	if _, _, ok := lib.File(lesson, "materials/page.png"); ok {
		t.Error("a lesson serves the materials of an assignment")
	}
	if _, _, ok := lib.File(course.Ref{Course: "basics"}, "pictures/bowl.png"); ok {
		t.Error("a course serves files")
	}
}

// A hash changes with what a person is judged by, and with nothing else.
func TestHashesNameWhatIsJudged(t *testing.T) {
	type hashes struct{ quiz, ledger, rubric, letter string }
	take := func(f folder) hashes {
		lib, _ := f.load()
		c := lib.Catalog.Course("basics")
		l := c.Item("start", "ledger").Assignment
		return hashes{c.Item("start", "quiz").Quiz.Hash, l.Hash, l.Rubric.Hash, c.Item("start", "letter").Assignment.Hash}
	}
	before := take(town(t))
	if len(before.quiz) != 64 || before != take(town(t)) {
		t.Fatalf("hashes are not stable: %v", before)
	}
	for _, k := range []struct {
		name, file, old, with string
		quiz, ledger, rubric  bool
	}{
		{"right answer", "quiz.yaml", "{ja: 四つ, en: Four,", "{ja: 五つ, en: Five,", true, false, false},
		{"pass mark", "quiz.yaml", "pass_percent: 80", "pass_percent: 70", true, false, false},
		{"minutes of a quiz", "quiz.yaml", "minutes: 10", "minutes: 12", false, false, false},
		{"order", "ledger/brief.ja.md", "台帳を表に", "台帳をCSVに", false, true, false},
		{"material", "ledger/materials/read-aloud.txt", "三つ", "四つ", false, true, false},
		{"hidden answer", "ledger/answer/ledger.csv", "箸,10", "箸,12", false, true, false},
		{"descriptor", "ledger/assignment.yaml", "少ない", "わずか", false, true, true},
		{"rule", "ledger/assignment.yaml", "percent: 65", "percent: 70", false, true, true},
		{"note for mentors", "ledger/notes.ja.md", "数を", "字を", false, false, false},
		{"named fix", "ledger/assignment.yaml", "数え直す", "見直す", false, false, false},
		{"reference time", "ledger/assignment.yaml", "minutes: 90", "minutes: 80", false, false, false},
	} {
		t.Run(k.name, func(t *testing.T) {
			f := town(t)
			f.swap(t, "basics/start/"+k.file, k.old, k.with)
			after := take(f)
			if (after.quiz != before.quiz) != k.quiz || (after.ledger != before.ledger) != k.ledger ||
				(after.rubric != before.rubric) != k.rubric || after.letter != before.letter {
				t.Errorf("changed: quiz %v, assignment %v, rubric %v, other %v", after.quiz != before.quiz,
					after.ledger != before.ledger, after.rubric != before.rubric, after.letter != before.letter)
			}
		})
	}
}
