package badge

import (
	"maps"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// The processor writes no statement with a web address that does not match a regular expression of its own, and matching
// takes longer than the rest of the writing. The addresses of terms are in every credential, those of an achievement in all
// that are given for it: what has matched once is remembered, and shown to the processor as an address of another kind,
// which it takes as it is. Where one does not match the processor is left to itself.

// asMatched is what addresses begin with that need not be matched again.
const asMatched = "matched:"

// matching are the addresses that have matched.
var matching = memo[string, bool]{most: 4096}

// matched is an expanded document with its addresses marked, if all of them match.
func matched(expanded any) (marked any, ok bool) {
	ok = true
	marked = addresses(expanded, func(a string) string {
		switch {
		case strings.HasPrefix(a, asMatched):
			ok = false // it would lose what it begins with
		case isWeb(a):
			ok = ok && matches(a)
			return asMatched + a
		}
		return a
	})
	return marked, ok
}

// matches tells whether the processor writes statements with a web address. It is asked for the usual ones once.
func matches(a string) bool {
	const usual = 200 // bytes; nobody shall fill the memory with longer ones
	if len(a) > usual {
		return ld.IsURL(a)
	}
	return matching.get(a, func() bool { return ld.IsURL(a) })
}

func isWeb(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// addresses is an expanded document in which each address is replaced: those of nodes, of types, of properties.
func addresses(v any, replaced func(string) string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = addresses(e, replaced)
		}
		return out
	case object:
		out := make(object, len(v))
		for k, e := range v {
			switch {
			case k == "@id" || k == "@type":
				out[k] = renamed(e, replaced)
			case k == "@value" || k == "@index" || k == "@language":
				out[k] = e
			default:
				out[replaced(k)] = addresses(e, replaced)
			}
		}
		// How a number or a truth value is written follows from its type.
		if value, is := v["@value"]; is {
			if _, text := value.(string); !text {
				return maps.Clone(v)
			}
		}
		return out
	}
	return v
}

// renamed replaces one address, or each of a list.
func renamed(v any, replaced func(string) string) any {
	switch v := v.(type) {
	case string:
		return replaced(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = renamed(e, replaced)
		}
		return out
	}
	return v
}

// unmarked are the statements of a document with marked addresses as they are without the marks.
func unmarked(set *ld.RDFDataset) *ld.RDFDataset {
	out := ld.NewRDFDataset()
	for graph, quads := range set.Graphs {
		graph = strings.TrimPrefix(graph, asMatched)
		for _, q := range quads {
			out.Graphs[graph] = append(out.Graphs[graph], ld.NewQuad(plainNode(q.Subject), plainNode(q.Predicate), plainNode(q.Object), graph))
		}
	}
	return out
}

func plainNode(n ld.Node) ld.Node {
	switch n := n.(type) {
	case ld.IRI:
		return ld.NewIRI(strings.TrimPrefix(n.Value, asMatched))
	case ld.Literal:
		return ld.NewLiteral(n.Value, strings.TrimPrefix(n.Datatype, asMatched), n.Language)
	}
	return n
}
