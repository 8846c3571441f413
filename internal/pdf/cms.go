package pdf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// The detached signature of a PDF is a CMS SignedData (RFC 5652) as PAdES baseline B-B wants it (ETSI EN 319 142-1, 6.3): no
// content, no signing time (the document states it), and the certificate named by its hash among what is signed (RFC 5035).
// It is written here and not with a PKCS#7 library because those take the content as a whole, copy it, and ask the machine
// for the time.
var (
	oidData               = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSAWithSHA256      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidECDSAWithSHA256    = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

type cmsContent struct {
	Type   asn1.ObjectIdentifier
	Signed cmsSignedData `asn1:"explicit,tag:0"`
}

type cmsSignedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      struct{ Type asn1.ObjectIdentifier }
	Certificates asn1.RawValue
	Signers      []cmsSigner `asn1:"set"`
}

type cmsSigner struct {
	Version    int
	Issuer     cmsIssuer
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type cmsIssuer struct {
	Name   asn1.RawValue
	Serial *big.Int
}

type cmsAttribute struct {
	Type   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

// cmsCertificates is a SigningCertificateV2: the certificates' SHA-256.
type cmsCertificates struct{ List []struct{ Hash []byte } }

// sign makes a detached signature over content of which the SHA-256 is given.
func (i *Identity) sign(digest []byte) ([]byte, error) {
	leaf := sha256.Sum256(i.leaf.Raw)
	attributes, err := asn1.MarshalWithParams([]cmsAttribute{
		{oidContentType, []any{oidData}},
		{oidMessageDigest, []any{digest}},
		{oidSigningCertificate, []any{cmsCertificates{[]struct{ Hash []byte }{{leaf[:]}}}}},
	}, "set")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attributes)
	signature, err := i.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	attributes[0] = 0xA0 // [0] IMPLICIT in the message; a plain SET was signed (RFC 5652, 5.4)
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidRSAWithSHA256, Parameters: asn1.NullRawValue}
	if _, ok := i.key.Public().(*ecdsa.PublicKey); ok {
		algorithm = pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256}
	}
	hashing := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	signed := cmsSignedData{
		Version:      1,
		Digests:      []pkix.AlgorithmIdentifier{hashing},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: i.chain()},
		Signers: []cmsSigner{{
			Version:    1,
			Issuer:     cmsIssuer{asn1.RawValue{FullBytes: i.leaf.RawIssuer}, i.leaf.SerialNumber},
			Digest:     hashing,
			Attributes: asn1.RawValue{FullBytes: attributes},
			Algorithm:  algorithm,
			Signature:  signature,
		}},
	}
	signed.Content.Type = oidData
	return asn1.Marshal(cmsContent{oidSignedData, signed})
}

// chain are the certificates, one after the other.
func (i *Identity) chain() []byte {
	all := append([]byte(nil), i.leaf.Raw...)
	for _, c := range i.others {
		all = append(all, c.Raw...)
	}
	return all
}

// room is at least as many bytes as a signature has.
func (i *Identity) room() int {
	const frame = 1024 // attributes, names of algorithms, and the signature of a key of up to 4096 bits
	return len(i.chain()) + len(i.leaf.RawIssuer) + frame
}
