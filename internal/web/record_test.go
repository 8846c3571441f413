package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tenarai/internal/certificate"
)

var numbered17 = regexp.MustCompile(`/certificates/([0-9A-Z-]+)\.pdf`)

func (v *town) certificateOf(who string) string {
	v.t.Helper()
	m := numbered17.FindStringSubmatch(get("/record").as(who).of(v).Body.String())
	if m == nil {
		v.t.Fatalf("%s has no certificate", who)
	}
	return m[1]
}

func TestRecordAndReadinessPages(t *testing.T) {
	v := newTown(t)
	for _, c := range []struct {
		who, path string
		status    int
		say, not  string
	}{
		{"", "/record", 303, "", ""},
		{"mentor", "/record", 403, "", ""},
		{"company", "/readiness", 403, "", ""},
		{"aoi", "/record", 200, "証明書はまだありません", "PDFを公開する"},
		{"yumi", "/record", 200, "証しになった作品", "まだ記録がありません"},
		{"yumi", "/record", 200, "レベル2", ""},
		{"aoi", "/readiness", 200, "いちばんの近道", "準備ができています"},
		{"aoi", "/readiness", 200, `href="/account#hours"`, ""},
		{"aoi", "/readiness", 200, "あとで加わります", ""},
		{"yumi", "/readiness", 200, "準備ができています", "いちばんの近道"},
	} {
		w := get(c.path).as(c.who).of(v)
		body := w.Body.String()
		if w.Code != c.status || !strings.Contains(body, c.say) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%s as %q: %d, says %q: %t", c.path, c.who, w.Code, c.say, strings.Contains(body, c.say))
		}
	}
}

// The number of queries of a page does not depend on how much somebody has done.
func TestRecordQueries(t *testing.T) {
	v := newTown(t)
	count := func(who, path string) int {
		a := v.Actor(t, who)
		v.Server.Session = actingAs(a)
		v.Queries()
		if w := get(path).as(who).of(v); w.Code != 200 {
			t.Fatalf("%s as %s: %d", path, who, w.Code)
		}
		return len(v.Queries())
	}
	for _, path := range []string{"/record", "/readiness"} {
		if a, b := count("haruka", path), count("yumi", path); b > a+2 || b > 30 {
			t.Errorf("%s: %d queries for one, %d for another", path, a, b)
		}
	}
}

func TestCertificatePDF(t *testing.T) {
	v := newTown(t)
	n := v.certificateOf("yumi")
	path := "/certificates/" + n + ".pdf"
	codes := func(want map[string]int) {
		t.Helper()
		for who, code := range want {
			if w := get(path).as(who).of(v); w.Code != code {
				t.Errorf("the PDF for %q: %d, want %d", who, w.Code, code)
			}
		}
	}
	codes(map[string]int{"yumi": 200, "mentor": 200, "coordinator": 200, "": 404, "aoi": 404, "company": 404, "outsider": 404})
	w := get(path).as("yumi").of(v)
	h := w.Header()
	if !strings.HasPrefix(w.Body.String(), "%PDF-") || !strings.Contains(h.Get("Content-Disposition"), url.PathEscape("証明書-"+n)) || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", h)
	}
	if again := get(path).as("yumi").with("If-None-Match", h.Get("ETag")).of(v); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: %d", again.Code)
	}
	public := "/certificates/" + n + "/public"
	if w := post(public, url.Values{"public": {"on"}}).as("aoi").of(v); w.Code != 404 {
		t.Errorf("made public by another: %d", w.Code)
	}
	if w := post(public, url.Values{"public": {"on"}}).as("yumi").of(v); w.Code != 303 {
		t.Errorf("made public: %d", w.Code)
	}
	codes(map[string]int{"": 200, "outsider": 200})
	if w := post(public, url.Values{}).as("yumi").of(v); w.Code != 303 {
		t.Errorf("made private: %d", w.Code)
	}
	codes(map[string]int{"": 404, "yumi": 200})
	for _, path := range []string{"/certificates/" + n, "/certificates/x.pdf", "/certificates/.pdf", "/certificates/" + string(certificate.NewNumber(make([]byte, certificate.NumberBytes))) + ".pdf"} {
		if w := get(path).as("yumi").of(v); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestVerify(t *testing.T) {
	v := newTown(t)
	n := v.certificateOf("yumi")
	unknown := string(certificate.NewNumber([]byte("abcdefghij")))
	typo := "Z" + n[1:]
	if n[0] == 'Z' {
		typo = "Y" + n[1:]
	}
	for path, c := range map[string]struct {
		status   int
		say, not string
	}{
		"/verify":                       {200, "証明書の番号", "有効な証明書です"},
		"/verify/" + n:                  {200, "有効な証明書です", "由美"},
		"/verify/" + strings.ToLower(n): {200, "湯沢", "由美"},
		"/verify/" + typo:               {422, typo, "有効な証明書です"},
		"/verify/%3Cscript%3E":          {422, "&lt;script&gt;", "<script>"},
		"/verify/" + unknown:            {404, "この番号の証明書はありません", "有効な証明書です"},
		"/verify?number=" + url.QueryEscape(n+"　"):   {303, "", ""},
		"/verify?number=abc":                         {422, `value="abc"`, ""},
		"/verify?number=" + strings.Repeat("あ", 500): {422, "番号がどこか違う", ""},
	} {
		w := get(path).of(v)
		body := w.Body.String()
		if w.Code != c.status || !strings.Contains(body, c.say) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%.60s: %d, says %q: %t", path, w.Code, c.say, strings.Contains(body, c.say))
		}
		if c.status != 303 && (w.Header().Get("X-Robots-Tag") != "noindex" || !strings.Contains(body, `<meta name="robots" content="noindex">`)) {
			t.Errorf("%.60s may be indexed", path)
		}
	}
}

func TestVerifyIsLimited(t *testing.T) {
	v := newTown(t)
	path := "/verify/" + v.certificateOf("yumi")
	last := get(path).of(v)
	for i := range verifyBurst + 5 {
		if last = get(path).of(v); i < 100 && last.Code != 200 {
			t.Fatalf("look-up %d: %d", i, last.Code)
		}
	}
	if last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") == "" {
		t.Errorf("after %d look-ups: %d, %v", verifyBurst+5, last.Code, last.Header())
	}
}
