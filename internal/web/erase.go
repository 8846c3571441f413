package web

import (
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// erasePage says what erasing somebody does, and asks for her number so that nobody is erased by a slip.
type erasePage struct {
	Page
	Look  desk.EraseLook
	Name  string
	Why   string // why she cannot be erased; empty: she can
	Typed string
}

var eraseView = view[erasePage]("center/erase")

func (s *Server) eraseForm(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	return s.showErase(c, a, id, "", nil)
}

func (s *Server) showErase(c echo.Context, a desk.Actor, id member.ID, typed string, refusal error) error {
	look, err := s.Desk.LookErase(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	page := erasePage{Page: s.page(c, a, "center.erase.title"), Look: look, Name: s.printer(c).Person(look.Member.Name), Typed: typed}
	if look.Why != nil {
		page.Why = s.explain(page.Lang, look.Why)
	}
	if refusal != nil {
		if page.Page, err = s.refused(page.Page, refusal); err != nil {
			return err
		}
	}
	return eraseView.render(s, c, page)
}

type eraseTyped struct {
	Number string `form:"number,max=20"`
}

// erase forgets somebody whose number was typed.
func (s *Server) erase(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	form, err := decode[eraseTyped](c)
	if err == nil {
		look, missing := s.Desk.LookErase(c.Request().Context(), a, id)
		if missing == nil && look.Why == nil && strings.TrimSpace(norm.NFKC.String(form.Number)) != look.Number {
			err = problem.At("number", "account.erase_number")
		} else { // where she is gone because the same form came before, the deed answers as it did then
			err = s.Desk.Erase(c.Request().Context(), a, id)
		}
	}
	if err != nil {
		return s.showErase(c, a, id, form.Number, err)
	}
	return s.seeOther(c, home(a), "center.erase.done")
}
