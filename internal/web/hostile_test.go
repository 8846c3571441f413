package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// attacks are what has broken programs before. hostile varies them.
var attacks = []string{
	"", " ", "　", "\t", "\r\n", "\n\n\n", "\x00", "a\x00b", "%00", "\x01\x02\x1b[31m", "\x7f", "\u0085", "\u2028\u2029", "\ufeffbom", "\ufffd",
	"\xff\xfe", "a\xc3\x28b", "\xed\xa0\x80", "\xf0\x28\x8c\x28", "\xc0\xaf", "\xe3\x81", // no UTF-8
	"\u202egpj.exe", "\u2066a\u2069", "العربية", "עברית ab", "\u200b\u200c\u200d", "\u2060", "e\u0301", "か\u3099", "\u1100\u1161\u11a8", "ﾊﾝｶｸ", "Ａ１", "㈱", "①",
	"👩‍👩‍👧‍👦", "🇯🇵", "👍🏽", "𠮷田", "髙﨑", "辻󠄀", "𩸽", "\u0e33\u0e33", "Z̷͎̆a̷̛̤l̵̰̈g̶̖͝o̵̥̊", "ﷺ", "\U0010ffff", "\ue000",
	"' OR '1'='1", "'; DROP TABLE member; --", `" OR ""="`, "1; SELECT 1", "%' AND 1=0 UNION SELECT 1--", "\\'", "%", "_", "$1", "?", ":id", "@p1",
	"{{.}}", "{{.Page.Actor}}", `{{template "main"}}`, "${7*7}", "#{7*7}", "<%= 7 %>", "{% x %}", "[[x]]", "$(id)", "`id`", "|id", "; ls", "&& id",
	"<script>alert(1)</script>", `"><script src=//evil.example/x.js></script>`, `'><img src=x onerror=alert(1)>`, "<svg/onload=alert(1)>", "</textarea><script>alert(1)</script>",
	"</title><script>alert(1)</script>", "</option></select><x-evil>", `" onmouseover="alert(1)`, "' autofocus onfocus=alert(1) x='", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
	"data:text/html,<x-evil>", "<style>*{display:none}</style>", `<a href="//evil.example">`, `<base href="//evil.example">`, `<meta http-equiv=refresh content="0;url=//evil.example">`,
	"<iframe src=//evil.example>", "<!--", "-->", "]]>", "<![CDATA[", "&lt;script&gt;", "&amp;", "&#0;", "&#x3c;", "&notanentity;", "<plaintext>", "<form action=//evil.example>", "<input name=evil>",
	"=1+1", "=HYPERLINK(\"//evil.example\")", "+1", "-1+1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "a,b\"c\nd",
	"../../../etc/passwd", `..\..\x`, "/etc/passwd", "C:\\x", "CON", "file:///etc/passwd", ".", "..", "...", "%2e%2e%2f", "//evil.example", "\\\\evil.example",
	"%s%s%s%n", "%d", "%x%x", "%p", "{0}", "%25",
	"0", "-0", "-1", "1", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e999", "NaN", "Infinity", "0x10", "1_000", "1,000",
	"１２", "٣", "½", "1.5", " 7 ", "+7", "007", "true", "null", "undefined", "None", "[]", "{}", "2026-02-30", "9999-12-31", "0000-00-00", "2026-12-01T00:00", "明日",
	"a\r\nSet-Cookie: evil=1", "a\nX-Evil: 1", "a%0d%0aX-Evil:%201", "evil@evil.example\nBcc: x@evil.example", "<evil@evil.example>", "a@b", "a@b@c", "\"a b\"@evil.example", "あ@例え.テスト",
	strings.Repeat("a", 600), strings.Repeat("あ", 600), strings.Repeat("𠮷", 300), strings.Repeat("<b>", 300), strings.Repeat("\n", 500), strings.Repeat("e\u0301", 300),
	strings.Repeat("a", 60_000), strings.Repeat("\"", 2_000), strings.Repeat("👩‍👩‍👧‍👦", 100), strings.Repeat("(", 5_000),
}

// hostile is a few thousand strings: the attacks alone, wrapped, doubled, encoded, and strings of chance from all of Unicode.
// They are the same at every run.
func hostile() []string {
	out := slices.Clone(attacks)
	for i, a := range attacks {
		if len(a) > 2_000 {
			continue
		}
		b := attacks[(i*7+3)%len(attacks)]
		out = append(out, "佐藤"+a, a+"葵", "  "+a+"  ", a+"\n"+a, `"`+a+`"`, "'"+a, ">"+a, "\u202e"+a, a+"\x00", url.QueryEscape(a), html.EscapeString(a), strings.ToUpper(a), a+"\t"+b[:min(len(b), 50)])
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for range 1_000 {
		var s strings.Builder
		for range 1 + chance.IntN(40) {
			switch chance.IntN(6) {
			case 0:
				s.WriteByte(byte(chance.IntN(256)))
			case 1:
				s.WriteRune(rune(chance.IntN(0x80)))
			case 2:
				s.WriteRune(rune(0x3000 + chance.IntN(0x7000)))
			case 3:
				s.WriteRune(rune(0x1f300 + chance.IntN(0x600)))
			case 4:
				s.WriteRune(rune(chance.IntN(0x10ffff)))
			default:
				s.WriteByte(`<>"'&=/\;%{}()[]`[chance.IntN(16)])
			}
		}
		out = append(out, s.String())
	}
	return out
}

// deck deals the hostile strings, all of them before any comes again.
type deck struct {
	cards []string
	next  int
}

func (d *deck) deal() string {
	d.next++
	return d.cards[(d.next*1_597)%len(d.cards)]
}

func newDeck() *deck { return &deck{cards: hostile()} }

// skeleton is a page's tags and the names of their attributes, without what tells of a refusal and without the words.
func skeleton(doc *goquery.Document) string {
	doc = goquery.CloneDocument(doc)
	doc.Find(".errors, .wrong, .flash, [type=hidden]").Remove()
	var out strings.Builder
	for _, n := range doc.Nodes {
		for d := range n.Descendants() {
			if d.Type != html.ElementNode {
				continue
			}
			out.WriteString("<" + d.Data)
			for _, a := range d.Attr {
				switch a.Key {
				case "checked", "selected", "aria-invalid", "aria-describedby", "open", "class", "data-done": // follow from what was chosen or refused
				default:
					out.WriteString(" " + a.Key)
				}
			}
		}
	}
	return out.String()
}

// hostileTo sends a form with one field made hostile, and holds what comes back.
func (w *wholeTown) hostileTo(f shownForm, base url.Values, field, s string, shapes map[string]string) {
	w.t.Helper()
	form, typed := withMore(base, url.Values{field: {s}}), slices.Contains(f.texts, field)
	res := w.send(f.who, f.ask(form, f.button()).with("Referer", "http://example.com"+f.page))
	where := fmt.Sprintf("POST %s as %q, %s = %.60q: %d", f.action, f.who, field, s, res.Code)
	for name := range res.Header() {
		if strings.Contains(name, "Evil") {
			w.t.Errorf("%s: a header of the attacker's: %s", where, name)
		}
	}
	if strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") && res.Body.Len() > 0 {
		doc, wrong := w.soundness(res.Body.String(), "ja")
		for _, one := range wrong {
			if typed || one != "#"+field+" leads nowhere" { // to what is hidden no link can lead; only an attacker types there
				w.t.Errorf("%s: %s", where, one)
			}
		}
		w.shaped(where, fmt.Sprintf("%s %d %v", f.kind(), res.Code, problemFields(doc)), doc, shapes)
		if typed && (res.Code == http.StatusUnprocessableEntity || res.Code == http.StatusConflict) {
			w.stillTyped(where, doc, field, s)
		}
	}
	if res.Code == http.StatusSeeOther {
		to, _, _ := strings.Cut(res.Header().Get("Location"), "#")
		if typed {
			w.kept(where, field, s)
		}
		if next := w.send(f.who, get(to)); strings.HasPrefix(next.Header().Get("Content-Type"), "text/html") && next.Body.Len() > 0 && f.route != "/logout" {
			doc, wrong := w.soundness(next.Body.String(), "ja")
			for _, one := range wrong {
				w.t.Errorf("%s, then %s: %s", where, to, one)
			}
			if doc.Find("x-evil, plaintext, iframe, base, meta[http-equiv], [href*='//evil'], [src*='//evil'], [name=evil]").Length() > 0 {
				w.t.Errorf("%s, then %s: the page holds the attacker's tags", where, to)
			}
		}
	}
	w.undo()
}

// shaped holds a page's tags against those of the first page in the same state.
func (w *wholeTown) shaped(where, state string, doc *goquery.Document, shapes map[string]string) {
	w.t.Helper()
	if doc.Find("x-evil, plaintext, iframe, base, meta[http-equiv], [href*='//evil'], [src*='//evil'], [name=evil]").Length() > 0 {
		w.t.Errorf("%s: the page holds the attacker's tags", where)
	}
	got := skeleton(doc)
	if want, ok := shapes[state]; ok && got != want && !strings.Contains(state, "/invite ") { // a list shows as many lines as it has
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		from := max(0, i-60)
		w.t.Errorf("%s: the page's tags changed at %q, were %q", where, got[from:min(len(got), i+60)], want[from:min(len(want), i+60)])
	}
	shapes[state] = got
}

func problemFields(doc *goquery.Document) []string {
	var out []string
	doc.Find(".errors a[href]").Each(func(_ int, s *goquery.Selection) { out = append(out, s.AttrOr("href", "")) })
	slices.Sort(out)
	return slices.Compact(out)
}

// readings are the forms in which what was typed may be kept or shown again: a line, a text, as it is, in any of them
// trimmed. What no text can hold (invalid UTF-8, NUL) is left out when it is shown again, and refused before it is kept.
func readings(s string) []string {
	d := decoder{values: url.Values{}}
	out := []string{d.text("", "", s), d.text("", "text", s), d.text("", "raw", s)}
	for _, one := range slices.Clone(out) {
		out = append(out, strings.TrimSpace(one))
	}
	return out
}

// notShown are fields whose typing is not shown again: secrets, and those that a page with another form shows.
var notShown = []string{"password", "new_password", "code"}

// stillTyped holds that what was refused stands in its field again.
func (w *wholeTown) stillTyped(where string, doc *goquery.Document, field, s string) {
	w.t.Helper()
	if slices.Contains(notShown, field) {
		return
	}
	shown := doc.Find("input, textarea").FilterFunction(func(_ int, x *goquery.Selection) bool {
		return x.AttrOr("name", "") == field && x.AttrOr("type", "") != "hidden"
	})
	if shown.Length() == 0 {
		return
	}
	got := shown.First().AttrOr("value", strings.TrimPrefix(shown.First().Text(), "\n"))
	if goquery.NodeName(shown.First()) == "textarea" {
		got = shown.First().Text()
	}
	want := append(readings(s), asTyped(s))
	if n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(norm.NFKC.String(s)), ",", ""), 10, 64); err == nil {
		want = append(want, numberValue(n)) // a number is shown as one
	}
	for _, one := range want {
		want = append(want, strings.ReplaceAll(one, "\r", "\n"), strings.ReplaceAll(one, "\r\n", "\n"), strings.TrimPrefix(one, "\n"))
	}
	if !slices.Contains(want, got) {
		w.t.Errorf("%s: typed is shown again as %.80q", where, got)
	}
}

// notVerbatim are fields that are kept as what they mean, not as what was typed.
var notVerbatim = []string{
	"email", "kana", "next", "hours", "hours_week", "pay", "places", "number", "code", "password", "new_password", "rows", "starts", "ends", "deadline", "minutes",
	"promise_days", "printed_name", "name", "try", "attempt", "version",
}

// kept holds that a text that was taken is kept as it was typed.
func (w *wholeTown) kept(where, field, s string) {
	w.t.Helper()
	if slices.Contains(notVerbatim, field) || strings.HasPrefix(field, "q.") || strings.HasPrefix(field, "fix.") || strings.TrimSpace(s) == "" {
		return
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		w.t.Errorf("%s: it is no text, and was taken", where)
		return
	}
	var all []string
	for _, table := range w.changed() {
		for _, row := range w.rows(`SELECT * FROM main.` + table + ` EXCEPT SELECT * FROM was.` + table) {
			for _, v := range row {
				if text, ok := v.(string); ok {
					var inside any
					if json.Unmarshal([]byte(text), &inside) == nil {
						all = append(all, leaves(inside)...)
					}
					all = append(all, text)
				}
			}
		}
	}
	if len(all) > 0 && !slices.ContainsFunc(readings(s), func(one string) bool { return slices.Contains(all, one) }) {
		w.t.Errorf("%s: it is not kept as it was typed", where)
	}
}

func leaves(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			out = append(out, leaves(one)...)
		}
	case map[string]any:
		for _, one := range v {
			out = append(out, leaves(one)...)
		}
	}
	return out
}

// Hostile strings in every field of every form: no internal error, no tag of theirs in a page, all that was typed comes back
// or is kept as it was.
func TestHostileForms(t *testing.T) {
	t.Parallel()
	w := openTown(t)
	rounds, cards, sent := 24, newDeck(), 0
	if testing.Short() {
		rounds = 3
	}
	if len(cards.cards) < 3_000 {
		t.Fatalf("only %d strings", len(cards.cards))
	}
	for _, f := range w.forms() {
		shapes, base := map[string]string{}, f.filled()
		fields := f.texts
		for n := range f.fields { // hidden ones and choices are typed by attackers alone
			if !slices.Contains(fields, n) && n != "key" {
				fields = append(fields, n)
			}
		}
		if len(fields) > 8 {
			fields = fields[:8]
		}
		for _, field := range fields {
			if slices.Contains(f.texts, field) {
				w.hostileTo(f, base, field, "あ", shapes)
			}
			for range rounds {
				w.hostileTo(f, base, field, cards.deal(), shapes)
				sent++
			}
		}
	}
	t.Logf("%d hostile forms", sent)
}

// parameters are those that pages read from their address.
var parameters = []string{"q", "role", "page", "sort", "person", "action", "before", "since", "after", "turn", "state", "from", "number", "next", "result", "sent"}

// Hostile strings in the address: in every parameter of every page, and in every part of a path that tells what it is about.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	w := openTown(t)
	rounds, cards, sent := 10, newDeck(), 0
	if testing.Short() {
		rounds = 2
	}
	ask := func(who, path string) {
		sent++
		res := w.send(who, get(path))
		if res.Code == http.StatusOK && strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") {
			doc, wrong := w.soundness(res.Body.String(), "ja")
			for _, one := range wrong {
				t.Errorf("%s as %q: %s", path, who, one)
			}
			if doc.Find("x-evil, plaintext, iframe, base, meta[http-equiv], [src*='//evil'], [name=evil]").Length() > 0 {
				t.Errorf("%s as %q holds the attacker's tags", path, who)
			}
		}
		w.undo()
	}
	for _, r := range w.routes() {
		if r.Method != http.MethodGet {
			continue
		}
		who := w.whoOpens(r)
		path := strings.NewReplacer(":course", "c1-home-working", ":module", "exam", ":item", "final", ":id", "1", ":number", "x", ":file", "1", ":token", "x", ":folder", "materials", ":name", "x", "*", "x").Replace(r.Path)
		for range rounds {
			q := url.Values{}
			for _, p := range parameters {
				q.Set(p, cards.deal())
				if len(q.Get(p)) > 3_000 {
					q.Set(p, "x")
				}
			}
			ask(who, path+"?"+q.Encode())
			one := parameters[sent%len(parameters)]
			if s := cards.deal(); len(s) < 3_000 {
				ask(who, path+"?"+url.Values{one: {s}}.Encode())
			}
			for part := range strings.SplitSeq(r.Path, "/") {
				if s := cards.deal(); strings.HasPrefix(part, ":") && len(s) < 3_000 {
					ask(who, strings.Replace(strings.Replace(r.Path, part, "\x00", 1), "\x00", url.PathEscape(s), 1))
				}
			}
		}
	}
	t.Logf("%d hostile addresses", sent)
}

// whoOpens is somebody of the cast who may open a route.
func (w *wholeTown) whoOpens(r route) string {
	for _, name := range []string{"aoi", "mentor", "coordinator", "producer", "company", "admin"} {
		if r.Access.kind < byRole || w.demo.Actor(w.t, name).Is(r.Access.roles...) {
			return name
		}
	}
	w.t.Fatalf("nobody of the cast opens %s", r.Path)
	return ""
}
