package pdf

import (
	"fmt"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/skill"
)

const verifyPage = "https://tenarai.example/verify"

// recordOf is a record of ordinary length: one course finished, one begun.
func recordOf(lang string) certificate.RecordSheet {
	c := sample("").Snapshot
	return certificate.RecordSheet{
		Lang: lang, Name: "𠮷田 由美", Kana: "よしだ ゆみ", Latin: "YOSHIDA Yumi",
		CenterName: c.CenterName, CenterNameEn: c.CenterNameEn, Made: issued, Rule: skill.Rule, Address: verifyPage, Credential: []byte("{\"名\":\"𠮷\"}\x00\r\n"),
		Courses: []certificate.RecordCourse{
			{Code: "C1", Title: c.Topic, Began: c.Began, Ended: c.Ended, Minutes: c.Minutes, Aims: c.CanDo, Modules: c.Modules, Number: certificate.NewNumber([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 255})},
			{
				Code: "C2", Title: text("データ入力・事務サポート・文字起こし", "Data entry, office support and transcription"), Began: issued.AddDate(0, 0, -9), Minutes: 24*60 + 30,
				Aims:    []course.Text{text("仕様書を読み、一人でデータ入力を納品できる", "Reads a specification and delivers data entry alone")},
				Modules: []course.Text{text("タッチタイピングと正確さ", "Touch typing and accuracy"), text("表計算", "Spreadsheets"), text("文字起こし", "Transcription")},
			},
		},
		Skills: []certificate.RecordSkill{
			standing("BIZ-01", skill.Checks, skill.GradeA, text("報連相", "Reporting and consulting"), text("ほかの人の連絡文を見て、足りない点を直せる", "Finds and mends what is missing in the messages of others"), 2),
			standing("BIZ-02", skill.Alone, skill.GradeB, text("契約・取引条件", "Contracts and terms"), text("注文書の不足を自分で見つけて質問できる", "Finds and asks about gaps in an order alone"), 1),
			standing("BIZ-03", skill.Alone, skill.GradeB, text("見積・請求", "Estimates and invoices"), course.Text{}, 1),
			standing("DES-01", skill.WithModel, skill.GradeC, text("チラシのデザイン", "Flyer design"), text("手本を見て、文字の切れていないチラシを作れる", "Makes a flyer without cut letters after a model"), 1),
		},
	}
}

// standing is a skill of a record with a number of pieces; what is proven with a model was proven elsewhere, long ago.
func standing(id skill.ID, l skill.Level, g skill.Grade, title, descriptor course.Text, pieces int) certificate.RecordSkill {
	old := l == skill.WithModel
	k := certificate.RecordSkill{
		Standing:   skill.Standing{Skill: id, Level: l, Newest: issued.AddDate(0, 0, -20), Current: !old, Pieces: pieces, Rule: skill.Rule},
		Title:      title,
		Descriptor: descriptor, Grade: g, Prior: old, Assessors: []string{"伊藤 誠", "渡部 恵"},
	}
	titles := []course.Text{
		text("発注書の不足項目を見つけ、質問票を書く", "Find what an order lacks and write the questions"), text("納期に遅れそうなときの連絡文", "A message when you may miss the deadline"),
		text("商品台帳100件の入力と、二つの顧客名簿の名寄せ：ウェブ公開用", "Enter a ledger of 100 products and merge two lists of customers for the web"),
		text("音声10分のケバ取り", "Ten minutes of speech, cleaned"), text("見積書と請求書を作る", "Make an estimate and an invoice"),
	}
	k.Pieces = titles[:pieces]
	if old {
		k.Newest = issued.AddDate(-1, -2, 0)
		k.Assessors = k.Assessors[:1]
	}
	return k
}

// longRecord has every skill of the vocabulary, five pieces each, and seven courses.
func longRecord(lang string) certificate.RecordSheet {
	r := recordOf(lang)
	r.Name, r.Kana, r.Latin = hardNames["54 characters"], "たかはし よしだ ゆみこ", hardNames["54 letters"]
	first := r.Courses[0]
	r.Courses = nil
	for i := range 7 {
		c := first
		c.Code = fmt.Sprintf("C%d", i+1)
		c.Title = long("").Snapshot.Topic
		c.Modules = long("").Snapshot.Modules
		if i == 6 {
			c.Ended, c.Number = time.Time{}, ""
		}
		r.Courses = append(r.Courses, c)
	}
	r.Skills = nil
	for i := range 34 {
		g, l := skill.GradeB, skill.Level(i%3+1)
		if l != skill.Alone {
			g = map[skill.Level]skill.Grade{skill.WithModel: skill.GradeC, skill.Checks: skill.GradeA}[l]
		}
		r.Skills = append(r.Skills, standing(skill.ID(fmt.Sprintf("OFF-%02d", i+1)), l, g, text("データ入力・名寄せと、表記ゆれの整理", "Data entry, merging and cleaning of variants"),
			text("仕様書どおりに一人で入力し、誤り率0.5%以内で、読めない所に印を付けて納品できる", "Enters data alone to the specification, with at most 0.5 % wrong cells, and marks what cannot be read"), 5))
	}
	return r
}
