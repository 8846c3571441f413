package certificate

import (
	"time"

	"tenarai/internal/course"
	"tenarai/internal/skill"
)

// Sheet is all that is needed to print a certificate.
type Sheet struct {
	Certificate
	Address    string            // where its QR code leads
	State      State             // what is not Valid is stamped over the page; empty: Valid
	Changed    time.Time         // since when it stands so
	Pictures   map[string][]byte // PNG, by the SHA-256 that the design names
	Credential []byte            // the machine credential, attached to the file; nil: none
	Sample     bool              // a preview: 見本 is stamped over it, and its number is no number
}

// RecordSheet is a person's skills record as it is printed, after ジョブ・カード様式3-3-3 (職業能力証明シート, MHLW).
type RecordSheet struct {
	Lang         string // "ja" or "en"
	Name         string
	Kana, Latin  string
	CenterName   string
	CenterNameEn string
	Made         time.Time
	Rule         string // the version of the rule by which the levels were found
	Address      string // the verify page, without a number
	Courses      []RecordCourse
	Skills       []RecordSkill
	Credential   []byte // the record's machine credential, attached to the file; nil: it has none
}

// RecordCourse is one course of the record: period, aim and contents.
type RecordCourse struct {
	Code         string
	Title        course.Text
	Began, Ended time.Time // Ended is zero while it goes on
	Minutes      int       // of the whole course as it is planned
	Aims         []course.Text
	Modules      []course.Text
	Number       Number // of its valid certificate; empty: none
}

// RecordSkill is one ability with its evaluation.
type RecordSkill struct {
	skill.Standing
	Title      course.Text
	Descriptor course.Text // of the level held
	Grade      skill.Grade
	Pieces     []course.Text // titles of what proved it, the newest first
	Assessors  []string      // names
	Prior      bool          // at least one piece was a portfolio of work done elsewhere
}
