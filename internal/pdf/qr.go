package pdf

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode is a QR code: its rows of modules, true where dark.
type qrCode [][]bool

// newQRCode encodes a text with error correction M, which survives a scratch.
func newQRCode(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("qr code: %w", err)
	}
	n := code.Bounds().Dx()
	rows := make(qrCode, n)
	for y := range rows {
		rows[y] = make([]bool, n)
		for x := range rows[y] {
			rows[y][x] = code.At(x, y) == color.Black
		}
	}
	return rows, nil
}

// drawQR draws a code into a square of side millimetres, all of it code: the page keeps the white border of four
// modules around it that readers need (ISO/IEC 18004, 5.3.8). All dark modules are one path of rectangles, so that no
// hairlines show between them at any size.
func (c *canvas) drawQR(x, y, side float64, code qrCode) {
	module := side / float64(len(code)) / mmPerPoint // points from here on, upwards from the bottom left corner
	left, top := x/mmPerPoint, (c.high-y)/mmPerPoint
	var path strings.Builder
	path.WriteString("q 0 g\n")
	for row, modules := range code {
		for col := 0; col < len(modules); col++ {
			run := 0
			for col+run < len(modules) && modules[col+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "%.3f %.3f %.3f %.3f re\n", left+float64(col)*module, top-float64(row+1)*module, float64(run)*module, module)
				col += run
			}
		}
	}
	path.WriteString("f Q\n")
	c.raw(path.String())
}
