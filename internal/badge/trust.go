package badge

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"tenarai/internal/certificate"
)

// methodKey is the key a proof names, if the issuer publishes it for assertions. The name alone proves nothing, even where
// it holds the key itself: anybody can write one.
func (v verifier) methodKey(issuer, method string) (crypto.PublicKey, error) {
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
			return keyOf(m)
		}
	}
	return nil, fmt.Errorf("%s publishes no key %s", issuer, method)
}

// keyOf is the key of a verification method, as a Multikey or a JWK (W3C Controlled Identifiers 1.0, 2.2).
func keyOf(method object) (crypto.PublicKey, error) {
	if jwk, ok := method["publicKeyJwk"].(object); ok {
		key, err := fromJWK(jwk)
		return key.Key, err
	}
	value, _ := method["publicKeyMultibase"].(string)
	return fromMultikey(value)
}

func fromJWK(members object) (key jose.JSONWebKey, err error) {
	b, err := json.Marshal(members)
	if err == nil {
		err = json.Unmarshal(b, &key)
	}
	if err == nil && (!key.Valid() || !key.IsPublic()) {
		err = errors.New("no public key")
	}
	return key, err
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
	if had, ok := v.loaded[address]; ok {
		return had.doc, had.err
	}
	doc, err := v.fetchNow(address)
	v.loaded[address] = fetched{doc, err}
	return doc, err
}

func (v verifier) fetchNow(address string) (object, error) {
	if v.load == nil {
		return nil, fmt.Errorf("%s: %w", address, certificate.ErrNotFetched)
	}
	b, err := v.load(address)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", address, err)
	}
	if len(b) > Largest {
		return nil, fmt.Errorf("load %s: too large", address)
	}
	return readObject(b)
}

// Home is the address where a document is published by its id: a DID document by its method, any other at its id itself.
func Home(id string) string {
	if address, err := controllerAddress(id); err == nil {
		return address
	}
	return id
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

// signerKey is the key a kid names: a method of the issuer's document, or the address of a JWK on the issuer's own host.
func (v verifier) signerKey(issuer, kid string) (any, error) {
	if strings.HasPrefix(kid, "did:") {
		return v.methodKey(issuer, kid)
	}
	home, err := controllerAddress(issuer)
	if err != nil {
		return nil, err
	}
	if host := hostOf(kid); host == "" || host != hostOf(home) {
		return nil, fmt.Errorf("the key %q is not the issuer's (%q)", kid, issuer)
	}
	member, err := v.fetch(kid)
	if err != nil {
		return nil, err
	}
	key, err := fromJWK(member)
	if err != nil {
		return nil, fmt.Errorf("%s is no public key: %w", kid, err)
	}
	return key, nil
}

// hostOf is the host of an https address, and of an http one on this machine (the demo town); of others it is empty.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname())) {
		return ""
	}
	return strings.ToLower(u.Host)
}
