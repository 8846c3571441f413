package desk

import (
	"context"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// AccountLook is what somebody sees of herself.
type AccountLook struct {
	Member     member.Member
	Number     string // by which the counter knows her
	Center     member.Center
	Centers    []member.Center // where she holds roles
	Devices    []Device
	HoursUntil time.Time // when her hours lapse for the job type that asks for the freshest; zero if none stated
	HoursDays  int       // how many days a statement is good for
	Trainee    bool
	Shown      bool // she has links, or something was shown of her
}

// Account looks at the actor's own account.
func (d *Desk) Account(ctx context.Context, a Actor) (AccountLook, error) {
	if !a.SignedIn() {
		return AccountLook{}, problem.Forbid("desk.not_yours")
	}
	m, err := d.Store.Member(ctx, a.Member)
	if err != nil {
		return AccountLook{}, err
	}
	look := AccountLook{Member: m, Number: number(m.ID), HoursDays: d.hoursDays()}
	look.HoursUntil = m.Hours.FreshUntil(look.HoursDays)
	all, err := d.Store.Centers(ctx)
	if err != nil {
		return AccountLook{}, err
	}
	for _, c := range all {
		if c.ID == a.Center {
			look.Center = c
		}
		if len(actorIn(m, c.ID, 0).Roles) > 0 {
			look.Centers = append(look.Centers, c)
		}
	}
	_, look.Trainee = traineeAt(a, m)
	if look.Shown, err = d.Store.WasShown(ctx, a.Member); err != nil {
		return AccountLook{}, err
	}
	look.Devices, err = d.Sessions(ctx, a)
	return look, err
}

// judgedIn is the center in which somebody was judged for jobs while she learned: what was kept of it speaks of her consent.
func (d *Desk) judgedIn(ctx context.Context, m member.ID) (member.CenterID, bool, error) {
	kept, err := d.Store.ReadinessOf(ctx, m)
	var c member.CenterID
	for _, k := range kept {
		c = k.Center
	}
	return c, len(kept) > 0, err
}

// hoursDays is how long stated hours are good for, by the strictest bar.
func (d *Desk) hoursDays() int {
	days := 0
	for _, b := range d.Bars {
		if days == 0 || b.HoursFreshDays < days {
			days = b.HoursFreshDays
		}
	}
	return days
}

// traineeAt is the center where somebody learns: the active one if she does so there.
func traineeAt(a Actor, m member.Member) (member.CenterID, bool) {
	if m.Has(a.Center, member.Trainee) {
		return a.Center, true
	}
	for _, s := range m.Memberships {
		if s.Role == member.Trainee {
			return s.Center, true
		}
	}
	return 0, false
}

// ProfileForm is what somebody says about herself.
type ProfileForm struct {
	PrintedName string // as it is to stand on certificates; empty: her name
	PrintedKana bool   // the kana stand above the name
	LatinName   string // on the English page; empty: as the other
	Kana        string
	HoursWeek   int // 0: not stated
	Share       bool
	VerifyName  bool
	Language    string
}

// SaveProfile keeps what the actor says about herself. Hours given are stated as of now. Her readiness is judged anew,
// and what followed from that is the answer. Certificates that were issued stay as they are. Who does not learn is asked for no
// hours and no consent, but what she once agreed to she can take back.
func (d *Desk) SaveProfile(ctx context.Context, a Actor, form ProfileForm) (Followed, error) {
	if !a.SignedIn() {
		return Followed{}, problem.Forbid("desk.not_yours")
	}
	form.PrintedName, form.Kana, form.LatinName = member.CleanName(form.PrintedName), member.CleanName(form.Kana), member.CleanName(form.LatinName)
	if err := d.checkProfile(form); err != nil {
		return Followed{}, err
	}
	return once(ctx, d, a, "profile.saved", func(ctx context.Context, now time.Time) (Followed, error) {
		if err := d.Store.LockMember(ctx, a.Member); err != nil {
			return Followed{}, err
		}
		m, err := d.Store.Member(ctx, a.Member)
		if err != nil {
			return Followed{}, err
		}
		center, learns := traineeAt(a, m)
		p := form.onto(profileOf(m), now)
		if !learns {
			p.Hours, p.Consent = m.Hours, p.Consent.Within(m.Consent)
		}
		if err := d.Store.SetProfile(ctx, a.Member, p); err != nil {
			return Followed{}, err
		}
		if p.Kana != m.Kana {
			if err := d.Store.RenameInCohorts(ctx, a.Member, sortName(p.Name, p.Kana)); err != nil {
				return Followed{}, err
			}
		}
		var f Followed
		if !learns && p.Consent != m.Consent {
			if center, learns, err = d.judgedIn(ctx, a.Member); err != nil {
				return Followed{}, err
			}
		}
		if learns {
			if f.Ready, err = d.judgeReadiness(ctx, center, a.Member, now); err != nil {
				return Followed{}, err
			}
		}
		return f, d.happened(ctx, a, now, "profile.saved", audit.Subject{Kind: "member", ID: int64(a.Member)}, a.Member,
			map[string]any{"hours": p.Hours.HoursWeek, "share": p.Consent.Sharing(), "verify_name": !p.Consent.VerifyName.IsZero()})
	})
}

func (d *Desk) checkProfile(form ProfileForm) error {
	var wrong problem.List
	if form.PrintedName != "" {
		wrong.Add(member.CheckName("printed_name", form.PrintedName, d.Printable))
	}
	if form.LatinName != "" {
		wrong.Add(member.CheckName("latin_name", form.LatinName, d.Printable))
	}
	wrong.Add(d.checkProfileKana(form))
	if form.HoursWeek != 0 {
		wrong.Add(member.CheckHours("hours", form.HoursWeek))
	}
	if form.Language != "ja" && form.Language != "en" {
		wrong.Add(problem.At("language", "account.language_wrong"))
	}
	return wrong.Err()
}

// checkProfileKana refuses a reading that is none and, where it is to be printed, a missing or unprintable one.
func (d *Desk) checkProfileKana(form ProfileForm) *problem.Problem {
	wrong := member.CheckKana("kana", form.Kana)
	switch {
	case wrong != nil || !form.PrintedKana:
		return wrong
	case form.Kana == "":
		return problem.At("kana", "account.kana_missing")
	}
	return member.CheckName("kana", form.Kana, d.Printable)
}

// onto is a profile after the form: a consent that was given stays as old as it is.
func (form ProfileForm) onto(p store.Profile, now time.Time) store.Profile {
	agreed := func(since time.Time, yes bool) time.Time {
		switch {
		case !yes:
			return time.Time{}
		case since.IsZero():
			return now
		}
		return since
	}
	p.PrintedName, p.Kana, p.Language = form.PrintedName, form.Kana, form.Language
	p.PrintedKana, p.LatinName = form.PrintedKana, form.LatinName
	p.Consent.Share, p.Consent.VerifyName = agreed(p.Consent.Share, form.Share), agreed(p.Consent.VerifyName, form.VerifyName)
	p.Hours = member.Availability{}
	if form.HoursWeek != 0 {
		p.Hours = member.Availability{HoursWeek: form.HoursWeek, Stated: now}
	}
	return p
}

func profileOf(m member.Member) store.Profile {
	return store.Profile{Name: m.Name, Kana: m.Kana, PrintedName: m.PrintedName, PrintedKana: m.PrintedKana, LatinName: m.LatinName, Language: m.Language, Hours: m.Hours, Consent: m.Consent}
}

// sortName is what people are listed by: the reading, or the name where there is none.
func sortName(name, kana string) string {
	if kana != "" {
		return kana
	}
	return name
}

// SetLanguage keeps the language the actor reads.
func (d *Desk) SetLanguage(ctx context.Context, a Actor, lang string) error {
	switch {
	case !a.SignedIn():
		return problem.Forbid("desk.not_yours")
	case lang != "ja" && lang != "en":
		return problem.At("language", "account.language_wrong")
	}
	return d.deed(ctx, func(ctx context.Context, _ time.Time) error { return d.Store.SetLanguage(ctx, a.Member, lang) })
}

// ChangePassword sets a new password for the actor who knows the old one. All other sessions end, open links stop
// working, and the token changes: the new one is the answer.
func (d *Desk) ChangePassword(ctx context.Context, a Actor, old, fresh string) (token string, err error) {
	if !a.SignedIn() {
		return "", problem.Forbid("desk.not_yours")
	}
	m, err := d.Store.Member(ctx, a.Member)
	if err != nil {
		return "", err
	}
	if p := member.CheckPassword("new_password", fresh, m.Name, m.Email); p != nil {
		return "", p
	}
	if err := d.checkOldPassword(ctx, a, old); err != nil {
		return "", err
	}
	hash, err := d.HashPassword(ctx, fresh)
	if err != nil {
		return "", err
	}
	if token, err = d.secret(); err != nil {
		return "", err
	}
	return token, d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if err := d.Store.SetPassword(ctx, a.Member, hash); err != nil {
			return err
		}
		if err := d.Store.DropLinks(ctx, a.Member); err != nil {
			return err
		}
		if err := d.Store.EndSessions(ctx, a.Member, a.Session); err != nil {
			return err
		}
		if err := d.Store.MoveSession(ctx, a.Session, a.Center, hashed(token)); err != nil {
			return err
		}
		return d.happened(ctx, a, now, "password.changed", audit.Subject{Kind: "member", ID: int64(a.Member)}, a.Member, nil)
	})
}

// checkOldPassword is limited as signing in is: a device left open must not become a place for guessing.
func (d *Desk) checkOldPassword(ctx context.Context, a Actor, old string) error {
	account := hashed("password " + number(a.Member))
	if err := d.tryAccount(ctx, account, mostTries); err != nil {
		return err
	}
	hash, err := d.Store.Password(ctx, a.Member)
	if err != nil {
		return err
	}
	if hash == "" {
		return problem.At("password", "account.old_wrong")
	}
	ok, err := d.passwordMatches(ctx, old, hash)
	if err != nil {
		return err
	}
	if !ok {
		return problem.At("password", "account.old_wrong")
	}
	return d.deed(ctx, func(ctx context.Context, _ time.Time) error { return d.Store.ClearLoginAttempts(ctx, account) })
}
