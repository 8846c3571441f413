package mail_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenarai/internal/mail"
)

// A certificate that its holder asked for goes with the mail as a file, and the file is whole in the mail as it is sent. One
// that stands no longer goes without; the letter still says where to look.
func TestCertificateGoesAsAFile(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		paper := bytes.Repeat([]byte("%PDF-1.7 \x00\xff"), 300)
		p.Paper = func(_ context.Context, number string) ([]byte, bool, error) { return paper, number == "STANDS", nil }
		title := map[string]any{"ja": "データ入力", "en": "Data entry"}
		p.letter(p.aoi, "certificate_file", true, map[string]any{"title": title, "number": "STANDS"})
		p.letter(p.aoi, "certificate_file", true, map[string]any{"title": title, "number": "ENDED"})
		sent := p.round()
		if len(sent) != 2 || len(sent[0].Files) != 1 || len(sent[1].Files) != 0 {
			t.Fatalf("%d mails: %+v", len(sent), sent)
		}
		f := sent[0].Files[0]
		if f.Name != "証明書-STANDS.pdf" || f.Type != "application/pdf" || !bytes.Equal(f.Bytes, paper) || !strings.Contains(sent[1].Text, "/record") {
			t.Errorf("%s, %s, %d bytes; and then:\n%s", f.Name, f.Type, len(f.Bytes), sent[1].Text)
		}
		dir := t.TempDir()
		sender, err := mail.Open("dir:"+dir, "tenarai@tenarai.example", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := sender.Send(t.Context(), sent[0]); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		b, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		packed := strings.ReplaceAll(string(b), "\r\n", "")
		if !strings.Contains(packed, base64.StdEncoding.EncodeToString(paper)) || !strings.Contains(packed, "application/pdf") {
			t.Errorf("the file is not in the mail:\n%.600s", b)
		}
	})
}
