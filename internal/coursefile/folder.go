package coursefile

import (
	"path"
	"slices"
	"strings"

	"tenarai/internal/course"
)

// The file names of the format.
const (
	courseFileName     = "course.yaml"
	wordsFileName      = "words.yaml"
	moduleFileName     = "module.yaml"
	assignmentFileName = "assignment.yaml"
	picturesFolder     = "pictures"
	materialsFolder    = "materials"
	answerFolder       = "answer"
)

// maxCanDo is how many lines a certificate has room for.
const maxCanDo = 4

// course reads one course folder.
func (l *loader) course(slug string) {
	file := path.Join(slug, courseFileName)
	if !slugRule.MatchString(slug) {
		l.mistakes.add(file, 1, "the folder name %q is not a name: use lower-case ASCII letters, digits and -", slug)
	}
	m := l.yaml(file)
	c := &course.Course{Slug: slug}
	f := courseFile{Course: c, code: m.need("code"), order: m.need("order")}
	c.Code, c.Order = f.code.str(), f.order.integer(1, 1000)
	c.Edition = m.need("edition").str()
	languages := m.need("languages")
	for _, v := range languages.some() {
		c.Languages = append(c.Languages, v.oneOf(japanese, english))
	}
	if languages.there() && !slices.Contains(c.Languages, japanese) {
		languages.wrong("a course is always complete in ja")
	}
	c.Title, c.Summary = m.need("title").text(jaAndEn), m.need("summary").text(jaAndEn)
	c.Aims = texts(m.need("aims").some(), jaAndEn)
	f.needs = m.get("needs").list()
	for _, v := range f.needs {
		c.Needs = append(c.Needs, v.str())
	}
	c.Certificate = certificateText(m.need("certificate"))
	modules := m.need("modules")
	l.note(modules, "")
	l.words(c)
	seen := once{}
	for _, v := range modules.some() {
		name := v.slug()
		seen.add(v, name)
		l.note(v, name)
		if name != "" && seen[name] == v.line && c.Module(name) == nil {
			l.module(c, name, v)
		}
	}
	m.end()
	l.files = append(l.files, f)
	for _, e := range l.entries(slug) {
		if n := e.Name(); n != courseFileName && n != wordsFileName && seen[n] == 0 {
			l.mistakes.add(path.Join(slug, n), 1, "is not listed in %s", file)
		}
	}
}

func certificateText(v value) course.CertificateText {
	m := v.mapping()
	can := m.need("can_do")
	t := course.CertificateText{Title: m.need("title").text(jaAndEn), CanDo: texts(can.some(), jaAndEn)}
	if len(t.CanDo) > maxCanDo {
		can.wrong("a certificate has room for %d lines, there are %d", maxCanDo, len(t.CanDo))
	}
	m.end()
	return t
}

// words reads words.yaml; a course need not have one.
func (l *loader) words(c *course.Course) {
	file := path.Join(c.Slug, wordsFileName)
	if !l.exists(file) {
		return
	}
	b, ok := l.read(file, l.at(file))
	if !ok {
		return
	}
	seen := once{}
	for _, v := range parseYAML(file, b, 0, &l.mistakes).list() {
		m := v.mapping()
		w := course.Word{Word: m.need("word").str(), Kana: m.need("kana").str(), Meaning: m.text(c.Languages)}
		if c.Complete(english) {
			w.English = m.need("english").str()
		} else if e := m.get("english"); e.there() {
			w.English = e.str()
		}
		m.end()
		seen.add(v, w.Word)
		c.Words = append(c.Words, w)
	}
}

// module reads one module folder, listed in course.yaml at the place asked.
func (l *loader) module(c *course.Course, slug string, asked value) {
	dir := path.Join(c.Slug, slug)
	file := path.Join(dir, moduleFileName)
	if !l.exists(file) {
		asked.wrong("%s is missing", file)
		return
	}
	m := l.yaml(file)
	mod := &course.Module{
		Slug: slug, Title: m.need("title").text(jaAndEn), Summary: m.need("summary").text(jaAndEn),
		Aims: texts(m.need("aims").some(), jaAndEn),
	}
	c.Modules = append(c.Modules, mod)
	l.modulePictures(dir)
	items := m.need("items")
	l.note(items, "")
	seen, known := once{}, map[string]bool{moduleFileName: true, picturesFolder: true}
	for _, v := range items.some() {
		name := v.slug()
		l.note(v, name)
		if _, twice := seen[name]; !twice && name != "" {
			if it := l.item(c, course.Ref{Course: c.Slug, Module: slug, Item: name}, v, known); it != nil {
				mod.Items = append(mod.Items, it)
			}
		}
		seen.add(v, name)
	}
	m.end()
	for _, e := range l.entries(dir) {
		if !known[e.Name()] {
			l.mistakes.add(path.Join(dir, e.Name()), 1, "is not listed in %s", file)
		}
	}
}

// item reads one lesson, quiz or assignment: which one, the files say. It adds the names it used to known.
func (l *loader) item(c *course.Course, ref course.Ref, asked value, known map[string]bool) *course.Item {
	dir := path.Join(ref.Course, ref.Module)
	var kinds []course.Kind
	for _, e := range l.entries(dir) {
		n := e.Name()
		switch {
		case n == ref.Item+".ja.md", n == ref.Item+".en.md":
			known[n] = true
			if !slices.Contains(kinds, course.KindLesson) {
				kinds = append(kinds, course.KindLesson)
			}
		case n == ref.Item+".yaml" && n != moduleFileName:
			known[n] = true
			kinds = append(kinds, course.KindQuiz)
		case n == ref.Item && e.IsDir() && n != picturesFolder:
			known[n] = true
			kinds = append(kinds, course.KindAssignment)
		}
	}
	it := &course.Item{Ref: ref}
	switch {
	case len(kinds) == 0:
		asked.wrong("%q is listed, but there is no %s.ja.md, %s.yaml or folder %s", ref.Item, ref.Item, ref.Item, ref.Item)
		return nil
	case len(kinds) > 1:
		asked.wrong("duplicate id %q: it is a %s and a %s", ref.Item, kinds[0], kinds[1])
		return nil
	}
	l.served[ref] = map[string]string{}
	for p := range l.pictures {
		l.served[ref][path.Join(picturesFolder, path.Base(p))] = p
	}
	switch it.Kind = kinds[0]; it.Kind {
	case course.KindLesson:
		l.lesson(c, it)
	case course.KindQuiz:
		l.quiz(c, it)
	case course.KindAssignment:
		l.assignment(c, it)
	}
	return it
}

// modulePictures notes which pictures there are, and refuses other files among them.
func (l *loader) modulePictures(dir string) {
	l.pictures = map[string]bool{}
	for _, e := range l.entries(path.Join(dir, picturesFolder)) {
		file := path.Join(dir, picturesFolder, e.Name())
		if l.checkFileName(file); !isPicture(file) {
			l.mistakes.add(file, 1, "is not a picture the pages can show (png, jpg, gif or webp)")
		}
		l.pictures[file] = true
		if _, known := l.shown[file]; !known {
			l.shown[file] = false
		}
	}
}

// checkFileName refuses names that do not make plain addresses.
func (l *loader) checkFileName(file string) {
	base, ext, _ := strings.Cut(path.Base(file), ".")
	if !slugRule.MatchString(base) || !slugRule.MatchString(ext) {
		l.mistakes.add(file, 1, "the file name is not a name: use lower-case ASCII letters, digits and -, and one ending")
	}
}
