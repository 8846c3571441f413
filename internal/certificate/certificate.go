// Package certificate holds what was earned (Grant) and its numbered revisions (Certificate). A certificate is a snapshot
// of names and skills on the day; it is never recomputed.
package certificate

import (
	"time"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/skill"
)

// GrantID identifies a grant.
type GrantID int64

// ID identifies a certificate.
type ID int64

// Kind is what a grant is for.
type Kind string

// The kinds.
const (
	KindCourse    Kind = "course"    // a completed course; subject: its slug
	KindSkill     Kind = "skill"     // a skill proven at a level; subject: the skill, edition: the level
	KindProgramme Kind = "programme" // all courses of a cohort; subject: the cohort, issued by a coordinator
)

// Grant is what was earned, once for (member, kind, subject, edition).
type Grant struct {
	ID      GrantID
	Member  member.ID
	Center  member.CenterID
	Kind    Kind
	Subject string // see Kind
	Edition string // of the course; of a skill the level, as "L2"; of a programme empty
	At      time.Time
}

// Certificate is a numbered revision of a grant.
type Certificate struct {
	ID       ID
	Grant    GrantID
	Revision int // 1, 2 …
	Number   Number
	Issued   time.Time
	Until    time.Time // when it lapses; zero: never
	Cause    Cause     // why this revision was made
	Replaces Number    // the revision before it; empty for the first
	Public   bool      // the holder made the PDF public
	Hidden   bool      // the holder keeps it out of the public look-up
	Snapshot Snapshot
}

// Snapshot is all that stands on the paper, as it was on the day of issue.
type Snapshot struct {
	Kind         Kind   // empty in the oldest ones: a course
	Name         string // as printed
	Kana         string // printed above the name if the holder chose so; else empty
	Latin        string // printed instead of Name on the English page; empty: Name
	CenterName   string
	CenterNameEn string
	Code         string      `json:"CourseCode"`  // of the course or skill
	Topic        course.Text `json:"CourseTitle"` // the course, skill or programme
	Edition      string
	Rule         string // the version of the rule by which the levels of Skills were found; empty in the oldest ones
	Design       Design
	Title        course.Text   // of the certificate
	CanDo        []course.Text // at most four
	Minutes      int           // of the course
	Modules      []course.Text // titles
	Pieces       []Piece       // the pieces that proved it; of many the newest
	Proof        Proof         // how many there are, and who judged them
	Skills       []Proven
	Began, Ended time.Time // of the course
}

// Proof is by how much a certificate was proven. It is empty in the oldest ones: their pieces are all there were.
type Proof struct{ Pieces, Assessors int }

// ProvenBy is by how much a certificate was proven. People are told apart by who they are, in the oldest ones by name.
func (s Snapshot) ProvenBy() Proof {
	if s.Proof.Pieces > 0 {
		return s.Proof
	}
	people := map[string]bool{}
	for _, p := range s.Pieces {
		for _, name := range p.Assessors {
			people[name] = true
		}
	}
	return Proof{len(s.Pieces), len(people)}
}

// Level is what a skill certificate is for; None for the other kinds.
func (s Snapshot) Level() skill.Level {
	if s.Kind != KindSkill || len(s.Skills) == 0 {
		return skill.None
	}
	return s.Skills[0].Level
}

// Piece is a passed assignment.
type Piece struct {
	ID        int64 // of what was handed in; 0 in the oldest certificates
	Title     course.Text
	Attempts  int
	Assessors []string // names
	Passed    time.Time
	Assisted  bool
	Prior     bool // a portfolio of work done elsewhere
}

// Proven is a skill as it was held on the day.
type Proven struct {
	Skill      skill.ID
	Title      course.Text
	Level      skill.Level
	Descriptor course.Text
}

// NumberBytes is how many random bytes a number is made of.
const NumberBytes = randomBytes
