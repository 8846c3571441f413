package web

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

func (s *Server) learnRoutes() []route {
	return []route{
		{Method: http.MethodGet, Path: "/learn", Access: only(member.Trainee), Handle: s.learn},
	}
}

// learnPage is a trainee's home: one next thing, whose turn it is elsewhere, how far she is, what a first job still asks.
type learnPage struct {
	Page
	Greeting  string
	New       bool
	Next      nextCard
	Waiting   []waitingPiece
	WaitWords string // when work comes back, told honestly
	Returned  []desk.Piece
	Courses   []courseRow
	Jobs      []jobLine
}

var learnView = view[learnPage]("learn/home")

func (s *Server) learn(c echo.Context, a desk.Actor) error {
	h, err := s.Desk.LookHome(c.Request().Context(), a)
	if err != nil {
		return err
	}
	w := s.printer(c)
	p := s.page(c, a, "learn.home.title")
	page := learnPage{
		Page: p, Greeting: greeting(w, a.Name, p.Now), New: h.New && len(h.Courses) > 0, Next: s.nextCard(w, h, p.Now),
		Returned: h.Returned, Courses: courseRows(h.Courses, w.Lang()),
	}
	for _, one := range h.Waiting {
		piece := waitingPiece{one, brokenPromise(h.Wait, one.TurnSince, p.Now)}
		if page.Waiting = append(page.Waiting, piece); !piece.Late {
			page.WaitWords = waitWords(w, h.Wait) // said of what may still keep to it
		}
	}
	for _, line := range h.Readiness {
		page.Jobs = append(page.Jobs, s.jobLine(w, line, h.OpenJobs[line.Bar.JobType]))
	}
	return learnView.render(s, c, page)
}

// waitingPiece is a piece that is with the mentors. Late says that they have not kept their promise.
type waitingPiece struct {
	desk.Piece
	Late bool
}

func brokenPromise(w desk.Wait, since, now time.Time) bool {
	return w.PromiseDays > 0 && now.After(since.AddDate(0, 0, w.PromiseDays))
}

// greeting greets by the hour in Tokyo, with the name people call her by.
func greeting(w *i18n.Printer, name string, now time.Time) string {
	const morning, noon, evening = 4, 11, 18
	key := "learn.greeting.evening"
	switch h := now.In(practice.Tokyo).Hour(); {
	case h >= morning && h < noon:
		key = "learn.greeting.morning"
	case h >= noon && h < evening:
		key = "learn.greeting.day"
	}
	return w.T(key, "Name", calledBy(name))
}

// calledBy is the given name: the last part of a Japanese name, the first of one in Latin letters.
func calledBy(name string) string {
	parts := strings.Fields(name)
	if len(parts) < 2 {
		return name
	}
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }) {
		return parts[len(parts)-1]
	}
	return parts[0]
}

// waitWords is the honest answer to "when will it come back?": what the last pieces took, or where there are too few, the
// center's promise.
func waitWords(w *i18n.Printer, t desk.Wait) string {
	const day = 24 * time.Hour
	if !t.Known {
		if t.PromiseDays == 0 {
			return ""
		}
		return w.TN("learn.wait.promise", t.PromiseDays)
	}
	from, to := max(1, int((t.Usual+day/2)/day)), max(1, int((t.Mostly+day-1)/day))
	switch {
	case to == 1:
		return w.T("learn.wait.day")
	case from >= to:
		return w.TN("learn.wait.days", to)
	}
	return w.TN("learn.wait.range", to, "From", from)
}

// nextCard is the one next thing in words: what, why it matters now, and one verb to press.
type nextCard struct {
	Tag, Look  string // a few words over it, and their colour (a class of .tag)
	What, Meta string
	Href, Verb string
	Quiet      bool // nothing to do now: the button is no call
}

// verbs are what one does with an item.
var verbs = map[course.Kind]string{
	course.KindLesson: "learn.verb.lesson", course.KindQuiz: "learn.verb.quiz", course.KindAssignment: "learn.verb.assignment",
}

func (s *Server) nextCard(w *i18n.Printer, h desk.Home, now time.Time) nextCard {
	n := h.Next
	switch n.Kind {
	case desk.NextMend, desk.NextDue, desk.NextContinue, desk.NextStart:
		return s.nextItem(w, n, now)
	case desk.NextGap:
		if n.Missing.Rule == readiness.RuleHours {
			return nextCard{What: w.T("learn.next.hours"), Meta: w.T("learn.next.hours_why"), Href: "/account#hours", Verb: w.T("learn.verb.hours")}
		}
		return nextCard{What: w.T("learn.next.second_look"), Meta: w.T("learn.next.second_look_why"), Href: "/readiness", Verb: w.T("learn.verb.second_look")}
	case desk.NextJobs:
		if h.Interested {
			return nextCard{
				Tag: w.T("learn.next.company"), Look: "wait", What: w.T("learn.next.interested"), Meta: w.T("learn.next.interested_why"),
				Href: "/jobs", Verb: w.T("learn.verb.jobs"), Quiet: true,
			}
		}
		return nextCard{
			Tag: w.T("learn.next.ready"), Look: "ok", What: w.T("learn.next.jobs", "Job", s.jobTitle(n.JobType, w.Lang())),
			Meta: w.T("learn.next.jobs_why"), Href: "/jobs", Verb: w.T("learn.verb.jobs"),
		}
	case desk.NextWait:
		card := nextCard{What: w.T("learn.next.wait"), Meta: w.T("learn.next.wait_why"), Href: "/courses", Verb: w.T("learn.verb.wait"), Quiet: true}
		if len(h.Waiting) > 0 {
			card.Href, card.Verb = h.Waiting[0].Ref.Path(), w.T("learn.verb.wait_piece")
		}
		return card
	}
	if len(h.Courses) == 0 {
		return nextCard{What: w.T("learn.empty.title"), Meta: w.T("learn.empty.text"), Href: "/courses", Verb: w.T("learn.verb.courses")}
	}
	return nextCard{What: w.T("learn.next.nothing"), Meta: w.T("learn.next.nothing_why"), Href: "/readiness", Verb: w.T("learn.verb.readiness"), Quiet: true}
}

func (s *Server) nextItem(w *i18n.Printer, n desk.Next, now time.Time) nextCard {
	title := n.Item.Title.In(w.Lang())
	meta := []string{w.T(kindWords[n.Item.Kind]), aboutMinutes(w, n.Item.Minutes), w.T(deviceWords[n.Item.Device])}
	card := nextCard{What: title, Href: n.Item.Ref.Path(), Verb: w.T(verbs[n.Item.Kind])}
	switch n.Kind {
	case desk.NextMend:
		card.What, card.Verb = w.T("learn.next.mend", "Title", title), w.T("learn.verb.mend")
		card.Tag, card.Look = w.TN("learn.next.fixes", n.Fixes), "mend"
		meta = meta[1:]
		if n.Mentor != "" {
			meta = append(meta, w.T("learn.next.from", "Name", strings.ReplaceAll(n.Mentor, " ", "\u00a0"), "When", w.Day(n.Since, now)))
		}
	case desk.NextDue:
		card.Tag, card.Look = w.T("learn.next.due", "Day", lastDay(w, n.Due)), "wait"
		if !now.Before(n.Due) {
			card.Tag, card.Look = w.T("learn.next.late"), "mend"
			meta = append(meta, w.T("learn.next.late_ok"))
		}
		card.What = w.T("learn.next.hand_in", "Title", title)
	case desk.NextStart:
		card.Verb = w.T("learn.verb.start")
		card.Tag = s.courseTitle(n.Item.Ref.Course, w.Lang())
	case desk.NextContinue:
		card.Tag = s.courseTitle(n.Item.Ref.Course, w.Lang())
	}
	card.Meta = joined(meta)
	return card
}

// lastDay is the day a deadline ends: a deadline is the first instant of the day after.
func lastDay(w *i18n.Printer, due time.Time) string { return w.Weekday(due.Add(-time.Second)) }

func (s *Server) courseTitle(slug, lang string) string {
	if c := s.Desk.Catalog.Course(slug); c != nil {
		return c.Title.In(lang)
	}
	return slug
}

// certified is what a new certificate is for: a course, or a skill.
func (s *Server) certified(g desk.GotCertificate, lang string) string {
	if g.Kind == certificate.KindSkill {
		return s.Desk.Catalog.Skill(skill.ID(g.Subject)).Title.In(lang)
	}
	return s.courseTitle(g.Subject, lang)
}

func (s *Server) jobTitle(t readiness.JobType, lang string) string {
	if b, ok := s.Desk.Bar(t); ok {
		return b.Title.In(lang)
	}
	return string(t)
}

// jobLine is how far a first job of a type is: ready, or what is left, with the first two steps as links.
type jobLine struct {
	Title    string
	Ready    bool
	Until    time.Time
	Steps    []step // the first two
	Count    int    // of all steps
	Minutes  int    // of the shortest way; 0: no work of her own is left
	OpenJobs int
}

// step is one thing to do, as a link.
type step struct{ Words, Href string }

const stepsShown = 2

func (s *Server) jobLine(w *i18n.Printer, l desk.ReadyLine, open int) jobLine {
	steps := s.stepsTo(w, l)
	return jobLine{
		Title: l.Bar.Title.In(w.Lang()), Ready: l.Readiness.Ready, Until: l.Readiness.Until,
		Steps: steps[:min(stepsShown, len(steps))], Count: len(steps), Minutes: l.Way.Minutes, OpenJobs: open,
	}
}

// stepsTo are the things still to do for a job type, in the order in which they are best done. What another step brings
// about anyway (a quiz of the basic course that is to be completed) is not counted twice.
func (s *Server) stepsTo(w *i18n.Printer, l desk.ReadyLine) []step {
	var steps []step
	base := l.Bar.Base
	wholeBase := slices.ContainsFunc(l.Readiness.Missing, func(m readiness.Missing) bool { return m.Key == "base" })
	if wholeBase {
		steps = append(steps, step{w.T("learn.step.course", "Course", s.courseTitle(base, w.Lang())), "/courses/" + base})
	}
	for _, it := range l.Way.Items {
		if wholeBase && it.Ref.Course == base {
			continue
		}
		steps = append(steps, step{it.Title.In(w.Lang()), it.Ref.Path()})
	}
	for _, m := range l.Readiness.Missing {
		switch {
		case m.Key == "assessors":
			steps = append(steps, step{w.T("learn.step.second_look", "Skill", s.Desk.Catalog.Skill(m.Skill).Title.In(w.Lang())), "/readiness"})
		case m.Rule == readiness.RuleHours:
			steps = append(steps, step{w.T("learn.step.hours"), "/account#hours"})
		case m.Rule == readiness.RuleConsent:
			steps = append(steps, step{w.T("learn.step.consent"), "/account#consent"})
		}
	}
	return steps
}
