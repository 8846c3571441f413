package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// RevokeAwardForm is why an award no longer counts.
type RevokeAwardForm struct {
	Holder member.ID // whose award it is; for another's there is none
	Reason string
	Note   string // for the center's staff alone
}

// RevokeAward lets an award no longer count, because it was judged in error or the work was not the person's own. Work that
// was not her own proves nothing else either: all that was awarded for it goes with it. The awards stay in the ledger with the
// revocation beside them; the level, readiness and the certificates that rested on them follow in the same transaction.
//
// It refuses a missing reason (certificate.reason_missing, at the field), an award that was revoked before
// (certificate.award_ended), and one that is not the holder's or was not earned at the actor's center (store.missing).
func (d *Desk) RevokeAward(ctx context.Context, a Actor, id skill.AwardID, form RevokeAwardForm) error {
	if err := must(a, keepsCertificates...); err != nil {
		return err
	}
	if !slices.Contains(skill.RevocationReasons, form.Reason) {
		return problem.At("reason", "certificate.reason_missing")
	}
	_, err := once(ctx, d, a, "award.revoked", func(ctx context.Context, now time.Time) (struct{}, error) {
		none := struct{}{}
		w, err := d.Store.Award(ctx, a.Center, id)
		if err == nil && w.Member != form.Holder {
			err = problem.Missing("store.missing")
		}
		if err != nil {
			return none, err
		}
		if err := d.Store.LockMember(ctx, w.Member); err != nil {
			return none, err
		}
		lost, err := d.loseAwards(ctx, a, w, form, now)
		if err != nil {
			return none, err
		}
		if len(lost) == 0 {
			return none, problem.Clash("certificate.award_ended")
		}
		if err := d.loseEvidence(ctx, w.Member, lost, now); err != nil {
			return none, err
		}
		if _, err := d.judgeReadiness(ctx, a.Center, w.Member, now); err != nil {
			return none, err
		}
		if err := d.tell(ctx, now, w.Member, "award_revoked", true, map[string]any{"title": d.Catalog.Skill(w.Skill).Title}); err != nil {
			return none, err
		}
		return none, nil
	})
	return err
}

// loseAwards keeps that an award no longer counts, and all others for the same piece if that was not the person's own: then
// also of those that were judged in error before. It answers with those for which this is new.
func (d *Desk) loseAwards(ctx context.Context, a Actor, w skill.Award, form RevokeAwardForm, now time.Time) ([]skill.Award, error) {
	ledger, err := d.Store.Ledger(ctx, w.Member)
	if err != nil {
		return nil, err
	}
	why := skill.Revocation{At: now, By: a.Member, Reason: form.Reason, Note: form.Note}
	var lost []skill.Award
	for _, o := range ledger {
		if o.ID != w.ID && (o.Evidence.Piece != w.Evidence.Piece || form.Reason != skill.NotOwnWork) {
			continue
		}
		fresh, err := d.Store.RevokeAward(ctx, o.ID, why)
		if err != nil {
			return nil, err
		}
		if !fresh {
			continue
		}
		err = d.happened(ctx, a, now, "award.revoked", audit.Subject{Kind: "award", ID: int64(o.ID)}, o.Member, map[string]any{"skill": string(o.Skill), "reason": form.Reason})
		if err != nil {
			return nil, err
		}
		o.Revocation = why
		lost = append(lost, o)
	}
	return lost, nil
}

// loseEvidence takes back the certificates that are no longer proven without some awards, and issues those anew of which a part
// still is.
func (d *Desk) loseEvidence(ctx context.Context, m member.ID, lost []skill.Award, now time.Time) error {
	record, err := d.Store.Record(ctx, m)
	if err != nil {
		return err
	}
	held, err := d.Store.Certificates(ctx, m)
	if err != nil {
		return err
	}
	for _, h := range held {
		if !h.StateAt(now).MayEnd() {
			continue
		}
		rule := Actor{Center: h.Center} // nobody: it follows
		fate := h.Snapshot.AfterLoss(h.Kind, h.Subject, h.Until, record, lost, now)
		// What was left out of a certificate as judged in error, and turns out not to be her own work, was on it all the same.
		if h.Kind != certificate.KindSkill && lost[0].Revocation.Reason == skill.NotOwnWork && slices.ContainsFunc(held, func(o store.Held) bool { return o.Grant == h.Grant && o.Snapshot.Names(lost) }) {
			fate = certificate.Ends
		}
		switch fate {
		case certificate.Ends:
			reason := certificate.LostEvidence
			if h.Kind != certificate.KindSkill && lost[0].Revocation.Reason == skill.NotOwnWork {
				reason = certificate.NotOwnWork
			}
			err = d.revoke(ctx, rule, h, RevokeForm{Reason: reason}, now)
		case certificate.Shrinks:
			err = d.restate(ctx, rule, h, record, lost, now)
		case certificate.Stays:
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restate issues a certificate anew with what is still proven.
func (d *Desk) restate(ctx context.Context, a Actor, h store.Held, record skill.Record, lost []skill.Award, now time.Time) error {
	next := certificate.Certificate{Until: h.Until, Cause: certificate.Restated}
	if h.Kind == certificate.KindSkill {
		snap, err := d.skillSnapshot(ctx, grantOf(h), record, h.Snapshot.Level(), now)
		if err != nil {
			return err
		}
		next.Snapshot, next.Until = snap, certificate.UntilBy(record, skill.ID(h.Subject), h.Snapshot.Level(), now)
	} else {
		next.Snapshot = h.Snapshot.Without(record, lost, func(id skill.ID, l skill.Level) course.Text { return d.Catalog.Skill(id).Levels[l] })
	}
	if _, err := d.supersede(ctx, a, h, next, certificate.LostEvidence, now); err != nil {
		return err
	}
	return d.happened(ctx, a, now, "certificate.restated", subjectOf(h), h.Holder, nil)
}
