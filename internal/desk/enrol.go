package desk

import (
	"context"
	"strconv"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/cohort"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// MaxInvites is how many lines a list of people to invite may have: all of them are one transaction.
const MaxInvites = 500

// InviteRow is one person to invite.
type InviteRow struct {
	Line              int // of the list, from 1
	Name, Kana, Email string
}

// InviteWhat is what inviting somebody comes to.
type InviteWhat string

// What inviting comes to.
const (
	InviteNew     InviteWhat = "new"     // not known yet: added, invited, enrolled
	InviteJoin    InviteWhat = "join"    // a trainee of the center already: enrolled
	InviteAlready InviteWhat = "already" // in the cohort already: nothing changes
)

// InvitePlan is what inviting one person would do.
type InvitePlan struct {
	InviteRow
	What   InviteWhat
	member member.ID // unless new
}

// Invited is what came of inviting.
type Invited struct {
	New     int       `json:"new"`
	Joined  int       `json:"joined"`
	Already int       `json:"already"`
	Member  member.ID `json:"member"` // of one invited alone
}

// Enrol puts a trainee of the center into a cohort and starts the cohort's courses for her. Being in it changes nothing.
func (d *Desk) Enrol(ctx context.Context, a Actor, id cohort.ID, m member.ID) error {
	if err := must(a, member.Coordinator); err != nil {
		return err
	}
	c, err := d.Store.Cohort(ctx, a.Center, id)
	if err != nil {
		return err
	}
	_, err = once(ctx, d, a, "cohort.enrolled", func(ctx context.Context, now time.Time) (none, error) {
		person, err := d.colleague(ctx, a, m)
		if err != nil {
			return none{}, err
		}
		if !person.Has(a.Center, member.Trainee) {
			return none{}, problem.Refuse("cohort.not_trainee")
		}
		return none{}, d.enrol(ctx, a, c, m, now)
	})
	return err
}

// enrol puts somebody into a cohort inside a deed: runs of its courses, the enrolment, its figures, the event.
func (d *Desk) enrol(ctx context.Context, a Actor, c cohort.Cohort, m member.ID, now time.Time) error {
	if err := d.Store.LockMember(ctx, m); err != nil {
		return err
	}
	person, err := d.Store.Member(ctx, m)
	if err != nil {
		return err
	}
	for _, k := range d.taught(c.Courses) {
		if _, err := d.startRun(ctx, k, m, a.Center, now); err != nil {
			return err
		}
	}
	first, err := d.Store.Enrol(ctx, cohort.Enrolment{Cohort: c.ID, Member: m, At: now}, a.Center, sortName(person.Name, person.Kana))
	if err != nil || !first {
		return err
	}
	if err := d.Store.CountEnrolments(ctx, m); err != nil {
		return err
	}
	return d.happened(ctx, a, now, "cohort.enrolled", audit.Subject{Kind: "cohort", ID: int64(c.ID)}, m, nil)
}

// InviteOne adds one person to a cohort: somebody new is invited by mail at once, or handed a code later if she has no
// mail; a trainee of the center is simply enrolled. What is wrong is said at its field (name, kana, email).
func (d *Desk) InviteOne(ctx context.Context, a Actor, id cohort.ID, row InviteRow) (Invited, error) {
	if err := must(a, member.Coordinator); err != nil {
		return Invited{}, err
	}
	c, err := d.Store.Cohort(ctx, a.Center, id)
	if err != nil {
		return Invited{}, err
	}
	return once(ctx, d, a, "cohort.invited", func(ctx context.Context, now time.Time) (Invited, error) {
		plans, err := d.planInvites(ctx, a, c.ID, []InviteRow{row}, oneForm{})
		if err != nil {
			return Invited{}, err
		}
		var done Invited
		done.Member, err = d.carryOut(ctx, a, c, plans[0], &done, now)
		return done, err
	})
}

// PlanInvites tells what inviting a list of people would do, line by line, and changes nothing. Mistakes come as
// InviteMany's do.
func (d *Desk) PlanInvites(ctx context.Context, a Actor, id cohort.ID, rows []InviteRow) ([]InvitePlan, error) {
	if err := must(a, member.Coordinator); err != nil {
		return nil, err
	}
	if _, err := d.Store.Cohort(ctx, a.Center, id); err != nil {
		return nil, err
	}
	return d.planInvites(ctx, a, id, rows, listForm{})
}

// InviteMany invites a list of people into a cohort, all or nobody. A mistake is a problem whose field is "line.N", N being
// the line of the list; all of them are listed, and nothing has happened then.
func (d *Desk) InviteMany(ctx context.Context, a Actor, id cohort.ID, rows []InviteRow) (Invited, error) {
	if err := must(a, member.Coordinator); err != nil {
		return Invited{}, err
	}
	c, err := d.Store.Cohort(ctx, a.Center, id)
	if err != nil {
		return Invited{}, err
	}
	return once(ctx, d, a, "cohort.list_invited", func(ctx context.Context, now time.Time) (Invited, error) {
		plans, err := d.planInvites(ctx, a, id, rows, listForm{})
		if err != nil {
			return Invited{}, err
		}
		var done Invited
		for _, p := range plans {
			if _, err := d.carryOut(ctx, a, c, p, &done, now); err != nil {
				return Invited{}, err
			}
		}
		return done, d.happened(ctx, a, now, "cohort.list_invited", audit.Subject{Kind: "cohort", ID: int64(id)}, 0,
			map[string]any{"new": done.New, "joined": done.Joined, "already": done.Already})
	})
}

// carryOut does what was planned for one person.
func (d *Desk) carryOut(ctx context.Context, a Actor, c cohort.Cohort, p InvitePlan, done *Invited, now time.Time) (member.ID, error) {
	switch p.What {
	case InviteAlready:
		done.Already++
		return p.member, nil
	case InviteJoin:
		done.Joined++
		return p.member, d.enrol(ctx, a, c, p.member, now)
	}
	done.New++
	id, err := d.addMember(ctx, a.Center, NewMember{Name: p.Name, Kana: p.Kana, Email: p.Email, Language: "ja", Roles: []member.Role{member.Trainee}}, now)
	if err != nil {
		return 0, err
	}
	if err := d.enrol(ctx, a, c, id, now); err != nil {
		return 0, err
	}
	if err := d.invite(ctx, a, id, now); err != nil {
		return 0, err
	}
	return id, d.happened(ctx, a, now, "member.added", audit.Subject{Kind: "member", ID: int64(id)}, id, map[string]any{"cohort": int64(c.ID), "roles": []member.Role{member.Trainee}})
}

// inviteForm says which field of a form a mistake in a row belongs to, and whether the row needs an address.
type inviteForm interface {
	field(line int, column string) string
	needsEmail() bool
}

// oneForm is the form for one person. She may be without mail.
type oneForm struct{}

func (oneForm) field(_ int, column string) string { return column }
func (oneForm) needsEmail() bool                  { return false }

// listForm is a pasted list. Every line needs an address: without one, a list pasted twice would add everybody twice.
type listForm struct{}

func (listForm) field(line int, _ string) string { return "line." + strconv.Itoa(line) }
func (listForm) needsEmail() bool                { return true }

// planInvites judges every row and tells what inviting them would do; its refusals list every mistake.
func (d *Desk) planInvites(ctx context.Context, a Actor, id cohort.ID, rows []InviteRow, form inviteForm) ([]InvitePlan, error) {
	switch {
	case len(rows) == 0:
		return nil, problem.At("rows", "cohort.invite_none")
	case len(rows) > MaxInvites:
		return nil, problem.At("rows", "cohort.invite_many", problem.Args{"Max": MaxInvites})
	}
	plans, emails, lines := make([]InvitePlan, len(rows)), make([]string, 0, len(rows)), map[string]int{}
	var wrong problem.List
	for i, r := range rows {
		r.Name, r.Kana, r.Email = member.CleanName(r.Name), member.CleanName(r.Kana), member.NormalEmail(r.Email)
		plans[i] = InvitePlan{InviteRow: r, What: InviteNew}
		wrong.Add(member.CheckName(form.field(r.Line, "name"), r.Name, d.Printable))
		wrong.Add(member.CheckKana(form.field(r.Line, "kana"), r.Kana))
		if r.Email == "" && !form.needsEmail() {
			continue
		}
		field := form.field(r.Line, "email")
		if p := member.CheckEmail(field, r.Email); p != nil {
			wrong.Add(p)
			continue
		}
		if first, twice := lines[r.Email]; twice {
			wrong.Add(problem.At(field, "cohort.invite_twice", problem.Args{"Line": first}))
			continue
		}
		lines[r.Email], emails = r.Line, append(emails, r.Email)
	}
	known, err := d.Store.Invitees(ctx, a.Center, id, emails)
	if err != nil {
		return nil, err
	}
	for i := range plans {
		if who, ok := known[plans[i].Email]; ok {
			wrong.Add(plans[i].known(who, form.field(plans[i].Line, "email")))
		}
	}
	return plans, wrong.Err()
}

// known plans for somebody whose address is known already, or refuses her.
func (p *InvitePlan) known(who store.Invitee, field string) *problem.Problem {
	p.member = who.Member
	switch {
	case !who.Here:
		return problem.At(field, "cohort.invite_elsewhere")
	case who.Closed:
		return problem.At(field, "cohort.invite_closed")
	case !who.Trainee:
		return problem.At(field, "cohort.invite_staff")
	case who.Enrolled:
		p.What = InviteAlready
	default:
		p.What = InviteJoin
	}
	return nil
}
