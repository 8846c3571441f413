package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync"
)

// picture is a seal or a signature, ready to be written: gofpdf reads only some kinds of PNG, and writes several pictures
// of one document in no certain order. It is never changed.
type picture struct {
	wide, high int    // pixels
	colours    []byte // red, green and blue, compressed
	opacity    []byte // compressed
}

// album remembers the pictures of late: a cohort's certificates all bear the same seal, and to make it ready takes as long
// as the rest of a page.
type album struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]*picture
}

// An album is emptied when it is full, and does not take what is very large.
const (
	albumPictures = 32
	albumBytes    = 256 << 10
)

// picture is the one that a PNG holds.
func (a *album) picture(data []byte) (*picture, error) {
	sum := sha256.Sum256(data)
	a.mu.Lock()
	found := a.kept[sum]
	a.mu.Unlock()
	if found != nil {
		return found, nil
	}
	p, err := newPicture(data)
	if err != nil || len(p.colours)+len(p.opacity) > albumBytes {
		return p, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil || len(a.kept) >= albumPictures {
		a.kept = map[[sha256.Size]byte]*picture{}
	}
	a.kept[sum] = p
	return p, nil
}

// maxPixels is more than a seal has when it is printed at 600 dots per inch.
const maxPixels = 4_000_000

var errPicture = errors.New("a picture is too large")

func newPicture(data []byte) (*picture, error) {
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if size.Width <= 0 || size.Height <= 0 || size.Width > maxPixels/size.Height {
		return nil, errPicture
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	colours := make([]byte, 0, 3*size.Width*size.Height)
	opacity := make([]byte, 0, size.Width*size.Height)
	from := decoded.Bounds().Min
	for y := range size.Height {
		for x := range size.Width {
			r, g, b, a := pixel(decoded, from.X+x, from.Y+y)
			colours = append(colours, r, g, b)
			opacity = append(opacity, a)
		}
	}
	return &picture{wide: size.Width, high: size.Height, colours: tight.deflated(colours), opacity: tight.deflated(opacity)}, nil
}

func pixel(from image.Image, x, y int) (r, g, b, a byte) {
	if n, ok := from.(*image.NRGBA); ok {
		p := n.Pix[n.PixOffset(x, y):]
		return p[0], p[1], p[2], p[3]
	}
	c, _ := color.NRGBAModel.Convert(from.At(x, y)).(color.NRGBA)
	return c.R, c.G, c.B, c.A
}

// write adds the picture to a file, and tells its number.
func (p *picture) write(w *writer) int {
	size := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/Filter/FlateDecode", p.wide, p.high)
	mask, n := w.reserve(), w.reserve()
	w.putStream(mask, fmt.Sprintf("%s/ColorSpace/DeviceGray/Length %d", size, len(p.opacity)), p.opacity)
	w.putStream(n, fmt.Sprintf("%s/ColorSpace/DeviceRGB/SMask %d 0 R/Length %d", size, mask, len(p.colours)), p.colours)
	return n
}

// drawPicture draws one of the document's pictures as large as it fits into a box, in its middle. It is marked as decoration
// for readers that speak: who issued and who signed is said in words beside it.
func (c *canvas) drawPicture(name string, p *picture, box area) {
	scale := min((box.right-box.left)/float64(p.wide), box.height()/float64(p.high))
	wide, high := float64(p.wide)*scale, float64(p.high)*scale
	x, y := (box.left+box.right-wide)/2, (box.top+box.bottom+high)/2
	c.raw(fmt.Sprintf("/Artifact BMC\nq %.3f 0 0 %.3f %.3f %.3f cm /%s Do Q\nEMC\n", wide/mmPerPoint, high/mmPerPoint, x/mmPerPoint, (c.high-y)/mmPerPoint, name))
}
