package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/need"
)

func newPrinter(t testing.TB) *Printer {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func printed(t testing.TB, c certificate.Certificate) Document {
	t.Helper()
	d, err := newPrinter(t).Certificate(certificate.Sheet{Certificate: c, Address: verifyURL})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tool runs a program of the PDF world over a document.
func tool(t *testing.T, d Document, program string, arguments ...string) []byte {
	t.Helper()
	need.Program(t, program)
	file := filepath.Join(t.TempDir(), "certificate.pdf")
	if err := os.WriteFile(file, d.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range arguments {
		arguments[i] = strings.ReplaceAll(a, "FILE", file)
	}
	out, err := exec.Command(program, arguments...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return out
}

// textOf is what pdftotext finds on a page, as lines.
func textOf(t *testing.T, d Document, page string) []string {
	t.Helper()
	return strings.Split(string(tool(t, d, "pdftotext", "-f", page, "-l", page, "FILE", "-")), "\n")
}

// squeezed is a text without its spaces, which line breaks add and take.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

func TestEverythingIsOnThePage(t *testing.T) {
	for what, c := range map[string]certificate.Certificate{"a course": sample("𠮷田 由美"), "the longest": long(hardNames["54 characters"])} {
		t.Run(what, func(t *testing.T) {
			d := printed(t, c)
			for page, w := range map[string]words{"1": japanese, "2": english} {
				got := pageText(t, d, page)
				for _, want := range expected(c, w) {
					if !strings.Contains(got, squeezed(want)) {
						t.Errorf("page %s lacks %q", page, want)
					}
				}
			}
			if pages := tool(t, d, "qpdf", "--show-npages", "FILE"); string(pages) != "2\n" {
				t.Errorf("%s pages", pages)
			}
		})
	}
}

func expected(c certificate.Certificate, w words) []string {
	s := c.Snapshot
	name := s.Name
	if w.lang == "en" && s.Latin != "" {
		name = s.Latin
	}
	texts := []string{w.kind(s.Kind).title, name, string(c.Number), verifyURL, w.date(c.Issued), centerName(s, w), s.Code, s.Topic.In(w.lang), w.hours(s.Minutes)}
	for _, t := range slices.Concat(s.CanDo, s.Modules) {
		texts = append(texts, t.In(w.lang))
	}
	for _, p := range s.Pieces {
		texts = append(texts, p.Title.In(w.lang), w.piece(p))
	}
	for _, k := range s.Skills {
		texts = append(texts, string(k.Skill), k.Title.In(w.lang), w.level(k.Level, k.Descriptor.In(w.lang)))
	}
	return texts
}

func TestCertificateIsSoundPDF(t *testing.T) {
	for what, name := range hardNames {
		t.Run(what, func(t *testing.T) {
			tool(t, printed(t, long(name)), "qpdf", "--check", "FILE") // its exit status says it
		})
	}
}

func TestQRCodeIsTheVerifyAddress(t *testing.T) {
	d := printed(t, sample("𠮷田 由美"))
	for _, page := range []string{"1", "2"} {
		picture := filepath.Join(t.TempDir(), "page")
		tool(t, d, "pdftoppm", "-r", "100", "-gray", "-singlefile", "-f", page, "FILE", picture)
		if got := tool(t, d, "zbarimg", "-q", "--raw", picture+".pgm"); string(got) != verifyURL+"\n" {
			t.Errorf("page %s: %q", page, got)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	c := sample("𠮷田 由美")
	first := printed(t, c)
	if sum := sha256.Sum256(first.Bytes); first.SHA256 != hex.EncodeToString(sum[:]) || first.Renderer != CertificateRenderer {
		t.Errorf("%s, %s", first.SHA256, first.Renderer)
	}
	if again := printed(t, c); !bytes.Equal(first.Bytes, again.Bytes) {
		t.Error("a second printer made other bytes")
	}
	c.Number = certificate.NewNumber([]byte("0123456789"))
	if other := printed(t, c); bytes.Equal(first.Bytes, other.Bytes) {
		t.Error("another number made the same bytes")
	}
}

// Run with -race: gofpdf writes into what it shares where it can.
func TestManyPrintAtOnce(t *testing.T) {
	p := newPrinter(t)
	c := sample("Łukasz 𠮷田 辻󠄀")
	sums := make([]string, 8)
	var group sync.WaitGroup
	for i := range sums {
		group.Go(func() {
			if bad := p.Unprintable(c.Snapshot.Name); bad != nil {
				t.Error(bad)
			}
			d, err := p.Certificate(certificate.Sheet{Certificate: c, Address: verifyURL})
			if err != nil {
				t.Error(err)
			}
			sums[i] = d.SHA256
		})
	}
	group.Wait()
	if first := slices.Compact(slices.Clone(sums)); len(first) != 1 {
		t.Errorf("different documents: %q", first)
	}
}

func TestCertificateNeedsNameNumberAndAddress(t *testing.T) {
	p := newPrinter(t)
	noNumber := sample("葵")
	noNumber.Number = ""
	for _, c := range []struct {
		certificate certificate.Certificate
		address     string
	}{{sample(""), verifyURL}, {noNumber, verifyURL}, {sample("葵"), ""}, {sample("葵"), strings.Repeat("長", 5000)}} {
		if d, err := p.Certificate(certificate.Sheet{Certificate: c.certificate, Address: c.address}); err == nil || d.Bytes != nil {
			t.Errorf("printed %d bytes", len(d.Bytes))
		}
	}
}

func TestCertificateOfLittleContent(t *testing.T) {
	c := certificate.Certificate{Number: "0000-0000-0000-0000-0", Issued: issued, Snapshot: certificate.Snapshot{Name: "葵", Topic: text("講座", "")}}
	if lines := textOf(t, printed(t, c), "2"); !slices.Contains(lines, "講座") {
		t.Errorf("the Japanese title does not stand in for the English one: %q", lines)
	}
}
