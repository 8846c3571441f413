package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/problem"
)

// cohortsPage lists a center's cohorts.
type cohortsPage struct {
	Page
	Cohorts []cohortLine
	Pager   Pager
}

var cohortsView = view[cohortsPage]("center/cohorts")

func (s *Server) cohorts(c echo.Context, a desk.Actor) error {
	look, err := s.Desk.LookCohorts(c.Request().Context(), a, pageNumber(c))
	if err != nil {
		return err
	}
	return cohortsView.render(s, c, cohortsPage{
		Page: s.page(c, a, "center.cohorts.title"), Cohorts: cohortLines(s.printer(c), look.Rows), Pager: newPager(c, look.Total, look.Size),
	})
}

// cohortForm is a cohort as it is typed. Dates are what the browser's date field sends: 2026-11-22.
type cohortForm struct {
	Version int64    `form:"version"` // of the cohort that is changed
	Name    string   `form:"name"`
	Title   string   `form:"title"`
	TitleEN string   `form:"title_en"`
	Starts  string   `form:"starts"`
	Ends    string   `form:"ends"`
	Courses []string `form:"courses"` // of a new one
}

// typedCohort is a cohort as somebody would have typed it.
func typedCohort(k cohort.Cohort) cohortForm {
	return cohortForm{Version: k.Version, Name: k.Name, Title: k.Title.JA, TitleEN: k.Title.EN, Starts: dayField(k.Starts), Ends: dayField(k.Ends)}
}

// deed is what the desk is given; a date that is none is refused at its field.
func (f cohortForm) deed(wrong *problem.List) cohort.Cohort {
	k := cohort.Cohort{Name: f.Name, Title: course.Text{JA: f.Title, EN: f.TitleEN}, Courses: f.Courses, Version: f.Version}
	k.Starts = typedDay(wrong, "starts", f.Starts)
	if k.Ends = typedDay(wrong, "ends", f.Ends); !k.Ends.IsZero() {
		k.Ends = k.Ends.AddDate(0, 0, 1).Add(-time.Second) // to the end of the day
	}
	return k
}

type newCohortPage struct {
	Page
	Form    cohortForm
	Courses []courseChoice
}

// courseChoice is a course that can be ticked.
type courseChoice struct {
	*course.Course
	Chosen bool
}

var newCohortView = view[newCohortPage]("center/new")

func (s *Server) newCohort(c echo.Context, a desk.Actor) error {
	return newCohortView.render(s, c, s.newCohortPage(s.page(c, a, "center.new.title"), cohortForm{Starts: dayField(s.Now())}))
}

func (s *Server) newCohortPage(p Page, form cohortForm) newCohortPage {
	page := newCohortPage{Page: p, Form: form}
	for _, k := range s.Desk.Courses() {
		choice := courseChoice{Course: k}
		for _, slug := range form.Courses {
			choice.Chosen = choice.Chosen || slug == k.Slug
		}
		page.Courses = append(page.Courses, choice)
	}
	return page
}

func (s *Server) createCohort(c echo.Context, a desk.Actor) error {
	form, err := decode[cohortForm](c)
	wrong := problem.Of(err)
	k := form.deed(&wrong)
	id := cohort.ID(0)
	if err = wrong.Err(); err == nil {
		id, err = s.Desk.CreateCohort(c.Request().Context(), a, k)
	}
	if err != nil {
		p, err := s.refused(s.page(c, a, "center.new.title"), err)
		if err != nil {
			return err
		}
		return newCohortView.render(s, c, s.newCohortPage(p, form))
	}
	return s.goTo(c, "center.new.done", "/center/cohorts/%d", id)
}

// editCohortPage changes all of a cohort but its courses.
type editCohortPage struct {
	Page
	Cohort cohort.Cohort
	Form   cohortForm
}

var editCohortView = view[editCohortPage]("center/edit")

func (s *Server) editCohort(c echo.Context, a desk.Actor) error { return s.showEdit(c, a, nil, nil) }

func (s *Server) showEdit(c echo.Context, a desk.Actor, form *cohortForm, refusal error) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	k, err := s.Desk.LookCohortForm(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	p := s.page(c, a, "center.edit.title", "Name", k.Name)
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	page := editCohortPage{Page: p, Cohort: k, Form: typedCohort(k)}
	if form != nil {
		page.Form = *form
	}
	if p.status == http.StatusConflict { // somebody else was first: who has read that may save hers over it
		page.Form.Version = k.Version
	}
	return editCohortView.render(s, c, page)
}

func (s *Server) changeCohort(c echo.Context, a desk.Actor) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	form, err := decode[cohortForm](c)
	wrong := problem.Of(err)
	k := form.deed(&wrong)
	k.ID = id
	if err = wrong.Err(); err == nil {
		err = s.Desk.ChangeCohort(c.Request().Context(), a, k)
	}
	if err != nil {
		return s.showEdit(c, a, &form, err)
	}
	return s.seeOther(c, cohortPath(id), "center.edit.done")
}

// dayField is a day in Japan as a date field shows it; the zero time shows nothing.
func dayField(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(i18n.Zone).Format(time.DateOnly)
}

// typedDay is the beginning of a day in Japan, as a date field sends it; nothing typed is the zero time.
func typedDay(wrong *problem.List, field, typed string) time.Time {
	if typed == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, "2006/1/2", "2006-1-2"} {
		if t, err := time.ParseInLocation(layout, typed, i18n.Zone); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			return t
		}
	}
	wrong.Add(problem.At(field, "cohort.day_wrong"))
	return time.Time{}
}

// cohortPage is a cohort with its members and the form to invite one.
type cohortPage struct {
	Page
	Cohort desk.CohortLook
	Find   string
	Form   inviteForm
	Pager  Pager
}

// inviteForm is one person to invite.
type inviteForm struct {
	Name  string `form:"name"`
	Kana  string `form:"kana"`
	Email string `form:"email"`
}

var cohortView = view[cohortPage]("center/cohort")

// cohortID is the cohort in the address; what is no number does not exist.
func cohortID(c echo.Context) (cohort.ID, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, problem.Missing("store.missing")
	}
	return cohort.ID(id), nil
}

func (s *Server) cohort(c echo.Context, a desk.Actor) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	return s.showCohort(c, a, id, inviteForm{}, nil)
}

// showCohort shows a cohort, again with what was typed if inviting was refused.
func (s *Server) showCohort(c echo.Context, a desk.Actor, id cohort.ID, form inviteForm, refusal error) error {
	find := ""
	if c.Request().Method != http.MethodPost {
		find = sought(c)
	}
	look, err := s.Desk.LookCohort(c.Request().Context(), a, id, find, pageNumber(c))
	if err != nil {
		return err
	}
	p := s.titled(c, a, look.Name)
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	return cohortView.render(s, c, cohortPage{Page: p, Cohort: look, Find: find, Form: form, Pager: newPager(c, look.Found, look.Size)})
}

// sought is what the reader looks for; more than a line's length of it is nonsense.
func sought(c echo.Context) string {
	const longest = 100
	q := []rune(composed(c.QueryParam("q")))
	return string(q[:min(len(q), longest)])
}

func (s *Server) inviteOne(c echo.Context, a desk.Actor) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	form, err := decode[inviteForm](c)
	var done desk.Invited
	if err == nil {
		done, err = s.Desk.InviteOne(c.Request().Context(), a, id, form.row())
	}
	if err != nil {
		return s.showCohort(c, a, id, form, err)
	}
	name := s.printer(c).Person(form.Name)
	switch {
	case done.Already > 0:
		return s.seeOther(c, cohortPath(id), "center.invite.already", "Name", name)
	case done.Joined > 0:
		return s.seeOther(c, cohortPath(id), "center.invite.joined", "Name", name)
	case form.Email == "":
		return s.goTo(c, "center.invite.without_mail", "/center/members/%d", done.Member)
	}
	return s.seeOther(c, cohortPath(id), "center.invite.sent", "Name", name)
}

func cohortPath(id cohort.ID) string { return "/center/cohorts/" + strconv.FormatInt(int64(id), 10) }
