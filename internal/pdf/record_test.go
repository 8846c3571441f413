package pdf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

func printedRecord(t testing.TB, r certificate.RecordSheet) Document {
	t.Helper()
	d, err := newPrinter(t).Record(r)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// pagesOf is the text of each page, without spaces.
func pagesOf(t *testing.T, d Document) []string {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(string(tool(t, d, "qpdf", "--show-npages", "FILE"))))
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for i := range n {
		pages = append(pages, pageText(t, d, strconv.Itoa(i+1)))
	}
	return pages
}

// folded is a text with single spaces and no empty lines: versions of pdftotext measure the gaps of a table differently.
func folded(text []byte) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 0 {
			out.WriteString(strings.Join(words, " ") + "\n")
		}
	}
	return out.Bytes()
}

// The golden texts are what a reader who cannot see the page is told, line by line (go test ./internal/pdf -run Golden -update).
func TestRecordGolden(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			got := tool(t, printedRecord(t, recordOf(lang)), "pdftotext", "-layout", "FILE", "-")
			file := filepath.Join("testdata", "record_"+lang+".txt")
			if *anew {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(folded(got), folded(want)) {
				t.Errorf("the text has changed:\n%s", got)
			}
		})
	}
}

// A long record keeps everything, says on each page whose it is and which page of how many, and has the head of its table
// over every row.
func TestLongRecord(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			r := longRecord(lang)
			w, _ := recordWordsOf(lang)
			pages := pagesOf(t, printedRecord(t, r))
			for i, page := range pages {
				wants := []string{fmt.Sprintf("%d / %d", i+1, len(pages))}
				if i > 0 {
					wants = append(wants, w.shownName(r), w.made+w.date(r.Made))
				}
				if strings.Contains(page, "OFF-") {
					wants = append(wants, w.skillColumns[:]...)
				}
				if strings.Contains(page, string(r.Courses[0].Number)) {
					wants = append(wants, w.courseColumns[:]...)
				}
				for _, want := range wants {
					if !strings.Contains(page, squeezed(want)) {
						t.Errorf("page %d lacks %q", i+1, want)
					}
				}
			}
			wholeRows(t, r, pages)
			if want := w.shownName(r); !strings.Contains(pages[0], squeezed(want)) {
				t.Errorf("page 1 lacks %q", want)
			}
		})
	}
}

// wholeRows holds that every row of part II stands on one page with all that belongs to it.
func wholeRows(t *testing.T, r certificate.RecordSheet, pages []string) {
	t.Helper()
	w, _ := recordWordsOf(r.Lang)
	for _, k := range r.Skills {
		i := slices.IndexFunc(pages, func(page string) bool { return strings.Contains(page, string(k.Skill)) })
		if i < 0 {
			t.Errorf("%s is missing", k.Skill)
			continue
		}
		rows := strings.Count(pages[i], "OFF-")
		texts := []string{k.Title.In(w.lang), k.Assessors[0]}
		for _, piece := range k.Pieces {
			texts = append(texts, piece.In(w.lang))
		}
		for _, text := range texts {
			if n := strings.Count(pages[i], squeezed(text)); n < rows {
				t.Errorf("page %d has %d rows, but %d times %q", i+1, rows, n, text)
			}
		}
		if n := strings.Count(pages[i], "○"); n != rows {
			t.Errorf("page %d has %d rows and %d circles", i+1, rows, n)
		}
	}
}

// Hours are printed of courses that were finished alone: those of a course that goes on would be read as studied.
func TestRecordHoursAreThoseStudied(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		r := recordOf(lang)
		w, _ := recordWordsOf(lang)
		all := strings.Join(pagesOf(t, printedRecord(t, r)), "")
		done, planned := squeezed(w.hours(r.Courses[0].Minutes)), squeezed(w.hours(r.Courses[1].Minutes))
		if !strings.Contains(all, done) || strings.Contains(all, planned) || !strings.Contains(all, squeezed(w.under)) {
			t.Errorf("%s: of %s studied and %s planned it says %s", lang, done, planned, all)
		}
	}
}

func TestRecordOfNothing(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		w, _ := recordWordsOf(lang)
		r := certificate.RecordSheet{Lang: lang, Name: "葵", CenterName: "湯沢市在宅ワークセンター", Made: issued, Rule: skill.Rule, Address: verifyPage}
		pages := pagesOf(t, printedRecord(t, r))
		if len(pages) != 1 {
			t.Fatalf("%d pages", len(pages))
		}
		for _, want := range []string{w.noCourse, w.noSkill[0], w.noSkill[1], w.statementEmpty, w.bare, "葵"} {
			if !strings.Contains(pages[0], squeezed(want)) {
				t.Errorf("%s: lacks %q", lang, want)
			}
		}
		for _, no := range []string{w.statementText, w.checkFile, w.renewNote, w.priorNote, w.kana} {
			if no != "" && strings.Contains(pages[0], squeezed(no)) {
				t.Errorf("%s: says %q", lang, no)
			}
		}
	}
}

// However many people assessed, each is named at the center's statement.
func TestRecordNamesEveryAssessor(t *testing.T) {
	r := recordOf("ja")
	r.Skills[0].Assessors = nil
	for i := range 40 {
		r.Skills[0].Assessors = append(r.Skills[0].Assessors, fmt.Sprintf("評価 する子%02d", i))
	}
	pages := pagesOf(t, printedRecord(t, r))
	_, statement, found := strings.Cut(strings.Join(pages, ""), squeezed(recordJapanese.statementText))
	if !found {
		t.Fatalf("no statement in %q", pages)
	}
	for _, name := range r.Skills[0].Assessors {
		if !strings.Contains(statement, squeezed(name)) {
			t.Errorf("the statement lacks %s", name)
		}
	}
}

// A row that no page holds is parted between lines, and none is lost.
func TestRecordPartsAGiantRow(t *testing.T) {
	r := recordOf("ja")
	giant := &r.Skills[1]
	giant.Pieces = nil
	for i := range 150 {
		giant.Pieces = append(giant.Pieces, text(fmt.Sprintf("課題その%03d", i), ""))
	}
	all := strings.Join(pagesOf(t, printedRecord(t, r)), "")
	for _, piece := range giant.Pieces {
		if n := strings.Count(all, piece.JA); n != 1 {
			t.Errorf("%s stands there %d times", piece.JA, n)
		}
	}
}

// Nothing reaches into the foot, and no text over the rule of its cell.
func TestRecordStaysInItsCells(t *testing.T) {
	p := newPrinter(t)
	c := newCanvas(p.typeface, issued, true)
	for _, s := range []string{"取引条件を読み、足りない点を着手前に質問できる", "Wolfeschlegelsteinhausenbergerdorff", "19 September 2026 –", "データ入力・事務サポート・文字起こしと、地域の名産品を紹介する"} {
		for _, width := range []float64{15, 29, 66} {
			for _, whole := range []bool{true, false} {
				laid := c.lay(width, passage{text: s, font: sheetText, bullet: "・", whole: whole})
				var joined strings.Builder
				for _, l := range laid.lines[1:] {
					if right := l.x + c.width(l.text, l.font); right > width-cellSide+0.01 || l.y > laid.height {
						t.Errorf("%q in %.0f mm reaches %.2f, %.2f", s, width, right, l.y)
					}
					for _, u := range l.text {
						joined.WriteString(u.String())
					}
				}
				if squeezed(joined.String()) != squeezed(s) {
					t.Errorf("%q became %q", s, joined.String())
				}
			}
		}
	}
}

func TestRecordIsSoundPDF(t *testing.T) {
	for what, name := range hardNames {
		t.Run(what, func(t *testing.T) {
			r := longRecord("ja")
			r.Name, r.Kana = name, name
			d := printedRecord(t, r)
			tool(t, d, "qpdf", "--check", "FILE")
			if outline := string(tool(t, d, "qpdf", "--json", "--json-key=outlines", "FILE")); !strings.Contains(outline, recordJapanese.evaluation) {
				t.Errorf("the outline lacks part II: %s", outline)
			}
		})
	}
}

// The credential comes out of the file as it went in; a record without one has nothing attached.
func TestTheRecordsCredentialIsAttached(t *testing.T) {
	r := recordOf("ja")
	r.Credential = bytes.Repeat(r.Credential, 5000)
	d := printedRecord(t, r)
	tool(t, d, "qpdf", "--check", "FILE")
	if list := string(tool(t, d, "pdfdetach", "-list", "FILE")); !strings.HasPrefix(list, "1 embedded files\n1: credential.json") {
		t.Error(list)
	}
	saved := filepath.Join(t.TempDir(), "out")
	tool(t, d, "pdfdetach", "-save", "1", "-o", saved, "FILE")
	if got, err := os.ReadFile(saved); err != nil || !bytes.Equal(got, r.Credential) {
		t.Errorf("%d bytes came out of %d: %v", len(got), len(r.Credential), err)
	}
	r.Credential = nil
	if list := string(tool(t, printedRecord(t, r), "pdfdetach", "-list", "FILE")); !strings.HasPrefix(list, "0 embedded files") {
		t.Error(list)
	}
}

func TestRecordQRCodeIsTheVerifyPage(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "page")
	d := printedRecord(t, recordOf("ja"))
	tool(t, d, "pdftoppm", "-r", "100", "-gray", "-singlefile", "FILE", picture)
	if got := tool(t, d, "zbarimg", "-q", "--raw", picture+".pgm"); string(got) != verifyPage+"\n" {
		t.Errorf("%q", got)
	}
}

func TestRecordSameInputSameBytes(t *testing.T) {
	first, again := printedRecord(t, recordOf("ja")), printedRecord(t, recordOf("ja"))
	if !bytes.Equal(first.Bytes, again.Bytes) || first.SHA256 != again.SHA256 || first.Renderer != RecordRenderer {
		t.Error("a second printer made other bytes")
	}
	if other := printedRecord(t, recordOf("en")); bytes.Equal(first.Bytes, other.Bytes) {
		t.Error("another language made the same bytes")
	}
}

func TestRecordRefuses(t *testing.T) {
	p := newPrinter(t)
	for what, change := range map[string]func(*certificate.RecordSheet){
		"a language without words": func(r *certificate.RecordSheet) { r.Lang = "fr" },
		"no name":                  func(r *certificate.RecordSheet) { r.Name = "" },
		"no address":               func(r *certificate.RecordSheet) { r.Address = "" },
		"an endless address":       func(r *certificate.RecordSheet) { r.Address = strings.Repeat("長", 5000) },
		"an unknown level":         func(r *certificate.RecordSheet) { r.Skills[0].Level, r.Skills[0].Descriptor = 9, course.Text{} },
	} {
		r := recordOf("ja")
		change(&r)
		if d, err := p.Record(r); err == nil || d.Bytes != nil || problem.Of(err) != nil {
			t.Errorf("%s: printed %d bytes, %v", what, len(d.Bytes), err)
		}
	}
	for what, change := range map[string]func(*certificate.RecordSheet){
		"in a name":     func(r *certificate.RecordSheet) { r.Name = "由美😀" },
		"in a kana":     func(r *certificate.RecordSheet) { r.Kana = "ゆみ😀" },
		"in a piece":    func(r *certificate.RecordSheet) { r.Skills[0].Pieces = []course.Text{text("絵😀", "")} },
		"in the center": func(r *certificate.RecordSheet) { r.CenterName = "😀" },
	} {
		r := recordOf("ja")
		change(&r)
		_, err := p.Record(r)
		if l := problem.Of(err); len(l) != 1 || l[0].Key != "pdf.unprintable" || l[0].Args["Characters"] != "😀" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// BenchmarkRecord is a skills record: of ordinary length, and of every skill there is.
func BenchmarkRecord(b *testing.B) {
	p := newPrinter(b)
	for what, r := range map[string]certificate.RecordSheet{"short": recordOf("ja"), "long": longRecord("ja")} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Record(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
