package desk_test

import (
	"testing"

	"tenarai/internal/desk"
	"tenarai/internal/member"
)

func TestStoryTellsAllInOrderOfTime(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "さとう あおい", "aoi@tenarai.example")
		h.finish(aoi)
		s, err := h.LookStory(t.Context(), h.kyoko, aoi.Member, 0)
		h.must(err)
		if s.Name != "佐藤 葵" || !s.Pending || !s.MayHelp || !s.MayResend || len(s.Cohorts) != 1 || s.Active.IsZero() {
			t.Errorf("story %+v", s)
		}
		if len(s.Courses) != 2 || s.Courses[0].Done != 4 || len(s.Courses[0].Modules) != 2 || s.Courses[0].Completed.IsZero() {
			t.Errorf("courses %+v", s.Courses)
		}
		if len(s.Pieces) != 1 || s.Pieces[0].Attempts != 2 || s.Pieces[0].Title.JA != "納期の連絡文" || len(s.Held) != 1 {
			t.Errorf("pieces %+v, certificates %+v", s.Pieces, s.Held)
		}
		if len(s.Readiness) != 1 || len(s.Readiness[0].Readiness.Missing) != 1 || s.Readiness[0].Readiness.Missing[0].Key != "hours" {
			t.Errorf("readiness %+v", s.Readiness)
		}
		for i, e := range s.Events[1:] {
			if e.ID >= s.Events[i].ID || e.At.After(s.Events[i].At) {
				t.Errorf("event %d is not older than the one above", i+1)
			}
		}
		titled := 0
		for _, e := range s.Events {
			if e.Title.JA != "" {
				titled++
			}
		}
		if len(s.Events) < 8 || titled < 6 || s.Before != 0 {
			t.Errorf("%d events, %d with a title, before %d", len(s.Events), titled, s.Before)
		}
		older, err := h.LookStory(t.Context(), h.makoto, aoi.Member, s.Events[2].ID)
		h.must(err)
		if len(older.Events) != len(s.Events)-3 || older.MayHelp {
			t.Errorf("%d older events; a mentor may help: %v", len(older.Events), older.MayHelp)
		}
		mentor, err := h.LookStory(t.Context(), h.kyoko, h.makoto.Member, 0)
		h.must(err)
		if len(mentor.Courses)+len(mentor.Readiness) != 0 || mentor.Roles[0] != member.Mentor {
			t.Errorf("a mentor's story %+v", mentor)
		}
	})
}

// What a person does in another center is not told here.
func TestStoryStopsAtTheCenter(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "", "aoi@tenarai.example")
		h.read(aoi, "first", "one", "read")
		h.exec("INSERT INTO member_role (member_id, center_id, role, created_at) VALUES ($1, $2, 'trainee', 0)", int64(aoi.Member), int64(h.yokote))
		s, err := h.LookStory(t.Context(), h.other, aoi.Member, 0)
		h.must(err)
		if len(s.Events)+len(s.Courses)+len(s.Cohorts)+len(s.Pieces)+len(s.Held) != 0 || len(s.Roles) != 1 {
			t.Errorf("Yokote is told of Yuzawa: %+v", s)
		}
	})
}

func TestSecondLookIsAskedFromTheStory(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		aoi := h.trainee("佐藤 葵", "", "aoi@tenarai.example")
		id := h.finish(aoi)
		h.must(h.AskSecondLook(t.Context(), h.kyoko, id))
		q, err := h.LookAtQueue(t.Context(), h.megumi, "mentor", desk.QueueAfter{})
		h.must(err)
		if len(q.Rows) != 1 || !q.Rows[0].SecondLook {
			t.Errorf("queue %+v", q.Rows)
		}
	})
}
