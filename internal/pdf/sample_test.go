package pdf

import (
	"fmt"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/skill"
)

const verifyURL = "https://tenarai.example/verify/000G-40R4-0M30-E27Z-7"

func text(ja, en string) course.Text { return course.Text{JA: ja, EN: en} }

// issued is late on 21 November in UTC, and so already the 22nd in Tokyo.
var issued = time.Date(2026, time.November, 21, 15, 30, 0, 0, time.UTC)

// sample is the certificate of the first course.
func sample(name string) certificate.Certificate {
	return certificate.Certificate{
		Number: certificate.NewNumber([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 255}), Issued: issued,
		Snapshot: certificate.Snapshot{
			Name: name, CenterName: "湯沢市在宅ワークセンター", CenterNameEn: "Yuzawa Remote Work Center",
			Code: "C1", Topic: text("在宅ワーク入門と契約・安全", "Working from home: basics, contracts and safety"),
			Title: text("在宅ワーク入門 修了証", "Certificate of completion: Working from home"), Minutes: 12 * 60,
			CanDo: []course.Text{
				text("取引条件を読み、足りない点を着手前に質問できる", "Reads the terms of an order and asks about gaps before starting"),
				text("作業時間をもとに、計算の合った見積書と請求書を作れる", "Makes correct estimates and invoices based on working time"),
				text("預かった資料と個人情報を、決められた範囲で扱える", "Handles entrusted material and personal data within the agreed limits"),
				text("遅れや不明な点を、早めに自分から連絡できる", "Reports delays and unclear points early and unprompted"),
			},
			Modules: []course.Text{
				text("在宅ワークという働き方", "This way of working"), text("契約と取引条件", "Contracts and terms"), text("お金", "Money"),
				text("情報セキュリティと著作権", "Safety and copyright"), text("連絡の型", "Communication"), text("あやしい仕事の見分け方", "Warning signs"), text("修了テスト", "Final test"),
			},
			Pieces: []certificate.Piece{
				{Title: text("発注書の不足項目を見つけ、質問票を書く", "Find what an order lacks and write the questions"), Attempts: 2, Assessors: []string{"伊藤 誠"}, Passed: issued.AddDate(0, 0, -40)},
				{Title: text("見積書と請求書を作る", "Make an estimate and an invoice"), Attempts: 1, Assessors: []string{"渡部 恵"}, Passed: issued.AddDate(0, 0, -20), Assisted: true},
				{Title: text("納期に遅れそうなときの連絡文", "A message when you may miss the deadline"), Attempts: 3, Assessors: []string{"伊藤 誠", "渡部 恵"}, Passed: issued},
			},
			Skills: []certificate.Proven{
				proven("BIZ-01", "報連相", "Reporting and consulting", skill.Alone, "自分から、早く、短く連絡できる", "Keeps in touch early and briefly"),
				proven("BIZ-02", "契約・取引条件", "Contracts and terms", skill.Alone, "注文書の不足を自分で見つけて質問できる", "Finds and asks about gaps in an order alone"),
				proven("BIZ-03", "見積・請求", "Estimates and invoices", skill.Alone, "", ""),
				proven("SEC-01", "情報セキュリティ", "Information security", skill.Alone, "預かった資料を決められた範囲で扱える", "Handles entrusted material within limits"),
			},
			Began: issued.AddDate(0, -2, -3), Ended: issued,
		},
	}
}

func proven(id skill.ID, ja, en string, l skill.Level, descriptorJA, descriptorEN string) certificate.Proven {
	return certificate.Proven{Skill: id, Title: text(ja, en), Level: l, Descriptor: text(descriptorJA, descriptorEN)}
}

// long is a certificate with more of everything than any course has.
func long(name string) certificate.Certificate {
	c := sample(name)
	s := &c.Snapshot
	s.Topic = text("データ入力・事務サポート・文字起こしと、地域の名産品を紹介するための調査・リスト作成・検品の実践コース（改訂版）",
		"Data entry, office support and transcription, with research, list making and checking in practice for introducing local products (revised)")
	s.CanDo = append(s.CanDo[:0:0], s.CanDo...)
	s.CanDo[0] = text("仕様書を読み、読めない所や迷った所に印を付けたうえで、一人で「データ入力」を納品できる", "Reads a specification, marks what cannot be read or is in doubt, and delivers data entry alone to the specification")
	s.Modules, s.Pieces, s.Skills = nil, nil, nil
	for i := range 10 {
		s.Modules = append(s.Modules, text(fmt.Sprintf("スプレッドシートの書式・入力規則と「表記ゆれ」%d", i+1), fmt.Sprintf("Formats, input rules and spelling variants %d", i+1)))
	}
	for i := range 7 {
		s.Pieces = append(s.Pieces, certificate.Piece{
			Title:    text(fmt.Sprintf("商品台帳100件の入力と、二つの顧客名簿の名寄せ（その%d）：ウェブ公開用", i+1), fmt.Sprintf("Enter a ledger of 100 products and merge two lists of customers, part %d, for the web", i+1)),
			Attempts: i + 1, Assessors: []string{"伊藤 誠", "渡部 恵"}, Passed: issued.AddDate(0, 0, -i), Assisted: i%2 == 0,
		})
	}
	for i := range 6 {
		s.Skills = append(s.Skills, proven(skill.ID(fmt.Sprintf("OFF-0%d", i+1)), "データ入力・名寄せと、表記ゆれの整理", "Data entry, merging and cleaning of variants", skill.Level(i%3+1),
			"仕様書どおりに一人で入力し、誤り率0.5%以内で、読めない所に印を付けて納品できる", "Enters data alone to the specification, with at most 0.5 % wrong cells, and marks what cannot be read"))
	}
	return c
}
