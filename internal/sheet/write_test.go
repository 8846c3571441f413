package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var (
	tokyo = time.FixedZone("JST", 9*60*60)
	noon  = time.Date(2026, time.November, 22, 12, 34, 0, 0, tokyo)
	today = time.Date(2026, time.November, 22, 0, 0, 0, 0, tokyo)
)

func TestWriteCSV(t *testing.T) {
	var b strings.Builder
	err := WriteCSV(&b, []string{"名前", "=値"}, slices.Values([][]any{
		{"𠮷田 由美", 12}, {nil, 0.5}, {today, noon}, {true, int64(-3)}, {"引用\"符,", "行\n替え"},
	}))
	want := "\ufeff名前,'=値\r\n𠮷田 由美,12\r\n,0.5\r\n2026-11-22,2026-11-22 12:34\r\ntrue,-3\r\n\"引用\"\"符,\",\"行\r\n替え\"\r\n"
	if diff := cmp.Diff(want, b.String()); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for in, want := range map[string]string{
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`,
		"+81-90-0000-0000":           "'+81-90-0000-0000",
		"-1+1":                       "'-1+1",
		"@SUM(1)":                    "'@SUM(1)",
		"\t=1":                       "'\t=1",
		"\r=1":                       "'\r=1",
		"\n=1":                       "'\n=1",
		"＝1+1":                       "'＝1+1",
		"-5":                         "-5",
		"+1,200.5":                   "+1,200.5",
		"-1,20":                      "'-1,20",
		"-":                          "'-",
		"a=b":                        "a=b",
		"":                           "",
	} {
		if got := safe(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		var b bytes.Buffer
		if err := WriteXLSX(&b, "s", []string{in}, slices.Values([][]any{{in}, {"x"}})); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{"A1", "A2"} {
			formula, _ := f.GetCellFormula("s", cell)
			value, _ := f.GetCellValue("s", cell)
			if formula != "" || strings.ReplaceAll(value, "\r", "") != strings.ReplaceAll(want, "\r", "") {
				t.Errorf("%s of %q: value %q, formula %q", cell, in, value, formula)
			}
		}
	}
}

func TestWriteXLSXKeepsKinds(t *testing.T) {
	var b bytes.Buffer
	rows := [][]any{{"A-1", 1200, 0.5, today, noon, nil}, {"007", int64(-3), float32(2), today, noon, fmt.Errorf("text")}}
	if err := WriteXLSX(&b, "進み/具合:[長い名前]の表を書く、三十一字より長い題名のためし書き", []string{"番号", "数", "率", "日", "時", "他"}, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	want := Table{
		Header: []string{"番号", "数", "率", "日", "時", "他"},
		Rows: [][]string{
			{"A-1", "1200", "0.5", "2026-11-22", "2026-11-22 12:34:00", ""},
			{"007", "-3", "2", "2026-11-22", "2026-11-22 12:34:00", "text"},
		},
		Lines: []int{2, 3},
	}
	if diff := cmp.Diff(want, mustRead(t, "a.xlsx", b.Bytes())); diff != "" {
		t.Error(diff)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	sheet := f.GetSheetName(0)
	for cell, text := range map[string]bool{"A2": true, "A3": true, "B2": false, "C2": false, "D2": false, "E2": false} {
		kind, err := f.GetCellType(sheet, cell)
		if isText := kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString; err != nil || isText != text {
			t.Errorf("%s is of type %v (%v)", cell, kind, err)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	header, rows := []string{"鍵", "値"}, [][]any{{"a", "川連\n椀"}, {"b", "\"x\", ;\ty"}, {"c", 3}}
	var text, book bytes.Buffer
	if err := WriteCSV(&text, header, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	if err := WriteXLSX(&book, "", header, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	fromText, fromBook := mustRead(t, "a.csv", text.Bytes()), mustRead(t, "a.xlsx", book.Bytes())
	if diff := cmp.Diff(fromText.Rows, fromBook.Rows); diff != "" {
		t.Error(diff)
	}
	if d, err := Compare(fromText, fromBook, "鍵"); err != nil || !d.Passes(0) || len(fromText.Rows) != 3 {
		t.Errorf("%+v, %v", d, err)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, fmt.Errorf("disk full")
	}
	return len(p), nil
}

func TestWritersSayWhenTheyFail(t *testing.T) {
	rows := slices.Values([][]any{{"a"}, {"b"}})
	for _, after := range []int{0, 4} {
		if err := WriteCSV(&failing{after}, []string{"h"}, rows); err == nil {
			t.Errorf("csv after %d bytes: no error", after)
		}
		if err := WriteXLSX(&failing{after}, "s", []string{"h"}, rows); err == nil {
			t.Errorf("xlsx after %d bytes: no error", after)
		}
	}
}
