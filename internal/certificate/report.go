package certificate

import (
	"errors"
	"slices"
	"time"
)

// Fault is a reason not to rely on a machine credential.
type Fault string

// The faults.
const (
	Forged         Fault = "forged"          // the signature does not fit what is said, or something is not signed
	UnknownProof   Fault = "unknown_proof"   // it is signed in a way that is not known here, or not at all
	UnknownContext Fault = "unknown_context" // it uses words that are not known here, so that nobody here can say what was signed
	Unattested     Fault = "unattested"      // the issuer does not publish the key
	KeyNotFetched  Fault = "key_not_fetched" // where the issuer publishes the key was not looked into
	NotYet         Fault = "not_yet"         // it is not valid yet
	TimeOver       Fault = "lapsed"          // its time is over
	TakenBack      Fault = "revoked"         // the issuer has taken it back
	Suspended      Fault = "suspended"       // the issuer is looking into it
	StatusUnknown  Fault = "status_unknown"  // its status could not be found out
	BadPart        Fault = "part_not_good"   // something speaks against a credential that it holds
	OpenPart       Fault = "part_open"       // a credential that it holds could not be checked to the end
	TooMuch        Fault = "too_much"        // it is too large or too complicated to be checked here
)

// Faults are all of them.
var Faults = []Fault{
	Forged, UnknownProof, UnknownContext, Unattested, KeyNotFetched, NotYet, TimeOver, TakenBack, Suspended, StatusUnknown, BadPart, OpenPart, TooMuch,
}

// ErrNotFetched says that a document was not looked for: whoever checks has no way to it, or does not want to use it.
var ErrNotFetched = errors.New("not fetched")

// Report is what a check of a machine credential found. Names and dates are what the credential says; believe them if it
// is Good.
type Report struct {
	ID, Name           string
	Record             bool   // a learner record (CLR) that holds credentials
	Signed             string // how: the proof's cryptosuite or the signature's algorithm; empty: in no way known here
	Issuer, IssuerName string
	IssuerHost         string // where the issuer publishes; empty for one that is its own key
	Ours               bool   // it names this installation as its issuer; believe it if it is Authentic
	Achievements       []string
	Evidence           int
	From, Until        time.Time // zero: not said
	Status             bool      // it names where its status is told; one that does not cannot be taken back
	Parts              []Report  // of a record: the credentials in it
	Faults             []Fault
	Why                []error // for whoever looks into it, as many as Faults
}

// Good tells that nothing speaks against the credential.
func (r Report) Good() bool { return len(r.Faults) == 0 }

// Has tells whether a fault was found.
func (r Report) Has(f Fault) bool { return slices.Contains(r.Faults, f) }

// Authentic tells that the issuer said what the credential says, however it stands now.
func (r Report) Authentic() bool {
	for _, f := range []Fault{Forged, UnknownProof, UnknownContext, Unattested, KeyNotFetched, TooMuch} {
		if r.Has(f) {
			return false
		}
	}
	return true
}

// Open tells that nothing is known against the credential, but that it could not be checked to the end.
func (r Report) Open() bool {
	for _, f := range r.Faults {
		if !slices.Contains([]Fault{UnknownProof, UnknownContext, KeyNotFetched, StatusUnknown, OpenPart, TooMuch}, f) {
			return false
		}
	}
	return !r.Good()
}

// Add notes a fault and what makes it one.
func (r *Report) Add(f Fault, why error) {
	r.Faults, r.Why = append(r.Faults, f), append(r.Why, why)
}
