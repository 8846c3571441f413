package practice

import (
	_ "embed"
	"strings"
	"time"
)

// holidays are Japan's national holidays (国民の祝日に関する法律, with substitutes), one date a line, as far as the
// Cabinet Office has published them. A year that is not in the file counts weekends alone.
//
//go:embed holidays.txt
var holidays string

var holiday = func() map[string]bool {
	m := map[string]bool{}
	for _, l := range strings.Split(holidays, "\n") {
		if d, _, _ := strings.Cut(l, " "); len(d) == len(time.DateOnly) {
			m[d] = true
		}
	}
	return m
}()

// Tokyo is the zone of every deadline and every date shown: Asia/Tokyo, which has had no summer time since 1951. It is
// fixed here so that a deadline never depends on a machine's zone files.
var Tokyo = time.FixedZone("Asia/Tokyo", 9*60*60)

// WorkingDay tells whether offices work on t's day in Tokyo.
func WorkingDay(t time.Time) bool {
	t = t.In(Tokyo)
	if w := t.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	return !holiday[t.Format(time.DateOnly)]
}

// DueAt is the deadline so many working days after the first opening: the end of that day in Tokyo, that is the first
// instant of the day after. The day of opening does not count. Zero days: no deadline, the zero time.
func DueAt(opened time.Time, workingDays int) time.Time {
	if workingDays <= 0 {
		return time.Time{}
	}
	o := opened.In(Tokyo)
	d := time.Date(o.Year(), o.Month(), o.Day(), 0, 0, 0, 0, Tokyo)
	for workingDays > 0 {
		d = d.AddDate(0, 0, 1)
		if WorkingDay(d) {
			workingDays--
		}
	}
	return d.AddDate(0, 0, 1)
}
