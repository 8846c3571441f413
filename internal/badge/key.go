package badge

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"tenarai/internal/certificate"
)

// rsaBits is the size of RS256 keys (Open Badges 3.0, 8.2.2: 2048 or larger).
const rsaBits = 2048

// NewKey makes a key pair. Its name follows from its public half: for Ed25519 it is the Multikey itself, which lets a
// checker read the key from the name of a proof's method.
func (i Issuer) NewKey(a certificate.Algorithm) (certificate.SigningKey, error) {
	var private crypto.Signer
	var err error
	switch a {
	case certificate.DataIntegrity:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case certificate.JWT:
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		err = fmt.Errorf("no such algorithm: %s", a)
	}
	if err != nil {
		return certificate.SigningKey{}, fmt.Errorf("make key: %w", err)
	}
	k := certificate.SigningKey{Key: certificate.Key{Algorithm: a}}
	if k.Public, err = x509.MarshalPKIXPublicKey(private.Public()); err != nil {
		return k, fmt.Errorf("make key: %w", err)
	}
	if k.Private, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
		return k, fmt.Errorf("make key: %w", err)
	}
	k.KID = nameOf(private.Public(), k.Public)
	return k, nil
}

func nameOf(public crypto.PublicKey, der []byte) string {
	if key, ok := public.(ed25519.PublicKey); ok {
		return multikey(key)
	}
	const short = 10
	sum := sha256.Sum256(der)
	return "rs256-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:short]))
}

var errKeyKind = errors.New("the key is of another kind")

// private reads a signing key of type K.
func private[K crypto.Signer](k certificate.SigningKey) (K, error) {
	var none K
	any, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return none, fmt.Errorf("read key %s: %w", k.KID, err)
	}
	key, ok := any.(K)
	if !ok {
		return none, fmt.Errorf("read key %s: %w", k.KID, errKeyKind)
	}
	return key, nil
}

// public reads the public half of type K.
func public[K crypto.PublicKey](k certificate.Key) (K, error) {
	var none K
	any, err := x509.ParsePKIXPublicKey(k.Public)
	if err != nil {
		return none, fmt.Errorf("read key %s: %w", k.KID, err)
	}
	key, ok := any.(K)
	if !ok {
		return none, fmt.Errorf("read key %s: %w", k.KID, errKeyKind)
	}
	return key, nil
}

// DIDDocument is what did:web leads to: the Ed25519 keys that sign or once signed, each allowed to make assertions. A key
// that has been retired stays, or all it signed would turn invalid.
func (i Issuer) DIDDocument(keys []certificate.Key) ([]byte, error) {
	methods, names := []any{}, []any{}
	for _, k := range keys {
		if k.Algorithm != certificate.DataIntegrity {
			continue
		}
		key, err := public[ed25519.PublicKey](k)
		if err != nil {
			return nil, err
		}
		name := i.method(k)
		methods = append(methods, object{"id": name, "type": "Multikey", "controller": i.did, "publicKeyMultibase": multikey(key)})
		names = append(names, name)
	}
	return encode(object{
		"@context": []any{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"},
		"id":       i.did, "verificationMethod": methods, "assertionMethod": names,
	})
}

// method names a key in the DID document.
func (i Issuer) method(k certificate.Key) string { return i.did + "#" + k.KID }

// JWK is the public half of an RS256 key as one bare JWK: what the kid of a VC-JWT leads to (Open Badges 3.0, 8.2.3).
func (i Issuer) JWK(k certificate.Key) ([]byte, error) {
	key, err := i.jwk(k)
	if err != nil {
		return nil, err
	}
	return encode(key)
}

func (i Issuer) jwk(k certificate.Key) (jose.JSONWebKey, error) {
	key, err := public[*rsa.PublicKey](k)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	return jose.JSONWebKey{Key: key, KeyID: i.keyAddress(k.KID), Algorithm: string(jose.RS256), Use: "sig"}, nil
}

// JWKS is the set of all RS256 keys that sign or once signed.
func (i Issuer) JWKS(keys []certificate.Key) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range keys {
		if k.Algorithm != certificate.JWT {
			continue
		}
		key, err := i.jwk(k)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, key)
	}
	return encode(set)
}
