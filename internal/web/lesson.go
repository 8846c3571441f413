package web

import (
	"html/template"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

// itemFrame is what stands around every item of a course: where it belongs, and what comes before and after.
type itemFrame struct {
	Path         string
	Title        said
	Course       said
	CoursePath   string
	Module       said
	Kind         string // a word's key
	Minutes      int
	Device       string // a word's key
	Before       *neighbour
	After        *neighbour
	Learner      bool
	Done         bool
	DoneCount    int // items of the course done
	Total        int
	OnlyJapanese bool
	Prior        bool   // a portfolio, which belongs to no course
	Earlier      string // of a further portfolio: the address of the one before
}

type neighbour struct {
	Title said
	Href  string
}

func neighbourOf(it *course.Item, lang string) *neighbour {
	if it == nil {
		return nil
	}
	return &neighbour{say(it.Title, lang), it.Ref.Path()}
}

func frameOf(p desk.ItemPage, a desk.Actor, lang string) itemFrame {
	f := itemFrame{
		Path: p.Item.Ref.Path(), Title: say(p.Item.Title, lang), Course: say(p.Course.Title, lang), CoursePath: "/courses/" + p.Course.Slug,
		Module: say(p.Module.Title, lang), Kind: kindWords[p.Item.Kind], Minutes: p.Item.Minutes, Device: deviceWords[p.Item.Device],
		Before: neighbourOf(p.Before, lang), After: neighbourOf(p.After, lang),
		Learner: a.Is(member.Trainee), Done: !p.Done.IsZero(), DoneCount: p.Run.Done, Total: p.Run.Total,
	}
	if p.Run.ID == 0 {
		f.Total = len(p.Course.Items())
	}
	if f.Prior = p.Item.Ref.Prior(); f.Prior {
		f.CoursePath, f.Kind = "/record/prior", "courses.kind.prior"
	}
	if of := p.Item.Portfolio; of.N > 1 {
		f.Earlier = course.PortfolioN(of.Skill, of.N-1).Path()
	}
	return f
}

// lessonPage is a lesson to read.
type lessonPage struct {
	Page
	Item     itemFrame
	Body     template.HTML // made by coursefile from our own files: no raw HTML, no scripts, no styles
	BodyLang string        // if it is not the page's
	Contents []course.Heading
	Words    []glossed
}

var lessonView = view[lessonPage]("courses/lesson")

// contentsFrom is the number of sections from which on a list of them helps.
const contentsFrom = 3

func (s *Server) lesson(c echo.Context, a desk.Actor, ref course.Ref) error {
	l, err := s.Desk.LookLesson(c.Request().Context(), a, ref)
	if err != nil {
		return err
	}
	lang := s.printer(c).Lang()
	page := lessonPage{Page: s.titled(c, a, l.Item.Title.In(lang)), Item: frameOf(l, a, lang)}
	body, had := l.Item.Lesson.Body.In(lang)
	page.Body = template.HTML(body.HTML) //nolint:gosec // see the field
	if !had {
		page.BodyLang, page.Item.OnlyJapanese = i18n.Japanese, true
	}
	for _, h := range body.Headings {
		if h.Level == 2 { //nolint:mnd // the sections; the lesson's title is the page's h1
			page.Contents = append(page.Contents, h)
		}
	}
	if len(page.Contents) < contentsFrom {
		page.Contents = nil
	}
	if len(body.Words) > 0 {
		page.Words = glossary(l.Course, body.Words, lang)
	}
	return lessonView.render(s, c, page)
}

// lessonDone keeps that a lesson was read and goes on to the next item; at the end of a course to the course, which shows
// what was reached.
func (s *Server) lessonDone(c echo.Context, a desk.Actor) error {
	ref := itemRef(c)
	followed, err := s.Desk.MarkLessonDone(c.Request().Context(), a, ref)
	if err != nil {
		return err
	}
	l, err := s.Desk.LookLesson(c.Request().Context(), a, ref)
	if err != nil {
		return err
	}
	to := "/courses/" + ref.Course
	if l.After != nil && followed.Completed == "" {
		to = l.After.Ref.Path()
	}
	if told := s.followedWords(s.printer(c), followed); told != "" {
		s.setFlash(c, told)
		return s.seeOther(c, to, "")
	}
	return s.seeOther(c, to, "courses.lesson.read")
}

// followedWords is what a deed brought about beyond itself, in a sentence or two; empty if nothing.
func (s *Server) followedWords(w *i18n.Printer, f desk.Followed) string {
	var all []string
	if f.Completed != "" {
		all = append(all, w.T("courses.reached.completed", "Course", s.courseTitle(f.Completed, w.Lang())))
	}
	if len(f.Certificates) > 0 {
		all = append(all, w.T("courses.reached.certificate"))
	}
	for _, r := range f.Ready {
		all = append(all, w.T("courses.reached.ready", "Job", s.jobTitle(r.JobType, w.Lang())))
	}
	if w.Lang() == i18n.Japanese {
		return strings.Join(all, "")
	}
	return strings.Join(all, " ")
}
