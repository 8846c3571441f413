package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
)

func (s *Server) companyRoutes() []route {
	return append([]route{
		{Method: http.MethodGet, Path: "/company", Access: only(member.Company), Handle: s.company},
	}, s.companyOrders().routes()...)
}

// companyPage is where a company starts: what is open, what is being written.
type companyPage struct {
	ordersPage
	Name   string
	Open   desk.PostingList
	Drafts desk.PostingList
}

var companyView = view[companyPage]("company/home")

const postingsAtHome = 5

func (s *Server) company(c echo.Context, a desk.Actor) error {
	o := s.companyOrders()
	companies, err := s.Desk.LookCompanies(c.Request().Context(), a)
	if err != nil {
		return err
	}
	page := companyPage{ordersPage: o.ordersPage(s.titled(c, a, companies[0].Name)), Name: companies[0].Name}
	page.Open, page.Drafts, err = o.homeLists(c, a)
	if err != nil {
		return err
	}
	return companyView.render(s, c, page)
}

// homeLists are the latest postings that are open and that are drafts.
func (o orders) homeLists(c echo.Context, a desk.Actor) (open, drafts desk.PostingList, err error) {
	if open, err = o.Desk.LookPostings(c.Request().Context(), a, job.Open, "", 0, postingsAtHome); err != nil {
		return open, drafts, err
	}
	drafts, err = o.Desk.LookPostings(c.Request().Context(), a, job.Draft, "", 0, postingsAtHome)
	return open, drafts, err
}
