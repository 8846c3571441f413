package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// source is a PDF of our own making, opened for reading: what gofpdf wrote, or a kept certificate, signed or not. Only what
// such files hold is understood: classical cross-reference tables (ISO 32000-1, 7.5.4) with incremental updates, and no
// object streams.
type source struct {
	data    []byte
	offsets map[int]int // of every object in use
	trailer entries     // the newest
}

// object is the value of an object as it stands in the file, and its stream if it has one.
type object struct {
	value  []byte
	stream []byte // nil: none
}

var errForeign = errors.New("not a PDF of our own making")

// openFile reads the cross-reference tables from the newest to the oldest; the first word on an object counts.
func openFile(data []byte) (*source, error) {
	f := &source{data: data, offsets: map[int]int{}}
	from := bytes.LastIndex(data, []byte("startxref"))
	if from < 0 {
		return nil, errForeign
	}
	s := scanner{b: data, at: from}
	s.next()
	at, ok := s.integer()
	gone := map[int]bool{}
	for seen := map[int]bool{}; ok; {
		if seen[at] || at < 0 || at >= len(data) {
			return nil, fmt.Errorf("%w: its tables lead nowhere", errForeign)
		}
		seen[at] = true
		trailer, err := f.table(at, gone)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer = trailer
		}
		at, ok = trailer.integer("Prev")
	}
	if f.trailer == nil {
		return nil, errForeign
	}
	return f, nil
}

// table reads one cross-reference table and the trailer below it.
func (f *source) table(at int, gone map[int]bool) (entries, error) {
	s := scanner{b: f.data, at: at}
	if string(s.next()) != "xref" {
		return nil, fmt.Errorf("%w: no table at %d", errForeign, at)
	}
	for {
		word := s.next()
		if string(word) == "trailer" {
			return s.dictionary()
		}
		first, err := strconv.Atoi(string(word))
		count, ok := s.integer()
		if err != nil || !ok {
			return nil, fmt.Errorf("%w: a broken table at %d", errForeign, at)
		}
		for n := first; n < first+count; n++ {
			offset, ok := s.integer()
			s.next()
			use := string(s.next())
			if !ok || use != "n" && use != "f" {
				return nil, fmt.Errorf("%w: a broken table at %d", errForeign, at)
			}
			if _, known := f.offsets[n]; known || gone[n] {
				continue
			}
			if use == "f" {
				gone[n] = true
				continue
			}
			f.offsets[n] = offset
		}
	}
}

// object reads an object.
func (f *source) object(n int) (object, error) {
	at, ok := f.offsets[n]
	if !ok || at < 0 || at >= len(f.data) {
		return object{}, fmt.Errorf("%w: no object %d", errForeign, n)
	}
	s := scanner{b: f.data, at: at}
	number, ok := s.integer()
	s.next()
	if !ok || number != n || string(s.next()) != "obj" {
		return object{}, fmt.Errorf("%w: object %d is not where its table says", errForeign, n)
	}
	o := object{value: s.value()}
	if o.value == nil {
		return object{}, fmt.Errorf("%w: object %d is broken", errForeign, n)
	}
	if string(s.next()) != "stream" {
		return o, nil
	}
	d, err := readEntries(o.value)
	if err != nil {
		return object{}, err
	}
	length, ok := f.length(d)
	from := s.at
	if from < len(f.data) && f.data[from] == '\r' {
		from++
	}
	from++ // the line end after the word stream
	if !ok || length < 0 || from > len(f.data) || length > len(f.data)-from {
		return object{}, fmt.Errorf("%w: the stream of object %d has no length", errForeign, n)
	}
	o.stream = f.data[from : from+length]
	return o, nil
}

// length is that of a stream, which may be an object of its own.
func (f *source) length(d entries) (int, bool) {
	if n, ok := d.integer("Length"); ok {
		return n, true
	}
	n, ok := d.reference("Length")
	if !ok {
		return 0, false
	}
	o, err := f.object(n)
	if err != nil || o.stream != nil {
		return 0, false
	}
	length, err := strconv.Atoi(string(o.value))
	return length, err == nil
}

// dictionary reads an object that is one.
func (f *source) dictionary(n int) (entries, error) {
	o, err := f.object(n)
	if err != nil {
		return nil, err
	}
	return readEntries(o.value)
}

// entries are a PDF dictionary: names without their slash, and values as they stand in the file, in its order.
type entries []entry

type entry struct {
	key   string
	value []byte
}

func readEntries(b []byte) (entries, error) {
	s := scanner{b: b}
	return s.dictionary()
}

func (d entries) get(key string) []byte {
	for _, e := range d {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

func (d entries) integer(key string) (int, bool) {
	n, err := strconv.Atoi(string(d.get(key)))
	return n, err == nil
}

// reference is the number of the object that a value points at.
func (d entries) reference(key string) (int, bool) {
	r := references(d.get(key))
	return first(r), len(r) == 1
}

func first(numbers []int) int {
	if len(numbers) == 0 {
		return 0
	}
	return numbers[0]
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

// next is the next word: a name with its slash, a whole string, a bracket, a number or a keyword. It is nil at the end.
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
		s.literal()
	case bytes.HasPrefix(s.b[s.at:], []byte("<<")), bytes.HasPrefix(s.b[s.at:], []byte(">>")):
		s.at += 2
	case c == '<':
		end := bytes.IndexByte(s.b[s.at:], '>')
		if end < 0 {
			end = len(s.b) - s.at - 1
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

// literal goes on to the end of a string in parentheses.
func (s *scanner) literal() {
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
				return
			}
		}
	}
	s.at = len(s.b)
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
		for depth := 1; depth > 0; {
			switch string(s.next()) {
			case "":
				return nil
			case "<<", "[":
				depth++
			case ">>", "]":
				depth--
			}
		}
	case ">>", "]":
		return nil
	default:
		ahead := scanner{b: s.b, at: start}
		if _, ok := ahead.reference(); ok {
			s.at = ahead.at
		}
	}
	return s.b[start:s.at]
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
		d = append(d, entry{string(key[1:]), value})
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
