package pdf

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tenarai/internal/certificate"
)

func partsOf(parts ...Part) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		for _, p := range parts {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// withUpdate is a document with an incremental update, as a signature makes it: the catalog anew, a field on the first page,
// and an object that is no more.
func withUpdate(t *testing.T, b []byte) []byte {
	t.Helper()
	f, err := openFile(b)
	if err != nil {
		t.Fatal(err)
	}
	root, _ := f.trailer.reference("Root")
	info, _ := f.trailer.reference("Info")
	size, _ := f.trailer.integer("Size")
	catalog, err := f.object(root)
	if err != nil {
		t.Fatal(err)
	}
	page, err := f.object(firstPage)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Clone(b)
	at := map[int]int{}
	put := func(n int, value string) {
		at[n] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, value)
	}
	open := func(value []byte) string { return strings.TrimSuffix(string(value), ">>") }
	put(root, open(catalog.value)+fmt.Sprintf("/AcroForm<</SigFlags 3/Fields[%d 0 R]>>>>", size))
	field := fmt.Sprintf("[%d 0 R]", size)
	put(firstPage, strings.Replace(string(page.value), "/Annots [", "/Annots ["+field[1:len(field)-1]+" ", 1))
	put(size, fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T(S \\(1)/Rect[0 0 0 0]/P %d 0 R/V %d 0 R>>", firstPage, size+1))
	put(size+1, "<</Type/Sig/Contents<00>/Reason(not 5 0 R but a text)>>")
	table := len(out)
	previous := bytes.LastIndex(b, []byte("startxref"))
	var start int
	_, _ = fmt.Sscanf(string(b[previous:]), "startxref\n%d", &start)
	out = fmt.Appendf(out, "xref\n%d 1\n%010d 00000 n \n%d 1\n%010d 00000 n \n%d 2\n%010d 00000 n \n%010d 00000 n \n",
		firstPage, at[firstPage], root, at[root], size, at[size], at[size+1])
	return fmt.Appendf(out, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", size+2, root, info, start, table)
}

func TestCombinedSaysWhatItsPartsSay(t *testing.T) {
	p := newPrinter(t)
	var parts []Part
	var want string
	for i, name := range []string{"𠮷田 由美", "辻󠄀 一郎", "Łukasz Müller", "葵"} {
		d := mustPrint(t, p, rich(sample(name), certificate.Templates[i%3], i%2 == 1))
		if i == 1 || i == 2 {
			d.Bytes = withUpdate(t, d.Bytes)
			tool(t, d, "qpdf", "--check", "FILE")
		}
		parts = append(parts, Part{d.Bytes, name})
		want += string(tool(t, d, "pdftotext", "FILE", "-"))
	}
	var b bytes.Buffer
	if err := Combine(&b, partsOf(parts...)); err != nil {
		t.Fatal(err)
	}
	whole := Document{Bytes: b.Bytes()}
	tool(t, whole, "qpdf", "--check", "FILE")
	if got := string(tool(t, whole, "pdftotext", "FILE", "-")); got != want {
		t.Errorf("it says\n%s\nnot\n%s", got, want)
	}
	if pages := tool(t, whole, "qpdf", "--show-npages", "FILE"); string(pages) != "8\n" {
		t.Errorf("%s pages", pages)
	}
	for _, gone := range []string{"/Type/Sig", "EmbeddedFile", "/Metadata", "/Annot", "AcroForm"} {
		if bytes.Contains(b.Bytes(), []byte(gone)) {
			t.Errorf("%s was copied", gone)
		}
	}
	dests := string(tool(t, whole, "qpdf", "--json", "--json-key=outlines", "FILE"))
	for _, part := range parts {
		if !strings.Contains(dests, part.Title) {
			t.Errorf("no entry %q in %s", part.Title, dests)
		}
	}
	var again bytes.Buffer
	if err := Combine(&again, partsOf(parts...)); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same parts made another document: %v", err)
	}
}

// heap is a writer that forgets, and looks now and then at how much memory is held.
type heap struct{ written, most uint64 }

func (h *heap) Write(b []byte) (int, error) {
	if before := h.written; before>>22 != (before+uint64(len(b)))>>22 { // every four megabytes
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		h.most = max(h.most, m.HeapAlloc)
	}
	h.written += uint64(len(b))
	return len(b), nil
}

func TestCombineHoldsOnePartAtATime(t *testing.T) {
	d := mustPrint(t, newPrinter(t), plain(sample("𠮷田 由美"), certificate.Frame, false))
	held := func(n int) uint64 {
		var h heap
		err := Combine(&h, func(yield func(Part, error) bool) {
			for i := range n {
				if !yield(Part{slices.Clone(d.Bytes), fmt.Sprint(i)}, nil) {
					return
				}
			}
		})
		if err != nil || h.written < uint64(n)*30_000 {
			t.Fatalf("%d bytes, %v", h.written, err)
		}
		return h.most
	}
	hundred, thousand := held(100), held(1000)
	if thousand > hundred+1_000_000 {
		t.Errorf("a hundred hold %d bytes, a thousand %d", hundred, thousand)
	}
}

func TestCombineRefuses(t *testing.T) {
	good := Part{printed(t, sample("葵")).Bytes, "葵"}
	cut := func(n int) Part { return Part{good.Bytes[:n], "?"} }
	for what, parts := range map[string]iter.Seq2[Part, error]{
		"nothing":     partsOf(),
		"no PDF":      partsOf(good, Part{[]byte("hello"), "?"}),
		"empty":       partsOf(Part{}),
		"half a file": partsOf(cut(len(good.Bytes) / 2)),
		"no table":    partsOf(Part{[]byte("startxref\n9\n%%EOF"), "?"}),
		"a ring":      partsOf(Part{[]byte("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Prev 0>>\nstartxref\n0\n%%EOF"), "?"}),
		"an error":    func(yield func(Part, error) bool) { yield(Part{}, io.ErrUnexpectedEOF) },
	} {
		if err := Combine(io.Discard, parts); err == nil {
			t.Errorf("%s: combined", what)
		}
	}
}

// Whatever bytes are taken for a document, reading them ends, with an error or without.
func FuzzCombine(f *testing.F) {
	d := printed(f, certificate.Certificate{Number: "0000-0000-0000-0000-0", Issued: issued, Snapshot: certificate.Snapshot{Name: "葵", Topic: text("講座", "")}})
	f.Add(d.Bytes)
	f.Add([]byte("xref\n0 2\n0000000000 65535 f \n0000000000 00000 n \ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_ = Combine(io.Discard, partsOf(Part{data, "x"}))
	})
}
