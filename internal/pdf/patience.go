package pdf

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// A PKCS #12 file says itself how often its password is hashed, up to two thousand million times, and the module that reads
// it has no bound and cannot be interrupted. What stands in it in the open is looked through first, see patient. One of its
// two parts is mostly encrypted as a whole and has certificates in it; a key in there would be encrypted once more, with a
// count that nobody sees before: see probe.

// probed refuses a file that may hide a count from patient.
func probed(p12 []byte, password string) error {
	parts, err := sectionsOf(p12)
	if err != nil {
		return err
	}
	for _, part := range parts {
		var c content
		if err := whole(part.FullBytes, &c); err != nil {
			return err
		}
		switch {
		case c.Type.Equal(oidSealedPart):
			if err := probe(part, password); err != nil {
				return err
			}
		case c.Type.Equal(oidData):
			if _, err := octets(c.Value.Bytes); err != nil {
				return err
			}
		default:
			return errors.New("a part of another kind")
		}
	}
	return nil
}

// patient tells whether a file asks for no more rounds of hashing than a person waits for, as far as that stands in the open:
// beside its parts, at the head of an encrypted part, and at an encrypted key in an open part. A file that is built otherwise
// is not: nobody knows where its counts are.
func patient(p12 []byte) bool {
	parts, err := sectionsOf(p12)
	if err != nil || !fewRounds(p12, 0) {
		return false
	}
	for _, part := range parts {
		if !fewRounds(part.FullBytes, 0) {
			return false
		}
		var c content
		if err := whole(part.FullBytes, &c); err != nil {
			return false
		}
		if !c.Type.Equal(oidData) {
			continue
		}
		bags, err := octets(c.Value.Bytes)
		if err != nil || !fewRounds(bags, 0) {
			return false
		}
	}
	return true
}

// fewRounds looks at the numbers of a structure. It does not look into strings of octets: salts, certificates and what is
// encrypted hold large numbers by chance.
func fewRounds(der []byte, depth int) bool {
	const deepest = 24 // a count stands less than 20 deep
	for len(der) > 0 && depth < deepest {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return false
		}
		switch {
		case v.IsCompound:
			if !fewRounds(v.Bytes, depth+1) {
				return false
			}
		case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger:
			if n := new(big.Int).SetBytes(v.Bytes); n.IsUint64() && n.Uint64() > mostRounds {
				return false
			}
		}
		der = rest
	}
	return true
}

// How such a file is built (RFC 7292, 4).
type (
	content struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue `asn1:"tag:0,explicit,optional"`
	}
	container struct {
		Version int
		Parts   content
		MAC     asn1.RawValue `asn1:"optional"`
	}
	bag struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue `asn1:"tag:0,explicit"`
	}
)

var (
	oidSealedPart = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidPBMAC1     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMAC256    = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

// whole reads one value and nothing after it.
func whole(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("something stands after it")
	}
	return err
}

// octets reads an octet string: what stands in another kind of string patient would not have looked into.
func octets(der []byte) ([]byte, error) {
	var b []byte
	err := whole(der, &b)
	return b, err
}

// sectionsOf are the parts of a file, one or two.
func sectionsOf(p12 []byte) ([]asn1.RawValue, error) {
	var file container
	if err := whole(p12, &file); err != nil {
		return nil, err
	}
	inside, err := octets(file.Parts.Value.Bytes)
	if err != nil {
		return nil, err
	}
	var parts []asn1.RawValue
	err = whole(inside, &parts)
	return parts, err
}

// probe refuses an encrypted part that holds a key. It has the module read a file of this part and, before it, a key of ours
// that is not encrypted: a second key the module refuses before it decrypts it.
func probe(part asn1.RawValue, password string) error {
	p12, err := beside(part, password)
	if err != nil {
		return err
	}
	_, _, _, err = pkcs12.DecodeChain(p12, password)
	if err != nil && strings.HasSuffix(err.Error(), "certificate missing") {
		return nil // whatever it holds is no key
	}
	return err
}

// beside is a file of our key and a part of somebody's file, in this order.
func beside(part asn1.RawValue, password string) ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		return nil, err
	}
	bags, err := asn1.Marshal([]bag{{oidKeyBag, explicitly(key)}})
	if err != nil {
		return nil, err
	}
	first, err := contentOf(bags)
	if err != nil {
		return nil, err
	}
	parts, err := asn1.Marshal([]any{first, part})
	if err != nil {
		return nil, err
	}
	file := container{Version: 3}
	if file.Parts, err = contentOf(parts); err != nil {
		return nil, err
	}
	if file.MAC.FullBytes, err = authentication(parts, password); err != nil {
		return nil, err
	}
	return asn1.Marshal(file)
}

func explicitly(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: der}
}

func contentOf(b []byte) (content, error) {
	inside, err := asn1.Marshal(b)
	return content{oidData, explicitly(inside)}, err
}

// authentication is what the module demands of a file with a password: PBMAC1 (RFC 9579), here of one round.
func authentication(parts []byte, password string) ([]byte, error) {
	type derivation struct {
		Salt           []byte
		Rounds, Length int
		Function       pkix.AlgorithmIdentifier
	}
	type method struct{ Derivation, MAC pkix.AlgorithmIdentifier }
	type digest struct {
		Method pkix.AlgorithmIdentifier
		Sum    []byte
	}
	type mac struct {
		Digest digest
		Salt   []byte
		Rounds int
	}
	salt, hashed := []byte("probe"), pkix.AlgorithmIdentifier{Algorithm: oidHMAC256}
	how, err := asn1.Marshal(derivation{salt, 1, sha256.Size, hashed})
	if err != nil {
		return nil, err
	}
	by, err := asn1.Marshal(method{pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: asn1.RawValue{FullBytes: how}}, hashed})
	if err != nil {
		return nil, err
	}
	// The module hashes what became of the password in UTF-16: broken bytes are U+FFFD.
	key, err := pbkdf2.Key(sha256.New, string([]rune(password)), salt, 1, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	sum := hmac.New(sha256.New, key)
	sum.Write(parts)
	return asn1.Marshal(mac{digest{pkix.AlgorithmIdentifier{Algorithm: oidPBMAC1, Parameters: asn1.RawValue{FullBytes: by}}, sum.Sum(nil)}, salt, 1})
}
