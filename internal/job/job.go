// Package job holds companies and the work they offer. What the law asks of a published offer and of a contract
// (docs/domain.md, b) is checked by later gates; a posting here is an internal offer that the center's producer sees through.
package job

import (
	"math"
	"time"
	"unicode/utf8"

	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/readiness"
)

// PostingID identifies a posting.
type PostingID int64

// Company orders work.
type Company struct {
	ID      member.CompanyID
	Center  member.CenterID
	Name    string
	Address string
	Contact string // phone, mail or web form
	About   string
}

// PostingState says where a posting stands.
type PostingState string

// The states of a posting.
const (
	Draft  PostingState = "draft"
	Open   PostingState = "open"
	Closed PostingState = "closed"
)

// Posting is an offer of work to several people.
type Posting struct {
	ID          PostingID
	Center      member.CenterID
	Company     member.CompanyID
	CompanyName string
	Title       string // at most 50 characters
	JobType     readiness.JobType
	Work        string // what is to be done
	Deliverable string
	Quantity    string
	PayYen      int64 // in all, for one person
	TaxIncluded bool
	Hours       int // estimated hours in all, for one person
	HoursWeek   int
	Deadline    time.Time // last day in Tokyo, kept as its first instant
	Places      int
	State       PostingState
	Created     time.Time
	Opened      time.Time // zero: never
	Version     int64
}

// Live tells whether a posting is offered on the day that begins at today: open, and its deadline not past.
func (p Posting) Live(today time.Time) bool { return p.State == Open && !p.Deadline.Before(today) }

// HourlyYen is the pay for an hour at the estimated pace, rounded down; 0 if no hours are given.
func (p Posting) HourlyYen() int64 {
	if p.Hours <= 0 {
		return 0
	}
	return p.PayYen / int64(p.Hours)
}

// Limits of a posting.
const (
	MaxTitle    = 50 // characters
	MaxText     = 2000
	MaxQuantity = 100
	MaxPlaces   = 50
	MaxPay      = 10_000_000 // yen; problem.job.wrong_pay says it
	MaxHours    = 2000
)

// Check refuses a posting that cannot be kept or, if open is wanted, cannot be shown. known tells whether a job type exists.
func Check(p Posting, open bool, known func(readiness.JobType) bool, today time.Time) error {
	var l problem.List
	text := func(field, s string, limit int, missing string) {
		switch n := utf8.RuneCountInString(s); {
		case n == 0 && missing != "":
			l.Add(problem.At(field, missing))
		case n > limit:
			l.Add(problem.At(field, "job.long", problem.Args{"Max": limit}))
		}
	}
	ifOpen := func(missing string) string {
		if open {
			return missing
		}
		return ""
	}
	text("title", p.Title, MaxTitle, "job.missing_title")
	text("work", p.Work, MaxText, ifOpen("job.missing_work"))
	text("deliverable", p.Deliverable, MaxText, ifOpen("job.missing_deliverable"))
	text("quantity", p.Quantity, MaxQuantity, ifOpen("job.missing_quantity"))
	number := func(field string, v, limit int64, wrong string) {
		if v < 0 || v > limit || open && v == 0 {
			l.Add(problem.At(field, wrong, problem.Args{"Max": limit}))
		}
	}
	number("pay", p.PayYen, MaxPay, "job.wrong_pay")
	number("hours", int64(p.Hours), MaxHours, "job.wrong_hours")
	number("hours_week", int64(p.HoursWeek), member.MaxHours, "job.wrong_hours_week")
	number("places", int64(p.Places), MaxPlaces, "job.wrong_places")
	if !known(p.JobType) && (open || p.JobType != "") {
		l.Add(problem.At("job_type", "job.missing_job_type"))
	}
	if open && p.Deadline.IsZero() {
		l.Add(problem.At("deadline", "job.missing_deadline"))
	} else if open && p.Deadline.Before(today) {
		l.Add(problem.At("deadline", "job.past_deadline"))
	}
	return l.Err()
}

// Weeks is how many weeks the work takes at so many hours a week, rounded up; 0 if unknown.
func Weeks(hours, hoursWeek int) int {
	if hours <= 0 || hoursWeek <= 0 {
		return 0
	}
	return int(math.Ceil(float64(hours) / float64(hoursWeek)))
}
