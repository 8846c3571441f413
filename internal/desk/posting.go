package desk

import (
	"context"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/store"
)

// PostingForm is a posting as its form brings it.
type PostingForm struct {
	Version     int64            // of the posting that is changed
	Company     member.CompanyID // a producer chooses; a company's own people cannot
	Title       string
	JobType     readiness.JobType
	Work        string
	Deliverable string
	Quantity    string
	PayYen      int64
	TaxIncluded bool
	Hours       int
	HoursWeek   int
	Deadline    time.Time
	Places      int
}

// orderer tells for which companies an actor speaks: a producer for every one of her center (0), a company's people for
// their own alone.
func orderer(a Actor) (member.CompanyID, error) {
	switch {
	case a.SignedIn() && a.Is(member.Producer):
		return 0, nil
	case a.SignedIn() && a.Is(member.Company) && a.Company != 0:
		return a.Company, nil
	}
	return 0, must(a)
}

// postingOf reads a posting the actor may handle. Of any other she does not learn that it exists.
func (d *Desk) postingOf(ctx context.Context, a Actor, id job.PostingID) (job.Posting, error) {
	own, err := orderer(a)
	if err != nil {
		return job.Posting{}, err
	}
	p, err := d.Store.Posting(ctx, a.Center, id)
	if err == nil && own != 0 && p.Company != own {
		return job.Posting{}, problem.Missing("store.missing")
	}
	return p, err
}

// SavePosting keeps a new posting as a draft (id 0), or changes a draft. What has been opened is not changed any more:
// people have said "interested" to it as it stood.
func (d *Desk) SavePosting(ctx context.Context, a Actor, id job.PostingID, form PostingForm) (job.PostingID, error) {
	own, err := orderer(a)
	if err != nil {
		return 0, err
	}
	return once(ctx, d, a, "posting.saved", func(ctx context.Context, now time.Time) (job.PostingID, error) {
		p := job.Posting{Center: a.Center, Company: own, State: job.Draft}
		if id != 0 {
			if p, err = d.postingOf(ctx, a, id); err != nil {
				return 0, err
			}
			if p.State != job.Draft {
				return 0, problem.Clash("job.not_draft")
			}
		}
		if own == 0 {
			p.Company = form.Company
		}
		if _, err := d.Store.Company(ctx, a.Center, p.Company); isMissing(err) {
			return 0, problem.At("company", "job.missing_company")
		} else if err != nil {
			return 0, err
		}
		p = form.onto(p)
		if err := job.Check(p, false, d.knowsJobType, startOfDay(now)); err != nil {
			return 0, err
		}
		if id == 0 {
			id, err = d.Store.AddPosting(ctx, p, a.Member, now)
		} else {
			err = d.Store.ChangePosting(ctx, p)
		}
		if err != nil {
			return 0, err
		}
		return id, d.happened(ctx, a, now, "posting.saved", audit.Subject{Kind: "posting", ID: int64(id)}, 0, map[string]any{"company": int64(p.Company)})
	})
}

// onto is p with what was typed, but for its company.
func (f PostingForm) onto(p job.Posting) job.Posting {
	p.Title, p.JobType, p.Work, p.Deliverable, p.Quantity = f.Title, f.JobType, f.Work, f.Deliverable, f.Quantity
	p.PayYen, p.TaxIncluded, p.Hours, p.HoursWeek = f.PayYen, f.TaxIncluded, f.Hours, f.HoursWeek
	p.Deadline, p.Places, p.Version = f.Deadline, f.Places, f.Version
	return p
}

// OpenPosting shows a draft to the center's trainees, if nothing is missing in it.
func (d *Desk) OpenPosting(ctx context.Context, a Actor, id job.PostingID, version int64) error {
	return d.turnPosting(ctx, a, id, version, "posting.opened", func(p job.Posting, now time.Time) (job.Posting, error) {
		if p.State != job.Draft {
			return p, problem.Clash("job.not_draft")
		}
		p.State, p.Opened = job.Open, now
		return p, job.Check(p, true, d.knowsJobType, startOfDay(now))
	})
}

// ClosePosting takes an open posting off the trainees' list, or puts a draft aside. From then on nobody is shown for it.
func (d *Desk) ClosePosting(ctx context.Context, a Actor, id job.PostingID, version int64) error {
	return d.turnPosting(ctx, a, id, version, "posting.closed", func(p job.Posting, _ time.Time) (job.Posting, error) {
		if p.State == job.Closed {
			return p, problem.Clash("job.closed")
		}
		p.State = job.Closed
		return p, nil
	})
}

// turnPosting gives a posting another state, once for the key of the form that asks for it.
func (d *Desk) turnPosting(ctx context.Context, a Actor, id job.PostingID, version int64, action audit.Action, turn func(job.Posting, time.Time) (job.Posting, error)) error {
	if _, err := orderer(a); err != nil {
		return err
	}
	_, err := once(ctx, d, a, action, func(ctx context.Context, now time.Time) (struct{}, error) {
		none := struct{}{}
		p, err := d.postingOf(ctx, a, id)
		if err != nil {
			return none, err
		}
		p.Version = version
		if p, err = turn(p, now); err != nil {
			return none, err
		}
		if err := d.Store.ChangePosting(ctx, p); err != nil {
			return none, err
		}
		return none, d.happened(ctx, a, now, action, audit.Subject{Kind: "posting", ID: int64(id)}, 0, map[string]any{"company": int64(p.Company)})
	})
	return err
}

// PostingList is what a company or producer reads about postings.
type PostingList struct {
	Rows   []PostingRow
	Total  int // of which the rows are a page
	Counts map[job.PostingState]int
}

// PostingRow is a line of the list.
type PostingRow struct {
	job.Posting
	Interested int  // trainees who pressed "interested", ready or not
	Live       bool // offered today
}

// LookPostings lists postings in a state (all if empty), the latest first, a page at a time: a company's own, or for a
// producer those of all the center's companies. find looks in titles and companies' names.
func (d *Desk) LookPostings(ctx context.Context, a Actor, state job.PostingState, find string, offset, limit int) (PostingList, error) {
	own, err := orderer(a)
	if err != nil {
		return PostingList{}, err
	}
	f := store.PostingFilter{Center: a.Center, Company: own, States: []job.PostingState{state}, Find: find, Offset: offset, Limit: limit}
	if state == "" {
		f.States = []job.PostingState{job.Draft, job.Open, job.Closed}
	}
	rows, total, err := d.Store.FindPostings(ctx, f)
	if err != nil {
		return PostingList{}, err
	}
	list := PostingList{Total: total}
	if list.Counts, err = d.Store.PostingCounts(ctx, a.Center, own); err != nil {
		return list, err
	}
	ids := make([]job.PostingID, len(rows))
	for i, p := range rows {
		ids[i] = p.ID
	}
	interested, err := d.Store.InterestCounts(ctx, ids)
	today := startOfDay(d.Now())
	for _, p := range rows {
		list.Rows = append(list.Rows, PostingRow{p, interested[p.ID], p.Live(today)})
	}
	return list, err
}

// PostingLook is one posting as the people who order see it.
type PostingLook struct {
	job.Posting
	Bar    readiness.Bar
	Live   bool
	ToMend problem.List // what keeps a draft from being opened
}

// LookPosting shows a posting to its company or to the center's producers.
func (d *Desk) LookPosting(ctx context.Context, a Actor, id job.PostingID) (PostingLook, error) {
	p, err := d.postingOf(ctx, a, id)
	if err != nil {
		return PostingLook{}, err
	}
	today := startOfDay(d.Now())
	look := PostingLook{Posting: p, Live: p.Live(today)}
	look.Bar, _ = d.Bar(p.JobType)
	if p.State == job.Draft {
		look.ToMend = problem.Of(job.Check(p, true, d.knowsJobType, today))
	}
	return look, nil
}

// LookCompanies lists the companies an actor may order for, by name.
func (d *Desk) LookCompanies(ctx context.Context, a Actor) ([]job.Company, error) {
	own, err := orderer(a)
	if err != nil {
		return nil, err
	}
	if own == 0 {
		return d.Store.Companies(ctx, a.Center)
	}
	c, err := d.Store.Company(ctx, a.Center, own)
	return []job.Company{c}, err
}

// AddCompany takes a company into the producer's center.
func (d *Desk) AddCompany(ctx context.Context, a Actor, c job.Company) (member.CompanyID, error) {
	if err := must(a, member.Producer); err != nil {
		return 0, err
	}
	c.ID, c.Center = 0, a.Center
	if err := job.CheckCompany(c); err != nil {
		return 0, err
	}
	return once(ctx, d, a, "company.added", func(ctx context.Context, now time.Time) (member.CompanyID, error) {
		id, err := d.Store.AddCompany(ctx, c, now)
		if err != nil {
			return 0, err
		}
		return id, d.happened(ctx, a, now, "company.added", audit.Subject{Kind: "company", ID: int64(id)}, 0, nil)
	})
}
