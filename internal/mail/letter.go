package mail

import (
	"fmt"
	"strings"
	"time"

	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// write puts letters into the words of one mail, in the reader's language.
func (w *Worker) write(to member.Member, letters []store.Letter, now time.Time) (Message, error) {
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
	case "certificate":
		return p.T(key, "Title", w.Title(p.Lang(), "/courses/"+text(l, "course"))) + w.line("/record"), nil
	case "second_look":
		if passed, _ := l.Data["passed"].(bool); passed {
			key = "mail.second_look.passed"
		}
		return p.T(key, "Title", w.Title(p.Lang(), text(l, "item"))) + w.line(text(l, "item")), nil
	}
	return "", fmt.Errorf("%w: %q", errUnknownKind, l.Kind)
}

func (w *Worker) line(path string) string { return "\n" + w.Address + path }

func text(l store.Letter, name string) string {
	s, _ := l.Data[name].(string)
	return s
}

func whole(l store.Letter, name string) int {
	n, _ := l.Data[name].(float64) // as JSON has it
	return int(n)
}
