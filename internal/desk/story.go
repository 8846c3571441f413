package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/store"
)

// Story is all that a center knows of one of its people, for those who look after her.
type Story struct {
	member.Member
	Roles     []member.Role // in the center
	Pending   bool          // has not taken up her invitation or first code
	Active    time.Time     // when she last did something in a course; zero: never
	Cohorts   []store.MemberCohort
	Courses   []StoryCourse
	Pieces    []StoryPiece
	Held      []store.Held // certificates
	Readiness []ReadyLine
	Events    []StoryEvent // the newest first
	Before    int64        // where older events go on; 0 if there are none
	MayHelp   bool         // the looker may invite again and hand out a code
	MayErase  bool         // the looker may ask for her to be forgotten
	MayResend bool         // the looker may send a passed piece to a second look
}

// StoryCourse is a course she takes, with how far she has come in each module.
type StoryCourse struct {
	cohort.CourseRun
	Course  *course.Course // nil if it is no longer taught
	Modules []StoryModule
}

// StoryModule is one module of it.
type StoryModule struct {
	Module *course.Module
	cohort.ModuleProgress
}

// StoryPiece is a piece of her work.
type StoryPiece struct {
	practice.Submission
	Title  course.Text
	Course string // its code
}

// StoryEvent is an event with the title of what it was about.
type StoryEvent struct {
	store.TrailRow
	Title course.Text // empty if it was not about an item or a course
}

// LookStory shows somebody of the actor's center to her coordinators, mentors and administrators. before is where the page
// of events before ended; 0 begins with the newest. To another center she does not exist.
func (d *Desk) LookStory(ctx context.Context, a Actor, id member.ID, before int64) (Story, error) {
	if err := must(a, member.Coordinator, member.Mentor, member.Admin); err != nil {
		return Story{}, err
	}
	person, err := d.colleague(ctx, a, id)
	if err != nil {
		return Story{}, err
	}
	s := Story{Member: person, MayResend: a.Is(member.Mentor, member.Coordinator)}
	for _, m := range person.Memberships {
		if m.Center == a.Center {
			s.Roles = append(s.Roles, m.Role)
		}
	}
	password, err := d.Store.Password(ctx, id)
	if err != nil {
		return s, err
	}
	s.Pending, s.MayHelp = password == "", !person.Disabled && a.Is(member.Coordinator, member.Admin)
	s.MayErase = a.Is(member.Coordinator, member.Admin) && mayErase(a, person) == nil
	if s.Cohorts, err = d.Store.CohortsOf(ctx, a.Center, id); err != nil {
		return s, err
	}
	if err := d.storyWork(ctx, a, &s); err != nil {
		return s, err
	}
	held, err := d.Store.Certificates(ctx, id)
	if err != nil {
		return s, err
	}
	s.Held = slices.DeleteFunc(held, func(h store.Held) bool { return h.Center != a.Center })
	s.Events, s.Before, err = d.storyEvents(ctx, a, id, before)
	return s, err
}

// storyWork gathers her courses, her pieces and how she stands to every job type.
func (d *Desk) storyWork(ctx context.Context, a Actor, s *Story) error {
	if !slices.Contains(s.Roles, member.Trainee) {
		return nil
	}
	facts, err := d.nextFacts(ctx, Actor{Member: s.ID, Center: a.Center})
	if err != nil {
		return err
	}
	s.Readiness = facts.readiness
	for _, v := range facts.submissions {
		if v.Center == a.Center && v.Attempts > 0 {
			p := StoryPiece{Submission: v, Title: d.piece(v, nil).Title}
			if c := d.course[v.Ref.Course]; c != nil {
				p.Course = c.Code
			}
			s.Pieces = append(s.Pieces, p)
		}
	}
	runs, err := d.Store.Runs(ctx, s.ID)
	if err != nil {
		return err
	}
	runs = slices.DeleteFunc(runs, func(r cohort.CourseRun) bool { return r.Center != a.Center })
	ids := make([]course.RunID, len(runs))
	for i, r := range runs {
		ids[i] = r.ID
	}
	modules, err := d.Store.Modules(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Course != course.PriorSlug { // of portfolios only the pieces tell something
			s.Courses = append(s.Courses, d.storyCourse(r, modules))
		}
		if r.LastActivity.After(s.Active) {
			s.Active = r.LastActivity
		}
	}
	return nil
}

func (d *Desk) storyCourse(r cohort.CourseRun, modules []cohort.ModuleProgress) StoryCourse {
	out := StoryCourse{CourseRun: r, Course: d.course[r.Course]}
	if out.Course == nil {
		return out
	}
	for _, m := range out.Course.Modules {
		for _, p := range modules {
			if p.Run == r.ID && p.Module == m.Slug {
				out.Modules = append(out.Modules, StoryModule{m, p})
			}
		}
	}
	return out
}

// storyEvents are a page of what concerned her in the center, the newest first.
func (d *Desk) storyEvents(ctx context.Context, a Actor, id member.ID, before int64) (events []StoryEvent, next int64, err error) {
	rows, err := d.Store.Trail(ctx, store.TrailFilter{Center: a.Center, About: id, Before: before, Limit: EventsOnPage + 1})
	if err != nil {
		return nil, 0, err
	}
	if len(rows) > EventsOnPage {
		rows = rows[:EventsOnPage]
		next = rows[EventsOnPage-1].ID
	}
	for _, r := range rows {
		events = append(events, StoryEvent{r, d.eventTitle(r.Data)})
	}
	return events, next, nil
}

// eventTitle is the title of the item or course an event names.
func (d *Desk) eventTitle(data map[string]any) course.Text {
	if path, ok := data["item"].(string); ok {
		parts := strings.Split(strings.TrimPrefix(path, "/courses/"), "/")
		if len(parts) == 3 {
			if it := d.Catalog.Item(course.Ref{Course: parts[0], Module: parts[1], Item: parts[2]}); it != nil {
				return it.Title
			}
		}
	}
	if slug, ok := data["course"].(string); ok {
		if c := d.course[slug]; c != nil {
			return c.Title
		}
	}
	return course.Text{}
}
