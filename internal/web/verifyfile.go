package web

import (
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

// fileBytes is how large a file to check may be.
const fileBytes = 5 << 20

// Files that are checked for one network address, and in all. A number is one row of the database; a file may take a second
// of a core.
const (
	checkBurst      = 20
	checksPerSecond = 0.2
	checksAtOnce    = 2
	checkWait       = 5 * time.Second // for a turn; then who checks is asked to come again
)

// checkedPage is what a file turned out to be.
type checkedPage struct {
	Page
	Verdict string // words' key
	Class   string
	Sign    string
	Text    string    // words' key of what that means
	Found   *verified // our certificate as it stands now
	Name    string    // of the file
	SHA256  string
	Report  *checkedReport // what its machine credential says
}

// checkedReport is a machine credential in words.
type checkedReport struct {
	Signature string // words' key
	Class     string
	Issuer    string
	Host      string // empty: the issuer is its own key
	Ours      bool
	Says      []string
	From      time.Time
	Until     time.Time
	Evidence  int
	Faults    []string // words' keys
}

var checkedView = view[checkedPage]("verify/file")

// faultWords are why a machine credential is not to be relied on.
var faultWords = map[certificate.Fault]string{
	certificate.Forged: "verify.fault.forged", certificate.UnknownProof: "verify.fault.unknown_proof", certificate.UnknownContext: "verify.fault.unknown_context",
	certificate.Unattested: "verify.fault.unattested", certificate.KeyNotFetched: "verify.fault.key_not_fetched", certificate.NotYet: "verify.fault.not_yet",
	certificate.TimeOver: "verify.fault.lapsed", certificate.TakenBack: "verify.fault.revoked", certificate.Suspended: "verify.fault.suspended",
	certificate.StatusUnknown: "verify.fault.status_unknown", certificate.BadPart: "verify.fault.part",
	certificate.TooMuch: "verify.fault.too_much",
}

type fileForm struct {
	File *multipart.FileHeader `form:"file"`
}

// checkFile checks a file that somebody was given. It is read, judged and forgotten.
func (s *Server) checkFile(c echo.Context, a desk.Actor) error {
	if ok, _ := s.checks.Allow(network(c)); !ok {
		return s.checkLater(c, a)
	}
	form, err := decode[fileForm](c)
	if err == nil && form.File == nil {
		err = problem.At("file", "assignments.no_file")
	}
	var b []byte
	if err == nil {
		if b, err = readUpload(form.File, fileBytes); err != nil && len(problem.Of(err)) > 0 {
			err = problem.At("file", "certificate.file_large")
		}
	}
	if err != nil {
		p := verifyPage{Page: s.page(c, a, "verify.title")}
		if p.Page, err = s.refused(p.Page, err); err != nil {
			return err
		}
		return s.showVerify(c, p)
	}
	f, err := s.checkInTurn(c.Request().Context(), b)
	if errors.Is(err, errCheckLater) {
		return s.checkLater(c, a)
	}
	if err != nil {
		return err
	}
	page, err := s.checkedPage(c, a, f)
	if err != nil {
		return err
	}
	page.Name = shortName(form.File.Filename)
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	c.Response().Header().Set("Cache-Control", "no-store")
	return checkedView.render(s, c, page)
}

var errCheckLater = errors.New("others are checking files")

// checkInTurn checks a file when its turn comes. Nothing interrupts a check, so that few run at once.
func (s *Server) checkInTurn(ctx context.Context, b []byte) (desk.CheckedFile, error) {
	waiting, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	done, err := s.checking.take(waiting)
	if err != nil {
		return desk.CheckedFile{}, errCheckLater
	}
	defer done()
	return s.Desk.CheckCredential(ctx, b)
}

// checkLater asks somebody to come again in a while.
func (s *Server) checkLater(c echo.Context, a desk.Actor) error {
	p := verifyPage{Page: s.page(c, a, "verify.busy"), Busy: true}
	p.status = http.StatusTooManyRequests
	return s.showVerify(c, p)
}

// checkedPage says what was found, the worst first: altered, not ours, no longer standing.
func (s *Server) checkedPage(c echo.Context, a desk.Actor, f desk.CheckedFile) (checkedPage, error) {
	w := s.printer(c)
	page := checkedPage{SHA256: f.SHA256}
	if f.Credential {
		page.Report = reportOf(f.Report)
	}
	if f.Number != "" {
		v, err := s.Desk.Verify(c.Request().Context(), string(f.Number))
		if err != nil {
			return page, err
		}
		page.Found = s.inWords(w, v)
	}
	how := func(verdict, text, class, sign string) {
		page.Verdict, page.Text, page.Class, page.Sign = verdict, text, class, sign
	}
	stands := page.Found != nil && f.State == certificate.Valid
	switch {
	case f.Paper != "" && page.Found.Hidden:
		how("verify.file.exact_hidden", "verify.file.exact_hidden_text", "wait", "–")
	case f.Paper != "" && stands:
		how("verify.file.exact", "verify.file.exact_text", "ok", "✓")
	case f.Paper != "":
		how("verify.file.exact_past", "verify.file.exact_past_text", "wait", "！")
	case f.Credential && f.Report.Has(certificate.Forged):
		how("verify.file.forged", "verify.file.forged_text", "mend", "×")
	case f.Credential && f.Report.Good() && f.Kind == "pdf":
		how("verify.file.inside", "verify.file.inside_text", "wait", "！")
	case f.Credential && f.Report.Good():
		how("verify.file.good", "verify.file.good_text", "ok", "✓")
	case f.Credential && f.Report.Authentic():
		how("verify.file.past", "verify.file.past_text", "wait", "！")
	case f.Credential:
		how("verify.file.open", "verify.file.open_text", "wait", "！")
	default:
		how("verify.file.nothing", "verify.file.nothing_text", "wait", "–")
	}
	page.Page = s.page(c, a, page.Verdict)
	return page, nil
}

func reportOf(r certificate.Report) *checkedReport {
	out := &checkedReport{Issuer: r.IssuerName, Host: r.IssuerHost, Ours: r.Ours, Says: r.Achievements, From: r.From, Until: r.Until, Evidence: r.Evidence}
	if out.Issuer == "" {
		out.Issuer = r.Issuer
	}
	if len(out.Says) == 0 && r.Name != "" {
		out.Says = []string{r.Name}
	}
	out.Signature, out.Class = "verify.signature.good", "ok"
	switch {
	case r.Has(certificate.Forged):
		out.Signature, out.Class = "verify.signature.bad", "mend"
	case !r.Authentic():
		out.Signature, out.Class = "verify.signature.unknown", "wait"
	}
	for _, f := range r.Faults {
		out.Faults = append(out.Faults, faultWords[f])
	}
	return out
}

// shortName is a file's name as far as it helps to tell files apart.
func shortName(s string) string {
	const longest = 100
	r := []rune(composed(strings.ToValidUTF8(s, "")))
	return string(r[:min(len(r), longest)])
}
