package web

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// Page is what every page shows around its own matter. Page structs embed it; Server.page makes it.
type Page struct {
	Lang     string
	Title    string // of the document and, unless the template says otherwise, its h1
	Actor    desk.Actor
	Nav      []Link // at most four, shown in the header
	More     []Link // the rest of the actor's pages, in the menu
	Home     string // where the brand leads
	Path     string // of this page, for the switches of language and furigana
	Flash    string // what followed from the last deed, said once
	Problems []Refusal
	Furigana bool
	Demo     bool
	Now      time.Time
	status   int
}

// Link is an address with its word's key.
type Link struct {
	Href, Key string
	Here      bool // the page, or what it belongs to, is open now
}

// Refusal is one thing to mend, in the reader's words.
type Refusal struct {
	Field string // the form field's name and id; empty if the whole form
	Text  string
	typed string // what stood there, if the form could not hold it
}

func (p Page) frame() Page { return p }

// Key is a fresh idempotency key. Every form that changes something carries one (part "key").
func (p Page) Key() string { return rand.Text() }

// Other is the language the reader can switch to.
func (p Page) Other() string {
	if p.Lang == i18n.Japanese {
		return i18n.English
	}
	return i18n.Japanese
}

// Problem is what is wrong with a field, or empty.
func (p Page) Problem(field string) string {
	for _, r := range p.Problems {
		if r.Field == field {
			return r.Text
		}
	}
	return ""
}

// page makes the frame of a page. title is a word's key; args are its values.
func (s *Server) page(c echo.Context, a desk.Actor, title string, args ...any) Page {
	return s.titled(c, a, s.printer(c).T(title, args...))
}

// titled is page for a title that is somebody's own words: a course, a cohort, a person.
func (s *Server) titled(c echo.Context, a desk.Actor, title string) Page {
	who := s.readerOf(c)
	p := Page{
		Lang: who.lang, Title: title, Actor: a, Home: home(a), Path: here(c), Furigana: who.furigana,
		Demo: len(s.Demo) > 0, Now: s.Now(), Flash: s.takeFlash(c),
	}
	p.Nav, p.More = navigation(a, c.Request().URL.Path)
	return p
}

// refused puts what was refused onto the page that is shown again, with 422 (409 if the state has moved on). Anything that
// belongs on a page of its own (forbidden, missing, internal) comes back as the error.
func (s *Server) refused(p Page, err error) (Page, error) {
	list := problem.Of(err)
	if len(list) == 0 {
		return p, err
	}
	p.status = http.StatusUnprocessableEntity
	for _, one := range list {
		switch one.Kind {
		case problem.Conflict:
			p.status = http.StatusConflict
		case problem.Forbidden, problem.NotFound:
			return p, err
		}
		typed, _ := one.Args[typedArg].(string)
		p.Problems = append(p.Problems, Refusal{Field: one.Field, Text: s.explain(p.Lang, one), typed: typed})
	}
	return p, nil
}

// explain is a problem in words. A time in it is told as its day.
func (s *Server) explain(lang string, p *problem.Problem) string {
	w, args := s.Words.In(lang), maps.Clone(p.Args)
	for name, v := range args {
		if t, ok := v.(time.Time); ok {
			args[name] = w.Date(t)
		}
	}
	return w.T("problem."+p.Key, args)
}

// printer speaks the reader's language.
func (s *Server) printer(c echo.Context) *i18n.Printer { return s.Words.In(s.readerOf(c).lang) }

// pagesOf are the pages of each role, the most used first.
var pagesOf = map[member.Role][]Link{
	member.Trainee: {
		{Href: "/learn", Key: "nav.learn"},
		{Href: "/courses", Key: "nav.courses"},
		{Href: "/record", Key: "nav.record"},
		{Href: "/jobs", Key: "nav.jobs"},
		{Href: "/readiness", Key: "nav.readiness"},
	},
	member.Mentor: {{Href: "/mentor", Key: "nav.mentor"}, {Href: "/courses", Key: "nav.courses"}},
	member.Coordinator: {
		{Href: "/center", Key: "nav.center"},
		{Href: "/center/cohorts", Key: "nav.cohorts"},
		{Href: "/center/certificates", Key: "nav.certificates"},
		{Href: "/courses", Key: "nav.courses"},
	},
	member.Producer: {{Href: "/producer", Key: "nav.producer"}},
	member.Company:  {{Href: "/company", Key: "nav.company"}},
	member.Admin:    {{Href: "/admin", Key: "nav.admin"}, {Href: "/center/certificates", Key: "nav.certificates"}},
}

// home is where a signed-in person starts.
func home(a desk.Actor) string {
	for _, r := range member.Roles {
		if a.Is(r) {
			return pagesOf[r][0].Href
		}
	}
	if a.SignedIn() {
		return "/account"
	}
	return "/"
}

const headerLinks = 4

// belongsTo are pages that belong to another than the one their address begins with.
var belongsTo = map[string]string{"/center/design": "/center/certificates", "/center/batches": "/center/certificates"}

func navigation(a desk.Actor, path string) (shown, more []Link) {
	for from, to := range belongsTo {
		if path == from || strings.HasPrefix(path, from+"/") {
			path = to
		}
	}
	var all []Link
	best := -1
	for _, r := range member.Roles {
		if !a.Is(r) {
			continue
		}
		for _, l := range pagesOf[r] {
			if slices.ContainsFunc(all, func(o Link) bool { return o.Href == l.Href }) {
				continue // she has it by another role
			}
			if (path == l.Href || strings.HasPrefix(path, l.Href+"/")) && (best < 0 || len(l.Href) > len(all[best].Href)) {
				best = len(all)
			}
			all = append(all, l)
		}
	}
	if best >= 0 {
		all[best].Here = true
	}
	return all[:min(headerLinks, len(all))], all[min(headerLinks, len(all)):]
}

// here is the address of the page a reader is on: the request's own, or for a form that came back the page it was on.
func here(c echo.Context) string {
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ownPath(r.URL.RequestURI())
	}
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		return ownPath(u.RequestURI())
	}
	return "/"
}

// ownPath is the address if it lies within this site, else "/". Browsers read backslashes as slashes and drop control
// characters, so "/\evil.example" and "/<tab>/evil.example" lead away.
func ownPath(address string) string {
	const longest = 2000
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(address) > longest ||
		!strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") ||
		strings.ContainsFunc(address, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }) {
		return "/"
	}
	return address
}

// typed is what was typed into a field that could not hold it, or empty.
func (p Page) typed(field string) string {
	for _, r := range p.Problems {
		if r.Field == field && r.typed != "" {
			return r.typed
		}
	}
	return ""
}

// seeOther ends a deed: the next page is asked for by GET, and says flash (a word's key; "" says nothing). Forms whose
// typing is kept in the browser (data-draft) must say something, it is how the script knows that the work arrived.
func (s *Server) seeOther(c echo.Context, path, flash string, args ...any) error {
	if flash != "" {
		s.setFlash(c, s.printer(c).T(flash, args...))
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// goTo is seeOther with a path made of parts.
func (s *Server) goTo(c echo.Context, flash, path string, parts ...any) error {
	return s.seeOther(c, fmt.Sprintf(path, parts...), flash)
}
