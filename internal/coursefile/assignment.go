package coursefile

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tenarai/internal/course"
)

// formats are the endings of files that can be handed in.
var formats = []string{"csv", "xlsx", "txt", "md", "pdf", "jpg", "png", "docx", "json"}

// The least and most of what an order can ask for.
const (
	maxTextChars = 20_000
	maxFiles     = 10
	maxFileMB    = 20
	maxDueDays   = 60
)

// order is an assignment folder being read.
type order struct {
	dir       string
	languages []string
	item      *course.Item
	*course.Assignment
	materials []hashedMaterial
}

// assignment reads one assignment folder.
func (l *loader) assignment(c *course.Course, it *course.Item) {
	o := &order{
		dir: path.Join(it.Ref.Course, it.Ref.Module, it.Ref.Item), languages: c.Languages,
		item: it, Assignment: &course.Assignment{},
	}
	m := l.yaml(path.Join(o.dir, assignmentFileName))
	it.Assignment = o.Assignment
	it.Title = m.need("title").text(jaAndEn)
	it.Device = course.Device(m.need("device").oneOf(string(course.Phone), string(course.PC)))
	it.Minutes = m.need("reference_minutes").integer(1, maxMinutes)
	o.ReferenceMinutes = it.Minutes
	o.Client, o.Purpose = m.need("client").text(o.languages), m.need("purpose").text(o.languages)
	o.Deliver = readDeliver(m.need("deliver"), o.languages)
	if t := m.get("tolerance"); t.there() {
		o.Tolerance = t.text(o.languages)
	}
	if due := m.get("due"); due.there() {
		d := due.mapping()
		o.DueWorkingDays = d.need("working_days").integer(1, maxDueDays)
		d.end()
	}
	l.readMaterials(o, m.get("materials"))
	if check := m.get("check"); check.there() {
		l.readCheck(o, check.mapping())
	}
	o.SelfCheck = texts(m.need("self_check").some(), o.languages)
	o.Rubric = l.rubric(o, m.need("rubric").mapping())
	o.readFixBank(m.get("fix_bank"))
	m.end()
	o.Hash = hashAssignment(o.Assignment, l.orderTexts(c, o), o.materials)
	l.orderFolder(o)
}

func readDeliver(v value, languages []string) course.Deliver {
	m := v.mapping()
	var d course.Deliver
	for _, k := range m.need("kinds").some() {
		switch k.oneOf("text", "file") {
		case "text":
			d.Text = true
		case "file":
			d.File = true
		}
	}
	if d.Text {
		d.TextMax = m.need("text_max").integer(1, maxTextChars)
	}
	if d.File {
		for _, f := range m.need("formats").some() {
			d.Formats = append(d.Formats, f.oneOf(formats...))
		}
		d.Files = m.need("files").integer(1, maxFiles)
		d.MaxMB = m.need("max_mb").integer(1, maxFileMB)
		if name := m.get("name"); name.there() {
			d.Name = name.str()
			if ext := strings.TrimPrefix(path.Ext(d.Name), "."); !slices.Contains(d.Formats, ext) {
				name.wrong("%q ends in none of the formats %s", d.Name, strings.Join(d.Formats, ", "))
			}
		}
	}
	d.What = m.need("what").text(languages)
	m.end()
	return d
}

// readMaterials reads what is given to the trainee. A picture says in words what it shows, for those who cannot see it.
func (l *loader) readMaterials(o *order, list value) {
	seen := once{}
	for _, v := range list.list() {
		m := v.mapping()
		at := m.need("file")
		mat := course.Material{File: at.str(), Title: m.need("title").text(o.languages)}
		switch alt := m.get("alt"); {
		case alt.there():
			mat.Alt = alt.text(o.languages)
		case isPicture(mat.File):
			v.wrong("the picture %s needs alt: words that say what it shows", mat.File)
		}
		m.end()
		if mat.File == "" {
			continue
		}
		seen.add(v, mat.File)
		o.Materials = append(o.Materials, mat)
		l.material(o, at, mat)
	}
	dir := path.Join(o.dir, materialsFolder)
	for _, e := range l.entries(dir) {
		if seen[e.Name()] == 0 {
			l.mistakes.add(path.Join(dir, e.Name()), 1, "is not listed under materials in %s", path.Join(o.dir, assignmentFileName))
		}
	}
}

func (l *loader) material(o *order, at value, mat course.Material) {
	file := path.Join(o.dir, materialsFolder, mat.File)
	if path.Base(mat.File) != mat.File {
		at.wrong("%q must be the name of a file in %s/", mat.File, materialsFolder)
		return
	}
	b, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		at.wrong("the material %s is missing", file)
		return
	}
	l.checkFileName(file)
	if contentTypes[strings.ToLower(path.Ext(file))] == "" {
		at.wrong("%s is not a kind of file the pages can give", mat.File)
	}
	l.served[o.item.Ref][path.Join(materialsFolder, mat.File)] = file
	o.materials = append(o.materials, hashedMaterial{mat.File, mat.Title, mat.Alt, hashBytes(b)})
}

// readCheck reads check: table and looks whether the answer is a table that can be compared with.
func (l *loader) readCheck(o *order, m *mapping) {
	t := m.need("table").mapping()
	m.end()
	answer, key := t.need("answer"), t.need("key")
	o.Check = &course.TableCheck{Key: key.str(), Permille: t.need("max_wrong_cells_permille").integer(0, 1000)}
	t.end()
	name := answer.str()
	if name == "" {
		return
	}
	if path.Dir(name) != answerFolder {
		answer.wrong("%q must be a file in %s/, which is never served", name, answerFolder)
		return
	}
	b, ok := l.read(path.Join(o.dir, name), answer)
	if !ok {
		return
	}
	o.Check.Answer = b
	checkTable(path.Join(o.dir, name), b, key, o.Check.Key, &l.mistakes)
}

// checkTable refuses an answer whose rows cannot be told apart.
func checkTable(file string, content []byte, at value, key string, mistakes *Mistakes) {
	r := csv.NewReader(bytes.NewReader(content))
	header, err := r.Read()
	if err != nil {
		mistakes.add(file, 1, "CSV: %v", err)
		return
	}
	column := slices.Index(header, key)
	if column < 0 {
		at.wrong("there is no column %q in %s (it has %s)", key, file, strings.Join(header, ", "))
		return
	}
	first := map[string]int{}
	for {
		row, err := r.Read()
		if row == nil {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			mistakes.add(file, line, "CSV: %d cells, the header has %d", len(row), len(header))
			continue
		}
		id := strings.TrimSpace(row[column])
		switch {
		case id == "":
			mistakes.add(file, line, "the key %s is empty", key)
		case first[id] != 0:
			mistakes.add(file, line, "duplicate key %s %q (first in line %d)", key, id, first[id])
		default:
			first[id] = line
		}
	}
	if len(first) == 0 {
		mistakes.add(file, 1, "the table has no rows")
	}
}

func (o *order) readFixBank(list value) {
	for _, v := range list.list() {
		m := v.mapping()
		row := m.need("row")
		f := course.NamedFix{Row: row.str(), Text: m.text(o.languages)}
		m.end()
		if _, ok := o.Rubric.Row(f.Row); !ok && f.Row != "" {
			row.wrong("the rubric has no row %q", f.Row)
		}
		o.FixBank = append(o.FixBank, f)
	}
}

// orderTexts reads the Markdown files of an assignment. It answers with the brief as it was written.
func (l *loader) orderTexts(c *course.Course, o *order) map[string]string {
	brief := map[string]string{}
	for _, part := range []struct {
		kind textKind
		body *course.Body
	}{{briefText, &o.Brief}, {modelText, &o.Model}, {notesText, &o.Notes}} {
		*part.body = course.Body{}
		for _, lang := range jaAndEn {
			file := path.Join(o.dir, string(part.kind)+"."+lang+".md")
			b, ok := l.translation(file, lang, c)
			if !ok {
				continue
			}
			if part.kind == briefText {
				brief[lang] = string(b)
			}
			l.texts = append(l.texts, &text{
				file: file, lang: lang, kind: part.kind, course: c, item: o.item, source: b, body: *part.body,
			})
		}
	}
	for _, lang := range jaAndEn {
		if b, ok := l.starter(o, lang); ok && lang == english {
			o.Starter.EN = b
		} else if ok {
			o.Starter.JA = b
		}
	}
	return brief
}

// translation reads a text file in one language. Japanese must be there, and every language the course lists.
func (l *loader) translation(file, lang string, c *course.Course) ([]byte, bool) {
	if l.exists(file) {
		return l.read(file, l.at(file))
	}
	original := strings.TrimSuffix(file, "."+lang+".md") + ".ja.md"
	switch {
	case lang == japanese:
		l.mistakes.add(file, 1, "the Japanese text is missing")
	case c.Complete(lang) && l.exists(original):
		l.mistakes.add(original, 1, "the English text is missing: %s (the course lists %s)", path.Base(file), lang)
	}
	return nil, false
}

// starter is the plain text the editor begins with, if there is one.
func (l *loader) starter(o *order, lang string) (string, bool) {
	file := path.Join(o.dir, "starter."+lang+".md")
	if !l.exists(file) {
		if original := path.Join(o.dir, "starter.ja.md"); slices.Contains(o.languages, lang) && l.exists(original) {
			l.mistakes.add(original, 1, "the English text is missing: %s (the course lists %s)", path.Base(file), lang)
		}
		return "", false
	}
	b, ok := l.read(file, l.at(file))
	return string(b), ok
}

// orderFolder refuses files that are no part of an assignment.
func (l *loader) orderFolder(o *order) {
	l.onlyTexts(o.dir, "an assignment", assignmentFileName, materialsFolder, answerFolder)
}

// onlyTexts refuses what stands in a folder beside the texts of an assignment and what else is known.
func (l *loader) onlyTexts(dir, what string, known ...string) {
	for _, n := range []string{string(briefText), string(modelText), string(notesText), "starter"} {
		known = append(known, n+".ja.md", n+".en.md")
	}
	for _, e := range l.entries(dir) {
		if !slices.Contains(known, e.Name()) {
			l.mistakes.add(path.Join(dir, e.Name()), 1, "is no part of %s (expected: %s)", what, strings.Join(known, ", "))
		}
	}
}
