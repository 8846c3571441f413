package desk

import (
	"context"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// CertificatePDF gives a certificate's PDF to its holder and her center's staff, and to everybody if she made it public.
// The bytes are made at the first asking and kept: they are the same for ever, while it stands as it does. What is no longer
// valid is stamped over the page. To others it does not exist.
func (d *Desk) CertificatePDF(ctx context.Context, a Actor, number string) (store.PDF, certificate.Number, error) {
	h, err := d.certificateFor(ctx, a, number)
	if err != nil {
		return store.PDF{}, "", err
	}
	p, err := d.paper(ctx, h)
	if err == nil && !mayHaveWhole(a, h) {
		err = d.noteShown(ctx, h) // her name is on it
	}
	return p, h.Number, err
}

// paper is the PDF of a certificate as it stands: the bytes that were kept, or new ones that are kept now.
func (d *Desk) paper(ctx context.Context, h store.Held) (store.PDF, error) {
	state := h.StateAt(d.Now())
	if state == certificate.Withdrawn {
		return store.PDF{}, problem.Missing("certificate.unknown")
	}
	kept, ok, err := d.Store.CertificatePDF(ctx, h.ID, state)
	if err != nil || ok {
		return kept, err
	}
	made, err := d.render(ctx, h, state)
	if err != nil {
		return store.PDF{}, err
	}
	var first bool
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		var err error
		first, err = d.Store.KeepPDF(ctx, h.ID, state, made, now)
		return err
	})
	if err != nil || first {
		return made, err
	}
	// Somebody was faster: what was kept first is what everybody gets.
	kept, _, err = d.Store.CertificatePDF(ctx, h.ID, state)
	return kept, err
}

// render makes a certificate's PDF as it stands, with the machine credential attached, signed if the center signs its files.
func (d *Desk) render(ctx context.Context, h store.Held, state certificate.State) (store.PDF, error) {
	sheet := certificate.Sheet{
		Certificate: h.Certificate, Address: d.Address + "/verify/" + string(h.Number), State: state, Changed: h.Latest.At,
	}
	var err error
	if sheet.Pictures, err = d.pictures(ctx, h.Snapshot.Design); err != nil {
		return store.PDF{}, err
	}
	if d.Badges != nil {
		if sheet.Credential, err = d.credentialOf(ctx, h, certificate.FormJSON); err != nil {
			return store.PDF{}, err
		}
	}
	made, err := d.Render(sheet)
	if err != nil {
		return made, err
	}
	return d.signed(ctx, h.Center, made)
}
