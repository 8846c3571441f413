package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/skill"
)

func (s *Server) recordRoutes() []route {
	trainee := only(member.Trainee)
	return []route{
		{Method: http.MethodGet, Path: "/record", Access: trainee, Handle: s.record},
		{Method: http.MethodGet, Path: "/record.pdf", Access: trainee, Handle: s.recordPDF},
		{Method: http.MethodPost, Path: "/certificates/:number/public", Access: trainee, Handle: s.makePublic},
		{Method: http.MethodPost, Path: "/certificates/:number/renewal", Access: trainee, Handle: s.renew},
		{Method: http.MethodPost, Path: "/certificates/:number/mail", Access: trainee, Handle: s.mailCertificate},
		{Method: http.MethodPost, Path: "/certificates/:number/hidden", Access: trainee, Handle: s.hideCertificate},
	}
}

// levelWords are what levels 1 to 3 of any skill mean (docs/domain.md, c-2).
var levelWords = []string{"record.level.model", "record.level.alone", "record.level.checks"}

// recordPage is all that a trainee has proven, with what it rests on.
type recordPage struct {
	Page
	Certificates []heldCertificate
	Ended        []heldCertificate // replaced and revoked ones
	Held         []heldSkill
	NotYet       []heldSkill
	Picture      skillPicture
	History      []historyLine
	Earlier      []historyLine // folded
	Sharing      bool          // companies may be shown the record, without her name
	ShowName     bool          // her name stands on the verify page
	Mail         bool          // she has an address
	Machine      bool          // there is a certificate for the record's machine credential to hold
	Levels       []string      // what they mean: words' keys
	Rule         string
}

// heldCertificate is a certificate with what its holder can do with it.
type heldCertificate struct {
	Number    certificate.Number
	State     stateTag
	Kind      string // words' key
	Title     said
	Topic     said // for those who hear the page: which certificate a button is about
	Level     skill.Level
	Issued    time.Time
	Until     time.Time
	Changed   time.Time
	Reason    string             // words' key
	Successor certificate.Number // of a replaced one
	Name      string             // as printed
	Public    bool
	Hidden    bool
	Renewable bool
	AddTo     string // where a profile elsewhere takes it in
}

// historyLine is one thing that happened to the record.
type historyLine struct {
	At     time.Time
	Class  string
	What   string
	Title  said
	Number certificate.Number
	Reason string // words' key
}

// heldSkill is a skill with the level held, the evidence and what would raise it.
type heldSkill struct {
	ID       skill.ID
	Title    said
	Level    skill.Level
	Grade    skill.Grade
	Words    said // the level's descriptor
	Newest   time.Time
	Until    time.Time
	Old      bool // it needs renewal
	Soon     bool // it will need it soon
	Evidence []evidence
	Next     []nextProof
	Way      string // what Next is good for: words' key
}

// Dots are the three dots of a level, filled or not.
func (h heldSkill) Dots() [skill.Checks]bool {
	var dots [skill.Checks]bool
	for i := range dots {
		dots[i] = i < int(h.Level)
	}
	return dots
}

// evidence is one piece that proved a skill.
type evidence struct {
	Title     said
	Href      string // empty if it is no longer taught
	Level     skill.Level
	At        time.Time
	AttemptN  int
	Assessors []string
	Rows      []provenRow
	Assisted  bool
	Prior     bool
	Looking   bool
}

type provenRow struct {
	Title, Words said
	Mark         int
}

// nextProof is an assignment or a portfolio that would prove a skill higher, or again.
type nextProof struct {
	Title  said
	Href   string
	Facts  string
	Proves skill.Level
}

var recordView = view[recordPage]("record/record")

func (s *Server) record(c echo.Context, a desk.Actor) error { return s.showRecord(c, a, nil) }

// historyShown is how much of the history is not folded.
const historyShown = 8

func (s *Server) showRecord(c echo.Context, a desk.Actor, refusal error) error {
	r, err := s.Desk.LookRecord(c.Request().Context(), a)
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := recordPage{
		Page: s.page(c, a, "record.title"), Sharing: r.Holder.Consent.Sharing(), ShowName: !r.Holder.Consent.VerifyName.IsZero(),
		Mail: r.Holder.Email != "", Levels: levelWords, Rule: skill.Rule, Picture: pictureOf(s.Desk.Catalog.Skills, r.Held, w.Lang()),
	}
	if refusal != nil {
		if page.Page, err = s.refused(page.Page, refusal); err != nil {
			return err
		}
	}
	for _, h := range r.Certificates {
		page.Machine = page.Machine || h.State == certificate.Valid
		if h.State.MayEnd() {
			page.Certificates = append(page.Certificates, s.heldCertificate(w, h))
		} else {
			page.Ended = append(page.Ended, s.heldCertificate(w, h))
		}
	}
	for _, h := range r.Held {
		page.Held = append(page.Held, s.heldSkill(w, h))
	}
	for _, h := range r.NotYet {
		page.NotYet = append(page.NotYet, s.heldSkill(w, h))
	}
	for i, h := range r.History {
		if line := s.historyLine(w, h); i < historyShown {
			page.History = append(page.History, line)
		} else {
			page.Earlier = append(page.Earlier, line)
		}
	}
	return recordView.render(s, c, page)
}

func (s *Server) heldCertificate(w *i18n.Printer, h desk.CertificateSeen) heldCertificate {
	v := heldCertificate{
		Number: h.Number, State: tagOf(h.State), Kind: grantWords[h.Kind], Title: say(h.Snapshot.Title, w.Lang()), Topic: say(h.Snapshot.Topic, w.Lang()),
		Issued: h.Issued, Until: h.Until, Changed: h.Latest.At, Reason: reasonWords[h.Latest.Reason], Successor: h.Successor,
		Name: h.Snapshot.Name, Public: h.Public, Hidden: h.Hidden, Renewable: h.Renewable,
	}
	if h.Kind == certificate.KindSkill && len(h.Snapshot.Skills) > 0 {
		v.Level = h.Snapshot.Skills[0].Level
	}
	if h.State == certificate.Valid && !h.Hidden {
		v.AddTo = addToProfile(h.Held, s.Desk.Address)
	}
	return v
}

// addToProfile is the address by which LinkedIn takes a certificate into a profile. It is the one such form that is
// documented and needs nothing of ours but a link; wallets take the machine credential as a file.
func addToProfile(h desk.Held, address string) string {
	q := url.Values{
		"startTask": {"CERTIFICATION_NAME"}, "name": {h.Snapshot.Title.In(i18n.English)}, "organizationName": {cmp.Or(h.Snapshot.CenterNameEn, h.Snapshot.CenterName)},
		"issueYear": {strconv.Itoa(h.Issued.In(i18n.Zone).Year())}, "issueMonth": {strconv.Itoa(int(h.Issued.In(i18n.Zone).Month()))},
		"certUrl": {address + "/verify/" + string(h.Number)}, "certId": {string(h.Number)},
	}
	if !h.Until.IsZero() {
		q.Set("expirationYear", strconv.Itoa(h.Until.In(i18n.Zone).Year()))
		q.Set("expirationMonth", strconv.Itoa(int(h.Until.In(i18n.Zone).Month())))
	}
	return "https://www.linkedin.com/profile/add?" + q.Encode()
}

// happenedWords are what happens to a record, and its colour.
var happenedWords = map[desk.HappenedKind]struct{ Key, Class string }{
	desk.HappenedAward: {"record.happened.award", "ok"}, desk.HappenedLost: {"record.happened.lost", "mend"},
	desk.HappenedIssued: {"record.happened.issued", "ai"}, desk.HappenedRenewed: {"record.happened.renewed", "ai"},
	desk.HappenedCorrected: {"record.happened.corrected", "ai"}, desk.HappenedRestated: {"record.happened.restated", "mend"}, desk.HappenedRevoked: {"record.happened.revoked", "mend"},
	desk.HappenedLapsed: {"record.happened.lapsed", ""},
}

func (s *Server) historyLine(w *i18n.Printer, h desk.Happened) historyLine {
	how := happenedWords[h.What]
	v := historyLine{At: h.At, Class: how.Class, Title: say(h.Title, w.Lang()), Number: h.Number}
	v.What = w.T(how.Key, "Skill", s.Desk.Catalog.Skill(h.Skill).Title.In(w.Lang()), "Level", int(h.Level))
	if h.What == desk.HappenedLost {
		v.Reason = awardReasonWords[h.Reason]
	} else {
		v.Reason = reasonWords[certificate.Reason(h.Reason)]
	}
	return v
}

func (s *Server) heldSkill(w *i18n.Printer, h desk.SkillHeld) heldSkill {
	lang := w.Lang()
	v := heldSkill{
		ID: h.ID, Title: say(h.Title, lang), Level: h.Level, Grade: h.Grade, Words: say(h.Levels[h.Level], lang), Newest: h.Newest, Until: h.Until,
		Old: h.Level > skill.None && !h.Current,
	}
	v.Soon = !v.Old && h.Due(s.Now())
	for _, a := range h.Awards {
		e := evidence{
			Title: say(a.Evidence.Title, lang), Level: a.Level, At: a.At, AttemptN: a.Evidence.AttemptN, Assessors: a.Assessors,
			Assisted: a.Evidence.Assisted, Prior: a.Evidence.Prior, Looking: a.Looking,
		}
		ref := course.Ref{Course: a.Evidence.Course, Module: a.Evidence.Module, Item: a.Evidence.Item}
		if s.Desk.Catalog.Item(ref) != nil {
			e.Href = ref.Path()
		}
		for _, r := range a.Evidence.Rows {
			e.Rows = append(e.Rows, provenRow{say(r.Title, lang), say(r.Descriptor, lang), r.Mark})
		}
		v.Evidence = append(v.Evidence, e)
	}
	for _, it := range h.Next {
		facts := joined([]string{aboutMinutes(w, it.Minutes), w.T(deviceWords[it.Device])})
		v.Next = append(v.Next, nextProof{say(it.Title, lang), it.Ref.Path(), facts, it.Proves(h.ID)})
	}
	v.Way = "record.raise"
	if v.Old || v.Soon {
		v.Way = "record.renew"
	} else if v.Level == skill.None && len(h.Next) > 0 && !h.Next[0].Ref.Prior() {
		v.Way = "record.prove"
	}
	return v
}

type publicForm struct {
	Public bool `form:"public"`
}

// makePublic lets the holder say whether anybody with the number may fetch the PDF.
func (s *Server) makePublic(c echo.Context, a desk.Actor) error {
	form, err := decode[publicForm](c)
	if err != nil {
		return err
	}
	if err := s.Desk.MakePublic(c.Request().Context(), a, c.Param("number"), form.Public); err != nil {
		return err
	}
	if form.Public {
		return s.seeOther(c, "/record#certificates", "record.certificate.opened")
	}
	return s.seeOther(c, "/record#certificates", "record.certificate.closed")
}

// renew issues a skill certificate anew over newer work.
func (s *Server) renew(c echo.Context, a desk.Actor) error {
	if _, err := s.Desk.RenewCertificate(c.Request().Context(), a, c.Param("number")); err != nil {
		return s.showRecord(c, a, err)
	}
	return s.seeOther(c, "/record#certificates", "record.certificate.renewed")
}

// mailCertificate sends the holder her certificate as a file to her own address.
func (s *Server) mailCertificate(c echo.Context, a desk.Actor) error {
	if err := s.Desk.MailCertificate(c.Request().Context(), a, c.Param("number")); err != nil {
		return s.showRecord(c, a, err)
	}
	return s.seeOther(c, "/record#certificates", "record.certificate.mailed")
}

// recordPDF prints the record as a document.
func (s *Server) recordPDF(c echo.Context, a desk.Actor) error {
	lang := c.QueryParam("lang")
	if lang != i18n.Japanese && lang != i18n.English {
		lang = s.printer(c).Lang()
	}
	p, err := s.Desk.PrintRecord(c.Request().Context(), a, lang)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return attachment(c, s.printer(c).T("record.pdf.file")+"-"+s.Now().In(i18n.Zone).Format(time.DateOnly)+".pdf", "application/pdf", p.Bytes)
}

type hiddenForm struct {
	Hidden bool `form:"hidden"`
}

// hideCertificate lets the holder keep a certificate out of the public look-up, or show it there again.
func (s *Server) hideCertificate(c echo.Context, a desk.Actor) error {
	form, err := decode[hiddenForm](c)
	if err != nil {
		return err
	}
	if err := s.Desk.HideCertificate(c.Request().Context(), a, c.Param("number"), form.Hidden); err != nil {
		return err
	}
	if form.Hidden {
		return s.seeOther(c, "/record#certificates", "record.certificate.hidden")
	}
	return s.seeOther(c, "/record#certificates", "record.certificate.shown")
}
