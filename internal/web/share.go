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

func (s *Server) shareRoutes() []route {
	trainee := only(member.Trainee)
	return []route{
		{Method: http.MethodGet, Path: "/record/shares", Access: SignedIn, Handle: s.shares},
		{Method: http.MethodGet, Path: "/record/shares/new", Access: trainee, Handle: s.newShare},
		{Method: http.MethodPost, Path: "/record/shares/new", Access: trainee, Handle: s.makeShare},
		{Method: http.MethodPost, Path: "/record/shares/:id/end", Access: SignedIn, Handle: s.endShare},
		{Method: http.MethodGet, Path: "/record/disclosures", Access: SignedIn, Handle: s.disclosures},
		{Method: http.MethodGet, Path: "/shared/:token", Access: Anyone, Handle: s.shared},
	}
}

// sharesPage are somebody's links, with who opened them. They outlast her learning; only then she makes no new ones.
type sharesPage struct {
	Page
	List    []desk.ShareLine
	Pager   Pager
	Trainee bool
}

var sharesView = view[sharesPage]("share/list")

const sharesOnPage = 20

func (s *Server) shares(c echo.Context, a desk.Actor) error {
	list, total, err := s.Desk.LookShares(c.Request().Context(), a, pageOffset(c, sharesOnPage), sharesOnPage)
	if err != nil {
		return err
	}
	return sharesView.render(s, c, sharesPage{Page: s.page(c, a, "share.title"), List: list, Pager: newPager(c, total, sharesOnPage), Trainee: a.Is(member.Trainee)})
}

// shareForm is a new link: what is typed, looked at and then made.
type shareForm struct {
	Label        string           `form:"label,max=60"`
	Company      member.CompanyID `form:"company"` // 0: everybody who has the link
	Skills       []string         `form:"skill,max=40"`
	Certificates []string         `form:"certificate,max=40"`
	Evidence     bool             `form:"evidence"`
	Name         bool             `form:"name"`
	Until        string           `form:"until,max=20"`
	Do           string           `form:"do,max=10"` // "make", "edit", or look first
}

// deed is what the desk is given; a date that is none is refused at its field.
func (f shareForm) deed(wrong *problem.List) desk.ShareForm {
	out := desk.ShareForm{
		Label: f.Label, Company: f.Company, Until: typedDay(wrong, "until", f.Until),
		What: skill.Shared{Certificates: f.Certificates, Evidence: f.Evidence, Name: f.Name},
	}
	for _, id := range f.Skills {
		out.What.Skills = append(out.What.Skills, skill.ID(id))
	}
	return out
}

// newSharePage is the form for a link.
type newSharePage struct {
	Page
	Form         shareForm
	Companies    []Option
	Skills       []shareChoice
	Certificates []shareChoice
	Choice       desk.ShareChoice
	MaxLabel     int
}

// shareChoice is a skill or certificate that can be put behind a link.
type shareChoice struct {
	Value  string
	Title  said
	Beside string
	Chosen bool
}

var newShareView = view[newSharePage]("share/new")

func (s *Server) newShare(c echo.Context, a desk.Actor) error {
	choice, err := s.Desk.LookShareChoice(c.Request().Context(), a)
	if err != nil {
		return err
	}
	// What she has proven is proposed; her name and her certificates, which may lead to it, are not.
	form := shareForm{Evidence: true, Until: choice.Until.In(i18n.Zone).Format(time.DateOnly)}
	for _, one := range choice.Skills {
		form.Skills = append(form.Skills, string(one.Skill))
	}
	return s.showNewShare(c, s.page(c, a, "share.new"), choice, form)
}

func (s *Server) showNewShare(c echo.Context, p Page, choice desk.ShareChoice, form shareForm) error {
	w := s.printer(c)
	page := newSharePage{Page: p, Form: form, Choice: choice, MaxLabel: desk.MaxShareLabel}
	page.Companies = []Option{{Value: "0", Label: w.T("share.everybody")}}
	for _, k := range choice.Companies {
		page.Companies = append(page.Companies, Option{Value: strconv.FormatInt(int64(k.ID), 10), Label: k.Name, Chosen: k.ID == form.Company})
	}
	for _, one := range choice.Skills {
		page.Skills = append(page.Skills, shareChoice{
			string(one.Skill), say(choice.Titles[one.Skill], w.Lang()), w.T("record.level.short", "Level", one.Level), slices.Contains(form.Skills, string(one.Skill)),
		})
	}
	for _, h := range choice.Certificates {
		page.Certificates = append(page.Certificates, shareChoice{
			string(h.Number), say(h.Snapshot.Title, w.Lang()), w.Date(h.Issued), slices.Contains(form.Certificates, string(h.Number)),
		})
	}
	return newShareView.render(s, c, page)
}

// checkSharePage shows what the other side will see, before the link is made.
type checkSharePage struct {
	Page
	Form   shareForm
	Shared sharedPart
	Leads  bool // certificates lead to the verify page, where her name stands
}

var checkShareView = view[checkSharePage]("share/check")

// makeShare shows what a link would show, goes back to the form, or makes it.
func (s *Server) makeShare(c echo.Context, a desk.Actor) error {
	ctx := c.Request().Context()
	form, err := decode[shareForm](c)
	wrong := problem.Of(err)
	typed := form.deed(&wrong)
	if err = wrong.Err(); err == nil && form.Do == "make" {
		var id int64
		if id, err = s.Desk.MakeShare(ctx, a, typed); err == nil {
			return s.goTo(c, "share.made", "/record/shares#share-%d", id)
		}
	}
	choice, refusal := s.Desk.LookShareChoice(ctx, a)
	if refusal != nil {
		return refusal
	}
	if err == nil && form.Do != "edit" {
		var look desk.SharedLook
		if look, err = s.Desk.PlanShare(ctx, a, typed); err == nil {
			return checkShareView.render(s, c, checkSharePage{
				Page: s.page(c, a, "share.check"), Form: form, Shared: s.sharedPart(c, look), Leads: choice.VerifyName && len(look.Certificates) > 0 && look.Name == "",
			})
		}
	}
	p := s.page(c, a, "share.new")
	if err != nil {
		if p, err = s.refused(p, err); err != nil {
			return err
		}
	}
	return s.showNewShare(c, p, choice, form)
}

func (s *Server) endShare(c echo.Context, a desk.Actor) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return echo.ErrNotFound
	}
	if err := s.Desk.EndShare(c.Request().Context(), a, id); err != nil {
		return err
	}
	return s.seeOther(c, "/record/shares", "share.ended")
}

// disclosuresPage is everything that was shown of somebody.
type disclosuresPage struct {
	Page
	List    []desk.DisclosureLine
	Pager   Pager
	Trainee bool
}

var disclosuresView = view[disclosuresPage]("share/disclosures")

func (s *Server) disclosures(c echo.Context, a desk.Actor) error {
	list, total, err := s.Desk.LookDisclosures(c.Request().Context(), a, pageOffset(c, seenOnPage), seenOnPage)
	if err != nil {
		return err
	}
	return disclosuresView.render(s, c, disclosuresPage{Page: s.page(c, a, "share.disclosures"), List: list, Pager: newPager(c, total, seenOnPage), Trainee: a.Is(member.Trainee)})
}

// sharedPart is what a link shows, in words: part "sharedrecord".
type sharedPart struct {
	desk.SharedLook
	Holder       string // as she wants it in the reader's language; empty: not shown
	CenterName   string
	Skills       []sharedSkill
	Certificates []sharedCertificate
	Levels       []string // what they mean: words' keys
}

type sharedSkill struct {
	heldSkill
	Standing skill.Standing
	Proofs   []sharedEvidence
}

type sharedEvidence struct {
	desk.SharedEvidence
	Name said
	Rows []provenRow
}

type sharedCertificate struct {
	desk.SharedCertificate
	Name, About said
	State       string // its word's key
	Class       string
}

// shareStates are the words for how a certificate stands, with the tag's class.
var shareStates = map[certificate.State][2]string{
	certificate.Valid: {"share.state.valid", "ok"}, certificate.Lapsed: {"share.state.lapsed", "wait"},
	certificate.Replaced: {"share.state.replaced", "wait"}, certificate.Revoked: {"share.state.revoked", "mend"},
}

func (s *Server) sharedPart(c echo.Context, look desk.SharedLook) sharedPart {
	lang := s.printer(c).Lang()
	part := sharedPart{SharedLook: look, Holder: look.Name, CenterName: look.Center.In(lang), Levels: levelWords}
	if lang == i18n.English && look.Latin != "" {
		part.Holder = look.Latin
	}
	for _, one := range look.Skills {
		v := sharedSkill{heldSkill: heldSkill{ID: one.Skill, Title: say(one.Title, lang), Level: one.Level, Words: say(one.Words, lang)}, Standing: one.Standing}
		for _, e := range one.Evidence {
			proof := sharedEvidence{SharedEvidence: e, Name: say(e.Title, lang)}
			for _, r := range e.EvidenceLook.Rows {
				proof.Rows = append(proof.Rows, provenRow{Title: say(r.Title, lang), Words: say(r.Reached, lang)})
			}
			v.Proofs = append(v.Proofs, proof)
		}
		part.Skills = append(part.Skills, v)
	}
	for _, one := range look.Certificates {
		word := shareStates[one.State]
		part.Certificates = append(part.Certificates, sharedCertificate{one, say(one.Title, lang), say(one.Topic, lang), word[0], word[1]})
	}
	return part
}

// sharedPage is a record as its holder shows it to whoever opens her link.
type sharedPage struct {
	Page
	Shared sharedPart
}

var sharedView = view[sharedPage]("share/shared")

// shared answers whoever opens a link. It is limited as look-ups of certificates are, kept out of search engines and caches,
// and for all links that do not work it is the same missing page.
func (s *Server) shared(c echo.Context, a desk.Actor) error {
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	if ok, _ := s.verifies.Allow(network(c)); !ok {
		return echo.ErrTooManyRequests
	}
	look, err := s.Desk.OpenShared(c.Request().Context(), a, c.Param("token"))
	if err != nil {
		return err
	}
	return sharedView.render(s, c, sharedPage{Page: s.page(c, a, "share.shared"), Shared: s.sharedPart(c, look)})
}
