package certificate

import (
	"strconv"
	"strings"
	"time"

	"tenarai/internal/member"
)

// Cause is why a revision was made.
type Cause string

// The causes.
const (
	First     Cause = "" // it was earned
	Renewed   Cause = "renewed"
	Corrected Cause = "corrected" // a name was wrong or has changed
	Restated  Cause = "restated"  // a part of what it said is no longer proven
)

// State is whether a certificate can be relied on.
type State string

// The states. Each is derived from what was kept, never stored.
const (
	Valid     State = "valid"
	Lapsed    State = "lapsed"    // its time is over; what it says was true on its day
	Replaced  State = "replaced"  // a later revision stands in its place
	Revoked   State = "revoked"   // the center has taken it back
	Withdrawn State = "withdrawn" // its holder was erased; nothing more is told
)

// Reason is why a certificate was taken back. The public reads the reason, and never a free text.
type Reason string

// The reasons.
const (
	IssuedInError Reason = "issued_in_error" // it should not have been issued
	NotOwnWork    Reason = "not_own_work"    // the work was not the holder's own
	HolderAsked   Reason = "holder_asked"
	NameChanged   Reason = "name_changed"  // of a replaced one
	NewEvidence   Reason = "new_evidence"  // of a replaced one: renewed
	LostEvidence  Reason = "lost_evidence" // by rule, of a revoked or replaced one: an award it rests on was revoked
	PersonErased  Reason = "person_erased"
)

// RevocationReasons are those a coordinator can choose from.
var RevocationReasons = []Reason{IssuedInError, NotOwnWork, HolderAsked}

// Change is one thing that happened to a certificate after its issue. Changes are only ever added: the latest one says how
// the certificate stands.
type Change struct {
	Certificate ID
	State       State // Revoked, Replaced or Withdrawn
	At          time.Time
	By          member.ID // zero: by rule
	Reason      Reason
	Note        string // for the center's staff alone
	Successor   ID     // of a replaced one
}

// StateAt is how a certificate stands at a time, after its latest change (the zero Change if there was none). A change
// outweighs the lapse: what was taken back stays taken back.
func (c Certificate) StateAt(latest Change, now time.Time) State {
	switch {
	case latest.State != "":
		return latest.State
	case !c.Until.IsZero() && !now.Before(c.Until):
		return Lapsed
	}
	return Valid
}

// MayEnd tells whether a certificate that stands so can still be revoked or replaced.
func (s State) MayEnd() bool { return s == Valid || s == Lapsed }

// BatchID identifies a batch: certificates of a whole cohort, issued at once by a coordinator.
type BatchID int64

// ProgrammeSubject is the subject of a programme's grant: the cohort.
func ProgrammeSubject(cohort int64) string { return cohortSubject + strconv.FormatInt(cohort, 10) }

const cohortSubject = "cohort-"

// CohortOf is the way back; zero if the subject is no cohort.
func CohortOf(subject string) int64 {
	id, ok := strings.CutPrefix(subject, cohortSubject)
	n, err := strconv.ParseInt(id, 10, 64)
	if !ok || err != nil {
		return 0
	}
	return n
}
