package badge

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// What a credential of others may have at most. The processor has no bounds of its own and cannot be interrupted: it holds
// each value of a property against all the others (20,000 tags took it a quarter of a minute), and reads the contexts of
// every node anew. The largest record that fits into Largest, of over a hundred certificates, has some 15,000 values in some
// 5,000 objects, 340 addresses of contexts, and is 11 deep.
const (
	mostValues   = 20_000 // in all: texts, numbers, objects, arrays
	mostObjects  = 8_000
	mostTogether = 500 // in one array, arrays in it with theirs; of one property of one node, wherever that is described
	mostContexts = 500 // addresses of contexts, wherever they are named
	deepest      = 64
)

// errMuch says that a document is too large or too complicated to be checked here.
var errMuch = errors.New("it is too large or too complicated to be checked here")

// size is what was counted of a document.
type size struct{ values, objects, contexts int }

// measured refuses a document that would keep the processor busy for long. It looks at each value once.
func measured(doc object) error {
	var s size
	return s.count(doc, 0)
}

func (s *size) count(v any, depth int) error {
	if s.values++; s.values > mostValues || depth > deepest {
		return fmt.Errorf("%w: more than %d values, or %d deep", errMuch, mostValues, deepest)
	}
	switch v := v.(type) {
	case []any:
		if n := together(v, mostTogether); n > mostTogether {
			return fmt.Errorf("%w: more than %d values in one place", errMuch, mostTogether)
		}
		for _, e := range v {
			if err := s.count(e, depth+1); err != nil {
				return err
			}
		}
	case object:
		s.objects++
		s.contexts += len(each(v["@context"]))
		if s.objects > mostObjects || s.contexts > mostContexts || len(v) > mostTogether {
			return fmt.Errorf("%w: %d objects, %d contexts", errMuch, s.objects, s.contexts)
		}
		for _, e := range v {
			if err := s.count(e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// together counts the values of an array as the processor does, to which an array in an array is one; beyond most it stops.
func together(list []any, most int) int {
	n := len(list)
	for _, e := range list {
		if n > most {
			break
		}
		if inner, ok := e.([]any); ok {
			n += together(inner, most-n)
		}
	}
	return n
}

// gathered refuses an expanded document that says too much of one property of one node: what stands in many places under
// one address, or under several terms with one meaning, comes together.
func gathered(expanded any) error {
	held, nameless := map[[2]string]map[string]bool{}, 0
	fresh := func() string {
		nameless++
		return "_:" + strconv.Itoa(nameless)
	}
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
			id, ok := v["@id"].(string)
			if !ok {
				id = fresh()
			}
			for property, e := range v {
				at := [2]string{id, property}
				for _, one := range each(e) {
					if held[at] == nil {
						held[at] = map[string]bool{}
					}
					held[at][sameAs(one, fresh)] = true
				}
				if len(held[at]) > mostTogether {
					return fmt.Errorf("%w: more than %d values of one property", errMuch, mostTogether)
				}
				if err := walk(e); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return walk(expanded)
}

// sameAs is the same for values of which a property keeps one only: the same text, nodes with the same address.
func sameAs(v any, fresh func() string) string {
	o, ok := v.(object)
	if !ok {
		return fmt.Sprint(v)
	}
	if id, ok := o["@id"].(string); ok {
		return id
	}
	if _, ok := o["@value"]; !ok {
		return fresh()
	}
	b, err := json.Marshal(o)
	if err != nil {
		return fresh()
	}
	return string(b)
}
