package badge

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/skill"
)

// skillClaim is a claim as the certificate of a skill makes it.
func skillClaim(position int) certificate.Claim {
	c := claimAt(position)
	c.Until = issued.AddDate(1, 0, 0)
	c.Snapshot.Kind, c.Snapshot.Skills = certificate.KindSkill, c.Snapshot.Skills[:1]
	c.Snapshot.Pieces = append(c.Snapshot.Pieces[:1:1], certificate.Piece{Title: course.Text{JA: "以前の仕事の表"}, Attempts: 1, Passed: issued, Prior: true})
	levels := [4]course.Text{2: {JA: "仕様書どおりに、ひとりで入力できる。"}}
	c.Achievement = certificate.Achievement{
		Kind: certificate.KindSkill, Slug: certificate.AchievementSlug(certificate.KindSkill, "OFF-03"), Code: "OFF-03", Edition: "L2",
		Name: course.Text{JA: "技能証明書"}, Course: course.Text{JA: "表計算"}, Skills: []certificate.AchievementSkill{{ID: "OFF-03", Title: course.Text{JA: "表計算"}, Levels: levels}},
	}
	return c
}

// programmeClaim is a claim as the certificate of a whole programme makes it.
func programmeClaim(position int) certificate.Claim {
	c := claimAt(position)
	c.Snapshot.Kind, c.Snapshot.Pieces, c.Snapshot.Skills = certificate.KindProgramme, nil, nil
	c.Achievement = certificate.Achievement{
		Kind: certificate.KindProgramme, Slug: certificate.AchievementSlug(certificate.KindProgramme, "7"), Name: course.Text{JA: "プログラム修了証"},
		Course: course.Text{JA: "秋の組"}, Modules: []course.Text{{JA: "在宅ワークのきほん"}, {JA: "データ入力"}},
	}
	return c
}

func recordOf(claims ...certificate.Claim) certificate.RecordClaim {
	return certificate.RecordClaim{Name: "𠮷田 由美", CenterName: "湯沢市 <在宅ワーク> センター", Made: today, Claims: claims}
}

func (h *house) record(claims ...certificate.Claim) []byte {
	h.t.Helper()
	doc, err := h.Issuer.Record(recordOf(claims...), testKeys()[certificate.DataIntegrity])
	if err != nil {
		h.t.Fatal(err)
	}
	return doc
}

// Each kind of certificate says what it is for, and lapses when the certificate does; a course's address stays as it was.
func TestKinds(t *testing.T) {
	h := openHouse(t, testAddress)
	for _, c := range []struct {
		claim               certificate.Claim
		address, kind, says string
	}{
		{claimAt(1), "/achievements/c2-data-entry", "Certificate", "講座「データ入力・事務・文字起こし」"},
		{skillClaim(2), "/achievements/skill-off-03", "Competency", "技能「表計算」（OFF-03）"},
		{programmeClaim(3), "/achievements/programme-7", "Certificate", "プログラム「秋の組」"},
	} {
		for form, doc := range h.forms(c.claim) {
			if r := h.check(doc, today); !r.Good() || !r.Until.Equal(c.claim.Until) || len(r.Achievements) != 1 || r.Achievements[0] != c.claim.Achievement.Name.JA || r.Evidence != len(c.claim.Snapshot.Pieces) {
				t.Errorf("%s, %s: %+v", c.address, form, r)
			}
			if !c.claim.Until.IsZero() && !h.check(doc, c.claim.Until.Add(time.Second)).Has(certificate.TimeOver) {
				t.Errorf("%s, %s does not lapse", c.address, form)
			}
		}
		var said struct {
			Subject struct {
				Achievement struct {
					ID, AchievementType string
					Criteria            struct{ Narrative string }
				}
			} `json:"credentialSubject"`
		}
		if err := json.Unmarshal(h.signed(c.claim), &said); err != nil {
			t.Fatal(err)
		}
		if a := said.Subject.Achievement; a.ID != testAddress+c.address || a.AchievementType != c.kind || !strings.Contains(a.Criteria.Narrative, c.says) {
			t.Errorf("%+v", a)
		}
	}
	if doc := h.signed(skillClaim(2)); !bytes.Contains(doc, []byte(priorLearning)) || !bytes.Contains(doc, []byte("別の場所で行った仕事")) {
		t.Error("a portfolio is not told as prior learning")
	}
	if payload, _ := jwtEncoding.DecodeString(strings.Split(string(h.jwt(skillClaim(2))), ".")[1]); !bytes.Contains(payload, []byte(`"exp":`)) {
		t.Error("the VC-JWT has no exp")
	}
}

// A record holds its certificates whole: each can be taken out and is good alone.
func TestRecord(t *testing.T) {
	h := openHouse(t, testAddress)
	claims := []certificate.Claim{claimAt(1), skillClaim(2), programmeClaim(3)}
	doc := h.record(claims...)
	if again := h.record(claims...); !bytes.Equal(doc, again) {
		t.Error("made twice it is another")
	}
	r := h.check(doc, today)
	if !r.Good() || !r.Record || len(r.Parts) != len(claims) || r.Issuer != h.DID() || !r.Until.Equal(today.AddDate(0, 0, certificate.RecordDays)) {
		t.Errorf("%+v", r)
	}
	plain, _ := readObject(doc)
	for n, inner := range plain["credentialSubject"].(object)["verifiableCredential"].([]any) {
		if alone := must(encode(inner)); !bytes.Equal(alone, h.signed(claims[n])) || !h.check(alone, today).Good() {
			t.Errorf("%d is not good alone", n)
		}
	}
	if empty, err := h.Issuer.Record(recordOf(), testKeys()[certificate.DataIntegrity]); err == nil {
		t.Errorf("a record of nothing: %s", empty)
	}
	for _, name := range []string{"𠮷田", "由美"} {
		if bytes.Contains(doc, []byte(name)) {
			t.Errorf("it says %s", name)
		}
	}
}

// A record says of each certificate how it stands now: one that was taken back, or has lapsed, spoils the whole.
func TestRecordFollowsItsParts(t *testing.T) {
	h := openHouse(t, testAddress, 2)
	r := h.check(h.record(claimAt(1), skillClaim(2)), today)
	if r.Good() || !r.Has(certificate.BadPart) || !r.Authentic() || !r.Parts[0].Good() || !r.Parts[1].Has(certificate.TakenBack) {
		t.Errorf("%v, %+v", r.Faults, r.Parts)
	}
	wrapped := mustObject(h.record(claimAt(1), skillClaim(2))) // says the same to JSON-LD
	wrapped["credentialSubject"] = []any{wrapped["credentialSubject"]}
	if r := h.check(must(encode(wrapped)), today); r.Good() || !r.Has(certificate.BadPart) {
		t.Errorf("in an array: %v", r.Faults)
	}
	if r := openHouse(t, testAddress).check(h.record(claimAt(1)), today.AddDate(0, 0, certificate.RecordDays+1)); !r.Has(certificate.TimeOver) {
		t.Errorf("an old record: %v", r.Faults)
	}
}

// What was not looked into is not said to be bad; what speaks against one part counts whatever is open about another.
func TestRecordNotCheckedToTheEnd(t *testing.T) {
	h := openHouse(t, testAddress, 2)
	doc := h.record(claimAt(1), skillClaim(2))
	unasked := func(at time.Time) certificate.Report {
		r, err := Verify(doc, at, func(string) ([]byte, error) { return nil, certificate.ErrNotFetched })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := unasked(today); !r.Open() || r.Has(certificate.BadPart) || !r.Has(certificate.OpenPart) || len(r.Parts) != 2 || !r.Parts[0].Open() {
		t.Errorf("%v, %+v", r.Faults, r.Parts)
	}
	if r := unasked(today.AddDate(2, 0, 0)); r.Open() || !r.Has(certificate.BadPart) {
		t.Errorf("lapsed since: %v", r.Faults)
	}
	if r := h.check(doc, today); r.Open() || r.Good() {
		t.Errorf("one is revoked: %v", r.Faults)
	}
	if r := openHouse(t, testAddress).check(doc, today); r.Open() || !r.Good() {
		t.Errorf("a good one: %v", r.Faults)
	}
}

// holding is somebody's signed document that holds others, called by a type.
func holding(t *testing.T, kind string, parts ...any) object {
	t.Helper()
	did, key := stranger(t)
	doc := foreign(did)
	doc["@context"] = []any{contextVC, contextCLR, contextOB}
	doc["id"], doc["type"] = "https://school.example/"+did[len("did:key:"):], []any{"VerifiableCredential", kind}
	doc["credentialSubject"] = object{"id": did + "#holder", "type": []any{"ClrSubject"}, "verifiableCredential": parts}
	return mustObject(proven(t, doc, key, did+"#"+did[len("did:key:"):], false))
}

// What a record holds is looked into however it is wrapped: in records in records, under another name.
func TestRecordInRecord(t *testing.T) {
	h := openHouse(t, testAddress, 2)
	const clr = "ClrCredential"
	good, revoked := mustObject(h.signed(claimAt(1))), mustObject(h.signed(skillClaim(2)))
	deep := func(n int) any {
		var doc any = good
		for range n {
			doc = holding(t, clr, doc)
		}
		return doc
	}
	for what, c := range map[string]struct {
		doc  any
		good bool
	}{
		"one": {holding(t, clr, good), true}, "one in one": {deep(2), true}, "as deep as may be": {deep(mostRecords), true}, "deeper": {deep(mostRecords + 1), false},
		"revoked":              {holding(t, clr, good, revoked), false},
		"revoked in one":       {holding(t, clr, good, holding(t, clr, revoked)), false},
		"revoked, as a VC-JWT": {holding(t, clr, holding(t, clr, string(h.jwt(skillClaim(2))))), false},
		"not called a record":  {holding(t, "OpenBadgeCredential", revoked), false},
		"wrapped in none":      {holding(t, clr, holding(t, "OpenBadgeCredential", revoked)), false},
		"our record in one":    {holding(t, clr, mustObject(h.record(claimAt(1), skillClaim(2)))), false},
	} {
		if r := h.check(must(encode(c.doc)), today); r.Good() != c.good || !c.good && !r.Has(certificate.BadPart) && (what != "deeper" || !r.Has(certificate.OpenPart)) || !r.Authentic() {
			t.Errorf("%s: %v", what, r.Why)
		}
	}
	var many []any
	for range mostParts/2 + 1 {
		many = append(many, "x")
	}
	if r := h.check(must(encode(holding(t, clr, holding(t, clr, many...), holding(t, clr, many...)))), today); !r.Has(certificate.OpenPart) || len(r.Parts[1].Faults) != 1 {
		t.Errorf("%d in each of two: %v", len(many), r.Parts[1].Faults)
	}
}

// Nothing in a record can be changed, left out, doubled or put in from another.
func TestRecordTampering(t *testing.T) {
	h := openHouse(t, testAddress)
	doc := h.record(claimAt(1), skillClaim(2))
	plain, err := decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	step := 7 // and all of the proofs: a check takes its time
	if testing.Short() {
		step = 31
	}
	for n, p := range leaves(plain, nil) {
		if n%step != 0 && !strings.Contains(stringOf(p), "proof") {
			continue
		}
		fresh, _ := decode(doc)
		r, err := Verify(must(json.Marshal(change(fresh, p, other))), today, h.load)
		if err == nil && r.Good() {
			t.Errorf("%v was changed, and nobody noticed", p)
		}
	}
	for what, edit := range map[string]func(list []any) []any{
		"one left out": func(l []any) []any { return l[:1] },
		"none":         func([]any) []any { return []any{} },
		"another":      func(l []any) []any { return append(l, mustObject(h.signed(claimAt(9)))) },
	} {
		fresh, _ := readObject(doc)
		subject := fresh["credentialSubject"].(object)
		subject["verifiableCredential"] = edit(subject["verifiableCredential"].([]any))
		if r, err := Verify(must(encode(fresh)), today, h.load); err == nil && r.Good() {
			t.Errorf("%s, and nobody noticed", what)
		}
	}
}

func stringOf(path []any) string {
	b, _ := json.Marshal(path)
	return string(b)
}

func mustObject(doc []byte) object {
	o, err := readObject(doc)
	if err != nil {
		panic(err)
	}
	return o
}

// A record of all that a long time of learning gives is no tangle.
func TestLongRecord(t *testing.T) {
	h := openHouse(t, testAddress)
	var claims []certificate.Claim
	for n := range 12 {
		c := claimAt(n)
		c.Achievement.Skills = append(c.Achievement.Skills, certificate.AchievementSkill{ID: "DOC-01", Title: course.Text{JA: "文書"}, ESCO: "x"})
		c.Snapshot.Skills = append(c.Snapshot.Skills, certificate.Proven{Skill: "DOC-01", Title: course.Text{JA: "文書"}, Level: skill.Alone})
		claims = append(claims, c)
	}
	if r := h.check(h.record(claims...), today); !r.Good() || len(r.Parts) != len(claims) {
		t.Errorf("%v", r.Why)
	}
}

func TestAchievementSlugs(t *testing.T) {
	for slug, want := range map[string]struct {
		kind    certificate.Kind
		subject string
	}{
		"c1-home-working": {certificate.KindCourse, "c1-home-working"}, "skill-off-03": {certificate.KindSkill, "OFF-03"}, "programme-7": {certificate.KindProgramme, "7"},
	} {
		kind, subject := certificate.ParseAchievementSlug(slug)
		if kind != want.kind || subject != want.subject || certificate.AchievementSlug(kind, subject) != slug {
			t.Errorf("%s is %s %s", slug, kind, subject)
		}
	}
	if kind, _ := certificate.ParseAchievementSlug("skill-OFF-03"); kind == certificate.KindSkill {
		t.Error("one achievement has two addresses")
	}
}

func BenchmarkRecord(b *testing.B) {
	h := openHouse(b, testAddress)
	claims := []certificate.Claim{claimAt(1), skillClaim(2), programmeClaim(3)}
	for b.Loop() {
		_, _ = h.Issuer.Record(recordOf(claims...), testKeys()[certificate.DataIntegrity])
	}
}
