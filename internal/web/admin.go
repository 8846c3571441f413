package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/audit"
	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
)

func (s *Server) adminRoutes() []route {
	admin := only(member.Admin)
	return []route{
		{Method: http.MethodGet, Path: "/admin", Access: admin, Handle: s.admin},
		{Method: http.MethodGet, Path: "/admin/members", Access: admin, Handle: s.adminMembers},
		{Method: http.MethodGet, Path: "/admin/members/new", Access: admin, Handle: s.adminNewMember},
		{Method: http.MethodPost, Path: "/admin/members/new", Access: admin, Handle: s.adminAddMember},
		{Method: http.MethodGet, Path: "/admin/members/:id", Access: admin, Handle: s.adminMember},
		{Method: http.MethodPost, Path: "/admin/members/:id/roles", Access: admin, Handle: s.adminSetRoles},
		{Method: http.MethodPost, Path: "/admin/members/:id/disabled", Access: admin, Handle: s.adminSetDisabled},
		{Method: http.MethodPost, Path: "/admin/members/:id/invitation", Access: admin, Handle: s.adminInviteAgain},
		{Method: http.MethodPost, Path: "/admin/members/:id/code", Access: admin, Handle: s.adminHandCode},
		{Method: http.MethodGet, Path: "/admin/centers", Access: admin, Handle: s.adminCenters},
		{Method: http.MethodPost, Path: "/admin/centers", Access: admin, Handle: s.adminSaveCenter},
		{Method: http.MethodGet, Path: "/admin/trail", Access: admin, Handle: s.adminTrail},
	}
}

// eventLine is a row of the trail in the reader's words.
type eventLine struct {
	At         time.Time
	Who, About string
	AboutID    member.ID
	What       string
}

// eventLines words events; an action without words shows its own name.
func (s *Server) eventLines(c echo.Context, rows []desk.TrailRow) []eventLine {
	p := s.printer(c)
	out := make([]eventLine, len(rows))
	for i, r := range rows {
		out[i] = eventLine{At: r.At, Who: r.ActorName, About: r.AboutName, AboutID: r.About, What: string(r.Action)}
		if key := "audit." + string(r.Action); p.Has(key) {
			out[i].What = p.T(key)
		}
		if r.Actor == 0 {
			out[i].Who = p.T("admin.trail.program")
		}
	}
	return out
}

// roleCount is a role with how many people hold it.
type roleCount struct {
	Role  member.Role
	Key   string
	Count int
}

func roleCounts(counts map[member.Role]int) []roleCount {
	out := make([]roleCount, len(member.Roles))
	for i, r := range member.Roles {
		out[i] = roleCount{r, "role." + string(r), counts[r]}
	}
	return out
}

type adminPage struct {
	Page
	Center string
	Roles  []roleCount
	Events []eventLine
}

var adminView = view[adminPage]("admin/admin")

func (s *Server) admin(c echo.Context, a desk.Actor) error {
	look, err := s.Desk.Admin(c.Request().Context(), a)
	if err != nil {
		return err
	}
	p := s.page(c, a, "admin.title")
	return adminView.render(s, c, adminPage{Page: p, Center: look.Center.In(p.Lang), Roles: roleCounts(look.Counts), Events: s.eventLines(c, look.Events)})
}

type adminMembersPage struct {
	Page
	Find  string
	Role  string
	Roles []Option
	Rows  []memberLine
	Total int
	Pager Pager
}

type memberLine struct {
	desk.MemberRow
	RoleKeys []string
}

var adminMembersView = view[adminMembersPage]("admin/members")

func (s *Server) adminMembers(c echo.Context, a desk.Actor) error {
	const longest = 80
	find := []rune(c.QueryParam("q"))
	role := member.Role(c.QueryParam("role"))
	if !role.Valid() {
		role = ""
	}
	page := adminMembersPage{Page: s.page(c, a, "admin.members.title"), Find: searchText(string(find[:min(len(find), longest)])), Role: string(role)}
	look, err := s.Desk.Members(c.Request().Context(), a, page.Find, role, pageNumber(c))
	if err != nil {
		return err
	}
	page.Total, page.Pager, page.Roles = look.Total, newPager(c, look.Total, desk.MembersOnPage), s.roleOptions(c, role)
	for _, r := range look.Rows {
		line := memberLine{MemberRow: r}
		for _, role := range member.Roles {
			if slices.Contains(r.Roles, role) {
				line.RoleKeys = append(line.RoleKeys, "role."+string(role))
			}
		}
		page.Rows = append(page.Rows, line)
	}
	return adminMembersView.render(s, c, page)
}

func (s *Server) roleOptions(c echo.Context, chosen member.Role) []Option {
	p := s.printer(c)
	out := []Option{{Value: "", Label: p.T("common.all"), Chosen: chosen == ""}}
	for _, r := range member.Roles {
		out = append(out, Option{Value: string(r), Label: p.T("role." + string(r)), Chosen: r == chosen})
	}
	return out
}

// roleBoxes are the roles with those ticked that somebody has.
func (s *Server) roleBoxes(c echo.Context, ticked []member.Role) []Option {
	out := s.roleOptions(c, "none")[1:]
	for i := range out {
		out[i].Chosen = slices.Contains(ticked, member.Role(out[i].Value))
	}
	return out
}

func (s *Server) companyOptions(c echo.Context, companies []job.Company, chosen member.CompanyID) []Option {
	if len(companies) == 0 {
		return nil
	}
	out := []Option{{Value: "0", Label: s.printer(c).T("admin.member.no_company"), Chosen: chosen == 0}}
	for _, k := range companies {
		out = append(out, Option{Value: strconv.FormatInt(int64(k.ID), 10), Label: k.Name, Chosen: k.ID == chosen})
	}
	return out
}

type adminNewPage struct {
	Page
	Form      newMemberForm
	Roles     []Option
	Companies []Option
}

type newMemberForm struct {
	Name     string           `form:"name,max=80"`
	Kana     string           `form:"kana,max=80"`
	Email    string           `form:"email,max=254"`
	Language string           `form:"language,max=2"`
	Roles    []member.Role    `form:"roles"`
	Company  member.CompanyID `form:"company"`
}

// Languages are the choices of the language field.
func (adminNewPage) Languages() []Option { return languageOptions() }

var adminNewView = view[adminNewPage]("admin/new")

func (s *Server) adminNewMember(c echo.Context, a desk.Actor) error {
	form := newMemberForm{Language: "ja", Roles: []member.Role{member.Trainee}}
	return s.showNewMember(c, a, s.page(c, a, "admin.new.title"), form)
}

func (s *Server) showNewMember(c echo.Context, a desk.Actor, p Page, form newMemberForm) error {
	companies, err := s.Desk.Employers(c.Request().Context(), a)
	if err != nil {
		return err
	}
	return adminNewView.render(s, c, adminNewPage{
		Page: p, Form: form, Roles: s.roleBoxes(c, form.Roles), Companies: s.companyOptions(c, companies, form.Company),
	})
}

func (s *Server) adminAddMember(c echo.Context, a desk.Actor) error {
	form, err := decode[newMemberForm](c)
	var id member.ID
	if err == nil {
		id, err = s.Desk.AddMember(c.Request().Context(), a, desk.NewMember{
			Name: form.Name, Kana: form.Kana, Email: form.Email, Language: form.Language, Roles: form.Roles, Company: form.Company,
		})
	}
	if err != nil {
		p, err := s.refused(s.page(c, a, "admin.new.title"), err)
		if err != nil {
			return err
		}
		return s.showNewMember(c, a, p, form)
	}
	flash := "admin.new.invited"
	if form.Email == "" {
		flash = "admin.new.added"
	}
	return s.seeOther(c, memberPath(id), flash)
}

func memberPath(id member.ID) string { return "/admin/members/" + strconv.FormatInt(int64(id), 10) }

// searchText is what somebody searches for, in the form names are kept in and without what no database takes.
func searchText(s string) string {
	d := decoder{values: url.Values{}}
	return d.text("q", "", s)
}

type adminCentersPage struct {
	Page
	Centers []centerLine
	Form    centerDataForm
	Here    member.CenterID
}

type centerLine struct {
	desk.CenterLook
	Title string
	Roles []roleCount
}

type centerDataForm struct {
	Name        string `form:"name,max=40"`
	NameEn      string `form:"name_en,max=40"`
	PromiseDays int    `form:"promise_days"`
}

var adminCentersView = view[adminCentersPage]("admin/centers")

func (s *Server) adminCenters(c echo.Context, a desk.Actor) error {
	return s.showCenters(c, a, s.page(c, a, "admin.centers.title"), nil)
}

func (s *Server) showCenters(c echo.Context, a desk.Actor, p Page, form *centerDataForm) error {
	centers, err := s.Desk.Centers(c.Request().Context(), a)
	if err != nil {
		return err
	}
	page := adminCentersPage{Page: p, Here: a.Center}
	for _, k := range centers {
		page.Centers = append(page.Centers, centerLine{k, k.In(p.Lang), roleCounts(k.Counts)})
		if k.ID == a.Center {
			page.Form = centerDataForm{k.Name, k.NameEn, k.PromiseDays}
		}
	}
	if form != nil {
		page.Form = *form
	}
	return adminCentersView.render(s, c, page)
}

func (s *Server) adminSaveCenter(c echo.Context, a desk.Actor) error {
	form, err := decode[centerDataForm](c)
	if err == nil {
		err = s.Desk.SaveCenter(c.Request().Context(), a, member.Center{Name: form.Name, NameEn: form.NameEn, PromiseDays: form.PromiseDays})
	}
	if err != nil {
		p, err := s.refused(s.page(c, a, "admin.centers.title"), err)
		if err != nil {
			return err
		}
		return s.showCenters(c, a, p, &form)
	}
	return s.seeOther(c, "/admin/centers", "admin.centers.saved")
}

type adminTrailPage struct {
	Page
	Actions []Option
	Action  string
	Person  member.ID
	About   string
	Rows    []eventLine
	Older   string // address of the next page; empty on the last
	All     string // address without the person
}

var adminTrailView = view[adminTrailPage]("admin/trail")

func (s *Server) adminTrail(c echo.Context, a desk.Actor) error {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(c.QueryParam(name), 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	page := adminTrailPage{Page: s.page(c, a, "admin.trail.title"), Person: member.ID(number("person")), Action: c.QueryParam("action")}
	page.Actions = s.actionOptions(c, page.Action)
	if !slices.ContainsFunc(page.Actions, func(o Option) bool { return o.Value == page.Action }) {
		page.Action = ""
	}
	look, err := s.Desk.Trail(c.Request().Context(), a, audit.Action(page.Action), page.Person, number("before"))
	if err != nil {
		return err
	}
	page.Rows, page.About, page.All = s.eventLines(c, look.Rows), look.About, withQuery(c, "person", "")
	if look.Before != 0 {
		page.Older = withQuery(c, "before", strconv.FormatInt(look.Before, 10))
	}
	return adminTrailView.render(s, c, page)
}

// actionOptions are all actions that have words, in the order of their words.
func (s *Server) actionOptions(c echo.Context, chosen string) []Option {
	const prefix = "audit."
	p := s.printer(c)
	var out []Option
	for _, key := range s.Words.Keys() {
		if action, ok := strings.CutPrefix(key, prefix); ok {
			out = append(out, Option{Value: action, Label: p.T(key), Chosen: action == chosen})
		}
	}
	slices.SortStableFunc(out, func(x, y Option) int { return strings.Compare(x.Label, y.Label) })
	return append([]Option{{Value: "", Label: p.T("common.all"), Chosen: chosen == ""}}, out...)
}
