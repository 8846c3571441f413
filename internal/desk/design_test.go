package desk

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// A center's identity opens for that center alone, and those of before the centers were told apart for every one.
func TestIdentityIsItsCenters(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	d := &Desk{Config: Config{
		Secret: "the secret of a town in a test", Now: func() time.Time { return now },
		OpenIdentity: func([]byte, string) (string, time.Time, time.Time, error) {
			return "湯沢", now, now.AddDate(1, 0, 0), nil
		},
	}}
	form := DesignForm{Identity: []byte("p12"), Password: "ひみつ"}
	if err := d.sealIdentity(1, &form); err != nil {
		t.Fatal(err)
	}
	if with, err := d.unsealIdentity(1, form.sealedIdentity); err != nil || string(with.File) != "p12" || with.Password != "ひみつ" {
		t.Errorf("%v, %v", with, err)
	}
	for _, other := range []member.CenterID{2, 11, 0} {
		if with, err := d.unsealIdentity(other, form.sealedIdentity); !errors.Is(err, ErrSecret) || with.File != nil {
			t.Errorf("center %d opens it: %v", other, err)
		}
	}
	b, err := json.Marshal(identity{[]byte("old"), "x"})
	if err != nil {
		t.Fatal(err)
	}
	old, err := d.seal(anyCenterSeal, b)
	if err != nil {
		t.Fatal(err)
	}
	if with, err := d.unsealIdentity(7, old); err != nil || string(with.File) != "old" {
		t.Errorf("one of before: %v, %v", with, err)
	}
}

// An identity is refused before its first second and after its last.
func TestIdentityInItsTime(t *testing.T) {
	begins := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	ends := begins.AddDate(1, 0, 0)
	var now time.Time
	d := &Desk{Config: Config{
		Secret: "the secret of a town in a test", Now: func() time.Time { return now },
		OpenIdentity: func([]byte, string) (string, time.Time, time.Time, error) { return "湯沢", begins, ends, nil },
	}}
	for at, key := range map[time.Time]string{
		begins.Add(-time.Second): "pdf.identity_from", begins: "", ends.Add(-time.Second): "", ends: "pdf.identity_ended",
	} {
		now = at
		err := d.sealIdentity(1, &DesignForm{Identity: []byte("p12")})
		switch l := problem.Of(err); {
		case key == "" && err != nil, key != "" && (len(l) != 1 || l[0].Key != key || l[0].Field != "identity"):
			t.Errorf("%v: %v", at, err)
		case key == "pdf.identity_from" && l[0].Args["Day"] != begins:
			t.Errorf("the day is not told: %v", l[0].Args)
		}
	}
}
