package badge

import (
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/need"
)

// pdfWith is a PDF of one empty page that carries a file, written as the printer of our certificates writes it. A kind says
// what its dictionary says of the stream; unpacked content stands as it is.
func pdfWith(content []byte, kind string, packed bool) []byte {
	filter := ""
	if packed {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, _ = w.Write(content)
		_ = w.Close()
		content, filter = z.Bytes(), "/Filter /FlateDecode "
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [ (Attachement1) 6 0 R ] >> >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >>",
		"<< /Length 19 >>\nstream\nBT (a stream) Tj ET\nendstream",
		fmt.Sprintf("<< %s/Length %d %s/Params << /Size %d >> >>\nstream\n%s\nendstream", kind, len(content), filter, len(content), content),
		"<< /Type /Filespec /F () /UF (credential.json) /EF << /F 5 0 R >> /Desc (from a stream) >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n")
	at := make([]int, len(objects))
	for n, o := range objects {
		at[n] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n+1, o)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}

const embedded = "/Type /EmbeddedFile "

// Whatever a credential is in, it comes out as it was put in.
func TestOpen(t *testing.T) {
	h := openHouse(t, testAddress)
	c := claimAt(1)
	doc, jwt := h.signed(c), h.jwt(c)
	picture := func(form certificate.Form, what []byte) []byte {
		out, err := h.Bake(what, c.Achievement, form)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	escaped := func(b []byte) string {
		var out bytes.Buffer
		_ = xml.EscapeText(&out, b)
		return out.String()
	}
	for what, file := range map[string]struct {
		bytes []byte
		kind  string
		want  []byte
	}{
		"JSON":               {doc, KindJSON, doc},
		"JSON with a mark":   {append([]byte("\xef\xbb\xbf\r\n"), doc...), KindJSON, doc},
		"VC-JWT":             {append(bytes.Clone(jwt), '\n'), KindJWT, jwt},
		"PNG":                {picture(certificate.FormPNG, doc), KindPNG, doc},
		"SVG":                {picture(certificate.FormSVG, doc), KindSVG, doc},
		"SVG with a VC-JWT":  {fmt.Appendf(nil, `<svg xmlns:o="%s"><o:credential verify="%s"/></svg>`, namespaceOB, jwt), KindSVG, jwt},
		"SVG without CDATA":  {fmt.Appendf(nil, `<svg xmlns:o="%s"><o:credential>%s</o:credential></svg>`, namespaceOB, escaped(doc)), KindSVG, doc},
		"PDF":                {pdfWith(doc, embedded, true), KindPDF, doc},
		"PDF, not packed":    {pdfWith(doc, embedded, false), KindPDF, doc},
		"PDF, without Type":  {pdfWith(doc, "", true), KindPDF, doc},
		"PDF with a VC-JWT":  {pdfWith(jwt, embedded, true), KindPDF, jwt},
		"PDF after a line":   {append([]byte("mail\n"), pdfWith(doc, embedded, true)...), KindPDF, doc},
		"PDF, second of two": {append(pdfWith([]byte(`{"a":"endstream"}`), embedded, false), pdfWith(doc, embedded, true)...), KindPDF, doc},
		"PDF, table lost":    {pdfWith(doc, embedded, true)[:len(pdfWith(doc, embedded, true))-200], KindPDF, doc},
	} {
		got, kind, err := Open(file.bytes)
		if err != nil || kind != file.kind || !bytes.Equal(got, file.want) {
			t.Errorf("%s: %s, %d bytes of %d, %v", what, kind, len(got), len(file.want), err)
		}
	}
}

// Programs that tidy up PDFs write them quite differently; the credential is found all the same.
func TestOpenRewrittenPDF(t *testing.T) {
	need.Program(t, "qpdf")
	doc := openHouse(t, testAddress).signed(claimAt(1))
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	if err := os.WriteFile(in, pdfWith(doc, embedded, true), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{
		"--check", "--object-streams=generate", "--linearize", "--linearize --object-streams=generate", "--stream-data=uncompress --qdf",
		"--recompress-flate --compression-level=1", "--stream-data=preserve --newline-before-endstream",
	} {
		if how == "--check" { // the PDF of this test is one
			if said, err := exec.CommandContext(t.Context(), "qpdf", how, in).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			continue
		}
		if said, err := exec.CommandContext(t.Context(), "qpdf", append(strings.Fields(how), in, out)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", how, err, said)
		}
		file, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := Open(file); err != nil || !bytes.Equal(got, doc) {
			t.Errorf("%s: %d bytes of %d, %v", how, len(got), len(doc), err)
		}
	}
}

// What holds no credential says so, and what is no such file at all as well.
func TestOpenNothing(t *testing.T) {
	h := openHouse(t, testAddress)
	plain, err := h.Bake([]byte("x"), certificate.Achievement{}, certificate.FormPNG)
	if err != nil {
		t.Fatal(err)
	}
	for what, file := range map[string]struct {
		bytes []byte
		want  error
	}{
		"nothing": {nil, ErrUnreadable}, "text": {[]byte("hello"), ErrUnreadable}, "JSON": {[]byte(`{"type":"Invoice"}`), ErrUnreadable},
		"too large": {bytes.Repeat([]byte(" "), LargestFile+1), ErrUnreadable}, "HTML": {[]byte("<html></html>"), ErrNotBaked}, "PNG": {plain, ErrNotBaked},
		"PDF":             {pdfWith([]byte("%PDF-1.7 a picture"), embedded, true), ErrNotBaked},
		"PDF with JSON":   {pdfWith([]byte(`{"invoice":1}`), embedded, true), ErrNotBaked},
		"PDF of a bomb":   {pdfWith(append([]byte(`{"type":"VerifiableCredential","a":"`), bytes.Repeat([]byte("a"), 200<<20)...), embedded, true), ErrNotBaked},
		"PDF, cut off":    {[]byte("%PDF-1.7\n1 0 obj << /Type /EmbeddedFile >>\nstream\n{"), ErrNotBaked},
		"PDF, other pack": {bytes.Replace(pdfWith(h.signed(claimAt(1)), embedded, true), []byte("/FlateDecode"), []byte("/Crypt"), 1), ErrNotBaked},
	} {
		if got, _, err := Open(file.bytes); !errors.Is(err, file.want) || got != nil {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
	}
}

// The largest files that are made to take long are read in the end: with work that grows as the square of their size they would
// take hours, and the whole run would be given up.
func TestOpenTheLargest(t *testing.T) {
	size := LargestFile
	if testing.Short() { // with the race detector all is many times slower
		size /= 16
	}
	for what, unit := range map[string]string{
		"streams that do not end": ">>\nstream\n", "dictionaries": "obj<<>>\nstream\nendstream\n", "lengths": "obj<</Length 9999999>>\nstream\nendstream\n\n\n\n",
		"small files": "obj<</Type/EmbeddedFile>>\nstream\n{}endstream\n", "words": "stream\n", "spaces": "\n\n\n\n",
		"packed files": "obj<</Filter/FlateDecode>>\nstream\n\x78\x9c\x00\x00\x00\xff\xff\x00\x00\x00\xff\xffendstream\n",
	} {
		file := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte(unit), (size-16)/len(unit))...)
		if _, _, err := Open(file); !errors.Is(err, ErrNotBaked) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	h := openHouse(f, testAddress)
	doc := h.signed(claimAt(1))
	f.Add(pdfWith(doc, embedded, true))
	f.Add(pdfWith(doc, "", false))
	f.Add(append([]byte(pngSignature), "\x00\x00\x00\x20iTXt"+keyword+"\x00\x00\x00\x00\x00{}"...))
	f.Add(fmt.Appendf(nil, `<svg xmlns:o="%s"><o:credential verify="%s"/></svg>`, namespaceOB, h.jwt(claimAt(1))))
	f.Add(doc)
	f.Fuzz(func(t *testing.T, file []byte) {
		got, kind, err := Open(file)
		if err == nil && (!isCredential(got) || kind == "") {
			t.Errorf("%q came out of a %s", got, kind)
		}
		if err != nil && got != nil {
			t.Errorf("%v, and %q", err, got)
		}
	})
}
