package web

import (
	"cmp"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
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
	Advice  []string  // what a person can do now
	Outside []string  // commands that check it on a machine of one's own
	Found   *verified // our certificate as it stands now
	Name    string    // of the file
	SHA256  string
	Report  *checkedReport // what its machine credential says
}

// checkedReport is a machine credential in words.
type checkedReport struct {
	Signature string // words' key
	Class     string
	Issuer    string // ours by name, another by its host or key: anybody can write any name
	CallsSelf string // the name that another issuer gives itself
	Host      string // empty: the issuer is its own key
	Ours      bool
	Says      []string
	From      time.Time
	Until     time.Time
	Evidence  int
	Faults    []string // words' keys
	Parts     []checkedPart
}

// checkedPart is a credential that a learner record holds, and how it stands by itself.
type checkedPart struct {
	Says   []string
	Issuer string
	State  string // words' key
	Class  string
}

var checkedView = view[checkedPage]("verify/file")

// faultWords are why a machine credential is not to be relied on.
var faultWords = map[certificate.Fault]string{
	certificate.Forged: "verify.fault.forged", certificate.UnknownProof: "verify.fault.unknown_proof", certificate.UnknownContext: "verify.fault.unknown_context",
	certificate.Unattested: "verify.fault.unattested", certificate.KeyNotFetched: "verify.fault.key_not_fetched", certificate.NotYet: "verify.fault.not_yet",
	certificate.TimeOver: "verify.fault.lapsed", certificate.TakenBack: "verify.fault.revoked", certificate.Suspended: "verify.fault.suspended",
	certificate.StatusUnknown: "verify.fault.status_unknown", certificate.BadPart: "verify.fault.part", certificate.OpenPart: "verify.fault.part_open",
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

// checkedPage says what was found, the worst first: altered, not ours, no longer standing. Of a file that carries nothing
// nobody knows who made it, not even that it was not us.
func (s *Server) checkedPage(c echo.Context, a desk.Actor, f desk.CheckedFile) (checkedPage, error) {
	w := s.printer(c)
	page := checkedPage{SHA256: f.SHA256}
	if f.Credential {
		page.Report = reportOf(f)
	}
	if f.Ours != nil {
		page.Found = s.inWords(w, *f.Ours)
		if page.Found.Name != "" {
			if err := s.Desk.NoteVerified(c.Request().Context(), string(f.Ours.Number)); err != nil {
				return page, err
			}
		}
	}
	how := func(verdict, text, class, sign string) {
		page.Verdict, page.Text, page.Class, page.Sign = verdict, text, class, sign
	}
	stands := page.Found != nil && f.Ours.State == certificate.Valid
	switch {
	case f.Paper != "" && page.Found != nil && page.Found.Hidden && !page.Found.Past:
		how("verify.file.exact_hidden", "verify.file.exact_hidden_text", "wait", "–")
	case f.Paper != "" && stands:
		how("verify.file.exact", "verify.file.exact_text", "ok", "✓")
	case f.Paper != "":
		how("verify.file.exact_past", "verify.file.exact_past_text", "wait", "！")
	case f.Credential && f.Report.Has(certificate.Forged):
		how("verify.file.forged", "verify.file.forged_text", "mend", "×")
	case f.Credential && f.Report.Good() && !f.Report.Ours: // anybody can make a key and write a name beside it
		how("verify.file.foreign", "verify.file.foreign_text", "wait", "！")
		page.Advice = askIssuer(w, f.Report)
	case f.Credential && f.Report.Good() && f.Kind == "pdf" && f.Report.Record: // made anew each time, so that no bytes are kept to compare
		how("verify.file.inside", "verify.file.record_text", "wait", "！")
	case f.Credential && f.Report.Good() && f.Kind == "pdf":
		how("verify.file.inside", "verify.file.inside_text", "wait", "！")
	case f.Credential && f.Report.Good():
		how("verify.file.good", "verify.file.good_text", "ok", "✓")
	case f.Credential && f.Report.Open():
		how("verify.file.open", "verify.file.open_text", "wait", "！")
	case f.Credential && f.Report.Authentic() && !f.Report.Ours:
		how("verify.file.foreign", "verify.file.foreign_text", "wait", "！")
		page.Advice = askIssuer(w, f.Report)
	case f.Credential && f.Report.Authentic():
		how("verify.file.past", "verify.file.past_text", "wait", "！")
	case f.Credential:
		how("verify.file.open", "verify.file.open_text", "wait", "！")
	default:
		how("verify.file.nothing", "verify.file.nothing_text", "wait", "–")
		page.Advice = []string{w.T("verify.file.nothing_number"), w.T("verify.file.nothing_record")}
	}
	if f.Credential && unasked(f.Report) {
		page.Advice, page.Outside = askIssuer(w, f.Report), checkOutside(f.Kind)
	}
	page.Page = s.page(c, a, page.Verdict)
	return page, nil
}

// checkOutside are the commands of docs/credentials.md: asking the issuer, or with what was fetched from it before.
func checkOutside(kind string) []string {
	fetched := "tenarai credential verify FILE --did did.json --status status.json"
	if kind == "jwt" {
		fetched += " --key key.json"
	}
	return []string{"tenarai credential verify FILE --online", fetched}
}

// unasked tells whether something of a credential is open that its issuer, another one, could tell.
func unasked(r certificate.Report) bool {
	if r.Ours || r.Has(certificate.Forged) {
		return false
	}
	return r.Has(certificate.KeyNotFetched) || r.Has(certificate.StatusUnknown) || r.Has(certificate.OpenPart)
}

// askIssuer is what somebody can do whose file we do not check to the end. Where the issuer is, only the file says.
func askIssuer(w *i18n.Printer, r certificate.Report) []string {
	if r.IssuerHost == "" {
		return []string{w.T("verify.file.ask")}
	}
	return []string{w.T("verify.file.ask_host", "Host", r.IssuerHost), w.T("verify.file.ask_really")}
}

func reportOf(f desk.CheckedFile) *checkedReport {
	r := f.Report
	out := &checkedReport{Issuer: r.IssuerName, Host: r.IssuerHost, Ours: r.Ours, Says: saysOf(r), From: r.From, Until: r.Until, Evidence: r.Evidence}
	if !r.Ours {
		out.Issuer, out.Host, out.CallsSelf = cmp.Or(r.IssuerHost, r.Issuer), "", r.IssuerName
	}
	out.Signature, out.Class = "verify.signature.good", "ok"
	switch {
	case r.Has(certificate.Forged):
		out.Signature, out.Class = "verify.signature.bad", "mend"
	case !r.Authentic():
		out.Signature, out.Class = "verify.signature.unknown", "wait"
	}
	for _, fault := range r.Faults {
		word := faultWords[fault]
		// To machines what was replaced is revoked: they know no other word for it. We know better.
		if fault == certificate.TakenBack && f.Ours != nil && f.Ours.State == certificate.Replaced {
			word = "verify.fault.replaced"
		}
		if !slices.Contains(out.Faults, word) { // of several parts it is said once
			out.Faults = append(out.Faults, word)
		}
	}
	for _, part := range r.Parts {
		out.Parts = append(out.Parts, partOf(part))
	}
	return out
}

// saysOf is what a credential is about: its achievements, or else its own name.
func saysOf(r certificate.Report) []string {
	if len(r.Achievements) == 0 && r.Name != "" {
		return []string{r.Name}
	}
	return r.Achievements
}

// partFaults are how a part stands by the worst that was found, the worst first.
var partFaults = []struct {
	fault        certificate.Fault
	state, class string
}{
	{certificate.Forged, "verify.part.bad", "mend"},
	{certificate.Unattested, "verify.part.bad", "mend"},
	{certificate.TakenBack, "verify.state.revoked", "mend"},
	{certificate.Suspended, "verify.part.suspended", "wait"},
	{certificate.TimeOver, "verify.state.lapsed", "wait"},
	{certificate.NotYet, "verify.part.not_yet", "wait"},
}

func partOf(r certificate.Report) checkedPart {
	p := checkedPart{Says: saysOf(r), Issuer: issuerOf(r), State: "verify.state.valid", Class: "ok"}
	if !r.Good() {
		p.State, p.Class = "verify.part.open", "wait"
	}
	for _, f := range partFaults {
		if r.Has(f.fault) {
			p.State, p.Class = f.state, f.class
			break
		}
	}
	return p
}

// shortName is a file's name as far as it helps to tell files apart.
func shortName(s string) string {
	const longest = 100
	r := []rune(composed(strings.ToValidUTF8(s, "")))
	return string(r[:min(len(r), longest)])
}

// issuerOf is the issuer of a part on one line: ours by name, another by its host or key first.
func issuerOf(r certificate.Report) string {
	if r.Ours {
		return cmp.Or(r.IssuerName, r.Issuer)
	}
	where := cmp.Or(r.IssuerHost, r.Issuer)
	if r.IssuerName == "" {
		return where
	}
	return where + " (" + r.IssuerName + ")"
}
