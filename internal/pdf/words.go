package pdf

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// words are what a certificate says besides its snapshot, in one language. They stand here and not among the words of the
// pages because they are a part of the document: its bytes are kept, and a change of them is a new Renderer.
type words struct {
	lang      string
	tag       string // of the language, for readers that speak
	title     string
	weight    weight  // of the title
	spacing   float64 // between the letters of the title, in ems
	before    string  // above the name
	honorific string  // after the name
	statement string  // below the name
	canDo     string
	skills    string
	pieces    string
	modules   string
	join      string // between modules
	issued    string
	number    string
	verify    string
	seal      string
	period    func(from, to time.Time) string
	date      func(time.Time) string
	hours     func(minutes int) string
	piece     func(certificate.Piece) string
	level     func(skill.Level, string) string
}

var japanese = words{
	lang:      "ja",
	tag:       "ja-JP",
	title:     "修了証",
	weight:    bold,
	spacing:   0.45,
	honorific: "殿",
	statement: "あなたは次の講座の学習・小テスト・課題をすべて修了されました。ここにその学びと成果を証します。",
	canDo:     "できること",
	skills:    "証明されたスキル",
	pieces:    "合格した課題",
	modules:   "学んだ内容",
	join:      "／",
	issued:    "発行日",
	number:    "証明書番号",
	verify:    "この証明書が有効かどうかは、QRコードか番号で確かめられます。",
	seal:      "印",
	period:    func(from, to time.Time) string { return inEra(from) + " ～ " + inEra(to) },
	date:      inEra,
	hours: func(minutes int) string {
		return joinNonZero(minutes/60, "%d時間", minutes%60, "%d分", "")
	},
	piece: func(p certificate.Piece) string {
		parts := []string{fmt.Sprintf("%d回目の提出で合格", p.Attempts), inEra(p.Passed)}
		if len(p.Assessors) > 0 {
			parts = append(parts, "評価者 "+strings.Join(p.Assessors, "、"))
		}
		if p.Assisted {
			parts = append(parts, "センターの支援あり")
		}
		return strings.Join(parts, "・")
	},
	level: func(l skill.Level, descriptor string) string {
		if descriptor == "" {
			descriptor = map[skill.Level]string{skill.WithModel: "手本があればできる", skill.Alone: "仕様書どおり一人で納品できる", skill.Checks: "他人の成果物を検品できる"}[l]
		}
		return fmt.Sprintf("レベル%d（%s）", l, descriptor)
	},
}

var english = words{
	lang:      "en",
	tag:       "en",
	title:     "Certificate of Completion",
	weight:    display,
	spacing:   0.03,
	before:    "This is to certify that",
	statement: "has completed every lesson, quiz and assignment of the course",
	canDo:     "What the holder can do",
	skills:    "Skills proven",
	pieces:    "Assignments passed",
	modules:   "Modules studied",
	join:      " / ",
	issued:    "Date of issue",
	number:    "Certificate number",
	verify:    "Check by the QR code or the number that this certificate is valid.",
	seal:      "Seal",
	period:    func(from, to time.Time) string { return inEnglish(from) + " – " + inEnglish(to) },
	date:      inEnglish,
	hours: func(minutes int) string {
		hour := "%d hours"
		if minutes/60 == 1 {
			hour = "%d hour"
		}
		return joinNonZero(minutes/60, hour, minutes%60, "%d min", " ")
	},
	piece: func(p certificate.Piece) string {
		parts := []string{"passed at the " + ordinal(p.Attempts) + " attempt", inEnglish(p.Passed)}
		if len(p.Assessors) > 0 {
			parts = append(parts, "assessed by "+strings.Join(p.Assessors, ", "))
		}
		if p.Assisted {
			parts = append(parts, "with help at the center")
		}
		return strings.Join(parts, " · ")
	},
	level: func(l skill.Level, descriptor string) string {
		if descriptor == "" {
			descriptor = map[skill.Level]string{skill.WithModel: "with a model to follow", skill.Alone: "alone, to the specification", skill.Checks: "can check the work of others"}[l]
		}
		return fmt.Sprintf("Level %d (%s)", l, descriptor)
	},
}

// tokyo is the zone of every date shown: nine hours ahead of UTC, without summer time.
var tokyo = time.FixedZone("JST", 9*60*60)

// inEra writes a date in the Japanese era: 令和 since 1 May 2019, 平成 before it.
func inEra(t time.Time) string {
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

func inEnglish(t time.Time) string { return t.In(tokyo).Format("2 January 2006") }

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
