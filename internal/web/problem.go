package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

// errorPage says that something did not work, calmly, and what to do now.
type errorPage struct {
	Page
	Text   string
	ID     string  // of the request, for somebody who asks for help
	Resend *resend // what was sent, so that it can be sent again without typing
	Enter  bool    // the session has ended: sign in elsewhere first
	Next   string  // where to sign in to be shown what a stranger is not
}

// resend is a form that came in and could not be taken.
type resend struct {
	Action string
	Fields []typed
}

type typed struct{ Name, Value string }

var errorView = view[errorPage]("public/error")

// sorry is one kind of failure: its status and its words.
type sorry struct {
	status      int
	title, text string
}

var (
	sorryInvalid   = sorry{http.StatusUnprocessableEntity, "error.invalid.title", "error.invalid.text"}
	sorryForbidden = sorry{http.StatusForbidden, "error.forbidden.title", "error.forbidden.text"}
	sorryMissing   = sorry{http.StatusNotFound, "error.missing.title", "error.missing.text"}
	sorryConflict  = sorry{http.StatusConflict, "error.conflict.title", "error.conflict.text"}
	sorryMethod    = sorry{http.StatusMethodNotAllowed, "error.method.title", "error.method.text"}
	sorryLarge     = sorry{http.StatusRequestEntityTooLarge, "error.large.title", "error.large.text"}
	sorryType      = sorry{http.StatusUnsupportedMediaType, "error.invalid.title", "error.invalid.text"}
	sorryBusy      = sorry{http.StatusTooManyRequests, "error.busy.title", "error.busy.text"}
	sorryUnready   = sorry{http.StatusServiceUnavailable, "error.busy.title", "error.busy.text"}
	sorrySignIn    = sorry{http.StatusUnauthorized, "error.signin_title", "error.signin_text"}
	sorryAway      = sorry{http.StatusServiceUnavailable, "error.away.title", "error.away.text"}
	sorryInternal  = sorry{http.StatusInternalServerError, "error.internal.title", "error.internal.text"}
)

// retryAfter is in how many seconds asking again is worth while when database or disk is away, or somebody was too fast.
const retryAfter = "30"

var sorryByStatus = map[int]sorry{
	http.StatusBadRequest: {http.StatusBadRequest, sorryInvalid.title, sorryInvalid.text},
	http.StatusForbidden:  sorryForbidden, http.StatusNotFound: sorryMissing, http.StatusMethodNotAllowed: sorryMethod,
	http.StatusRequestEntityTooLarge: sorryLarge, http.StatusUnsupportedMediaType: sorryType,
	http.StatusTooManyRequests: sorryBusy, http.StatusServiceUnavailable: sorryUnready,
}

// fail is the one place where an error becomes an answer.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	switch {
	case errors.Is(err, errStranger):
		s.failStranger(c)
	case errors.Is(err, context.Canceled):
		s.answer(c, sorryUnready, nil) // nobody reads this any more
	case len(problem.Of(err)) > 0:
		s.answer(c, sorryFor(problem.Of(err)), problem.Of(err))
	default:
		if he := (*echo.HTTPError)(nil); errors.As(err, &he) {
			if known, ok := sorryByStatus[he.Code]; ok {
				s.answer(c, known, nil)
				return
			}
		}
		s.Log.Error("request failed", "id", requestID(c), "route", c.Path(), "error", err.Error())
		if desk.Away(err) {
			c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
			s.answer(c, sorryAway, nil)
			return
		}
		s.answer(c, sorryInternal, nil)
	}
}

func sorryFor(list problem.List) sorry {
	for _, p := range list {
		switch p.Kind {
		case problem.NotFound:
			return sorryMissing
		case problem.Forbidden:
			return sorryForbidden
		case problem.Conflict:
			return sorryConflict
		}
	}
	return sorryInvalid
}

// failStranger sends a stranger to sign in and back. What somebody sent whose session has just ended is not thrown away: she
// signs in beside it and sends it again.
func (s *Server) failStranger(c echo.Context) {
	r := c.Request()
	switch {
	case wantsJSON(c):
		_ = c.JSON(http.StatusUnauthorized, struct{}{})
	case r.Method == http.MethodPost && s.readerOf(c).token != "":
		s.answer(c, sorrySignIn, nil)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		_ = c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(ownPath(r.URL.RequestURI())))
	default:
		_ = c.Redirect(http.StatusSeeOther, "/login")
	}
}

// answer shows the error page, or the page of last resort if even that fails.
func (s *Server) answer(c echo.Context, what sorry, list problem.List) {
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(what.status)
		return
	}
	if wantsJSON(c) {
		_ = c.JSON(what.status, struct{}{})
		return
	}
	who := s.readerOf(c)
	page := errorPage{
		Page: s.page(c, who.actor, what.title), Text: s.printer(c).T(what.text), ID: requestID(c), Enter: what == sorrySignIn,
	}
	page.status = what.status
	if len(list) > 0 {
		page.Text = s.explain(page.Lang, list[0])
	}
	if r := c.Request(); what.status == http.StatusNotFound && len(list) > 0 && !who.actor.SignedIn() && r.Method == http.MethodGet {
		page.Next = "/login?next=" + url.QueryEscape(ownPath(r.URL.RequestURI()))
	}
	if what.status >= http.StatusInternalServerError || what == sorrySignIn || what == sorryBusy {
		page.Resend = sentForm(c)
	}
	if err := errorView.render(s, c, page); err != nil {
		s.Log.Error("error page failed", "id", requestID(c), "error", err.Error())
		_ = c.HTMLBlob(http.StatusInternalServerError, s.calm[page.Lang])
	}
}

// sentForm is what was sent, for sending it again: all fields but passwords and files, with its idempotency key, so that it
// counts once even if the first one did arrive.
func sentForm(c echo.Context) *resend {
	r := c.Request()
	if r.Method != http.MethodPost || len(r.PostForm) == 0 || c.Path() == "/login" {
		return nil
	}
	again := &resend{Action: r.URL.Path}
	for name, values := range r.PostForm {
		if strings.Contains(name, "password") {
			return nil
		}
		for _, v := range values {
			again.Fields = append(again.Fields, typed{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(again.Fields, func(a, b typed) int { return strings.Compare(a.Name, b.Name) })
	return again
}

// calmPage renders the page of last resort, which needs nothing but itself.
func (s *Server) calmPage(lang string) ([]byte, error) {
	w := s.Words.In(lang)
	var out bytes.Buffer
	page := errorPage{Page: Page{Lang: lang, Title: w.T(sorryInternal.title), Home: "/", Path: "/"}, Text: w.T(sorryInternal.text)}
	err := s.execute(&out, errorView.name, lang, page)
	return out.Bytes(), err
}

// wantsJSON tells that our script asks, not a person: it shows its own words and needs only the status.
func wantsJSON(c echo.Context) bool {
	return c.Request().Header.Get("Accept") == echo.MIMEApplicationJSON
}

// saved answers a draft that was kept: the script gets the time, a form without script the page it came from.
func (s *Server) saved(c echo.Context, back, flash string) error {
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, struct {
			Time string `json:"time"`
		}{s.printer(c).Time(s.Now())})
	}
	return s.seeOther(c, back, flash)
}
