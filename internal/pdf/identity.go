package pdf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"tenarai/internal/problem"
)

// Identity is what a center signs documents with: a key and the certificate that says whose it is. It is never changed, and
// may be used by many goroutines at once.
type Identity struct {
	Name         string    // whom the certificate names
	Begins, Ends time.Time // the certificate is good from and until then

	key    crypto.Signer
	leaf   *x509.Certificate
	others []*x509.Certificate // those above it, in no order
}

// Bounds of what is read. Files of this kind hold a few kilobytes.
const (
	largestIdentity = 256 << 10
	mostRounds      = 1_000_000 // of hashing a password: a second. OpenSSL asks for 2048, careful people for 600,000
	fewestBits      = 2048      // of an RSA key
)

// OpenIdentity reads a PKCS#12 file (.p12 or .pfx; RFC 7292). It refuses with the problems "pdf.identity_password",
// "pdf.identity_unreadable", and "pdf.identity_no_key" if there is no RSA or ECDSA key in it with its certificate.
func OpenIdentity(p12 []byte, password string) (identity *Identity, err error) {
	defer func() {
		if recover() != nil { // the file is anybody's; what its reader did not expect must not take the server down
			identity, err = nil, problem.At("identity", "pdf.identity_unreadable")
		}
	}()
	if len(p12) > largestIdentity || !patient(p12) {
		return nil, problem.At("identity", "pdf.identity_unreadable")
	}
	hashing.Lock()
	defer hashing.Unlock()
	key, first, others, err := decodeChain(p12, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption), strings.ContainsFunc(password, beyond16Bits):
		return nil, problem.At("password", "pdf.identity_password")
	case err != nil && strings.HasSuffix(err.Error(), " missing"): // of the certificate or the key; the module has no error value for it
		return nil, problem.At("identity", "pdf.identity_no_key")
	case err != nil:
		return nil, problem.At("identity", "pdf.identity_unreadable")
	}
	return identityOf(key, append([]*x509.Certificate{first}, others...))
}

// hashing is held while a password is hashed: a file may ask for seconds of a core, and nobody shall take all of them.
var hashing sync.Mutex

// decodeChain is the module's, of patient files that hide nothing from us.
func decodeChain(p12 []byte, password string) (key any, first *x509.Certificate, others []*x509.Certificate, err error) {
	if refused := probed(p12, password); refused != nil {
		// What it refuses first is another password; this decrypts no key.
		if _, err := pkcs12.DecodeTrustStore(p12, password); errors.Is(err, pkcs12.ErrIncorrectPassword) {
			return nil, nil, nil, err
		}
		return nil, nil, nil, refused
	}
	return pkcs12.DecodeChain(p12, password)
}

// beyond16Bits tells the characters that a password of such a file cannot have.
func beyond16Bits(r rune) bool { return r > 0xFFFF }

// identityOf finds the certificate of a key.
func identityOf(key any, certificates []*x509.Certificate) (*Identity, error) {
	none := problem.At("identity", "pdf.identity_no_key")
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, none
	}
	var own func(crypto.PublicKey) bool
	switch public := signer.Public().(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < fewestBits {
			return nil, none
		}
		own = public.Equal
	case *ecdsa.PublicKey:
		own = public.Equal
	default:
		return nil, none
	}
	i := Identity{key: signer}
	for _, c := range certificates {
		if i.leaf == nil && own(c.PublicKey) {
			i.leaf = c
			continue
		}
		i.others = append(i.others, c)
	}
	if i.leaf == nil {
		return nil, none
	}
	i.Begins, i.Ends = i.leaf.NotBefore, i.leaf.NotAfter
	i.Name = i.leaf.Subject.CommonName
	if i.Name == "" {
		i.Name = i.leaf.Subject.String()
	}
	return &i, nil
}
