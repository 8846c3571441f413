package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tenarai/internal/course"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
)

// A hand-in that cannot be accepted says at which field, and leaves the turn, the draft and the staged file as they were.
func TestHandInRefusals(t *testing.T) {
	inClass(t, func(s *class) {
		file, err := s.stage(s.trainee, "表.csv", []byte("a,b\n1,2\n"))
		s.must(err)
		foreign, err := s.stage(s.other, "他人.csv", []byte("a,b\n3,4\n"))
		s.must(err)
		long := strings.Repeat("長", 101)
		for what, c := range map[string]struct {
			form       desk.WorkForm
			field, key string
		}{
			"no text":           {desk.WorkForm{}, "text", "practice.text_missing"},
			"blanks":            {desk.WorkForm{Text: " \n　"}, "text", "practice.text_missing"},
			"too long":          {desk.WorkForm{Text: long}, "text", "practice.text_long"},
			"another's file":    {desk.WorkForm{Text: "x", Files: []practice.FileID{foreign.ID}}, "file", "practice.file_gone"},
			"no such file":      {desk.WorkForm{Text: "x", Files: []practice.FileID{999}}, "file", "practice.file_gone"},
			"a long note":       {desk.WorkForm{Text: "x", Note: strings.Repeat("長", desk.MaxNote+1)}, "note", "practice.comment_long"},
			"minutes below":     {desk.WorkForm{Text: "x", Minutes: -1}, "minutes", "practice.minutes_wrong"},
			"minutes too many":  {desk.WorkForm{Text: "x", Minutes: 6001}, "minutes", "practice.minutes_wrong"},
			"an attempt before": {desk.WorkForm{Text: "x", Attempt: -1}, "", "practice.other_attempt"},
			"an attempt after":  {desk.WorkForm{Text: "x", Attempt: 2}, "", "practice.other_attempt"},
		} {
			if c.form.Attempt == 0 {
				c.form.Attempt = 1
			}
			_, err := s.HandIn(s.ctx, s.key(s.trainee), itemAt("one", "w1"), c.form)
			if l := problem.Of(err); len(l) != 1 || l[0].Key != c.key || l[0].Field != c.field {
				s.t.Errorf("%s: %v, want %s at %q", what, err, c.key, c.field)
			}
		}
		all := desk.WorkForm{Attempt: 1, Note: strings.Repeat("x", desk.MaxNote+1), Minutes: -1, Files: []practice.FileID{999}}
		if _, err := s.HandIn(s.ctx, s.trainee, itemAt("one", "w1"), all); len(problem.Of(err)) != 4 {
			s.t.Errorf("four mistakes: %v", err)
		}
		p, err := s.LookAssignment(s.ctx, s.trainee, itemAt("one", "w1"))
		s.must(err)
		if p.Try != 1 || !p.MayHandIn() || len(p.Files) != 1 || p.Files[0].ID != file.ID || s.events("submission.handed_in") != 0 {
			s.t.Errorf("after refusals: try %d, files %v", p.Try, p.Files)
		}
	})
}

// The limits themselves are allowed.
func TestHandInAtTheLimits(t *testing.T) {
	inClass(t, func(s *class) {
		_, err := s.HandIn(s.ctx, s.trainee, itemAt("one", "w1"), desk.WorkForm{
			Attempt: 1, Text: strings.Repeat("𠮷", 100), Note: strings.Repeat("長", desk.MaxNote), Minutes: 6000,
		})
		s.must(err)
	})
}

// Work goes to and fro one attempt at a time: not while a mentor has it, not for another attempt, never after it passed.
func TestHandInTurns(t *testing.T) {
	inClass(t, func(s *class) {
		try := func(attempt int) error {
			_, err := s.HandIn(s.ctx, s.trainee, itemAt("one", "w1"), desk.WorkForm{Attempt: attempt, Text: "もう一度"})
			return err
		}
		in := s.handIn(s.trainee, "one", "w1", 1)
		if in.Receipt != practice.ReceiptOf(s.lastAttempt(in.Submission).ID) {
			s.t.Errorf("receipt %s", in.Receipt)
		}
		s.refused("the same again", try(1), "practice.with_mentor")
		s.refused("the next already", try(2), "practice.with_mentor")
		s.assess(s.mentor, in, practice.Return)
		s.refused("the old attempt", try(1), "practice.other_attempt")
		s.refused("one too far", try(3), "practice.other_attempt")
		in = s.handIn(s.trainee, "one", "w1", 2)
		s.assess(s.mentor, in, practice.Pass)
		s.refused("after it passed", try(3), "practice.passed_already")
		_, err := s.stage(s.trainee, "表.csv", []byte("a,b\n"))
		s.refused("a file after it passed", err, "practice.passed_already")
		p, err := s.LookAssignment(s.ctx, s.trainee, itemAt("one", "w1"))
		s.must(err)
		if len(p.Rounds) != 2 || p.Rounds[0].N != 2 || len(p.Rounds[1].Assessments) != 1 || len(p.Rounds[1].Assessments[0].Fixes) != 1 || p.MayHandIn() {
			s.t.Errorf("rounds %+v", p.Rounds)
		}
		s.sound()
	})
}

func (s *class) lastAttempt(id practice.SubmissionID) practice.Attempt {
	s.t.Helper()
	v, err := s.store.LastAttempt(s.ctx, id)
	s.must(err)
	return v
}

// The same form sent twenty times at once is one attempt with its file and one receipt; another form at the same time is
// told that it is with the mentor.
func TestHandInAtOnce(t *testing.T) {
	inClass(t, func(s *class) {
		file, err := s.stage(s.trainee, "表.csv", []byte("a,b\n1,2\n"))
		s.must(err)
		form := desk.WorkForm{Attempt: 1, Text: "できました", Files: []practice.FileID{file.ID}}
		once := s.key(s.trainee)
		type answer struct {
			in  desk.HandedIn
			err error
		}
		answers := make(chan answer, 20)
		for range cap(answers) {
			go func() {
				in, err := s.HandIn(s.ctx, once, itemAt("one", "w1"), form)
				answers <- answer{in, err}
			}()
		}
		receipts := map[practice.Receipt]int{}
		for range cap(answers) {
			a := <-answers
			s.must(a.err)
			receipts[a.in.Receipt]++
		}
		if len(receipts) != 1 || s.events("submission.handed_in") != 1 {
			s.t.Errorf("receipts %v, %d events", receipts, s.events("submission.handed_in"))
		}
		_, err = s.HandIn(s.ctx, s.key(s.trainee), itemAt("one", "w1"), form)
		s.refused("another form", err, "practice.with_mentor")
		p, err := s.LookAssignment(s.ctx, s.trainee, itemAt("one", "w1"))
		s.must(err)
		if len(p.Rounds) != 1 || len(p.Rounds[0].Files) != 1 || p.Rounds[0].Files[0].SHA256 != file.SHA256 {
			s.t.Errorf("%+v", p.Rounds)
		}
		s.sound()
	})
}

// A draft takes what handing in refuses, comes back as typed, and is forgotten with the attempt it was for.
func TestDraft(t *testing.T) {
	inClass(t, func(s *class) {
		look := func() desk.AssignmentPage {
			p, err := s.LookAssignment(s.ctx, s.trainee, itemAt("one", "w1"))
			s.must(err)
			return p
		}
		typed := practice.WorkDraft{Attempt: 1, Text: strings.Repeat("長", 150) + "\r\n\t<b>&", Minutes: "たくさん", SelfCheck: []bool{true, false}}
		saved, err := s.SaveWork(s.ctx, s.trainee, itemAt("one", "w1"), typed)
		s.must(err)
		if p := look(); p.Draft.Text != typed.Text || p.Draft.Minutes != typed.Minutes || !slices.Equal(p.Draft.SelfCheck, typed.SelfCheck) || !p.DraftSaved.Equal(saved) {
			s.t.Errorf("%+v", p.Draft)
		}
		file, err := s.stage(s.trainee, "表.csv", []byte("a,b\n1,2\n"))
		s.must(err)
		_, err = s.SaveWork(s.ctx, s.trainee, itemAt("one", "w1"), practice.WorkDraft{Attempt: 1, Text: "another window", Files: []practice.FileID{999}})
		s.must(err)
		if p := look(); p.Draft.Text != "another window" || len(p.Files) != 1 || p.Files[0].ID != file.ID {
			s.t.Errorf("another window lost the file: %+v", p.Files)
		}
		_, err = s.SaveWork(s.ctx, s.trainee, itemAt("one", "w1"), practice.WorkDraft{Attempt: 2, Text: "x"})
		s.refused("typing for another attempt", err, "practice.other_attempt")
		s.assess(s.mentor, s.handIn(s.trainee, "one", "w1", 1), practice.Return)
		if p := look(); p.Draft.Text != "できました" || !p.DraftSaved.IsZero() || len(p.Files) != 0 {
			s.t.Errorf("the next attempt starts with %+v, files %v", p.Draft, p.Files)
		}
	})
}

// Where the machine compares a table, a hand-in without one is refused; with one, what was found is kept with the attempt
// and never holds it back.
func TestTableCheck(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		ref := course.Ref{Course: "c2-data-entry", Module: "reading-a-spec", Item: "ledger"}
		as := town.Library.Catalog.Item(ref).Assignment
		a := town.Actor(t, "aoi")
		_, err := town.Desk.HandIn(t.Context(), a, ref, desk.WorkForm{Attempt: 1, Text: "表を送ります"})
		if l := problem.Of(err); len(l) != 1 || l[0].Key != "practice.file_missing" || l[0].Field != "file" {
			t.Errorf("without a table: %v", err)
		}
		for i, c := range []struct{ name, content, why string }{
			{"daicho.csv", string(as.Check.Answer), ""}, {"daicho.csv", "これは,表では\nありません,ね\n", "*"},
		} {
			a := town.Actor(t, []string{"aoi", "haruka"}[i])
			f, err := town.Desk.StageFile(t.Context(), a, ref, c.name, strings.NewReader(c.content), func([]byte) string { return "text/csv" })
			if err != nil {
				t.Fatal(err)
			}
			in, err := town.Desk.HandIn(t.Context(), a, ref, desk.WorkForm{Attempt: 1, Text: "表を送ります", Files: []practice.FileID{f.ID}})
			if err != nil {
				t.Fatal(err)
			}
			v, err := town.Store.LastAttempt(t.Context(), in.Submission)
			if err != nil || c.why == "" && (v.Check == nil || v.CheckProblem != "") || c.why != "" && v.Check == nil && v.CheckProblem == "" {
				t.Errorf("%s: found %.80s, problem %q, %v", fmt.Sprint(i), v.Check, v.CheckProblem, err)
			}
		}
	})
}
