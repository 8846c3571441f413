// Package practice holds what is handed in and what mentors say to it: submissions, attempts, assessments with their
// marks and named fixes, quiz attempts, and the pure rules by which they are judged.
package practice

import (
	"time"

	"tenarai/internal/course"
	"tenarai/internal/member"
)

// SubmissionID identifies a person's work on one assignment.
type SubmissionID int64

// AttemptID identifies one hand-in.
type AttemptID int64

// AssessmentID identifies one judgement of an attempt.
type AssessmentID int64

// FileID identifies a stored file.
type FileID int64

// Turn says whose turn it is.
type Turn string

// The turns.
const (
	WithMentor  Turn = "mentor"
	WithTrainee Turn = "trainee"
	Nobody      Turn = "nobody" // passed
)

// Submission is a person's work on one assignment. The work itself sits in Attempts.
type Submission struct {
	ID         SubmissionID
	Run        course.RunID
	Member     member.ID
	Center     member.CenterID
	Ref        course.Ref
	Turn       Turn
	TurnSince  time.Time
	Version    int64 // moved by every change of state; a form carries the one it was made for
	Attempts   int   // how many were handed in
	Opened     time.Time
	Due        time.Time // zero: no deadline
	Passed     time.Time // zero: not passed
	SecondLook bool      // passed, and sent to another mentor for a second look
	NotMentor  member.ID // a piece that would complete R3 is offered first to anybody but this mentor
}

// Attempt is one hand-in. It is never edited.
type Attempt struct {
	ID             AttemptID
	Submission     SubmissionID
	N              int // 1, 2 …
	At             time.Time
	Text           string
	Files          []File
	SelfCheck      []bool // ticked, by index of the assignment's list
	Minutes        int    // what she says it took; 0: not said
	Note           string // to the mentor
	By             member.ID
	Assisted       bool   // By is a helper at the center
	AssignmentHash string // the assignment as it was
	Check          []byte // result of the machine check as JSON (sheet.Difference), nil if none
	CheckProblem   string // problem key why the machine could not read it
}

// Receipt is the number on the trainee's receipt.
func (a Attempt) Receipt() Receipt { return ReceiptOf(a.ID) }

// File is an uploaded file as it is known to the database.
type File struct {
	ID     FileID
	Owner  member.ID
	Name   string // as it was called; never used as a path
	Type   string // by content
	Size   int64
	SHA256 string
}

// Draft is saved typing of either side. Nothing typed is lost.
type Draft struct {
	Member  member.ID
	Key     string // what it is a draft of
	Body    []byte // JSON
	SavedAt time.Time
}

// WorkDraft is what a trainee has typed so far.
type WorkDraft struct {
	Attempt   int      `json:"attempt,omitempty"` // the number the attempt will have; a draft of another one is not shown
	Text      string   `json:"text"`
	Note      string   `json:"note,omitempty"`
	SelfCheck []bool   `json:"self_check,omitempty"`
	Minutes   string   `json:"minutes,omitempty"` // as typed
	Files     []FileID `json:"files,omitempty"`
	Ticked    []int    `json:"ticked,omitempty"` // fixes of the last round she says are done
}

// AssessmentDraft is what a mentor has typed so far.
type AssessmentDraft struct {
	Attempt int               `json:"attempt"`
	Marks   map[string]int    `json:"marks,omitempty"`
	Remarks map[string]string `json:"remarks,omitempty"`
	Fixes   []Fix             `json:"fixes,omitempty"`
	Closing string            `json:"closing,omitempty"`
	Done    []int             `json:"done,omitempty"` // fixes of the last round the mentor found done
}

// ClaimFor is how long a mentor's claim lasts; it is renewed while working.
const ClaimFor = 30 * time.Minute

// Claim is one mentor's hold on a submission until a time.
type Claim struct {
	Submission SubmissionID
	Mentor     member.ID
	Until      time.Time
}

// Holds tells whether the claim keeps others out at the time.
func (c Claim) Holds(now time.Time) bool { return c.Mentor != 0 && now.Before(c.Until) }

// Verdict is a mentor's decision.
type Verdict string

// The verdicts.
const (
	Pass   Verdict = "pass"
	Return Verdict = "return"
)

// Assessment is a mentor's judgement of one attempt.
type Assessment struct {
	ID         AssessmentID
	Attempt    AttemptID
	Submission SubmissionID
	AttemptN   int
	Mentor     member.ID
	MentorName string
	At         time.Time
	Verdict    Verdict
	Marks      []Mark
	Fixes      []Fix // 1 to 3 with Return, none with Pass
	Closing    string
	Percent    int
	SecondLook bool
}

// Mark is a rubric row's mark.
type Mark struct {
	Row     string
	Level   int // 0 to 3, or NoMark: only commented, which a return allows
	Comment string
}

// NoMark is the level of a row that was commented but not marked.
const NoMark = -1

// Fix is one named thing to mend, tied to a rubric row.
type Fix struct {
	N      int    `json:"n"` // 1 to 3
	Row    string `json:"row"`
	Text   string `json:"text"`
	Place  string `json:"place,omitempty"` // the passage of the work it speaks of, quoted
	Ticked bool   `json:"-"`               // the trainee says it is done
	Done   *bool  `json:"-"`               // what the mentor found at the next attempt; nil: not looked at
}

// QuizAttempt is one try at a quiz.
type QuizAttempt struct {
	ID       int64
	Run      course.RunID
	Ref      course.Ref
	N        int
	At       time.Time
	Right    int
	Of       int
	Percent  int
	Passed   bool
	QuizHash string
	Given    map[string]Given // by question id
}

// Given is what was answered to one question.
type Given struct {
	Chosen []int  `json:"chosen,omitempty"` // indices of the answers
	Text   string `json:"text,omitempty"`   // number, short: as typed
	Right  bool   `json:"right"`
}
