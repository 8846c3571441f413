package main

import (
	"strings"
	"testing"
	"time"

	"tenarai/internal/demo"
)

// TestSharingJourney plays in a browser how Yumi shows her record to one company and to whoever has a link, sees who looked,
// and is erased in the end.
func TestSharingJourney(t *testing.T) {
	if testing.Short() {
		t.Skip("journeys take a minute")
	}
	for _, script := range []bool{true, false} {
		name := map[bool]string{true: "with script", false: "without script"}[script]
		t.Run(name, func(t *testing.T) {
			s := play(t)
			s.t = t
			s.sharing(script)
		})
	}
}

func (s *stage) sharing(script bool) {
	t := s.t
	yumi, company := sitDown(t, "yumi", s.base, script), sitDown(t, "company", s.base, script)
	yumi.signIn("yumi@tenarai.example", demo.Password)
	yumi.open("/account")
	yumi.fill("#printed_name", "ゆみ\u202e")
	yumi.tick("#printed_kana")
	yumi.press(`form[action="/account"] button`)
	yumi.reads("印刷できない文字があります", "U+202E")
	yumi.fill("#printed_name", "𠮷田 由美")
	yumi.fill("#latin_name", "Yumi Yoshida")
	yumi.press(`form[action="/account"] button`)
	yumi.reads("保存しました")

	yumi.open("/record")
	yumi.press(`main a[href="/record/shares"]`)
	yumi.reads("リンクはまだありません")
	yumi.press(`a[href="/record/shares/new"]`)
	yumi.do(yumi.on("#company", `e.selectedIndex = 1; e.dispatchEvent(new Event("change", {bubbles: true}))`))
	yumi.fill("#until", "2020-01-01")
	yumi.fill("#label", "お店へ")
	yumi.press("form.card button")
	yumi.reads("今日より後の日付にしてください")
	yumi.fill("#until", time.Now().AddDate(0, 0, 40).Format(time.DateOnly))
	yumi.press("form.card button")
	yumi.reads("相手に見える内容", "名前は、持ち主の希望で出していません", "レベル2")
	yumi.press(`button[value="edit"]`)
	yumi.tick(`input[name="certificate"]`)
	yumi.press("form.card button")
	yumi.press(`button[value="make"]`)
	yumi.reads("リンクを作りました", "お店へ", "開かれた回数 0回")
	var address string
	yumi.do(yumi.evaluate(`document.querySelector("input[readonly]").value`, &address))
	path, ok := strings.CutPrefix(address, s.base)
	if !ok {
		t.Fatalf("the link is %s", address)
	}

	company.open(path)
	company.reads("このリンクは使えません")
	company.signIn("company@tenarai.example", demo.Password)
	company.open(path)
	company.reads("できることの記録", "川連漆器の店（架空）")
	if text := company.text(); strings.Contains(text, "由美") || strings.Contains(text, "伊藤") {
		t.Errorf("names are shown:\n%s", text)
	}
	yumi.open("/record/shares")
	yumi.reads("開かれた回数 1回", "川連漆器の店（架空）")
	yumi.press(`main a[href="/record/disclosures"]`)
	yumi.reads("川連漆器の店（架空）", "リンク「お店へ」を開きました")
	yumi.open("/record/shares")
	yumi.press(`form[action$="/end"] button`)
	yumi.reads("もう開けません")
	company.open(path)
	company.reads("このリンクは使えません")
	s.erasing(yumi, script)
}

// erasing: the coordinator erases her, and nothing of hers can be opened any more.
func (s *stage) erasing(yumi *person, script bool) {
	t := s.t
	yumi.open("/account")
	number := yumi.memberNumber()
	keeper, stranger := sitDown(t, "coordinator", s.base, script), sitDown(t, "stranger", s.base, script)
	keeper.signIn("coordinator@tenarai.example", demo.Password)
	keeper.open("/center/members/" + number)
	keeper.press(`main a[href$="/erase"]`)
	keeper.reads("元には戻せません", number)
	keeper.fill("#number", "0")
	keeper.press("form.card button")
	keeper.reads("会員番号が違います")
	keeper.fill("#number", number)
	keeper.press("form.card button")
	keeper.reads("記録を消しました")
	yumi.open("/record")
	yumi.reads("手習いに入る")
	stranger.signIn("yumi@tenarai.example", demo.Password)
	stranger.reads("違います")
}

// memberNumber is a person's number on her account page.
func (p *person) memberNumber() string {
	p.t.Helper()
	var n string
	p.do(p.evaluate(`[...document.querySelectorAll("dl.self > div")].find(d => d.querySelector("dt").textContent === "会員番号").querySelector("dd").textContent.trim()`, &n))
	return n
}
