package badge

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tenarai/internal/certificate"
)

// Load fetches a document that a check needs: a DID document, a status list, a key. It decides what may be fetched and from
// where, and answers certificate.ErrNotFetched for the rest; this room fetches nothing.
type Load = func(address string) ([]byte, error)

// ErrUnreadable says that something is no credential at all: neither a JSON document nor a VC-JWT.
var ErrUnreadable = errors.New("this is no credential")

// Largest is how many bytes a credential may have.
const Largest = 512 << 10

// Verify checks a credential, ours or somebody else's, in either form: signature, issuer, dates and status; of a learner
// record each credential in it, too. It fails only for what cannot be read as a credential; what speaks against one is in
// the report.
func Verify(credential []byte, now time.Time, load Load) (certificate.Report, error) {
	if len(credential) > Largest {
		return certificate.Report{}, fmt.Errorf("%w: too large", ErrUnreadable)
	}
	v := verifier{contexts: known(), now: now, load: load, loaded: map[string]fetched{}, lists: map[[2]string]listed{}, parts: new(int)}
	return v.verify(strings.TrimSpace(string(credential)))
}

// Check is Verify, and tells whether the credential names this issuer.
func (i Issuer) Check(credential []byte, now time.Time, load func(address string) ([]byte, error)) (certificate.Report, error) {
	r, err := Verify(credential, now, load)
	r.Ours = r.Issuer == i.did
	return r, err
}

type verifier struct {
	contexts
	now    time.Time
	load   Load
	loaded map[string]fetched   // each address is asked once: a record's credentials share keys and lists
	lists  map[[2]string]listed // by issuer and address: each is checked once
	parts  *int                 // credentials that records held so far
}

type fetched struct {
	doc object
	err error
}

// algorithms are those a VC-JWT may be signed with: what Open Badges 3.0 asks of issuers, and EdDSA, which others use.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// read takes a credential apart: its members, and its signature if it is a VC-JWT.
func read(text string) (doc object, signed *jose.JSONWebSignature, err error) {
	if !strings.HasPrefix(text, "{") {
		if signed, err = jose.ParseSignedCompact(text, algorithms); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		text = string(signed.UnsafePayloadWithoutVerification())
	}
	if doc, err = readObject([]byte(text)); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if !slices.Contains(texts(doc["type"]), "VerifiableCredential") {
		return nil, nil, fmt.Errorf("%w: its type is another", ErrUnreadable)
	}
	return doc, signed, nil
}

func (v verifier) verify(text string) (certificate.Report, error) {
	doc, signed, err := read(text)
	if err != nil {
		return certificate.Report{}, err
	}
	return v.judge(doc, signed, 0), nil
}

// judge checks one credential, and those that it holds; depth is how many records it is in.
func (v verifier) judge(doc object, signed *jose.JSONWebSignature, depth int) certificate.Report {
	r := describe(doc)
	if signed == nil {
		v.checkEmbedded(&r, doc)
	} else {
		v.checkJWT(&r, doc, signed)
	}
	v.checkDates(&r, doc)
	v.checkStatus(&r, doc)
	if !r.Has(certificate.TooMuch) {
		v.checkParts(&r, doc, depth)
	}
	return r
}

// How many credentials a learner record may hold here, with those of the records in it, and how many records may be in each
// other.
const (
	mostParts   = 200
	mostRecords = 3
)

// checkParts checks the credentials that a learner record holds, whatever it calls itself: its own signature says that they
// are what they were, not that they are still good.
func (v verifier) checkParts(r *certificate.Report, doc object, depth int) {
	var list []any
	for _, subject := range each(doc["credentialSubject"]) {
		o, ok := subject.(object)
		if !ok && r.Record {
			r.Add(certificate.BadPart, ErrUnreadable)
			return
		}
		list = append(list, each(o["verifiableCredential"])...)
	}
	if *v.parts += len(list); *v.parts > mostParts || len(list) > 0 && depth == mostRecords {
		r.Add(certificate.OpenPart, fmt.Errorf("it holds %d credentials, %d records deep", *v.parts, depth))
		return
	}
	for _, one := range list {
		inner, ok := one.(object)
		var signed *jose.JSONWebSignature
		if text, compact := one.(string); compact {
			var err error
			inner, signed, err = read(strings.TrimSpace(text))
			ok = err == nil
		}
		if !ok {
			r.Add(certificate.BadPart, ErrUnreadable)
			continue
		}
		part := v.judge(inner, signed, depth+1)
		r.Parts = append(r.Parts, part)
		if fault := certificate.BadPart; !part.Good() {
			if part.Open() {
				fault = certificate.OpenPart
			}
			r.Add(fault, fmt.Errorf("%s: %w", part.ID, errors.Join(part.Why...)))
		}
	}
}

func readObject(b []byte) (object, error) {
	doc, err := decode(b)
	if err != nil {
		return nil, err
	}
	o, ok := doc.(object)
	if !ok {
		return nil, errors.New("not an object")
	}
	return o, nil
}

// describe reads what a credential says of itself.
func describe(doc object) certificate.Report {
	var r certificate.Report
	r.ID, _ = doc["id"].(string)
	r.Name, _ = doc["name"].(string)
	r.Issuer, r.IssuerName = issuerOf(doc)
	if home, err := controllerAddress(r.Issuer); err == nil {
		r.IssuerHost = hostOf(home)
	}
	r.Record = slices.Contains(texts(doc["type"]), "ClrCredential")
	r.Evidence = len(objects(doc["evidence"]))
	for _, subject := range objects(doc["credentialSubject"]) {
		for _, a := range objects(subject["achievement"]) {
			if name, _ := a["name"].(string); name != "" {
				r.Achievements = append(r.Achievements, name)
			}
		}
	}
	return r
}

func issuerOf(doc object) (id, name string) {
	switch i := doc["issuer"].(type) {
	case string:
		return i, ""
	case object:
		id, _ = i["id"].(string)
		name, _ = i["name"].(string)
	}
	return id, name
}

// each are the values of a member that has one or several, or none.
func each(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// texts are those values of a member that are texts.
func texts(v any) []string { return only[string](v) }

// objects are those that are objects.
func objects(v any) []object { return only[object](v) }

func only[T any](v any) []T {
	var out []T
	for _, e := range each(v) {
		if t, ok := e.(T); ok {
			out = append(out, t)
		}
	}
	return out
}

// checkEmbedded checks an embedded proof.
func (v verifier) checkEmbedded(r *certificate.Report, doc object) {
	proof, err := proofOf(doc)
	if err != nil {
		r.Add(certificate.UnknownProof, err)
		return
	}
	r.Signed = cryptosuite
	if err := measured(doc); err != nil {
		r.Add(certificate.TooMuch, err)
		return
	}
	if err := v.terms(doc, true); err != nil {
		r.Add(faultOf(err, certificate.Forged), err)
		return
	}
	method, _ := proof["verificationMethod"].(string)
	key, err := v.methodKey(r.Issuer, method)
	if err != nil {
		r.Add(faultOf(err, certificate.Unattested), err)
		return
	}
	ed, ok := key.(ed25519.PublicKey)
	if !ok {
		r.Add(certificate.Unattested, errKeyKind)
		return
	}
	if err := v.checkProof(doc, proof, ed); err != nil {
		r.Add(faultOf(err, certificate.Forged), err)
	}
}

// faultOf is the fault that an error makes, or another if it is none of those that have one of their own.
func faultOf(err error, other certificate.Fault) certificate.Fault {
	switch {
	case errors.Is(err, errContext):
		return certificate.UnknownContext
	case errors.Is(err, certificate.ErrNotFetched):
		return certificate.KeyNotFetched
	case errors.Is(err, errMuch):
		return certificate.TooMuch
	}
	return other
}

// checkJWT checks a VC-JWT against the key that its kid leads to.
func (v verifier) checkJWT(r *certificate.Report, doc object, signed *jose.JSONWebSignature) {
	r.Signed = signed.Signatures[0].Protected.Algorithm
	key, err := v.signerKey(r.Issuer, signed.Signatures[0].Protected.KeyID)
	if err != nil {
		r.Add(faultOf(err, certificate.Unattested), err)
		return
	}
	if _, err := signed.Verify(key); err != nil {
		r.Add(certificate.Forged, fmt.Errorf("%w: %w", errSignature, err))
		return
	}
	if err := agree(doc); err != nil {
		r.Add(certificate.Forged, err)
	}
}

// agree holds the registered claims of a VC-JWT against the members they repeat.
func agree(doc object) error {
	issuer, _ := issuerOf(doc)
	if doc["iss"] != issuer {
		return errors.New("iss is not the issuer")
	}
	if jti, said := doc["jti"]; said {
		if id, ok := doc["id"].(string); !ok || jti != id {
			return errors.New("jti is not the id")
		}
	}
	if sub, said := doc["sub"]; said {
		for _, subject := range each(doc["credentialSubject"]) {
			o, _ := subject.(object)
			if id, ok := o["id"].(string); !ok || sub != id {
				return errors.New("sub is not the subject's id")
			}
		}
	}
	for claim, member := range map[string]string{"nbf": "validFrom", "exp": "validUntil"} {
		value, said := doc[claim]
		if !said {
			continue
		}
		seconds, ok := value.(float64)
		t, err := timeOf(doc, member)
		if !ok || err != nil || t.IsZero() || t.Unix() != int64(seconds) {
			return fmt.Errorf("%s is not %s", claim, member)
		}
	}
	return nil
}

// timeOf reads a time that may be missing.
func timeOf(doc object, member string) (time.Time, error) {
	v, said := doc[member]
	if !said {
		return time.Time{}, nil
	}
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("%s is no time", member)
	}
	return time.Parse(time.RFC3339, s)
}

// checkDates checks that a credential is valid now.
func (v verifier) checkDates(r *certificate.Report, doc object) {
	var err error
	if r.From, err = timeOf(doc, "validFrom"); err != nil {
		r.Add(certificate.NotYet, err)
	} else if v.now.Before(r.From) {
		r.Add(certificate.NotYet, fmt.Errorf("valid from %s", stamp(r.From)))
	}
	if r.Until, err = timeOf(doc, "validUntil"); err != nil {
		r.Add(certificate.TimeOver, err)
	} else if !r.Until.IsZero() && v.now.After(r.Until) {
		r.Add(certificate.TimeOver, fmt.Errorf("valid until %s", stamp(r.Until)))
	}
}
