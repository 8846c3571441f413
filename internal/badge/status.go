package badge

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tenarai/internal/certificate"
)

const purposeRevocation = "revocation"

// StatusList is a status list as a credential of its own, signed by the issuer (W3C Bitstring Status List 1.0).
func (i Issuer) StatusList(l certificate.StatusList, k certificate.SigningKey) ([]byte, error) {
	bits, err := packBits(certificate.StatusPlaces, l.Revoked)
	if err != nil {
		return nil, fmt.Errorf("status list %d: %w", l.N, err)
	}
	id := i.statusAddress(l.N)
	doc, err := i.prove(object{
		"@context": []any{contextVC}, "id": id, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": i.did, "validFrom": stamp(l.Changed),
		"credentialSubject": object{"id": id + "#list", "type": "BitstringStatusList", "statusPurpose": purposeRevocation, "encodedList": bits},
	}, k, l.Changed)
	if err != nil {
		return nil, fmt.Errorf("status list %d: %w", l.N, err)
	}
	return encode(doc)
}

// packBits writes a list of n bits, the given ones set: the first bit of a byte is its highest, GZIP, base64url with
// multibase's u.
func packBits(n int, set []int) (string, error) {
	bits := make([]byte, n/8)
	for _, p := range set {
		if p < 0 || p >= n {
			return "", fmt.Errorf("no place %d in the list", p)
		}
		bits[p/8] |= 0x80 >> (p % 8)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(bits); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return "u" + base64.RawURLEncoding.EncodeToString(packed.Bytes()), nil
}

// largestList is how many bytes a list may unpack to: a small file can hold gigabytes of zeros.
const largestList = 4 << 20

var errList = errors.New("not a status list")

// bitAt reads one bit of a packed list.
func bitAt(packed string, position int) (bool, error) {
	text, ok := strings.CutPrefix(packed, "u")
	if !ok {
		return false, errList
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errList, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return false, fmt.Errorf("%w: %w", errList, err)
	}
	bits, err := io.ReadAll(io.LimitReader(r, largestList+1))
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: %w", errList, err)
	case len(bits) > largestList || len(bits) < certificate.StatusPlaces/8:
		return false, fmt.Errorf("%w: %d bytes", errList, len(bits))
	case position < 0 || position/8 >= len(bits):
		return false, fmt.Errorf("%w: no place %d", errList, position)
	}
	return bits[position/8]&(0x80>>(position%8)) != 0, nil
}

// checkStatus looks a credential up in the status lists it names. One without a status cannot be taken back.
func (v verifier) checkStatus(r *certificate.Report, doc object) {
	if _, said := doc["credentialStatus"]; !said {
		return
	}
	r.Status = true
	entries := objects(doc["credentialStatus"])
	if len(entries) == 0 || len(entries) != len(each(doc["credentialStatus"])) {
		r.Add(certificate.StatusUnknown, errList)
	}
	const most = 4
	for n, e := range entries {
		purpose, _ := e["statusPurpose"].(string)
		set, err := false, errList
		if n < most {
			set, err = v.statusOf(r.Issuer, e)
		}
		switch {
		case err != nil:
			r.Add(certificate.StatusUnknown, err)
		case !set:
		case purpose == purposeRevocation:
			r.Add(certificate.TakenBack, errors.New("the issuer has taken it back"))
		case purpose == "suspension":
			r.Add(certificate.Suspended, errors.New("the issuer is looking into it"))
		}
	}
}

// statusOf reads one entry's bit from the list it names, which the same issuer must have signed.
func (v verifier) statusOf(issuer string, entry object) (bool, error) {
	address, _ := entry["statusListCredential"].(string)
	index, _ := entry["statusListIndex"].(string)
	position, err := strconv.Atoi(index)
	if err != nil || entry["type"] != "BitstringStatusListEntry" {
		return false, errList
	}
	at := [2]string{issuer, address}
	had, ok := v.lists[at]
	if !ok {
		had.subject, had.err = v.listOf(issuer, address)
		v.lists[at] = had
	}
	if had.err != nil {
		return false, had.err
	}
	subject := had.subject
	purpose, _ := entry["statusPurpose"].(string)
	if !slices.Contains(texts(subject["type"]), "BitstringStatusList") || !slices.Contains(texts(subject["statusPurpose"]), purpose) {
		return false, errList
	}
	packed, _ := subject["encodedList"].(string)
	return bitAt(packed, position)
}

// listed is what a status list says, if it is the issuer's own.
type listed struct {
	subject object
	err     error
}

// listOf loads a status list and checks it.
func (v verifier) listOf(issuer, address string) (subject object, err error) {
	list, err := v.fetch(address)
	if err != nil {
		return nil, err
	}
	if of, _ := issuerOf(list); list["id"] != address || of != issuer {
		return nil, fmt.Errorf("%s is not this issuer's list", address)
	}
	r := describe(list)
	v.checkEmbedded(&r, list)
	v.checkDates(&r, list)
	if !r.Good() {
		return nil, fmt.Errorf("%s: %w", address, errors.Join(r.Why...))
	}
	subject, _ = list["credentialSubject"].(object)
	return subject, nil
}
