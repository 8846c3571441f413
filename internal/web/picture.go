package web

import (
	"bytes"
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
	picturePixels  = 40_000_000 // at most, of what is decoded: a small file can claim to be huge
	pictureSide    = 1600       // the longer side, as shown
	pictureQuality = 85
	picturesAtOnce = 2 // each holds up to 160 MB while it is decoded
)

var pictureTurns = make(chan struct{}, picturesAtOnce)

// pictureFormat is how one kind of picture is read. These are all: no other is ever decoded.
type pictureFormat struct {
	size   func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	turned bool // the camera's turning is in EXIF; HEIC has it in the picture itself
}

var pictureFormats = map[string]pictureFormat{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode, true},
	"image/png":  {png.DecodeConfig, png.Decode, true},
	"image/heic": {heic.DecodeConfig, heic.Decode, false},
	"image/heif": {heic.DecodeConfig, heic.Decode, false},
}

// isPicture tells whether a handed-in file can be shown as a picture.
func isPicture(contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	_, ok := pictureFormats[base]
	return ok
}

// showable re-encodes a picture as a JPEG of ours: upright, at most pictureSide pixels on its longer side, on white, and
// without anything else the file held (places, thumbnails, programs). A picture that cannot be shown is a problem.
func showable(contentType string, b []byte) ([]byte, error) {
	small, err := redrawn(contentType, b, pictureSide)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	if err := jpeg.Encode(&packed, small, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return packed.Bytes(), nil
}

// printedSide is the longer side of a picture on a certificate: 30 mm at 500 dpi.
const printedSide = 600

// printable redraws a picture as a PNG of ours for a certificate.
func printable(contentType string, b []byte) ([]byte, error) {
	small, err := redrawn(contentType, b, printedSide)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	if err := png.Encode(&packed, small); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return packed.Bytes(), nil
}

// redrawn draws a picture anew: upright, at most side pixels on its longer side, on white, and without anything else the
// file held. A picture that cannot be shown is a problem.
func redrawn(contentType string, b []byte, side int) (out *image.RGBA, err error) {
	base, _, _ := strings.Cut(contentType, ";")
	f, ok := pictureFormats[base]
	if !ok {
		return nil, problem.Missing("assignments.no_picture")
	}
	defer func() { // a decoder that breaks on a broken picture must not break the page
		if r := recover(); r != nil {
			out, err = nil, problem.Refuse("assignments.picture_broken")
		}
	}()
	size, err := f.size(bytes.NewReader(b))
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return nil, problem.Refuse("assignments.picture_broken")
	}
	if int64(size.Width)*int64(size.Height) > picturePixels {
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
	select {
	case pictureTurns <- struct{}{}:
		defer func() { <-pictureTurns }()
	case <-c.Request().Context().Done():
		return c.Request().Context().Err()
	}
	b, err := showable(f.Type, f.Content)
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
