package i18n

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/problem"
)

func TestMistakesInWordFilesAreRefused(t *testing.T) {
	good := `"a.b" = "x"`
	for name, files := range map[string]map[string]string{
		"stands in another file": {"ja/a.toml": good, "ja/b.toml": good, "en/a.toml": good},
		"is empty":               {"ja/a.toml": `"a.b" = " "`, "en/a.toml": good},
		"neither one nor other":  {"ja/a.toml": `[a]` + "\n" + `b = "x"`, "en/a.toml": good},
		"belongs into":           {"ja/a.toml": `"c.b" = "x"`, "en/a.toml": good},
		"already been defined":   {"ja/a.toml": good + "\n" + good, "en/a.toml": good},
		"is not text":            {"ja/a.toml": `"a.b" = 1`, "en/a.toml": good},
		"no words for en":        {"ja/a.toml": good},
		"unclosed action":        {"ja/a.toml": `"a.b" = "{{.X"`, "en/a.toml": good},
	} {
		fsys := fstest.MapFS{}
		for path, text := range files {
			fsys["locales/"+path] = &fstest.MapFile{Data: []byte(text)}
		}
		b, err := read(fsys, nil)
		if err == nil && name == "unclosed action" { // go-i18n parses a sentence when it is first said
			err = said(b)
		}
		if err == nil || !strings.Contains(err.Error(), name) && name != "unclosed action" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func said(b *Book) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = problem.Refuse("said.badly")
		}
	}()
	b.In(Japanese).T("a.b")
	return nil
}

func TestMissingWords(t *testing.T) {
	var out bytes.Buffer
	b, err := Open(LogOnce(slog.New(slog.NewTextHandler(&out, nil))))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := b.In(Japanese).T("mentor.queue.no_such_word"); got != "no such word" {
			t.Errorf("got %q", got)
		}
	}
	b.In(English).T("common.person") // its value is not given
	if n := strings.Count(out.String(), "word missing"); n != 2 {
		t.Errorf("noted %d times, want once for each word:\n%s", n, &out)
	}
	defer func() {
		if recover() == nil {
			t.Error("without a missing function a missing word must panic")
		}
	}()
	book(t).In(Japanese).T("no.such.word")
}

func TestArguments(t *testing.T) {
	p := book(t).In(Japanese)
	if a, b := p.T("common.person", "Name", "佐藤"), p.T("common.person", problem.Args{"Name": "佐藤"}); a != "佐藤さん" || a != b {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestMatch(t *testing.T) {
	b := book(t)
	for header, want := range map[string]string{
		"": "ja", "en-US,en;q=0.9": "en", "ja": "ja", "fr": "ja", "fr, en;q=0.5": "en", "de;q=x,,": "ja", "en;q=0.3, ja": "ja",
	} {
		if got := b.Match(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
	if got := b.In("fr").Lang(); got != Japanese {
		t.Errorf("an unknown language speaks %s", got)
	}
}

func TestDates(t *testing.T) {
	ja, en := book(t).In(Japanese), book(t).In(English)
	now := time.Date(2026, 11, 22, 12, 4, 0, 0, time.UTC) // Sunday, 21:04 in Tokyo
	midnight := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{ja.Date(now), "2026年11月22日"},
		{en.Date(now), "22 November 2026"},
		{ja.DateShort(now), "11月22日"},
		{en.DateShort(now), "22 Nov"},
		{ja.Weekday(now), "11月22日（日）"},
		{en.Weekday(now), "Sun 22 Nov"},
		{ja.DateTime(now), "2026年11月22日 21:04"},
		{ja.Time(now), "21:04"},
		{ja.ISO(now), "2026-11-22T21:04:00+09:00"},
		{ja.Date(midnight), "2026年11月23日"}, // the day ends in Tokyo, not in Greenwich
		{ja.Date(time.Time{}), ""},
		{ja.Weekday(time.Time{}), ""},
		{ja.Day(time.Time{}, now), ""},
		{ja.Ago(time.Time{}, now), ""},
		{ja.Day(now, now), "きょう 21:04"},
		{ja.Day(midnight, now), "あす 00:00"},
		{en.Day(now.Add(-22*time.Hour), now), "yesterday 23:04"},
		{ja.Day(now.AddDate(0, 0, -2), now), "11月20日 21:04"},
		{ja.Day(now.AddDate(-1, 0, 0), now), "2025年11月22日 21:04"},
		{ja.Ago(now, now), "たった今"},
		{ja.Ago(now.Add(-26*time.Hour), now), "1日前"},
		{en.Ago(now.Add(-50*time.Hour), now), "2 days ago"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAmounts(t *testing.T) {
	ja, en := book(t).In(Japanese), book(t).In(English)
	for _, c := range []struct{ got, want string }{
		{ja.Waiting(27 * time.Hour), "1日 3時間"},
		{en.Waiting(27 * time.Hour), "1 day 3 hours"},
		{ja.Waiting(48 * time.Hour), "2日"},
		{ja.Waiting(time.Second), "1分未満"},
		{ja.Waiting(-time.Hour), "1分未満"},
		{ja.Waiting(125 * time.Minute), "2時間 5分"},
		{ja.Waiting(59 * time.Minute), "59分"},
		{en.Waiting(time.Minute), "1 minute"},
		{ja.Minutes(80), "1時間20分"},
		{en.Minutes(80), "1 h 20 min"},
		{ja.Minutes(60), "1時間"},
		{ja.Minutes(0), "0分"},
		{ja.Money(1200), "1,200円"},
		{en.Money(1200), "¥1,200"},
		{en.Money(-1200), "-¥1,200"},
		{ja.Number(-999), "-999"},
		{ja.Number(1234567), "1,234,567"},
		{ja.Number(-123456), "-123,456"},
		{ja.Percent(65), "65%"},
		{ja.Share(2, 3), "66%"},
		{ja.Share(1, 0), "0%"},
		{ja.Size(999_499), "999 KB"},
		{en.Size(1), "1 byte"},
		{ja.Size(1_250_000), "1.2 MB"},
		{ja.List([]string{"a", "b"}), "a、b"},
		{en.List([]string{"a", "b"}), "a, b"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// Laws: taking the commas out of a number gives the number; a share is 100% only of the whole.
func TestNumberLaws(t *testing.T) {
	ja := book(t).In(Japanese)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		s := ja.Number(n)
		if strings.ReplaceAll(s, ",", "") != strconv.FormatInt(n, 10) {
			t.Fatalf("%d is written %s", n, s)
		}
		whole := rapid.IntRange(1, 1_000_000).Draw(t, "whole")
		part := rapid.IntRange(0, whole).Draw(t, "part")
		if (ja.Share(part, whole) == "100%") != (part == whole) {
			t.Fatalf("%d of %d is %s", part, whole, ja.Share(part, whole))
		}
	})
}
