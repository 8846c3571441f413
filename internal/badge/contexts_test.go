package badge

import (
	"maps"
	"reflect"
	"strings"
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
	several := mustObject(must(encode(one)))
	several["id"] = "https://not an address/" // the processor leaves out what is said of it
	odd := mustObject(must(encode(one)))
	odd["id"] = asMatched + "https://tenarai.example/credentials/1"
	numbers := object{"@context": []any{contextVC, contextOB}, "id": "urn:a", "type": []any{"Achievement"}, "creditsAvailable": 2.5, "version": 3.0, "name": true}
	for name, doc := range map[string]any{"certificate": one, "record": record, "no address": several, "an odd address": odd, "numbers": numbers} {
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
		if got, err := known().shortened(doc).canonical(doc); err != nil || got != want {
			t.Errorf("%s in shortened contexts: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

// Shortened contexts keep what a document uses and leave out what it does not: a member or a type of another document is
// then not signed but refused.
func TestShortenedContexts(t *testing.T) {
	doc := object{"@context": []any{contextVC, contextOB}, "id": "urn:a", "type": []any{"AchievementCredential"}, "name": "x"}
	few := known().shortened(doc)
	if quads, err := few.canonical(doc); err != nil || !strings.Contains(quads, "vocab.html#OpenBadgeCredential") {
		t.Errorf("%v: %s", err, quads)
	}
	for name, change := range map[string]object{"member": {"issuer": "urn:b"}, "type": {"type": []any{"AchievementCredential", "ClrCredential"}}} {
		other := maps.Clone(doc)
		maps.Copy(other, change)
		if quads, err := few.canonical(other); err == nil {
			t.Errorf("%s: %s", name, quads)
		}
	}
	whole, some := must(encode(map[string]any(known()))), must(encode(map[string]any(few)))
	if len(some) > len(whole)/10 {
		t.Errorf("%d bytes are left of %d", len(some), len(whole))
	}
	if again := known().shortened(doc); !reflect.DeepEqual(again, few) || len(must(encode(map[string]any(known())))) != len(whole) {
		t.Error("what it was shortened from has changed")
	}
}

// A memo holds no more than it may, and answers the same whether it remembers or not.
func TestMemo(t *testing.T) {
	m, reckoned := memo[int, int]{most: 3}, 0
	square := func(n int) int {
		return m.get(n, func() int {
			reckoned++
			return n * n
		})
	}
	for _, n := range []int{1, 2, 1, 2, 3, 4, 1, 1} {
		if square(n) != n*n || len(m.held) > 3 {
			t.Errorf("%d: %d, %d held", n, square(n), len(m.held))
		}
	}
	if reckoned != 5 {
		t.Errorf("reckoned %d times", reckoned)
	}
}

// A number is written by its type: the processor must see which it is.
func TestNumbersAreWrittenByTheirType(t *testing.T) {
	double := object{"@value": 3.0, "@type": ld.XSDDouble}
	expanded := []any{object{"@id": "urn:a", "https://schema.org/version": []any{double}}}
	set, err := statements(expanded, known().options())
	if err != nil {
		t.Fatal(err)
	}
	if quads, err := written(set.GetQuads("@default")); err != nil || !strings.Contains(quads, `"3.0E0"^^<http://www.w3.org/2001/XMLSchema#double>`) {
		t.Errorf("%v: %s", err, quads)
	}
}
