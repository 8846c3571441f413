package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	coursefiles "tenarai/courses"
	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/coursefile"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/pdf"
	"tenarai/internal/sheet"
	"tenarai/internal/store"
)

// town is everything a command works with: the desk and what lies under it.
type town struct {
	store   *store.Store
	files   *files.Folder
	library *coursefile.Library
	desk    *desk.Desk
	log     *slog.Logger
}

// townOptions say what differs between serving, the demo and the tests.
type townOptions struct {
	now       func() time.Time
	random    io.Reader // nil: the machine's
	address   string
	passwords desk.HashCost
	log       io.Writer
	count     func(query string)
}

// openTown opens database, files and courses and brings the database to this program's version. A mistake in the course
// files is an error: half a course is never served.
func openTown(ctx context.Context, s settings, o townOptions) (t *town, err error) {
	t = &town{log: slog.New(slog.NewJSONHandler(o.log, nil))}
	defer func() {
		if err != nil {
			_ = t.close()
		}
	}()
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return t, err
	}
	if path, lite := strings.CutPrefix(s.database(), "sqlite:"); lite {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return t, err
		}
		if err := private(path); err != nil {
			return t, err
		}
	}
	if t.library, err = loadCourses(s.Courses); err != nil {
		return t, err
	}
	if t.store, err = store.Open(ctx, s.database(), store.Options{Count: o.count}); err != nil {
		return t, err
	}
	if err := t.store.Migrate(ctx); err != nil {
		return t, err
	}
	folder, err := s.filesFolder()
	if err != nil {
		return t, err
	}
	if t.files, err = files.Open(folder); err != nil {
		return t, err
	}
	printer, err := pdf.New()
	if err != nil {
		return t, err
	}
	secret, err := s.secret()
	if err != nil {
		return t, err
	}
	random := o.random
	if random == nil {
		random = rand.Reader
	}
	t.desk = desk.New(desk.Config{
		Store: t.store, Files: t.files, Catalog: t.library.Catalog, Bars: t.library.Bars, Now: o.now, Random: random, Printable: printer.Unprintable,
		Render: renderWith(printer), RenderRecord: recordWith(printer), OpenIdentity: openIdentity, Sign: sign, CheckTable: checkTable, Address: o.address, Passwords: o.passwords,
		Badges: badge.NewIssuer(o.address), Secret: secret,
	})
	return t, nil
}

// private makes the database's file for this account alone if it is not there yet; SQLite would let everybody read it, and
// gives what it puts beside the file the file's own rights.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return f.Close()
}

func (t *town) close() error {
	var errs []error
	if t.store != nil {
		errs = append(errs, t.store.Close())
	}
	if t.files != nil {
		errs = append(errs, t.files.Close())
	}
	return errors.Join(errs...)
}

// loadCourses reads the courses of a folder, or those in the binary.
func loadCourses(folder string) (*coursefile.Library, error) {
	var from fs.FS = coursefiles.FS
	if folder != "" {
		from = os.DirFS(folder)
	}
	library, mistakes := coursefile.Load(from)
	if err := mistakes.Err(); err != nil {
		return nil, fmt.Errorf("course files: %w", err)
	}
	return library, nil
}

func renderWith(p *pdf.Printer) func(certificate.Sheet) (store.PDF, error) {
	return func(s certificate.Sheet) (store.PDF, error) {
		doc, err := p.Certificate(s)
		return store.PDF{Bytes: doc.Bytes, SHA256: doc.SHA256, Renderer: doc.Renderer}, err
	}
}

func recordWith(p *pdf.Printer) func(certificate.RecordSheet) (store.PDF, error) {
	return func(s certificate.RecordSheet) (store.PDF, error) {
		doc, err := p.Record(s)
		return store.PDF{Bytes: doc.Bytes, SHA256: doc.SHA256, Renderer: doc.Renderer}, err
	}
}

// openIdentity tells whose a PKCS #12 file is and when it begins and ends.
func openIdentity(file []byte, password string) (string, time.Time, time.Time, error) {
	id, err := pdf.OpenIdentity(file, password)
	if err != nil {
		return "", time.Time{}, time.Time{}, err
	}
	return id.Name, id.Begins, id.Ends, nil
}

// sign signs a PDF with a PKCS #12 file.
func sign(doc, file []byte, password string, at time.Time) ([]byte, error) {
	id, err := pdf.OpenIdentity(file, password)
	if err != nil {
		return nil, err
	}
	return pdf.Sign(doc, id, at)
}

// checkTable is the machine check beside the mentor.
func checkTable(name string, content []byte, check course.TableCheck) (result []byte, why string) {
	return sheet.Check(name, content, check.Answer, check.Key)
}
