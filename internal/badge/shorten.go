package badge

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// shortened are the contexts without the terms that a document does not use. The processor reads every term of a context anew
// for every document: hundreds, of which a credential of ours uses some dozens. A term is kept as it is or left out as a
// whole, and of a document that uses one that was left out the processor would say that no context defines it: what is
// signed is the same, or refused.
func (c contexts) shortened(doc object) contexts {
	defined, used := vocabulary(), map[string]bool{}
	eachString(doc, func(s string) { defined.use(s, used) })
	return shorter.get(strings.Join(slices.Sorted(maps.Keys(used)), "\n"), func() contexts {
		out := make(contexts, len(c))
		for address, doc := range c {
			out[address] = onlyTerms(doc, used)
		}
		return out
	})
}

// shorter are the contexts that were shortened last, by the terms they have. Documents of one kind use the same.
var shorter = memo[string, contexts]{most: 64}

// glossary is what contexts define, in whichever of them: by each term the others that its definitions speak of.
type glossary map[string][]string

// vocabulary reads what the embedded contexts define once.
var vocabulary = sync.OnceValue(func() glossary {
	out := glossary{}
	for _, doc := range known() {
		out.read(doc)
	}
	return out
})

// read takes in the terms of a context, and of those within it.
func (g glossary) read(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			g.read(e)
		}
	case object:
		for term, definition := range inContext(v) {
			if isKeyword(term) {
				continue
			}
			g[term] = append(g[term], mentions(definition)...)
			g.read(definition)
		}
	}
}

// inContext are the members of a context, whether it stands in a document of its own or in a definition.
func inContext(v object) object {
	inner, _ := v["@context"].(object)
	return inner
}

// mentions are the terms that a definition may speak of: other terms, and prefixes of addresses.
func mentions(definition any) []string {
	var out []string
	note := func(s string) {
		prefix, _, _ := strings.Cut(s, ":")
		out = append(out, s, prefix)
	}
	switch d := definition.(type) {
	case string:
		note(d)
	case object:
		for k, v := range d {
			if s, ok := v.(string); ok && isKeyword(k) {
				note(s)
			}
		}
	}
	return out
}

// use notes a word of a document, if it is a term, and the terms that one stands on.
func (g glossary) use(word string, used map[string]bool) {
	on, ok := g[word]
	if !ok || used[word] {
		return
	}
	used[word] = true
	for _, other := range on {
		g.use(other, used)
	}
}

// onlyTerms is a context with the used terms alone.
func onlyTerms(v any, used map[string]bool) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = onlyTerms(e, used)
		}
		return out
	case object:
		out := object{}
		for k, e := range v {
			if k != "@context" {
				out[k] = e
				continue
			}
			inner, ok := e.(object)
			if !ok {
				out[k] = onlyTerms(e, used)
				continue
			}
			kept := object{}
			for term, definition := range inner {
				if isKeyword(term) || used[term] {
					kept[term] = onlyTerms(definition, used)
				}
			}
			out[k] = kept
		}
		return out
	}
	return v
}

func isKeyword(s string) bool { return strings.HasPrefix(s, "@") }

// eachString visits the strings of a value, the names of members among them.
func eachString(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, e := range v {
			eachString(e, visit)
		}
	case object:
		for k, e := range v {
			visit(k)
			eachString(e, visit)
		}
	}
}
