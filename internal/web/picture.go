package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gen2brain/heic"
	"github.com/labstack/echo/v4"
	"github.com/rwcarlsen/goexif/exif"
	scale "golang.org/x/image/draw"

	"tenarai/internal/desk"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// What is shown of a picture that somebody handed in.
const (
	picturePixels  = 40_000_000  // at most, of what is decoded: a small file can claim to be huge
	pictureMemory  = 200_000_000 // at most, in bytes, while it is decoded
	pictureSide    = 1600        // the longer side, as shown
	pictureQuality = 85
	picturesAtOnce = 2
)

// pictureTurns are taken by whatever decodes a picture.
var pictureTurns = make(turns, picturesAtOnce)

// pictureFormat is how one kind of picture is read. These are all: no other is ever decoded.
type pictureFormat struct {
	size   func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	turned bool                 // the camera's turning is in EXIF; HEIC has it in the picture itself
	times  func(b []byte) int64 // how much more than its pixels the decoder holds
}

var pictureFormats = map[string]pictureFormat{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode, true, timesJPEG},
	"image/png":  {png.DecodeConfig, png.Decode, true, timesPNG},
	"image/heic": {heic.DecodeConfig, heic.Decode, false, twice},
	"image/heif": {heic.DecodeConfig, heic.Decode, false, twice},
}

// memory is how many bytes a decoder holds of each pixel. A PNG of 16 bits a colour takes eight.
func (f pictureFormat) memory(m color.Model, b []byte) int64 {
	pixel := int64(8)
	switch m {
	case color.GrayModel:
		pixel = 1
	case color.Gray16Model:
		pixel = 2
	case color.YCbCrModel:
		pixel = 3
	case color.RGBAModel, color.NRGBAModel, color.CMYKModel:
		pixel = 4
	}
	if _, ok := m.(color.Palette); ok {
		pixel = 1
	}
	return pixel * f.times(b)
}

// twice is for what is decoded in a machine of its own and then copied.
func twice([]byte) int64 { return 2 }

// timesPNG is 2 if the picture is interlaced: each pass is a picture, too.
func timesPNG(b []byte) int64 {
	const interlaced = 28 // where IHDR says so
	if len(b) > interlaced && b[interlaced] != 0 {
		return 2
	}
	return 1
}

// timesJPEG is 5 if the picture is progressive: four bytes are held of each sample until the last pass. Markers are found
// as the decoder finds them, with whatever stands between them.
func timesJPEG(b []byte) int64 {
	const baseline, extended, progressive, end, restart = 0xc0, 0xc1, 0xc2, 0xd9, 0xd0
	for i := 2; i+3 < len(b); {
		if b[i] != 0xff {
			i++
			continue
		}
		marker := b[i+1]
		switch {
		case marker == 0xff:
			i++
			continue
		case marker == 0, marker >= restart && marker < restart+8:
			i += 2
			continue
		case marker == progressive:
			return 5
		case marker == baseline, marker == extended, marker == end:
			return 1
		}
		i += 2 + int(binary.BigEndian.Uint16(b[i+2:]))
	}
	return 1
}

// isPicture tells whether a handed-in file can be shown as a picture.
func isPicture(contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	_, ok := pictureFormats[base]
	return ok
}

// showable re-encodes a picture as a JPEG of ours: upright, at most pictureSide pixels on its longer side, on white, and
// without anything else the file held (places, thumbnails, programs). A picture that cannot be shown is a problem.
func showable(ctx context.Context, contentType string, b []byte) ([]byte, error) {
	small, err := redrawn(ctx, contentType, b, picturePixels, pictureSide)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	if err := jpeg.Encode(&packed, small, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return packed.Bytes(), nil
}

// What is printed of a seal or a signature: 30 mm on its longer side at 500 dpi. No scan of one needs many more pixels.
const (
	printedPixels = 4_000_000
	printedSide   = 600
)

// printable redraws a picture as a PNG of ours for a certificate.
func printable(ctx context.Context, contentType string, b []byte) ([]byte, error) {
	small, err := redrawn(ctx, contentType, b, printedPixels, printedSide)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	if err := png.Encode(&packed, small); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return packed.Bytes(), nil
}

// redrawn draws a picture of at most so many pixels anew when its turn comes: upright, at most side pixels on its longer
// side, on white, and without anything else the file held. A picture that cannot be shown is a problem.
func redrawn(ctx context.Context, contentType string, b []byte, most int64, side int) (out *image.RGBA, err error) {
	base, _, _ := strings.Cut(contentType, ";")
	f, ok := pictureFormats[base]
	if !ok {
		return nil, problem.Missing("assignments.no_picture")
	}
	done, err := pictureTurns.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	defer func() { // a decoder that breaks on a broken picture must not break the page
		if r := recover(); r != nil {
			out, err = nil, problem.Refuse("assignments.picture_broken")
		}
	}()
	size, err := f.size(bytes.NewReader(b))
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return nil, problem.Refuse("assignments.picture_broken")
	}
	pixels := int64(size.Width) * int64(size.Height)
	if pixels > most || pixels*f.memory(size.ColorModel, b) > pictureMemory {
		return nil, problem.Refuse("assignments.picture_large")
	}
	whole, err := f.decode(bytes.NewReader(b))
	if err != nil {
		return nil, problem.Refuse("assignments.picture_broken")
	}
	small := scaledDown(whole, side)
	if f.turned {
		small = upright(small, orientation(b))
	}
	return small, nil
}

// scaledDown is a picture on white whose longer side is at most side.
func scaledDown(whole image.Image, side int) *image.RGBA {
	b := whole.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	scale.ApproxBiLinear.Scale(small, small.Bounds(), whole, b, scale.Over, nil)
	return small
}

// orientation is how the camera was held (EXIF 2.32, tag 0x0112): 1 upright, up to 8; 1 if it does not say.
func orientation(b []byte) int {
	x, err := exif.Decode(bytes.NewReader(b))
	if err != nil {
		return 1
	}
	tag, err := x.Get(exif.Orientation)
	if err != nil {
		return 1
	}
	n, err := tag.Int(0)
	if err != nil || n < 1 || n > 8 {
		return 1
	}
	return n
}

// upright undoes a camera's turning. Orientations from 5 on lie on their side: width and height change places.
func upright(p *image.RGBA, turned int) *image.RGBA {
	if turned == 1 {
		return p
	}
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	ow, oh := w, h
	if turned >= 5 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range oh {
		for x := range ow {
			sx, sy := source(turned, x, y, w, h)
			copy(out.Pix[out.PixOffset(x, y):], p.Pix[p.PixOffset(sx, sy):][:4])
		}
	}
	return out
}

// source is the pixel of the turned picture of w × h that stands at x, y of the upright one.
func source(turned, x, y, w, h int) (sx, sy int) {
	switch turned {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

// picture answers GET /files/:file/picture.
func (s *Server) picture(c echo.Context, a desk.Actor) error {
	id, err := fileID(c)
	if err != nil {
		return err
	}
	f, err := s.Desk.FileOf(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	b, err := showable(c.Request().Context(), f.Type, f.Content)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", downloadPolicy)
	return c.Blob(http.StatusOK, "image/jpeg", b)
}

// fileID is the file in the address; what is no number does not exist.
func fileID(c echo.Context) (practice.FileID, error) {
	id, err := strconv.ParseInt(c.Param("file"), 10, 64)
	if err != nil || id < 1 {
		return 0, problem.Missing("store.missing")
	}
	return practice.FileID(id), nil
}

// file sends a handed-in file to keep, as it came.
func (s *Server) file(c echo.Context, a desk.Actor) error {
	id, err := fileID(c)
	if err != nil {
		return err
	}
	f, err := s.Desk.FileOf(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	return attachment(c, f.Name, f.Type, f.Content)
}
