package badge

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Load fetches a document that a check needs: a DID document, a status list, a key. It decides what may be fetched and from
// where; this room fetches nothing.
type Load func(address string) ([]byte, error)

// Fault is a reason not to rely on a credential.
type Fault string

// The faults.
const (
	Forged        Fault = "forged"         // the signature does not fit what is said, or something is not signed
	Unattested    Fault = "unattested"     // the issuer does not publish the key
	NotYet        Fault = "not_yet"        // it is not valid yet
	Lapsed        Fault = "lapsed"         // its time is over
	Revoked       Fault = "revoked"        // the issuer has taken it back
	Suspended     Fault = "suspended"      // the issuer is looking into it
	StatusUnknown Fault = "status_unknown" // its status could not be found out
)

// Report is what a check found. Names and dates are what the credential says; believe them if it is Good.
type Report struct {
	ID, Name           string
	Issuer, IssuerName string
	From, Until        time.Time // zero: not said
	Faults             []Fault
	Why                []error // for whoever looks into it, as many as Faults
}

// Good tells that nothing speaks against the credential.
func (r Report) Good() bool { return len(r.Faults) == 0 }

// Has tells whether a fault was found.
func (r Report) Has(f Fault) bool { return slices.Contains(r.Faults, f) }

func (r *Report) fault(f Fault, why error) {
	r.Faults, r.Why = append(r.Faults, f), append(r.Why, why)
}

// ErrUnreadable says that something is no credential at all: neither a JSON document nor a VC-JWT.
var ErrUnreadable = errors.New("this is no credential")

// Largest is how many bytes a credential may have.
const Largest = 512 << 10

// Verify checks a credential, ours or somebody else's, in either form: signature, issuer, dates and status. It fails only
// for what cannot be read as a credential; what speaks against one is in the report.
func Verify(credential []byte, now time.Time, load Load) (Report, error) {
	if len(credential) > Largest {
		return Report{}, fmt.Errorf("%w: too large", ErrUnreadable)
	}
	return verifier{known(), now, load}.verify(credential)
}

type verifier struct {
	contexts
	now  time.Time
	load Load
}

func (v verifier) verify(credential []byte) (r Report, err error) {
	text := strings.TrimSpace(string(credential))
	var doc object
	if strings.HasPrefix(text, "{") {
		if doc, err = readObject([]byte(text)); err != nil {
			return r, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		r = describe(doc)
		v.checkEmbedded(&r, doc)
	} else {
		signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
		if err != nil {
			return r, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if doc, err = readObject(signed.UnsafePayloadWithoutVerification()); err != nil {
			return r, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		r = describe(doc)
		v.checkJWT(&r, doc, signed)
	}
	if !slices.Contains(texts(doc["type"]), "VerifiableCredential") {
		return r, fmt.Errorf("%w: its type is another", ErrUnreadable)
	}
	v.checkDates(&r, doc)
	v.checkStatus(&r, doc)
	return r, nil
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
func describe(doc object) Report {
	var r Report
	r.ID, _ = doc["id"].(string)
	r.Name, _ = doc["name"].(string)
	r.Issuer, r.IssuerName = issuerOf(doc)
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

// texts are a member that is one text or several.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// objects are a member that is one object or several.
func objects(v any) []object {
	switch v := v.(type) {
	case object:
		return []object{v}
	case []any:
		var out []object
		for _, e := range v {
			if o, ok := e.(object); ok {
				out = append(out, o)
			}
		}
		return out
	}
	return nil
}

// checkEmbedded checks an embedded proof.
func (v verifier) checkEmbedded(r *Report, doc object) {
	proof, err := proofOf(doc)
	if err != nil {
		r.fault(Forged, err)
		return
	}
	method, _ := proof["verificationMethod"].(string)
	key, err := v.methodKey(r.Issuer, method)
	if err != nil {
		r.fault(Unattested, err)
		return
	}
	if err := v.checkProof(doc, proof, key); err != nil {
		r.fault(Forged, err)
	}
}

// methodKey is the key a proof names, if the issuer publishes it for assertions. The name alone proves nothing, even where
// it holds the key itself: anybody can write one.
func (v verifier) methodKey(issuer, method string) (ed25519.PublicKey, error) {
	of, fragment, _ := strings.Cut(method, "#")
	if issuer == "" || of != issuer {
		return nil, fmt.Errorf("the key %q is not the issuer's (%q)", method, issuer)
	}
	if name, ok := strings.CutPrefix(issuer, "did:key:"); ok { // such an issuer is its key
		if fragment != name {
			return nil, fmt.Errorf("%s is not the key of %s", fragment, issuer)
		}
		return fromMultikey(name)
	}
	doc, err := v.controller(issuer)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(texts(doc["assertionMethod"]), method) {
		return nil, fmt.Errorf("%s does not name %s for assertions", issuer, method)
	}
	for _, m := range objects(doc["verificationMethod"]) {
		if m["id"] == method && m["controller"] == issuer {
			value, _ := m["publicKeyMultibase"].(string)
			return fromMultikey(value)
		}
	}
	return nil, fmt.Errorf("%s publishes no key %s", issuer, method)
}

// controller loads the document that says which keys are an issuer's.
func (v verifier) controller(issuer string) (object, error) {
	address, err := controllerAddress(issuer)
	if err != nil {
		return nil, err
	}
	doc, err := v.fetch(address)
	if err != nil {
		return nil, err
	}
	if doc["id"] != issuer {
		return nil, fmt.Errorf("%s is about another issuer", address)
	}
	return doc, nil
}

func (v verifier) fetch(address string) (object, error) {
	if v.load == nil {
		return nil, fmt.Errorf("%s was not loaded", address)
	}
	b, err := v.load(address)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", address, err)
	}
	return readObject(b)
}

// controllerAddress is where an issuer's document is: for did:web by its method, for https itself.
func controllerAddress(issuer string) (string, error) {
	if strings.HasPrefix(issuer, "https://") {
		return issuer, nil
	}
	name, ok := strings.CutPrefix(issuer, "did:web:")
	if !ok || name == "" || strings.ContainsAny(name, "/?#@") {
		return "", fmt.Errorf("issuers like %q are not known here", issuer)
	}
	parts := strings.Split(name, ":")
	host := strings.NewReplacer("%3A", ":", "%3a", ":").Replace(parts[0])
	if len(parts) == 1 {
		return "https://" + host + "/.well-known/did.json", nil
	}
	return "https://" + host + "/" + strings.Join(parts[1:], "/") + "/did.json", nil
}

// checkJWT checks a VC-JWT against the key its kid leads to, which must stand on the issuer's own host.
func (v verifier) checkJWT(r *Report, doc object, signed *jose.JSONWebSignature) {
	kid := signed.Signatures[0].Protected.KeyID
	home, err := controllerAddress(r.Issuer)
	if err != nil {
		r.fault(Unattested, err)
		return
	}
	if host := hostOf(kid); host == "" || host != hostOf(home) {
		r.fault(Unattested, fmt.Errorf("the key %q is not the issuer's (%q)", kid, r.Issuer))
		return
	}
	member, err := v.fetch(kid)
	if err != nil {
		r.fault(Unattested, err)
		return
	}
	var key jose.JSONWebKey
	b, err := json.Marshal(member)
	if err == nil {
		err = json.Unmarshal(b, &key)
	}
	if err != nil || !key.Valid() || !key.IsPublic() {
		r.fault(Unattested, fmt.Errorf("%s is no public key: %w", kid, errors.Join(err)))
		return
	}
	if _, err := signed.Verify(key); err != nil {
		r.fault(Forged, fmt.Errorf("%w: %w", errSignature, err))
		return
	}
	if err := agree(doc); err != nil {
		r.fault(Forged, err)
	}
}

// hostOf is the host of an https address, and of an http one on this machine (the demo town); of others it is empty.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname())) {
		return ""
	}
	return strings.ToLower(u.Host)
}

// agree holds the registered claims of a VC-JWT against the members they repeat.
func agree(doc object) error {
	issuer, _ := issuerOf(doc)
	if doc["iss"] != issuer {
		return errors.New("iss is not the issuer")
	}
	if id, said := doc["jti"]; said && id != doc["id"] {
		return errors.New("jti is not the id")
	}
	for claim, member := range map[string]string{"nbf": "validFrom", "exp": "validUntil"} {
		seconds, said := doc[claim].(float64)
		if !said {
			continue
		}
		t, err := timeOf(doc, member)
		if err != nil || t.Unix() != int64(seconds) {
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
func (v verifier) checkDates(r *Report, doc object) {
	var err error
	if r.From, err = timeOf(doc, "validFrom"); err != nil {
		r.fault(NotYet, err)
	} else if v.now.Before(r.From) {
		r.fault(NotYet, fmt.Errorf("valid from %s", stamp(r.From)))
	}
	if r.Until, err = timeOf(doc, "validUntil"); err != nil {
		r.fault(Lapsed, err)
	} else if !r.Until.IsZero() && v.now.After(r.Until) {
		r.fault(Lapsed, fmt.Errorf("valid until %s", stamp(r.Until)))
	}
}

// checkStatus looks a credential up in the status lists it names. One without a status cannot be taken back.
func (v verifier) checkStatus(r *Report, doc object) {
	if _, said := doc["credentialStatus"]; !said {
		return
	}
	entries := objects(doc["credentialStatus"])
	if len(entries) == 0 {
		r.fault(StatusUnknown, errList)
	}
	const most = 4
	for n, e := range entries {
		purpose, _ := e["statusPurpose"].(string)
		set, err := false, errList
		if n < most {
			set, err = v.statusOf(r.Issuer, e)
		}
		switch {
		case err != nil:
			r.fault(StatusUnknown, err)
		case !set:
		case purpose == purposeRevocation:
			r.fault(Revoked, errors.New("the issuer has taken it back"))
		case purpose == "suspension":
			r.fault(Suspended, errors.New("the issuer is looking into it"))
		}
	}
}

// statusOf reads one entry's bit from the list it names, which the same issuer must have signed.
func (v verifier) statusOf(issuer string, entry object) (bool, error) {
	address, _ := entry["statusListCredential"].(string)
	index, _ := entry["statusListIndex"].(string)
	position, err := strconv.Atoi(index)
	if err != nil || entry["type"] != "BitstringStatusListEntry" {
		return false, errList
	}
	list, err := v.fetch(address)
	if err != nil {
		return false, err
	}
	if of, _ := issuerOf(list); list["id"] != address || of != issuer {
		return false, fmt.Errorf("%s is not this issuer's list", address)
	}
	r := describe(list)
	v.checkEmbedded(&r, list)
	v.checkDates(&r, list)
	if !r.Good() {
		return false, fmt.Errorf("%s: %w", address, errors.Join(r.Why...))
	}
	subject, _ := list["credentialSubject"].(object)
	if subject["type"] != "BitstringStatusList" || subject["statusPurpose"] != entry["statusPurpose"] {
		return false, errList
	}
	packed, _ := subject["encodedList"].(string)
	return bitAt(packed, position)
}
