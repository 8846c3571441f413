package problem_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tenarai/internal/problem"
)

var kinds = []problem.Kind{problem.Invalid, problem.Forbidden, problem.NotFound, problem.Conflict}

// Each way of refusing has its kind, and no other.
func TestKinds(t *testing.T) {
	for want, p := range map[problem.Kind]*problem.Problem{
		problem.Invalid: problem.Refuse("a.b"), problem.Forbidden: problem.Forbid("a.b"), problem.NotFound: problem.Missing("a.b"), problem.Conflict: problem.Clash("a.b"),
	} {
		for _, k := range kinds {
			if got := problem.Is(p, k); got != (k == want) {
				t.Errorf("kind %d is kind %d: %v", want, k, got)
			}
		}
		if p.Key != "a.b" || p.Field != "" || p.Args != nil {
			t.Errorf("%+v", p)
		}
	}
	p := problem.At("name", "a.long", problem.Args{"Max": 80})
	if p.Kind != problem.Invalid || p.Field != "name" || p.Args["Max"] != 80 {
		t.Errorf("%+v", p)
	}
}

// A refusal is found however deep it is wrapped; any other error is internal.
func TestOf(t *testing.T) {
	p := problem.Clash("a.b")
	l := problem.List{problem.At("x", "a.x"), p}
	for what, err := range map[string]error{
		"itself": p, "wrapped": fmt.Errorf("keep: %w", fmt.Errorf("row: %w", p)), "joined": errors.Join(errors.New("other"), p),
	} {
		if got := problem.Of(err); len(got) != 1 || got[0] != p {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := problem.Of(fmt.Errorf("keep: %w", l)); len(got) != 2 || !problem.Is(l, problem.Conflict) || !problem.Is(l, problem.Invalid) || problem.Is(l, problem.NotFound) {
		t.Errorf("a list: %v", got)
	}
	for _, err := range []error{nil, errors.New("disk full"), fmt.Errorf("keep: %w", errors.New("a.b"))} {
		if got := problem.Of(err); got != nil {
			t.Errorf("%v holds %v", err, got)
		}
		for _, k := range kinds {
			if problem.Is(err, k) {
				t.Errorf("%v is of kind %d", err, k)
			}
		}
	}
}

// A list without problems is no error: an empty one must not look like one in an error variable.
func TestList(t *testing.T) {
	var l problem.List
	l.Add(nil)
	if err := l.Err(); err != nil {
		t.Errorf("nothing wrong, and an error: %v", err)
	}
	l.Add(problem.At("name", "a.missing"))
	l.Add(nil)
	l.Add(problem.Refuse("a.b"))
	if err := l.Err(); err == nil || len(problem.Of(err)) != 2 || err.Error() != "a.missing (name); a.b" {
		t.Errorf("%v", err)
	}
}

// What people typed does not get into logs.
func TestErrorHoldsNoValues(t *testing.T) {
	p := problem.At("name", "a.b", problem.Args{"Name": "佐藤 葵"})
	if s := errors.Join(fmt.Errorf("keep: %w", p), problem.List{p}).Error(); strings.Contains(s, "佐藤") {
		t.Errorf("the text for logs is %q", s)
	}
}
