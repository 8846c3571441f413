package member_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// refused compares what was refused with the key that was wanted; an empty key means nothing.
func refused(t *testing.T, what string, got *problem.Problem, want string) {
	t.Helper()
	switch {
	case got == nil && want == "":
	case got == nil:
		t.Errorf("%s is accepted, want %s", what, want)
	case got.Key != want || got.Field != "f" || got.Kind != problem.Invalid:
		t.Errorf("%s: %v, want %s (f)", what, got, want)
	}
}

func TestCheckName(t *testing.T) {
	printable := func(s string) (bad []string) {
		for _, r := range s {
			if r == '☃' || r == '\x00' {
				bad = append(bad, string(r))
			}
		}
		return bad
	}
	for name, want := range map[string]string{
		"佐藤 葵": "", "𠮷田 由美": "", "髙﨑 健二": "", "辻󠄀 花": "", "Anna-Lena Müller": "", "O'Brien": "",
		strings.Repeat("名", member.MaxName): "", strings.Repeat("名", member.MaxName+1): "member.name_long",
		"": "member.name_missing", " 　\t\n": "member.name_missing", "雪☃": "member.name_unprintable", "a\xff": "member.name_unprintable",
		"a\x00": "member.name_unprintable",
	} {
		refused(t, name, member.CheckName("f", name, printable), want)
	}
	if p := member.CheckName("f", "☃雪☃", printable); p.Args["Characters"] != "☃ ☃" {
		t.Errorf("the characters are named as %v", p.Args)
	}
	refused(t, "without a check of printing", member.CheckName("f", "雪☃", nil), "")
}

func TestCleanName(t *testing.T) {
	for given, want := range map[string]string{"  佐藤　　葵 ": "佐藤 葵", "a\tb\r\nc": "a b c", "": "", "　": "", "髙﨑": "髙﨑"} {
		if got := member.CleanName(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := member.CleanName(rapid.String().Draw(t, "name"))
		if twice := member.CleanName(once); twice != once {
			t.Fatalf("cleaned twice, %q becomes %q", once, twice)
		}
	})
}

func TestCheckKana(t *testing.T) {
	for kana, want := range map[string]string{
		"": "", "さとう あおい": "", "サトウ　アオイ": "", "アンナ・レーナ": "", "ヴァ": "",
		"佐藤": "member.kana_wrong", "Sato": "member.kana_wrong", "さとう1": "member.kana_wrong", "さとう、": "member.kana_wrong",
		strings.Repeat("あ", member.MaxName): "", strings.Repeat("あ", member.MaxName+1): "member.name_long",
	} {
		refused(t, kana, member.CheckKana("f", kana), want)
	}
}

func TestCheckEmail(t *testing.T) {
	for mail, want := range map[string]string{
		"aoi@tenarai.example": "", " AOI@Tenarai.Example ": "", "a.b+c@x.co.jp": "", "o'brien@tenarai.example": "",
		"": "member.email_missing", "  ": "member.email_missing",
		"aoi": "member.email_wrong", "aoi@": "member.email_wrong", "@tenarai.example": "member.email_wrong", "aoi@localhost": "member.email_wrong",
		"葵 <aoi@tenarai.example>": "member.email_wrong", "a@x.example, b@x.example": "member.email_wrong", "a b@x.example": "member.email_wrong",
		"a@x.example\r\nBcc: b@x.example": "member.email_wrong", "a@@x.example": "member.email_wrong",
		strings.Repeat("a", member.MaxEmail) + "@x.example": "member.email_wrong",
	} {
		refused(t, mail, member.CheckEmail("f", mail), want)
	}
}

// Whatever is accepted is one address that can stand in the head of a letter: no line end, no second @ outside quotes.
func TestAcceptedAddressesAreOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-zA-Z0-9 @.,<>"'\r\n\t-]{0,40}`).Draw(t, "address")
		if member.CheckEmail("f", s) == nil && (strings.ContainsAny(member.NormalEmail(s), "\r\n\t<>,") || !strings.Contains(s, "@")) {
			t.Fatalf("%q is accepted", s)
		}
	})
}

func TestCheckPassword(t *testing.T) {
	about := []string{"Sato Aoi", "aoi.sato@tenarai.example", ""}
	for password, want := range map[string]string{
		"雪の日に味噌を混ぜる": "", "correct horse battery": "", "12345679": "", strings.Repeat("ab", member.MaxPassword/2): "", "        x": "",
		"": "member.password_short", "1234567": "member.password_short", "葵葵葵葵葵葵葵": "member.password_short",
		strings.Repeat("ab", member.MaxPassword/2) + "c": "member.password_long",
		"password": "member.password_common", "PassWord1": "member.password_common", "12345678": "member.password_common", "aaaaaaaa": "member.password_common",
		"ああああああああ": "member.password_common", "tenarai123": "member.password_common",
		"sato aoi": "member.password_common", "aoi.sato": "member.password_common", "AOI.SATO@tenarai.example": "member.password_common",
	} {
		refused(t, password, member.CheckPassword("f", password, about...), want)
	}
}

func TestCheckHours(t *testing.T) {
	for hours, want := range map[int]string{-1: "member.hours_wrong", 0: "member.hours_wrong", 1: "", 60: "", 61: "member.hours_wrong"} {
		refused(t, "hours", member.CheckHours("f", hours), want)
	}
}

func TestHoursLapse(t *testing.T) {
	stated := time.Date(2028, 2, 1, 0, 0, 0, 0, time.UTC) // a leap year
	if got := (member.Availability{HoursWeek: 10, Stated: stated}).FreshUntil(30); !got.Equal(time.Date(2028, 3, 2, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("stated on %v, fresh until %v", stated, got)
	}
	for _, a := range []member.Availability{{}, {HoursWeek: 10}, {Stated: stated}} {
		if !a.FreshUntil(30).IsZero() {
			t.Errorf("%+v is fresh", a)
		}
	}
}

// Of a consent only what was agreed to before is left, with its own time.
func TestConsentWithin(t *testing.T) {
	old, fresh := time.Unix(1, 0), time.Unix(2, 0)
	for _, c := range []struct{ now, before, want member.Consent }{
		{member.Consent{Share: fresh, VerifyName: fresh}, member.Consent{}, member.Consent{}},
		{member.Consent{Share: old, VerifyName: fresh}, member.Consent{Share: old}, member.Consent{Share: old}},
		{member.Consent{VerifyName: old}, member.Consent{Share: old, VerifyName: old}, member.Consent{VerifyName: old}},
	} {
		if got := c.now.Within(c.before); got != c.want {
			t.Errorf("%+v within %+v: %+v", c.now, c.before, got)
		}
	}
}

func TestRolesBelongToCenters(t *testing.T) {
	m := member.Member{Name: "葵", Memberships: []member.Membership{{Center: 1, Role: member.Trainee}, {Center: 2, Role: member.Mentor}}}
	if !m.Has(1, member.Trainee) || m.Has(2, member.Trainee) || m.Has(1, member.Mentor) || m.Has(3, member.Mentor) {
		t.Error("a role counts in another center")
	}
	if member.Role("queen").Valid() || member.Role("").Valid() || !member.Admin.Valid() {
		t.Error("roles are not told apart")
	}
	if m.NameOnCertificate() != "葵" {
		t.Error("without a printed name the name stands on certificates")
	}
	if m.PrintedName = "Aoi"; m.NameOnCertificate() != "Aoi" {
		t.Error("the printed name does not stand on certificates")
	}
}
