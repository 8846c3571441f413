package certificate

import (
	"strings"

	"tenarai/internal/problem"
)

// Number names a certificate on paper and in its QR code, for ever: 80 random bits in Crockford's base32 (16 characters)
// and a check character, in groups of four: 7K3Q-9M2X-40VD-HJ6T-W.
//
// Crockford's own check symbols (mod 37: * ~ $ = U) do not survive in addresses that people copy, so the check character
// comes from the same 32 letters: the characters c₁₆…c₀, read as elements of the field GF(2⁵), satisfy Σ cᵢ·gⁱ = 0 for a
// primitive element g. As the powers g⁰…g¹⁶ differ from zero and from each other, every single wrong character and every
// exchange of two characters, neighbours or not, is found.
type Number string

const (
	symbols     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base32: without I, L, O and U
	randomBytes = 10
	payload     = randomBytes * 8 / 5 // characters before the check character
	groupSize   = 4
)

// NewNumber makes a number of exactly ten random bytes. Any other length is a mistake in the program, and panics.
func NewNumber(random []byte) Number {
	if len(random) != randomBytes {
		panic("certificate: a number is made of ten random bytes")
	}
	var values [payload]byte
	var pending uint32
	bits, n := 0, 0
	for _, b := range random {
		pending = pending<<8 | uint32(b)
		for bits += 8; bits >= 5; n++ {
			bits -= 5
			values[n] = byte(pending>>bits) & 31
		}
	}
	return grouped(append(values[:], checkValue(values[:])))
}

// ParseNumber reads a number as people type it: in lower case, with o for 0 and i or l for 1, full-width, with or without
// hyphens and spaces. It refuses what is not a number or does not fit its check character.
func ParseNumber(s string) (Number, error) {
	values := make([]byte, 0, payload+1)
	for _, r := range s {
		r = narrow(r)
		if isSeparator(r) {
			continue
		}
		v := strings.IndexRune(symbols, r)
		if v < 0 || len(values) > payload {
			return "", wrongNumber()
		}
		values = append(values, byte(v))
	}
	if len(values) != payload+1 || checkValue(values[:payload]) != values[payload] {
		return "", wrongNumber()
	}
	return grouped(values), nil
}

func wrongNumber() error { return problem.At("number", "certificate.number_wrong") }

// narrow maps full-width forms to ASCII, lower case to upper, and the letters that look like digits to the digits.
func narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}

// isSeparator knows spaces, and the many characters that a Japanese or English keyboard offers for a hyphen.
func isSeparator(r rune) bool {
	return strings.ContainsRune(" \t\r\n\u00a0\u3000-‐‑‒–—―−ーｰ", r)
}

func grouped(values []byte) Number {
	var b strings.Builder
	for i, v := range values {
		if i > 0 && i%groupSize == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(symbols[v])
	}
	return Number(b.String())
}

// checkValue solves Σ cᵢ·gⁱ = 0 for the last character. By Horner's rule the sum of the others is multiplied by g once for
// every place to its right, so that the first character carries g¹⁶ and the check character g⁰; the law is the same.
func checkValue(values []byte) byte {
	var sum byte
	for _, v := range values {
		sum = timesG(sum ^ v)
	}
	return sum
}

// timesG multiplies by g = x in GF(2⁵) with the primitive polynomial x⁵ + x² + 1.
func timesG(v byte) byte {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101
	}
	return v
}
