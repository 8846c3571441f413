package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

// trainCast lets the named trainees learn.
func (b *builder) trainCast(ctx context.Context) error {
	for _, f := range []func(context.Context) error{b.trainYumi, b.trainNaoko, b.trainKenji, b.trainHaruka, b.trainOutsider} {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// trainYumi: both courses finished, ready for data entry, shown to companies in general, not matched yet.
func (b *builder) trainYumi(ctx context.Context) error {
	yumi, mentors := b.who("yumi"), [2]desk.Actor{b.who("mentor"), b.who("mentor2")}
	if err := b.wholeCourse(ctx, yumi, C1, -148, mentors); err != nil {
		return err
	}
	if err := b.wholeCourse(ctx, yumi, C2, -100, mentors); err != nil {
		return err
	}
	b.at(-6, "20:15")
	return b.profile(ctx, yumi, 12, true)
}

// trainNaoko: as far as Yumi, with one piece returned on the way; shown only where she said "interested".
func (b *builder) trainNaoko(ctx context.Context) error {
	naoko, mentors := b.who("naoko"), [2]desk.Actor{b.who("mentor2"), b.who("mentor")}
	if err := b.wholeCourse(ctx, naoko, C1, -149, mentors); err != nil {
		return err
	}
	if err := b.wholeCourse(ctx, naoko, C2, -90, mentors); err != nil {
		return err
	}
	b.at(-4, "21:40")
	if err := b.profile(ctx, naoko, 10, false); err != nil {
		return err
	}
	return b.bringAlong(ctx, naoko)
}

// trainKenji: the first course finished between harvests; a ledger with some slips waits for a mentor.
func (b *builder) trainKenji(ctx context.Context) error {
	kenji, mentors := b.who("kenji"), [2]desk.Actor{b.who("mentor"), b.who("mentor2")}
	if err := b.wholeCourse(ctx, kenji, C1, -44, mentors); err != nil {
		return err
	}
	for i, item := range b.before(C2, "reading-a-spec/ledger") {
		b.at(-16+i/3, "06:"+fmt.Sprint(10+i%3*15))
		if item.Kind == course.KindAssignment {
			continue // merging lists comes after the ledger for him
		}
		if err := b.study(ctx, kenji, item, 0); err != nil {
			return err
		}
	}
	b.at(-3, "20:40")
	if err := b.profile(ctx, kenji, 8, false); err != nil {
		return err
	}
	b.at(-2, "05:52")
	ledger := b.item(C2, "reading-a-spec/ledger")
	_, err := b.handIn(ctx, kenji, ledger, work{
		text:    "川連の漆器店 ご担当者さま\n\nお世話になっております。髙﨑です。\n商品台帳100件の入力が終わりましたので、CSVファイルをお送りします。\n読めなかった数字は「?」を入れ、備考に「判読不能」と書きました。\n作業時間は2時間10分でした。預かった台帳の写真は、検収のあとに消します。\n\nご確認をお願いいたします。",
		content: withSlips(ledger.Assignment.Check.Answer, 6), minutes: 130, note: "農作業の合間に、朝だけで3日かけました。",
	})
	return err
}

// trainHaruka: in the first course; the message about a late delivery came back with two fixes, an invoice is waiting.
func (b *builder) trainHaruka(ctx context.Context) error {
	haruka, mentor := b.who("haruka"), b.who("mentor")
	day, minute := -40, 0
	for _, item := range b.before(C1, "communication/late-notice") {
		b.at(day, fmt.Sprintf("21:%02d", 5+minute))
		if minute += 25; minute >= 50 {
			minute, day = 0, day+1
		}
		if item.Kind != course.KindAssignment {
			if err := b.study(ctx, haruka, item, 0); err != nil {
				return err
			}
			continue
		}
		if item.Ref.Item == "invoice" {
			continue // handed in yesterday, still with the mentors
		}
		day += 2
		in, err := b.handIn(ctx, haruka, item, work{text: modelText(item), minutes: 55})
		if err != nil {
			return err
		}
		b.at(day, "10:20")
		if err := b.pass(ctx, mentor, in, item, "落ち着いて読めています。この調子でいきましょう。"); err != nil {
			return err
		}
	}
	b.at(-3, "21:10")
	late := b.item(C1, "communication/late-notice")
	in, err := b.handIn(ctx, haruka, late, work{minutes: 25, text: "宛先：sasaki@yukinoshita-miso.example\n件名：YK-31 納期のご相談\n\n本文：\n商品係 佐々木さま\n\nお世話になっております。高橋です。\nアンケートはがきの入力（YK-31）ですが、12月11日（金）17時の納期に間に合わなくなりました。\n子どもの発熱のため、作業の時間が取れませんでした。申しわけありません。\n\nいま180枚が終わり、残りは120枚です。\nできるだけ早くお渡しします。\n\nお返事をお待ちしております。"})
	if err != nil {
		return err
	}
	b.at(-1, "13:05")
	invoice := b.item(C1, "money/invoice")
	if _, err := b.handIn(ctx, haruka, invoice, work{text: modelText(invoice), minutes: 55}); err != nil {
		return err
	}
	b.at(-1, "19:30")
	marks := marksOf(late.Assignment.Rubric, 2)
	setMark(marks, "plan", 1, "終わった枚数と残りの枚数は正しいです。いつ渡せるかの日付がまだありません。")
	setMark(marks, "request", 1, "佐々木さんは、この文だけでは返事がしにくいです。")
	_, err = b.d.Assess(ctx, mentor, in.Submission, desk.AssessForm{
		Attempt: in.Attempt, Version: int64(2 * in.Attempt), Verdict: practice.Return, Marks: marks,
		Fixes: []practice.Fix{
			{N: 1, Row: "plan", Text: "いつ渡せるかを、日付・曜日・時こくで書く", Place: "できるだけ早くお渡しします。"},
			{N: 2, Row: "request", Text: "相手が選べる案を二つ出し、いつまでに返事がほしいかを書く", Place: "お返事をお待ちしております。"},
		},
		Closing: "枚数を数で書けているのが、とても良いです。あと二つ足せば、相手は安心して返事ができます。",
	})
	return err
}

// bringAlong: she wrote about goods in an earlier job and asks to have that recognised; it is with the mentors.
func (b *builder) bringAlong(ctx context.Context, a desk.Actor) error {
	portfolio := b.d.Catalog.Item(course.Portfolio("WRI-02"))
	if portfolio == nil {
		return nil // other course files, that recognise nothing from elsewhere
	}
	b.at(-1, "15:40")
	_, err := b.handIn(ctx, a, portfolio, work{
		text: "【作品1】\n作った物：漬物の紹介文、8品（1品80字）\nだれのために：前に勤めていた道の駅の売り場（架空）\nいつ：2023年の秋、2週間\n自分の受け持ち：文は全部私です。写真は同僚がとりました\n進め方（締め切り、もらった意見、直した所）：秋の市の3日前が締め切りでした。「味が分からない」と言われ、合う料理を一言ずつ足しました\n見せてよいか（だれに聞きましたか）：店長に聞き、よいと言われました\n見られる場所（ウェブの住所があれば）：ありません\n\n紹介文の一つ：\n「いぶした大根を、米ぬかで六十日。かむほどに、いろりの香りがします。薄く切って、チーズとどうぞ。」",
		note: "お店の仕事は4年しました。",
	})
	return err
}

// trainOutsider: the first steps of somebody in another town.
func (b *builder) trainOutsider(ctx context.Context) error {
	for i, item := range b.d.Catalog.Course(C1).Modules[0].Items {
		b.at(-12+i, "13:20")
		if err := b.study(ctx, b.who("outsider"), item, 0); err != nil {
			return err
		}
	}
	return nil
}

// wholeCourse takes somebody through a course at three items a day from a day on; the two mentors judge in turn, and the
// first assignment comes back once.
func (b *builder) wholeCourse(ctx context.Context, a desk.Actor, slug string, from int, mentors [2]desk.Actor) error {
	n, judged := 0, 0
	for _, item := range b.d.Catalog.Course(slug).Items() {
		b.at(from+n/3, []string{"09:40", "13:15", "21:05"}[n%3])
		n++
		if item.Kind != course.KindAssignment {
			wrong := 0
			if n%5 == 0 {
				wrong = 1
			}
			if err := b.study(ctx, a, item, wrong); err != nil {
				return err
			}
			continue
		}
		mentor := mentors[judged%2]
		in, err := b.handIn(ctx, a, item, work{text: modelText(item), content: answerOf(item), minutes: item.Minutes + 10})
		if err != nil {
			return err
		}
		n += 3 // a day of waiting
		if judged == 0 {
			b.at(from+n/3, "15:00")
			if err := b.sendBack(ctx, mentor, in, item); err != nil {
				return err
			}
			n += 3
			b.at(from+n/3, "20:20")
			if in, err = b.handIn(ctx, a, item, work{text: modelText(item), content: answerOf(item), minutes: 20, ticked: []int{1}}); err != nil {
				return err
			}
			n += 3
		}
		b.at(from+n/3, "16:30")
		if err := b.pass(ctx, mentor, in, item, "このまま注文した人に渡せます。おつかれさまでした。"); err != nil {
			return err
		}
		judged++
	}
	return nil
}

// work is what is handed in.
type work struct {
	text    string
	content []byte // of a CSV file; nil: none
	minutes int
	note    string
	ticked  []int
	try     int // the attempt's number; 0: looked up, as the page does
}

// handIn hands somebody's work in, staging its file first.
func (b *builder) handIn(ctx context.Context, a desk.Actor, it *course.Item, w work) (desk.HandedIn, error) {
	number := "00000"
	if w.try == 0 {
		p, err := b.d.LookAssignment(ctx, a, it.Ref)
		if err != nil {
			return desk.HandedIn{}, err
		}
		w.try, number = p.Try, p.Number
	}
	form := desk.WorkForm{Attempt: w.try, Text: w.text, Minutes: w.minutes, Note: w.note, Ticked: w.ticked}
	for range it.Assignment.SelfCheck {
		form.SelfCheck = append(form.SelfCheck, true)
	}
	if w.content != nil && it.Assignment.Deliver.File {
		name := strings.ReplaceAll(it.Assignment.Deliver.Name, "{number}", number)
		f, err := b.d.StageFile(ctx, a, it.Ref, name, bytes.NewReader(w.content), func([]byte) string { return "text/csv" })
		if err != nil {
			return desk.HandedIn{}, fmt.Errorf("%s stages %s: %w", a.Name, name, err)
		}
		form.Files = append(form.Files, f.ID)
	}
	in, err := b.d.HandIn(ctx, a, it.Ref, form)
	if err != nil {
		return in, fmt.Errorf("%s hands in %s: %w", a.Name, it.Ref.Path(), err)
	}
	return in, nil
}

// pass passes a piece with passing marks and one excellent row. A submission's version follows from its attempts: it
// begins at one and moves with every change of turn.
func (b *builder) pass(ctx context.Context, mentor desk.Actor, in desk.HandedIn, it *course.Item, closing string) error {
	marks := marksOf(it.Assignment.Rubric, 2)
	marks[int(in.Submission)%len(marks)].Level = 3
	_, err := b.d.Assess(ctx, mentor, in.Submission, desk.AssessForm{
		Attempt: in.Attempt, Version: int64(2 * in.Attempt), Verdict: practice.Pass, Marks: marks, Closing: closing, Done: []int{1, 2, 3},
	})
	if err != nil {
		return fmt.Errorf("pass %s: %w", it.Ref.Path(), err)
	}
	return nil
}

// sendBack returns a piece with one named fix of the assignment's bank.
func (b *builder) sendBack(ctx context.Context, mentor desk.Actor, in desk.HandedIn, it *course.Item) error {
	fix := practice.Fix{N: 1, Row: it.Assignment.Rubric.Rows[0].ID, Text: "もう一度、注文の条件とひとつずつ照らし合わせる"}
	if bank := it.Assignment.FixBank; len(bank) > 0 {
		one := bank[int(in.Submission)%len(bank)]
		fix.Row, fix.Text = one.Row, one.Text.JA
	}
	marks := marksOf(it.Assignment.Rubric, 2)
	setMark(marks, fix.Row, 1, "")
	_, err := b.d.Assess(ctx, mentor, in.Submission, desk.AssessForm{
		Attempt: in.Attempt, Version: int64(2 * in.Attempt), Verdict: practice.Return, Marks: marks, Fixes: []practice.Fix{fix},
		Closing: "よくできています。あと一か所だけ直しましょう。",
	})
	if err != nil {
		return fmt.Errorf("return %s: %w", it.Ref.Path(), err)
	}
	return nil
}

// study reads a lesson or answers a quiz.
func (b *builder) study(ctx context.Context, a desk.Actor, it *course.Item, wrong int) error {
	var err error
	if it.Kind == course.KindLesson {
		_, err = b.d.MarkLessonDone(ctx, a, it.Ref)
	} else {
		_, err = b.d.AnswerQuiz(ctx, a, it.Ref, 1, Answers(practice.Drawn(it.Quiz, a.Member, 1), wrong))
	}
	if err != nil {
		return fmt.Errorf("%s at %s: %w", a.Name, it.Ref.Path(), err)
	}
	return nil
}

// Answers answers questions, so many of them wrong.
func Answers(questions []course.Question, wrong int) map[string]practice.Given {
	out := make(map[string]practice.Given, len(questions))
	for i, q := range questions {
		var g practice.Given
		switch q.Choose {
		case course.ChooseOne, course.ChooseMany:
			for k, a := range q.Answers {
				if a.Right != (i < wrong) && (q.Choose == course.ChooseMany || len(g.Chosen) == 0) {
					g.Chosen = append(g.Chosen, k)
				}
			}
		case course.ChooseNumber:
			g.Text = strconv.FormatFloat(q.Number.Value, 'f', -1, 64)
			if i < wrong {
				g.Text += "9"
			}
		case course.ChooseShort:
			g.Text = q.Accept[0]
			if i < wrong {
				g.Text = "わかりません"
			}
		}
		out[q.ID] = g
	}
	return out
}

// offerWork makes the shop's open posting, the producer's two drafts, and Naoko's interest.
func (b *builder) offerWork(ctx context.Context) error {
	b.at(-9, "11:00")
	shop, producer := b.who("company"), b.who("producer")
	id, err := b.d.SavePosting(ctx, shop, 0, posting{
		title: "漆器の商品台帳 120件のデータ入力", work: "手書きの商品台帳の写真を見て、表に入力します。\n決まった列に、商品番号・品名・寸法・価格を入れてください。\n読めない字は「?」として、備考に書いてください。はじめての方も歓迎です。",
		deliverable: "商品台帳のCSVファイル 1つ", quantity: "120件（写真6枚）", pay: 13200, hours: 10, week: 5, places: 2, due: 21,
	}.form(b, b.company))
	if err != nil {
		return err
	}
	if err := b.d.OpenPosting(ctx, shop, id, 1); err != nil {
		return err
	}
	b.at(-3, "22:05")
	if err := b.d.SetInterest(ctx, b.who("naoko"), id, true); err != nil {
		return err
	}
	b.at(-2, "15:10")
	for _, p := range []posting{
		{title: "お客様アンケート 300枚の入力", work: "はがきのアンケートを表に入力します。個人の名前は、お渡しする前に消します。", deliverable: "CSVファイル 1つ", quantity: "300枚", pay: 18000, hours: 15, week: 6, places: 2, due: 35},
		{title: "取引先名簿の名寄せ（二つの表を一つに）", work: "二つの名簿をくらべて、同じ取引先を一つにまとめます。"},
	} {
		if _, err := b.d.SavePosting(ctx, producer, 0, p.form(b, b.company)); err != nil {
			return err
		}
	}
	return nil
}

// posting is an offer in short.
type posting struct {
	title, work, deliverable, quantity string
	pay                                int64
	hours, week, places, due           int
}

func (p posting) form(b *builder, c member.CompanyID) desk.PostingForm {
	f := desk.PostingForm{
		Company: c, Title: p.title, JobType: "data-entry", Work: p.work, Deliverable: p.deliverable, Quantity: p.quantity,
		PayYen: p.pay, TaxIncluded: true, Hours: p.hours, HoursWeek: p.week, Places: p.places,
	}
	if p.due > 0 {
		f.Deadline = b.today.AddDate(0, 0, p.due)
	}
	return f
}

func shop(c member.CenterID) job.Company {
	return job.Company{
		Center: c, Name: "川連漆器の店（架空）", Address: "秋田県湯沢市（架空）1-2-3", Contact: "0183-00-0000",
		About: "お椀とお箸をつくる、家族三人の店です。",
	}
}

func (b *builder) item(slug, path string) *course.Item {
	it := b.d.Catalog.Item(ref(slug, path))
	if it == nil {
		panic("demo: there is no " + slug + "/" + path)
	}
	return it
}

// before are the items of a course before one.
func (b *builder) before(slug, path string) []*course.Item {
	var out []*course.Item
	for _, it := range b.d.Catalog.Course(slug).Items() {
		if it.Ref == ref(slug, path) {
			break
		}
		out = append(out, it)
	}
	return out
}

func marksOf(r course.Rubric, level int) []practice.Mark {
	marks := make([]practice.Mark, len(r.Rows))
	for i, row := range r.Rows {
		marks[i] = practice.Mark{Row: row.ID, Level: level}
	}
	return marks
}

func setMark(marks []practice.Mark, row string, level int, comment string) {
	for i := range marks {
		if marks[i].Row == row {
			marks[i].Level, marks[i].Comment = level, comment
		}
	}
}

var (
	breaks = regexp.MustCompile(`<br\s*/?>|</p>|</li>|</h[1-6]>|</tr>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
	blank  = regexp.MustCompile(`\n\s*\n\s*(\n\s*)+`)
)

// model is modelText, worked out once for each assignment.
func (b *builder) model(it *course.Item) string {
	if b.models[it] == "" {
		b.models[it] = modelText(it)
	}
	return b.models[it]
}

// modelText is what a good trainee might write: the assignment's own model at the passing level, as plain text.
func modelText(it *course.Item) string {
	r, _ := it.Assignment.Model.In("ja")
	text := r.HTML
	if parts := strings.SplitN(text, "<h2", 3); len(parts) > 1 {
		_, text, _ = strings.Cut(parts[1], "</h2>")
	}
	text = tags.ReplaceAllString(breaks.ReplaceAllString(text, "\n"), "")
	runes := []rune(strings.TrimSpace(blank.ReplaceAllString(html.UnescapeString(text), "\n\n")))
	if most := it.Assignment.Deliver.TextMax; most > 0 && len(runes) > most {
		runes = runes[:most]
	}
	return string(runes)
}

// answerOf is a faultless table, where the assignment checks one.
func answerOf(it *course.Item) []byte {
	if it.Assignment.Check == nil {
		return nil
	}
	return it.Assignment.Check.Answer
}

// withSlips is a table with some typing mistakes, spread over its rows.
func withSlips(answer []byte, n int) []byte {
	rows, err := csv.NewReader(bytes.NewReader(answer)).ReadAll()
	if err != nil || len(rows) < 2 {
		return answer
	}
	for i := range n {
		row := rows[1+(i*17+5)%(len(rows)-1)]
		col := 1 + i%(len(row)-1)
		row[col] = slip(row[col])
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	_ = w.WriteAll(rows) // into memory
	return out.Bytes()
}

// slip makes a typical mistake: two neighbouring characters change places, or something is left out.
func slip(s string) string {
	r := []rune(s)
	if len(r) < 2 {
		return s + "0"
	}
	r[len(r)-1], r[len(r)-2] = r[len(r)-2], r[len(r)-1]
	if string(r) == s {
		r = r[:len(r)-1]
	}
	return string(r)
}
