package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/skill"
)

// Each address answers with the type that its specification names, and each asker in the form she prefers.
func TestCredentialForms(t *testing.T) {
	w := openTown(t)
	names := w.rightsTown()
	number := names.Replace("{public}")
	for _, c := range []struct{ path, accept, want, begins string }{
		{"/credentials/" + number, "", typeCredential, "{"},
		{"/credentials/" + number, "*/*", typeCredential, "{"},
		{"/credentials/" + number, "application/json", "application/json", "{"},
		{"/credentials/" + number, "application/vc", "application/vc", "{"},
		{"/credentials/" + number, "application/vc+ld+json", typeCredential, "{"},
		{"/credentials/" + number, "application/ld+json", typeCredential, "{"},
		{"/credentials/" + number, "application/vc;q=0.9, application/json;q=0.8, */*;q=0.1", "application/vc", "{"},
		{"/credentials/" + number, "application/*", typeCredential, "{"},
		{"/credentials/" + number, "application/x-unknown", typeCredential, "{"},
		{"/credentials/" + number, "application/ld+json;q=0.5, text/plain;q=0.4", typeCredential, "{"},
		{"/credentials/" + number, "application/vc+jwt", "application/vc+jwt", "eyJ"},
		{"/credentials/" + number, "application/jwt", "application/jwt", "eyJ"},
		{"/credentials/" + number, "text/plain", typeJWT, "eyJ"},
		{"/credentials/" + number, "text/plain, */*;q=0.1", typeJWT, "eyJ"},
		{"/credentials/" + number, "image/png,image/*;q=0.8", typePNG, "\x89PNG"},
		{"/credentials/" + number, "image/svg+xml", typeSVG, "<?xml"},
		{"/credentials/" + number + ".json", "text/html", typeCredential, "{"},
		{"/credentials/" + number + ".jwt", "", typeJWT, "eyJ"},
		{"/credentials/" + number + ".png", "text/html", typePNG, "\x89PNG"},
		{"/credentials/" + number + ".svg", "", typeSVG, "<?xml"},
		{"/.well-known/did.json", "", typeDID, `{"@context"`},
		{"/.well-known/jwks.json", "", typeJWKSet, `{"keys":[{`},
		{names.Replace("/keys/{key}"), "", typeJWK, `{"`},
		{"/status/1", "", typeCredential, "{"},
		{"/achievements/" + demo.C1, "", typeLinked, "{"},
		{"/achievements/" + demo.C1, "application/ld+json", typeLinked, "{"},
		{"/achievements/" + demo.C1, "application/json", "application/json", "{"},
		{"/achievements/" + demo.C1, "application/vc+ld+json", typeLinked, "{"},
		{"/achievements/skill-off-03", "", typeLinked, "{"},
		{"/achievements/skill-off-03", "text/html,*/*;q=0.8", "text/html; charset=UTF-8", "<!"},
		{"/achievements/" + demo.C1, "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=UTF-8", "<!"},
	} {
		ask := get(c.path)
		if c.accept != "" {
			ask = ask.with("Accept", c.accept)
		}
		res := w.send("", ask)
		if strings.HasSuffix(c.path, number) && !slices.Contains(res.Header().Values("Vary"), "Accept") {
			t.Errorf("%s for %q: a cache would take it for every form: %v", c.path, c.accept, res.Header())
		}
		if got := res.Header().Get("Content-Type"); res.Code != http.StatusOK || got != c.want || !strings.HasPrefix(strings.ToLower(res.Body.String()), strings.ToLower(c.begins)) {
			t.Errorf("%s for %q: %d, %s, %.20q, want %s", c.path, c.accept, res.Code, got, res.Body.String(), c.want)
		}
	}
	res := w.send("", get("/credentials/"+number).with("Accept", "text/html,*/*;q=0.8"))
	if res.Code != http.StatusSeeOther || res.Header().Get("Location") != "/verify/"+number {
		t.Errorf("a person is led to %q (%d)", res.Header().Get("Location"), res.Code)
	}
}

// What is published never holds a private key, may be read by a wallet in any browser, and is told by its hash; what can
// change at once is asked about each time.
func TestPublishedKeys(t *testing.T) {
	w := openTown(t)
	names := w.rightsTown()
	for path, keep := range map[string]string{
		"/.well-known/did.json": keepHour, "/.well-known/jwks.json": keepHour, names.Replace("/keys/{key}"): keepDay, "/status/1": keepAsk,
	} {
		res := w.send("", get(path))
		h := res.Header()
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != keep || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, h)
		}
		if again := w.send("", get(path).with("If-None-Match", h.Get("ETag"))); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s asked again: %d, %d bytes", path, again.Code, again.Body.Len())
		}
		for _, member := range privateMembers(t, res.Body.Bytes()) {
			t.Errorf("%s holds %q", path, member)
		}
	}
	if h := w.send("yumi", get(names.Replace("/credentials/{number}"))).Header(); h.Get("Cache-Control") != "no-store" || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a credential that is hers alone: %v", h)
	}
}

// A public credential may be read by a wallet in any browser, whoever is signed in there; what depends on who asks may not.
func TestCredentialsReadableAnywhere(t *testing.T) {
	w := openTown(t)
	names := w.rightsTown()
	public, own := names.Replace("/credentials/{public}"), names.Replace("/credentials/{number}")
	holds := func(who, path string, status int, anywhere bool) {
		t.Helper()
		res := w.send(who, get(path))
		h, origin, policy := res.Header(), "", "same-origin"
		if anywhere {
			origin, policy = "*", "cross-origin"
		}
		if res.Code != status || h.Get("Access-Control-Allow-Origin") != origin || h.Get("Cross-Origin-Resource-Policy") != policy || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s as %q: %d, %v", path, who, res.Code, h)
		}
	}
	for _, ending := range []string{"", ".json", ".jwt", ".png", ".svg"} {
		for _, who := range []string{"", "yumi", "company"} {
			holds(who, public+ending, 200, true)
		}
		holds("yumi", own+ending, 200, false)
		holds("", own+ending, 404, false)
		holds("company", own+ending, 404, false)
	}
	holds("yumi", "/record.json", 200, false)
	if res := w.send("", get(public).with("Accept", "text/html")); res.Code != http.StatusSeeOther || res.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a person is led on: %d, %v", res.Code, res.Header())
	}
	holder := w.one(`SELECT email FROM member m JOIN certificate_grant g ON g.member_id = m.id JOIN certificate c ON c.grant_id = g.id WHERE c.number = ?`, strings.TrimPrefix(public, "/credentials/"))
	holder, _, _ = strings.Cut(holder, "@")
	w.expect(303, holder, post(names.Replace("/certificates/{public}/hidden"), url.Values{"hidden": {"on"}}))
	holds(holder, public, 200, false)
	holds("", public, 404, false)
}

// privateMembers are the members of a document that only private keys have (RFC 7518, 6.3.2; W3C Multikey).
func privateMembers(t *testing.T, doc []byte) (found []string) {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if strings.Contains(" d p q dp dq qi secretKeyMultibase privateKeyMultibase ", " "+k+" ") {
					found = append(found, k)
				}
				walk(e)
			}
		}
	}
	walk(v)
	return found
}

// Over the web alone, as a stranger who was given the number, a public credential can be checked.
func TestCredentialOverTheWeb(t *testing.T) {
	w := openTown(t)
	names := w.rightsTown()
	load := func(address string) ([]byte, error) {
		path := strings.TrimPrefix(strings.TrimPrefix(address, "https://tenarai.test"), demotest.Address)
		return w.send("", get(path)).Body.Bytes(), nil
	}
	doc := w.send("", get(names.Replace("/credentials/{public}"))).Body.Bytes()
	r, err := badge.Verify(doc, demotest.Now, load)
	if err != nil || !r.Good() || r.ID != demotest.Address+names.Replace("/credentials/{public}") {
		t.Errorf("%+v, %v", r, err)
	}
}

// Her whole record comes as one credential, as a file, kept by nobody on the way.
func TestRecordCredential(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	res := w.send("yumi", get("/record.json"))
	h := res.Header()
	if res.Code != http.StatusOK || h.Get("Content-Type") != typeCredential || h.Get("Cache-Control") != "no-store" || h.Get("Content-Disposition") != `attachment; filename="record.jsonld"` {
		t.Errorf("%d, %v", res.Code, h)
	}
	f, err := w.demo.Desk.CheckCredential(t.Context(), res.Body.Bytes())
	if err != nil || !f.Report.Good() || !f.Report.Record || len(f.Report.Parts) == 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

// Where no certificate is valid there is no record credential, and no page leads to one.
func TestRecordCredentialOfNothing(t *testing.T) {
	w := openTown(t)
	w.rightsTown()
	link := `href="/record.json"`
	w.tells(404, "aoi", get("/record.json"), "有効な証明書がないので")
	w.tells(200, "aoi", get("/record"), "!"+link)
	w.tells(200, "yumi", get("/record"), link)
	held, err := w.demo.Store.Certificates(t.Context(), w.demo.Actor(t, "yumi").Member)
	w.must(err)
	for _, h := range held {
		w.must(w.demo.Desk.RevokeCertificate(t.Context(), w.demo.Actor(t, "coordinator"), string(h.Number), desk.RevokeForm{Reason: certificate.IssuedInError, Note: "電話で"}))
	}
	w.tells(404, "yumi", get("/record.json"), "有効な証明書がないので")
	w.tells(200, "yumi", get("/record"), "!"+link)
}

// A skill's page says what each level means, in both languages.
func TestSkillAchievementPage(t *testing.T) {
	w := openTown(t)
	s := w.demo.Desk.Catalog.Skill("OFF-03")
	for lang, text := range map[string]func(skill.Text) string{"ja": func(t skill.Text) string { return t.JA }, "en": func(t skill.Text) string { return t.In("en") }} {
		body := w.send("", get("/achievements/skill-off-03").with("Accept", "text/html").with("Accept-Language", lang)).Body.String()
		for _, want := range []skill.Text{s.Title, s.Levels[1], s.Levels[2], s.Levels[3]} {
			if !strings.Contains(body, html.EscapeString(text(want))) {
				t.Errorf("%s: %q is missing", lang, text(want))
			}
		}
	}
}

func TestPrefers(t *testing.T) {
	for _, c := range []struct {
		accept string
		q      float64
		named  int
	}{
		{"", 0, -1}, {"text/html", 1, 2}, {"text/*", 1, 1}, {"*/*", 1, 0}, {"*/*, text/html;q=0", 0, 2}, {"text/html;q=0.2, text/*", 0.2, 2}, {"nonsense;;;", 0, -1}, {"image/png", 0, -1},
	} {
		if q, named := wanted(c.accept, typeHTML); q != c.q || named != c.named {
			t.Errorf("%q: %v, %d", c.accept, q, named)
		}
	}
}
