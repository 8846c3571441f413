package badge

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"time"

	"tenarai/internal/certificate"
)

const cryptosuite = string(certificate.DataIntegrity)

// Credential is a claim as a credential with an embedded proof. The same claim and key make the same bytes.
func (i Issuer) Credential(c certificate.Claim, k certificate.SigningKey) ([]byte, error) {
	doc, err := i.prove(i.credential(c), k, c.Issued)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", c.Number, err)
	}
	return encode(doc)
}

// prove adds the proof of the issuer's key. It is dated by what is said, or by the key where that is younger: asked again
// it is the same.
func (i Issuer) prove(doc object, k certificate.SigningKey, at time.Time) (object, error) {
	key, err := private[ed25519.PrivateKey](k)
	if err != nil {
		return nil, err
	}
	if k.Created.After(at) {
		at = k.Created
	}
	return known().prove(doc, key, i.method(k.Key), stamp(at))
}

// prove adds a proof made with eddsa-rdfc-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0, 3.2). It stands in an array of
// one: the official schema of Open Badges 3.0 takes nothing else.
func (c contexts) prove(doc object, key ed25519.PrivateKey, method, created string) (object, error) {
	proof := object{"type": "DataIntegrityProof", "created": created, "verificationMethod": method, "cryptosuite": cryptosuite, "proofPurpose": "assertionMethod"}
	plain, err := plainly(doc)
	if err != nil {
		return nil, err
	}
	data, err := signed(plain, proof, c.shortened)
	if err != nil {
		return nil, err
	}
	proof["proofValue"] = toMultibase(ed25519.Sign(key, data))
	out := maps.Clone(doc)
	out["proof"] = []any{proof}
	return out, nil
}

// signed is what a proof signs: the hash of its own options, then that of the document without any proof. Each is read in
// the contexts that in gives for it.
func signed(doc, proof object, in func(object) contexts) ([]byte, error) {
	options := withContext(proof, doc)
	delete(options, "proofValue")
	bare := maps.Clone(doc)
	delete(bare, "proof")
	how, err := in(options).canonical(options)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	what, err := in(bare).canonical(bare)
	if err != nil {
		return nil, err
	}
	a, b := sha256.Sum256([]byte(how)), sha256.Sum256([]byte(what))
	return append(a[:], b[:]...), nil
}

// withContext is a proof that is read in its document's context.
func withContext(proof, doc object) object {
	out := maps.Clone(proof)
	out["@context"] = doc["@context"]
	return out
}

var (
	errNoProof   = errors.New("it carries no proof that is known here")
	errSignature = errors.New("the signature does not fit")
)

// proofOf is the one eddsa-rdfc-2022 proof of a document, which may stand alone or in an array.
func proofOf(doc object) (object, error) {
	list, ok := doc["proof"].([]any)
	if !ok {
		list = []any{doc["proof"]}
	}
	var found object
	for _, e := range list {
		p, ok := e.(object)
		if !ok || p["type"] != "DataIntegrityProof" || p["cryptosuite"] != cryptosuite {
			continue
		}
		if found != nil {
			return nil, errors.New("it carries more than one proof")
		}
		found = p
	}
	if found == nil || found["proofPurpose"] != "assertionMethod" {
		return nil, errNoProof
	}
	return found, nil
}

// checkProof holds a proof against a key.
func (c contexts) checkProof(doc, proof object, key ed25519.PublicKey) error {
	value, _ := proof["proofValue"].(string)
	signature, err := fromMultibase(value)
	if err != nil || len(signature) != ed25519.SignatureSize {
		return errSignature
	}
	for _, one := range []object{doc, withContext(proof, doc)} {
		if err := c.sound(one); err != nil {
			return err
		}
	}
	data, err := signed(doc, proof, func(object) contexts { return c })
	if err != nil {
		return err
	}
	if !ed25519.Verify(key, data, signature) {
		return errSignature
	}
	return nil
}
