package coursefile

import (
	"path"
	"slices"

	"tenarai/internal/course"
)

const maxMinutes = 600 // of one item: more is not one sitting but a module

// quiz reads one quiz file.
func (l *loader) quiz(c *course.Course, it *course.Item) {
	m := l.yaml(path.Join(it.Ref.Course, it.Ref.Module, it.Ref.Item+".yaml"))
	it.Title = m.need("title").text(jaAndEn)
	it.Minutes = m.need("minutes").integer(1, maxMinutes)
	it.Device = course.Phone
	q := &course.Quiz{PassPercent: m.need("pass_percent").integer(1, 100)}
	draw := m.get("draw")
	if draw.there() {
		q.Draw = draw.integer(1, 1000)
	}
	list := m.need("questions").some()
	languages := quizLanguages(c, list)
	seen := once{}
	for _, v := range list {
		question := readQuestion(v, languages)
		seen.add(v, question.ID)
		q.Questions = append(q.Questions, question)
	}
	if q.Draw > len(list) {
		draw.wrong("%d questions cannot be drawn from %d", q.Draw, len(list))
	}
	m.end()
	q.Hash = hashQuiz(q)
	it.Quiz = q
}

// quizLanguages are the course's, and English too as soon as one question is asked in it: half a translation leaves a
// reader with answers in another language than the question's.
func quizLanguages(c *course.Course, questions []value) []string {
	half := slices.ContainsFunc(questions, func(v value) bool {
		v.mistakes = new(Mistakes) // looked at only; the questions are read and judged afterwards
		return v.mapping().get("ask").mapping().get(english).there()
	})
	if half {
		return jaAndEn
	}
	return c.Languages
}

func readQuestion(v value, languages []string) course.Question {
	m := v.mapping()
	q := course.Question{ID: m.need("id").slug(), Ask: m.need("ask").text(languages)}
	choose := m.need("choose")
	q.Choose = course.Choose(choose.oneOf(string(course.ChooseOne), string(course.ChooseMany), string(course.ChooseNumber), string(course.ChooseShort)))
	switch q.Choose {
	case course.ChooseOne, course.ChooseMany:
		answers := m.need("answers")
		q.Answers = readAnswers(answers, languages)
		checkRight(answers, q)
	case course.ChooseNumber:
		q.Number = readNumber(m.need("number"), languages)
		q.Why = m.need("why").text(languages)
	case course.ChooseShort:
		for _, a := range m.need("accept").some() {
			q.Accept = append(q.Accept, a.str())
		}
		q.Why = m.need("why").text(languages)
	default:
		return q // what may stand beside an unknown kind is unknown too
	}
	m.end()
	return q
}

// readAnswers reads choices. Every one explains itself.
func readAnswers(v value, languages []string) []course.Answer {
	var out []course.Answer
	seen := map[string]bool{}
	for _, e := range v.list() {
		m := e.mapping()
		a := course.Answer{Text: m.text(languages), Right: m.get("right").truth(), Why: m.need("why").text(languages)}
		m.end()
		if seen[a.Text.JA] && a.Text.JA != "" {
			e.wrong("the same answer stands twice")
		}
		seen[a.Text.JA] = true
		out = append(out, a)
	}
	if v.there() && len(out) < 2 {
		v.wrong("a choice needs at least two answers, there are %d", len(out))
	}
	return out
}

func checkRight(v value, q course.Question) {
	right := 0
	for _, a := range q.Answers {
		if a.Right {
			right++
		}
	}
	switch {
	case !v.there():
	case q.Choose == course.ChooseOne && right != 1:
		v.wrong("choose: one needs exactly one right answer, there are %d", right)
	case right == 0:
		v.wrong("choose: many needs at least one right answer")
	}
}

func readNumber(v value, languages []string) *course.Number {
	m := v.mapping()
	n := &course.Number{Value: m.need("value").float()}
	if t := m.get("tolerance"); t.there() {
		if n.Tolerance = t.float(); n.Tolerance < 0 {
			t.wrong("must not be negative")
		}
	}
	if u := m.get("unit"); u.there() {
		n.Unit = u.text(languages)
	}
	m.end()
	return n
}
