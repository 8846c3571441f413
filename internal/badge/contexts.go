package badge

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/piprate/json-gold/ld"
)

//go:embed contexts/credentials-v2.json contexts/ob-v3p0-3.0.3.json contexts/ob-v3p0-extensions.json contexts/clr-v2p0-2.0.1.json contexts/data-integrity-v2.json
var contextFiles embed.FS

// contexts are the JSON-LD contexts a document may name, by address. As a loader it refuses every other.
type contexts map[string]any

// known reads the embedded contexts once.
var known = sync.OnceValue(func() contexts {
	out := contexts{}
	for address, name := range map[string]string{
		contextVC: "credentials-v2.json", contextOB: "ob-v3p0-3.0.3.json", contextExtensions: "ob-v3p0-extensions.json",
		contextCLR: "clr-v2p0-2.0.1.json", contextIntegrity: "data-integrity-v2.json",
	} {
		b, err := contextFiles.ReadFile("contexts/" + name)
		if err == nil {
			out[address], err = decode(b)
		}
		if err != nil {
			panic("badge: embedded context " + name + ": " + err.Error()) // the binary itself is broken
		}
	}
	return out
})

// errContext says that a document asks for a context that is not embedded.
var errContext = errors.New("a context that is not known here")

// LoadDocument gives an embedded context to the JSON-LD processor.
func (c contexts) LoadDocument(address string) (*ld.RemoteDocument, error) {
	doc, ok := c[address]
	if !ok {
		return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, fmt.Errorf("%w: %s", errContext, address))
	}
	return &ld.RemoteDocument{DocumentURL: address, Document: doc}, nil
}

func (c contexts) options() *ld.JsonLdOptions {
	o := ld.NewJsonLdOptions("")
	o.ProcessingMode, o.DocumentLoader, o.SafeMode = ld.JsonLd_1_1, c, true
	return o
}

// canonical is a document as canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0). A member or a type that no context
// defines is an error: it would not be signed. The document is of the types that JSON has, see plainly; what others made
// must be sound first.
func (c contexts) canonical(doc object) (quads string, err error) {
	defer caught(&err)
	expanded, err := c.expand(doc)
	if err != nil {
		return "", err
	}
	set, err := statements(expanded, c.options())
	if err != nil {
		return "", fmt.Errorf("canonicalise: %w", err)
	}
	algorithm := ld.NewNormalisationAlgorithm(ld.AlgorithmURDNA2015)
	algorithm.Normalize(set)
	return written(algorithm.Quads())
}

// expand is a document in which every term is the address that contexts give it.
func (c contexts) expand(doc object) ([]any, error) {
	expanded, err := ld.NewJsonLdProcessor().Expand(doc, c.options())
	if err != nil {
		return nil, fmt.Errorf("expand: %w", err)
	}
	if bad := relativeType(expanded); bad != "" {
		return nil, fmt.Errorf("the type %q is defined by no context", bad)
	}
	return expanded, nil
}

// statements are what an expanded document says.
func statements(expanded []any, o *ld.JsonLdOptions) (*ld.RDFDataset, error) {
	if marked, ok := matched(expanded); ok {
		set, err := ld.NewJsonLdApi().ToRDF(marked, o)
		if err != nil {
			return nil, err
		}
		return unmarked(set), nil
	}
	return ld.NewJsonLdApi().ToRDF(expanded, o)
}

// written are quads in their order. The processor's own way to write them copies all that it has with every line: of a
// record with some certificates that was most of the memory it asked for.
func written(quads []*ld.Quad) (string, error) {
	var out strings.Builder
	for _, q := range quads {
		graph := "@default"
		if q.Graph != nil {
			graph = q.Graph.GetValue()
		}
		one := &ld.RDFDataset{Graphs: map[string][]*ld.Quad{graph: {q}}}
		if err := (&ld.NQuadRDFSerializer{}).SerializeTo(&out, one); err != nil {
			return "", fmt.Errorf("canonicalise: %w", err)
		}
	}
	if out.Len() == 0 {
		return "", errors.New("canonicalise: the document says nothing")
	}
	return out.String(), nil
}

// caught turns a panic of the processor into an error: some documents that are no JSON-LD at all make it panic.
func caught(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the document is no JSON-LD: %v", r)
	}
}

// sound refuses what the processor would pass over in silence: a type that no context defines, which would not be signed;
// what says the same to it and another thing to us, see terms and described; and what would keep it busy for long or for
// ever, see measured, gathered and tangled.
func (c contexts) sound(doc object) (err error) {
	defer caught(&err)
	if err := measured(doc); err != nil {
		return err
	}
	if err := c.terms(doc, true); err != nil {
		return err
	}
	expanded, err := c.expand(doc)
	if err != nil {
		return err
	}
	if id, _ := doc["id"].(string); id != "" && described(expanded, id) > 1 {
		return errors.New("what is said of it stands in several places")
	}
	if err := gathered(expanded); err != nil {
		return err
	}
	return tangled(expanded)
}

// terms demands that a document says everything in the terms of embedded contexts. JSON-LD lets the same statement be
// written in many ways: under a term that the document defines itself, under an address as its name, nested in a member of
// the processor's own. Its signature fits them all, but who reads the JSON would not find a status that is called so.
func (c contexts) terms(v any, first bool) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := c.terms(e, false); err != nil {
				return err
			}
		}
	case object:
		if err := c.embedded(v["@context"], first); err != nil {
			return err
		}
		for k, e := range v {
			if k == "@context" {
				continue
			}
			if strings.HasPrefix(k, "@") || strings.Contains(k, ":") {
				return fmt.Errorf("%q is no term", k)
			}
			if err := c.terms(e, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// embedded demands contexts that are known here. The document's own begin with that of credentials, which keeps others
// from meaning something else by its terms.
func (c contexts) embedded(named any, first bool) error {
	list, several := named.([]any)
	if !several && named != nil {
		list = []any{named}
	}
	for _, one := range list {
		address, ok := one.(string)
		if !ok {
			return fmt.Errorf("%w: one of its own", errContext)
		}
		if _, ok := c[address]; !ok {
			return fmt.Errorf("%w: %s", errContext, address)
		}
	}
	if first && (len(list) == 0 || list[0] != contextVC) {
		return fmt.Errorf("%w: the first must be %s", errContext, contextVC)
	}
	return nil
}

// described counts the nodes that say something of an id.
func described(v any, id string) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += described(e, id)
		}
	case object:
		if v["@id"] == id && len(v) > 1 {
			n++
		}
		for _, e := range v {
			n += described(e, id)
		}
	}
	return n
}

func relativeType(v any) string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if bad := relativeType(e); bad != "" {
				return bad
			}
		}
	case object:
		types, _ := v["@type"].([]any)
		for _, t := range types {
			if s, ok := t.(string); ok && !strings.Contains(s, ":") {
				return s
			}
		}
		for _, e := range v {
			if bad := relativeType(e); bad != "" {
				return bad
			}
		}
	}
	return ""
}

// How many nodes without a name may look alike. Telling k of them apart takes the canonicalisation up to k! steps (RDFC-1.0,
// 7.1 dataset poisoning) where they hang together with other nameless ones. Leaves of nodes with a name, such as the
// alignments of a skill that a record tells of several times, cost no more than to compare each with each.
const (
	mostAlike  = 6
	mostLeaves = 256
)

// tangled refuses documents whose nameless nodes look alike or refer to each other.
func tangled(expanded any) error {
	nodes, leaves := map[string]int{}, map[string]int{}
	var walk func(v any, above string, named bool) error
	walk = func(v any, above string, named bool) error {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				if err := walk(e, above, named); err != nil {
					return err
				}
			}
		case object:
			id, has := v["@id"].(string)
			if strings.HasPrefix(id, "_:") {
				return errors.New("a node without an address is referred to")
			}
			if _, value := v["@value"]; !has && !value {
				among := nodes
				if named && leaf(v) {
					among = leaves
				}
				among[above+" "+shallow(v)]++
			}
			for k, e := range v {
				if err := walk(e, id+" "+k, has); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(expanded, "", false); err != nil {
		return err
	}
	if n := alike(nodes); n > mostAlike {
		return fmt.Errorf("%d nodes look alike", n)
	}
	if n := alike(leaves); n > mostLeaves {
		return fmt.Errorf("%d nodes look alike", n)
	}
	return nil
}

func alike(seen map[string]int) int {
	sum := 0
	for _, n := range seen {
		if n > 1 {
			sum += n
		}
	}
	return sum
}

// leaf tells whether no other nameless node hangs on a node.
func leaf(node object) bool {
	for _, v := range node {
		list, _ := v.([]any)
		for _, e := range list {
			if o, ok := e.(object); ok && o["@id"] == nil && o["@value"] == nil {
				return false
			}
		}
	}
	return true
}

// shallow is what a nameless node says of itself, without what hangs on it: with the node above it, if that has a name, all
// that the first step of the canonicalisation tells nodes apart by.
func shallow(node object) string {
	own := object{}
	for k, v := range node {
		list, ok := v.([]any)
		if !ok {
			own[k] = v
			continue
		}
		var flat []any
		for _, e := range list {
			if o, ok := e.(object); ok && o["@value"] == nil {
				e = o["@id"]
			}
			flat = append(flat, e)
		}
		own[k] = flat
	}
	b, err := json.Marshal(own)
	if err != nil {
		return ""
	}
	return string(b)
}

// plainly makes a document of the types that JSON has, whatever Go types it was built of.
func plainly(doc object) (object, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var plain object
	err = json.Unmarshal(b, &plain)
	return plain, err
}

// decode reads one JSON value and nothing after it.
func decode(b []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands after the document")
	}
	return v, nil
}

// encode writes a document as people can read it, too: Japanese and <> as they are.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
