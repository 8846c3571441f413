package badge

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"tenarai/internal/certificate"
)

// What would keep the processor busy for long is not given to it, in whatever way it is written. It is no forgery either.
func TestTooMuch(t *testing.T) {
	did, key := stranger(t)
	method := did + "#" + multikey(key.Public().(ed25519.PublicKey))
	texts := func(n, from int) (out []any) {
		for i := range n {
			out = append(out, fmt.Sprint(from+i))
		}
		return out
	}
	achievement := func(doc object) object { return doc["credentialSubject"].(object)["achievement"].(object) }
	for what, edit := range map[string]func(doc object){
		"tags": func(doc object) { achievement(doc)["tag"] = texts(20_000, 0) },
		"tags in arrays": func(doc object) {
			var list []any
			for i := range 100 {
				list = append(list, texts(100, i*100))
			}
			achievement(doc)["tag"] = list
		},
		"tags of one node in many places": func(doc object) {
			var list []any
			for i := range 30 {
				list = append(list, object{"id": "urn:x", "type": []any{"Achievement"}, "tag": texts(400, i*400)})
			}
			doc["credentialSubject"].(object)["achievement"] = list
		},
		"nodes": func(doc object) {
			var list []any
			for range 1000 {
				list = append(list, object{"type": []any{"Evidence"}})
			}
			doc["evidence"] = list
		},
		"values": func(doc object) {
			var list []any
			for i := range 60 {
				list = append(list, object{"id": fmt.Sprintf("urn:%d", i), "type": []any{"Achievement"}, "tag": texts(400, i*400)})
			}
			doc["credentialSubject"].(object)["achievement"] = list
		},
		"objects": func(doc object) {
			var list []any
			for i := range mostObjects/mostTogether + 1 {
				var in []any
				for range mostTogether {
					in = append(in, object{})
				}
				list = append(list, object{"id": fmt.Sprintf("urn:%d", i), "related": in})
			}
			doc["evidence"] = list
		},
		"contexts": func(doc object) {
			var list []any
			for range mostTogether / 2 {
				list = append(list, object{"@context": []any{contextVC, contextOB, contextCLR}, "type": []any{"Evidence"}})
			}
			doc["evidence"] = list
		},
		"contexts of the document": func(doc object) {
			list := doc["@context"].([]any)
			for range mostTogether {
				list = append(list, contextOB)
			}
			doc["@context"] = list
		},
		"boxes in boxes": func(doc object) {
			var box any = "x"
			for range 5000 {
				box = []any{box}
			}
			doc["evidence"] = box
		},
		"nodes in nodes": func(doc object) {
			for range 5000 {
				doc["evidence"] = object{"evidence": doc["evidence"]}
			}
		},
		"members": func(doc object) {
			o := object{}
			for i := range 1000 {
				o[fmt.Sprint(i)] = true
			}
			doc["evidence"] = o
		},
		"values of the proof": func(doc object) { doc["proof"].([]any)[0].(object)["domain"] = texts(1000, 0) },
	} {
		doc := mustObject(proven(t, foreign(did), key, method, false))
		edit(doc)
		r, err := Verify(must(encode(doc)), today, nil)
		if err != nil || len(r.Faults) != 1 || !r.Has(certificate.TooMuch) || r.Good() || r.Authentic() {
			t.Errorf("%s: %v %v, %v", what, r.Faults, r.Why, err)
		}
	}
}

// The largest record that can be checked at all is not too much.
func TestLargestRecord(t *testing.T) {
	h := openHouse(t, testAddress)
	var claims []certificate.Claim
	for n := range 100 {
		claims = append(claims, claimAt(n))
	}
	doc := h.record(claims...)
	if len(doc) > Largest || len(doc) < Largest/2 {
		t.Errorf("%d bytes of %d", len(doc), Largest)
	}
	whole := mustObject(doc)
	if err := measured(whole); err != nil {
		t.Error(err)
	}
	expanded, err := known().expand(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := gathered(expanded); err != nil {
		t.Error(err)
	}
}
