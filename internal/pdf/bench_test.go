package pdf

import "testing"

// BenchmarkCertificate is a certificate of two pages with ordinary content.
func BenchmarkCertificate(b *testing.B) {
	p, err := New()
	if err != nil {
		b.Fatal(err)
	}
	c := sample("𠮷田 由美")
	for b.Loop() {
		if _, err := p.Certificate(c, verifyURL); err != nil {
			b.Fatal(err)
		}
	}
}
