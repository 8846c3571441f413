package pdf

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenarai/internal/skill"
)

// tongue is what every kind of document writes in the same way in one language.
type tongue struct {
	lang    string
	tag     string // of the language, for readers that speak
	weight  weight // of titles
	persons string // between names
	seal    string
	date    func(time.Time) string
	hours   func(minutes int) string
}

var inJapanese = tongue{
	lang:    "ja",
	tag:     "ja-JP",
	weight:  bold,
	persons: "、",
	seal:    "印",
	date:    eraDate,
	hours: func(minutes int) string {
		return joinNonZero(minutes/60, "%d時間", minutes%60, "%d分", "")
	},
}

var inEnglish = tongue{
	lang:    "en",
	tag:     "en",
	weight:  display,
	persons: ", ",
	seal:    "Seal",
	date:    englishDate,
	hours: func(minutes int) string {
		hour := "%d hours"
		if minutes/60 == 1 {
			hour = "%d hour"
		}
		return joinNonZero(minutes/60, hour, minutes%60, "%d min", " ")
	},
}

// called is the name of a person or center: in English the English one, if there is one.
func (t tongue) called(name, english string) string {
	if t.lang == "en" && english != "" {
		return english
	}
	return name
}

// names joins people's names.
func (t tongue) names(people []string) string { return strings.Join(people, t.persons) }

// levels say how far a skill is proven.
type levels struct {
	own     map[skill.Level]string // descriptors of our own, where a skill has none
	levelOf string                 // its number
	levelAs string                 // its number, its descriptor
}

var ownJapanese = map[skill.Level]string{skill.WithModel: "手本があればできる", skill.Alone: "仕様書どおり一人で納品できる", skill.Checks: "他人の成果物を検品できる"}

func (w levels) level(l skill.Level, descriptor string) string {
	if descriptor == "" {
		descriptor = w.own[l]
	}
	if descriptor == "" {
		return fmt.Sprintf(w.levelOf, l)
	}
	return fmt.Sprintf(w.levelAs, l, descriptor)
}

// tokyo is the zone of every date shown: nine hours ahead of UTC, without summer time.
var tokyo = time.FixedZone("JST", 9*60*60)

// eraDate writes a date in the Japanese era: 令和 since 1 May 2019, 平成 before it.
func eraDate(t time.Time) string {
	t = t.In(tokyo)
	era, year := "令和", t.Year()-2018
	if t.Before(time.Date(2019, time.May, 1, 0, 0, 0, 0, tokyo)) {
		era, year = "平成", t.Year()-1988
	}
	number := strconv.Itoa(year)
	if year == 1 {
		number = "元" // the first year of an era is called its origin
	}
	return fmt.Sprintf("%s%s年%d月%d日", era, number, int(t.Month()), t.Day())
}

func westernDate(t time.Time) string { return t.In(tokyo).Format("2006年1月2日") }

func englishDate(t time.Time) string { return t.In(tokyo).Format("2 January 2006") }

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// joinNonZero writes the two counts that are not zero.
func joinNonZero(a int, formatA string, b int, formatB, between string) string {
	var parts []string
	if a > 0 {
		parts = append(parts, fmt.Sprintf(formatA, a))
	}
	if b > 0 {
		parts = append(parts, fmt.Sprintf(formatB, b))
	}
	return strings.Join(parts, between)
}

// ordinal is 1st, 2nd, 3rd, 4th, … 11th, … 21st.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
