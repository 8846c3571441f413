package coursefile

import (
	"strings"
	"testing"
)

// Each row plants one mistake (or several of a kind) into a clean folder and names all that must be found, no more.
func TestMistakes(t *testing.T) {
	const (
		start  = "basics/start/"
		quiz   = start + "quiz.yaml"
		ja     = start + "order-sheet.ja.md"
		en     = start + "order-sheet.en.md"
		ledger = start + "ledger/assignment.yaml"
		letter = start + "letter/assignment.yaml"
		list   = "typing/keys/list/assignment.yaml"
		home   = "typing/keys/home-row.ja.md"
	)
	swap := func(file, old, with string) func(*testing.T, folder) {
		return func(t *testing.T, f folder) { f.swap(t, file, old, with) }
	}
	add := func(file, content string) func(*testing.T, folder) {
		return func(_ *testing.T, f folder) { f.plus(file, content) }
	}
	remove := func(name string) func(*testing.T, folder) {
		return func(_ *testing.T, f folder) { f.remove(name) }
	}
	for _, k := range []struct {
		name  string
		plant func(*testing.T, folder)
		wants []want
	}{
		{"unknown key", swap(quiz, "draw: 2", "drawn: 2"), []want{{quiz, "drawn", `drawn: unknown key (known here: draw,`}}},
		{"key twice", swap(quiz, "draw: 2", "draw: 2\ndraw: 3"), []want{{quiz, "draw: 3", "stands twice (first in line 4)"}}},
		{"YAML that cannot be parsed", swap("typing/keys/module.yaml", "items: [", "items: {["), []want{
			{"typing/keys/module.yaml", "items", "YAML"},
			{"typing/keys/home-row.ja.md", "", "is not listed"},
			{"typing/keys/list", "", "is not listed"},
			{ja, "別の講座", "broken link"},
			{en, "another course", "broken link"},
			{"jobtypes.yaml", "OFF-03", "nobody can reach"},
		}},
		{"not a number", swap(quiz, "minutes: 10", "minutes: ten"), []want{{quiz, "ten", "whole number"}}},
		{"bad minutes", swap(ja, "minutes: 20", "minutes: 0"), []want{{ja, "minutes", "whole number from 1"}}},
		{"bad device", swap(ja, "device: phone", "device: tablet"), []want{{ja, "tablet", "not one of phone, pc"}}},
		{"unknown skill of a lesson", swap(ja, "skills: [SEC-01]", "skills: [SEC-77]"), []want{{ja, "SEC-77", "unknown skill"}}},
		{"no front matter", swap(home, "---\ntitle", "title"), []want{{home, "", "front matter is missing"}}},
		{"minutes in the translation", swap(en, "title: Reading", "minutes: 5\ntitle: Reading"), []want{{en, "minutes", "unknown key"}}},

		{"duplicate course code", swap("typing/course.yaml", "code: T1", "code: B1"), []want{{"typing/course.yaml", "code", "duplicate id"}}},
		{"duplicate course order", swap("typing/course.yaml", "order: 2", "order: 1"), []want{{"typing/course.yaml", "order", "order of basics too"}}},
		{"duplicate module", swap("typing/course.yaml", "modules: [keys]", "modules:\n  - keys\n  - 'keys'"), []want{{"typing/course.yaml", "'keys'", "duplicate id"}}},
		{"duplicate item", swap(start+"module.yaml", "  - letter", "  - letter\n  - 'quiz'"), []want{{start + "module.yaml", "'quiz'", "duplicate id"}}},
		{"lesson and quiz of one name", add(start+"quiz.ja.md", "x"), []want{
			{start + "module.yaml", "- quiz", "a lesson and a quiz"}, {ja, "(quiz)", "broken link"}, {en, "(quiz)", "broken link"},
		}},
		{"duplicate row", swap(ledger, "- id: information", "- id: accuracy"), []want{{ledger, "- id: accuracy\n      skill", "duplicate id"}}},
		{"duplicate word", swap("basics/words.yaml", "word: 稟議", "word: 検収"), []want{{"basics/words.yaml", "りんぎ", "duplicate id"}}},
		{"needs an unknown course", swap("typing/course.yaml", "needs: [basics]", "needs: [basic]"), []want{{"typing/course.yaml", "needs", "no course"}}},
		{"needs in a circle", swap("basics/course.yaml", "needs: []", "needs: [typing]"), []want{
			{"basics/course.yaml", "needs", "circle"}, {"typing/course.yaml", "needs", "circle"},
		}},
		{"course without Japanese", swap("typing/course.yaml", "languages: [ja]", "languages: [fr]"), []want{
			{"typing/course.yaml", "languages", "not one of ja, en"}, {"typing/course.yaml", "languages", "always complete in ja"},
		}},
		{"five lines on a certificate", swap("typing/course.yaml", "can_do: [", "can_do: ["+strings.Repeat("{ja: 一, en: a}, ", 4)), []want{{"typing/course.yaml", "can_do", "room for 4"}}},
		{"bad slug", swap("typing/keys/module.yaml", "list]", "List]"), []want{
			{"typing/keys/module.yaml", "List", "is not a name"},
			{"typing/keys/module.yaml", "List", "is listed, but"},
			{"typing/keys/list", "", "is not listed"},
			{"jobtypes.yaml", "OFF-03", "nobody can reach"},
		}},
		{"item without a file", remove("typing/keys/list"), []want{
			{"typing/keys/module.yaml", "items", `"list" is listed, but`}, {"jobtypes.yaml", "OFF-03", "1 assignments prove OFF-03 at level 2, it asks for 2"},
		}},
		{"file without an item", add("typing/keys/extra.yaml", ""), []want{{"typing/keys/extra.yaml", "", "is not listed"}}},
		{"folder without a module", add("typing/extra/module.yaml", ""), []want{{"typing/extra", "", "is not listed"}}},
		{"stray file beside the courses", add("notes.txt", ""), []want{{"notes.txt", "", "no part of the courses"}}},
		{"stray file in an assignment", add(start+"letter/old.md", ""), []want{{start + "letter/old.md", "", "no part of an assignment"}}},
		{"what editors leave behind", add(start+".quiz.yaml.swp", ""), nil},
		{"not UTF-8", add(start+"quiz.yaml", "title: \xff"), []want{{quiz, "", "not UTF-8"}}},

		{"one with two right answers", swap(quiz, "{ja: 四つ, en: Four,", "{ja: 四つ, en: Four, right: true,"), []want{{quiz, "answers:", "exactly one right answer, there are 2"}}},
		{"many without a right answer", swap(quiz, "en: Bowl, right: true", "en: Bowl, right: false"), []want{{quiz, "    answers:\n      - {ja: 椀", "at least one right"}}},
		{"answer without why", swap(quiz, ", why: {ja: 多い, en: Too many}", ""), []want{{quiz, "四つ", "why: is missing"}}},
		{"the same answer twice", swap(quiz, "{ja: 四つ, en: Four,", "{ja: 三つ, en: Four,"), []want{{quiz, "en: Four", "stands twice"}}},
		{"question without English", swap(quiz, "ask: {ja: どれ, en: Which}", "ask: {ja: どれ}"), []want{{quiz, "どれ", "English text is missing"}}},
		{"unreachable draw", swap(quiz, "draw: 2", "draw: 5"), []want{{quiz, "draw", "5 questions cannot be drawn from 4"}}},
		{"number with answers", swap(quiz, "number: {value: 1200, tolerance: 0,", "accept: [x]\n    number: {value: 1200, tolerance: -1,"), []want{
			{quiz, "accept: [x]", "unknown key"}, {quiz, "tolerance: -1", "negative"},
		}},
		{"unknown kind of question", swap(quiz, "choose: short", "choose: order"), []want{{quiz, "choose: order", "not one of one, many"}}},
		{"truth value as a text", swap(quiz, "accept: [検収,", "accept: [true,"), []want{{quiz, "[true", "quotes"}}},

		{"rubric without a pass rule", swap(letter, "  pass: {min_total_percent: 65, no_zero: true}\n", ""), []want{{letter, "rubric:", "no pass rule"}}},
		{"no star", swap(letter, "      star: true\n", ""), []want{{letter, "rows:", "no row has a star"}}},
		{"three levels", swap(letter, ", {ja: 三, en: \"3\"}", ""), []want{{letter, "levels", "four descriptors (0, 1, 2, 3), there are 3"}}},
		{"two levels alike", swap(letter, "{ja: 三, en: \"3\"}", "{ja: 二, en: \"3\"}"), []want{{letter, "levels", "same descriptor"}}},
		{"level proven of no skill", swap(list, "      skill: OFF-03\n", ""), []want{{list, "- id: accuracy", "without naming the skill"}, {"jobtypes.yaml", "OFF-03", "nobody can reach"}}},
		{"fix for an unknown row", swap(ledger, "{row: accuracy,", "{row: speed,"), []want{{ledger, "speed", "no row"}}},
		{"base course unknown", swap("jobtypes.yaml", "base: basics", "base: basic"), []want{{"jobtypes.yaml", "base", "no course"}}},
		{"a bar asks for more pieces than there are", swap("jobtypes.yaml", "pieces: 2", "pieces: 3"), []want{
			{"jobtypes.yaml", "SEC-01", "2 assignments prove SEC-01 at level 2, it asks for 3"}, {"jobtypes.yaml", "OFF-03", "2 assignments prove OFF-03 at level 2, it asks for 3"},
		}},

		{"material missing", remove(start + "ledger/materials/read-aloud.txt"), []want{{ledger, "read-aloud", "is missing"}}},
		{"material not declared", add(start+"ledger/materials/more.txt", "x"), []want{{start + "ledger/materials/more.txt", "", "not listed under materials"}}},
		{"picture material without alt", swap(ledger, ", alt: {ja: 手書きの台帳, en: A handwritten ledger}", ""), []want{{ledger, "page.png", "needs alt"}}},
		{"material outside its folder", swap(ledger, "file: read-aloud.txt", "file: ../answer/ledger.csv"), []want{
			{ledger, "../answer", "must be the name of a file"}, {start + "ledger/materials/read-aloud.txt", "", "not listed"},
		}},
		{"name of no format", swap(ledger, "daicho_{number}.csv", "daicho_{number}.doc"), []want{{ledger, "daicho", "none of the formats"}}},
		{"text without a length", swap(letter, "  text_max: 400\n", ""), []want{{letter, "deliver", "text_max: is missing"}}},
		{"check without answer", remove(start + "ledger/answer"), []want{{ledger, "check:", "answer/ledger.csv is missing"}}},
		{"answer in the open", swap(ledger, "answer: answer/ledger.csv", "answer: materials/read-aloud.txt"), []want{{ledger, "check:", "must be a file in answer/"}}},
		{"check by an unknown column", swap(ledger, "key: 番号", "key: 商品番号"), []want{{ledger, "check:", `no column "商品番号"`}}},
		{"check with duplicate keys", swap(start+"ledger/answer/ledger.csv", "2,箸", "1,箸"), []want{{start + "ledger/answer/ledger.csv", "1,箸", "duplicate key"}}},
		{"check with a short row", swap(start+"ledger/answer/ledger.csv", "2,箸,10", "2,箸"), []want{{start + "ledger/answer/ledger.csv", "2,箸", "2 cells, the header has 3"}}},
		{"check without rows", swap(start+"ledger/answer/ledger.csv", "1,椀,3\n2,箸,10", ""), []want{{start + "ledger/answer/ledger.csv", "", "no rows"}}},
		{"order without its text", remove(start + "letter/brief.ja.md"), []want{{start + "letter/brief.ja.md", "", "Japanese text is missing"}}},
		{"order without its translation", remove(start + "letter/brief.en.md"), []want{{start + "letter/brief.ja.md", "", "English text is missing: brief.en.md"}}},
		{"starter without its translation", remove(start + "ledger/starter.en.md"), []want{{start + "ledger/starter.ja.md", "", "English text is missing"}}},
		{"model without the best level", swap("typing/keys/list/model.ja.md", "## とても良い例", "## 良い例"), []want{{"typing/keys/list/model.ja.md", "", "とても良い例"}}},

		{"lesson without its translation", remove(en), []want{{ja, "", "English text is missing"}}},
		{"broken link", swap(en, "(quiz)", "(quiz.yaml)"), []want{{en, "quiz.yaml", "broken link"}}},
		{"broken link to a heading", swap(en, "(quiz)", "(ledger#s-1)"), []want{{en, "ledger#", "no heading #s-1"}}},
		{"link to a heading", swap(en, "(quiz)", "(ledger#brief-s-1)"), nil},
		{"link within the text", swap(en, "(quiz)", "(#s-2)"), nil},
		{"dangerous link", swap(en, "(quiz)", "(javascript:alert)"), []want{{en, "javascript", "broken link"}}},
		{"link to a page of the house", swap(en, "(quiz)", "(/account)"), nil},
		{"link to a name for examples", swap(en, "(quiz)", "(https://shop.example/)"), []want{{en, "shop.example", "reserved for examples"}}},
		{"link to another item's material", swap(en, "(quiz)", "(materials/page.png)"), []want{{en, "materials", "broken link"}}},
		{"picture missing", swap(en, "(pictures/bowl.png)", "(pictures/cup.png)"), []want{{en, "cup.png", "pictures/cup.png is missing"}}},
		{"picture without words", swap(en, "![Three bowls in a row]", "![]"), []want{{en, "![]", "has no words"}}},
		{"picture nobody shows", add("typing/keys/pictures/x.png", "x"), []want{{"typing/keys/pictures/x.png", "", "no text shows"}}},
		{"picture from elsewhere", swap(en, "(pictures/bowl.png)", "(https://www.nta.go.jp/x.png)"), []want{{en, "nta", "must stand in pictures/"}}},
		{"no picture in the file", add(start+"pictures/bowl.png", "not a picture"), []want{{ja, "bowl.png", "cannot be read as a picture"}, {en, "bowl.png", "cannot be read as a picture"}}},
		{"SVG", add(start+"pictures/x.svg", "<svg/>"), []want{{start + "pictures/x.svg", "", "not a picture"}, {start + "pictures/x.svg", "", "no text shows"}}},

		{"raw HTML", swap(en, "Ms Chiba counts", "Ms <b>Chiba</b> counts"), []want{{en, "Chiba", "raw HTML"}}},
		{"block of raw HTML", swap(en, "Ms Chiba counts bowls.", "<div>\nx\n</div>\n"), []want{{en, "<div>", "raw HTML"}}},
		{"heading of level one", swap(en, "## As a table", "# As a table"), []want{{en, "# As", "begin at ##"}, {en, "# As", "of level 1"}}},
		{"another heading level", swap(ja, "## やってみる", "### やってみる"), []want{{en, "## Try it", "heading 2 is of level 2"}}},
		{"another number of headings", swap(ja, "## 表で見る", "表で見る"), []want{{en, "\nMs Chiba", "has 2 headings"}}},
		{"another table", swap(en, "| bowl | 3 |", "| bowl | 3 |\n| cup | 4 |"), []want{{en, "| Item", "table 1 has 3 rows and 2 columns"}}},
		{"another order of call-outs", func(t *testing.T, f folder) {
			f.swap(t, en, "> [!MISTAKE]", "> [!X]")
			f.swap(t, en, "> [!MENDED]", "> [!MISTAKE]")
			f.swap(t, en, "> [!X]", "> [!MENDED]")
		}, []want{{en, "> [!MENDED]", "call-out 1 is MENDED"}}},
		{"unknown call-out", swap(home, "> [!MISTAKE]\n> 手を見た。", "> [!MISTAKE]\n> 手を見た。\n\n> [!NOTE]\n> x"), []want{{home, "NOTE", "unknown call-out"}}},
		{"two call-outs in one quote", swap(home, "> 手を見た。\n", "> 手を見た。\n> [!POINT]\n> x\n"), []want{{home, "POINT", "at the beginning of its own quote"}}},
		{"exercise without answer", swap(home, "> [!ANSWER]", "> [!POINT]"), []want{{home, "[!EXERCISE]", "no ANSWER right after"}, {home, "菅原さんは1番目", "the lesson has no ANSWER"}}},
		{"answer far from its exercise", swap(home, "> [!ANSWER]", "間の文です。\n\n> [!ANSWER]"), []want{{home, "[!EXERCISE]", "no ANSWER right after"}, {home, "[!ANSWER]", "no EXERCISE right before"}}},
		{"law without source", swap(ja, "出典：", "参考："), []want{{ja, "[!LAW]", "no source"}}},
		{"law without date", swap(en, "(in force 1 November 2024)", ""), []want{{en, "[!LAW]", "no date"}}},
		{"short lesson", swap(home, filler("菅原"), "短いです。"), []want{{home, "短いです", "it should have 800 to 2500"}}},
		{"long lesson", swap(home, filler("菅原"), filler("菅原")+filler("高橋")+filler("伊藤")), []want{{home, filler("菅原"), "it should have 800 to 2500"}}},
		{"a sentence in two lessons", swap(home, "菅原さんは3番目の箱に", "千葉さんは3番目の箱に"), []want{{home, "千葉さんは3番目", "stands in basics/start/order-sheet.ja.md:10 too"}}},
		{"lost emphasis", swap(en, "Ms Chiba", "Ms ** Chiba**"), []want{{en, "Chiba", "** shows"}}},
		{"lost footnote", swap(en, "acceptance[^1]", "acceptance[^1][^2]"), []want{{en, "[^2]", "footnote"}}},
		{"reading that is no kana", swap(ja, "{検収|けんしゅう}", "{検収|kenshu}"), []want{{ja, "kenshu", "furigana"}}},
		{"furigana in YAML", swap(quiz, "ask: {ja: どれ,", `ask: {ja: "{何|なに}",`), []want{{quiz, "{何", "Markdown files only"}}},
	} {
		t.Run(k.name, func(t *testing.T) {
			f := town(t)
			k.plant(t, f)
			_, mistakes := f.load()
			f.expect(t, mistakes, k.wants...)
		})
	}
}
