package desk

import (
	"slices"

	"tenarai/internal/member"
)

// Actor is who does a deed: the signed-in person in her active center. It is the first argument after ctx of every deed,
// never hidden in ctx. The zero Actor is a stranger.
type Actor struct {
	Member   member.ID
	Center   member.CenterID // the active center
	Roles    []member.Role   // in the active center
	Company  member.CompanyID
	Name     string
	Language string // "ja" or "en"
	Session  int64  // the session's row, so that the device list can mark this one
	Slid     bool   // the session's end has just moved on: what the browser keeps must, too
	Key      string // idempotency key of the form that asks for the deed; empty outside forms
}

// SignedIn tells whether the actor is a known person.
func (a Actor) SignedIn() bool { return a.Member != 0 }

// Is tells whether the actor holds one of the roles in the active center.
func (a Actor) Is(roles ...member.Role) bool {
	return slices.ContainsFunc(roles, func(r member.Role) bool { return slices.Contains(a.Roles, r) })
}

// Staff tells whether the actor may look at the center's people.
func (a Actor) Staff() bool { return a.Is(member.Mentor, member.Coordinator, member.Admin) }
