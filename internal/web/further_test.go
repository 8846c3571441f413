package web

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tenarai/internal/practice"
)

const secondPath = portfolioPath + "-2"

// reads fetches a page and expects what it must say, and what it must not where it begins with "!".
func (v *town) reads(who, path string, words ...string) *goquery.Document {
	v.t.Helper()
	w := get(path).as(who).of(v)
	body := w.Body.String()
	if w.Code != 200 {
		v.t.Errorf("%s as %s: %d", path, who, w.Code)
	}
	for _, word := range words {
		not, is := strings.CutPrefix(word, "!")
		if strings.Contains(body, not) == is {
			v.t.Errorf("%s as %s: %q", path, who, word)
		}
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	return doc
}

// handsInWords hands in the first attempt of a portfolio as its form does.
func (v *town) handsInWords(who, path, text string) practice.SubmissionID {
	v.t.Helper()
	v.reads(who, path, `action="`+path+`/attempts"`)
	if w := upload(path+"/attempts", url.Values{"attempt": {"1"}, "text": {text}, "check": {"0", "1"}}, nil).as(who).of(v); w.Code != 303 {
		v.t.Fatalf("%s handed in: %d", path, w.Code)
	}
	return v.look(who, path).Submission.ID
}

// passesAs has a mentor pass a piece at the bench.
func (v *town) passesAs(mentor string, id practice.SubmissionID) {
	v.t.Helper()
	path := "/mentor/submissions/" + strconv.FormatInt(int64(id), 10)
	doc := v.reads(mentor, path)
	judged := url.Values{"attempt": {"1"}, "verdict": {"pass"}}
	judged.Set("version", doc.Find(`input[name="version"]`).AttrOr("value", ""))
	doc.Find(`input[type="radio"][value="2"]`).Each(func(_ int, row *goquery.Selection) { judged.Set(row.AttrOr("name", ""), "2") })
	if w := post(path+"/assessment", judged).as(mentor).of(v); w.Code != 303 {
		v.t.Fatalf("passed: %d", w.Code)
	}
}

// By links alone: recognised once, she is shown the way to a certificate, hands in other work, and two mentors make it one.
func TestSecondPortfolioByItsLinks(t *testing.T) {
	v := newTown(t)
	for _, who := range []string{"aoi", "mentor", "coordinator"} {
		if w := get(secondPath).as(who).of(v); w.Code != 404 {
			t.Errorf("a second before the first, as %s: %d", who, w.Code)
		}
	}
	if w := upload(secondPath+"/attempts", url.Values{"attempt": {"1"}, "text": {"英訳"}}, nil).as("aoi").of(v); w.Code != 404 {
		t.Errorf("handed in before the first: %d", w.Code)
	}
	one := v.handsInWords("aoi", portfolioPath, "湯宿の看板の英訳")
	v.reads("aoi", "/record/prior", "!もう一度、作品で証明する")
	v.passesAs("mentor", one)

	doc := v.reads("aoi", "/record/prior", "レベル2と認められました", "2つの作品を2人の先生が認めると、証明書が出ます。")
	if to := doc.Find(`#mine-title + ul a.more`).AttrOr("href", ""); to != secondPath {
		t.Fatalf("the way leads to %q", to)
	}
	doc = v.reads("aoi", secondPath, "作品その2（ポートフォリオ）：和英翻訳", "前とは別の作品を出してください。", "!湯宿の看板の英訳")
	if to := doc.Find(".note a").AttrOr("href", ""); to != portfolioPath {
		t.Errorf("the work before is at %q", to)
	}
	two := v.handsInWords("aoi", secondPath, "酒蔵の案内文の英訳")
	v.reads("aoi", "/record/prior", "先生が見ています", "!もう一度、作品で証明する")
	v.reads("aoi", secondPath, "!前とは別の作品を出してください。", `href="`+portfolioPath+`"`)
	v.reads("mentor2", "/mentor", "作品その2（ポートフォリオ）：和英翻訳")
	v.reads("mentor2", "/mentor/submissions/"+strconv.FormatInt(int64(two), 10), "その2（ポートフォリオ）：和英翻訳", "前にも同じ力の作品が出ています。",
		`href="/mentor/submissions/`+strconv.FormatInt(int64(one), 10)+`"`)
	v.reads("mentor2", "/mentor/submissions/"+strconv.FormatInt(int64(one), 10), "湯宿の看板の英訳", "!前にも同じ力の作品")
	v.passesAs("mentor2", two)

	v.reads("aoi", "/record/prior", "レベル2と認められました", "!もう一度、作品で証明する", `href="`+secondPath+`"`)
	v.reads("aoi", "/record", "証明書のPDF", "証しになった作品 2点", `href="`+portfolioPath+`"`, `href="`+secondPath+`"`)
	if w := get(portfolioPath + "-4").as("aoi").of(v); w.Code != 404 {
		t.Errorf("a fourth before the third: %d", w.Code)
	}
}

// A level that lapses is no dead end: the record says beforehand and afterwards what to do, and tells of the lapse.
func TestRenewalHasAWay(t *testing.T) {
	v := newTown(t)
	v.passesAs("mentor", v.handsInWords("aoi", portfolioPath, "湯宿の看板の英訳"))
	passed := v.Clock.Now()
	way := func() string {
		return v.reads("aoi", "/record").Find(`#skill-TRA-01 .nexts a`).AttrOr("href", "")
	}
	if to := way(); to != "" {
		t.Errorf("a current level 2 is to be raised at %s", to)
	}
	v.Clock.Set(passed.AddDate(1, 0, -30))
	if to := way(); to != secondPath {
		t.Errorf("soon to be renewed at %q", to)
	}
	v.reads("aoi", "/record", "までに新しい証しがあると、期限がのびます。", "更新するには", "!更新が必要")
	v.reads("aoi", "/record/prior", "新しい作品で、期限がのびます。", `href="`+secondPath+`"`)
	v.Clock.Set(passed.AddDate(1, 0, 1))
	if to := way(); to != secondPath {
		t.Errorf("to be renewed at %q", to)
	}
	doc := v.reads("aoi", "/record", "1年のあいだ、新しい証しがありません。", "更新するには", "!期限がのびます")
	line := doc.Find(".timeline li").First()
	if day, err := time.Parse(time.RFC3339, line.Find("time").AttrOr("datetime", "")); err != nil || !day.Equal(passed.AddDate(1, 0, 0).Truncate(time.Second)) ||
		!strings.Contains(line.Text(), "「和英翻訳」レベル2の更新が必要になりました") {
		t.Errorf("the history begins with %q at %s (%v)", line.Text(), day, err)
	}
	v.passesAs("mentor", v.handsInWords("aoi", secondPath, "酒蔵の案内文の英訳"))
	if to := way(); to != "" {
		t.Errorf("renewed, and still to be renewed at %s", to)
	}
	v.reads("aoi", "/record", "更新が必要になりました", "!1年のあいだ、新しい証しがありません。")
}
