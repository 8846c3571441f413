package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

// numberOf is a named person's first course certificate.
func numberOf(t *testing.T, town *demotest.Town, who string) string {
	t.Helper()
	held, err := town.Store.Certificates(t.Context(), town.Actor(t, who).Member)
	for _, h := range slices.Backward(held) {
		if h.Kind == certificate.KindCourse {
			return string(h.Number)
		}
	}
	t.Fatalf("%s has no certificate, %v", who, err)
	return ""
}

// loader answers a check from what a desk publishes.
func loader(d *desk.Desk) badge.Load {
	return func(address string) ([]byte, error) {
		ctx := context.Background()
		if address == "https://tenarai.test/.well-known/did.json" {
			return d.DIDDocument(ctx)
		}
		if address == d.Address+"/status/1" {
			return d.StatusList(ctx, 1)
		}
		if kid, ok := strings.CutPrefix(address, d.Address+"/keys/"); ok {
			return d.JWK(ctx, kid)
		}
		return nil, errors.New("nothing is published at " + address)
	}
}

// A certificate of the town is a credential that anybody can check with what the desk publishes; it stays good, and its
// status stays at its place, when the keys are rotated.
func TestCredential(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		d, ctx, yumi, number := town.Desk, t.Context(), town.Actor(t, "yumi"), numberOf(t, town, "yumi")
		get := func(form certificate.Form) []byte {
			doc, err := d.Credential(ctx, yumi, number, form)
			if err != nil {
				t.Fatal(err)
			}
			return doc
		}
		good := func(what string, doc []byte) {
			if r, err := badge.Verify(doc, demotest.Now, loader(town.Desk)); err != nil || !r.Good() {
				t.Errorf("%s: %v, %v", what, r.Why, err)
			}
		}
		if err := d.SetUpKeys(ctx); err != nil {
			t.Fatal(err)
		}
		before := get(certificate.FormJSON)
		good("before", before)
		if !bytes.Equal(before, get(certificate.FormJSON)) {
			t.Error("asked again it is another")
		}
		for _, form := range []certificate.Form{certificate.FormPNG, certificate.FormSVG} {
			if doc, err := badge.Unbake(get(form)); err != nil || !bytes.Equal(doc, before) {
				t.Errorf("%s: %v", form, err)
			}
		}
		if err := d.RotateKeys(ctx); err != nil {
			t.Fatal(err)
		}
		after := get(certificate.FormJSON)
		good("the old one", before)
		good("the new one", after)
		if method(t, before) == method(t, after) || place(t, before) != place(t, after) {
			t.Errorf("keys %s and %s, places %s and %s", method(t, before), method(t, after), place(t, before), place(t, after))
		}
		keys, err := town.Store.CredentialKeys(ctx)
		if err != nil || len(keys) != 4 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	})
}

func parts(t *testing.T, doc []byte) (status map[string]any, proof map[string]any) {
	t.Helper()
	var c struct {
		Status map[string]any   `json:"credentialStatus"`
		Proof  []map[string]any `json:"proof"`
	}
	if err := json.Unmarshal(doc, &c); err != nil || len(c.Proof) != 1 {
		t.Fatalf("%v: %s", err, doc)
	}
	return c.Status, c.Proof[0]
}

func method(t *testing.T, doc []byte) string {
	_, p := parts(t, doc)
	return fmt.Sprint(p["verificationMethod"])
}

func place(t *testing.T, doc []byte) string {
	s, _ := parts(t, doc)
	return fmt.Sprint(s["id"])
}

// As a VC-JWT it is good where the address is https, and not where anybody on the way could put another key: the town of the
// tests stands under http.
func TestCredentialJWT(t *testing.T) {
	town := demotest.SQLite(t)
	cfg := town.Desk.Config
	cfg.Address = "https://tenarai.test"
	cfg.Badges = badge.NewIssuer(cfg.Address)
	for d, want := range map[*desk.Desk]bool{desk.New(cfg): true, town.Desk: false} {
		if err := d.SetUpKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		doc, err := d.Credential(t.Context(), town.Actor(t, "yumi"), numberOf(t, town, "yumi"), certificate.FormJWT)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := badge.Verify(doc, demotest.Now, loader(d)); err != nil || r.Good() != want || !want && !r.Has(certificate.Unattested) {
			t.Errorf("%s: %v, %v", d.Address, r.Why, err)
		}
	}
}

// Whoever may not have the PDF may not have the credential: for her it does not exist.
func TestCredentialIsHers(t *testing.T) {
	town := demotest.SQLite(t)
	d, ctx, number := town.Desk, t.Context(), numberOf(t, town, "yumi")
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	try := func(a desk.Actor) error {
		_, err := d.Credential(ctx, a, number, certificate.FormJSON)
		return err
	}
	for _, who := range []string{"haruka", "outsider", "company", "producer"} {
		if err := try(town.Actor(t, who)); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if err := try(desk.Actor{}); !problem.Is(err, problem.NotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if err := d.MakePublic(ctx, town.Actor(t, "yumi"), number, true); err != nil {
		t.Fatal(err)
	}
	if err := try(desk.Actor{}); err != nil {
		t.Errorf("a stranger, made public: %v", err)
	}
	for _, wrong := range []string{"", "x", string(certificate.NewNumber([]byte("0123456789")))} {
		if _, err := d.Credential(ctx, town.Actor(t, "yumi"), wrong, certificate.FormJSON); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// Nodes that start at once share one key of each kind, and many who ask at once for one credential get the same place.
func TestKeysAndPlacesAtOnce(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		d, ctx, yumi, number := town.Desk, t.Context(), town.Actor(t, "yumi"), numberOf(t, town, "yumi")
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := d.SetUpKeys(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if keys, err := town.Store.CredentialKeys(ctx); err != nil || len(keys) != 2 {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		places := make([]string, 6)
		for i := range places {
			wg.Go(func() {
				doc, err := d.Credential(ctx, yumi, number, certificate.FormJSON)
				if err != nil {
					t.Error(err)
					return
				}
				places[i] = place(t, doc)
			})
		}
		wg.Wait()
		for _, p := range places {
			if p == "" || p != places[0] {
				t.Errorf("places %v", places)
			}
		}
	})
}

// Private keys are sealed: the database alone does not hold them, another secret does not open them, and a key cannot be
// put under another's name.
func TestKeysAreSealed(t *testing.T) {
	town := demotest.SQLite(t)
	ctx := t.Context()
	made := &watched{Badges: town.Desk.Badges}
	cfg := town.Desk.Config
	cfg.Badges = made
	d := desk.New(cfg)
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	for _, k := range made.keys {
		kept, err := town.Store.SigningKey(ctx, k.Algorithm)
		if err != nil || len(kept.Private) <= len(k.Private) || bytes.Contains(kept.Private, k.Private[len(k.Private)-16:]) {
			t.Errorf("%s is not sealed, %v", k.Algorithm, err)
		}
	}
	for _, secret := range []desk.Secret{"another secret, just as long as it", "", "short"} {
		cfg.Secret = secret
		if err := desk.New(cfg).SetUpKeys(ctx); err == nil {
			t.Errorf("%d characters opened the keys", len(secret))
		}
	}
	if s := fmt.Sprintf("%v %+v %#v %s", cfg.Secret, cfg.Secret, cfg.Secret, cfg.Secret); strings.Contains(s, "short") {
		t.Errorf("the secret prints as %s", s)
	}
}

// watched keeps the keys that were made.
type watched struct {
	desk.Badges
	keys []certificate.SigningKey
}

func (w *watched) NewKey(a certificate.Algorithm) (certificate.SigningKey, error) {
	k, err := w.Badges.NewKey(a)
	w.keys = append(w.keys, k)
	return k, err
}

// What is not there is told as such, and the course's achievement names the skills it proves.
func TestPublishedLooks(t *testing.T) {
	town := demotest.SQLite(t)
	d, ctx := town.Desk, t.Context()
	if err := d.SetUpKeys(ctx); err != nil {
		t.Fatal(err)
	}
	_, noList := d.StatusList(ctx, 7)
	_, noKey := d.JWK(ctx, "none")
	_, noCourse := d.AchievementDocument(ctx, "none")
	for what, err := range map[string]error{"list": noList, "key": noKey, "course": noCourse} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, c := range d.Catalog.Courses {
		a, err := d.Achievement(ctx, c.Slug)
		if err != nil || len(a.Skills) == 0 || len(a.Modules) != len(c.Modules) {
			t.Errorf("%s: %+v, %v", c.Slug, a, err)
		}
		if doc, err := d.AchievementDocument(ctx, c.Slug); err != nil || !bytes.Contains(doc, []byte(string(a.Skills[0].ID))) {
			t.Errorf("%s: %v", c.Slug, err)
		}
	}
}
