package coursefile

import (
	"bytes"
	"image"
	_ "image/gif"  // the sizes of pictures
	_ "image/jpeg" // …
	_ "image/png"  // …
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"tenarai/internal/course"
)

// pages are the addresses outside the courses that a text may lead to (docs: the addresses of a trainee).
var pages = []string{"/learn", "/courses", "/record", "/readiness", "/jobs", "/account", "/verify"}

// resolve rewrites the links and pictures of a text to addresses, and notes those that lead nowhere.
func (l *loader) resolve(t *text) {
	_ = ast.Walk(t.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(l.target(t, t.lineOf(n), string(n.Destination)))
			if strings.TrimSpace(plain(n, t.source)) == "" {
				t.wrong(t.lineOf(n), "the link has no words")
			}
		case *ast.Image:
			l.picture(t, n)
		}
		return ast.WalkContinue, nil
	})
}

// target is the address a link leads to. A relative one is read as a browser reads it on the item's page.
func (l *loader) target(t *text, line int, written string) string {
	u, err := url.Parse(written)
	switch {
	case err != nil || written == "":
		t.wrong(line, "broken link %q", written)
		return "#"
	case u.Scheme == "mailto" || u.Scheme == "tel":
		return written
	case isWeb(written):
		if reserved(written) {
			t.wrong(line, "%s is reserved for examples: put it into `code` instead of linking it", u.Host)
		}
		return written
	case u.Scheme != "" || u.Host != "" || u.RawQuery != "":
		t.wrong(line, "broken link %q: only items of the courses, https, mailto and tel are linked", written)
		return "#"
	case u.Path == "":
		l.checkFragment(t, line, t.item, u.Fragment)
		return written
	case slices.Contains(pages, u.Path):
		return written
	}
	base := "/courses/" + path.Join(t.item.Ref.Course, t.item.Ref.Module)
	address := u.Path
	if !path.IsAbs(address) {
		address = path.Join(base, address)
	}
	if name, ok := strings.CutPrefix(address, base+"/"); ok && l.served[t.item.Ref][name] != "" && strings.HasPrefix(name, materialsFolder) {
		return filePath(t.item.Ref, name)
	}
	return l.itemAddress(t, line, written, address, u.Fragment)
}

// itemAddress finds the course or item an address names.
func (l *loader) itemAddress(t *text, line int, written, address, fragment string) string {
	parts := strings.Split(strings.TrimPrefix(address, "/courses/"), "/")
	switch {
	case !strings.HasPrefix(address, "/courses/"):
	case len(parts) == 1 && l.Catalog.Course(parts[0]) != nil && fragment == "":
		return course.Ref{Course: parts[0]}.Path()
	case len(parts) == 3:
		ref := course.Ref{Course: parts[0], Module: parts[1], Item: parts[2]}
		it := l.Catalog.Item(ref)
		if it == nil || it.Portfolio.N > 1 { // a further portfolio is there only for those who passed the one before
			break
		}
		if fragment == "" {
			return ref.Path()
		}
		l.checkFragment(t, line, it, fragment)
		return ref.Path() + "#" + fragment
	}
	t.wrong(line, "broken link %q: there is no %s", written, address)
	return "#"
}

// checkFragment refuses a place that no text of the item has.
func (l *loader) checkFragment(t *text, line int, it *course.Item, fragment string) {
	for _, o := range l.texts {
		if o.item == it && slices.ContainsFunc(o.outline.headings, func(h headingAt) bool { return h.ID == fragment }) {
			return
		}
	}
	t.wrong(line, "broken link: %s has no heading #%s", it.Ref.Path(), fragment)
}

// picture rewrites a picture to its address and gives it its size, so that the page does not jump when it arrives.
func (l *loader) picture(t *text, n *ast.Image) {
	written, line := string(n.Destination), t.lineOf(n)
	n.Destination = nil
	if strings.TrimSpace(plain(n, t.source)) == "" {
		t.wrong(line, "the picture %s has no words: ![what it shows](%s)", written, written)
	}
	name := path.Clean(written)
	file := l.served[t.item.Ref][name]
	switch {
	case !strings.HasPrefix(name, picturesFolder+"/") && !strings.HasPrefix(name, materialsFolder+"/"):
		t.wrong(line, "the picture %q must stand in %s/", written, picturesFolder)
		return
	case file == "":
		t.wrong(line, "the picture %s is missing", path.Join(t.item.Ref.Course, t.item.Ref.Module, name))
		return
	case !isPicture(file):
		t.wrong(line, "%s is not a picture", written)
		return
	}
	l.shown[file] = true
	n.Destination = []byte(filePath(t.item.Ref, name))
	content, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		t.wrong(line, "the picture %s cannot be read: %v", file, err)
		return
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	switch {
	case err == nil:
		n.SetAttributeString("width", size.Width)
		n.SetAttributeString("height", size.Height)
	case path.Ext(file) != ".webp": // no decoder for it; it is shown without a size
		t.wrong(line, "%s cannot be read as a picture: %v", file, err)
	}
}
