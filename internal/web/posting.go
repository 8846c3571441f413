package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
)

// orders is the door through which a role comes to postings: a company to its own, a producer to those of the center's
// companies. Both see the same pages.
type orders struct {
	*Server
	base string
	role member.Role
}

func (s *Server) companyOrders() orders  { return orders{s, "/company", member.Company} }
func (s *Server) producerOrders() orders { return orders{s, "/producer", member.Producer} }

func (o orders) routes() []route {
	access := only(o.role)
	return []route{
		{Method: http.MethodGet, Path: o.base + "/postings", Access: access, Handle: o.postings},
		{Method: http.MethodPost, Path: o.base + "/postings", Access: access, Handle: o.addPosting},
		{Method: http.MethodGet, Path: o.base + "/postings/new", Access: access, Handle: o.newPosting},
		{Method: http.MethodGet, Path: o.base + "/postings/:id", Access: access, Handle: o.posting},
		{Method: http.MethodPost, Path: o.base + "/postings/:id", Access: access, Handle: o.changePosting},
		{Method: http.MethodGet, Path: o.base + "/postings/:id/edit", Access: access, Handle: o.editPosting},
		{Method: http.MethodPost, Path: o.base + "/postings/:id/open", Access: access, Handle: o.openPosting},
		{Method: http.MethodPost, Path: o.base + "/postings/:id/close", Access: access, Handle: o.closePosting},
		{Method: http.MethodGet, Path: o.base + "/postings/:id/candidates", Access: access, Handle: o.candidates},
	}
}

// ordersPage is what all pages about postings know.
type ordersPage struct {
	Page
	Base     string
	Producer bool
}

func (o orders) ordersPage(p Page) ordersPage {
	return ordersPage{Page: p, Base: o.base, Producer: o.role == member.Producer}
}

func postingID(c echo.Context) (job.PostingID, error) {
	n, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, echo.ErrNotFound
	}
	return job.PostingID(n), nil
}

type postingsPage struct {
	ordersPage
	List  desk.PostingList
	State job.PostingState // shown alone; empty: all
	Find  string
	Pager Pager
}

var postingsView = view[postingsPage]("posting/list")

const postingsOnPage = 20

func (o orders) postings(c echo.Context, a desk.Actor) error {
	page := postingsPage{ordersPage: o.ordersPage(o.page(c, a, "posting.list.title"))}
	switch state := job.PostingState(c.QueryParam("state")); state {
	case job.Draft, job.Open, job.Closed:
		page.State = state
	}
	page.Find = soughtWork(c)
	var err error
	page.List, err = o.Desk.LookPostings(c.Request().Context(), a, page.State, page.Find, pageOffset(c, postingsOnPage), postingsOnPage)
	if err != nil {
		return err
	}
	page.Pager = newPager(c, page.List.Total, postingsOnPage)
	return postingsView.render(o.Server, c, page)
}

// pageOffset is where the page asked for begins. An absurd page is one past the end, not an overflow.
func pageOffset(c echo.Context, size int) int {
	const absurd = 1_000_000
	return (min(pageNumber(c), absurd) - 1) * size
}

// soughtWork is what somebody looks for in a list, without what no list holds.
func soughtWork(c echo.Context) string {
	const longest = 100
	s := strings.ToValidUTF8(strings.ReplaceAll(c.QueryParam("q"), "\x00", ""), "")
	r := []rune(strings.TrimSpace(norm.NFC.String(s)))
	return string(r[:min(len(r), longest)])
}

// postingFacts is what a posting says: part "postingfacts".
type postingFacts struct {
	job.Posting
	JobTypeTitle string
	Hourly       int64 // yen; 0: unknown
}

func factsOf(p job.Posting, b readiness.Bar, lang string) postingFacts {
	return postingFacts{Posting: p, JobTypeTitle: b.Title.In(lang), Hourly: p.HourlyYen()}
}

type postingPage struct {
	ordersPage
	Facts  postingFacts
	Live   bool
	ToMend []Refusal // what keeps a draft from being opened
}

var postingView = view[postingPage]("posting/posting")

func (o orders) posting(c echo.Context, a desk.Actor) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	return o.showPosting(c, a, id, nil)
}

// showPosting shows a posting, with what was refused if something was.
func (o orders) showPosting(c echo.Context, a desk.Actor, id job.PostingID, refused error) error {
	look, err := o.Desk.LookPosting(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	p := o.titled(c, a, look.Title)
	if refused != nil {
		if p, err = o.refused(p, refused); err != nil {
			return err
		}
	}
	page := postingPage{ordersPage: o.ordersPage(p), Facts: factsOf(look.Posting, look.Bar, p.Lang), Live: look.Live}
	for _, one := range look.ToMend {
		page.ToMend = append(page.ToMend, Refusal{Field: one.Field, Text: o.explain(p.Lang, one)})
	}
	return postingView.render(o.Server, c, page)
}

type versionForm struct {
	Version int64 `form:"version"`
}

func (o orders) openPosting(c echo.Context, a desk.Actor) error {
	return o.turnPosting(c, a, o.Desk.OpenPosting, "posting.flash.opened")
}

func (o orders) closePosting(c echo.Context, a desk.Actor) error {
	return o.turnPosting(c, a, o.Desk.ClosePosting, "posting.flash.closed")
}

type postingTurn func(ctx context.Context, a desk.Actor, id job.PostingID, version int64) error

func (o orders) turnPosting(c echo.Context, a desk.Actor, turn postingTurn, flash string) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	form, err := decode[versionForm](c)
	if err == nil {
		err = turn(c.Request().Context(), a, id, form.Version)
	}
	if err != nil {
		return o.showPosting(c, a, id, err)
	}
	return o.seeOther(c, fmt.Sprintf("%s/postings/%d", o.base, id), flash)
}

// postingForm is a posting as the form brings it; postingTyped is the same as it was typed, to be shown again.
type postingForm struct {
	Version     int64            `form:"version"`
	Company     member.CompanyID `form:"company"`
	Title       string           `form:"title"`
	JobType     string           `form:"job_type"`
	Work        string           `form:"work,text"`
	Deliverable string           `form:"deliverable,text"`
	Quantity    string           `form:"quantity"`
	Pay         int64            `form:"pay"`
	Tax         bool             `form:"tax"`
	Hours       int              `form:"hours"`
	HoursWeek   int              `form:"hours_week"`
	Deadline    string           `form:"deadline"`
	Places      int              `form:"places"`
}

type postingTyped struct {
	Version     string `form:"version"`
	Company     string `form:"company"`
	Title       string `form:"title"`
	JobType     string `form:"job_type"`
	Work        string `form:"work,text"`
	Deliverable string `form:"deliverable,text"`
	Quantity    string `form:"quantity"`
	Pay         string `form:"pay"`
	Tax         string `form:"tax"`
	Hours       string `form:"hours"`
	HoursWeek   string `form:"hours_week"`
	Deadline    string `form:"deadline"`
	Places      string `form:"places"`
}

// typedPosting is a posting as somebody would have typed it.
func typedPosting(p job.Posting) postingTyped {
	t := postingTyped{
		Version: strconv.FormatInt(p.Version, 10), Company: strconv.FormatInt(int64(p.Company), 10), Title: p.Title, JobType: string(p.JobType),
		Work: p.Work, Deliverable: p.Deliverable, Quantity: p.Quantity, Pay: numberValue(p.PayYen), Tax: "0",
		Hours: numberValue(int64(p.Hours)), HoursWeek: numberValue(int64(p.HoursWeek)), Places: numberValue(int64(p.Places)),
	}
	if p.TaxIncluded {
		t.Tax = "1"
	}
	if !p.Deadline.IsZero() {
		t.Deadline = p.Deadline.In(i18n.Zone).Format(time.DateOnly)
	}
	return t
}

// deed is what the desk is given; a date that is none is refused at its field.
func (f postingForm) deed() (desk.PostingForm, error) {
	out := desk.PostingForm{
		Version: f.Version, Company: f.Company, Title: f.Title, JobType: readiness.JobType(f.JobType), Work: f.Work, Deliverable: f.Deliverable,
		Quantity: f.Quantity, PayYen: f.Pay, TaxIncluded: f.Tax, Hours: f.Hours, HoursWeek: f.HoursWeek, Places: f.Places,
	}
	typed := strings.ReplaceAll(norm.NFKC.String(f.Deadline), "/", "-")
	if typed == "" {
		return out, nil
	}
	day, err := time.ParseInLocation("2006-1-2", typed, i18n.Zone)
	if err != nil || day.Year() < 2000 {
		return out, problem.At("deadline", "job.wrong_deadline")
	}
	out.Deadline = day
	return out, nil
}

type postingFormPage struct {
	ordersPage
	Action    string
	Back      string
	Form      postingTyped
	Companies []Option // a producer's choice
	JobTypes  []Option
	MaxTitle  int
	MaxText   int
}

var postingFormView = view[postingFormPage]("posting/form")

// newPosting shows an empty form, or with ?from= one that begins as another posting.
func (o orders) newPosting(c echo.Context, a desk.Actor) error {
	form := typedPosting(job.Posting{TaxIncluded: true, Places: 1})
	if from, err := strconv.ParseInt(c.QueryParam("from"), 10, 64); err == nil {
		look, err := o.Desk.LookPosting(c.Request().Context(), a, job.PostingID(from))
		if err != nil {
			return err
		}
		form = typedPosting(look.Posting)
		form.Deadline = ""
	}
	return o.showForm(c, a, o.page(c, a, "posting.form.new"), 0, form)
}

func (o orders) editPosting(c echo.Context, a desk.Actor) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	look, err := o.Desk.LookPosting(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	if look.State != job.Draft {
		return o.showPosting(c, a, id, problem.Clash("job.not_draft"))
	}
	return o.showForm(c, a, o.page(c, a, "posting.form.edit"), id, typedPosting(look.Posting))
}

func (o orders) showForm(c echo.Context, a desk.Actor, p Page, id job.PostingID, form postingTyped) error {
	page := postingFormPage{
		ordersPage: o.ordersPage(p), Action: o.base + "/postings", Back: o.base + "/postings", Form: form, MaxTitle: job.MaxTitle, MaxText: job.MaxText,
	}
	if id != 0 {
		page.Action = fmt.Sprintf("%s/postings/%d", o.base, id)
		page.Back = page.Action
	}
	for _, b := range o.Desk.Bars {
		page.JobTypes = append(page.JobTypes, makeOption(string(b.JobType), b.Title.In(p.Lang)))
	}
	if page.Producer {
		companies, err := o.Desk.LookCompanies(c.Request().Context(), a)
		if err != nil {
			return err
		}
		for _, one := range companies {
			page.Companies = append(page.Companies, makeOption(strconv.FormatInt(int64(one.ID), 10), one.Name))
		}
	}
	return postingFormView.render(o.Server, c, page)
}

func (o orders) addPosting(c echo.Context, a desk.Actor) error {
	return o.savePosting(c, a, o.page(c, a, "posting.form.new"), 0)
}

func (o orders) changePosting(c echo.Context, a desk.Actor) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	return o.savePosting(c, a, o.page(c, a, "posting.form.edit"), id)
}

func (o orders) savePosting(c echo.Context, a desk.Actor, p Page, id job.PostingID) error {
	form, err := decode[postingForm](c)
	if err == nil {
		var f desk.PostingForm
		if f, err = form.deed(); err == nil {
			var saved job.PostingID
			if saved, err = o.Desk.SavePosting(c.Request().Context(), a, id, f); err == nil {
				return o.seeOther(c, fmt.Sprintf("%s/postings/%d", o.base, saved), "posting.flash.saved")
			}
		}
	}
	if p, err = o.refused(p, err); err != nil {
		return err
	}
	typed, _ := decode[postingTyped](c) // what was wrong with it has been said above
	return o.showForm(c, a, p, id, typed)
}
