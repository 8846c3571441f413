package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"tenarai/internal/problem"
)

// photo is a JPEG with a red left half, and in EXIF how the camera was held.
func photo(t *testing.T, w, h, orientation int) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(p, p.Bounds(), image.NewUniform(color.RGBA{0, 0, 255, 255}), image.Point{}, draw.Src)
	draw.Draw(p, image.Rect(0, 0, w/2, h), image.NewUniform(color.RGBA{255, 0, 0, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0, 0, 0, 0, 0}
	app := append([]byte("Exif\x00\x00"), tiff...)
	head := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte((len(app) + 2) >> 8), byte(len(app) + 2)}, app...)
	return append(head, b.Bytes()[2:]...)
}

// A photograph is shown as it was seen, however the camera was held.
func TestPicturesStandUpright(t *testing.T) {
	red := map[int]image.Point{ // where the stored picture's left side is when it is seen
		1: {5, 30}, 2: {95, 30}, 3: {95, 30}, 4: {5, 30}, 5: {30, 5}, 6: {30, 5}, 7: {30, 95}, 8: {30, 95},
	}
	for o, at := range red {
		b, err := showable(t.Context(), "image/jpeg", photo(t, 100, 60, o))
		if err != nil {
			t.Fatal(err)
		}
		p, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if wide := p.Bounds().Dx() == 100 && p.Bounds().Dy() == 60; wide != (o < 5) {
			t.Errorf("orientation %d: %v", o, p.Bounds())
		}
		if r, _, bl, _ := p.At(at.X, at.Y).RGBA(); r < 0xa000 || bl > 0x6000 {
			t.Errorf("orientation %d: no red at %v", o, at)
		}
		if bytes.Contains(b, []byte("Exif")) {
			t.Error("what the camera knows is passed on")
		}
	}
}

func TestLargePicturesAreMadeSmaller(t *testing.T) {
	b, err := showable(t.Context(), "image/jpeg", photo(t, 3200, 200, 6))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width != 100 || c.Height != 1600 {
		t.Errorf("%v %v", c, err)
	}
}

// A PNG whose head claims many pixels is refused before any of them is made.
func TestHugePicturesAreRefused(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	huge := b.Bytes()
	binary.BigEndian.PutUint32(huge[16:], 30_000)
	binary.BigEndian.PutUint32(huge[20:], 30_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for name, c := range map[string]struct {
		kind, key string
		b         []byte
	}{
		"huge": {"image/png", "assignments.picture_large", huge}, "broken": {"image/jpeg", "assignments.picture_broken", []byte("\xff\xd8\xff")},
		"not decoded": {"image/tiff", "assignments.no_picture", []byte("II*\x00")}, "drawing": {"image/svg+xml", "assignments.no_picture", []byte("<svg/>")},
		"broken phone picture": {"image/heic", "assignments.picture_broken", []byte("\x00\x00\x00\x18ftypheic")},
	} {
		_, err := showable(t.Context(), c.kind, c.b)
		if l := problem.Of(err); len(l) != 1 || l[0].Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// claims is a head that promises so many pixels and brings none.
func claims(t *testing.T, width, height int, depth, colours, interlaced byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	head := b.Bytes()[:33]
	binary.BigEndian.PutUint32(head[16:], uint32(width))
	binary.BigEndian.PutUint32(head[20:], uint32(height))
	head[24], head[25], head[28] = depth, colours, interlaced
	binary.BigEndian.PutUint32(head[29:], crc32.ChecksumIEEE(head[12:29]))
	return head
}

// What counts is how much memory a picture takes while it is decoded, which its head tells.
func TestHungryPicturesAreRefused(t *testing.T) {
	jpegOf := func(marker byte, between ...byte) []byte {
		b := photo(t, 8, 8, 1)
		at := bytes.Index(b, []byte{0xff, 0xc0})
		frame := bytes.Clone(b[at:])
		frame[1] = marker
		binary.BigEndian.PutUint16(frame[5:], 4000)
		binary.BigEndian.PutUint16(frame[7:], 5000)
		return slices.Concat(b[:at], between, frame[:len(frame)-10])
	}
	const large, broken = "assignments.picture_large", "assignments.picture_broken"
	for name, c := range map[string]struct {
		kind, key string
		b         []byte
	}{
		"8 bits":             {"image/png", broken, claims(t, 6000, 5000, 8, 6, 0)},
		"16 bits":            {"image/png", large, claims(t, 6000, 5000, 16, 6, 0)},
		"16 bits, no alpha":  {"image/png", large, claims(t, 6000, 5000, 16, 2, 0)},
		"16 bits of grey":    {"image/png", broken, claims(t, 6000, 5000, 16, 0, 0)},
		"interlaced":         {"image/png", large, claims(t, 6000, 5000, 8, 6, 1)},
		"too many":           {"image/png", large, claims(t, 8000, 6000, 8, 0, 0)},
		"JPEG":               {"image/jpeg", broken, jpegOf(0xc0)},
		"progressive":        {"image/jpeg", large, jpegOf(0xc2)},
		"progressive, later": {"image/jpeg", large, jpegOf(0xc2, 0x00, 0xff, 0x00, 0xff, 0xff, 0xfe, 0x00, 0x04, 0xff, 0xc0, 0xff, 0xd0, 0x01)},
	} {
		_, err := showable(t.Context(), c.kind, c.b)
		if l := problem.Of(err); len(l) != 1 || l[0].Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := printable(t.Context(), "image/png", claims(t, 2001, 2000, 8, 0, 0)); len(problem.Of(err)) != 1 || problem.Of(err)[0].Key != large {
		t.Errorf("a large seal: %v", err)
	}
	if _, err := printable(t.Context(), "image/png", pngOf(t, 2000)); err != nil {
		t.Errorf("a seal of four megapixels: %v", err)
	}
}

// Whatever decodes a picture waits for its turn, as long as somebody waits for it.
func TestPicturesInTurn(t *testing.T) {
	for range picturesAtOnce {
		done, err := pictureTurns.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, draw := range map[string]func(context.Context, string, []byte) ([]byte, error){"shown": showable, "printed": printable} {
		if _, err := draw(gone, "image/png", pngOf(t, 1)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
