package desk_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// lives is the town with what the tests of a certificate's life ask again and again.
type lives struct {
	*demotest.Town
	t                                   *testing.T
	yumi, coordinator, mentor, outsider desk.Actor
}

func inTown(t *testing.T, test func(t *testing.T, w lives)) {
	t.Helper()
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		test(t, lives{
			Town: town, t: t, yumi: town.Actor(t, "yumi"), coordinator: town.Actor(t, "coordinator"), mentor: town.Actor(t, "mentor"), outsider: town.Actor(t, "outsider"),
		})
	})
}

// held is yumi's certificate of a kind and subject, the newest revision.
func (w lives) held(kind certificate.Kind, subject string) store.Held {
	w.t.Helper()
	all, err := w.Store.Certificates(w.t.Context(), w.yumi.Member)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(h store.Held) bool { return h.Kind == kind && h.Subject == subject })
	if i < 0 {
		w.t.Fatalf("yumi has no %s of %s", kind, subject)
	}
	return all[i]
}

// stands is how all that tells of a certificate says it stands: the verify page, the PDF, the status list by way of both
// machine credentials.
func (w lives) stands(n certificate.Number) (states [4]string) {
	w.t.Helper()
	ctx, d := w.t.Context(), w.Desk
	v, err := d.Verify(ctx, string(n))
	if err != nil {
		w.t.Fatal(err)
	}
	states[0] = string(v.State)
	if _, _, err := d.CertificatePDF(ctx, w.yumi, string(n)); err != nil {
		w.t.Fatal(err)
	}
	h, err := w.Store.CertificateByNumber(ctx, n)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, state := range []certificate.State{certificate.Valid, certificate.Lapsed, certificate.Replaced, certificate.Revoked} {
		if _, ok, _ := w.Store.CertificatePDF(ctx, h.ID, state); ok {
			states[1] = string(state) // the latest that was printed
		}
	}
	for i, form := range []certificate.Form{certificate.FormJSON, certificate.FormJWT} {
		doc, err := d.Credential(ctx, w.yumi, string(n), form)
		if err != nil {
			w.t.Fatal(err)
		}
		r, err := badge.Verify(doc, w.Clock.Now(), loader(d))
		if err != nil {
			w.t.Fatal(err)
		}
		states[2+i] = "valid"
		// The town's address is plain http, where no key of a JWT is believed; its status is read all the same.
		plain := form == certificate.FormJWT && len(r.Faults) == 1 && r.Has(certificate.Unattested)
		switch {
		case r.Has(certificate.TakenBack):
			states[2+i] = "revoked"
		case !r.Good() && !plain:
			states[2+i] = r.Why[0].Error()
		}
	}
	return states
}

func (w lives) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w lives) refused(kind problem.Kind, err error) {
	w.t.Helper()
	if !problem.Is(err, kind) {
		w.t.Errorf("got %v, want kind %v", err, kind)
	}
}

// What is revoked is revoked everywhere at once, for ever, by who may, with a reason.
func TestRevokeCertificate(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindCourse, "c2-data-entry")
		n := string(h.Number)
		if got := w.stands(h.Number); got != [4]string{"valid", "valid", "valid", "valid"} {
			t.Fatalf("before: %v", got)
		}
		form := desk.RevokeForm{Reason: certificate.NotOwnWork, Note: "電話で確かめた"}
		w.refused(problem.Forbidden, d.RevokeCertificate(ctx, w.mentor, n, form))
		w.refused(problem.Forbidden, d.RevokeCertificate(ctx, w.yumi, n, form))
		w.refused(problem.Invalid, d.RevokeCertificate(ctx, w.coordinator, n, desk.RevokeForm{Reason: certificate.NameChanged}))
		w.refused(problem.NotFound, d.RevokeCertificate(ctx, w.coordinator, numberOfOutsider(t, w), form))
		w.must(d.RevokeCertificate(ctx, w.coordinator, n, form))
		if got := w.stands(h.Number); got != [4]string{"revoked", "revoked", "revoked", "revoked"} {
			t.Errorf("after: %v", got)
		}
		v, err := d.Verify(ctx, n)
		w.must(err)
		if v.Reason != certificate.NotOwnWork || !v.Changed.Equal(w.Clock.Now()) {
			t.Errorf("told: %+v", v)
		}
		w.refused(problem.Conflict, d.RevokeCertificate(ctx, w.coordinator, n, form))
		_, err = d.CorrectCertificate(ctx, w.coordinator, n)
		w.refused(problem.Conflict, err)
	})
}

// numberOfOutsider gives the other center's trainee a certificate.
func numberOfOutsider(t *testing.T, w lives) string {
	t.Helper()
	n := certificate.NewNumber([]byte("0123456789"))
	err := w.Store.Tx(t.Context(), func(ctx context.Context) error {
		id, err := w.Store.AddGrant(ctx, certificate.Grant{Member: w.outsider.Member, Center: w.outsider.Center, Kind: certificate.KindCourse, Subject: "c1-home-working", Edition: "x", At: w.Clock.Now()})
		if err != nil {
			return err
		}
		_, err = w.Store.AddCertificate(ctx, w.outsider.Center, certificate.Certificate{Grant: id, Revision: 1, Number: n, Issued: w.Clock.Now(), Snapshot: certificate.Snapshot{Name: "外"}}, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(n)
}

// A corrected certificate has the name of today and a new number; the old one points to it, and neither can be mended twice.
func TestCorrectCertificate(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindCourse, "c1-home-working")
		_, err := d.CorrectCertificate(ctx, w.coordinator, string(h.Number))
		w.refused(problem.Conflict, err) // nothing to correct
		w.must(d.MakePublic(ctx, w.yumi, string(h.Number), true))
		_, err = d.SaveProfile(ctx, w.yumi, desk.ProfileForm{PrintedName: "髙橋 由美", LatinName: "Yumi Takahashi", HoursWeek: 10, Share: true, Language: "ja"})
		w.must(err)
		_, err = d.CorrectCertificate(ctx, w.yumi, string(h.Number))
		w.refused(problem.Forbidden, err)
		n, err := d.CorrectCertificate(ctx, w.coordinator, string(h.Number))
		w.must(err)
		fresh := w.held(certificate.KindCourse, "c1-home-working")
		if fresh.Number != n || fresh.Revision != 2 || fresh.Cause != certificate.Corrected || fresh.Replaces != h.Number || !fresh.Public ||
			fresh.Snapshot.Name != "髙橋 由美" || fresh.Snapshot.Latin != "Yumi Takahashi" || len(fresh.Snapshot.Pieces) != len(h.Snapshot.Pieces) {
			t.Errorf("corrected: %+v", fresh)
		}
		if got := w.stands(h.Number); got != [4]string{"replaced", "replaced", "revoked", "revoked"} {
			t.Errorf("the old one: %v", got)
		}
		if got := w.stands(n); got != [4]string{"valid", "valid", "valid", "valid"} {
			t.Errorf("the new one: %v", got)
		}
		if v, err := d.Verify(ctx, string(h.Number)); err != nil || v.Successor != n || v.Reason != certificate.NameChanged {
			t.Errorf("told: %+v, %v", v, err)
		}
		w.refused(problem.Conflict, d.RevokeCertificate(ctx, w.coordinator, string(h.Number), desk.RevokeForm{Reason: certificate.IssuedInError}))
	})
}

// A skill certificate lapses twelve months after its newest evidence, and is renewed by newer evidence alone.
func TestSkillCertificateLapsesAndIsRenewed(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindSkill, "OFF-03")
		record, err := w.Store.Record(ctx, w.yumi.Member)
		w.must(err)
		newest := record.StandAt("OFF-03", skill.Alone, w.Clock.Now())
		if !h.Until.Equal(dayEnd(newest.Newest.AddDate(0, skill.LapseMonths, 0))) || h.Edition != "L2" || len(h.Snapshot.Pieces) < certificate.SkillPieces {
			t.Errorf("%+v lapses %v, its newest evidence is of %v", h.Snapshot, h.Until, newest.Newest)
		}
		_, err = d.RenewCertificate(ctx, w.yumi, string(h.Number))
		w.refused(problem.Conflict, err)

		w.Clock.Set(h.Until.Add(-time.Millisecond))
		if v, err := d.Verify(ctx, string(h.Number)); err != nil || v.State != certificate.Valid {
			t.Errorf("just before: %v, %v", v.State, err)
		}
		w.Clock.Set(h.Until)
		if v, err := d.Verify(ctx, string(h.Number)); err != nil || v.State != certificate.Lapsed {
			t.Errorf("at its end: %v, %v", v.State, err)
		}
		w.newEvidence("OFF-03")
		_, err = d.RenewCertificate(ctx, w.outsider, string(h.Number))
		w.refused(problem.NotFound, err)
		n, err := d.RenewCertificate(ctx, w.yumi, string(h.Number))
		w.must(err)
		fresh := w.held(certificate.KindSkill, "OFF-03")
		if fresh.Number != n || fresh.Cause != certificate.Renewed || fresh.Replaces != h.Number || !fresh.Until.Equal(dayEnd(w.Clock.Now().AddDate(0, skill.LapseMonths, 0))) {
			t.Errorf("renewed: %+v", fresh)
		}
		if got := w.stands(h.Number); got != [4]string{"replaced", "replaced", "revoked", "revoked"} {
			t.Errorf("the old one: %v", got)
		}
		if got := w.stands(n); got != [4]string{"valid", "valid", "valid", "valid"} {
			t.Errorf("the new one: %v", got)
		}
	})
}

// dayEnd is the last millisecond of a day in Japan.
func dayEnd(t time.Time) time.Time {
	y, m, d := t.In(demo.Zone).Date()
	return time.Date(y, m, d, 23, 59, 59, 999_000_000, demo.Zone)
}

// newEvidence proves a skill of yumi's once more, as a copy of her newest award at another attempt.
func (w lives) newEvidence(id skill.ID) {
	w.t.Helper()
	record, err := w.Store.Record(w.t.Context(), w.yumi.Member)
	w.must(err)
	award := record.Of(id, skill.Alone)[0]
	var other skill.Evidence
	for _, a := range record {
		if a.Skill != id && !slices.ContainsFunc(record, func(o skill.Award) bool { return o.Skill == id && o.Evidence.Attempt == a.Evidence.Attempt }) {
			other = a.Evidence
		}
	}
	award.At, award.Evidence.Attempt, award.Evidence.Piece = w.Clock.Now(), other.Attempt, other.Piece
	w.must(w.Store.Tx(w.t.Context(), func(ctx context.Context) error {
		_, err := w.Store.AddAward(ctx, award, 1, award.Evidence.Assessors[0])
		return err
	}))
}

// An award that is revoked takes with it what rested on it: the level, readiness, the skill's certificate. The ledger keeps it.
func TestRevokeAward(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindSkill, "OFF-03")
		before, err := w.Store.Ledger(ctx, w.yumi.Member)
		w.must(err)
		i := slices.IndexFunc(before, func(a skill.Award) bool { return a.Skill == "OFF-03" && a.Level >= skill.Alone })
		id := before[i].ID
		ready, err := w.Store.ReadinessOf(ctx, w.yumi.Member)
		w.must(err)
		if !ready["data-entry"].Ready {
			t.Fatal("yumi is not ready to begin with")
		}
		form := desk.RevokeAwardForm{Holder: w.yumi.Member, Reason: "judged_in_error", Note: "別の人の作品でした"}
		w.refused(problem.Forbidden, d.RevokeAward(ctx, w.mentor, id, form))
		w.refused(problem.Invalid, d.RevokeAward(ctx, w.coordinator, id, desk.RevokeAwardForm{Reason: "because"}))
		w.refused(problem.NotFound, d.RevokeAward(ctx, w.coordinator, id, desk.RevokeAwardForm{Holder: w.Actor(t, "haruka").Member, Reason: form.Reason}))
		w.must(d.RevokeAward(ctx, w.coordinator, id, form))
		w.refused(problem.Conflict, d.RevokeAward(ctx, w.coordinator, id, form))
		after, err := w.Store.Ledger(ctx, w.yumi.Member)
		w.must(err)
		if len(after) != len(before) || after[i].Revocation.Reason != form.Reason || after[i].Revocation.By != w.coordinator.Member {
			t.Errorf("the ledger has %+v", after[i].Revocation)
		}
		record, err := w.Store.Record(ctx, w.yumi.Member)
		w.must(err)
		if len(record) != len(before)-1 {
			t.Errorf("%d awards count of %d", len(record), len(before))
		}
		if ready, err = w.Store.ReadinessOf(ctx, w.yumi.Member); err != nil || ready["data-entry"].Ready {
			t.Errorf("still ready, %v", err)
		}
		if v, err := d.Verify(ctx, string(h.Number)); err != nil || v.State != certificate.Revoked || v.Reason != certificate.LostEvidence {
			t.Errorf("the certificate: %+v, %v", v, err)
		}
	})
}

// A skill certificate that was earned before there were any is found by recounting, and granted; nothing else is.
func TestRecountFindsEarnedSkills(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindSkill, "OFF-03")
		w.ungrant(h.Grant)
		for _, fix := range []bool{false, true} {
			found, err := d.Recount(ctx, fix)
			w.must(err)
			if len(found) != 1 || found[0].Figure != "certificate.due" || found[0].Part != "OFF-03 L2" || found[0].Member != w.yumi.Member || found[0].Fixed != fix {
				t.Errorf("found %+v", found)
			}
		}
		if again := w.held(certificate.KindSkill, "OFF-03"); again.Number == h.Number || len(again.Snapshot.Pieces) != len(h.Snapshot.Pieces) {
			t.Errorf("granted %+v", again)
		}
		if found, err := d.Recount(ctx, false); err != nil || len(found) > 0 {
			t.Errorf("and then %+v, %v", found, err)
		}
	})
}

// change writes to the database past the deeds.
func (w lives) change(format string, args ...any) {
	w.t.Helper()
	_, err := demotest.Open(w.t, w.DSN).ExecContext(w.t.Context(), fmt.Sprintf(format, args...))
	w.must(err)
}

// skillGrants are yumi's grants of skills.
func (w lives) skillGrants() []certificate.Grant {
	w.t.Helper()
	all, err := w.Store.Grants(w.t.Context(), w.yumi.Member)
	w.must(err)
	return slices.DeleteFunc(all, func(g certificate.Grant) bool { return g.Kind != certificate.KindSkill })
}

// ungrant takes a grant away as if it had never been made.
func (w lives) ungrant(g certificate.GrantID) {
	w.t.Helper()
	w.change("DELETE FROM certificate WHERE grant_id = %d", g)
	w.change("DELETE FROM certificate_grant WHERE id = %d", g)
}

// A certificate of a higher level that was missed is found although one of a lower level was granted.
func TestRecountFindsEarnedLevelBesideAnother(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, h := t.Context(), w.held(certificate.KindSkill, "OFF-03")
		w.change("UPDATE award SET level = 3 WHERE skill = 'OFF-03' AND level = 2 AND member_id = %d", w.yumi.Member)
		for _, fix := range []bool{false, true} {
			found, err := w.Desk.Recount(ctx, fix)
			w.must(err)
			if len(found) != 1 || found[0].Figure != "certificate.due" || found[0].Part != "OFF-03 L3" || found[0].Member != w.yumi.Member || found[0].Fixed != fix {
				t.Errorf("found %+v", found)
			}
		}
		if fresh := w.held(certificate.KindSkill, "OFF-03"); fresh.Edition != "L3" || fresh.Number == h.Number || fresh.Revision != 1 {
			t.Errorf("granted %+v", fresh)
		}
		if found, err := w.Desk.Recount(ctx, false); err != nil || len(found) > 0 {
			t.Errorf("and then %+v, %v", found, err)
		}
	})
}

// Certificates that were missed are granted each in the center of the judgement that completed it, as the deed would have.
func TestRecountGrantsWhereItWasEarned(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, db, grants := t.Context(), demotest.Open(t, w.DSN), w.skillGrants()
		completed := func(g certificate.Grant) (piece int64, center member.CenterID) {
			const query = `SELECT b.id, b.center_id FROM assessment a JOIN submission b ON b.id = a.submission_id WHERE b.member_id = %d AND a.at = %d`
			w.must(db.QueryRowContext(ctx, fmt.Sprintf(query, g.Member, g.At.UnixMilli())).Scan(&piece, &center))
			return piece, center
		}
		piece, _ := completed(grants[0])
		w.change("UPDATE submission SET center_id = %d WHERE id = %d", w.outsider.Center, piece)
		want, centers := map[string]member.CenterID{}, map[member.CenterID]bool{}
		for _, g := range grants {
			_, center := completed(g)
			want[g.Subject+g.Edition], centers[center] = center, true
			w.ungrant(g.ID)
		}
		if len(centers) != 2 {
			t.Fatalf("all of %+v were completed in one center", grants)
		}
		found, err := w.Desk.Recount(ctx, true)
		if err != nil || len(found) != len(grants) {
			t.Errorf("found %+v, %v", found, err)
		}
		for _, g := range w.skillGrants() {
			if g.Center != want[g.Subject+g.Edition] {
				t.Errorf("%s %s was granted in center %d, not %d", g.Subject, g.Edition, g.Center, want[g.Subject+g.Edition])
			}
		}
	})
}

// Mending what was missed renews nothing: only what is listed is written.
func TestRecountRenewsNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, h, grants := t.Context(), w.held(certificate.KindSkill, "OFF-03"), w.skillGrants()
		w.change("UPDATE certificate SET until_at = %d WHERE id = %d", w.Clock.Now().Add(time.Hour).UnixMilli(), h.ID)
		i := slices.IndexFunc(grants, func(g certificate.Grant) bool { return g.ID != h.Grant })
		w.ungrant(grants[i].ID)
		found, err := w.Desk.Recount(ctx, true)
		if err != nil || len(found) != 1 || found[0].Part != grants[i].Subject+" "+grants[i].Edition {
			t.Errorf("found %+v, %v", found, err)
		}
		if now := w.held(certificate.KindSkill, "OFF-03"); now.Number != h.Number || now.StateAt(w.Clock.Now()) != certificate.Valid {
			t.Errorf("renewed: %+v", now)
		}
	})
}

// Either all of a change happens or none.
func TestLifeIsAllOrNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindCourse, "c2-data-entry")
		_, err := d.SaveProfile(ctx, w.yumi, desk.ProfileForm{PrintedName: "髙橋 由美", HoursWeek: 10, Share: true, Language: "ja"})
		w.must(err)
		s := &school{t: t, Desk: d, dsn: w.DSN}
		db := s.raw()
		for _, table := range []string{"certificate", "certificate_change", "outbox", "event"} {
			before := w.counted(db)
			mend := s.breaks(db, table)
			if _, err := d.CorrectCertificate(ctx, w.coordinator, string(h.Number)); err == nil || problem.Is(err, problem.Conflict) {
				t.Errorf("%s broken: corrected, %v", table, err)
			}
			if err := d.RevokeCertificate(ctx, w.coordinator, string(h.Number), desk.RevokeForm{Reason: certificate.HolderAsked}); err == nil && table != "certificate" {
				t.Errorf("%s broken: revoked", table)
			}
			mend()
			if after := w.counted(db); table != "certificate" && after != before {
				t.Errorf("%s broken: %v became %v", table, before, after)
			}
			if table == "certificate" { // nothing is inserted there by a revocation: it went through
				if got := w.stands(h.Number); got[0] != "revoked" {
					t.Errorf("not revoked: %v", got)
				}
				h = w.held(certificate.KindCourse, "c1-home-working")
			}
		}
	})
}

func (w lives) counted(db *sql.DB) (n [4]int) {
	w.t.Helper()
	for i, table := range []string{"certificate", "certificate_change", "outbox", "event"} {
		w.must(db.QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n[i]))
	}
	return n
}

// Of two coordinators who change the same certificate at once, one does; the other is told that it has ended.
func TestChangesAtOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d := t.Context(), w.Desk
		h := w.held(certificate.KindCourse, "c2-data-entry")
		_, err := d.SaveProfile(ctx, w.yumi, desk.ProfileForm{PrintedName: "髙橋 由美", HoursWeek: 10, Share: true, Language: "ja"})
		w.must(err)
		_, errs := atOnce(6, func(i int) (struct{}, error) {
			if i%2 == 0 {
				_, err := d.CorrectCertificate(ctx, w.coordinator, string(h.Number))
				return struct{}{}, err
			}
			return struct{}{}, d.RevokeCertificate(ctx, w.coordinator, string(h.Number), desk.RevokeForm{Reason: certificate.HolderAsked})
		})
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !problem.Is(err, problem.Conflict):
				t.Error(err)
			}
		}
		revisions, err := w.Store.Revisions(ctx, h.Grant)
		w.must(err)
		ended := 0
		for _, r := range revisions {
			if !r.StateAt(w.Clock.Now()).MayEnd() {
				ended++
			}
		}
		if done != 1 || ended != 1 || len(revisions) > 2 {
			t.Errorf("%d done, %d of %d revisions ended", done, ended, len(revisions))
		}
	})
}
