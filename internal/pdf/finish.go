package pdf

import (
	"bytes"
	"fmt"
)

// extras are what a document has besides its pages and gofpdf cannot make, or not for every text. Each may be empty.
type extras struct {
	language   string   // of the document, for readers that speak; pages may differ
	outline    []string // an entry for each page
	metadata   []byte   // XMP
	attached   *enclosure
	pictures   []named
	forms      []form // drawings that stand on more than one page
	translucid bool   // the graphics state /Stamp is used
}

// enclosure is a file in the file.
type enclosure struct {
	name, description string // in ASCII
	mime              string // with its slash written #2F
	content           []byte
}

// named is a picture and what the pages call it.
type named struct {
	name    string
	picture *picture
}

// form is a drawing to be used many times, as points from the bottom left corner of the page.
type form struct {
	name   string
	packed []byte // its operators, compressed
}

// The numbers gofpdf gives; each page is followed by its content.
const (
	resourcesNumber = 2
	firstPageNumber = 3
)

// usualSize is what most documents take, in bytes, so that they are not copied again and again while they grow.
const usualSize = 96 << 10

// finish writes gofpdf's document anew: with its streams compressed, with the fonts, and with all that gofpdf cannot make.
func (c *canvas) finish(raw []byte) ([]byte, error) {
	f, err := openFile(raw)
	if err != nil {
		return nil, err
	}
	root, _ := f.trailer.reference("Root")
	info, _ := f.trailer.reference("Info")
	var b bytes.Buffer
	b.Grow(usualSize)
	w := newWriter(&b)
	for range len(f.offsets) {
		w.reserve()
	}
	for n := 1; n < len(w.offsets); n++ {
		if n == resourcesNumber || n == root {
			continue
		}
		o, err := f.object(n)
		if err != nil {
			return nil, err
		}
		if o.stream == nil {
			w.put(n, o.value)
			continue
		}
		packed := quick.deflated(o.stream)
		w.putStream(n, fmt.Sprintf("/Filter/FlateDecode/Length %d", len(packed)), packed)
	}
	c.putResources(w)
	if err := c.putCatalog(w, f, root); err != nil {
		return nil, err
	}
	if err := w.close(root, info); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// putResources writes what the pages draw with.
func (c *canvas) putResources(w *writer) {
	var b bytes.Buffer
	b.WriteString("<</Font<<")
	for _, f := range c.typeface.faces {
		if cut := c.cuts[f]; cut != nil {
			fmt.Fprintf(&b, "/%s %d 0 R", f.key, cut.write(w))
		}
	}
	b.WriteString(">>/XObject<<")
	for _, p := range c.extras.pictures {
		fmt.Fprintf(&b, "/%s %d 0 R", p.name, p.picture.write(w))
	}
	for _, f := range c.extras.forms {
		n := w.reserve()
		w.putStream(n, fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Resources<<>>/Filter/FlateDecode/Length %d", c.wide/mmPerPoint, c.high/mmPerPoint, len(f.packed)), f.packed)
		fmt.Fprintf(&b, "/%s %d 0 R", f.name, n)
	}
	b.WriteString(">>")
	if c.extras.translucid {
		b.WriteString("/ExtGState<</Stamp<</BM/Multiply>>>>")
	}
	b.WriteString(">>")
	w.put(resourcesNumber, b.Bytes())
}

// putCatalog writes the root of the document, and what hangs on it.
func (c *canvas) putCatalog(w *writer, f *source, root int) error {
	old, err := f.dictionary(root)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("<<")
	for _, e := range old {
		if e.key != "Names" {
			fmt.Fprintf(&b, "/%s %s", e.key, e.value)
		}
	}
	x := c.extras
	if x.language != "" {
		fmt.Fprintf(&b, "/Lang(%s)/ViewerPreferences<</DisplayDocTitle true>>", x.language)
	}
	if len(x.metadata) > 0 {
		n := w.reserve() // not compressed, so that programs that know no PDF find it
		w.putStream(n, fmt.Sprintf("/Type/Metadata/Subtype/XML/Length %d", len(x.metadata)), x.metadata)
		fmt.Fprintf(&b, "/Metadata %d 0 R", n)
	}
	if len(x.outline) > 0 {
		o := newOutline(w)
		for i, title := range x.outline {
			o.add(title, firstPageNumber+2*i)
		}
		fmt.Fprintf(&b, "/Outlines %d 0 R", o.close())
	}
	if a := x.attached; a != nil {
		content := w.addStream(fmt.Sprintf("/Type/EmbeddedFile/Subtype/%s/Params<</Size %d>>", a.mime, len(a.content)), a.content)
		n := w.add("<</Type/Filespec/F(%s)/UF(%s)/Desc(%s)/EF<</F %d 0 R/UF %d 0 R>>/AFRelationship/Alternative>>", a.name, a.name, a.description, content, content)
		fmt.Fprintf(&b, "/Names<</EmbeddedFiles<</Names[(%s)%d 0 R]>>>>/AF[%d 0 R]", a.name, n, n)
	}
	b.WriteString(">>")
	w.put(root, b.Bytes())
	return nil
}

// outline writes a document's table of contents, one entry after another; it holds only the last.
type outline struct {
	w              *writer
	root           int
	first, current int
	count          int
	title          string
	page, previous int
}

func newOutline(w *writer) *outline { return &outline{w: w, root: w.reserve()} }

// add puts an entry at the end that leads to a page.
func (o *outline) add(title string, page int) {
	next := o.w.reserve()
	o.put(next)
	if o.first == 0 {
		o.first = next
	}
	o.previous, o.current, o.title, o.page = o.current, next, title, page
	o.count++
}

// put writes the entry that was added last, now that the one after it is known.
func (o *outline) put(next int) {
	if o.current == 0 {
		return
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<</Title<%X>/Parent %d 0 R/Dest[%d 0 R/Fit]", utf16String(o.title), o.root, o.page)
	if o.previous != 0 {
		fmt.Fprintf(&b, "/Prev %d 0 R", o.previous)
	}
	if next != 0 {
		fmt.Fprintf(&b, "/Next %d 0 R", next)
	}
	b.WriteString(">>")
	o.w.put(o.current, b.Bytes())
}

// close writes what is left, and tells the number of the table.
func (o *outline) close() int {
	o.put(0)
	o.w.put(o.root, fmt.Appendf(nil, "<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", o.first, o.current, o.count))
	return o.root
}
