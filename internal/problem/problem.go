// Package problem says why something was refused, in a form every room understands and no room has to translate:
// a kind, a key of the word list, the form field it belongs to, and the values the sentence needs.
package problem

import (
	"errors"
	"strings"
)

// Kind is how a refusal is to be answered.
type Kind int

// The kinds of refusal. Everything that is not a Problem is internal.
const (
	Invalid   Kind = iota + 1 // what was given cannot be accepted; the form comes back with all that was typed
	Forbidden                 // known to exist, not allowed
	NotFound                  // does not exist, or may not be known to exist
	Conflict                  // somebody was faster, or the state has moved on
)

// Args are the values a refusal's sentence needs, by placeholder name.
type Args map[string]any

// Problem is one refusal.
type Problem struct {
	Kind  Kind
	Key   string // of the word list, without the leading "problem."
	Field string // the form field it belongs to; empty if the whole form
	Args  Args
}

// Error is for logs; people read the translation of Key. It holds no values, so that nothing personal is logged.
func (p *Problem) Error() string {
	if p.Field != "" {
		return p.Key + " (" + p.Field + ")"
	}
	return p.Key
}

// At refuses one field's value.
func At(field, key string, args ...Args) *Problem { return make1(Invalid, field, key, args) }

// Refuse refuses a whole form or deed as invalid.
func Refuse(key string, args ...Args) *Problem { return make1(Invalid, "", key, args) }

// Forbid refuses a deed the actor may not do.
func Forbid(key string, args ...Args) *Problem { return make1(Forbidden, "", key, args) }

// Missing says that something does not exist, or that the actor may not know that it does.
func Missing(key string, args ...Args) *Problem { return make1(NotFound, "", key, args) }

// Clash says that the state has moved on since the actor looked.
func Clash(key string, args ...Args) *Problem { return make1(Conflict, "", key, args) }

func make1(k Kind, field, key string, args []Args) *Problem {
	p := &Problem{Kind: k, Key: key, Field: field}
	if len(args) > 0 {
		p.Args = args[0]
	}
	return p
}

// List is several refusals of one form, shown together.
type List []*Problem

// Error joins the problems for logs.
func (l List) Error() string {
	parts := make([]string, len(l))
	for i, p := range l {
		parts[i] = p.Error()
	}
	return strings.Join(parts, "; ")
}

// Add appends p if it is not nil.
func (l *List) Add(p *Problem) {
	if p != nil {
		*l = append(*l, p)
	}
}

// Err is the list as an error, or nil if it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Of finds the problems inside an error: one, several, or none (then the error is internal).
func Of(err error) List {
	var l List
	if errors.As(err, &l) {
		return l
	}
	var p *Problem
	if errors.As(err, &p) {
		return List{p}
	}
	return nil
}

// Is tells whether err is a refusal of the kind.
func Is(err error, k Kind) bool {
	for _, p := range Of(err) {
		if p.Kind == k {
			return true
		}
	}
	return false
}
