package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// linkPage is where somebody chooses a password: who takes up an invitation, or has forgotten the old one.
type linkPage struct {
	Page
	Action string // where the form goes
	Invite bool
	Look   desk.LinkLook
	Form   linkForm
}

type linkForm struct {
	PrintedName string `form:"printed_name,max=80"`
	Password    string `form:"password,raw"`
}

// gonePage says that a link works no more, and how to get another.
type gonePage struct {
	Page
	Invite bool
}

var (
	linkView = view[linkPage]("account/link")
	goneView = view[gonePage]("account/gone")
)

func (s *Server) invitation(c echo.Context, a desk.Actor) error {
	return s.openLink(c, a, desk.LinkInvitation)
}

func (s *Server) reset(c echo.Context, a desk.Actor) error { return s.openLink(c, a, desk.LinkReset) }

func (s *Server) openLink(c echo.Context, a desk.Actor, kind desk.LinkKind) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	look, err := s.Desk.OpenLink(c.Request().Context(), kind, c.Param("token"))
	if err != nil {
		return s.linkRefused(c, a, kind, linkForm{}, err)
	}
	return linkView.render(s, c, s.linkPage(s.page(c, a, linkTitle(kind)), c, kind, look, linkForm{PrintedName: look.Name}))
}

func linkTitle(kind desk.LinkKind) string {
	if kind == desk.LinkInvitation {
		return "account.link.welcome"
	}
	return "account.link.reset"
}

// linkPage never holds what was typed as a password.
func (s *Server) linkPage(p Page, c echo.Context, kind desk.LinkKind, look desk.LinkLook, form linkForm) linkPage {
	form.Password = ""
	return linkPage{Page: p, Action: c.Request().URL.EscapedPath(), Invite: kind == desk.LinkInvitation, Look: look, Form: form}
}

// linkRefused shows the form again, or that the link works no more.
func (s *Server) linkRefused(c echo.Context, a desk.Actor, kind desk.LinkKind, form linkForm, refusal error) error {
	if problem.Is(refusal, problem.NotFound) {
		page := gonePage{Page: s.page(c, a, "account.gone.title"), Invite: kind == desk.LinkInvitation}
		page.status = http.StatusNotFound
		return goneView.render(s, c, page)
	}
	p, err := s.refused(s.page(c, a, linkTitle(kind)), refusal)
	if err != nil {
		return err
	}
	look, err := s.Desk.OpenLink(c.Request().Context(), kind, c.Param("token"))
	if err != nil {
		return s.linkRefused(c, a, kind, form, err)
	}
	return linkView.render(s, c, s.linkPage(p, c, kind, look, form))
}

func (s *Server) acceptInvitation(c echo.Context, a desk.Actor) error {
	return s.takeUpLink(c, a, desk.LinkInvitation, s.Desk.AcceptInvitation)
}

func (s *Server) resetPassword(c echo.Context, a desk.Actor) error {
	return s.takeUpLink(c, a, desk.LinkReset, s.Desk.ResetPassword)
}

type takingUp func(ctx context.Context, token string, form desk.NewPassword) (session string, a desk.Actor, err error)

func (s *Server) takeUpLink(c echo.Context, a desk.Actor, kind desk.LinkKind, takeUp takingUp) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	form, err := decode[linkForm](c)
	if err == nil {
		err = s.notTooOften(c)
	}
	var session string
	var now desk.Actor
	if err == nil {
		session, now, err = takeUp(c.Request().Context(), c.Param("token"), desk.NewPassword{
			Password: form.Password, PrintedName: form.PrintedName, Device: device(c.Request()),
		})
	}
	if err != nil {
		return s.linkRefused(c, a, kind, form, err)
	}
	s.setCookie(c, sessionCookie, session, sessionAge)
	if kind == desk.LinkInvitation {
		return s.seeOther(c, home(now), "account.link.welcomed")
	}
	return s.seeOther(c, home(now), "account.password.changed")
}

// notTooOften refuses a network address that tries to sign in, by whatever way, too often.
func (s *Server) notTooOften(c echo.Context) error {
	if ok, _ := s.logins.Allow(network(c)); !ok {
		return problem.Refuse("web.login_often")
	}
	return nil
}

type resetPage struct {
	Page
	Form resetForm
	Sent bool
}

type resetForm struct {
	Email string `form:"email,max=254"`
}

var resetView = view[resetPage]("account/reset")

func (s *Server) resetRequest(c echo.Context, a desk.Actor) error {
	sent := c.QueryParam("sent") == "1"
	title := "account.reset.title"
	if sent {
		title = "account.reset.sent"
	}
	return resetView.render(s, c, resetPage{Page: s.page(c, a, title), Sent: sent})
}

// requestReset gives the same answer whether or not anybody has the address.
func (s *Server) requestReset(c echo.Context, a desk.Actor) error {
	form, err := decode[resetForm](c)
	if err == nil {
		err = s.notTooOften(c)
	}
	if err == nil {
		err = s.Desk.RequestReset(c.Request().Context(), form.Email)
	}
	if err != nil {
		p, err := s.refused(s.page(c, a, "account.reset.title"), err)
		if err != nil {
			return err
		}
		return resetView.render(s, c, resetPage{Page: p, Form: form})
	}
	return c.Redirect(http.StatusSeeOther, "/reset?sent=1")
}

type codePage struct {
	Page
	Form codeForm
}

type codeForm struct {
	Number member.ID `form:"number"`
	Code   string    `form:"code,max=40"`
}

var codeView = view[codePage]("account/code")

// NumberText is the number as the field shows it.
func (f codeForm) NumberText() string { return numberValue(int64(f.Number)) }

func (s *Server) code(c echo.Context, a desk.Actor) error {
	return codeView.render(s, c, codePage{Page: s.page(c, a, "account.code.title")})
}

func (s *Server) signInWithCode(c echo.Context, a desk.Actor) error {
	form, err := decode[codeForm](c)
	if err == nil {
		err = s.notTooOften(c)
	}
	var token string
	var now desk.Actor
	if err == nil {
		token, now, err = s.Desk.SignInWithCode(c.Request().Context(), form.Number, codeDigits(form.Code), device(c.Request()))
	}
	if err != nil {
		p, err := s.refused(s.page(c, a, "account.code.title"), err)
		if err != nil {
			return err
		}
		form.Code = ""
		return codeView.render(s, c, codePage{Page: p, Form: form})
	}
	s.setCookie(c, sessionCookie, token, sessionAge)
	return c.Redirect(http.StatusSeeOther, home(now))
}

// codeDigits reads a code as it is typed: full-width, with spaces or a hyphen between the groups.
func codeDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, norm.NFKC.String(s))
}
