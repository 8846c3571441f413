// Package i18n holds the words of every page, mail and refusal in Japanese and English, and prints dates, amounts and
// lengths of time the way each language writes them. It alone knows go-i18n.
//
// Words live in locales/<language>/<area>.toml under flat keys "area.page.element", sorted; a key stands in the file of its
// area and in both languages. Placeholders are named: "{{.Name}}". Plurals are tables with one and other.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/*/*.toml
var locales embed.FS

// The languages, the first being the one spoken when nothing else is known.
const (
	Japanese = "ja"
	English  = "en"
)

// Languages are all languages, the default first.
var Languages = []string{Japanese, English}

// Book holds the words of all languages. It is read-only after Open and safe for any number of readers.
type Book struct {
	printers map[string]*Printer
}

// Open reads the embedded words. A missing word is told to missing with its language and key; nil means a panic, which is
// what tests want. A key that stands twice, an empty sentence or a plural without "other" is an error.
func Open(missing func(lang, key string)) (*Book, error) { return read(locales, missing) }

// LogOnce is a missing function for production: it notes each missing word once.
func LogOnce(log *slog.Logger) func(lang, key string) {
	var told sync.Map
	return func(lang, key string) {
		if _, before := told.LoadOrStore(lang+" "+key, true); !before {
			log.Error("word missing", "language", lang, "key", key)
		}
	}
}

func read(files fs.FS, missing func(lang, key string)) (*Book, error) {
	bundle := goi18n.NewBundle(language.Japanese)
	b := &Book{printers: map[string]*Printer{}}
	for _, lang := range Languages {
		words, err := readLanguage(files, lang)
		if err != nil {
			return nil, err
		}
		for _, m := range words {
			if err := bundle.AddMessages(language.MustParse(lang), m); err != nil {
				return nil, fmt.Errorf("word %q in %s: %w", m.ID, lang, err)
			}
		}
		b.printers[lang] = &Printer{lang: lang, words: words, missing: missing}
	}
	for lang, p := range b.printers {
		p.local = goi18n.NewLocalizer(bundle, lang)
	}
	return b, nil
}

func readLanguage(files fs.FS, lang string) (map[string]*goi18n.Message, error) {
	names, err := fs.Glob(files, "locales/"+lang+"/*.toml")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no words for %s: %w", lang, err)
	}
	words := map[string]*goi18n.Message{}
	for _, name := range names {
		var table map[string]any
		if _, err := toml.DecodeFS(files, name, &table); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, value := range table {
			m, err := message(key, value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if words[key] != nil {
				return nil, fmt.Errorf("%s: %q stands in another file too", name, key)
			}
			file, _, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".toml"), "_") // problem_quiz.toml holds problem. words
			if area, _, _ := strings.Cut(key, "."); area != file {
				return nil, fmt.Errorf("%s: %q belongs into %s.toml", name, key, area)
			}
			words[key] = m
		}
	}
	return words, nil
}

func message(key string, value any) (*goi18n.Message, error) {
	m := &goi18n.Message{ID: key}
	switch v := value.(type) {
	case string:
		m.Other = v
	case map[string]any:
		for form, s := range v {
			text, _ := s.(string)
			switch form {
			case "one":
				m.One = text
			case "other":
				m.Other = text
			default:
				return nil, fmt.Errorf("%q: form %q is neither one nor other (is the key quoted?)", key, form)
			}
		}
	default:
		return nil, fmt.Errorf("%q is not text", key)
	}
	if strings.TrimSpace(m.Other) == "" {
		return nil, fmt.Errorf("%q is empty", key)
	}
	return m, nil
}

// In is the printer of a language; of the default one if the language is not spoken here.
func (b *Book) In(lang string) *Printer {
	if p := b.printers[lang]; p != nil {
		return p
	}
	return b.printers[Languages[0]]
}

// Match chooses the language for an Accept-Language header: the first of ours that the reader names, else the default.
func (b *Book) Match(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return Languages[0]
	}
	for _, tag := range tags {
		if base, _ := tag.Base(); Known(base.String()) {
			return base.String()
		}
	}
	return Languages[0]
}

// Keys are all keys, sorted.
func (b *Book) Keys() []string { return slices.Sorted(maps.Keys(b.printers[Languages[0]].words)) }

// Known tells whether lang is one of the languages.
func Known(lang string) bool { return slices.Contains(Languages, lang) }
