package main

import (
	"strings"
	"testing"

	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/practice"
)

// TestBroughtAlong plays in a browser, with the pages' scripts and without, how somebody has a skill recognised that she
// learned elsewhere: found by searching, handed in, returned with a question, handed in again, recognised.
func TestBroughtAlong(t *testing.T) {
	if testing.Short() {
		t.Skip("journeys take a minute")
	}
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			s := play(t)
			it := s.library.Catalog.Item(course.Portfolio("TRA-01"))
			aoi, mentor := sitDown(t, "aoi", s.base, script), sitDown(t, "mentor", s.base, script)
			aoi.signIn("aoi@tenarai.example", demo.Password)
			mentor.signIn("mentor@tenarai.example", demo.Password)

			aoi.open("/record")
			aoi.press(`main a[href="/record/prior"]`)
			aoi.fill("#q", "わえい")
			aoi.press(`form[action="/record/prior"] button`)
			aoi.reads("和英翻訳")
			aoi.press(`main a[href="` + it.Ref.Path() + `"]`)
			if text := aoi.text(); strings.Contains(text, "依頼書") || strings.Contains(text, "納期") {
				t.Errorf("a portfolio reads like an order:\n%s", text)
			}
			aoi.fill("#text", "")
			aoi.press(`form.workform .actions button:not([formaction])`)
			aoi.reads("文章")
			aoi.fill("#text", "作った物：宿の案内文の英訳\n自分の受け持ち：訳と用語集")
			for _, i := range []string{"0", "1", "2"} {
				aoi.tick("#check-" + i)
			}
			aoi.press(`form.workform .actions button:not([formaction])`)
			aoi.reads("受付")

			mentor.judge(it, "佐藤 葵", practice.Return)
			aoi.open("/record/prior")
			aoi.reads("先生からお返事があります")
			aoi.open(it.Ref.Path())
			aoi.reads("もう少し教えてください", "質問に番号をつける")
			aoi.tick(`[name="fix"]`)
			aoi.press(`form.workform .actions button:not([formaction])`)
			mentor.judge(it, "佐藤 葵", practice.Pass)
			aoi.open("/record/prior")
			aoi.reads("レベル2と認められました")
			aoi.open(it.Ref.Path())
			aoi.reads("合格")
			aoi.open("/record")
			aoi.reads("和英翻訳", "証明書はまだありません")
		})
	}
}
