package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

func (s *Server) certificateRoutes() []route {
	keeper, coordinator := only(member.Coordinator, member.Admin), only(member.Coordinator)
	const one, batch = "/center/certificates/:number", "/center/batches/:id"
	return []route{
		{Method: http.MethodGet, Path: "/center/certificates", Access: keeper, Handle: s.centerCertificates},
		{Method: http.MethodGet, Path: one, Access: keeper, Handle: s.centerCertificate},
		{Method: http.MethodPost, Path: one + "/revocation", Access: keeper, Handle: s.revokeCertificate},
		{Method: http.MethodPost, Path: one + "/correction", Access: keeper, Handle: s.correctCertificate},
		{Method: http.MethodPost, Path: one + "/renewal", Access: keeper, Handle: s.renewForHolder},
		{Method: http.MethodGet, Path: "/center/members/:id/record", Access: keeper, Handle: s.ledger},
		{Method: http.MethodPost, Path: "/center/members/:id/record/:award", Access: keeper, Handle: s.revokeAward},
		{Method: http.MethodGet, Path: "/center/cohorts/:id/certificates", Access: coordinator, Handle: s.graduates},
		{Method: http.MethodPost, Path: "/center/cohorts/:id/certificates", Access: coordinator, Handle: s.issueToCohort},
		{Method: http.MethodGet, Path: batch, Access: coordinator, Handle: s.batch},
		{Method: http.MethodGet, Path: batch + "/certificates.zip", Access: coordinator, Handle: s.batchZIP},
		{Method: http.MethodGet, Path: batch + "/certificates.pdf", Access: coordinator, Handle: s.batchPDF},
		{Method: http.MethodGet, Path: "/center/design", Access: keeper, Handle: s.design},
		{Method: http.MethodPost, Path: "/center/design", Access: keeper, Handle: s.saveDesign, Body: designBytes},
		{Method: http.MethodGet, Path: "/center/design/sample.pdf", Access: keeper, Handle: s.sampleCertificate},
	}
}

// How a certificate stands, what it is for and why it changed, in words' keys; and the colour of the first.
var (
	standWords = map[certificate.State]string{
		certificate.Valid: "verify.state.valid", certificate.Lapsed: "verify.state.lapsed", certificate.Replaced: "verify.state.replaced",
		certificate.Revoked: "verify.state.revoked", certificate.Withdrawn: "verify.state.withdrawn",
	}
	standClasses = map[certificate.State]string{certificate.Valid: "ok", certificate.Lapsed: "wait", certificate.Replaced: "", certificate.Revoked: "mend", certificate.Withdrawn: ""}
	grantWords   = map[certificate.Kind]string{
		certificate.KindCourse: "verify.kind.course", certificate.KindSkill: "verify.kind.skill", certificate.KindProgramme: "verify.kind.programme",
	}
	reasonWords = map[certificate.Reason]string{
		certificate.IssuedInError: "verify.reason.issued_in_error", certificate.NotOwnWork: "verify.reason.not_own_work",
		certificate.HolderAsked: "verify.reason.holder_asked", certificate.NameChanged: "verify.reason.name_changed",
		certificate.NewEvidence: "verify.reason.new_evidence", certificate.LostEvidence: "verify.reason.lost_evidence",
	}
)

// stateTag is a certificate's state as a tag: part "statetag".
type stateTag struct{ Key, Class string }

func tagOf(s certificate.State) stateTag { return stateTag{standWords[s], standClasses[s]} }

// certificateLine is a certificate in the center's list.
type certificateLine struct {
	Number certificate.Number
	State  stateTag
	Kind   string
	Topic  said
	Name   string // printed
	Holder string // of today, if another
	Issued time.Time
	Until  time.Time
}

// certificatesPage lists a center's certificates.
type certificatesPage struct {
	Page
	Rows  []certificateLine
	Total int
	Seek  desk.CertificateFilter
	State []Option
	Kind  []Option
	Bound bool
	Pager Pager
}

var certificatesView = view[certificatesPage]("center/certificates")

func (s *Server) centerCertificates(c echo.Context, a desk.Actor) error {
	f := desk.CertificateFilter{State: certificate.State(c.QueryParam("state")), Kind: certificate.Kind(c.QueryParam("kind")), Find: sought(c)}
	if standWords[f.State] == "" {
		f.State = ""
	}
	if grantWords[f.Kind] == "" {
		f.Kind = ""
	}
	look, err := s.Desk.LookCertificates(c.Request().Context(), a, f, pageNumber(c))
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := certificatesPage{Page: s.page(c, a, "center.certificates.title"), Total: look.Total, Seek: f, Bound: f != desk.CertificateFilter{}, Pager: newPager(c, look.Total, look.Size)}
	page.State = []Option{{Label: w.T("center.certificates.any_state")}}
	for _, one := range []certificate.State{certificate.Valid, certificate.Lapsed, certificate.Replaced, certificate.Revoked, certificate.Withdrawn} {
		page.State = append(page.State, Option{Value: string(one), Label: w.T(standWords[one])})
	}
	page.Kind = []Option{{Label: w.T("center.certificates.any_kind")}}
	for _, one := range []certificate.Kind{certificate.KindCourse, certificate.KindSkill, certificate.KindProgramme} {
		page.Kind = append(page.Kind, Option{Value: string(one), Label: w.T(grantWords[one])})
	}
	for _, h := range look.Rows {
		page.Rows = append(page.Rows, s.certificateLine(w, h))
	}
	return certificatesView.render(s, c, page)
}

func (s *Server) certificateLine(w *i18n.Printer, h desk.Held) certificateLine {
	line := certificateLine{
		Number: h.Number, State: tagOf(h.StateAt(s.Now())), Kind: w.T(grantWords[h.Kind]), Topic: say(h.Snapshot.Topic, w.Lang()), Name: h.Snapshot.Name,
		Issued: h.Issued, Until: h.Until,
	}
	if h.HolderName != h.Snapshot.Name {
		line.Holder = h.HolderName
	}
	return line
}

// revisionLine is one revision of a certificate, with what happened to it.
type revisionLine struct {
	certificateLine
	Here    bool
	Cause   string // words' key; empty of the first
	Changed time.Time
	Reason  string // words' key
	Note    string
	By      string // empty: by rule
}

// centerCertificatePage is one certificate for those who keep it.
type centerCertificatePage struct {
	Page
	Look      desk.CertificateLook
	Line      certificateLine
	Revisions []revisionLine
	Revoke    revokeForm
	Reasons   []Option
	MayEnd    bool
}

// ReasonWord is what the form for revoking calls the reason: the public reads it.
func (centerCertificatePage) ReasonWord() string { return "center.certificate.reason" }

type revokeForm struct {
	Reason  string `form:"reason"`
	Note    string `form:"note,max=300"`
	Confirm bool   `form:"confirm"`
}

// check refuses what lacks a reason or was not confirmed, and tells both at once.
func (f revokeForm) check(reasons []string) error {
	var wrong problem.List
	if !slices.Contains(reasons, f.Reason) {
		wrong.Add(problem.At("reason", "certificate.reason_missing"))
	}
	wrong.Add(confirmed(f.Confirm))
	return wrong.Err()
}

var centerCertificateView = view[centerCertificatePage]("center/certificate")

func (s *Server) centerCertificate(c echo.Context, a desk.Actor) error {
	return s.showCenterCertificate(c, a, revokeForm{}, nil)
}

// causeWords are why a revision was made.
var causeWords = map[certificate.Cause]string{certificate.Renewed: "center.certificate.renewed", certificate.Corrected: "center.certificate.corrected", certificate.Restated: "center.certificate.restated"}

func (s *Server) showCenterCertificate(c echo.Context, a desk.Actor, form revokeForm, refusal error) error {
	look, err := s.Desk.LookCertificate(c.Request().Context(), a, c.Param("number"))
	if err != nil {
		return err
	}
	w := s.printer(c)
	p := s.page(c, a, "center.certificate.title", "Name", w.Person(look.HolderName))
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	page := centerCertificatePage{Page: p, Look: look, Line: s.certificateLine(w, look.Held), Revoke: form, MayEnd: look.State.MayEnd()}
	for _, r := range look.Revisions {
		line := revisionLine{certificateLine: s.certificateLine(w, r), Here: r.Number == look.Number, Cause: causeWords[r.Cause]}
		if r.Latest.State != "" {
			line.Changed, line.Reason, line.Note, line.By = r.Latest.At, reasonWords[r.Latest.Reason], r.Latest.Note, look.By[r.Latest.By]
		}
		page.Revisions = append(page.Revisions, line)
	}
	for _, r := range certificate.RevocationReasons {
		page.Reasons = append(page.Reasons, Option{Value: string(r), Label: w.T(reasonWords[r]), Chosen: string(r) == form.Reason})
	}
	return centerCertificateView.render(s, c, page)
}

// certificateReasons are why a certificate may be taken back.
func certificateReasons() (out []string) {
	for _, r := range certificate.RevocationReasons {
		out = append(out, string(r))
	}
	return out
}

func certificatePath(n string) string { return "/center/certificates/" + n }

func (s *Server) revokeCertificate(c echo.Context, a desk.Actor) error {
	form, err := decode[revokeForm](c)
	if err == nil {
		err = form.check(certificateReasons())
	}
	if err == nil {
		err = s.Desk.RevokeCertificate(c.Request().Context(), a, c.Param("number"), desk.RevokeForm{Reason: certificate.Reason(form.Reason), Note: form.Note})
	}
	if err != nil {
		return s.showCenterCertificate(c, a, form, err)
	}
	return s.seeOther(c, certificatePath(c.Param("number")), "center.certificate.revoked")
}

func (s *Server) correctCertificate(c echo.Context, a desk.Actor) error {
	n, err := s.Desk.CorrectCertificate(c.Request().Context(), a, c.Param("number"))
	if err != nil {
		return s.showCenterCertificate(c, a, revokeForm{}, err)
	}
	return s.seeOther(c, certificatePath(string(n)), "center.certificate.corrected_done")
}

func (s *Server) renewForHolder(c echo.Context, a desk.Actor) error {
	n, err := s.Desk.RenewCertificate(c.Request().Context(), a, c.Param("number"))
	if err != nil {
		return s.showCenterCertificate(c, a, revokeForm{}, err)
	}
	return s.seeOther(c, certificatePath(string(n)), "center.certificate.renewed_done")
}

// ledgerPage is all that a person was ever awarded, with a way to let an award no longer count.
type ledgerPage struct {
	Page
	Holder  member.Member
	Rows    []ledgerLine
	Revoke  revokeForm
	Opened  skill.AwardID // whose form was refused
	Reasons []Option
}

// ReasonWord is what the form for revoking calls the reason: its holder reads it.
func (ledgerPage) ReasonWord() string { return "center.ledger.reason" }

// ledgerLine is one award of the ledger.
type ledgerLine struct {
	ID        skill.AwardID
	Skill     said
	Level     skill.Level
	Title     said
	At        time.Time
	Assessors []string
	Assisted  bool
	Prior     bool
	Revoked   time.Time // zero: it counts
	Reason    string    // words' key
	Note      string
	By        string
}

// awardReasonWords are why an award no longer counts.
var awardReasonWords = map[string]string{"judged_in_error": "center.ledger.judged_in_error", "not_own_work": "verify.reason.not_own_work"}

var ledgerView = view[ledgerPage]("center/ledger")

func (s *Server) ledger(c echo.Context, a desk.Actor) error {
	return s.showLedger(c, a, revokeForm{}, 0, nil)
}

func (s *Server) showLedger(c echo.Context, a desk.Actor, form revokeForm, opened skill.AwardID, refusal error) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	look, err := s.Desk.LookLedger(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	w := s.printer(c)
	p := s.page(c, a, "center.ledger.title", "Name", w.Person(look.Holder.Name))
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	page := ledgerPage{Page: p, Holder: look.Holder, Revoke: form, Opened: opened}
	for _, r := range skill.RevocationReasons {
		page.Reasons = append(page.Reasons, Option{Value: r, Label: w.T(awardReasonWords[r]), Chosen: r == form.Reason})
	}
	for _, x := range look.Awards {
		line := ledgerLine{
			ID: x.ID, Skill: say(s.Desk.Catalog.Skill(x.Skill).Title, w.Lang()), Level: x.Level, Title: say(x.Evidence.Title, w.Lang()), At: x.At,
			Assisted: x.Evidence.Assisted, Prior: x.Evidence.Prior, Revoked: x.Revocation.At, Reason: awardReasonWords[x.Revocation.Reason],
			Note: x.Revocation.Note, By: look.Names[x.Revocation.By],
		}
		for _, m := range x.Evidence.Assessors {
			line.Assessors = append(line.Assessors, look.Names[m])
		}
		page.Rows = append(page.Rows, line)
	}
	return ledgerView.render(s, c, page)
}

func (s *Server) revokeAward(c echo.Context, a desk.Actor) error {
	n, err := strconv.ParseInt(c.Param("award"), 10, 64)
	if err != nil || n < 1 {
		return echo.ErrNotFound
	}
	id := skill.AwardID(n)
	who, err := memberParam(c)
	if err != nil {
		return err
	}
	form, err := decode[revokeForm](c)
	if err == nil {
		err = form.check(skill.RevocationReasons)
	}
	if err == nil {
		err = s.Desk.RevokeAward(c.Request().Context(), a, id, desk.RevokeAwardForm{Holder: who, Reason: form.Reason, Note: form.Note})
	}
	if err != nil {
		return s.showLedger(c, a, form, id, err)
	}
	return s.seeOther(c, storyPath(who)+"/record", "center.ledger.revoked")
}

// chosen marks the option of a value.
func chosen(options []Option, value string) []Option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Chosen = out[i].Value == value
	}
	return out
}
