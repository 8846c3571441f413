package mail_test

import (
	"bytes"
	"context"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tenarai/internal/i18n"
	"tenarai/internal/mail"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// Told to stop in the middle of sending, the worker finishes that person and marks what went out; nobody gets a mail twice.
func TestStoppedWorkerMarksWhatItSent(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		for _, name := range []string{"b", "c", "d"} {
			p.passed(p.member(name+"@tenarai.example", "ja"))
		}
		ctx, stop := context.WithCancel(t.Context())
		sent := map[string]int{}
		config := p.Config
		config.Sender = senderFunc(func(m mail.Message) error {
			sent[m.To]++
			stop()
			return nil
		})
		if _, err := mail.NewWorker(config).Round(ctx); err != nil {
			t.Fatal(err)
		}
		if len(sent) != 1 {
			t.Fatalf("after the word to stop it wrote to %d people", len(sent))
		}
		p.clock = p.clock.Add(time.Hour) // the lease of what it had taken has run out
		if _, err := mail.NewWorker(config).Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		for to, n := range sent {
			if n != 1 {
				t.Errorf("%s was written to %d times", to, n)
			}
		}
		if len(sent) != 3 {
			t.Errorf("%d of 3 people were written to", len(sent))
		}
	})
}

// A round that takes long ends before its lease does: what is left is the next worker's, and nobody is written to twice.
func TestSlowRoundKeepsToItsLease(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		for _, name := range []string{"b", "c", "d", "e", "f", "g"} {
			p.passed(p.member(name+"@tenarai.example", "ja"))
		}
		sent := map[string]int{}
		slow, quick := p.Config, p.Config
		quick.Sender = senderFunc(func(m mail.Message) error { sent[m.To]++; return nil })
		slow.Sender = senderFunc(func(m mail.Message) error {
			sent[m.To]++
			p.clock = p.clock.Add(4 * time.Minute)
			_, err := mail.NewWorker(quick).Round(t.Context()) // another worker looks, too
			return err
		})
		if _, err := mail.NewWorker(slow).Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.clock = p.clock.Add(time.Hour)
		if _, err := mail.NewWorker(quick).Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		for to, n := range sent {
			if n != 1 {
				t.Errorf("%s was written to %d times", to, n)
			}
		}
		if len(sent) != 6 {
			t.Errorf("%d of 6 people were written to", len(sent))
		}
	})
}

// However many workers look at once while letters keep coming, nobody gets two digests on one day of Tokyo.
func TestOneDigestADayWithManyWorkers(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		all := make([]member.ID, 0, 12)
		for i := range 12 {
			all = append(all, p.member(string(rune('b'+i))+"@tenarai.example", "ja"))
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
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 3 {
				for _, m := range all {
					err := p.Store.Tx(t.Context(), func(ctx context.Context) error {
						return p.Store.AddLetter(ctx, store.Letter{Member: m, Kind: "passed", Data: map[string]any{"item": "/courses/c1/m/a"}, Created: noon, SendAfter: noon})
					})
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
		for range 3 {
			wg.Go(func() {
				for range 12 {
					if _, err := mail.NewWorker(config).Round(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for to, n := range sent {
			if n > 1 {
				t.Errorf("%s got %d digests on one day", to, n)
			}
		}
		// The next morning at eight the rest goes out, one mail each.
		before := len(sent)
		clear(sent)
		drain := func() {
			for {
				if n, err := mail.NewWorker(config).Round(t.Context()); n == 0 || err != nil {
					return
				}
			}
		}
		p.clock = time.Date(2026, 11, 23, 8, 0, 0, 0, i18n.Zone)
		drain()
		for to, n := range sent {
			if n > 1 {
				t.Errorf("%s got %d digests the next day", to, n)
			}
		}
		if before+len(sent) < len(all) {
			t.Errorf("only %d and %d of %d got any", before, len(sent), len(all))
		}
	})
}

// No name, title or address adds a header to a mail.
func TestNamesAddNoHeaders(t *testing.T) {
	dir := t.TempDir()
	sender, err := mail.Open("dir:"+dir, "no-reply@tenarai.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := sample
	m.Subject = "合格\r\nBcc: evil@evil.example\r\n\r\nevil"
	m.Text = "花子\r\n.\r\nBcc: evil@evil.example さん\n"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
	if len(found) != 1 {
		t.Fatalf("%v", found)
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	read, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil || read.Header.Get("Bcc") != "" || strings.Contains(read.Header.Get("To"), "evil") {
		t.Errorf("%v %v", err, read.Header)
	}
	for _, to := range []string{"a@b.example\r\nBcc: x@evil.example", "a@b.example, x@evil.example", "a@b.example\n"} {
		m.To = to
		if err := sender.Send(t.Context(), m); err == nil {
			t.Errorf("%q is taken for an address", to)
		}
	}
}
