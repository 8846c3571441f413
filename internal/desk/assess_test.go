package desk_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

const (
	basics    = "c1-home-working"
	dataEntry = "c2-data-entry"
)

// The chain: handed in, returned with a fix, handed in again, passed; the award with its evidence, and with the last piece
// the certificate.
func TestFromWorkToCertificate(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		aoi := s.person("佐藤 葵", member.Trainee)
		s.studies(aoi, basics)
		pieces := s.pieces(basics)
		for _, it := range pieces[1:] {
			s.passes(s.makoto, s.handsIn(aoi, it, 1))
		}
		id := s.handsIn(aoi, pieces[0], 1)

		s.now = s.now.Add(26 * time.Hour)
		back := s.judgement(id, practice.Return, 1)
		followed, err := s.Assess(t.Context(), s.makoto, id, back)
		s.must(err)
		if len(followed.Awards)+len(followed.Certificates) > 0 {
			t.Errorf("a return brought %+v", followed)
		}
		b, err := s.LookAtPiece(t.Context(), s.megumi, id)
		s.must(err)
		if last, _ := b.Last(); b.Turn != practice.WithTrainee || !b.TurnSince.Equal(s.now) || len(last.Fixes) != 1 || last.Fixes[0].Text != "日付を書く" || last.Marks[0].Comment != "ひとこと" || last.Closing != back.Closing {
			t.Errorf("after the return: %+v, judged %+v", b.Submission, last)
		}

		s.handsIn(aoi, pieces[0], 2, 1)
		good := s.judgement(id, practice.Pass, course.Passing)
		good.Done = []int{1}
		followed, err = s.Assess(t.Context(), s.megumi, id, good)
		s.must(err)
		if followed.Completed != basics || len(followed.Certificates) != 2 || followed.Certificates[0].Subject != basics || followed.Certificates[1].Kind != certificate.KindSkill || len(followed.Awards) == 0 {
			t.Errorf("the last pass brought %+v", followed)
		}
		b, err = s.LookAtPiece(t.Context(), s.megumi, id)
		s.must(err)
		fix := b.Past[0].Fixes[0]
		if b.Turn != practice.Nobody || !b.Passed.Equal(s.now) || !fix.Ticked || fix.Done == nil || !*fix.Done || b.Claim.Mentor != 0 {
			t.Errorf("after the pass: %+v, fix %+v, claim %+v", b.Submission, fix, b.Claim)
		}
		s.holdsCertificate(aoi, id)
		if got := s.letters(aoi); got != "certificate certificate passed passed passed received received received received returned" {
			t.Errorf("letters: %s", got)
		}
	})
}

// holdsCertificate checks the record and the certificate that followed the second attempt at a piece.
func (s *school) holdsCertificate(a desk.Actor, id practice.SubmissionID) {
	s.t.Helper()
	record, err := s.Store.Record(s.t.Context(), a.Member)
	s.must(err)
	n := 0
	for _, w := range record {
		if w.Evidence.Piece != int64(id) {
			continue
		}
		n++
		if w.Evidence.AttemptN != 2 || !slices.Equal(w.Evidence.Assessors, []member.ID{s.megumi.Member}) || len(w.Evidence.Rows) == 0 || w.Evidence.RubricHash == "" || w.Evidence.Rows[0].Descriptor.JA == "" {
			s.t.Errorf("evidence %+v", w.Evidence)
		}
	}
	if n == 0 || record.Held("SEC-01") != skill.Alone {
		s.t.Errorf("%d awards for the piece; SEC-01 held at %d", n, record.Held("SEC-01"))
	}
	held, err := s.Store.Certificates(s.t.Context(), a.Member)
	s.must(err)
	if len(held) != 2 || held[0].Kind != certificate.KindSkill || held[0].Subject != "SEC-01" || held[0].Until.IsZero() {
		s.t.Fatalf("certificates %+v", held)
	}
	of := held[1]
	if of.Kind != certificate.KindCourse || of.Snapshot.Name != a.Name || len(of.Snapshot.Pieces) != 3 || of.Snapshot.Pieces[2].Attempts != 2 || len(of.Snapshot.Skills) == 0 {
		s.t.Errorf("certificate %+v", of)
	}
}

// letters are the kinds of the letters somebody gets, sorted.
func (s *school) letters(a desk.Actor) string {
	s.t.Helper()
	kinds := s.column(s.raw(), fmt.Sprintf("SELECT kind FROM outbox WHERE member_id = %d", a.Member))
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// Both courses passed before two mentors make somebody ready; thirty-one days later she is not, unless she says her hours anew.
func TestFromWorkToReadiness(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		yumi := s.person("𠮷田 由美", member.Trainee)
		s.statesHours(yumi)
		var ready []desk.GotReady
		for _, slug := range []string{basics, dataEntry} {
			s.studies(yumi, slug)
			for i, it := range s.pieces(slug) {
				id, mentor := s.handsIn(yumi, it, 1), []desk.Actor{s.makoto, s.megumi}[i%2]
				b, err := s.LookAtPiece(t.Context(), mentor, id)
				s.must(err)
				followed := s.passes(mentor, id)
				if !slices.Equal(followed.Ready, b.IfPassed.Ready) || followed.Completed != b.IfPassed.Completed {
					t.Errorf("%s: the bench said %+v, then came %+v", it.Ref.Path(), b.IfPassed, followed)
				}
				ready = append(ready, followed.Ready...)
			}
		}
		if len(ready) != 1 || ready[0].JobType != "data-entry" {
			t.Fatalf("became ready for %+v", ready)
		}
		line := s.readiness(yumi)
		if !line.Readiness.Ready || !line.Readiness.Until.Equal(s.now.AddDate(0, 0, 30)) {
			t.Errorf("ready %v until %s", line.Readiness.Ready, line.Readiness.Until)
		}
		s.now = s.now.AddDate(0, 0, 31)
		if line := s.readiness(yumi); line.Readiness.Ready || line.Readiness.Missing[0].Key != "hours_old" {
			t.Errorf("31 days later: %+v", line.Readiness)
		}
		s.statesHours(yumi)
		if line := s.readiness(yumi); !line.Readiness.Ready {
			t.Errorf("with hours stated anew: %+v", line.Readiness)
		}
	})
}

func (s *school) readiness(a desk.Actor) desk.ReadyLine {
	s.t.Helper()
	p, err := s.LookReadiness(s.t.Context(), a)
	s.must(err)
	return p.Lines[0]
}

func TestEightMentorsAtOnce(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		id := s.handsIn(s.person("髙﨑 健二", member.Trainee), s.pieces(basics)[0], 1)
		mentors := make([]desk.Actor, 8)
		for i := range mentors {
			mentors[i] = s.person(fmt.Sprintf("先生 %d", i+1), member.Mentor)
		}
		form := s.judgement(id, practice.Pass, course.Passing)
		_, errs := atOnce(8, func(i int) (desk.Followed, error) { return s.Assess(t.Context(), mentors[i], id, form) })
		succeeded := 0
		for _, err := range errs {
			switch {
			case err == nil:
				succeeded++
			case !problem.Is(err, problem.Conflict):
				t.Errorf("neither success nor conflict: %v", err)
			}
		}
		past, err := s.Store.Assessments(t.Context(), id)
		s.must(err)
		if succeeded != 1 || len(past) != 1 {
			t.Errorf("%d of 8 succeeded, %d assessments are kept", succeeded, len(past))
		}
	})
}

func TestTwoLastPiecesAtOnce(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		for round := range 3 {
			kenji := s.person(fmt.Sprintf("髙﨑 健二 %d", round), member.Trainee)
			s.studies(kenji, basics)
			pieces := s.pieces(basics)
			s.passes(s.makoto, s.handsIn(kenji, pieces[0], 1))
			ids := []practice.SubmissionID{s.handsIn(kenji, pieces[1], 1), s.handsIn(kenji, pieces[2], 1)}
			forms := []desk.AssessForm{s.judgement(ids[0], practice.Pass, 3), s.judgement(ids[1], practice.Pass, 3)}
			mentors := []desk.Actor{s.makoto, s.megumi}
			done, errs := atOnce(2, func(i int) (desk.Followed, error) { return s.Assess(t.Context(), mentors[i], ids[i], forms[i]) })
			for _, err := range errs {
				s.must(err)
			}
			held, err := s.Store.Certificates(t.Context(), kenji.Member)
			s.must(err)
			// One for the course, and one for the skill that both pieces prove.
			if n := len(done[0].Certificates) + len(done[1].Certificates); n != 2 || len(held) != 2 || held[0].Kind == held[1].Kind {
				t.Errorf("round %d: %d certificates told, %d held", round, n, len(held))
			}
		}
	})
}

// A judgement happens whole or not at all: whichever table refuses its row, no table keeps anything of it, and sending the
// same form again afterwards does all of it once.
func TestAllOrNothing(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		aoi := s.person("佐藤 葵", member.Trainee)
		s.statesHours(aoi)
		s.studies(aoi, basics)
		pieces := s.pieces(basics)
		for _, it := range pieces[:2] {
			s.passes(s.makoto, s.handsIn(aoi, it, 1))
		}
		id := s.handsIn(aoi, pieces[2], 1)
		form, mentor := s.judgement(id, practice.Pass, course.Passing), s.megumi
		mentor.Key = "KEYOFTHEFORM"
		_, err := s.SaveAssessment(t.Context(), mentor, id, practice.AssessmentDraft{Attempt: 1, Closing: "下書き"})
		s.must(err)

		db := s.raw()
		before := s.everything(db)
		for _, table := range []string{
			"event", "assessment", "mark", "award", "award_assessor", "item_done", "outbox", "certificate_grant", "certificate", "readiness_change", "idempotency",
		} {
			mend := s.breaks(db, table)
			_, err := s.Assess(t.Context(), mentor, id, form)
			mend()
			if err == nil || len(problem.Of(err)) > 0 {
				t.Fatalf("a broken table %s gives %v", table, err)
			}
			after := s.everything(db)
			for _, name := range slices.Sorted(maps.Keys(before)) {
				if !slices.Equal(before[name], after[name]) {
					t.Errorf("a failure at %s left %s changed", table, name)
				}
			}
		}
		followed, err := s.Assess(t.Context(), mentor, id, form)
		s.must(err)
		if len(followed.Certificates) != 2 { // of the course, and of a skill
			t.Errorf("sent again it brought %+v", followed)
		}
		after := s.everything(db)
		for table, more := range map[string]int{"assessment": 1, "certificate": 2, "idempotency": 1, "event": 3, "draft": -1} {
			if got := len(after[table]) - len(before[table]); got != more {
				t.Errorf("%s has %d rows more, want %d", table, got, more)
			}
		}
	})
}

// One form is one judgement, however often it arrives, and every arrival gets the same answer.
func TestOneFormFiftyTimes(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		id := s.handsIn(s.person("佐藤 葵", member.Trainee), s.pieces(basics)[0], 1)
		form, mentor := s.judgement(id, practice.Pass, course.Passing), s.makoto
		mentor.Key = "ONEANDTHESAME"
		done, errs := atOnce(50, func(int) (desk.Followed, error) { return s.Assess(t.Context(), mentor, id, form) })
		for i := range done {
			s.must(errs[i])
			if !slices.Equal(done[i].Awards, done[0].Awards) || len(done[i].Awards) == 0 {
				t.Fatalf("answers differ: %+v and %+v", done[0], done[i])
			}
		}
		all := s.everything(s.raw())
		judged := slices.DeleteFunc(all["event"], func(row string) bool { return !strings.Contains(row, "submission.assessed") })
		if len(all["assessment"]) != 1 || len(judged) != 1 || len(all["award"]) != len(done[0].Awards) {
			t.Errorf("%d assessments, %d events, %d awards", len(all["assessment"]), len(judged), len(all["award"]))
		}
	})
}

func TestWhoMayJudge(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		aoi, both := s.person("佐藤 葵", member.Trainee), s.person("学ぶ 先生", member.Trainee, member.Mentor)
		own := s.handsIn(both, s.pieces(basics)[0], 1)
		id := s.handsIn(aoi, s.pieces(basics)[0], 1)
		form := s.judgement(id, practice.Pass, course.Passing)
		stranger := s.makoto
		stranger.Center++
		for _, c := range []struct {
			what string
			who  desk.Actor
			id   practice.SubmissionID
			form func(f *desk.AssessForm)
			kind problem.Kind
			key  string
		}{
			{"a trainee", aoi, id, nil, problem.Forbidden, "desk.not_yours"},
			{"nobody", desk.Actor{}, id, nil, problem.Forbidden, "desk.not_yours"},
			{"another center's mentor", stranger, id, nil, problem.NotFound, "store.missing"},
			{"a piece that is not there", s.makoto, 9999, nil, problem.NotFound, "store.missing"},
			{"her own work", both, own, nil, problem.Forbidden, "practice.own_work"},
			{"another attempt", s.makoto, id, func(f *desk.AssessForm) { f.Attempt = 2 }, problem.Conflict, "practice.moved_on"},
			{"an old version", s.makoto, id, func(f *desk.AssessForm) { f.Version-- }, problem.Conflict, "practice.moved_on"},
			{"no verdict", s.makoto, id, func(f *desk.AssessForm) { f.Verdict = "" }, problem.Invalid, "practice.verdict_missing"},
			{"a pass the rule does not allow", s.makoto, id, func(f *desk.AssessForm) { f.Marks[1].Level = 0 }, problem.Invalid, "practice.pass_zero"},
		} {
			f := form
			f.Marks = slices.Clone(form.Marks)
			if c.form != nil {
				c.form(&f)
			}
			_, err := s.Assess(t.Context(), c.who, c.id, f)
			list := problem.Of(err)
			if len(list) == 0 || list[0].Kind != c.kind || list[0].Key != c.key {
				t.Errorf("%s: %v, want %s", c.what, err, c.key)
			}
		}
		_, err := s.LookAtPiece(t.Context(), both, own)
		s.refused("looking at her own", err, problem.Forbidden, "practice.own_work")
		_, err = s.ClaimPiece(t.Context(), both, own)
		s.refused("claiming her own", err, problem.Forbidden, "practice.own_work")
		if next, ok, err := s.NextPiece(t.Context(), both); !ok || next != id || err != nil {
			t.Errorf("offered %d (%v), not past her own to %d", next, err, id)
		}
	})
}

// What a form brings beyond the rubric is not kept, and a comment without a mark is.
func TestMarksKept(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		id := s.handsIn(s.person("佐藤 葵", member.Trainee), s.pieces(basics)[0], 1)
		form := s.judgement(id, practice.Return, 2)
		form.Marks[0].Level = practice.NoMark
		form.Marks = append(form.Marks, practice.Mark{Row: "no-such-row", Level: 3}, form.Marks[1])
		_, err := s.Assess(t.Context(), s.makoto, id, form)
		s.must(err)
		past, err := s.Store.Assessments(t.Context(), id)
		s.must(err)
		rows := s.pieces(basics)[0].Assignment.Rubric.Rows
		if len(past[0].Marks) != len(rows) {
			t.Fatalf("%d marks are kept of %d rows", len(past[0].Marks), len(rows))
		}
		for _, m := range past[0].Marks {
			if m.Row == rows[0].ID && (m.Level != practice.NoMark || m.Comment != "ひとこと") {
				t.Errorf("kept %+v", m)
			}
		}
	})
}

// A second look adds a pair of eyes to what a piece proved; it never takes anything away.
func TestSecondLook(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		aoi := s.person("佐藤 葵", member.Trainee)
		id := s.handsIn(aoi, s.pieces(basics)[0], 1)
		s.refused("before it passed", s.AskSecondLook(t.Context(), aoi, id), problem.Conflict, "practice.not_passed")
		s.passes(s.makoto, id)
		s.must(s.AskSecondLook(t.Context(), aoi, id))
		form := s.judgement(id, practice.Pass, course.Passing)
		_, err := s.Assess(t.Context(), s.makoto, id, form)
		s.refused("the same mentor", err, problem.Forbidden, "practice.seen_already")
		_, err = s.ClaimPiece(t.Context(), s.makoto, id)
		s.refused("her claim", err, problem.Forbidden, "practice.seen_already")
		s.now = s.now.Add(desk.OtherFirst + time.Hour) // even when it is offered to everybody
		if next, ok, err := s.NextPiece(t.Context(), s.makoto); ok || err != nil {
			t.Errorf("offered %d to the mentor who passed it (%v)", next, err)
		}
		_, err = s.Assess(t.Context(), s.megumi, id, form)
		s.must(err)
		eyes := func() (out []member.ID) {
			record, err := s.Store.Record(t.Context(), aoi.Member)
			s.must(err)
			return record[0].Evidence.Assessors
		}
		if got := eyes(); !slices.Equal(got, []member.ID{s.makoto.Member, s.megumi.Member}) {
			t.Errorf("judged by %v", got)
		}

		third := s.person("三人目", member.Mentor)
		s.must(s.AskSecondLook(t.Context(), s.makoto, id))
		_, err = s.Assess(t.Context(), third, id, s.judgement(id, practice.Return, 1))
		s.must(err)
		b, err := s.LookAtPiece(t.Context(), third, id)
		s.must(err)
		if b.Passed.IsZero() || b.Turn != practice.Nobody || b.SecondLook || len(eyes()) != 2 {
			t.Errorf("after a second look that found something: %+v, judged by %v", b.Submission, eyes())
		}
	})
}
