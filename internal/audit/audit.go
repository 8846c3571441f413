// Package audit holds the trail: who did what to what, in the past tense. An event is written in the transaction of its
// deed, so it can neither be forgotten nor outlive a rollback.
package audit

import (
	"time"

	"tenarai/internal/member"
)

// Action names what was done, in the past tense: "submission.assessed".
type Action string

// Subject is what something was done to.
type Subject struct {
	Kind string // "submission", "cohort" …
	ID   int64
}

// Event is one row of the trail. It holds ids and figures, never free text.
type Event struct {
	ID      int64
	At      time.Time
	Center  member.CenterID // 0: the installation
	Actor   member.ID       // 0: nobody signed in, or the program itself
	Action  Action
	Subject Subject
	About   member.ID      // whom it concerns; 0: nobody
	Data    map[string]any // ids, figures, keys
}
