package desk

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// Programme certificates are issued for a whole cohort at once, when its coordinator says so: they are handed over on a day.
// The deed that begins a batch only writes down who gets one; a worker then takes the people one by one, each in a
// transaction of her own, so that a thousand of them lock nobody out and a crash loses and doubles nothing.

// GraduatesLook is a cohort before its certificates are issued, and what was issued before.
type GraduatesLook struct {
	cohort.Cohort
	Rows    []GraduateLine
	Sums    store.GraduateSums
	Size    int // rows on a page
	Batches []store.Batch
}

// GraduateLine is a person of a cohort, with the characters of her name that cannot be printed.
type GraduateLine struct {
	store.Graduate
	Unprintable []string
}

// Renamed tells whether the name on her certificate is not the registered one.
func (l GraduateLine) Renamed() bool { return l.Printed != l.Name }

// Due is how many would get a certificate now.
func (l GraduatesLook) Due() int { return l.Sums.Finished - l.Sums.Have }

// LookGraduates shows who of a cohort would get its certificate now.
func (d *Desk) LookGraduates(ctx context.Context, a Actor, id cohort.ID, page int) (GraduatesLook, error) {
	look := GraduatesLook{Size: PeopleOnPage}
	if err := must(a, member.Coordinator); err != nil {
		return look, err
	}
	var err error
	if look.Cohort, err = d.Store.Cohort(ctx, a.Center, id); err != nil {
		return look, err
	}
	from := max(page-1, 0) * look.Size
	rows, sums, err := d.Store.Graduates(ctx, id, from, look.Size)
	if last := offset(page, sums.All, look.Size); err == nil && last < from { // a page too far is the last one
		rows, _, err = d.Store.Graduates(ctx, id, last, look.Size)
	}
	if err != nil {
		return look, err
	}
	look.Sums = sums
	for _, g := range rows {
		look.Rows = append(look.Rows, GraduateLine{g, d.unprintable(certificate.Snapshot{Name: g.Printed, Latin: g.Latin})})
	}
	look.Batches, err = d.Store.Batches(ctx, id)
	return look, err
}

// IssueToCohort begins a batch: everybody of a cohort who has finished all of its courses gets its certificate.
func (d *Desk) IssueToCohort(ctx context.Context, a Actor, id cohort.ID) (certificate.BatchID, error) {
	if err := must(a, member.Coordinator); err != nil {
		return 0, err
	}
	return once(ctx, d, a, "batch.begun", func(ctx context.Context, now time.Time) (certificate.BatchID, error) {
		if err := d.Store.LockCohort(ctx, a.Center, id); err != nil {
			return 0, err
		}
		k, err := d.Store.Cohort(ctx, a.Center, id)
		if err != nil {
			return 0, err
		}
		if err := cohort.CheckPrinted(k, d.Printable); err != nil {
			return 0, err
		}
		b, err := d.Store.AddBatch(ctx, store.Batch{Center: a.Center, Cohort: id, MadeBy: a.Member, Created: now})
		if err != nil {
			return 0, err
		}
		if b == 0 {
			return 0, problem.Clash("certificate.nobody_due")
		}
		return b, d.happened(ctx, a, now, "batch.begun", audit.Subject{Kind: "cohort", ID: int64(id)}, 0, nil)
	})
}

// batchHold is how long a node may be silent over one certificate before another takes the batch over.
const batchHold = 2 * time.Minute

// WorkBatch works on one open batch, if there is any, until it is done or ctx ends; worked tells whether there was one.
func (d *Desk) WorkBatch(ctx context.Context) (worked bool, err error) {
	var b store.Batch
	var ok bool
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		var err error
		b, ok, err = d.Store.TakeBatch(ctx, now, now.Add(batchHold))
		return err
	})
	if err != nil || !ok {
		return false, err
	}
	for ctx.Err() == nil {
		n, m, ok, err := d.Store.NextInBatch(ctx, b.ID)
		if err != nil {
			return true, err
		}
		if !ok {
			return true, d.deed(ctx, func(ctx context.Context, now time.Time) error { return d.Store.FinishBatch(ctx, b.ID, now) })
		}
		if err := d.graduate(ctx, b, n, m); err != nil {
			return true, err
		}
	}
	return true, ctx.Err()
}

// graduate issues the programme certificate of one person of a batch and prints it. What speaks against one person's
// certificate is kept beside her name and stops nobody else's.
func (d *Desk) graduate(ctx context.Context, b store.Batch, n int, m member.ID) error {
	var id certificate.ID
	err := d.deed(ctx, func(ctx context.Context, now time.Time) error {
		var trouble string
		var err error
		if id, trouble, err = d.grantProgramme(ctx, b, m, now); err != nil {
			return err
		}
		first, err := d.Store.DoneInBatch(ctx, b.ID, n, id, trouble, now, now.Add(batchHold))
		if err == nil && !first {
			err = errOvertaken // and nothing of this transaction stays
		}
		return err
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil || id == 0 {
		return err
	}
	h, err := d.Store.CertificateByID(ctx, id)
	if err != nil {
		return err
	}
	_, err = d.paper(ctx, h)
	return err
}

var errOvertaken = errors.New("another node has done this")

// grantProgramme grants and issues a programme certificate, or tells what speaks against it, as a key of the words: then
// nothing was written.
func (d *Desk) grantProgramme(ctx context.Context, b store.Batch, m member.ID, now time.Time) (id certificate.ID, trouble string, err error) {
	if err := d.Store.LockMember(ctx, m); err != nil {
		return 0, "", err
	}
	holder, err := d.Store.Member(ctx, m)
	if isMissing(err) || err == nil && holder.Disabled { // erased or locked out since the batch began
		return 0, "certificate.account_closed", nil
	}
	if err != nil {
		return 0, "", err
	}
	k, err := d.Store.Cohort(ctx, b.Center, b.Cohort)
	if err != nil {
		return 0, "", err
	}
	list, err := d.Store.Runs(ctx, m)
	if err != nil {
		return 0, "", err
	}
	runs := newest(list)
	notOwn, err := d.Store.RunsNotOwn(ctx, m)
	if err != nil {
		return 0, "", err
	}
	for _, slug := range k.Courses {
		switch run := runs[slug]; {
		case run.Completed.IsZero():
			return 0, "certificate.not_finished", nil
		case slices.Contains(notOwn, run.ID):
			return 0, "certificate.not_own_work", nil
		}
	}
	g := certificate.Grant{Member: m, Center: b.Center, Kind: certificate.KindProgramme, Subject: certificate.ProgrammeSubject(int64(k.ID)), At: now}
	snap, err := d.programmeSnapshot(ctx, g, k, runs)
	if err != nil {
		return 0, "", err
	}
	if bad := d.unprintable(snap); len(bad) > 0 {
		return 0, "certificate.unprintable", nil
	}
	if g.ID, err = d.Store.AddGrant(ctx, g); err != nil {
		return 0, "", err
	}
	if g.ID == 0 {
		return 0, "certificate.has_one", nil
	}
	c, err := d.issue(ctx, g, certificate.Certificate{Revision: 1, Snapshot: snap}, b.ID, now)
	return c.ID, "", err
}

// unprintable are the characters of what people have named that cannot be printed: of the holder, the programme, the center.
func (d *Desk) unprintable(s certificate.Snapshot) []string {
	if d.Printable == nil {
		return nil
	}
	var out []string
	for _, text := range []string{s.Name, s.Kana, s.Latin, s.Topic.JA, s.Topic.EN, s.CenterName, s.CenterNameEn} {
		for _, c := range d.Printable(text) {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// programmeSnapshot gathers what a programme's certificate says: the courses of the cohort, and what was proven in them.
func (d *Desk) programmeSnapshot(ctx context.Context, g certificate.Grant, k cohort.Cohort, runs map[string]cohort.CourseRun) (certificate.Snapshot, error) {
	s, err := d.blank(ctx, g)
	if err != nil {
		return s, err
	}
	s.Topic = k.Programme()
	s.Title = s.Topic
	record, err := d.Store.Record(ctx, g.Member)
	if err != nil {
		return s, err
	}
	var promises [][]course.Text
	for _, slug := range k.Courses {
		run := runs[slug]
		if s.Began.IsZero() || run.Started.Before(s.Began) {
			s.Began = run.Started
		}
		if run.Completed.After(s.Ended) {
			s.Ended = run.Completed
		}
		pieces, err := d.pieces(ctx, slug, run)
		if err != nil {
			return s, err
		}
		s.Pieces = append(s.Pieces, pieces...)
		for _, p := range d.proven(record, slug) {
			if !slices.ContainsFunc(s.Skills, func(o certificate.Proven) bool { return o.Skill == p.Skill }) {
				s.Skills = append(s.Skills, p)
			}
		}
		c := d.course[slug]
		if c == nil {
			s.Modules = append(s.Modules, course.Text{JA: slug})
			continue
		}
		s.Modules, s.Minutes = append(s.Modules, c.Title), s.Minutes+c.Minutes()
		promises = append(promises, c.Certificate.CanDo)
	}
	s.CanDo = inTurn(promises, 4)
	return s, nil
}

// inTurn takes the first of every list, then the second of every list, and so on, at most so many: no course's words push out
// another's.
func inTurn(lists [][]course.Text, most int) []course.Text {
	var out []course.Text
	for i := 0; ; i++ {
		any := false
		for _, l := range lists {
			if i < len(l) {
				any = true
				if out = append(out, l[i]); len(out) == most {
					return out
				}
			}
		}
		if !any {
			return out
		}
	}
}

// BatchLook is a batch with what became of it.
type BatchLook struct {
	store.Batch
	CohortName string
	Troubles   []store.BatchTrouble
}

// LookBatch shows how far a batch has come.
func (d *Desk) LookBatch(ctx context.Context, a Actor, id certificate.BatchID) (BatchLook, error) {
	if err := must(a, member.Coordinator); err != nil {
		return BatchLook{}, err
	}
	b, err := d.Store.Batch(ctx, a.Center, id)
	if err != nil {
		return BatchLook{}, err
	}
	k, err := d.Store.Cohort(ctx, a.Center, b.Cohort)
	if err != nil {
		return BatchLook{}, err
	}
	const most = 50
	troubles, err := d.Store.BatchTroubles(ctx, id, most)
	return BatchLook{b, k.Name, troubles}, err
}

// BatchPaper is one printed certificate of a batch.
type BatchPaper struct {
	store.Held
	PDF store.PDF
}

// BatchPapers are the printed certificates of a batch in its order, read as they are asked for: a thousand of them are never
// in memory together. What is no longer valid is left out.
func (d *Desk) BatchPapers(ctx context.Context, a Actor, id certificate.BatchID) (iter.Seq2[BatchPaper, error], error) {
	if err := must(a, member.Coordinator); err != nil {
		return nil, err
	}
	if _, err := d.Store.Batch(ctx, a.Center, id); err != nil {
		return nil, err
	}
	return func(yield func(BatchPaper, error) bool) {
		const atOnce = 20
		for n := 0; ; {
			held, last, err := d.Store.BatchCertificates(ctx, id, n, atOnce)
			if err != nil {
				yield(BatchPaper{}, err)
				return
			}
			for _, h := range held {
				if h.StateAt(d.Now()) != certificate.Valid {
					continue
				}
				p, err := d.paper(ctx, h)
				if !yield(BatchPaper{h, p}, err) || err != nil {
					return
				}
			}
			if last == 0 {
				return
			}
			n = last
		}
	}, nil
}
