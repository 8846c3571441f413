package badge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"tenarai/internal/certificate"
)

// Record is a whole record as a learner record (1EdTech Comprehensive Learner Record 2.0) around the person's certificates,
// each a signed credential of its own that can be taken out and checked alone. It has no status: what it holds has, and it
// lapses after certificate.RecordDays. The same claim and key make the same bytes. A record of nothing is refused: the
// specification knows none.
func (i Issuer) Record(r certificate.RecordClaim, k certificate.SigningKey) ([]byte, error) {
	if len(r.Claims) == 0 {
		return nil, errEmptyRecord
	}
	signed := []any{}
	for _, c := range r.Claims {
		one, err := i.prove(i.credential(c), k, c.Issued)
		if err != nil {
			return nil, fmt.Errorf("record: credential %s: %w", c.Number, err)
		}
		signed = append(signed, one)
	}
	id := recordID(r)
	doc, err := i.prove(object{
		"@context":  []any{contextVC, contextCLR, contextOB, contextExtensions},
		"id":        "urn:uuid:" + id,
		"type":      []any{"VerifiableCredential", "ClrCredential"},
		"name":      "学習と技能の記録",
		"issuer":    object{"id": i.did, "type": []any{"Profile"}, "name": r.CenterName, "url": i.address},
		"validFrom": stamp(r.Made), "validUntil": stamp(r.Made.AddDate(0, 0, certificate.RecordDays)), "awardedDate": stamp(r.Made),
		"credentialSubject": object{
			"id": "urn:uuid:" + id + "#holder", "type": []any{"ClrSubject"},
			"identifier":           []any{hashedName(r.Name, id)},
			"verifiableCredential": signed,
		},
		"credentialSchema": []any{object{"id": schemaCLR, "type": schemaType}},
	}, k, r.Made)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return encode(doc)
}

var errEmptyRecord = errors.New("record: there is no credential to put into it")

// recordID is a UUID (RFC 9562, version 8) that follows from what the record holds. The numbers in it are random, so that
// it also salts the hash of the name.
func recordID(r certificate.RecordClaim) string {
	h := sha256.New()
	fmt.Fprintln(h, stamp(r.Made))
	for _, c := range r.Claims {
		fmt.Fprintln(h, c.Number)
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	x := hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
