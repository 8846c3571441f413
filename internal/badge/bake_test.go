package badge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image/png"
	"testing"

	"pgregory.net/rapid"

	"tenarai/internal/certificate"
)

// A baked PNG is still the picture, and carries the credential in one chunk that is not compressed.
func TestBakedPicturesAreWhole(t *testing.T) {
	h := openHouse(t, testAddress)
	doc := h.signed(claimAt(1))
	picture, err := h.Bake(doc, claimAt(1).Achievement, certificate.FormPNG)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(picture))
	if err != nil || m.Bounds().Dx() != 256 {
		t.Fatalf("%v", err)
	}
	if _, _, _, alpha := m.At(0, 0).RGBA(); alpha != 0 {
		t.Error("the corner is not empty")
	}
	if _, g, _, alpha := m.At(128, 20).RGBA(); alpha != 0xffff || g == 0xffff {
		t.Error("the badge is not there")
	}
	if bytes.Count(picture, []byte("iTXt"+keyword)) != 1 || !bytes.Contains(picture, doc) {
		t.Error("the credential does not stand in it once and readably")
	}
	svg, err := h.Bake(doc, certificate.Achievement{Code: "<C&2>"}, certificate.FormSVG)
	if err != nil || !bytes.Contains(svg, []byte("&lt;C&amp;2&gt;")) {
		t.Errorf("%v: %s", err, svg)
	}
	if _, err := h.Bake(doc, certificate.Achievement{}, certificate.FormJWT); err == nil {
		t.Error("a VC-JWT is no picture")
	}
}

// Whatever names and titles hold, each form of a credential is made, and gives back the very bytes that were put in.
func TestBakedWhateverItSays(t *testing.T) {
	h := openHouse(t, testAddress)
	for _, evil := range []string{"]]>", "a]]>b]]>", "]]]]>>", "]]]]><![CDATA[>", "<![CDATA[", "</openbadges:credential>", "&gt; ]] >", "]]\n>"} {
		c := claimAt(1)
		c.Snapshot.CenterName, c.Achievement.Name.JA, c.Achievement.Code = evil, evil, evil
		doc := h.signed(c)
		for _, form := range []certificate.Form{certificate.FormPNG, certificate.FormSVG} {
			picture, err := h.Bake(doc, c.Achievement, form)
			if err != nil {
				t.Errorf("%q as %s: %v", evil, form, err)
				continue
			}
			if got, _, err := Open(picture); err != nil || !bytes.Equal(got, doc) || !h.check(got, today).Good() {
				t.Errorf("%q as %s: %v, %d bytes of %d", evil, form, err, len(got), len(doc))
			}
		}
	}
}

// A VC-JWT in an SVG's attribute is found as well: other issuers bake so.
func TestUnbake(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"><openbadges:credential verify="a.b.c"/></svg>`
	if got, err := Unbake([]byte(svg)); string(got) != "a.b.c" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, none := range []string{"", "x", "<svg/>", "\x89PNG\r\n\x1a\n", "\x89PNG\r\n\x1a\n\xff\xff\xff\xffiTXt", `<svg><credential xmlns="https://purl.imsglobal.org/ob/v3p0"/></svg>`} {
		if _, err := Unbake([]byte(none)); !errors.Is(err, ErrNotBaked) {
			t.Errorf("%q: %v", none, err)
		}
	}
}

// A list says of each place what was put there, and nothing of others.
func TestStatusBits(t *testing.T) {
	const places = certificate.StatusPlaces
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfDistinct(rapid.IntRange(0, places-1), rapid.ID[int]).Draw(t, "set")
		packed, err := packBits(places, set)
		if err != nil {
			t.Fatal(err)
		}
		in := map[int]bool{}
		for _, p := range set {
			in[p] = true
		}
		for _, p := range append(set, rapid.IntRange(0, places-1).Draw(t, "another")) {
			if got, err := bitAt(packed, p); err != nil || got != in[p] {
				t.Fatalf("%d: %v, %v", p, got, err)
			}
		}
	})
	if _, err := packBits(places, []int{places}); err == nil {
		t.Error("a place past the end was set")
	}
	whole, _ := packBits(places, nil)
	short, _ := packBits(1024, nil)
	huge, _ := packBits((largestList+1)*8, nil)
	for what, packed := range map[string]string{"too short": short, "too long": huge, "no multibase": whole[1:], "no gzip": "uAAAA", "empty": ""} {
		if _, err := bitAt(packed, 0); !errors.Is(err, errList) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, p := range []int{-1, places} {
		if _, err := bitAt(whole, p); !errors.Is(err, errList) {
			t.Errorf("place %d: %v", p, err)
		}
	}
	// The specification's order: the first place is the highest bit of the first byte.
	if first, _ := packBits(places, []int{0}); len(whole) > 200 || first == whole {
		t.Errorf("%d characters for a list of zeros", len(whole))
	}
}

// Multibase is written and read back; what is no multibase value is refused.
func TestMultibase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "bytes")
		if got, err := fromMultibase(toMultibase(b)); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%x came back as %x, %v", b, got, err)
		}
	})
	for _, wrong := range []string{"", "m", "z0", "zO", "z1l", "z" + string(make([]byte, 200))} {
		if _, err := fromMultibase(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
	if _, err := fromMultikey(toMultibase([]byte{0xed, 0x01, 1})); err == nil {
		t.Error("a key of one byte")
	}
}

// The contexts are as published: another word in one would change what every credential means.
func TestContextsAreAsPublished(t *testing.T) {
	for name, want := range map[string]string{
		"credentials-v2.json":     "8a9f494a89ecc51db093e90e84713e07e84d6d9204364a9b3c7868b21751236f",
		"ob-v3p0-3.0.3.json":      "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761",
		"ob-v3p0-extensions.json": "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e",
		"clr-v2p0-2.0.1.json":     "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6",
		"data-integrity-v2.json":  "0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363",
	} {
		b, err := contextFiles.ReadFile("contexts/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s: %x", name, sum)
		}
	}
}
