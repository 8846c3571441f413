package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// The life of a certificate after its issue. Nothing is ever changed or deleted: what happens is a row of its own, and what
// is renewed or corrected gets a new number. The verify page, the PDF and the status list all read those rows, so that they
// agree from the moment of the commit.

// keepsCertificates are who may change the certificates of a center.
var keepsCertificates = []member.Role{member.Coordinator, member.Admin}

// RevokeForm is why a certificate is taken back.
type RevokeForm struct {
	Reason certificate.Reason
	Note   string // for the center's staff alone
}

// RevokeCertificate takes a certificate back, for ever. The public reads the reason; the note stays with the staff.
func (d *Desk) RevokeCertificate(ctx context.Context, a Actor, number string, form RevokeForm) error {
	if err := must(a, keepsCertificates...); err != nil {
		return err
	}
	if !slices.Contains(certificate.RevocationReasons, form.Reason) {
		return problem.At("reason", "certificate.reason_missing")
	}
	_, err := once(ctx, d, a, "certificate.revoked", func(ctx context.Context, now time.Time) (struct{}, error) {
		h, err := d.endable(ctx, a, number, now, keeps)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, d.revoke(ctx, a, h, form, now)
	})
	return err
}

// revoke keeps that a certificate was taken back, by somebody or (the Actor without a member) by rule.
func (d *Desk) revoke(ctx context.Context, a Actor, h store.Held, form RevokeForm, now time.Time) error {
	c := certificate.Change{Certificate: h.ID, State: certificate.Revoked, At: now, By: a.Member, Reason: form.Reason, Note: form.Note}
	if err := d.change(ctx, c); err != nil {
		return err
	}
	if err := d.tell(ctx, now, h.Holder, "certificate_revoked", true, map[string]any{"title": h.Snapshot.Topic}); err != nil {
		return err
	}
	return d.happened(ctx, a, now, "certificate.revoked", subjectOf(h), h.Holder, map[string]any{"reason": string(form.Reason)})
}

// CorrectCertificate issues a certificate anew with the holder's names and the center's design of today, because a name was
// wrong or has changed. The old number says that it was replaced, and by which.
func (d *Desk) CorrectCertificate(ctx context.Context, a Actor, number string) (certificate.Number, error) {
	if err := must(a, keepsCertificates...); err != nil {
		return "", err
	}
	return once(ctx, d, a, "certificate.corrected", func(ctx context.Context, now time.Time) (certificate.Number, error) {
		h, err := d.endable(ctx, a, number, now, keeps)
		if err != nil {
			return "", err
		}
		holder, err := d.Store.Member(ctx, h.Holder)
		if err != nil {
			return "", err
		}
		snap := h.Snapshot
		named(&snap, holder)
		if snap.Name == h.Snapshot.Name && snap.Kana == h.Snapshot.Kana && snap.Latin == h.Snapshot.Latin {
			return "", problem.Clash("certificate.same_name")
		}
		if snap.Design, err = d.designOf(ctx, h.Center); err != nil {
			return "", err
		}
		next := certificate.Certificate{Until: h.Until, Cause: certificate.Corrected, Snapshot: snap}
		c, err := d.supersede(ctx, a, h, next, certificate.NameChanged, now)
		if err != nil {
			return "", err
		}
		return c.Number, d.happened(ctx, a, now, "certificate.corrected", subjectOf(h), h.Holder, nil)
	})
}

// RenewCertificate renews a skill certificate by evidence that is newer than what it rests on, for its holder or the center's
// staff. By rule the same happens when new evidence comes shortly before the lapse.
func (d *Desk) RenewCertificate(ctx context.Context, a Actor, number string) (certificate.Number, error) {
	if !a.SignedIn() {
		return "", problem.Forbid("desk.not_yours")
	}
	return once(ctx, d, a, "certificate.renewed", func(ctx context.Context, now time.Time) (certificate.Number, error) {
		h, err := d.endable(ctx, a, number, now, holds, keeps)
		if err != nil {
			return "", err
		}
		record, err := d.Store.Record(ctx, h.Holder)
		if err != nil {
			return "", err
		}
		until, ok := certificate.Renewable(record, current([]store.Held{h}, now)[0], h.Snapshot.Level(), now)
		if !ok {
			return "", problem.Clash("certificate.nothing_new")
		}
		c, err := d.renew(ctx, h, record, until, a, now)
		return c.Number, err
	})
}

// renew issues a skill certificate anew over the record of today.
func (d *Desk) renew(ctx context.Context, h store.Held, record skill.Record, until time.Time, by Actor, now time.Time) (certificate.Certificate, error) {
	snap, err := d.skillSnapshot(ctx, grantOf(h), record, h.Snapshot.Level(), now)
	if err != nil {
		return certificate.Certificate{}, err
	}
	next := certificate.Certificate{Until: until, Cause: certificate.Renewed, Snapshot: snap}
	c, err := d.supersede(ctx, by, h, next, certificate.NewEvidence, now)
	if err != nil {
		return c, err
	}
	return c, d.happened(ctx, by, now, "certificate.renewed", subjectOf(h), h.Holder, nil)
}

// supersede issues the next revision of a grant and lets the old one point to it, if that still stood. What the holder allowed
// for the old one, she allows for the new.
func (d *Desk) supersede(ctx context.Context, a Actor, old store.Held, next certificate.Certificate, why certificate.Reason, now time.Time) (certificate.Certificate, error) {
	next.Revision, next.Replaces, next.Public, next.Hidden = old.Revision+1, old.Number, old.Public, old.Hidden
	c, err := d.issue(ctx, grantOf(old), next, 0, now)
	if err != nil || !old.StateAt(now).MayEnd() {
		return c, err
	}
	return c, d.change(ctx, certificate.Change{Certificate: old.ID, State: certificate.Replaced, At: now, By: a.Member, Reason: why, Successor: c.ID})
}

// change keeps a change; a certificate that has ended already is a Conflict.
func (d *Desk) change(ctx context.Context, c certificate.Change) error {
	first, err := d.Store.ChangeCertificate(ctx, c)
	if err == nil && !first {
		return problem.Clash("certificate.ended")
	}
	return err
}

// right tells whether somebody reaches a certificate.
type right func(a Actor, h store.Held) bool

// holds is the right of the holder.
func holds(a Actor, h store.Held) bool { return a.SignedIn() && h.Holder == a.Member }

// keeps is the right of those who keep the certificates of a center, while they act for it.
func keeps(a Actor, h store.Held) bool { return h.Center == a.Center && a.Is(keepsCertificates...) }

// certificateBy finds a certificate for who has one of some rights; to others it does not exist (certificate.unknown).
func (d *Desk) certificateBy(ctx context.Context, a Actor, number string, rights ...right) (store.Held, error) {
	unknown := problem.Missing("certificate.unknown")
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return store.Held{}, unknown
	}
	h, err := d.Store.CertificateByNumber(ctx, n)
	if isMissing(err) || err == nil && !slices.ContainsFunc(rights, func(r right) bool { return r(a, h) }) {
		return store.Held{}, unknown
	}
	return h, err
}

// lockedCertificate finds a certificate likewise, with its holder's row locked, so that nobody else changes it meanwhile.
func (d *Desk) lockedCertificate(ctx context.Context, a Actor, number string, rights ...right) (store.Held, error) {
	h, err := d.certificateBy(ctx, a, number, rights...)
	if err != nil {
		return h, err
	}
	if err := d.Store.LockMember(ctx, h.Holder); err != nil {
		return h, err
	}
	return d.certificateBy(ctx, a, number, rights...) // as it stands now
}

// endable finds a certificate that is to be changed, and refuses one that was revoked or replaced (certificate.ended).
func (d *Desk) endable(ctx context.Context, a Actor, number string, now time.Time, rights ...right) (store.Held, error) {
	h, err := d.lockedCertificate(ctx, a, number, rights...)
	if err == nil && !h.StateAt(now).MayEnd() {
		err = problem.Clash("certificate.ended")
	}
	return h, err
}

func subjectOf(h store.Held) audit.Subject {
	return audit.Subject{Kind: "certificate", ID: int64(h.ID)}
}
