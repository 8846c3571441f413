package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/need"
)

// Implementations of others accept what a running town serves to a stranger, before and after its keys are rotated; they
// refuse it tampered with, and see what was revoked as revoked.
func TestPeersOfTheTown(t *testing.T) {
	const peers = "../../internal/badge/testdata/peers"
	need.Peers(t, peers)
	var err error
	var site http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	defer server.Close()
	s := settings{Addr: server.Listener.Addr().String(), Data: t.TempDir()}
	town := demoTown(t, s, server.URL)
	if site, err = town.site(s, time.Now, nil, nil); err != nil {
		t.Fatal(err)
	}
	number := publicNumber(t, town)
	ask := func(want string, more ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(peers, "verify.mjs"), server.URL, number, want}, more...)...).CombinedOutput()
		if err != nil {
			t.Errorf("the peers: %v\n%s", err, out)
		}
		t.Logf("%s", out)
	}
	kept := func(name string, doc []byte, err error) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err == nil {
			err = os.WriteFile(path, doc, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	record := func(name string) string {
		doc, err := town.desk.RecordCredential(t.Context(), actor(t, town, "naoko"))
		return kept(name, doc, err)
	}
	credential := func(name string, form certificate.Form) string {
		doc, err := town.desk.Credential(t.Context(), desk.Actor{}, number, form)
		return kept(name, doc, err)
	}
	old := []string{record("record.json"), credential("old.json", certificate.FormJSON), credential("old.jwt", certificate.FormJWT)}
	ask("good", old...)
	if err := town.desk.RotateKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := append(old, record("new-record.json"))
	ask("good", all...)
	revoke(t, town, number)
	ask("revoked", all...)
}

// actor is somebody of the town by the part of her address before the @.
func actor(t *testing.T, town *town, who string) desk.Actor {
	t.Helper()
	m, err := town.store.MemberByEmail(t.Context(), who+"@tenarai.example")
	if err != nil {
		t.Fatal(err)
	}
	a, err := town.desk.ActorFor(t.Context(), m.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// publicNumber is a certificate of the town that its holder has just made public.
func publicNumber(t *testing.T, town *town) string {
	t.Helper()
	naoko := actor(t, town, "naoko")
	held, err := town.store.Certificates(t.Context(), naoko.Member)
	if err != nil || len(held) == 0 {
		t.Fatalf("%d certificates, %v", len(held), err)
	}
	number := string(held[0].Number)
	if err := town.desk.MakePublic(t.Context(), naoko, number, true); err != nil {
		t.Fatal(err)
	}
	return number
}
