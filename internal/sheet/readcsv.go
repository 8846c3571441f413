package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"tenarai/internal/problem"
)

func readCSV(b []byte) (Table, error) {
	s, err := decode(b)
	if err != nil {
		return Table{}, err
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	r := csv.NewReader(strings.NewReader(s))
	r.Comma = separator(s)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true // a stray quotation mark is a wrong cell, not a wrong file
	var rows builder
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows.table()
		}
		if err != nil {
			return Table{}, problem.Refuse("sheet.unreadable")
		}
		line, _ := r.FieldPos(0)
		if err := rows.add(line, row); err != nil {
			return Table{}, err
		}
	}
}

// decode turns the bytes of a text file into a string, by its byte order mark, or else as UTF-8 if it is valid, or else as
// Shift_JIS. Text that holds control characters is not a table: a picture, a PDF, a program.
func decode(b []byte) (string, error) {
	var s string
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		d, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(b)
		if err != nil {
			return "", problem.Refuse("sheet.unreadable")
		}
		s = string(d)
	case utf8.Valid(b):
		s = strings.TrimPrefix(string(b), "\ufeff")
	default:
		d, err := japanese.ShiftJIS.NewDecoder().Bytes(b)
		if err != nil {
			return "", problem.Refuse("sheet.unreadable")
		}
		s = string(d)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != 0x1a || r == 0x7f }) {
		return "", problem.Refuse("sheet.not_table")
	}
	if strings.ContainsRune(s, utf8.RuneError) {
		return "", problem.Refuse("sheet.unreadable")
	}
	return strings.TrimRight(s, "\x1a"), nil // the end mark of old DOS programs
}

// separator is the one of comma, tab and semicolon that stands most often in the first line that holds anything, outside of
// quotation marks.
func separator(s string) rune {
	count := map[rune]int{}
	quoted := false
	for _, r := range strings.TrimLeft(s, "\n") {
		if r == '"' {
			quoted = !quoted
		}
		if r == '\n' && !quoted {
			break
		}
		if !quoted {
			count[r]++
		}
	}
	best := ','
	for _, r := range ",\t;" {
		if count[r] > count[best] {
			best = r
		}
	}
	return best
}
