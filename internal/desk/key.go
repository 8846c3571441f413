package desk

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
)

// The keys of machine credentials stand in the database, so that several nodes share them, with their private halves
// sealed: whoever has a copy of the database alone can sign nothing. The deeds of this file are those of whoever runs the
// program, and have no actor.

// Secret is the installation's secret. It prints as nothing, so that no log can hold it.
type Secret string

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides it from %#v.
func (s Secret) GoString() string { return s.String() }

// ErrSecret says that the installation's secret does not open what was sealed with it.
var ErrSecret = errors.New("the secret (TENARAI_SECRET) is not the one that the keys of credentials were sealed with")

// SetUpKeys makes the keys that are missing, once for all nodes, and proves that the secret opens those that sign: better
// told at the start than when somebody needs her credential.
func (d *Desk) SetUpKeys(ctx context.Context) error {
	keys, err := d.Store.CredentialKeys(ctx)
	if err != nil {
		return err
	}
	signs := map[certificate.Algorithm]bool{}
	for _, k := range keys {
		signs[k.Algorithm] = signs[k.Algorithm] || k.Retired.IsZero()
	}
	for _, a := range certificate.Algorithms {
		if !signs[a] {
			k, err := d.sealedKey(a)
			if err != nil {
				return err
			}
			if err := d.deed(ctx, func(ctx context.Context, now time.Time) error { return d.keepKey(ctx, k, now) }); err != nil {
				return err
			}
		}
		if _, err := d.signingKey(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// RotateKeys lets new keys sign from now on. The old ones stay published for ever, so that what they signed stays valid.
func (d *Desk) RotateKeys(ctx context.Context) error {
	var fresh []certificate.SigningKey // made before the transaction: an RSA key takes its time
	for _, a := range certificate.Algorithms {
		k, err := d.sealedKey(a)
		if err != nil {
			return err
		}
		fresh = append(fresh, k)
	}
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		for _, k := range fresh {
			if err := d.Store.RetireCredentialKeys(ctx, k.Algorithm, now); err != nil {
				return err
			}
			if err := d.keepKey(ctx, k, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Desk) sealedKey(a certificate.Algorithm) (certificate.SigningKey, error) {
	k, err := d.Badges.NewKey(a)
	if err != nil {
		return k, err
	}
	k.Private, err = d.seal(k.KID, k.Private)
	return k, err
}

// keepKey lets a key sign from now on, unless another of its algorithm does: then another node was faster, and its key
// serves all.
func (d *Desk) keepKey(ctx context.Context, k certificate.SigningKey, now time.Time) error {
	k.Created = now
	added, err := d.Store.AddCredentialKey(ctx, k)
	if err != nil || !added {
		return err
	}
	return d.happened(ctx, Actor{}, now, "key.added", audit.Subject{Kind: "key"}, 0, map[string]any{"algorithm": string(k.Algorithm), "kid": k.KID})
}

// signingKey is the key of an algorithm that signs, unsealed.
func (d *Desk) signingKey(ctx context.Context, a certificate.Algorithm) (certificate.SigningKey, error) {
	k, err := d.Store.SigningKey(ctx, a)
	if isMissing(err) { // no fault of who asks, who must not read that her certificate does not exist
		return k, fmt.Errorf("no key signs %s: keys are set up when the service starts", a)
	}
	if err != nil {
		return k, fmt.Errorf("key that signs %s: %w", a, err)
	}
	k.Private, err = d.unseal(k.KID, k.Private)
	return k, err
}

// seal encrypts a private key with AES-256-GCM, bound to the key's name, so that sealed keys cannot be exchanged.
func (d *Desk) seal(kid string, private []byte) ([]byte, error) {
	box, err := d.box()
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, private, []byte(kid)), nil
}

func (d *Desk) unseal(kid string, sealed []byte) ([]byte, error) {
	box, err := d.box()
	if err != nil {
		return nil, err
	}
	private, err := box.Open(nil, nil, sealed, []byte(kid))
	if err != nil {
		return nil, ErrSecret
	}
	return private, nil
}

// leastSecret is how many bytes a secret has at least.
const leastSecret = 16

// box derives the key from the installation's secret (HKDF-SHA-256), which may serve other ends later. It draws its nonces
// from the machine, never from the demo town's seeded chance: one used twice would give the key away.
func (d *Desk) box() (cipher.AEAD, error) {
	if len(d.Secret) < leastSecret {
		return nil, fmt.Errorf("the secret (TENARAI_SECRET) must have %d characters or more", leastSecret)
	}
	key, err := hkdf.Key(sha256.New, []byte(d.Secret), nil, "tenarai credential keys 1", 32)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
