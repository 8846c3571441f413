package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Cells of rows to be written may be strings, integers, floats, bools, time.Time, fmt.Stringer or nil. A time is written by
// its own zone's clock: as a date alone if it is midnight there.

// WriteCSV writes a table as CSV that Excel opens rightly: UTF-8 with byte order mark, CRLF, and no cell that a spreadsheet
// would take for a formula (OWASP, CSV injection): a text that begins with = + - @, tab or line end, or the full-width form
// of one, gets a ' before it unless it is a number.
func WriteCSV(w io.Writer, header []string, rows iter.Seq[[]any]) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	record := make([]string, 0, len(header))
	for _, h := range header {
		record = append(record, safe(h))
	}
	if err := c.Write(record); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	for row := range rows {
		record = record[:0]
		for _, v := range row {
			record = append(record, csvCell(v))
		}
		if err := c.Write(record); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func csvCell(v any) string {
	switch v := plain(v).(type) {
	case nil:
		return ""
	case string:
		return safe(v)
	case time.Time:
		if isMidnight(v) {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02 15:04")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// plain makes of a value one of the kinds that are written: nil, string, bool, an integer, float64, time.Time.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float64:
		return v
	case float32:
		return float64(v)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

func isMidnight(t time.Time) bool {
	h, m, s := t.Clock()
	return h == 0 && m == 0 && s == 0
}

var plainNumber = regexp.MustCompile(`^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$`)

// safe marks a text as text if a spreadsheet would take it for a formula.
func safe(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) || plainNumber.MatchString(s) {
		return s
	}
	return "'" + s
}

// WriteXLSX writes a table as XLSX, row by row, under the sheet's name: numbers as numbers, dates as dates, texts as safe as
// in WriteCSV. The heading row is bold and stays in sight.
func WriteXLSX(w io.Writer, sheet string, header []string, rows iter.Seq[[]any]) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closing := f.Close(); err == nil && closing != nil {
			err = fmt.Errorf("write xlsx: %w", closing)
		}
	}()
	x, err := newXLSXWriter(f, sheetName(sheet))
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	head := make([]any, len(header))
	for i, h := range header {
		head[i] = excelize.Cell{StyleID: x.bold, Value: safe(h)}
	}
	if err := x.row(head); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	for row := range rows {
		cells := make([]any, len(row))
		for i, v := range row {
			cells[i] = x.cell(v)
		}
		if err := x.row(cells); err != nil {
			return fmt.Errorf("write xlsx: %w", err)
		}
	}
	if err := x.stream.Flush(); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

type xlsxWriter struct {
	stream               *excelize.StreamWriter
	bold, date, dateTime int // styles
	rows                 int
}

func newXLSXWriter(f *excelize.File, name string) (*xlsxWriter, error) {
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	x := &xlsxWriter{}
	day, minute := "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
	for _, s := range []struct {
		into  *int
		style excelize.Style
	}{
		{&x.bold, excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&x.date, excelize.Style{CustomNumFmt: &day}},
		{&x.dateTime, excelize.Style{CustomNumFmt: &minute}},
	} {
		id, err := f.NewStyle(&s.style)
		if err != nil {
			return nil, err
		}
		*s.into = id
	}
	var err error
	if x.stream, err = f.NewStreamWriter(name); err != nil {
		return nil, err
	}
	return x, x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (x *xlsxWriter) row(cells []any) error {
	x.rows++
	at, err := excelize.CoordinatesToCellName(1, x.rows)
	if err != nil {
		return err
	}
	return x.stream.SetRow(at, cells)
}

func (x *xlsxWriter) cell(v any) any {
	switch v := plain(v).(type) {
	case string:
		return safe(v)
	case time.Time:
		style := x.dateTime
		if isMidnight(v) {
			style = x.date
		}
		wall := time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC) // a spreadsheet has no zones
		return excelize.Cell{StyleID: style, Value: wall}
	default:
		return v
	}
}

// sheetName makes a text a name that Excel accepts: without []:*?/\ and ' at the ends, and of 31 characters at most.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s = strings.Trim(s, "' "); s == "" {
		return "Sheet1"
	}
	return s
}
