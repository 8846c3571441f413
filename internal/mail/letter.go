package mail

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// write puts letters into the words of one mail, in the reader's language.
func (w *Worker) write(ctx context.Context, to member.Member, letters []store.Letter, now time.Time) (Message, error) {
	p := w.Words.In(to.Language)
	m := Message{Member: to.ID, To: to.Email, At: now}
	parts := []string{p.T("mail.greeting", "Name", to.Name)}
	for _, l := range letters {
		m.Kinds = append(m.Kinds, l.Kind)
		part, err := w.part(p, l)
		if err != nil {
			return Message{}, err
		}
		parts = append(parts, part)
		files, err := w.file(ctx, p, l)
		if err != nil {
			return Message{}, err
		}
		m.Files = append(m.Files, files...)
	}
	m.Subject = p.T("mail." + letters[0].Kind + ".subject")
	if len(letters) > 1 {
		m.Subject = p.TN("mail.digest.subject", len(letters))
	}
	m.Text = strings.Join(append(parts, p.T("mail.footer", "Address", w.Address)), "\n\n") + "\n"
	return m, nil
}

// part is what a mail says for one letter, with the address it leads to.
func (w *Worker) part(p *i18n.Printer, l store.Letter) (string, error) {
	key := "mail." + l.Kind + ".body"
	switch l.Kind {
	case "invitation", "reset":
		return p.T(key, "Link", w.Address+"/"+l.Kind+"/"+text(l, "token")), nil
	case "received":
		return p.T(key, "Title", w.Title(p.Lang(), text(l, "item")), "Receipt", text(l, "receipt")) + w.line(text(l, "item")), nil
	case "returned":
		return p.TN(key, whole(l, "fixes"), "Title", w.Title(p.Lang(), text(l, "item"))) + w.line(text(l, "item")), nil
	case "passed":
		return p.T(key, "Title", w.Title(p.Lang(), text(l, "item"))) + w.line(text(l, "item")), nil
	case "certificate", "certificate_file", "certificate_restated", "certificate_revoked", "award_revoked":
		return p.T(key, "Title", w.titled(l, p.Lang())) + w.line("/record"), nil
	case "second_look":
		if passed, _ := l.Data["passed"].(bool); passed {
			key = "mail.second_look.passed"
		}
		return p.T(key, "Title", w.Title(p.Lang(), text(l, "item"))) + w.line(text(l, "item")), nil
	}
	return "", fmt.Errorf("%w: %q", errUnknownKind, l.Kind)
}

// file is what goes with a letter: the certificate that its holder asked for. One that stands no longer goes without.
func (w *Worker) file(ctx context.Context, p *i18n.Printer, l store.Letter) ([]File, error) {
	if l.Kind != "certificate_file" || w.Paper == nil {
		return nil, nil
	}
	number := text(l, "number")
	b, ok, err := w.Paper(ctx, number)
	if err != nil || !ok {
		return nil, err
	}
	return []File{{Name: p.T("verify.filename", "Number", number) + ".pdf", Type: "application/pdf", Bytes: b}}, nil
}

func (w *Worker) line(path string) string { return "\n" + w.Address + path }

func text(l store.Letter, name string) string {
	s, _ := l.Data[name].(string)
	return s
}

// titled is a title that a letter carries in its languages. The oldest letters name a course by its slug instead.
func (w *Worker) titled(l store.Letter, lang string) string {
	in, carried := l.Data["title"].(map[string]any)
	if !carried {
		return w.Title(lang, "/courses/"+text(l, "course"))
	}
	if s, _ := in[lang].(string); s != "" {
		return s
	}
	s, _ := in[i18n.Japanese].(string)
	return s
}

func whole(l store.Letter, name string) int {
	n, _ := l.Data[name].(float64) // as JSON has it
	return int(n)
}
