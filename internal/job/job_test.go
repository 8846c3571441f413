package job

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/problem"
	"tenarai/internal/readiness"
)

var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.FixedZone("Asia/Tokyo", 9*60*60))

func known(t readiness.JobType) bool { return t == "data-entry" }

func whole() Posting {
	return Posting{
		Title: "アンケートの入力", JobType: "data-entry", Work: "紙を表にする", Deliverable: "CSV 1つ", Quantity: "500枚", PayYen: 30000,
		Hours: 25, HoursWeek: 10, Deadline: today, Places: 1,
	}
}

func fields(err error) (out []string) {
	for _, p := range problem.Of(err) {
		out = append(out, p.Field+" "+p.Key)
	}
	return out
}

// A draft may have gaps but no nonsense; what is opened has no gap. Every refusal names its field.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(*Posting)
		draft, open string
	}{
		"whole":             {func(*Posting) {}, "", ""},
		"no title":          {func(p *Posting) { p.Title = "" }, "title job.missing_title", "title job.missing_title"},
		"title at its end":  {func(p *Posting) { p.Title = strings.Repeat("漆", MaxTitle) }, "", ""},
		"title too long":    {func(p *Posting) { p.Title = strings.Repeat("漆", MaxTitle+1) }, "title job.long", "title job.long"},
		"no work":           {func(p *Posting) { p.Work = "" }, "", "work job.missing_work"},
		"no deliverable":    {func(p *Posting) { p.Deliverable = "" }, "", "deliverable job.missing_deliverable"},
		"no quantity":       {func(p *Posting) { p.Quantity = "" }, "", "quantity job.missing_quantity"},
		"no pay":            {func(p *Posting) { p.PayYen = 0 }, "", "pay job.wrong_pay"},
		"negative pay":      {func(p *Posting) { p.PayYen = -1 }, "pay job.wrong_pay", "pay job.wrong_pay"},
		"too much pay":      {func(p *Posting) { p.PayYen = MaxPay + 1 }, "pay job.wrong_pay", "pay job.wrong_pay"},
		"no hours":          {func(p *Posting) { p.Hours = 0 }, "", "hours job.wrong_hours"},
		"hours for ever":    {func(p *Posting) { p.Hours = MaxHours + 1 }, "hours job.wrong_hours", "hours job.wrong_hours"},
		"61 hours a week":   {func(p *Posting) { p.HoursWeek = 61 }, "hours_week job.wrong_hours_week", "hours_week job.wrong_hours_week"},
		"no places":         {func(p *Posting) { p.Places = 0 }, "", "places job.wrong_places"},
		"no job type":       {func(p *Posting) { p.JobType = "" }, "", "job_type job.missing_job_type"},
		"unknown job type":  {func(p *Posting) { p.JobType = "x" }, "job_type job.missing_job_type", "job_type job.missing_job_type"},
		"no deadline":       {func(p *Posting) { p.Deadline = time.Time{} }, "", "deadline job.missing_deadline"},
		"deadline is today": {func(p *Posting) { p.Deadline = today }, "", ""},
		"deadline past":     {func(p *Posting) { p.Deadline = today.AddDate(0, 0, -1) }, "", "deadline job.past_deadline"},
	} {
		p := whole()
		c.change(&p)
		for open, want := range map[bool]string{false: c.draft, true: c.open} {
			var list []string
			if want != "" {
				list = []string{want}
			}
			if got := fields(Check(p, open, known, today)); !slices.Equal(got, list) {
				t.Errorf("%s, open %v: %v, want %v", name, open, got, list)
			}
		}
	}
}

// Whatever may be opened may be kept as a draft.
func TestOpenImpliesDraft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := whole()
		p.Title = rapid.StringN(0, 60, -1).Draw(t, "title")
		p.PayYen, p.Hours = rapid.Int64Range(-1, MaxPay+1).Draw(t, "pay"), rapid.IntRange(-1, MaxHours+1).Draw(t, "hours")
		p.Deadline = today.AddDate(0, 0, rapid.IntRange(-2, 2).Draw(t, "day"))
		if Check(p, true, known, today) == nil && Check(p, false, known, today) != nil {
			t.Fatal("may be opened but not kept")
		}
	})
}

func TestLive(t *testing.T) {
	for _, c := range []struct {
		state PostingState
		day   int
		want  bool
	}{{Open, 0, true}, {Open, 1, true}, {Open, -1, false}, {Draft, 1, false}, {Closed, 1, false}} {
		p := Posting{State: c.state, Deadline: today.AddDate(0, 0, c.day)}
		if p.Live(today) != c.want {
			t.Errorf("%s, %d days ahead: %v", c.state, c.day, p.Live(today))
		}
	}
}

func TestHourlyAndWeeks(t *testing.T) {
	for _, c := range []struct {
		pay         int64
		hours, week int
		hourly      int64
		weeks       int
	}{{30000, 25, 10, 1200, 3}, {1000, 3, 3, 333, 1}, {1000, 0, 10, 0, 0}, {1000, 10, 0, 100, 0}, {0, 10, 10, 0, 1}, {1000, -5, 10, 0, 0}} {
		if got := (Posting{PayYen: c.pay, Hours: c.hours}).HourlyYen(); got != c.hourly {
			t.Errorf("%d yen in %d hours: %d an hour, want %d", c.pay, c.hours, got, c.hourly)
		}
		if got := Weeks(c.hours, c.week); got != c.weeks {
			t.Errorf("%d hours at %d a week: %d weeks, want %d", c.hours, c.week, got, c.weeks)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		h, w := rapid.IntRange(1, MaxHours).Draw(t, "hours"), rapid.IntRange(1, 60).Draw(t, "week")
		if n := Weeks(h, w); n*w < h || (n-1)*w >= h {
			t.Fatalf("%d weeks of %d hours for %d", n, w, h)
		}
	})
}

func TestCheckCompany(t *testing.T) {
	long := strings.Repeat("漆", MaxText+1)
	if err := CheckCompany(Company{Name: "川連漆器の店"}); err != nil {
		t.Errorf("a name alone: %v", err)
	}
	if got := fields(CheckCompany(Company{})); !slices.Equal(got, []string{"name job.missing_name"}) {
		t.Errorf("nothing: %v", got)
	}
	want := []string{"name job.long", "address job.long", "contact job.long", "about job.long"}
	if got := fields(CheckCompany(Company{Name: long, Address: long, Contact: long, About: long})); !slices.Equal(got, want) {
		t.Errorf("all too long: %v", got)
	}
}
