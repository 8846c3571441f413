package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"tenarai/internal/certificate"
	"tenarai/internal/problem"
)

// CheckedFile is what a file turned out to be.
type CheckedFile struct {
	SHA256 string
	// Paper tells that these are exactly the bytes that this installation printed for a certificate when it stood so; empty:
	// they are not.
	Paper certificate.State
	// Ours is the certificate of ours that the file is, or carries, as it stands now; nil: none of ours.
	Ours *Verified

	Kind       string             // of the file: pdf, png, svg, json or jwt; empty: none of these
	Credential bool               // it carries one, and Report says what was found
	Report     certificate.Report // see Credential
}

// CheckCredential checks a file that somebody was given: whether it is a PDF of ours to the last bit, and the machine
// credential that it is or carries, ours or somebody else's. Nothing is fetched: what only another issuer could tell is told
// as not asked. Anybody may ask, and nothing is kept.
func (d *Desk) CheckCredential(ctx context.Context, file []byte) (CheckedFile, error) {
	sum := sha256.Sum256(file)
	f := CheckedFile{SHA256: hex.EncodeToString(sum[:])}
	number, paper, err := d.Store.PaperByHash(ctx, f.SHA256)
	if err != nil && !isMissing(err) {
		return f, err
	}
	f.Paper = paper
	credential, kind, err := d.Badges.Open(file)
	f.Kind = kind
	if err == nil {
		if f.Report, err = d.Badges.Check(credential, d.Now(), d.Published(ctx)); err != nil {
			return f, fmt.Errorf("check credential: %w", err)
		}
		f.Credential = true
		if own, ok := d.ownNumber(f.Report); ok && number == "" {
			number = own
		}
	}
	if number == "" {
		return f, nil
	}
	v, err := d.Verify(ctx, string(number))
	if isMissing(err) { // a credential of ours about a number that nobody has here, as in a database put back to an older day
		return f, nil
	}
	f.Ours = &v
	return f, err
}

// ownNumber is the number of the certificate that a credential of ours is about.
func (d *Desk) ownNumber(r certificate.Report) (certificate.Number, bool) {
	typed, ok := strings.CutPrefix(r.ID, d.Address+"/credentials/")
	if !ok || !r.Ours || !r.Authentic() {
		return "", false
	}
	n, err := certificate.ParseNumber(typed)
	return n, err == nil
}

// Published answers what a check asks of this installation from its own database: its DID document, its keys and its status
// lists. Every other address is certificate.ErrNotFetched. A DID leads to https always, wherever the site itself is.
func (d *Desk) Published(ctx context.Context) func(address string) ([]byte, error) {
	return func(address string) ([]byte, error) {
		path, ok := d.ownPath(address)
		if !ok {
			return nil, fmt.Errorf("%s: %w", address, certificate.ErrNotFetched)
		}
		if path == "/.well-known/did.json" {
			return d.DIDDocument(ctx)
		}
		if kid, ok := strings.CutPrefix(path, "/keys/"); ok {
			return d.JWK(ctx, kid)
		}
		if list, ok := strings.CutPrefix(path, "/status/"); ok {
			n, err := strconv.Atoi(list)
			if err == nil && strconv.Itoa(n) == list {
				return d.StatusList(ctx, n)
			}
		}
		return nil, problem.Missing("credential.unknown_key")
	}
}

// ownPath is the path of an address on this installation.
func (d *Desk) ownPath(address string) (path string, ok bool) {
	if path, ok = strings.CutPrefix(address, d.Address); ok {
		return path, strings.HasPrefix(path, "/")
	}
	_, host, _ := strings.Cut(d.Address, "://")
	path, ok = strings.CutPrefix(address, "https://"+host)
	return path, ok && strings.HasPrefix(path, "/")
}
