package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// outline is what there was to do in an edition of a course. It is kept once by its hash, so that a course that changes
// later neither moves anybody's goal nor takes away what was reached.
type outline struct {
	Hash    string          `json:"-"`
	Course  string          `json:"course"`
	Edition string          `json:"edition"`
	Modules []outlineModule `json:"modules"`
}

type outlineModule struct {
	Slug  string   `json:"slug"`
	Items []string `json:"items"`
}

// outlineOf is what there is to do in a course. Of the portfolios nobody is asked any: their outline is empty, so that a run
// of them has no goal and is never complete.
func outlineOf(c *course.Course) outline {
	o := outline{Course: c.Slug, Edition: c.Edition}
	for _, m := range c.Modules {
		om := outlineModule{Slug: m.Slug}
		for _, it := range m.Items {
			if it.Ref.Prior() {
				break
			}
			om.Items = append(om.Items, it.Ref.Item)
		}
		o.Modules = append(o.Modules, om)
	}
	b, _ := json.Marshal(o) // strings alone: cannot fail
	h := sha256.Sum256(b)
	o.Hash = hex.EncodeToString(h[:])
	return o
}

// startRun finds somebody's run of a course or begins one in the course's edition.
func (d *Desk) startRun(ctx context.Context, c *course.Course, m member.ID, center member.CenterID, now time.Time) (cohort.CourseRun, error) {
	run, err := d.Store.Run(ctx, m, c.Slug)
	if err == nil || !problem.Is(err, problem.NotFound) {
		return run, err
	}
	o := d.outline[c.Slug]
	if err := d.Store.KeepText(ctx, o.Hash, "outline", o); err != nil {
		return cohort.CourseRun{}, err
	}
	v := cohort.CourseRun{Member: m, Center: center, Course: c.Slug, Edition: c.Edition, Outline: o.Hash, Started: now}
	modules := make([]cohort.ModuleProgress, len(o.Modules))
	for i, mod := range o.Modules {
		modules[i] = cohort.ModuleProgress{Module: mod.Slug, Total: len(mod.Items)}
		v.Total += len(mod.Items)
	}
	return d.Store.AddRun(ctx, v, modules)
}

// outlineOfRun is what there was to do when a run was begun. The course as taught today is the same where the hashes
// agree, which saves reading it.
func (d *Desk) outlineOfRun(ctx context.Context, run cohort.CourseRun) (outline, error) {
	if o, ok := d.outline[run.Course]; ok && o.Hash == run.Outline {
		return o, nil
	}
	var o outline // a fresh one: read into today's, it would be written over for everybody
	err := d.Store.Text(ctx, run.Outline, &o)
	o.Hash = run.Outline
	return o, err
}

// asksNothing tells of an outline that nobody can come to the end of.
func (o outline) asksNothing() bool {
	return !slices.ContainsFunc(o.Modules, func(m outlineModule) bool { return len(m.Items) > 0 })
}

func (o outline) has(r course.Ref) bool {
	return slices.ContainsFunc(o.Modules, func(m outlineModule) bool { return m.Slug == r.Module && slices.Contains(m.Items, r.Item) })
}

// markDone keeps that an item of a run is done; first is false if it was before. What was added to the course after the
// run was begun is kept too, but moves no figure: else it would stand in for something that was there.
func (d *Desk) markDone(ctx context.Context, run cohort.CourseRun, r course.Ref, now time.Time) (first bool, err error) {
	o, err := d.outlineOfRun(ctx, run)
	if err != nil {
		return false, err
	}
	return d.Store.MarkDone(ctx, run, r, o.has(r), now)
}

// finish completes a run if everything its outline asks is done. An item that is no longer taught does not stand in the
// way, unless the course as a whole was withdrawn: nobody is given what she has not done.
func (d *Desk) finish(ctx context.Context, run cohort.CourseRun, now time.Time) (completed bool, err error) {
	if !run.Completed.IsZero() {
		return false, nil
	}
	o, err := d.outlineOfRun(ctx, run)
	if err != nil || o.asksNothing() {
		return false, err
	}
	today, ok := d.outline[run.Course]
	if ok && o.Hash == today.Hash && run.Done+1 < run.Total {
		return false, nil // run is as it was before this deed, and a deed does one item
	}
	done, err := d.Store.DoneItems(ctx, run.ID)
	if err != nil {
		return false, err
	}
	for _, m := range o.Modules {
		for _, item := range m.Items {
			asked := !ok || today.has(course.Ref{Course: run.Course, Module: m.Slug, Item: item})
			if _, yes := done[m.Slug+"/"+item]; !yes && asked {
				return false, nil
			}
		}
	}
	return d.Store.Complete(ctx, run.ID, now)
}

// item finds what is taught at an address.
func (d *Desk) item(r course.Ref, kind course.Kind) (*course.Course, *course.Item, error) {
	c := d.course[r.Course]
	if c == nil {
		return nil, nil, problem.Missing("course.missing")
	}
	it := c.Item(r.Module, r.Item)
	if it == nil || kind != "" && it.Kind != kind {
		return nil, nil, problem.Missing("course.missing")
	}
	return c, it, nil
}
