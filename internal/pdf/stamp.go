package pdf

import (
	"fmt"
	"math"

	"tenarai/internal/certificate"
)

var (
	alarm     = colour{0xa8, 0x1c, 0x1c}
	stampRed  = colour{0xf8, 0xcb, 0xc4}
	stampBlue = colour{0xd3, 0xdb, 0xea}
)

// stamp writes over the whole page what it must not be taken for: a certificate that can no longer be relied on, or a
// sample. Like ink, it darkens what is below and hides nothing.
func (p *page) stamp() {
	if p.sheet.Sample {
		p.across("見本", "SAMPLE", stampBlue)
		return
	}
	state := p.sheet.State
	end, ended := p.words.ended[state]
	if !ended {
		return
	}
	p.across(japanese.ended[state].stamp, english.ended[state].stamp, stampRed)
	since := p.sheet.Changed
	if state == certificate.Lapsed && !p.sheet.Until.IsZero() {
		since = p.sheet.Until
	}
	notice := end.stamp
	if !since.IsZero() {
		notice += "　" + fmt.Sprintf(end.since, p.words.date(since))
	}
	if end.next != "" {
		notice += " " + end.next
	}
	p.lines(p.at.notice, notice, lettering{bold, 9, alarm}, 1)
}

// across writes a large word and a smaller one below it from corner to corner.
func (p *page) across(word, below string, k colour) {
	p.extras.translucid = true
	length := math.Hypot(p.wide, p.high)
	large, small := units(word), units(below)
	f := p.fitting(large, lettering{bold, 150, k}, length*0.52)
	g := p.fitting(small, lettering{display, f.size * 0.5, k}, length*0.52)
	sin, cos := math.Sincos(math.Atan2(p.high, p.wide) * 0.8)
	x, y := p.wide/2/mmPerPoint, p.high/2/mmPerPoint
	p.raw(fmt.Sprintf("q /Stamp gs %.5f %.5f %.5f %.5f %.2f %.2f cm\n", cos, sin, -sin, cos, x-x*cos+y*sin, y-x*sin-y*cos))
	middle := p.high/2 + f.size*mmPerPoint*0.15
	p.spaced((p.wide-p.spacedWidth(large, f, 0.1))/2, middle, large, f, 0.1)
	p.spaced((p.wide-p.spacedWidth(small, g, 0.1))/2, middle+g.size*mmPerPoint*1.15, small, g, 0.1)
	p.raw("Q\n")
}
