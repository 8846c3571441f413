package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/i18n"
	"tenarai/internal/mail"
)

// postman is the worker that empties the outbox.
func (t *town) postman(s settings, words *i18n.Book, address string, now func() time.Time) (*mail.Worker, error) {
	from := s.MailFrom
	if from == "" {
		host := "localhost"
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
			host = u.Hostname()
		}
		from = "tenarai@" + host
	}
	sender, err := mail.Open(s.Mail, from, t.log)
	if err != nil {
		return nil, usageError("--mail: " + err.Error())
	}
	return mail.NewWorker(mail.Config{Store: t.store, Words: words, Sender: sender, Address: address, Now: now, Log: t.log, Title: t.title, Paper: t.paper}), nil
}

// paper is the file of a certificate that goes with a mail.
func (t *town) paper(ctx context.Context, number string) ([]byte, bool, error) {
	p, ok, err := t.desk.MailedPaper(ctx, certificate.Number(number))
	return p.Bytes, ok, err
}

// title names a course or what is taught in it by its address. What is no longer taught keeps its address as its name.
func (t *town) title(lang, path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/courses/"), "/")
	if len(parts) == 1 {
		if c := t.library.Catalog.Course(parts[0]); c != nil {
			return c.Title.In(lang)
		}
	}
	if len(parts) == 3 {
		if it := t.library.Catalog.Item(course.Ref{Course: parts[0], Module: parts[1], Item: parts[2]}); it != nil {
			return it.Title.In(lang)
		}
	}
	return path
}
