package web

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/practice"
)

// assessForm is a judgement as the page sends it, half-written or whole.
type assessForm struct {
	Attempt  int               `form:"attempt"`
	Version  int64             `form:"version"`
	Verdict  string            `form:"verdict"`
	Marks    map[string]string `form:"mark"` // by row; text, so that nothing chosen is not 0
	Comments map[string]string `form:"comment,text"`
	Fixes    []fixFields       `form:"fix"`
	Closing  string            `form:"closing,text"`
	Done     []int             `form:"done"` // fixes of the last round found done
	Bank     string            `form:"bank,text"`
}

type fixFields struct {
	Row   string `form:"row"`
	Text  string `form:"text,text"`
	Place string `form:"place,text"`
}

func (f fixFields) empty() bool {
	return f.Row == "" && strings.TrimSpace(f.Text) == "" && strings.TrimSpace(f.Place) == ""
}

// tidy closes the gaps between fixes, so that the n-th fix stands in the n-th fields when the form comes back.
func (f *assessForm) tidy() { f.Fixes = slices.DeleteFunc(f.Fixes, fixFields.empty) }

// takeFromBank adds the fix of a button that names one ("row text"), if there is room and it is not there yet.
func (f *assessForm) takeFromBank() bool {
	row, text, ok := strings.Cut(f.Bank, " ")
	if !ok {
		return false
	}
	there := slices.ContainsFunc(f.Fixes, func(x fixFields) bool { return x.Text == text })
	if !there && len(f.Fixes) < practice.MaxFixes {
		f.Fixes = append(f.Fixes, fixFields{Row: row, Text: text})
	}
	return true
}

func (f *assessForm) marks() []practice.Mark {
	var out []practice.Mark
	for row, level := range f.Marks {
		out = append(out, practice.Mark{Row: row, Level: levelOf(level), Comment: strings.TrimSpace(f.Comments[row])})
	}
	for row, comment := range f.Comments {
		if _, marked := f.Marks[row]; !marked {
			out = append(out, practice.Mark{Row: row, Level: practice.NoMark, Comment: strings.TrimSpace(comment)})
		}
	}
	return out
}

func levelOf(s string) int {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= course.MaxMark {
		return n
	}
	return practice.NoMark
}

func (f *assessForm) fixes() []practice.Fix {
	var out []practice.Fix
	for i, x := range f.Fixes {
		out = append(out, practice.Fix{N: i + 1, Row: x.Row, Text: strings.TrimSpace(x.Text), Place: strings.TrimSpace(x.Place)})
	}
	return out
}

// judgement is the form as desk takes it.
func (f *assessForm) judgement() desk.AssessForm {
	return desk.AssessForm{
		Attempt: f.Attempt, Version: f.Version, Verdict: practice.Verdict(f.Verdict), Marks: f.marks(), Fixes: f.fixes(),
		Closing: strings.TrimSpace(f.Closing), Done: f.Done,
	}
}

// draft is the form as it is kept half-written.
func (f *assessForm) draft() practice.AssessmentDraft {
	d := practice.AssessmentDraft{
		Attempt: f.Attempt, Marks: map[string]int{}, Remarks: map[string]string{}, Fixes: f.fixes(), Closing: f.Closing, Done: f.Done,
	}
	for row, level := range f.Marks {
		if n := levelOf(level); n != practice.NoMark {
			d.Marks[row] = n
		}
	}
	for row, comment := range f.Comments {
		if comment != "" {
			d.Remarks[row] = comment
		}
	}
	return d
}

// draftForm is a half-written judgement on its form again.
func draftForm(b desk.Bench) assessForm {
	f := assessForm{
		Attempt: b.Attempts[len(b.Attempts)-1].N, Version: b.Version, Marks: map[string]string{}, Comments: b.Draft.Remarks,
		Closing: b.Draft.Closing, Done: b.Draft.Done,
	}
	for row, level := range b.Draft.Marks {
		f.Marks[row] = strconv.Itoa(level)
	}
	for _, x := range b.Draft.Fixes {
		f.Fixes = append(f.Fixes, fixFields{x.Row, x.Text, x.Place})
	}
	return f
}

// standing is how the reader stands to a piece.
type standing string

const (
	pieceFree   standing = "free"   // waiting, nobody holds it
	pieceMine   standing = "mine"   // waiting, the reader holds it
	pieceHeld   standing = "held"   // waiting, somebody else holds it
	pieceSeen   standing = "seen"   // sent for a second look that the reader may not give
	pieceClosed standing = "closed" // judged
)

func standingOf(b desk.Bench, a desk.Actor, now time.Time) standing {
	switch {
	case b.Turn != practice.WithMentor:
		return pieceClosed
	case b.MaySit(a) != nil:
		return pieceSeen
	case !b.Claim.Holds(now):
		return pieceFree
	case b.Claim.Mentor == a.Member:
		return pieceMine
	}
	return pieceHeld
}

// assessPage is a mentor's bench: the work on one side, the judgement on the other.
type assessPage struct {
	Page
	Bench    desk.Bench
	Attempt  practice.Attempt // the one to be judged
	Standing standing
	Form     assessForm
	ShowForm bool
	Frozen   bool // the form can be read, not sent
	Typed    bool // it came back with what was typed
	Rule     ruleState
	Rows     []rowPart
	Fixes    []fixPart
	LastDone []donePart // the last round's fixes
	Follows  []string
	Text     []passage // of the attempt, against the one before
	Compared bool
	Files    []filePart
	Check    *checkPart
	Said     []saidPart  // what was said of this attempt
	Rounds   []roundPart // the earlier ones, the newest first
	Folded   []foldedPart
}

var assessView = view[assessPage]("mentor/assess")

func (s *Server) bench(c echo.Context, a desk.Actor) error {
	id, err := submissionID(c)
	if err != nil {
		return err
	}
	page, err := s.assessPage(c, a, id, nil)
	if err != nil {
		return err
	}
	return assessView.render(s, c, page)
}

// benchRefused shows a piece again after something was refused, with all that was typed. If the piece is no longer to be
// judged the form stays readable, so that what was written can be read and copied.
func (s *Server) benchRefused(c echo.Context, a desk.Actor, id practice.SubmissionID, form *assessForm, refusal error) error {
	p, err := s.refused(Page{Lang: s.readerOf(c).lang}, refusal)
	if err != nil {
		return err
	}
	page, err := s.assessPage(c, a, id, form)
	if err != nil {
		return err
	}
	page.Problems, page.status = p.Problems, p.status
	page.fill()
	return assessView.render(s, c, page)
}

func (s *Server) assessPage(c echo.Context, a desk.Actor, id practice.SubmissionID, typed *assessForm) (assessPage, error) {
	b, err := s.Desk.LookAtPiece(c.Request().Context(), a, id)
	if err != nil {
		return assessPage{}, err
	}
	w := s.printer(c)
	n := len(b.Attempts) - 1
	p := assessPage{
		Page:  s.titled(c, a, w.T("mentor.assess.title", "Title", b.Title.In(w.Lang()), "Name", b.Trainee, "Try", b.Attempts[n].N)),
		Bench: b, Attempt: b.Attempts[n], Standing: standingOf(b, a, s.Now()), Form: draftForm(b),
	}
	movedOn := typed != nil && (typed.Attempt != p.Attempt.N || typed.Version != b.Version)
	if typed != nil {
		p.Form, p.Typed = *typed, true
	}
	p.ShowForm = typed != nil || p.Standing == pieceFree || p.Standing == pieceMine || p.Standing == pieceHeld
	p.Frozen = movedOn || p.Standing != pieceFree && p.Standing != pieceMine
	p.Rule = ruleOf(w, b.Assignment.Rubric, p.Form.marks())
	p.Follows = s.follows(w, b.IfPassed)
	p.Text, p.Compared = textOf(b.Attempts)
	p.Check = s.checkOf(w, b.Assignment, p.Attempt)
	p.Files = s.filesOf(c, a, p.Attempt, b.Assignment, p.Check, b.Ref.Prior())
	p.told(b)
	p.Folded = foldedOf(b, w.Lang())
	p.fill()
	return p, nil
}

// textOf is the text of the last attempt, marked where it differs from the one before.
func textOf(attempts []practice.Attempt) (text []passage, compared bool) {
	last := attempts[len(attempts)-1]
	if len(attempts) < 2 || attempts[len(attempts)-2].Text == "" || last.Text == "" {
		return []passage{{"", last.Text}}, false
	}
	text = compareTexts(attempts[len(attempts)-2].Text, last.Text)
	return text, true
}

// Changed tells whether the text differs from that of the last attempt.
func (p assessPage) Changed() bool { return changed(p.Text) }

// Ticked is how many points of the self-check she ticked.
func (p assessPage) Ticked() (n int) {
	for i := range p.Bench.Assignment.SelfCheck {
		if p.TickedAt(i) {
			n++
		}
	}
	return n
}

// TickedAt tells whether she ticked the i-th point of the self-check.
func (p assessPage) TickedAt(i int) bool {
	return i < len(p.Attempt.SelfCheck) && p.Attempt.SelfCheck[i]
}

// Left is how many minutes the claim still lasts.
func (p assessPage) Left() int { return minutesLeft(p.Bench.Claim, p.Now) }

// LastDay is the day of the deadline: it ends with that day.
func (p assessPage) LastDay() time.Time {
	if p.Bench.Due.IsZero() {
		return time.Time{}
	}
	return p.Bench.Due.Add(-time.Second)
}

// FirstDue tells whether there is a deadline and this is the attempt it is about: the first.
func (p assessPage) FirstDue() bool { return !p.Bench.Due.IsZero() && p.Attempt.N == 1 }

// InTime tells whether the attempt came before the deadline.
func (p assessPage) InTime() bool { return p.Attempt.At.Before(p.Bench.Due) }

// foldedPart is a text of the course that can be unfolded beside the work.
type foldedPart struct {
	Key  string // of its heading's word
	HTML template.HTML
	Open bool
}

// foldedOf are the order, the model and the notes. Work brought along from elsewhere is not seen every day: what to look for
// comes first then, and unfolded when the work is new.
func foldedOf(b desk.Bench, lang string) []foldedPart {
	as, prior := b.Assignment, b.Ref.Prior()
	var out []foldedPart
	for _, f := range []struct {
		key  string
		body course.Body
	}{{"mentor.assess.brief", as.Brief}, {"mentor.assess.model", as.Model}, {"mentor.assess.notes", as.Notes}} {
		if r, _ := f.body.In(lang); r.HTML != "" {
			out = append(out, foldedPart{Key: f.key, HTML: template.HTML(r.HTML)}) //nolint:gosec // made by coursefile, safe to show
		}
	}
	if n := len(out); prior && n > 0 {
		out[0].Key, out[n-1].Open = "assignments.prior.title", len(b.Attempts) == 1
		slices.Reverse(out)
	}
	return out
}

// follows says what a pass would bring about, a sentence each.
func (s *Server) follows(w *i18n.Printer, f desk.Followed) []string {
	var out []string
	if len(f.Awards) > 0 {
		skills := make([]string, len(f.Awards))
		for i, x := range f.Awards {
			title := s.Desk.Catalog.Skill(x.Skill).Title.In(w.Lang())
			skills[i] = w.T("mentor.follows.skill", "Skill", string(x.Skill), "Title", title, "Level", int(x.Level))
		}
		out = append(out, w.T("mentor.follows.awards", "Skills", w.List(skills)))
	}
	if f.Completed != "" {
		out = append(out, w.T("mentor.follows.completed", "Course", s.courseTitle(f.Completed, w.Lang())))
	}
	for _, x := range f.Ready {
		out = append(out, w.T("mentor.follows.ready", "Job", s.jobTitle(x.JobType, w.Lang())))
	}
	return out
}

// told says what followed a judgement, as long as it fits into one flash.
func (s *Server) told(c echo.Context, v practice.Verdict, f desk.Followed) string {
	w := s.printer(c)
	if v == practice.Return {
		return w.T("mentor.told.returned")
	}
	said := []string{w.T("mentor.told.passed")}
	for _, x := range f.Certificates {
		said = append(said, w.T("mentor.told.certificate", "Course", s.certified(x, w.Lang())))
	}
	for _, x := range f.Ready {
		said = append(said, w.T("mentor.told.ready", "Job", s.jobTitle(x.JobType, w.Lang())))
	}
	for _, x := range f.Awards {
		said = append(said, w.T("mentor.told.award", "Skill", string(x.Skill), "Level", int(x.Level)))
	}
	const most = 480 // bytes; a longer flash is not shown
	gap := ""
	if w.Lang() == i18n.English {
		gap = " "
	}
	out := said[0]
	for _, one := range said[1:] {
		if len(out)+len(gap)+len(one) > most {
			break
		}
		out += gap + one
	}
	return out
}
