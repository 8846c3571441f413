package pdf

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
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
