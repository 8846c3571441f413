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
// and texts that look like references.
func withUpdate(t *testing.T, b []byte) []byte {
	t.Helper()
	return updated(t, b, func(f *source, root, size int, put func(n int, value string)) {
		catalog, page := valueOf(t, f, root), valueOf(t, f, firstPageNumber)
		put(root, strings.TrimSuffix(catalog, ">>")+fmt.Sprintf("/AcroForm<</SigFlags 3/Fields[%d 0 R]>>>>", size))
		put(firstPageNumber, strings.Replace(page, "/Annots [", fmt.Sprintf("/Annots [%d 0 R ", size), 1))
		put(size, fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T(S \\(1)/Rect[0 0 0 0]/P %d 0 R/V %d 0 R>>", firstPageNumber, size+1))
		put(size+1, "<</Type/Sig/Contents<00>/Reason(not 5 0 R but a text)>>")
	})
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
	const title = "秋の組の証明書 𠮷 (2026)"
	if err := Combine(&b, title, partsOf(parts...)); err != nil {
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
	has(t, squeezed(string(tool(t, whole, "pdfinfo", "FILE"))), squeezed("Title: "+title))
	if !bytes.Contains(b.Bytes(), []byte("/DisplayDocTitle true")) || !bytes.Contains(b.Bytes(), []byte("/Lang(ja-JP)")) {
		t.Error("the catalog lacks the language or how the title is shown")
	}
	dests := string(tool(t, whole, "qpdf", "--json", "--json-key=outlines", "FILE"))
	for _, part := range parts {
		if !strings.Contains(dests, part.Title) {
			t.Errorf("no entry %q in %s", part.Title, dests)
		}
	}
	var again bytes.Buffer
	if err := Combine(&again, title, partsOf(parts...)); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
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
		err := Combine(&h, "all", func(yield func(Part, error) bool) {
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
	good := printed(t, sample("葵")).Bytes
	refused := map[string]iter.Seq2[Part, error]{
		"no parts": partsOf(),
		"an error": func(yield func(Part, error) bool) { yield(Part{}, io.ErrUnexpectedEOF) },
	}
	for what, b := range foreign(good) {
		refused[what] = partsOf(Part{good, "葵"}, Part{b, "?"})
	}
	for what, parts := range refused {
		if err := Combine(io.Discard, "all", parts); err == nil {
			t.Errorf("%s: combined", what)
		}
	}
	if err := Combine(io.Discard, "all", partsOf(Part{good, "葵"}, Part{smallestFile(), "?"})); err != nil {
		t.Error(err)
	}
}

// Whatever bytes are taken for a document, reading them ends, with an error or without.
func FuzzCombine(f *testing.F) {
	d := printed(f, certificate.Certificate{Number: "0000-0000-0000-0000-0", Issued: issued, Snapshot: certificate.Snapshot{Name: "葵", Topic: text("講座", "")}})
	f.Add(d.Bytes)
	for _, b := range foreign(d.Bytes) {
		f.Add(b)
	}
	f.Add([]byte("xref\n0 2\n0000000000 65535 f \n0000000000 00000 n \ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_ = Combine(io.Discard, "all", partsOf(Part{data, "x"}))
	})
}
