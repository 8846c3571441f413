package web

import (
	"net/http"
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
	return []route{
		{Method: http.MethodGet, Path: "/record", Access: only(member.Trainee), Handle: s.record},
		{Method: http.MethodPost, Path: "/certificates/:number/public", Access: only(member.Trainee), Handle: s.makePublic},
		{Method: http.MethodPost, Path: "/certificates/:number/hidden", Access: only(member.Trainee), Handle: s.hideCertificate},
	}
}

// levelWords are what levels 1 to 3 of any skill mean (docs/domain.md, c-2).
var levelWords = []string{"record.level.model", "record.level.alone", "record.level.checks"}

// recordPage is all that a trainee has proven, with what it rests on.
type recordPage struct {
	Page
	Certificates []heldCertificate
	Held         []heldSkill
	NotYet       []heldSkill
	Sharing      bool     // companies may be shown the record, without her name
	ShowName     bool     // her name stands on the verify page
	Levels       []string // what they mean: words' keys
}

// heldCertificate is a certificate with what its holder can do with it.
type heldCertificate struct {
	Number certificate.Number
	Title  said
	Course said // for those who hear the page: which certificate a button is about
	Issued time.Time
	Name   string // as printed
	Public bool
}

// heldSkill is a skill with the level held, the evidence and what would raise it.
type heldSkill struct {
	ID       skill.ID
	Title    said
	Level    skill.Level
	Words    said // the level's descriptor
	Evidence []evidence
	Next     []nextProof
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
	Looking   bool
}

type provenRow struct {
	Title, Words said
	Mark         int
}

// nextProof is an assignment that would prove a skill higher, or again.
type nextProof struct {
	Title  said
	Href   string
	Facts  string
	Proves skill.Level
}

var recordView = view[recordPage]("record/record")

func (s *Server) record(c echo.Context, a desk.Actor) error {
	r, err := s.Desk.LookRecord(c.Request().Context(), a)
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := recordPage{
		Page: s.page(c, a, "record.title"), Sharing: r.Holder.Consent.Sharing(), ShowName: !r.Holder.Consent.VerifyName.IsZero(), Levels: levelWords,
	}
	for _, h := range r.Certificates {
		page.Certificates = append(page.Certificates, heldCertificate{
			Number: h.Number, Title: say(h.Snapshot.Title, w.Lang()), Course: say(h.Snapshot.Topic, w.Lang()), Issued: h.Issued,
			Name: h.Snapshot.Name, Public: h.Public,
		})
	}
	for _, h := range r.Held {
		page.Held = append(page.Held, s.heldSkill(w, h))
	}
	for _, h := range r.NotYet {
		page.NotYet = append(page.NotYet, s.heldSkill(w, h))
	}
	return recordView.render(s, c, page)
}

func (s *Server) heldSkill(w *i18n.Printer, h desk.SkillHeld) heldSkill {
	lang := w.Lang()
	v := heldSkill{ID: h.ID, Title: say(h.Title, lang), Level: h.Level, Words: say(h.Levels[h.Level], lang)}
	for _, a := range h.Awards {
		e := evidence{
			Title: say(a.Evidence.Title, lang), Level: a.Level, At: a.At, AttemptN: a.Evidence.AttemptN, Assessors: a.Assessors,
			Assisted: a.Evidence.Assisted, Looking: a.Looking,
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
		proves := skill.None
		for _, r := range it.Assignment.Rubric.Rows {
			if r.Skill == h.ID {
				proves = max(proves, r.Proves)
			}
		}
		facts := joined([]string{aboutMinutes(w, it.Minutes), w.T(deviceWords[it.Device])})
		v.Next = append(v.Next, nextProof{say(it.Title, lang), it.Ref.Path(), facts, proves})
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
