package pdf

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"
	"software.sslmate.com/src/go-pkcs12"

	"tenarai/internal/problem"
)

const secret = "ゆざわ 2026"

// authority is a certificate authority of the test's own, with its key.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func made(t testing.TB, key crypto.Signer, err error) crypto.Signer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	return made(t, key, err)
}

func ecdsaKey(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	return made(t, key, err)
}

// certify makes a certificate that is good for three years around the day of issue; by is nil for the authority's own.
func certify(t testing.TB, name string, serial int64, public crypto.PublicKey, by *authority, signer crypto.Signer) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name, Organization: []string{"湯沢市"}},
		NotBefore: issued.AddDate(-2, 0, 0), NotAfter: issued.AddDate(1, 0, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	parent := c
	if by == nil {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	} else {
		parent = by.certificate
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key := ecdsaKey(t, elliptic.P256())
	return &authority{certify(t, "手習い試験局", 1, key.Public(), nil, key), key}
}

// file is a PKCS#12 file with a key and certificates.
func file(t testing.TB, key any, first *x509.Certificate, others ...*x509.Certificate) []byte {
	t.Helper()
	p12, err := pkcs12.Modern.Encode(key, first, others, secret)
	if err != nil {
		t.Fatal(err)
	}
	return p12
}

// identity is one of the authority's.
func (a *authority) identity(t testing.TB, key crypto.Signer) *Identity {
	t.Helper()
	i, err := OpenIdentity(file(t, key, certify(t, "湯沢市在宅ワークセンター", 2, key.Public(), a, a.key), a.certificate), secret)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// pemFile writes the authority's certificate.
func (a *authority) pemFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// trusted is a certificate database (NSS) that trusts the authority.
func (a *authority) trusted(t *testing.T) string {
	t.Helper()
	db := "sql:" + t.TempDir()
	tool(t, Document{}, "certutil", "-N", "-d", db, "--empty-password")
	tool(t, Document{}, "certutil", "-A", "-d", db, "-n", "authority", "-t", "C,C,C", "-i", a.pemFile(t))
	return db
}

// attached is a document with a file in it, and a link on its first page.
func attached(t testing.TB, compressed bool) []byte {
	t.Helper()
	p := gofpdf.New("L", "mm", "A4", "")
	p.SetCompression(compressed)
	p.SetCreationDate(issued)
	p.AddPage()
	p.SetAttachments([]gofpdf.Attachment{{Content: []byte(enclosed), Filename: "credential.json"}})
	p.LinkString(40, 10, 20, 20, "https://tenarai.example/a(b)?/Annots[>>")
	p.AddPage()
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// enclosed looks like parts of a PDF, which must not be taken for such.
const enclosed = "{\"id\": 1}\n1 0 obj\n<</Type /Catalog /Size 3>>\nendobj\ntrailer <</Size 1 /Root 9 0 R>>\nstartxref\n7\n"

// appended is a document with an earlier update, which gives it another catalog and one more object.
func appended(t testing.TB, doc []byte) []byte {
	t.Helper()
	return updated(t, doc, func(f *source, root, size int, put func(n int, value string)) {
		put(root, withEntry([]byte(valueOf(t, f, root)), fmt.Sprintf("/Extra%d %d 0 R", size, size)))
		put(size, "<</Note (later)>>")
	})
}

func documents(t testing.TB) map[string][]byte {
	t.Helper()
	plain := attached(t, false)
	return map[string][]byte{
		"a certificate": printed(t, sample("𠮷田 由美")).Bytes, "a long record": printedRecord(t, longRecord("ja")).Bytes,
		"a file in it": plain, "a file in it, compressed": attached(t, true), "updated": appended(t, plain), "updated twice": appended(t, appended(t, plain)),
	}
}

func signed(t testing.TB, doc []byte, i *Identity) Document {
	t.Helper()
	b, err := Sign(doc, i, issued)
	if err != nil {
		t.Fatal(err)
	}
	return Document{Bytes: b}
}

func TestSignedIsTrusted(t *testing.T) {
	a := newAuthority(t)
	db := a.trusted(t)
	keys := map[string]crypto.Signer{"RSA 2048": rsaKey(t, 2048), "P-256": ecdsaKey(t, elliptic.P256())}
	if !testing.Short() {
		keys["RSA 4096"], keys["P-384"], keys["P-521"] = rsaKey(t, 4096), ecdsaKey(t, elliptic.P384()), ecdsaKey(t, elliptic.P521())
	}
	for kind, key := range keys {
		i := a.identity(t, key)
		for what, doc := range documents(t) {
			t.Run(kind+", "+what, func(t *testing.T) {
				d := signed(t, doc, i)
				if !bytes.HasPrefix(d.Bytes, doc) {
					t.Error("the document itself was changed")
				}
				says := string(tool(t, d, "pdfsig", "-nssdir", db, "FILE"))
				for _, want := range []string{"Signature is Valid.", "Certificate is Trusted.", "Total document signed", "ETSI.CAdES.detached", "湯沢市在宅ワークセンター", "SHA-256"} {
					if !strings.Contains(says, want) {
						t.Errorf("pdfsig does not say %q:\n%s", want, says)
					}
				}
				tool(t, d, "qpdf", "--check", "FILE")
				verifiedByOpenSSL(t, a, d)
				keepsItsCatalog(t, doc, d)
				if strings.Contains(what, "file") || strings.Contains(what, "updated") {
					if got := tool(t, d, "pdfdetach", "-save", "1", "-o", "/dev/stdout", "FILE"); string(got) != enclosed {
						t.Errorf("the attachment became %q", got)
					}
				}
			})
		}
	}
}

// keepsItsCatalog holds that the newest catalog of the document is the one that was given a form.
func keepsItsCatalog(t *testing.T, doc []byte, d Document) {
	t.Helper()
	root := regexp.MustCompile(`/Root (\d+) 0 R`).FindAllSubmatch(d.Bytes, -1)
	says := string(tool(t, d, "qpdf", "--show-object="+string(root[len(root)-1][1]), "FILE"))
	for _, key := range append(regexp.MustCompile(`/Extra\d+`).FindAllString(string(doc), -1), "/AcroForm", "/Pages") {
		if !strings.Contains(says, key) {
			t.Errorf("the catalog has lost %s: %s", key, says)
		}
	}
}

// parts cuts a signed document into the signature and what is signed.
func parts(t *testing.T, d Document) (signature, content []byte) {
	t.Helper()
	found := regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+)\]`).FindSubmatch(d.Bytes)
	if found == nil {
		t.Fatal("no byte range")
	}
	var at [3]int
	for i := range at {
		at[i], _ = strconv.Atoi(string(found[i+1]))
	}
	if at[1]+at[2] != len(d.Bytes) || d.Bytes[at[0]] != '<' || d.Bytes[at[1]-1] != '>' {
		t.Fatalf("the range %v leaves out more than the signature", at)
	}
	digits := d.Bytes[at[0]+1 : at[1]-1]
	var raw asn1.RawValue
	padded := make([]byte, len(digits)/2)
	if _, err := fmt.Sscanf(string(digits), "%x", &padded); err != nil {
		t.Fatal(err)
	}
	if rest, err := asn1.Unmarshal(padded, &raw); err != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		t.Fatalf("not one value and zeros: %v", err)
	}
	return raw.FullBytes, append(bytes.Clone(d.Bytes[:at[0]]), d.Bytes[at[1]:]...)
}

func verifiedByOpenSSL(t *testing.T, a *authority, d Document) {
	t.Helper()
	signature, content := parts(t, d)
	dir := t.TempDir()
	for name, b := range map[string][]byte{"signature": signature, "content": content} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tool(t, Document{}, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "signature"), "-content", filepath.Join(dir, "content"),
		"-CAfile", a.pemFile(t), "-purpose", "any", "-attime", strconv.FormatInt(issued.Unix(), 10), "-out", filepath.Join(dir, "out"))
}

// Whatever byte is altered, in the document or in what follows it, the signature says so.
func TestAlteredIsNotValid(t *testing.T) {
	a := newAuthority(t)
	db := a.trusted(t)
	d := signed(t, printed(t, sample("葵")).Bytes, a.identity(t, ecdsaKey(t, elliptic.P256())))
	for what, at := range map[string]int{"the page": bytes.Index(d.Bytes, []byte("/Parent")) + 1, "the date": bytes.LastIndex(d.Bytes, []byte("/M (D:")) + 8, "the end": bytes.LastIndex(d.Bytes, []byte("/Prev")) - 1} {
		altered := Document{Bytes: bytes.Clone(d.Bytes)}
		altered.Bytes[at]++
		if what == "the end" {
			altered.Bytes[at] = '\n'
		}
		says := string(tool(t, altered, "pdfsig", "-nssdir", db, "FILE"))
		if !strings.Contains(says, "Digest Mismatch") || strings.Contains(says, "Signature is Valid") {
			t.Errorf("%s: %s", what, says)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	a := newAuthority(t)
	i := a.identity(t, ecdsaKey(t, elliptic.P256()))
	doc := printed(t, sample("葵")).Bytes
	for at, key := range map[time.Time]string{
		i.Ends:                    "",
		i.Ends.Add(time.Second):   "pdf.identity_ended",
		issued.AddDate(-2, 0, 0):  "",
		issued.AddDate(-2, 0, -1): "pdf.identity_early",
	} {
		b, err := Sign(doc, i, at)
		l := problem.Of(err)
		if key == "" {
			if err != nil {
				t.Errorf("%v: %v", at, err)
			}
		} else if len(l) != 1 || l[0].Key != key || b != nil {
			t.Errorf("%v: %v", at, err)
		}
	}
	refused := foreign(doc)
	refused["signed"] = signed(t, doc, i).Bytes
	for what, not := range refused {
		if b, err := Sign(not, i, issued); err == nil || b != nil {
			t.Errorf("%s was signed", what)
		}
	}
	signed(t, smallestFile(), i)
}

// The signed document is made in one piece of memory, and the same identity serves many at once.
func TestManySignAtOnce(t *testing.T) {
	i := newAuthority(t).identity(t, rsaKey(t, 2048))
	doc := printedRecord(t, longRecord("ja")).Bytes
	first := signed(t, doc, i).Bytes
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if b, err := Sign(doc, i, issued); err != nil || !bytes.Equal(b, first) {
				t.Errorf("another signature (RSA signatures are the same for the same): %v", err)
			}
		})
	}
	group.Wait()
	if size, spare := len(first), cap(first)-len(first); spare > 8<<10 || size-len(doc) > 16<<10 {
		t.Errorf("%d bytes became %d, with %d to spare", len(doc), size, spare)
	}
}

// Whatever is given for a document, it is signed or refused.
func FuzzSign(f *testing.F) {
	i := newAuthority(f).identity(f, ecdsaKey(f, elliptic.P256()))
	plain := attached(f, true)
	f.Add(plain)
	f.Add(appended(f, plain))
	for _, b := range foreign(plain) {
		f.Add(b)
	}
	f.Add([]byte("xref\n0 1\ntrailer<</Size 1/Root 0 0 R/Prev 0>>startxref 0"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if b, err := Sign(doc, i, issued); err == nil && !bytes.HasPrefix(b, doc) {
			t.Error("the document itself was changed")
		}
	})
}

func BenchmarkSign(b *testing.B) {
	a := newAuthority(b)
	doc := printed(b, sample("𠮷田 由美")).Bytes
	for kind, key := range map[string]crypto.Signer{"RSA3072": rsaKey(b, 3072), "P256": ecdsaKey(b, elliptic.P256())} {
		i := a.identity(b, key)
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Sign(doc, i, issued); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
