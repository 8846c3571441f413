package badge

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/certificate"
)

// forms are a claim in each signed form.
func (h *house) forms(c certificate.Claim) map[string][]byte {
	h.t.Helper()
	return map[string][]byte{"embedded proof": h.signed(c), "VC-JWT": h.jwt(c)}
}

func (h *house) check(doc []byte, now time.Time) certificate.Report {
	h.t.Helper()
	r, err := Verify(doc, now, h.load)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// What is issued is good, in both forms, on a public host and on this machine, and says what it is about.
func TestIssuedIsGood(t *testing.T) {
	for _, address := range []string{testAddress, "http://127.0.0.1:8080"} {
		h := openHouse(t, address)
		c := claimAt(94_567)
		for form, doc := range h.forms(c) {
			r := h.check(doc, today)
			if !r.Good() || r.ID != address+"/credentials/"+string(c.Number) || r.Issuer != h.DID() || r.IssuerName != c.Snapshot.CenterName || !r.From.Equal(issued) {
				t.Errorf("%s at %s: %+v", form, address, r)
			}
		}
	}
}

// The same claim and key make the same bytes, so that whoever fetches a credential twice has one.
func TestIssuingIsRepeatable(t *testing.T) {
	h, c := openHouse(t, testAddress), claimAt(1)
	for form, doc := range h.forms(c) {
		if again := h.forms(c)[form]; !bytes.Equal(doc, again) {
			t.Errorf("%s differs", form)
		}
	}
}

// A revoked credential is revoked and its neighbours are not.
func TestRevoked(t *testing.T) {
	const last = certificate.StatusPlaces - 1
	h := openHouse(t, testAddress, 0, 23, last)
	for position, want := range map[int]bool{0: true, 1: false, 22: false, 23: true, 24: false, last: true, last - 1: false} {
		for form, doc := range h.forms(claimAt(position)) {
			if r := h.check(doc, today); r.Has(certificate.TakenBack) != want || r.Good() == want {
				t.Errorf("%s at %d: %v", form, position, r.Faults)
			}
		}
	}
}

// Before its time and after it a credential is not good.
func TestDates(t *testing.T) {
	h := openHouse(t, testAddress)
	for _, doc := range h.forms(claimAt(1)) {
		if r := h.check(doc, issued.Add(-time.Second)); !r.Has(certificate.NotYet) {
			t.Errorf("before its time: %v", r.Faults)
		}
	}
	until := h.credential(claimAt(1))
	until["validUntil"] = stamp(issued.AddDate(1, 0, 0))
	signed, err := h.prove(until, testKeys()[certificate.DataIntegrity], issued)
	if err != nil {
		t.Fatal(err)
	}
	doc := must(encode(signed))
	if r := h.check(doc, issued.AddDate(1, 0, 0)); !r.Good() {
		t.Errorf("on its last second: %v", r.Why)
	}
	if r := h.check(doc, issued.AddDate(1, 0, 0).Add(time.Second)); !r.Has(certificate.TimeOver) {
		t.Errorf("after its time: %v", r.Faults)
	}
}

// leaves are the paths of all texts, numbers and truths in a document.
func leaves(v any, at []any) [][]any {
	var out [][]any
	switch v := v.(type) {
	case object:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(v[k], append(slices.Clone(at), k))...)
		}
	case []any:
		for i, e := range v {
			out = append(out, leaves(e, append(slices.Clone(at), i))...)
		}
	default:
		out = append(out, at)
	}
	return out
}

// change replaces what stands at a path.
func change(v any, at []any, by func(any) any) any {
	if len(at) == 0 {
		return by(v)
	}
	switch k := at[0].(type) {
	case string:
		o := v.(object)
		o[k] = change(o[k], at[1:], by)
	case int:
		l := v.([]any)
		l[k] = change(l[k], at[1:], by)
	}
	return v
}

func other(v any) any {
	switch v := v.(type) {
	case string:
		return v + "x"
	case bool:
		return !v
	}
	return "x"
}

// No text, number or truth in a credential can be changed, and nothing added, without it being refused.
func TestTamperingIsRefused(t *testing.T) {
	h := openHouse(t, testAddress)
	doc := h.signed(claimAt(5))
	plain, err := decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	paths := leaves(plain, nil)
	if len(paths) < 60 {
		t.Fatalf("only %d leaves", len(paths))
	}
	for _, p := range paths {
		fresh, _ := decode(doc)
		r, err := Verify(must(json.Marshal(change(fresh, p, other))), today, h.load)
		if err == nil && r.Good() {
			t.Errorf("%v was changed, and nobody noticed", p)
		}
	}
	for _, add := range []object{
		{"note": "added"},
		{"type": []any{"VerifiableCredential", "OpenBadgeCredential", "Diploma"}},
		{"description": "added"},
		{"credentialSubject": []any{object{"id": "urn:x"}}},
		{"proof": []any{}},
		{"proof": nil},
		{"issuer": "did:web:evil.example"},
	} {
		fresh, _ := readObject(doc)
		maps.Copy(fresh, add)
		if r, err := Verify(must(json.Marshal(fresh)), today, h.load); err == nil && r.Good() {
			t.Errorf("%v was added, and nobody noticed", add)
		}
	}
	if r := h.check(tamperJWT(t, h.jwt(claimAt(5))), today); !r.Has(certificate.Forged) {
		t.Errorf("a changed VC-JWT: %v", r.Faults)
	}
}

// A key counts only if the issuer publishes it: not because it is named, not from another issuer, not for another purpose.
func TestKeyMustBeTheIssuers(t *testing.T) {
	h := openHouse(t, testAddress)
	_, mine, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	name := multikey(mine.Public().(ed25519.PublicKey))
	forge := func(method string) []byte {
		signed, err := known().prove(h.credential(claimAt(1)), mine, method, stamp(issued))
		if err != nil {
			t.Fatal(err)
		}
		return must(encode(signed))
	}
	for _, method := range []string{h.DID() + "#" + name, "did:key:" + name + "#" + name, "did:web:evil.example#" + name, name, ""} {
		if r := h.check(forge(method), today); r.Good() || !r.Has(certificate.Unattested) {
			t.Errorf("%s: %v", method, r.Faults)
		}
	}
	// Published, but not for assertions.
	method := h.DID() + "#" + name
	did := object{"id": h.DID(), "verificationMethod": []any{object{"id": method, "controller": h.DID(), "type": "Multikey", "publicKeyMultibase": name}}}
	const at = testAddress + "/.well-known/did.json"
	if r, err := Verify(forge(method), today, h.without(at, must(encode(did))).load); err != nil || !r.Has(certificate.Unattested) {
		t.Errorf("a key for another purpose: %v, %v", r.Faults, err)
	}
	did["assertionMethod"] = []any{method}
	if r, err := Verify(forge(method), today, h.without(at, must(encode(did))).load); err != nil || r.Has(certificate.Unattested) || r.Has(certificate.Forged) {
		t.Errorf("a key for assertions: %v, %v", r.Why, err)
	}
	for what, change := range map[string]func(){
		"a document about another": func() { did["id"] = "did:web:evil.example" },
		"another's key":            func() { did["verificationMethod"].([]any)[0].(object)["controller"] = "did:web:evil.example" },
	} {
		did["id"], did["verificationMethod"].([]any)[0].(object)["controller"] = h.DID(), h.DID()
		change()
		if r, err := Verify(forge(method), today, h.without(at, must(encode(did))).load); err != nil || !r.Has(certificate.Unattested) {
			t.Errorf("%s: %v, %v", what, r.Faults, err)
		}
	}
	// A VC-JWT whose key stands elsewhere.
	foreign := NewIssuer("https://evil.example")
	signed, err := foreign.JWT(claimAt(1), testKeys()[certificate.JWT])
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(signed, today, h.load); err != nil || !r.Has(certificate.Unattested) {
		t.Errorf("a VC-JWT of an issuer that publishes nothing: %v, %v", r.Faults, err)
	}
}

// A status that cannot be found out, or that somebody else tells, is a fault.
func TestStatusMustBeTheIssuers(t *testing.T) {
	h := openHouse(t, testAddress, 23)
	doc, at := h.signed(claimAt(23)), h.statusAddress(1)
	list := h.published[at]
	zeros := must(NewIssuer(testAddress).StatusList(certificate.StatusList{N: 1, Changed: issued}, testKeys()[certificate.DataIntegrity]))
	bits, _ := packBits(certificate.StatusPlaces, nil)
	forged, _ := readObject(list)
	forged["credentialSubject"].(object)["encodedList"] = bits
	foreign := must(NewIssuer("https://evil.example").StatusList(certificate.StatusList{N: 1, Changed: issued}, testKeys()[certificate.DataIntegrity]))
	for what, instead := range map[string][]byte{
		"missing": nil, "no JSON": []byte("<html>"), "unsigned zeros": must(encode(forged)), "another issuer's": foreign,
		"another list": must(h.Issuer.StatusList(certificate.StatusList{N: 2, Changed: issued}, testKeys()[certificate.DataIntegrity])),
	} {
		if r, err := Verify(doc, today, h.without(at, instead).load); err != nil || !r.Has(certificate.StatusUnknown) {
			t.Errorf("%s: %v, %v", what, r.Faults, err)
		}
	}
	if r, err := Verify(doc, today, h.without(at, zeros).load); err != nil || !r.Good() {
		t.Errorf("the issuer's own list: %v, %v", r.Why, err)
	}
}

// What is signed stays good when keys are rotated, as long as the old ones are published.
func TestRotation(t *testing.T) {
	h := openHouse(t, testAddress)
	doc := h.signed(claimAt(1))
	fresh, err := h.NewKey(certificate.DataIntegrity)
	if err != nil {
		t.Fatal(err)
	}
	fresh.Created = today
	old := testKeys()[certificate.DataIntegrity].Key
	old.Retired = today
	const at = testAddress + "/.well-known/did.json"
	both := h.without(at, must(h.DIDDocument([]certificate.Key{old, fresh.Key})))
	both.publish(h.statusAddress(1), must(h.Issuer.StatusList(certificate.StatusList{N: 1, Changed: issued}, fresh)))
	again, err := h.Credential(claimAt(1), fresh)
	if err != nil {
		t.Fatal(err)
	}
	for what, one := range map[string][]byte{"old": doc, "new": again} {
		if r, err := Verify(one, today, both.load); err != nil || !r.Good() {
			t.Errorf("%s: %v, %v", what, r.Why, err)
		}
	}
	if r, err := Verify(doc, today, h.without(at, must(h.DIDDocument([]certificate.Key{fresh.Key}))).load); err != nil || !r.Has(certificate.Unattested) {
		t.Errorf("without the old key: %v, %v", r.Faults, err)
	}
}

func TestUnreadable(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "null", "x.y.z", `{"a":1} {"b":2}`, `{"type":"VerifiableCredential"}]`, `{"type":"VerifiableCredential"}}`, `{"type":"VerifiableCredential"}x`, `{"type":"Other"}`, strings.Repeat(" ", Largest+1), "eyJhbGciOiJub25lIn0.e30."} {
		if _, err := Verify([]byte(text), today, nil); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

// Nothing a credential holds tells who its holder is, but to somebody who knows the name.
func TestHolderIsNotNamed(t *testing.T) {
	h, c := openHouse(t, testAddress), claimAt(1)
	for form, doc := range h.forms(c) {
		text := string(doc)
		if form == "VC-JWT" {
			b, _ := jwtEncoding.DecodeString(strings.Split(text, ".")[1])
			text = string(b)
		}
		if !strings.Contains(text, "台帳の入力") {
			t.Errorf("%s: this test reads the wrong text", form)
		}
		for _, name := range []string{"𠮷田", "由美", "伊藤", "渡部"} {
			if strings.Contains(text, name) {
				t.Errorf("%s says %s", form, name)
			}
		}
	}
	right, wrong := hashedName(c.Snapshot.Name, string(c.Number)), hashedName("佐藤 葵", string(c.Number))
	if right["identityHash"] == wrong["identityHash"] || right["identityHash"] == hashedName(c.Snapshot.Name, "another")["identityHash"] {
		t.Error("the hash tells nothing apart")
	}
}

// A context that is not embedded is refused, whoever asks for it.
func TestOtherContextsAreRefused(t *testing.T) {
	h := openHouse(t, testAddress)
	for _, address := range []string{"https://evil.example/context", "https://www.w3.org/2018/credentials/v1", "file:///etc/passwd", "contexts/credentials-v2.json"} {
		doc := h.credential(claimAt(1))
		doc["@context"] = append(slices.Clone(doc["@context"].([]any)), address)
		if _, err := h.prove(doc, testKeys()[certificate.DataIntegrity], issued); err == nil || !strings.Contains(err.Error(), "not known here") && !strings.Contains(err.Error(), "loading") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A document made to keep the canonicalisation busy for ever is refused at once.
func TestTangledDocumentsAreRefused(t *testing.T) {
	h := openHouse(t, testAddress)
	doc := h.credential(claimAt(1))
	var twins []any
	for range 40 {
		twins = append(twins, object{"type": []any{"Result"}, "alignment": []any{object{"type": []any{"Alignment"}, "targetName": "x"}}})
	}
	result := doc["credentialSubject"].(object)["result"]
	doc["credentialSubject"].(object)["result"] = twins
	if err := known().sound(doc); err == nil || !strings.Contains(err.Error(), "alike") {
		t.Errorf("forty like each other: %v", err)
	}
	doc["credentialSubject"].(object)["result"] = result
	var leaves []any
	for range mostLeaves + 1 {
		leaves = append(leaves, object{"type": []any{"Evidence"}})
	}
	doc["evidence"] = leaves
	if err := known().sound(doc); err == nil || !strings.Contains(err.Error(), "alike") {
		t.Errorf("hundreds of leaves like each other: %v", err)
	}
	doc["evidence"] = leaves[:40]
	if err := known().sound(doc); err != nil {
		t.Errorf("forty leaves: %v", err)
	}
	doc["evidence"] = []any{object{"id": "_:a", "type": []any{"Evidence"}}}
	if err := known().sound(doc); err == nil {
		t.Error("a named blank node")
	}
}

// A type that no context defines would not be signed; the processor alone passes over it in silence.
func TestUndefinedTypeIsRefused(t *testing.T) {
	doc := openHouse(t, testAddress).credential(claimAt(1))
	doc["@context"] = []any{contextVC, contextOB} // without the one that defines the schema's type
	if err := known().sound(doc); err == nil || !strings.Contains(err.Error(), "1EdTechJsonSchemaValidator2019") {
		t.Errorf("%v", err)
	}
}

// Whatever is said in a claim, it can be issued, is good, and its pictures give it back.
func TestAnyClaim(t *testing.T) {
	h := openHouse(t, testAddress)
	rapid.Check(t, func(rt *rapid.T) {
		c := claimAt(rapid.IntRange(0, certificate.StatusPlaces-1).Draw(rt, "position"))
		c.Snapshot.Name, c.Snapshot.CenterName = rapid.String().Draw(rt, "name"), rapid.String().Draw(rt, "center")
		c.Achievement.Name.JA, c.Achievement.Code = rapid.String().Draw(rt, "title"), rapid.String().Draw(rt, "code")
		c.Achievement.Skills = c.Achievement.Skills[:rapid.IntRange(0, 2).Draw(rt, "skills")]
		c.Snapshot.Skills = c.Snapshot.Skills[:len(c.Achievement.Skills)]
		c.Snapshot.Pieces = c.Snapshot.Pieces[:rapid.IntRange(0, 2).Draw(rt, "pieces")]
		c.Snapshot.Pieces = slices.Repeat(c.Snapshot.Pieces, rapid.IntRange(0, 2).Draw(rt, "times"))
		doc, err := h.Credential(c, testKeys()[certificate.DataIntegrity])
		if err != nil {
			rt.Fatal(err)
		}
		if r, err := Verify(doc, today, h.load); err != nil || !r.Good() {
			rt.Fatalf("%v, %v", r.Why, err)
		}
		for _, form := range []certificate.Form{certificate.FormPNG, certificate.FormSVG} {
			picture, err := h.Bake(doc, c.Achievement, form)
			if err != nil {
				rt.Fatal(err)
			}
			if got, err := Unbake(picture); err != nil || !bytes.Equal(got, doc) {
				rt.Fatalf("%s: %v, %d bytes of %d", form, err, len(got), len(doc))
			}
		}
	})
}

// Several can issue and check at once.
func TestAtOnce(t *testing.T) {
	h := openHouse(t, testAddress)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			doc, err := h.Credential(claimAt(n), testKeys()[certificate.DataIntegrity])
			if err != nil {
				t.Error(err)
				return
			}
			if r, err := Verify(doc, today, h.load); err != nil || !r.Good() {
				t.Errorf("%v, %v", r.Why, err)
			}
		})
	}
	wg.Wait()
}

func FuzzVerify(f *testing.F) {
	h := openHouse(f, testAddress, 3)
	for _, doc := range h.forms(claimAt(3)) {
		f.Add(string(doc))
	}
	f.Add(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiableCredential","proof":{"type":"DataIntegrityProof"}}`)
	f.Add(`{"@context":{"@vocab":"a:"},"type":["VerifiableCredential"],"issuer":"did:web:a:b","credentialStatus":[{},{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Verify([]byte(text), today, h.load)
		if err == nil && r.Good() {
			t.Errorf("good, though what it was made from is revoked: %s", text)
		}
		_, _ = Unbake([]byte(text))
	})
}

func BenchmarkCredential(b *testing.B) {
	h, c, k := openHouse(b, testAddress), claimAt(1), testKeys()
	b.Run("proof", func(b *testing.B) {
		for b.Loop() {
			_, _ = h.Credential(c, k[certificate.DataIntegrity])
		}
	})
	b.Run("jwt", func(b *testing.B) {
		for b.Loop() {
			_, _ = h.JWT(c, k[certificate.JWT])
		}
	})
	b.Run("status list", func(b *testing.B) {
		for b.Loop() {
			_, _ = h.Issuer.StatusList(certificate.StatusList{N: 1, Changed: issued}, k[certificate.DataIntegrity])
		}
	})
	doc := h.signed(c)
	b.Run("png", func(b *testing.B) {
		for b.Loop() {
			_, _ = bakePNG(doc)
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			_, _ = Verify(doc, today, h.load)
		}
	})
}
