package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
)

// errStranger says that a page needs somebody signed in.
var errStranger = errors.New("nobody is signed in")

// reader is who asks and how she reads. It is found once per request.
type reader struct {
	actor    desk.Actor
	lang     string
	furigana bool
	token    string // of the session; empty for strangers
}

const readerSlot = "reader"

// reader finds who asks. An error means that it could not be found out, not that she is a stranger.
func (s *Server) reader(c echo.Context) (*reader, error) {
	if who, ok := c.Get(readerSlot).(*reader); ok {
		return who, nil
	}
	who := &reader{lang: s.Words.Match(c.Request().Header.Get("Accept-Language")), furigana: s.cookie(c, furiganaCookie) == "on"}
	if chosen := s.cookie(c, languageCookie); i18n.Known(chosen) {
		who.lang = chosen
	}
	c.Set(readerSlot, who) // before the session is looked up, so that a failing look-up still has a language to say so in
	who.token = s.cookie(c, sessionCookie)
	if who.token == "" || s.Session == nil {
		return who, nil
	}
	var err error
	if who.actor, err = s.Session(c.Request().Context(), who.token); err != nil {
		c.Set(readerSlot, &reader{lang: who.lang, furigana: who.furigana, token: who.token})
		return nil, err
	}
	if who.actor.Slid {
		s.setCookie(c, sessionCookie, who.token, sessionAge) // else a browser would forget somebody who comes every day
		who.actor.Slid = false                               // said once
	}
	if who.actor.SignedIn() && i18n.Known(who.actor.Language) {
		who.lang = who.actor.Language
	}
	return who, nil
}

// readerOf is reader where the page is already being made; if she cannot be found out, she is a stranger.
func (s *Server) readerOf(c echo.Context) *reader {
	if who, err := s.reader(c); err == nil {
		return who
	}
	return c.Get(readerSlot).(*reader)
}

// The cookies. Their names get the prefix __Host- (bound to this host, Secure) except on plain loopback.
const (
	sessionCookie  = "tenarai"
	languageCookie = "tenarai-language"
	furiganaCookie = "tenarai-furigana"
	flashCookie    = "tenarai-flash"
)

const (
	sessionAge    = desk.SessionFor // anew whenever the session slides
	preferenceAge = 365 * 24 * time.Hour
	flashAge      = time.Minute
)

func (s *Server) cookieName(name string) string {
	if s.Plain {
		return name
	}
	return "__Host-" + name
}

func (s *Server) cookie(c echo.Context, name string) string {
	if k, err := c.Cookie(s.cookieName(name)); err == nil {
		return k.Value
	}
	return ""
}

// setCookie keeps value for age in the browser; an age of 0 forgets it.
func (s *Server) setCookie(c echo.Context, name, value string, age time.Duration) {
	k := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(age.Seconds()),
		Secure: !s.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if age == 0 {
		k.MaxAge = -1
	}
	c.SetCookie(k)
}

// setFlash keeps one sentence for the next page.
func (s *Server) setFlash(c echo.Context, text string) {
	s.setCookie(c, flashCookie, base64.RawURLEncoding.EncodeToString([]byte(text)), flashAge)
}

// takeFlash is the sentence the last deed left, once.
func (s *Server) takeFlash(c echo.Context) string {
	const longest = 500
	value := s.cookie(c, flashCookie)
	if value == "" {
		return ""
	}
	s.setCookie(c, flashCookie, "", 0)
	text, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || !utf8.Valid(text) || len(text) > longest {
		return ""
	}
	return string(text)
}
