// Package skill holds what is proven: the vocabulary of skills, awards as single facts, and the level that follows from them.
package skill

import (
	"slices"
	"time"

	"tenarai/internal/member"
)

// Text is one text in the languages of the house. Japanese is always there.
type Text struct {
	JA string `json:"ja" yaml:"ja"`
	EN string `json:"en,omitempty" yaml:"en,omitempty"`
}

// In is the text in a language, or the Japanese where it is missing.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.JA
}

// ID names a skill, such as OFF-03.
type ID string

// Level is how far a skill is proven (domain.md c-2): 1 with a model, 2 alone by the specification, 3 able to check others'.
type Level int

// The levels. Starter jobs ask for Alone.
const (
	None      Level = 0
	WithModel Level = 1
	Alone     Level = 2
	Checks    Level = 3
)

// Skill is one entry of the vocabulary in courses/skills.yaml.
type Skill struct {
	ID     ID
	Title  Text
	Kana   string
	Levels [4]Text // descriptors of levels 1 to 3; index 0 is empty
	ESCO   string  // ESCO skill id, optional
	ONET   string  // O*NET-SOC code, optional
}

// AwardID identifies an award.
type AwardID int64

// Award is one fact: this attempt proved this skill at this level, with its evidence. It is never changed.
type Award struct {
	ID       AwardID
	Member   member.ID
	Skill    ID
	Level    Level
	At       time.Time
	Evidence Evidence

	Revocation Revocation // zero: it counts
}

// Evidence is what an award rests on. It holds no free text: titles and descriptors are quoted from the rubric.
type Evidence struct {
	Attempt    int64       // practice.AttemptID, kept as a number: skill does not know practice
	Piece      int64       // the submission: two attempts at one assignment are one piece
	Course     string      // course slug
	Module     string      // module slug
	Item       string      // item slug
	Title      Text        // the assignment's title
	RubricHash string      // the rubric as it was
	Rows       []Row       // the rows that proved the skill
	Assessors  []member.ID // who judged it, first the one whose pass made the award
	Assisted   bool        // handed in with a helper at the center
	AttemptN   int         // at which attempt it passed
	Prior      bool        // a portfolio of work done elsewhere, recognised as prior learning
}

// Row is one rubric row of the evidence: its title and the descriptor reached.
type Row struct {
	ID         string `json:"id"`
	Title      Text   `json:"title"`
	Mark       int    `json:"mark"`
	Descriptor Text   `json:"descriptor"`
}

// Record is all that one person has proven, oldest first.
type Record []Award

// Held is the level a person holds in a skill: the highest any award proves that was not revoked. Nothing is stored; it
// follows from the awards.
func (r Record) Held(id ID) Level {
	held := None
	for _, a := range r {
		if a.Skill == id && a.Level > held && a.Revocation.At.IsZero() {
			held = a.Level
		}
	}
	return held
}

// Of are the awards for one skill at a level or above that count, newest first.
func (r Record) Of(id ID, at Level) []Award {
	var out []Award
	for _, a := range r {
		if a.Skill == id && a.Level >= at && a.Revocation.At.IsZero() {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b Award) int { return b.At.Compare(a.At) })
	return out
}

// Skills are the skills that occur in the record, sorted by id.
func (r Record) Skills() []ID {
	var ids []ID
	for _, a := range r {
		if !slices.Contains(ids, a.Skill) {
			ids = append(ids, a.Skill)
		}
	}
	slices.Sort(ids)
	return ids
}
