package desk

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// LinkKind is what a one-time link or code is good for.
type LinkKind string

// The kinds of links, and how long each is good for.
const (
	LinkInvitation LinkKind = "invitation"
	LinkReset      LinkKind = "reset"
	linkCode       LinkKind = "code"

	InvitationFor = 14 * 24 * time.Hour
	ResetFor      = time.Hour
	CodeFor       = 30 * time.Minute
)

func linkGone() error { return problem.Missing("account.link_gone") }

// invite makes a new invitation link for somebody and mails it at once, inside the deed that invites her. Earlier links
// stop working. Somebody without mail, or with a password already, gets none: the one is handed a code, the other can
// sign in.
func (d *Desk) invite(ctx context.Context, a Actor, m member.ID, now time.Time) error {
	person, err := d.Store.Member(ctx, m)
	if err != nil {
		return err
	}
	password, err := d.Store.Password(ctx, m)
	if err != nil || person.Email == "" || password != "" {
		return err
	}
	token, err := d.link(ctx, LinkInvitation, m, a.Member, now)
	if err != nil {
		return err
	}
	return d.tell(ctx, now, m, "invitation", true, map[string]any{"token": token})
}

// link keeps a new one-time link and gives its token, which is kept nowhere but in the letter until that is sent.
func (d *Desk) link(ctx context.Context, kind LinkKind, m, by member.ID, now time.Time) (token string, err error) {
	if token, err = d.secret(); err != nil {
		return "", err
	}
	until := now.Add(InvitationFor)
	if kind == LinkReset {
		until = now.Add(ResetFor)
	}
	return token, d.Store.AddLink(ctx, hashed(token), store.Link{Member: m, Kind: string(kind), MadeBy: by, Created: now, Expires: until})
}

// InvitationToken makes an invitation link for somebody and answers its token instead of mailing it. It has no actor: it
// serves whoever runs the program.
func (d *Desk) InvitationToken(ctx context.Context, m member.ID) (token string, err error) {
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		token, err = d.link(ctx, LinkInvitation, m, 0, now)
		return err
	})
	return token, err
}

// InviteAgain sends a new invitation to somebody of the actor's center who has not taken hers up.
func (d *Desk) InviteAgain(ctx context.Context, a Actor, m member.ID) error {
	if err := must(a, member.Admin, member.Coordinator); err != nil {
		return err
	}
	_, err := once(ctx, d, a, "member.invited", func(ctx context.Context, now time.Time) (none, error) {
		person, err := d.colleague(ctx, a, m)
		if err != nil {
			return none{}, err
		}
		password, err := d.Store.Password(ctx, m)
		if err != nil {
			return none{}, err
		}
		if person.Email == "" || password != "" || person.Disabled {
			return none{}, problem.Clash("account.not_waiting")
		}
		if err := d.invite(ctx, a, m, now); err != nil {
			return none{}, err
		}
		return none{}, d.happened(ctx, a, now, "member.invited", audit.Subject{Kind: "member", ID: int64(m)}, m, nil)
	})
	return err
}

// none is what a deed answers that only happens.
type none struct{}

// colleague reads somebody of the actor's center; to others she does not exist.
func (d *Desk) colleague(ctx context.Context, a Actor, m member.ID) (member.Member, error) {
	person, err := d.Store.Member(ctx, m)
	if err != nil {
		return member.Member{}, err
	}
	if !slices.ContainsFunc(person.Memberships, func(s member.Membership) bool { return s.Center == a.Center }) {
		return member.Member{}, problem.Missing("store.missing")
	}
	return person, nil
}

// LinkLook is what somebody sees who opens a one-time link.
type LinkLook struct {
	Name    string // proposed for the certificate
	Email   string
	Expires time.Time
}

// OpenLink looks at a one-time link without using it: programs that check mail open links, too. A link that is unknown,
// used, run out or of another kind is NotFound.
func (d *Desk) OpenLink(ctx context.Context, kind LinkKind, token string) (LinkLook, error) {
	l, err := d.openLink(ctx, kind, hashed(token), d.Now())
	if err != nil {
		return LinkLook{}, err
	}
	m, err := d.Store.Member(ctx, l.Member)
	if err != nil {
		return LinkLook{}, err
	}
	if m.Disabled {
		return LinkLook{}, linkGone()
	}
	return LinkLook{Name: m.NameOnCertificate(), Email: m.Email, Expires: l.Expires}, nil
}

func (d *Desk) openLink(ctx context.Context, kind LinkKind, tokenHash string, now time.Time) (store.Link, error) {
	l, err := d.Store.Link(ctx, tokenHash)
	if isMissing(err) || err == nil && (l.Kind != string(kind) || !l.Used.IsZero() || !now.Before(l.Expires)) {
		return store.Link{}, linkGone()
	}
	return l, err
}

// NewPassword is what somebody chooses who takes up an invitation or a reset link.
type NewPassword struct {
	Password    string
	PrintedName string // as it is to stand on certificates; empty leaves it as it is
	Device      string
}

// AcceptInvitation takes up an invitation: it sets the password, keeps how the name is printed, and signs in. The same
// link twice, even at once, works once.
func (d *Desk) AcceptInvitation(ctx context.Context, token string, form NewPassword) (session string, a Actor, err error) {
	return d.takeUpLink(ctx, LinkInvitation, token, form)
}

// ResetPassword uses a reset link: it sets the password, ends all sessions there are, and signs in.
func (d *Desk) ResetPassword(ctx context.Context, token string, form NewPassword) (session string, a Actor, err error) {
	return d.takeUpLink(ctx, LinkReset, token, form)
}

func (d *Desk) takeUpLink(ctx context.Context, kind LinkKind, token string, form NewPassword) (session string, a Actor, err error) {
	l, err := d.openLink(ctx, kind, hashed(token), d.Now())
	if err != nil {
		return "", Actor{}, err
	}
	m, err := d.Store.Member(ctx, l.Member)
	if err != nil {
		return "", Actor{}, err
	}
	var wrong problem.List
	wrong.Add(member.CheckPassword("password", form.Password, m.Name, m.Email))
	if form.PrintedName != "" {
		wrong.Add(member.CheckName("printed_name", form.PrintedName, d.Printable))
	}
	if err := wrong.Err(); err != nil {
		return "", Actor{}, err
	}
	hash, err := d.HashPassword(ctx, form.Password)
	if err != nil {
		return "", Actor{}, err
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		session, a, err = d.takeUp(ctx, kind, l.Member, token, hash, form, now)
		return err
	})
	return session, a, err
}

func (d *Desk) takeUp(ctx context.Context, kind LinkKind, id member.ID, token, hash string, form NewPassword, now time.Time) (string, Actor, error) {
	nobody := Actor{}
	if err := d.Store.LockMember(ctx, id); err != nil {
		return "", nobody, err
	}
	if err := d.Store.UseLink(ctx, hashed(token), now); err != nil {
		if problem.Is(err, problem.Conflict) { // somebody was faster
			err = linkGone()
		}
		return "", nobody, err
	}
	m, err := d.Store.Member(ctx, id)
	if err != nil {
		return "", nobody, err
	}
	if m.Disabled {
		return "", nobody, linkGone()
	}
	if err := d.Store.SetPassword(ctx, id, hash); err != nil {
		return "", nobody, err
	}
	if form.PrintedName != "" {
		p := profileOf(m)
		p.PrintedName = member.CleanName(form.PrintedName)
		if err := d.Store.SetProfile(ctx, id, p); err != nil {
			return "", nobody, err
		}
	}
	if err := d.Store.DropLinks(ctx, id); err != nil { // an older link must not open the account again
		return "", nobody, err
	}
	if err := d.Store.EndSessions(ctx, id, 0); err != nil {
		return "", nobody, err
	}
	if err := d.Store.ClearLoginAttempts(ctx, hashed(m.Email)); err != nil {
		return "", nobody, err
	}
	session, a, err := d.openSession(ctx, m, form.Device, now)
	if err != nil {
		return "", nobody, err
	}
	action := audit.Action("invitation.accepted")
	if kind == LinkReset {
		action = "password.reset"
	}
	return session, a, d.happened(ctx, a, now, action, audit.Subject{Kind: "member", ID: int64(id)}, id, nil)
}

// RequestReset mails a reset link to an address if somebody has it. The answer is the same, and takes the same time, if
// nobody has: both keep the try in one transaction, and beyond three in a quarter of an hour nothing more is mailed.
func (d *Desk) RequestReset(ctx context.Context, email string) error {
	if p := member.CheckEmail("email", email); p != nil {
		return p
	}
	email = member.NormalEmail(email)
	account := hashed("reset " + email)
	m, err := d.Store.MemberByEmail(ctx, email)
	if err != nil && !isMissing(err) {
		return err
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		n, err := d.Store.LoginAttempts(ctx, account, now.Add(-triesWithin))
		if err != nil || n >= mostResets {
			return err
		}
		if err := d.Store.AddLoginAttempt(ctx, account, now, now.Add(-24*time.Hour)); err != nil {
			return err
		}
		if m.ID == 0 || m.Disabled || len(m.Memberships) == 0 {
			return nil
		}
		token, err := d.link(ctx, LinkReset, m.ID, m.ID, now)
		if err != nil {
			return err
		}
		if err := d.tell(ctx, now, m.ID, "reset", true, map[string]any{"token": token}); err != nil {
			return err
		}
		nobody := Actor{Center: m.Memberships[0].Center}
		return d.happened(ctx, nobody, now, "password.reset_asked", audit.Subject{Kind: "member", ID: int64(m.ID)}, m.ID, nil)
	})
}

// HandCode makes a one-time code of eight digits that staff hand to somebody without mail; with her number it signs her
// in for the next half hour. Who has mail gets none: nobody at the counter shall be able to sign in as her.
func (d *Desk) HandCode(ctx context.Context, a Actor, m member.ID) (memberNumber, code string, err error) {
	if err := must(a, member.Coordinator, member.Admin); err != nil {
		return "", "", err
	}
	person, err := d.colleague(ctx, a, m)
	if err != nil {
		return "", "", err
	}
	if err := mayHandCode(a, person); err != nil {
		return "", "", err
	}
	if code, err = d.digits(); err != nil {
		return "", "", err
	}
	// Not once(): a code must not be kept in words, not even as what followed. A form sent twice makes a second code.
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		l := store.Link{Member: m, Kind: string(linkCode), MadeBy: a.Member, Created: now, Expires: now.Add(CodeFor)}
		if err := d.Store.AddLink(ctx, codeHash(m, code), l); err != nil {
			return err
		}
		if err := d.Store.ClearLoginAttempts(ctx, codeAccount(m)); err != nil {
			return err
		}
		return d.happened(ctx, a, now, "code.handed_out", audit.Subject{Kind: "member", ID: int64(m)}, m, nil)
	})
	return number(m), code, err
}

// mayHandCode keeps a code from giving staff more than they have: a coordinator opens accounts of trainees and companies
// alone, and nobody opens one that reaches into another center.
func mayHandCode(a Actor, m member.Member) error {
	switch {
	case m.Email != "":
		return problem.Refuse("account.has_mail")
	case m.Disabled:
		return problem.Refuse("account.disabled")
	}
	for _, s := range m.Memberships {
		weak := s.Role == member.Trainee || s.Role == member.Company
		if s.Center != a.Center || !weak && !a.Is(member.Admin) {
			return problem.Forbid("account.code_beyond")
		}
	}
	return nil
}

// digits are eight random digits, each code as likely as any other.
func (d *Desk) digits() (string, error) {
	const codes, fair = 100_000_000, 1<<32 - 1<<32%100_000_000
	for {
		var b [4]byte
		if _, err := io.ReadFull(d.Random, b[:]); err != nil {
			return "", fmt.Errorf("read randomness: %w", err)
		}
		if n := uint64(binary.BigEndian.Uint32(b[:])); n < fair {
			return fmt.Sprintf("%08d", n%codes), nil
		}
	}
}

func codeHash(m member.ID, code string) string { return hashed("code " + number(m) + " " + code) }
func codeAccount(m member.ID) string           { return hashed("code " + number(m)) }

// SignInWithCode signs in somebody without mail by her number and the code she was handed. Wrong numbers and wrong codes
// get the same answer; after five tries a new code is needed, or a quarter of an hour.
func (d *Desk) SignInWithCode(ctx context.Context, m member.ID, code, device string) (token string, a Actor, err error) {
	if err := d.tryAccount(ctx, codeAccount(m), mostCodes); err != nil {
		return "", Actor{}, err
	}
	wrong, hash := problem.Refuse("account.code_wrong"), codeHash(m, code)
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		_, err := d.openLink(ctx, linkCode, hash, now)
		if isMissing(err) {
			return wrong
		}
		if err != nil {
			return err
		}
		if err := d.Store.UseLink(ctx, hash, now); err != nil {
			if problem.Is(err, problem.Conflict) {
				err = wrong
			}
			return err
		}
		person, err := d.Store.Member(ctx, m)
		if err != nil {
			return err
		}
		if person.Disabled || person.Email != "" {
			return wrong
		}
		if err := d.Store.ClearLoginAttempts(ctx, codeAccount(m)); err != nil {
			return err
		}
		token, a, err = d.openSession(ctx, person, device, now)
		return err
	})
	return token, a, err
}
