package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/job"
	"tenarai/internal/match"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

const (
	// nearlyGaps is how many things may be missing for a job to count as nearly fitting.
	nearlyGaps = 2
	// maxJobs is how many open jobs are held against a trainee at once, the newest.
	maxJobs = 200
)

// Jobs is the open work of a trainee's center, by how it fits her.
type Jobs struct {
	Fits   []JobLook // the best score first
	Nearly []JobLook // at most two things missing, the fewest first
	Others []JobLook
	Hours  int // a week, as she stated
}

// JobLook is a posting as a trainee sees it.
type JobLook struct {
	job.Posting
	Bar        readiness.Bar
	Live       bool
	Interested bool
	Ready      bool         // for its job type, now
	Sharing    bool         // agreed to be shown in general
	Score      int          // 0 unless it fits
	Terms      []match.Term // why it fits
	Gaps       []JobGap     // what is missing; empty if it fits
	Weeks      int          // at her hours; 0: unknown
}

// Fits tells whether nothing but her consent is missing.
func (j JobLook) Fits() bool { return len(j.Gaps) == 0 }

// JobGap is one thing that is missing, and where to mend it.
type JobGap struct {
	Key   string // base, quiz, pieces, assessors, old, hours, hours_old, few_hours
	Title skill.Text
	Need  int
	Have  int
	Href  string
}

// jobFacts is what every posting is held against.
type jobFacts struct {
	lines      []ReadyLine
	person     member.Member
	record     skill.Record
	interested map[job.PostingID]time.Time
	onTime     int
	due        int
	now        time.Time
}

func (d *Desk) jobFacts(ctx context.Context, a Actor) (jobFacts, error) {
	next, err := d.nextFacts(ctx, a)
	if err != nil {
		return jobFacts{}, err
	}
	f := jobFacts{now: next.now, lines: next.readiness, person: next.standing.person, record: next.standing.record}
	if f.interested, err = d.Store.Interests(ctx, a.Member); err != nil {
		return f, err
	}
	f.onTime, f.due, err = d.Store.OnTime(ctx, a.Member)
	return f, err
}

// LookJobs shows a trainee the open work of her center: what fits and why, what nearly fits and what is missing.
func (d *Desk) LookJobs(ctx context.Context, a Actor, find string) (Jobs, error) {
	if err := must(a, member.Trainee); err != nil {
		return Jobs{}, err
	}
	f, err := d.jobFacts(ctx, a)
	if err != nil {
		return Jobs{}, err
	}
	open, _, err := d.Store.FindPostings(ctx, store.PostingFilter{
		Center: a.Center, States: []job.PostingState{job.Open}, Find: find, DueFrom: startOfDay(f.now), Limit: maxJobs,
	})
	if err != nil {
		return Jobs{}, err
	}
	jobs := Jobs{Hours: f.person.Hours.HoursWeek}
	for _, p := range open {
		switch j := d.jobLook(p, f); {
		case j.Bar.JobType == "": // a kind of work that is no longer known: nothing can be said about it
		case j.Fits():
			jobs.Fits = append(jobs.Fits, j)
		case len(j.Gaps) <= nearlyGaps:
			jobs.Nearly = append(jobs.Nearly, j)
		default:
			jobs.Others = append(jobs.Others, j)
		}
	}
	slices.SortStableFunc(jobs.Fits, func(x, y JobLook) int { return cmp.Compare(y.Score, x.Score) })
	slices.SortStableFunc(jobs.Nearly, func(x, y JobLook) int { return cmp.Compare(len(x.Gaps), len(y.Gaps)) })
	return jobs, nil
}

// LookJob shows a trainee one piece of work. A draft does not exist for her; a closed one does if she said "interested".
func (d *Desk) LookJob(ctx context.Context, a Actor, id job.PostingID) (JobLook, error) {
	if err := must(a, member.Trainee); err != nil {
		return JobLook{}, err
	}
	p, err := d.Store.Posting(ctx, a.Center, id)
	if err != nil {
		return JobLook{}, err
	}
	f, err := d.jobFacts(ctx, a)
	if err != nil {
		return JobLook{}, err
	}
	j := d.jobLook(p, f)
	if !j.Live && !j.Interested || j.Bar.JobType == "" {
		return JobLook{}, problem.Missing("store.missing")
	}
	return j, nil
}

// jobLook holds a posting against a trainee. Its Bar is zero if the job type is no longer known.
func (d *Desk) jobLook(p job.Posting, f jobFacts) JobLook {
	j := JobLook{
		Posting: p, Live: p.Live(startOfDay(f.now)), Interested: !f.interested[p.ID].IsZero(), Sharing: f.person.Consent.Sharing(),
		Weeks: job.Weeks(p.Hours, f.person.Hours.HoursWeek),
	}
	i := slices.IndexFunc(f.lines, func(l ReadyLine) bool { return l.Bar.JobType == p.JobType })
	if i < 0 {
		return j
	}
	line := f.lines[i]
	j.Bar, j.Ready = line.Bar, line.Readiness.Ready
	m := match.Hold(line.Bar, p, match.Candidate{
		Member: f.person.ID, Readiness: line.Readiness, ReadySince: line.Since, Record: f.record, Hours: f.person.Hours,
		Sharing: j.Sharing, Interested: f.interested[p.ID], OnTime: f.onTime, Due: f.due,
	}, f.now)
	j.Gaps = d.gaps(line, m)
	if j.Fits() {
		j.Score, j.Terms = m.Score, m.Terms
	}
	return j
}

// gaps is what is missing, from readiness and from the posting's hours. A missing skill is told by readiness, with the
// pieces that prove it; consent is not a gap, because pressing "interested" gives it.
func (d *Desk) gaps(line ReadyLine, m match.Match) []JobGap {
	var out []JobGap
	for _, miss := range line.Readiness.Missing {
		if miss.Rule != readiness.RuleConsent {
			out = append(out, d.gap(line, miss))
		}
	}
	for _, u := range m.Unmet {
		if u.Filter == match.FilterHours && u.Have > 0 { // nothing stated is told by readiness
			out = append(out, JobGap{Key: "few_hours", Need: u.Need, Have: u.Have, Href: "/account"})
		}
	}
	return out
}

// gap is a missing thing with where it is mended: the next item on the way, or the page where it is changed.
func (d *Desk) gap(line ReadyLine, m readiness.Missing) JobGap {
	g := JobGap{Key: m.Key, Need: m.Need, Title: d.Catalog.Skill(m.Skill).Title, Href: "/readiness"}
	step := func(fits func(*course.Item) bool) {
		if i := slices.IndexFunc(line.Way.Items, fits); i >= 0 {
			g.Href = line.Way.Items[i].Ref.Path()
		}
	}
	switch m.Key {
	case "base":
		if c := d.course[line.Bar.Base]; c != nil {
			g.Title, g.Href = c.Title, "/courses/"+c.Slug
		}
		step(func(it *course.Item) bool { return it.Ref.Course == line.Bar.Base })
	case "quiz":
		step(func(it *course.Item) bool {
			found := it.Ref.Module+"/"+it.Ref.Item == m.Quiz
			if found {
				g.Title = it.Title
			}
			return found
		})
	case "pieces", "old":
		i := slices.IndexFunc(line.Bar.Requires, func(q readiness.Requirement) bool { return q.Skill == m.Skill })
		step(func(it *course.Item) bool {
			return i >= 0 && it.Kind == course.KindAssignment && proves(it.Assignment.Rubric, line.Bar.Requires[i])
		})
	case "hours", "hours_old":
		g.Href = "/account"
	}
	return g
}

// SetInterest keeps or takes back that a trainee is interested in a posting. Pressing it is her consent to be shown, without
// her name, for this one posting; somebody who is not ready yet is kept and shown when she is. Taking it back always works.
func (d *Desk) SetInterest(ctx context.Context, a Actor, id job.PostingID, on bool) error {
	if err := must(a, member.Trainee); err != nil {
		return err
	}
	action := audit.Action("interest.withdrawn")
	if on {
		action = "interest.given"
	}
	_, err := once(ctx, d, a, action, func(ctx context.Context, now time.Time) (struct{}, error) {
		none := struct{}{}
		if err := d.Store.LockMember(ctx, a.Member); err != nil {
			return none, err
		}
		p, err := d.Store.Posting(ctx, a.Center, id)
		switch {
		case err != nil:
			return none, err
		case p.State == job.Draft:
			return none, problem.Missing("store.missing")
		case on && !p.Live(startOfDay(now)):
			return none, problem.Clash("job.closed")
		}
		changed, err := d.Store.SetInterest(ctx, id, a.Member, on, now)
		if err != nil || !changed {
			return none, err
		}
		return none, d.happened(ctx, a, now, action, audit.Subject{Kind: "posting", ID: int64(id)}, a.Member, nil)
	})
	return err
}

// Shown is one line of what a trainee reads about who saw her.
type Shown = store.Shown

// LookShown shows a trainee which companies have seen her and for what, the latest first, a page at a time.
func (d *Desk) LookShown(ctx context.Context, a Actor, offset, limit int) (list []Shown, total int, err error) {
	if err := must(a, member.Trainee); err != nil {
		return nil, 0, err
	}
	return d.Store.Disclosures(ctx, a.Member, offset, limit)
}
