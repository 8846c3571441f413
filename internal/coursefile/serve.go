package coursefile

import (
	"io/fs"
	"path"
	"strings"

	"tenarai/internal/course"
)

// contentTypes are the kinds of file a course can give to people, by ending.
var contentTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
	".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".md": "text/plain; charset=utf-8",
	".pdf":  "application/pdf",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// isPicture tells whether pages show the file as a picture. SVG is not among them: it can carry scripts.
func isPicture(file string) bool {
	return strings.HasPrefix(contentTypes[strings.ToLower(path.Ext(file))], "image/")
}

// File is a file that the page of an item may serve: "pictures/…" of its module, or "materials/…" that its assignment
// declares (a name without a folder is a material). Nothing else in the folder can be reached, answers least of all.
func (l *Library) File(ref course.Ref, name string) (content []byte, contentType string, ok bool) {
	if !strings.Contains(name, "/") {
		name = path.Join(materialsFolder, name)
	}
	file, ok := l.served[ref][name]
	if !ok {
		return nil, "", false
	}
	content, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		return nil, "", false
	}
	return content, contentTypes[strings.ToLower(path.Ext(file))], true
}

// filePath is the address under which an item's page serves a file.
func filePath(ref course.Ref, name string) string { return ref.Path() + "/files/" + name }
