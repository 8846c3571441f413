package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Implementations of others accept what a running town serves to a stranger, and refuse it tampered with.
func TestPeersOfTheTown(t *testing.T) {
	const peers = "../../internal/badge/testdata/peers"
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(peers, "node_modules"))
	}
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("TENARAI_TEST_REQUIRE"), ","), "peers") {
			t.Fatalf("the peers (make peers): %v", err)
		}
		t.Skipf("skipped, it needs node and the peers (make peers): %v", err)
	}
	var site http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	defer server.Close()
	s := settings{Addr: server.Listener.Addr().String(), Data: t.TempDir()}
	town := demoTown(t, s, server.URL)
	if site, err = town.site(s, time.Now, nil); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join(peers, "verify.mjs"), server.URL, publicNumber(t, town)).CombinedOutput()
	if err != nil {
		t.Errorf("the peers: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// publicNumber is a certificate of the town that its holder has just made public.
func publicNumber(t *testing.T, town *town) string {
	t.Helper()
	m, err := town.store.MemberByEmail(t.Context(), "naoko@tenarai.example")
	if err != nil {
		t.Fatal(err)
	}
	held, err := town.store.Certificates(t.Context(), m.ID)
	if err != nil || len(held) == 0 {
		t.Fatalf("%d certificates, %v", len(held), err)
	}
	naoko, err := town.desk.ActorFor(t.Context(), m.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	number := string(held[0].Number)
	if err := town.desk.MakePublic(t.Context(), naoko, number, true); err != nil {
		t.Fatal(err)
	}
	return number
}
