package desk_test

import (
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// A posting goes from draft to open to closed, each step once, and what is open is not changed any more.
func TestPostingLife(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		draft := w.form()
		draft.PayYen, draft.Deadline = 0, time.Time{}
		a := w.company
		a.Key = "KEY"
		id, err := w.SavePosting(w.ctx, a, 0, draft)
		w.must(err)
		again, err := w.SavePosting(w.ctx, a, 0, draft)
		if err != nil || again != id || w.events("posting.saved") != 1 {
			w.Errorf("the same form twice: %d then %d, %v", id, again, err)
		}
		err = w.OpenPosting(w.ctx, w.company, id, 1)
		if got := problem.Of(err); len(got) != 2 || got[0].Field != "pay" || got[1].Field != "deadline" {
			w.Errorf("a draft with gaps opens: %v", err)
		}
		look, err := w.LookPosting(w.ctx, w.company, id)
		if err != nil || len(look.ToMend) != 2 || look.Live {
			w.Errorf("%+v %v", look, err)
		}

		whole := w.form()
		whole.Version = 1
		_, err = w.SavePosting(w.ctx, w.company, id, whole)
		w.must(err)
		_, err = w.SavePosting(w.ctx, w.company, id, whole)
		w.refused("an old form", err, problem.Conflict, "store.moved_on")
		w.must(w.OpenPosting(w.ctx, w.company, id, 2))
		w.refused("opened twice", w.OpenPosting(w.ctx, w.company, id, 3), problem.Conflict, "job.not_draft")
		whole.Version = 3
		_, err = w.SavePosting(w.ctx, w.company, id, whole)
		w.refused("changed while open", err, problem.Conflict, "job.not_draft")
		w.must(w.ClosePosting(w.ctx, w.company, id, 3))
		w.refused("closed twice", w.ClosePosting(w.ctx, w.company, id, 4), problem.Conflict, "job.closed")

		list, err := w.LookPostings(w.ctx, w.company, "", "", 0, 20)
		if err != nil || list.Total != 1 || list.Rows[0].State != job.Closed || list.Counts[job.Closed] != 1 || list.Rows[0].HourlyYen() != 1200 {
			w.Errorf("%+v %v", list, err)
		}
		if w.events("posting.opened") != 1 || w.events("posting.closed") != 1 {
			w.Error("a step without its event, or twice")
		}
	})
}

// What belongs to another company or another center does not exist; trainees and strangers have no business here.
func TestPostingWalls(t *testing.T) {
	jobTowns(t, func(w *jobTown) {
		id := w.open(w.company)
		nosy := w.trainee("佐藤", 10, false)
		for _, c := range []struct {
			who  string
			a    desk.Actor
			kind problem.Kind
			key  string
		}{
			{"another company", w.rival, problem.NotFound, "store.missing"},
			{"another center", w.stranger, problem.NotFound, "store.missing"},
			{"a trainee", nosy, problem.Forbidden, "desk.not_yours"},
			{"a stranger", desk.Actor{}, problem.Forbidden, "desk.not_yours"},
			{"a mentor", w.mentors[0], problem.Forbidden, "desk.not_yours"},
			{"a company role without a company", desk.Actor{Member: nosy.Member, Center: w.center, Roles: []member.Role{member.Company}}, problem.Forbidden, "desk.not_yours"},
		} {
			_, err := w.LookPosting(w.ctx, c.a, id)
			w.refused(c.who+" looks", err, c.kind, c.key)
			_, err = w.LookCandidates(w.ctx, c.a, id, 0, 20)
			w.refused(c.who+" looks at candidates", err, c.kind, c.key)
			_, err = w.SavePosting(w.ctx, c.a, id, w.form())
			w.refused(c.who+" changes", err, c.kind, c.key)
			w.refused(c.who+" closes", w.ClosePosting(w.ctx, c.a, id, 2), c.kind, c.key)
		}
		mine := w.form()
		mine.Company = w.rivalCompany
		id, err := w.SavePosting(w.ctx, w.company, 0, mine)
		w.must(err)
		look, err := w.LookPosting(w.ctx, w.company, id)
		if err != nil || look.Company != w.ownCompany {
			w.Errorf("a company orders for another: %+v %v", look, err)
		}
		_, err = w.SavePosting(w.ctx, w.stranger, 0, mine)
		w.refused("a producer for another center's company", err, problem.Invalid, "job.missing_company")
		if _, err = w.SavePosting(w.ctx, w.producer, 0, mine); err != nil {
			w.Errorf("a producer for a company of hers: %v", err)
		}
		rivals, err := w.LookPostings(w.ctx, w.rival, "", "", 0, 20)
		if err != nil || rivals.Total != 1 || rivals.Counts[job.Open] != 0 {
			w.Errorf("the rival sees %+v %v", rivals, err)
		}
		found, err := w.LookPostings(w.ctx, w.producer, job.Draft, "味噌", 0, 20)
		if err != nil || found.Total != 1 || found.Rows[0].Company != w.rivalCompany {
			w.Errorf("searching: %+v %v", found, err)
		}
		if _, err := w.AddCompany(w.ctx, w.company, job.Company{Name: "x"}); !problem.Is(err, problem.Forbidden) {
			w.Errorf("a company adds a company: %v", err)
		}
		if _, err := w.AddCompany(w.ctx, w.producer, job.Company{Name: "酒の店", Center: w.elsewhere}); err != nil {
			w.Error(err)
		}
		if list, err := w.LookCompanies(w.ctx, w.producer); err != nil || len(list) != 3 {
			w.Errorf("%v %v", list, err)
		}
	})
}
