package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenarai/internal/problem"
)

var errSigned = errors.New("it has a form, or is signed already")

// Sign signs a PDF made here with a center's identity. The document stays as it is, byte by byte, and the signature follows
// it as an incremental update (ISO 32000-1, 12.8): nothing is added to what is seen. It refuses with "pdf.identity_ended" or
// "pdf.identity_early" when the identity's certificate is not good at that time.
func Sign(doc []byte, identity *Identity, at time.Time) ([]byte, error) {
	switch {
	case at.After(identity.Ends):
		return nil, problem.Refuse("pdf.identity_ended")
	case at.Before(identity.Begins):
		return nil, problem.Refuse("pdf.identity_early")
	}
	signed, err := sign(doc, identity, at)
	if err != nil {
		return nil, fmt.Errorf("pdf: sign: %w", err)
	}
	return signed, nil
}

func sign(doc []byte, identity *Identity, at time.Time) ([]byte, error) {
	u, err := newUpdate(doc, identity.room())
	if err != nil {
		return nil, err
	}
	if err := u.addSignature(identity, at); err != nil {
		return nil, err
	}
	u.finish()
	h := sha256.New()
	h.Write(u.out[:u.opens]) // all but the signature itself and the < > around it
	h.Write(u.out[u.closes:])
	signature, err := identity.sign(h.Sum(nil))
	if err != nil {
		return nil, err
	}
	if hex.EncodedLen(len(signature)) > u.closes-u.opens-2 {
		return nil, fmt.Errorf("a signature of %d bytes does not fit", len(signature))
	}
	hex.Encode(u.out[u.opens+1:], signature)
	return u.out, nil
}

// update is a document with more objects behind it.
type update struct {
	from    *source
	out     []byte
	offsets map[int]int // of the objects of the update
	next    int         // the first number no object has

	opens, closes int // where the signature is to be, with its brackets
	ranged        int // where the range of bytes is to be that is signed
}

// newUpdate begins one; room is for bytes of a signature.
func newUpdate(doc []byte, room int) (*update, error) {
	from, err := openFile(doc)
	if err != nil {
		return nil, err
	}
	size, ok := from.trailer.integer("Size")
	if !ok || size < 1 {
		return nil, fmt.Errorf("%w: it does not say how many objects it has", errForeign)
	}
	const objects = 8 << 10 // the catalog, a page, and what is new
	out := make([]byte, 0, len(doc)+hex.EncodedLen(room)+objects)
	out = append(out, doc...)
	if !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	return &update{from: from, out: out, offsets: map[int]int{}, next: size}, nil
}

// put writes an object.
func (u *update) put(n int, body string) {
	u.offsets[n] = len(u.out)
	u.out = fmt.Appendf(u.out, "%d 0 obj\n%s\nendobj\n", n, body)
}

// addSignature adds an invisible signature field to the first page and the form, and an empty signature to the field.
func (u *update) addSignature(identity *Identity, at time.Time) error {
	root, _ := u.from.trailer.reference("Root")
	catalog, known, err := u.from.opened(root)
	if err != nil {
		return err
	}
	if known.get("AcroForm") != nil {
		return errSigned
	}
	tree, _ := known.reference("Pages")
	page, err := u.from.firstPage(tree)
	if err != nil {
		return err
	}
	signature, field := u.next, u.next+1
	u.next += 2
	annotated, err := u.withAnnotation(page, field)
	if err != nil {
		return err
	}
	u.put(page, annotated)
	u.put(root, withEntry(catalog, fmt.Sprintf("/AcroForm <</Fields [%d 0 R] /SigFlags 3>>", field))) // signed: only ever append
	const printedLocked = 4 | 128
	u.put(field, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F %d /Rect [0 0 0 0] /V %d 0 R /P %d 0 R>>", printedLocked, signature, page))
	u.putSignature(signature, identity, at)
	return nil
}

// withAnnotation is a page with one more annotation.
func (u *update) withAnnotation(page, annotation int) (string, error) {
	b, d, err := u.from.opened(page)
	if err != nil {
		return "", err
	}
	list := d.find("Annots")
	switch {
	case list.value == nil:
		return withEntry(b, fmt.Sprintf("/Annots [%d 0 R]", annotation)), nil
	case list.value[0] != '[':
		return "", fmt.Errorf("%w: the annotations of its first page stand elsewhere", errForeign)
	}
	return fmt.Sprintf("%s[%d 0 R %s", b[:list.at], annotation, b[list.at+1:]), nil
}

// withEntry is a dictionary as it stands in a file, with one more entry.
func withEntry(dictionary []byte, entry string) string {
	return string(dictionary[:len(dictionary)-len(">>")]) + "\n" + entry + ">>"
}

// byteRange has a fixed width, as it is written before it is known.
const byteRange = "[0 %010d %010d %010d]"

// putSignature writes the signature's dictionary with zeros where it is to be.
func (u *update) putSignature(n int, identity *Identity, at time.Time) {
	u.offsets[n] = len(u.out)
	u.out = fmt.Appendf(u.out, "%d 0 obj\n<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%s+09'00') /Name <%X>\n/Contents ",
		n, at.In(tokyo).Format("20060102150405"), utf16String(identity.Name))
	u.opens = len(u.out)
	u.out = append(u.out, '<')
	u.out = append(u.out, bytes.Repeat([]byte{'0'}, hex.EncodedLen(identity.room()))...)
	u.out = append(u.out, '>')
	u.closes = len(u.out)
	u.out = append(u.out, "\n/ByteRange "...)
	u.ranged = len(u.out)
	u.out = fmt.Appendf(u.out, byteRange+">>\nendobj\n", 0, 0, 0)
}

// finish writes the table and trailer, and the range of bytes that is signed, which is then known.
func (u *update) finish() {
	start := len(u.out)
	u.out = append(u.out, "xref\n"...)
	numbers := make([]int, 0, len(u.offsets))
	for n := range u.offsets {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		u.out = fmt.Appendf(u.out, "%d 1\n%010d 00000 n \n", n, u.offsets[n])
	}
	u.out = fmt.Appendf(u.out, "trailer\n<</Size %d", u.next)
	for _, key := range []string{"Root", "Info", "ID"} {
		if v := u.from.trailer.get(key); v != nil {
			u.out = fmt.Appendf(u.out, " /%s %s", key, v)
		}
	}
	u.out = fmt.Appendf(u.out, " /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", u.from.start, start)
	copy(u.out[u.ranged:], fmt.Sprintf(byteRange, u.opens, u.closes, len(u.out)-u.closes))
}
