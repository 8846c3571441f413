package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// EraseLook is what staff see before they erase somebody.
type EraseLook struct {
	Member       member.Member
	Number       string // to be typed, so that nobody is erased by a slip
	Pieces       int    // of work
	Certificates int
	Why          *problem.Problem // why she cannot be erased; nil: she can
}

// LookErase shows somebody of the actor's center before she is erased.
func (d *Desk) LookErase(ctx context.Context, a Actor, id member.ID) (EraseLook, error) {
	if err := must(a, member.Coordinator, member.Admin); err != nil {
		return EraseLook{}, err
	}
	m, err := d.colleague(ctx, a, id)
	if err != nil {
		return EraseLook{}, err
	}
	look := EraseLook{Member: m, Number: number(id), Why: mayErase(a, m)}
	pieces, err := d.Store.SubmissionIDs(ctx, id)
	if err != nil {
		return look, err
	}
	held, err := d.Store.Certificates(ctx, id)
	look.Pieces, look.Certificates = len(pieces), len(held)
	return look, err
}

// mayErase refuses oneself, whoever belongs to another center too, and staff: their roles are taken away first, by somebody
// who sees what hangs on them.
func mayErase(a Actor, m member.Member) *problem.Problem {
	staff := func(s member.Membership) bool { return s.Role != member.Trainee && s.Role != member.Company }
	switch {
	case m.ID == a.Member:
		return problem.Refuse("account.erase_self")
	case reachesBeyond(m, a.Center):
		return problem.Refuse("account.erase_elsewhere")
	case slices.ContainsFunc(m.Memberships, staff):
		return problem.Refuse("account.erase_staff")
	}
	return nil
}

// Erase forgets somebody of the actor's center for good (the right to be forgotten; docs/domain.md, b-6). In one transaction
// all goes that she wrote, that was written to her and that names her; the numbers of her certificates then say "withdrawn"
// and nothing else. Figures stay, without a name. What she was shown by, printed or sent before is not in our hands.
func (d *Desk) Erase(ctx context.Context, a Actor, id member.ID) error {
	if err := must(a, member.Coordinator, member.Admin); err != nil {
		return err
	}
	var places []string
	_, err := once(ctx, d, a, "member.erased", func(ctx context.Context, now time.Time) (none, error) {
		m, err := d.lockColleague(ctx, a, id)
		if err != nil {
			return none{}, err
		}
		if p := mayErase(a, m); p != nil {
			return none{}, p
		}
		if places, err = d.erase(ctx, a.Member, m, now); err != nil {
			return none{}, err
		}
		return none{}, d.happened(ctx, a, now, "member.erased", audit.Subject{Kind: "member", ID: int64(id)}, id, nil)
	})
	if err == nil {
		d.forgetFiles(places)
		_ = d.Store.Checkpoint(ctx) // she is erased; tidying empties what a reader or a broken connection left of the log
	}
	return err
}

// erase does it, inside a transaction, and answers with the places of the files to forget when that is kept.
func (d *Desk) erase(ctx context.Context, by member.ID, m member.Member, now time.Time) (places []string, err error) {
	held, err := d.Store.Certificates(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		gone := certificate.Change{Certificate: h.ID, State: certificate.Withdrawn, At: now, By: by, Reason: certificate.PersonErased}
		if _, err := d.Store.ChangeCertificate(ctx, gone); err != nil {
			return nil, err
		}
	}
	pieces, err := d.Store.SubmissionIDs(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	drafts := make([]string, len(pieces))
	for i, id := range pieces {
		drafts[i] = assessKey(id)
	}
	accounts := []string{codeAccount(m.ID), hashed("password " + number(m.ID)), hashed(m.Email), hashed("reset " + m.Email)}
	return d.Store.Erase(ctx, m.ID, accounts, drafts, now)
}

// forgetFiles removes bytes that no row names any more; the sweeper takes what this leaves.
func (d *Desk) forgetFiles(places []string) {
	for _, place := range places {
		_ = d.Files.Remove(place)
	}
}

// erasedAgain is how long after an erasure it is done once more: a deed of hers that was under way while she was erased
// may have kept something just after.
const erasedAgain = 48 * time.Hour

// eraseAgain erases once more who was erased lately.
func (d *Desk) eraseAgain(ctx context.Context) error {
	ids, err := d.Store.Erased(ctx, d.Now().Add(-erasedAgain))
	if err != nil {
		return err
	}
	for _, id := range ids {
		var places []string
		err := d.deed(ctx, func(ctx context.Context, now time.Time) error {
			if err := d.Store.LockMember(ctx, id); err != nil {
				return err
			}
			places, err = d.erase(ctx, 0, member.Member{ID: id}, now)
			return err
		})
		if err != nil {
			return err
		}
		d.forgetFiles(places)
	}
	return nil
}
