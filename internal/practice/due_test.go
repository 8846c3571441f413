package practice_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/practice"
)

func tokyo(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, practice.Tokyo)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A deadline is the first instant of the day after the last working day.
func TestDueAt(t *testing.T) {
	for _, c := range []struct {
		opened string
		days   int
		due    string
		why    string
	}{
		{"2026-12-07 10:00:00", 3, "2026-12-11 00:00:00", "a week without holidays"},
		{"2026-12-07 00:00:00", 1, "2026-12-09 00:00:00", "the day of opening does not count, not even its first instant"},
		{"2026-12-07 23:59:59", 1, "2026-12-09 00:00:00", "nor its last"},
		{"2026-12-08 00:00:00", 1, "2026-12-10 00:00:00", "a second later it is the next day"},
		{"2026-12-10 12:00:00", 3, "2026-12-16 00:00:00", "over a weekend"},
		{"2026-12-12 12:00:00", 1, "2026-12-15 00:00:00", "opened on a Saturday"},
		{"2026-11-20 12:00:00", 1, "2026-11-25 00:00:00", "over a weekend and Labour Thanksgiving Day on Monday"},
		{"2026-05-01 09:00:00", 1, "2026-05-08 00:00:00", "over Golden Week with its substitute holiday"},
		{"2028-02-28 09:00:00", 1, "2028-03-01 00:00:00", "into a leap day"},
	} {
		if got := practice.DueAt(tokyo(t, c.opened), c.days); !got.Equal(tokyo(t, c.due)) {
			t.Errorf("%s: opened %s, due %s, want %s", c.why, c.opened, got.In(practice.Tokyo), c.due)
		}
	}
	if !practice.DueAt(tokyo(t, "2026-12-07 10:00:00"), 0).IsZero() {
		t.Error("no working days are a deadline")
	}
}

// The zone of the machine that asks does not matter: 15:00 UTC is midnight in Tokyo.
func TestDueAtCountsTokyosDays(t *testing.T) {
	before, after := time.Date(2026, 12, 7, 14, 59, 59, 0, time.UTC), time.Date(2026, 12, 7, 15, 0, 0, 0, time.UTC)
	if got := practice.DueAt(before, 1); !got.Equal(tokyo(t, "2026-12-09 00:00:00")) {
		t.Errorf("14:59 UTC on the 7th: due %s", got)
	}
	if got := practice.DueAt(after, 1); !got.Equal(tokyo(t, "2026-12-10 00:00:00")) {
		t.Errorf("15:00 UTC on the 7th: due %s", got)
	}
	zone := time.FixedZone("west", -8*60*60)
	if !practice.DueAt(after.In(zone), 3).Equal(practice.DueAt(after, 3)) {
		t.Error("another zone has another deadline")
	}
}

func TestWorkingDay(t *testing.T) {
	for day, want := range map[string]bool{
		"2026-11-20": true, "2026-11-21": false, "2026-11-22": false, "2026-11-23": false, "2026-11-24": true,
		"2027-01-01": false, "2026-05-06": false, "2026-09-22": false, "2099-05-05": true, "2099-05-02": false,
	} {
		if got := practice.WorkingDay(tokyo(t, day+" 12:00:00")); got != want {
			t.Errorf("%s: working day %v", day, got)
		}
	}
}

func TestDueAtLaws(t *testing.T) {
	start := tokyo(t, "2025-01-01 00:00:00")
	rapid.Check(t, func(t *rapid.T) {
		opened := start.Add(time.Duration(rapid.Int64Range(0, 3*365*24*3600).Draw(t, "seconds")) * time.Second)
		days := rapid.IntRange(1, 20).Draw(t, "days")
		due := practice.DueAt(opened, days)
		if h, m, s := due.In(practice.Tokyo).Clock(); h+m+s != 0 {
			t.Fatalf("due at %s, not at the end of a day", due)
		}
		working := 0
		for d := opened.In(practice.Tokyo).AddDate(0, 0, 1); d.Before(due); d = d.AddDate(0, 0, 1) {
			if practice.WorkingDay(d) {
				working++
			}
		}
		if working != days || !practice.WorkingDay(due.Add(-time.Second)) {
			t.Fatalf("from %s to %s there are %d working days, want %d", opened, due, working, days)
		}
		if later := practice.DueAt(opened, days+1); !later.After(due) {
			t.Fatalf("a day more is due at %s, not after %s", later, due)
		}
	})
}
