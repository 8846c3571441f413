// Package pdf prints certificates and skills records, puts many certificates into one file, and signs. It alone knows gofpdf,
// which draws the pages; text and fonts are set without it, because it knows neither characters beyond the Basic Multilingual
// Plane nor variation sequences, and loses characters where lines break. What no font here can print is refused by name
// instead of printed as a box.
package pdf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tenarai/internal/certificate"
)

// The versions of the layouts. A document's bytes are kept at first rendering together with the one that made it; raise it
// when anything about the pages changes.
const (
	CertificateRenderer = "certificate-2"
	RecordRenderer      = "record-2"
)

// Printer prints documents. It holds the fonts and the pictures of late, and may be used by many goroutines at once.
type Printer struct {
	typeface *typeface
	album    album
}

// New reads the fonts' tables of contents; that is quick, as glyphs are read when they are needed.
func New() (*Printer, error) {
	t, err := newTypeface()
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return &Printer{typeface: t}, nil
}

// Document is a finished PDF.
type Document struct {
	Bytes    []byte
	SHA256   string // of Bytes, in lower-case hexadecimal
	Renderer string // the version of the layout that made it
}

// Certificate prints a certificate as its design asks: by default an A4 landscape page in Japanese and one in English, with
// the same number and a QR code of its address. What is not valid is stamped. The same input gives the same bytes. It fails
// with the problem "pdf.unprintable" if a text holds a character that no font here has; names are checked with Unprintable
// when they are entered, so that this does not happen.
func (p *Printer) Certificate(s certificate.Sheet) (Document, error) {
	return documentOf("certificate "+string(s.Number), CertificateRenderer, func() ([]byte, error) { return p.printCertificate(s) })
}

// Record prints a skills record on A4, upright, in one language, on as many pages as it needs. The same input gives the same
// bytes. It fails with the problem "pdf.unprintable" if a text holds a character that no font here has.
func (p *Printer) Record(s certificate.RecordSheet) (Document, error) {
	return documentOf("skills record", RecordRenderer, func() ([]byte, error) { return p.printRecord(s) })
}

// documentOf makes a document of what is drawn.
func documentOf(what, renderer string, draw func() ([]byte, error)) (doc Document, err error) {
	defer func() {
		if r := recover(); r != nil { // gofpdf panics on what it does not expect; a document must not take the server down
			doc, err = Document{}, fmt.Errorf("pdf: print %s: %v", what, r)
		}
	}()
	b, err := draw()
	if err != nil {
		return Document{}, fmt.Errorf("pdf: print %s: %w", what, err)
	}
	sum := sha256.Sum256(b)
	return Document{Bytes: b, SHA256: hex.EncodeToString(sum[:]), Renderer: renderer}, nil
}
