package badge

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math/big"
	"strings"
)

// base58 is the alphabet of multibase's "z" (base58btc).
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// ed25519Prefix is the multicodec of an Ed25519 public key (0xed as a varint).
var ed25519Prefix = []byte{0xed, 0x01}

var errMultibase = errors.New("not a multibase value")

// toMultibase writes bytes as base58btc with its prefix z.
func toMultibase(b []byte) string {
	n, base, rest := new(big.Int).SetBytes(b), big.NewInt(58), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, rest)
		out = append(out, base58[rest.Int64()])
	}
	for _, c := range b {
		if c != 0 {
			break
		}
		out = append(out, base58[0])
	}
	out = append(out, 'z')
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// fromMultibase reads base58btc with its prefix z. No key or signature here is longer than 128 characters.
func fromMultibase(s string) ([]byte, error) {
	const longest = 128
	digits, ok := strings.CutPrefix(s, "z")
	if !ok || len(digits) > longest {
		return nil, errMultibase
	}
	n, base := new(big.Int), big.NewInt(58)
	for _, c := range digits {
		v := strings.IndexRune(base58, c)
		if v < 0 {
			return nil, errMultibase
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(v)))
	}
	zeros := len(digits) - len(strings.TrimLeft(digits, base58[:1]))
	return append(make([]byte, zeros), n.Bytes()...), nil
}

// multikey writes an Ed25519 public key as a Multikey value (W3C Controlled Identifiers 1.0, 2.2.2).
func multikey(key ed25519.PublicKey) string {
	return toMultibase(append(bytes.Clone(ed25519Prefix), key...))
}

// fromMultikey reads an Ed25519 Multikey value.
func fromMultikey(s string) (ed25519.PublicKey, error) {
	b, err := fromMultibase(s)
	if err != nil {
		return nil, err
	}
	key, ok := bytes.CutPrefix(b, ed25519Prefix)
	if !ok || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("not an Ed25519 key")
	}
	return key, nil
}
