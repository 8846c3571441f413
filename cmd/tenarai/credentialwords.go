package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"tenarai/internal/certificate"
)

// kindWords are the kinds of files in words.
var kindWords = map[string]string{
	"pdf": "a PDF with a credential attached", "png": "a PNG with a credential in it", "svg": "an SVG with a credential in it",
	"json": "a credential with an embedded proof", "jwt": "a credential as a VC-JWT",
}

// faultWords say what speaks against a credential. Those about its signature come first: while one of them holds, the rest
// is only what somebody wrote.
var faultWords = []struct {
	fault certificate.Fault
	line  string
	words string
}{
	{certificate.Forged, "signature", "BAD: it was changed, or the issuer did not sign it"},
	{certificate.TooMuch, "signature", "NOT CHECKED: it is too large or too complicated to be checked here"},
	{certificate.UnknownProof, "signature", "UNKNOWN: it is not signed, or in a way that this program does not know"},
	{certificate.UnknownContext, "signature", "UNKNOWN: it uses words that this program does not know"},
	{certificate.Unattested, "signature", "BAD: the issuer does not publish the key that signed it"},
	{certificate.KeyNotFetched, "signature", "NOT CHECKED: the issuer's key could not be fetched (--online asks the issuer)"},
	{certificate.NotYet, "dates", "NOT YET valid"},
	{certificate.TimeOver, "dates", "LAPSED"},
	{certificate.TakenBack, "status", "REVOKED: the issuer has taken it back"},
	{certificate.Suspended, "status", "SUSPENDED: the issuer is looking into it"},
	{certificate.StatusUnknown, "status", "UNKNOWN: whether it was revoked could not be found out (--online asks the issuer)"},
	{certificate.BadPart, "parts", "BAD: something speaks against a credential in it"},
	{certificate.OpenPart, "parts", "NOT CHECKED: a credential in it could not be checked to the end (--online asks the issuer)"},
}

// sayReport says in words what a check found. What the file itself says is printed without anything that could paint over
// the answer.
func sayReport(out io.Writer, r certificate.Report, kind string) {
	say := func(line, words string) { fmt.Fprintf(out, "%-12s %s\n", line, words) }
	say("file", kindWords[kind])
	say("says", plain(r.Name))
	for _, a := range r.Achievements {
		say("for", plain(a))
	}
	if r.Evidence > 0 {
		say("evidence", fmt.Sprintf("%d", r.Evidence))
	}
	issuer := plain(r.Issuer)
	if r.IssuerName != "" {
		issuer = plain(r.IssuerName) + ", " + issuer
	}
	if r.Ours {
		issuer += " (this installation)"
	}
	say("issuer", issuer)
	sayFaults(out, r)
	for _, part := range r.Parts {
		fmt.Fprintln(out)
		say("holds", plain(part.Name))
		sayFaults(out, part)
	}
	fmt.Fprintln(out)
	if r.Good() {
		say("result", "GOOD: nothing speaks against it")
		return
	}
	if r.Open() {
		say("result", "NOT CHECKED to the end: nothing is known against it, and nothing for it")
		return
	}
	say("result", "NOT GOOD")
}

// sayFaults says of signature, dates and status each what is wrong with it, or that nothing is.
func sayFaults(out io.Writer, r certificate.Report) {
	good := map[string]string{"signature": "good: " + plain(r.Signed) + ", with a key that the issuer publishes", "dates": dates(r), "status": "good: the issuer has not taken it back"}
	if !r.Status {
		good["status"] = "none: it cannot be taken back"
	}
	for _, line := range []string{"signature", "dates", "status", "parts"} {
		said := false
		for _, w := range faultWords {
			if w.line == line && r.Has(w.fault) {
				fmt.Fprintf(out, "%-12s %s\n", line, w.words)
				said = true
			}
		}
		if !said && good[line] != "" {
			fmt.Fprintf(out, "%-12s %s\n", line, good[line])
		}
	}
	for i, f := range r.Faults {
		if f != certificate.BadPart && f != certificate.OpenPart { // the parts say that themselves
			fmt.Fprintf(out, "%-12s %s\n", "why", plain(r.Why[i].Error()))
		}
	}
}

func dates(r certificate.Report) string {
	day := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
	switch {
	case r.From.IsZero() && r.Until.IsZero():
		return "none said"
	case r.Until.IsZero():
		return "good: since " + day(r.From) + ", without an end"
	}
	return "good: from " + day(r.From) + " until " + day(r.Until)
}

// plain is a text from a file as one short line, without the characters that move a terminal's cursor or turn text around.
func plain(s string) string {
	const longest = 200
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
