package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
)

func (s *Server) producerRoutes() []route {
	access := only(member.Producer)
	return append([]route{
		{Method: http.MethodGet, Path: "/producer", Access: access, Handle: s.producer},
		{Method: http.MethodGet, Path: "/producer/companies", Access: access, Handle: s.companies},
		{Method: http.MethodPost, Path: "/producer/companies", Access: access, Handle: s.addCompany},
		{Method: http.MethodGet, Path: "/producer/companies/new", Access: access, Handle: s.newCompany},
	}, s.producerOrders().routes()...)
}

// producerPage is where a producer starts: the center's open postings and drafts.
type producerPage struct {
	ordersPage
	Open   desk.PostingList
	Drafts desk.PostingList
}

var producerView = view[producerPage]("producer/home")

func (s *Server) producer(c echo.Context, a desk.Actor) error {
	o := s.producerOrders()
	page := producerPage{ordersPage: o.ordersPage(s.page(c, a, "producer.home.title"))}
	var err error
	if page.Open, page.Drafts, err = o.homeLists(c, a); err != nil {
		return err
	}
	return producerView.render(s, c, page)
}

type companiesPage struct {
	Page
	Companies []job.Company
}

var companiesView = view[companiesPage]("producer/companies")

func (s *Server) companies(c echo.Context, a desk.Actor) error {
	list, err := s.Desk.LookCompanies(c.Request().Context(), a)
	if err != nil {
		return err
	}
	return companiesView.render(s, c, companiesPage{Page: s.page(c, a, "producer.companies.title"), Companies: list})
}

type companyForm struct {
	Name    string `form:"name"`
	Address string `form:"address"`
	Contact string `form:"contact"`
	About   string `form:"about,text"`
}

type newCompanyPage struct {
	Page
	Form companyForm
}

var newCompanyView = view[newCompanyPage]("producer/company")

func (s *Server) newCompany(c echo.Context, a desk.Actor) error {
	return newCompanyView.render(s, c, newCompanyPage{Page: s.page(c, a, "producer.company.title")})
}

func (s *Server) addCompany(c echo.Context, a desk.Actor) error {
	form, err := decode[companyForm](c)
	if err == nil {
		_, err = s.Desk.AddCompany(c.Request().Context(), a, job.Company{Name: form.Name, Address: form.Address, Contact: form.Contact, About: form.About})
	}
	if err == nil {
		return s.seeOther(c, "/producer/companies", "producer.company.added")
	}
	p, err := s.refused(s.page(c, a, "producer.company.title"), err)
	if err != nil {
		return err
	}
	return newCompanyView.render(s, c, newCompanyPage{Page: p, Form: form})
}
