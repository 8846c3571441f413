package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
)

func (s *Server) readinessRoutes() []route {
	return []route{{Method: http.MethodGet, Path: "/readiness", Access: only(member.Trainee), Handle: s.readiness}}
}

// readinessPage is how a trainee stands to every job type.
type readinessPage struct {
	Page
	Cards []readyCard
}

// readyCard is one job type: the flag, its reasons, the shortest way.
type readyCard struct {
	ID       string
	Title    said
	About    said
	Ready    bool
	Since    time.Time
	Until    time.Time
	Left     int // steps, as /learn counts them
	Rules    []ruleLine
	Later    []string // words' keys: criteria that a later version looks at
	Way      wayLine
	OpenJobs int
	Second   []secondLook
}

// secondLook is a passed piece that another mentor could look at, or is looking at.
type secondLook struct {
	Frame   Page
	ID      practice.SubmissionID
	Title   said
	Href    string
	Looking bool
}

// ruleLine is one criterion that is looked at: met, or not yet.
type ruleLine struct {
	Title   string // a word's key
	Met     bool
	Missing []missingLine
}

// missingLine is one thing that is missing, where to mend it, and how long it takes.
type missingLine struct {
	Text, Href, Facts string
}

// wayLine is the shortest way: what is left to do, by the courses' own minutes.
type wayLine struct {
	Minutes int
	What    string // "2 assignments, 3 lessons"
	Next    *neighbour
}

var readinessView = view[readinessPage]("readiness/readiness")

// ruleWords name the criteria.
var ruleWords = map[readiness.Rule]string{
	readiness.RuleBase: "readiness.rule.base", readiness.RuleAttendance: "readiness.rule.attendance", readiness.RuleSkills: "readiness.rule.skills",
	readiness.RuleOnTime: "readiness.rule.on_time", readiness.RuleReplies: "readiness.rule.replies", readiness.RuleMockJob: "readiness.rule.mock_job",
	readiness.RulePapers: "readiness.rule.papers", readiness.RuleHours: "readiness.rule.hours", readiness.RuleConsent: "readiness.rule.consent",
}

func (s *Server) readiness(c echo.Context, a desk.Actor) error {
	look, err := s.Desk.LookReadiness(c.Request().Context(), a)
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := readinessPage{Page: s.page(c, a, "readiness.title")}
	for _, l := range look.Lines {
		page.Cards = append(page.Cards, s.readyCard(w, page.Page, l, look))
	}
	return readinessView.render(s, c, page)
}

func (s *Server) readyCard(w *i18n.Printer, frame Page, l desk.ReadyLine, look desk.ReadinessPage) readyCard {
	lang := w.Lang()
	card := readyCard{
		ID: string(l.Bar.JobType), Title: say(l.Bar.Title, lang), About: say(l.Bar.About, lang), Ready: l.Readiness.Ready, Until: l.Readiness.Until,
		Way: s.wayLine(w, l), OpenJobs: look.OpenJobs[l.Bar.JobType], Left: len(s.stepsTo(w, l)),
	}
	if card.Ready {
		card.Since = l.Since
	}
	for _, r := range l.Bar.Rules(l.Readiness) {
		line := ruleLine{Title: ruleWords[r.Rule], Met: r.Met}
		line.Missing = s.missingLines(w, l, r.Missing)
		if r.Later {
			card.Later = append(card.Later, line.Title)
			continue
		}
		card.Rules = append(card.Rules, line)
	}
	for _, p := range look.Pieces {
		if slices.Contains(l.Way.SecondLook, p.ID) {
			card.Second = append(card.Second, secondLook{frame, p.ID, say(p.Title, lang), p.Ref.Path(), p.Turn == practice.WithMentor})
		}
	}
	return card
}

// wayLine adds the way up in words.
func (s *Server) wayLine(w *i18n.Printer, l desk.ReadyLine) wayLine {
	v := wayLine{Minutes: l.Way.Minutes}
	var parts []string
	for _, p := range []struct {
		n   int
		key string
	}{{l.Way.Assignments, "readiness.way.assignments"}, {l.Way.Quizzes, "readiness.way.quizzes"}, {l.Way.Lessons, "readiness.way.lessons"}} {
		if p.n > 0 {
			parts = append(parts, w.TN(p.key, p.n))
		}
	}
	v.What = joined(parts)
	if len(l.Way.Items) > 0 {
		v.Next = neighbourOf(l.Way.Items[0], w.Lang())
	}
	return v
}

// missingLines are what is missing for one criterion. While the basic course is not finished, its quizzes are one line: each
// of them is still to come in its turn.
func (s *Server) missingLines(w *i18n.Printer, l desk.ReadyLine, list []readiness.Missing) []missingLine {
	var out []missingLine
	quizzes := 0
	unfinished := slices.ContainsFunc(list, func(m readiness.Missing) bool { return m.Key == "base" })
	for _, m := range list {
		if m.Key == "quiz" && unfinished {
			quizzes++
			continue
		}
		out = append(out, s.missingLine(w, l, m))
	}
	if quizzes > 0 {
		out = append(out, missingLine{Text: w.TN("readiness.missing.quizzes", quizzes, "Percent", l.Bar.QuizPercent), Href: "/courses/" + l.Bar.Base})
	}
	return out
}

// missingLine says what is missing, and leads to where it is mended.
func (s *Server) missingLine(w *i18n.Printer, l desk.ReadyLine, m readiness.Missing) missingLine {
	name := s.Desk.Catalog.Skill(m.Skill).Title.In(w.Lang())
	switch m.Key {
	case "base":
		return s.onTheWay(w, l, w.T("readiness.missing.base", "Course", s.courseTitle(l.Bar.Base, w.Lang())), "/courses/"+l.Bar.Base,
			func(it *course.Item) bool { return it.Ref.Course == l.Bar.Base })
	case "quiz":
		title, href := m.Quiz, "/courses/"+l.Bar.Base+"/"+m.Quiz
		for _, it := range l.Way.Items {
			if it.Ref.Path() == href {
				title = it.Title.In(w.Lang())
			}
		}
		return s.onTheWay(w, l, w.T("readiness.missing.quiz", "Quiz", title, "Percent", m.Args["Percent"], "Best", m.Args["Best"]), href,
			func(it *course.Item) bool { return it.Ref.Path() == href })
	case "pieces":
		return s.toProve(w, l, m, w.TN("readiness.missing.pieces", m.Need, "Skill", name))
	case "old":
		return s.toProve(w, l, m, w.T("readiness.missing.old", "Skill", name, "Months", m.Args["Months"]))
	case "assessors":
		return missingLine{Text: w.TN("readiness.missing.assessors", m.Need, "Skill", name), Href: "#second-" + string(l.Bar.JobType)}
	case "hours":
		return missingLine{Text: w.T("readiness.missing.hours"), Href: "/account#hours"}
	case "hours_old":
		return missingLine{Text: w.T("readiness.missing.hours_old", "Days", m.Args["Days"]), Href: "/account#hours"}
	}
	return missingLine{Text: w.T("readiness.missing.consent"), Href: "/account#consent"}
}

// onTheWay is what is missing with the minutes of the items that mend it.
func (s *Server) onTheWay(w *i18n.Printer, l desk.ReadyLine, text, href string, mends func(*course.Item) bool) missingLine {
	minutes := 0
	for _, it := range l.Way.Items {
		if mends(it) {
			minutes += it.Minutes
		}
	}
	v := missingLine{Text: text, Href: href}
	if minutes > 0 {
		v.Facts = w.Minutes(minutes)
	}
	return v
}

// toProve leads to the first assignment on the way that proves the skill.
func (s *Server) toProve(w *i18n.Printer, l desk.ReadyLine, m readiness.Missing, text string) missingLine {
	href := "/courses"
	proves := func(it *course.Item) bool {
		return it.Assignment != nil && slices.ContainsFunc(it.Assignment.Rubric.Rows, func(r course.Criterion) bool { return r.Skill == m.Skill && r.Proves > 0 })
	}
	for _, it := range l.Way.Items {
		if proves(it) {
			href = it.Ref.Path()
			break
		}
	}
	return s.onTheWay(w, l, text, href, proves)
}
