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
	language  string // its own name
	kinds     map[certificate.Kind]kindWords
	weight    weight  // of the title
	spacing   float64 // between the letters of the title, in ems
	before    string  // above the name
	honorific string  // after the name
	closing   string  // of a formal page, below what was earned
	canDo     string
	skills    string
	pieces    string
	modules   string
	join      string // between modules
	among     string // between parts of a line
	persons   string // between names
	issued    string
	until     string
	number    string
	sample    string
	verify    string
	replaces  string // one number
	rule      string // its version
	seal      string
	span      string // between two dates
	assessed  string // one or more names
	assisted  string
	prior     string
	levelOf   string // its number
	levelAs   string // its number, its descriptor
	date      func(time.Time) string
	hours     func(minutes int) string
	passed    func(attempts int) string
	proof     func(pieces, assessors int) string
	own       map[skill.Level]string // descriptors of our own, where a skill has none
	ended     map[certificate.State]endWords
}

// kindWords are the title and the statement of one kind of certificate. A formal page is solemn, and in Japanese then
// without commas and full stops, as such papers are written by old custom.
type kindWords struct{ title, statement, formal string }

// endWords say that a certificate can no longer be relied on.
type endWords struct {
	stamp     string
	since     string // a date
	successor string // a number
}

var japanese = words{
	lang:     "ja",
	tag:      "ja-JP",
	language: "日本語",
	kinds: map[certificate.Kind]kindWords{
		certificate.KindCourse: {
			"修了証", "あなたは次の講座の学習・小テスト・課題をすべて修了されました。ここにその学びと成果を証します。",
			"あなたは次の講座の学習と課題をすべて修められました",
		},
		certificate.KindSkill: {
			"スキル証明書", "あなたが次のスキルを実際の課題で示し、評価者がこれを確かめました。ここに証します。",
			"あなたが次の技能を実際の課題において示されたことを認めます",
		},
		certificate.KindProgramme: {
			"プログラム修了証", "あなたは次のプログラムの講座をすべて修了されました。ここにその学びと成果を証します。",
			"あなたは次の課程に定める講座をすべて修められました",
		},
	},
	weight:    bold,
	spacing:   0.45,
	honorific: "殿",
	closing:   "よってその努力と成果をたたえ　ここにこれを証します",
	canDo:     "できること",
	skills:    "証明されたスキル",
	pieces:    "合格した課題",
	modules:   "学んだ内容",
	join:      "／",
	among:     "・",
	persons:   "、",
	issued:    "発行日",
	until:     "有効期限",
	number:    "証明書番号",
	sample:    "（見本）",
	verify:    "この証明書が有効かどうかは、QRコードか番号で確かめられます。",
	replaces:  "この証明書は番号 %s に代わるものです。",
	rule:      "レベルの判定規則 %s",
	seal:      "印",
	span:      " ～ ",
	assessed:  "評価者 %s",
	assisted:  "センターの支援あり",
	prior:     "持ちこみの作品",
	levelOf:   "レベル%d",
	levelAs:   "レベル%d（%s）",
	date:      inEra,
	hours: func(minutes int) string {
		return joinNonZero(minutes/60, "%d時間", minutes%60, "%d分", "")
	},
	passed: func(attempts int) string { return fmt.Sprintf("%d回目の提出で合格", attempts) },
	proof: func(pieces, assessors int) string {
		return fmt.Sprintf("%d件の課題を%d人の評価者が評価", pieces, assessors)
	},
	own: map[skill.Level]string{skill.WithModel: "手本があればできる", skill.Alone: "仕様書どおり一人で納品できる", skill.Checks: "他人の成果物を検品できる"},
	ended: map[certificate.State]endWords{
		certificate.Lapsed:   {"期限切れ", "この証明書は%sに有効期限が切れました。", ""},
		certificate.Replaced: {"差し替え済み", "この証明書は%sに新しいものに代わりました。", "新しい番号は %s です。"},
		certificate.Revoked:  {"取消", "この証明書は%sに取り消されました。", ""},
	},
}

var english = words{
	lang:     "en",
	tag:      "en",
	language: "English",
	kinds: map[certificate.Kind]kindWords{
		certificate.KindCourse: {
			"Certificate of Completion", "has completed every lesson, quiz and assignment of the course",
			"has completed with success every lesson, quiz and assignment of the course",
		},
		certificate.KindSkill: {
			"Certificate of Skill", "has shown the following skill in practical work that was assessed",
			"has shown in practical work, before assessors, command of the skill",
		},
		certificate.KindProgramme: {
			"Programme Certificate", "has completed every course of the programme",
			"has completed with success every course of the programme",
		},
	},
	weight:   display,
	spacing:  0.03,
	before:   "This is to certify that",
	closing:  "In recognition of this achievement the present certificate is given.",
	canDo:    "What the holder can do",
	skills:   "Skills proven",
	pieces:   "Assignments passed",
	modules:  "Modules studied",
	join:     " / ",
	among:    " · ",
	persons:  ", ",
	issued:   "Date of issue",
	until:    "Valid until",
	number:   "Certificate number",
	sample:   "(sample)",
	verify:   "Check by the QR code or the number that this certificate is valid.",
	replaces: "This certificate replaces number %s.",
	rule:     "Levels found by rule %s",
	seal:     "Seal",
	span:     " – ",
	assessed: "assessed by %s",
	assisted: "with help at the center",
	prior:    "portfolio",
	levelOf:  "Level %d",
	levelAs:  "Level %d (%s)",
	date:     inEnglish,
	hours: func(minutes int) string {
		hour := "%d hours"
		if minutes/60 == 1 {
			hour = "%d hour"
		}
		return joinNonZero(minutes/60, hour, minutes%60, "%d min", " ")
	},
	passed: func(attempts int) string { return "passed at the " + ordinal(attempts) + " attempt" },
	proof: func(pieces, assessors int) string {
		return fmt.Sprintf("Proven by %s, assessed by %s", counted(pieces, "piece of work", "pieces of work"), counted(assessors, "assessor", "assessors"))
	},
	own: map[skill.Level]string{skill.WithModel: "with a model to follow", skill.Alone: "alone, to the specification", skill.Checks: "can check the work of others"},
	ended: map[certificate.State]endWords{
		certificate.Lapsed:   {"EXPIRED", "This certificate expired on %s.", ""},
		certificate.Replaced: {"REPLACED", "This certificate was replaced on %s.", "The new one has number %s."},
		certificate.Revoked:  {"REVOKED", "This certificate was revoked on %s.", ""},
	},
}

// wordsFor are the words of each page that a design asks for.
func wordsFor(d certificate.Design) []words {
	ja := japanese
	if d.Western {
		ja.date = inWestern
	}
	switch d.Language {
	case certificate.JapaneseOnly:
		return []words{ja}
	case certificate.EnglishOnly:
		return []words{english}
	default:
		return []words{ja, english}
	}
}

// kind is how a kind is worded; the oldest certificates name none and are for a course.
func (w words) kind(k certificate.Kind) kindWords {
	if found, ok := w.kinds[k]; ok {
		return found
	}
	return w.kinds[certificate.KindCourse]
}

func (w words) period(from, to time.Time) string { return w.date(from) + w.span + w.date(to) }

// piece is how a piece was passed.
func (w words) piece(p certificate.Piece) string {
	how := w.passed(p.Attempts)
	if p.Prior {
		how = w.prior
	}
	parts := []string{how, w.date(p.Passed)}
	if len(p.Assessors) > 0 {
		parts = append(parts, fmt.Sprintf(w.assessed, strings.Join(p.Assessors, w.persons)))
	}
	if p.Assisted {
		parts = append(parts, w.assisted)
	}
	return strings.Join(parts, w.among)
}

func (w words) level(l skill.Level, descriptor string) string {
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

func inWestern(t time.Time) string { return t.In(tokyo).Format("2006年1月2日") }

func inEnglish(t time.Time) string { return t.In(tokyo).Format("2 January 2006") }

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
