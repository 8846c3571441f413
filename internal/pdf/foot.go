package pdf

import (
	"fmt"
	"strings"
)

const (
	qrSide     = 21.0
	sealSide   = 22.0
	footerSize = 7.0
)

// check is the number and how to check it, with the QR code at its left.
func (p *page) check() {
	w, s, y := p.words, p.sheet, p.at.check
	left := p.at.margin + qrSide + 4
	limit := 105.0
	switch {
	case p.at.portrait:
		limit = p.wide - p.at.margin - left
	case p.at.flush:
		limit = (p.wide+gutter)/2 - 5 - left
	}
	small := lettering{regular, footerSize, grey}
	number, address := string(s.Number), s.Address
	if number == "" {
		number = w.sample
	}
	if s.Sample {
		p.dashed(func() { p.pdf.Rect(p.at.margin, y, qrSide, qrSide, "D") })
		address = ""
	} else {
		p.drawQR(p.at.margin, y, qrSide, p.code) // at least 2.7 mm from every rule: four modules of an address of 60 characters
		p.link(p.at.margin, y, qrSide, qrSide, address)
	}
	p.draw(left, y+4, units(w.number), small)
	p.draw(left, y+9.5, units(number), lettering{bold, 11, ink})
	if address != "" {
		p.draw(left, y+14.5, units(w.verify), small)
		text := units(address)
		f := p.fitting(text, lettering{regular, footerSize, ink}, limit)
		p.draw(left, y+18.5, text, f)
		p.link(left, y+16, p.width(text, f), 3.5, address)
	}
	var more []string
	if s.Replaces != "" {
		more = append(more, fmt.Sprintf(w.replaces, s.Replaces))
	}
	if s.Snapshot.Rule != "" {
		more = append(more, fmt.Sprintf(w.rule, oneLine(s.Snapshot.Rule)))
	}
	if len(more) > 0 {
		text := units(strings.Join(more, "　"))
		p.draw(left, y+22, text, p.fitting(text, lettering{regular, 6, grey}, limit))
	}
}

// link makes a rectangle lead to an address.
func (c *canvas) link(x, y, wide, high float64, address string) {
	c.paint(func() { c.pdf.LinkString(x, y, wide, high, address) })
}

// issuer is the date, the center's name, who signs, and the seal or the space for one. On a page whose head begins at the
// margin it begins where the right column does.
func (p *page) issuer() {
	w, s, y := p.words, p.sheet, p.at.issuer
	right := p.wide - p.at.margin - sealSide - 4
	left, limit := 0.0, 75.0
	if p.at.flush {
		left = p.at.margin
		if p.at.columns == 2 {
			left = (p.wide + gutter) / 2
		}
		limit = right - left
	}
	put := func(y float64, text string, f lettering, limit float64) (from float64) {
		set := units(text)
		f = p.fitting(set, f, limit)
		from = left
		if !p.at.flush {
			from = right - p.width(set, f)
		}
		p.draw(from, y, set, f)
		return from
	}
	date, center := w.issued+"　"+w.date(s.Issued), centerName(s.Snapshot, w)
	who := signer(s.Snapshot.Design, w)
	if s.Until.IsZero() && who == "" && p.signature == nil {
		put(y+6.5, date, lettering{regular, 9, ink}, limit)
		put(y+15, center, lettering{bold, 12, ink}, limit)
	} else {
		put(y+3.5, date, lettering{regular, 8.5, ink}, limit)
		if !s.Until.IsZero() {
			put(y+7.9, w.until+"　"+w.date(s.Until), lettering{regular, 8.5, ink}, limit)
		}
		put(y+14, center, lettering{bold, 11.5, ink}, limit)
		const wide = 30.0
		from := put(y+20, who, lettering{regular, 9, ink}, limit-wide-3)
		if p.signature != nil {
			if p.at.flush {
				set := units(who)
				from += p.width(set, p.fitting(set, lettering{regular, 9, ink}, limit-wide-3)) + wide + 3
			}
			p.drawPicture(signatureName, p.signature, area{left: from - wide - 2, top: y + 14.9, right: from - 2, bottom: y + 22.6})
		}
	}
	p.sealAt(p.wide-p.at.margin-sealSide/2, y+qrSide/2)
}

// sealAt draws the center's seal, or a circle where one can be stamped.
func (p *page) sealAt(x, y float64) {
	half := sealSide / 2
	if p.seal != nil {
		p.drawPicture(sealName, p.seal, area{left: x - half, top: y - half, right: x + half, bottom: y + half})
		return
	}
	p.stampSpace(x, y, half-1, p.words.seal)
}
