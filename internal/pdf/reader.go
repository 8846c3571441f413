package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// source is a PDF of our own making, opened for reading: what gofpdf wrote, or a kept document, signed or not. Only what
// such files hold is understood: classical cross-reference tables (ISO 32000-1, 7.5.4) with incremental updates, and no
// object streams. Whatever else a file holds or says of itself, reading it ends.
type source struct {
	data    []byte
	start   int         // of the newest table
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
	f.start = at
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
		const line = 20 // bytes: ten digits, a space, five digits, a space, n or f, and two for the line end
		if err != nil || !ok || first < 0 || count < 0 || count > (len(f.data)-s.at)/line {
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

// open finds an object and reads its value. What follows that is still to be read.
func (f *source) open(n int) (scanner, []byte, error) {
	at, ok := f.offsets[n]
	if !ok || at < 0 || at >= len(f.data) {
		return scanner{}, nil, fmt.Errorf("%w: no object %d", errForeign, n)
	}
	s := scanner{b: f.data, at: at}
	number, ok := s.integer()
	if !ok || number != n || string(s.next()) != "0" || string(s.next()) != "obj" {
		return scanner{}, nil, fmt.Errorf("%w: object %d is not where its table says", errForeign, n)
	}
	value := s.value()
	if value == nil {
		return scanner{}, nil, fmt.Errorf("%w: object %d is broken", errForeign, n)
	}
	return s, value, nil
}

// object reads an object.
func (f *source) object(n int) (object, error) {
	s, value, err := f.open(n)
	if err != nil {
		return object{}, err
	}
	o := object{value: value}
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
	_, value, err := f.open(n) // and not its stream: it might be this one, without end
	if err != nil {
		return 0, false
	}
	length, err := strconv.Atoi(string(value))
	return length, err == nil
}

// dictionary reads an object that is one.
func (f *source) dictionary(n int) (entries, error) {
	_, d, err := f.opened(n)
	return d, err
}

// opened reads an object that is a dictionary, both as it stands in the file and by its entries.
func (f *source) opened(n int) ([]byte, entries, error) {
	_, value, err := f.open(n)
	if err != nil {
		return nil, nil, err
	}
	d, err := readEntries(value)
	return value, d, err
}

// firstPage finds the first leaf of a page tree.
func (f *source) firstPage(tree int) (int, error) {
	const deepest = 32
	n := tree
	for range deepest {
		d, err := f.dictionary(n)
		if err != nil {
			return 0, err
		}
		if string(d.get("Type")) == "/Page" {
			return n, nil
		}
		kids := references(d.get("Kids"))
		if len(kids) == 0 {
			break
		}
		n = kids[0]
	}
	return 0, fmt.Errorf("%w: it has no page", errForeign)
}
