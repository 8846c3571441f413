package pdf

import (
	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// recordWords are what a skills record says besides a person's own facts, in one language. The names of the parts, the
// letters A, B and C and what they mean are those of ジョブ・カード様式3-3-3 (Ministry of Health, Labour and Welfare).
type recordWords struct {
	tongue
	levels
	title  string
	kana   string // the label above the name's reading
	name   string
	native string // the label of the name as it is written at home
	made   string
	center string

	courses        string // part I
	courseColumns  [4]string
	noCourse       string
	under          string // still studying
	noNumber       string
	join           string
	evaluation     string // part II
	skillColumns   [5]string
	legend         [2]string
	noSkill        [2]string
	renew, prior   string
	bullet         string
	statement      string // part III
	statementEmpty string
	statementText  string
	assessors      string
	check          string
	checkFile      string // the same where a credential is attached
	bare           string // where none is
	rule           string
	renewNote      string
	priorNote      string
	modelNote      string
	since          string // the period of a course that goes on
}

var recordJapanese = recordWords{
	tongue:        inJapanese,
	levels:        levels{ownJapanese, "レベル%d", "レベル%d：%s"},
	title:         "職業能力証明シート（技能の記録）",
	kana:          "ふりがな",
	name:          "氏名",
	made:          "作成日",
	center:        "発行者",
	courses:       "Ⅰ　学んだ期間・目標・内容",
	courseColumns: [4]string{"期間・時間", "講座と目標", "学んだ内容", "修了証の番号"},
	noCourse:      "まだ講座を始めていません。",
	under:         "学習中",
	noNumber:      "－",
	join:          "／",
	evaluation:    "Ⅱ　知識・技能の評価",
	skillColumns:  [5]string{"記号", "能力と、到達した水準", "評価", "証明した課題・作品", "評価者・最新の証明日"},
	legend: [2]string{
		"評価　　Ａ：到達水準を十分に上回った　　Ｂ：到達水準に達した　　Ｃ：到達水準に達しなかった",
		"到達水準はレベル2です。　レベル1：手本があればできる　レベル2：仕様書どおり一人で納品できる　レベル3：他人の成果物を検品できる",
	},
	noSkill:        [2]string{"証明された技能は、まだありません。", "課題に合格すると、その技能がここに載ります。"},
	renew:          "【更新が必要】",
	prior:          "【持ちこみの作品】",
	bullet:         "・",
	statement:      "Ⅲ　センターの証明",
	statementText:  "上の技能を、課題と作品の評価によって確かめたことを証明します。",
	statementEmpty: "上の内容が、センターの記録のとおりであることを証明します。",
	assessors:      "評価者",
	check:          "修了証が有効かどうかは、番号を次のページに入れて確かめられます。",
	checkFile:      "証明書の番号か、このPDFファイルを次のページに入れると、確かめられます。",
	bare:           "有効な証明書がないので、このPDFに電子の証明は付いていません。",
	rule:           "規則 %s。レベルは、評価で合格した課題・作品が示す、いちばん高い段階です。",
	renewNote:      "「更新が必要」は、最新の証明から12か月がたったものです。技能が取り消されたのではありません。",
	priorNote:      "「持ちこみの作品」は、ほかで作った作品を同じ基準で評価したものです。",
	modelNote:      "この書面は、ジョブ・カード様式3-3-3（職業能力証明シート）の形にならって作りました。様式そのものではありません。",
	since:          "%s ～",
}

var recordEnglish = recordWords{
	tongue:        inEnglish,
	levels:        levels{map[skill.Level]string{skill.WithModel: "with a model to follow", skill.Alone: "delivers alone to the specification", skill.Checks: "can check the work of others"}, "Level %d", "Level %d: %s"},
	title:         "Skills record",
	name:          "Name",
	native:        "In Japanese",
	made:          "Date",
	center:        "Issued by",
	courses:       "I   Period, aims and contents of study",
	courseColumns: [4]string{"Period and hours", "Course and aims", "Contents", "Certificate number"},
	noCourse:      "No course has been started yet.",
	under:         "in progress",
	noNumber:      "–",
	join:          "; ",
	evaluation:    "II   Evaluation of knowledge and skills",
	skillColumns:  [5]string{"Code", "Ability, and the level reached", "Grade", "Proven by", "Assessors and date"},
	legend: [2]string{
		"A: well above the target    B: at the target    C: below the target",
		"The target is level 2.    Level 1: with a model to follow    Level 2: delivers alone to the specification    Level 3: can check the work of others",
	},
	noSkill:        [2]string{"No skill has been proven yet.", "A skill appears here as soon as an assignment has been passed."},
	renew:          "(needs renewal)",
	prior:          "(work done elsewhere)",
	bullet:         "• ",
	statement:      "III   Statement of the center",
	statementText:  "We certify that the skills above were established by assessing assignments and works.",
	statementEmpty: "We certify that the above agrees with the records of the center.",
	assessors:      "Assessors",
	check:          "Anybody can check a certificate by its number on this page:",
	checkFile:      "Anybody can check a certificate by its number, or this file by the credential in it, on this page:",
	bare:           "There is no valid certificate, so no credential is attached to this PDF.",
	rule:           "Rule %s: the highest level shown by an assignment or work that passed its assessment.",
	renewNote:      "“Needs renewal” means that 12 months have gone by since the newest proof. The skill has not been taken back.",
	priorNote:      "“Work done elsewhere” was judged by the same criteria as assignments.",
	modelNote:      "The layout follows form 3-3-3 of the Japanese Job Card (vocational ability certificate sheet). This is not the form itself.",
	since:          "%s –",
}

// recordWordsOf are the words of a language of the house.
func recordWordsOf(lang string) (recordWords, bool) {
	for _, w := range []recordWords{recordJapanese, recordEnglish} {
		if w.lang == lang {
			return w, true
		}
	}
	return recordWords{}, false
}

// shownName is the name as it is printed large.
func (w recordWords) shownName(s certificate.RecordSheet) string { return w.called(s.Name, s.Latin) }

func (w recordWords) centerName(s certificate.RecordSheet) string {
	return oneLine(w.called(s.CenterName, s.CenterNameEn))
}
