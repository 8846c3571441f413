package desk_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

func pngBytes(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file is what its content says, whatever it is called.
func TestUploadIsJudgedByItsContent(t *testing.T) {
	inClass(t, func(s *class) {
		picture := pngBytes(s.t)
		html := []byte("<!DOCTYPE html><html><script>alert(1)</script></html>")
		svg := []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
		csv := []byte("名前,値\nりんご,3\n")
		for _, c := range []struct {
			name    string
			content []byte
			key     string // empty: accepted
		}{
			{"表.csv", csv, ""},
			{"大文字.CSV", csv, ""},
			{"sjis.csv", []byte("\x96\xbc\x91O,\x92l\r\n\x82\xe8\x82\xf1\x82\xb2,3\r\n"), ""},
			{"メモ.txt", []byte("よみました"), ""},
			{"写真.png", picture, ""},
			{"本当は写真.csv", picture, "practice.file_other"},
			{"本当は写真.jpg", picture, "practice.file_other"},
			{"ページ.txt", html, "practice.file_other"},
			{"ページ.csv", html, "practice.file_other"},
			{"図.png", svg, "practice.file_other"},
			{"図.txt", svg, "practice.file_other"},
			{"表.png", csv, "practice.file_other"},
			{"程.pdf", []byte("MZ\x90\x00\x03\x00\x00\x00"), "practice.file_other"},
			{"program.exe", csv, "practice.file_format"},
			{"表.csv.exe", csv, "practice.file_format"},
			{"図.svg", svg, "practice.file_format"},
			{"表", csv, "practice.file_format"},
			{".", csv, "practice.file_format"},
			{"空.csv", nil, "practice.file_empty"},
			{"大.csv", bytes.Repeat([]byte("a,b\n"), 1<<18+1), "practice.file_large"},
		} {
			f, err := s.stage(s.trainee, c.name, c.content)
			if c.key == "" {
				s.must(err)
				s.must(s.DropFile(s.ctx, s.trainee, itemAt("one", "w1"), f.ID))
				continue
			}
			if l := problem.Of(err); len(l) != 1 || l[0].Key != c.key || l[0].Field != "file" || f.ID != 0 {
				s.t.Errorf("%s: %+v, %v, want %s", c.name, f, err, c.key)
			}
		}
		s.keepsNoBytes("after refusals and removals")
	})
}

// keepsNoBytes expects that no file is left on the disk.
func (s *class) keepsNoBytes(when string) {
	s.t.Helper()
	s.now = time.Now().Add(48 * time.Hour) // the files bear the machine's time
	if n, err := s.SweepFiles(s.ctx); n != 0 || err != nil {
		s.t.Errorf("%s %d files lay about, %v", when, n, err)
	}
}

// As large as is allowed is accepted; one byte more is not.
func TestUploadAtTheLimit(t *testing.T) {
	inClass(t, func(s *class) {
		most := bytes.Repeat([]byte("a,b\n"), 1<<18)
		f, err := s.stage(s.trainee, "表.csv", most)
		if err != nil || f.Size != 1<<20 {
			s.t.Errorf("%d bytes: %+v, %v", len(most), f, err)
		}
		_, err = s.stage(s.trainee, "表.csv", append(most, 'x'))
		s.refused("one more", err, "practice.file_large")
		broken := errors.New("connection lost")
		_, err = s.StageFile(s.ctx, s.trainee, itemAt("one", "w1"), "表.csv", io.MultiReader(strings.NewReader("a,"), errorReader{broken}), nil)
		if !errors.Is(err, broken) {
			s.t.Errorf("a broken upload: %v", err)
		}
	})
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// Ten files may be staged, the same one counts once, and a removed one makes room.
func TestTenFilesMayBeStaged(t *testing.T) {
	inClass(t, func(s *class) {
		content := func(i int) []byte { return fmt.Appendf(nil, "a,b\n%d,2\n", i) }
		var ids []practice.FileID
		for i := range desk.MaxStaged {
			f, err := s.stage(s.trainee, fmt.Sprintf("表%d.csv", i), content(i))
			s.must(err)
			again, err := s.stage(s.trainee, fmt.Sprintf("表%d.csv", i), content(i))
			s.must(err)
			if again.ID != f.ID {
				s.t.Errorf("the same file again is file %d, not %d", again.ID, f.ID)
			}
			ids = append(ids, f.ID)
		}
		_, err := s.stage(s.trainee, "もう一つ.csv", content(99))
		s.refused("an eleventh", err, "practice.file_many")
		_, err = s.HandIn(s.ctx, s.trainee, itemAt("one", "w1"), desk.WorkForm{Attempt: 1, Text: "x", Files: ids})
		s.refused("all of them", err, "practice.file_many")
		s.must(s.DropFile(s.ctx, s.trainee, itemAt("one", "w1"), ids[3]))
		_, err = s.stage(s.trainee, "もう一つ.csv", content(99))
		s.must(err)
		if n := s.events("file.staged"); n != desk.MaxStaged+1 {
			s.t.Errorf("%d events", n)
		}
	})
}

// A staged file is its owner's alone; a handed-in one her center's staff's too; to all others neither exists.
func TestWhoMayReadAFile(t *testing.T) {
	inClass(t, func(s *class) {
		content := []byte("a,b\n1,2\n")
		f, err := s.stage(s.trainee, "../../etc/表.csv", content)
		s.must(err)
		here := map[string]desk.Actor{"another trainee": s.other, "another center's trainee": s.elsewhere, "another center's mentor": s.stranger, "nobody": {}}
		staff := map[string]desk.Actor{"mentor": s.mentor, "the other mentor": s.mentor2, "coordinator": s.person("小野寺", s.yuzawa, "coordinator")}
		company := map[string]desk.Actor{"producer": s.person("柴田", s.yuzawa, "producer"), "company": s.person("川連", s.yuzawa, "company")}
		reads := func(when string, who map[string]desk.Actor, may bool) {
			s.t.Helper()
			for name, a := range who {
				d, err := s.FileOf(s.ctx, a, f.ID)
				if may && (err != nil || !bytes.Equal(d.Content, content)) || !may && (!problem.Is(err, problem.NotFound) || d.Content != nil) {
					s.t.Errorf("%s, %s: %q, %v", when, name, d.Content, err)
				}
			}
		}
		owner := map[string]desk.Actor{"owner": s.trainee}
		reads("staged", owner, true)
		for _, who := range []map[string]desk.Actor{here, staff, company} {
			reads("staged", who, false)
		}
		if f.Name != "表.csv" {
			s.t.Errorf("it is called %q", f.Name)
		}
		for name, a := range here {
			if name == "nobody" {
				continue
			}
			if err := s.DropFile(s.ctx, a, itemAt("one", "w1"), f.ID); err == nil {
				s.t.Errorf("%s removed it", name)
			}
		}
		_, err = s.HandIn(s.ctx, s.trainee, itemAt("one", "w1"), desk.WorkForm{Attempt: 1, Text: "x", Files: []practice.FileID{f.ID}})
		s.must(err)
		reads("handed in", owner, true)
		reads("handed in", staff, true)
		reads("handed in", here, false)
		reads("handed in", company, false)
		if err := s.DropFile(s.ctx, s.trainee, itemAt("one", "w1"), f.ID); !problem.Is(err, problem.NotFound) {
			s.t.Errorf("what was handed in was removed: %v", err)
		}
		if _, err := s.FileOf(s.ctx, s.trainee, f.ID+1); !problem.Is(err, problem.NotFound) {
			s.t.Errorf("a file that is not there: %v", err)
		}
		s.now = time.Now().Add(48 * time.Hour)
		if _, err := s.SweepFiles(s.ctx); err != nil {
			s.t.Error(err)
		}
		reads("after the sweeper", owner, true)
	})
}

// Files go to assignments alone, and only from trainees.
func TestUploadGoesToAnAssignment(t *testing.T) {
	inClass(t, func(s *class) {
		up := func(a desk.Actor, r course.Ref) error {
			_, err := s.StageFile(s.ctx, a, r, "表.csv", strings.NewReader("a,b\n"), func([]byte) string { return "text/csv" })
			return err
		}
		for what, err := range map[string]error{"a lesson": up(s.trainee, itemAt("one", "l1")), "nothing": up(s.trainee, itemAt("one", "x"))} {
			if !problem.Is(err, problem.NotFound) {
				s.t.Errorf("%s: %v", what, err)
			}
		}
		for what, a := range map[string]desk.Actor{"a mentor": s.mentor, "nobody": {}} {
			if err := up(a, itemAt("one", "w1")); !problem.Is(err, problem.Forbidden) {
				s.t.Errorf("%s: %v", what, err)
			}
		}
		s.handIn(s.trainee, "one", "w1", 1)
		s.refused("while a mentor has it", up(s.trainee, itemAt("one", "w1")), "practice.with_mentor")
		s.keepsNoBytes("after refusals")
	})
}
