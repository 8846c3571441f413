package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// record is what counts of yumi's awards.
func (w lives) record() skill.Record {
	w.t.Helper()
	r, err := w.Store.Record(w.t.Context(), w.yumi.Member)
	w.must(err)
	return r
}

// inCourse is where the first award of a course stands in a record.
func inCourse(r skill.Record, course string) int {
	return slices.IndexFunc(r, func(a skill.Award) bool { return a.Evidence.Course == course })
}

// losesInError lets all that a piece proved no longer count, as judged in error.
func (w lives) losesInError(record skill.Record, piece int64) {
	w.t.Helper()
	for _, a := range record {
		if a.Evidence.Piece == piece {
			w.loses(a.ID, skill.JudgedInError)
		}
	}
}

// loses lets an award of yumi's no longer count.
func (w lives) loses(id skill.AwardID, why string) {
	w.t.Helper()
	w.must(w.Desk.RevokeAward(w.t.Context(), w.coordinator, id, desk.RevokeAwardForm{Holder: w.yumi.Member, Reason: why}))
}

// Work that was not her own proves nothing, and the certificate of the course it was handed in for goes with it; that of
// another course stays.
func TestNotHerOwnWork(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		course, other := w.held(certificate.KindCourse, "c2-data-entry"), w.held(certificate.KindCourse, "c1-home-working")
		record := w.record()
		i := inCourse(record, "c2-data-entry")
		w.loses(record[i].ID, skill.NotOwnWork)
		for _, a := range w.record() {
			if a.Evidence.Piece == record[i].Evidence.Piece {
				t.Errorf("%s still rests on the same piece", a.Skill)
			}
		}
		if v, err := w.Desk.Verify(t.Context(), string(course.Number)); err != nil || v.State != certificate.Revoked || v.Reason != certificate.NotOwnWork {
			t.Errorf("the course's certificate: %+v, %v", v, err)
		}
		if got := w.stands(course.Number); got != [4]string{"revoked", "revoked", "revoked", "revoked"} {
			t.Errorf("it stands %v", got)
		}
		if got := w.stands(other.Number); got != [4]string{"valid", "valid", "valid", "valid"} {
			t.Errorf("the other course's: %v", got)
		}
	})
}

// What was judged in error is left out of a certificate that is issued anew, and the old number points to it.
func TestJudgedInError(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, old := t.Context(), w.held(certificate.KindCourse, "c2-data-entry")
		record := w.record()
		i := inCourse(record, "c2-data-entry")
		piece := record[i].Evidence.Piece
		w.losesInError(record, piece)
		now := w.held(certificate.KindCourse, "c2-data-entry")
		left := w.record()
		if now.Number == old.Number || now.Cause != certificate.Restated || len(now.Snapshot.Pieces) != len(old.Snapshot.Pieces)-1 {
			t.Fatalf("issued anew: %+v", now)
		}
		for _, p := range now.Snapshot.Pieces {
			if p.ID == piece {
				t.Error("it still names the piece")
			}
		}
		for _, p := range now.Snapshot.Skills {
			if p.Level > left.Held(p.Skill) {
				t.Errorf("%s: level %d is told, %d is held", p.Skill, p.Level, left.Held(p.Skill))
			}
		}
		v, err := w.Desk.Verify(ctx, string(old.Number))
		if err != nil || v.State != certificate.Replaced || v.Reason != certificate.LostEvidence || v.Successor == "" {
			t.Errorf("the old number: %+v, %v", v, err)
		}
		if got := w.stands(now.Number); got != [4]string{"valid", "valid", "valid", "valid"} {
			t.Errorf("the new one: %v", got)
		}
	})
}

// A skill certificate that was renewed by a piece lasts no longer than the others allow when that piece is lost.
func TestTheRenewingPieceIsLost(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, h := t.Context(), w.held(certificate.KindSkill, "OFF-03")
		w.Clock.Set(h.Until.Add(-time.Hour))
		w.newEvidence("OFF-03")
		n, err := w.Desk.RenewCertificate(ctx, w.yumi, string(h.Number))
		w.must(err)
		record := w.record()
		newest := record[len(record)-1]
		w.loses(newest.ID, skill.NotOwnWork)
		now := w.held(certificate.KindSkill, "OFF-03")
		if now.Number == n || now.Cause != certificate.Restated || !now.Until.Equal(h.Until) || len(now.Snapshot.Pieces) != len(h.Snapshot.Pieces) {
			t.Errorf("%s, %s, until %v with %d pieces; before the renewal it was until %v with %d", now.Number, now.Cause, now.Until, len(now.Snapshot.Pieces), h.Until, len(h.Snapshot.Pieces))
		}
		if v, err := w.Desk.Verify(ctx, string(n)); err != nil || v.State != certificate.Replaced || v.Successor != now.Number {
			t.Errorf("the renewed one: %+v, %v", v, err)
		}
		if p := now.Snapshot.ProvenBy(); p.Pieces != w.record().StandAt("OFF-03", skill.Alone, w.Clock.Now()).Pieces {
			t.Errorf("it tells of %d pieces", p.Pieces)
		}
	})
}

// Who keeps the certificates of one center changes none of another's, not even the own.
func TestOwnCertificateOfAnotherCenter(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, n := t.Context(), w.Desk, string(w.held(certificate.KindCourse, "c2-data-entry").Number)
		elsewhere := desk.Actor{Member: w.yumi.Member, Center: w.outsider.Center, Roles: []member.Role{member.Coordinator}}
		w.refused(problem.NotFound, d.RevokeCertificate(ctx, elsewhere, n, desk.RevokeForm{Reason: certificate.HolderAsked}))
		_, err := d.CorrectCertificate(ctx, elsewhere, n)
		w.refused(problem.NotFound, err)
		_, err = d.LookCertificate(ctx, elsewhere, n)
		w.refused(problem.NotFound, err)
		w.refused(problem.NotFound, d.MakePublic(ctx, w.coordinator, n, true))
		w.refused(problem.NotFound, d.HideCertificate(ctx, desk.Actor{}, n, true))
	})
}

// That a certificate was taken back or replaced cannot be hidden; what it was for can, and what stands in its place.
func TestHidingHidesNoRevocation(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		revoked, replaced := w.held(certificate.KindCourse, "c1-home-working"), w.held(certificate.KindCourse, "c2-data-entry")
		_, err := d.SaveProfile(ctx, w.yumi, desk.ProfileForm{PrintedName: "髙橋 由美", HoursWeek: 10, Share: true, Language: "ja"})
		w.must(err)
		w.must(d.HideCertificate(ctx, w.yumi, string(revoked.Number), true))
		w.must(d.RevokeCertificate(ctx, w.coordinator, string(revoked.Number), desk.RevokeForm{Reason: certificate.NotOwnWork}))
		n, err := d.CorrectCertificate(ctx, w.coordinator, string(replaced.Number))
		w.must(err)
		if v, err := d.Verify(ctx, string(replaced.Number)); err != nil || v.Successor != n {
			t.Errorf("before it is hidden: %+v, %v", v, err)
		}
		w.must(d.HideCertificate(ctx, w.yumi, string(n), true))
		if v, err := d.Verify(ctx, string(replaced.Number)); err != nil || v.State != certificate.Replaced || v.Successor != "" {
			t.Errorf("the next one is hidden: %+v, %v", v, err)
		}
		w.must(d.HideCertificate(ctx, w.yumi, string(replaced.Number), true))
		for number, want := range map[certificate.Number]certificate.State{revoked.Number: certificate.Revoked, replaced.Number: certificate.Replaced, n: ""} {
			v, err := d.Verify(ctx, string(number))
			if err != nil || !v.Hidden || v.State != want || v.Changed.IsZero() != (want == "") || v.Topic.JA != "" || v.Name != "" || v.Successor != "" || v.Reason != "" {
				t.Errorf("%s: %+v, %v", number, v, err)
			}
		}
	})
}

// A PDF that a stranger fetches shows him her name: she sees that it was looked at.
func TestFetchedPDFIsDisclosed(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, n := t.Context(), w.Desk, string(w.held(certificate.KindCourse, "c2-data-entry").Number)
		w.must(d.MakePublic(ctx, w.yumi, n, true))
		looks := func() int {
			list, _, err := d.LookDisclosures(ctx, w.yumi, 0, 100)
			w.must(err)
			i := slices.IndexFunc(list, func(l desk.DisclosureLine) bool { return l.About == n })
			if i < 0 {
				return 0
			}
			return list[i].Looks
		}
		for _, a := range []desk.Actor{w.yumi, w.coordinator, {}, w.outsider} {
			_, _, err := d.CertificatePDF(ctx, a, n)
			w.must(err)
		}
		if got := looks(); got != 2 {
			t.Errorf("%d looks by two strangers", got)
		}
	})
}

// Nothing is issued over work that was not her own: neither the certificate of a course nor that of a programme it belongs to,
// and recounting finds nothing wrong with that.
func TestNothingIsIssuedOverOthersWork(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		record := w.record()
		i := inCourse(record, "c2-data-entry")
		w.loses(record[i].ID, skill.NotOwnWork)
		batch, err := d.IssueToCohort(ctx, w.coordinator, id)
		w.must(err)
		_, err = d.WorkBatch(ctx)
		w.must(err)
		look, err := d.LookBatch(ctx, w.coordinator, batch)
		w.must(err)
		if look.Failed != 1 || look.Troubles[0].Problem != "certificate.not_own_work" || look.Troubles[0].Name == "" {
			t.Errorf("%+v %+v", look.Batch, look.Troubles)
		}
		// The course's certificate was never granted, as if she had completed it only now.
		course := w.held(certificate.KindCourse, "c2-data-entry")
		s := &school{t: t, Desk: d, dsn: w.DSN}
		for _, statement := range []string{"DELETE FROM certificate_change WHERE certificate_id = %d", "DELETE FROM certificate WHERE id = %d"} {
			_, err := s.raw().ExecContext(ctx, fmt.Sprintf(statement, course.ID))
			w.must(err)
		}
		_, err = s.raw().ExecContext(ctx, fmt.Sprintf("DELETE FROM certificate_grant WHERE id = %d", course.Grant))
		w.must(err)
		if found, err := d.Recount(ctx, true); err != nil || len(found) > 0 {
			t.Errorf("recounting finds %+v, %v", found, err)
		}
	})
}

// A piece that was judged in error stands on no new certificate, and may turn out not to be her own work.
func TestFromErrorToNotHerOwn(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		record := w.record()
		i := inCourse(record, "c2-data-entry")
		piece := record[i].Evidence.Piece
		w.losesInError(record, piece)
		_, err := d.IssueToCohort(ctx, w.coordinator, id)
		w.must(err)
		_, err = d.WorkBatch(ctx)
		w.must(err)
		programme, restated := w.held(certificate.KindProgramme, certificate.ProgrammeSubject(int64(id))), w.held(certificate.KindCourse, "c2-data-entry")
		if slices.ContainsFunc(programme.Snapshot.Pieces, func(p certificate.Piece) bool { return p.ID == piece }) || len(programme.Snapshot.Pieces) == 0 {
			t.Errorf("the programme's certificate lists %+v", programme.Snapshot.Pieces)
		}
		form := desk.RevokeAwardForm{Holder: w.yumi.Member, Reason: skill.JudgedInError}
		w.refused(problem.Conflict, d.RevokeAward(ctx, w.coordinator, record[i].ID, form))
		w.loses(record[i].ID, skill.NotOwnWork)
		form.Reason = skill.NotOwnWork
		w.refused(problem.Conflict, d.RevokeAward(ctx, w.coordinator, record[i].ID, form))
		form.Reason = skill.JudgedInError
		w.refused(problem.Conflict, d.RevokeAward(ctx, w.coordinator, record[i].ID, form))
		if v, err := d.Verify(ctx, string(restated.Number)); err != nil || v.State != certificate.Revoked || v.Reason != certificate.NotOwnWork {
			t.Errorf("the course's certificate, which left the piece out: %+v, %v", v, err)
		}
		ledger, err := w.Store.Ledger(ctx, w.yumi.Member)
		w.must(err)
		for _, a := range ledger {
			if a.Evidence.Piece == piece && a.Revocation.Reason != skill.NotOwnWork {
				t.Errorf("%s is %q", a.Skill, a.Revocation.Reason)
			}
		}
	})
}
