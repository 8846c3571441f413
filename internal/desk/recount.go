package desk

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// Difference is a stored figure that does not follow from the facts.
type Difference = store.Difference

// Recount derives every stored figure anew from the facts and lists what differs: totals, counters, completion and last
// activity of runs and enrolments, turns of submissions, awards, certificates that are due, readiness. With fix it also
// writes what it found, all in one transaction, and draws the consequences of what turns out to be complete; what it cannot
// mend stays marked as not fixed. It asks a bounded number of queries per figure, so ten thousand people take seconds.
func (d *Desk) Recount(ctx context.Context, fix bool) (found []Difference, err error) {
	if !fix {
		return d.recount(ctx, false, d.Now())
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		found, err = d.recount(ctx, true, now)
		return err
	})
	return found, err
}

// recount goes from the facts upward, so that with fix every figure is judged by figures already mended.
func (d *Desk) recount(ctx context.Context, fix bool, now time.Time) ([]Difference, error) {
	var out []Difference
	for _, part := range []func(context.Context, bool, time.Time) ([]Difference, error){
		d.recountOutlines,
		func(ctx context.Context, fix bool, _ time.Time) ([]Difference, error) {
			return d.Store.Recount(ctx, fix)
		},
		d.recountGrants,
		d.recountSkills,
		d.recountReadiness,
	} {
		found, err := part(ctx, fix, now)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// recountOutlines compares totals and completion of the runs with the outlines they follow.
func (d *Desk) recountOutlines(ctx context.Context, fix bool, _ time.Time) ([]Difference, error) {
	hashes, err := d.Store.Outlines(ctx)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, hash := range hashes {
		var o outline
		if err := d.Store.Text(ctx, hash, &o); err != nil {
			return nil, err
		}
		modules, items := map[string]int{}, []string{}
		for _, m := range o.Modules {
			modules[m.Slug] = len(m.Items)
			for _, item := range m.Items {
				if d.Catalog.Item(course.Ref{Course: o.Course, Module: m.Slug, Item: item}) != nil {
					items = append(items, m.Slug+"/"+item) // what is no longer taught stands in nobody's way
				}
			}
		}
		totals, err := d.Store.RecountTotals(ctx, hash, modules, fix)
		if err != nil {
			return nil, err
		}
		completed, err := d.recountCompleted(ctx, hash, items, fix)
		if err != nil {
			return nil, err
		}
		out = append(append(out, totals...), completed...)
	}
	return out, nil
}

func (d *Desk) recountCompleted(ctx context.Context, hash string, items []string, fix bool) ([]Difference, error) {
	runs, err := d.Store.Incomplete(ctx, hash, items)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, r := range runs {
		if fix {
			if err := d.Store.SetCompleted(ctx, r.Run, r.Last); err != nil {
				return nil, err
			}
		}
		out = append(out, Difference{
			Figure: "run.completed_at", ID: int64(r.Run), Part: r.Course, Member: r.Member, Kept: millis(r.Completed), Facts: millis(r.Last), Fixed: fix,
		})
	}
	return out, nil
}

// millis is a time as it is kept.
func millis(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// recountGrants finds completed courses for which nothing was granted, and grants it.
func (d *Desk) recountGrants(ctx context.Context, fix bool, now time.Time) ([]Difference, error) {
	runs, err := d.Store.Ungranted(ctx)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, r := range runs {
		if fix {
			if err := d.Store.LockMember(ctx, r.Member); err != nil {
				return nil, err
			}
			if _, err := d.grant(ctx, r.Member, now); err != nil {
				return nil, err
			}
		}
		out = append(out, Difference{Figure: "certificate.due", ID: int64(r.Run), Part: r.Course, Member: r.Member, Kept: "0", Facts: "1", Fixed: fix})
	}
	return out, nil
}

// recountSkills finds skill certificates that are due and were never granted, and grants them.
func (d *Desk) recountSkills(ctx context.Context, fix bool, now time.Time) ([]Difference, error) {
	people := map[member.ID][]store.Earned{}
	for level := skill.Alone; level <= skill.Checks; level++ {
		list, err := d.Store.Certifiable(ctx, level, certificate.SkillPieces, certificate.SkillAssessors)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			people[e.Member] = append(people[e.Member], e)
		}
	}
	var out []Difference
	for _, m := range slices.Sorted(maps.Keys(people)) {
		found, err := d.recountEarned(ctx, m, people[m], fix, now)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// recountEarned looks at one person's. What was only not renewed is no difference and stays as it is: new evidence or its
// holder does that.
func (d *Desk) recountEarned(ctx context.Context, m member.ID, earned []store.Earned, fix bool, now time.Time) ([]Difference, error) {
	if fix {
		if err := d.Store.LockMember(ctx, m); err != nil {
			return nil, err
		}
	}
	record, err := d.Store.Record(ctx, m)
	if err != nil {
		return nil, err
	}
	held, err := d.Store.Certificates(ctx, m)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, due := range certificate.DueSkills(m, 0, record, current(held, now), now) {
		i := slices.IndexFunc(earned, func(e store.Earned) bool { return string(e.Skill) == due.Grant.Subject && e.Level == due.Level })
		if i < 0 {
			continue
		}
		due.Grant.Center = earned[i].Center
		if fix {
			if _, err := d.grantSkill(ctx, due, record, now); err != nil {
				return nil, err
			}
		}
		part := due.Grant.Subject + " " + due.Grant.Edition
		out = append(out, Difference{Figure: "certificate.due", Part: part, Member: m, Kept: "0", Facts: "1", Fixed: fix})
	}
	return out, nil
}

// recountReadiness judges every kept flag anew, as of the time it was judged: facts that came later without changing the
// judgement changed nothing then, and what has lapsed since lapsed by itself.
func (d *Desk) recountReadiness(ctx context.Context, fix bool, now time.Time) ([]Difference, error) {
	const batch = 500
	var out []Difference
	for _, b := range d.Bars {
		for after := member.ID(0); ; {
			kept, err := d.Store.JudgedAfter(ctx, b.JobType, b.Base, after, batch)
			if err != nil {
				return nil, err
			}
			found, err := d.recountJudged(ctx, b, kept, fix, now)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
			if len(kept) < batch {
				break
			}
			after = kept[len(kept)-1].Member
		}
	}
	return out, nil
}

func (d *Desk) recountJudged(ctx context.Context, b readiness.Bar, kept []store.Judged, fix bool, now time.Time) ([]Difference, error) {
	ids := make([]member.ID, len(kept))
	for i, k := range kept {
		ids[i] = k.Member
	}
	records, err := d.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, k := range kept {
		f := readiness.Facts{BaseComplete: k.Base, QuizBest: map[string]int{}, Record: records[k.Member], Hours: k.Hours, Consent: k.Consent}
		if base := d.course[b.Base]; base != nil {
			for _, it := range base.Items() {
				quiz := it.Ref.Module + "/" + it.Ref.Item
				if it.Kind == course.KindQuiz && !addedLater(k.Base, k.Quizzes[quiz], it.Quiz.PassPercent) {
					f.QuizBest[quiz] = k.Quizzes[quiz].Percent
				}
			}
		}
		r := readiness.Judge(b, f, k.Judged)
		if k.Readiness.Same(r) {
			continue
		}
		if fix {
			if err := d.Store.LockMember(ctx, k.Member); err != nil {
				return nil, err
			}
			if _, err := d.judgeReadiness(ctx, k.Center, k.Member, now); err != nil {
				return nil, err
			}
		}
		out = append(out, Difference{
			Figure: "readiness", Part: string(b.JobType), Member: k.Member, Kept: inShort(k.Readiness), Facts: inShort(r), Fixed: fix,
		})
	}
	return out, nil
}

// inShort is a judgement in one word for a report.
func inShort(r readiness.Readiness) string {
	if r.Ready {
		return "ready until " + millis(r.Until)
	}
	return strconv.Itoa(len(r.Missing)) + " missing"
}
