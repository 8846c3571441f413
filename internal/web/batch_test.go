package web

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/demo"
	"tenarai/internal/desk"
)

// toPrint are people who have finished a course, and what they let print on their certificates.
var toPrint = map[string]string{"yumi": "../../x", "naoko": "CON", "kenji": `髙﨑/..\健二:*?"<b>|`}

// printingCohort is a cohort of toPrint: the path of its certificates.
func (w *wholeTown) printingCohort() string {
	w.t.Helper()
	d, ctx, coordinator := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "coordinator")
	id, err := d.CreateCohort(ctx, coordinator, cohort.Cohort{Name: "印刷の組 <b>", Starts: d.Now(), Courses: []string{demo.C1}})
	w.must(err)
	for who, name := range toPrint {
		_, err = d.InviteOne(ctx, coordinator, id, desk.InviteRow{Name: who, Email: who + "@tenarai.example"})
		w.must(err)
		_, err := w.db.ExecContext(context.Background(), `UPDATE main.member SET printed_name = ? WHERE email = ?`, name, who+"@tenarai.example")
		w.must(err)
	}
	return fmt.Sprintf("/center/cohorts/%d/certificates", id)
}

var fileShape = regexp.MustCompile(`^00\d\d_[^/\\:*?"<>|\s]+_[0-9A-Z-]{21}\.pdf$`)

// A cohort's certificates are issued after a yes, and come as one file each or all in one, with names that harm nobody.
func TestBatchPages(t *testing.T) {
	w := openTown(t)
	w.addOthers()
	path := w.printingCohort()
	w.tells(200, "coordinator", get(path), "これから出す", "印刷の組 &lt;b&gt;", "登録とちがうお名前で出す人が3人", "登録のお名前", "../../x", `href="/center/design/sample.pdf?kind=programme&amp;cohort=`)
	w.tells(200, "coordinator", get(path), "プログラム名がないので、組の名前を印刷します。", `href="`+strings.TrimSuffix(path, "certificates")+`edit"`)
	w.tells(200, "coordinator", get("/center/cohorts/1/certificates"), `lang="ja">湯沢市 在宅ワーカー養成講座 第1期<`, `lang="en">Yuzawa Home Worker Programme, 1st term<`, "!プログラム名がない")
	w.tells(404, "y-coordinator", get(path))
	w.tells(422, "coordinator", post(path, url.Values{}), "エラー：", `href="#confirm"`, "チェックを入れて")
	form, batch := url.Values{"confirm": {"on"}, "key": {"BATCHKEY"}}, ""
	for range 2 {
		batch = w.expect(303, "coordinator", post(path, form)).Header().Get("Location")
	}
	if w.one(`SELECT COUNT(*) FROM batch`) != "1" {
		t.Fatal("sent twice, begun twice")
	}
	w.tells(409, "coordinator", post(path, url.Values{"confirm": {"on"}}), "作っている途中")
	w.tells(200, "coordinator", get(batch), `data-again="2"`, "一枚ずつ作っています", `href="`+batch+`"`, "!certificates.zip")
	w.tells(200, "coordinator", get(path), `href="`+batch+`"`, "いま作っています")
	for _, file := range []string{".zip", ".pdf"} {
		w.tells(404, "coordinator", get(batch+"/certificates"+file))
	}
	_, err := w.demo.Desk.WorkBatch(t.Context())
	w.must(err)
	w.tells(200, "coordinator", get(batch), "できあがりました", batch+"/certificates.zip", batch+"/certificates.pdf", "!data-again")
	w.tells(200, "coordinator", get(path), "発行ずみ", "!tag wait", "!name=\"confirm\"")
	w.tells(409, "coordinator", post(path, url.Values{"confirm": {"on"}}), "いま出す人がいない")
	for _, who := range []string{"y-coordinator", "y-admin"} {
		for _, file := range []string{"", "/certificates.zip", "/certificates.pdf"} {
			w.tells(map[string]int{"y-coordinator": 404, "y-admin": 403}[who], who, get(batch+file))
		}
	}
	w.zipOf(batch + "/certificates.zip")
	w.combinedOf(batch + "/certificates.pdf")

	// With nothing valid left there is nothing to print, and the coordinator is told so.
	for name := range toPrint {
		w.must(w.demo.Desk.RevokeCertificate(t.Context(), w.demo.Actor(t, "coordinator"), w.numberOf(name, certificate.KindProgramme), desk.RevokeForm{Reason: certificate.IssuedInError}))
	}
	for _, file := range []string{".zip", ".pdf"} {
		w.tells(404, "coordinator", get(batch+"/certificates"+file), "いま有効な証明書がありません")
	}
}

// zipOf holds a batch's ZIP: a readable file of everybody's, under a name that leads nowhere.
func (w *wholeTown) zipOf(path string) {
	w.t.Helper()
	b := w.download(path, "application/zip")
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	w.must(err)
	if len(z.File) != len(toPrint) {
		w.t.Errorf("%d files for %d people", len(z.File), len(toPrint))
	}
	said := ""
	for _, f := range z.File {
		if !fileShape.MatchString(f.Name) || !filepath.IsLocal(f.Name) || f.NonUTF8 {
			w.t.Errorf("a file is called %q", f.Name)
		}
		r, err := f.Open()
		w.must(err)
		doc, err := io.ReadAll(r)
		w.must(err)
		said += printedText(w.t.(*testing.T), doc)
	}
	for _, name := range toPrint {
		if !strings.Contains(said, name) {
			w.t.Errorf("no file says %q", name)
		}
	}
}

// combinedOf holds a batch's one PDF: whole, with everybody's name.
func (w *wholeTown) combinedOf(path string) {
	w.t.Helper()
	t := w.t.(*testing.T)
	b := w.download(path, "application/pdf")
	file := filepath.Join(t.TempDir(), "all.pdf")
	w.must(os.WriteFile(file, b, 0o600))
	if said := outside(t, nil, "qpdf", "--check", file); !strings.Contains(said, "No syntax or stream encoding errors") {
		t.Errorf("qpdf says %s", said)
	}
	if info := outside(t, nil, "pdfinfo", file); !strings.Contains(info, "印刷の組 <b>の修了証 2026") || !bytes.Contains(b, []byte("/Lang(ja-JP)")) {
		t.Errorf("it has no title or no language: %s", info)
	}
	said := printedText(t, b)
	for _, name := range toPrint {
		if !strings.Contains(said, name) {
			t.Errorf("it does not say %q", name)
		}
	}
}

// download fetches a file as a browser keeps it; HEAD has the same headers and no body.
func (w *wholeTown) download(path, kind string) []byte {
	w.t.Helper()
	res := w.expect(200, "coordinator", get(path))
	h := res.Header()
	if h.Get("Content-Type") != kind || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename*=UTF-8''") || h.Get("Content-Security-Policy") != downloadPolicy {
		w.t.Errorf("%s: %v", path, h)
	}
	head := w.expect(200, "coordinator", asked{method: http.MethodHead, path: path})
	if head.Body.Len() != 0 || head.Header().Get("Content-Disposition") != h.Get("Content-Disposition") {
		w.t.Errorf("HEAD %s: %d bytes, %v", path, head.Body.Len(), head.Header())
	}
	return res.Body.Bytes()
}

// What speaks against one person's certificate is told on the batch's page, beside her name.
func TestBatchPageTellsTrouble(t *testing.T) {
	w := openTown(t)
	path := w.printingCohort()
	w.exec(`UPDATE main.member SET printed_name = 'ยูมิ' WHERE email = 'yumi@tenarai.example'`) // as an old database may hold it
	batch := w.expect(303, "coordinator", post(path, url.Values{"confirm": {"on"}})).Header().Get("Location")
	_, err := w.demo.Desk.WorkBatch(t.Context())
	w.must(err)
	w.tells(200, "coordinator", get(batch), "出せなかった人", "𠮷田 由美", "お名前に印刷できない文字があります", fmt.Sprintf(`href="/center/members/%d"`, w.demo.Actor(t, "yumi").Member), "certificates.zip")
}
