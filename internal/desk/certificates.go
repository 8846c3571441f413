package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// CertificatesOnPage is how many certificates a page of the center's list shows.
const CertificatesOnPage = 30

// Held is a certificate with its grant, what decides who may see it, and what happened to it.
type Held = store.Held

// CertificateFilter bounds a list of certificates.
type CertificateFilter = store.CertificateFilter

// CertificatesLook is a page of a center's certificates.
type CertificatesLook struct {
	Rows  []store.Held
	Total int
	Size  int // on a page
}

// LookCertificates lists the certificates of the actor's center, the newest first.
func (d *Desk) LookCertificates(ctx context.Context, a Actor, f store.CertificateFilter, page int) (CertificatesLook, error) {
	look := CertificatesLook{Size: CertificatesOnPage}
	if err := must(a, keepsCertificates...); err != nil {
		return look, err
	}
	var err error
	from := max(page-1, 0) * look.Size
	look.Rows, look.Total, err = d.Store.CertificatesOf(ctx, a.Center, f, d.Now(), from, look.Size)
	if last := offset(page, look.Total, look.Size); err == nil && len(look.Rows) == 0 && last < from { // a page too far is the last one
		look.Rows, _, err = d.Store.CertificatesOf(ctx, a.Center, f, d.Now(), last, look.Size)
	}
	return look, err
}

// CertificateLook is one certificate with all its revisions, for those who keep the center's certificates.
type CertificateLook struct {
	store.Held
	State     certificate.State
	Revisions []store.Held // the newest first
	By        map[member.ID]string
	Renamed   bool                 // the holder prints another name today
	Today     certificate.Snapshot // with her names of today
	Renewable bool                 // there is newer evidence
}

// LookCertificate shows a certificate to who keeps it; for others it does not exist.
func (d *Desk) LookCertificate(ctx context.Context, a Actor, number string) (CertificateLook, error) {
	if err := must(a, keepsCertificates...); err != nil {
		return CertificateLook{}, err
	}
	h, err := d.certificateBy(ctx, a, number, keeps)
	if err != nil {
		return CertificateLook{}, err
	}
	now := d.Now()
	look := CertificateLook{Held: h, State: h.StateAt(now)}
	if look.Revisions, err = d.Store.Revisions(ctx, h.Grant); err != nil {
		return look, err
	}
	var by []member.ID
	for _, r := range look.Revisions {
		if r.Latest.By != 0 && !slices.Contains(by, r.Latest.By) {
			by = append(by, r.Latest.By)
		}
	}
	if look.By, err = d.Store.Names(ctx, by); err != nil || !look.State.MayEnd() {
		return look, err
	}
	holder, err := d.Store.Member(ctx, h.Holder)
	if err != nil {
		return look, err
	}
	snap := h.Snapshot
	named(&snap, holder)
	look.Today = snap
	look.Renamed = snap.Name != h.Snapshot.Name || snap.Kana != h.Snapshot.Kana || snap.Latin != h.Snapshot.Latin
	look.Renewable, err = d.renewable(ctx, h, now)
	return look, err
}

func (d *Desk) renewable(ctx context.Context, h store.Held, now time.Time) (bool, error) {
	if h.Kind != certificate.KindSkill {
		return false, nil
	}
	record, err := d.Store.Record(ctx, h.Holder)
	if err != nil {
		return false, err
	}
	_, ok := certificate.Renewable(record, current([]store.Held{h}, now)[0], h.Snapshot.Level(), now)
	return ok, nil
}

// LedgerLook is all that a person was ever awarded, with what was revoked.
type LedgerLook struct {
	Holder member.Member
	Awards skill.Record // the newest first
	Names  map[member.ID]string
}

// LookLedger shows a person's ledger to who keeps the certificates of her center.
func (d *Desk) LookLedger(ctx context.Context, a Actor, id member.ID) (LedgerLook, error) {
	if err := must(a, keepsCertificates...); err != nil {
		return LedgerLook{}, err
	}
	var look LedgerLook
	var err error
	if look.Holder, err = d.colleague(ctx, a, id); err != nil {
		return look, err
	}
	if look.Awards, err = d.Store.Ledger(ctx, id); err != nil {
		return look, err
	}
	slices.Reverse(look.Awards)
	ids := assessors(look.Awards)
	for _, w := range look.Awards {
		if by := w.Revocation.By; by != 0 && !slices.Contains(ids, by) {
			ids = append(ids, by)
		}
	}
	look.Names, err = d.Store.Names(ctx, ids)
	return look, err
}
