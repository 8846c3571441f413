package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/practice"
)

// town is a house in which everything that moves a figure has happened.
func (h *house) town() {
	h.t.Helper()
	step := func() { h.now = h.now.Add(time.Hour) }
	done := h.trainee("修了 した人", "しゅうりょう", "done@tenarai.example")
	mend := h.trainee("直す 人", "", "mend@tenarai.example")
	wait := h.trainee("待つ 人", "", "wait@tenarai.example")
	h.trainee("始めない 人", "", "never@tenarai.example")
	step()
	h.exec("UPDATE member SET hours_week = 10, hours_stated_at = $1 WHERE id = $2", h.now.UnixMilli(), int64(done.Member))
	piece := h.finish(done)
	step()
	h.assess(h.makoto, h.handIn(mend, 1), 1, practice.Return)
	step()
	h.handIn(wait, 1)
	step()
	h.must(h.AskSecondLook(h.t.Context(), h.kyoko, piece))
	step()
	_, err := h.SaveWork(h.t.Context(), wait, workRef, practice.WorkDraft{Text: "途中"})
	h.must(err)
	winter, err := h.CreateCohort(h.t.Context(), h.kyoko, winterCohort(h))
	h.must(err)
	h.must(h.Enrol(h.t.Context(), h.kyoko, winter, done.Member))
	h.must(h.Enrol(h.t.Context(), h.kyoko, winter, mend.Member))
	step()
	h.read(mend, "second", "one", "type")
	h.assess(h.megumi, piece, 2, practice.Pass) // the second look
	step()
	h.must(h.AskSecondLook(h.t.Context(), h.kyoko, h.finish(h.trainee("二度見の 人", "", "second@tenarai.example"))))
}

func (h *house) recount(fix bool) []desk.Difference {
	h.t.Helper()
	found, err := h.Recount(h.t.Context(), fix)
	h.must(err)
	return found
}

func TestRecountFindsNothingInATownOfDeeds(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.town()
		if found := h.recount(false); len(found) != 0 {
			t.Errorf("the deeds left %+v", found)
		}
		h.now = h.now.AddDate(2, 0, 0) // what lapsed by itself is no difference
		if found := h.recount(false); len(found) != 0 {
			t.Errorf("two years later %+v", found)
		}
	})
}

// planted is one figure made wrong.
var planted = []struct{ figure, query string }{
	{"module.total", "UPDATE run_module SET total = total + 1 WHERE run_id = (SELECT MIN(id) FROM course_run) AND module = 'one'"},
	{"run.total", "UPDATE course_run SET total = total + 1 WHERE id = (SELECT MIN(id) FROM course_run)"},
	{"run.completed_at", "UPDATE course_run SET completed_at = 0 WHERE id = (SELECT MIN(id) FROM course_run WHERE completed_at > 0)"},
	{"run.completed_at", "UPDATE course_run SET completed_at = 1 WHERE id = (SELECT MAX(id) FROM course_run WHERE completed_at = 0)"},
	{"submission.attempts", "UPDATE submission SET attempts = attempts + 1 WHERE turn = 'nobody'"},
	{"submission.passed_at", "UPDATE submission SET passed_at = 0 WHERE turn = 'nobody'"},
	{"submission.turn", "UPDATE submission SET turn = 'mentor' WHERE turn = 'nobody'"},
	{"submission.turn", "UPDATE submission SET turn = 'trainee' WHERE second_look"},
	{"submission.turn_since", "UPDATE submission SET turn_since = turn_since + 1 WHERE turn = 'mentor' AND NOT second_look"},
	{"module.done", "UPDATE run_module SET done = done + 1 WHERE run_id = (SELECT MIN(id) FROM course_run) AND module = 'two'"},
	{"module.waiting", "UPDATE run_module SET waiting = waiting + 1 WHERE run_id = (SELECT MIN(id) FROM course_run) AND module = 'two'"},
	{"module.returned", "UPDATE run_module SET returned = returned - 1 WHERE returned > 0"},
	{"run.done", "UPDATE course_run SET done = done - 1 WHERE id = (SELECT MIN(id) FROM course_run)"},
	{"run.last_activity", "UPDATE course_run SET last_activity = last_activity - 1 WHERE id = (SELECT MIN(id) FROM course_run)"},
	{"enrolment.done", "UPDATE enrolment SET done = done + 1 WHERE member_id = (SELECT MAX(member_id) FROM enrolment)"},
	{"enrolment.total", "UPDATE enrolment SET total = 0 WHERE member_id = (SELECT MAX(member_id) FROM enrolment)"},
	{"enrolment.progress", "UPDATE enrolment SET progress_permille = 1 WHERE member_id = (SELECT MAX(member_id) FROM enrolment)"},
	{"enrolment.finished", "UPDATE enrolment SET finished_at = 7 WHERE finished_at = 0 AND member_id = (SELECT MAX(member_id) FROM enrolment)"},
	{"enrolment.last_activity", "UPDATE enrolment SET last_activity = 7 WHERE member_id = (SELECT MAX(member_id) FROM enrolment)"},
	{"enrolment.sort_name", "UPDATE enrolment SET sort_name = 'x' WHERE member_id = (SELECT MAX(member_id) FROM enrolment)"},
	{"award.member", "UPDATE award SET member_id = (SELECT MIN(id) FROM member) WHERE id = (SELECT MIN(id) FROM award)"},
	{"certificate.due", "DELETE FROM certificate_grant WHERE id = (SELECT MIN(id) FROM certificate_grant)"},
	{"readiness", "UPDATE readiness SET ready = (1 = 0), until = 0 WHERE ready"},
	{"readiness", "UPDATE readiness SET missing = '[]' WHERE NOT ready AND member_id = (SELECT MAX(member_id) FROM readiness)"},
	{"readiness", "UPDATE member SET hours_week = 0 WHERE hours_week > 0"},
}

// Each stored figure is made wrong in turn: recount names it, mends it, and then finds nothing more.
func TestRecountFindsAndMendsEachPlantedDifference(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.town()
		for _, p := range planted {
			if p.figure == "certificate.due" {
				h.exec("DELETE FROM certificate WHERE grant_id = (SELECT MIN(id) FROM certificate_grant)")
			}
			h.exec(p.query)
			found := h.recount(false)
			if !names(found, p.figure) {
				t.Errorf("%s: found %+v", p.query, found)
			}
			mended := h.recount(true)
			if !names(mended, p.figure) {
				t.Errorf("%s: looking changed something", p.query)
			}
			for _, d := range mended {
				if !d.Fixed {
					t.Errorf("%s: %+v was not mended", p.query, d)
				}
			}
			if left := h.recount(false); len(left) != 0 {
				t.Fatalf("%s: after mending %+v", p.query, left)
			}
		}
		if n := h.count("SELECT COUNT(*) FROM certificate WHERE grant_id NOT IN (SELECT id FROM certificate_grant)"); n != 0 {
			t.Errorf("%d certificates without a grant", n)
		}
	})
}

func names(found []desk.Difference, figure string) bool {
	for _, d := range found {
		if d.Figure == figure && d.Kept != d.Facts {
			return true
		}
	}
	return false
}

// What no figure can be put right from is named and left: a grant without its paper, and an award that stands twice.
func TestRecountNamesWhatItCannotMend(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.town()
		h.exec("DELETE FROM certificate WHERE id = (SELECT MIN(id) FROM certificate)")
		if strings.HasPrefix(h.dsn, "sqlite:") { // the unique key goes with the table
			h.exec("CREATE TABLE copy AS SELECT * FROM award")
			h.exec("DROP TABLE award")
			h.exec("ALTER TABLE copy RENAME TO award")
		} else {
			h.exec("ALTER TABLE award DROP CONSTRAINT award_attempt_id_skill_key")
		}
		h.exec("INSERT INTO award (id, member_id, skill, level, attempt_id, at, evidence) SELECT id + 1000, member_id, skill, level, attempt_id, at, evidence FROM award WHERE id = (SELECT MIN(id) FROM award)")
		found := h.recount(true)
		for _, figure := range []string{"certificate.issued", "award.once"} {
			if !names(found, figure) {
				t.Errorf("%s is not among %+v", figure, found)
			}
		}
		for _, d := range found {
			if d.Fixed {
				t.Errorf("%+v claims to be mended", d)
			}
		}
	})
}

// The database itself keeps an award from standing twice.
func TestAwardStandsOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.finish(h.trainee("修了 した人", "", "done@tenarai.example"))
		_, err := h.db().Exec("INSERT INTO award (member_id, skill, level, attempt_id, at, evidence) SELECT member_id, skill, level, attempt_id, at, evidence FROM award")
		if err == nil {
			t.Error("the same award was kept twice")
		}
	})
}

// Mending goes on from what turns out to be complete: the certificate that was missed is issued.
func TestRecountDrawsTheConsequences(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		a := h.trainee("修了 する人", "", "done@tenarai.example")
		h.finish(a)
		h.exec("DELETE FROM certificate")
		h.exec("DELETE FROM certificate_grant")
		h.exec("UPDATE course_run SET completed_at = 0")
		h.recount(true)
		if n := h.count("SELECT COUNT(*) FROM certificate"); n != 1 {
			t.Errorf("%d certificates after mending", n)
		}
		look, err := h.LookCohorts(t.Context(), h.kyoko, 1)
		h.must(err)
		if look.Rows[0].ID != cohort.ID(h.cohort) || len(h.recount(false)) != 0 {
			t.Error("differences are left")
		}
	})
}

// The number of queries does not grow with people.
func TestRecountAsksABoundedNumberOfQueries(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.town()
		cost := func() int {
			h.queries = nil
			h.recount(false)
			return len(h.queries)
		}
		few := cost()
		rows := make([]desk.InviteRow, 100)
		for i := range rows {
			rows[i] = desk.InviteRow{Line: i, Name: "人", Email: fmt.Sprintf("x%d@tenarai.example", i)}
		}
		_, err := h.InviteMany(t.Context(), h.kyoko, h.cohort, rows)
		h.must(err)
		if many := cost(); many != few || many > 60 {
			t.Errorf("%d queries, %d with a hundred more people", few, many)
		}
	})
}
