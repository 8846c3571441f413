package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/problem"
)

func (s *Server) publicRoutes() []route {
	all := []route{
		{Method: http.MethodGet, Path: "/", Access: Anyone, Handle: s.welcome},
		{Method: http.MethodGet, Path: "/login", Access: Anyone, Handle: s.login},
		{Method: http.MethodPost, Path: "/login", Access: Anyone, Handle: s.signIn},
		{Method: http.MethodPost, Path: "/logout", Access: Anyone, Handle: s.signOut},
		{Method: http.MethodPost, Path: "/language/:lang", Access: Anyone, Handle: s.setLanguage},
		{Method: http.MethodPost, Path: "/furigana/:switch", Access: Anyone, Handle: s.setFurigana},
	}
	if s.Dev {
		all = append(all, route{Method: http.MethodGet, Path: "/styleguide", Access: Anyone, Handle: s.styleguide})
	}
	return all
}

// machineRoutes are for machines that watch the service and for what pages load.
func (s *Server) machineRoutes() []route {
	return []route{
		{Method: http.MethodGet, Path: "/static/*", Access: Stateless, Handle: s.staticFile},
		{Method: http.MethodGet, Path: "/healthz", Access: Stateless, Handle: s.healthy},
		{Method: http.MethodGet, Path: "/readyz", Access: Stateless, Handle: s.ready},
	}
}

type welcomePage struct{ Page }

var welcomeView = view[welcomePage]("public/welcome")

func (s *Server) welcome(c echo.Context, a desk.Actor) error {
	if a.SignedIn() {
		return c.Redirect(http.StatusSeeOther, home(a))
	}
	return welcomeView.render(s, c, welcomePage{Page: s.page(c, a, "public.welcome.title")})
}

type loginPage struct {
	Page
	Form loginForm
	Demo []demoButton
}

// demoButton is a person of the demo town, with what she is in the middle of.
type demoButton struct {
	DemoPerson
	RoleKey, NoteKey string
}

type loginForm struct {
	Email    string `form:"email,max=254"`
	Password string `form:"password,raw"`
	Next     string `form:"next,max=2000"`
}

var loginView = view[loginPage]("public/login")

func (s *Server) login(c echo.Context, a desk.Actor) error {
	next := c.QueryParam("next")
	if a.SignedIn() {
		return c.Redirect(http.StatusSeeOther, after(a, next))
	}
	return loginView.render(s, c, s.loginPage(s.page(c, a, "public.login.title"), loginForm{Next: next}))
}

func (s *Server) loginPage(p Page, form loginForm) loginPage {
	form.Password = ""
	if form.Next = ownPath(form.Next); form.Next == "/" {
		form.Next = ""
	}
	page := loginPage{Page: p, Form: form}
	for _, d := range s.Config.Demo {
		local, _, _ := strings.Cut(d.Email, "@")
		page.Demo = append(page.Demo, demoButton{DemoPerson: d, RoleKey: "role." + string(d.Role), NoteKey: "demo.person." + local})
	}
	return page
}

// signIn opens a session. The answer to a wrong password and to an unknown address is the same; that they take the same
// time is SignIn's affair.
func (s *Server) signIn(c echo.Context, a desk.Actor) error {
	form, err := decode[loginForm](c)
	p := s.page(c, a, "public.login.title")
	if ok, _ := s.logins.Allow(network(c)); !ok {
		p, _ = s.refused(p, problem.Refuse("web.login_often"))
		p.status = http.StatusTooManyRequests
		return loginView.render(s, c, s.loginPage(p, form))
	}
	var token string
	if err == nil {
		token, a, err = s.SignIn(c.Request().Context(), Credentials{
			Email: form.Email, Password: form.Password, Address: c.RealIP(), Device: device(c.Request()),
		})
	}
	if err != nil {
		if p, err = s.refused(p, err); err != nil {
			return err
		}
		return loginView.render(s, c, s.loginPage(p, form))
	}
	s.setCookie(c, sessionCookie, token, sessionAge)
	return c.Redirect(http.StatusSeeOther, after(a, form.Next))
}

// after is where somebody goes who has just signed in: where she wanted to go, if that is ours.
func after(a desk.Actor, next string) string {
	if to := ownPath(next); to != "/" && !strings.HasPrefix(to, "/login") {
		return to
	}
	return home(a)
}

func device(r *http.Request) string {
	const longest = 200
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	return agent[:min(len(agent), longest)]
}

// signOut ends the session and empties the browser of what it kept of her. Signing out twice is no mistake.
func (s *Server) signOut(c echo.Context, _ desk.Actor) error {
	who := s.readerOf(c)
	if who.token != "" && s.SignOut != nil {
		if err := s.SignOut(c.Request().Context(), who.token); err != nil {
			return err
		}
	}
	s.setCookie(c, sessionCookie, "", 0)
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.seeOther(c, "/", "public.login.out")
}

type nextForm struct {
	Next string `form:"next,max=2000"`
}

func (s *Server) setLanguage(c echo.Context, a desk.Actor) error {
	lang := c.Param("lang")
	if !i18n.Known(lang) {
		return echo.ErrNotFound
	}
	form, err := decode[nextForm](c)
	if err != nil {
		return err
	}
	if a.SignedIn() && s.SetLanguage != nil {
		if err := s.SetLanguage(c.Request().Context(), a, lang); err != nil {
			return err
		}
	}
	s.setCookie(c, languageCookie, lang, preferenceAge)
	return c.Redirect(http.StatusSeeOther, ownPath(form.Next))
}

func (s *Server) setFurigana(c echo.Context, _ desk.Actor) error {
	to := c.Param("switch")
	if to != "on" && to != "off" {
		return echo.ErrNotFound
	}
	form, err := decode[nextForm](c)
	if err != nil {
		return err
	}
	s.setCookie(c, furiganaCookie, to, preferenceAge)
	return c.Redirect(http.StatusSeeOther, ownPath(form.Next))
}

// healthy says that the program runs.
func (s *Server) healthy(c echo.Context, _ desk.Actor) error { return c.String(http.StatusOK, "ok\n") }

// readyWithin is how long the database may take to say that it is there.
const readyWithin = 3 * time.Second

// ready says that the program can answer: its database is there and as it must be.
func (s *Server) ready(c echo.Context, _ desk.Actor) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if s.Ready != nil {
		ctx, cancel := context.WithTimeout(c.Request().Context(), readyWithin)
		defer cancel()
		if err := s.Ready(ctx); err != nil {
			s.Log.Warn("not ready", "error", err.Error())
			return c.String(http.StatusServiceUnavailable, "not ready\n")
		}
	}
	return c.String(http.StatusOK, "ready\n")
}
