package mail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"tenarai/internal/i18n"
	"tenarai/internal/mail"
	"tenarai/internal/member"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// noon is noon in Tokyo.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, i18n.Zone)

// post is an outbox with a worker, a clock and what was sent.
type post struct {
	*mail.Worker
	t     *testing.T
	clock time.Time
	sent  []mail.Message
	fails error // what sending answers
	log   bytes.Buffer
	aoi   member.ID
}

var migrated = storetest.Template{Make: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}}

func eachPost(t *testing.T, test func(t *testing.T, p *post)) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		s, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		words, err := i18n.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		p := &post{t: t, clock: noon}
		p.Worker = mail.NewWorker(mail.Config{
			Store: s, Words: words, Sender: p, Address: "https://tenarai.example", Now: func() time.Time { return p.clock },
			Log: slog.New(slog.NewTextHandler(&p.log, nil)), Title: func(lang, path string) string { return "題:" + lang + ":" + path },
		})
		p.aoi = p.member("aoi@tenarai.example", "ja")
		test(t, p)
	})
}

// Send makes the test itself the sender.
func (p *post) Send(_ context.Context, m mail.Message) error {
	if p.fails != nil {
		return p.fails
	}
	p.sent = append(p.sent, m)
	return nil
}

func (p *post) tx(f func(ctx context.Context) error) {
	p.t.Helper()
	if err := p.Store.Tx(p.t.Context(), f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) member(email, lang string) (id member.ID) {
	p.t.Helper()
	p.tx(func(ctx context.Context) (err error) {
		id, err = p.Store.AddMember(ctx, member.Member{Name: "佐藤 葵", Email: email, Language: lang}, noon)
		return err
	})
	return id
}

func (p *post) letter(to member.ID, kind string, atOnce bool, data map[string]any) {
	p.t.Helper()
	p.tx(func(ctx context.Context) error {
		return p.Store.AddLetter(ctx, store.Letter{Member: to, Kind: kind, AtOnce: atOnce, Data: data, Created: p.clock, SendAfter: p.clock})
	})
}

func (p *post) passed(to member.ID) {
	p.letter(to, "passed", false, map[string]any{"item": "/courses/c1/m/a"})
}

// round works once and gives what was sent by it.
func (p *post) round() []mail.Message {
	p.t.Helper()
	p.sent = nil
	if _, err := p.Round(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	return p.sent
}

func TestEveryKindHasItsWords(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		item := "/courses/c1/m/a"
		for _, lang := range i18n.Languages {
			for kind, data := range map[string]map[string]any{
				"invitation": {"token": "TOKEN"}, "reset": {"token": "TOKEN"}, "received": {"item": item, "receipt": "7K3-Q2"},
				"returned": {"item": item, "fixes": 2}, "passed": {"item": item}, "certificate": {"title": map[string]any{"ja": "データ入力", "en": "Data entry"}, "number": "X"},
				"certificate_file":    {"title": map[string]any{"ja": "データ入力", "en": "Data entry"}},
				"award_revoked":       {"title": map[string]any{"ja": "調査", "en": "Research"}},
				"certificate_revoked": {"title": map[string]any{"ja": "データ入力", "en": "Data entry"}},
				"second_look":         {"item": item, "passed": true},
			} {
				p.letter(p.member(kind+"@"+lang+".example", lang), kind, kind == "reset", data)
				sent := p.round()
				if len(sent) != 1 {
					t.Fatalf("%s: %d mails", kind, len(sent))
				}
				m := sent[0]
				for _, v := range data {
					if s, ok := v.(string); ok && s != "X" && !strings.Contains(m.Text, s) {
						t.Errorf("%s in %s does not say %q:\n%s", kind, lang, s, m.Text)
					}
				}
				if !strings.Contains(m.Text, "https://tenarai.example/") || m.Subject == "" || m.To != kind+"@"+lang+".example" {
					t.Errorf("%s in %s: %+v", kind, lang, m)
				}
				if strings.Contains(m.Text, "題") && !strings.Contains(m.Text, "題:"+lang+":/courses/c1") {
					t.Errorf("%s: titled in the wrong language:\n%s", kind, m.Text)
				}
			}
		}
	})
}

// At most one digest a day; what comes later waits for the next morning and goes together.
func TestOneDigestADay(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		p.passed(p.aoi)
		p.passed(p.aoi)
		if sent := p.round(); len(sent) != 1 || len(sent[0].Kinds) != 2 || !strings.Contains(sent[0].Subject, "2件") {
			t.Fatalf("two letters make %+v", sent)
		}
		for range 3 {
			p.passed(p.aoi)
			if sent := p.round(); len(sent) != 0 {
				t.Fatalf("a second digest: %+v", sent)
			}
		}
		p.letter(p.aoi, "reset", true, map[string]any{"token": "T"})
		if sent := p.round(); len(sent) != 1 || sent[0].Kinds[0] != "reset" {
			t.Fatalf("a reset waits: %+v", sent)
		}
		for _, c := range []struct {
			at   time.Time
			want int
		}{
			{time.Date(2026, 11, 22, 23, 59, 59, 0, i18n.Zone), 0},
			{time.Date(2026, 11, 23, 7, 59, 59, 0, i18n.Zone), 0},
			{time.Date(2026, 11, 23, 8, 0, 0, 0, i18n.Zone), 3},
			{time.Date(2026, 11, 24, 8, 0, 0, 0, i18n.Zone), 0},
		} {
			p.clock = c.at
			n := 0
			for _, m := range p.round() {
				n += len(m.Kinds)
			}
			if n != c.want {
				t.Errorf("at %v: %d letters, want %d", c.at, n, c.want)
			}
		}
	})
}

// A day begins at midnight in Tokyo, not in Greenwich.
func TestTheDayIsTokyos(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		p.clock = time.Date(2026, 11, 22, 23, 30, 0, 0, i18n.Zone)
		p.passed(p.aoi)
		p.round()
		p.clock = time.Date(2026, 11, 23, 0, 30, 0, 0, i18n.Zone) // the same day in UTC
		p.passed(p.aoi)
		if sent := p.round(); len(sent) != 1 {
			t.Errorf("%d mails on the new day", len(sent))
		}
	})
}

func TestRetriesAndGivesUp(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		p.fails = errors.New("mail server: no connection or no sign-in")
		p.letter(p.aoi, "invitation", true, map[string]any{"token": "SECRET"})
		const minute = time.Minute
		for n, wait := range []time.Duration{0, minute, 4 * minute, 16 * minute, 64 * minute, 256 * minute, 12 * time.Hour, 12 * time.Hour} {
			p.clock = p.clock.Add(wait - time.Millisecond)
			if taken, err := p.Round(t.Context()); err != nil || taken != 0 {
				t.Fatalf("taken before try %d is due: %d, %v", n+1, taken, err)
			}
			p.clock = p.clock.Add(time.Millisecond)
			if taken, err := p.Round(t.Context()); err != nil || taken != 1 {
				t.Fatalf("try %d: took %d, %v", n+1, taken, err)
			}
		}
		p.fails = nil
		p.clock = p.clock.Add(30 * 24 * time.Hour)
		if sent := p.round(); len(sent) != 0 {
			t.Errorf("sent after giving up: %+v", sent)
		}
		if log := p.log.String(); strings.Contains(log, "aoi") || strings.Contains(log, "SECRET") || !strings.Contains(log, "invitation") {
			t.Errorf("the log says %s", log)
		}
	})
}

// What fails is sent later with what came meanwhile, as one mail.
func TestLettersJoinAFailedDigest(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		p.fails = errors.New("mail server: no connection")
		p.passed(p.aoi)
		p.round()
		p.fails = nil
		p.clock = p.clock.Add(30 * time.Second)
		p.passed(p.aoi)
		if sent := p.round(); len(sent) != 0 {
			t.Fatalf("went alone: %+v", sent)
		}
		p.clock = p.clock.Add(30 * time.Second)
		if sent := p.round(); len(sent) != 1 || len(sent[0].Kinds) != 2 {
			t.Errorf("went as %+v", sent)
		}
	})
}

func TestNobodyToWriteTo(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		without, closed := p.member("", "ja"), p.member("closed@tenarai.example", "ja")
		p.tx(func(ctx context.Context) error { return p.Store.SetDisabled(ctx, closed, noon) })
		p.passed(without)
		p.passed(closed)
		if sent := p.round(); len(sent) != 0 {
			t.Errorf("sent %+v", sent)
		}
		p.clock = p.clock.Add(24 * time.Hour)
		if n, err := p.Round(t.Context()); n != 0 || err != nil {
			t.Errorf("taken again: %d, %v", n, err)
		}
	})
}

// Several workers send each letter once.
func TestWorkersAtOnce(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		for i := range 30 {
			p.letter(p.member(string(rune('a'+i%26))+string(rune('a'+i/26))+"@tenarai.example", "ja"), "reset", true, map[string]any{"token": "T"})
		}
		var mu sync.Mutex
		sent := map[string]int{}
		config := p.Config
		config.Sender = senderFunc(func(m mail.Message) error {
			mu.Lock()
			defer mu.Unlock()
			sent[m.To]++
			return nil
		})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				w := mail.NewWorker(config)
				for {
					n, err := w.Round(t.Context())
					if err != nil {
						t.Error(err)
					}
					if n == 0 {
						return
					}
				}
			})
		}
		all.Wait()
		if len(sent) != 30 {
			t.Errorf("%d people were written to", len(sent))
		}
		for to, n := range sent {
			if n != 1 {
				t.Errorf("%s was written to %d times", to, n)
			}
		}
	})
}

type senderFunc func(m mail.Message) error

func (f senderFunc) Send(_ context.Context, m mail.Message) error { return f(m) }

var sample = mail.Message{
	Member: 7, Kinds: []string{"reset"}, To: "aoi@tenarai.example", Subject: "パスワードを決め直す", Text: "髙﨑 さん\n\nhttps://tenarai.example/reset/T\n", At: noon,
}

// checkMail reads a mail back as its addressee would.
func checkMail(t *testing.T, raw []byte) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != sample.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != sample.Text {
		t.Errorf("text %q, %v", body, err)
	}
	at, err := m.Header.Date()
	if err != nil || !at.Equal(noon) || !strings.Contains(m.Header.Get("To"), sample.To) || !strings.Contains(m.Header.Get("From"), "no-reply@tenarai.example") {
		t.Errorf("header %v", m.Header)
	}
	host, _ := os.Hostname()
	for name, values := range m.Header {
		if strings.Contains(strings.ToLower(name), "agent") || strings.Contains(name, "Mailer") || host != "" && strings.Contains(strings.Join(values, " "), host) {
			t.Errorf("%s: %v tells what made it", name, values)
		}
	}
}

func TestDirSender(t *testing.T) {
	dir := t.TempDir()
	s, err := mail.Open("dir:"+dir, "手習い <no-reply@tenarai.example>", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Send(t.Context(), sample); err != nil {
			t.Fatal(err)
		}
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(names) != 2 || !strings.HasSuffix(names[0], ".eml") {
		t.Fatalf("files %v", names)
	}
	raw, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	checkMail(t, raw)
}

// inbox is an SMTP server's backend that keeps what it gets, or refuses it.
type inbox struct {
	mu     sync.Mutex
	got    [][]byte
	refuse bool
}

func (b *inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }
func (b *inbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (b *inbox) Reset()                                      {}
func (b *inbox) Logout() error                               { return nil }
func (b *inbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	if b.refuse {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: to + " is nobody here"}
	}
	return nil
}

func (b *inbox) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, raw)
	return err
}

func TestSMTPSender(t *testing.T) {
	b := &inbox{}
	server := smtp.NewServer(b)
	server.Addr, server.Domain = "127.0.0.1:0", "localhost"
	l, err := net.Listen("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	s, err := mail.Open("smtp://"+l.Addr().String(), "no-reply@tenarai.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	got := slices.Clone(b.got)
	b.mu.Unlock()
	if len(got) != 1 {
		t.Fatalf("%d mails arrived", len(got))
	}
	checkMail(t, got[0])

	b.refuse = true
	err = s.Send(t.Context(), sample)
	if err == nil || strings.Contains(err.Error(), "aoi") || !strings.Contains(err.Error(), "550") {
		t.Errorf("refused with %v", err)
	}
	_ = server.Close()
	if err = s.Send(t.Context(), sample); err == nil || strings.Contains(err.Error(), "aoi") {
		t.Errorf("without a server: %v", err)
	}
}

func TestOpenRefusesWrongSettings(t *testing.T) {
	for _, setting := range []string{"", "pigeon:", "dir:/no/such/folder", "smtp://", "smtp://u:se cret@%zz", "smtp://host:port"} {
		_, err := mail.Open(setting, "no-reply@tenarai.example", nil)
		if err == nil || strings.Contains(err.Error(), "se cret") {
			t.Errorf("%q: %v", setting, err)
		}
	}
	if _, err := mail.Open("smtp://localhost", "nobody", nil); err == nil {
		t.Error("a sender without an address is taken")
	}
}

func TestLogSenderNamesNobody(t *testing.T) {
	var out bytes.Buffer
	s, err := mail.Open("log:", "", slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	if log := out.String(); strings.Contains(log, "aoi") || strings.Contains(log, "reset/T") || !strings.Contains(log, "member=7") || !strings.Contains(log, "reset") {
		t.Errorf("noted %s", log)
	}
}
