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

	"golang.org/x/text/unicode/norm"

	"tenarai/internal/certificate"
	"tenarai/internal/problem"
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

// tool runs a program of the PDF world over a document. Without the program the test is skipped, or fails where the run
// demands the outside tools.
func tool(t *testing.T, d Document, program string, arguments ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if strings.Contains(os.Getenv("TENARAI_TEST_REQUIRE"), "browser") {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
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

var hardNames = map[string]string{
	"beyond 16 bits":            "𠮷田 由美",
	"beyond 16 bits in BIZ":     "𩸽 三郎",
	"another form by code":      "髙﨑 健二",
	"another form by selector":  "辻󠄀 一郎",
	"a selector in the middle":  "葛󠄀城 榊󠄀",
	"a compatibility ideograph": "神\ufa19 福\ufa1b",
	"half-width kana":           "ﾀｶﾊｼ ｶﾞｸ",
	"combining dakuten":         "か\u3099く ハ\u309aン",
	"combining accents":         "Jose\u0301 Nun\u0303ez",
	"Latin accents":             "Łukasz Żółć-Müller Ångström",
	"Vietnamese":                "Nguyễn Thị Hồng Ngọc",
	"mixed":                     "田中 𠮷 O'Neill-(Jr.) \\ 三世",
	"54 characters":             strings.Repeat("髙橋𠮷田ー", 11)[:len("髙橋𠮷田ー")*10] + "由美子さ",
	"54 letters":                "Wolfeschlegelsteinhausenbergerdorff Maria-Josefa Weber",
}

func TestNamesAreExtractedExactly(t *testing.T) {
	p := newPrinter(t)
	for what, name := range hardNames {
		t.Run(what, func(t *testing.T) {
			if bad := p.Unprintable(name); len(bad) > 0 {
				t.Fatalf("unprintable: %q", bad)
			}
			d := printed(t, sample(name))
			want := norm.NFC.String(name)
			if strings.ContainsFunc(name, isCompatibilityIdeograph) {
				want = name
			}
			if lines := textOf(t, d, "1"); !slices.Contains(lines, want+" 殿") {
				t.Errorf("no line is %q in\n%s", want, strings.Join(lines[:min(8, len(lines))], "\n"))
			}
			if lines := textOf(t, d, "2"); !slices.Contains(lines, want) {
				t.Errorf("no line is %q in\n%s", want, strings.Join(lines[:min(8, len(lines))], "\n"))
			}
		})
	}
}

func TestUnprintableNamesTheCharacters(t *testing.T) {
	p := newPrinter(t)
	for what, c := range map[string]struct {
		name string
		bad  []string
	}{
		"Hangul":               {"김 由美 한", []string{"김", "한"}},
		"emoji":                {"由美😀", []string{"😀"}},
		"emoji by selector":    {"由美❤\ufe0f", []string{"❤\ufe0f"}},
		"emoji joined":         {"👩\u200d🌾", []string{"👩", "U+200D", "🌾"}},
		"Hebrew":               {"שלום", []string{"ש", "ל", "ו", "ם"}},
		"Arabic":               {"سلام", []string{"س", "ل", "ا", "م"}},
		"Thai":                 {"ก", []string{"ก"}},
		"NUL":                  {"由\x00美", []string{"U+0000"}},
		"line end":             {"由美\n殿", []string{"U+000A"}},
		"line separator":       {"由美\u2028殿", []string{"U+2028"}},
		"tab, once":            {"\t由美\t", []string{"U+0009"}},
		"DEL":                  {"\x7f", []string{"U+007F"}},
		"right-to-left mark":   {"由美\u202e殿", []string{"U+202E"}},
		"zero-width space":     {"由\u200b美", []string{"U+200B"}},
		"byte order mark":      {"\ufeff由美", []string{"U+FEFF"}},
		"soft hyphen":          {"由\u00ad美", []string{"U+00AD"}},
		"private use":          {"由\ue000美", []string{"U+E000"}},
		"not UTF-8":            {"由\xff美", []string{"U+FFFD"}},
		"a mark without base":  {"\u3099", []string{"U+3099"}},
		"a mark on the wrong":  {"京\u0301", []string{"U+0301"}},
		"a selector alone":     {"\U000e0100", []string{"U+E0100"}},
		"an unknown selection": {"京\U000e01ef", []string{"京\U000e01ef"}},
		"not a character":      {"\U0010ffff", []string{"U+10FFFF"}},
		"spaces are fine":      {"佐藤 葵　\u00a0", nil},
		"nothing is fine":      {"", nil},
	} {
		t.Run(what, func(t *testing.T) {
			if got := p.Unprintable(c.name); !slices.Equal(got, c.bad) {
				t.Errorf("got %q, want %q", got, c.bad)
			}
			if len(c.bad) > 0 {
				if _, err := p.Certificate(certificate.Sheet{Certificate: sample(c.name), Address: verifyURL}); !problem.Is(err, problem.Invalid) {
					t.Errorf("printed nevertheless: %v", err)
				}
			}
		})
	}
}

// squeezed is a text without its spaces, which line breaks add and take.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

func TestEverythingIsOnThePage(t *testing.T) {
	for what, c := range map[string]certificate.Certificate{"a course": sample("𠮷田 由美"), "the longest": long(hardNames["54 characters"])} {
		t.Run(what, func(t *testing.T) {
			d := printed(t, c)
			for page, w := range map[string]words{"1": japanese, "2": english} {
				got := squeezed(string(tool(t, d, "pdftotext", "-raw", "-f", page, "-l", page, "FILE", "-")))
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
	texts := []string{w.kind(s.Kind).title, s.Name, string(c.Number), verifyURL, w.date(c.Issued), centerName(s, w), s.Code, s.Topic.In(w.lang), w.hours(s.Minutes)}
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
	if sum := sha256.Sum256(first.Bytes); first.SHA256 != hex.EncodeToString(sum[:]) || first.Renderer != Renderer {
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

func FuzzNames(f *testing.F) {
	for _, name := range hardNames {
		f.Add(name)
	}
	f.Add("由\xff\u202e美\U0010ffff")
	p := newPrinter(f)
	f.Fuzz(func(t *testing.T, name string) {
		_, err := p.Certificate(certificate.Sheet{Certificate: sample(name), Address: verifyURL})
		bad := p.Unprintable(name)
		if wrong := name == "" || len(bad) > 0; (err != nil) != wrong {
			t.Errorf("%q: unprintable %q, but printing says %v", name, bad, err)
		}
	})
}
