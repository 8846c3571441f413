package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

func (s *Server) centerRoutes() []route {
	coordinator := only(member.Coordinator)
	keeper := only(member.Coordinator, member.Admin)
	const (
		one    = "/center/cohorts/:id"
		person = "/center/members/:id"
	)
	return []route{
		{Method: http.MethodGet, Path: "/center", Access: coordinator, Handle: s.today},
		{Method: http.MethodGet, Path: "/center/cohorts", Access: coordinator, Handle: s.cohorts},
		{Method: http.MethodPost, Path: "/center/cohorts", Access: coordinator, Handle: s.createCohort},
		{Method: http.MethodGet, Path: "/center/cohorts/new", Access: coordinator, Handle: s.newCohort},
		{Method: http.MethodGet, Path: one, Access: coordinator, Handle: s.cohort},
		{Method: http.MethodPost, Path: one, Access: coordinator, Handle: s.changeCohort},
		{Method: http.MethodGet, Path: one + "/edit", Access: coordinator, Handle: s.editCohort},
		{Method: http.MethodPost, Path: one + "/members", Access: coordinator, Handle: s.inviteOne},
		{Method: http.MethodGet, Path: one + "/invite", Access: coordinator, Handle: s.inviteList},
		{Method: http.MethodPost, Path: one + "/invite", Access: coordinator, Handle: s.inviteMany},
		{Method: http.MethodGet, Path: one + "/progress", Access: coordinator, Handle: s.progress},
		{Method: http.MethodGet, Path: one + "/progress.csv", Access: coordinator, Handle: s.progressCSV},
		{Method: http.MethodGet, Path: one + "/progress.xlsx", Access: coordinator, Handle: s.progressXLSX},
		{Method: http.MethodGet, Path: person, Access: only(member.Coordinator, member.Mentor, member.Admin), Handle: s.story},
		{Method: http.MethodPost, Path: person + "/invitation", Access: keeper, Handle: s.inviteAgain},
		{Method: http.MethodPost, Path: person + "/code", Access: keeper, Handle: s.handCode},
		{Method: http.MethodGet, Path: person + "/erase", Access: keeper, Handle: s.eraseForm},
		{Method: http.MethodPost, Path: person + "/erase", Access: keeper, Handle: s.erase},
	}
}

// reasonKeys are the words for why somebody needs a call.
var reasonKeys = map[cohort.Reason]string{
	cohort.ReturnedLong: "center.reason.returned", cohort.NeverStarted: "center.reason.never",
	cohort.Quiet: "center.reason.quiet", cohort.LateWork: "center.reason.late",
}

// whyCall says why somebody needs a call: since how many days, or hours on the first day.
func whyCall(w *i18n.Printer, why cohort.Reason, length time.Duration) string {
	words := w.Waiting(length)
	if days := int(length / (24 * time.Hour)); days > 0 {
		words = w.TN("common.unit.day", days)
	}
	return w.T(reasonKeys[why], "Length", words)
}

// callLine is somebody to call, in words.
type callLine struct {
	Member       member.ID
	Name         string
	CohortName   string
	LastActivity time.Time // zero: never
	Why          string
}

// cohortLine is a cohort with its funnel.
type cohortLine struct {
	ID     cohort.ID
	Name   string
	Starts time.Time
	Funnel []funnelPart
	Words  string // the funnel for whoever does not see it
}

// funnelPart is one bar of a funnel: how far it reaches, in thousandths of all members.
type funnelPart struct {
	Class string // of the style sheet
	Width int
}

// todayPage is what a coordinator sees first.
type todayPage struct {
	Page
	Today   desk.Today
	Calls   []callLine
	Cohorts []cohortLine
}

var todayView = view[todayPage]("center/today")

func (s *Server) today(c echo.Context, a desk.Actor) error {
	look, err := s.Desk.LookToday(c.Request().Context(), a)
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := todayPage{Page: s.page(c, a, "center.today.title"), Today: look, Cohorts: cohortLines(w, look.Cohorts)}
	for _, call := range look.Calls {
		page.Calls = append(page.Calls, callLine{
			call.Member, w.Person(call.Name), call.CohortName, call.LastActivity, whyCall(w, call.Reason, page.Now.Sub(call.Since)),
		})
	}
	return todayView.render(s, c, page)
}

func cohortLines(w *i18n.Printer, rows []desk.CohortRow) []cohortLine {
	out := make([]cohortLine, len(rows))
	for i, r := range rows {
		out[i] = cohortLine{
			ID: r.ID, Name: r.Name, Starts: r.Starts,
			Funnel: []funnelPart{
				{"started", cohort.Permille(r.Started, r.Members)}, {"finished", cohort.Permille(r.Finished, r.Members)}, {"ready", cohort.Permille(r.Ready, r.Members)},
			},
			Words: w.TN("center.funnel", r.Members, "Started", r.Started, "Finished", r.Finished, "Ready", r.Ready),
		}
	}
	return out
}
