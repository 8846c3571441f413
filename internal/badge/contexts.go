package badge

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/piprate/json-gold/ld"
)

//go:embed contexts/credentials-v2.json contexts/ob-v3p0-3.0.3.json contexts/ob-v3p0-extensions.json
var contextFiles embed.FS

// contexts are the JSON-LD contexts a document may name, by address. As a loader it refuses every other.
type contexts map[string]any

// known reads the embedded contexts once.
var known = sync.OnceValue(func() contexts {
	out := contexts{}
	for address, name := range map[string]string{
		contextVC: "credentials-v2.json", contextOB: "ob-v3p0-3.0.3.json", contextExtensions: "ob-v3p0-extensions.json",
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
	o.ProcessingMode, o.Algorithm, o.Format = ld.JsonLd_1_1, ld.AlgorithmURDNA2015, "application/n-quads"
	o.DocumentLoader, o.SafeMode = c, true
	return o
}

// canonical is a document as canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0). A member that no context defines
// is an error: it would not be signed. What others made must be sound first.
func (c contexts) canonical(doc object) (quads string, err error) {
	defer caught(&err)
	plain, err := plainly(doc)
	if err != nil {
		return "", err
	}
	out, err := ld.NewJsonLdProcessor().Normalize(plain, c.options())
	if err != nil {
		return "", fmt.Errorf("canonicalise: %w", err)
	}
	quads, ok := out.(string)
	if !ok || quads == "" {
		return "", errors.New("canonicalise: the document says nothing")
	}
	return quads, nil
}

// caught turns a panic of the processor into an error: some documents that are no JSON-LD at all make it panic.
func caught(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the document is no JSON-LD: %v", r)
	}
}

// sound refuses what the processor would pass over in silence: a type that no context defines, which would not be signed;
// and what would keep it busy for ever, see tangled.
func (c contexts) sound(doc object) (err error) {
	defer caught(&err)
	plain, err := plainly(doc)
	if err != nil {
		return err
	}
	expanded, err := ld.NewJsonLdProcessor().Expand(plain, c.options())
	if err != nil {
		return fmt.Errorf("expand: %w", err)
	}
	if bad := relativeType(expanded); bad != "" {
		return fmt.Errorf("the type %q is defined by no context", bad)
	}
	return tangled(expanded)
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

// mostAlike is how many nodes without a name may look alike. Telling k such nodes apart takes the canonicalisation up to
// k! steps (RDFC-1.0, 7.1 dataset poisoning).
const mostAlike = 6

// tangled refuses documents whose nameless nodes look alike or refer to each other.
func tangled(expanded any) error {
	seen := map[string]int{}
	var walk func(v any) error
	walk = func(v any) error {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				if err := walk(e); err != nil {
					return err
				}
			}
		case object:
			id, named := v["@id"].(string)
			if strings.HasPrefix(id, "_:") {
				return errors.New("a node without an address is referred to")
			}
			if _, value := v["@value"]; !named && !value {
				seen[shallow(v)]++
			}
			for _, e := range v {
				if err := walk(e); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(expanded); err != nil {
		return err
	}
	alike := 0
	for _, n := range seen {
		if n > 1 {
			alike += n
		}
	}
	if alike > mostAlike {
		return fmt.Errorf("%d nodes look alike", alike)
	}
	return nil
}

// shallow is what a nameless node says of itself, without what hangs on it: all that the first step of the
// canonicalisation tells nodes apart by.
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
func plainly(doc object) (any, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return decode(b)
}

// decode reads one JSON value and nothing after it.
func decode(b []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
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
