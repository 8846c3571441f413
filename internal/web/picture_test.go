package web

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
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
		b, err := showable("image/jpeg", photo(t, 100, 60, o))
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
	b, err := showable("image/jpeg", photo(t, 3200, 200, 6))
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
		_, err := showable(c.kind, c.b)
		if l := problem.Of(err); len(l) != 1 || l[0].Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}
