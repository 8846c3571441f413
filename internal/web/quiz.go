package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/practice"
)

// quizPage is a quiz to answer, all questions on one page.
type quizPage struct {
	Page
	Item      itemFrame
	Try       int
	Pass      int // percent
	Best      int // percent of the best try so far
	Tries     int
	LastAt    time.Time
	Questions []question
}

// question is one question with what was answered so far.
type question struct {
	N       int
	Field   string // "q." and the question's id
	Ask     said
	Choose  course.Choose
	Choices []choice
	Text    string // number, short: as typed
	Unit    said
	Problem string
}

// choice is one answer to tick. Choices of which several may be right have a name each, because forms here read one value
// a name.
type choice struct {
	ID, Name, Value string
	Text            said
	Chosen          bool
}

var quizView = view[quizPage]("courses/quiz")

func (s *Server) quiz(c echo.Context, a desk.Actor, ref course.Ref) error {
	q, err := s.Desk.LookQuiz(c.Request().Context(), a, ref)
	if err != nil {
		return err
	}
	if c.QueryParam("result") != "" {
		if q.Last == nil {
			return c.Redirect(http.StatusSeeOther, ref.Path())
		}
		return resultView.render(s, c, s.resultPage(c, a, q))
	}
	lang := s.printer(c).Lang()
	return quizView.render(s, c, s.quizPage(s.titled(c, a, q.Item.Title.In(lang)), a, q, q.Given))
}

func (s *Server) quizPage(p Page, a desk.Actor, q desk.QuizPage, given map[string]practice.Given) quizPage {
	page := quizPage{Page: p, Item: frameOf(q.ItemPage, a, p.Lang), Try: q.Try, Pass: q.Item.Quiz.PassPercent, Best: q.Best, Tries: q.Try - 1}
	if q.Last != nil {
		page.LastAt = q.Last.At
	}
	page.Item.OnlyJapanese = !q.Course.Complete(p.Lang)
	for i, one := range q.Questions {
		page.Questions = append(page.Questions, makeQuestion(p, i+1, one, given[one.ID]))
	}
	for i, r := range page.Problems {
		for _, one := range page.Questions {
			if r.Field == one.Field { // ten times the same sentence would not say which
				page.Problems[i].Text = s.Words.In(p.Lang).T("courses.quiz.problem", "Number", one.N, "Problem", r.Text)
			}
		}
	}
	return page
}

func makeQuestion(p Page, n int, one course.Question, given practice.Given) question {
	field := "q." + one.ID
	v := question{N: n, Field: field, Ask: say(one.Ask, p.Lang), Choose: one.Choose, Text: given.Text, Problem: p.Problem(field)}
	if one.Number != nil {
		v.Unit = say(one.Number.Unit, p.Lang)
	}
	for i, answer := range one.Answers {
		at := strconv.Itoa(i)
		ch := choice{ID: field + "." + at, Name: field, Value: at, Text: say(answer.Text, p.Lang), Chosen: slices.Contains(given.Chosen, i)}
		if i == 0 {
			ch.ID = field // where the error summary leads
		}
		if one.Choose == course.ChooseMany {
			ch.Name, ch.Value = field+"."+at, "on"
		}
		v.Choices = append(v.Choices, ch)
	}
	return v
}

type answersForm struct {
	Try   int               `form:"try"`
	Given map[string]string `form:"q"`
}

// given reads the answers: a choice by its index, several by the index behind the question's id, and typed ones as typed.
func (f answersForm) given(q *course.Quiz) map[string]practice.Given {
	out := map[string]practice.Given{}
	for _, one := range q.Questions {
		var g practice.Given
		switch one.Choose {
		case course.ChooseOne:
			if i, err := strconv.Atoi(f.Given[one.ID]); err == nil {
				g.Chosen = []int{i}
			}
		case course.ChooseMany:
			for i := range one.Answers {
				if f.Given[one.ID+"."+strconv.Itoa(i)] != "" {
					g.Chosen = append(g.Chosen, i)
				}
			}
		case course.ChooseNumber, course.ChooseShort:
			g.Text = f.Given[one.ID]
		}
		out[one.ID] = g
	}
	return out
}

// saveAnswers keeps what has been answered so far.
func (s *Server) saveAnswers(c echo.Context, a desk.Actor) error {
	ref := itemRef(c)
	it := s.Desk.Catalog.Item(ref)
	if it == nil || it.Quiz == nil {
		return echo.ErrNotFound
	}
	form, err := decode[answersForm](c)
	if err != nil {
		return err
	}
	if err := s.Desk.SaveAnswers(c.Request().Context(), a, ref, form.Try, form.given(it.Quiz)); err != nil {
		return err
	}
	return s.saved(c, ref.Path(), "courses.quiz.saved")
}

// answers judges a try. What is refused comes back with every answer kept, a try that another one overtook with the
// questions of the next try.
func (s *Server) answers(c echo.Context, a desk.Actor) error {
	ctx, ref := c.Request().Context(), itemRef(c)
	it := s.Desk.Catalog.Item(ref)
	if it == nil || it.Quiz == nil {
		return echo.ErrNotFound
	}
	form, err := decode[answersForm](c)
	given := form.given(it.Quiz)
	var result desk.QuizResult
	if err == nil {
		result, err = s.Desk.AnswerQuiz(ctx, a, ref, form.Try, given)
	}
	if err == nil {
		if told := s.followedWords(s.printer(c), result.Then); told != "" {
			s.setFlash(c, told)
		}
		return s.seeOther(c, ref.Path()+"?result=1", "")
	}
	p, err := s.refused(s.titled(c, a, it.Title.In(s.printer(c).Lang())), err)
	if err != nil {
		return err
	}
	q, err := s.Desk.LookQuiz(ctx, a, ref)
	if err != nil {
		return err
	}
	return quizView.render(s, c, s.quizPage(p, a, q, given))
}

// resultPage is what the last try came to: the mark, what to do next, and every question with what was answered, what is
// right and why.
type resultPage struct {
	Page
	Item      itemFrame
	Percent   int
	Right, Of int
	Passed    bool
	Pass      int // percent that passes
	Missing   int // right answers that were missing for a pass
	Best      int
	Tries     int
	Questions []judged
	Lessons   []neighbour // of the module, to read again
}

// judged is one question of a past try.
type judged struct {
	N       int
	Ask     said
	Right   bool
	Typed   bool // number, short
	Yours   string
	Answer  said // the right one, of a typed answer
	Why     said
	Choices []judgedChoice
}

// judgedChoice is a choice that was taken, or should have been.
type judgedChoice struct {
	Text, Why     said
	Chosen, Right bool
}

var resultView = view[resultPage]("courses/result")

func (s *Server) resultPage(c echo.Context, a desk.Actor, q desk.QuizPage) resultPage {
	w := s.printer(c)
	lang := w.Lang()
	page := resultPage{
		Page: s.page(c, a, "courses.result.title", "Title", q.Item.Title.In(lang)), Item: frameOf(q.ItemPage, a, lang),
		Percent: q.Last.Percent, Right: q.Last.Right, Of: q.Last.Of, Passed: q.Last.Passed, Pass: q.Item.Quiz.PassPercent, Best: q.Best, Tries: q.Last.N,
	}
	page.Missing = max(0, (page.Pass*page.Of+99)/100-page.Right) //nolint:mnd // percent, rounded up
	for i, one := range q.LastAsked {
		page.Questions = append(page.Questions, judgedQuestion(w, i+1, one, q.Last.Given[one.ID]))
	}
	for _, it := range q.Module.Items {
		if it.Kind == course.KindLesson {
			page.Lessons = append(page.Lessons, *neighbourOf(it, lang))
		}
	}
	return page
}

func judgedQuestion(w *i18n.Printer, n int, one course.Question, given practice.Given) judged {
	lang := w.Lang()
	j := judged{N: n, Ask: say(one.Ask, lang), Right: given.Right, Yours: strings.TrimSpace(given.Text), Why: say(one.Why, lang)}
	switch {
	case one.Number != nil:
		unit := say(one.Number.Unit, lang)
		j.Typed, j.Answer = true, said{figure(w, one.Number.Value) + " " + unit.Text, unit.Lang}
	case one.Choose == course.ChooseShort && len(one.Accept) > 0:
		j.Typed, j.Answer = true, said{Text: one.Accept[0]}
		if lang != i18n.Japanese {
			j.Answer.Text = strings.Join(one.Accept, ", ")
		}
	}
	for i, answer := range one.Answers {
		ch := judgedChoice{Text: say(answer.Text, lang), Why: say(answer.Why, lang), Right: answer.Right, Chosen: slices.Contains(given.Chosen, i)}
		if ch.Chosen || ch.Right {
			j.Choices = append(j.Choices, ch)
		}
	}
	slices.SortStableFunc(j.Choices, func(a, b judgedChoice) int { // hers first
		switch a.Chosen {
		case b.Chosen:
			return 0
		case true:
			return -1
		}
		return 1
	})
	return j
}

// figure is a number as people write it: 1,200 or 0.5.
func figure(w *i18n.Printer, v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return w.Number(int64(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
