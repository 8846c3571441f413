package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tenarai/internal/member"
	"tenarai/internal/store"
)

func (k *kept) letter(m member.ID, kind string, at time.Time) {
	k.t.Helper()
	k.do(func(ctx context.Context) error {
		return k.AddLetter(ctx, store.Letter{Member: m, Kind: kind, Data: map[string]any{"k": kind}, Created: at, SendAfter: at})
	})
}

func (k *kept) take(now, until time.Time, people int) []store.Letter {
	k.t.Helper()
	return value(k, func(ctx context.Context) ([]store.Letter, error) { return k.TakeLetters(ctx, now, until, people) })
}

// However many workers take letters at once, each letter is taken once, and all of it.
func TestLettersAreTakenOnce(t *testing.T) {
	onBoth(t, func(k *kept) {
		const people, each, workers = 12, 3, 4
		for range people {
			m := k.person("人")
			for i := range each {
				k.letter(m, []string{"received", "returned", "passed"}[i], start)
			}
		}
		var mu sync.Mutex
		taken := map[int64]int{}
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range people { // one person at a time at least, so that all are taken
					var got []store.Letter
					err := k.Tx(context.Background(), func(ctx context.Context) (err error) {
						got, err = k.TakeLetters(ctx, start, start.Add(time.Minute), 2)
						return err
					})
					if err != nil {
						k.t.Error(err)
						return
					}
					mu.Lock()
					for _, l := range got {
						taken[l.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range taken {
			if n != 1 {
				k.t.Errorf("letter %d was taken %d times", id, n)
			}
		}
		if rest := k.take(start, start.Add(time.Minute), 100); len(taken)+len(rest) != people*each {
			k.t.Errorf("%d taken and %d left of %d", len(taken), len(rest), people*each)
		}
	})
}

// A letter waits for its time, comes with all others of its person, is tried again when its worker died, and is not sent again.
func TestLetterLife(t *testing.T) {
	onBoth(t, func(k *kept) {
		a, b := k.person("甲"), k.person("乙")
		k.letter(a, "received", start)
		k.letter(b, "received", start.Add(time.Second))
		k.letter(a, "passed", start.Add(2*time.Second))
		later := start.Add(time.Minute)
		if got := k.take(start.Add(-time.Millisecond), later, 9); len(got) != 0 {
			k.t.Errorf("too early: %+v", got)
		}
		got := k.take(start.Add(3*time.Second), later, 1)
		if len(got) != 2 || got[0].Member != a || got[1].Member != a || got[0].Data["k"] == nil || got[0].Tries != 1 {
			k.t.Fatalf("one person's: %+v", got)
		}
		if got := k.take(start.Add(3*time.Second), later, 9); len(got) != 1 || got[0].Member != b {
			k.t.Errorf("the other's: %+v", got)
		}
		if got := k.take(later.Add(-time.Millisecond), later, 9); len(got) != 0 {
			k.t.Errorf("held back: %+v", got)
		}
		again := k.take(later, later.Add(time.Minute), 9)
		if len(again) != 3 || again[0].Tries != 2 {
			k.t.Errorf("after the worker died: %+v", again)
		}
		ids := []int64{got[0].ID, got[1].ID}
		sent := later.Add(time.Second)
		k.do(func(ctx context.Context) error {
			return errors.Join(k.LettersSent(ctx, ids[:1], sent), k.LettersFailed(ctx, ids[1:], "no such address", time.Time{}, sent))
		})
		if got := k.take(later.Add(24*time.Hour), later.Add(48*time.Hour), 9); len(got) != 1 || got[0].Member != b {
			k.t.Errorf("sent or given up, and taken again: %+v", got)
		}
		if last, err := k.LastLetter(context.Background(), a); err != nil || !last.Equal(sent) {
			k.t.Errorf("last sent %v, %v; want %v", last, err, sent)
		}
		if last, err := k.LastLetter(context.Background(), b); err != nil || !last.IsZero() {
			k.t.Errorf("to the other %v, %v; want never", last, err)
		}
	})
}
