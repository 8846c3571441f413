package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenarai/internal/certificate"
)

var anew = flag.Bool("update", false, "write the golden files of the whole package anew")

// Small pictures of every design are kept, so that a change of a layout is seen by whoever reads the change. Pixels may
// differ a little from one version of the program that makes them to the next; a line of text that has moved makes a
// greater difference in its part of the page.
func TestDesignsLookAsTheyDid(t *testing.T) {
	const tolerance = 6 // of 255, on average in any part of the page
	p := newPrinter(t)
	eachDesign(t, func(t *testing.T, template certificate.Template, portrait bool) {
		d := mustPrint(t, p, rich(sample("𠮷田 由美"), template, portrait))
		wide, high, pixels := rendered(t, d, "1", 30)
		file := filepath.Join("testdata", designName(template, portrait)+".png")
		if *anew {
			keep(t, file, wide, high, pixels)
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(kept))
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds(); size.Dx() != wide || size.Dy() != high {
			t.Fatalf("%d × %d, not %v", wide, high, size)
		}
		const parts = 12
		var sums, counts [parts][parts]int
		for i, is := range pixels {
			x, y := i%wide, i/wide
			was, _, _, _ := picture.At(x, y).RGBA()
			sums[y*parts/high][x*parts/wide] += max(int(is)-int(was>>8), int(was>>8)-int(is))
			counts[y*parts/high][x*parts/wide]++
		}
		for y := range parts {
			for x := range parts {
				if mean := float64(sums[y][x]) / float64(counts[y][x]); mean > tolerance {
					t.Errorf("%s: part %d, %d of %d differs by %.1f on average; -update writes it anew", file, x+1, y+1, parts, mean)
				}
			}
		}
	})
}

// keep writes a picture in sixteen shades.
func keep(t *testing.T, file string, wide, high int, pixels []byte) {
	t.Helper()
	shades := make(color.Palette, 16)
	for i := range shades {
		shades[i] = color.Gray{byte(i * 17)}
	}
	picture := image.NewPaletted(image.Rect(0, 0, wide, high), shades)
	for i, v := range pixels {
		picture.Pix[i] = byte((int(v) + 8) / 17)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What is drawn on the pages of the samples belongs to a version of the layouts: who changes it raises the version, so that
// kept documents tell by which they were made (go test ./internal/pdf -run Version -update, after CertificateRenderer or
// RecordRenderer was raised).
func TestPagesBelongToTheirVersion(t *testing.T) {
	p := newPrinter(t)
	certificates, records := sha256.New(), sha256.New()
	eachDesign(t, func(t *testing.T, template certificate.Template, portrait bool) {
		certificates.Write(operatorsOf(t, mustPrint(t, p, rich(sample("𠮷田 由美"), template, portrait))))
	})
	for _, lang := range []string{"ja", "en"} {
		records.Write(operatorsOf(t, printedRecord(t, recordOf(lang))))
	}
	got := fmt.Sprintf("%s %x\n%s %x\n", CertificateRenderer, certificates.Sum(nil), RecordRenderer, records.Sum(nil))
	file := filepath.Join("testdata", "versions.txt")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Fields(string(kept)), strings.Fields(got)
	for i := 0; i+1 < len(is) && i+1 < len(was); i += 2 {
		if was[i] == is[i] && was[i+1] != is[i+1] {
			t.Errorf("%s draws its pages otherwise: raise the version", is[i])
		}
	}
	if got != string(kept) && !t.Failed() {
		if !*anew {
			t.Fatalf("%s is not up to date: -update writes it anew", file)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// operatorsOf are the operators of all pages.
func operatorsOf(t *testing.T, d Document) []byte {
	t.Helper()
	f, err := openFile(d.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for n := firstPageNumber; ; n += 2 {
		page, err := f.dictionary(n)
		if err != nil || string(bytes.TrimSpace(page.get("Type"))) != "/Page" {
			break
		}
		o, err := f.object(n + 1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := zlib.NewReader(bytes.NewReader(o.stream))
		if err != nil {
			t.Fatal(err)
		}
		operators, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, operators...)
	}
	if len(all) == 0 {
		t.Fatal("no pages were found")
	}
	return all
}
