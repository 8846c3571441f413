package sheet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tenarai/internal/problem"
)

var answer = Table{
	Header: []string{"商品番号", "品名", "単価", "入荷日"},
	Rows: [][]string{
		{"A-001", "川連椀", "1200", "2026-11-22"},
		{"A-002", "サイダー 3本", "850.5", "2026-01-02"},
		{"A-003", "味噌", "-5", ""},
		{"007", "酒〜純米−", "0", "未定"},
	},
}

func compare(t *testing.T, given Table) Difference {
	t.Helper()
	d, err := Compare(answer, given, "商品番号")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// changed is the answer after a change of a deep copy of it.
func changed(change func(*Table)) Table {
	t := Table{Header: slices.Clone(answer.Header)}
	for _, r := range answer.Rows {
		t.Rows = append(t.Rows, slices.Clone(r))
	}
	change(&t)
	return t
}

func TestCompareFindsNoDifference(t *testing.T) {
	for name, change := range map[string]func(*Table){
		"the same": func(*Table) {},
		"full-width digits": func(t *Table) {
			t.Rows[0][2], t.Rows[0][0], t.Rows[0][3] = "１２００", "Ａ－００１", "２０２６－１１－２２"
		},
		"half-width kana": func(t *Table) { t.Rows[1][1] = "ｻｲﾀﾞｰ　３本 " },
		"moved columns": func(t *Table) {
			t.Header = []string{"入荷日", "単　価", "品名", " 商品番号"}
			for i := range t.Rows {
				slices.Reverse(t.Rows[i])
			}
		},
		"reordered rows":      func(t *Table) { slices.Reverse(t.Rows) },
		"thousands and zeros": func(t *Table) { t.Rows[0][2], t.Rows[1][2], t.Rows[3][2] = "1,200.0", "+850.50", "-0" },
		"rewritten dates":     func(t *Table) { t.Rows[0][3], t.Rows[1][3] = "2026/11/22", "2026年1月2日" },
		"Shift_JIS's tildes":  func(t *Table) { t.Rows[3][1] = "酒～純米－" },
		"an extra column": func(t *Table) {
			t.Header = append(t.Header, "備考")
			t.Rows[0] = append(t.Rows[0], "よし")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := compare(t, changed(change))
			if d.WrongCells != 0 || d.Missing.Count+d.Extra.Count+d.Duplicates.Count != 0 || !d.Passes(0) || d.Expected != 12 {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestCompareFindsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Table)
		wrong  []WrongCell
		cells  int
	}{
		"one digit":         {func(t *Table) { t.Rows[0][2] = "1201" }, []WrongCell{{"A-001", "単価", "1201", "1200"}}, 1},
		"an empty cell":     {func(t *Table) { t.Rows[0][2] = "" }, []WrongCell{{"A-001", "単価", "", "1200"}}, 1},
		"a filled one":      {func(t *Table) { t.Rows[2][3] = "0" }, []WrongCell{{"A-003", "入荷日", "0", ""}}, 1},
		"a wrong thousand":  {func(t *Table) { t.Rows[0][2] = "12,00" }, []WrongCell{{"A-001", "単価", "12,00", "1200"}}, 1},
		"a currency sign":   {func(t *Table) { t.Rows[0][2] = "¥1200" }, []WrongCell{{"A-001", "単価", "¥1200", "1200"}}, 1},
		"no such day":       {func(t *Table) { t.Rows[0][3] = "2026/13/22" }, []WrongCell{{"A-001", "入荷日", "2026/13/22", "2026-11-22"}}, 1},
		"a day and a month": {func(t *Table) { t.Rows[1][3] = "2026/2/1" }, []WrongCell{{"A-002", "入荷日", "2026/2/1", "2026-01-02"}}, 1},
		"a missing sign":    {func(t *Table) { t.Rows[2][2] = "5" }, []WrongCell{{"A-003", "単価", "5", "-5"}}, 1},
		"a missing column": {func(t *Table) {
			t.Header[2] = "値段"
		}, nil, 4},
		"in the answer's order": {func(t *Table) {
			t.Rows[3][3], t.Rows[0][1] = "x", "y"
			slices.Reverse(t.Rows)
		}, []WrongCell{{"A-001", "品名", "y", "川連椀"}, {"007", "入荷日", "x", "未定"}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := compare(t, changed(c.change))
			if diff := cmp.Diff(c.wrong, d.Wrong); diff != "" || d.WrongCells != c.cells {
				t.Errorf("%d wrong cells; %s", d.WrongCells, diff)
			}
			if want := (c.cells*1000 + 11) / 12; d.WrongPermille != want || d.Passes(want-1) || !d.Passes(want) {
				t.Errorf("%d ‰, want %d", d.WrongPermille, want)
			}
		})
	}
}

func TestCompareCountsRows(t *testing.T) {
	d := compare(t, changed(func(t *Table) {
		t.Rows = append(t.Rows[1:], []string{"A-002", "二度", "1", ""}, []string{"", "合計", "1", ""}, []string{"7", "零を失った番号", "", ""})
		t.Rows = slices.DeleteFunc(t.Rows, func(r []string) bool { return r[0] == "007" })
	}))
	want := Difference{
		Expected: 12, WrongCells: 6, WrongPermille: 500,
		Missing: Keys{2, []string{"A-001", "007"}}, Extra: Keys{2, []string{"", "7"}}, Duplicates: Keys{1, []string{"A-002"}},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	if d.Passes(1000) {
		t.Error("rows too many passed")
	}
}

func TestCompareOneWrongCellInAThousandRoundsUp(t *testing.T) {
	big := Table{Header: []string{"k", "v"}}
	for i := range 1001 {
		big.Rows = append(big.Rows, []string{fmt.Sprint(i), "x"})
	}
	given := Table{Header: big.Header, Rows: slices.Clone(big.Rows)}
	given.Rows[5] = []string{"5", "y"}
	d, err := Compare(big, given, "k")
	if err != nil || d.WrongPermille != 1 || d.Passes(0) {
		t.Errorf("%+v, %v", d.WrongPermille, err)
	}
}

func TestCompareKeepsItsListsShort(t *testing.T) {
	big := Table{Header: []string{"k", "v"}}
	for i := range MaxListed + 7 {
		big.Rows = append(big.Rows, []string{fmt.Sprint(i), "x"})
	}
	given := Table{Header: big.Header}
	for i := range big.Rows {
		given.Rows = append(given.Rows, []string{fmt.Sprint(i), "y"}, []string{fmt.Sprint("more", i), "x"})
	}
	d, err := Compare(big, given, "k")
	if err != nil || len(d.Wrong) != MaxListed || d.WrongCells != MaxListed+7 || len(d.Extra.First) != MaxListed || d.Extra.Count != MaxListed+7 {
		t.Errorf("%d of %d, %d of %d, %v", len(d.Wrong), d.WrongCells, len(d.Extra.First), d.Extra.Count, err)
	}
}

func TestCompareRefusesATableWithoutTheKey(t *testing.T) {
	if _, err := Compare(answer, Table{Header: []string{"品名"}}, "商品番号"); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
	if _, err := Compare(answer, answer, "番号"); err == nil || problem.Of(err) != nil {
		t.Errorf("a wrong answer file is our mistake, not the trainee's: %v", err)
	}
	twice := changed(func(t *Table) { t.Rows[1][0] = "Ａ-001" })
	if _, err := Compare(twice, answer, "商品番号"); err == nil || problem.Of(err) != nil {
		t.Errorf("an answer with a key twice: %v", err)
	}
}

func TestDifferenceSurvivesJSON(t *testing.T) {
	d := compare(t, changed(func(t *Table) { t.Rows[0][1] = "=1+1"; t.Rows = t.Rows[:2] }))
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Difference
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Error(diff)
	}
}

// anyTable draws a table with different headings and keys.
func anyTable(t *rapid.T) Table {
	width := rapid.IntRange(1, 5).Draw(t, "width")
	table := Table{}
	for i := range width {
		table.Header = append(table.Header, fmt.Sprintf("h%d", i))
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "rows") {
		row := []string{fmt.Sprintf("k%d", i)}
		for range width - 1 {
			row = append(row, rapid.String().Draw(t, "cell"))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func TestATableDoesNotDifferFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		moved := Table{Header: table.Header, Rows: rapid.Permutation(table.Rows).Draw(t, "moved")}
		for _, given := range []Table{table, moved} {
			d, err := Compare(table, given, "h0")
			if err != nil || d.WrongCells != 0 || d.Missing.Count+d.Extra.Count+d.Duplicates.Count != 0 || !d.Passes(0) {
				t.Fatalf("%+v, %v", d, err)
			}
		}
	})
}

func TestEveryChangedCellIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		if len(table.Rows) == 0 || len(table.Header) == 1 {
			t.Skip("nothing to change")
		}
		row, column := rapid.IntRange(0, len(table.Rows)-1).Draw(t, "row"), rapid.IntRange(1, len(table.Header)-1).Draw(t, "column")
		given := Table{Header: table.Header, Rows: slices.Clone(table.Rows)}
		given.Rows[row] = slices.Clone(given.Rows[row])
		given.Rows[row][column] += "違"
		d, err := Compare(table, given, "h0")
		if err != nil || d.WrongCells != 1 || d.Wrong[0].Row != table.Rows[row][0] || d.Wrong[0].Column != table.Header[column] {
			t.Fatalf("%+v, %v", d, err)
		}
	})
}

func TestCanonicalIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[+-]?[0-9,]{1,9}(\.[0-9]{0,4})?`)).Draw(t, "s")
		once := canonical(s)
		if twice := canonical(once); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
		if strings.TrimSpace(once) != once {
			t.Fatalf("%q", once)
		}
	})
}
