package i18n

import (
	"fmt"
	"maps"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"

	"tenarai/internal/problem"
)

// Printer says things in one language. There is one per language for the whole program; it is safe for any number of readers.
type Printer struct {
	lang    string
	local   *goi18n.Localizer
	words   map[string]*goi18n.Message
	missing func(lang, key string)
}

// Lang is the printer's language, "ja" or "en".
func (p *Printer) Lang() string { return p.lang }

// Has tells whether the word exists.
func (p *Printer) Has(key string) bool { return p.words[key] != nil }

// T is the sentence of a key. args are the placeholders' values, as pairs ("Name", name, "Max", 80) or as one
// map[string]any (problem.Args is one).
func (p *Printer) T(key string, args ...any) string {
	if len(args) == 0 {
		if s, ok := p.Plain(key); ok {
			return s // most words of a page: no template, no lookup of plural rules
		}
	}
	return p.say(key, &goi18n.LocalizeConfig{MessageID: key, TemplateData: pairs(args)})
}

// Plain is the sentence of a key that needs no values; false for one that does, or is missing.
func (p *Printer) Plain(key string) (string, bool) {
	m := p.words[key]
	if m == nil || strings.Contains(m.Other, "{{") {
		return "", false
	}
	return m.Other, true
}

// TN is the sentence of a key for a count of n; {{.N}} in it is the count as it is written ("1,200").
func (p *Printer) TN(key string, n int, args ...any) string {
	data := pairs(args)
	data["N"] = p.Number(int64(n))
	return p.say(key, &goi18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: n})
}

func (p *Printer) say(key string, lc *goi18n.LocalizeConfig) string {
	if !p.Has(key) {
		return p.lost(key)
	}
	lc.TemplateParser = sentences{}
	s, err := p.local.Localize(lc)
	if err != nil {
		return p.lost(key)
	}
	return s
}

// lost answers for a word that is missing or was not given its values: the last part of the key, which a reader may guess at.
func (p *Printer) lost(key string) string {
	if p.missing == nil {
		panic(fmt.Sprintf("i18n: %q is missing in %s, or one of its values is", key, p.lang))
	}
	p.missing(p.lang, key)
	return strings.ReplaceAll(key[strings.LastIndexByte(key, '.')+1:], "_", " ")
}

// pairs makes one map of the arguments of T. An odd or misplaced argument is a mistake of the caller.
func pairs(args []any) map[string]any {
	data := map[string]any{}
	if len(args) == 1 {
		maps.Copy(data, asMap(args[0]))
		return data
	}
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok || i+1 == len(args) {
			panic(fmt.Sprintf("i18n: arguments %v are not pairs of name and value", args))
		}
		data[name] = args[i+1]
	}
	return data
}

func asMap(arg any) map[string]any {
	switch m := arg.(type) {
	case problem.Args:
		return m
	case map[string]any:
		return m
	}
	panic(fmt.Sprintf("i18n: argument %v is neither a pair nor a map", arg))
}
