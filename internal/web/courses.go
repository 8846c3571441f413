package web

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

// courseRoutes are what is taught. Everybody signed in may read it; only trainees do it.
func (s *Server) courseRoutes() []route {
	const item = "/courses/:course/:module/:item"
	return []route{
		{Method: http.MethodGet, Path: "/courses", Access: SignedIn, Handle: s.courses},
		{Method: http.MethodGet, Path: "/courses/:course", Access: SignedIn, Handle: s.course},
		{Method: http.MethodGet, Path: item, Access: SignedIn, Handle: s.item},
		{Method: http.MethodGet, Path: item + "/files/:folder/:name", Access: SignedIn, Handle: s.courseFile},
		{Method: http.MethodPost, Path: item + "/done", Access: only(member.Trainee), Handle: s.lessonDone},
		{Method: http.MethodPost, Path: item + "/answers", Access: only(member.Trainee), Handle: s.answers},
		{Method: http.MethodPost, Path: item + "/answers/draft", Access: only(member.Trainee), Handle: s.saveAnswers},
	}
}

// itemRef is the address of the item a request speaks of.
func itemRef(c echo.Context) course.Ref {
	return course.Ref{Course: c.Param("course"), Module: c.Param("module"), Item: c.Param("item")}
}

// item shows a lesson, a quiz or an assignment; they share one form of address.
func (s *Server) item(c echo.Context, a desk.Actor) error {
	ref := itemRef(c)
	kind, err := s.Desk.ItemKind(ref)
	if err != nil {
		return err
	}
	switch kind {
	case course.KindQuiz:
		return s.quiz(c, a, ref)
	case course.KindAssignment:
		return s.assignment(c, a, ref)
	}
	return s.lesson(c, a, ref)
}

// Words for what an item is, what it needs, and how it stands.
var (
	kindWords = map[course.Kind]string{
		course.KindLesson: "courses.kind.lesson", course.KindQuiz: "courses.kind.quiz", course.KindAssignment: "courses.kind.assignment",
	}
	deviceWords = map[course.Device]string{course.Phone: "courses.device.phone", course.PC: "courses.device.pc"}
	deviceShort = map[course.Device]string{course.Phone: "courses.device.phone_short", course.PC: "courses.device.pc_short"}
	stateWords  = map[desk.ItemState]itemStanding{
		desk.ItemOpen:     {"・", "courses.state.open", ""},
		desk.ItemStarted:  {"▷", "courses.state.started", ""},
		desk.ItemWaiting:  {"…", "courses.state.waiting", "wait"},
		desk.ItemReturned: {"！", "courses.state.returned", "mend"},
		desk.ItemDone:     {"✓", "courses.state.done", "ok"},
	}
)

// itemStanding is a state as a sign, a word's key and a colour: never by colour alone.
type itemStanding struct{ Sign, Key, Look string }

func aboutMinutes(w *i18n.Printer, n int) string {
	return w.T("courses.about", "Minutes", w.Minutes(n))
}

// joined sets small facts side by side.
func joined(facts []string) string { return strings.Join(facts, " ・ ") }

// said is a text with the language it is really in: empty if it is the page's own. A screen reader then speaks it rightly.
type said struct{ Text, Lang string }

func say(t course.Text, lang string) said {
	if lang != i18n.Japanese && t.EN == "" {
		return said{t.JA, i18n.Japanese}
	}
	return said{Text: t.In(lang)}
}

func sayAll(list []course.Text, lang string) []said {
	out := make([]said, len(list))
	for i, t := range list {
		out[i] = say(t, lang)
	}
	return out
}

// courseRow is a course on a list, with how far the reader has come.
type courseRow struct {
	desk.CourseProgress
	Title, Summary said
	OnlyJapanese   bool // the reader reads another language, and the course is whole in Japanese alone
}

func courseRows(list []desk.CourseProgress, lang string) []courseRow {
	rows := make([]courseRow, len(list))
	for i, p := range list {
		rows[i] = courseRow{p, say(p.Course.Title, lang), say(p.Course.Summary, lang), !p.Course.Complete(lang)}
	}
	return rows
}

// Path is the course's address.
func (r courseRow) Path() string { return "/courses/" + r.Course.Slug }

// Items counts the lessons, quizzes and assignments of the course.
func (r courseRow) Items() int { return len(r.Course.Items()) }

type coursesPage struct {
	Page
	Learner bool // has progress
	Courses []courseRow
}

var coursesView = view[coursesPage]("courses/list")

func (s *Server) courses(c echo.Context, a desk.Actor) error {
	l, err := s.Desk.LookCourses(c.Request().Context(), a)
	if err != nil {
		return err
	}
	p := s.page(c, a, "courses.list.title")
	return coursesView.render(s, c, coursesPage{Page: p, Learner: a.Is(member.Trainee), Courses: courseRows(l.Courses, p.Lang)})
}

// coursePage is a course with its modules, how every item stands, and its words.
type coursePage struct {
	Page
	Row         courseRow
	Learner     bool
	Aims        []said
	Needs       []courseRow // to finish first: advice
	Modules     []moduleRows
	Next        *courseNext
	Begun       bool
	Certificate string // number, once earned
	CanDo       []said
	Words       []glossed
}

type moduleRows struct {
	Slug           string
	Title, Summary said
	Items          []itemRow
	Done, Minutes  int
}

// itemRow is an item on the list of its module, in words: a course has some forty.
type itemRow struct {
	Title       said
	Href, About string // About says what it is, how long it takes and what it needs
	Sign, State string
	Look        string // the state's colour
	Best        string // of a quiz that was tried; empty: not tried or nothing right
}

// courseNext is the item to go on with.
type courseNext struct {
	Title      said
	Href, Meta string
	Verb       string
}

var courseView = view[coursePage]("courses/course")

func (s *Server) course(c echo.Context, a desk.Actor) error {
	if c.Param("course") == course.PriorSlug && a.Is(member.Trainee) {
		return c.Redirect(http.StatusSeeOther, "/record/prior") // who shortens a portfolio's address
	}
	k, err := s.Desk.LookCourse(c.Request().Context(), a, c.Param("course"))
	if err != nil {
		return err
	}
	w := s.printer(c)
	lang := w.Lang()
	p := s.titled(c, a, k.Course.Title.In(lang))
	page := coursePage{
		Page: p, Learner: a.Is(member.Trainee), Begun: !k.Run.LastActivity.IsZero(), Certificate: k.Certificate,
		Aims: sayAll(k.Course.Aims, lang), CanDo: sayAll(k.Course.Certificate.CanDo, lang),
	}
	progress := desk.CourseProgress{Course: k.Course, Completed: k.Run.Completed, Total: len(k.Course.Items())}
	for _, m := range k.Modules {
		rows := moduleRows{Slug: m.Module.Slug, Title: say(m.Module.Title, lang), Summary: say(m.Module.Summary, lang), Done: m.Done, Minutes: m.Module.Minutes()}
		for _, it := range m.Items {
			rows.Items = append(rows.Items, rowOf(w, it))
		}
		progress.Done += m.Done
		page.Modules = append(page.Modules, rows)
	}
	page.Row = courseRows([]desk.CourseProgress{progress}, lang)[0]
	if k.Next != nil && page.Learner {
		page.Next = &courseNext{say(k.Next.Title, lang), k.Next.Ref.Path(), joined([]string{
			w.T(kindWords[k.Next.Kind]), aboutMinutes(w, k.Next.Minutes), w.T(deviceShort[k.Next.Device]),
		}), w.T(verbs[k.Next.Kind])}
	}
	for _, n := range k.Needs {
		page.Needs = append(page.Needs, courseRows([]desk.CourseProgress{{Course: n}}, lang)...)
	}
	page.Words = glossary(k.Course, nil, lang)
	return courseView.render(s, c, page)
}

func rowOf(w *i18n.Printer, it desk.ItemProgress) itemRow {
	state := stateWords[it.State]
	row := itemRow{
		Title: say(it.Title, w.Lang()), Href: it.Ref.Path(),
		About: joined([]string{w.T(kindWords[it.Kind]), w.Minutes(it.Minutes), w.T(deviceShort[it.Device])}),
		Sign:  state.Sign, State: w.T(state.Key), Look: state.Look,
	}
	if it.Best > 0 {
		row.Best = w.T("courses.course.best", "Percent", w.Percent(it.Best))
	}
	return row
}

// glossed is a word of the course explained in the reader's language.
type glossed struct {
	Word    said
	Beside  said // its reading, or in another language the word as it stands in Japanese papers
	Meaning said
}

// glossary explains the words at the indices, or all words of the course if there are none.
func glossary(k *course.Course, at []int, lang string) []glossed {
	if at == nil {
		for i := range k.Words {
			at = append(at, i)
		}
	}
	out := make([]glossed, 0, len(at))
	for _, i := range at {
		w := k.Words[i]
		g := glossed{Word: said{Text: w.Word}, Meaning: say(w.Meaning, lang)}
		switch {
		case lang == i18n.Japanese && strings.ContainsFunc(w.Word, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
			g.Beside = said{Text: w.Kana}
		case lang == i18n.Japanese:
		case w.English != "":
			g.Word, g.Beside = said{Text: w.English}, said{w.Word, i18n.Japanese}
		default:
			g.Word.Lang = i18n.Japanese
		}
		out = append(out, g)
	}
	return out
}

// courseFile sends a picture or a material of an item. Pictures are of the kinds that hold no scripts and are shown; all
// else is to keep. Nothing but what coursefile has found to be served can be reached.
func (s *Server) courseFile(c echo.Context, _ desk.Actor) error {
	if s.CourseFile == nil {
		return echo.ErrNotFound
	}
	name := c.Param("name")
	content, contentType, ok := s.CourseFile(itemRef(c), c.Param("folder")+"/"+name)
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, max-age=3600")
	if !strings.HasPrefix(contentType, "image/") || strings.HasPrefix(contentType, "image/svg") {
		return attachment(c, name, contentType, content)
	}
	h.Set("Content-Security-Policy", downloadPolicy)
	return c.Blob(http.StatusOK, contentType, content)
}
