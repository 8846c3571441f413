// Package web turns requests into deeds and what followed into pages. It alone knows echo.
//
// How to add a page, /mentor say:
//
//   - routes: func (s *Server) mentorRoutes() []route in mentor.go, named in routes.go
//   - page: type queuePage struct { Page; … } and var queueView = view[queuePage]("mentor/queue")
//   - template: templates/mentor/queue.html with {{define "main"}}; words by {{t "mentor.queue.title"}}
//   - words: internal/i18n/locales/{ja,en}/mentor.toml
//   - handler: func (s *Server) queue(c echo.Context, a desk.Actor) error, which ends in
//     queueView.render(s, c, queuePage{Page: s.page(c, a, "mentor.queue.title"), …})
//   - form: type claimForm struct with form:"…" tags, form, err := decode[claimForm](c); the template puts {{template "key" .Page}}
//     into every form that changes something. A refusal goes back onto the page: p, err := s.refused(p, err), then render;
//     success ends in s.seeOther(c, "/mentor", "mentor.queue.claimed")
//   - typing kept while it grows: data-draft="address" on the form and {{template "draftstatus" .}} in it; the address answers
//     with s.saved, and sending must end in a page that says so (a flash or a receipt), so that the script forgets its copy
//   - looks: every part and class stands on /styleguide (dev mode); single pages' own rules in static/css/pages.css
//   - tests: the registry renders each view's zero page in every language; where that is not enough, add to samples in an
//     area's own test. A changed route shows in testdata/routes.golden (go test ./internal/web -update)
package web

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

// Config is what the web room is given.
type Config struct {
	Desk      *desk.Desk
	Templates fs.FS    // layout/, parts/ and one folder an area
	Static    fs.FS    // css/, js/, icons/
	Style     []string // the style sheets, in the order they are joined
	Words     *i18n.Book
	Log       *slog.Logger
	Now       func() time.Time
	Dev       bool           // templates and static files are read anew for every page; /styleguide exists
	Plain     bool           // plain http on loopback: cookies without Secure and the __Host- prefix
	Proxies   []netip.Prefix // proxies whose X-Forwarded-For is believed; none: the peer's address counts
	Demo      []DemoPerson   // the demo town's people, each one button on the login page

	// CourseFile is a picture or a material of an item by its name ("pictures/ledger.png"); ok is false for what nobody may have.
	CourseFile func(ref course.Ref, name string) (content []byte, contentType string, ok bool)
	// Combine writes many certificates as one PDF for the printer, under a title.
	Combine func(w io.Writer, title string, papers iter.Seq2[desk.BatchPaper, error]) error
	// WakeBatches lets the worker of batches begin at once; nil where there is none.
	WakeBatches func()
	// Session finds who holds a session token; a stranger is the zero Actor without an error.
	Session func(ctx context.Context, token string) (desk.Actor, error)
	// SignIn checks an address and a password and opens a session.
	SignIn func(ctx context.Context, in Credentials) (token string, a desk.Actor, err error)
	// SignOut ends the session of a token.
	SignOut func(ctx context.Context, token string) error
	// SetLanguage keeps the language a signed-in person has chosen.
	SetLanguage func(ctx context.Context, a desk.Actor, lang string) error
	// Ready says why the service cannot answer yet; nil when it can.
	Ready func(ctx context.Context) error
}

// Credentials are what a person signs in with.
type Credentials struct {
	Email, Password string
	Address         string // of the network, for limits
	Device          string // the browser's own name for itself, for the device list
}

// DemoPerson is one person of the demo town who can be tried by a button.
type DemoPerson struct {
	Email, Name, Password string
	Role                  member.Role
}

// Server answers all requests. It is an http.Handler.
type Server struct {
	Config
	echo     *echo.Echo
	pages    *pages
	assets   *assets
	logins   *middleware.RateLimiterMemoryStore
	verifies *middleware.RateLimiterMemoryStore
	checks   *middleware.RateLimiterMemoryStore // of files
	checking turns
	calm     map[string][]byte // the page of last resort, rendered at start, by language
}

// New makes the server: it parses every template in every language, hashes the static files and registers the routes. A
// template or route that is wrong is an error here, not on the first request.
func New(cfg Config) (*Server, error) {
	s := &Server{Config: cfg, echo: echo.New(), calm: map[string][]byte{}}
	s.logins = middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: loginsPerSecond, Burst: loginBurst, ExpiresIn: 10 * time.Minute,
	})
	s.verifies = middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: verifysPerSecond, Burst: verifyBurst, ExpiresIn: 10 * time.Minute,
	})
	s.checks = middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: checksPerSecond, Burst: checkBurst, ExpiresIn: 10 * time.Minute,
	})
	s.checking = make(turns, checksAtOnce)
	var err error
	if s.assets, err = readAssets(cfg.Static, cfg.Style); err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	if s.pages, err = parsePages(s); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	for _, lang := range i18n.Languages {
		if s.calm[lang], err = s.calmPage(lang); err != nil {
			return nil, fmt.Errorf("page of last resort: %w", err)
		}
	}
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = extractIP(cfg.Proxies)
	e.HTTPErrorHandler = s.fail
	s.use(e)
	for _, r := range s.routes() {
		if err := s.register(r); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// network is whom limits by address count: an IPv4 address, or the /64 that is the least one IPv6 subscriber has, who could
// use another address of it for every try.
func network(c echo.Context) string {
	const subscriber = 64
	ip, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return c.RealIP()
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	p, _ := ip.WithZone("").Prefix(subscriber) // an error only for more bits than an address has
	return p.String()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

func extractIP(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect() // echo's default believes any client's X-Forwarded-For
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		options = append(options, echo.TrustIPRange(prefixNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
