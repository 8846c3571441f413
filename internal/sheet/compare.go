package sheet

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"tenarai/internal/problem"
)

// MaxListed is how many entries each list of a Difference holds at most; the counts go on.
const MaxListed = 500

// Difference is how a given table differs from the answer. It holds what was wanted beside what was given; who may see that
// is for the page to decide.
type Difference struct {
	Expected       int         `json:"expected"`        // cells of the answer, without its key column
	WrongCells     int         `json:"wrong_cells"`     // of the expected ones, those of missing rows and columns included
	WrongPermille  int         `json:"wrong_permille"`  // WrongCells ÷ Expected in thousandths, rounded up
	Wrong          []WrongCell `json:"wrong,omitempty"` // cells that were given, but wrongly, in the answer's order
	MissingColumns []string    `json:"missing_columns,omitempty"`
	ExtraColumns   []string    `json:"extra_columns,omitempty"`
	Missing        Keys        `json:"missing_rows"`   // rows of the answer that were not given
	Extra          Keys        `json:"extra_rows"`     // rows given that the answer does not have, or that have no key
	Duplicates     Keys        `json:"duplicate_keys"` // rows given after the first with their key; the first one counts
	Formulas       int         `json:"formulas"`       // cells that held a formula; their values were compared
}

// WrongCell is one cell that differs.
type WrongCell struct {
	Row    string `json:"row"`    // the row's key, as the answer writes it
	Column string `json:"column"` // the heading, as the answer writes it
	Got    string `json:"got"`
	Want   string `json:"want"`
}

// Keys are the keys of some rows: how many there are, and the first of them.
type Keys struct {
	Count int      `json:"count"`
	First []string `json:"first,omitempty"`
}

func (k *Keys) add(key string) {
	k.Count++
	if k.Count <= MaxListed {
		k.First = append(k.First, shorten(key))
	}
}

// Passes tells whether the given table is good enough: no more wrong cells than permille thousandths of the expected ones,
// and no row too many. (Rows too many are no part of the rate, which would let two lists pass that were joined but never
// cleaned.)
func (d Difference) Passes(permille int) bool {
	return d.WrongPermille <= permille && d.Extra.Count == 0 && d.Duplicates.Count == 0
}

// Compare compares a table cell by cell with the answer. Columns are found by their headings and rows by the key column, so
// both may stand in any order; extra columns do no harm. A missing row has all its cells wrong, and so has a missing column.
//
// Headings are equal after NFKC, without spaces, in any case. Cells are equal after these rules, and no others:
//   - NFKC: full-width letters and digits and half-width kana are what they mean; spaces at the ends go, spaces inside count
//     as one; and the characters that Shift_JIS and Unicode map to each other in two ways (〜～ −－ —― ‖∥) are the same;
//   - a number is its value: 1,200 = 1200 = 1200.0 = +1200, because spreadsheets write thousands, signs and zeros as they
//     like. Leading zeros stay: 007 is a code, and losing its zeros is a mistake;
//   - a date is its day: 2026/1/2 = 2026-01-02 = 2026年1月2日, because spreadsheets rewrite them.
//
// It fails with the problem sheet.no_key if the given table lacks the key column, and with an internal error if the answer
// lacks it or has a key twice.
func Compare(answer, given Table, key string) (Difference, error) {
	c, err := newComparison(answer, given, key)
	if err != nil {
		return Difference{}, err
	}
	found := make([]bool, len(answer.Rows))
	for _, row := range given.Rows {
		k := canonical(cell(row, c.givenKey))
		i, wanted := c.rowOf[k]
		switch {
		case !wanted || k == "":
			c.Extra.add(cell(row, c.givenKey))
		case found[i]:
			c.Duplicates.add(cell(row, c.givenKey))
		default:
			found[i] = true
			c.matched[i] = row
		}
	}
	for i, row := range answer.Rows {
		if found[i] {
			c.compareRow(row, c.matched[i])
			continue
		}
		c.Missing.add(cell(row, c.answerKey))
		c.WrongCells += c.perRow
	}
	if c.Expected > 0 {
		c.WrongPermille = (c.WrongCells*1000 + c.Expected - 1) / c.Expected
	}
	return c.Difference, nil
}

// comparison is a Difference in the making.
type comparison struct {
	Difference
	header              []string // of the answer
	answerKey, givenKey int
	columns             []int          // of each of the answer's columns, the given one; -1 if missing
	rowOf               map[string]int // of each key, the answer's row
	matched             [][]string     // of each of the answer's rows, the given one
	perRow              int            // cells of a row that count
}

func newComparison(answer, given Table, key string) (*comparison, error) {
	c := &comparison{header: answer.Header, answerKey: answer.Column(key), givenKey: given.Column(key), matched: make([][]string, len(answer.Rows))}
	if c.answerKey < 0 {
		return nil, fmt.Errorf("compare tables: the answer has no column %q", key)
	}
	if c.givenKey < 0 {
		return nil, problem.Refuse("sheet.no_key", problem.Args{"Key": key})
	}
	used := map[int]bool{}
	for _, h := range answer.Header {
		at := given.Column(h)
		c.columns, used[at] = append(c.columns, at), true
		if at < 0 {
			c.MissingColumns = append(c.MissingColumns, h)
		}
	}
	for i, h := range given.Header {
		if !used[i] {
			c.ExtraColumns = append(c.ExtraColumns, shorten(h))
		}
	}
	c.rowOf = make(map[string]int, len(answer.Rows))
	for i, row := range answer.Rows {
		k := canonical(cell(row, c.answerKey))
		if _, twice := c.rowOf[k]; twice || k == "" {
			return nil, fmt.Errorf("compare tables: the answer's key %q is empty or stands twice", k)
		}
		c.rowOf[k] = i
	}
	c.perRow = len(answer.Header) - 1
	c.Expected = c.perRow * len(answer.Rows)
	if c.perRow == 0 { // a list of nothing but keys: each row counts as one cell
		c.perRow, c.Expected = 1, len(answer.Rows)
	}
	c.Formulas = len(given.Formulas)
	return c, nil
}

func (c *comparison) compareRow(want, got []string) {
	for i, at := range c.columns {
		if i == c.answerKey {
			continue
		}
		w, g := cell(want, i), ""
		if at >= 0 {
			g = cell(got, at)
			if canonical(w) == canonical(g) {
				continue
			}
		}
		c.WrongCells++
		if at >= 0 && len(c.Wrong) < MaxListed {
			c.Wrong = append(c.Wrong, WrongCell{Row: cell(want, c.answerKey), Column: c.header[i], Got: shorten(g), Want: shorten(w)})
		}
	}
}

// cell is a cell of a row; one beyond its end is empty.
func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

func foldHeading(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), ""))
}

var (
	number  = regexp.MustCompile(`^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?$`)
	day     = regexp.MustCompile(`^(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)$`)
	twoWays = strings.NewReplacer("〜", "~", "−", "-", "—", "―", "‖", "∥")
)

// Meaning is what a cell means: two cells with one meaning are equal to Compare.
func Meaning(s string) string { return canonical(s) }

// canonical is what a cell means, by the rules of Compare.
func canonical(s string) string {
	s = twoWays.Replace(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
	if m := number.FindStringSubmatch(s); m != nil {
		return canonicalNumber(m[1], m[2], m[3])
	}
	if m := day.FindStringSubmatch(s); m != nil {
		if t, err := time.Parse("2006-1-2", m[1]+"-"+m[2]+m[4]+m[6]+"-"+m[3]+m[5]+m[7]); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return s
}

func canonicalNumber(sign, whole, decimals string) string {
	whole = strings.ReplaceAll(whole, ",", "")
	decimals = strings.TrimSuffix(strings.TrimRight(decimals, "0"), ".")
	if sign == "+" || strings.Trim(whole+decimals, "0.") == "" {
		sign = "" // there is no +5, and no −0
	}
	return sign + whole + decimals
}
