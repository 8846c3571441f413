package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// writer writes a PDF from front to back. Of what is written it holds where each object began, and nothing else.
type writer struct {
	to      io.Writer
	at      int64
	offsets []int64 // of object n at n; object 0 is none
	sum     hash.Hash
	err     error // the first
}

func newWriter(to io.Writer) *writer {
	w := &writer{to: to, offsets: []int64{0}, sum: sha256.New()}
	w.write([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")) // the second line says: not text
	return w
}

func (w *writer) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.to.Write(b)
	w.at, w.err = w.at+int64(n), err
	w.sum.Write(b)
}

// reserve is the number of an object that is written later.
func (w *writer) reserve() int {
	w.offsets = append(w.offsets, 0)
	return len(w.offsets) - 1
}

// put writes an object under a reserved number.
func (w *writer) put(number int, value []byte) {
	w.offsets[number] = w.at
	w.write(fmt.Appendf(nil, "%d 0 obj\n%s\nendobj\n", number, value))
}

// add writes an object, and tells its number.
func (w *writer) add(format string, arguments ...any) int {
	n := w.reserve()
	w.put(n, fmt.Appendf(nil, format, arguments...))
	return n
}

// putStream writes a stream; its dictionary, without the brackets, must have its length.
func (w *writer) putStream(number int, entries string, data []byte) {
	w.offsets[number] = w.at
	w.write(fmt.Appendf(nil, "%d 0 obj\n<<%s>>\nstream\n", number, entries))
	w.write(data)
	w.write([]byte("\nendstream\nendobj\n"))
}

// addStream writes a stream, compressed, and tells its number.
func (w *writer) addStream(entries string, data []byte) int {
	n := w.reserve()
	packed := quick.deflated(data)
	w.putStream(n, fmt.Sprintf("%s/Filter/FlateDecode/Length %d", entries, len(packed)), packed)
	return n
}

// close writes the table of all objects and the trailer. The file's identifier follows from what is in it.
func (w *writer) close(root, info int) error {
	id := strings.ToUpper(hex.EncodeToString(w.sum.Sum(nil)[:16]))
	table := w.at
	w.write(fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)))
	for _, offset := range w.offsets[1:] {
		w.write(fmt.Appendf(nil, "%010d 00000 n \n", offset))
	}
	w.write(fmt.Appendf(nil, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(w.offsets), root, info, id, id, table))
	return w.err
}

// packer compresses at one level, with compressors to be used again: a new one clears half a megabyte of memory.
type packer struct{ pool sync.Pool }

func newPacker(level int) *packer {
	return &packer{sync.Pool{New: func() any {
		z, err := zlib.NewWriterLevel(nil, level)
		if err != nil {
			panic("pdf: " + err.Error()) // there is no such level
		}
		return z
	}}}
}

// What every document has anew is compressed quickly; what is kept and put into many, as much as can be.
var quick, tight = newPacker(zlib.DefaultCompression), newPacker(zlib.BestCompression)

func (p *packer) deflated(data []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(data) * 7 / 8) // letters are hard to compress
	z := p.pool.Get().(*zlib.Writer)
	defer p.pool.Put(z)
	z.Reset(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
