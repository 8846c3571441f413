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

// KindCourse is a completed course.
const KindCourse Kind = "course"

// Grant is what was earned, once for (member, kind, subject, edition).
type Grant struct {
	ID      GrantID
	Member  member.ID
	Center  member.CenterID
	Kind    Kind
	Subject string // the course's slug
	Edition string
	At      time.Time
}

// Certificate is a numbered revision of a grant.
type Certificate struct {
	ID       ID
	Grant    GrantID
	Revision int // 1, 2 …
	Number   Number
	Issued   time.Time
	Public   bool // the holder made the PDF public
	Snapshot Snapshot
}

// Snapshot is all that stands on the paper, as it was on the day of issue.
type Snapshot struct {
	Name         string // as printed
	CenterName   string
	CenterNameEn string
	CourseCode   string
	CourseTitle  course.Text
	Edition      string
	Title        course.Text   // of the certificate
	CanDo        []course.Text // at most four
	Minutes      int           // of the course
	Modules      []course.Text // titles
	Pieces       []Piece       // the pieces that proved it
	Skills       []Proven
	Began, Ended time.Time // of the course
}

// Piece is a passed assignment.
type Piece struct {
	Title     course.Text
	Attempts  int
	Assessors []string // names
	Passed    time.Time
	Assisted  bool
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
