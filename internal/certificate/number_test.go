package certificate

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tenarai/internal/problem"
)

func anyNumber(t *rapid.T) Number {
	return NewNumber(rapid.SliceOfN(rapid.Byte(), randomBytes, randomBytes).Draw(t, "random"))
}

func bare(n Number) []byte { return []byte(strings.ReplaceAll(string(n), "-", "")) }

func TestNumberHasTheFormOnPaper(t *testing.T) {
	form := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]$`)
	rapid.Check(t, func(t *rapid.T) {
		if n := anyNumber(t); !form.MatchString(string(n)) {
			t.Fatalf("%q", n)
		}
	})
}

// Printed codes are for ever: this value may never change.
func TestNumberIsForEver(t *testing.T) {
	if got := NewNumber([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 255}); got != "000G-40R4-0M30-E27Z-7" {
		t.Errorf("got %s", got)
	}
	if zero := NewNumber(make([]byte, randomBytes)); zero != "0000-0000-0000-0000-0" {
		t.Errorf("zero is %s", zero)
	}
}

func TestNumberKeepsAllBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), randomBytes, randomBytes).Draw(t, "a")
		b := append([]byte(nil), a...)
		b[rapid.IntRange(0, randomBytes-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if NewNumber(a) == NewNumber(b) {
			t.Fatal("two random values made one number")
		}
	})
}

func TestParseNumberForgives(t *testing.T) {
	wide := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r <= '~' {
				return r + '！' - '!'
			}
			return r
		}, s)
	}
	ways := map[string]func(string) string{
		"as printed":    func(s string) string { return s },
		"lower case":    strings.ToLower,
		"no hyphens":    func(s string) string { return strings.ReplaceAll(s, "-", "") },
		"spaces":        func(s string) string { return "  " + strings.ReplaceAll(s, "-", "　") + "\n" },
		"o for 0":       func(s string) string { return strings.ReplaceAll(s, "0", "o") },
		"O for 0":       func(s string) string { return strings.ReplaceAll(s, "0", "O") },
		"i for 1":       func(s string) string { return strings.ReplaceAll(s, "1", "i") },
		"L for 1":       func(s string) string { return strings.ReplaceAll(s, "1", "L") },
		"full-width":    wide,
		"choonpu":       func(s string) string { return strings.ReplaceAll(s, "-", "ー") },
		"wide and low":  func(s string) string { return wide(strings.ToLower(s)) },
		"odd hyphens":   func(s string) string { return strings.ReplaceAll(s, "-", "−") },
		"one long rule": func(s string) string { return strings.ReplaceAll(s, "-", "—") },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := anyNumber(t)
				if got, err := ParseNumber(way(string(n))); err != nil || got != n {
					t.Fatalf("%q: got %q, %v", way(string(n)), got, err)
				}
			})
		})
	}
}

func TestParseNumberFindsEverySingleError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		right := bare(anyNumber(t))
		for at := range right {
			for _, wrong := range []byte(symbols) {
				if wrong == right[at] {
					continue
				}
				typed := append([]byte(nil), right...)
				typed[at] = wrong
				if n, err := ParseNumber(string(typed)); err == nil {
					t.Fatalf("%s with one wrong character passed as %s", right, n)
				}
			}
		}
	})
}

func TestParseNumberFindsEveryExchange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		right := bare(anyNumber(t))
		for i := range right {
			for j := i + 1; j < len(right); j++ {
				if right[i] == right[j] {
					continue
				}
				typed := append([]byte(nil), right...)
				typed[i], typed[j] = typed[j], typed[i]
				if n, err := ParseNumber(string(typed)); err == nil {
					t.Fatalf("%s with two characters exchanged passed as %s", right, n)
				}
			}
		}
	})
}

func TestParseNumberRefuses(t *testing.T) {
	good := string(NewNumber([]byte("0123456789")))
	for _, s := range []string{"", "-", good[:len(good)-1], good + "0", "U" + good[1:], "?" + good[1:], "髙" + good[1:], good + good, strings.Repeat("0", 1<<16), "\xff" + good} {
		_, err := ParseNumber(s)
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("%.40q: %v", s, err)
		}
	}
}

func TestNewNumberWantsTenBytes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("nine bytes were taken")
		}
	}()
	NewNumber(make([]byte, randomBytes-1))
}

func FuzzParseNumber(f *testing.F) {
	f.Add("0000-0000-0000-0000-0")
	f.Add("０ー１")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := ParseNumber(string(n)); err != nil || again != n {
			t.Errorf("%q became %q, then %q (%v)", s, n, again, err)
		}
	})
}
