package desk

import (
	"context"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// RecordCredential gives a trainee her whole record as one machine credential: a learner record around those of her
// certificates that are valid now, made anew whenever she asks. Without one it does not exist: a learner record holds one
// credential or more (CLR 2.0, ClrSubject).
func (d *Desk) RecordCredential(ctx context.Context, a Actor) ([]byte, error) {
	if err := must(a, member.Trainee); err != nil {
		return nil, err
	}
	me, err := d.Store.Member(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	center, err := d.Store.Center(ctx, a.Center)
	if err != nil {
		return nil, err
	}
	doc, err := d.recordCredential(ctx, me, center, d.Now())
	if err == nil && doc == nil {
		err = problem.Missing("credential.no_record")
	}
	return doc, err
}

// recordCredential makes the credential of somebody's record; without a valid certificate there is none, and it is nil.
func (d *Desk) recordCredential(ctx context.Context, me member.Member, center member.Center, now time.Time) ([]byte, error) {
	held, err := d.Store.Certificates(ctx, me.ID)
	if err != nil {
		return nil, err
	}
	places, err := d.Store.StatusEntries(ctx, me.ID)
	if err != nil {
		return nil, err
	}
	record := certificate.RecordClaim{Name: me.NameOnCertificate(), CenterName: center.Name, Made: now}
	for _, h := range held {
		if h.StateAt(now) != certificate.Valid {
			continue
		}
		place, has := places[h.ID]
		if !has {
			if place, err = d.statusEntry(ctx, h.ID); err != nil {
				return nil, err
			}
		}
		record.Claims = append(record.Claims, certificate.Claim{Certificate: h.Certificate, Achievement: d.achieved(h), Status: place})
	}
	if len(record.Claims) == 0 {
		return nil, nil
	}
	k, err := d.signingKey(ctx, certificate.DataIntegrity)
	if err != nil {
		return nil, err
	}
	return d.Badges.Record(record, k)
}
