package web

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"software.sslmate.com/src/go-pkcs12"

	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
)

// chosenDesign is a form that chooses a design.
func chosenDesign(version string) url.Values {
	return url.Values{"version": {version}, "template": {"quiet"}, "turned": {"portrait"}, "language": {"both"}, "dates": {"era"}, "signer": {"センター長 小野寺京子"}}
}

// designVersion is what the page says that it was made from.
func (w *wholeTown) designVersion() string {
	w.t.Helper()
	return w.one(`SELECT COALESCE(MAX(version), 0) FROM center_design WHERE center_id = ?`, int64(w.demo.Actor(w.t, "coordinator").Center))
}

func pngOf(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a small PNG that claims 900 million pixels.
func bomb(t *testing.T) []byte {
	t.Helper()
	b := pngOf(t, 1)
	binary.BigEndian.PutUint32(b[16:], 30_000)
	binary.BigEndian.PutUint32(b[20:], 30_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// A design is kept with its pictures, which are judged by what they are, not by how they are called.
func TestDesignPictures(t *testing.T) {
	w := openTown(t)
	const path = "/center/design"
	w.tells(200, "coordinator", get(path), `value="frame" checked`, "二重の藍色の枠", "これから出す証明書の見た目")
	w.tells(403, "mentor", get(path))
	for name, c := range map[string]struct {
		field, file, says string
		content           []byte
		status            int
	}{
		"a page":      {"seal", "seal.png", "画像として使えません", []byte("<!DOCTYPE html><script>alert(1)</script>"), 422},
		"a drawing":   {"signature", "sign.png", "画像として使えません", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), 422},
		"a bomb":      {"seal", "seal.png", "400万画素まで", bomb(t), 422},
		"broken":      {"seal", "seal.jpg", "画像として使えません", []byte("\xff\xd8\xff\xe0"), 422},
		"large":       {"signature", "seal.png", "ファイルが大きすぎます", append(pngOf(t, 1), make([]byte, pictureBytes)...), 422},
		"a huge form": {"seal", "seal.png", "大きすぎます", make([]byte, designBytes+1), http.StatusRequestEntityTooLarge},
	} {
		res := w.expect(c.status, "coordinator", withFile(path, chosenDesign("0"), c.field, c.file, c.content))
		body := res.Body.String()
		if !strings.Contains(body, c.says) {
			t.Errorf("%s: %q is not said", name, c.says)
		}
		if c.status == 422 && (!strings.Contains(body, `href="#`+c.field+`"`) || !strings.Contains(body, `value="quiet" checked`) || !strings.Contains(body, "センター長 小野寺京子")) || strings.Contains(body, "<script>alert") {
			t.Errorf("%s: not told at its field, or what was typed is lost", name)
		}
	}
	if v := w.designVersion(); v != "0" {
		t.Fatalf("a refused form was kept: %s", v)
	}
	w.tells(303, "coordinator", withFile(path, chosenDesign("0"), "seal", "x.html", pngOf(t, 40)))
	w.tells(303, "admin", withFile(path, chosenDesign(w.designVersion()), "signature", "sign", photo(t, 60, 30, 6)))
	w.tells(200, "coordinator", get(path), `value="quiet" checked`, `value="portrait" checked`, `name="no_seal"`, `name="no_signature"`, "センター長 小野寺京子")
	sample := w.expect(200, "coordinator", get(path+"/sample.pdf")).Body.Bytes() // in the design that was kept
	file := filepath.Join(t.TempDir(), "sample.pdf")
	w.must(os.WriteFile(file, sample, 0o600))
	if list := outside(t, nil, "pdfimages", "-list", file); strings.Count(list, " image ") < 2 {
		t.Errorf("the sample has these pictures:\n%s", list)
	}
	if said := printedText(t, sample); !strings.Contains(said, "小野寺京子") || !strings.Contains(said, "見本") {
		t.Errorf("the sample says %s", said)
	}
	off := chosenDesign(w.designVersion())
	off.Set("no_seal", "on")
	w.tells(303, "coordinator", post(path, off))
	w.tells(200, "coordinator", get(path), `!name="no_seal"`, `name="no_signature"`)
}

// Who was slower is told so, keeps what she typed, and may save it over the other's once she has read that.
func TestDesignOfTwo(t *testing.T) {
	w := openTown(t)
	const path = "/center/design"
	w.tells(303, "coordinator", post(path, chosenDesign("0")))
	hers := chosenDesign("0")
	hers.Set("template", "formal")
	hers.Set("signer", "管理者")
	res := w.tells(409, "admin", post(path, hers), "ほかの人が先に変えました", `value="formal" checked`, `value="管理者"`, `name="version" value="`+w.designVersion()+`"`)
	if strings.Contains(res.Body.String(), `name="version" value="0"`) {
		t.Error("she could never save")
	}
	w.tells(409, "admin", withFile(path, hers, "seal", "seal.png", bomb(t)), "ほかの人が先に変えました") // nothing is decoded for that
	hers.Set("version", w.designVersion())
	w.tells(303, "admin", post(path, hers))
	w.tells(422, "coordinator", post(path, url.Values{"version": {w.designVersion()}, "template": {"none"}, "language": {"x"}, "signer": {"名\u202e前"}}), `href="#template"`, `href="#language"`, `href="#signer"`, "U&#43;202E")
	w.tells(200, "coordinator", get(path), `value="formal" checked`)
}

// identityFile is a center's means to sign, good until a day.
func identityFile(t *testing.T, password string, until time.Time) (p12, private []byte) {
	t.Helper()
	return identityFrom(t, password, demotest.Now.AddDate(-1, 0, 0), until)
}

// identityFrom is one that is good from another day on.
func identityFrom(t *testing.T, password string, from, until time.Time) (p12, private []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "湯沢市在宅ワークセンター"}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), crypto.Signer(key))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if p12, err = pkcs12.Modern.Encode(key, parsed, nil, password); err != nil {
		t.Fatal(err)
	}
	if private, err = key.Bytes(); err != nil {
		t.Fatal(err)
	}
	return p12, private
}

// A center that brings its identity signs its files from then on. Its password and key are seen nowhere again.
func TestDesignIdentity(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	var log bytes.Buffer
	w.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	const path, password = "/center/design", "ひみつの 合言葉 4711"
	good, private := identityFile(t, password, demotest.Now.AddDate(1, 0, 0))
	ended, _ := identityFile(t, password, demotest.Now.Add(-time.Hour))
	early, _ := identityFrom(t, password, time.Date(2027, 3, 31, 15, 0, 0, 0, time.UTC), time.Date(2028, 4, 1, 0, 0, 0, 0, time.UTC))
	with := func(typed string) url.Values {
		form := chosenDesign(w.designVersion())
		form.Set("password", typed)
		return form
	}
	var pages strings.Builder
	try := func(status int, typed string, file []byte, words ...string) {
		t.Helper()
		pages.WriteString(w.tells(status, "coordinator", withFile(path, with(typed), "identity", "id.p12", file), words...).Body.String())
	}
	try(422, password+"x", good, `href="#identity"`, "パスワードが違います", `value="quiet" checked`, "<details class=\"fold whole\" open>")
	try(422, "", good, `href="#identity"`, "パスワードが違います")
	try(422, password, ended, `href="#identity"`, "期限が切れています")
	try(422, password, early, `href="#identity"`, "2027年4月1日から", `value="quiet" checked`)
	try(422, password, []byte("nonsense"), `href="#identity"`, "読めません")
	try(422, password, make([]byte, identityMost+1), `href="#identity"`, "大きすぎます")
	n := w.numberOf("yumi", certificate.KindCourse)
	if res := w.tells(200, "coordinator", get(path), "!署名しています"); res.Code != 200 {
		t.Fatal(res.Code)
	}
	try(303, password, good)
	pages.WriteString(w.tells(200, "coordinator", get(path), "署名しています", "湯沢市在宅ワークセンター", `name="no_identity"`).Body.String())

	doc := w.expect(200, "yumi", get("/certificates/"+n+".pdf")).Body.Bytes()
	file := filepath.Join(t.TempDir(), "signed.pdf")
	w.must(os.WriteFile(file, doc, 0o600))
	if said := outside(t, nil, "pdfsig", "-nocert", file); !strings.Contains(said, "Signature is Valid") || !strings.Contains(said, "Total document signed") {
		t.Errorf("pdfsig says %s", said)
	}
	kept := w.wholeDatabase()
	for name, secret := range map[string][]byte{"password": []byte(password), "file": good[:200], "key": private} {
		for place, b := range map[string][]byte{"the pages": []byte(pages.String()), "the log": log.Bytes(), "the database": kept, "the PDF": doc} {
			if bytes.Contains(b, secret) {
				t.Errorf("the %s stands in %s", name, place)
			}
		}
	}
	if !bytes.Contains(kept, []byte("湯沢市在宅ワークセンター")) {
		t.Error("the database was not read")
	}
	off := chosenDesign(w.designVersion())
	off.Set("no_identity", "on")
	w.tells(303, "coordinator", post(path, off))
	w.tells(200, "coordinator", get(path), "!署名しています")

	w.tells(303, "coordinator", withFile(path, with(password), "identity", "id.p12", good))
	w.demo.Clock.Set(demotest.Now.AddDate(1, 0, 1))
	defer w.demo.Clock.Release()
	w.signInAs("coordinator")
	w.tells(200, "coordinator", get(path), "電子証明書の期限が切れました", "!署名しています")
}

// wholeDatabase is all that stands in the database's files.
func (w *wholeTown) wholeDatabase() (all []byte) {
	w.t.Helper()
	path := strings.TrimPrefix(w.demo.DSN, "sqlite:")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// The form for choosing can be looked at before it is saved by an address; no password may ever stand in one.
func TestDesignFormForLooking(t *testing.T) {
	w := openTown(t)
	doc, err := goquery.NewDocumentFromReader(w.expect(200, "coordinator", get("/center/design")).Body)
	w.must(err)
	look := doc.Find("button[formaction='/center/design/sample.pdf'][formmethod=get]")
	if look.Length() != 1 || look.Closest("form").Find("[type=password]").Length() != 0 || doc.Find("form [type=password]").Length() != 1 {
		t.Error("the sample's address would hold a password")
	}
}

// Every design can be looked at; what an address may hold breaks nothing.
func TestSampleCertificates(t *testing.T) {
	w := openTown(t)
	const path = "/center/design/sample.pdf"
	for _, template := range []string{"frame", "quiet", "formal"} {
		for _, turned := range []string{"landscape", "portrait"} {
			for _, kind := range []string{"course", "skill", "programme"} {
				q := url.Values{"template": {template}, "turned": {turned}, "kind": {kind}, "language": {"both"}, "dates": {"western"}, "signer": {"小野寺京子"}, "signer_en": {"K. Onodera"}}
				res := w.expect(200, "coordinator", get(path+"?"+q.Encode()))
				if h := res.Header(); h.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || !strings.HasPrefix(res.Body.String(), "%PDF-") {
					t.Errorf("%s %s %s: %v", template, turned, kind, h)
				}
			}
		}
	}
	for _, evil := range attacks {
		for _, field := range []string{"signer", "template", "kind"} {
			q := url.Values{"template": {"quiet"}, "turned": {evil}, "language": {"ja"}, "dates": {evil}}
			q.Set(field, evil)
			if res := w.send("coordinator", get(path+"?"+q.Encode())); res.Code != 200 && res.Code != 422 {
				t.Errorf("%s = %.40q: %d", field, evil, res.Code)
			}
		}
	}
	w.changedNothing(path, path)
}
