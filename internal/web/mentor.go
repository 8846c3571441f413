package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

func (s *Server) mentorRoutes() []route {
	mentor := only(member.Mentor)
	return []route{
		{Method: http.MethodGet, Path: "/mentor", Access: mentor, Handle: s.queue},
		{Method: http.MethodGet, Path: "/mentor/next", Access: mentor, Handle: s.nextPiece},
		{Method: http.MethodGet, Path: "/mentor/submissions/:id", Access: mentor, Handle: s.bench},
		{Method: http.MethodPost, Path: "/mentor/submissions/:id/claim", Access: mentor, Handle: s.claim},
		{Method: http.MethodPost, Path: "/mentor/submissions/:id/release", Access: mentor, Handle: s.release},
		{Method: http.MethodPost, Path: "/mentor/submissions/:id/draft", Access: mentor, Handle: s.saveAssessment},
		{Method: http.MethodPost, Path: "/mentor/submissions/:id/assessment", Access: mentor, Handle: s.assess},
	}
}

// queuePage is the mentors' queue: what waits, the longest first, or what was returned.
type queuePage struct {
	Page
	Queue    desk.Queue
	Rows     []queueLine
	Returned bool // the list of what was returned
	Paged    bool // not its first page
	Next     string
}

// queueLine is a piece in the queue, flat and in words: there are fifty on a page.
type queueLine struct {
	ID                           practice.SubmissionID
	Since                        string // when it came, for machines
	Waits                        string // how long
	Late, SecondLook, OtherFirst bool
	Prior                        bool // brought along from elsewhere
	Who                          string
	Code, Title                  string
	Try                          string
	Fixes                        string // ticked of all, or of what was returned all; empty: none
	Holder                       string // somebody else, and how much longer
	Mine                         string // hers, and how much longer
	Own                          bool   // the looker's work
	See                          string // what the button is for
}

func queueLines(w *i18n.Printer, q desk.Queue, now time.Time) []queueLine {
	out := make([]queueLine, len(q.Rows))
	for i, r := range q.Rows {
		l := queueLine{
			ID: r.ID, Since: w.ISO(r.Since), Waits: w.Waiting(now.Sub(r.Since)), Late: r.Late, SecondLook: r.SecondLook, OtherFirst: r.OtherFirst, Prior: r.Ref.Prior(),
			Who: w.Person(r.Trainee), Code: r.Course, Title: r.Title.In(w.Lang()), Try: w.TN("mentor.queue.nth", r.Attempts), Own: r.Own,
		}
		switch {
		case r.Mine:
			l.Mine = w.TN("mentor.queue.mine", minutesLeft(r.Claim, now))
		case r.ClaimedBy != "":
			l.Holder = w.TN("mentor.queue.held", minutesLeft(r.Claim, now), "Name", r.ClaimedBy)
		}
		if r.Fixes > 0 {
			if l.Fixes = strconv.Itoa(r.Fixes); q.Turn == practice.WithMentor {
				l.Fixes = strconv.Itoa(r.Ticked) + "/" + l.Fixes
			}
		}
		l.See = w.T("mentor.queue.see_this", "Name", r.Trainee, "Title", l.Title)
		out[i] = l
	}
	return out
}

func minutesLeft(c practice.Claim, now time.Time) int {
	return max(1, int((c.Until.Sub(now)+time.Minute-1)/time.Minute))
}

var queueView = view[queuePage]("mentor/queue")

func (s *Server) queue(c echo.Context, a desk.Actor) error {
	turn, after := practice.WithMentor, queueAfter(c)
	if c.QueryParam("turn") == string(practice.WithTrainee) {
		turn = practice.WithTrainee
	}
	q, err := s.Desk.LookAtQueue(c.Request().Context(), a, turn, after)
	if err != nil {
		return err
	}
	page := queuePage{Page: s.page(c, a, "mentor.queue.title"), Queue: q, Returned: turn == practice.WithTrainee, Paged: after.ID != 0}
	page.Rows = queueLines(s.printer(c), q, page.Now)
	if page.Returned {
		page.Title = s.printer(c).T("mentor.queue.title_returned")
	}
	if q.More {
		last := q.Rows[len(q.Rows)-1]
		next := url.Values{"since": {strconv.FormatInt(last.Since.UnixMilli(), 10)}, "after": {strconv.FormatInt(int64(last.ID), 10)}}
		if page.Returned {
			next.Set("turn", string(turn))
		}
		page.Next = "/mentor?" + next.Encode()
	}
	return queueView.render(s, c, page)
}

// queueAfter is where the page of the queue begins; nonsense begins at the top.
func queueAfter(c echo.Context) desk.QueueAfter {
	since, err1 := strconv.ParseInt(c.QueryParam("since"), 10, 64)
	id, err2 := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if err1 != nil || err2 != nil || since < 0 || id < 1 {
		return desk.QueueAfter{}
	}
	return desk.QueueAfter{Since: time.UnixMilli(since), ID: practice.SubmissionID(id)}
}

// nextPiece leads to the piece that has waited longest. It takes nothing: looking is free, and typing claims.
func (s *Server) nextPiece(c echo.Context, a desk.Actor) error {
	id, ok, err := s.Desk.NextPiece(c.Request().Context(), a)
	if err != nil {
		return err
	}
	if !ok {
		return s.seeOther(c, "/mentor", "mentor.queue.none_left")
	}
	return c.Redirect(http.StatusSeeOther, benchPath(id))
}

func benchPath(id practice.SubmissionID) string {
	return "/mentor/submissions/" + strconv.FormatInt(int64(id), 10)
}

// submissionID is the piece in the address; what is no number does not exist.
func submissionID(c echo.Context) (practice.SubmissionID, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, problem.Missing("store.missing")
	}
	return practice.SubmissionID(id), nil
}

// claim takes a piece, or renews the claim when the script asks. Somebody who was faster is told on the piece's page.
func (s *Server) claim(c echo.Context, a desk.Actor) error {
	id, err := submissionID(c)
	if err != nil {
		return err
	}
	_, err = s.Desk.ClaimPiece(c.Request().Context(), a, id)
	if wantsJSON(c) {
		if err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}
	if problem.Is(err, problem.Conflict) {
		return s.benchRefused(c, a, id, nil, err)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, benchPath(id))
}

func (s *Server) release(c echo.Context, a desk.Actor) error {
	id, err := submissionID(c)
	if err != nil {
		return err
	}
	if err := s.Desk.ReleasePiece(c.Request().Context(), a, id); err != nil {
		return err
	}
	return s.seeOther(c, "/mentor", "mentor.queue.released")
}

// saveAssessment keeps what is half-written, and takes or renews the claim: who writes is working at it. That somebody else
// holds the piece is no reason not to keep what was written.
func (s *Server) saveAssessment(c echo.Context, a desk.Actor) error {
	id, err := submissionID(c)
	if err != nil {
		return err
	}
	form, err := decode[assessForm](c)
	form.tidy()
	if err != nil {
		return s.benchRefused(c, a, id, &form, err)
	}
	back := "#verdict"
	if form.takeFromBank() {
		back = "#fixes"
	}
	if _, err := s.Desk.SaveAssessment(c.Request().Context(), a, id, form.draft()); err != nil {
		return err
	}
	if _, err := s.Desk.ClaimPiece(c.Request().Context(), a, id); err != nil && len(problem.Of(err)) == 0 {
		return err
	}
	return s.saved(c, benchPath(id)+back, "mentor.assess.saved")
}

// assess sends the judgement. What is refused comes back with everything that was typed, and is kept as a draft besides.
func (s *Server) assess(c echo.Context, a desk.Actor) error {
	id, err := submissionID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	form, err := decode[assessForm](c)
	form.tidy()
	var followed desk.Followed
	if err == nil {
		followed, err = s.Desk.Assess(ctx, a, id, form.judgement())
	}
	if err != nil {
		if len(problem.Of(err)) > 0 && !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
			if _, kept := s.Desk.SaveAssessment(ctx, a, id, form.draft()); kept != nil && len(problem.Of(kept)) == 0 {
				return errors.Join(err, kept)
			}
		}
		return s.benchRefused(c, a, id, &form, err)
	}
	s.setFlash(c, s.told(c, practice.Verdict(form.Verdict), followed))
	return c.Redirect(http.StatusSeeOther, "/mentor")
}
