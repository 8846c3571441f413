package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/job"
	"tenarai/internal/match"
	"tenarai/internal/member"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// What a look at candidates is bounded by.
const (
	maxConsidered = 200 // who pressed "interested" first, then the longest ready
	maxEvidence   = 4   // pieces shown for one skill, the newest
)

// Candidates is who fits a posting, as a company or producer may see it: without names and without anything that leads
// to one.
type Candidates struct {
	Posting    PostingLook
	Rows       []CandidateLook
	Fit        int // how many fit; the rows are a page of them
	NotShown   store.NotShown
	Considered int // at most maxConsidered are held against the posting
}

// CandidateLook is one trainee under the letter she has on this posting. It holds no id, free text or mentor's mark.
type CandidateLook struct {
	Letter     string // A, B … Z, AA …
	Skills     []SkillLook
	Others     []SkillLook // what else she has proven, without evidence
	HoursWeek  int
	ReadyUntil time.Time
	Interested bool // pressed it on this posting
	Score      int
	Terms      []match.Term
	TiedWith   int
}

// SkillLook is a skill at the level held, with what proves it.
type SkillLook struct {
	Title    skill.Text
	Level    skill.Level
	Asked    skill.Level // 0: not asked for
	Can      skill.Text  // the level's descriptor
	Evidence []EvidenceLook
}

// EvidenceLook is a piece that proves a skill: the assignment's title and for each rubric row the descriptor reached.
type EvidenceLook struct {
	Title skill.Text
	At    time.Time
	Rows  []RowLook
}

// RowLook is a rubric row and the descriptor reached in it.
type RowLook struct{ Title, Reached skill.Text }

// LookCandidates shows who fits a posting, the best first, a page at a time. Only an open posting shows anybody.
//
// A company's look is a disclosure: in the transaction in which its page is made, everybody on it is logged, once for each
// trainee, posting, viewer and day in Tokyo, and so is the look itself. If that cannot be kept nothing is shown. It is the
// record of a look, not a change of anything, so a GET may make it. A producer is the trainees' own center: her look is an
// event alone.
func (d *Desk) LookCandidates(ctx context.Context, a Actor, id job.PostingID, offset, limit int) (Candidates, error) {
	p, err := d.LookPosting(ctx, a, id)
	if err != nil {
		return Candidates{}, err
	}
	look := Candidates{Posting: p}
	if !p.Live {
		return look, nil
	}
	now := d.Now()
	ranked, err := d.ranked(ctx, p, now, &look)
	if err != nil {
		return look, err
	}
	offset = min(max(offset, 0), len(ranked))
	shown := ranked[offset:min(offset+limit, len(ranked))]
	letters, err := d.disclose(ctx, a, p.Posting, shown)
	if err != nil {
		return look, err
	}
	ids := make([]member.ID, len(shown))
	for i, m := range shown {
		ids[i] = m.Candidate.Member
	}
	held, err := d.Store.Held(ctx, ids)
	if err != nil {
		return look, err
	}
	proofs, err := d.Store.Proofs(ctx, ids, asked(p.Bar), maxEvidence)
	if err != nil {
		return look, err
	}
	for _, m := range shown {
		row := d.candidateLook(p.Bar, m, held[m.Candidate.Member], proofs[m.Candidate.Member])
		row.Letter = letters[m.Candidate.Member]
		look.Rows = append(look.Rows, row)
	}
	return look, nil
}

// ranked holds the ready against a posting and sorts those who fit. The number of queries does not grow with theirs.
func (d *Desk) ranked(ctx context.Context, p PostingLook, now time.Time, look *Candidates) ([]match.Match, error) {
	rows, not, err := d.Store.Candidates(ctx, p.Posting, now, maxConsidered)
	if err != nil {
		return nil, err
	}
	look.NotShown, look.Considered = not, len(rows)
	ids := make([]member.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Member
	}
	records, err := d.Store.Marks(ctx, ids, asked(p.Bar))
	if err != nil {
		return nil, err
	}
	var fit []match.Match
	for _, r := range rows {
		m := match.Hold(p.Bar, p.Posting, match.Candidate{
			Member: r.Member, Readiness: r.Readiness.Readiness, ReadySince: r.Readiness.Since, Record: records[r.Member], Hours: r.Hours,
			Sharing: r.Sharing, Interested: r.Interested, OnTime: r.OnTime, Due: r.Due,
		}, now)
		if m.Shown() {
			fit = append(fit, m)
		}
	}
	match.Rank(fit)
	look.Fit = len(fit)
	return fit, nil
}

// disclose logs a look and answers with the letter of everybody who is shown.
func (d *Desk) disclose(ctx context.Context, a Actor, p job.Posting, shown []match.Match) (map[member.ID]string, error) {
	company := a.Is(member.Company) && a.Company == p.Company
	ids := make([]member.ID, len(shown))
	for i, m := range shown {
		ids[i] = m.Candidate.Member
	}
	var letters map[member.ID]string
	err := d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if _, err := d.Store.LockPosting(ctx, a.Center, p.ID); err != nil {
			return err
		}
		if company {
			if err := d.logShown(ctx, a, p, shown, ids, now); err != nil {
				return err
			}
		}
		first, err := d.Store.FirstShown(ctx, p.ID)
		if err != nil {
			return err
		}
		letters = lettersFor(first, ids)
		return d.happened(ctx, a, now, "posting.candidates_seen", audit.Subject{Kind: "posting", ID: int64(p.ID)}, 0,
			map[string]any{"shown": len(shown), "company": company})
	})
	return letters, err
}

// logShown keeps a disclosure for everybody whom this viewer has not been shown today.
func (d *Desk) logShown(ctx context.Context, a Actor, p job.Posting, shown []match.Match, ids []member.ID, now time.Time) error {
	before, err := d.Store.DisclosedSince(ctx, p.ID, a.Member, ids, startOfDay(now))
	if err != nil {
		return err
	}
	var list []store.Disclosure
	for _, m := range shown {
		if before[m.Candidate.Member] {
			continue
		}
		basis := "general"
		if !m.Candidate.Interested.IsZero() {
			basis = "interest"
		}
		list = append(list, store.Disclosure{Member: m.Candidate.Member, Posting: p.ID, Company: p.Company, Viewer: a.Member, Basis: basis, At: now})
	}
	return d.Store.AddDisclosures(ctx, list)
}

// lettersFor names people on one posting: A is who was shown to its company first, and stays A. Whom no company has seen
// yet comes after, as she stands on the page; her letter is fixed by the company's first look. Letters begin anew on every
// posting, so that nobody can be followed from one to another.
func lettersFor(first, now []member.ID) map[member.ID]string {
	out := map[member.ID]string{}
	for _, id := range slices.Concat(first, now) {
		if out[id] == "" {
			out[id] = letter(len(out))
		}
	}
	return out
}

// letter is the n-th of A, B … Z, AA, AB …; n counts from 0.
func letter(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// asked are the skills a job type asks for.
func asked(b readiness.Bar) []store.Asked {
	out := make([]store.Asked, len(b.Requires))
	for i, q := range b.Requires {
		out[i] = store.Asked{Skill: q.Skill, Least: q.Level}
	}
	return out
}

// candidateLook is what of a match may be shown.
func (d *Desk) candidateLook(b readiness.Bar, m match.Match, held map[skill.ID]skill.Level, proofs skill.Record) CandidateLook {
	c := m.Candidate
	row := CandidateLook{
		HoursWeek: c.Hours.HoursWeek, ReadyUntil: c.Readiness.Until, Interested: !c.Interested.IsZero(),
		Score: m.Score, Terms: m.Terms, TiedWith: m.TiedWith,
	}
	asked := map[skill.ID]bool{}
	for _, q := range b.Requires {
		asked[q.Skill] = true
		s := d.skillLook(q.Skill, held[q.Skill])
		s.Asked = q.Level
		for _, w := range proofs.Of(q.Skill, q.Level) {
			s.Evidence = append(s.Evidence, evidenceLook(w))
		}
		row.Skills = append(row.Skills, s)
	}
	for _, id := range slices.Sorted(maps.Keys(held)) {
		if !asked[id] {
			row.Others = append(row.Others, d.skillLook(id, held[id]))
		}
	}
	return row
}

func (d *Desk) skillLook(id skill.ID, level skill.Level) SkillLook {
	s := d.Catalog.Skill(id)
	return SkillLook{Title: s.Title, Level: level, Can: s.Levels[level]}
}

func evidenceLook(w skill.Award) EvidenceLook {
	e := EvidenceLook{Title: w.Evidence.Title, At: w.At}
	for _, r := range w.Evidence.Rows {
		e.Rows = append(e.Rows, RowLook{r.Title, r.Descriptor})
	}
	return e
}
