package pdf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// entries are a PDF dictionary: names without their slash, and values as they stand in the file, in its order.
type entries []entry

type entry struct {
	key   string
	value []byte
	at    int // where the value begins
}

func readEntries(b []byte) (entries, error) {
	s := scanner{b: b}
	return s.dictionary()
}

// get is the value of a key; nil if there is none.
func (d entries) get(key string) []byte { return d.find(key).value }

func (d entries) find(key string) entry {
	for _, e := range d {
		if e.key == key {
			return e
		}
	}
	return entry{}
}

func (d entries) integer(key string) (int, bool) {
	n, err := strconv.Atoi(string(d.get(key)))
	return n, err == nil
}

// reference is the number of the object that a value points at.
func (d entries) reference(key string) (int, bool) {
	s := scanner{b: d.get(key)}
	if n, ok := s.reference(); ok {
		return n, true
	}
	return 0, false
}

// scanner reads the words of a PDF one after another (ISO 32000-1, 7.2).
type scanner struct {
	b  []byte
	at int // behind the last word
}

const (
	blanks     = "\x00\t\n\f\r "
	delimiters = "()<>[]{}/%"
)

// next is the next word: a name with its slash, a whole string, a bracket, a number or a keyword. It is nil at the end, and
// where a string has none.
func (s *scanner) next() []byte {
	for s.at < len(s.b) && (strings.IndexByte(blanks, s.b[s.at]) >= 0 || s.b[s.at] == '%') {
		if s.b[s.at] == '%' {
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
			continue
		}
		s.at++
	}
	if s.at >= len(s.b) {
		return nil
	}
	start := s.at
	switch c := s.b[s.at]; {
	case c == '(':
		if !s.literal() {
			return nil
		}
	case bytes.HasPrefix(s.b[s.at:], []byte("<<")), bytes.HasPrefix(s.b[s.at:], []byte(">>")):
		s.at += 2
	case c == '<':
		end := bytes.IndexByte(s.b[s.at:], '>')
		if end < 0 {
			s.at = len(s.b)
			return nil
		}
		s.at += end + 1
	case c == '/':
		s.at++
		s.regular()
	case strings.IndexByte(delimiters, c) >= 0:
		s.at++
	default:
		s.regular()
	}
	return s.b[start:s.at]
}

// regular goes on to the end of a name, number or keyword.
func (s *scanner) regular() {
	for s.at < len(s.b) && strings.IndexByte(blanks+delimiters, s.b[s.at]) < 0 {
		s.at++
	}
}

// literal goes on to the end of a string in parentheses, which are paired in it or behind a backslash. It tells whether there
// is one.
func (s *scanner) literal() bool {
	depth := 0
	for ; s.at < len(s.b); s.at++ {
		switch s.b[s.at] {
		case '\\':
			s.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.at++
				return true
			}
		}
	}
	s.at = len(s.b)
	return false
}

func (s *scanner) integer() (int, bool) {
	n, err := strconv.Atoi(string(s.next()))
	return n, err == nil
}

// value is the next whole value: an array or dictionary with all that is in it, a reference, or one word. It is nil where
// there is none.
func (s *scanner) value() []byte {
	word := s.next()
	if word == nil {
		return nil
	}
	start := s.at - len(word)
	switch string(word) {
	case "<<", "[":
		if !s.close(word[0]) {
			return nil
		}
	case ">>", "]", ">", ")":
		return nil
	default:
		ahead := scanner{b: s.b, at: start}
		if _, ok := ahead.reference(); ok {
			s.at = ahead.at
		}
	}
	return s.b[start:s.at]
}

// close goes on to the end of an array or dictionary that has begun with a bracket. It tells whether there is one: every
// bracket has its own other half.
func (s *scanner) close(bracket byte) bool {
	for open := []byte{bracket}; len(open) > 0; {
		last := len(open) - 1
		switch word := s.next(); string(word) {
		case "", ">", ")":
			return false
		case "<<", "[":
			open = append(open, word[0])
		case ">>", "]":
			if (word[0] == '>') != (open[last] == '<') {
				return false
			}
			open = open[:last]
		}
	}
	return true
}

// reference reads "7 0 R".
func (s *scanner) reference() (int, bool) {
	n, ok := s.integer()
	_, okToo := s.integer()
	return n, ok && okToo && string(s.next()) == "R"
}

func (s *scanner) dictionary() (entries, error) {
	if string(s.next()) != "<<" {
		return nil, fmt.Errorf("%w: no dictionary where one must be", errForeign)
	}
	var d entries
	for {
		key := s.next()
		if string(key) == ">>" {
			return d, nil
		}
		if len(key) < 2 || key[0] != '/' {
			return nil, fmt.Errorf("%w: a broken dictionary", errForeign)
		}
		value := s.value()
		if value == nil {
			return nil, fmt.Errorf("%w: a broken dictionary", errForeign)
		}
		d = append(d, entry{string(key[1:]), value, s.at - len(value)})
	}
}

// references are the numbers of all objects that a value points at.
func references(value []byte) []int {
	var numbers []int
	_, _ = renumber(value, func(n int) (int, error) {
		numbers = append(numbers, n)
		return n, nil
	})
	return numbers
}

// renumber gives every reference in a value another number. Strings and all else stay as they are.
func renumber(value []byte, number func(int) (int, error)) ([]byte, error) {
	var out []byte
	s := scanner{b: value}
	copied := 0
	for {
		word := s.next()
		if word == nil {
			return append(out, value[copied:]...), nil
		}
		start := s.at - len(word)
		if word[0] < '0' || word[0] > '9' {
			continue
		}
		ahead := scanner{b: value, at: start}
		old, ok := ahead.reference()
		if !ok {
			continue
		}
		n, err := number(old)
		if err != nil {
			return nil, err
		}
		out = append(out, value[copied:start]...)
		out = append(strconv.AppendInt(out, int64(n), 10), " 0 R"...)
		copied, s.at = ahead.at, ahead.at
	}
}
