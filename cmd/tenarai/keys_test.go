package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The secret is made once, for this user alone, and neither it nor a key stands in the log or on the screen; rotating keeps
// the old keys published; another secret is told at once.
func TestKeysRotate(t *testing.T) {
	data := t.TempDir()
	rotate := func(more ...string) (string, int) {
		out, errs, status := command(t, append([]string{"keys", "rotate", "--data", data}, more...)...)
		return out + errs, status
	}
	said, status := rotate()
	if status != 0 {
		t.Fatal(said)
	}
	path := filepath.Join(data, secretFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	secret, err := os.ReadFile(path)
	if err != nil || len(bytes.TrimSpace(secret)) < 40 {
		t.Fatalf("%d characters, %v", len(secret), err)
	}
	again, status := rotate()
	if status != 0 {
		t.Fatal(again)
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, secret) {
		t.Errorf("the secret is another, %v", err)
	}
	wrong, status := rotate("--secret", "quite another secret than that")
	if status != failed || !strings.Contains(wrong, "TENARAI_SECRET") {
		t.Errorf("another secret: %d %s", status, wrong)
	}
	if short, status := rotate("--secret", "short"); status != failed || !strings.Contains(short, "16") {
		t.Errorf("a short secret: %d %s", status, short)
	}
	for _, text := range []string{said, again, wrong} {
		if strings.Contains(text, string(bytes.TrimSpace(secret))) || strings.Contains(text, "quite another") {
			t.Errorf("the secret is told: %s", text)
		}
	}
	if n := methods(t, data); n != 3 {
		t.Errorf("%d keys are published, want the first and two new ones", n)
	}
}

// methods is how many keys the DID document of a service over a folder names.
func methods(t *testing.T, data string) int {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listening, ended := make(chan string, 1), make(chan int, 1)
	var errs bytes.Buffer
	p := program{Now: time.Now, Out: &bytes.Buffer{}, Err: &errs, Env: os.LookupEnv, served: func(addr string) { listening <- addr }}
	go func() { ended <- p.run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--data", data}) }()
	var addr string
	select {
	case addr = <-listening:
	case status := <-ended:
		t.Fatalf("serve ended with %d: %s", status, errs.String())
	}
	res, err := http.Get("http://" + addr + "/.well-known/did.json") //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var did struct {
		ID     string
		Method []struct{ Controller string } `json:"verificationMethod"`
	}
	if err := json.NewDecoder(res.Body).Decode(&did); err != nil || did.ID != "did:web:"+strings.Replace(addr, ":", "%3A", 1) {
		t.Errorf("%s, %v", did.ID, err)
	}
	stop()
	<-ended
	return len(did.Method)
}
