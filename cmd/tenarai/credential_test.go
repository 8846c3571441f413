package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
)

// demoTown builds the demo town for a service at an address.
func demoTown(t *testing.T, s settings, address string) *town {
	t.Helper()
	now := time.Now()
	clock, random := demo.NewClock(func() time.Time { return now }), demo.NewRandom(1)
	town, err := openTown(t.Context(), s, townOptions{now: clock.Now, random: random, address: address, log: io.Discard, passwords: demotest.Cheap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = town.close() })
	if err := demo.Build(t.Context(), town.desk, demo.Options{Now: now, Clock: clock, Random: random, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if err := town.desk.SetUpKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	return town
}

// revoke keeps that a certificate was taken back.
func revoke(t *testing.T, town *town, number string) {
	t.Helper()
	err := town.store.Tx(t.Context(), func(ctx context.Context) error {
		h, err := town.store.CertificateByNumber(ctx, certificate.Number(number))
		if err != nil {
			return err
		}
		_, err = town.store.ChangeCertificate(ctx, certificate.Change{Certificate: h.ID, State: certificate.Revoked, At: town.desk.Now(), Reason: certificate.IssuedInError})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A credential is checked against the installation's own database, against files that were handed in, and told in words;
// the exit status is 0 for good ones alone.
func TestCredentialVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	data := t.TempDir()
	const address = "http://127.0.0.1:8080"
	town := demoTown(t, settings{Addr: "127.0.0.1:8080", Data: data}, address)
	number := publicNumber(t, town)
	file := func(name string, content []byte, err error) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	form := func(f certificate.Form) []byte {
		doc, err := town.desk.Credential(t.Context(), desk.Actor{}, number, f)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	doc, jwt := form(certificate.FormJSON), form(certificate.FormJWT)
	published := town.desk.Published(t.Context())
	did, didErr := published("https://127.0.0.1:8080/.well-known/did.json")
	list, listErr := published(address + "/status/1")
	keys, err := town.store.CredentialKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var jwk []byte
	for _, k := range keys {
		if k.Algorithm == certificate.JWT {
			jwk, err = town.desk.JWK(t.Context(), k.KID)
		}
	}
	didFile, listFile, keyFile := file("did.json", did, didErr), file("status.json", list, listErr), file("key.json", jwk, err)
	json, png, compact := file("a.jsonld", doc, nil), file("a.png", form(certificate.FormPNG), nil), file("a.jwt", jwt, nil)
	tampered := file("b.jsonld", bytes.Replace(doc, []byte(`"value":"`), []byte(`"value":"9`), 1), nil)
	check := func(status int, says string, args ...string) {
		t.Helper()
		out, errs, got := command(t, append([]string{"credential", "verify"}, args...)...)
		if got != status || !strings.Contains(out+errs, says) {
			t.Errorf("%v: status %d, want %d; says\n%s%s", args, got, status, out, errs)
		}
	}
	check(0, "GOOD", json, "--data", data)
	check(0, "this installation", png, "--data", data)
	check(0, "RS256", compact, "--data", data)
	check(failed, "BAD: it was changed", tampered, "--data", data)
	check(failed, "NOT CHECKED", json, "--data", filepath.Join(data, "nowhere"))
	check(failed, "could not be found out", json, "--did", didFile)
	check(0, "GOOD", json, "--did", didFile, "--status", listFile)
	check(0, "GOOD", compact, "--key", keyFile, "--did", didFile, "--status", listFile)
	check(failed, "no credential", file("x.txt", []byte("hello"), nil))
	check(wrongUsage, "nowhere.json", "nowhere.json")
	check(wrongUsage, "expected", "--online")
	check(wrongUsage, "neither a DID document", json, "--did", file("y.json", []byte("{}"), nil))
	revoke(t, town, number)
	check(failed, "REVOKED", json, "--data", data)
	check(failed, "REVOKED", compact, "--data", data)
	check(0, "GOOD", json, "--did", didFile, "--status", listFile) // what was true on the day of that list
	if left, err := filepath.Glob("*"); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

// The help of a check speaks of checking; the settings of a server are taken all the same.
func TestCredentialVerifyHelp(t *testing.T) {
	out, _, status := command(t, "credential", "verify", "--help")
	for _, flag := range []string{"--online", "--did", "--status", "--key", "--data", "--database", "--base-url", "--addr"} {
		if !strings.Contains(out, flag) {
			t.Errorf("it lacks %s", flag)
		}
	}
	for _, flag := range []string{"--mail", "--files", "--proxies", "--courses", "--secret", "--dev"} {
		if status != 0 || strings.Contains(out, flag) {
			t.Errorf("%d: it speaks of %s", status, flag)
		}
	}
	if out, _, _ := command(t, "serve", "--help"); !strings.Contains(out, "--mail") {
		t.Error("serve hides its settings, too")
	}
	if _, errs, status := command(t, "credential", "verify", "nowhere.json", "--mail", "log:"); status != wrongUsage || strings.Contains(errs, "--mail") {
		t.Errorf("%d, %s", status, errs)
	}
}

// A record whose issuer was not asked is not called bad.
func TestCredentialVerifyRecordUnasked(t *testing.T) {
	t.Chdir(t.TempDir())
	town := demoTown(t, settings{Addr: "127.0.0.1:8080", Data: t.TempDir()}, "http://127.0.0.1:8080")
	doc, err := town.desk.RecordCredential(t.Context(), actor(t, town, "yumi"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, "record.json", string(doc))
	out, _, status := command(t, "credential", "verify", "record.json")
	if status != failed || !strings.Contains(out, "parts        NOT CHECKED") || strings.Contains(out, "BAD") || !strings.Contains(out, "holds") || !strings.Contains(out, "result       NOT CHECKED") {
		t.Errorf("%d\n%s", status, out)
	}
}

// What a credential says cannot paint over the answer.
func TestPlain(t *testing.T) {
	if got := plain("a\x1b[2J\nresult GOOD\u202e\u0000" + strings.Repeat("あ", 300)); strings.ContainsAny(got, "\x1b\n\x00\u202e") || len([]rune(got)) > 201 {
		t.Errorf("%q", got)
	}
}

// Nobody can send the check into our own network, nor to another place than she named.
func TestFetcherStaysOutside(t *testing.T) {
	public, home := newFetcher(false), newFetcher(true)
	for text, want := range map[string]bool{
		"93.184.216.34": true, "2606:4700::1111": true, "127.0.0.1": false, "::1": false, "10.0.0.1": false, "192.168.1.1": false, "172.16.0.1": false, "169.254.169.254": false,
		"fe80::1": false, "fc00::1": false, "0.0.0.0": false, "::": false, "224.0.0.1": false, "100.64.0.1": false, "198.18.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "255.255.255.255": false,
	} {
		if a := netip.MustParseAddr(text); public.mayAsk(a) != want {
			t.Errorf("%s: %v", text, !want)
		}
		if a := netip.MustParseAddr(text); home.mayAsk(a) != a.IsLoopback() {
			t.Errorf("%s from our own town", text)
		}
	}
	asked := false
	secret := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer secret.Close()
	for _, address := range []string{secret.URL, strings.Replace(secret.URL, "127.0.0.1", "localhost", 1), strings.Replace(secret.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		if _, err := public.load(t.Context())(address); !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"http://93.184.216.34/", "file:///etc/passwd", "https://a:b@example.com/", "ftp://example.com", "::"} {
		if _, err := public.load(t.Context())(address); err == nil {
			t.Errorf("%s was fetched", address)
		}
	}
	if asked {
		t.Error("a machine of our own was asked")
	}
}

// The issuer's answers have limits; it may lead on within its own house alone.
func TestFetcherLimits(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "other") }))
	defer other.Close()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	mux.HandleFunc("/within", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte(" "), badge.Largest+1))
	})
	load := newFetcher(true).load(t.Context())
	for path, want := range map[string]bool{"/ok": true, "/within": true, "/away": false, "/round": false, "/large": false, "/none": false} {
		doc, err := load(server.URL + path)
		if want != (err == nil) || want && string(doc) != "{}" {
			t.Errorf("%s: %.20q, %v", path, doc, err)
		}
	}
}

// A running town on this machine is asked over http, where the credential is its own.
func TestCredentialVerifyOnline(t *testing.T) {
	t.Chdir(t.TempDir())
	var site http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	defer server.Close()
	s := settings{Addr: server.Listener.Addr().String(), Data: t.TempDir()}
	town := demoTown(t, s, server.URL)
	var err error
	if site, err = town.site(s, time.Now, nil, nil); err != nil {
		t.Fatal(err)
	}
	number := publicNumber(t, town)
	keys, err := town.store.CredentialKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		var jwk map[string]any
		if k.Algorithm != certificate.JWT {
			continue
		}
		if doc, err := town.desk.JWK(t.Context(), k.KID); err != nil || json.Unmarshal(doc, &jwk) != nil {
			t.Fatalf("%s, %v", doc, err)
		}
		delete(jwk, "kid") // as somebody may hand it over
		bare, err := json.Marshal(jwk)
		if err != nil {
			t.Fatal(err)
		}
		write(t, "key.json", string(bare))
	}
	for _, f := range []certificate.Form{certificate.FormJSON, certificate.FormJWT} {
		doc, err := town.desk.Credential(t.Context(), desk.Actor{}, number, f)
		if err != nil {
			t.Fatal(err)
		}
		write(t, "file", string(doc))
		// A key that was handed over is taken for the key and for nothing else that is asked for.
		if out, errs, status := command(t, "credential", "verify", "file", "--online", "--addr", s.Addr, "--key", "key.json"); status != 0 || !strings.Contains(out, "GOOD") {
			t.Errorf("%s with a key: %d\n%s%s", f, status, out, errs)
		}
		if out, errs, status := command(t, "credential", "verify", "file", "--online", "--addr", s.Addr); status != 0 || !strings.Contains(out, "GOOD") {
			t.Errorf("%s: %d\n%s%s", f, status, out, errs)
		}
		// Another's town on this machine is a private address.
		if out, errs, status := command(t, "credential", "verify", "file", "--online", "--base-url", "https://elsewhere.example"); status != failed || !strings.Contains(out, "NOT CHECKED") {
			t.Errorf("%s from elsewhere: %d\n%s%s", f, status, out, errs)
		}
	}
}

// Whatever a check may find, the program has words for it.
func TestEveryFaultHasWords(t *testing.T) {
	told := map[certificate.Fault]bool{}
	for _, w := range faultWords {
		told[w.fault] = true
	}
	for _, f := range certificate.Faults {
		if !told[f] {
			t.Errorf("%s has no words", f)
		}
	}
}
