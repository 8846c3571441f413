package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/i18n"
)

// framed is what every page struct is by embedding Page.
type framed interface{ frame() Page }

// View binds one template to the one type of page it can show.
type View[T framed] struct{ name string }

// viewInfo is a view without its type, for parsing and for tests.
type viewInfo struct {
	name string
	page reflect.Type
}

// views are all views of the program, in order of declaration. It is written by package variables only, before main.
var views []viewInfo

// view declares the view of templates/<name>.html. It is called for package variables only.
func view[T framed](name string) View[T] {
	if slices.ContainsFunc(views, func(v viewInfo) bool { return v.name == name }) {
		panic("web: two views for the template " + name)
	}
	views = append(views, viewInfo{name: name, page: reflect.TypeFor[T]()})
	return View[T]{name: name}
}

// render answers with the page in the reader's language. The whole page is made before the first byte goes out, so a
// template that fails half-way becomes an error page, not half a page.
func (v View[T]) render(s *Server, c echo.Context, page T) error {
	frame := page.frame()
	out := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(out)
	out.Reset()
	if err := s.execute(out, v.name, frame.Lang, page); err != nil {
		return err
	}
	status := frame.status
	if status == 0 {
		status = http.StatusOK
	}
	h := c.Response().Header()
	if status == http.StatusTooManyRequests {
		h.Set(echo.HeaderRetryAfter, retryAfter)
	}
	h.Set("Content-Language", frame.Lang)
	h.Add("Vary", "Cookie")
	h.Add("Vary", "Accept-Language")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	return c.HTMLBlob(status, out.Bytes())
}

// part renders a template that the view's file defines beside main, for what occurs many times on one page.
func (v View[T]) part(s *Server, lang, name string, data any) (template.HTML, error) {
	var out bytes.Buffer
	if err := s.executeTemplate(&out, v.name, lang, name, data); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil //nolint:gosec // html/template has escaped it
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *Server) execute(out *bytes.Buffer, name, lang string, page any) error {
	return s.executeTemplate(out, name, lang, "layout", page)
}

func (s *Server) executeTemplate(out *bytes.Buffer, name, lang, root string, data any) error {
	set := s.pages
	if s.Dev {
		fresh, err := parsePages(s)
		if err != nil {
			return fmt.Errorf("parse templates: %w", err)
		}
		set = fresh
	}
	t := set.find(lang, name)
	if t == nil {
		return fmt.Errorf("no template %s in %s", name, lang)
	}
	if err := t.ExecuteTemplate(out, root, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return nil
}

// pages are the parsed templates: one set per page and language, made once. The functions that speak a language are bound
// when a set is parsed, so no reader can get another reader's language.
type pages struct {
	byLang map[string]map[string]*template.Template
}

func (p *pages) find(lang, name string) *template.Template { return p.byLang[lang][name] }

func parsePages(s *Server) (*pages, error) {
	p := &pages{byLang: map[string]map[string]*template.Template{}}
	for _, lang := range i18n.Languages {
		p.byLang[lang] = map[string]*template.Template{}
		words := s.Words.In(lang)
		frame, err := template.New("").Funcs(s.funcs(words)).ParseFS(s.Templates, "layout/*.html", "parts/*.html")
		if err != nil {
			return nil, fmt.Errorf("layout and parts: %w", err)
		}
		f := fold{words, s.address}
		f.all(frame, "")
		for _, v := range views {
			t, err := parsePage(frame, s.Templates, v.name)
			if err != nil {
				return nil, err
			}
			f.all(t, path.Base(v.name))
			p.byLang[lang][v.name] = t
		}
	}
	return p, nil
}

func parsePage(frame *template.Template, files fs.FS, name string) (*template.Template, error) {
	t, err := frame.Clone()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	text, err := fs.ReadFile(files, name+".html")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if _, err := t.New(path.Base(name)).Parse(string(text)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if t.Lookup("main") == nil {
		return nil, fmt.Errorf("%s does not define main", name)
	}
	return t, nil
}

// funcs are what templates can call, in one language.
func (s *Server) funcs(p *i18n.Printer) template.FuncMap {
	return template.FuncMap{
		"t": p.T, "tn": p.TN, "has": p.Has,
		"date": p.Date, "dateshort": p.DateShort, "weekday": p.Weekday, "datetime": p.DateTime, "clock": p.Time, "iso": p.ISO,
		"day": p.Day, "ago": p.Ago, "waiting": p.Waiting, "minutes": p.Minutes,
		"since": func(t, now time.Time) string { return p.Waiting(now.Sub(t)) },
		"money": p.Money, "number": p.Number, "percent": p.Percent, "share": p.Share, "size": p.Size,
		"person": p.Person, "list": p.List,
		"asset": s.address,
		"add":   func(a, b int) int { return a + b },
		"field": makeField, "option": makeOption, "progress": makeProgress, "empty": makeEmpty, "receipt": makeReceipt,
	}
}
