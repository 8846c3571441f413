package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
)

func (s *Server) accountRoutes() []route {
	return []route{
		{Method: http.MethodGet, Path: "/account", Access: SignedIn, Handle: s.account},
		{Method: http.MethodPost, Path: "/account", Access: SignedIn, Handle: s.saveProfile},
		{Method: http.MethodPost, Path: "/account/password", Access: SignedIn, Handle: s.changePassword},
		{Method: http.MethodPost, Path: "/account/center", Access: SignedIn, Handle: s.switchCenter},
		{Method: http.MethodPost, Path: "/account/devices", Access: SignedIn, Handle: s.endOtherDevices},
		{Method: http.MethodPost, Path: "/account/devices/:id", Access: SignedIn, Handle: s.endDevice},
		{Method: http.MethodGet, Path: "/invitation/:token", Access: Anyone, Handle: s.invitation},
		{Method: http.MethodPost, Path: "/invitation/:token", Access: Anyone, Handle: s.acceptInvitation},
		{Method: http.MethodGet, Path: "/reset", Access: Anyone, Handle: s.resetRequest},
		{Method: http.MethodPost, Path: "/reset", Access: Anyone, Handle: s.requestReset},
		{Method: http.MethodGet, Path: "/reset/:token", Access: Anyone, Handle: s.reset},
		{Method: http.MethodPost, Path: "/reset/:token", Access: Anyone, Handle: s.resetPassword},
		{Method: http.MethodGet, Path: "/code", Access: Anyone, Handle: s.code},
		{Method: http.MethodPost, Path: "/code", Access: Anyone, Handle: s.signInWithCode},
	}
}

type accountPage struct {
	Page
	Look    desk.AccountLook
	Form    profileForm
	Devices []deviceLine
	Others  bool // signed in elsewhere, too

	// A trainee is asked for her consents; anybody else for those she once gave, so that she can take them back.
	AskShare, AskVerify bool
}

type profileForm struct {
	PrintedName string `form:"printed_name,max=80"`
	PrintedKana bool   `form:"printed_kana"`
	LatinName   string `form:"latin_name,max=80"`
	Kana        string `form:"kana,max=80"`
	Hours       int    `form:"hours"`
	Share       bool   `form:"share"`
	VerifyName  bool   `form:"verify_name"`
	Language    string `form:"language,max=2"`
}

// profileFormOf is the form filled in with what is kept.
func profileFormOf(m member.Member) profileForm {
	return profileForm{
		PrintedName: m.PrintedName, PrintedKana: m.PrintedKana, LatinName: m.LatinName, Kana: m.Kana, Hours: m.Hours.HoursWeek,
		Share: m.Consent.Sharing(), VerifyName: !m.Consent.VerifyName.IsZero(), Language: m.Language,
	}
}

// deviceLine is a device as its owner knows it: "Chrome ・ Android". Both are empty if the browser did not say.
type deviceLine struct {
	desk.Device
	Browser, System string
}

var accountView = view[accountPage]("account/account")

func (s *Server) account(c echo.Context, a desk.Actor) error {
	look, err := s.Desk.Account(c.Request().Context(), a)
	if err != nil {
		return err
	}
	form := profileFormOf(look.Member)
	return s.showAccount(c, s.page(c, a, "account.title"), look, form)
}

func (s *Server) showAccount(c echo.Context, p Page, look desk.AccountLook, form profileForm) error {
	page := accountPage{Page: p, Look: look, Form: form}
	page.AskShare = look.Trainee || look.Member.Consent.Sharing()
	page.AskVerify = look.Trainee || !look.Member.Consent.VerifyName.IsZero()
	for _, d := range look.Devices {
		browser, system := browserOf(d.Session.Device)
		page.Devices = append(page.Devices, deviceLine{d, browser, system})
		page.Others = page.Others || !d.Here
	}
	return accountView.render(s, c, page)
}

// accountRefused shows the account page again with what was refused and, if it was the profile, all that was typed.
func (s *Server) accountRefused(c echo.Context, a desk.Actor, form *profileForm, refusal error) error {
	p, err := s.refused(s.page(c, a, "account.title"), refusal)
	if err != nil {
		return err
	}
	look, err := s.Desk.Account(c.Request().Context(), a)
	if err != nil {
		return err
	}
	if form == nil {
		kept := profileFormOf(look.Member)
		form = &kept
	}
	return s.showAccount(c, p, look, *form)
}

func (s *Server) saveProfile(c echo.Context, a desk.Actor) error {
	form, err := decode[profileForm](c)
	var followed desk.Followed
	if err == nil {
		followed, err = s.Desk.SaveProfile(c.Request().Context(), a, desk.ProfileForm{
			PrintedName: form.PrintedName, PrintedKana: form.PrintedKana, LatinName: form.LatinName, Kana: form.Kana, HoursWeek: form.Hours,
			Share: form.Share, VerifyName: form.VerifyName, Language: form.Language,
		})
	}
	if err != nil {
		return s.accountRefused(c, a, &form, err)
	}
	s.setCookie(c, languageCookie, form.Language, preferenceAge)
	p := s.Words.In(form.Language)
	flash := p.T("account.saved")
	for _, r := range followed.Ready {
		if bar, ok := s.Desk.Bar(r.JobType); ok {
			flash += " " + p.T("account.now_ready", "JobType", bar.Title.In(form.Language))
		}
	}
	s.setFlash(c, flash)
	return c.Redirect(http.StatusSeeOther, "/account")
}

type passwordForm struct {
	Old   string `form:"password,raw"`
	Fresh string `form:"new_password,raw"`
}

func (s *Server) changePassword(c echo.Context, a desk.Actor) error {
	form, err := decode[passwordForm](c)
	var token string
	if err == nil {
		token, err = s.Desk.ChangePassword(c.Request().Context(), a, form.Old, form.Fresh)
	}
	if err != nil {
		return s.accountRefused(c, a, nil, err)
	}
	s.setCookie(c, sessionCookie, token, sessionAge)
	return s.seeOther(c, "/account", "account.password.changed")
}

type centerForm struct {
	Center member.CenterID `form:"center"`
}

func (s *Server) switchCenter(c echo.Context, a desk.Actor) error {
	form, err := decode[centerForm](c)
	if err != nil {
		return s.accountRefused(c, a, nil, err)
	}
	token, now, err := s.Desk.SwitchCenter(c.Request().Context(), a, form.Center)
	if err != nil {
		return err
	}
	s.setCookie(c, sessionCookie, token, sessionAge)
	return s.seeOther(c, home(now), "account.center.switched")
}

func (s *Server) endOtherDevices(c echo.Context, a desk.Actor) error {
	if err := s.Desk.EndOtherSessions(c.Request().Context(), a); err != nil {
		return err
	}
	return s.seeOther(c, "/account#devices", "account.devices.ended")
}

func (s *Server) endDevice(c echo.Context, a desk.Actor) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return echo.ErrNotFound
	}
	if id == a.Session {
		return s.signOut(c, a)
	}
	if err := s.Desk.EndSession(c.Request().Context(), a, id); err != nil {
		return err
	}
	return s.seeOther(c, "/account#devices", "account.devices.ended")
}

// browserOf reads the browser's and the system's name out of what a browser calls itself. The order matters: most browsers
// also claim to be the ones named after them here.
func browserOf(agent string) (browser, system string) {
	first := func(names ...[2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser = first([2]string{"Edg", "Edge"}, [2]string{"OPR/", "Opera"}, [2]string{"SamsungBrowser", "Samsung Internet"},
		[2]string{"Firefox/", "Firefox"}, [2]string{"FxiOS", "Firefox"}, [2]string{"CriOS", "Chrome"}, [2]string{"Chrome/", "Chrome"}, [2]string{"Safari/", "Safari"})
	system = first([2]string{"iPhone", "iPhone"}, [2]string{"iPad", "iPad"}, [2]string{"Android", "Android"}, [2]string{"Windows", "Windows"},
		[2]string{"CrOS", "Chromebook"}, [2]string{"Mac OS X", "Mac"}, [2]string{"Linux", "Linux"})
	return browser, system
}

// languageOptions are the languages by their own names.
func languageOptions() []Option {
	return []Option{{Value: i18n.Japanese, Label: "日本語"}, {Value: i18n.English, Label: "English"}}
}

// Languages are the choices of the language field.
func (accountPage) Languages() []Option { return languageOptions() }
