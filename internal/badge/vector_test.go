package badge

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// The test vectors of 1EdTech's Open Badges 3.0 Implementation Guide, "Linked Data Proof Test Vector" for Open Badges 3.0
// and for Comprehensive Learner Record 2.0 (1EdTech/openbadges-specification, ob_v3p0/impl/linked-data-proof-{ob,clr}):
// one key pair and the same proof options for both.
const (
	vectorKey     = "6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be44bdeafde2ea8beefadd8c699b5c7e0704cf51154d52e17b20b71337ca04cc5a5"
	vectorMulti   = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
	vectorIssuer  = "https://example.edu/issuers/565049"
	vectorCreated = "2010-01-01T19:23:24Z"
	optionsHash   = "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"

	badgeHash  = "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"
	badgeProof = "z5x9aCBYovW3CQCbKdNyhEm7ffYSw1YpEdPywQJoNbzDD2gkzQDKJ1sYKJaWvqZtkMtSbz35HcbgXVEDYHxCzgkCr"

	recordHash  = "768d7015ae69e0210e1c2a45194d9c1d15d7a6022e52b946574a2a27f6fa85fe"
	recordProof = "zF52sU1nfPAjcwCqtgxPNSor6SJnAzRBwZW5VNQXPt8xXCHkd39sgqj32DnMjhFCzbyHsLkhQ8HpBqQTkMgXy329"
	innerProof  = "z45QnLySMt2mWuW787G6cf3SLkP97ZkMZxLeXH5yaaTQPCtTup4GCV95tU8HEnQJSyGCokSj3AvUhmJtvveTmN4Vu"
)

// badgeVector is the Open Badges credential of the guide.
func badgeVector() object {
	return object{
		"@context": []any{contextVC, contextOB},
		"id":       "http://example.com/credentials/3527", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer":    object{"id": vectorIssuer, "type": []any{"Profile"}, "url": "https://www.imsglobal.org", "name": "Example Corp"},
		"validFrom": "2010-01-01T00:00:00Z", "name": "Teamwork Badge",
		"credentialSubject": object{
			"id": "did:example:ebfeb1f712ebc6f1c276e12ec21", "type": []any{"AchievementSubject"},
			"achievement": object{
				"id": "https://example.com/achievements/21st-century-skills/teamwork", "type": []any{"Achievement"}, "name": "Teamwork",
				"criteria":    object{"narrative": "Team members are nominated for this badge by their peers and recognized upon review by Example Corp management."},
				"description": "This badge recognizes the development of the capacity to collaborate within a group environment.",
			},
		},
	}
}

func vectorAchievement(n, id string) object {
	return object{
		"id": "urn:uuid:" + id, "type": "Achievement", "creator": object{"id": vectorIssuer, "type": "Profile"},
		"name": "Achievement " + n, "criteria": object{"id": "https://example.edu/achievements/" + id + "/criteria"},
		"description": "Achievement " + n, "image": object{"id": "https://example.edu/achievements/sample.png", "type": "Image"},
	}
}

const (
	degree  = "a7467ef6-56cb-11ec-bf63-0242ac130002"
	partOf  = "dd887f0a-56cb-11ec-bf63-0242ac130002"
	student = "did:example:ebfeb1f712ebc6f1c276e12ec21"
)

// recordInner is the badge that the learner record of the guide holds.
func recordInner() object {
	return object{
		"@context": []any{contextVC, contextOB, contextExtensions},
		"id":       "urn:uuid:91537dba-56cb-11ec-bf63-0242ac130002", "type": []any{"VerifiableCredential", "AchievementCredential"},
		"issuer":    object{"id": vectorIssuer, "type": "Profile", "name": "Example University"},
		"validFrom": "2010-01-01T00:00:00Z", "name": "Example University Degree",
		"credentialSubject": object{"id": student, "type": "AchievementSubject", "achievement": vectorAchievement("1", degree)},
		"credentialSchema":  []any{object{"id": schemaOB, "type": "1EdTechJsonSchemaValidator2019"}},
	}
}

// recordVector is the learner record of the guide around a signed badge.
func recordVector(inner object) object {
	return object{
		"@context": []any{contextVC, contextCLR, contextOB, contextExtensions},
		"id":       "http://example.edu/credentials/3732", "type": []any{"VerifiableCredential", "ClrCredential"},
		"issuer":    object{"id": vectorIssuer, "type": "Profile", "name": "Example University"},
		"validFrom": "2010-01-01T00:00:00Z", "name": "Sample Transcript",
		"credentialSubject": object{
			"id": student, "type": "ClrSubject", "verifiableCredential": []any{inner},
			"achievement": []any{vectorAchievement("1", degree), vectorAchievement("2", partOf)},
			"association": []any{object{"type": "Association", "associationType": "isParentOf", "sourceId": "urn:uuid:" + degree, "targetId": "urn:uuid:" + partOf}},
		},
		"credentialSchema": []any{object{"id": schemaCLR, "type": "1EdTechJsonSchemaValidator2019"}},
	}
}

func vectorPrivate(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	key, err := hex.DecodeString(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func valueOf(t *testing.T, doc object) string {
	t.Helper()
	p, err := proofOf(doc)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := p["proofValue"].(string)
	return value
}

// The published vectors come out to the letter: the hashes of documents and options, and the proofs.
func TestVectors(t *testing.T) {
	all, key := known(), vectorPrivate(t)
	prove := func(doc object) object {
		out, err := all.prove(doc, key, vectorIssuer+"#"+vectorMulti, vectorCreated)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	hash := func(doc object) string {
		quads, err := all.canonical(doc)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(quads))
		return hex.EncodeToString(sum[:])
	}
	if got := multikey(key.Public().(ed25519.PublicKey)); got != vectorMulti {
		t.Errorf("multikey %s", got)
	}
	options := object{
		"@context": badgeVector()["@context"], "type": "DataIntegrityProof", "created": vectorCreated, "verificationMethod": vectorIssuer + "#" + vectorMulti,
		"cryptosuite": cryptosuite, "proofPurpose": "assertionMethod",
	}
	if got := hash(options); got != optionsHash {
		t.Errorf("hash of the proof's options %s", got)
	}
	if got := hash(badgeVector()); got != badgeHash {
		t.Errorf("hash of the badge %s", got)
	}
	if got := valueOf(t, prove(badgeVector())); got != badgeProof {
		t.Errorf("proof of the badge %s", got)
	}
	inner := prove(recordInner())
	if got := valueOf(t, inner); got != innerProof {
		t.Errorf("proof of the badge in the record %s", got)
	}
	if got := hash(recordVector(inner)); got != recordHash {
		t.Errorf("hash of the record %s", got)
	}
	if got := valueOf(t, prove(recordVector(inner))); got != recordProof {
		t.Errorf("proof of the record %s", got)
	}
}
