package pdf

import (
	"fmt"
	"image/color"
	"strconv"

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
// hairlines show between them at any size. It is told in modules, to the right and downwards: short, where the number of
// modules would make it the longest text of the page.
func (c *canvas) drawQR(x, y, side float64, code qrCode) {
	module := side / float64(len(code)) / mmPerPoint
	path := fmt.Appendf(nil, "q 0 g %.5f 0 0 %.5f %.3f %.3f cm\n", module, -module, x/mmPerPoint, (c.high-y)/mmPerPoint)
	for row, modules := range code {
		for col := 0; col < len(modules); col++ {
			run := 0
			for col+run < len(modules) && modules[col+run] {
				run++
			}
			if run > 0 {
				for _, n := range [3]int{col, row, run} {
					path = append(strconv.AppendInt(path, int64(n), 10), ' ')
				}
				path = append(path, "1 re\n"...)
				col += run
			}
		}
	}
	c.raw(string(path) + "f Q\n")
}
