package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// Sizes of the administrator's lists.
const (
	MembersOnPage = 50
	EventsOnPage  = 50
)

// MemberRow is a line of the list of members, as it is kept.
type MemberRow = store.MemberRow

// TrailRow is a line of the trail, as it is kept.
type TrailRow = store.TrailRow

// AdminLook is what an administrator sees first.
type AdminLook struct {
	Center member.Center
	Counts map[member.Role]int
	Events []TrailRow // the latest
}

// Admin looks at the actor's center as a whole.
func (d *Desk) Admin(ctx context.Context, a Actor) (look AdminLook, err error) {
	if err := must(a, member.Admin); err != nil {
		return look, err
	}
	if look.Center, err = d.Store.Center(ctx, a.Center); err != nil {
		return look, err
	}
	if look.Counts, err = d.Store.RoleCounts(ctx, a.Center); err != nil {
		return look, err
	}
	const latest = 8
	look.Events, err = d.Store.Trail(ctx, store.TrailFilter{Center: a.Center, Limit: latest})
	return look, err
}

// MembersLook is a page of the list of members.
type MembersLook struct {
	Rows  []MemberRow
	Total int // on all pages
}

// Members lists the people of the actor's center whose name, reading or address holds find and who have the role, both
// if given. Pages count from 1.
func (d *Desk) Members(ctx context.Context, a Actor, find string, role member.Role, page int) (look MembersLook, err error) {
	if err := must(a, member.Admin); err != nil {
		return look, err
	}
	if look.Total, err = d.Store.CountMembers(ctx, a.Center, find, role); err != nil {
		return look, err
	}
	pages := max(1, (look.Total+MembersOnPage-1)/MembersOnPage)
	offset := (min(max(page, 1), pages) - 1) * MembersOnPage
	look.Rows, _, err = d.Store.Members(ctx, a.Center, find, role, offset, MembersOnPage)
	return look, err
}

// MemberLook is one person as her center's administrator sees her.
type MemberLook struct {
	Member    member.Member
	Number    string
	Roles     []member.Role    // in the actor's center
	Company   member.CompanyID // of the company role
	Waiting   bool             // an invitation is open: no password yet
	Code      bool             // may be handed a one-time code
	Elsewhere bool             // holds roles in another center, too
	Self      bool
	Devices   int
	Companies []job.Company // to choose from
}

// Member looks at one person of the actor's center.
func (d *Desk) Member(ctx context.Context, a Actor, id member.ID) (look MemberLook, err error) {
	if err := must(a, member.Admin); err != nil {
		return look, err
	}
	if look.Member, err = d.colleague(ctx, a, id); err != nil {
		return look, err
	}
	password, err := d.Store.Password(ctx, id)
	if err != nil {
		return look, err
	}
	sessions, err := d.Store.Sessions(ctx, id, d.Now())
	if err != nil {
		return look, err
	}
	in := actorIn(look.Member, a.Center, 0)
	look.Number, look.Roles, look.Company = number(id), in.Roles, in.Company
	look.Waiting = password == "" && look.Member.Email != ""
	look.Code = mayHandCode(a, look.Member) == nil
	look.Elsewhere = reachesBeyond(look.Member, a.Center)
	look.Self, look.Devices = id == a.Member, len(sessions)
	look.Companies, err = d.Store.Companies(ctx, a.Center)
	return look, err
}

func reachesBeyond(m member.Member, c member.CenterID) bool {
	return slices.ContainsFunc(m.Memberships, func(s member.Membership) bool { return s.Center != c })
}

// Employers are the companies of the actor's center, to choose from where somebody is given the company role.
func (d *Desk) Employers(ctx context.Context, a Actor) ([]job.Company, error) {
	if err := must(a, member.Admin); err != nil {
		return nil, err
	}
	return d.Store.Companies(ctx, a.Center)
}

// NewMember is somebody to be added.
type NewMember struct {
	Name, Kana, Email string // Email empty: somebody without mail
	Language          string
	Roles             []member.Role
	Company           member.CompanyID // of the company role
}

// AddMember adds somebody to the actor's center and mails her an invitation.
func (d *Desk) AddMember(ctx context.Context, a Actor, n NewMember) (member.ID, error) {
	if err := must(a, member.Admin); err != nil {
		return 0, err
	}
	n.Name, n.Kana, n.Email = member.CleanName(n.Name), member.CleanName(n.Kana), member.NormalEmail(n.Email)
	if err := d.checkNewMember(ctx, a.Center, n); err != nil {
		return 0, err
	}
	return once(ctx, d, a, "member.added", func(ctx context.Context, now time.Time) (member.ID, error) {
		id, err := d.addMember(ctx, a.Center, n, now)
		if err != nil {
			return 0, err
		}
		if err := d.invite(ctx, a, id, now); err != nil {
			return 0, err
		}
		return id, d.happened(ctx, a, now, "member.added", audit.Subject{Kind: "member", ID: int64(id)}, id, map[string]any{"roles": n.Roles})
	})
}

func (d *Desk) checkNewMember(ctx context.Context, c member.CenterID, n NewMember) error {
	var wrong problem.List
	wrong.Add(member.CheckName("name", n.Name, d.Printable))
	wrong.Add(member.CheckKana("kana", n.Kana))
	if n.Email != "" {
		wrong.Add(member.CheckEmail("email", n.Email))
	}
	if n.Language != "ja" && n.Language != "en" {
		wrong.Add(problem.At("language", "account.language_wrong"))
	}
	p, err := d.checkRoles(ctx, c, n.Roles, n.Company)
	wrong.Add(p)
	if err != nil {
		return err
	}
	return wrong.Err()
}

// checkRoles refuses no role, an unknown one, and the company role without a company of the center.
func (d *Desk) checkRoles(ctx context.Context, c member.CenterID, roles []member.Role, company member.CompanyID) (*problem.Problem, error) {
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r member.Role) bool { return !r.Valid() }) {
		return problem.At("roles", "account.role_missing"), nil
	}
	if !slices.Contains(roles, member.Company) {
		return nil, nil
	}
	_, err := d.Store.Company(ctx, c, company)
	if isMissing(err) {
		return problem.At("company", "account.company_missing"), nil
	}
	return nil, err
}

func (d *Desk) addMember(ctx context.Context, c member.CenterID, n NewMember, now time.Time) (member.ID, error) {
	id, err := d.Store.AddMember(ctx, member.Member{Name: n.Name, Kana: n.Kana, Email: n.Email, Language: n.Language}, now)
	if problem.Is(err, problem.Conflict) {
		return 0, problem.At("email", "member.email_taken")
	}
	if err != nil {
		return 0, err
	}
	for _, r := range n.Roles {
		if err := d.Store.AddRole(ctx, id, membership(c, r, n.Company), now); err != nil {
			return 0, err
		}
	}
	return id, nil
}

func membership(c member.CenterID, r member.Role, company member.CompanyID) member.Membership {
	m := member.Membership{Center: c, Role: r}
	if r == member.Company {
		m.Company = company
	}
	return m
}

// SetRoles gives somebody of the actor's center these roles there and no others. As her rights change, her sessions end;
// the actor's own stays. Who is no longer a trainee here shows nothing of the center by links any more. A center keeps an
// administrator; without a role here somebody leaves the center, which she can only do if she belongs to another.
func (d *Desk) SetRoles(ctx context.Context, a Actor, id member.ID, roles []member.Role, company member.CompanyID) error {
	if err := must(a, member.Admin); err != nil {
		return err
	}
	if p, err := d.checkRoles(ctx, a.Center, roles, company); err != nil {
		return err
	} else if p != nil && len(roles) > 0 {
		return p
	}
	_, err := once(ctx, d, a, "member.roles_set", func(ctx context.Context, now time.Time) (none, error) {
		m, err := d.lockColleague(ctx, a, id)
		if err != nil {
			return none{}, err
		}
		if len(roles) == 0 && !reachesBeyond(m, a.Center) { // she would belong nowhere
			return none{}, problem.At("roles", "account.role_missing")
		}
		if m.Has(a.Center, member.Admin) && !slices.Contains(roles, member.Admin) {
			if err := d.keepsAdmin(ctx, a, id); err != nil {
				return none{}, err
			}
		}
		if err := d.changeRoles(ctx, a.Center, m, roles, company, now); err != nil {
			return none{}, err
		}
		if m.Has(a.Center, member.Trainee) && !slices.Contains(roles, member.Trainee) {
			if err := d.endShares(ctx, a, id, now); err != nil {
				return none{}, err
			}
		}
		if err := d.Store.EndSessions(ctx, id, a.Session); err != nil {
			return none{}, err
		}
		return none{}, d.happened(ctx, a, now, "member.roles_set", audit.Subject{Kind: "member", ID: int64(id)}, id, map[string]any{"roles": roles})
	})
	return err
}

func (d *Desk) changeRoles(ctx context.Context, c member.CenterID, m member.Member, roles []member.Role, company member.CompanyID, now time.Time) error {
	for _, s := range m.Memberships {
		if s.Center != c || slices.Contains(roles, s.Role) && s == membership(c, s.Role, company) {
			continue
		}
		if err := d.Store.RemoveRole(ctx, m.ID, c, s.Role); err != nil {
			return err
		}
	}
	for _, r := range roles {
		if err := d.Store.AddRole(ctx, m.ID, membership(c, r, company), now); err != nil {
			return err
		}
	}
	return nil
}

// lockColleague reads somebody of the actor's center with her row, and the center's, locked: who administers a center is
// decided by one deed at a time.
func (d *Desk) lockColleague(ctx context.Context, a Actor, id member.ID) (member.Member, error) {
	if err := d.Store.LockCenter(ctx, a.Center); err != nil {
		return member.Member{}, err
	}
	if err := d.Store.LockMember(ctx, id); err != nil {
		return member.Member{}, err
	}
	return d.colleague(ctx, a, id)
}

// keepsAdmin refuses to take away a center's last administrator.
func (d *Desk) keepsAdmin(ctx context.Context, a Actor, id member.ID) error {
	n, err := d.Store.OtherAdmins(ctx, a.Center, id)
	if err == nil && n == 0 {
		return problem.Refuse("account.last_admin")
	}
	return err
}

// SetDisabled closes somebody's account, which ends her sessions and all her links at once, or opens it again. One who
// belongs to another center too is not closed from here.
func (d *Desk) SetDisabled(ctx context.Context, a Actor, id member.ID, disabled bool) error {
	if err := must(a, member.Admin); err != nil {
		return err
	}
	action := audit.Action("member.enabled")
	if disabled {
		action = "member.disabled"
	}
	_, err := once(ctx, d, a, action, func(ctx context.Context, now time.Time) (none, error) {
		m, err := d.lockColleague(ctx, a, id)
		if err != nil {
			return none{}, err
		}
		if m.Disabled == disabled {
			return none{}, nil
		}
		if reachesBeyond(m, a.Center) {
			return none{}, problem.Refuse("account.elsewhere")
		}
		when := time.Time{}
		if disabled {
			when = now
			if err := d.close(ctx, a, m, now); err != nil {
				return none{}, err
			}
		}
		if err := d.Store.SetDisabled(ctx, id, when); err != nil {
			return none{}, err
		}
		return none{}, d.happened(ctx, a, now, action, audit.Subject{Kind: "member", ID: int64(id)}, id, nil)
	})
	return err
}

func (d *Desk) close(ctx context.Context, a Actor, m member.Member, now time.Time) error {
	if m.Has(a.Center, member.Admin) {
		if err := d.keepsAdmin(ctx, a, m.ID); err != nil {
			return err
		}
	}
	if err := d.Store.DropLinks(ctx, m.ID); err != nil {
		return err
	}
	if err := d.endShares(ctx, a, m.ID, now); err != nil {
		return err
	}
	return d.Store.EndSessions(ctx, m.ID, 0)
}
