package skill

import "time"

// Days that a link to a record stays open: as proposed, and at most. The last day counts to its end in Tokyo.
const (
	ShareDays    = 30
	MaxShareDays = 365
)

// Shared is what somebody chose to show of her record by a link. What is not chosen is not shown; her address, e-mail, age,
// sex and family cannot be chosen at all (docs/domain.md, b-6).
type Shared struct {
	Skills       []ID     `json:"skills,omitempty"`
	Certificates []string `json:"certificates,omitempty"` // their numbers
	Evidence     bool     `json:"evidence,omitempty"`     // the pieces that proved the skills
	Name         bool     `json:"name,omitempty"`         // as it is printed on certificates
}

// Empty tells whether nothing that was proven is shown: a name alone is no record.
func (s Shared) Empty() bool { return len(s.Skills) == 0 && len(s.Certificates) == 0 }

// LinkOpen tells whether a link that ends at a time, or was ended before, still works.
func LinkOpen(ends, ended, now time.Time) bool { return ended.IsZero() && now.Before(ends) }
