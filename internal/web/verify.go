package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
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
		{Method: http.MethodPost, Path: "/verify/file", Access: Anyone, Handle: s.checkFile, Body: fileBytes + formBytes},
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
	Verdict     string // words' key: how it stands
	Class       string // its colour
	Sign        string
	Told        bool   // there is more to tell than how it stands
	Untold      string // words' key of why there is not
	Past        bool   // it no longer stands
	ChangedWord string // words' key of when that happened
	Why         string // words' key of why
	KindWord    string // words' key
	LevelWord   string
	About       said
	Topic       said
	CanDo       []said
	Evidence    []string
	Center      string
}

// verdicts are how a certificate stands, at one glance: never by colour alone.
var verdicts = map[certificate.State]struct{ Key, Class, Sign string }{
	certificate.Valid:     {"verify.valid", "ok", "✓"},
	certificate.Lapsed:    {"verify.lapsed", "wait", "！"},
	certificate.Replaced:  {"verify.replaced", "wait", "→"},
	certificate.Revoked:   {"verify.revoked", "mend", "×"},
	certificate.Withdrawn: {"verify.withdrawn", "mend", "–"},
}

// changedWords are what the day of a change is called.
var changedWords = map[certificate.State]string{certificate.Revoked: "verify.revoked_on", certificate.Replaced: "verify.replaced_on"}

// inWords says what anybody learns of a certificate.
func (s *Server) inWords(w *i18n.Printer, v desk.Verified) *verified {
	lang := w.Lang()
	how, changed := verdicts[v.State], changedWords[v.State]
	switch {
	case v.Hidden && v.State != "": // what became of it cannot be hidden
		return &verified{Verified: v, Verdict: how.Key, Class: how.Class, Sign: how.Sign, Untold: "verify.hidden_past_text", Past: true, ChangedWord: changed}
	case v.Hidden:
		return &verified{Verified: v, Verdict: "verify.hidden", Class: "wait", Sign: "–", Untold: "verify.hidden_text"}
	}
	found := &verified{Verified: v, Verdict: how.Key, Class: how.Class, Sign: how.Sign, Untold: "verify.withdrawn_text", ChangedWord: changed}
	if v.State == certificate.Withdrawn {
		return found
	}
	found.Told, found.Past, found.Why, found.KindWord = true, v.State != certificate.Valid, reasonWords[v.Reason], grantWords[v.Kind]
	if v.State == certificate.Lapsed {
		found.Why = "verify.lapsed_text"
	}
	found.About, found.Topic, found.CanDo, found.Center = say(v.Title, lang), say(v.Topic, lang), sayAll(v.CanDo, lang), v.Center
	if lang == i18n.English && v.CenterE != "" {
		found.Center = v.CenterE
	}
	if v.Kind == certificate.KindSkill && len(v.Skills) == 1 {
		found.LevelWord = w.T("record.level.short", "Level", int(v.Skills[0].Level))
	}
	for _, e := range []struct {
		key string
		n   int
	}{{"verify.pieces", v.Proof.Pieces}, {"verify.assessors", v.Proof.Assessors}, {"verify.assisted", v.Assisted}, {"verify.prior", v.Prior}} {
		if e.n > 0 {
			found.Evidence = append(found.Evidence, w.TN(e.key, e.n))
		}
	}
	return found
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
	found := s.inWords(s.printer(c), v)
	if found.Name != "" {
		if err := s.Desk.NoteVerified(c.Request().Context(), string(v.Number)); err != nil {
			return err
		}
	}
	return s.showVerify(c, verifyPage{Page: s.page(c, a, found.Verdict), Found: found})
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
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("ETag", `"`+doc.SHA256+`"`)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	if strings.Contains(c.Request().Header.Get("If-None-Match"), doc.SHA256) {
		return c.NoContent(http.StatusNotModified)
	}
	return attachment(c, s.printer(c).T("verify.filename", "Number", string(n))+".pdf", "application/pdf", doc.Bytes)
}
