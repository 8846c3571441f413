package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenarai/internal/member"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// Marks are the records of the skills asked for, without words.
func TestMarksAreRecordsWithoutWords(t *testing.T) {
	onBoth(t, func(k *kept) {
		ctx := context.Background()
		m, mentor := k.person("人", member.Trainee), k.person("先生", member.Mentor)
		attempt, assessment := k.judged(k.run(m), mentor)
		rows := []skill.Row{{ID: "a", Title: skill.Text{JA: "題\"1\""}, Mark: 3, Descriptor: skill.Text{JA: "よい"}}, {ID: "b", Mark: 0}}
		k.do(func(ctx context.Context) error {
			var errs []error
			for id, of := range map[skill.ID][]skill.Row{"OFF-01": rows, "OFF-02": nil, "OFF-03": {}, "COM-01": rows} {
				_, err := k.AddAward(ctx, skill.Award{
					Member: m, Skill: id, Level: skill.Alone, At: start, Evidence: skill.Evidence{Attempt: int64(attempt), Piece: 7, Rows: of},
				}, assessment, mentor)
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		})
		full, err := k.Record(ctx, m)
		if err != nil || len(full) != 4 {
			k.t.Fatal(len(full), err)
		}
		asked := []store.Asked{{Skill: "OFF-01"}, {Skill: "OFF-02", Least: skill.Checks}, {Skill: "OFF-03", Least: skill.Alone}}
		marks, err := k.Marks(ctx, []member.ID{m, mentor}, asked)
		if err != nil || len(marks[m]) != len(asked) || len(marks[mentor]) != 0 {
			k.t.Fatal(marks, err)
		}
		marksOf := func(a skill.Award) (out []int) {
			for _, r := range a.Evidence.Rows {
				out = append(out, r.Mark)
			}
			return out
		}
		for _, a := range marks[m] {
			i := slices.IndexFunc(full, func(f skill.Award) bool { return f.ID == a.ID })
			if f := full[i]; a.Skill != f.Skill || a.Level != f.Level || !a.At.Equal(f.At) || a.Evidence.Piece != f.Evidence.Piece || !slices.Equal(marksOf(a), marksOf(f)) {
				k.t.Errorf("got %+v, want of %+v", a, f)
			}
		}
		held, err := k.Held(ctx, []member.ID{m, mentor})
		if err != nil || len(held[m]) != 4 || len(held[mentor]) != 0 {
			k.t.Fatal(held, err)
		}
		for id, level := range held[m] {
			if level != full.Held(id) {
				k.t.Errorf("%s: holds %d, want %d", id, level, full.Held(id))
			}
		}
		proofs, err := k.Proofs(ctx, []member.ID{m}, asked, 1)
		if err != nil || !slices.Equal(proofs[m].Skills(), []skill.ID{"OFF-01", "OFF-03"}) {
			k.t.Fatal(proofs, err)
		}
		for _, p := range proofs[m] {
			i := slices.IndexFunc(full, func(f skill.Award) bool { return f.ID == p.ID })
			if diff := cmp.Diff(full[i], p); diff != "" {
				k.t.Error(diff)
			}
		}
	})
}
