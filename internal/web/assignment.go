package web

import (
	"errors"
	"html/template"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// workBytes is what a hand-in may carry at once: the largest file an assignment asks for several times over. What is too
// large for the assignment is told at its field; what is larger than this never gets so far.
const workBytes = 64 << 20

func (s *Server) assignmentRoutes() []route {
	const item = "/courses/:course/:module/:item"
	trainee := only(member.Trainee)
	return []route{
		{Method: http.MethodPost, Path: item + "/draft", Access: trainee, Handle: s.saveWork, Body: workBytes},
		{Method: http.MethodPost, Path: item + "/files", Access: trainee, Handle: s.attach, Body: workBytes},
		{Method: http.MethodPost, Path: item + "/files/:file/remove", Access: trainee, Handle: s.detach, Body: workBytes},
		{Method: http.MethodPost, Path: item + "/attempts", Access: trainee, Handle: s.handIn, Body: workBytes},
		{Method: http.MethodGet, Path: "/files/:file", Access: SignedIn, Handle: s.file},
		{Method: http.MethodGet, Path: "/files/:file/picture", Access: SignedIn, Handle: s.picture},
		{Method: http.MethodPost, Path: "/submissions/:id/second-look", Access: only(member.Trainee, member.Mentor, member.Coordinator), Handle: s.askSecondLook},
	}
}

// assignmentPage is an assignment, which reads like an order: the order sheet, and whatever it is the reader's turn to do.
type assignmentPage struct {
	Page
	Item      itemFrame
	State     workState
	Order     order
	Brief     prose
	Model     prose
	Materials []material
	Rubric    rubricWords
	Work      *work      // nil where nothing can be handed in now
	Unsent    string     // what was typed in a window that the work has moved on from
	Receipt   *slip      // with the mentor
	Returned  *judgement // to mend now
	Passed    *judgement
	Proven    []provenSkill
	Rounds    []round // the latest first
	Piece     practice.SubmissionID
	Helps     bool // a second look would bring her nearer to a job
	Looking   bool // another mentor is looking
}

// workState is whose turn it is, as the page says it.
type workState string

const (
	stateReading  workState = "reading" // somebody who does not hand in
	stateOpen     workState = "open"
	stateWaiting  workState = "waiting"
	stateReturned workState = "returned"
	statePassed   workState = "passed"
)

var assignmentView = view[assignmentPage]("assignments/assignment")

// assignment answers GET /courses/:course/:module/:item for an assignment.
func (s *Server) assignment(c echo.Context, a desk.Actor, ref course.Ref) error {
	look, err := s.Desk.LookAssignment(c.Request().Context(), a, ref)
	if err != nil {
		return err
	}
	return assignmentView.render(s, c, s.assignmentPage(c, a, look))
}

func (s *Server) assignmentPage(c echo.Context, a desk.Actor, look desk.AssignmentPage) assignmentPage {
	w := s.printer(c)
	as, lang := look.Assignment, w.Lang()
	p := assignmentPage{
		Page: s.titled(c, a, look.Item.Title.In(lang)), Item: frameOf(look.ItemPage, a, lang), State: stateOf(look),
		Brief: proseOf(as.Brief, lang), Model: proseOf(as.Model, lang), Materials: materialsOf(look.Item.Ref, as, lang),
		Rubric: s.rubricWords(as.Rubric, lang), Piece: look.Submission.ID, Helps: look.SecondLook,
		Looking: look.Submission.SecondLook,
	}
	if p.Item.Prior {
		p.Nav, p.More = navigation(a, p.Item.CoursePath)
	}
	p.Order = orderOf(w, look, p.Now)
	p.Item.OnlyJapanese = p.Brief.Lang != ""
	p.Rounds = s.roundsOf(w, look.Rounds)
	switch p.State {
	case stateOpen, stateReturned:
		p.Work = workOf(look, lang)
		if fixes := look.Returned(); fixes != nil {
			p.Returned = judgementOf(look.Rounds[0].Assignment.Rubric, *fixes, lang)
			p.Work.Fixes = fixTicks(p.Returned.Fixes, look.Draft.Ticked)
		}
	case stateWaiting:
		last := look.Rounds[0]
		p.Receipt = &slip{
			Number: last.Receipt(), At: last.At, Words: waitWords(w, look.Wait), Late: brokenPromise(look.Wait, look.Submission.TurnSince, p.Now),
		}
	case statePassed:
		p.Passed, p.Proven = s.passedOf(look, lang)
	}
	return p
}

func stateOf(look desk.AssignmentPage) workState {
	sub := look.Submission
	switch {
	case sub.ID == 0:
		return stateReading
	case !sub.Passed.IsZero():
		return statePassed
	case sub.Turn == practice.WithMentor:
		return stateWaiting
	case sub.Attempts > 0:
		return stateReturned
	}
	return stateOpen
}

// prose is a text of the course as it is shown.
type prose struct {
	HTML template.HTML // made by coursefile from our own files: no raw HTML, no scripts, no styles
	Lang string        // if it is not the page's
}

func proseOf(b course.Body, lang string) prose {
	text, had := b.In(lang)
	p := prose{HTML: template.HTML(text.HTML)} //nolint:gosec // see the field
	if !had {
		p.Lang = "ja"
	}
	return p
}

// work is the form in which she works: all that was typed so far.
type work struct {
	Attempt  int
	TakeText bool
	Text     string
	TextMax  int
	TakeFile bool
	Files    []practice.File
	MaxFiles int
	MaxBytes int64
	Formats  string
	Accept   string
	Checks   []tick
	Fixes    []fixTick
	Minutes  string
	Note     string
	Saved    time.Time
}

// tick is a line of the self-check.
type tick struct {
	N      int
	Words  said
	Ticked bool
}

// fixTick is a fix that she says is done, or not yet.
type fixTick struct {
	fix
	Ticked bool
}

func workOf(look desk.AssignmentPage, lang string) *work {
	d := look.Assignment.Deliver
	w := &work{
		Attempt: look.Try, TakeText: d.Text, TextMax: d.TextMax, TakeFile: d.File, MaxFiles: d.Files, MaxBytes: int64(d.MaxMB) * 1_000_000,
		Formats: strings.ToUpper(strings.Join(d.Formats, ", ")), Accept: "." + strings.Join(d.Formats, ",."), Files: look.Files, Saved: look.DraftSaved,
		Text: look.Draft.Text, Minutes: look.Draft.Minutes, Note: look.Draft.Note, Checks: ticks(look.Assignment.SelfCheck, look.Draft.SelfCheck, lang),
	}
	if slices.Contains(d.Formats, "jpg") {
		w.Accept += ",.jpeg,.heic,.heif" // a phone's own, which nobody chooses
	}
	return w
}

func ticks(list []course.Text, ticked []bool, lang string) []tick {
	out := make([]tick, len(list))
	for i, t := range list {
		out[i] = tick{i, say(t, lang), i < len(ticked) && ticked[i]}
	}
	return out
}

func fixTicks(fixes []fix, ticked []int) []fixTick {
	out := make([]fixTick, len(fixes))
	for i, f := range fixes {
		out[i] = fixTick{f, slices.Contains(ticked, f.N)}
	}
	return out
}

// workForm is what the form brings.
type workForm struct {
	Attempt int                     `form:"attempt"`
	Text    string                  `form:"text,text"`
	Note    string                  `form:"note,text"`
	Minutes string                  `form:"minutes,max=20"`
	Checks  []int                   `form:"check"`
	Ticked  []int                   `form:"fix"`
	Staged  []practice.FileID       `form:"staged"`
	Files   []*multipart.FileHeader `form:"file"`
}

func (f workForm) draft() practice.WorkDraft {
	return practice.WorkDraft{Attempt: f.Attempt, Text: f.Text, Note: f.Note, Minutes: f.Minutes, SelfCheck: f.selfCheck(), Ticked: f.Ticked}
}

func (f workForm) selfCheck() []bool {
	var out []bool
	for i := range groupLength {
		if slices.Contains(f.Checks, i) {
			out = append(out, make([]bool, i+1-len(out))...)
			out[i] = true
		}
	}
	return out
}

// minutes are the minutes as people type them: ９０ and 90分 are 90; nothing is 0. What cannot be read is −1, which the deed
// refuses together with all else that is to be mended.
func (f workForm) minutes() int {
	s := strings.TrimSpace(norm.NFKC.String(f.Minutes))
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "分"), "min"))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// saveWork keeps what is typed; the script asks it while she types, and a button without it, which brings chosen files, too.
func (s *Server) saveWork(c echo.Context, a desk.Actor) error {
	ref := itemRef(c)
	form, err := decode[workForm](c)
	if err == nil {
		_, err = s.Desk.SaveWork(c.Request().Context(), a, ref, form.draft())
	}
	if err == nil {
		err = s.stage(c, a, ref, &form)
	}
	if err != nil {
		return s.workAgain(c, a, ref, form, err)
	}
	return s.saved(c, ref.Path()+"#work", "assignments.work.saved")
}

// attach puts the chosen files into the draft, with all that is typed.
func (s *Server) attach(c echo.Context, a desk.Actor) error {
	ref := itemRef(c)
	form, err := decode[workForm](c)
	if err == nil {
		_, err = s.Desk.SaveWork(c.Request().Context(), a, ref, form.draft())
	}
	if err == nil && len(form.Files) == 0 {
		err = problem.At("file", "assignments.no_file")
	}
	if err == nil {
		err = s.stage(c, a, ref, &form)
	}
	if err != nil {
		return s.workAgain(c, a, ref, form, err)
	}
	return s.seeOther(c, ref.Path()+"#files", "assignments.work.attached")
}

// stage keeps the form's files in the draft, one by one: those that are refused are told, the others stay.
func (s *Server) stage(c echo.Context, a desk.Actor, ref course.Ref, form *workForm) error {
	var refused problem.List
	for _, h := range form.Files {
		f, err := s.stageOne(c, a, ref, h)
		if list := problem.Of(err); len(list) > 0 {
			refused = append(refused, list...)
			continue
		}
		if err != nil {
			return err
		}
		if !slices.Contains(form.Staged, f.ID) {
			form.Staged = append(form.Staged, f.ID)
		}
	}
	return refused.Err()
}

func (s *Server) stageOne(c echo.Context, a desk.Actor, ref course.Ref, h *multipart.FileHeader) (practice.File, error) {
	content, err := h.Open()
	if err != nil {
		return practice.File{}, err
	}
	defer content.Close()
	return s.Desk.StageFile(c.Request().Context(), a, ref, h.Filename, content, func(b []byte) string { return mimetype.Detect(b).String() })
}

// detach takes a file out of the draft and keeps what is typed.
func (s *Server) detach(c echo.Context, a desk.Actor) error {
	ref := itemRef(c)
	id, err := fileID(c)
	if err != nil {
		return err
	}
	form, err := decode[workForm](c)
	if err == nil && form.Attempt != 0 {
		_, err = s.Desk.SaveWork(c.Request().Context(), a, ref, form.draft())
	}
	if err == nil {
		err = s.Desk.DropFile(c.Request().Context(), a, ref, id)
	}
	if err != nil {
		return s.workAgain(c, a, ref, form, err)
	}
	return s.seeOther(c, ref.Path()+"#files", "assignments.work.detached")
}

// handIn hands the work in. What is typed and the files are kept in the draft first, so that a refused form has them still.
// A Conflict on the way there is left for HandIn to tell: it alone knows whether this very form has arrived before.
func (s *Server) handIn(c echo.Context, a desk.Actor) error {
	ref, ctx := itemRef(c), c.Request().Context()
	form, err := decode[workForm](c)
	if err == nil {
		_, err = s.Desk.SaveWork(ctx, a, ref, form.draft())
	}
	if err == nil {
		err = s.stage(c, a, ref, &form)
	}
	if err == nil || problem.Is(err, problem.Conflict) {
		_, err = s.Desk.HandIn(ctx, a, ref, desk.WorkForm{
			Attempt: form.Attempt, Text: form.Text, Note: form.Note, Minutes: form.minutes(), SelfCheck: form.selfCheck(), Ticked: form.Ticked,
			Files: form.Staged,
		})
	}
	if err != nil {
		return s.workAgain(c, a, ref, form, err)
	}
	return s.seeOther(c, ref.Path(), "")
}

// workAgain shows the form again with everything typed in it and what is to be mended. Where the work has moved on since,
// there may be no form any more; what was typed is shown then, so that nothing of it is lost.
func (s *Server) workAgain(c echo.Context, a desk.Actor, ref course.Ref, form workForm, refused error) error {
	if wantsJSON(c) || len(problem.Of(refused)) == 0 {
		return refused
	}
	look, err := s.Desk.LookAssignment(c.Request().Context(), a, ref)
	if err != nil {
		return err
	}
	typed := form.draft()
	typed.Files = look.Draft.Files
	look.Draft = typed
	page := s.assignmentPage(c, a, look)
	if page.Page, err = s.refused(page.Page, refused); err != nil {
		return err
	}
	if page.Work == nil {
		page.Unsent = form.Text
	}
	return assignmentView.render(s, c, page)
}

// askSecondLook sends a passed piece to another mentor and goes back to the page that asked.
func (s *Server) askSecondLook(c echo.Context, a desk.Actor) error {
	id, err := submissionID(c)
	if err != nil {
		return err
	}
	back := here(c)
	if back == "/" {
		back = home(a)
	}
	err = s.Desk.AskSecondLook(c.Request().Context(), a, id)
	var moved *problem.Problem
	if errors.As(err, &moved) && moved.Kind == problem.Conflict {
		return s.seeOther(c, back, "assignments.second.already")
	}
	if err != nil {
		return err
	}
	return s.seeOther(c, back, "assignments.second.asked")
}
