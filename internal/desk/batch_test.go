package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// cohortOf is the cohort of a named person.
func (w lives) cohortOf(name string) cohort.ID {
	w.t.Helper()
	in, err := w.Store.MemberCohorts(w.t.Context(), w.Actor(w.t, name).Member)
	w.must(err)
	if len(in) == 0 {
		w.t.Fatalf("%s is in no cohort", name)
	}
	return in[0].ID
}

// Everybody who has finished all courses of a cohort gets its certificate, once, with her name as she prints it; who has not
// finished gets none.
func TestBatch(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		look, err := d.LookGraduates(ctx, w.coordinator, id, 1)
		w.must(err)
		if look.Due() == 0 || look.Sums.Have != 0 || look.Rows[0].Finished.IsZero() {
			t.Fatalf("before: %+v", look.Sums)
		}
		_, err = d.IssueToCohort(ctx, w.mentor, id)
		w.refused(problem.Forbidden, err)
		_, err = d.IssueToCohort(ctx, w.Actor(t, "outsider"), id)
		w.refused(problem.Forbidden, err)
		batch, err := d.IssueToCohort(ctx, w.coordinator, id)
		w.must(err)
		_, err = d.IssueToCohort(ctx, w.coordinator, id)
		w.refused(problem.Conflict, err) // one goes on

		_, errs := atOnce(3, func(int) (bool, error) { return d.WorkBatch(ctx) })
		for _, err := range errs {
			w.must(err)
		}
		done, err := d.LookBatch(ctx, w.coordinator, batch)
		w.must(err)
		if done.Total != look.Due() || done.Done != done.Total || done.Failed != 0 || done.Finished.IsZero() {
			t.Errorf("batch: %+v, due were %d", done.Batch, look.Due())
		}
		_, err = d.IssueToCohort(ctx, w.coordinator, id)
		w.refused(problem.Conflict, err) // nobody is left
		h := w.held(certificate.KindProgramme, certificate.ProgrammeSubject(int64(id)))
		if after, err := d.LookGraduates(ctx, w.coordinator, id, 1); err != nil || !slices.ContainsFunc(after.Rows, func(l desk.GraduateLine) bool { return l.Number == h.Number && l.Paper == h.Snapshot.Name }) {
			t.Errorf("afterwards: %+v, %v", after.Rows, err)
		}
		if h.Snapshot.Topic != look.Programme() || h.Snapshot.Topic.EN == "" || len(h.Snapshot.Modules) != len(look.Courses) || h.Snapshot.Minutes == 0 || len(h.Snapshot.Pieces) == 0 || len(h.Snapshot.Skills) == 0 {
			t.Errorf("snapshot: %+v", h.Snapshot)
		}
		for i, slug := range look.Courses { // each course has its say
			if got, want := h.Snapshot.CanDo[i], d.Catalog.Course(slug).Certificate.CanDo[0]; got != want {
				t.Errorf("promise %d is %q, want %q", i, got.JA, want.JA)
			}
		}
		papers, err := d.BatchPapers(ctx, w.coordinator, batch)
		w.must(err)
		n := 0
		for p, err := range papers {
			w.must(err)
			if n++; len(p.PDF.Bytes) == 0 {
				t.Errorf("%s has no paper", p.Number)
			}
		}
		if n != done.Total {
			t.Errorf("%d papers of %d", n, done.Total)
		}
		if _, err := d.BatchPapers(ctx, w.mentor, batch); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a mentor: %v", err)
		}
	})
}

// The paper says what programme was completed, in both languages, and so do the machine credential and the verify page;
// what was issued stays as it was issued, and while a batch goes on its words stay, too.
func TestBatchPrintsTheProgramme(t *testing.T) {
	title := course.Text{JA: "湯沢市 在宅ワーカー養成講座 第1期", EN: "Yuzawa Home Worker Programme, 1st term"}
	for _, c := range []struct{ title, printed course.Text }{
		{title, title},
		{course.Text{JA: title.JA}, course.Text{JA: title.JA}},
		{course.Text{EN: title.EN}, course.Text{JA: "組", EN: title.EN}},
		{course.Text{}, course.Text{JA: "組"}},
	} {
		inTown(t, func(t *testing.T, w lives) {
			ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
			k, err := d.LookCohortForm(ctx, w.coordinator, id)
			w.must(err)
			k.Name, k.Title = "組", c.title
			w.must(d.ChangeCohort(ctx, w.coordinator, k))
			look, err := d.LookGraduates(ctx, w.coordinator, id, 1)
			w.must(err)
			if look.Programme() != c.printed {
				t.Errorf("it says that %+v will be printed", look.Programme())
			}
			_, err = d.IssueToCohort(ctx, w.coordinator, id)
			w.must(err)
			k.Title, k.Version = course.Text{JA: "ほかの講座"}, look.Version
			w.refused(problem.Conflict, d.ChangeCohort(ctx, w.coordinator, k))
			_, err = d.WorkBatch(ctx)
			w.must(err)
			w.must(d.ChangeCohort(ctx, w.coordinator, k))

			h := w.held(certificate.KindProgramme, certificate.ProgrammeSubject(int64(id)))
			if h.Snapshot.Topic != c.printed || h.Snapshot.Title != c.printed {
				t.Errorf("%+v and %+v, want %+v", h.Snapshot.Topic, h.Snapshot.Title, c.printed)
			}
			v, err := d.Verify(ctx, string(h.Number))
			w.must(err)
			if v.Title != c.printed {
				t.Errorf("verified as %+v", v.Title)
			}
			doc, err := d.Credential(ctx, w.yumi, string(h.Number), certificate.FormJSON)
			w.must(err)
			if !strings.Contains(string(doc), c.printed.JA) {
				t.Errorf("the machine credential does not say %q", c.printed.JA)
			}
		})
	}
}

// A cohort that is older than the check of its form begins no batch that could not be printed.
func TestBatchOfAnUnprintableProgramme(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, id := t.Context(), w.cohortOf("yumi")
		s := &school{t: t, Desk: w.Desk, dsn: w.DSN}
		_, err := s.raw().ExecContext(ctx, fmt.Sprintf("UPDATE cohort SET title_ja = '雪󰀀' WHERE id = %d", id))
		w.must(err)
		_, err = w.Desk.IssueToCohort(ctx, w.coordinator, id)
		wants(t, err, "cohort.unprintable")
		if all, err := w.Store.Batches(ctx, id); err != nil || len(all) != 0 {
			t.Errorf("begun all the same: %v, %v", all, err)
		}
	})
}

// What a programme is for is told alike whoever completed it, and only once somebody has: never anybody's own levels, and every
// level that a credential says was reached is among those described.
func TestProgrammeAchievement(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		w.must(d.SetUpKeys(ctx))
		subject := certificate.ProgrammeSubject(int64(id))
		slug := certificate.AchievementSlug(certificate.KindProgramme, subject)
		_, err := d.Achievement(ctx, slug)
		w.refused(problem.NotFound, err)
		_, err = d.IssueToCohort(ctx, w.coordinator, id)
		w.must(err)
		_, err = d.WorkBatch(ctx)
		w.must(err)

		a, err := d.Achievement(ctx, slug)
		w.must(err)
		k, err := d.Store.Cohort(ctx, w.coordinator.Center, id)
		w.must(err)
		if a.Name != k.Programme() || a.Course != a.Name || len(a.Modules) != len(k.Courses) || a.Minutes == 0 || len(a.CanDo) == 0 || a.Kind != certificate.KindProgramme || a.Slug != slug {
			t.Errorf("%+v", a)
		}
		taught := map[skill.ID]bool{}
		for _, c := range k.Courses {
			of, err := d.Achievement(ctx, c)
			w.must(err)
			for _, s := range of.Skills {
				taught[s.ID] = true
			}
		}
		if len(a.Skills) != len(taught) {
			t.Errorf("%d skills, the courses have %d", len(a.Skills), len(taught))
		}
		for _, s := range a.Skills {
			if known := d.Catalog.Skill(s.ID); !taught[s.ID] || s.Levels != known.Levels || s.Title != known.Title {
				t.Errorf("%+v", s)
			}
		}

		h := w.held(certificate.KindProgramme, subject)
		doc, err := d.AchievementDocument(ctx, slug)
		w.must(err)
		credential, err := d.Credential(ctx, w.yumi, string(h.Number), certificate.FormJSON)
		w.must(err)
		var said struct {
			Subject struct {
				Result []struct{ ResultDescription, AchievedLevel string } `json:"result"`
			} `json:"credentialSubject"`
		}
		w.must(json.Unmarshal(credential, &said))
		if len(said.Subject.Result) == 0 {
			t.Error("the credential has no result")
		}
		for _, r := range said.Subject.Result {
			for _, address := range []string{r.ResultDescription, r.AchievedLevel} {
				if !bytes.Contains(doc, []byte(`"`+address+`"`)) {
					t.Errorf("%s is not described", address)
				}
			}
		}

		all, err := d.Store.Certificates(ctx, w.yumi.Member)
		w.must(err)
		for _, c := range all {
			w.must(d.HideCertificate(ctx, w.yumi, string(c.Number), true))
		}
		again, err := d.AchievementDocument(ctx, slug)
		w.must(err)
		if !bytes.Equal(again, doc) {
			t.Error("hiding certificates changed what the programme is for")
		}
	})
}

// silence is longer than a node may be silent over one certificate.
const silence = 3 * time.Minute

// A node that falls silent in the middle of a batch loses nothing and doubles nothing: another goes on after its hold.
func TestBatchGoesOnAfterACrash(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		batch, err := d.IssueToCohort(ctx, w.coordinator, id)
		w.must(err)
		now := w.Clock.Now()
		w.must(w.Store.Tx(ctx, func(ctx context.Context) error { // taken by a node that dies at once
			_, ok, err := w.Store.TakeBatch(ctx, now, now.Add(silence))
			if !ok {
				t.Error("no batch to take")
			}
			return err
		}))
		if worked, err := d.WorkBatch(ctx); err != nil || worked {
			t.Errorf("taken while another holds it: %v, %v", worked, err)
		}
		w.Clock.Set(now.Add(silence))
		stopped, stop := context.WithCancel(ctx)
		stop()
		if worked, _ := d.WorkBatch(stopped); worked {
			t.Error("worked after the end")
		}
		if worked, err := d.WorkBatch(ctx); err != nil || !worked {
			t.Fatalf("not taken over: %v, %v", worked, err)
		}
		look, err := d.LookBatch(ctx, w.coordinator, batch)
		w.must(err)
		if look.Done != look.Total || look.Finished.IsZero() {
			t.Errorf("%+v", look.Batch)
		}
	})
}

// What speaks against one person's certificate stops nobody else's: it is told beside her name.
func TestBatchTellsTrouble(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		s := &school{t: t, Desk: d, dsn: w.DSN}
		_, err := s.raw().ExecContext(ctx, "UPDATE member SET printed_name = 'ยูมิ' WHERE email = 'yumi@tenarai.example'") // as an old database may hold it
		w.must(err)
		batch, err := d.IssueToCohort(ctx, w.coordinator, id)
		w.must(err)
		_, err = d.WorkBatch(ctx)
		w.must(err)
		look, err := d.LookBatch(ctx, w.coordinator, batch)
		w.must(err)
		if look.Failed != 1 || look.Done != look.Total || len(look.Troubles) != 1 || look.Troubles[0].Problem != "certificate.unprintable" {
			t.Errorf("%+v %+v", look.Batch, look.Troubles)
		}
		all, err := w.Store.Certificates(ctx, w.yumi.Member)
		w.must(err)
		grants, err := w.Store.Grants(ctx, w.yumi.Member)
		w.must(err)
		if slices.ContainsFunc(grants, func(g certificate.Grant) bool { return g.Kind == certificate.KindProgramme }) || len(all) == 0 {
			t.Error("granted all the same")
		}
	})
}

// Who is erased while a batch goes on gets nothing more, and a cohort whose name cannot be printed makes trouble for each, not
// for the service.
func TestBatchMeetsWhatItCannotPrint(t *testing.T) {
	for name, c := range map[string]struct {
		before  func(w lives, id cohort.ID)
		failed  int // of how many; -1: all
		problem string
	}{
		"erased": {func(w lives, _ cohort.ID) {
			w.must(w.Desk.Erase(w.t.Context(), w.coordinator, w.yumi.Member))
		}, 1, "certificate.account_closed"},
		"an emoji": {func(w lives, id cohort.ID) {
			s := &school{t: w.t, Desk: w.Desk, dsn: w.DSN}
			_, err := s.raw().ExecContext(w.t.Context(), fmt.Sprintf("UPDATE cohort SET name = '第1期🎉', title_ja = '' WHERE id = %d", id))
			w.must(err)
		}, -1, "certificate.unprintable"},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, func(t *testing.T, w lives) {
				ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
				batch, err := d.IssueToCohort(ctx, w.coordinator, id)
				w.must(err)
				c.before(w, id)
				_, err = d.WorkBatch(ctx)
				w.must(err)
				look, err := d.LookBatch(ctx, w.coordinator, batch)
				w.must(err)
				failed := c.failed
				if failed < 0 {
					failed = look.Total
				}
				if look.Done != look.Total || look.Failed != failed || look.Troubles[0].Problem != c.problem || look.Finished.IsZero() {
					t.Errorf("%+v %+v", look.Batch, look.Troubles)
				}
				all, err := w.Store.Certificates(ctx, w.yumi.Member)
				w.must(err)
				if slices.ContainsFunc(all, func(h desk.Held) bool { return h.Kind == certificate.KindProgramme }) {
					t.Error("yumi got one all the same")
				}
			})
		})
	}
}

// Before they are issued the coordinator sees the names that will be printed; those that are not the registered ones stand
// first.
func TestGraduatesShowPrintedNames(t *testing.T) {
	inTown(t, func(t *testing.T, w lives) {
		ctx, d, id := t.Context(), w.Desk, w.cohortOf("yumi")
		_, err := d.SaveProfile(ctx, w.yumi, desk.ProfileForm{PrintedName: "髙橋 由美", LatinName: "TAKAHASHI Yumi", HoursWeek: 10, Share: true, Language: "ja"})
		w.must(err)
		look, err := d.LookGraduates(ctx, w.coordinator, id, 1)
		w.must(err)
		if first := look.Rows[0]; look.Sums.Renamed != 1 || !first.Renamed() || first.Printed != "髙橋 由美" || first.Name != "𠮷田 由美" || first.Latin != "TAKAHASHI Yumi" || len(first.Unprintable) != 0 {
			t.Errorf("%+v %+v", look.Sums, first)
		}
		if other := look.Rows[1]; other.Renamed() || other.Printed != other.Name {
			t.Errorf("%+v", other)
		}
		s := &school{t: t, Desk: d, dsn: w.DSN}
		_, err = s.raw().ExecContext(ctx, "UPDATE member SET latin_name = 'Yumi 🎉' WHERE email = 'yumi@tenarai.example'")
		w.must(err)
		if look, err = d.LookGraduates(ctx, w.coordinator, id, 99); err != nil || !slices.Equal(look.Rows[0].Unprintable, []string{"🎉"}) { // a page too far is the last one
			t.Errorf("%+v, %v", look.Rows, err)
		}
	})
}
