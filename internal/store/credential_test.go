package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
)

// certified gives somebody new a certificate.
func (k *kept) certified(n int) certificate.ID {
	k.t.Helper()
	m := k.person(fmt.Sprint("人", n), member.Trainee)
	number := certificate.NewNumber(fmt.Appendf(nil, "%010d", n))
	k.do(func(ctx context.Context) error {
		id, err := k.AddGrant(ctx, certificate.Grant{Member: m, Center: k.center, Kind: certificate.KindCourse, Subject: "c", Edition: "1", At: start})
		if err != nil {
			return err
		}
		_, err = k.AddCertificate(ctx, k.center, certificate.Certificate{Grant: id, Revision: 1, Number: number, Issued: start}, 0)
		return err
	})
	h, err := k.CertificateByNumber(context.Background(), number)
	if err != nil {
		k.t.Fatal(err)
	}
	return h.ID
}

// A place in a status list belongs to one certificate, a certificate has one place, and a list that is full is followed by
// another.
func TestStatusPlaces(t *testing.T) {
	onBoth(t, func(k *kept) {
		const most = 2
		list := func() int {
			return value(k, func(ctx context.Context) (int, error) { return k.OpenStatusList(ctx, most, start) })
		}
		take := func(id certificate.ID, e certificate.StatusEntry) bool {
			return value(k, func(ctx context.Context) (bool, error) { return k.TakeStatusEntry(ctx, id, e, start) })
		}
		a, b, c := k.certified(1), k.certified(2), k.certified(3)
		if n := list(); n != 1 || list() != 1 {
			k.t.Fatalf("the first list is %d", n)
		}
		first := certificate.StatusEntry{List: 1, Position: 7}
		if !take(a, first) || take(b, first) || take(a, certificate.StatusEntry{List: 1, Position: 8}) {
			k.t.Error("a place was given twice, or somebody got two")
		}
		if n := list(); n != 1 {
			k.t.Errorf("the list is full with one of %d places taken: %d", most, n)
		}
		if !take(b, certificate.StatusEntry{List: 1, Position: 9}) {
			k.t.Error("a free place was not given")
		}
		if n := list(); n != 2 || !take(c, certificate.StatusEntry{List: 2, Position: 7}) {
			k.t.Errorf("after the full list comes %d", n)
		}
		if e, ok, err := k.StatusEntry(context.Background(), a); e != first || !ok || err != nil {
			k.t.Errorf("%+v, %v, %v", e, ok, err)
		}
		if l, err := k.StatusList(context.Background(), 2); err != nil || !l.Changed.Equal(start) || l.N != 2 {
			k.t.Errorf("%+v, %v", l, err)
		}
	})
}

// A certificate that was taken back before it got its place changes the list when it gets it: who has the older list is told.
func TestStatusPlaceOfWhatNoLongerStands(t *testing.T) {
	onBoth(t, func(k *kept) {
		stands, ended, later := k.certified(1), k.certified(2), start.Add(time.Hour)
		k.do(func(ctx context.Context) error {
			_, err := k.ChangeCertificate(ctx, certificate.Change{Certificate: ended, State: certificate.Revoked, At: start, Reason: certificate.IssuedInError})
			return err
		})
		k.do(func(ctx context.Context) error { _, err := k.OpenStatusList(ctx, 9, start); return err })
		for i, c := range []struct {
			id   certificate.ID
			want time.Time
		}{{stands, start}, {ended, later}} {
			e := certificate.StatusEntry{List: 1, Position: i}
			k.do(func(ctx context.Context) error { _, err := k.TakeStatusEntry(ctx, c.id, e, later); return err })
			if l, err := k.StatusList(context.Background(), 1); err != nil || !l.Changed.Equal(c.want) || len(l.Revoked) != i {
				k.t.Errorf("place %d: %+v, %v", i, l, err)
			}
		}
	})
}

// One key of each algorithm signs; retired ones stay and keep their order.
func TestOneKeySigns(t *testing.T) {
	onBoth(t, func(k *kept) {
		add := func(kid string, a certificate.Algorithm, at time.Time) bool {
			key := certificate.SigningKey{Key: certificate.Key{KID: kid, Algorithm: a, Public: []byte("p" + kid), Created: at}, Private: []byte("s" + kid)}
			return value(k, func(ctx context.Context) (bool, error) { return k.AddCredentialKey(ctx, key) })
		}
		if !add("a", certificate.JWT, start) || add("b", certificate.JWT, start) || !add("c", certificate.DataIntegrity, start) {
			k.t.Error("each algorithm has one key that signs")
		}
		later := start.Add(time.Hour)
		k.do(func(ctx context.Context) error { return k.RetireCredentialKeys(ctx, certificate.JWT, later) })
		if add("a", certificate.JWT, later) || !add("d", certificate.JWT, later) {
			k.t.Error("a name is given once, and a retired key makes room for the next")
		}
		if s, err := k.SigningKey(context.Background(), certificate.JWT); err != nil || s.KID != "d" || string(s.Private) != "sd" {
			k.t.Errorf("%+v, %v", s, err)
		}
		keys, err := k.CredentialKeys(context.Background())
		if err != nil || len(keys) != 3 || keys[0].KID != "a" || !keys[0].Retired.Equal(later) || !keys[1].Retired.IsZero() || string(keys[2].Public) != "pd" {
			k.t.Errorf("%+v, %v", keys, err)
		}
	})
}
