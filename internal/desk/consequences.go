package desk

import (
	"context"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// Followed is what a deed brought about beyond itself, to be told at once.
type Followed struct {
	Awards       []GotAward       `json:"awards,omitempty"`
	Completed    string           `json:"completed,omitempty"` // course slug
	Certificates []GotCertificate `json:"certificates,omitempty"`
	Ready        []GotReady       `json:"ready,omitempty"`
}

// GotAward is a new award.
type GotAward struct {
	Skill skill.ID    `json:"skill"`
	Level skill.Level `json:"level"`
}

// GotCertificate is a new certificate.
type GotCertificate struct {
	Number  certificate.Number `json:"number"`
	Kind    certificate.Kind   `json:"kind"`
	Subject string             `json:"course"`
}

// GotReady is a job type somebody has just become ready for.
type GotReady struct {
	JobType readiness.JobType `json:"job_type"`
}

// follow draws the consequences of what somebody did in a run: the same after a lesson, a quiz and an assessment. The
// member's row must be locked, so that two deeds on one person cannot both miss the last piece.
func (d *Desk) follow(ctx context.Context, center member.CenterID, run cohort.CourseRun, now time.Time, why cause) (Followed, error) {
	var f Followed
	completed, err := d.finish(ctx, run, now)
	if err != nil {
		return f, err
	}
	if completed {
		f.Completed = run.Course
	}
	if why == lessonRead || why == quizAnswered { // a mentor's work does not make the trainee less silent
		if err := d.Store.Touch(ctx, run, now); err != nil {
			return f, err
		}
	}
	if completed {
		if err := d.Store.CountEnrolments(ctx, run.Member); err != nil {
			return f, err
		}
		if f.Certificates, err = d.grant(ctx, run.Member, now); err != nil {
			return f, err
		}
	}
	if (why == lessonRead || why == lessonReread) && !completed {
		return f, nil // no criterion speaks of a single lesson
	}
	if why == pieceJudged {
		skills, err := d.grantSkills(ctx, center, run.Member, now)
		if err != nil {
			return f, err
		}
		f.Certificates = append(f.Certificates, skills...)
	}
	f.Ready, err = d.judgeReadiness(ctx, center, run.Member, now)
	return f, err
}

// cause is what consequences are drawn from.
type cause int

const (
	lessonRead cause = iota
	lessonReread
	quizAnswered
	pieceJudged
)

// judgeReadiness judges somebody for every job type and keeps what changed.
func (d *Desk) judgeReadiness(ctx context.Context, center member.CenterID, m member.ID, now time.Time) ([]GotReady, error) {
	st, err := d.standing(ctx, m, nil)
	if err != nil {
		return nil, err
	}
	var out []GotReady
	for _, b := range d.Bars {
		r := readiness.Judge(b, d.facts(b, st), now)
		was, known := st.kept[b.JobType]
		if known && was.Readiness.Same(r) {
			continue
		}
		k := store.KeptReadiness{Readiness: r, Member: m, Judged: now}
		wasReady := known && was.At(now).Ready
		if r.Ready {
			k.Since = now
			if wasReady {
				k.Since = was.Since
			}
		}
		if err := d.Store.KeepReadiness(ctx, center, k); err != nil {
			return nil, err
		}
		if r.Ready && !wasReady {
			out = append(out, GotReady{b.JobType})
		}
	}
	return out, nil
}

// standing is all that somebody's readiness for any job type is judged from.
type standing struct {
	person member.Member
	record skill.Record
	runs   map[string]cohort.CourseRun               // by course, the newest edition of each
	best   map[string]map[string]store.QuizBest      // by base course, then by "module/item"
	kept   map[readiness.JobType]store.KeptReadiness // as it was last judged
}

// standing gathers it: each thing is read once, however many job types there are. runs may be given where they are known.
func (d *Desk) standing(ctx context.Context, m member.ID, runs map[string]cohort.CourseRun) (standing, error) {
	st := standing{runs: runs, best: map[string]map[string]store.QuizBest{}}
	var err error
	if st.person, err = d.Store.Member(ctx, m); err != nil {
		return st, err
	}
	if st.record, err = d.Store.Record(ctx, m); err != nil {
		return st, err
	}
	if st.kept, err = d.Store.ReadinessOf(ctx, m); err != nil {
		return st, err
	}
	if runs == nil {
		list, err := d.Store.Runs(ctx, m)
		if err != nil {
			return st, err
		}
		st.runs = newest(list)
	}
	for _, b := range d.Bars {
		if st.best[b.Base] != nil || d.course[b.Base] == nil {
			continue
		}
		if st.best[b.Base], err = d.Store.QuizBest(ctx, st.runs[b.Base].ID); err != nil {
			return st, err
		}
	}
	return st, nil
}

// newest are somebody's runs by course: of two editions the one begun later.
func newest(list []cohort.CourseRun) map[string]cohort.CourseRun {
	runs := make(map[string]cohort.CourseRun, len(list))
	for _, r := range list {
		runs[r.Course] = r
	}
	return runs
}

// facts are what readiness for one job type is judged from.
func (d *Desk) facts(b readiness.Bar, st standing) readiness.Facts {
	f := readiness.Facts{Record: st.record, Hours: st.person.Hours, Consent: st.person.Consent.Sharing(), QuizBest: map[string]int{}}
	base := d.course[b.Base]
	if base == nil {
		return f
	}
	f.BaseComplete = st.runs[b.Base].Completed
	best := st.best[b.Base]
	for _, it := range base.Items() {
		key := it.Ref.Module + "/" + it.Ref.Item
		if it.Kind == course.KindQuiz && !addedLater(f.BaseComplete, best[key], it.Quiz.PassPercent) {
			f.QuizBest[key] = best[key].Percent
		}
	}
	return f
}

// addedLater tells of a quiz of a course whether it was added after somebody completed it: she passed every one there was.
// It then asks nothing of her, tried or not, so that editing a course makes nobody unready.
func addedLater(completed time.Time, best store.QuizBest, pass int) bool {
	return !completed.IsZero() && best.Percent < pass
}

// otherMentor is whom a piece should not go to first: the one mentor who has judged a skill for somebody, where another
// mentor's eye on this piece would complete what a job type asks (R3), or on a portfolio what the skill's certificate asks.
// Zero if anybody will do.
func (d *Desk) otherMentor(record skill.Record, it *course.Item, piece practice.SubmissionID) member.ID {
	for _, row := range it.Assignment.Rubric.Rows {
		for _, b := range d.Bars {
			if m := readiness.Avoid(b, record, row.Skill, row.Proves, int64(piece)); m != 0 {
				return m
			}
		}
	}
	if of := it.Portfolio; of.N > 0 {
		return certificate.Avoid(record, of.Skill, it.Proves(of.Skill), int64(piece))
	}
	return 0
}
