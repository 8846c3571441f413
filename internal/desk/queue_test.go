package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// A claim keeps others out for thirty minutes, longer when renewed, and not a moment after.
func TestClaims(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		id := s.handsIn(s.person("佐藤 葵", member.Trainee), s.pieces(basics)[0], 1)
		form := s.judgement(id, practice.Pass, course.Passing)
		until, err := s.ClaimPiece(t.Context(), s.makoto, id)
		s.must(err)
		if !until.Equal(s.now.Add(30 * time.Minute)) {
			t.Errorf("claimed until %s", until)
		}
		others := func(when string) {
			t.Helper()
			_, err := s.ClaimPiece(t.Context(), s.megumi, id)
			s.refused(when+", a claim", err, problem.Conflict, "practice.claimed")
			_, err = s.Assess(t.Context(), s.megumi, id, form)
			s.refused(when+", a judgement", err, problem.Conflict, "practice.claimed")
			if next, ok, err := s.NextPiece(t.Context(), s.megumi); ok || err != nil {
				t.Errorf("%s, offered %d (%v)", when, next, err)
			}
		}
		others("at once")
		s.now = until.Add(-time.Millisecond)
		others("at the last moment")
		until, err = s.ClaimPiece(t.Context(), s.makoto, id)
		s.must(err)
		s.now = until.Add(-time.Second)
		others("renewed")
		s.must(s.ReleasePiece(t.Context(), s.megumi, id)) // somebody else's claim stays
		others("not hers to release")
		s.now = until
		if next, ok, err := s.NextPiece(t.Context(), s.megumi); !ok || next != id || err != nil {
			t.Errorf("when it has ended, offered %d (%v)", next, err)
		}
		_, err = s.ClaimPiece(t.Context(), s.megumi, id)
		s.must(err)
		_, err = s.Assess(t.Context(), s.makoto, id, form)
		s.refused("the first mentor, too late", err, problem.Conflict, "practice.claimed")
		s.must(s.ReleasePiece(t.Context(), s.megumi, id))
		_, err = s.Assess(t.Context(), s.makoto, id, form)
		s.must(err)
	})
}

// A piece that would complete what a job type asks is offered for a day to a mentor who has not judged the skill yet.
func TestOfferedToAnotherFirst(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		aoi, pieces := s.person("佐藤 葵", member.Trainee), s.pieces(basics)
		first := s.handsIn(aoi, pieces[0], 1)
		if b, err := s.LookAtPiece(t.Context(), s.makoto, first); err != nil || b.NotMentor != 0 {
			t.Errorf("the first piece is for anybody: %+v, %v", b.Submission, err)
		}
		s.passes(s.makoto, first)
		second := s.handsIn(aoi, pieces[1], 1)
		seen := func(a desk.Actor) (rows []desk.QueueRow) {
			t.Helper()
			q, err := s.LookAtQueue(t.Context(), a, practice.WithMentor, desk.QueueAfter{})
			s.must(err)
			return q.Rows
		}
		for range 2 {
			if rows := seen(s.megumi); len(rows) != 1 || rows[0].ID != second || rows[0].OtherFirst {
				t.Errorf("the other mentor sees %+v", rows)
			}
			if rows := seen(s.makoto); len(rows) != 0 {
				t.Errorf("the first mentor sees %+v", rows)
			}
			s.now = s.now.Add(desk.OtherFirst - time.Minute)
		}
		// The loop has passed nearly two days: now it is for everybody, and says why.
		if rows := seen(s.makoto); len(rows) != 1 || !rows[0].OtherFirst {
			t.Errorf("after a day the first mentor sees %+v", rows)
		}
		s.passes(s.makoto, second)
	})
}

// The queue shows the longest waiting first, page by page, and tells what is beyond the promise.
func TestQueue(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		var order []practice.SubmissionID
		for i := range desk.QueueSize + 2 {
			order = append(order, s.handsIn(s.person(fmt.Sprintf("人 %d", i), member.Trainee), s.pieces(basics)[i%3], 1))
			s.now = s.now.Add(time.Hour)
		}
		s.now = s.now.Add(30 * time.Hour)
		q, err := s.LookAtQueue(t.Context(), s.makoto, practice.WithMentor, desk.QueueAfter{})
		s.must(err)
		var got []practice.SubmissionID
		late := 0
		for _, r := range q.Rows {
			got = append(got, r.ID)
			if r.Late {
				late++
			}
		}
		if !slices.Equal(got, order[:desk.QueueSize]) || !q.More || q.Waiting != len(order) {
			t.Errorf("%d rows of %d, more %v: %v", len(got), q.Waiting, q.More, got)
		}
		if late != q.Late || late == 0 || late == len(got) {
			t.Errorf("%d rows are beyond the promise, the figure says %d", late, q.Late)
		}
		last := q.Rows[len(q.Rows)-1]
		q, err = s.LookAtQueue(t.Context(), s.makoto, practice.WithMentor, desk.QueueAfter{Since: last.Since, ID: last.ID})
		s.must(err)
		if len(q.Rows) != 2 || q.Rows[0].ID != order[desk.QueueSize] || q.More {
			t.Errorf("the second page: %+v", q.Rows)
		}
		_, err = s.Assess(t.Context(), s.makoto, order[0], s.judgement(order[0], practice.Return, 1))
		s.must(err)
		q, err = s.LookAtQueue(t.Context(), s.makoto, practice.WithTrainee, desk.QueueAfter{})
		s.must(err)
		if len(q.Rows) != 1 || q.Rows[0].ID != order[0] || q.Rows[0].Fixes != 1 || q.Returned != 1 {
			t.Errorf("returned: %+v", q)
		}
	})
}

// Half-written feedback is kept per mentor and attempt, and gone once it is sent.
func TestHalfWritten(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		aoi, it := s.person("佐藤 葵", member.Trainee), s.pieces(basics)[0]
		id := s.handsIn(aoi, it, 1)
		draft := practice.AssessmentDraft{Attempt: 1, Marks: map[string]int{"terms": 2}, Closing: "とちゅう", Fixes: []practice.Fix{{N: 1, Text: "まだ行なし"}}}
		_, err := s.SaveAssessment(t.Context(), s.makoto, id, draft)
		s.must(err)
		typed := func(a desk.Actor) practice.AssessmentDraft {
			t.Helper()
			b, err := s.LookAtPiece(t.Context(), a, id)
			s.must(err)
			return b.Draft
		}
		if got := typed(s.makoto); got.Closing != "とちゅう" || got.Marks["terms"] != 2 || len(got.Fixes) != 1 {
			t.Errorf("kept %+v", got)
		}
		if got := typed(s.megumi); got.Closing != "" {
			t.Errorf("another mentor sees %+v", got)
		}
		_, err = s.Assess(t.Context(), s.makoto, id, s.judgement(id, practice.Return, 1))
		s.must(err)
		s.handsIn(aoi, it, 2)
		if got := typed(s.makoto); got.Closing != "" {
			t.Errorf("at the next attempt %+v is still there", got)
		}
		trail, err := s.Store.Trail(t.Context(), store.TrailFilter{Center: s.center, Action: audit.Action("submission.assessed"), Limit: 10})
		s.must(err)
		if len(trail) != 1 || trail[0].About != aoi.Member || trail[0].Actor != s.makoto.Member || trail[0].Data["verdict"] != "return" {
			t.Errorf("the trail says %+v", trail)
		}
	})
}
