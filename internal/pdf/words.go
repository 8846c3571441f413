package pdf

import (
	"fmt"
	"strings"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// words are what a certificate says besides its snapshot, in one language. They stand here and not among the words of the
// pages because they are a part of the document: its bytes are kept, and a change of them is a new version of the layout.
type words struct {
	tongue
	levels
	language  string // its own name
	kinds     map[certificate.Kind]kindWords
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
	issued    string
	until     string
	number    string
	sample    string
	verify    string
	replaces  string // one number
	rule      string // its version
	span      string // between two dates
	assessed  string // one or more names
	assisted  string
	prior     string
	passed    func(attempts int) string
	proof     func(pieces, assessors int) string
	ended     map[certificate.State]endWords
}

// kindWords are the title and the statement of one kind of certificate. A formal page is solemn, and in Japanese then
// without commas and full stops, as such papers are written by old custom.
type kindWords struct{ title, statement, formal string }

// endWords say that a certificate can no longer be relied on.
type endWords struct {
	stamp string
	since string // a date
	next  string // that another stands in its place; its number may be hidden
}

var japanese = words{
	tongue:   inJapanese,
	levels:   levels{ownJapanese, "レベル%d", "レベル%d（%s）"},
	language: "日本語",
	kinds: map[certificate.Kind]kindWords{
		certificate.KindCourse: {
			"修了証", "あなたは次の講座の学習・小テスト・課題をすべて修了されました。ここにその学びと成果を証します。",
			"あなたは次の講座の学習と課題をすべて修められました",
		},
		certificate.KindSkill: {
			"技能証明書", "あなたが次の技能を実際の課題で示し、評価者がこれを確かめました。ここに証します。",
			"あなたが次の技能を実際の課題において示されたことを認めます",
		},
		certificate.KindProgramme: {
			"プログラム修了証", "あなたは次のプログラムの講座をすべて修了されました。ここにその学びと成果を証します。",
			"あなたは次の課程に定める講座をすべて修められました",
		},
	},
	spacing:   0.45,
	honorific: "殿",
	closing:   "よってその努力と成果をたたえ　ここにこれを証します",
	canDo:     "できること",
	skills:    "証明された技能",
	pieces:    "合格した課題",
	modules:   "学んだ内容",
	join:      "／",
	among:     "・",
	issued:    "発行日",
	until:     "有効期限",
	number:    "証明書番号",
	sample:    "（見本）",
	verify:    "この証明書が有効かどうかは、QRコードか番号で確かめられます。",
	replaces:  "この証明書は番号 %s に代わるものです。",
	rule:      "レベルの判定規則 %s",
	span:      " ～ ",
	assessed:  "評価者 %s",
	assisted:  "センターの支援あり",
	prior:     "持ちこみの作品",
	passed:    func(attempts int) string { return fmt.Sprintf("%d回目の提出で合格", attempts) },
	proof: func(pieces, assessors int) string {
		return fmt.Sprintf("%d件の課題を%d人の評価者が評価", pieces, assessors)
	},
	ended: map[certificate.State]endWords{
		certificate.Lapsed:   {"期限切れ", "この証明書は%sに有効期限が切れました。", ""},
		certificate.Replaced: {"差し替え済み", "この証明書は%sに新しいものに代わりました。", "下の番号を確かめると、新しい証明書がわかります。"},
		certificate.Revoked:  {"取消", "この証明書は%sに取り消されました。", ""},
	},
}

var english = words{
	tongue:   inEnglish,
	levels:   levels{map[skill.Level]string{skill.WithModel: "with a model to follow", skill.Alone: "alone, to the specification", skill.Checks: "can check the work of others"}, "Level %d", "Level %d (%s)"},
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
	spacing:  0.03,
	before:   "This is to certify that",
	closing:  "In recognition of this achievement the present certificate is given.",
	canDo:    "What the holder can do",
	skills:   "Skills proven",
	pieces:   "Assignments passed",
	modules:  "Modules studied",
	join:     " / ",
	among:    " · ",
	issued:   "Date of issue",
	until:    "Valid until",
	number:   "Certificate number",
	sample:   "(sample)",
	verify:   "Check by the QR code or the number that this certificate is valid.",
	replaces: "This certificate replaces number %s.",
	rule:     "Levels found by rule %s",
	span:     " – ",
	assessed: "assessed by %s",
	assisted: "with help at the center",
	prior:    "portfolio",
	passed:   func(attempts int) string { return "passed at the " + ordinal(attempts) + " attempt" },
	proof: func(pieces, assessors int) string {
		return fmt.Sprintf("Proven by %s, assessed by %s", counted(pieces, "piece of work", "pieces of work"), counted(assessors, "assessor", "assessors"))
	},
	ended: map[certificate.State]endWords{
		certificate.Lapsed:   {"EXPIRED", "This certificate expired on %s.", ""},
		certificate.Replaced: {"REPLACED", "This certificate was replaced on %s.", "Its number leads to the new one."},
		certificate.Revoked:  {"REVOKED", "This certificate was revoked on %s.", ""},
	},
}

// wordsFor are the words of each page that a design asks for.
func wordsFor(d certificate.Design) []words {
	ja := japanese
	if d.Western {
		ja.date = westernDate
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
		parts = append(parts, fmt.Sprintf(w.assessed, w.names(p.Assessors)))
	}
	if p.Assisted {
		parts = append(parts, w.assisted)
	}
	return strings.Join(parts, w.among)
}
