package desk

import (
	"context"
	"iter"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// ProgressSort is a column the progress table can be sorted by.
type ProgressSort = store.ProgressSort

// The columns.
const (
	ByName     = store.ByName
	ByProgress = store.ByProgress
	ByActivity = store.ByActivity
)

// ProgressOrder is what the progress table is sorted by.
type ProgressOrder struct {
	By   ProgressSort
	Down bool // the largest, latest or last first
}

// ProgressRow is somebody's line in the progress table.
type ProgressRow struct {
	store.ProgressRow
	Permille int
	Cells    []ProgressCell // one for each column
	Why      cohort.Reason  // she needs help; empty if not
	Since    time.Time
}

// ProgressCell is how somebody stands in a module.
type ProgressCell struct {
	State       cohort.State
	Done, Total int
	Waiting     int // pieces with a mentor
	Returned    int // pieces to mend
}

// ProgressColumn is a module of one of the cohort's courses.
type ProgressColumn struct {
	Course *course.Course
	Module *course.Module
	N      int // of the module in its course, from 1
	Sum    store.ProgressSum
}

// Progress is a page of a cohort's progress table: trainee by module. The sums below it are of the whole cohort.
type Progress struct {
	cohort.Cohort
	Taught  []*course.Course
	Columns []ProgressColumn
	Rows    []ProgressRow
	Order   ProgressOrder
	Total   int // members of the cohort
	Size    int // on a page
}

// LookProgress shows a page of the progress table of a cohort of the actor's center; another center's does not exist. It
// costs the same queries however many members and modules there are.
func (d *Desk) LookProgress(ctx context.Context, a Actor, id cohort.ID, o ProgressOrder, page int) (Progress, error) {
	p, err := d.progressFrame(ctx, a, id, o)
	if err != nil {
		return p, err
	}
	if p.Total, err = d.Store.CountEnrolled(ctx, id); err != nil {
		return p, err
	}
	sums, err := d.Store.ProgressSums(ctx, id)
	if err != nil {
		return p, err
	}
	for i := range p.Columns {
		for _, s := range sums {
			if s.Course == p.Columns[i].Course.Slug && s.Module == p.Columns[i].Module.Slug {
				p.Columns[i].Sum = s
			}
		}
	}
	p.Rows, _, err = d.progressRows(ctx, p, offset(page, p.Total, p.Size), p.Size)
	return p, err
}

// ExportProgress gives the table's frame and all its rows in order, a few hundred at a time, so that a large cohort is
// never held whole. An error ends the rows.
func (d *Desk) ExportProgress(ctx context.Context, a Actor, id cohort.ID, o ProgressOrder) (Progress, iter.Seq2[ProgressRow, error], error) {
	p, err := d.progressFrame(ctx, a, id, o)
	if err != nil {
		return p, nil, err
	}
	const batch = 500
	return p, func(yield func(ProgressRow, error) bool) {
		for start, more := 0, true; more; start += batch {
			var rows []ProgressRow
			var err error
			if rows, more, err = d.progressRows(ctx, p, start, batch); err != nil {
				yield(ProgressRow{}, err)
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}
	}, nil
}

func (d *Desk) progressFrame(ctx context.Context, a Actor, id cohort.ID, o ProgressOrder) (Progress, error) {
	if err := must(a, member.Coordinator); err != nil {
		return Progress{}, err
	}
	p := Progress{Order: o, Size: PeopleOnPage}
	var err error
	if p.Cohort, err = d.Store.Cohort(ctx, a.Center, id); err != nil {
		return p, err
	}
	p.Taught = d.taught(p.Courses)
	for _, c := range p.Taught {
		for i, m := range c.Modules {
			p.Columns = append(p.Columns, ProgressColumn{Course: c, Module: m, N: i + 1})
		}
	}
	return p, nil
}

// progressRows reads some lines of the table: three queries however many they are.
func (d *Desk) progressRows(ctx context.Context, p Progress, start, limit int) (rows []ProgressRow, more bool, err error) {
	people, more, err := d.Store.Progress(ctx, p.ID, p.Order.By, p.Order.Down, start, limit)
	if err != nil {
		return nil, false, err
	}
	ids := make([]member.ID, len(people))
	for i, r := range people {
		ids[i] = r.Member
	}
	cells, err := d.Store.ProgressCells(ctx, ids, p.Courses)
	if err != nil {
		return nil, false, err
	}
	type place struct {
		member         member.ID
		course, module string
	}
	at := make(map[place]cohort.ModuleProgress, len(cells))
	for _, c := range cells { // of two editions the newer one comes later and counts
		at[place{c.Member, c.Course, c.Module}] = c.ModuleProgress
	}
	signs, err := d.Store.SignsOf(ctx, p.ID, ids)
	if err != nil {
		return nil, false, err
	}
	now := d.Now()
	rows = make([]ProgressRow, len(people))
	for i, r := range people {
		row := ProgressRow{ProgressRow: r, Permille: cohort.Permille(r.Done, r.Total), Cells: make([]ProgressCell, len(p.Columns))}
		for j, c := range p.Columns {
			m := at[place{r.Member, c.Course.Slug, c.Module.Slug}]
			row.Cells[j] = ProgressCell{m.State(), m.Done, m.Total, m.Waiting, m.Returned}
		}
		row.Why, row.Since, _ = cohort.Attention(signs[r.Member].Signs, now)
		rows[i] = row
	}
	return rows, more, nil
}
