package practice_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

func choices(right ...bool) []course.Answer {
	var out []course.Answer
	for _, r := range right {
		out = append(out, course.Answer{Right: r})
	}
	return out
}

func TestRight(t *testing.T) {
	one := course.Question{Choose: course.ChooseOne, Answers: choices(false, true, false)}
	many := course.Question{Choose: course.ChooseMany, Answers: choices(true, false, true)}
	number := course.Question{Choose: course.ChooseNumber, Number: &course.Number{Value: 12000}}
	about := course.Question{Choose: course.ChooseNumber, Number: &course.Number{Value: 0.5, Tolerance: 0.1}}
	short := course.Question{Choose: course.ChooseShort, Accept: []string{"ショートカット", "Ctrl+Z"}}
	chosen := func(i ...int) practice.Given { return practice.Given{Chosen: i} }
	typed := func(s string) practice.Given { return practice.Given{Text: s} }
	for _, c := range []struct {
		name string
		q    course.Question
		g    practice.Given
		want bool
	}{
		{"one right", one, chosen(1), true},
		{"one wrong", one, chosen(0), false},
		{"one and another", one, chosen(0, 1), false},
		{"none", one, chosen(), false},
		{"many right", many, chosen(2, 0), true},
		{"many, one left out", many, chosen(0), false},
		{"many, one too many", many, chosen(0, 1, 2), false},
		{"number", number, typed("12000"), true},
		{"number as people type it", number, typed(" １２，０００円 "), true},
		{"number with a yen sign", number, typed("￥12,000"), true},
		{"another number", number, typed("12001"), false},
		{"no number", number, typed("たくさん"), false},
		{"nothing", number, typed(""), false},
		{"within the tolerance", about, typed("0.6"), true},
		{"at its lower edge", about, typed("0.4"), true},
		{"beyond it", about, typed("0.61"), false},
		{"short", short, typed("ショートカット"), true},
		{"short in hiragana", short, typed("しょーとかっと。"), true},
		{"short in full width", short, typed("ｃｔｒｌ＋ｚ"), true},
		{"short, another word", short, typed("近道"), false},
		{"short, spaces alone", short, typed(" 　"), false},
		{"an unknown kind", course.Question{Choose: "drag"}, typed("x"), false},
	} {
		if got := practice.Right(c.q, c.g); got != c.want {
			t.Errorf("%s: right is %v", c.name, got)
		}
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"ＡＢＣ": "abc", "アイウ": "あいう", " a　b ": "ab", "１２．５": "12.5", "−5": "-5", "納品。": "納品", "ヴ": "ゔ", "ー": "ー", "": "",
	} {
		if got := practice.Fold(s); got != want {
			t.Errorf("%q folds to %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if once := practice.Fold(s); practice.Fold(once) != once {
			t.Fatalf("%q folds to %q, and that to %q", s, once, practice.Fold(once))
		}
	})
}

func TestNumber(t *testing.T) {
	for s, want := range map[string]float64{
		"300枚": 300, "２，０００字": 2000, "400 文字": 400, "12セル": 12, "1,200 円": 1200, "3分間": 3, "5件": 5, "7行": 7, "80点": 80, "3日": 3, "3日目": 3,
		"2ヶ月": 2, "2か月": 2, "６か所": 6, "5 Hours": 5, "50 sheets": 50, "約 10 時間": 10, "65パーセント": 65,
		"1,200": 1200, "１２００": 1200, "¥1200": 1200, "1200円": 1200, "65%": 65, "６５％": 65, "-3": -3, "−３": -3, "0.5": 0.5, "90分": 90,
	} {
		if got, ok := practice.Number(s); !ok || got != want {
			t.Errorf("%q is %v (%v), want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "円", "一万", "1.2.3", "12a", "NaN", "Inf", "-Infinity", "0x10", "1e3", "1_000", "枚", "1時間30分", "3枚枚", "3枚4"} {
		if got, ok := practice.Number(s); ok {
			t.Errorf("%q is the number %v", s, got)
		}
	}
}

func TestCheckAnswers(t *testing.T) {
	questions := []course.Question{
		{ID: "one", Choose: course.ChooseOne, Answers: choices(true, false)},
		{ID: "many", Choose: course.ChooseMany, Answers: choices(true, false)},
		{ID: "number", Choose: course.ChooseNumber, Number: &course.Number{}},
		{ID: "short", Choose: course.ChooseShort},
	}
	whole := map[string]practice.Given{"one": {Chosen: []int{1}}, "many": {Chosen: []int{0, 1}}, "number": {Text: "3"}, "short": {Text: "a"}}
	if err := practice.CheckAnswers(questions, whole); err != nil {
		t.Errorf("a whole try is refused: %v", err)
	}
	for _, c := range []struct {
		name  string
		id    string
		given practice.Given
		want  string
	}{
		{"left out", "one", practice.Given{}, "quiz.unanswered"},
		{"two of one", "one", practice.Given{Chosen: []int{0, 1}}, "quiz.unanswered"},
		{"a choice that does not exist", "many", practice.Given{Chosen: []int{2}}, "quiz.unanswered"},
		{"a negative one", "many", practice.Given{Chosen: []int{-1}}, "quiz.unanswered"},
		{"text for a choice", "one", practice.Given{Text: "x"}, "quiz.unanswered"},
		{"no number", "number", practice.Given{Text: "三"}, "quiz.not_a_number"},
		{"spaces", "short", practice.Given{Text: "  "}, "quiz.unanswered"},
		{"too long", "short", practice.Given{Text: strings.Repeat("あ", practice.MaxAnswer+1)}, "practice.comment_long"},
	} {
		given := map[string]practice.Given{}
		for k, v := range whole {
			given[k] = v
		}
		given[c.id] = c.given
		list := problem.Of(practice.CheckAnswers(questions, given))
		if len(list) != 1 || list[0].Key != c.want || list[0].Field != "q."+c.id {
			t.Errorf("%s: %v", c.name, list)
		}
	}
}

// The page that asks and the deed that judges draw the same questions: by person and try, in file order.
func TestDrawn(t *testing.T) {
	q := &course.Quiz{Hash: "h", Draw: 5}
	for i := range 20 {
		q.Questions = append(q.Questions, course.Question{ID: string(rune('a' + i))})
	}
	ids := func(qs []course.Question) string {
		var b strings.Builder
		for _, one := range qs {
			b.WriteString(one.ID)
		}
		return b.String()
	}
	sets, drawn := map[string]bool{}, map[string]int{}
	for m := range member.ID(40) {
		for try := 1; try <= 5; try++ {
			got := ids(practice.Drawn(q, m, try))
			if again := ids(practice.Drawn(q, m, try)); got != again {
				t.Fatalf("member %d, try %d: %s, then %s", m, try, got, again)
			}
			if len(got) != 5 || !slices.IsSorted([]byte(got)) || len(slices.Compact([]byte(got))) != 5 {
				t.Fatalf("member %d, try %d: %s", m, try, got)
			}
			sets[got] = true
			for _, one := range got {
				drawn[string(one)]++
			}
		}
	}
	if len(sets) < 150 {
		t.Errorf("200 tries drew only %d different sets", len(sets))
	}
	for _, one := range q.Questions {
		if n := drawn[one.ID]; n < 20 || n > 90 { // 50 expected
			t.Errorf("question %s was drawn %d times of 200", one.ID, n)
		}
	}
	q.Draw = 0
	if got := practice.Drawn(q, 1, 1); len(got) != 20 {
		t.Errorf("without a number %d are drawn, not all", len(got))
	}
}

func TestMend(t *testing.T) {
	questions := []course.Question{
		{ID: "a", Choose: course.ChooseOne, Answers: choices(true, false)},
		{ID: "b", Choose: course.ChooseOne, Answers: choices(true, false)},
		{ID: "c", Choose: course.ChooseOne, Answers: choices(true, false)},
	}
	judged, right, percent := practice.Mend(questions, map[string]practice.Given{"a": {Chosen: []int{0}}, "b": {Chosen: []int{1}}, "c": {Chosen: []int{0}}, "z": {Chosen: []int{0}, Right: true}})
	if right != 2 || percent != 66 || !judged["a"].Right || judged["b"].Right || len(judged) != 3 {
		t.Errorf("%d right, %d %%, %+v", right, percent, judged)
	}
	if _, right, percent := practice.Mend(nil, nil); right != 0 || percent != 0 {
		t.Errorf("no questions: %d, %d", right, percent)
	}
}
