package pdf

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"tenarai/internal/certificate"
	"tenarai/internal/problem"
)

var hardNames = map[string]string{
	"beyond 16 bits":            "𠮷田 由美",
	"beyond 16 bits in BIZ":     "𩸽 三郎",
	"another form by code":      "髙﨑 健二",
	"another form by selector":  "辻󠄀 一郎",
	"a selector in the middle":  "葛󠄀城 榊󠄀",
	"a compatibility ideograph": "神\ufa19 福\ufa1b",
	"half-width kana":           "ﾀｶﾊｼ ｶﾞｸ",
	"combining dakuten":         "か\u3099く ハ\u309aン",
	"combining accents":         "Jose\u0301 Nun\u0303ez",
	"Latin accents":             "Łukasz Żółć-Müller Ångström",
	"Vietnamese":                "Nguyễn Thị Hồng Ngọc",
	"mixed":                     "田中 𠮷 O'Neill-(Jr.) \\ 三世",
	"54 characters":             strings.Repeat("髙橋𠮷田ー", 11)[:len("髙橋𠮷田ー")*10] + "由美子さ",
	"54 letters":                "Wolfeschlegelsteinhausenbergerdorff Maria-Josefa Weber",
	"Polish":                    "Zażółć Gęślą",
	"Turkish":                   "İğdır Şule",
	"Icelandic":                 "Þór Æsir Ðóra",
	"Maltese, Latvian, Czech":   "Ħamrun Ķēniņš Dvořák",
	"Hawaiian":                  "Keʻala",
	"Vietnamese, taken apart":   "Vie\u0302\u0323t",
	"long vowels":               "Ōno Yūki",
	"Greek":                     "Αλέξανδρος Παπαδόπουλος",
	"Cyrillic":                  "Наталья Ёлкина",
	"a typographer's quote":     "O’Brien",
	"full-width letters":        "ＡＢＣ太郎",
	"kana with a point":         "ジャン・ポール",
	"repetition and small ke":   "佐々木 ヶ江",
	"rare kana":                 "ゔ ヸ 〆子",
	"family registers":          "㐂栁曻槗邉﨟",
	"more beyond 16 bits":       "𠀋𡈽 𩸽",
	"a standard selector":       "塚\ufe00 一",
	"one character":             "葵",
}

func TestNamesAreExtractedExactly(t *testing.T) {
	p := newPrinter(t)
	for what, name := range hardNames {
		t.Run(what, func(t *testing.T) {
			if bad := p.Unprintable(name); len(bad) > 0 {
				t.Fatalf("unprintable: %q", bad)
			}
			d := printed(t, sample(name))
			want := norm.NFC.String(name)
			if strings.ContainsFunc(name, isCompatibilityIdeograph) {
				want = name
			}
			if lines := textOf(t, d, "1"); !slices.Contains(lines, want+" 殿") {
				t.Errorf("no line is %q in\n%s", want, strings.Join(lines[:min(8, len(lines))], "\n"))
			}
			if lines := textOf(t, d, "2"); !slices.Contains(lines, want) {
				t.Errorf("no line is %q in\n%s", want, strings.Join(lines[:min(8, len(lines))], "\n"))
			}
		})
	}
}

func TestUnprintableNamesTheCharacters(t *testing.T) {
	p := newPrinter(t)
	for what, c := range map[string]struct {
		name string
		bad  []string
	}{
		"Hangul":               {"김 由美 한", []string{"김", "한"}},
		"emoji":                {"由美😀", []string{"😀"}},
		"emoji by selector":    {"由美❤\ufe0f", []string{"❤\ufe0f"}},
		"emoji joined":         {"👩\u200d🌾", []string{"👩", "U+200D", "🌾"}},
		"Hebrew":               {"שלום", []string{"ש", "ל", "ו", "ם"}},
		"Arabic":               {"سلام", []string{"س", "ل", "ا", "م"}},
		"Thai":                 {"ก", []string{"ก"}},
		"Devanagari":           {"क्", []string{"क", "U+094D"}},
		"Georgian":             {"ქა", []string{"ქ", "ა"}},
		"simplified Chinese":   {"张 由美 习", []string{"张", "习"}},
		"old kana":             {"𛀁", []string{"𛀁"}},
		"a flag":               {"🇯🇵", []string{"🇯", "🇵"}},
		"tag characters":       {"由\U000e0041美", []string{"U+E0041"}},
		"an isolate":           {"由\u2066美\u2069", []string{"U+2066", "U+2069"}},
		"a non-joiner":         {"由\u200c美", []string{"U+200C"}},
		"a lone surrogate":     {"由\xed\xa0\x80美", []string{"U+FFFD"}},
		"cut short":            {"由\xe7\xbe", []string{"U+FFFD"}},
		"NUL":                  {"由\x00美", []string{"U+0000"}},
		"line end":             {"由美\n殿", []string{"U+000A"}},
		"line separator":       {"由美\u2028殿", []string{"U+2028"}},
		"tab, once":            {"\t由美\t", []string{"U+0009"}},
		"DEL":                  {"\x7f", []string{"U+007F"}},
		"right-to-left mark":   {"由美\u202e殿", []string{"U+202E"}},
		"zero-width space":     {"由\u200b美", []string{"U+200B"}},
		"byte order mark":      {"\ufeff由美", []string{"U+FEFF"}},
		"soft hyphen":          {"由\u00ad美", []string{"U+00AD"}},
		"private use":          {"由\ue000美", []string{"U+E000"}},
		"not UTF-8":            {"由\xff美", []string{"U+FFFD"}},
		"a mark without base":  {"\u3099", []string{"U+3099"}},
		"a mark on the wrong":  {"京\u0301", []string{"U+0301"}},
		"a selector alone":     {"\U000e0100", []string{"U+E0100"}},
		"an unknown selection": {"京\U000e01ef", []string{"京\U000e01ef"}},
		"not a character":      {"\U0010ffff", []string{"U+10FFFF"}},
		"spaces are fine":      {"佐藤 葵　\u00a0", nil},
		"nothing is fine":      {"", nil},
	} {
		t.Run(what, func(t *testing.T) {
			if got := p.Unprintable(c.name); !slices.Equal(got, c.bad) {
				t.Errorf("got %q, want %q", got, c.bad)
			}
			if len(c.bad) > 0 {
				if _, err := p.Certificate(certificate.Sheet{Certificate: sample(c.name), Address: verifyURL}); !problem.Is(err, problem.Invalid) {
					t.Errorf("printed nevertheless: %v", err)
				}
			}
		})
	}
}

func FuzzName(f *testing.F) {
	for _, name := range hardNames {
		f.Add(name)
	}
	f.Add("由\xff\u202e美\U0010ffff")
	p := newPrinter(f)
	f.Fuzz(func(t *testing.T, name string) {
		s := plain(sample(name), certificate.Templates[len(name)%len(certificate.Templates)], len(name)%2 == 1)
		s.Snapshot.Kana, s.Snapshot.Latin, s.Snapshot.Design.Signer = name, name, name
		_, err := p.Certificate(s)
		bad := p.Unprintable(name)
		if wrong := name == "" || len(bad) > 0; (err != nil) != wrong {
			t.Errorf("%q: unprintable %q, but printing says %v", name, bad, err)
		}
	})
}
