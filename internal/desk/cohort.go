package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// How much a page of each list shows.
const (
	CohortsOnPage = 20
	PeopleOnPage  = 50
)

// CreateCohort makes a cohort of the actor's center. Its courses are kept in the order in which they are taken.
func (d *Desk) CreateCohort(ctx context.Context, a Actor, c cohort.Cohort) (cohort.ID, error) {
	if err := must(a, member.Coordinator); err != nil {
		return 0, err
	}
	c = cleanCohort(c)
	c.Center = a.Center
	if err := cohort.Check(c, func(slug string) bool { return slug != course.PriorSlug && d.course[slug] != nil }, d.Printable); err != nil {
		return 0, err
	}
	c.Courses = slices.Clone(c.Courses)
	slices.SortStableFunc(c.Courses, func(x, y string) int { return cmp.Compare(d.course[x].Order, d.course[y].Order) })
	c.Courses = slices.Compact(c.Courses)
	return once(ctx, d, a, "cohort.created", func(ctx context.Context, now time.Time) (cohort.ID, error) {
		id, err := d.Store.AddCohort(ctx, c, now)
		if err != nil {
			return 0, err
		}
		return id, d.happened(ctx, a, now, "cohort.created", audit.Subject{Kind: "cohort", ID: int64(id)}, 0, map[string]any{"courses": c.Courses})
	})
}

// cleanCohort is c with its names as names are kept.
func cleanCohort(c cohort.Cohort) cohort.Cohort {
	c.Name = member.CleanName(c.Name)
	c.Title = course.Text{JA: member.CleanName(c.Title.JA), EN: member.CleanName(c.Title.EN)}
	return c
}

// ChangeCohort gives a cohort another name, other titles or other days. Its courses stay: people are in the middle of them.
// So do all certificates that were issued; while some are being made nothing changes, so that one day's papers all say the same.
func (d *Desk) ChangeCohort(ctx context.Context, a Actor, c cohort.Cohort) error {
	if err := must(a, member.Coordinator); err != nil {
		return err
	}
	_, err := once(ctx, d, a, "cohort.changed", func(ctx context.Context, now time.Time) (struct{}, error) {
		none := struct{}{}
		if err := d.Store.LockCohort(ctx, a.Center, c.ID); err != nil {
			return none, err
		}
		kept, err := d.Store.Cohort(ctx, a.Center, c.ID)
		if err != nil {
			return none, err
		}
		c := cleanCohort(c)
		c.Center, c.Courses = kept.Center, kept.Courses
		if err := cohort.Check(c, func(string) bool { return true }, d.Printable); err != nil {
			return none, err
		}
		if goesOn, err := d.Store.BatchGoesOn(ctx, c.ID); err != nil {
			return none, err
		} else if goesOn {
			return none, problem.Clash("cohort.being_issued")
		}
		if err := d.Store.ChangeCohort(ctx, c); err != nil {
			return none, err
		}
		return none, d.happened(ctx, a, now, "cohort.changed", audit.Subject{Kind: "cohort", ID: int64(c.ID)}, 0, map[string]any{"title": c.Title})
	})
	return err
}

// LookCohortForm shows what the form of a cohort begins with.
func (d *Desk) LookCohortForm(ctx context.Context, a Actor, id cohort.ID) (cohort.Cohort, error) {
	if err := must(a, member.Coordinator); err != nil {
		return cohort.Cohort{}, err
	}
	return d.Store.Cohort(ctx, a.Center, id)
}

// CohortRow is a line of the list of cohorts, with its funnel.
type CohortRow = store.CohortRow

// Cohorts is a page of a center's cohorts.
type Cohorts struct {
	Rows  []store.CohortRow
	Total int
	Size  int // on a page
}

// LookCohorts lists the cohorts of the actor's center, the newest first. page counts from 1; one too far is the last.
func (d *Desk) LookCohorts(ctx context.Context, a Actor, page int) (Cohorts, error) {
	if err := must(a, member.Coordinator); err != nil {
		return Cohorts{}, err
	}
	look := Cohorts{Size: CohortsOnPage}
	var err error
	if look.Total, err = d.Store.CountCohorts(ctx, a.Center); err != nil {
		return look, err
	}
	look.Rows, _, err = d.Store.Cohorts(ctx, a.Center, d.Now(), offset(page, look.Total, look.Size), look.Size)
	return look, err
}

// offset is where a page of a list of total things begins; a page too far is the last one.
func offset(page, total, size int) int {
	last := max(0, (total-1)/size)
	return min(max(page-1, 0), last) * size
}

// CohortLook is a cohort with a page of its members.
type CohortLook struct {
	cohort.Cohort
	Taught  []*course.Course // its courses; one that is no longer taught is left out
	Members []store.CohortMember
	All     int // members
	Found   int // of them, by what was looked for
	Size    int // on a page
}

// LookCohort shows a cohort of the actor's center; another center's does not exist. find looks in name, reading and address.
func (d *Desk) LookCohort(ctx context.Context, a Actor, id cohort.ID, find string, page int) (CohortLook, error) {
	if err := must(a, member.Coordinator); err != nil {
		return CohortLook{}, err
	}
	look := CohortLook{Size: PeopleOnPage}
	var err error
	if look.Cohort, err = d.Store.Cohort(ctx, a.Center, id); err != nil {
		return look, err
	}
	look.Taught = d.taught(look.Courses)
	if look.All, err = d.Store.CountEnrolled(ctx, id); err != nil {
		return look, err
	}
	start := offset(page, look.All, look.Size)
	look.Members, look.Found, err = d.Store.CohortMembers(ctx, id, find, start, look.Size)
	if err == nil && len(look.Members) == 0 && look.Found > 0 { // fewer were found than there are
		look.Members, _, err = d.Store.CohortMembers(ctx, id, find, offset(page, look.Found, look.Size), look.Size)
	}
	return look, err
}

func (d *Desk) taught(slugs []string) []*course.Course {
	var out []*course.Course
	for _, s := range slugs {
		if c := d.course[s]; c != nil {
			out = append(out, c)
		}
	}
	return out
}

// Courses are all courses a cohort can be given.
func (d *Desk) Courses() []*course.Course { return d.Catalog.Courses }
