package desk

import (
	"context"
	"slices"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

// ReadyLine is a job type with how somebody stands to it and the shortest way there.
type ReadyLine struct {
	Bar       readiness.Bar
	Readiness readiness.Readiness // as it stands now
	Since     time.Time           // ready since
	Way       Way
}

// Way is the shortest way to a job type: what is left to do, and the minutes it takes by the course's own reckoning.
type Way struct {
	Items       []*course.Item
	Minutes     int
	Lessons     int
	Quizzes     int
	Assignments int
	SecondLook  []practice.SubmissionID // passed pieces another mentor could look at
}

// readyLines judges somebody for every job type as of now, from facts already gathered.
func (d *Desk) readyLines(st standing, f nextFacts) []ReadyLine {
	var out []ReadyLine
	for _, b := range d.Bars {
		r := readiness.Judge(b, d.facts(b, st), f.now)
		out = append(out, ReadyLine{b, r, st.kept[b.JobType].Since, d.way(b, r, st.record, f)})
	}
	return out
}

// way adds up what is left: the items of the base course, quizzes below the bar, and for each skill the quickest
// assignments that prove it.
func (d *Desk) way(b readiness.Bar, r readiness.Readiness, record skill.Record, f nextFacts) Way {
	var w Way
	done := func(ref course.Ref) bool {
		for _, c := range f.courses {
			if c.course.Slug == ref.Course {
				_, ok := c.done[ref.Module+"/"+ref.Item]
				return ok
			}
		}
		return false
	}
	for _, m := range r.Missing {
		switch m.Key {
		case "base":
			if c := d.course[b.Base]; c != nil {
				for _, it := range c.Items() {
					if !done(it.Ref) {
						w.add(it)
					}
				}
			}
		case "quiz":
			for _, it := range d.course[b.Base].Items() {
				if it.Ref.Module+"/"+it.Ref.Item == m.Quiz {
					w.add(it)
				}
			}
		case "pieces", "old":
			d.wayToPieces(&w, b, m, done)
		case "assessors":
			for _, a := range record.Of(m.Skill, skill.Alone) {
				if id := practice.SubmissionID(a.Evidence.Piece); !slices.Contains(w.SecondLook, id) {
					w.SecondLook = append(w.SecondLook, id)
				}
			}
		}
	}
	return w
}

// wayToPieces adds the quickest assignments that prove a skill and are not passed, counting those already on the way.
func (d *Desk) wayToPieces(w *Way, b readiness.Bar, m readiness.Missing, done func(course.Ref) bool) {
	i := slices.IndexFunc(b.Requires, func(q readiness.Requirement) bool { return q.Skill == m.Skill })
	if i < 0 {
		return
	}
	var could []*course.Item
	need := m.Need
	for _, c := range d.Catalog.Courses {
		for _, it := range c.Items() {
			if it.Kind != course.KindAssignment || done(it.Ref) || !proves(it.Assignment.Rubric, b.Requires[i]) {
				continue
			}
			if slices.Contains(w.Items, it) {
				need--
				continue
			}
			could = append(could, it)
		}
	}
	slices.SortStableFunc(could, func(x, y *course.Item) int { return x.Minutes - y.Minutes })
	for _, it := range could[:min(max(need, 0), len(could))] {
		w.add(it)
	}
}

func proves(r course.Rubric, q readiness.Requirement) bool {
	return slices.ContainsFunc(r.Rows, func(c course.Criterion) bool { return c.Skill == q.Skill && c.Proves >= q.Level })
}

func (w *Way) add(it *course.Item) {
	if slices.Contains(w.Items, it) {
		return
	}
	w.Items, w.Minutes = append(w.Items, it), w.Minutes+it.Minutes
	switch it.Kind {
	case course.KindLesson:
		w.Lessons++
	case course.KindQuiz:
		w.Quizzes++
	case course.KindAssignment:
		w.Assignments++
	}
}

// ReadinessPage is what a trainee reads about every job type.
type ReadinessPage struct {
	Lines    []ReadyLine
	OpenJobs map[readiness.JobType]int
	Pieces   []Piece // passed pieces a second mentor could look at, or is looking at
}

// LookReadiness shows a trainee how she stands to every job type, what is missing, and the shortest way.
func (d *Desk) LookReadiness(ctx context.Context, a Actor) (ReadinessPage, error) {
	if err := must(a, member.Trainee); err != nil {
		return ReadinessPage{}, err
	}
	f, err := d.nextFacts(ctx, a)
	if err != nil {
		return ReadinessPage{}, err
	}
	p := ReadinessPage{Lines: f.readiness}
	for _, l := range f.readiness {
		for _, s := range f.submissions {
			if slices.Contains(l.Way.SecondLook, s.ID) && !slices.ContainsFunc(p.Pieces, func(o Piece) bool { return o.ID == s.ID }) {
				p.Pieces = append(p.Pieces, d.piece(s, nil))
			}
		}
	}
	p.OpenJobs, err = d.openJobs(ctx, a.Center)
	return p, err
}
