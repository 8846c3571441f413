// Package mail turns the rows of the outbox into mail and sends them. What can wait is gathered into one letter a person
// and day; invitations and resets go at once. A deed writes its letter in its own transaction, so nothing is announced
// that did not happen, and what cannot be sent now is tried again.
package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/store"
)

// The rhythm of the worker.
const (
	Every     = 15 * time.Second // between two looks at an empty outbox
	leaseFor  = 10 * time.Minute // after which letters of a worker that died are taken by another
	people    = 20               // whose letters are taken in one round
	mostTries = 8
	digestAt  = 8 // o'clock in Tokyo, when what was held back goes out
)

// Config is what the worker works with.
type Config struct {
	Store   *store.Store
	Words   *i18n.Book
	Sender  Sender
	Address string // the public address of the service, without a slash at its end
	Now     func() time.Time
	Log     *slog.Logger
	// Title names a course ("/courses/c1") or what is taught in it ("/courses/c1/m/i") in a language.
	Title func(lang, path string) string
	// Paper is the PDF of a certificate by its number; ok is false if it stands no longer.
	Paper func(ctx context.Context, number string) (pdf []byte, ok bool, err error)
}

// Worker empties the outbox. Several may run on one database.
type Worker struct{ Config }

// NewWorker makes a worker.
func NewWorker(c Config) *Worker { return &Worker{c} }

// Run works until the context ends.
func (w *Worker) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		n, err := w.Round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.Log.Error("outbox", "error", err.Error())
			timer.Reset(Every)
		case n > 0:
			timer.Reset(0) // there may be more
		default:
			timer.Reset(Every)
		}
	}
}

// Round takes the letters that are due of some people and deals with each: sent, held back, or to be tried again. It
// answers how many letters it took; an error means that the database could not be used.
func (w *Worker) Round(ctx context.Context) (taken int, err error) {
	now := w.Now()
	var letters []store.Letter
	err = w.Store.Tx(ctx, func(ctx context.Context) error {
		letters, err = w.Store.TakeLetters(ctx, now, now.Add(leaseFor), people)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("take letters: %w", err)
	}
	slices.SortStableFunc(letters, func(a, b store.Letter) int {
		if a.Member != b.Member {
			return int(a.Member - b.Member)
		}
		return int(a.ID - b.ID)
	})
	// A mail server that answers slowly must not take the round beyond its lease: another worker would send the same.
	for rest := letters; len(rest) > 0 && ctx.Err() == nil && w.Now().Sub(now) < leaseFor/2; {
		n := 1
		for n < len(rest) && rest[n].Member == rest[0].Member {
			n++
		}
		// Told to stop, it finishes the person it is at: a mail that went out and was not marked would go out again.
		if err := w.deliver(context.WithoutCancel(ctx), rest[:n], now); err != nil {
			return len(letters), err
		}
		rest = rest[n:]
	}
	return len(letters), nil
}

// deliver deals with the letters of one person.
func (w *Worker) deliver(ctx context.Context, letters []store.Letter, now time.Time) error {
	to, err := w.Store.Member(ctx, letters[0].Member)
	if err != nil {
		return fmt.Errorf("read addressee: %w", err)
	}
	if to.Email == "" || to.Disabled {
		return w.mark(ctx, func(ctx context.Context) error {
			return w.Store.LettersFailed(ctx, ids(letters), "no address", time.Time{}, now)
		})
	}
	var waiting []store.Letter
	for _, l := range letters {
		if !l.AtOnce {
			waiting = append(waiting, l)
			continue
		}
		if err := w.send(ctx, to, []store.Letter{l}, now); err != nil {
			return err
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	until, err := w.heldUntil(ctx, to.ID, waiting, now)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		return w.mark(ctx, func(ctx context.Context) error { return w.Store.HoldLetters(ctx, ids(waiting), until) })
	}
	return w.send(ctx, to, waiting, now)
}

// heldUntil is when a person's letters may go: tomorrow morning if she had one today, with the earlier ones if those are
// still to be tried again, and at once (the zero time) else.
func (w *Worker) heldUntil(ctx context.Context, m member.ID, letters []store.Letter, now time.Time) (time.Time, error) {
	last, err := w.Store.LastLetter(ctx, m)
	if err != nil {
		return time.Time{}, err
	}
	y, month, day := now.In(i18n.Zone).Date()
	today := time.Date(y, month, day, 0, 0, 0, 0, i18n.Zone)
	if !last.Before(today) {
		return time.Date(y, month, day+1, digestAt, 0, 0, 0, i18n.Zone), nil
	}
	return w.Store.PendingDigest(ctx, m, ids(letters), now)
}

// send sends letters as one mail and marks what came of it. A mail that went out but could not be marked goes out again:
// better twice than never.
func (w *Worker) send(ctx context.Context, to member.Member, letters []store.Letter, now time.Time) error {
	message, err := w.write(ctx, to, letters, now)
	if err == nil {
		err = w.Sender.Send(ctx, message)
	}
	if err == nil {
		return w.mark(ctx, func(ctx context.Context) error { return w.Store.LettersSent(ctx, ids(letters), now) })
	}
	tries := 0
	for _, l := range letters {
		tries = max(tries, l.Tries)
	}
	again := time.Time{}
	if tries < mostTries {
		again = now.Add(backoff(tries))
	}
	w.Log.Warn("mail not sent", "kind", letters[0].Kind, "letters", len(letters), "member", int64(to.ID), "tries", tries, "error", err.Error())
	why := err.Error()
	return w.mark(ctx, func(ctx context.Context) error { return w.Store.LettersFailed(ctx, ids(letters), why, again, now) })
}

// backoff is how long to wait after the nth failure: 1, 4, 16, 64 minutes and so on, at most half a day.
func backoff(n int) time.Duration {
	const most = 12 * time.Hour
	d := time.Minute
	for range n - 1 {
		if d *= 4; d >= most {
			return most
		}
	}
	return d
}

func (w *Worker) mark(ctx context.Context, f func(ctx context.Context) error) error {
	if err := w.Store.Tx(ctx, f); err != nil {
		return fmt.Errorf("mark letters: %w", err)
	}
	return nil
}

func ids(letters []store.Letter) []int64 {
	out := make([]int64, len(letters))
	for i, l := range letters {
		out[i] = l.ID
	}
	return out
}

// errUnknownKind is a letter no words exist for: a mistake in the program, kept visible by its tries.
var errUnknownKind = errors.New("no words for this kind of letter")
