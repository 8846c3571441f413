package coursefile

import (
	"bytes"
	"path"

	"tenarai/internal/course"
)

// lesson reads one lesson: front matter here, the text when all items are known.
func (l *loader) lesson(c *course.Course, it *course.Item) {
	it.Lesson = &course.Lesson{Body: course.Body{}}
	base := path.Join(it.Ref.Course, it.Ref.Module, it.Ref.Item)
	for _, lang := range jaAndEn {
		file := base + "." + lang + ".md"
		b, ok := l.translation(file, lang, c)
		if !ok {
			continue
		}
		front, body, before, ok := splitFrontMatter(b)
		if !ok {
			l.mistakes.add(file, 1, "the front matter is missing: begin with ---, title: …, ---")
			continue
		}
		m := parseYAML(file, front, 1, &l.mistakes).mapping()
		title := m.need("title").str()
		if lang == english {
			it.Title.EN = title
		} else {
			it.Title.JA = title
			it.Minutes = m.need("minutes").integer(1, maxMinutes)
			it.Device = course.Device(m.need("device").oneOf(string(course.Phone), string(course.PC)))
			for _, s := range m.need("skills").list() {
				it.Lesson.Skills = append(it.Lesson.Skills, l.skillID(s))
			}
		}
		m.end()
		l.texts = append(l.texts, &text{
			file: file, lang: lang, kind: lessonText, course: c, item: it, source: body, before: before, body: it.Lesson.Body,
		})
	}
}

// splitFrontMatter separates the YAML between the two --- lines from the text; before is how many lines precede the text.
func splitFrontMatter(b []byte) (front, body []byte, before int, ok bool) {
	fence := []byte("---\n")
	rest, found := bytes.CutPrefix(b, fence)
	if !found {
		return nil, nil, 0, false
	}
	if body, ok = bytes.CutPrefix(rest, fence); ok {
		return nil, body, 2, true
	}
	end := bytes.Index(rest, []byte("\n---\n"))
	if end < 0 {
		if front, ok = bytes.CutSuffix(rest, []byte("\n---")); !ok {
			return nil, nil, 0, false
		}
		return front, nil, bytes.Count(b, []byte("\n")), true
	}
	front, body = rest[:end+1], rest[end+1+len(fence):]
	return front, body, bytes.Count(front, []byte("\n")) + 2, true
}
