package badge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/need"
)

// peerCheck is one question to the peers.
type peerCheck struct {
	File string `json:"file"`
	Want string `json:"want"` // good, revoked or refused
}

// Implementations of others accept what we issue, see what is revoked as revoked, and refuse what was tampered with. They
// load nothing: what they ask for is answered from what is published.
func TestPeers(t *testing.T) {
	const modules = "testdata/peers"
	need.Peers(t, modules)
	h := openHouse(t, testAddress, 23)
	good, revoked := claimAt(94_567), claimAt(23)
	doc, jwt := h.signed(good), h.jwt(good)
	// The peers know the machine's time alone.
	skillful := skillClaim(7)
	skillful.Until = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	now := func(claims ...certificate.Claim) []byte {
		r := recordOf(claims...)
		r.Made = time.Now()
		return must(h.Issuer.Record(r, testKeys()[certificate.DataIntegrity]))
	}
	record := now(good, skillful, programmeClaim(8))
	short := mustObject(record)
	subject := short["credentialSubject"].(object)
	subject["verifiableCredential"] = subject["verifiableCredential"].([]any)[:2]
	shortened := must(encode(short))
	askPeers(t, modules, h.published, map[string][]byte{
		"good.json": doc, "revoked.json": h.signed(revoked), "tampered.json": bytes.Replace(doc, []byte(`"value":"2"`), []byte(`"value":"3"`), 1),
		"tampered-status.json": bytes.Replace(doc, []byte(`"statusListIndex":"94567"`), []byte(`"statusListIndex":"94568"`), 1),
		"good.jwt":             jwt, "tampered.jwt": tamperJWT(t, jwt), "revoked.jwt": h.jwt(revoked),
		"skill.json": h.signed(skillful), "skill.jwt": h.jwt(skillful), "programme.json": h.signed(programmeClaim(8)),
		"record.json": record, "tampered-record.json": bytes.Replace(record, []byte(`"value":"2"`), []byte(`"value":"3"`), 1),
		"shortened-record.json": shortened, "lapsed.json": h.signed(skillClaim(7)), "lapsed.jwt": h.jwt(skillClaim(7)), "lapsed-record.json": h.record(good),
		"revoked-record.json": now(good, revoked),
	}, []peerCheck{
		{"good.json", "good"},
		{"revoked.json", "revoked"},
		{"tampered.json", "refused"},
		{"tampered-status.json", "refused"},
		{"good.jwt", "good"},
		{"tampered.jwt", "refused"},
		{"revoked.jwt", "revoked"},
		{"skill.json", "good"},
		{"skill.jwt", "good"},
		{"programme.json", "good"},
		{"lapsed.json", "refused"},
		{"lapsed.jwt", "refused"},
		{"lapsed-record.json", "refused"},
		{"record.json", "good"},
		{"tampered-record.json", "refused"},
		{"shortened-record.json", "refused"},
		{"revoked-record.json", "revoked"},
	})
}

// askPeers writes what is served and what is asked into a folder and runs the peers over it.
func askPeers(t *testing.T, peers string, served, files map[string][]byte, checks []peerCheck) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		write(name, content)
	}
	byAddress := map[string]string{}
	for address, content := range served {
		byAddress[address] = "served-" + strconv.Itoa(len(byAddress))
		write(byAddress[address], content)
	}
	plan, err := json.Marshal(object{"served": byAddress, "checks": checks})
	if err != nil {
		t.Fatal(err)
	}
	write("plan.json", plan)
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join(peers, "verify.mjs"), dir).CombinedOutput()
	if err != nil {
		t.Errorf("the peers: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

var jwtEncoding = base64.RawURLEncoding

// tamperJWT changes one thing that is said and leaves the signature.
func tamperJWT(t *testing.T, jwt []byte) []byte {
	t.Helper()
	parts := bytes.Split(jwt, []byte("."))
	payload, err := jwtEncoding.DecodeString(string(parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(payload, []byte(`"value":"2"`), []byte(`"value":"3"`), 1)
	if bytes.Equal(payload, changed) {
		t.Fatal("nothing was changed")
	}
	parts[1] = []byte(jwtEncoding.EncodeToString(changed))
	return bytes.Join(parts, []byte("."))
}
