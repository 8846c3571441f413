// Package sheet reads the tables people hand in (CSV and XLSX, as spreadsheets really write them), compares a table with
// the one that was wanted, cell by cell, and writes tables that are safe to open.
package sheet

import (
	"bytes"
	"strconv"
	"strings"

	"tenarai/internal/problem"
)

// Table is a table with one heading row. Blank rows and columns are left out.
type Table struct {
	Header   []string   `json:"header"`
	Rows     [][]string `json:"rows"`               // each as long as Header
	Lines    []int      `json:"lines,omitempty"`    // of each row: its line or row number in the file, from 1
	Formulas []Place    `json:"formulas,omitempty"` // cells that hold a formula; Rows holds the value it had when saved
}

// Place is one cell of a table: indices into Rows and Header.
type Place struct {
	Row    int `json:"row"`
	Column int `json:"column"`
}

// Limits of what is read. They are far above any assignment and any list of members, and far below what hurts.
const (
	MaxBytes   = 10 << 20
	MaxRows    = 20_000
	MaxColumns = 200
	MaxCells   = 100_000 // filled ones
	MaxCell    = 32_767  // bytes of one cell; Excel's own limit in characters

	maxUnzipped = 32 << 20
	maxElements = 1 << 20 // XML elements in an XLSX: small ones could fill the memory long before their bytes do
)

// Column finds a column by its heading, as Compare does; -1 if there is none.
func (t Table) Column(heading string) int {
	want := foldHeading(heading)
	for i, h := range t.Header {
		if foldHeading(h) == want {
			return i
		}
	}
	return -1
}

// Read reads a CSV or XLSX file that somebody handed in. What it is is told from its bytes; the name only helps to word a
// refusal. CSV may be UTF-8 (with or without byte order mark), UTF-16 with one, or Shift_JIS as Excel writes it (Windows
// code page 932), separated by commas, tabs or semicolons. Of an XLSX the first visible sheet that holds anything is read:
// numbers as they are kept and not as they are shown, dates as 2006-01-02, formulas by the value they had when saved.
//
// Every error is a problem.Problem: sheet.empty, sheet.unreadable, sheet.not_table, sheet.old_excel, sheet.too_big,
// sheet.no_header or sheet.header_twice.
func Read(name string, b []byte) (Table, error) {
	switch {
	case len(b) > MaxBytes:
		return Table{}, tooBig()
	case len(bytes.Trim(b, "\ufeff \t\r\n\x00")) == 0:
		return Table{}, problem.Refuse("sheet.empty")
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return readXLSX(b)
	case bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")): // a compound file: .xls, or an XLSX under a password
		return Table{}, problem.Refuse("sheet.old_excel")
	case strings.HasSuffix(strings.ToLower(name), ".xlsx"):
		return Table{}, problem.Refuse("sheet.unreadable")
	default:
		return readCSV(b)
	}
}

func tooBig() error {
	return problem.Refuse("sheet.too_big", problem.Args{"MB": MaxBytes >> 20, "Rows": MaxRows, "Columns": MaxColumns, "Cells": MaxCells})
}

// builder collects rows into a table and watches the limits.
type builder struct {
	rows     [][]string
	lines    []int
	formulas map[[2]int]bool // line and column of the file
	cells    int
}

// add takes one row of the file; blank ones are passed over.
func (b *builder) add(line int, row []string) error {
	filled, width := 0, 0
	for i, cell := range row {
		if len(cell) > MaxCell {
			return tooBig()
		}
		if strings.TrimSpace(cell) != "" {
			filled++
			width = i + 1
		}
	}
	if filled == 0 {
		return nil
	}
	b.cells += filled
	if width > MaxColumns || len(b.rows) > MaxRows || b.cells > MaxCells {
		return tooBig()
	}
	b.rows, b.lines = append(b.rows, row[:width:width]), append(b.lines, line)
	return nil
}

// table makes the first row the heading and the others as long as it.
func (b *builder) table() (Table, error) {
	if len(b.rows) == 0 {
		return Table{}, problem.Refuse("sheet.empty")
	}
	keep, err := b.columns()
	if err != nil {
		return Table{}, err
	}
	t := Table{Header: pick(b.rows[0], keep), Rows: make([][]string, 0, len(b.rows)-1), Lines: b.lines[1:]}
	for i, row := range b.rows[1:] {
		t.Rows = append(t.Rows, pick(row, keep))
		for column, from := range keep {
			if b.formulas[[2]int{b.lines[i+1], from}] {
				t.Formulas = append(t.Formulas, Place{Row: i, Column: column})
			}
		}
	}
	return t, nil
}

// columns are the columns of the file that hold anything. Each needs a heading of its own.
func (b *builder) columns() ([]int, error) {
	header := b.rows[0]
	var keep []int
	seen := map[string]bool{}
	numbers := 0
	for i := range MaxColumns {
		if !b.filled(i) {
			continue
		}
		if i >= len(header) || strings.TrimSpace(header[i]) == "" {
			return nil, problem.Refuse("sheet.no_header", problem.Args{"Column": i + 1})
		}
		folded := foldHeading(header[i])
		if seen[folded] {
			return nil, problem.Refuse("sheet.header_twice", problem.Args{"Column": shorten(strings.TrimSpace(header[i]))})
		}
		if _, err := strconv.ParseFloat(canonical(header[i]), 64); err == nil {
			numbers++
		}
		seen[folded], keep = true, append(keep, i)
	}
	if numbers == len(keep) { // a row of nothing but numbers is data: the heading was left out
		return nil, problem.Refuse("sheet.no_header", problem.Args{"Column": 1})
	}
	return keep, nil
}

func (b *builder) filled(column int) bool {
	for _, row := range b.rows {
		if column < len(row) && strings.TrimSpace(row[column]) != "" {
			return true
		}
	}
	return false
}

func pick(row []string, columns []int) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		if c < len(row) {
			out[i] = strings.TrimSpace(row[c])
		}
	}
	return out
}

// shorten keeps what is repeated to people within bounds.
func shorten(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
