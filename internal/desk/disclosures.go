package desk

import (
	"context"

	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// DisclosureLine is one line of what somebody reads about who saw something of hers.
type DisclosureLine = store.DisclosureLine

// LookDisclosures shows somebody everything that was shown of her, the newest first, a page at a time: to companies that
// looked for people, by her links, and on the verify page while her name stood there. It does not end with her learning.
func (d *Desk) LookDisclosures(ctx context.Context, a Actor, offset, limit int) (list []DisclosureLine, total int, err error) {
	if !a.SignedIn() {
		return nil, 0, problem.Forbid("desk.not_yours")
	}
	return d.Store.DisclosureLines(ctx, a.Member, offset, limit)
}
