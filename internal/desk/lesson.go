package desk

import (
	"context"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/course"
	"tenarai/internal/member"
)

// MarkLessonDone keeps that a trainee has read a lesson. Doing it again changes nothing.
func (d *Desk) MarkLessonDone(ctx context.Context, a Actor, r course.Ref) (Followed, error) {
	if err := must(a, member.Trainee); err != nil {
		return Followed{}, err
	}
	c, _, err := d.item(r, course.KindLesson)
	if err != nil {
		return Followed{}, err
	}
	return once(ctx, d, a, "lesson.read", func(ctx context.Context, now time.Time) (Followed, error) {
		if err := d.Store.LockMember(ctx, a.Member); err != nil {
			return Followed{}, err
		}
		run, err := d.startRun(ctx, c, a.Member, a.Center, now)
		if err != nil {
			return Followed{}, err
		}
		first, err := d.markDone(ctx, run, r, now)
		if err != nil {
			return Followed{}, err
		}
		if !first {
			// What was left besides it may no longer be taught: then this is how she completes the course.
			return d.follow(ctx, a.Center, run, now, lessonReread)
		}
		followed, err := d.follow(ctx, a.Center, run, now, lessonRead)
		if err != nil {
			return Followed{}, err
		}
		return followed, d.happened(ctx, a, now, "lesson.read", audit.Subject{Kind: "run", ID: int64(run.ID)}, a.Member, map[string]any{"item": r.Path()})
	})
}
