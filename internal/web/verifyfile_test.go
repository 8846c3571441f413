package web

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-jose/go-jose/v4"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
)

// verdict is the card of the verify page, in words, with single spaces.
func (w *wholeTown) verdict(number, lang string) (card *goquery.Selection, text string) {
	w.t.Helper()
	res := w.expect(200, "", get("/verify/"+number).with("Accept-Language", lang))
	doc, err := goquery.NewDocumentFromReader(res.Body)
	w.must(err)
	card = doc.Find(".verdictcard")
	return card, strings.Join(strings.Fields(card.Text()), " ")
}

// namesAllowed lets yumi's name stand on the verify page, or not.
func (w *wholeTown) namesAllowed(yes bool) {
	w.t.Helper()
	_, err := w.demo.Desk.SaveProfile(w.t.Context(), w.demo.Actor(w.t, "yumi"), desk.ProfileForm{PrintedName: "𠮷田 由美", Kana: "よしだ ゆみ", VerifyName: yes, HoursWeek: 10, Share: true, Language: "ja"})
	w.must(err)
}

// Each way a certificate can stand is told in both languages, by words; no name that is not allowed, and no note.
func TestVerifyStates(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	d, ctx, yumi, coordinator := w.demo.Desk, t.Context(), w.demo.Actor(t, "yumi"), w.demo.Actor(t, "coordinator")
	all, err := w.demo.Store.Certificates(ctx, yumi.Member)
	w.must(err)
	var courses, skills []string
	for _, h := range all {
		if h.Kind == certificate.KindCourse {
			courses = append(courses, string(h.Number))
		} else {
			skills = append(skills, string(h.Number))
		}
	}
	if len(courses) < 2 || len(skills) < 1 {
		t.Fatalf("yumi has %v and %v", courses, skills)
	}
	naoko := w.numberOf("naoko", certificate.KindCourse)
	holds := func(what, number, sign, ja, en string, words ...string) {
		t.Helper()
		for lang, verdict := range map[string]string{"ja": ja, "en": en} {
			card, text := w.verdict(number, lang)
			if card.Find("h1").Text() != verdict || card.Find(".seal").Text() != sign || !strings.Contains(text, number) {
				t.Errorf("%s in %s: %s", what, lang, text)
			}
			for _, word := range append(words, "!由美", "!よしだ", "!電話で") {
				if not, ok := strings.CutPrefix(word, "!"); ok == strings.Contains(text, not) {
					t.Errorf("%s in %s: %q is wrong in %s", what, lang, word, text)
				}
			}
		}
	}
	holds("valid", courses[0], "✓", "有効な証明書です", "This certificate is valid")
	w.namesAllowed(true)
	if _, text := w.verdict(courses[0], "ja"); !strings.Contains(text, "𠮷田 由美") || strings.Contains(text, "よしだ") {
		t.Errorf("her name is allowed, and it says %s", text)
	}
	w.namesAllowed(false)
	w.must(d.RevokeCertificate(ctx, coordinator, courses[0], desk.RevokeForm{Reason: certificate.IssuedInError, Note: "電話で確かめた"}))
	holds("revoked", courses[0], "×", "取り消された証明書です", "This certificate was revoked")
	for lang, reason := range map[string]string{"ja": "まちがって発行されたため", "en": "It was issued in error"} {
		if _, text := w.verdict(courses[0], lang); !strings.Contains(text, reason) {
			t.Errorf("no reason in %s", text)
		}
	}
	_, err = d.SaveProfile(ctx, yumi, desk.ProfileForm{PrintedName: "髙橋 由美", HoursWeek: 10, Share: true, Language: "ja"})
	w.must(err)
	next, err := d.CorrectCertificate(ctx, coordinator, courses[1])
	w.must(err)
	holds("replaced", courses[1], "→", "新しい証明書に替わりました", "This certificate was replaced")
	if card, _ := w.verdict(courses[1], "ja"); card.Find(`a.btn[href="/verify/`+string(next)+`"]`).Length() != 1 {
		t.Error("the old one does not lead to the new one")
	}
	w.must(d.HideCertificate(ctx, yumi, string(next), true))
	holds("hidden", string(next), "–", "持ち主が見せていない証明書です", "Its holder keeps this certificate hidden", "!湯沢", "!2026")

	id := w.demo.Actor(t, "naoko").Member
	w.expect(303, "coordinator", post(fmt.Sprintf("/center/members/%d/erase", id), url.Values{"number": {fmt.Sprint(int64(id))}}))
	for lang, want := range map[string]string{
		"ja": "– 取り下げられた証明書です この番号について、ほかの記録はありません。" + naoko, "en": "– This certificate was withdrawn Nothing else is kept about this number." + naoko,
	} {
		if _, text := w.verdict(naoko, lang); text != want {
			t.Errorf("erased, and it says %q", text)
		}
	}
	w.demo.Clock.Set(demotest.Now.AddDate(1, 1, 0))
	defer w.demo.Clock.Release()
	holds("lapsed", skills[0], "！", "期限が切れた証明書です", "This certificate has expired")
}

// sentFile is a file that somebody was given, on its way to be checked.
func sentFile(name string, content []byte) asked {
	return withFile("/verify/file", nil, "file", name, content)
}

// judged checks a file as a stranger, holds the verdict, and that nothing was kept of it.
func (w *wholeTown) judged(name string, content []byte, verdict string, words ...string) {
	w.t.Helper()
	res := w.tells(200, "", sentFile(name, content), append(words, verdict)...)
	doc, err := goquery.NewDocumentFromReader(res.Body)
	w.must(err)
	if got := doc.Find("h1").Text(); got != verdict {
		w.t.Errorf("%s: %q, want %q", name, got, verdict)
	}
	if h := res.Header(); h.Get("X-Robots-Tag") != "noindex" || h.Get("Cache-Control") != "no-store" {
		w.t.Errorf("%s: %v", name, h)
	}
	w.changedNothing("checking "+name, "/verify/file")
}

// A file that somebody was given is judged by its bytes and by what it carries, and forgotten.
func TestVerifyFile(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	cfg := w.demo.Desk.Config // of plain http, no key of a JWT is believed
	cfg.Address, cfg.Badges = "https://tenarai.test", badge.NewIssuer("https://tenarai.test")
	w.Desk = desk.New(cfg)
	n := w.numberOf("yumi", certificate.KindCourse)
	files := map[string][]byte{}
	for _, path := range []string{"/certificates/" + n + ".pdf", "/credentials/" + n + ".json", "/credentials/" + n + ".jwt", "/credentials/" + n + ".png", "/credentials/" + n + ".svg"} {
		files[path[len(path)-3:]] = w.expect(200, "yumi", get(path)).Body.Bytes()
	}
	w.keep()
	doc := files["pdf"]
	w.judged("証明書.pdf", doc, "センターが作ったファイルそのものです", `href="/verify/`+n+`"`, "有効な証明書です", "証明書.pdf", "!由美")
	for _, at := range []int{0, len(doc) / 3, len(doc) / 2, len(doc) - 20} {
		changed := bytes.Clone(doc)
		changed[at] ^= 1
		res := w.expect(200, "", sentFile("x.pdf", changed))
		if strings.Contains(res.Body.String(), "そのもの") {
			t.Errorf("byte %d is changed, and it is exactly ours", at)
		}
	}
	w.judged("saved.pdf", append(bytes.Clone(doc), "\n% saved"...), "中の証明は正しいです。見た目は確かめられません", `href="/verify/`+n+`"`)
	for _, form := range []string{"son", "jwt", "png", "svg"} {
		w.judged("x."+form, files[form], "正しい証明です", `href="/verify/`+n+`"`, "このセンター")
	}
	w.judged("x.json", bytes.Replace(files["son"], []byte(`"validFrom":"2`), []byte(`"validFrom":"1`), 1), "変えられたファイルです", "信じないでください", "!有効な証明書です")

	w.must(w.demo.Desk.RevokeCertificate(t.Context(), w.demo.Actor(t, "coordinator"), n, desk.RevokeForm{Reason: certificate.NotOwnWork, Note: "電話で"}))
	w.keep()
	w.judged("x.pdf", doc, "ファイルは本物ですが、今は有効ではありません", "取り消された証明書です", "!電話で")
	w.judged("x.json", files["son"], "本物ですが、今は頼れません", "発行者が取り消しました", "取り消された証明書です")
	w.judged("x.png", files["png"], "本物ですが、今は頼れません")
}

// What its holder hides is not said to be void: the file is genuine, and the rest is hers to tell.
func TestVerifyFileOfHidden(t *testing.T) {
	w := openTown(t)
	number := w.numberOf("yumi", certificate.KindCourse)
	paper := w.expect(200, "yumi", get("/certificates/"+number+".pdf")).Body.Bytes()
	w.expect(303, "yumi", post("/certificates/"+number+"/hidden", url.Values{"hidden": {"on"}}))
	body := w.expect(200, "", sentFile("a.pdf", paper)).Body.String()
	if !strings.Contains(body, "ファイルは本物です") || strings.Contains(body, "今は有効ではありません") || strings.Contains(body, "データ入力・事務・文字起こし</b>") {
		t.Errorf("a hidden certificate's file:\n%s", body)
	}
}

// A printed record is checked by the credential in it; of one without certificates nobody is told that it is not ours.
func TestVerifyFileOfRecord(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	for _, lang := range []string{"ja", "en"} {
		record := w.expect(200, "yumi", get("/record.pdf?lang="+lang)).Body.Bytes()
		bare := w.expect(200, "aoi", get("/record.pdf?lang="+lang)).Body.Bytes()
		w.keep()
		w.judged("record.pdf", record, "中の証明は正しいです。見た目は確かめられません", "記録は作るたびに", "このセンター", "!手が加わって", "!由美")
		w.judged("bare.pdf", bare, "電子の証明が入っていません", "技能の記録は、有効な証明書があるときだけ", "!ここで作った")
	}
}

// A record's credentials are listed, each with how it stands; of another issuer's nobody was asked, and nothing is said to
// speak against them.
func TestVerifyFileListsParts(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	record := w.expect(200, "yumi", get("/record.json")).Body.Bytes()
	held, err := w.demo.Store.Certificates(t.Context(), w.demo.Actor(t, "yumi").Member)
	w.must(err)
	listed := func(file []byte, verdict string, words ...string) []string {
		t.Helper()
		w.keep()
		w.judged("record.json", file, verdict, words...)
		doc, err := goquery.NewDocumentFromReader(w.expect(200, "", sentFile("record.json", file)).Body)
		w.must(err)
		return doc.Find("#parts + ul li").Map(func(_ int, li *goquery.Selection) string { return strings.Join(strings.Fields(li.Text()), " ") })
	}
	count := func(parts []string, word string) (n int) {
		for _, one := range parts {
			if strings.Contains(one, word) && strings.Contains(one, held[0].Snapshot.CenterName) {
				n++
			}
		}
		return n
	}
	parts := listed(record, "正しい証明です", "!発行者のページ", "!tenarai credential", fmt.Sprintf("中の証明 %d件", len(held)))
	if len(parts) != len(held) || count(parts, "有効") != len(held) || !strings.Contains(strings.Join(parts, "\n"), held[0].Snapshot.Title.JA) {
		t.Errorf("%d certificates: %q", len(held), parts)
	}
	w.must(w.demo.Desk.RevokeCertificate(t.Context(), w.demo.Actor(t, "coordinator"), string(held[0].Number), desk.RevokeForm{Reason: certificate.IssuedInError, Note: "電話で"}))
	parts = listed(record, "本物ですが、今は頼れません", "中の証明の一つに、問題があります")
	if count(parts, "取り消し") != 1 || count(parts, "有効") != len(held)-1 {
		t.Errorf("one is revoked: %q", parts)
	}
	cfg := w.demo.Desk.Config
	cfg.Address, cfg.Badges = "https://elsewhere.example", badge.NewIssuer("https://elsewhere.example")
	foreign, err := desk.New(cfg).RecordCredential(t.Context(), w.demo.Actor(t, "yumi"))
	w.must(err)
	parts = listed(foreign, "確かめきれませんでした", "確かめきれない証明があります", "!問題があります", "発行者のページ（elsewhere.example）で", "tenarai credential verify FILE --did")
	if count(parts, "確かめていない") != len(held)-1 {
		t.Errorf("of another issuer: %q", parts)
	}
}

// What is no certificate is told calmly, whatever it is; what cannot be read is told at the field.
func TestVerifyFileOfNothing(t *testing.T) {
	w := openTown(t)
	deep := []byte(strings.Repeat("[", 100_000))
	for name, content := range map[string][]byte{
		"a.txt": []byte("hello"), "a.pdf": []byte("%PDF-1.7\n%%EOF"), "a.png": []byte("\x89PNG\r\n\x1a\n"), "<script>alert(1)</script>.json": []byte("{}"), "a.json": deep, "null.json": []byte("null"),
		"a.html": []byte("<!DOCTYPE html><script>alert(1)</script>"), "a.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), "a.jwt": []byte("eyJhbGciOiJub25lIn0.e30."), "zero": make([]byte, 1<<20),
		strings.Repeat("あ", 3000) + ".pdf": []byte("x"), "\u202efdp.exe": {0xff}, "empty.pdf": {},
	} {
		w.judged(name, content, "電子の証明が入っていません", "番号で確かめられます", "!ここで作った", "!<script>alert", "!"+strings.Repeat("あ", 200))
	}
	w.tells(422, "", withFile("/verify/file", nil, "other", "x", nil), `href="#file"`, "ファイルを選んで")
	w.tells(422, "", sentFile("big.pdf", make([]byte, fileBytes+1)), `href="#file"`, "ファイルが大きすぎます")
	w.tells(http.StatusRequestEntityTooLarge, "", sentFile("huge.pdf", make([]byte, 6<<20)), "大きすぎます")
	w.tells(http.StatusUnsupportedMediaType, "", asked{method: http.MethodPost, path: "/verify/file", body: strings.NewReader("{}")}.with("Content-Type", "application/json"))
	w.changedNothing("files of nothing", "/verify/file")
}

// Who checks without end is asked to wait, and may look up numbers all the same.
func TestVerifyFileIsLimited(t *testing.T) {
	w := openTown(t)
	const lost = "/verify/7K3Q9M2X40VDHJ6TW"
	from := func(i int) string { return fmt.Sprintf("[2001:db8::%x]:1", i+1) } // one subscriber has a whole network of these
	for i := range checkBurst + 5 {
		if res := sentFile("x.pdf", []byte("x")).from(w.Server, from(i)); res.Code == http.StatusTooManyRequests {
			if i < checkBurst || !strings.Contains(res.Body.String(), "少し待ってください") {
				t.Errorf("after %d files: %s", i, res.Body)
			}
			if res := get(lost).from(w.Server, from(i)); res.Code == http.StatusTooManyRequests {
				t.Error("numbers cannot be looked up any more")
			}
			return
		}
	}
	t.Error("checking is not limited")
}

// While others check as much as the machine takes, nothing is begun. Who waited in vain is asked to come again.
func TestVerifyFileInTurn(t *testing.T) {
	w := openTown(t)
	for range checksAtOnce {
		w.checking <- struct{}{}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	impatient := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.Server.ServeHTTP(rw, r.WithContext(gone)) })
	if res := sentFile("x.pdf", []byte("x")).of(impatient); res.Code != http.StatusTooManyRequests || !strings.Contains(res.Body.String(), "少し待ってください") {
		t.Errorf("%d: %s", res.Code, res.Body)
	}
	<-w.checking
	w.expect(200, "", sentFile("x.pdf", []byte("x")))
}

// A credential that would keep the machine busy for long is told to be too large, not to be wrong.
func TestVerifyFileTooLarge(t *testing.T) {
	w := openTown(t)
	did := "did:key:" + multikey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey))
	doc := map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiableCredential"}, "issuer": did, "name": make([]string, 20_000),
		"credentialSubject": map[string]any{},
		"proof": map[string]any{
			"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod",
			"verificationMethod": did + "#" + strings.TrimPrefix(did, "did:key:"), "proofValue": "z1",
		},
	}
	b, err := json.Marshal(doc)
	w.must(err)
	w.judged("x.json", b, "確かめきれませんでした", "大きすぎるか複雑すぎて", "!信じないでください")
}

// multikey is the name of an Ed25519 key (W3C Multikey: base58btc of 0xed01 and the key).
func multikey(key ed25519.PublicKey) string {
	const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	n, rest, out := new(big.Int).SetBytes(append([]byte{0xed, 0x01}, key...)), new(big.Int), ""
	for n.Sign() > 0 {
		n.DivMod(n, big.NewInt(58), rest)
		out = digits[rest.Int64():rest.Int64()+1] + out
	}
	return "z" + out
}

// The signature of somebody else's credential, who is her own key, is right, but anybody can make such a key and call himself
// what he likes: the key is told before the name, and nothing says that all is well.
func TestVerifyFileOfOthers(t *testing.T) {
	w := openTown(t)
	public, private, err := ed25519.GenerateKey(nil)
	w.must(err)
	name := multikey(public)
	did := "did:key:" + name
	type object = map[string]any
	doc := object{
		"@context": []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "https://school.example/credentials/1", "type": []string{"VerifiableCredential", "OpenBadgeCredential"}, "jti": "https://school.example/credentials/1", "iss": did,
		"issuer": object{"id": did, "type": []string{"Profile"}, "name": "<b>横手の学校"}, "validFrom": "2026-01-01T00:00:00Z", "name": "写真の直し",
		"credentialSubject": object{"id": "did:example:1", "type": []string{"AchievementSubject"}, "achievement": object{
			"id": "https://school.example/a", "type": []string{"Achievement"}, "name": "写真の直し", "description": "x", "criteria": object{"narrative": "x"},
		}},
	}
	payload, err := json.Marshal(doc)
	w.must(err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", did+"#"+name))
	w.must(err)
	signed, err := signer.Sign(payload)
	w.must(err)
	text, err := signed.CompactSerialize()
	w.must(err)
	w.judged("school.jwt", []byte(text), "署名は正しいです。発行者は、わかりません", did, "名のっている名前：&lt;b&gt;横手の学校", "写真の直し", "!正しい証明です", "!verdictcard ok", "!このセンター", "!<b>横手")
	parts := strings.Split(text, ".")
	w.judged("school.jwt", []byte(parts[0]+"."+parts[1]+"."+parts[2][:20]+"AAAA"+parts[2][24:]), "変えられたファイルです", "信じないでください")
}

// Whatever a check may find, the page has words for it.
func TestEveryFaultHasWords(t *testing.T) {
	for _, f := range certificate.Faults {
		if faultWords[f] == "" {
			t.Errorf("%s has no words", f)
		}
	}
}
