package badge

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"tenarai/internal/certificate"
)

// keyword marks the chunk of a picture that carries a credential (Open Badges 3.0, 5.3.1).
const keyword = "openbadgecredential"

const pngSignature = "\x89PNG\r\n\x1a\n"

const namespaceOB = "https://purl.imsglobal.org/ob/v3p0"

// The colours of the badge: the green of what is passed, and paper.
var (
	ink   = color.NRGBA{R: 0x1d, G: 0x6b, B: 0x45, A: 0xff}
	paper = color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}
)

// Bake puts a credential into a picture of the badge.
func (Issuer) Bake(credential []byte, a certificate.Achievement, form certificate.Form) ([]byte, error) {
	switch form {
	case certificate.FormSVG:
		return bakeSVG(credential, a)
	case certificate.FormPNG:
		return bakePNG(credential)
	}
	return nil, fmt.Errorf("bake: %s is no picture", form)
}

// bakeSVG is the badge as an SVG that carries its credential.
func bakeSVG(credential []byte, a certificate.Achievement) ([]byte, error) {
	// What would end the section is divided among two: to whoever reads XML it is the same text.
	credential = bytes.ReplaceAll(credential, []byte("]]>"), []byte("]]]]><![CDATA[>"))
	var title, code bytes.Buffer
	if err := errors.Join(xml.EscapeText(&title, []byte(a.Name.JA)), xml.EscapeText(&code, []byte(a.Code))); err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="%s" viewBox="0 0 256 256" role="img" aria-labelledby="title" lang="ja">
<openbadges:credential><![CDATA[%s]]></openbadges:credential>
<title id="title">%s</title>
<circle cx="128" cy="128" r="120" fill="#1d6b45"/>
<circle cx="128" cy="128" r="104" fill="none" stroke="#fff" stroke-width="4"/>
<path d="M76 116 112 152 180 84" fill="none" stroke="#fff" stroke-width="18" stroke-linecap="round" stroke-linejoin="round"/>
<text x="128" y="206" fill="#fff" font-family="sans-serif" font-size="32" text-anchor="middle">%s</text>
</svg>
`, namespaceOB, credential, title.String(), code.String())
	return out.Bytes(), nil
}

// bakePNG is the badge as a PNG that carries its credential: one iTXt chunk, not compressed, right after the header.
func bakePNG(credential []byte) ([]byte, error) {
	var plain bytes.Buffer
	if err := png.Encode(&plain, seal()); err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	// Keyword, then: not compressed, no method, no language, no translated keyword.
	chunk := append([]byte("iTXt"+keyword), 0, 0, 0, 0, 0)
	chunk = append(chunk, credential...)
	const header = 8 + 25 // the signature and IHDR
	out := bytes.NewBuffer(make([]byte, 0, plain.Len()+len(chunk)+8))
	out.Write(plain.Bytes()[:header])
	_ = binary.Write(out, binary.BigEndian, uint32(len(chunk)-4))
	out.Write(chunk)
	_ = binary.Write(out, binary.BigEndian, crc32.ChecksumIEEE(chunk))
	out.Write(plain.Bytes()[header:])
	return out.Bytes(), nil
}

// seal draws the badge of bakeSVG, without its letters.
func seal() image.Image {
	const size, middle = 256, 128.0
	m := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			px, py := float64(x)+0.5, float64(y)+0.5
			r := math.Hypot(px-middle, py-middle)
			disc := edge(120 - r)
			white := max(edge(2-math.Abs(r-104)), edge(9-min(toLine(px, py, 76, 116, 112, 152), toLine(px, py, 112, 152, 180, 84))))
			m.SetNRGBA(x, y, color.NRGBA{R: mix(ink.R, paper.R, white), G: mix(ink.G, paper.G, white), B: mix(ink.B, paper.B, white), A: uint8(disc * 255)})
		}
	}
	return m
}

// edge is how much of a pixel lies within, d pixels inside the edge.
func edge(d float64) float64 { return min(max(d+0.5, 0), 1) }

func mix(a, b uint8, share float64) uint8 {
	return uint8(float64(a) + (float64(b)-float64(a))*share)
}

// toLine is the distance of a point from the line between two others.
func toLine(x, y, ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	t := min(max(((x-ax)*dx+(y-ay)*dy)/(dx*dx+dy*dy), 0), 1)
	return math.Hypot(x-ax-t*dx, y-ay-t*dy)
}

// ErrNotBaked says that a picture or document carries no credential.
var ErrNotBaked = errors.New("the file carries no credential")

// Unbake takes the credential out of a baked PNG or SVG.
func Unbake(picture []byte) ([]byte, error) {
	if rest, ok := bytes.CutPrefix(picture, []byte(pngSignature)); ok {
		return unbakePNG(rest)
	}
	return unbakeSVG(picture)
}

func unbakePNG(rest []byte) ([]byte, error) {
	const frame = 12 // length, name, checksum
	for len(rest) >= frame {
		n := uint64(binary.BigEndian.Uint32(rest))
		if n > uint64(len(rest)-frame) {
			break
		}
		name, data := string(rest[4:8]), rest[8:8+n]
		rest = rest[frame+n:]
		if name != "iTXt" {
			continue
		}
		text, ok := bytes.CutPrefix(data, []byte(keyword+"\x00\x00\x00"))
		if !ok {
			continue
		}
		_, text, ok = bytes.Cut(text, []byte{0}) // the language
		if !ok {
			continue
		}
		if _, text, ok = bytes.Cut(text, []byte{0}); ok { // the translated keyword
			return text, nil
		}
	}
	return nil, ErrNotBaked
}

func unbakeSVG(picture []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := d.Token()
		if err != nil {
			return nil, ErrNotBaked
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Space != namespaceOB || start.Name.Local != "credential" {
			continue
		}
		for _, a := range start.Attr {
			if a.Name.Local == "verify" && strings.TrimSpace(a.Value) != "" { // a VC-JWT stands in the attribute
				return []byte(strings.TrimSpace(a.Value)), nil
			}
		}
		var inside struct {
			Text string `xml:",chardata"`
		}
		if err := d.DecodeElement(&inside, &start); err != nil || strings.TrimSpace(inside.Text) == "" {
			return nil, ErrNotBaked
		}
		return []byte(strings.TrimSpace(inside.Text)), nil
	}
}
