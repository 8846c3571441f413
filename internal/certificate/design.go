package certificate

import (
	"slices"

	"tenarai/internal/problem"
)

// Template is how the page looks.
type Template string

// The templates. The zero one is Frame.
const (
	Frame  Template = ""       // a double indigo frame, everything centered
	Quiet  Template = "quiet"  // modern: wide margins, flush left, one indigo rule
	Formal Template = "formal" // after a Japanese 賞状: an ornamented border and solemn words
)

// Templates are all of them.
var Templates = []Template{Frame, Quiet, Formal}

// PageLanguage is in which languages a certificate has pages.
type PageLanguage string

// The languages. The zero one is both: a page each.
const (
	BothLanguages PageLanguage = ""
	JapaneseOnly  PageLanguage = "ja"
	EnglishOnly   PageLanguage = "en"
)

// PageLanguages are all choices.
var PageLanguages = []PageLanguage{BothLanguages, JapaneseOnly, EnglishOnly}

// Design is how a center lets its certificates look. A certificate keeps the design of its day.
type Design struct {
	Template  Template
	Portrait  bool
	Language  PageLanguage
	Western   bool   // dates on Japanese pages as 2026年11月27日 instead of 令和8年11月27日
	Seal      string // SHA-256 of the picture of the center's seal; empty: a dashed circle for a stamp
	Signature string // SHA-256 of the picture of a signature; empty: none
	Signer    string // who signs: post and name; empty: none
	SignerEn  string
}

// Check refuses a design that nobody can choose.
func (d Design) Check() error {
	var wrong problem.List
	if !slices.Contains(Templates, d.Template) {
		wrong.Add(problem.At("template", "certificate.template_wrong"))
	}
	if !slices.Contains(PageLanguages, d.Language) {
		wrong.Add(problem.At("language", "certificate.language_wrong"))
	}
	return wrong.Err()
}
