package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var errNotReadable = errors.New("not a PDF as this room makes them")

// original is a finished PDF whose objects can be looked up, by classic cross-reference tables (ISO 32000-1, 7.5.4), with or
// without later updates. gofpdf writes such files.
type original struct {
	data    []byte
	start   int         // of its last cross-reference table
	trailer dictionary  // the last one
	offsets map[int]int // of each object, its newest version
}

func readOriginal(data []byte) (*original, error) {
	at := bytes.LastIndex(data, []byte("startxref"))
	if at < 0 {
		return nil, errNotReadable
	}
	start, _, ok := number(data, at+len("startxref"))
	if !ok {
		return nil, errNotReadable
	}
	o := &original{data: data, start: start, offsets: map[int]int{}}
	seen := map[int]bool{}
	for at := start; ; {
		if seen[at] {
			return nil, errNotReadable
		}
		seen[at] = true
		trailer, err := o.readTable(at)
		if err != nil {
			return nil, err
		}
		if o.trailer.raw == nil {
			o.trailer = trailer
		}
		previous, ok := trailer.number("/Prev")
		if !ok {
			return o, nil
		}
		at = previous
	}
}

// readTable notes the objects of one cross-reference table that no later one has, and gives its trailer.
func (o *original) readTable(at int) (dictionary, error) {
	if at < 0 || at >= len(o.data) || !bytes.HasPrefix(o.data[at:], []byte("xref")) {
		return dictionary{}, errNotReadable
	}
	at += len("xref")
	for {
		at = skipSpace(o.data, at)
		if bytes.HasPrefix(o.data[at:], []byte("trailer")) {
			return newDictionary(o.data[at+len("trailer"):])
		}
		first, next, ok := number(o.data, at)
		if !ok {
			return dictionary{}, errNotReadable
		}
		count, next, ok := number(o.data, next)
		if !ok {
			return dictionary{}, errNotReadable
		}
		at = skipSpace(o.data, next)
		const entry = 20 // bytes: ten digits, a space, five digits, a space, n or f, and two for the line end
		if count > (len(o.data)-at)/entry {
			return dictionary{}, errNotReadable
		}
		for i := range count {
			line := o.data[at+entry*i:]
			offset, _, ok := number(line, 0)
			if _, known := o.offsets[first+i]; ok && !known && line[17] == 'n' {
				o.offsets[first+i] = offset
			}
		}
		at += entry * count
	}
}

// object is the dictionary of an object.
func (o *original) object(n int) (dictionary, error) {
	head := fmt.Appendf(nil, "%d 0 obj", n)
	at, known := o.offsets[n]
	if !known || at < 0 || at >= len(o.data) || !bytes.HasPrefix(o.data[at:], head) {
		return dictionary{}, errNotReadable
	}
	return newDictionary(o.data[at+len(head):])
}

// firstPage finds the number of the first page and its dictionary.
func (o *original) firstPage(catalog dictionary) (int, dictionary, error) {
	const deepest = 32
	n, ok := catalog.reference("/Pages")
	for range deepest {
		if !ok {
			break
		}
		d, err := o.object(n)
		if err != nil {
			return 0, dictionary{}, err
		}
		if string(d.value("/Type")) == "/Page" {
			return n, d, nil
		}
		n, ok = reference(bytes.TrimPrefix(d.value("/Kids"), []byte("[")))
	}
	return 0, dictionary{}, errNotReadable
}

// dictionary is one as it stands in a file, and where the value of each key is in it (ISO 32000-1, 7.3.7).
type dictionary struct {
	raw    []byte // from << to >>
	values map[string][2]int
}

// newDictionary reads the one that b begins with.
func newDictionary(b []byte) (dictionary, error) {
	b = b[skipSpace(b, 0):]
	d := dictionary{values: map[string][2]int{}}
	if !bytes.HasPrefix(b, []byte("<<")) {
		return d, errNotReadable
	}
	for at := 2; ; {
		at = skipSpace(b, at)
		if bytes.HasPrefix(b[at:], []byte(">>")) {
			d.raw = b[:at+2]
			return d, nil
		}
		end := skipToken(b, at)
		if end < 0 || b[at] != '/' {
			return d, errNotReadable
		}
		key, from := string(b[at:end]), skipSpace(b, end)
		to := from
		for next := from; to == from || next < len(b) && b[next] != '/' && b[next] != '>'; { // 5 0 R is three tokens
			if next = skipToken(b, next); next < 0 {
				return d, errNotReadable
			}
			to = next
			next = skipSpace(b, next)
		}
		d.values[key] = [2]int{from, to}
		at = to
	}
}

// value is what stands behind a key; nil if there is no such key.
func (d dictionary) value(key string) []byte {
	v, ok := d.values[key]
	if !ok {
		return nil
	}
	return d.raw[v[0]:v[1]]
}

func (d dictionary) number(key string) (int, bool) {
	n, _, ok := number(d.value(key), 0)
	return n, ok
}

func (d dictionary) reference(key string) (int, bool) { return reference(d.value(key)) }

// with is the dictionary as text, with one more entry.
func (d dictionary) with(entry string) string {
	return string(d.raw[:len(d.raw)-2]) + "\n" + entry + ">>"
}

// reference reads "5 0 R".
func reference(b []byte) (int, bool) {
	n, next, ok := number(b, 0)
	return n, ok && bytes.HasPrefix(b[skipSpace(b, next):], []byte("0 R"))
}

// number reads a whole number that is not negative, and tells where it ends.
func number(b []byte, at int) (value, end int, ok bool) {
	at = skipSpace(b, at)
	end = at
	for end < len(b) && b[end] >= '0' && b[end] <= '9' {
		end++
	}
	value, err := strconv.Atoi(string(b[at:end]))
	return value, end, err == nil
}

// skipSpace gives the place of what follows white space and comments.
func skipSpace(b []byte, at int) int {
	for at < len(b) {
		switch b[at] {
		case 0, '\t', '\n', '\f', '\r', ' ':
			at++
		case '%':
			for at < len(b) && b[at] != '\n' && b[at] != '\r' {
				at++
			}
		default:
			return at
		}
	}
	return len(b)
}

// skipToken gives the place after a name, number, word, string, array or dictionary; -1 if it does not end.
func skipToken(b []byte, at int) int {
	if at >= len(b) {
		return -1
	}
	switch {
	case b[at] == '(':
		return skipString(b, at)
	case b[at] == '[':
		return skipAll(b, at+1, "]")
	case bytes.HasPrefix(b[at:], []byte("<<")):
		return skipAll(b, at+2, ">>")
	case b[at] == '<':
		end := bytes.IndexByte(b[at:], '>')
		if end < 0 {
			return -1
		}
		return at + end + 1
	}
	end := at + 1
	for end < len(b) && !bytes.ContainsRune([]byte("\x00\t\n\f\r ()<>[]{}/%"), rune(b[end])) {
		end++
	}
	return end
}

// skipAll skips tokens up to a closing mark.
func skipAll(b []byte, at int, closing string) int {
	for at = skipSpace(b, at); at < len(b); at = skipSpace(b, at) {
		if bytes.HasPrefix(b[at:], []byte(closing)) {
			return at + len(closing)
		}
		if b[at] == ']' || b[at] == '>' {
			return -1
		}
		if at = skipToken(b, at); at < 0 {
			return -1
		}
	}
	return -1
}

// skipString skips a literal string, in which brackets are paired or behind a backslash.
func skipString(b []byte, at int) int {
	for depth := 0; at < len(b); at++ {
		switch b[at] {
		case '\\':
			at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return -1
}
