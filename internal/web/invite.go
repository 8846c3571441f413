package web

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/problem"
)

// row is what was typed as the desk takes it: readings and addresses may be typed in any width, names are left as they are.
func (f inviteForm) row() desk.InviteRow {
	return desk.InviteRow{Line: 1, Name: f.Name, Kana: norm.NFKC.String(f.Kana), Email: norm.NFKC.String(f.Email)}
}

// inviteListForm is a pasted list of people.
type inviteListForm struct {
	Rows string `form:"rows,text"`
	Do   string `form:"do"` // "send", or look first
}

// inviteListPage is where a list is pasted, looked through and sent.
type inviteListPage struct {
	Page
	Cohort cohort.ID
	Name   string // of the cohort
	Form   inviteListForm
	Lines  []inviteLine
	Ready  bool // nothing is wrong: it can be sent
	Words  string
}

// inviteLine is one line of the list, with what is wrong or what would happen.
type inviteLine struct {
	desk.InvitePlan
	Wrong []string
	Will  string
}

var inviteListView = view[inviteListPage]("center/invite")

var willKeys = map[desk.InviteWhat]string{
	desk.InviteNew: "center.list.new", desk.InviteJoin: "center.list.join", desk.InviteAlready: "center.list.already",
}

func (s *Server) inviteList(c echo.Context, a desk.Actor) error {
	page, err := s.inviteListPage(c, a)
	if err != nil {
		return err
	}
	return inviteListView.render(s, c, page)
}

func (s *Server) inviteListPage(c echo.Context, a desk.Actor) (inviteListPage, error) {
	id, err := cohortID(c)
	if err != nil {
		return inviteListPage{}, err
	}
	look, err := s.Desk.LookCohort(c.Request().Context(), a, id, "", 1)
	return inviteListPage{Page: s.page(c, a, "center.list.title"), Cohort: id, Name: look.Name}, err
}

// inviteMany looks a list through or sends it. Either way the page comes back with everything typed and every mistake at
// its line, unless the whole list was sent.
func (s *Server) inviteMany(c echo.Context, a desk.Actor) error {
	page, err := s.inviteListPage(c, a)
	if err != nil {
		return err
	}
	form, err := decode[inviteListForm](c)
	page.Form = form
	rows := inviteRows(form.Rows)
	if err == nil && form.Do == "send" {
		done, refusal := s.Desk.InviteMany(c.Request().Context(), a, page.Cohort, rows)
		if refusal == nil {
			return s.seeOther(c, cohortPath(page.Cohort), "center.list.done", "New", done.New, "Joined", done.Joined, "Already", done.Already)
		}
		err = refusal
	}
	plans, refusal := s.Desk.PlanInvites(c.Request().Context(), a, page.Cohort, rows)
	if err == nil {
		err = refusal
	}
	w := s.printer(c)
	page.Lines = s.inviteLines(w, plans, problem.Of(err))
	if page.Ready = err == nil; page.Ready {
		page.Words = sumInvites(w, plans)
		return inviteListView.render(s, c, page)
	}
	if page.Page, err = s.refused(page.Page, err); err != nil {
		return err
	}
	for i, r := range page.Problems {
		if line, ok := strings.CutPrefix(r.Field, "line."); ok {
			page.Problems[i] = Refusal{Field: "rows", Text: w.T("center.list.line", "Line", line, "Text", r.Text)}
		}
	}
	return inviteListView.render(s, c, page)
}

func sumInvites(w *i18n.Printer, plans []desk.InvitePlan) string {
	count := map[desk.InviteWhat]int{}
	for _, p := range plans {
		count[p.What]++
	}
	return w.T("center.list.sum", "New", count[desk.InviteNew], "Joined", count[desk.InviteJoin], "Already", count[desk.InviteAlready])
}

func (s *Server) inviteLines(w *i18n.Printer, plans []desk.InvitePlan, wrong problem.List) []inviteLine {
	at := map[int][]string{}
	for _, p := range wrong {
		if line, ok := strings.CutPrefix(p.Field, "line."); ok {
			n, _ := strconv.Atoi(line)
			at[n] = append(at[n], s.explain(w.Lang(), p))
		}
	}
	out := make([]inviteLine, len(plans))
	for i, p := range plans {
		out[i] = inviteLine{InvitePlan: p, Wrong: at[p.Line], Will: w.T(willKeys[p.What])}
	}
	return out
}

// inviteRows reads a pasted list: from a spreadsheet (tabs) or CSV, with or without a heading. Without one the cell with an
// @ is the address, and of the others the first is the name and the second the reading.
func inviteRows(text string) []desk.InviteRow {
	var rows []desk.InviteRow
	var order []string
	first := true
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		cells := inviteCells(line)
		if len(cells) == 0 {
			continue
		}
		if first {
			first = false
			if order = inviteHeading(cells); order != nil {
				continue
			}
		}
		row := inviteRow(cells, order)
		row.Line = i + 1
		rows = append(rows, row)
	}
	return rows
}

// inviteCells are the cells of a line; none if it is blank.
func inviteCells(line string) []string {
	if strings.TrimSpace(line) == "" {
		return nil
	}
	var cells []string
	if strings.Contains(line, "\t") {
		cells = strings.Split(line, "\t")
	} else {
		r := csv.NewReader(strings.NewReader(strings.NewReplacer("，", ",", "、", ",", ";", ",").Replace(line)))
		r.LazyQuotes, r.FieldsPerRecord = true, -1
		var err error
		if cells, err = r.Read(); err != nil {
			cells = strings.Split(line, ",")
		}
	}
	blank := true
	for i, cell := range cells {
		cells[i] = composed(strings.Trim(strings.TrimSpace(cell), `"`))
		blank = blank && cells[i] == ""
	}
	if blank {
		return nil
	}
	return cells
}

// inviteHeadings are what people call the columns.
var inviteHeadings = map[string][]string{
	"name":  {"name", "名前", "氏名", "お名前", "なまえ"},
	"kana":  {"kana", "かな", "カナ", "ふりがな", "フリガナ", "よみ", "よみがな", "reading"},
	"email": {"email", "e-mail", "mail", "メール", "メールアドレス", "アドレス", "address"},
}

// inviteHeading is the order of the columns if the cells are a heading, else nil.
func inviteHeading(cells []string) []string {
	order := make([]string, len(cells))
	named := false
	for i, cell := range cells {
		cell = strings.ToLower(norm.NFKC.String(cell))
		for column, words := range inviteHeadings {
			if slices.Contains(words, cell) {
				order[i], named = column, true
			}
		}
	}
	if !named {
		return nil
	}
	return order
}

func inviteRow(cells, order []string) desk.InviteRow {
	var form inviteForm
	place := map[string]*string{"name": &form.Name, "kana": &form.Kana, "email": &form.Email}
	if order == nil {
		order = make([]string, len(cells))
		free := []string{"name", "kana", "email"}
		if i := slices.IndexFunc(cells, func(s string) bool { return strings.ContainsAny(s, "@＠") }); i >= 0 {
			order[i], free = "email", free[:2]
		}
		for i := range order {
			if order[i] == "" && len(free) > 0 {
				order[i], free = free[0], free[1:]
			}
		}
	}
	for i, cell := range cells {
		if i < len(order) && place[order[i]] != nil {
			*place[order[i]] = cell
		}
	}
	return form.row()
}
