package pdf

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"tenarai/internal/need"
	"tenarai/internal/problem"
)

func TestOpenIdentity(t *testing.T) {
	a := newAuthority(t)
	key := ecdsaKey(t, elliptic.P256())
	leaf := certify(t, "湯沢市在宅ワークセンター", 2, key.Public(), a, a.key)
	nameless := certify(t, "", 3, key.Public(), a, a.key)
	for what, p12 := range map[string][]byte{"in order": file(t, key, leaf, a.certificate), "the authority first": file(t, key, a.certificate, leaf), "alone": file(t, key, leaf)} {
		i, err := OpenIdentity(p12, secret)
		if err != nil || i.Name != "湯沢市在宅ワークセンター" || !i.Ends.Equal(leaf.NotAfter) {
			t.Errorf("%s: %+v, %v", what, i, err)
		}
	}
	if i, err := OpenIdentity(file(t, key, nameless), secret); err != nil || i.Name != "O=湯沢市" {
		t.Errorf("%+v, %v", i, err)
	}
	good := file(t, key, leaf, a.certificate)
	endless, err := pkcs12.Modern.WithIterations(1).Encode(key, leaf, nil, secret)
	if err != nil {
		t.Fatal(err)
	}
	endless = withRounds(t, endless, 0x7FFFFFFF)
	other := ecdsaKey(t, elliptic.P256())
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak := weakKey(t)
	for what, c := range map[string]struct {
		p12      []byte
		password string
		key      string
	}{
		"another password":         {good, "ゆざわ 2027", "pdf.identity_password"},
		"no password":              {good, "", "pdf.identity_password"},
		"a password beyond":        {good, "𠮷", "pdf.identity_password"},
		"nothing":                  {nil, secret, "pdf.identity_unreadable"},
		"no such file":             {[]byte("hello"), secret, "pdf.identity_unreadable"},
		"cut off":                  {good[:len(good)/2], secret, "pdf.identity_unreadable"},
		"too large":                {bytes.Repeat([]byte{0x30, 0}, largestIdentity), secret, "pdf.identity_unreadable"},
		"endless hashing":          {endless, secret, "pdf.identity_unreadable"},
		"a key of another":         {file(t, other, leaf, a.certificate), secret, "pdf.identity_no_key"},
		"a key of another kind":    {file(t, edwards, certify(t, "葵", 4, edwards.Public(), a, a.key)), secret, "pdf.identity_no_key"},
		"a key that can be broken": {file(t, weak, certify(t, "葵", 5, weak.Public(), a, a.key)), secret, "pdf.identity_no_key"},
	} {
		i, err := OpenIdentity(c.p12, c.password)
		if l := problem.Of(err); i != nil || len(l) != 1 || l[0].Key != c.key || l[0].Kind != problem.Invalid {
			t.Errorf("%s: %+v, %v", what, i, err)
		}
	}
}

// weakKey is an RSA key of 1024 bits.
func weakKey(t *testing.T) crypto.Signer {
	t.Helper()
	return rsaKey(t, 1024)
}

// withRounds makes the authentication of a file ask for more rounds of hashing.
func withRounds(t *testing.T, p12 []byte, rounds int64) []byte {
	t.Helper()
	var pfx struct {
		Version int
		Safe    asn1.RawValue
		MAC     struct {
			Digest asn1.RawValue
			Salt   []byte
			Rounds int64 `asn1:"optional,default:1"`
		}
	}
	if _, err := asn1.Unmarshal(p12, &pfx); err != nil {
		t.Fatal(err)
	}
	pfx.MAC.Rounds = rounds
	out, err := asn1.Marshal(pfx)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Files that OpenSSL makes are read: with a key, with all its ciphers' defaults, and told from those without one.
func TestOpenIdentityOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(arguments ...string) {
		t.Helper()
		if out, err := exec.Command(need.Program(t, "openssl"), arguments...).CombinedOutput(); err != nil {
			t.Fatalf("openssl: %v\n%s", err, out)
		}
	}
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key"), "-out", at("certificate"), "-subj", "/CN=Yuzawa", "-days", "30")
	run("pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at("both"), "-passout", "pass:open")
	run("pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at("old"), "-passout", "pass:open", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
	run("pkcs12", "-export", "-nokeys", "-in", at("certificate"), "-out", at("no key"), "-passout", "pass:open")
	run("pkcs12", "-export", "-nocerts", "-inkey", at("key"), "-out", at("no certificate"), "-passout", "pass:open")
	for name, key := range map[string]string{"both": "", "old": "", "no key": "pdf.identity_no_key", "no certificate": "pdf.identity_no_key"} {
		p12, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		i, err := OpenIdentity(p12, "open")
		if key == "" {
			if err != nil || i.Name != "Yuzawa" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if l := problem.Of(err); len(l) != 1 || l[0].Key != key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenIdentity(f *testing.F) {
	a := newAuthority(f)
	key := ecdsaKey(f, elliptic.P256())
	f.Add(file(f, key, certify(f, "葵", 2, key.Public(), a, a.key)), secret)
	f.Add([]byte{0x30, 0x80}, "")
	f.Add([]byte(nil), "\xff")
	f.Fuzz(func(t *testing.T, p12 []byte, password string) {
		if i, err := OpenIdentity(p12, password); (i == nil) == (err == nil) {
			t.Errorf("%v, %v", i, err)
		}
	})
}
