package main

import (
	"context"
	"io"
	"iter"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/pdf"
)

// batchEvery is how often the worker of batches looks whether another node, or one that died, left one open.
const batchEvery = 20 * time.Second

// workBatches issues the certificates of whole cohorts until the context ends. wake lets it begin at once.
func (t *town) workBatches(ctx context.Context, wake <-chan struct{}) {
	for wait := time.NewTimer(0); ; wait.Reset(batchEvery) {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-wait.C:
		}
		for worked := true; worked && ctx.Err() == nil; {
			var err error
			if worked, err = t.desk.WorkBatch(ctx); err != nil && ctx.Err() == nil {
				t.log.Error("batch", "error", err.Error())
				break
			}
		}
	}
}

// waker is a channel that tells one waiting worker to begin, and the function that does so without ever waiting itself.
func waker() (wake chan struct{}, call func()) {
	wake = make(chan struct{}, 1)
	return wake, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// combine writes the papers of a batch as one file, with an entry in its outline for each holder.
func combine(w io.Writer, title string, papers iter.Seq2[desk.BatchPaper, error]) error {
	return pdf.Combine(w, title, func(yield func(pdf.Part, error) bool) {
		for p, err := range papers {
			if !yield(pdf.Part{Bytes: p.PDF.Bytes, Title: p.Snapshot.Name}, err) {
				return
			}
		}
	})
}
