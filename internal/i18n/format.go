package i18n

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Zone is the zone of every date and deadline shown. The program embeds the zone data (import time/tzdata in cmd).
var Zone = mustZone("Asia/Tokyo")

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic("i18n: " + err.Error())
	}
	return z
}

var weekdays = [...]string{"日", "月", "火", "水", "木", "金", "土"}

// Date is the day in full: 2026年11月22日, 22 November 2026. The zero time is the empty string, here and below.
func (p *Printer) Date(t time.Time) string { return p.layout(t, "2006年1月2日", "2 January 2006") }

// DateShort is the day within a year known from the context: 11月22日, 22 Nov.
func (p *Printer) DateShort(t time.Time) string { return p.layout(t, "1月2日", "2 Jan") }

// Weekday is the day with its day of the week: 11月22日（日）, Sun 22 Nov.
func (p *Printer) Weekday(t time.Time) string {
	if t.IsZero() || p.lang != Japanese {
		return p.layout(t, "", "Mon 2 Jan")
	}
	t = t.In(Zone)
	return t.Format("1月2日") + "（" + weekdays[t.Weekday()] + "）"
}

// DateTime is the day and the time of day: 2026年11月22日 21:04.
func (p *Printer) DateTime(t time.Time) string {
	return p.layout(t, "2006年1月2日 15:04", "2 January 2006, 15:04")
}

// Time is the time of day: 21:04.
func (p *Printer) Time(t time.Time) string { return p.layout(t, "15:04", "15:04") }

// ISO is the instant for the datetime attribute of HTML's time element.
func (p *Printer) ISO(t time.Time) string { return p.layout(t, time.RFC3339, time.RFC3339) }

func (p *Printer) layout(t time.Time, ja, en string) string {
	if t.IsZero() {
		return ""
	}
	if p.lang == Japanese {
		return t.In(Zone).Format(ja)
	}
	return t.In(Zone).Format(en)
}

// Day is an instant as people say it: きょう 21:10, きのう 21:10, あす 9:00, else 11月20日 21:10, with the year if it is another.
func (p *Printer) Day(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	switch clock := p.Time(t); daysBetween(t, now) {
	case 0:
		return p.T("common.day.today", "Time", clock)
	case 1:
		return p.T("common.day.yesterday", "Time", clock)
	case -1:
		return p.T("common.day.tomorrow", "Time", clock)
	}
	if t.In(Zone).Year() != now.In(Zone).Year() {
		return p.DateTime(t)
	}
	return p.layout(t, "1月2日 15:04", "2 Jan, 15:04")
}

// daysBetween counts the midnights of Zone from t to now; negative if t is later.
func daysBetween(t, now time.Time) int {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(Zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(day(now).Sub(day(t)).Hours() / 24)
}

// Ago is how long ago an instant was, in one unit: 3日前, 2時間前, たった今.
func (p *Printer) Ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := now.Sub(t)
	if d < time.Minute {
		return p.T("common.just_now")
	}
	n, unit := largest(d)
	return p.T("common.ago", "Length", p.TN(unit, n))
}

// Waiting is a length of time in its two largest units, rounded down: 1日 3時間, 2時間 5分, 1分未満.
func (p *Printer) Waiting(d time.Duration) string {
	if d < time.Minute {
		return p.T("common.under_minute")
	}
	n, unit := largest(d)
	first := p.TN(unit, n)
	rest := d - time.Duration(n)*unitLength[unit]
	switch {
	case unit == "common.unit.day" && rest >= time.Hour:
		return first + " " + p.TN("common.unit.hour", int(rest/time.Hour))
	case unit == "common.unit.hour" && rest >= time.Minute:
		return first + " " + p.TN("common.unit.minute", int(rest/time.Minute))
	}
	return first
}

var unitLength = map[string]time.Duration{
	"common.unit.day": 24 * time.Hour, "common.unit.hour": time.Hour, "common.unit.minute": time.Minute,
}

func largest(d time.Duration) (n int, unit string) {
	for _, unit := range []string{"common.unit.day", "common.unit.hour"} {
		if n := int(d / unitLength[unit]); n > 0 {
			return n, unit
		}
	}
	return int(d / time.Minute), "common.unit.minute"
}

// Minutes is a reference time: 20分, 1時間20分, 2 h 5 min. Zero is 0分.
func (p *Printer) Minutes(n int) string {
	h, m := n/60, n%60
	switch {
	case h == 0:
		return p.TN("common.minutes.short", m)
	case m == 0:
		return p.TN("common.hours.short", h)
	}
	sep := ""
	if p.lang == English {
		sep = " "
	}
	return p.TN("common.hours.short", h) + sep + p.TN("common.minutes.short", m)
}

// Money is an amount of yen: 1,200円, ¥1,200.
func (p *Printer) Money(yen int64) string {
	n := p.Number(yen)
	if p.lang == Japanese {
		return n + "円"
	}
	if yen < 0 {
		return "-¥" + n[1:]
	}
	return "¥" + n
}

// Number is a whole number with its thousands parted: 1,200.
func (p *Printer) Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(s, "-")
	var b strings.Builder
	b.WriteString(s[:len(s)-len(digits)])
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Percent is a share in whole percent: 65%.
func (p *Printer) Percent(n int) string { return strconv.Itoa(n) + "%" }

// Share is part of whole in whole percent, rounded down so that 100% means all of it; 0% of nothing.
func (p *Printer) Share(part, whole int) string {
	if whole <= 0 {
		return p.Percent(0)
	}
	return p.Percent(int(math.Floor(float64(part) * 100 / float64(whole))))
}

// Size is a number of bytes as people read it: 820 KB, 1.2 MB (1 MB = 1,000,000 bytes).
func (p *Printer) Size(bytes int64) string {
	switch {
	case bytes < 1000:
		return p.TN("common.unit.byte", int(bytes))
	case bytes < 999_500:
		return fmt.Sprintf("%d KB", (bytes+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// Person is a name as others are spoken of: 佐藤 葵さん.
func (p *Printer) Person(name string) string { return p.T("common.person", "Name", name) }

// List joins several things: a、b、c.
func (p *Printer) List(items []string) string {
	if p.lang == Japanese {
		return strings.Join(items, "、")
	}
	return strings.Join(items, ", ")
}
