package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

func (s *Server) credentialRoutes() []route {
	return []route{
		{Method: http.MethodGet, Path: "/.well-known/did.json", Access: Stateless, Handle: s.didDocument},
		{Method: http.MethodGet, Path: "/.well-known/jwks.json", Access: Stateless, Handle: s.jwks},
		{Method: http.MethodGet, Path: "/keys/:kid", Access: Stateless, Handle: s.jwk},
		{Method: http.MethodGet, Path: "/status/:n", Access: Stateless, Handle: s.statusList},
		{Method: http.MethodGet, Path: "/credentials/:file", Access: Anyone, Handle: s.credential},
		{Method: http.MethodGet, Path: "/achievements/:slug", Access: Anyone, Handle: s.achievement},
		{Method: http.MethodGet, Path: "/record.json", Access: only(member.Trainee), Handle: s.recordCredential},
	}
}

// The types of what machines fetch: Open Badges 3.0, 5.1 and 8.2; W3C VC Data Model 2.0, 6.1, and VC-JOSE-COSE, 6.1; W3C DID
// Core, 6.2; RFC 7517, 8.5; RFC 7519, 10.3.
const (
	typeCredential = "application/vc+ld+json"
	typeVC         = "application/vc"
	typeVCJWT      = "application/vc+jwt"
	typePlainJWT   = "application/jwt"
	typeText       = "text/plain"
	typeLinked     = "application/ld+json"
	typeDID        = "application/did+json"
	typeJWK        = "application/jwk+json"
	typeJWKSet     = "application/jwk-set+json"
	typeJWT        = "text/plain; charset=utf-8"
	typePNG        = "image/png"
	typeSVG        = "image/svg+xml"
	typeHTML       = "text/html"
)

// How long others may keep what machines fetch. A key's own address always says the same. The lists of keys grow when keys
// are rotated. A status list is asked about each time: what is revoked is revoked at once.
const (
	keepAsk  = "public, no-cache"
	keepHour = "public, max-age=3600"
	keepDay  = "public, max-age=86400"
)

func (s *Server) didDocument(c echo.Context, _ desk.Actor) error {
	doc, err := s.Desk.DIDDocument(c.Request().Context())
	return published(c, doc, err, typeDID, keepHour)
}

func (s *Server) jwks(c echo.Context, _ desk.Actor) error {
	doc, err := s.Desk.JWKS(c.Request().Context())
	return published(c, doc, err, typeJWKSet, keepHour)
}

func (s *Server) jwk(c echo.Context, _ desk.Actor) error {
	doc, err := s.Desk.JWK(c.Request().Context(), c.Param("kid"))
	return published(c, doc, err, typeJWK, keepDay)
}

func (s *Server) statusList(c echo.Context, _ desk.Actor) error {
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 1 || strconv.Itoa(n) != c.Param("n") {
		return echo.ErrNotFound
	}
	doc, err := s.Desk.StatusList(c.Request().Context(), n)
	return published(c, doc, err, typeCredential, keepAsk)
}

// published sends what is for everybody, wallets in browsers included: it says nothing about who asks.
func published(c echo.Context, doc []byte, err error, contentType, keep string) error {
	if err != nil {
		return err
	}
	readableAnywhere(c)
	if h := c.Response().Header(); h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", keep)
	}
	return tagged(c, doc, contentType)
}

// readableAnywhere lets the pages of other sites read an answer, as wallets in browsers do. It is for what everybody may have
// alone, never for what depends on who asks.
func readableAnywhere(c echo.Context) {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// tagged sends a document with its hash as ETag, or 304 to whoever has it.
func tagged(c echo.Context, doc []byte, contentType string) error {
	sum := sha256.Sum256(doc)
	hash := hex.EncodeToString(sum[:])
	c.Response().Header().Set("ETag", `"`+hash+`"`)
	if strings.Contains(c.Request().Header.Get("If-None-Match"), hash) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, contentType, doc)
}

// typeOf is the type of each form of a credential.
var typeOf = map[certificate.Form]string{
	certificate.FormJSON: typeCredential, certificate.FormJWT: typeJWT, certificate.FormPNG: typePNG, certificate.FormSVG: typeSVG,
}

// formFor are the types somebody may ask for, as Accept says them.
var formFor = map[string]certificate.Form{
	typeCredential: certificate.FormJSON, typeVC: certificate.FormJSON, typeLinked: certificate.FormJSON, echo.MIMEApplicationJSON: certificate.FormJSON,
	typeVCJWT: certificate.FormJWT, typePlainJWT: certificate.FormJWT, typeText: certificate.FormJWT,
	typePNG: certificate.FormPNG, typeSVG: certificate.FormSVG,
}

// saidAs are those of them that are answered by a closer name; the others are answered as they were asked for.
var saidAs = map[string]string{typeLinked: typeCredential, typeText: typeJWT}

// credential sends a certificate as a machine credential, in the form that its address ends in or the asker prefers. Its
// bare address is its id; a person who opens it is led to where people check it.
func (s *Server) credential(c echo.Context, a desk.Actor) error {
	number, suffix, named := strings.Cut(c.Param("file"), ".")
	form := certificate.Form(suffix)
	contentType := typeOf[form]
	if !named {
		c.Response().Header().Add("Vary", "Accept")
		wants := prefers(c, append([]string{typeCredential, typeHTML}, machineTypes...)...)
		if wants == typeHTML {
			return c.Redirect(http.StatusSeeOther, "/verify/"+number)
		}
		form, contentType = formFor[wants], cmp.Or(saidAs[wants], wants)
	}
	if contentType == "" {
		return echo.ErrNotFound
	}
	// What a stranger gets too does not depend on who asks.
	doc, err := s.Desk.Credential(c.Request().Context(), desk.Actor{}, number, form)
	switch {
	case err == nil:
		readableAnywhere(c)
	case a.SignedIn() && problem.Is(err, problem.NotFound):
		doc, err = s.Desk.Credential(c.Request().Context(), a, number, form)
	}
	if err != nil {
		return err
	}
	ending := "." + string(form)
	if form == certificate.FormJSON {
		ending = ".jsonld"
	}
	return handedOut(c, doc, contentType, "credential"+ending)
}

// recordCredential sends a trainee her whole record as one machine credential, made anew.
func (s *Server) recordCredential(c echo.Context, a desk.Actor) error {
	doc, err := s.Desk.RecordCredential(c.Request().Context(), a)
	if err != nil {
		return err
	}
	return handedOut(c, doc, typeCredential, "record.jsonld")
}

// handedOut sends a credential as a file for whoever may have it.
func handedOut(c echo.Context, doc []byte, contentType, name string) error {
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("Content-Security-Policy", downloadPolicy) // an SVG is a document of its own
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return tagged(c, doc, contentType)
}

// machineTypes are the keys of formFor in a fixed order.
var machineTypes = []string{typeVC, typeLinked, echo.MIMEApplicationJSON, typeVCJWT, typePlainJWT, typeText, typePNG, typeSVG}

// prefers is the type of those offered that the asker's Accept prefers (RFC 9110, 12.5.1): the highest quality, a named
// type before a range, and of equals the first offered. It is the first offered if nothing fits, too: who sends no Accept,
// or a strange one, is answered all the same.
func prefers(c echo.Context, offered ...string) string {
	best, bestQ, bestNamed := offered[0], 0.0, -1
	for _, one := range offered {
		q, named := wanted(c.Request().Header.Get(echo.HeaderAccept), one)
		if q > bestQ || q == bestQ && q > 0 && named > bestNamed {
			best, bestQ, bestNamed = one, q, named
		}
	}
	return best
}

// wanted is the quality that an Accept gives a type, and how exactly it names it: 2 by name, 1 by its kind, 0 by */*.
func wanted(accept, kind string) (q float64, named int) {
	named = -1
	for part := range strings.SplitSeq(accept, ",") {
		t, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		exact := -1
		switch main, _, _ := strings.Cut(kind, "/"); t {
		case kind:
			exact = 2
		case main + "/*":
			exact = 1
		case "*/*":
			exact = 0
		}
		if exact <= named {
			continue
		}
		named, q = exact, 1
		if v, err := strconv.ParseFloat(params["q"], 64); err == nil {
			q = v
		}
	}
	return q, named
}

// achievementPage is what a certificate is for, and what has to be done for it.
type achievementPage struct {
	Page
	Title   said
	Course  said
	CanDo   []said
	Modules []said
	Skills  []said
	Levels  []said // of a skill: what levels 1 to 3 mean
	Kind    certificate.Kind
	Code    string
	Minutes int
}

// Skill and Programme tell the pages apart that are not about a course.
func (p achievementPage) Skill() bool     { return p.Kind == certificate.KindSkill }
func (p achievementPage) Programme() bool { return p.Kind == certificate.KindProgramme }

var achievementView = view[achievementPage]("verify/achievement")

// achievement shows what certificates of a course, a skill or a programme are for: to people as a page, to machines as JSON-LD.
func (s *Server) achievement(c echo.Context, a desk.Actor) error {
	slug := c.Param("slug")
	c.Response().Header().Add("Vary", "Accept")
	if wants := prefers(c, typeLinked, typeHTML, echo.MIMEApplicationJSON); wants != typeHTML {
		doc, err := s.Desk.AchievementDocument(c.Request().Context(), slug)
		return published(c, doc, err, wants, keepHour)
	}
	found, err := s.Desk.Achievement(c.Request().Context(), slug)
	if err != nil {
		return err
	}
	w := s.printer(c)
	return achievementView.render(s, c, s.achievementPage(c, a, w, found))
}

func (s *Server) achievementPage(c echo.Context, a desk.Actor, w *i18n.Printer, found certificate.Achievement) achievementPage {
	lang := w.Lang()
	p := achievementPage{
		Page: s.titled(c, a, found.Name.In(lang)), Title: say(found.Name, lang), Course: say(found.Course, lang),
		CanDo: sayAll(found.CanDo, lang), Modules: sayAll(found.Modules, lang), Minutes: found.Minutes,
		Kind: found.Kind, Code: found.Code,
	}
	if p.Skill() {
		p.Levels = sayAll(found.Skills[0].Levels[1:], lang)
		return p
	}
	for _, one := range found.Skills {
		p.Skills = append(p.Skills, say(one.Title, lang))
	}
	return p
}
