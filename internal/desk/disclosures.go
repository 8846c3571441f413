package desk

import (
	"context"

	"tenarai/internal/member"
	"tenarai/internal/store"
)

// DisclosureLine is one line of what a trainee reads about who saw something of hers.
type DisclosureLine = store.DisclosureLine

// LookDisclosures shows a trainee everything that was shown of her, the newest first, a page at a time: to companies that
// looked for people, by her links, and on the verify page while her name stood there.
func (d *Desk) LookDisclosures(ctx context.Context, a Actor, offset, limit int) (list []DisclosureLine, total int, err error) {
	if err := must(a, member.Trainee); err != nil {
		return nil, 0, err
	}
	return d.Store.DisclosureLines(ctx, a.Member, offset, limit)
}
