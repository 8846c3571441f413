package pdf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tenarai/internal/certificate"
)

// eachDesign runs a test for each template, upright and across.
func eachDesign(t *testing.T, f func(t *testing.T, template certificate.Template, portrait bool)) {
	for _, template := range certificate.Templates {
		for _, portrait := range []bool{false, true} {
			t.Run(designName(template, portrait), func(t *testing.T) { f(t, template, portrait) })
		}
	}
}

func designName(template certificate.Template, portrait bool) string {
	if template == certificate.Frame {
		template = "frame"
	}
	return string(template) + map[bool]string{false: "-landscape", true: "-portrait"}[portrait]
}

// pageText is the text of a page in the order it was written, without spaces.
func pageText(t *testing.T, d Document, page string) string {
	t.Helper()
	return squeezed(string(tool(t, d, "pdftotext", "-raw", "-f", page, "-l", page, "FILE", "-")))
}

func has(t *testing.T, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, squeezed(want)) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

func TestEveryDesignSaysEverything(t *testing.T) {
	p := newPrinter(t)
	titled := programmeSample("葵") // with titles as long as a cohort's may be
	titled.Snapshot.Topic = text(strings.Repeat("湯沢市在宅ワーカー養", 6), strings.Repeat("Programme ", 11)+"Worldwidely")
	eachDesign(t, func(t *testing.T, template certificate.Template, portrait bool) {
		for what, c := range map[string]certificate.Certificate{"course": sample("𠮷田 由美"), "longest": long(hardNames["54 letters"]), "skill": skillSample("辻󠄀 一郎"), "programme": programmeSample("葵"), "long title": titled} {
			s := rich(c, template, portrait)
			d := mustPrint(t, p, s)
			tool(t, d, "qpdf", "--check", "FILE")
			for page, w := range map[string]words{"1": japanese, "2": english} {
				got := pageText(t, d, page)
				var meanings []string
				for _, p := range s.Snapshot.Skills {
					meanings = append(meanings, w.level(p.Level, p.Descriptor.In(w.lang)))
				}
				for _, want := range expected(s.Certificate, w) {
					if what == "longest" && slices.Contains(meanings, want) {
						continue // so much is told in brief, where it would be too small to read
					}
					if !strings.Contains(got, squeezed(want)) {
						t.Errorf("%s, page %s lacks %q", what, page, want)
					}
				}
				has(t, got, fmt.Sprintf(w.replaces, s.Replaces), fmt.Sprintf(w.rule, s.Snapshot.Rule), w.until, w.date(s.Until), signer(s.Snapshot.Design, w))
			}
			has(t, pageText(t, d, "1"), s.Snapshot.Kana)
			if images := strings.Count(string(tool(t, d, "pdfimages", "-list", "FILE")), " rgb "); images != 4 {
				t.Errorf("%s: %d pictures on two pages", what, images)
			}
		}
	})
}

func TestLanguagesAndDates(t *testing.T) {
	p := newPrinter(t)
	s := plain(sample("葵"), certificate.Quiet, false)
	s.Snapshot.Design.Language, s.Snapshot.Design.Western = certificate.JapaneseOnly, true
	d := mustPrint(t, p, s)
	has(t, pageText(t, d, "1"), "発行日2026年11月22日", "2026年9月19日～2026年11月22日", "1回目の提出で合格・2026年11月2日")
	if strings.Contains(pageText(t, d, "1"), "令和") {
		t.Error("an era on a page with Western dates")
	}
	s.Snapshot.Design.Language, s.Snapshot.Latin = certificate.EnglishOnly, "Aoi Sato"
	e := mustPrint(t, p, s)
	has(t, pageText(t, e, "1"), "Certificate of Completion", "Aoi Sato")
	for language, d := range map[string]Document{"ja-JP": d, "en": e} {
		if pages := tool(t, d, "qpdf", "--show-npages", "FILE"); string(pages) != "1\n" {
			t.Errorf("%s: %s pages", language, pages)
		}
		if root := string(tool(t, d, "qpdf", "--show-object=trailer", "FILE")); !strings.Contains(root, "/ID") {
			t.Errorf("no identifier: %s", root)
		}
		if !bytes.Contains(d.Bytes, []byte("/Lang("+language+")")) {
			t.Errorf("the document is not in %s", language)
		}
	}
}

func TestKindsHaveTheirWords(t *testing.T) {
	p := newPrinter(t)
	s := mustPrint(t, p, plain(skillSample("葵"), "", false))
	has(t, pageText(t, s, "1"), "技能証明書", "BIZ-03 見積・請求 レベル2", "3件の課題を2人の評価者が評価", "持ちこみの作品・令和8年10月13日")
	has(t, pageText(t, s, "2"), "Certificate of Skill", "Estimates and invoices Level 2", "Proven by 3 pieces of work, assessed by 2 assessors", "portfolio")
	g := mustPrint(t, p, plain(programmeSample("葵"), certificate.Formal, true))
	has(t, pageText(t, g, "1"), "プログラム修了証", "あなたは次の課程に定める講座をすべて修められました", "よって")
	has(t, pageText(t, g, "2"), "Programme Certificate", "every course of the programme")
}

func TestWhatIsNotValidIsStamped(t *testing.T) {
	p := newPrinter(t)
	changed := issued.AddDate(0, 1, 0)
	for state, want := range map[certificate.State][2][]string{
		certificate.Revoked:  {{"取消", "REVOKED", "令和8年12月22日に取り消されました"}, {"取消", "REVOKED", "revoked on 22 December 2026"}},
		certificate.Lapsed:   {{"期限切れ", "EXPIRED", "令和10年11月22日に有効期限が切れました"}, {"EXPIRED", "expired on 22 November 2028"}},
		certificate.Replaced: {{"差し替え済み", "REPLACED", "下の番号を確かめると"}, {"REPLACED", "Its number leads to the new one"}},
	} {
		eachDesign(t, func(t *testing.T, template certificate.Template, portrait bool) {
			s := rich(sample("葵"), template, portrait)
			whole := pageText(t, mustPrint(t, p, s), "1")
			s.State, s.Changed = state, changed
			d := mustPrint(t, p, s)
			tool(t, d, "qpdf", "--check", "FILE")
			has(t, pageText(t, d, "1"), want[0]...)
			has(t, pageText(t, d, "2"), want[1]...)
			if strings.Contains(whole, want[0][0]) {
				t.Errorf("a valid one says %s", want[0][0])
			}
		})
	}
	s := plain(sample("葵"), "", false)
	s.State = certificate.Revoked // since when is not known
	if got := pageText(t, mustPrint(t, p, s), "1"); !strings.Contains(got, "REVOKED") || strings.Contains(got, "取り消されました") {
		t.Error(got)
	}
	s.State = certificate.Withdrawn
	if _, err := p.Certificate(s); err == nil {
		t.Error("a withdrawn certificate was printed")
	}
}

func TestASampleLeadsNowhere(t *testing.T) {
	p := newPrinter(t)
	eachDesign(t, func(t *testing.T, template certificate.Template, portrait bool) {
		s := rich(sample("手習 花子"), template, portrait)
		s.Sample, s.Number, s.Address = true, "", ""
		d := mustPrint(t, p, s)
		tool(t, d, "qpdf", "--check", "FILE")
		has(t, pageText(t, d, "1"), "見本", "SAMPLE", "（見本）")
		s.Address = verifyURL
		d = mustPrint(t, p, s)
		picture := filepath.Join(t.TempDir(), "page")
		tool(t, d, "pdftoppm", "-r", "100", "-gray", "-singlefile", "FILE", picture)
		if out, err := exec.Command("zbarimg", "-q", "--raw", picture+".pgm").Output(); err == nil {
			t.Errorf("its QR code says %q", out)
		}
		if strings.Contains(pageText(t, d, "1"), "verify") {
			t.Error("it names an address")
		}
	})
}

func TestTheDocumentDescribesItself(t *testing.T) {
	s := rich(sample("𠮷田 <由美> & (友)"), certificate.Frame, false)
	d := mustPrint(t, newPrinter(t), s)
	info := string(tool(t, d, "pdfinfo", "FILE"))
	has(t, squeezed(info), "Title: 在宅ワーク入門 修了証 – 𠮷田 <由美> & (友)", "Subject: C1 在宅ワーク入門と契約・安全",
		"Keywords: "+string(s.Number)+", C1", "Author: 湯沢市在宅ワークセンター", "Creator: tenarai "+CertificateRenderer, "Metadata Stream: yes")
	meta := string(tool(t, d, "pdfinfo", "-meta", "FILE"))
	has(t, squeezed(meta), `<rdf:li xml:lang="ja-JP">在宅ワーク入門 修了証 – 𠮷田 &lt;由美&gt; &amp; (友)</rdf:li>`, `<rdf:li xml:lang="en">Certificate of completion: Working from home – 𠮷田`, "<dc:identifier>"+string(s.Number))
	for x := xml.NewDecoder(strings.NewReader(meta)); ; {
		if _, err := x.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the XMP is no XML: %v", err)
		}
	}
	outlines := string(tool(t, d, "qpdf", "--json", "--json-key=outlines", "FILE"))
	has(t, squeezed(outlines), "修了証 – 日本語", "Certificate of Completion – English", `"destpageposfrom1": 2`)
	if !bytes.Contains(d.Bytes, []byte("/DisplayDocTitle true")) || !bytes.Contains(d.Bytes, []byte("/Lang(ja-JP)")) {
		t.Error("the catalog lacks the language or how the title is shown")
	}
}

func TestTheCredentialIsAttached(t *testing.T) {
	s := rich(sample("𠮷田 由美"), certificate.Frame, false)
	s.Credential = bytes.Repeat([]byte("{\"名\":\"𠮷\"}\x00\r\n"), 200)
	d := mustPrint(t, newPrinter(t), s)
	if list := string(tool(t, d, "pdfdetach", "-list", "FILE")); !strings.HasPrefix(list, "1 embedded files\n1: credential.json") {
		t.Error(list)
	}
	saved := filepath.Join(t.TempDir(), "out")
	tool(t, d, "pdfdetach", "-save", "1", "-o", saved, "FILE")
	if got, err := os.ReadFile(saved); err != nil || !bytes.Equal(got, s.Credential) {
		t.Errorf("%d bytes came out of %d: %v", len(got), len(s.Credential), err)
	}
	s.Credential = nil
	if list := string(tool(t, mustPrint(t, newPrinter(t), s), "pdfdetach", "-list", "FILE")); !strings.HasPrefix(list, "0 embedded files") {
		t.Error(list)
	}
}

// A printer cannot print to the edge, and a blade does not cut where it should.
func TestNothingIsNearTheEdge(t *testing.T) {
	p := newPrinter(t)
	eachDesign(t, func(t *testing.T, template certificate.Template, portrait bool) {
		s := rich(long(hardNames["54 letters"]), template, portrait)
		s.State, s.Changed = certificate.Replaced, issued
		d := mustPrint(t, p, s)
		for _, page := range []string{"1", "2"} {
			wide, high, pixels := rendered(t, d, page, 100)
			edge := 7 * 100 * 10 / 254
			for y := range high {
				for x := range wide {
					if (x < edge || y < edge || x >= wide-edge || y >= high-edge) && pixels[y*wide+x] < 250 {
						t.Fatalf("page %s has ink at %d, %d of %d × %d", page, x, y, wide, high)
					}
				}
			}
		}
	})
}

// rendered is a page as grey pixels.
func rendered(t *testing.T, d Document, page string, dpi int) (wide, high int, pixels []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page")
	tool(t, d, "pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-png", "-singlefile", "-f", page, "FILE", file)
	f, err := os.Open(file + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := picture.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			grey, _, _, _ := picture.At(b.Min.X+x, b.Min.Y+y).RGBA()
			pixels = append(pixels, byte(grey>>8))
		}
	}
	return b.Dx(), b.Dy(), pixels
}

func TestPicturesOfEveryKind(t *testing.T) {
	p := newPrinter(t)
	good := rich(sample("葵"), certificate.Quiet, false)
	whole := mustPrint(t, p, good)
	missing := good
	missing.Pictures = nil
	none := good
	none.Snapshot.Design.Seal, none.Snapshot.Design.Signature = "", ""
	if !bytes.Equal(mustPrint(t, p, missing).Bytes, mustPrint(t, p, none).Bytes) {
		t.Error("a picture that is not at hand is not as none")
	}
	if bytes.Equal(whole.Bytes, mustPrint(t, p, none).Bytes) {
		t.Error("the pictures make no difference")
	}
	for what, data := range map[string][]byte{"no picture": []byte("hello"), "cut short": sealPicture()[:60], "too large": hugePicture()} {
		bad := good
		bad.Pictures = map[string][]byte{good.Snapshot.Design.Seal: data}
		if _, err := p.Certificate(bad); err == nil {
			t.Errorf("%s: printed", what)
		}
	}
}

func TestEveryDesignSameBytesFromManyAtOnce(t *testing.T) {
	p := newPrinter(t)
	var sheets []certificate.Sheet
	for _, template := range certificate.Templates {
		sheets = append(sheets, rich(sample("Łukasz 𠮷田 辻󠄀"), template, false), rich(sample("Łukasz 𠮷田 辻󠄀"), template, true))
	}
	sums := make([][]string, 8)
	var group sync.WaitGroup
	for i := range sums {
		group.Go(func() {
			for _, s := range sheets {
				d, err := p.Certificate(s)
				if err != nil {
					t.Error(err)
				}
				sums[i] = append(sums[i], d.SHA256)
			}
		})
	}
	group.Wait()
	for _, s := range sums {
		if !slices.Equal(s, sums[0]) {
			t.Errorf("%q and %q", s, sums[0])
		}
	}
}
