package web

import (
	"html/template"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/sheet"
)

// progressPage is a cohort's progress table.
type progressPage struct {
	Page
	Progress desk.Progress
	Rows     []progressLine
	Heads    [3]SortHead // name, progress, last activity
	Legend   []cellWord
	Pager    Pager
	Query    string // of this order, for the exports
}

// progressLine is somebody's line of the table.
type progressLine struct {
	Member       member.ID
	Name         string
	Why          string // she needs a call; empty if not
	Share        string
	LastActivity time.Time
	Cells        template.HTML // of part "cell"
}

// progressCell is a cell with its sign.
type progressCell struct {
	Class, Sign, Word string
	Done, Total       int
}

// progressCells renders the cells of a table. A page has hundreds of them and some dozens that differ: those that look alike
// are rendered once.
type progressCells struct {
	render func(progressCell) (template.HTML, error)
	words  map[cohort.State]cellWord
	known  map[desk.ProgressCell]template.HTML
}

// row are the cells of a line.
func (p progressCells) row(cells []desk.ProgressCell) (template.HTML, error) {
	var out strings.Builder
	for _, cell := range cells {
		look := desk.ProgressCell{State: cell.State, Done: cell.Done, Total: cell.Total}
		html, ok := p.known[look]
		if !ok {
			var err error
			word := p.words[cell.State]
			if html, err = p.render(progressCell{word.Class, word.Sign, word.Word, cell.Done, cell.Total}); err != nil {
				return "", err
			}
			p.known[look] = html
		}
		out.WriteString(string(html))
	}
	return template.HTML(out.String()), nil //nolint:gosec // joined of what html/template has escaped
}

// cellWord is a state of the table: a sign, a word and a class for its colour, so that none of them is needed to tell.
type cellWord struct{ Class, Sign, Word string }

// stateSigns are the signs of the table (pages.md); a paused trainee comes with pauses.
var stateSigns = map[cohort.State]struct{ sign, key string }{
	cohort.NotStarted: {"・", "center.state.not_started"}, cohort.Going: {"▷", "center.state.going"}, cohort.NeedsHelp: {"！", "center.state.needs_help"},
	cohort.Waiting: {"…", "center.state.waiting"}, cohort.Done: {"✓", "center.state.done"},
}

func cellIn(w *i18n.Printer, state cohort.State) cellWord {
	v := stateSigns[state]
	return cellWord{strings.ReplaceAll(string(state), "_", "-"), v.sign, w.T(v.key)}
}

var progressView = view[progressPage]("center/progress")

// progressOrder is the order the address asks for; nonsense is by name.
func progressOrder(c echo.Context) desk.ProgressOrder {
	by, down := strings.CutPrefix(c.QueryParam("sort"), "-")
	switch desk.ProgressSort(by) {
	case desk.ByName, desk.ByProgress, desk.ByActivity:
		return desk.ProgressOrder{By: desk.ProgressSort(by), Down: down}
	}
	return desk.ProgressOrder{By: desk.ByName}
}

func (s *Server) progress(c echo.Context, a desk.Actor) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	look, err := s.Desk.LookProgress(c.Request().Context(), a, id, progressOrder(c), pageNumber(c))
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := progressPage{
		Page: s.page(c, a, "center.progress.title", "Name", look.Name), Progress: look, Pager: newPager(c, look.Total, look.Size),
		Heads: [3]SortHead{
			sortHead(c, w.T("center.progress.name"), string(desk.ByName)), sortHead(c, w.T("center.progress.share"), string(desk.ByProgress)),
			sortHead(c, w.T("center.progress.activity"), string(desk.ByActivity)),
		},
	}
	if q := c.QueryParam("sort"); q != "" {
		page.Query = "?" + url.Values{"sort": {q}}.Encode()
	} else {
		page.Heads[0].Dir, page.Heads[0].Href = "ascending", withQuery(c, "sort", "-"+string(desk.ByName))
	}
	cells := progressCells{
		render: func(cell progressCell) (template.HTML, error) { return progressView.part(s, page.Lang, "cell", cell) },
		words:  map[cohort.State]cellWord{}, known: map[desk.ProgressCell]template.HTML{},
	}
	for _, state := range []cohort.State{cohort.NotStarted, cohort.Going, cohort.NeedsHelp, cohort.Waiting, cohort.Done} {
		cells.words[state] = cellIn(w, state)
		page.Legend = append(page.Legend, cells.words[state])
	}
	for _, r := range look.Rows {
		line := progressLineOf(w, r, page.Now)
		if line.Cells, err = cells.row(r.Cells); err != nil {
			return err
		}
		page.Rows = append(page.Rows, line)
	}
	return progressView.render(s, c, page)
}

func progressLineOf(w *i18n.Printer, r desk.ProgressRow, now time.Time) progressLine {
	line := progressLine{Member: r.Member, Name: r.Name, Share: w.Share(r.Done, r.Total), LastActivity: r.LastActivity}
	if r.Why != "" {
		line.Why = whyCall(w, r.Why, now.Sub(r.Since))
	}
	return line
}

func (s *Server) progressCSV(c echo.Context, a desk.Actor) error {
	return s.exportProgress(c, a, "csv", "text/csv; charset=utf-8", func(w io.Writer, _ string, header []string, rows iter.Seq[[]any]) error {
		return sheet.WriteCSV(w, header, rows)
	})
}

func (s *Server) progressXLSX(c echo.Context, a desk.Actor) error {
	return s.exportProgress(c, a, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.WriteXLSX)
}

// exportProgress sends the whole table row by row. What fails after the first byte breaks the connection off, so that a
// table that is not whole is never taken for one that is.
func (s *Server) exportProgress(c echo.Context, a desk.Actor, ending, contentType string, write func(io.Writer, string, []string, iter.Seq[[]any]) error) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	look, rows, err := s.Desk.ExportProgress(c.Request().Context(), a, id, progressOrder(c))
	if err != nil {
		return err
	}
	w := s.printer(c)
	h := c.Response().Header()
	name := w.T("center.progress.title", "Name", look.Name) + " " + s.Now().In(i18n.Zone).Format(time.DateOnly) + "." + ending
	h.Set("Content-Security-Policy", downloadPolicy)
	h.Set(echo.HeaderContentDisposition, "attachment; filename*=UTF-8''"+url.PathEscape(name))
	h.Set(echo.HeaderContentType, contentType)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	c.Response().WriteHeader(http.StatusOK)
	var failed error
	err = write(c.Response(), look.Name, progressHeader(w, look), func(yield func([]any) bool) {
		for r, err := range rows {
			if failed = err; err != nil || !yield(progressRecord(w, r)) {
				return
			}
		}
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		s.Log.Error("export broken off", "id", requestID(c), "route", c.Path(), "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}

func progressHeader(w *i18n.Printer, look desk.Progress) []string {
	header := []string{
		w.T("center.progress.name"), w.T("center.progress.kana"), w.T("center.progress.enrolled"), w.T("center.progress.activity"),
		w.T("center.progress.share"), w.T("center.progress.to_mend"), w.T("center.progress.with_mentor"), w.T("center.progress.call"),
	}
	for _, col := range look.Columns {
		header = append(header, w.T("center.progress.column", "Course", col.Course.Code, "Module", col.N, "Title", col.Module.Title.In(w.Lang())))
	}
	return header
}

// progressRecord is a line of the export: shares in percent as numbers, days as days.
func progressRecord(w *i18n.Printer, r desk.ProgressRow) []any {
	day := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		y, m, d := t.In(i18n.Zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, i18n.Zone)
	}
	mend, waiting := 0, 0
	for _, cell := range r.Cells {
		mend, waiting = mend+cell.Returned, waiting+cell.Waiting
	}
	why := ""
	if r.Why != "" {
		why = w.T(callKeys[r.Why])
	}
	record := []any{r.Name, r.Kana, day(r.Enrolled), day(r.LastActivity), r.Permille / 10, mend, waiting, why}
	for _, cell := range r.Cells {
		record = append(record, cohort.Permille(cell.Done, cell.Total)/10)
	}
	return record
}

// callKeys are the reasons in one word or two, for the export.
var callKeys = map[cohort.Reason]string{
	cohort.ReturnedLong: "center.call.returned", cohort.NeverStarted: "center.call.never", cohort.Quiet: "center.call.quiet", cohort.LateWork: "center.call.late",
}
