// Package member holds the people of a center: who they are, what they may do, and what they have agreed to.
package member

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tenarai/internal/problem"
)

// ID identifies a person in the whole installation.
type ID int64

// CenterID identifies a remote-work center.
type CenterID int64

// CompanyID identifies a company. It stands here because a membership in the company role names its company.
type CompanyID int64

// Center is one city's remote-work center. Everything personal belongs to one.
type Center struct {
	ID          CenterID
	Slug        string
	Name        string // Japanese
	NameEn      string
	PromiseDays int // days within which a mentor answers
}

// In is the center's name in a language.
func (c Center) In(lang string) string {
	if lang == "en" && c.NameEn != "" {
		return c.NameEn
	}
	return c.Name
}

// Role is what a person is in a center.
type Role string

// The roles.
const (
	Trainee     Role = "trainee"
	Mentor      Role = "mentor"
	Coordinator Role = "coordinator"
	Producer    Role = "producer"
	Company     Role = "company"
	Admin       Role = "admin"
)

// Roles are all roles, in the order they are listed.
var Roles = []Role{Trainee, Mentor, Coordinator, Producer, Company, Admin}

// Valid tells whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Membership is one role of a person in one center. Company is set for the company role alone.
type Membership struct {
	Center  CenterID
	Role    Role
	Company CompanyID
}

// Member is a person.
type Member struct {
	ID          ID
	Email       string // lower case; empty for somebody without mail
	Name        string
	Kana        string
	PrintedName string // as it stands on certificates; checked for printability when entered
	PrintedKana bool   // the kana stand above the name on certificates
	LatinName   string // on the English page of certificates; empty: the printed name; checked like it
	Language    string // "ja" or "en"
	Consent     Consent
	Hours       Availability
	Disabled    bool
	Created     time.Time
	Memberships []Membership
}

// Has tells whether the member holds the role in the center.
func (m Member) Has(c CenterID, r Role) bool {
	return slices.ContainsFunc(m.Memberships, func(s Membership) bool { return s.Center == c && s.Role == r })
}

// NameOnCertificate is the printed name, or the name if none was chosen.
func (m Member) NameOnCertificate() string {
	if m.PrintedName != "" {
		return m.PrintedName
	}
	return m.Name
}

// Consent is what a person has agreed to, and when. The zero time means no.
type Consent struct {
	Share      time.Time // shown to companies in general: skills, levels, evidence; never the name
	VerifyName time.Time // her name on the public verify page
}

// Sharing tells whether she agreed to be shown to companies in general.
func (c Consent) Sharing() bool { return !c.Share.IsZero() }

// Within is the consent without what was not agreed to before.
func (c Consent) Within(before Consent) Consent {
	if before.Share.IsZero() {
		c.Share = before.Share
	}
	if before.VerifyName.IsZero() {
		c.VerifyName = before.VerifyName
	}
	return c
}

// Availability is the hours a week a person says she can work, and when she said so.
type Availability struct {
	HoursWeek int // 0: not stated
	Stated    time.Time
}

// FreshUntil is the instant the statement lapses, days after it was made; the zero time if nothing was stated.
func (a Availability) FreshUntil(days int) time.Time {
	if a.HoursWeek == 0 || a.Stated.IsZero() {
		return time.Time{}
	}
	return a.Stated.AddDate(0, 0, days)
}

// Limits of what a person types about herself, in characters.
const (
	MaxName     = 80
	MaxEmail    = 254
	MinPassword = 8
	MaxPassword = 256
	MaxHours    = 60
)

// NormalEmail is how addresses are kept and compared.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// CheckEmail refuses what is not one plain address.
func CheckEmail(field, s string) *problem.Problem {
	s = NormalEmail(s)
	if s == "" {
		return problem.At(field, "member.email_missing")
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > MaxEmail || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") || strings.ContainsFunc(s, unicode.IsControl) {
		return problem.At(field, "member.email_wrong")
	}
	return nil
}

// CleanName trims a name and folds the spaces inside it to one.
func CleanName(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) }), " ")
}

// CheckName refuses an empty, over-long or unprintable name. printable returns the characters that cannot be printed on a
// certificate, so that issuing one never fails; nil skips that check.
func CheckName(field, s string, printable func(string) []string) *problem.Problem {
	s = CleanName(s)
	switch {
	case s == "":
		return problem.At(field, "member.name_missing")
	case !utf8.ValidString(s):
		return problem.At(field, "member.name_unprintable", problem.Args{"Characters": "�"})
	case utf8.RuneCountInString(s) > MaxName:
		return problem.At(field, "member.name_long", problem.Args{"Max": MaxName})
	}
	if printable == nil {
		return nil
	}
	if bad := printable(s); len(bad) > 0 {
		return problem.At(field, "member.name_unprintable", problem.Args{"Characters": strings.Join(bad, " ")})
	}
	return nil
}

// CheckKana refuses a reading that is not written in kana. An empty one is allowed.
func CheckKana(field, s string) *problem.Problem {
	for _, r := range s {
		if !unicode.In(r, unicode.Hiragana, unicode.Katakana) && !unicode.IsSpace(r) && !strings.ContainsRune("ー・゛゜", r) {
			return problem.At(field, "member.kana_wrong")
		}
	}
	if utf8.RuneCountInString(s) > MaxName {
		return problem.At(field, "member.name_long", problem.Args{"Max": MaxName})
	}
	return nil
}

// CheckHours refuses hours a week outside 1 to 60.
func CheckHours(field string, h int) *problem.Problem {
	if h < 1 || h > MaxHours {
		return problem.At(field, "member.hours_wrong", problem.Args{"Max": MaxHours})
	}
	return nil
}

// CheckPassword refuses short and well-known passwords (OWASP ASVS 5.0, 6.2: eight characters or more, long ones
// allowed, no rules of composition, common ones refused). about are the person's own words (name, address).
func CheckPassword(field, s string, about ...string) *problem.Problem {
	n := utf8.RuneCountInString(s)
	switch {
	case n < MinPassword:
		return problem.At(field, "member.password_short", problem.Args{"Min": MinPassword})
	case n > MaxPassword:
		return problem.At(field, "member.password_long", problem.Args{"Max": MaxPassword})
	}
	low := strings.ToLower(s)
	if slices.Contains(commonPasswords, low) || sameRune(low) {
		return problem.At(field, "member.password_common")
	}
	for _, a := range about {
		a = strings.ToLower(a)
		if local, _, ok := strings.Cut(a, "@"); ok && low == local {
			return problem.At(field, "member.password_common")
		}
		if a != "" && low == a {
			return problem.At(field, "member.password_common")
		}
	}
	return nil
}

func sameRune(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(r)) == ""
}

// commonPasswords are the ones of eight or more characters that lead every published list, and what the house itself invites.
var commonPasswords = strings.Fields(`password password1 password12 password123 passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890
 12341234 87654321 11223344 qwertyui qwertyuiop qwerty123 qwerty12 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx asdfghjk asdfghjkl asdfasdf
 iloveyou sunshine princess football baseball superman trustno1 welcome1 welcome123 letmein1 admin123 administrator abcd1234 abc12345
 abcdefgh abcd12345 aa123456 a1234567 zxcvbnm1 zxcvbnmm michael1 computer internet sakura123 sakurasakura tenarai1 tenarai123 tenaraitenarai
 yuzawa123 yuzawashi akita123 akitaken nihon123 nippon123 arigatou arigato1 konnichiwa ohayougozaimasu aiueo123 aiueokakikukeko`)
