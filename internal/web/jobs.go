package web

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
)

func (s *Server) jobsRoutes() []route {
	access := only(member.Trainee)
	return []route{
		{Method: http.MethodGet, Path: "/jobs", Access: access, Handle: s.jobs},
		{Method: http.MethodGet, Path: "/jobs/seen", Access: access, Handle: s.jobsSeen},
		{Method: http.MethodGet, Path: "/jobs/:id", Access: access, Handle: s.job},
		{Method: http.MethodPost, Path: "/jobs/:id/interest", Access: access, Handle: s.setInterest},
	}
}

// jobCard is a piece of work with its reasons in words: part "jobcard".
type jobCard struct {
	desk.JobLook
	Facts postingFacts
	Why   []termPart // the terms that gave points
	Left  []jobGap
}

// jobGap is one thing that is missing, in words, and where to mend it.
type jobGap struct{ Text, Href string }

var gapKeys = map[string]string{
	"base": "jobs.gap.base", "quiz": "jobs.gap.quiz", "pieces": "jobs.gap.pieces", "assessors": "jobs.gap.assessors", "old": "jobs.gap.old",
	"hours": "jobs.gap.hours", "hours_old": "jobs.gap.hours_old", "few_hours": "jobs.gap.few_hours",
}

func (s *Server) jobCard(lang string, j desk.JobLook) jobCard {
	card := jobCard{JobLook: j, Facts: factsOf(j.Posting, j.Bar, lang)}
	for _, t := range termParts(j.Terms) {
		if t.Points > 0 {
			card.Why = append(card.Why, t)
		}
	}
	unfinished := slices.ContainsFunc(j.Gaps, func(g desk.JobGap) bool { return g.Key == "base" })
	for _, g := range j.Gaps {
		switch {
		case g.Key == "quiz" && unfinished:
			continue // each comes in its turn in the course that is to be finished
		case g.Key == "hours" || g.Key == "hours_old" || g.Key == "few_hours":
			g.Href += "#hours"
		}
		text := s.Words.In(lang).T(gapKeys[g.Key], "Title", g.Title.In(lang), "Need", g.Need, "Have", g.Have)
		card.Left = append(card.Left, jobGap{text, g.Href})
	}
	return card
}

type jobsPage struct {
	Page
	Fits   []jobCard
	Nearly []jobCard
	Others []jobCard // a page of them
	Find   string
	Any    bool
	Search bool // so many that one looks for one's own
	Pager  Pager
}

var jobsView = view[jobsPage]("jobs/jobs")

const jobsOnPage = 20

// jobs shows all that fits or nearly fits, and the others a page at a time.
func (s *Server) jobs(c echo.Context, a desk.Actor) error {
	page := jobsPage{Page: s.page(c, a, "jobs.jobs.title"), Find: soughtWork(c)}
	look, err := s.Desk.LookJobs(c.Request().Context(), a, page.Find)
	if err != nil {
		return err
	}
	cards := func(list []desk.JobLook) []jobCard {
		out := make([]jobCard, len(list))
		for i, j := range list {
			out[i] = s.jobCard(page.Lang, j)
		}
		return out
	}
	const few = 5
	found := len(look.Fits) + len(look.Nearly) + len(look.Others)
	page.Any, page.Search = found > 0, found > few || page.Find != ""
	page.Pager = newPager(c, len(look.Others), jobsOnPage)
	if page.Pager.Page == 1 {
		page.Fits, page.Nearly = cards(look.Fits), cards(look.Nearly)
	}
	from := (page.Pager.Page - 1) * jobsOnPage
	page.Others = cards(look.Others[from:min(from+jobsOnPage, len(look.Others))])
	return jobsView.render(s, c, page)
}

type jobPage struct {
	Page
	Job jobCard
}

var jobView = view[jobPage]("jobs/job")

func (s *Server) job(c echo.Context, a desk.Actor) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	return s.showJob(c, a, id, nil)
}

func (s *Server) showJob(c echo.Context, a desk.Actor, id job.PostingID, refused error) error {
	look, err := s.Desk.LookJob(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	p := s.titled(c, a, look.Title)
	if refused != nil {
		if p, err = s.refused(p, refused); err != nil {
			return err
		}
	}
	return jobView.render(s, c, jobPage{Page: p, Job: s.jobCard(p.Lang, look)})
}

type interestForm struct {
	On bool `form:"on"`
}

func (s *Server) setInterest(c echo.Context, a desk.Actor) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	form, err := decode[interestForm](c)
	if err == nil {
		err = s.Desk.SetInterest(c.Request().Context(), a, id, form.On)
	}
	if err != nil {
		return s.showJob(c, a, id, err)
	}
	if !form.On { // a closed job is hers to see only while she is interested
		return s.seeOther(c, "/jobs", "jobs.flash.withdrawn")
	}
	return s.seeOther(c, fmt.Sprintf("/jobs/%d", id), "jobs.flash.given")
}

type seenPage struct {
	Page
	List  []desk.Shown
	Pager Pager
}

var seenView = view[seenPage]("jobs/seen")

const seenOnPage = 50

func (s *Server) jobsSeen(c echo.Context, a desk.Actor) error {
	list, total, err := s.Desk.LookShown(c.Request().Context(), a, pageOffset(c, seenOnPage), seenOnPage)
	if err != nil {
		return err
	}
	return seenView.render(s, c, seenPage{Page: s.page(c, a, "jobs.seen.title"), List: list, Pager: newPager(c, total, seenOnPage)})
}
