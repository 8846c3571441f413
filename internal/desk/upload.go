package desk

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/files"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// MaxStaged is how many files somebody may have staged for one assignment.
const MaxStaged = 10

// StageFile keeps an uploaded file in the draft of a work, so that a refused form still has it. contentType tells a
// file's type from its content; what the name claims is not believed. The same file under the same name again is the one
// already staged. Where it is not the trainee's turn, it is a Conflict.
func (d *Desk) StageFile(ctx context.Context, a Actor, r course.Ref, name string, content io.Reader, contentType func([]byte) string) (practice.File, error) {
	if err := must(a, member.Trainee); err != nil {
		return practice.File{}, err
	}
	c, it, err := d.item(r, course.KindAssignment)
	if err != nil {
		return practice.File{}, err
	}
	deliver := it.Assignment.Deliver
	name = fileName(name)
	ending := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	if !deliver.File || !accepts(deliver.Formats, ending) {
		return practice.File{}, problem.At("file", "practice.file_format", problem.Args{"Formats": strings.Join(deliver.Formats, ", "), "Name": name})
	}
	kept, err := d.Files.Put(ctx, content, int64(deliver.MaxMB)<<20)
	if errors.Is(err, files.ErrTooLarge) {
		return practice.File{}, problem.At("file", "practice.file_large", problem.Args{"Max": deliver.MaxMB, "Name": name})
	}
	if err != nil {
		return practice.File{}, err
	}
	f := practice.File{Owner: a.Member, Name: name, Size: kept.Size, SHA256: kept.SHA256}
	again, err := d.stage(ctx, a, c, it, &f, kept, ending, contentType)
	if again || err != nil && !store.Unsure(err) {
		_ = d.Files.Remove(kept.Place) // the sweeper takes what this leaves
	}
	if err != nil {
		return practice.File{}, err
	}
	return f, nil
}

// stage puts a kept file into the draft. again tells that the draft had it already: f is that one then.
func (d *Desk) stage(ctx context.Context, a Actor, c *course.Course, it *course.Item, f *practice.File, kept files.Kept, ending string, contentType func([]byte) string) (again bool, err error) {
	content, err := d.Files.Read(kept.Place, kept.SHA256)
	if err != nil {
		return false, err
	}
	if len(content) == 0 {
		return false, problem.At("file", "practice.file_empty", problem.Args{"Name": f.Name})
	}
	f.Type = contentType(content)
	if !agrees(ending, f.Type) {
		return false, problem.At("file", "practice.file_other", problem.Args{"Name": f.Name, "Format": ending})
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		_, sub, err := d.openAssignment(ctx, a, c, it, now)
		if err != nil {
			return err
		}
		if err := mayHandIn(sub, sub.Attempts+1); err != nil {
			return err
		}
		w, err := d.begunDraft(ctx, a, it, sub)
		if err != nil {
			return err
		}
		staged, err := d.Store.StagedFiles(ctx, a.Member, w.Files)
		if err != nil {
			return err
		}
		for _, s := range staged {
			if s.SHA256 == f.SHA256 && s.Name == f.Name {
				*f, again = s, true
				return nil
			}
		}
		if len(w.Files) >= MaxStaged {
			return problem.At("file", "practice.file_many", problem.Args{"Max": it.Assignment.Deliver.Files})
		}
		if f.ID, err = d.Store.AddFile(ctx, *f, kept.Place, now); err != nil {
			return err
		}
		w.Files = append(w.Files, f.ID)
		if err := d.saveDraft(ctx, a.Member, workKey(it.Ref), w, now); err != nil {
			return err
		}
		return d.happened(ctx, a, now, "file.staged", audit.Subject{Kind: "file", ID: int64(f.ID)}, a.Member, map[string]any{"item": it.Ref.Path(), "size": f.Size})
	})
	return again, err
}

// begunDraft is the draft of the next attempt, or a new one that starts as the editor does.
func (d *Desk) begunDraft(ctx context.Context, a Actor, it *course.Item, sub practice.Submission) (practice.WorkDraft, error) {
	w, saved, err := d.workDraft(ctx, a.Member, it.Ref, sub.Attempts+1)
	if err != nil || !saved.IsZero() {
		return w, err
	}
	rounds, err := d.rounds(ctx, sub)
	return practice.WorkDraft{Attempt: sub.Attempts + 1, Text: startText(it.Assignment, rounds, a.Language)}, err
}

// DropFile takes a staged file out of the draft.
func (d *Desk) DropFile(ctx context.Context, a Actor, r course.Ref, id practice.FileID) error {
	if err := must(a, member.Trainee); err != nil {
		return err
	}
	c, it, err := d.item(r, course.KindAssignment)
	if err != nil {
		return err
	}
	var place string
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		_, sub, err := d.openAssignment(ctx, a, c, it, now)
		if err != nil {
			return err
		}
		w, err := d.begunDraft(ctx, a, it, sub)
		if err != nil {
			return err
		}
		if place, err = d.Store.DropStaged(ctx, a.Member, id); err != nil {
			return err
		}
		w.Files = slices.DeleteFunc(w.Files, func(f practice.FileID) bool { return f == id })
		return d.saveDraft(ctx, a.Member, workKey(r), w, now)
	})
	if err != nil {
		return err
	}
	return d.Files.Remove(place)
}

// Download is a file's bytes with its name and type.
type Download struct {
	practice.File
	Content []byte
}

// FileOf gives a handed-in or staged file to its owner, and a handed-in one to mentors and coordinators of the center it
// was handed in at. To everybody else it does not exist.
func (d *Desk) FileOf(ctx context.Context, a Actor, id practice.FileID) (Download, error) {
	f, err := d.Store.File(ctx, id)
	if err != nil {
		return Download{}, err
	}
	staff := f.Attempt != 0 && f.Center == a.Center && a.Staff()
	if !a.SignedIn() || f.Owner != a.Member && !staff {
		return Download{}, problem.Missing("store.missing")
	}
	content, err := d.Files.Read(f.Place, f.SHA256)
	return Download{f.File, content}, err
}

// SweepFiles removes bytes that no row names, older than a day.
func (d *Desk) SweepFiles(ctx context.Context) (int, error) {
	return d.Files.Sweep(ctx, d.Now().Add(-24*time.Hour), func(place string) (bool, error) { return d.Store.KnowsPlace(ctx, place) })
}

// fileName is what a file is called: the last part of what was sent, without control characters, at most 120 characters.
func fileName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8Error {
			return -1
		}
		return r
	}, s)
	rs := []rune(strings.TrimSpace(s))
	if len(rs) > 120 {
		rs = append(rs[:100], rs[len(rs)-20:]...)
	}
	if len(rs) == 0 {
		return "file"
	}
	return string(rs)
}

const utf8Error = '�'

// accepts tells whether a format is wanted. A phone's photo formats stand for jpg, because people cannot choose them.
func accepts(formats []string, ending string) bool {
	switch ending {
	case "jpeg", "heic", "heif":
		return slices.Contains(formats, "jpg") || slices.Contains(formats, ending)
	}
	return slices.Contains(formats, ending)
}

// agrees tells whether a file's content is what its ending says.
func agrees(ending, contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	text := strings.HasPrefix(base, "text/") && base != "text/html" && base != "text/xml"
	switch ending {
	case "csv", "txt", "md", "tsv":
		// A Shift_JIS text is known as nothing in particular.
		return text || base == "application/octet-stream" || base == "application/csv"
	case "xlsx":
		return base == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "docx":
		return base == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "pdf":
		return base == "application/pdf"
	case "json":
		return base == "application/json" || base == "application/ld+json"
	case "jpg", "jpeg":
		return base == "image/jpeg"
	case "png":
		return base == "image/png"
	case "heic", "heif":
		return strings.HasPrefix(base, "image/heic") || strings.HasPrefix(base, "image/heif")
	}
	return false
}
