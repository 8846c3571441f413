package pdf

import (
	"testing"

	"tenarai/internal/certificate"
)

// BenchmarkCertificate is a certificate of two pages with ordinary content.
func BenchmarkCertificate(b *testing.B) {
	p, err := New()
	if err != nil {
		b.Fatal(err)
	}
	c := sample("𠮷田 由美")
	for b.Loop() {
		if _, err := p.Certificate(certificate.Sheet{Certificate: c, Address: verifyURL}); err != nil {
			b.Fatal(err)
		}
	}
}
