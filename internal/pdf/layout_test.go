package pdf

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/certificate"
)

func oneWide(unit) float64 { return 1 }

func broken(s string, limit float64) []string { return linesOf(s, limit, measured.wrap) }

func evenly(s string, limit float64) []string { return linesOf(s, limit, measured.evened) }

func linesOf(s string, limit float64, lines breaking) []string {
	var out []string
	m := measure(units(s), oneWide)
	for _, l := range m.lines(lines(m, limit)) {
		var b strings.Builder
		for _, u := range l {
			b.WriteString(u.String())
		}
		out = append(out, b.String())
	}
	return out
}

func TestWrapKeepsKinsoku(t *testing.T) {
	for s, want := range map[string][]string{
		"あいうえお。かきく":    {"あいうえ", "お。かきく"},
		"あいうえ「お」かき":    {"あいうえ", "「お」かき"},
		"あいうえおーかきく":    {"あいうえ", "おーかきく"},
		"あいうえおゃゅょか":    {"あいうえ", "おゃゅょか"},
		"as it is":     {"as it", "is"},
		"abcdefgh":     {"abcde", "fgh"},
		"納品 OK です":     {"納品 OK", "です"},
		"辻󠄀辻󠄀辻󠄀辻󠄀辻󠄀辻󠄀": {"辻󠄀辻󠄀辻󠄀辻󠄀辻󠄀", "辻󠄀"},
		"100%です":       {"100%で", "す"},
		"。。。。。。。":      {"。。。。。", "。。"},
		"":             nil,
		"   ":          nil,
	} {
		if got := broken(s, 5); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

// Lines end where a phrase does, if that takes no more of them, and leave no character alone.
func TestEvenedReadsWell(t *testing.T) {
	for s, want := range map[string][]string{
		"作業時間をもとに請求書を作れる":              {"作業時間をもとに", "請求書を作れる"},
		"預かった資料を決まりどおりに置き、送り、消す":       {"預かった資料を決まりどおりに", "置き、送り、消す"},
		"お客様の言葉をそのままチラシの見出しに使える":       {"お客様の言葉をそのまま", "チラシの見出しに使える"},
		"Find what an order lacks":     {"Find what an", "order lacks"},
		"預かった資料と個人情報を、決められた範囲で扱える":     {"預かった資料と個人情報を、", "決められた範囲で扱える"},
		"辻 Abcdefghijklmnopqrstuvwxyz": {"辻", "Abcdefghijklmn", "opqrstuvwxyz"},
		"短い文":                          {"短い文"},
		"":                             nil,
	} {
		if got := evenly(s, 14); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestEvenedTakesNoMoreLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("あー。、「」ゃ漢字カナab 12-/𠮷　"))).Draw(t, "text")
		limit := float64(rapid.IntRange(1, 12).Draw(t, "limit"))
		lines, plain := evenly(s, limit), broken(s, limit)
		if len(lines) != len(plain) || squeezed(strings.Join(lines, "")) != squeezed(s) {
			t.Fatalf("%q became %q, where %q would do", s, lines, plain)
		}
	})
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("あー。、「」ゃ漢字ab 12-/𠮷　"))).Draw(t, "text")
		limit := float64(rapid.IntRange(1, 12).Draw(t, "limit"))
		lines := broken(s, limit)
		if got := strings.Join(lines, ""); squeezed(got) != squeezed(s) {
			t.Fatalf("%q became %q", s, lines)
		}
		for _, l := range lines {
			if len(units(l)) > int(limit) {
				t.Fatalf("%q is wider than %v", l, limit)
			}
		}
	})
}

func TestTheBodyStaysInItsArea(t *testing.T) {
	p := newPrinter(t)
	for _, at := range layouts {
		for _, w := range []words{japanese, english} {
			c := newCanvas(p.typeface, issued, at.portrait)
			a := at.body(c.wide)
			columns, err := c.body(long("葵").Snapshot, w, a, at.columns)
			if err != nil {
				t.Fatal(err)
			}
			wide := a.widthOf(len(columns))
			smallest := 100.0
			for _, column := range columns {
				for _, p := range column.lines {
					if p.y > a.height() || p.x+c.width(p.text, p.font) > wide+0.01 {
						t.Errorf("%s%v %s: a line ends at %.1f, %.1f", at.template, at.portrait, w.lang, p.x+c.width(p.text, p.font), p.y)
					}
					if len(p.text) > 0 {
						smallest = min(smallest, p.font.size)
					}
				}
			}
			if smallest < 3.8 {
				t.Errorf("%s%v %s: letters of %.1f points", at.template, at.portrait, w.lang, smallest)
			}
		}
	}
}

func TestDates(t *testing.T) {
	for at, want := range map[time.Time][2]string{
		issued:                                   {"令和8年11月22日", "22 November 2026"},
		time.Date(2019, 5, 1, 0, 0, 0, 0, tokyo): {"令和元年5月1日", "1 May 2019"},
		time.Date(2019, 4, 30, 23, 59, 59, 0, tokyo):           {"平成31年4月30日", "30 April 2019"},
		time.Date(2026, 11, 22, 14, 59, 59, 0, time.UTC):       {"令和8年11月22日", "22 November 2026"},
		time.Date(2027, 12, 31, 15, 0, 0, 0, time.UTC).Local(): {"令和10年1月1日", "1 January 2028"},
	} {
		if got := [2]string{japanese.date(at), english.date(at)}; got != want {
			t.Errorf("%v: got %q, want %q", at, got, want)
		}
	}
}

func TestHoursAndOrdinals(t *testing.T) {
	for minutes, want := range map[int][2]string{0: {"", ""}, 45: {"45分", "45 min"}, 60: {"1時間", "1 hour"}, 725: {"12時間5分", "12 hours 5 min"}} {
		if got := [2]string{japanese.hours(minutes), english.hours(minutes)}; got != want {
			t.Errorf("%d: got %q, want %q", minutes, got, want)
		}
	}
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 112: "112th"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

// No other way to break a text into as few lines would disturb less.
func TestEvenedIsTheBestWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := units(strings.TrimSpace(rapid.StringOfN(rapid.SampledFrom([]rune("あー、「漢字カab ")), 0, 11, -1).Draw(t, "text")))
		limit := float64(rapid.IntRange(2, 6).Draw(t, "limit"))
		m := measure(text, oneWide)
		fewest := len(m.wrap(limit))
		cost := func(lines []span) int {
			sum := 0
			for _, l := range lines {
				sum += m.harm(l, m.widthOf(l)/limit)
			}
			return sum
		}
		least := -1
		var try func(from int, lines []span)
		try = func(from int, lines []span) {
			if from == len(text) && len(lines) == fewest {
				if c := cost(lines); least < 0 || c < least {
					least = c
				}
			}
			for to := from + 1; to <= len(text) && len(lines) < fewest; to++ {
				if line := m.trimmed(from, to); (to == len(text) || m.breaks[to]) && m.widthOf(line) <= limit {
					try(to, append(slices.Clone(lines), line))
				}
			}
		}
		try(0, nil)
		got := m.evened(limit)
		if fewest > 1 && least >= 0 && cost(got) != least {
			t.Fatalf("%q: %v costs %d, the best way %d", m.lines(got), got, cost(got), least)
		}
	})
}

// What would be too small to be read is told in brief; what can be read is told whole.
func TestTooMuchIsToldInBrief(t *testing.T) {
	p := newPrinter(t)
	at := layoutOf(certificate.Design{Template: certificate.Formal})
	for name, c := range map[string]struct {
		is    certificate.Certificate
		brief bool
	}{"ordinary": {sample("葵"), false}, "longest": {long("葵"), true}} {
		canvas := newCanvas(p.typeface, issued, at.portrait)
		columns, err := canvas.body(c.is.Snapshot, english, at.body(canvas.wide), at.columns)
		if err != nil {
			t.Fatal(err)
		}
		told := ""
		for _, column := range columns {
			for _, line := range column.lines {
				for _, u := range line.text {
					told += u.String()
				}
			}
		}
		if means := c.is.Snapshot.Skills[0].Descriptor.In("en"); strings.Contains(squeezed(told), squeezed(means)) == c.brief {
			t.Errorf("%s: %s", name, told)
		}
	}
}
