package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// updated is a document with an incremental update: the objects that are put, and a table of them.
func updated(t testing.TB, doc []byte, change func(f *source, root, size int, put func(n int, value string))) []byte {
	t.Helper()
	f, err := openFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	root, _ := f.trailer.reference("Root")
	size, _ := f.trailer.integer("Size")
	out, table, highest := slices.Clone(doc), "xref\n0 1\n0000000000 65535 f \n", size-1
	change(f, root, size, func(n int, value string) {
		table += fmt.Sprintf("%d 1\n%010d 00000 n \n", n, len(out))
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, value)
		highest = max(highest, n)
	})
	return fmt.Appendf(out, "%strailer\n<</Size %d /Root %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF", table, highest+1, root, f.start, len(out))
}

func valueOf(t testing.TB, f *source, n int) string {
	t.Helper()
	o, err := f.object(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(o.value)
}

// fileOf is a small file: its objects from 1 on, of which the first is the catalog.
func fileOf(objects ...string) []byte {
	out, table := "", fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", len(out))
		out += fmt.Sprintf("%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return fmt.Appendf(nil, "%s%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF", out, table, len(objects)+1, len(out))
}

// foreign are files that lie, or are none. The first three are cut out of a good one.
func foreign(good []byte) map[string][]byte {
	const ending, pages = "\ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n0\n%%EOF", "<</Type/Catalog/Pages 2 0 R>>"
	return map[string][]byte{
		"half a file":                good[:len(good)/2],
		"cut off":                    good[:len(good)-30],
		"cut in front":               good[30:],
		"nothing":                    nil,
		"no PDF":                     []byte("hello"),
		"no table":                   []byte("startxref\n9\n%%EOF"),
		"a table below nothing":      []byte("startxref\n-1\n%%EOF"),
		"tables in a ring":           []byte("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Prev 0>>\nstartxref\n0\n%%EOF"),
		"a table of far too many":    []byte("xref\n0 999999999999" + ending),
		"a table of fewer than none": []byte("xref\n0 -1" + ending),
		"a table from below zero":    []byte("xref\n-1 1\n0000000000 65535 f " + ending),
		"an object beyond the end":   []byte("xref\n1 1\n9999999999 00000 n " + ending),
		"another object there":       bytes.ReplaceAll(fileOf(pages, "<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page>>"), []byte("3 0 obj"), []byte("4 0 obj")),
		"a newer one of its kind":    bytes.ReplaceAll(fileOf(pages, "<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page>>"), []byte("3 0 obj"), []byte("3 1 obj")),
		"an object that is gone":     bytes.Replace(fileOf(pages, "<</Type/Page>>"), []byte("00000 n \ntrailer"), []byte("00000 f \ntrailer"), 1),
		"a stream as long as itself": fileOf("<</Pages 2 0 R>>", "<</Type/Page/Contents 3 0 R/Annots 3 0 R>>", "<</Length 3 0 R>>\nstream\n\nendstream"),
		"pages in a ring":            fileOf(pages, "<</Type/Pages/Kids[2 0 R]>>"),
		"brackets that do not pair":  fileOf(pages, "<</Type/Page/Annots[<<]>>]>>"),
		"brackets without end":       fileOf(pages, "<</Type/Page/Annots"+strings.Repeat("[", 100_000)),
		"a string without end":       fileOf(pages, "<</Type/Page/T(>>"),
	}
}

// smallestFile is a file that is read whole, though it is made as the foreign ones are.
func smallestFile() []byte {
	return fileOf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page/Contents 4 0 R>>", "<</Length 5 0 R>>\nstream\nq Q\nendstream", "3")
}

// What has no end, no other half or no length is no object.
func TestReaderRefuses(t *testing.T) {
	f, err := openFile(fileOf("<</A[>>", "<</A>]>>", "<</A [>]>>", "<</A )>>", "<</A [(]>>", "<</A <2F>>", "<</Length 2 0 R>>\nstream\n\nendstream", "<</Length 999>>\nstream\n\nendstream", "<</Length -1>>\nstream\n\nendstream", "]"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(f.offsets) + 2 {
		if o, err := f.object(n); err == nil {
			t.Errorf("object %d is %q, %q", n, o.value, o.stream)
		}
	}
}

// An object that a later table calls free is gone, and one that it names anew is the later one.
func TestTheNewestTableCounts(t *testing.T) {
	doc := updated(t, fileOf("<</Type/Catalog>>", "<</Old 1>>", "<</Kept 1>>"), func(_ *source, _, _ int, put func(n int, value string)) { put(2, "<</New 1>>") })
	f, err := openFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got := valueOf(t, f, 2) + valueOf(t, f, 3); got != "<</New 1>><</Kept 1>>" {
		t.Error(got)
	}
	newest := bytes.LastIndex(doc, []byte("00000 n "))
	f, err = openFile(append(append(bytes.Clone(doc[:newest]), "00000 f "...), doc[newest+8:]...))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := f.object(2); err == nil {
		t.Errorf("%q is still there", o.value)
	}
}

// Each value ends where it does, whatever it holds, and a dictionary without an end is refused.
func TestEntries(t *testing.T) {
	const raw = "<</Type/Page /A (1 \\) >> /B 2) /C (a (b) c)/D <2F3E>/E[<</F 1>> (]) [2 0 R]]/G 5 0 R % /H 1 >>\n/I <</J<</K>>>> /L true /M -1.5/N/O>>"
	s := scanner{b: []byte(" \n" + raw + " /Q 1>>")}
	if value := s.value(); string(value) != raw {
		t.Fatalf("%q", value)
	}
	d, err := readEntries([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"Type": "/Page", "A": "(1 \\) >> /B 2)", "C": "(a (b) c)", "D": "<2F3E>", "E": "[<</F 1>> (]) [2 0 R]]",
		"G": "5 0 R", "I": "<</J<</K>>>>", "L": "true", "M": "-1.5", "N": "/O", "B": "", "F": "", "H": "", "Q": "",
	} {
		e := d.find(key)
		if string(e.value) != want || raw[e.at:e.at+len(want)] != want {
			t.Errorf("%s is %q at %d, not %q", key, e.value, e.at, want)
		}
	}
	if n, ok := d.reference("G"); n != 5 || !ok {
		t.Errorf("%d, %v", n, ok)
	}
	if _, ok := d.reference("M"); ok {
		t.Error("a number was taken for a reference")
	}
	for i := range len(raw) {
		if d, err := readEntries([]byte(raw[:i])); err == nil {
			t.Errorf("%q is whole: %v", raw[:i], d)
		}
	}
}
