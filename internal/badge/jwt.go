package badge

import (
	"crypto/rsa"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"tenarai/internal/certificate"
)

// JWT is a claim as a VC-JWT (Open Badges 3.0, 8.2): the credential itself is the payload, with the registered claims
// beside its members. The header holds alg, kid and typ; the specification allows no others.
func (i Issuer) JWT(c certificate.Claim, k certificate.SigningKey) ([]byte, error) {
	key, err := private[*rsa.PrivateKey](k)
	if err != nil {
		return nil, err
	}
	doc := i.credential(c)
	subject, _ := doc["credentialSubject"].(object)
	doc["iss"], doc["jti"], doc["sub"], doc["nbf"] = i.did, doc["id"], subject["id"], c.Issued.Unix()
	if !c.Until.IsZero() {
		doc["exp"] = c.Until.Unix()
	}
	payload, err := encode(doc)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", c.Number, err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", i.keyAddress(k.KID)))
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", c.Number, err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", c.Number, err)
	}
	compact, err := signed.CompactSerialize()
	return []byte(compact), err
}
