package desk

import (
	"context"
	"time"

	"tenarai/internal/problem"
)

// MakePublic lets the holder say whether anybody with the number may fetch the PDF. A hidden certificate is not made public
// (certificate.hidden).
func (d *Desk) MakePublic(ctx context.Context, a Actor, number string, public bool) error {
	_, err := once(ctx, d, a, "certificate.shared", func(ctx context.Context, now time.Time) (none, error) {
		h, err := d.lockedCertificate(ctx, a, number, holds)
		if err != nil {
			return none{}, err
		}
		if public && h.Hidden {
			return none{}, problem.Refuse("certificate.hidden")
		}
		if err := d.Store.SetCertificatePublic(ctx, h.ID, public); err != nil {
			return none{}, err
		}
		return none{}, d.happened(ctx, a, now, "certificate.shared", subjectOf(h), a.Member, map[string]any{"public": public})
	})
	return err
}

// HideCertificate lets the holder keep a certificate out of the public look-up, or show it there again. What is hidden is not
// public either; shown again it stays closed until she opens it.
func (d *Desk) HideCertificate(ctx context.Context, a Actor, number string, hidden bool) error {
	_, err := once(ctx, d, a, "certificate.hidden", func(ctx context.Context, now time.Time) (none, error) {
		h, err := d.lockedCertificate(ctx, a, number, holds)
		if err != nil {
			return none{}, err
		}
		if err := d.Store.SetCertificateHidden(ctx, h.ID, hidden); err != nil {
			return none{}, err
		}
		if hidden && h.Public {
			if err := d.Store.SetCertificatePublic(ctx, h.ID, false); err != nil {
				return none{}, err
			}
		}
		return none{}, d.happened(ctx, a, now, "certificate.hidden", subjectOf(h), a.Member, map[string]any{"hidden": hidden})
	})
	return err
}
