// Package readiness says whether a person is ready for a job type: yes or no, until when, what is missing, and what to do
// next. It judges Facts that desk gathers; it never sees raw marks or free text. The criteria R1–R9 and their thresholds
// are those of the programme (docs/domain.md, e-2), kept as data in courses/jobtypes.yaml.
package readiness

import (
	"time"

	"tenarai/internal/member"
	"tenarai/internal/skill"
)

// JobType names a kind of work, such as data-entry.
type JobType string

// Rule names a criterion, R1 to R9.
type Rule string

// The criteria. R2, R4, R5, R6 and R7 are named so that pages can say plainly that they come later.
const (
	RuleBase       Rule = "R1" // the basic course and its quizzes
	RuleAttendance Rule = "R2"
	RuleSkills     Rule = "R3" // skills with their evidence
	RuleOnTime     Rule = "R4"
	RuleReplies    Rule = "R5"
	RuleMockJob    Rule = "R6"
	RulePapers     Rule = "R7"
	RuleHours      Rule = "R8" // hours a week, stated lately
	RuleConsent    Rule = "R9" // agreed to be shown; asked only before a company sees her
)

// Requirement is a skill a job type asks for.
type Requirement struct {
	Skill skill.ID    `json:"skill"`
	Level skill.Level `json:"level"`
}

// Bar is what a job type asks.
type Bar struct {
	JobType        JobType
	Title          skill.Text
	About          skill.Text
	Base           string // slug of the course that everybody completes
	QuizPercent    int    // least best mark in each quiz of the base course
	Requires       []Requirement
	Pieces         int // pieces of evidence per required skill
	Assessors      int // different mentors among them
	WithinMonths   int // age of the newest piece
	HoursFreshDays int
	Consent        bool
	Later          []Rule // not evaluated yet
	Withholding    bool   // 源泉徴収 usually applies
}

// Facts is all that readiness is judged from.
type Facts struct {
	BaseComplete time.Time      // when the base course was completed; zero if not
	QuizBest     map[string]int // best percent of each quiz of the base course, by "module/item"; a missing one is 0
	QuizTitles   map[string]skill.Text
	Record       skill.Record
	Hours        member.Availability
	Consent      bool // in general, or for the posting in question
}

// Missing is one thing that still stands between a person and a job type.
type Missing struct {
	Rule    Rule           `json:"rule"`
	Key     string         `json:"key"`             // of the word list, under readiness.missing.
	Args    map[string]any `json:"args,omitempty"`  // what its sentence needs
	Skill   skill.ID       `json:"skill,omitempty"` // the skill it is about
	Quiz    string         `json:"quiz,omitempty"`  // "module/item" of the quiz it is about
	Need    int            `json:"need,omitempty"`  // how many more
	Assessr bool           `json:"assessor,omitempty"`
}

// Readiness is the flag: never without its reasons, its next step, and the time it lapses.
type Readiness struct {
	JobType JobType
	Ready   bool
	Until   time.Time // when it lapses by itself if nothing else happens; zero unless ready
	Missing []Missing // empty if ready; the first is the next step
	Shown   bool      // R9: may be shown to companies; asked apart, because it does not make anybody less able
}
