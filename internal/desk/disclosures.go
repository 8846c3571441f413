package desk

import (
	"context"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// DisclosureLine is one line of what a trainee reads about who saw something of hers.
type DisclosureLine = store.DisclosureLine

// LookDisclosures shows a trainee everything that was shown of her, the newest first, a page at a time: to companies that
// looked for people, by her links, and on the verify page while her name stood there.
func (d *Desk) LookDisclosures(ctx context.Context, a Actor, offset, limit int) (list []DisclosureLine, total int, err error) {
	if err := must(a, member.Trainee); err != nil {
		return nil, 0, err
	}
	return d.Store.DisclosureLines(ctx, a.Member, offset, limit)
}

// NoteVerified counts, for its holder to see, that a certificate was looked up: only while her name is shown there, as
// nothing of hers is disclosed otherwise. Nobody is asked who looked, and only the day is kept.
func (d *Desk) NoteVerified(ctx context.Context, number string) error {
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return err
	}
	h, err := d.Store.CertificateByNumber(ctx, n)
	if err != nil {
		return err
	}
	if !h.ShowName || h.Hidden || h.Latest.State == certificate.Withdrawn {
		return nil
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		return d.Store.NoteVerified(ctx, h.ID, startOfDay(now))
	})
}
