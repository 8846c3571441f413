package desk

import (
	"context"
	"time"
)

// How long things are kept that nobody looks at any more.
const (
	keysFor  = 7 * 24 * time.Hour // idempotency keys: a form open longer than that is a new one
	linksFor = 30 * 24 * time.Hour
)

// Tidied counts what Tidy removed.
type Tidied struct{ Files int }

// Tidy forgets what has run out: idempotency keys, sessions, one-time links, what came of somebody just as she was erased,
// what the database's log still holds, and bytes that no row names. It may run at any time and on several nodes.
func (d *Desk) Tidy(ctx context.Context) (Tidied, error) {
	err := d.deed(ctx, func(ctx context.Context, now time.Time) error {
		if err := d.Store.ForgetKeys(ctx, now.Add(-keysFor)); err != nil {
			return err
		}
		return d.Store.ForgetSessions(ctx, now, now.Add(-linksFor))
	})
	if err != nil {
		return Tidied{}, err
	}
	if err := d.eraseAgain(ctx); err != nil {
		return Tidied{}, err
	}
	if err := d.Store.Checkpoint(ctx); err != nil {
		return Tidied{}, err
	}
	n, err := d.SweepFiles(ctx)
	return Tidied{n}, err
}
