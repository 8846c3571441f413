package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

// Message is one mail.
type Message struct {
	Member  member.ID
	Kinds   []string // of the letters in it
	To      string   // an address
	Subject string
	Text    string
	At      time.Time
	Files   []File
}

// File goes with a mail.
type File struct {
	Name, Type string
	Bytes      []byte
}

// Sender sends mail. What its errors say is logged: no address, no text.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Open makes the sender a setting asks for; from is the address mail comes from.
//
//	log:                              notes the kind of mail and the member's id, and sends nothing
//	dir:PATH                          writes one .eml file a mail into the folder, which must exist
//	smtp://[user:password@]host:port  sends; TLS (STARTTLS) is asked for, on loopback only if the server has it
//	smtps://…                         sends over TLS from the first byte
//
// With ?from=ADDRESS the setting says itself whom mail comes from.
func Open(setting, from string, log *slog.Logger) (Sender, error) {
	scheme, rest, _ := strings.Cut(setting, ":")
	switch scheme {
	case "log":
		return logSender{log}, nil
	case "dir":
		if info, err := os.Stat(rest); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("mail: %q is not a folder", rest)
		}
		return dirSender{rest, from}, checkFrom(from)
	case "smtp", "smtps":
		return openSMTP(setting, from)
	}
	return nil, errors.New(`mail: the setting must begin with "log:", "dir:", "smtp:" or "smtps:"`)
}

func checkFrom(from string) error {
	if _, err := mail.ParseAddress(from); err != nil {
		return fmt.Errorf("mail: sender's address: %w", err)
	}
	return nil
}

type logSender struct{ log *slog.Logger }

func (s logSender) Send(_ context.Context, m Message) error {
	s.log.Info("mail", "kinds", strings.Join(m.Kinds, " "), "member", int64(m.Member))
	return nil
}

type dirSender struct{ path, from string }

// Send writes the file under a name that no reader takes up before it is whole.
func (s dirSender) Send(_ context.Context, m Message) error {
	msg, err := compose(m, s.from)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.path, ".mail-") // mode 600: it may hold a link
	if err != nil {
		return errors.New("mail folder: cannot write")
	}
	_, err = msg.WriteTo(f)
	if err = errors.Join(err, f.Close()); err == nil {
		name := fmt.Sprintf("%d-%s-%s.eml", m.At.UnixMilli(), strings.Join(m.Kinds[:1], ""), rand.Text()[:6])
		err = os.Rename(f.Name(), filepath.Join(s.path, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return errors.New("mail folder: cannot write")
	}
	return nil
}

// compose makes the mail itself: plain text, nothing about the program or the machine that made it.
func compose(m Message, from string) (*gomail.Msg, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("sender's address is wrong")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(sender)
	if err := msg.To(m.To); err != nil {
		return nil, errors.New("addressee's address is wrong")
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.At.In(i18n.Zone))
	msg.SetMessageIDWithValue(rand.Text() + "@" + domain(sender.Address))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers, please (RFC 3834)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	for _, f := range m.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Bytes), gomail.WithFileContentType(gomail.ContentType(f.Type))); err != nil {
			return nil, errors.New("file cannot be attached")
		}
	}
	return msg, nil
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

type smtpSender struct {
	host    string
	options []gomail.Option
	from    string
}

func openSMTP(setting, from string) (Sender, error) {
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("mail: the setting must read smtp://user:password@host:port") // err would quote the password
	}
	if f := u.Query().Get("from"); f != "" {
		from = f
	}
	if err := checkFrom(from); err != nil {
		return nil, err
	}
	parsed, _ := mail.ParseAddress(from)
	s := smtpSender{host: u.Hostname(), from: from}
	s.options = []gomail.Option{gomail.WithTimeout(30 * time.Second), gomail.WithHELO(domain(parsed.Address))}
	switch {
	case u.Scheme == "smtps":
		s.options = append(s.options, gomail.WithSSLPort(false))
	case loopback(u.Hostname()):
		s.options = append(s.options, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	default:
		s.options = append(s.options, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, errors.New("mail: the port must be a number")
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send opens a connection for each mail: there are few, and none is idle when the server closes it.
func (s smtpSender) Send(ctx context.Context, m Message) error {
	msg, err := compose(m, s.from)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail client: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused): // its own text names the addressee
		return fmt.Errorf("mail server refused: %s, code %d", refused.Reason, refused.ErrorCode())
	}
	return errors.New("mail server: no connection or no sign-in")
}
