package badge

import (
	"testing"

	"github.com/piprate/json-gold/ld"

	"tenarai/internal/certificate"
)

// What is signed is, byte for byte, what the processor would write itself: also of documents whose proofs are graphs of
// their own, as those in a record are.
func TestCanonicalAsTheProcessorWritesIt(t *testing.T) {
	h, keys := openHouse(t, testAddress), testKeys()
	one, err := decode(must(h.Credential(claimAt(1), keys[certificate.DataIntegrity])))
	if err != nil {
		t.Fatal(err)
	}
	record, err := decode(must(h.Record(recordOf(claimAt(1), skillClaim(2), programmeClaim(3)), keys[certificate.DataIntegrity])))
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string]any{"certificate": one, "record": record} {
		doc, ok := doc.(object)
		if !ok {
			t.Fatalf("%s: %T", name, doc)
		}
		o := known().options()
		o.Algorithm, o.Format = ld.AlgorithmURDNA2015, "application/n-quads"
		want, err := ld.NewJsonLdProcessor().Normalize(doc, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := known().canonical(doc); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}
