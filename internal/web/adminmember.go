package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/member"
)

type adminMemberPage struct {
	Page
	Look      desk.MemberLook
	Roles     []Option
	Companies []Option
}

// Address is that of the person's page; her forms stand below it.
func (p adminMemberPage) Address() string { return memberPath(p.Look.Member.ID) }

var adminMemberView = view[adminMemberPage]("admin/member")

// memberParam is the person the address names; what is no number names nobody.
func memberParam(c echo.Context) (member.ID, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, echo.ErrNotFound
	}
	return member.ID(id), nil
}

func (s *Server) adminMember(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	return s.showMember(c, a, id, nil, nil)
}

// showMember shows somebody, after a refusal with what was ticked.
func (s *Server) showMember(c echo.Context, a desk.Actor, id member.ID, form *rolesForm, refusal error) error {
	look, err := s.Desk.Member(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	page := adminMemberPage{Page: s.titled(c, a, look.Member.Name), Look: look}
	if refusal != nil {
		if page.Page, err = s.refused(page.Page, refusal); err != nil {
			return err
		}
	}
	roles, company := look.Roles, look.Company
	if form != nil {
		roles, company = form.Roles, form.Company
	}
	page.Roles, page.Companies = s.roleBoxes(c, roles), s.companyOptions(c, look.Companies, company)
	return adminMemberView.render(s, c, page)
}

type rolesForm struct {
	Roles   []member.Role    `form:"roles"`
	Company member.CompanyID `form:"company"`
}

func (s *Server) adminSetRoles(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	form, err := decode[rolesForm](c)
	if err == nil {
		err = s.Desk.SetRoles(c.Request().Context(), a, id, form.Roles, form.Company)
	}
	if err != nil {
		return s.showMember(c, a, id, &form, err)
	}
	next := memberPath(id)
	switch {
	case id == a.Member:
		next = "/account" // she may no longer be let in here
	case len(form.Roles) == 0:
		next = "/admin/members" // she has left the center
	}
	return s.seeOther(c, next, "admin.member.roles_saved")
}

type disabledForm struct {
	Disabled bool `form:"disabled"`
}

func (s *Server) adminSetDisabled(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	form, err := decode[disabledForm](c)
	if err == nil {
		err = s.Desk.SetDisabled(c.Request().Context(), a, id, form.Disabled)
	}
	if err != nil {
		return s.showMember(c, a, id, nil, err)
	}
	if form.Disabled {
		return s.seeOther(c, memberPath(id), "admin.member.disabled")
	}
	return s.seeOther(c, memberPath(id), "admin.member.enabled")
}

func (s *Server) adminInviteAgain(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	if err := s.Desk.InviteAgain(c.Request().Context(), a, id); err != nil {
		return s.showMember(c, a, id, nil, err)
	}
	return s.seeOther(c, memberPath(id), "admin.new.invited")
}

// handedCodePage shows a one-time code, this once.
type handedCodePage struct {
	Page
	Name, Number, Code string
	Back               string
	Minutes            int
}

var handedCodeView = view[handedCodePage]("admin/code")

// adminHandCode answers with the code itself, not with an address to see it at: it is kept nowhere in words.
func (s *Server) adminHandCode(c echo.Context, a desk.Actor) error {
	id, err := memberParam(c)
	if err != nil {
		return err
	}
	look, err := s.Desk.Member(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	number, code, err := s.Desk.HandCode(c.Request().Context(), a, id)
	if err != nil {
		return s.showMember(c, a, id, nil, err)
	}
	return s.showCode(c, a, look.Member.Name, number, code, memberPath(id))
}

// showCode shows a code to whoever hands it out; back is where she came from.
func (s *Server) showCode(c echo.Context, a desk.Actor, name, number, code, back string) error {
	return handedCodeView.render(s, c, handedCodePage{
		Page: s.page(c, a, "admin.code.title"), Name: name, Number: number, Code: code[:4] + " " + code[4:],
		Back: back, Minutes: int(desk.CodeFor.Minutes()),
	})
}
