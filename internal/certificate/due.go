package certificate

import (
	"slices"
	"time"

	"tenarai/internal/member"
)

// Finished is what Due looks at: a course run and whether it was completed.
type Finished struct {
	Member    member.ID
	Center    member.CenterID
	Course    string
	Edition   string
	Completed time.Time // zero: not completed
}

// Due are the grants a person has earned and not been given: one for each completed course and edition, whatever is
// clicked how often. It is pure; the unique key of the grants holds even if two deeds ask at once.
func Due(runs []Finished, given []Grant) []Grant {
	var out []Grant
	for _, r := range runs {
		if r.Completed.IsZero() {
			continue
		}
		g := Grant{Member: r.Member, Center: r.Center, Kind: KindCourse, Subject: r.Course, Edition: r.Edition, At: r.Completed}
		if !slices.ContainsFunc(given, g.same) {
			out = append(out, g)
		}
	}
	return out
}

func (g Grant) same(o Grant) bool {
	return g.Member == o.Member && g.Kind == o.Kind && g.Subject == o.Subject && g.Edition == o.Edition
}
