package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/job"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// The same key twenty times at once is taken once, and everybody else is told what the first one's deed answered.
func TestOnceAtOnce(t *testing.T) {
	onBoth(t, func(k *kept) {
		m := k.person("人")
		var mu sync.Mutex
		first, answers := 0, map[string]int{}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := k.Tx(context.Background(), func(ctx context.Context) error {
					mine, followed, err := k.Once(ctx, m, "key", start)
					if err != nil {
						return err
					}
					if mine {
						followed, err = "the answer", k.Followed(ctx, m, "key", "the answer")
					}
					mu.Lock()
					defer mu.Unlock()
					answers[followed]++
					if mine {
						first++
					}
					return err
				})
				if err != nil {
					k.t.Error(err)
				}
			})
		}
		wg.Wait()
		if first != 1 || answers["the answer"] != 20 {
			k.t.Errorf("%d were first, answers %v", first, answers)
		}
	})
}

// A key belongs to one person, is free again when its deed failed, and is forgotten by age.
func TestOnce(t *testing.T) {
	onBoth(t, func(k *kept) {
		one, two := k.person("一"), k.person("二")
		take := func(m member.ID, at time.Time) bool {
			return value(k, func(ctx context.Context) (bool, error) {
				first, _, err := k.Once(ctx, m, "key", at)
				return first, err
			})
		}
		failed := k.Tx(context.Background(), func(ctx context.Context) error {
			first, _, err := k.Once(ctx, one, "key", start)
			if !first || err != nil {
				k.t.Errorf("not first, %v", err)
			}
			return errors.New("failed")
		})
		if failed == nil || !take(one, start) || take(one, start) || !take(two, start.Add(time.Hour)) {
			k.t.Error("a key must be free after a failure, taken once, and each person's own")
		}
		k.do(func(ctx context.Context) error { return k.ForgetKeys(ctx, start.Add(time.Minute)) })
		if !take(one, start) || take(two, start) {
			k.t.Error("the old key must be forgotten and the new one not")
		}
		k.refused("an answer without its key", problem.Conflict, func(ctx context.Context) error { return k.Followed(ctx, one, "none", "x") })
	})
}

// Whoever comes second with a change that was made for an older state is refused, and nothing of it is kept.
func TestConditionalUpdates(t *testing.T) {
	onBoth(t, func(k *kept) {
		m, mentor := k.person("人", member.Trainee), k.person("伊藤", member.Mentor)
		r := k.run(m)
		was := k.piece(r, "a", start)
		turned := was
		turned.Turn, turned.Passed = practice.Nobody, start
		k.do(func(ctx context.Context) error { return k.TurnSubmission(ctx, turned, practice.WithMentor) })
		now := k.piece(r, "a", time.Time{})
		if now.Version != was.Version+1 || now.Turn != practice.Nobody || !now.Passed.Equal(start) {
			k.t.Errorf("%+v", now)
		}
		back := was
		back.Turn = practice.WithTrainee
		k.refused("an old version", problem.Conflict, func(ctx context.Context) error { return k.TurnSubmission(ctx, back, practice.WithMentor) })
		back.Version = now.Version
		k.refused("another turn", problem.Conflict, func(ctx context.Context) error { return k.TurnSubmission(ctx, back, practice.WithMentor) })
		if after := k.piece(r, "a", time.Time{}); after != now {
			k.t.Errorf("%+v, want %+v", after, now)
		}

		attempt, err := k.LastAttempt(context.Background(), was.ID)
		if err != nil {
			k.t.Fatal(err)
		}
		again := attempt
		again.ID = 0
		k.refused("the same attempt twice", problem.Conflict, func(ctx context.Context) error { _, err := k.AddAttempt(ctx, again); return err })
		judged := practice.Assessment{
			Attempt: attempt.ID, Submission: was.ID, Mentor: mentor, At: start, Verdict: practice.Return, Percent: 50,
			Marks: []practice.Mark{{Row: "r", Level: 1}}, Fixes: []practice.Fix{{N: 1, Row: "r", Text: "直す"}},
		}
		k.do(func(ctx context.Context) error { _, err := k.AddAssessment(ctx, judged); return err })
		k.refused("one mentor twice on an attempt", problem.Conflict, func(ctx context.Context) error { _, err := k.AddAssessment(ctx, judged); return err })
		q := practice.QuizAttempt{Run: r.ID, Ref: item("q"), N: 1, At: start, QuizHash: "outline"}
		k.do(func(ctx context.Context) error { return k.AddQuizAttempt(ctx, q) })
		k.refused("the same try twice", problem.Conflict, func(ctx context.Context) error { return k.AddQuizAttempt(ctx, q) })
		for what, change := range map[string]func(ctx context.Context) error{
			"password":    func(ctx context.Context) error { return k.SetPassword(ctx, 999, "x") },
			"profile":     func(ctx context.Context) error { return k.SetProfile(ctx, 999, store.Profile{}) },
			"session":     func(ctx context.Context) error { return k.MoveSession(ctx, 999, k.center, "x") },
			"certificate": func(ctx context.Context) error { return k.SetCertificatePublic(ctx, 999, true) },
			"posting":     func(ctx context.Context) error { return k.ChangePosting(ctx, job.Posting{ID: 999, Version: 1}) },
		} {
			k.refused(what+" that is not there", problem.Conflict, change)
		}
	})
}

// What is kept once stays as it was first kept.
func TestFirstStays(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		m, one, two := k.person("人"), k.person("伊藤"), k.person("渡部")
		r := k.run(m)
		attempt, assessment := k.judged(r, one)

		award := skill.Award{Member: m, Skill: "OFF-03", Level: skill.Alone, At: start, Evidence: skill.Evidence{Attempt: int64(attempt), Piece: 1}}
		add := func(a skill.Award, by member.ID) bool {
			return value(k, func(ctx context.Context) (bool, error) { return k.AddAward(ctx, a, assessment, by) })
		}
		first := add(award, one)
		award.Level = skill.Checks
		if second := add(award, two); !first || second {
			k.t.Errorf("awards: first %v, second %v", first, second)
		}
		for range 2 { // a second look, told twice
			k.do(func(ctx context.Context) error {
				return k.ConfirmAwards(ctx, attempt, []skill.ID{"OFF-03"}, assessment, two, start.Add(1))
			})
		}
		record, err := k.Record(ctx, m)
		if err != nil || len(record) != 1 || record[0].Level != skill.Alone || len(record[0].Evidence.Assessors) != 2 || record[0].Evidence.Assessors[0] != one {
			k.t.Errorf("record %+v, %v", record, err)
		}

		g := certificate.Grant{Member: m, Center: k.center, Kind: certificate.KindCourse, Subject: taught, Edition: "2026", At: start}
		grant := func() certificate.GrantID {
			return value(k, func(ctx context.Context) (certificate.GrantID, error) { return k.AddGrant(ctx, g) })
		}
		id, again := grant(), grant()
		if id == 0 || again != 0 {
			k.t.Errorf("grants %d and %d, want one and 0", id, again)
		}
		c := certificate.Certificate{Grant: id, Revision: 1, Number: "AAAA-BBBB", Issued: start}
		k.do(func(ctx context.Context) error { _, err := k.AddCertificate(ctx, k.center, c, 0); return err })
		c.Number = "CCCC-DDDD"
		k.refused("a revision twice", problem.Conflict, func(ctx context.Context) error { _, err := k.AddCertificate(ctx, k.center, c, 0); return err })
		held, err := k.CertificateByNumber(ctx, "AAAA-BBBB")
		if err != nil {
			k.t.Fatal(err)
		}
		for i, body := range []string{"first", "second"} {
			first := value(k, func(ctx context.Context) (bool, error) {
				return k.KeepPDF(ctx, held.ID, certificate.Valid, store.PDF{Bytes: []byte(body), SHA256: body, Renderer: "r"}, start)
			})
			if first != (i == 0) {
				k.t.Errorf("%s: first is %v", body, first)
			}
		}
		if p, ok, err := k.CertificatePDF(ctx, held.ID, certificate.Valid); !ok || err != nil || string(p.Bytes) != "first" || p.SHA256 != "first" {
			k.t.Errorf("PDF %q, %v, %v", p.Bytes, ok, err)
		}
		for _, v := range []string{"as it was", "changed"} {
			k.do(func(ctx context.Context) error { return k.KeepText(ctx, "hash", "quiz", v) })
		}
		var v string
		if err := k.Text(ctx, "hash", &v); err != nil || v != "as it was" {
			k.t.Errorf("text %q, %v", v, err)
		}
	})
}

// judged hands a piece in and lets a mentor pass it.
func (k *kept) judged(r cohort.CourseRun, mentor member.ID) (practice.AttemptID, practice.AssessmentID) {
	k.t.Helper()
	s := k.piece(r, "e", start)
	attempt, err := k.LastAttempt(context.Background(), s.ID)
	if err != nil {
		k.t.Fatal(err)
	}
	return attempt.ID, value(k, func(ctx context.Context) (practice.AssessmentID, error) {
		return k.AddAssessment(ctx, practice.Assessment{Attempt: attempt.ID, Submission: s.ID, Mentor: mentor, At: start, Verdict: practice.Pass})
	})
}

// An item that is done twice, even ten times at once, moves its counters once.
func TestMarkDoneOnce(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		m := k.person("人", member.Trainee)
		r := k.run(m)
		c := value(k, func(ctx context.Context) (cohort.ID, error) {
			return k.AddCohort(ctx, cohort.Cohort{Center: k.center, Name: "第1期", Starts: start, Courses: []string{taught}}, start)
		})
		k.do(func(ctx context.Context) error {
			_, err := k.Enrol(ctx, cohort.Enrolment{Cohort: c, Member: m, At: start}, k.center, "ひと")
			return errors.Join(err, k.CountEnrolments(ctx, m))
		})
		var mu sync.Mutex
		var wg sync.WaitGroup
		first := 0
		for range 10 {
			wg.Go(func() {
				err := k.Tx(ctx, func(ctx context.Context) error {
					ok, err := k.MarkDone(ctx, r, item("a"), true, start)
					mu.Lock()
					defer mu.Unlock()
					if ok {
						first++
					}
					return err
				})
				if err != nil {
					k.t.Error(err)
				}
			})
		}
		wg.Wait()
		run, err := k.RunByID(ctx, r.ID)
		modules, err2 := k.Modules(ctx, []course.RunID{r.ID})
		rows, _, err3 := k.Progress(ctx, c, store.ByName, false, 0, 10)
		if err := errors.Join(err, err2, err3); err != nil {
			k.t.Fatal(err)
		}
		if first != 1 || run.Done != 1 || modules[0].Done != 1 || len(rows) != 1 || rows[0].Done != 1 || rows[0].Total != 5 {
			k.t.Errorf("%d were first; run %d, module %d, enrolment %+v", first, run.Done, modules[0].Done, rows)
		}
		done, err := k.DoneItems(ctx, r.ID)
		if at, ok := done["m/a"]; err != nil || !ok || !at.Equal(start) || len(done) != 1 {
			k.t.Errorf("done items %v, %v", done, err)
		}
		for i, want := range []bool{true, false} {
			if got := value(k, func(ctx context.Context) (bool, error) { return k.Complete(ctx, r.ID, start) }); got != want {
				k.t.Errorf("completing it for time %d: %v", i+1, got)
			}
		}
	})
}

// A run that is begun twice, and a submission that is opened twice, are the ones of the first time.
func TestBeginTwice(t *testing.T) {
	onBoth(t, func(k *kept) {
		m := k.person("人")
		one, two := k.run(m), k.run(m)
		if one.ID != two.ID || two.Total != 5 {
			k.t.Errorf("runs %+v and %+v", one, two)
		}
		if a, b := k.piece(one, "a", time.Time{}), k.piece(one, "a", time.Time{}); a != b || a.Turn != practice.WithTrainee {
			k.t.Errorf("submissions %+v and %+v", a, b)
		}
		k.do(func(ctx context.Context) error {
			return errors.Join(k.AddRole(ctx, m, member.Membership{Center: k.center, Role: member.Trainee}, start), k.AddRole(ctx, m, member.Membership{Center: k.center, Role: member.Trainee}, start))
		})
		if p, err := k.Member(context.Background(), m); err != nil || len(p.Memberships) != 1 {
			k.t.Errorf("%+v, %v", p.Memberships, err)
		}
		k.refused("an address twice", problem.Conflict, func(ctx context.Context) error {
			p, err := k.Member(ctx, m)
			if err == nil {
				_, err = k.AddMember(ctx, member.Member{Name: "別の人", Email: p.Email}, start)
			}
			return err
		})
	})
}

// A staged file goes to one attempt of its owner and to no other.
func TestStagedFile(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		m, other := k.person("人"), k.person("別の人")
		s := k.piece(k.run(m), "a", start)
		id := value(k, func(ctx context.Context) (practice.FileID, error) {
			return k.AddFile(ctx, practice.File{Owner: m, Name: "表.csv", Type: "text/csv", Size: 3, SHA256: "x"}, "ab/cd", start)
		})
		file := practice.File{ID: id, Owner: m}
		attempt := func(by practice.File, n int) error {
			return k.Tx(ctx, func(ctx context.Context) error {
				_, err := k.AddAttempt(ctx, practice.Attempt{Submission: s.ID, N: n, At: start, By: m, AssignmentHash: "assignment", Files: []practice.File{by}})
				return err
			})
		}
		if err := attempt(practice.File{ID: id, Owner: other}, 2); !problem.Is(err, problem.Conflict) {
			k.t.Errorf("somebody else's file: %v", err)
		}
		if got, err := k.StagedFiles(ctx, other, []practice.FileID{id}); len(got) != 0 || err != nil {
			k.t.Errorf("another sees %v, %v", got, err)
		}
		if err := attempt(file, 2); err != nil {
			k.t.Fatal(err)
		}
		if err := attempt(file, 3); !problem.Is(err, problem.Conflict) {
			k.t.Errorf("the same file again: %v", err)
		}
		k.refused("dropping what was handed in", problem.NotFound, func(ctx context.Context) error { _, err := k.DropStaged(ctx, m, id); return err })
		f, err := k.File(ctx, id)
		if err != nil || f.Attempt == 0 || f.Center != k.center || f.Name != "表.csv" {
			k.t.Errorf("%+v, %v", f, err)
		}
		if known, err := k.KnowsPlace(ctx, "ab/cd"); !known || err != nil {
			k.t.Errorf("its place is not known, %v", err)
		}
	})
}

// An event without a center or a person is kept as one, and its data comes back.
func TestTrailComesBack(t *testing.T) {
	onBoth(t, func(k *kept) {
		m := k.person("人")
		k.do(func(ctx context.Context) error {
			e := audit.Event{At: start, Center: k.center, Actor: m, Action: "a.b", Subject: audit.Subject{Kind: "x", ID: 7}, About: m, Data: map[string]any{"言葉": "<b>&"}}
			return errors.Join(k.AddEvent(ctx, e), k.AddEvent(ctx, audit.Event{At: start, Center: k.center, Action: "c.d"}))
		})
		rows, err := k.Trail(context.Background(), store.TrailFilter{Center: k.center, Limit: 5})
		if err != nil || len(rows) != 2 || rows[1].Data["言葉"] != "<b>&" || rows[1].ActorName != "人" || rows[0].ActorName != "" || !rows[1].At.Equal(start) {
			k.t.Errorf("%+v, %v", rows, err)
		}
	})
}
