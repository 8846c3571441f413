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
)

// RevokeAwardForm is why an award no longer counts.
type RevokeAwardForm struct {
	Holder member.ID // whose award it is; for another's there is none
	Reason string
	Note   string // for the center's staff alone
}

// RevokeAward lets an award no longer count, because it was judged in error or the work was not the person's own. The award
// stays in the ledger with the revocation beside it; the level, readiness and skill certificates that rested on it follow in
// the same transaction.
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
		first, err := d.Store.RevokeAward(ctx, id, skill.Revocation{At: now, By: a.Member, Reason: form.Reason, Note: form.Note})
		if err != nil {
			return none, err
		}
		if !first {
			return none, problem.Clash("certificate.award_ended")
		}
		if err := d.loseSkill(ctx, a, w, now); err != nil {
			return none, err
		}
		if _, err := d.judgeReadiness(ctx, a.Center, w.Member, now); err != nil {
			return none, err
		}
		if err := d.tell(ctx, now, w.Member, "award_revoked", true, map[string]any{"title": d.Catalog.Skill(w.Skill).Title}); err != nil {
			return none, err
		}
		return none, d.happened(ctx, a, now, "award.revoked", audit.Subject{Kind: "award", ID: int64(id)}, w.Member,
			map[string]any{"skill": string(w.Skill), "reason": form.Reason})
	})
	return err
}

// loseSkill takes back the certificates of an award's skill that are no longer proven without it.
func (d *Desk) loseSkill(ctx context.Context, a Actor, w skill.Award, now time.Time) error {
	record, err := d.Store.Record(ctx, w.Member)
	if err != nil {
		return err
	}
	held, err := d.Store.Certificates(ctx, w.Member)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.Kind != certificate.KindSkill || h.Subject != string(w.Skill) || !h.StateAt(now).MayEnd() || !certificate.Unproven(record, w.Skill, levelOf(h), now) {
			continue
		}
		if err := d.revoke(ctx, Actor{Center: a.Center}, h, RevokeForm{Reason: certificate.LostEvidence}, now); err != nil {
			return err
		}
	}
	return nil
}
