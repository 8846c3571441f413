package desk

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"

	"tenarai/internal/audit"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// Lengths of time and limits of signing in. The limit counts failures per account, known or not, so that guessing from
// many addresses is as slow as from one (OWASP ASVS 5.0, 6.3.1).
const (
	SessionFor   = 30 * 24 * time.Hour // since it was last used
	touchEvery   = 5 * time.Minute     // a page does not write; a session's last use is kept this coarsely
	triesWithin  = 15 * time.Minute
	mostTries    = 10
	mostCodes    = 5 // tries at one-time codes: eight digits are few
	mostResets   = 3
	secretLength = 20 // random bytes of a token: 160 bits
)

// secret is a new random token as it stands in a cookie or a link: 32 characters of base32.
func (d *Desk) secret() (string, error) {
	b := make([]byte, secretLength)
	if _, err := io.ReadFull(d.Random, b); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b), nil
}

// hashed is how tokens, codes and the accounts of failed sign-ins are kept: who reads the database can use none of them.
func hashed(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func wrongSignIn() error { return problem.Refuse("account.wrong") }

// SignIn checks an address and a password and opens a session; token is what the browser keeps. An unknown address, a
// wrong password and a disabled account get the same answer after the same work, so that nobody learns who has an account.
func (d *Desk) SignIn(ctx context.Context, email, password, device string) (token string, a Actor, err error) {
	email = member.NormalEmail(email)
	account := hashed(email)
	if err := d.tryAccount(ctx, account, mostTries); err != nil {
		return "", Actor{}, err
	}
	m, hash, err := d.accountByEmail(ctx, email)
	if err != nil {
		return "", Actor{}, err
	}
	ok, err := d.passwordMatches(ctx, password, hash)
	if err != nil {
		return "", Actor{}, err
	}
	if !ok || m.ID == 0 || m.Disabled {
		return "", Actor{}, wrongSignIn()
	}
	fresh, err := d.rehash(ctx, password, hash)
	if err != nil {
		return "", Actor{}, err
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if fresh != "" {
			if err := d.Store.SetPassword(ctx, m.ID, fresh); err != nil {
				return err
			}
		}
		if err := d.Store.ClearLoginAttempts(ctx, account); err != nil {
			return err
		}
		token, a, err = d.openSession(ctx, m, device, now)
		return err
	})
	return token, a, err
}

// tryAccount counts a try before it is judged, so that many tries at once cannot all be judged before the first is
// counted; of those that were refused none is added, so that the wait ends by itself.
func (d *Desk) tryAccount(ctx context.Context, account string, most int) error {
	now := d.Now()
	tooMany := problem.Refuse("account.too_many", problem.Args{"Minutes": int(triesWithin.Minutes())})
	n, err := d.Store.LoginAttempts(ctx, account, now.Add(-triesWithin))
	if err != nil {
		return err
	}
	if n >= most {
		return tooMany
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		return d.Store.AddLoginAttempt(ctx, account, now, now.Add(-24*time.Hour))
	})
	if err != nil {
		return err
	}
	if n, err = d.Store.LoginAttempts(ctx, account, now.Add(-triesWithin)); err != nil {
		return err
	}
	if n > most {
		return tooMany
	}
	return nil
}

// accountByEmail finds somebody with her password's hash. For an unknown address, or one whose invitation is still open,
// it is the zero Member and the hash of a password nobody knows, which costs as much to compare.
func (d *Desk) accountByEmail(ctx context.Context, email string) (member.Member, string, error) {
	m, err := d.Store.MemberByEmail(ctx, email)
	if err == nil {
		var hash string
		if hash, err = d.Store.Password(ctx, m.ID); err == nil && hash != "" {
			return m, hash, nil
		}
	}
	if err != nil && !isMissing(err) {
		return member.Member{}, "", err
	}
	return member.Member{}, d.nobodysHash(), nil
}

// nobodysHash is a well-formed hash at today's cost that no password has: its salt and key are zeros.
func (d *Desk) nobodysHash() string {
	p, zeros := d.Passwords.params(), func(n uint32) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Iterations, p.Parallelism, zeros(p.SaltLength), zeros(p.KeyLength))
}

// rehash is the password's hash at today's cost if the kept one has another; empty if it need not be made anew.
func (d *Desk) rehash(ctx context.Context, password, hash string) (string, error) {
	have, _, _, err := argon2id.DecodeHash(hash)
	if err != nil {
		return "", fmt.Errorf("read password's cost: %w", err)
	}
	want := d.Passwords.params()
	if have.Memory == want.Memory && have.Iterations == want.Iterations && have.Parallelism == want.Parallelism {
		return "", nil
	}
	return d.HashPassword(ctx, password)
}

// openSession opens a session in the person's first center, inside the deed that found out who she is.
func (d *Desk) openSession(ctx context.Context, m member.Member, device string, now time.Time) (string, Actor, error) {
	if len(m.Memberships) == 0 {
		return "", Actor{}, problem.Refuse("account.no_center")
	}
	token, err := d.secret()
	if err != nil {
		return "", Actor{}, err
	}
	v := store.Session{Member: m.ID, Center: m.Memberships[0].Center, Device: device, Created: now, Seen: now, Expires: now.Add(SessionFor)}
	if v.ID, err = d.Store.AddSession(ctx, hashed(token), v); err != nil {
		return "", Actor{}, err
	}
	a := actorIn(m, v.Center, v.ID)
	return token, a, d.happened(ctx, a, now, "session.opened", audit.Subject{Kind: "session", ID: v.ID}, m.ID, nil)
}

// actorIn is a person acting in one of her centers.
func actorIn(m member.Member, c member.CenterID, session int64) Actor {
	a := actor(m.ID, c, m.Name, m.Language, m.Memberships)
	a.Session = session
	return a
}

// Session finds who holds a token. A stranger, a session that has run out and a disabled account are the zero Actor.
func (d *Desk) Session(ctx context.Context, token string) (Actor, error) {
	now := d.Now()
	v, err := d.Store.Session(ctx, hashed(token), now)
	if isMissing(err) {
		return Actor{}, nil
	}
	if err != nil {
		return Actor{}, err
	}
	m := member.Member{ID: v.Session.Member, Name: v.Name, Language: v.Language, Memberships: v.Roles}
	a := actorIn(m, v.Session.Center, v.Session.ID)
	a.Slid = now.Sub(v.Session.Seen) >= touchEvery && d.touch(ctx, v.Session.ID) == nil
	return a, nil
}

// touch keeps that a session was used. A page that can be read is shown even if this cannot be written, and does not wait
// for it long: the next one tries again.
func (d *Desk) touch(ctx context.Context, session int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		return d.Store.TouchSession(ctx, session, now, now.Add(SessionFor))
	})
}

// SignOut ends the session of a token. Doing it twice is no mistake.
func (d *Desk) SignOut(ctx context.Context, token string) error {
	a, err := d.Session(ctx, token)
	if err != nil || !a.SignedIn() {
		return err
	}
	return d.EndSession(ctx, a, a.Session)
}

// Device is a place where somebody is signed in.
type Device struct {
	store.Session
	Here bool // the session that asks
}

// Sessions are the devices the actor is signed in on, the latest first.
func (d *Desk) Sessions(ctx context.Context, a Actor) ([]Device, error) {
	if !a.SignedIn() {
		return nil, problem.Forbid("desk.not_yours")
	}
	list, err := d.Store.Sessions(ctx, a.Member, d.Now())
	out := make([]Device, len(list))
	for i, s := range list {
		out[i] = Device{s, s.ID == a.Session}
	}
	return out, err
}

// EndSession signs the actor out on one of her devices. One that is not hers, or has ended, stays as it is.
func (d *Desk) EndSession(ctx context.Context, a Actor, id int64) error {
	if !a.SignedIn() {
		return problem.Forbid("desk.not_yours")
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		all, err := d.Store.Sessions(ctx, a.Member, now)
		if err != nil || !slices.ContainsFunc(all, func(s store.Session) bool { return s.ID == id }) {
			return err
		}
		if err := d.Store.EndSession(ctx, a.Member, id); err != nil {
			return err
		}
		return d.happened(ctx, a, now, "session.ended", audit.Subject{Kind: "session", ID: id}, a.Member, nil)
	})
}

// EndOtherSessions signs the actor out everywhere but here.
func (d *Desk) EndOtherSessions(ctx context.Context, a Actor) error {
	if !a.SignedIn() {
		return problem.Forbid("desk.not_yours")
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if err := d.Store.EndSessions(ctx, a.Member, a.Session); err != nil {
			return err
		}
		return d.happened(ctx, a, now, "session.ended_others", audit.Subject{Kind: "member", ID: int64(a.Member)}, a.Member, nil)
	})
}

// SwitchCenter makes another of the actor's centers the active one. Her rights change, so the token does, too.
func (d *Desk) SwitchCenter(ctx context.Context, a Actor, to member.CenterID) (token string, now Actor, err error) {
	if !a.SignedIn() {
		return "", Actor{}, problem.Forbid("desk.not_yours")
	}
	m, err := d.Store.Member(ctx, a.Member)
	if err != nil {
		return "", Actor{}, err
	}
	now = actorIn(m, to, a.Session)
	if len(now.Roles) == 0 {
		return "", Actor{}, problem.Missing("store.missing")
	}
	if token, err = d.secret(); err != nil {
		return "", Actor{}, err
	}
	err = d.deed(ctx, func(ctx context.Context, at time.Time) error {
		if err := d.Store.MoveSession(ctx, a.Session, to, hashed(token)); err != nil {
			return err
		}
		return d.happened(ctx, now, at, "session.moved", audit.Subject{Kind: "session", ID: a.Session}, a.Member, nil)
	})
	return token, now, err
}

// number is what somebody without mail is known by at the counter.
func number(m member.ID) string { return strconv.FormatInt(int64(m), 10) }
