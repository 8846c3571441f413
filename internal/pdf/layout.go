package pdf

import "tenarai/internal/certificate"

// layout is where everything stands on a page, in millimetres: from the top the center, the title, the name, what was
// earned, the body, and at the foot who issued it and how it is checked. Nothing stands nearer than seven millimetres to an
// edge, so that any printer prints and any blade cuts it.
type layout struct {
	template                          certificate.Template
	portrait                          bool
	margin                            float64 // left and right of all text
	flush                             bool    // the head begins at the margin; else it is centered
	solemn                            bool
	notice                            float64 // baselines from here on; 0: not on this page
	center, title, rule, name         float64
	statement, topic, detail, closing float64
	bodyTop, bodyBottom               float64
	columns                           int
	issuer, footRule, check           float64 // tops
	titleSize, nameSize, topicSize    float64 // points
}

var layouts = []layout{
	{
		template: certificate.Frame, margin: 28, notice: 18, center: 26, title: 41, rule: 47, name: 68.5,
		statement: 78.5, topic: 88, detail: 95, bodyTop: 101.5, bodyBottom: 167.5, columns: 2,
		issuer: 174, footRule: 171, check: 174, titleSize: 30, nameSize: 32, topicSize: 15,
	},
	{
		template: certificate.Frame, portrait: true, margin: 25, notice: 20, center: 31, title: 49, rule: 56, name: 80.5,
		statement: 92.5, topic: 104, detail: 112, bodyTop: 121, bodyBottom: 217, columns: 1,
		issuer: 221, footRule: 247, check: 251, titleSize: 28, nameSize: 30, topicSize: 15,
	},
	{
		template: certificate.Quiet, margin: 32, flush: true, notice: 18, center: 27, title: 43, rule: 97.5, name: 66,
		statement: 76, topic: 85.5, detail: 92, bodyTop: 104, bodyBottom: 166, columns: 2,
		issuer: 174, check: 174, titleSize: 24, nameSize: 34, topicSize: 15,
	},
	{
		template: certificate.Quiet, portrait: true, margin: 26, flush: true, notice: 20, center: 31, title: 49, rule: 116, name: 79,
		statement: 90.5, topic: 101.5, detail: 109, bodyTop: 123.5, bodyBottom: 217, columns: 1,
		issuer: 222, check: 251, titleSize: 24, nameSize: 32, topicSize: 15,
	},
	{
		template: certificate.Formal, margin: 29, solemn: true, notice: 24.5, title: 41, rule: 47, name: 67,
		statement: 77, topic: 86.5, detail: 93, closing: 100, bodyTop: 105.5, bodyBottom: 163.5, columns: 2,
		issuer: 167, check: 167, titleSize: 34, nameSize: 30, topicSize: 16,
	},
	{
		template: certificate.Formal, portrait: true, margin: 27, solemn: true, notice: 27, title: 48, rule: 56, name: 80,
		statement: 92.5, topic: 103.5, detail: 111, closing: 120, bodyTop: 128.5, bodyBottom: 215, columns: 1,
		issuer: 219, check: 250, titleSize: 34, nameSize: 30, topicSize: 16,
	},
}

func layoutOf(d certificate.Design) layout {
	for _, l := range layouts {
		if l.template == d.Template && l.portrait == d.Portrait {
			return l
		}
	}
	return layouts[0] // of a template that is no more, or not yet
}

// body is the area of the evidence on a page of a width.
func (l layout) body(wide float64) area {
	return area{left: l.margin, top: l.bodyTop, right: wide - l.margin, bottom: l.bodyBottom}
}

// decorate draws what is no text: frames and rules.
func (p *page) decorate() {
	at, left, right := p.at, p.at.margin, p.wide-p.at.margin
	switch at.template {
	case certificate.Quiet:
		p.rule(left, at.rule, right, at.rule, 0.7, indigo)
	case certificate.Formal:
		p.ornament()
		p.divider(p.wide/2, at.rule)
	default:
		p.frame(frameInset, 0.5, indigo)
		p.frame(frameInset+1.3, 0.12, indigo)
		p.rule(p.wide/2-16, at.rule, p.wide/2+16, at.rule, 0.5, indigo)
		p.rule(left, at.footRule, right, at.footRule, 0.2, indigo)
	}
}

const frameInset = 9.0
