package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// picture is a seal or a signature, ready to be written: gofpdf reads only some kinds of PNG, and writes several pictures
// of one document in no certain order.
type picture struct {
	name       string // on the pages
	wide, high int    // pixels
	colours    []byte // red, green and blue
	opacity    []byte
}

// maxPixels is more than a seal has when it is printed at 600 dots per inch.
const maxPixels = 4_000_000

var errPicture = errors.New("a picture is too large")

func newPicture(name string, data []byte) (*picture, error) {
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
	p := &picture{name: name, wide: size.Width, high: size.Height}
	p.colours = make([]byte, 0, 3*size.Width*size.Height)
	p.opacity = make([]byte, 0, size.Width*size.Height)
	from := decoded.Bounds().Min
	for y := range size.Height {
		for x := range size.Width {
			r, g, b, a := pixel(decoded, from.X+x, from.Y+y)
			p.colours = append(p.colours, r, g, b)
			p.opacity = append(p.opacity, a)
		}
	}
	return p, nil
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
	size := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8", p.wide, p.high)
	mask := w.addStream(size+"/ColorSpace/DeviceGray", p.opacity)
	return w.addStream(fmt.Sprintf("%s/ColorSpace/DeviceRGB/SMask %d 0 R", size, mask), p.colours)
}

// drawPicture draws a picture as large as it fits into a box, in its middle. It is marked with what it shows, for readers
// that speak; where there is nothing to say, as decoration.
func (c *canvas) drawPicture(p *picture, box area) {
	scale := min((box.right-box.left)/float64(p.wide), box.height()/float64(p.high))
	wide, high := float64(p.wide)*scale, float64(p.high)*scale
	x, y := (box.left+box.right-wide)/2, (box.top+box.bottom+high)/2
	c.raw(fmt.Sprintf("/Artifact BMC\nq %.3f 0 0 %.3f %.3f %.3f cm /%s Do Q\nEMC\n", wide/mmPerPoint, high/mmPerPoint, x/mmPerPoint, (c.high-y)/mmPerPoint, p.name))
}
