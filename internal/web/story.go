package web

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/audit"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

// storyPage is somebody's page for those who look after her.
type storyPage struct {
	Page
	Story     desk.Story
	Mentor    bool // the reader may open pieces
	Keeps     bool // she may change certificates
	Held      []certificateLine
	Leads     bool // the reader may open cohorts
	Courses   []storyCourse
	Pieces    []storyPiece
	Readiness []storyReadiness
	Events    []storyEvent
	Older     string
	Paged     bool // not the newest events
}

type storyCourse struct {
	desk.StoryCourse
	Modules []storyModule
}

type storyModule struct {
	desk.StoryModule
	cellWord
}

// storyPiece is a piece of her work with whose turn it is, in words.
type storyPiece struct {
	desk.StoryPiece
	Class, Turn string
	Again       bool // may be sent to a second look
}

// storyReadiness is a job type with what is missing, in words.
type storyReadiness struct {
	desk.ReadyLine
	Missing []string
}

// storyEvent is an event in words.
type storyEvent struct {
	At                time.Time
	What, Title, More string
	Who               string // empty if it was she herself
}

var storyView = view[storyPage]("center/member")

func (s *Server) story(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	return s.showStory(c, a, id, nil)
}

// showStory shows somebody's page, again with what was refused.
func (s *Server) showStory(c echo.Context, a desk.Actor, id member.ID, refusal error) error {
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	look, err := s.Desk.LookStory(c.Request().Context(), a, id, max(before, 0))
	if err != nil {
		return err
	}
	p := s.titled(c, a, s.printer(c).Person(look.Name))
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	page := storyPage{
		Page: p, Story: look, Mentor: a.Is(member.Mentor), Leads: a.Is(member.Coordinator), Keeps: a.Is(member.Coordinator, member.Admin), Paged: before > 0,
	}
	s.storyWords(c, &page)
	if look.Before > 0 {
		page.Older = storyPath(id) + "?" + url.Values{"before": {strconv.FormatInt(look.Before, 10)}}.Encode() + "#story"
	}
	return storyView.render(s, c, page)
}

func storyPath(id member.ID) string { return "/center/members/" + strconv.FormatInt(int64(id), 10) }

// storyWords puts what the desk tells into words.
func (s *Server) storyWords(c echo.Context, page *storyPage) {
	w := s.printer(c)
	for _, k := range page.Story.Courses {
		line := storyCourse{StoryCourse: k}
		for _, m := range k.Modules {
			line.Modules = append(line.Modules, storyModule{m, cellIn(w, m.State())})
		}
		page.Courses = append(page.Courses, line)
	}
	for _, v := range slices.Backward(page.Story.Pieces) {
		p := storyPiece{StoryPiece: v, Again: page.Story.MayResend && !v.Passed.IsZero() && v.Turn == practice.Nobody}
		switch {
		case v.SecondLook:
			p.Class, p.Turn = "wait", w.T("center.piece.second_look")
		case v.Turn == practice.WithMentor:
			p.Class, p.Turn = "wait", w.T("center.piece.with_mentor")
		case v.Turn == practice.WithTrainee:
			p.Class, p.Turn = "mend", w.T("center.piece.to_mend")
		default:
			p.Class, p.Turn = "ok", w.T("center.piece.passed")
		}
		page.Pieces = append(page.Pieces, p)
	}
	for _, l := range page.Story.Readiness {
		line := storyReadiness{ReadyLine: l}
		for _, m := range l.Readiness.Missing {
			line.Missing = append(line.Missing, s.missingLine(w, l, m).Text)
		}
		page.Readiness = append(page.Readiness, line)
	}
	for _, h := range page.Story.Held {
		page.Held = append(page.Held, s.certificateLine(w, h))
	}
	for _, e := range page.Story.Events {
		page.Events = append(page.Events, s.storyEvent(c, page.Story.ID, e))
	}
}

// storyEvent puts an event into words: what happened, to which item, how it came out, and by whom if it was not she.
func (s *Server) storyEvent(c echo.Context, whose member.ID, e desk.StoryEvent) storyEvent {
	w := s.printer(c)
	out := storyEvent{At: e.At, What: string(e.Action), Title: e.Title.In(w.Lang())}
	if key := "audit." + string(e.Action); w.Has(key) {
		out.What = w.T(key)
	}
	switch {
	case e.Actor != 0 && e.Actor != whose:
		out.Who = e.ActorName
	case e.Actor == 0:
		out.Who = w.T("center.story.program")
	}
	out.More = s.storyDetail(c, e)
	return out
}

// storyDetail says how an event came out, where its data tell.
func (s *Server) storyDetail(c echo.Context, e desk.StoryEvent) string {
	w := s.printer(c)
	number := func(name string) int {
		n, _ := e.Data[name].(float64)
		return int(n)
	}
	switch e.Action {
	case audit.Action("quiz.answered"):
		return w.Percent(number("percent"))
	case audit.Action("submission.handed_in"):
		return w.TN("center.story.attempt", number("attempt"))
	case audit.Action("submission.assessed"):
		if e.Data["verdict"] == string(practice.Pass) {
			return w.T("center.piece.passed")
		}
		return w.T("center.piece.to_mend")
	}
	return ""
}

func (s *Server) inviteAgain(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	if err := s.Desk.InviteAgain(c.Request().Context(), a, id); err != nil {
		return s.showStory(c, a, id, err)
	}
	return s.seeOther(c, storyPath(id), "center.member.invited_again")
}

// handCode makes a code and shows it this once: it stands in no address, cookie or log.
func (s *Server) handCode(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	look, err := s.Desk.LookStory(c.Request().Context(), a, id, 0)
	if err != nil {
		return err
	}
	number, code, err := s.Desk.HandCode(c.Request().Context(), a, id)
	if err != nil {
		return s.showStory(c, a, id, err)
	}
	return s.showCode(c, a, look.Name, number, code, storyPath(id))
}
