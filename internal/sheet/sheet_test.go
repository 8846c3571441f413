package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"tenarai/internal/problem"
)

const ledger = "商品番号,品名,単価,数量\r\nA-001,川連椀（朱）,1200,3\r\nA-002,髙﨑の味噌～①,850,12\r\n"

var ledgerTable = Table{
	Header: []string{"商品番号", "品名", "単価", "数量"},
	Rows:   [][]string{{"A-001", "川連椀（朱）", "1200", "3"}, {"A-002", "髙﨑の味噌～①", "850", "12"}},
	Lines:  []int{2, 3},
}

func mustRead(t *testing.T, name string, b []byte) Table {
	t.Helper()
	table, err := Read(name, b)
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return table
}

func TestReadKnowsTheEncodings(t *testing.T) {
	shiftJIS, err := japanese.ShiftJIS.NewEncoder().String(ledger)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(ledger, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	utf16big, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(ledger)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"UTF-8":                             ledger,
		"UTF-8 with byte order mark":        "\ufeff" + ledger,
		"Excel's Shift_JIS":                 shiftJIS,
		"Excel's Unicode text":              utf16,
		"UTF-16 big end first":              utf16big,
		"tabs":                              strings.ReplaceAll(ledger, ",", "\t"),
		"semicolons":                        strings.ReplaceAll(ledger, ",", ";"),
		"line feeds":                        strings.ReplaceAll(ledger, "\r\n", "\n"),
		"carriage returns of an old Mac":    strings.ReplaceAll(ledger, "\r\n", "\r"),
		"quoted, with blank cells after it": `"商品番号","品名","単価","数量",,` + "\n" + `"A-001","川連椀（朱）","1200","3",,` + "\n" + `A-002,髙﨑の味噌～①, 850 ,12,,` + "\n,,,,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(ledgerTable, mustRead(t, "a.csv", []byte(content))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// workbook makes an XLSX of rows, after what change does to it.
func workbook(t *testing.T, rows [][]any, change func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadXLSXTakesWhatIsKept(t *testing.T) {
	day := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	b := workbook(t, [][]any{
		{"番号", "単価", "税込", "日付", "時刻", "率"},
		{"007", 1200, nil, nil, nil, 0.1 + 0.2},
	}, func(f *excelize.File) {
		thousands, japanese := "#,##0", `yyyy"年"m"月"d"日"`
		style, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &thousands})
		_ = f.SetCellStyle("Sheet1", "B2", "B2", style)
		_ = f.SetCellFormula("Sheet1", "C2", "B2*1.1")
		_ = f.SetCellValue("Sheet1", "D2", day)
		style, _ = f.NewStyle(&excelize.Style{CustomNumFmt: &japanese})
		_ = f.SetCellStyle("Sheet1", "D2", "D2", style)
		_ = f.SetCellValue("Sheet1", "E2", day.Add(13*time.Hour+30*time.Minute))
	})
	b = replaceInZip(t, b, "xl/worksheets/sheet1.xml", ` t="str"><f>B2*1.1</f>`, "><f>B2*1.1</f><v>1320.0000000000002</v>")
	want := Table{
		Header:   []string{"番号", "単価", "税込", "日付", "時刻", "率"},
		Rows:     [][]string{{"007", "1200", "1320", "2026-11-22", "2026-11-22 13:30:00", "0.3"}},
		Lines:    []int{2},
		Formulas: []Place{{Row: 0, Column: 2}},
	}
	if diff := cmp.Diff(want, mustRead(t, "a.xlsx", b)); diff != "" {
		t.Error(diff)
	}
}

// replaceInZip changes one part of an archive.
func replaceInZip(t *testing.T, b []byte, part, from, to string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(in); err != nil {
			t.Fatal(err)
		}
		text := content.String()
		if f.Name == part {
			if !strings.Contains(text, from) {
				t.Fatalf("%s does not hold %s: %s", part, from, text)
			}
			text = strings.Replace(text, from, to, 1)
		}
		entry, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestReadXLSXPassesOverBlankAndHiddenSheets(t *testing.T) {
	b := workbook(t, nil, func(f *excelize.File) {
		for _, name := range []string{"隠し", "本体"} {
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
			_ = f.SetSheetRow(name, "B3", &[]any{"名前", "数"})
			_ = f.SetSheetRow(name, "B5", &[]any{name, 1})
		}
		_ = f.SetSheetVisible("隠し", false)
	})
	want := Table{Header: []string{"名前", "数"}, Rows: [][]string{{"本体", "1"}}, Lines: []int{5}}
	if diff := cmp.Diff(want, mustRead(t, "a.xlsx", b)); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	zeros := bytes.Repeat([]byte("0"), 64<<20)
	wide := strings.Repeat("a,", MaxColumns+1)
	for name, c := range map[string]struct {
		file string
		data []byte
		key  string
	}{
		"an empty file":           {"a.csv", nil, "sheet.empty"},
		"a byte order mark":       {"a.csv", []byte("\ufeff\r\n"), "sheet.empty"},
		"only separators":         {"a.csv", []byte(",,,\n,,,\n"), "sheet.empty"},
		"an empty workbook":       {"a.xlsx", workbook(t, nil, nil), "sheet.empty"},
		"a picture":               {"a.csv", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "sheet.not_table"},
		"a program":               {"a.csv", []byte("\x7fELF\x01\x02\x03"), "sheet.not_table"},
		"an old .xls":             {"a.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "sheet.old_excel"},
		"bytes of no encoding":    {"a.csv", []byte("a,b\n\xff\xff,\xa0\xfd\n"), "sheet.unreadable"},
		"half a workbook":         {"a.xlsx", workbook(t, [][]any{{"a"}}, nil)[:600], "sheet.unreadable"},
		"text called .xlsx":       {"a.xlsx", []byte("a,b\n1,2\n"), "sheet.unreadable"},
		"a ZIP of something else": {"a.xlsx", zipOf(t, "word/document.xml", []byte("<a/>")), "sheet.unreadable"},
		"a ZIP bomb":              {"a.xlsx", zipOf(t, "xl/worksheets/sheet1.xml", zeros), "sheet.too_big"},
		"a huge CSV":              {"a.csv", bytes.Repeat([]byte("a,b\n"), MaxRows+2), "sheet.too_big"},
		"a CSV of too many bytes": {"a.csv", bytes.Repeat([]byte("a"), MaxBytes+1), "sheet.too_big"},
		"a CSV too wide":          {"a.csv", []byte(wide + "\n" + wide), "sheet.too_big"},
		"a cell too long":         {"a.csv", []byte("a,b\n1," + strings.Repeat("x", MaxCell+1)), "sheet.too_big"},
		"a cell far to the right": {"a.xlsx", workbook(t, [][]any{{"a", "b"}}, func(f *excelize.File) { _ = f.SetCellValue("Sheet1", "XFD2", 1) }), "sheet.too_big"},
		"no heading":              {"a.csv", []byte("1,2,3\n4,5,6\n"), "sheet.no_header"},
		"a column without one":    {"a.csv", []byte("a,,c\n1,2,3\n"), "sheet.no_header"},
		"a row beyond them":       {"a.csv", []byte("a,b\n1,2,3\n"), "sheet.no_header"},
		"a heading twice":         {"a.csv", []byte("単価, 単 価\n1,2\n"), "sheet.header_twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(c.file, c.data)
			var p *problem.Problem
			if !errors.As(err, &p) || p.Key != c.key {
				t.Errorf("got %v, want %s", err, c.key)
			}
		})
	}
}

func zipOf(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Many small elements fit into few bytes, and would each become a large value.
func TestReadRefusesMillionsOfSmallCells(t *testing.T) {
	b := workbook(t, [][]any{{"a"}}, nil)
	b = replaceInZip(t, b, "xl/worksheets/sheet1.xml", "<sheetData>", "<sheetData>"+strings.Repeat("<c/>", maxElements))
	if _, err := Read("a.xlsx", b); !strings.Contains(fmt.Sprint(err), "sheet.too_big") {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	shiftJIS, _ := japanese.ShiftJIS.NewEncoder().String(ledger)
	f.Add("a.csv", []byte(ledger))
	f.Add("a.csv", []byte(shiftJIS))
	f.Add("a.csv", []byte("\xff\xfea\x00,\x00b\x00"))
	f.Add("a.csv", []byte("\"a\",\"b\n\"\"c"))
	var x bytes.Buffer
	_ = WriteXLSX(&x, "s", []string{"a", "b"}, func(yield func([]any) bool) { yield([]any{1, time.Unix(0, 0)}) })
	f.Add("a.xlsx", x.Bytes())
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		table, err := Read(name, b)
		if err != nil {
			if problem.Of(err) == nil {
				t.Errorf("an error that is no problem: %v", err)
			}
			return
		}
		for _, row := range table.Rows {
			if len(row) != len(table.Header) {
				t.Errorf("a row of %d cells under %d headings", len(row), len(table.Header))
			}
		}
		if len(table.Lines) != len(table.Rows) {
			t.Errorf("%d lines for %d rows", len(table.Lines), len(table.Rows))
		}
	})
}
