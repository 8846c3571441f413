package desk_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
	"tenarai/internal/store/storetest"
)

// jobTown is a center with two mentors, two companies and a producer, another center, and a course whose two pieces prove
// what the one job type asks.
type jobTown struct {
	*testing.T
	*desk.Desk
	ctx                      context.Context
	clock                    time.Time
	queries                  int
	mentors                  []desk.Actor
	company, rival           desk.Actor
	producer, stranger       desk.Actor // stranger: a producer of the other center
	center, elsewhere        member.CenterID
	ownCompany, rivalCompany member.CompanyID
}

func jobTowns(t *testing.T, test func(w *jobTown)) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		w := &jobTown{T: t, ctx: context.Background(), clock: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}
		s, err := store.Open(w.ctx, dsn, store.Options{Count: func(string) { w.queries++ }})
		w.must(err)
		t.Cleanup(func() { _ = s.Close() })
		w.must(s.Migrate(w.ctx))
		folder, err := files.Open(t.TempDir())
		w.must(err)
		w.Desk = desk.New(desk.Config{
			Store: s, Files: folder, Catalog: jobCatalog(), Now: func() time.Time { return w.clock }, Random: rand.NewChaCha8([32]byte{1}),
			Bars: []readiness.Bar{{
				JobType: "data-entry", Title: skill.Text{JA: "データ入力"}, Base: "base", QuizPercent: 80,
				Requires: []readiness.Requirement{{Skill: "OFF-03", Level: skill.Alone}},
				Pieces:   2, Assessors: 2, WithinMonths: 12, HoursFreshDays: 30, Consent: true,
			}},
		})
		w.people()
		test(w)
	})
}

func jobCatalog() *course.Catalog {
	c := &course.Course{Slug: "base", Edition: "1", Title: skill.Text{JA: "入門"}, Modules: []*course.Module{{Slug: "m"}}}
	m := c.Modules[0]
	m.Items = append(m.Items, &course.Item{Ref: course.Ref{Course: "base", Module: "m", Item: "l"}, Kind: course.KindLesson, Minutes: 5, Lesson: &course.Lesson{}})
	for _, name := range []string{"a1", "a2"} {
		m.Items = append(m.Items, &course.Item{
			Ref: course.Ref{Course: "base", Module: "m", Item: name}, Kind: course.KindAssignment, Title: skill.Text{JA: "台帳の入力 " + name}, Minutes: 30,
			Assignment: &course.Assignment{Hash: "hash-" + name, Deliver: course.Deliver{Text: true, TextMax: 500}, Rubric: course.Rubric{
				Hash: "rubric-" + name, MinTotalPercent: 65, NoZero: true, Rows: []course.Criterion{{
					ID: "accuracy", Star: true, Skill: "OFF-03", Proves: skill.Alone, Title: skill.Text{JA: "正確さ"},
					Levels: [4]course.Text{{JA: "だめ"}, {JA: "惜しい"}, {JA: "仕様どおり"}, {JA: "ひとつも誤りがない"}},
				}},
			}},
		})
	}
	return &course.Catalog{Courses: []*course.Course{c}, Skills: []skill.Skill{{
		ID: "OFF-03", Title: skill.Text{JA: "データ入力"}, Levels: [4]skill.Text{{}, {JA: "手本を見て"}, {JA: "一人で"}, {JA: "人のを見る"}},
	}}}
}

func (w *jobTown) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *jobTown) refused(what string, err error, kind problem.Kind, key string) {
	w.Helper()
	if !problem.Is(err, kind) || problem.Of(err)[0].Key != key {
		w.Errorf("%s: %v, want a refusal %s", what, err, key)
	}
}

func (w *jobTown) write(f func(ctx context.Context) error) {
	w.Helper()
	w.must(w.Store.Tx(w.ctx, f))
}

func (w *jobTown) people() {
	w.write(func(ctx context.Context) (err error) {
		if w.center, err = w.Store.AddCenter(ctx, member.Center{Slug: "yuzawa", Name: "湯沢", PromiseDays: 3}, w.clock); err != nil {
			return err
		}
		if w.elsewhere, err = w.Store.AddCenter(ctx, member.Center{Slug: "yokote", Name: "横手", PromiseDays: 3}, w.clock); err != nil {
			return err
		}
		if w.ownCompany, err = w.Store.AddCompany(ctx, job.Company{Center: w.center, Name: "漆器の店"}, w.clock); err != nil {
			return err
		}
		w.rivalCompany, err = w.Store.AddCompany(ctx, job.Company{Center: w.center, Name: "味噌の店"}, w.clock)
		return err
	})
	w.mentors = []desk.Actor{w.person("伊藤", w.center, member.Mentor, 0), w.person("渡部", w.center, member.Mentor, 0)}
	w.company = w.person("店主", w.center, member.Company, w.ownCompany)
	w.rival = w.person("となりの店主", w.center, member.Company, w.rivalCompany)
	w.producer = w.person("柴田", w.center, member.Producer, 0)
	w.stranger = w.person("よその柴田", w.elsewhere, member.Producer, 0)
}

func (w *jobTown) person(name string, c member.CenterID, r member.Role, company member.CompanyID) desk.Actor {
	w.Helper()
	a := desk.Actor{Center: c, Roles: []member.Role{r}, Company: company, Name: name, Language: "ja"}
	w.write(func(ctx context.Context) (err error) {
		if a.Member, err = w.Store.AddMember(ctx, member.Member{Name: name, Language: "ja"}, w.clock); err != nil {
			return err
		}
		return w.Store.AddRole(ctx, a.Member, member.Membership{Center: c, Role: r, Company: company}, w.clock)
	})
	return a
}

// trainee has stated her hours and perhaps agreed to be shown.
func (w *jobTown) trainee(name string, hours int, share bool) desk.Actor {
	w.Helper()
	a := w.person(name, w.center, member.Trainee, 0)
	p := store.Profile{Name: name, Language: "ja", Hours: member.Availability{HoursWeek: hours, Stated: w.clock}}
	if share {
		p.Consent.Share = w.clock
	}
	w.write(func(ctx context.Context) error { return w.Store.SetProfile(ctx, a.Member, p) })
	return a
}

// learns does the whole course: the lesson and both pieces, each passed by another mentor with a mark.
func (w *jobTown) learns(a desk.Actor, mark int) {
	w.Helper()
	_, err := w.MarkLessonDone(w.ctx, a, course.Ref{Course: "base", Module: "m", Item: "l"})
	w.must(err)
	for i, name := range []string{"a1", "a2"} {
		w.passes(a, name, w.mentors[i], mark)
	}
}

func (w *jobTown) passes(a desk.Actor, item string, mentor desk.Actor, mark int) {
	w.Helper()
	in, err := w.HandIn(w.ctx, a, course.Ref{Course: "base", Module: "m", Item: item}, desk.WorkForm{Attempt: 1, Text: "わたしの住所は秘密です"})
	w.must(err)
	sub, err := w.Store.Submission(w.ctx, w.center, in.Submission)
	w.must(err)
	_, err = w.Assess(w.ctx, mentor, in.Submission, desk.AssessForm{
		Attempt: 1, Version: sub.Version, Verdict: practice.Pass, Marks: []practice.Mark{{Row: "accuracy", Level: mark, Comment: "先生の言葉"}}, Closing: "よくできました",
	})
	w.must(err)
}

func (w *jobTown) ready(name string, hours int, share bool) desk.Actor {
	w.Helper()
	a := w.trainee(name, hours, share)
	w.learns(a, 2)
	return a
}

func (w *jobTown) form() desk.PostingForm {
	return desk.PostingForm{
		Company: w.ownCompany, Title: "アンケートの入力", JobType: "data-entry", Work: "紙を表にする", Deliverable: "CSV 1つ", Quantity: "500枚",
		PayYen: 30000, TaxIncluded: true, Hours: 25, HoursWeek: 10, Deadline: time.Date(2026, 12, 1, 0, 0, 0, 0, practice.Tokyo), Places: 1,
	}
}

func (w *jobTown) open(a desk.Actor) job.PostingID {
	w.Helper()
	id, err := w.SavePosting(w.ctx, a, 0, w.form())
	w.must(err)
	w.must(w.OpenPosting(w.ctx, a, id, 1))
	return id
}

func (w *jobTown) events(action string) int {
	w.Helper()
	rows, err := w.Store.Trail(w.ctx, store.TrailFilter{Center: w.center, Limit: 1000})
	w.must(err)
	n := 0
	for _, r := range rows {
		if string(r.Action) == action {
			n++
		}
	}
	return n
}

func (w *jobTown) candidates(a desk.Actor, id job.PostingID) desk.Candidates {
	w.Helper()
	look, err := w.LookCandidates(w.ctx, a, id, 0, 20)
	w.must(err)
	return look
}
