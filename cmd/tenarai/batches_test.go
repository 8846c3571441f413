package main

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"tenarai/internal/demo"
)

// TestCertificatesJourney plays in a browser how a coordinator chooses how certificates look, issues them to a cohort, takes
// one back and lets an award no longer count.
func TestCertificatesJourney(t *testing.T) {
	if testing.Short() {
		t.Skip("journeys take a minute")
	}
	for _, script := range []bool{true, false} {
		name := map[bool]string{true: "with script", false: "without script"}[script]
		t.Run(name, func(t *testing.T) {
			s := play(t)
			s.t = t
			if err := s.desk.SetUpKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
			p := sitDown(t, "coordinator", s.base, script)
			p.signIn("coordinator@tenarai.example", demo.Password)
			p.chooseDesign()
			s.issueToAll(p)
			p.takeBack()
		})
	}
}

func (p *person) chooseDesign() {
	p.open("/center/certificates")
	p.press(`main a[href="/center/design"]`)
	p.tick(`input[value="quiet"]`)
	p.fill("#signer", "センター長\u202e")
	p.press(`form.card button:not([formaction])`)
	p.reads("印刷できない文字があります", "U+202E")
	if !p.has(`input[value="quiet"]:checked`) {
		p.t.Error("the style that was chosen is lost")
	}
	p.fill("#signer", "センター長 小野寺京子")
	p.press(`form.card button:not([formaction])`)
	p.reads("保存しました")
}

// issueToAll issues the certificates of a cohort. With scripts the page tells by itself when they are ready; without, a link
// does.
func (s *stage) issueToAll(p *person) {
	p.open("/center/cohorts/1/certificates")
	p.do(p.on("form.card", `e.noValidate = true`))
	p.press("form.card button")
	p.reads("チェックを入れてください")
	p.tick("#confirm")
	p.press("form.card button")
	p.reads("一枚ずつ作っています")
	p.do(chromedp.Evaluate(`window.stayed = 1`, nil))
	if _, err := s.desk.WorkBatch(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	if p.script {
		p.do(chromedp.WaitVisible(`a[href$="certificates.zip"]`, chromedp.ByQuery))
		p.do(chromedp.Poll(`document.querySelector("[data-part] [role=status]").textContent.includes("できあがりました")`, nil))
		if p.number(`window.stayed || 0`) != 1 || p.has("[data-again]") {
			s.t.Error("the page was loaded anew, or goes on asking")
		}
		p.look()
	} else {
		p.press(`[data-part] a.plain`)
	}
	p.reads("できあがりました", "2枚")
}

func (p *person) takeBack() {
	p.open("/center/certificates?kind=course&q=%E7%94%B1%E7%BE%8E")
	p.press(".certificates a")
	p.fill("#note", "電話で確かめた")
	p.do(p.on(`form[action$="/revocation"]`, `e.noValidate = true`))
	p.press(`form[action$="/revocation"] button`)
	p.reads("理由を選んでください", "チェックを入れてください")
	p.tick(`input[value="issued_in_error"]`)
	p.tick("#confirm")
	p.press(`form[action$="/revocation"] button`)
	p.reads("取り消しました", "まちがって発行されたため", "電話で確かめた")
	page := p.link("/verify/")
	p.press(`main a[href^="/center/members/"]`)
	p.do(p.on(".ledger details", `e.open = true`))
	p.fill(".ledger textarea", "別の人の作品")
	p.do(p.on(".ledger form", `e.noValidate = true`))
	p.press(".ledger form button")
	p.reads("理由を選んでください")
	p.tick("#reason")
	p.tick("#confirm")
	p.press(".ledger details[open] button")
	p.reads("証しを取り消しました", "取り消しずみ", "別の人の作品")
	p.open(page)
	p.reads("取り消された証明書です")
}
