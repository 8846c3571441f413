package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Part is one document of a combined one.
type Part struct {
	Bytes []byte // a PDF of our own making, signed or not
	Title string // its entry in the table of contents
}

// Combine writes one PDF for printing out of many kept ones, in their order, under a title that readers show; its language is
// that of the first part. It holds one part at a time, and of what is written eight bytes for each object. The pages stay as they are; attachments, descriptions, links and signatures, which
// mean nothing on a copy among others, are left out. It stops at the first error, from the parts or its own; what was
// written until then is no whole file.
func Combine(w io.Writer, title string, parts iter.Seq2[Part, error]) error {
	c := combiner{writer: newWriter(w)}
	c.root = c.reserve()
	c.outline = newOutline(c.writer)
	count := 0
	for part, err := range parts {
		if err != nil {
			return err
		}
		count++
		if err := c.take(part); err != nil {
			return fmt.Errorf("combine part %d: %w", count, err)
		}
		if c.err != nil {
			return c.err
		}
	}
	if count == 0 {
		return fmt.Errorf("combine: %w", errNoParts)
	}
	c.closeBranch()
	c.put(c.root, fmt.Appendf(nil, "<</Type/Pages/Kids[%s]/Count %d>>", c.branches.Bytes(), c.pages))
	language := ""
	if c.language != nil {
		language = "/Lang" + string(c.language)
	}
	catalog := c.add("<</Type/Catalog/Pages %d 0 R/Outlines %d 0 R/PageLayout/SinglePage%s/ViewerPreferences<</DisplayDocTitle true>>>>", c.root, c.outline.close(), language)
	info := c.add("<</Title<%X>/Creator(tenarai %s)>>", utf16String(title), CertificateRenderer)
	return c.close(catalog, info)
}

var errNoParts = errors.New("there is nothing to print")

// combiner is a combined document in the making. Its pages hang on branches of a hundred, so that no list of all pages is
// held.
type combiner struct {
	*writer
	root     int
	outline  *outline
	language []byte       // of the first part that says one, as it stands there; nil: none does
	pages    int          // in all
	branches bytes.Buffer // references
	branch   int          // the one that grows; 0: none
	twigs    bytes.Buffer // references to its pages
	grown    int          // how many
}

const branchSize = 100

// take copies the pages of one part, and all that they need.
func (c *combiner) take(part Part) error {
	f, err := openFile(part.Bytes)
	if err != nil {
		return err
	}
	root, _ := f.trailer.reference("Root")
	catalog, err := f.dictionary(root)
	if err != nil {
		return err
	}
	if lang := catalog.get("Lang"); c.language == nil && bytes.HasPrefix(lang, []byte("(")) {
		c.language = bytes.Clone(lang) // so that the part itself is let go
	}
	tree, _ := catalog.reference("Pages")
	k := copier{combiner: c, from: f, numbers: map[int]int{}, seen: map[int]bool{}, title: part.Title}
	if err := k.walk(tree, nil); err != nil {
		return err
	}
	return k.copyRest()
}

// growBranch is where the next page hangs.
func (c *combiner) growBranch() int {
	if c.grown == branchSize {
		c.closeBranch()
	}
	if c.branch == 0 {
		c.branch = c.reserve()
		fmt.Fprintf(&c.branches, "%d 0 R ", c.branch)
	}
	return c.branch
}

func (c *combiner) closeBranch() {
	if c.branch == 0 {
		return
	}
	c.put(c.branch, fmt.Appendf(nil, "<</Type/Pages/Parent %d 0 R/Kids[%s]/Count %d>>", c.root, c.twigs.Bytes(), c.grown))
	c.twigs.Reset()
	c.branch, c.grown = 0, 0
}

// copier copies out of one part.
type copier struct {
	*combiner
	from    *source
	numbers map[int]int  // in the part → in the whole
	seen    map[int]bool // of the page tree
	waiting []int        // numbers in the part of objects that are still to be copied
	title   string       // for the first page; then empty
}

// pageEntries are what a copied page keeps (ISO 32000-1, table 30); the first four may be inherited from a branch.
var pageEntries = []string{"Resources", "MediaBox", "CropBox", "Rotate", "Contents", "Group"}

const inheritable = 4

// walk goes through the page tree of the part.
func (k *copier) walk(number int, inherited entries) error {
	if k.seen[number] {
		return fmt.Errorf("%w: its pages have no end", errForeign)
	}
	k.seen[number] = true
	d, err := k.from.dictionary(number)
	if err != nil {
		return err
	}
	var kept entries
	for i, key := range pageEntries {
		value := d.get(key)
		if value == nil && i < inheritable {
			value = inherited.get(key)
		}
		if value != nil {
			kept = append(kept, entry{key: key, value: value})
		}
	}
	if kids := d.get("Kids"); kids != nil {
		for _, kid := range references(kids) {
			if err := k.walk(kid, kept); err != nil {
				return err
			}
		}
		return nil
	}
	return k.page(kept)
}

// page writes one page.
func (k *copier) page(kept entries) error {
	parent := k.growBranch()
	number := k.reserve()
	fmt.Fprintf(&k.twigs, "%d 0 R ", number)
	k.grown++
	k.pages++
	if k.title != "" {
		k.outline.add(k.title, number)
		k.title = ""
	}
	b := fmt.Appendf(nil, "<</Type/Page/Parent %d 0 R", parent)
	for _, e := range kept {
		value, err := renumber(e.value, k.numberOf)
		if err != nil {
			return err
		}
		b = append(fmt.Appendf(b, "/%s ", e.key), value...)
	}
	k.put(number, append(b, ">>"...))
	return nil
}

// numberOf is the new number of an object; one that is asked for the first time will be copied.
func (k *copier) numberOf(old int) (int, error) {
	if n, known := k.numbers[old]; known {
		return n, nil
	}
	n := k.reserve()
	k.numbers[old] = n
	k.waiting = append(k.waiting, old)
	return n, nil
}

// copyRest copies what the pages point at, and what that points at, until nothing is left.
func (k *copier) copyRest() error {
	for len(k.waiting) > 0 {
		old := k.waiting[0]
		k.waiting = k.waiting[1:]
		o, err := k.from.object(old)
		if err != nil {
			return err
		}
		value, err := renumber(o.value, k.numberOf)
		if err != nil {
			return err
		}
		if o.stream == nil {
			k.put(k.numbers[old], value)
			continue
		}
		k.putStream(k.numbers[old], string(value[2:len(value)-2]), o.stream)
	}
	return nil
}
