package pdf

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"tenarai/internal/certificate"
)

// describe fills in the document's information, the same in the old form and as XMP, and attaches the credential.
func (c *canvas) describe(s certificate.Sheet, pages []words) {
	snap, w := s.Snapshot, pages[0]
	c.pdf.SetTitle(utf16String(documentTitle(snap, w)), false)
	c.pdf.SetSubject(utf16String(topic(snap, w)), false)
	c.pdf.SetAuthor(utf16String(centerName(snap, w)), false)
	c.pdf.SetKeywords(utf16String(strings.Join(keywords(s), ", ")), false)
	c.pdf.SetCreator("tenarai "+CertificateRenderer, false)
	c.pdf.SetDisplayMode("fullpage", "single")
	c.extras.language = w.tag
	c.extras.metadata = describeInXMP(s, pages)
	for _, each := range pages {
		c.extras.outline = append(c.extras.outline, each.kind(snap.Kind).title+" – "+each.language)
	}
	c.attach(s.Credential, "The same certificate for machines: Open Badges 3.0")
}

// attach puts a machine credential into the document, if there is one.
func (c *canvas) attach(credential []byte, description string) {
	if len(credential) > 0 {
		c.extras.attached = &enclosure{name: "credential.json", description: description, mime: "application#2Fvc+ld+json", content: credential}
	}
}

// documentTitle is what a reader shows above the page.
func documentTitle(s certificate.Snapshot, w words) string {
	title := oneLine(s.Title.In(w.lang))
	if title == "" {
		title = w.kind(s.Kind).title
	}
	return title + " – " + s.Name
}

// keywords are the number and what the certificate is for.
func keywords(s certificate.Sheet) []string {
	var words []string
	for _, word := range []string{string(s.Number), oneLine(s.Snapshot.Code)} {
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

// describeInXMP is the information as XMP (ISO 16684-1), in the languages of the pages.
func describeInXMP(s certificate.Sheet, pages []words) []byte {
	var b bytes.Buffer
	made := s.Issued.UTC().Format(time.RFC3339)
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\n")
	inEach(&b, "dc:title", pages, func(w words) string { return documentTitle(s.Snapshot, w) })
	inEach(&b, "dc:description", pages, func(w words) string { return topic(s.Snapshot, w) })
	fmt.Fprintf(&b, "<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>\n", escaped(centerName(s.Snapshot, pages[0])))
	b.WriteString("<dc:language><rdf:Bag>")
	for _, w := range pages {
		fmt.Fprintf(&b, "<rdf:li>%s</rdf:li>", w.tag)
	}
	b.WriteString("</rdf:Bag></dc:language>\n<dc:format>application/pdf</dc:format>\n")
	if s.Number != "" {
		fmt.Fprintf(&b, "<dc:identifier>%s</dc:identifier>\n", escaped(string(s.Number)))
	}
	fmt.Fprintf(&b, "<pdf:Keywords>%s</pdf:Keywords>\n", escaped(strings.Join(keywords(s), ", ")))
	fmt.Fprintf(&b, "<xmp:CreatorTool>tenarai %s</xmp:CreatorTool>\n<xmp:CreateDate>%s</xmp:CreateDate>\n<xmp:ModifyDate>%s</xmp:ModifyDate>\n", CertificateRenderer, made, made)
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return b.Bytes()
}

// inEach writes a property in every language; the first page's is the default.
func inEach(b *bytes.Buffer, property string, pages []words, text func(words) string) {
	fmt.Fprintf(b, "<%s><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li>", property, escaped(text(pages[0])))
	for _, w := range pages {
		fmt.Fprintf(b, "<rdf:li xml:lang=\"%s\">%s</rdf:li>", w.tag, escaped(text(w)))
	}
	fmt.Fprintf(b, "</rdf:Alt></%s>\n", property)
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}
