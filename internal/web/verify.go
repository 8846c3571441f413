package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

// Look-ups of certificates that one network address may do. A number has 80 random bits and a check character, so nobody
// finds one by guessing; the limit keeps machines from trying all the same.
const (
	verifyBurst      = 120
	verifysPerSecond = 2
)

func (s *Server) verifyRoutes() []route {
	return []route{
		{Method: http.MethodGet, Path: "/verify", Access: Anyone, Handle: s.verifyForm},
		{Method: http.MethodGet, Path: "/verify/:number", Access: Anyone, Handle: s.verify},
		{Method: http.MethodGet, Path: "/certificates/:file", Access: Anyone, Handle: s.certificatePDF},
	}
}

// verifyPage is what anybody learns from a certificate's number, at one glance.
type verifyPage struct {
	Page
	Typed string
	Found *verified
	Lost  bool // rightly typed, but no certificate has it
	Busy  bool
}

// verified is a certificate in words.
type verified struct {
	desk.Verified
	About  said
	Course said
	CanDo  []said
	Center string
}

var verifyView = view[verifyPage]("verify/verify")

func (s *Server) verifyForm(c echo.Context, a desk.Actor) error {
	typed := strings.TrimSpace(c.QueryParam("number"))
	if typed == "" {
		return s.showVerify(c, verifyPage{Page: s.page(c, a, "verify.title")})
	}
	n, err := certificate.ParseNumber(typed)
	if err != nil {
		return s.mistyped(c, a, typed, err)
	}
	return c.Redirect(http.StatusSeeOther, "/verify/"+string(n))
}

func (s *Server) verify(c echo.Context, a desk.Actor) error {
	typed := c.Param("number")
	if ok, _ := s.verifies.Allow(network(c)); !ok {
		p := verifyPage{Page: s.page(c, a, "verify.busy"), Typed: typed, Busy: true}
		p.status = http.StatusTooManyRequests
		return s.showVerify(c, p)
	}
	v, err := s.Desk.Verify(c.Request().Context(), typed)
	switch {
	case problem.Is(err, problem.Invalid):
		return s.mistyped(c, a, typed, err)
	case problem.Is(err, problem.NotFound):
		p := verifyPage{Page: s.page(c, a, "verify.unknown"), Typed: typed, Lost: true}
		p.status = http.StatusNotFound
		return s.showVerify(c, p)
	case err != nil:
		return err
	}
	lang := s.printer(c).Lang()
	found := &verified{Verified: v, About: say(v.Title, lang), Course: say(v.Course, lang), CanDo: sayAll(v.CanDo, lang), Center: v.Center}
	if lang == "en" && v.CenterE != "" {
		found.Center = v.CenterE
	}
	return s.showVerify(c, verifyPage{Page: s.page(c, a, "verify.valid"), Found: found})
}

func (s *Server) mistyped(c echo.Context, a desk.Actor, typed string, err error) error {
	const longest = 60
	if r := []rune(strings.ToValidUTF8(typed, "")); len(r) > longest {
		typed = string(r[:longest])
	}
	p := verifyPage{Page: s.page(c, a, "verify.title"), Typed: typed}
	if p.Page, err = s.refused(p.Page, err); err != nil {
		return err
	}
	return s.showVerify(c, p)
}

// showVerify keeps search engines out: a certificate is for the one who was given its number.
func (s *Server) showVerify(c echo.Context, p verifyPage) error {
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	return verifyView.render(s, c, p)
}

// certificatePDF sends a certificate's PDF: the bytes that were made first, for ever.
func (s *Server) certificatePDF(c echo.Context, a desk.Actor) error {
	number, ok := strings.CutSuffix(c.Param("file"), ".pdf")
	if !ok {
		return echo.ErrNotFound
	}
	ctx := c.Request().Context()
	doc, n, err := s.Desk.CertificatePDF(ctx, a, number)
	if err != nil {
		return err
	}
	v, err := s.Desk.Verify(ctx, string(n))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("ETag", `"`+doc.SHA256+`"`)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	if strings.Contains(c.Request().Header.Get("If-None-Match"), doc.SHA256) {
		return c.NoContent(http.StatusNotModified)
	}
	return attachment(c, s.printer(c).T("verify.file", "Course", v.Code)+".pdf", "application/pdf", doc.Bytes)
}
