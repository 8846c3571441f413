package desk_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// change keeps what happened to a certificate.
func change(t *testing.T, town *demotest.Town, number string, c certificate.Change) {
	t.Helper()
	err := town.Store.Tx(t.Context(), func(ctx context.Context) error {
		h, err := town.Store.CertificateByNumber(ctx, certificate.Number(number))
		if err != nil {
			return err
		}
		c.Certificate = h.ID
		_, err = town.Store.ChangeCertificate(ctx, c)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A file of ours is known to the last bit, and its credential says how the certificate stands now, whatever it is in.
func TestCheckCredential(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		d, ctx, yumi, number := town.Desk, t.Context(), town.Actor(t, "yumi"), numberOf(t, town, "yumi")
		if err := d.SetUpKeys(ctx); err != nil {
			t.Fatal(err)
		}
		pdf, _, err := d.CertificatePDF(ctx, yumi, number)
		if err != nil {
			t.Fatal(err)
		}
		check := func(file []byte) desk.CheckedFile {
			f, err := d.CheckCredential(ctx, file)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		if f := check(pdf.Bytes); f.Paper != certificate.Valid || !isOurs(f, number, certificate.Valid) || f.Kind != "pdf" || f.SHA256 != pdf.SHA256 {
			t.Errorf("our PDF: %+v", f)
		}
		if f := check(append(bytes.Clone(pdf.Bytes), ' ')); f.Paper != "" || !f.Credential || !isOurs(f, number, certificate.Valid) {
			t.Errorf("our PDF with a byte more: %+v", f)
		}
		files := map[string][]byte{}
		for _, form := range []certificate.Form{certificate.FormJSON, certificate.FormPNG, certificate.FormSVG} {
			if files[string(form)], err = d.Credential(ctx, yumi, number, form); err != nil {
				t.Fatal(err)
			}
			if f := check(files[string(form)]); !f.Credential || f.Kind != string(form) || !f.Report.Good() || !f.Report.Ours || !isOurs(f, number, certificate.Valid) {
				t.Errorf("%s: %+v", form, f)
			}
		}
		if f := check(bytes.Replace(files["json"], []byte(`"value":"`), []byte(`"value":"9`), 1)); f.Report.Good() || f.Ours != nil {
			t.Errorf("tampered with: %+v", f)
		}
		change(t, town, number, certificate.Change{State: certificate.Revoked, At: d.Now(), Reason: certificate.IssuedInError})
		for form, file := range files {
			if f := check(file); !f.Report.Has(certificate.TakenBack) || !isOurs(f, number, certificate.Revoked) {
				t.Errorf("%s, revoked: %+v", form, f)
			}
		}
		if f := check(pdf.Bytes); f.Paper != certificate.Valid || !isOurs(f, number, certificate.Revoked) {
			t.Errorf("our PDF, revoked since: %+v", f)
		}
	})
}

// isOurs tells whether a file is, or carries, a certificate of ours that stands so.
func isOurs(f desk.CheckedFile, number string, state certificate.State) bool {
	return f.Ours != nil && string(f.Ours.Number) == number && f.Ours.State == state
}

// A credential of ours about a number that nobody has here, as in a database put back to an older day, is told as what its
// signature says, and no page breaks.
func TestCheckForgottenNumber(t *testing.T) {
	town := demotest.SQLite(t)
	d, ctx, number := town.Desk, t.Context(), numberOf(t, town, "yumi")
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	doc, err := d.Credential(ctx, town.Actor(t, "yumi"), number, certificate.FormJSON)
	if err != nil {
		t.Fatal(err)
	}
	other := string(certificate.NewNumber([]byte("nobody-has")))
	if _, err := demotest.Open(t, town.DSN).ExecContext(ctx, fmt.Sprintf("UPDATE certificate SET number = '%s' WHERE number = '%s'", other, number)); err != nil {
		t.Fatal(err)
	}
	if f, err := d.CheckCredential(ctx, doc); err != nil || !f.Credential || f.Ours != nil {
		t.Errorf("%+v, %v", f, err)
	}
}

// What is no credential is told as that; of another issuer's it is told that nobody was asked for the key.
func TestCheckForeignCredential(t *testing.T) {
	town := demotest.SQLite(t)
	d, ctx := town.Desk, t.Context()
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	for _, nothing := range [][]byte{nil, []byte("hello"), []byte("%PDF-1.7\n"), []byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("x"), badge.LargestFile+1)} {
		if f, err := d.CheckCredential(ctx, nothing); err != nil || f.Credential || f.Ours != nil || f.Paper != "" {
			t.Errorf("%.10q: %+v, %v", nothing, f, err)
		}
	}
	cfg := d.Config
	cfg.Address, cfg.Badges = "https://elsewhere.example", badge.NewIssuer("https://elsewhere.example")
	foreign, err := desk.New(cfg).Credential(ctx, town.Actor(t, "yumi"), numberOf(t, town, "yumi"), certificate.FormJSON)
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.CheckCredential(ctx, foreign)
	if err != nil || !f.Credential || !f.Report.Has(certificate.KeyNotFetched) || f.Report.Ours || f.Ours != nil || f.Report.IssuerHost != "elsewhere.example" {
		t.Errorf("%+v, %v", f, err)
	}
}

// A trainee's whole record is one credential of what is valid on the day; others have none.
func TestRecordCredential(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		d, ctx, yumi := town.Desk, t.Context(), town.Actor(t, "yumi")
		if err := d.SetUpKeys(ctx); err != nil {
			t.Fatal(err)
		}
		held, err := town.Store.Certificates(ctx, yumi.Member)
		if err != nil || len(held) == 0 {
			t.Fatalf("%d certificates, %v", len(held), err)
		}
		addSkillCertificate(t, town, yumi)
		record := func() certificate.Report {
			doc, err := d.RecordCredential(ctx, yumi)
			if err != nil {
				t.Fatal(err)
			}
			f, err := d.CheckCredential(ctx, doc)
			if err != nil || !f.Credential || !f.Report.Record || !f.Report.Ours {
				t.Fatalf("%+v, %v", f, err)
			}
			return f.Report
		}
		before := record()
		if !before.Good() || len(before.Parts) != len(held)+1 || before.Parts[0].Until.IsZero() {
			t.Errorf("%+v", before)
		}
		change(t, town, string(held[0].Number), certificate.Change{State: certificate.Revoked, At: d.Now(), Reason: certificate.HolderAsked})
		if after := record(); !after.Good() || len(after.Parts) != len(held) {
			t.Errorf("after one was revoked: %+v", after)
		}
		if doc, err := d.RecordCredential(ctx, town.Actor(t, "aoi")); !problem.Is(err, problem.NotFound) || doc != nil {
			t.Errorf("of nothing: %s, %v", doc, err)
		}
		for _, who := range []string{"mentor", "company", "producer"} {
			if _, err := d.RecordCredential(ctx, town.Actor(t, who)); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if _, err := d.RecordCredential(ctx, desk.Actor{}); err == nil {
			t.Error("a stranger has a record")
		}
	})
}

// addSkillCertificate gives somebody the certificate of a skill, for a year.
func addSkillCertificate(t *testing.T, town *demotest.Town, a desk.Actor) {
	t.Helper()
	now := town.Desk.Now()
	err := town.Store.Tx(t.Context(), func(ctx context.Context) error {
		g := certificate.Grant{Member: a.Member, Center: a.Center, Kind: certificate.KindSkill, Subject: "OFF-04", Edition: "L2", At: now}
		id, err := town.Store.AddGrant(ctx, g)
		if err != nil {
			return err
		}
		s := town.Desk.Catalog.Skill("OFF-04")
		_, err = town.Store.AddCertificate(ctx, g.Center, certificate.Certificate{
			Grant: id, Revision: 1, Number: certificate.NewNumber([]byte("skill-0001")), Issued: now, Until: now.AddDate(1, 0, 0),
			Snapshot: certificate.Snapshot{
				Kind: certificate.KindSkill, Name: "由美", CenterName: "湯沢", Code: "OFF-04", Topic: s.Title, Title: s.Title, Edition: "L2",
				Skills: []certificate.Proven{{Skill: "OFF-04", Title: s.Title, Level: 2, Descriptor: s.Levels[2]}},
			},
		}, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A skill's achievement is there from the first day, a programme's from its first certificate on.
func TestAchievementKinds(t *testing.T) {
	demotest.Each(t, testAchievementKinds)
}

func testAchievementKinds(t *testing.T, town *demotest.Town) {
	d, ctx := town.Desk, t.Context()
	for _, s := range d.Catalog.Skills {
		a, err := d.Achievement(ctx, certificate.AchievementSlug(certificate.KindSkill, string(s.ID)))
		if err != nil || a.Code != string(s.ID) || len(a.Skills) != 1 || a.Skills[0].Levels != s.Levels {
			t.Errorf("%s: %+v, %v", s.ID, a, err)
		}
	}
	yumi := town.Actor(t, "yumi")
	in, err := town.Store.MemberCohorts(ctx, yumi.Member)
	if err != nil {
		t.Fatal(err)
	}
	subject := certificate.ProgrammeSubject(int64(in[0].ID))
	slug := certificate.AchievementSlug(certificate.KindProgramme, subject)
	if _, err := d.Achievement(ctx, slug); !problem.Is(err, problem.NotFound) {
		t.Errorf("a programme nobody completed: %v", err)
	}
	number := certificate.NewNumber([]byte("prog-00001"))
	err = town.Store.Tx(ctx, func(ctx context.Context) error {
		id, err := town.Store.AddGrant(ctx, certificate.Grant{Member: yumi.Member, Center: yumi.Center, Kind: certificate.KindProgramme, Subject: subject, At: d.Now()})
		if err != nil {
			return err
		}
		_, err = town.Store.AddCertificate(ctx, yumi.Center, certificate.Certificate{Grant: id, Revision: 1, Number: number, Issued: d.Now(), Snapshot: certificate.Snapshot{Kind: certificate.KindProgramme, Name: "由美"}}, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := d.Achievement(ctx, slug); err != nil || a.Kind != certificate.KindProgramme || a.Slug != slug {
		t.Errorf("%+v, %v", a, err)
	}
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	doc, err := d.Credential(ctx, yumi, string(number), certificate.FormJSON)
	if err != nil || !bytes.Contains(doc, []byte(`"`+d.Address+`/achievements/`+slug+`"`)) {
		t.Errorf("%v: %s", err, doc)
	}
	change(t, town, string(number), certificate.Change{State: certificate.Withdrawn, At: d.Now().Add(time.Second), By: member.ID(0), Reason: certificate.PersonErased})
	if _, err := d.Achievement(ctx, slug); !problem.Is(err, problem.NotFound) {
		t.Errorf("of somebody who was erased: %v", err)
	}
}

// A certificate with an end has it in both forms.
func TestCredentialLapses(t *testing.T) {
	town := demotest.SQLite(t)
	cfg := town.Desk.Config
	cfg.Address, cfg.Badges = "https://tenarai.test", badge.NewIssuer("https://tenarai.test")
	d, ctx, yumi := desk.New(cfg), t.Context(), town.Actor(t, "yumi")
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	addSkillCertificate(t, town, yumi)
	number := string(certificate.NewNumber([]byte("skill-0001")))
	for _, form := range []certificate.Form{certificate.FormJSON, certificate.FormJWT} {
		doc, err := d.Credential(ctx, yumi, number, form)
		if err != nil {
			t.Fatal(err)
		}
		town.Clock.Set(demotest.Now)
		f, err := d.CheckCredential(ctx, doc)
		if err != nil || !f.Report.Good() || !f.Report.Until.Equal(demotest.Now.AddDate(1, 0, 0).UTC()) {
			t.Errorf("%s: %+v, %v", form, f, err)
		}
		town.Clock.Set(demotest.Now.AddDate(1, 0, 1))
		if f, err := d.CheckCredential(ctx, doc); err != nil || !f.Report.Has(certificate.TimeOver) || !isOurs(f, number, certificate.Lapsed) {
			t.Errorf("%s, after its end: %+v, %v", form, f, err)
		}
	}
	if !bytes.Contains(claimsOf(t, d, yumi, number), []byte(`"exp":`)) {
		t.Error("the VC-JWT has no exp")
	}
}

// claimsOf is the payload of a certificate's VC-JWT.
func claimsOf(t *testing.T, d *desk.Desk, a desk.Actor, number string) []byte {
	t.Helper()
	doc, err := d.Credential(t.Context(), a, number, certificate.FormJWT)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(string(bytes.Split(doc, []byte("."))[1]))
	if err != nil {
		t.Fatal(err)
	}
	return payload
}
