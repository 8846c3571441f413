package web

import (
	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

// styleguidePage shows every part, with and without mistakes; in dev only.
type styleguidePage struct {
	Page
	Pager Pager
	Head  SortHead
}

var styleguideView = view[styleguidePage]("public/styleguide")

func (s *Server) styleguide(c echo.Context, a desk.Actor) error {
	p := s.page(c, a, "public.login.title")
	p.Flash = p.Title
	p, err := s.refused(p, problem.List{
		problem.At("name", "form.too_long", problem.Args{"Max": 80}), problem.At("hours", "form.number"),
	})
	if err != nil {
		return err
	}
	p.status = 0
	page := styleguidePage{Page: p, Pager: newPager(c, 100, 20), Head: sortHead(c, s.printer(c).T("nav.mentor"), "waiting")}
	return styleguideView.render(s, c, page)
}
