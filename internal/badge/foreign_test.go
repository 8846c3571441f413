package badge

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tenarai/internal/certificate"
)

// What a signature fits can be written in other ways that say the same to JSON-LD. None of them hides from us that a
// credential was taken back.
func TestOtherWritings(t *testing.T) {
	h := openHouse(t, testAddress, 3)
	doc := h.signed(claimAt(3))
	for what, edit := range map[string]func(o object){
		"under its address": func(o object) {
			o["https://www.w3.org/2018/credentials#credentialStatus"] = o["credentialStatus"]
			delete(o, "credentialStatus")
		},
		"nested": func(o object) {
			o["@nest"] = object{"credentialStatus": o["credentialStatus"]}
			delete(o, "credentialStatus")
		},
		"included": func(o object) {
			o["@included"] = []any{object{"id": o["id"], "type": o["type"], "credentialStatus": o["credentialStatus"]}}
			delete(o, "credentialStatus")
		},
		"under a term of its own": func(o object) {
			o["@context"] = append(o["@context"].([]any), object{"status": "https://www.w3.org/2018/credentials#credentialStatus"})
			o["status"] = o["credentialStatus"]
			delete(o, "credentialStatus")
		},
		"its purpose in an array": func(o object) {
			o["credentialStatus"].(object)["statusPurpose"] = []any{"revocation"}
		},
		"in an array in an array": func(o object) {
			o["credentialStatus"] = []any{[]any{o["credentialStatus"]}}
		},
		"with the contexts in another order": func(o object) {
			o["@context"] = []any{contextOB, contextVC, contextExtensions}
		},
		"of a node in the node": func(o object) {
			subject := o["credentialSubject"].(object)
			subject["achievement"].(object)["related"] = object{"id": o["id"], "type": o["type"], "credentialStatus": o["credentialStatus"]}
			delete(o, "credentialStatus")
		},
	} {
		fresh, _ := readObject(doc)
		edit(fresh)
		r, err := Verify(must(encode(fresh)), today, h.load)
		if err == nil && r.Good() {
			t.Errorf("%s: a revoked credential is good", what)
		}
	}
}

// stranger is an issuer that is its own key.
func stranger(t *testing.T) (did string, key ed25519.PrivateKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return "did:key:" + multikey(key.Public().(ed25519.PublicKey)), key
}

// foreign is a badge as others issue them: its issuer named by a text alone, without an end or a status.
func foreign(issuer string) object {
	doc := badgeVector()
	doc["issuer"] = issuer
	return doc
}

// proven signs with a key of somebody else's, in an array or alone.
func proven(t *testing.T, doc object, key ed25519.PrivateKey, method string, alone bool) []byte {
	t.Helper()
	signed, err := known().prove(doc, key, method, vectorCreated)
	if err != nil {
		t.Fatal(err)
	}
	if alone {
		signed["proof"] = signed["proof"].([]any)[0]
	}
	return must(encode(signed))
}

// Credentials of others are checked as ours are: issuers that are their own key, with a document on the web, or an address.
func TestForeign(t *testing.T) {
	did, key := stranger(t)
	name := multikey(key.Public().(ed25519.PublicKey))
	about := func(id string) []byte {
		method := object{"id": id + "#key-1", "type": "Multikey", "controller": id, "publicKeyMultibase": name}
		return must(encode(object{"id": id, "verificationMethod": []any{method}, "assertionMethod": []any{method["id"]}}))
	}
	published := map[string][]byte{
		"https://school.example/.well-known/did.json": about("did:web:school.example"), "https://school.example/issuers/1": about("https://school.example/issuers/1"),
	}
	load := func(address string) ([]byte, error) {
		if doc, ok := published[address]; ok {
			return doc, nil
		}
		return nil, certificate.ErrNotFetched
	}
	for issuer, want := range map[string]struct{ method, host string }{
		did:                                {did + "#" + name, ""},
		"did:web:school.example":           {"did:web:school.example#key-1", "school.example"},
		"https://school.example/issuers/1": {"https://school.example/issuers/1#key-1", "school.example"},
	} {
		for _, alone := range []bool{true, false} {
			doc := foreign(issuer)
			if alone { // as other programs write it
				doc["@context"] = append(doc["@context"].([]any), contextIntegrity)
			}
			r, err := NewIssuer(testAddress).Check(proven(t, doc, key, want.method, alone), today, load)
			if err != nil || !r.Good() || r.Issuer != issuer || r.IssuerHost != want.host || r.Ours || r.Signed != cryptosuite || len(r.Achievements) != 1 || r.Achievements[0] != "Teamwork" {
				t.Errorf("%s: %+v, %v", issuer, r, err)
			}
		}
	}
	away, err := Verify(proven(t, foreign("did:web:away.example"), key, "did:web:away.example#key-1", false), today, load)
	if err != nil || !away.Has(certificate.KeyNotFetched) || away.Has(certificate.Unattested) || away.Good() || away.Authentic() {
		t.Errorf("an issuer that nobody asked: %v, %v", away.Faults, err)
	}
	h := openHouse(t, testAddress)
	if r, err := h.Check(h.signed(claimAt(1)), today, h.load); err != nil || !r.Ours || r.IssuerHost != "tenarai.example" {
		t.Errorf("ours: %+v, %v", r, err)
	}
}

// Members of the wrong kind are refused, and nothing panics.
func TestForeignNonsense(t *testing.T) {
	for _, member := range []string{"id", "type", "issuer", "validFrom", "validUntil", "credentialStatus", "credentialSubject", "proof"} {
		for _, nonsense := range []any{nil, 1.0, true, []any{[]any{}}, object{"": object{}}, []any{nil, object{}}} {
			did, key := stranger(t)
			doc := mustObject(proven(t, foreign(did), key, did+"#"+did[len("did:key:"):], false))
			doc[member] = nonsense
			if r, err := Verify(must(encode(doc)), today, nil); err == nil && r.Good() {
				t.Errorf("%s is %v, and it is good", member, nonsense)
			}
		}
	}
	entry := object{"type": "BitstringStatusListEntry", "statusPurpose": []any{"x"}, "statusListIndex": "1", "statusListCredential": "https://a.example/1"}
	list := must(encode(object{"id": "https://a.example/1", "type": []any{"VerifiableCredential"}, "issuer": "i", "credentialSubject": object{"type": []any{"x"}, "statusPurpose": []any{"x"}}}))
	doc := must(encode(object{"@context": contextVC, "type": "VerifiableCredential", "issuer": "i", "credentialStatus": entry}))
	if r, err := Verify(doc, today, func(string) ([]byte, error) { return list, nil }); err != nil || !r.Has(certificate.StatusUnknown) {
		t.Errorf("%v, %v", r.Faults, err)
	}
}

// What is signed in a way, or says things in words, that are not known here is told as that and never as good.
func TestForeignUnknown(t *testing.T) {
	did, key := stranger(t)
	method := did + "#" + multikey(key.Public().(ed25519.PublicKey))
	for what, c := range map[string]struct {
		edit func(o object)
		want certificate.Fault
	}{
		"an older signature": {func(o object) {
			o["proof"] = object{"type": "Ed25519Signature2020", "proofPurpose": "assertionMethod", "verificationMethod": method, "proofValue": "z1"}
		}, certificate.UnknownProof},
		"another suite": {func(o object) { o["proof"].([]any)[0].(object)["cryptosuite"] = "ecdsa-sd-2023" }, certificate.UnknownProof},
		"no signature":  {func(o object) { delete(o, "proof") }, certificate.UnknownProof},
		"an older model": {func(o object) {
			o["@context"] = []any{"https://www.w3.org/2018/credentials/v1", contextOB}
		}, certificate.UnknownContext},
		"words of its own": {func(o object) {
			o["@context"] = append(o["@context"].([]any), "https://school.example/context")
		}, certificate.UnknownContext},
		"words inside": {func(o object) {
			o["credentialSubject"].(object)["@context"] = "https://school.example/context"
		}, certificate.UnknownContext},
		"no words": {func(o object) { delete(o, "@context") }, certificate.UnknownContext},
	} {
		doc := mustObject(proven(t, foreign(did), key, method, false))
		c.edit(doc)
		r, err := Verify(must(encode(doc)), today, nil)
		if err != nil || !r.Has(c.want) || r.Good() || r.Authentic() {
			t.Errorf("%s: %v, %v", what, r.Faults, err)
		}
	}
}

// Others sign VC-JWTs with other algorithms, and name their key in the DID document or at an address.
func TestForeignJWT(t *testing.T) {
	did, ed := stranger(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const school, kid = "did:web:school.example", "https://school.example/keys/1"
	asJWK := func(key any) object {
		var o object
		b := must(json.Marshal(jose.JSONWebKey{Key: key}))
		if err := json.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	published := map[string][]byte{
		kid: must(encode(asJWK(ec.Public()))),
		"https://school.example/.well-known/did.json": must(encode(object{
			"id": school, "assertionMethod": []any{school + "#jwk"},
			"verificationMethod": []any{object{"id": school + "#jwk", "type": "JsonWebKey", "controller": school, "publicKeyJwk": asJWK(ec.Public())}},
		})),
	}
	load := func(address string) ([]byte, error) {
		if doc, ok := published[address]; ok {
			return doc, nil
		}
		return nil, certificate.ErrNotFetched
	}
	signWith := func(issuer, kid string, alg jose.SignatureAlgorithm, key any, more object) []byte {
		doc := maps.Clone(foreign(issuer))
		doc["iss"], doc["jti"] = issuer, doc["id"]
		maps.Copy(doc, more)
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", kid))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign(must(encode(doc)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := signed.CompactSerialize()
		return must([]byte(text), err)
	}
	sign := func(issuer, kid string, alg jose.SignatureAlgorithm, key any) []byte {
		return signWith(issuer, kid, alg, key, nil)
	}
	said := foreign(school)
	subject, from := said["credentialSubject"].(object)["id"], said["validFrom"]
	begins, err := time.Parse(time.RFC3339, from.(string))
	if err != nil {
		t.Fatal(err)
	}
	good := object{"sub": subject, "nbf": begins.Unix(), "exp": today.Add(time.Hour).Unix(), "validUntil": stamp(today.Add(time.Hour))}
	if r, err := Verify(signWith(school, kid, jose.ES256, ec, good), today, load); err != nil || !r.Good() {
		t.Errorf("all claims: %v, %v", r.Why, err)
	}
	for what, claims := range map[string]object{
		"another sub": {"sub": "did:web:somebody.example"}, "a sub that is no text": {"sub": 1}, "no sub": {"sub": nil}, "a sub of nobody": {"sub": subject, "credentialSubject": object{"type": "AchievementSubject"}},
		"a sub of one of two": {"sub": subject, "credentialSubject": []any{said["credentialSubject"], object{"id": "urn:x"}}}, "objects": {"sub": object{}, "credentialSubject": object{"id": object{}}},
		"another nbf": {"nbf": begins.Unix() + 1}, "an nbf that is a text": {"nbf": "1"}, "an nbf that is nothing": {"nbf": nil},
		"an exp that is a text": {"exp": stamp(today), "validUntil": stamp(today.Add(time.Hour))}, "an exp without an end": {"exp": time.Time{}.Unix()}, "an exp that is a list": {"exp": []any{1}},
	} {
		if r, err := Verify(signWith(school, kid, jose.ES256, ec, claims), today, load); err != nil || !r.Has(certificate.Forged) {
			t.Errorf("%s: %v, %v", what, r.Faults, err)
		}
	}
	for what, c := range map[string]struct {
		doc  []byte
		want certificate.Fault
	}{
		"ES256 by address":   {sign(school, kid, jose.ES256, ec), ""},
		"ES256 by DID":       {sign(school, school+"#jwk", jose.ES256, ec), ""},
		"EdDSA of a did:key": {sign(did, did+"#"+did[len("did:key:"):], jose.EdDSA, ed), ""},
		"another's key":      {sign(school, did+"#"+did[len("did:key:"):], jose.EdDSA, ed), certificate.Unattested},
		"another's address":  {sign("did:web:other.example", kid, jose.ES256, ec), certificate.Unattested},
		"another key there":  {sign(school, kid, jose.EdDSA, ed), certificate.Forged},
		"a key not fetched":  {sign(school, "https://school.example/keys/2", jose.ES256, ec), certificate.KeyNotFetched},
	} {
		r, err := Verify(c.doc, today, load)
		if err != nil || c.want == "" && !r.Good() || c.want != "" && !r.Has(c.want) {
			t.Errorf("%s: %v %v, %v", what, r.Faults, r.Why, err)
		}
	}
}
