package desk_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/files"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// class is two centers with a few people and one small course whose files can be changed while people learn.
type class struct {
	*desk.Desk
	t     *testing.T
	ctx   context.Context
	now   time.Time
	store *store.Store
	files *files.Folder

	trainee, other, elsewhere desk.Actor // the last in another center
	mentor, mentor2, stranger desk.Actor // the mentor of the other center is the stranger
	keys                      int
	rendered                  chan struct{} // as many as were rendered
	dsn                       string
	catalog                   *course.Catalog
	yuzawa, yokote            member.CenterID
	random                    *rand.ChaCha8
}

const classCourse = "s"

func itemAt(module, item string) course.Ref {
	return course.Ref{Course: classCourse, Module: module, Item: item}
}

// modulePart is a module with its items by name: "l…" is a lesson, "q…" a quiz of which each try draws two of four questions,
// "w…" a work of text and a file.
type modulePart struct {
	module string
	items  []string
}

func classCatalog(edition string, parts ...modulePart) *course.Catalog {
	c := &course.Course{Slug: classCourse, Code: "S", Edition: edition, Title: text("学校"), Certificate: course.CertificateText{Title: text("修了証")}}
	for _, p := range parts {
		m := &course.Module{Slug: p.module, Title: text(p.module)}
		for _, name := range p.items {
			it := &course.Item{Ref: itemAt(p.module, name), Title: text(name), Minutes: 10}
			switch name[0] {
			case 'l':
				it.Kind, it.Lesson = course.KindLesson, &course.Lesson{}
			case 'q':
				it.Kind, it.Quiz = course.KindQuiz, classQuiz(name)
			case 'w':
				it.Kind, it.Assignment = course.KindAssignment, &course.Assignment{
					Hash: hash(name), DueWorkingDays: 5,
					Deliver: course.Deliver{Text: true, File: true, TextMax: 100, Formats: []string{"csv", "txt", "png", "jpg", "pdf"}, Files: 2, MaxMB: 1},
					Rubric:  course.Rubric{Hash: hash("rubric"), MinTotalPercent: 65, NoZero: true, Rows: []course.Criterion{{ID: "r1", Star: true, Skill: "S-1", Proves: skill.Alone, Title: text("正確さ")}}},
				}
			}
			m.Items = append(m.Items, it)
		}
		c.Modules = append(c.Modules, m)
	}
	return &course.Catalog{Courses: []*course.Course{c}, Skills: []skill.Skill{{ID: "S-1", Title: text("正確さ")}}}
}

func classQuiz(name string) *course.Quiz {
	q := &course.Quiz{Hash: hash(name), PassPercent: 80, Draw: 2}
	for i := range 4 {
		q.Questions = append(q.Questions, course.Question{
			ID: fmt.Sprint("q", i), Choose: course.ChooseOne, Ask: text("?"), Answers: []course.Answer{{Text: text("a"), Right: true}, {Text: text("b")}},
		})
	}
	return q
}

// inClass runs a test on both databases, with a course of a lesson, a quiz and a work.
func inClass(t *testing.T, test func(s *class)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		s := &class{t: t, dsn: dsn, ctx: context.Background(), now: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC), random: rand.NewChaCha8([32]byte{7}), rendered: make(chan struct{}, 1000)}
		var err error
		if s.store, err = store.Open(s.ctx, dsn, store.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.store.Close() })
		if s.files, err = files.Open(filepath.Join(t.TempDir(), "files")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.files.Close() })
		s.teach(classCatalog("1", modulePart{"one", []string{"l1", "q1", "w1"}}))
		s.settle()
		test(s)
	})
}

// teach opens the desk anew with other course files, as a restart does.
func (s *class) teach(c *course.Catalog) {
	s.catalog = c
	s.Desk = desk.New(desk.Config{
		Store: s.store, Files: s.files, Catalog: c, Now: func() time.Time { return s.now }, Random: s.random, Address: "http://tenarai.test", Passwords: desk.HashCost{MemoryKiB: 8},
		Render: func(c certificate.Sheet) (store.PDF, error) {
			s.rendered <- struct{}{}
			body := fmt.Sprintf("%s %s %s no. %d", c.Snapshot.Name, c.Number, c.Address, len(s.rendered)) // no two renderings are alike
			return store.PDF{Bytes: []byte(body), SHA256: hash(body), Renderer: "test"}, nil
		},
	})
}

func (s *class) settle() {
	s.t.Helper()
	for _, c := range []struct {
		slug string
		id   *member.CenterID
	}{{"yuzawa", &s.yuzawa}, {"yokote", &s.yokote}} {
		var err error
		*c.id, err = s.SetUpCenter(s.ctx, member.Center{Slug: c.slug, Name: c.slug, PromiseDays: 3})
		s.must(err)
	}
	s.trainee, s.other, s.elsewhere = s.person("佐藤 葵", s.yuzawa, member.Trainee), s.person("高橋 春香", s.yuzawa, member.Trainee), s.person("加藤 外美", s.yokote, member.Trainee)
	s.mentor, s.mentor2, s.stranger = s.person("伊藤 誠", s.yuzawa, member.Mentor), s.person("渡部 恵", s.yuzawa, member.Mentor), s.person("他所の人", s.yokote, member.Mentor)
}

func (s *class) person(name string, c member.CenterID, r member.Role) desk.Actor {
	s.t.Helper()
	id, err := s.SetUpMember(s.ctx, desk.Person{Member: member.Member{Name: name, Memberships: []member.Membership{{Center: c, Role: r}}}})
	s.must(err)
	a, err := s.ActorFor(s.ctx, id, c)
	s.must(err)
	return a
}

func (s *class) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refused expects a refusal with the key.
func (s *class) refused(what string, err error, key string) {
	s.t.Helper()
	if !slices.ContainsFunc(problem.Of(err), func(p *problem.Problem) bool { return p.Key == key }) {
		s.t.Errorf("%s: %v, want %s", what, err, key)
	}
}

// key gives the actor a fresh form.
func (s *class) key(a desk.Actor) desk.Actor {
	s.keys++
	a.Key = fmt.Sprint("form ", s.keys)
	return a
}

// read does a lesson.
func (s *class) read(a desk.Actor, module, item string) desk.Followed {
	s.t.Helper()
	f, err := s.MarkLessonDone(s.ctx, a, itemAt(module, item))
	s.must(err)
	return f
}

// answer tries a quiz, with so many of its two questions wrong.
func (s *class) answer(a desk.Actor, module, item string, try, wrong int) (desk.QuizResult, error) {
	questions := practice.Drawn(s.catalog.Item(itemAt(module, item)).Quiz, a.Member, try)
	given := map[string]practice.Given{}
	for i, q := range questions {
		given[q.ID] = practice.Given{Chosen: []int{0}}
		if i < wrong {
			given[q.ID] = practice.Given{Chosen: []int{1}}
		}
	}
	return s.AnswerQuiz(s.ctx, a, itemAt(module, item), try, given)
}

func (s *class) handIn(a desk.Actor, module, item string, attempt int) desk.HandedIn {
	s.t.Helper()
	in, err := s.HandIn(s.ctx, a, itemAt(module, item), desk.WorkForm{Attempt: attempt, Text: "できました"})
	s.must(err)
	return in
}

func (s *class) assess(m desk.Actor, in desk.HandedIn, v practice.Verdict) desk.Followed {
	s.t.Helper()
	sub, err := s.store.Submission(s.ctx, m.Center, in.Submission)
	s.must(err)
	form := desk.AssessForm{Attempt: in.Attempt, Version: sub.Version, Verdict: v, Marks: []practice.Mark{{Row: "r1", Level: 2}}}
	if v == practice.Return {
		form.Marks[0].Level, form.Fixes = 1, []practice.Fix{{N: 1, Row: "r1", Text: "もう一度たしかめる"}}
	}
	f, err := s.Assess(s.ctx, m, in.Submission, form)
	s.must(err)
	return f
}

// pass does a work from hand-in to pass.
func (s *class) pass(a desk.Actor, module, item string) desk.Followed {
	s.t.Helper()
	return s.assess(s.mentor, s.handIn(a, module, item, 1), practice.Pass)
}

func (s *class) stage(a desk.Actor, name string, content []byte) (practice.File, error) {
	return s.StageFile(s.ctx, a, itemAt("one", "w1"), name, bytes.NewReader(content), func(b []byte) string { return mimetype.Detect(b).String() })
}

// events counts the events of an action in Yuzawa.
func (s *class) events(action audit.Action) int {
	s.t.Helper()
	rows, err := s.store.Trail(s.ctx, store.TrailFilter{Center: s.yuzawa, Action: action, Limit: 1000})
	s.must(err)
	return len(rows)
}

// sound expects that every kept figure follows from the facts.
func (s *class) sound() {
	s.t.Helper()
	found, err := s.Recount(s.ctx, false)
	s.must(err)
	for _, d := range found {
		s.t.Errorf("kept figure: %+v", d)
	}
}
