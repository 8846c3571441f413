package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"tenarai/internal/problem"
)

func readXLSX(b []byte) (t Table, err error) {
	defer func() {
		if recover() != nil { // a library for a format this large, and files made by strangers
			t, err = Table{}, problem.Refuse("sheet.unreadable")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true})
	if err != nil {
		return Table{}, openProblem(err)
	}
	defer func() { _ = f.Close() }()
	if elements(f) > maxElements {
		return Table{}, tooBig()
	}
	for _, name := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		rows, err := readSheet(f, name)
		if err != nil {
			return Table{}, err
		}
		if len(rows.rows) > 0 {
			return rows.table()
		}
	}
	return Table{}, problem.Refuse("sheet.empty")
}

// openProblem says why a file that begins like an XLSX cannot be opened.
func openProblem(err error) error {
	switch {
	case strings.Contains(err.Error(), "unzip size exceeds"): // excelize has no value for this error
		return tooBig()
	case errors.Is(err, excelize.ErrWorkbookFileFormat), strings.Contains(err.Error(), "unsupported workbook"):
		return problem.Refuse("sheet.not_table") // another kind of document in a ZIP
	default:
		return problem.Refuse("sheet.unreadable")
	}
}

// elements is how many XML elements the file has at most.
func elements(f *excelize.File) int {
	n := 0
	f.Pkg.Range(func(name, part any) bool {
		if strings.HasPrefix(name.(string), "xl/") && strings.HasSuffix(name.(string), ".xml") {
			n += bytes.Count(part.([]byte), []byte("<"))
		}
		return true
	})
	return n
}

// readSheet reads one sheet row by row. excelize's own look-ups of a cell's style or formula first blow every row up to its
// last column, which a small hostile file turns into gigabytes; so these are read from the XML beside.
func readSheet(f *excelize.File, name string) (*builder, error) {
	traits := readTraits(f, name)
	b := &builder{formulas: map[[2]int]bool{}}
	rows, err := f.Rows(name)
	if err != nil {
		return b, nil // a sheet that is a chart
	}
	defer func() { _ = rows.Close() }()
	dates := dateStyles{file: f, known: map[int]dateKind{}}
	for line := 1; rows.Next(); line++ {
		row, err := rows.Columns()
		if err != nil {
			return nil, problem.Refuse("sheet.unreadable")
		}
		if len(row) > MaxColumns {
			return nil, tooBig()
		}
		for column := range row {
			trait := traits[[2]int{line, column}]
			if trait.formula {
				b.formulas[[2]int{line, column}] = true
			}
			if trait.number {
				row[column] = numberText(row[column], dates.of(trait.style))
			}
		}
		if err := b.add(line, row); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// trait is what a cell is besides its value.
type trait struct {
	style           int
	number, formula bool
}

// readTraits reads what stands at the cells of a sheet: style, type, formula. What cannot be read has no traits.
func readTraits(f *excelize.File, name string) map[[2]int]trait {
	traits := map[[2]int]trait{}
	part, ok := f.Pkg.Load(sheetPart(f, name))
	if !ok {
		return traits
	}
	d := xml.NewDecoder(bytes.NewReader(part.([]byte)))
	row, column := 0, 0
	for {
		token, err := d.Token()
		if err != nil {
			return traits
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "row":
			row, column = row+1, -1
			if n, err := strconv.Atoi(attribute(start, "r")); err == nil {
				row = n
			}
		case "c":
			column++
			if x, _, err := excelize.CellNameToCoordinates(attribute(start, "r")); err == nil {
				column = x - 1
			}
			style, _ := strconv.Atoi(attribute(start, "s"))
			kind := attribute(start, "t")
			if column < MaxColumns {
				traits[[2]int{row, column}] = trait{style: style, number: kind == "" || kind == "n"}
			}
		case "f":
			if t, ok := traits[[2]int{row, column}]; ok {
				t.formula = true
				traits[[2]int{row, column}] = t
			}
		}
	}
}

// sheetPart finds the part of the package that holds a sheet (ECMA-376, 18.2.19 and 9.2): its relation in workbook.xml.
func sheetPart(f *excelize.File, name string) string {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if !decodePart(f, "xl/workbook.xml", &book) || !decodePart(f, "xl/_rels/workbook.xml.rels", &relations) {
		return ""
	}
	for _, s := range book.Sheets {
		for _, r := range relations.Relations {
			if s.Name != name || r.ID != s.ID {
				continue
			}
			if absolute, ok := strings.CutPrefix(r.Target, "/"); ok {
				return absolute
			}
			return path.Join("xl", r.Target)
		}
	}
	return ""
}

func decodePart(f *excelize.File, name string, into any) bool {
	part, ok := f.Pkg.Load(name)
	return ok && xml.Unmarshal(part.([]byte), into) == nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// dateKind is what of a number is shown as a date.
type dateKind int

const (
	noDate dateKind = iota
	dateOnly
	dateTime
)

// dateStyles knows which styles show a number as a date.
type dateStyles struct {
	file  *excelize.File
	known map[int]dateKind
}

func (d dateStyles) of(style int) dateKind {
	if kind, ok := d.known[style]; ok {
		return kind
	}
	kind := noDate
	if s, err := d.file.GetStyle(style); err == nil && s != nil {
		kind = kindOfFormat(s)
	}
	d.known[style] = kind
	return kind
}

// notCode is what in a number format is not a code: quoted text, escaped characters, and what stands in square brackets.
var notCode = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]|_.|\*.`)

// kindOfFormat reads a number format: one of the built-in ones (ECMA-376, 18.8.30, with the Japanese ones), or its codes.
func kindOfFormat(s *excelize.Style) dateKind {
	switch n := s.NumFmt; {
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 58:
		return dateOnly
	case n == 22:
		return dateTime
	}
	if s.CustomNumFmt == nil {
		return noDate
	}
	codes := strings.ToLower(notCode.ReplaceAllString(*s.CustomNumFmt, ""))
	if !strings.ContainsAny(codes, "yd") && !strings.Contains(codes, "ge") && !strings.Contains(codes, "mmm") {
		return noDate
	}
	if strings.Contains(codes, "general") && !strings.ContainsAny(codes, "yd") {
		return noDate
	}
	if strings.ContainsAny(codes, "hs") {
		return dateTime
	}
	return dateOnly
}

// numberText writes a number as a person would type it: a date as 2006-01-02, any other with at most 15 digits, which is all
// a spreadsheet shows (0.1+0.2 is kept as 0.30000000000000004).
func numberText(raw string, kind dateKind) string {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	if kind != noDate {
		if at, err := excelize.ExcelDateToTime(v, false); err == nil {
			at = at.Round(time.Second)
			if kind == dateOnly || at.Equal(at.Truncate(24*time.Hour)) {
				return at.Format(time.DateOnly)
			}
			return at.Format("2006-01-02 15:04:05")
		}
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil || v > 1e15 || v < -1e15 {
		return raw
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}
