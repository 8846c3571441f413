package badge

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/skill"
)

var (
	issued = time.Date(2025, 11, 20, 11, 30, 0, 0, time.UTC)
	today  = issued.AddDate(0, 0, 2)
)

const testAddress = "https://tenarai.example"

// claimAt is a claim as a certificate of the town makes it, with its place in the first status list.
func claimAt(position int) certificate.Claim {
	text := func(ja string) course.Text { return course.Text{JA: ja} }
	levels := [4]course.Text{2: text("仕様書どおりに、ひとりで入力できる。")}
	return certificate.Claim{
		Certificate: certificate.Certificate{
			Number: certificate.NewNumber(fmt.Appendf(nil, "%010d", position)), Issued: issued,
			Snapshot: certificate.Snapshot{
				Name: "𠮷田 由美", CenterName: "湯沢市 <在宅ワーク> センター", Code: "C2", Edition: "2026",
				Pieces: []certificate.Piece{
					{Title: text("台帳の入力"), Attempts: 2, Assessors: []string{"伊藤 誠"}, Passed: issued},
					{Title: text("名寄せ"), Attempts: 1, Assessors: []string{"伊藤 誠", "渡部 恵"}, Passed: issued, Assisted: true},
				},
				Skills: []certificate.Proven{
					{Skill: "OFF-03", Title: text("表計算"), Level: skill.Alone, Descriptor: levels[2]},
					{Skill: "SEC-01", Title: text("情報の扱い"), Level: skill.Alone, Descriptor: levels[2]},
				},
			},
		},
		Achievement: certificate.Achievement{
			Slug: "c2-data-entry", Code: "C2", Edition: "2026", Name: text("データ入力 修了証"), Course: text("データ入力・事務・文字起こし"), Minutes: 900,
			CanDo: []course.Text{text("見本どおりに入力できる"), text("誤りを見つけて直せる")}, Modules: []course.Text{text("入力のきほん"), text("名寄せ")},
			Skills: []certificate.AchievementSkill{
				{ID: "OFF-03", Title: text("表計算"), Levels: levels, ESCO: "576b305e-8c25-4546-8a69-87f975783114"},
				{ID: "SEC-01", Title: text("情報の扱い"), Levels: levels},
			},
		},
		Status: certificate.StatusEntry{List: 1, Position: position},
	}
}

// testKeys are one key of each algorithm, made once: an RSA key takes its time.
var testKeys = sync.OnceValue(func() map[certificate.Algorithm]certificate.SigningKey {
	out := map[certificate.Algorithm]certificate.SigningKey{}
	for _, a := range certificate.Algorithms {
		k, err := NewIssuer(testAddress).NewKey(a)
		if err != nil {
			panic(err)
		}
		k.Created = issued.Add(-time.Hour)
		out[a] = k
	}
	return out
})

// house is an issuer with what it publishes, by address.
type house struct {
	Issuer
	t         testing.TB
	published map[string][]byte
}

// openHouse publishes keys, and a status list in which the given places are revoked.
func openHouse(t testing.TB, address string, revoked ...int) *house {
	t.Helper()
	h := &house{Issuer: NewIssuer(address), t: t, published: map[string][]byte{}}
	var all []certificate.Key
	for _, a := range certificate.Algorithms {
		all = append(all, testKeys()[a].Key)
	}
	key := testKeys()[certificate.JWT].Key
	h.publish("https"+address[len(address)-len(hostPart(address)):]+"/.well-known/did.json", must(h.DIDDocument(all)))
	h.publish(address+"/.well-known/jwks.json", must(h.JWKS(all)))
	h.publish(h.keyAddress(key.KID), must(h.JWK(key)))
	h.publish(h.statusAddress(1), must(h.Issuer.StatusList(certificate.StatusList{N: 1, Changed: issued, Revoked: revoked}, testKeys()[certificate.DataIntegrity])))
	return h
}

// hostPart is an address from "://" on.
func hostPart(address string) string {
	for i := range address {
		if address[i] == ':' {
			return address[i:]
		}
	}
	return ""
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func (h *house) publish(address string, doc []byte) { h.published[address] = doc }

// load gives what is published; there is nothing else.
func (h *house) load(address string) ([]byte, error) {
	if doc, ok := h.published[address]; ok {
		return doc, nil
	}
	return nil, errors.New("nothing is published there")
}

func (h *house) signed(c certificate.Claim) []byte {
	h.t.Helper()
	doc, err := h.Credential(c, testKeys()[certificate.DataIntegrity])
	if err != nil {
		h.t.Fatal(err)
	}
	return doc
}

func (h *house) jwt(c certificate.Claim) []byte {
	h.t.Helper()
	doc, err := h.JWT(c, testKeys()[certificate.JWT])
	if err != nil {
		h.t.Fatal(err)
	}
	return doc
}

// without is the same house with something else, or nothing, published at an address.
func (h *house) without(address string, instead []byte) *house {
	other := *h
	other.published = maps.Clone(h.published)
	delete(other.published, address)
	if instead != nil {
		other.published[address] = instead
	}
	return &other
}
