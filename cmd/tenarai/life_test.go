package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo"
)

// TestLifeOfACertificate plays in a browser, with the pages' scripts and without, how certificates are revoked, corrected and
// renewed. After each step, all that tells of a certificate says the same at the first asking: the verify page, the PDF, and
// the status list by way of the credential and the JWT, read as a stranger's program reads them, over the network.
func TestLifeOfACertificate(t *testing.T) {
	if testing.Short() {
		t.Skip("journeys take a minute")
	}
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			s := play(t)
			naoko, coordinator, shop := sitDown(t, "naoko", s.base, script), sitDown(t, "coordinator", s.base, script), sitDown(t, "a shop", s.base, script)
			naoko.signIn("naoko@tenarai.example", demo.Password)
			coordinator.signIn("coordinator@tenarai.example", demo.Password)
			course1, course2, security := s.numberOf(certificate.KindCourse, demo.C1), s.numberOf(certificate.KindCourse, demo.C2), s.numberOf(certificate.KindSkill, "SEC-01")
			for _, n := range []string{course1, course2, security} {
				s.agree(naoko, shop, n, certificate.Valid)
			}
			paper, _ := naoko.fetch("/certificates/" + course2 + ".pdf")

			coordinator.open("/center/certificates?q=" + strings.ToLower(course2))
			coordinator.press(`main a[href="/center/certificates/` + course2 + `"]`)
			coordinator.tick(`[name="reason"][value="not_own_work"]`)
			coordinator.tick(`[name="confirm"]`)
			coordinator.press(`form[action$="/revocation"] button`)
			coordinator.reads("取り消し")
			s.agree(naoko, shop, course2, certificate.Revoked)
			shop.reads("本人の作品ではなかったため")

			naoko.open("/account")
			naoko.fill(`[name="printed_name"]`, "伊藤 直子")
			naoko.press(`form[action="/account"] button`)
			coordinator.open("/center/certificates/" + course1)
			coordinator.press(`form[action$="/correction"] button`)
			coordinator.reads("伊藤 直子")
			corrected := s.numberOf(certificate.KindCourse, demo.C1)
			s.agree(naoko, shop, course1, certificate.Replaced)
			shop.press(`main a[href="/verify/` + corrected + `"]`)
			s.agree(naoko, shop, corrected, certificate.Valid)

			naoko.open("/record")
			naoko.press(`form[action="/certificates/` + security + `/renewal"] button`)
			naoko.reads("更新しました")
			renewed := s.numberOf(certificate.KindSkill, "SEC-01")
			s.agree(naoko, shop, security, certificate.Replaced)
			s.agree(naoko, shop, renewed, certificate.Valid)

			fresh, _ := naoko.fetch("/certificates/" + corrected + ".pdf")
			shop.drop(fresh)
			shop.reads("センターが作ったファイルそのものです")
			shop.drop(paper)
			shop.reads("今は有効ではありません")
			shop.drop(bytes.Replace(fresh, []byte("startxref"), []byte("startxreF"), 1))
			if strings.Contains(shop.text(), "ファイルそのものです") {
				t.Error("a file with one byte changed is taken for the one that was made")
			}
		})
	}
}

// numberOf is the newest certificate of naoko's of a kind and subject.
func (s *stage) numberOf(kind certificate.Kind, subject string) string {
	s.t.Helper()
	m, err := s.store.MemberByEmail(s.t.Context(), "naoko@tenarai.example")
	if err != nil {
		s.t.Fatal(err)
	}
	held, err := s.store.Certificates(s.t.Context(), m.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range held {
		if h.Kind == kind && h.Subject == subject {
			return string(h.Number)
		}
	}
	s.t.Fatalf("naoko has no %s of %s", kind, subject)
	return ""
}

// tellings are how each state is told: by the verify page, on the paper, and by a machine's check.
var tellings = map[certificate.State]struct {
	page, paper string
	revoked     bool
}{
	certificate.Valid:    {"有効な証明書です", "", false},
	certificate.Replaced: {"新しい証明書に替わりました", "差し替え", true},
	certificate.Revoked:  {"取り消された証明書です", "取消", true},
}

// agree checks that all that tells of a certificate says that it stands so. It leaves the shop on the verify page.
func (s *stage) agree(holder, shop *person, number string, state certificate.State) {
	t, want := s.t, tellings[state]
	t.Helper()
	shop.open("/verify/" + number)
	shop.reads(want.page)
	pdf, status := holder.fetch("/certificates/" + number + ".pdf")
	text := run(t, pdf, "pdftotext", "FILE", "-")
	for other, words := range tellings {
		if other == state && !strings.Contains(text, words.paper) || other != state && words.paper != "" && strings.Contains(text, words.paper) {
			t.Errorf("%s is %s; its paper (%d) says:\n%s", number, state, status, text)
		}
	}
	issuer := badge.NewIssuer(s.base)
	for _, ending := range []string{".json", ".jwt"} {
		doc, status := holder.fetch("/credentials/" + number + ending)
		if attached := run(t, pdf, "pdfdetach", "-save", "1", "-o", "/dev/stdout", "FILE"); ending == ".json" && attached != string(doc) {
			t.Errorf("%s: the credential in its paper is another than the one at its address", number)
		}
		report, err := issuer.Check(doc, time.Now(), s.publish)
		if err != nil || !report.Authentic() || report.Has(certificate.TakenBack) != want.revoked || report.Good() == want.revoked {
			t.Errorf("%s is %s; its %s (%d): %v, %v", number, state, ending, status, report.Why, err)
		}
	}
}

// publish fetches what a check asks for over the network. A DID always leads to https, where this town does not listen.
func (s *stage) publish(address string) ([]byte, error) {
	res, err := http.Get(strings.Replace(address, "https://127.0.0.1", "http://127.0.0.1", 1)) //nolint:noctx // a test's own server
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %d", address, res.StatusCode)
	}
	return io.ReadAll(res.Body)
}

// drop gives a file to the verify page.
func (p *person) drop(content []byte) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "given.pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.open("/verify")
	p.do(chromedp.SetUploadFiles(`input[type="file"]`, []string{file}, chromedp.ByQuery))
	p.press(`form[action="/verify/file"] button`)
}
