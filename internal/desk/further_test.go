package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// nth is the n-th portfolio of a skill.
func (s *school) nth(id skill.ID, n int) *course.Item {
	s.t.Helper()
	it := s.Catalog.Item(course.PortfolioN(id, n))
	if it == nil || it.Portfolio != (course.Nth{Skill: id, N: n, Title: s.portfolio(id).Portfolio.Title}) {
		s.t.Fatalf("the %d. portfolio of %s is %+v", n, id, it)
	}
	return it
}

// closed expects that no deed and no look finds an item for somebody.
func (s *school) closed(a desk.Actor, it *course.Item) {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.LookAssignment(ctx, a, it.Ref)
	s.refused("a look at "+it.Ref.Item, err, problem.NotFound, "course.missing")
	_, err = s.SaveWork(ctx, a, it.Ref, practice.WorkDraft{Text: "別の作品"})
	s.refused("typing at "+it.Ref.Item, err, problem.NotFound, "course.missing")
	_, err = s.HandIn(ctx, a, it.Ref, desk.WorkForm{Attempt: 1, Text: "別の作品"})
	s.refused("handing in "+it.Ref.Item, err, problem.NotFound, "course.missing")
}

// next is what /record offers for a skill, as the ends of addresses, and whether the record shows the skill at all.
func (s *school) next(a desk.Actor, id skill.ID) (items []string, shown bool) {
	s.t.Helper()
	p, err := s.LookRecord(s.t.Context(), a)
	s.must(err)
	items = []string{}
	for _, h := range append(p.Held, p.NotYet...) {
		if h.ID == id {
			for _, it := range h.Next {
				items = append(items, it.Ref.Item)
			}
			return items, true
		}
	}
	return items, false
}

// A translator from elsewhere comes to a certificate: two portfolios of one skill, two mentors, by the rule there is.
func TestTwoPortfoliosMakeACertificate(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		kumiko, first, second := s.person("三浦 久美子", member.Trainee), s.nth("TRA-01", 1), s.nth("TRA-01", 2)
		s.closed(kumiko, second)
		one := s.handsIn(kumiko, first, 1)
		s.closed(kumiko, second)
		if b, err := s.LookAtPiece(t.Context(), s.makoto, one); err != nil || b.NotMentor != 0 || len(b.Earlier) != 0 {
			t.Errorf("the first is for anybody, and nothing came before: %+v, %v", b.Earlier, err)
		}
		if f := s.passes(s.makoto, one); len(f.Certificates) != 0 {
			t.Errorf("one piece made a certificate: %+v", f)
		}
		s.closed(kumiko, s.nth("TRA-01", 3))
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorRecognised || l.Next == nil || l.Next.Ref != second.Ref || l.Again != desk.AgainCertificate {
			t.Errorf("after the first: %+v", l)
		}

		s.now = s.now.AddDate(0, 0, 3)
		if _, err := s.SaveWork(t.Context(), kumiko, second.Ref, practice.WorkDraft{Text: "案内文"}); err != nil {
			t.Fatal(err)
		}
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorRecognised || l.Item.Ref != first.Ref || l.Next.Ref != second.Ref {
			t.Errorf("begun: %+v", l)
		}
		look, err := s.LookAssignment(t.Context(), kumiko, second.Ref)
		if s.must(err); look.Draft.Text != "案内文" || len(look.Rounds) != 0 || look.Item.Title.JA != "作品その2（ポートフォリオ）：和英翻訳" {
			t.Errorf("it is not a new piece: %q, %+v", look.Item.Title.JA, look.Draft)
		}
		two := s.handsIn(kumiko, second, 1)
		if two == one {
			t.Fatal("it is the same piece")
		}
		s.sound()
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorWaiting || l.Item.Ref != second.Ref || l.Next != nil {
			t.Errorf("handed in: %+v", l)
		}
		s.seenByMentors(second, one, two)
		s.passes(s.megumi, two)
		s.certified(kumiko, one, two)
		s.sound()
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorRecognised || l.Item.Ref != second.Ref || l.Next != nil {
			t.Errorf("with a certificate nothing is asked: %+v", l)
		}
	})
}

// seenByMentors expects that they are told of a second portfolio what it is, and get to the first.
func (s *school) seenByMentors(second *course.Item, one, two practice.SubmissionID) {
	s.t.Helper()
	ctx := s.t.Context()
	q, err := s.LookAtQueue(ctx, s.megumi, practice.WithMentor, desk.QueueAfter{})
	s.must(err)
	if len(q.Rows) != 1 || q.Rows[0].Title != second.Title {
		s.t.Errorf("the queue: %+v", q.Rows)
	}
	b, err := s.LookAtPiece(ctx, s.megumi, two)
	s.must(err)
	if b.Title != second.Title || b.NotMentor != s.makoto.Member || len(b.Earlier) != 1 || b.Earlier[0].ID != one || b.Earlier[0].Title != s.nth("TRA-01", 1).Title {
		s.t.Errorf("the bench: %q, not %d, earlier %+v", b.Title.JA, b.NotMentor, b.Earlier)
	}
	_, err = s.LookAtPiece(ctx, s.megumi, one)
	s.must(err)
	_, err = s.LookAssignment(ctx, s.megumi, second.Ref)
	s.refused("a mentor at hers", err, problem.NotFound, "course.missing")
}

// certified expects one certificate of the skill, over two pieces and two mentors.
func (s *school) certified(a desk.Actor, one, two practice.SubmissionID) {
	s.t.Helper()
	ctx := s.t.Context()
	held, err := s.Store.Certificates(ctx, a.Member)
	s.must(err)
	if len(held) != 1 || held[0].Kind != certificate.KindSkill || held[0].Subject != "TRA-01" || len(held[0].Snapshot.Pieces) != 2 {
		s.t.Fatalf("certificates: %+v", held)
	}
	for _, p := range held[0].Snapshot.Pieces {
		if !p.Prior || p.Title == (course.Text{}) {
			s.t.Errorf("a piece of it: %+v", p)
		}
	}
	record, err := s.Store.Record(ctx, a.Member)
	s.must(err)
	st := record.Stand("TRA-01", s.now)
	if st.Pieces != 2 || st.Assessors != 2 || record[0].Evidence.Piece != int64(one) || record[1].Evidence.Piece != int64(two) || record[1].Evidence.Item != "tra-01-2" {
		s.t.Errorf("it stands as %+v by %+v", st, record)
	}
	story, err := s.LookStory(ctx, s.makoto, a.Member, 0)
	s.must(err)
	if len(story.Pieces) != 2 || story.Pieces[0].Title == story.Pieces[1].Title {
		s.t.Errorf("her story: %+v", story.Pieces)
	}
	run, err := s.Store.Run(ctx, a.Member, course.PriorSlug)
	s.must(err)
	if run.Total != 0 || run.Done != 0 || !run.Completed.IsZero() {
		s.t.Errorf("the run has a goal: %+v", run)
	}
}

// A passed portfolio whose award was revoked is no end either; one that came back is mended, not passed by.
func TestPortfolioAfterPortfolio(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		ctx := t.Context()
		kumiko, kyoko := s.person("三浦 久美子", member.Trainee), s.person("小野寺 京子", member.Coordinator)
		s.passes(s.makoto, s.handsIn(kumiko, s.nth("TRA-01", 1), 1))
		record, err := s.Store.Record(ctx, kumiko.Member)
		s.must(err)
		s.must(s.RevokeAward(ctx, kyoko, record[0].ID, desk.RevokeAwardForm{Holder: kumiko.Member, Reason: "judged_in_error"}))
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorRevoked || l.Next == nil || l.Next.Ref.Item != "tra-01-2" || l.Again != desk.AgainRaise {
			t.Errorf("revoked: %+v", l)
		}
		id := s.handsIn(kumiko, s.nth("TRA-01", 2), 1)
		if b, err := s.LookAtPiece(ctx, s.makoto, id); err != nil || b.NotMentor != 0 {
			t.Errorf("what was revoked keeps a mentor away: %d, %v", b.NotMentor, err)
		}
		_, err = s.Assess(ctx, s.makoto, id, s.judgement(id, practice.Return, 1))
		s.must(err)
		if l := s.prior(kumiko, "TRA-01"); l.State != desk.PriorReturned || l.Next != nil || l.Item.Ref.Item != "tra-01-2" {
			t.Errorf("returned: %+v", l)
		}
		s.closed(kumiko, s.nth("TRA-01", 3))
		s.handsIn(kumiko, s.nth("TRA-01", 2), 2, 1)
		s.sound()
		s.passes(s.makoto, id)
		third := s.handsIn(kumiko, s.nth("TRA-01", 3), 1)
		b, err := s.LookAtPiece(ctx, s.megumi, third)
		if s.must(err); len(b.Earlier) != 2 || b.Earlier[0].Ref.Item != "tra-01-2" || b.Earlier[1].Ref.Item != "tra-01" || b.NotMentor != s.makoto.Member {
			t.Errorf("the bench of the third: not %d, %+v", b.NotMentor, b.Earlier)
		}
		s.sound()
		for _, item := range []string{"tra-01-1", "tra-01-0", "tra-01-02", "tra-01-+2", "tra-01--2", "tra-01-2-2", "tra-01-", "tra-99-2", "tra-01-99999999999999999999"} {
			if it := s.Catalog.Item(course.Ref{Course: course.PriorSlug, Module: course.PriorModule, Item: item}); it != nil {
				t.Errorf("%s is %+v", item, it.Portfolio)
			}
		}
	})
}

// Nobody's portfolio opens another's, and what she handed in goes when she goes.
func TestFurtherPortfoliosAreHers(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		ctx := t.Context()
		one, other, kyoko := s.person("一", member.Trainee), s.person("二", member.Trainee), s.person("京子", member.Coordinator)
		s.passes(s.makoto, s.handsIn(one, s.nth("DES-01", 1), 1))
		s.closed(other, s.nth("DES-01", 2))
		s.closed(one, s.nth("DES-02", 2))
		id := s.handsIn(one, s.nth("DES-01", 2), 1)
		_, err := s.SaveWork(ctx, one, s.nth("DES-01", 2).Ref, practice.WorkDraft{Text: "まだの文"})
		s.must(err)
		s.must(s.Erase(ctx, kyoko, one.Member))
		_, err = s.LookAtPiece(ctx, s.makoto, id)
		s.refused("an erased piece", err, problem.NotFound, "store.missing")
		for _, table := range []string{"draft", "file", "award"} {
			column := map[string]string{"file": "owner_id"}[table]
			if column == "" {
				column = "member_id"
			}
			if rows := s.column(s.raw(), fmt.Sprintf("SELECT 1 FROM %s WHERE %s = %d", table, column, one.Member)); len(rows) > 0 {
				t.Errorf("%d rows of %s stay", len(rows), table)
			}
		}
	})
}

// What /record says would raise a skill, or renew it, is true: an assignment, else a portfolio, else nothing.
func TestWaysToProveMore(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		yumi := s.person("𠮷田 由美", member.Trainee)
		expect := func(when string, want map[skill.ID][]string) {
			t.Helper()
			for id, items := range want {
				if got, shown := s.next(yumi, id); !slices.Equal(got, items) || shown == (items == nil) {
					t.Errorf("%s, %s: %v (shown: %t), want %v", when, id, got, shown, items)
				}
			}
		}
		expect("at first", map[skill.ID][]string{
			"OFF-01": {"ledger"}, "OFF-03": {"merge-customers", "ledger"}, "BIZ-01": {"late-notice"}, "TRA-01": nil, // not taught: /record/prior has it
		})
		for _, slug := range []string{basics, dataEntry} {
			for _, it := range s.pieces(slug) {
				if it.Ref.Item == "ledger" || it.Ref.Item == "late-notice" {
					s.passes(s.makoto, s.handsIn(yumi, it, 1))
				}
			}
		}
		expect("with two pieces", map[skill.ID][]string{
			"OFF-01": {"off-01"}, // held at 1, and no assignment proves more
			"OFF-03": {"merge-customers"}, "BIZ-01": {}, "OFF-04": {"business-list"},
		})
		s.handsIn(yumi, s.portfolio("OFF-01"), 1)
		expect("while a portfolio is with a mentor", map[skill.ID][]string{"OFF-01": {}})

		last := s.now.AddDate(0, skill.LapseMonths, 0).Add(-skill.RenewalNear)
		s.now = last.Add(-time.Second)
		expect("before it is due", map[skill.ID][]string{"BIZ-01": {}, "OFF-03": {"merge-customers"}})
		s.now = last
		expect("once it is nearly due", map[skill.ID][]string{"BIZ-01": {"biz-01"}, "OFF-03": {"merge-customers"}})
		s.now = last.AddDate(1, 0, 0)
		expect("once it has lapsed", map[skill.ID][]string{"BIZ-01": {"biz-01"}, "OFF-03": {"merge-customers"}})
		s.passes(s.megumi, s.handsIn(yumi, s.portfolio("BIZ-01"), 1))
		expect("once it was renewed", map[skill.ID][]string{"BIZ-01": {}})
		s.now = s.now.AddDate(1, 0, 0)
		expect("once more a year later", map[skill.ID][]string{"BIZ-01": {"biz-01-2"}})
		if l := s.prior(yumi, "BIZ-01"); l.Again != desk.AgainRenew || l.Next.Ref.Item != "biz-01-2" {
			t.Errorf("her page of portfolios: %+v", l)
		}
	})
}

// What no portfolio raises or renews is not promised of one.
func TestPortfoliosPromiseNothingFalse(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		ctx, yumi := t.Context(), s.person("𠮷田 由美", member.Trainee)
		id := s.handsIn(yumi, s.portfolio("BIZ-01"), 1)
		s.passes(s.makoto, id)
		_, err := s.raw().ExecContext(ctx, fmt.Sprintf("UPDATE award SET level = %d WHERE member_id = %d", skill.Checks, yumi.Member))
		s.must(err)
		s.now = s.now.AddDate(2, 0, 0)
		if got, shown := s.next(yumi, "BIZ-01"); len(got) != 0 || !shown {
			t.Errorf("level 3 is renewed by nothing, but %v is offered", got)
		}
	})
}

// A lapse stands in the record's history, at the moment it came, until for ever; nothing keeps it but the awards.
func TestLapsesAreTold(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		yumi := s.person("𠮷田 由美", member.Trainee)
		s.passes(s.makoto, s.handsIn(yumi, s.portfolio("BIZ-01"), 1))
		told := func() []desk.HappenedKind {
			p, err := s.LookRecord(t.Context(), yumi)
			s.must(err)
			var out []desk.HappenedKind
			for _, h := range p.History {
				out = append(out, h.What)
				if h.What == desk.HappenedLapsed && (h.Skill != "BIZ-01" || h.Level != skill.Alone || h.At.After(s.now)) {
					t.Errorf("a lapse: %+v", h)
				}
			}
			return out
		}
		s.now = s.now.AddDate(1, 0, 0).Add(-time.Second)
		if got := told(); !slices.Equal(got, []desk.HappenedKind{desk.HappenedAward}) {
			t.Errorf("to the last moment: %v", got)
		}
		s.now = s.now.AddDate(0, 2, 0)
		if got := told(); !slices.Equal(got, []desk.HappenedKind{desk.HappenedLapsed, desk.HappenedAward}) {
			t.Errorf("lapsed: %v", got)
		}
		s.passes(s.makoto, s.handsIn(yumi, s.nth("BIZ-01", 2), 1))
		if got := told(); !slices.Equal(got, []desk.HappenedKind{desk.HappenedAward, desk.HappenedLapsed, desk.HappenedAward}) {
			t.Errorf("renewed: %v", got)
		}
	})
}

// A skill certificate that was lost with its evidence comes back with new evidence, under a new number; the old one stays
// revoked.
func TestLostCertificateIsProvenAgain(t *testing.T) {
	inSchool(t, func(t *testing.T, s *school) {
		ctx := t.Context()
		kumiko, kyoko := s.person("三浦 久美子", member.Trainee), s.person("小野寺 京子", member.Coordinator)
		s.passes(s.makoto, s.handsIn(kumiko, s.nth("TRA-01", 1), 1))
		s.passes(s.megumi, s.handsIn(kumiko, s.nth("TRA-01", 2), 1))
		record, err := s.Store.Record(ctx, kumiko.Member)
		s.must(err)
		s.must(s.RevokeAward(ctx, kyoko, record[0].ID, desk.RevokeAwardForm{Holder: kumiko.Member, Reason: skill.JudgedInError}))
		lost, err := s.Store.Certificates(ctx, kumiko.Member)
		s.must(err)
		if len(lost) != 1 || lost[0].Latest.State != certificate.Revoked || lost[0].Latest.Reason != certificate.LostEvidence {
			t.Fatalf("with one piece less: %+v", lost)
		}
		s.passes(s.makoto, s.handsIn(kumiko, s.nth("TRA-01", 3), 1))
		held, err := s.Store.Certificates(ctx, kumiko.Member)
		s.must(err)
		if len(held) != 2 || held[0].Number == lost[0].Number || held[0].Revision != 2 || held[0].Latest.State != "" || held[1].Latest.State != certificate.Revoked {
			t.Errorf("proven again: %+v", held)
		}
		s.sound()
	})
}
