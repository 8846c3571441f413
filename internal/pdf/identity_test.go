package pdf

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	run := func(arguments ...string) { openssl(t, arguments...) }
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key"), "-out", at("certificate"), "-subj", "/CN=Yuzawa", "-days", "30")
	run("pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at("both"), "-passout", "pass:open")
	run("pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at("old"), "-passout", "pass:open", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
	for name, how := range map[string][]string{
		"chain": {"-certfile", at("certificate"), "-name", "湯沢"}, "AES-128": {"-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-macalg", "sha512"},
		"Windows":          {"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1", "-provider", "legacy", "-provider", "default"},
		"open certificate": {"-certpbe", "NONE"}, "open key": {"-keypbe", "NONE"}, "patience": {"-iter", "600000"},
	} {
		run(append([]string{"pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at(name), "-passout", "pass:open"}, how...)...)
	}
	run("pkcs12", "-export", "-nokeys", "-in", at("certificate"), "-out", at("no key"), "-passout", "pass:open")
	run("pkcs12", "-export", "-nocerts", "-inkey", at("key"), "-out", at("no certificate"), "-passout", "pass:open")
	for name, key := range map[string]string{
		"both": "", "old": "", "chain": "", "AES-128": "", "Windows": "", "open certificate": "", "open key": "", "patience": "", "no key": "pdf.identity_no_key", "no certificate": "pdf.identity_no_key",
	} {
		p12, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenIdentity(p12, "close"); len(problem.Of(err)) != 1 || problem.Of(err)[0].Key != "pdf.identity_password" {
			t.Errorf("%s with another password: %v", name, err)
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

// The files without a password that OpenSSL makes are read as well.
func TestOpenIdentityWithoutPassword(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(arguments ...string) { openssl(t, arguments...) }
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key"), "-out", at("certificate"), "-subj", "/CN=Yuzawa", "-days", "30")
	for name, how := range map[string][]string{"modern": nil, "no MAC": {"-nomac"}, "open": {"-nomac", "-keypbe", "NONE", "-certpbe", "NONE"}, "old": {"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"}} {
		run(append([]string{"pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at("both"), "-passout", "pass:"}, how...)...)
		p12, err := os.ReadFile(at("both"))
		if err != nil {
			t.Fatal(err)
		}
		if i, err := OpenIdentity(p12, ""); err != nil || i.Name != "Yuzawa" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endlessInside is a file whose encrypted part holds a key that asks for 2,147,483,647 rounds: nobody sees that number from
// outside.
const endlessInside = `
MIHXAgEDMIHRBgkqhkiG9w0BBwGggcMEgcAwgb0wgboGCSqGSIb3DQEHBqCBrDCBqQIBADCBowYJKoZIhvcNAQcBMBwGCiqGSIb3
DQEMAQMwDgQIMTIzNDU2NzgCAggAgHjD3P86Yo1nGXINsy/f4kMmZA93+m2WmS4zm7H0eCRIU2s4akWKdpCf1RMMdcQHkg9+jBYa
nJS3+xqMjy3L9CFLLweQ6gDhy6FBTSJ/eO6tqhxrzIwZ6vlCLcLI82iy9N01VlLgQoai+62NnU586tkXfzBpFwF05Q4=`

// A key stands in the open part of a file, where its count can be seen, or the file is refused.
func TestOpenIdentityHidingItsRounds(t *testing.T) {
	hidden, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(endlessInside, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		p12      []byte
		password string
	}{
		"without a password":     {hidden, ""},
		"with a password":        {sealed(t, shrouded(t, 0x7FFFFFFF), secret), secret},
		"of few rounds":          {sealed(t, shrouded(t, 1), secret), secret},
		"in another kind of box": {boxed(t, shrouded(t, 0x7FFFFFFF), secret), secret},
	} {
		i, err := OpenIdentity(c.p12, c.password)
		if l := problem.Of(err); i != nil || len(l) != 1 || l[0].Key != "pdf.identity_unreadable" {
			t.Errorf("%s: %v, %v", what, i, err)
		}
	}
	if _, err := OpenIdentity(sealed(t, shrouded(t, 0x7FFFFFFF), secret), "x"); len(problem.Of(err)) != 1 || problem.Of(err)[0].Key != "pdf.identity_password" {
		t.Errorf("with another password: %v", err)
	}
}

// scheme is PBES2 (RFC 8018) with AES-256 and so many rounds of PBKDF2.
func scheme(t *testing.T, rounds int) pkix.AlgorithmIdentifier {
	t.Helper()
	der := func(v any) asn1.RawValue {
		b, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: b}
	}
	kdf := pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: der(struct {
		Salt   []byte
		Rounds int
		By     pkix.AlgorithmIdentifier
	}{[]byte("salt"), rounds, pkix.AlgorithmIdentifier{Algorithm: oidHMAC256}})}
	aes256 := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, Parameters: der(make([]byte, aes.BlockSize))}
	return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, Parameters: der(struct{ By, Of pkix.AlgorithmIdentifier }{kdf, aes256})}
}

// shrouded are bags with one key that is encrypted, or says so.
func shrouded(t *testing.T, rounds int) []byte {
	t.Helper()
	key, err := asn1.Marshal(struct {
		How  pkix.AlgorithmIdentifier
		Data []byte
	}{scheme(t, rounds), make([]byte, 64)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := asn1.Marshal([]bag{{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}, explicitly(key)}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sealed is a file of one part, which is encrypted.
func sealed(t *testing.T, bags []byte, password string) []byte {
	t.Helper()
	key, err := pbkdf2.Key(sha256.New, password, []byte("salt"), 1, 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	padding := aes.BlockSize - len(bags)%aes.BlockSize
	bags = append(bytes.Clone(bags), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(bags, bags)
	type encrypted struct {
		Type asn1.ObjectIdentifier
		How  pkix.AlgorithmIdentifier
		Data []byte `asn1:"tag:0"`
	}
	inside, err := asn1.Marshal(struct {
		Version int
		Of      encrypted
	}{0, encrypted{oidData, scheme(t, 1), bags}})
	if err != nil {
		t.Fatal(err)
	}
	return containerOf(t, asn1.TagOctetString, content{oidSealedPart, explicitly(inside)}, password)
}

// boxed is a file of one open part, all of which stands in a text.
func boxed(t *testing.T, bags []byte, password string) []byte {
	t.Helper()
	part, err := contentOf(bags)
	if err != nil {
		t.Fatal(err)
	}
	return containerOf(t, asn1.TagUTF8String, part, password)
}

func containerOf(t *testing.T, tag int, part content, password string) []byte {
	t.Helper()
	parts, err := asn1.Marshal([]content{part})
	if err != nil {
		t.Fatal(err)
	}
	box, err := asn1.Marshal(asn1.RawValue{Tag: tag, Bytes: parts})
	if err != nil {
		t.Fatal(err)
	}
	f := container{Version: 3, Parts: content{oidData, explicitly(box)}}
	if f.MAC.FullBytes, err = authentication(parts, password); err != nil {
		t.Fatal(err)
	}
	out, err := asn1.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
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

// Large numbers that count nothing, as in a salt, in what is encrypted or in a certificate, make no file a hasty one.
func TestOpenIdentityWithLargeNumbers(t *testing.T) {
	inOctets, err := asn1.Marshal(struct{ Salt []byte }{[]byte{2, 4, 0x7F, 0xFF, 0xFF, 0xFF}})
	if err != nil {
		t.Fatal(err)
	}
	count, err := asn1.Marshal(struct{ Rounds int }{0x7FFFFFFF})
	if err != nil {
		t.Fatal(err)
	}
	if !fewRounds(inOctets, 0) || fewRounds(count, 0) {
		t.Errorf("a salt: %v, a count: %v", fewRounds(inOctets, 0), fewRounds(count, 0))
	}
	a := newAuthority(t)
	key := ecdsaKey(t, elliptic.P256())
	leaf := certify(t, "湯沢市在宅ワークセンター", 0x7FFFFFFFFFFF, key.Public(), a, a.key)
	open, err := pkcs12.Passwordless.Encode(key, leaf, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if i, err := OpenIdentity(open, ""); err != nil || i.Name != leaf.Subject.CommonName {
		t.Errorf("a certificate in the open: %+v, %v", i, err)
	}
}

func openssl(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := exec.Command(need.Program(t, "openssl"), arguments...).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
}
