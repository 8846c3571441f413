package demo_test

import (
	"context"
	"strings"
	"testing"

	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/practice"
	"tenarai/internal/skill"
)

// Every named person is in the state the town promises.
func TestCast(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		ctx := context.Background()
		states := map[string]struct {
			ready        bool
			certificates int
			returned     int
			waiting      int
		}{
			"aoi": {}, "haruka": {returned: 1, waiting: 1}, "kenji": {certificates: 2, waiting: 1},
			"yumi": {ready: true, certificates: 4}, "naoko": {ready: true, certificates: 4, waiting: 1}, "outsider": {},
		}
		for name, want := range states {
			a := town.Actor(t, name)
			home, err := town.Desk.LookHome(ctx, a)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			record, err := town.Desk.LookRecord(ctx, a)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			returned := len(home.Returned)
			if home.Next.Kind == "mend" {
				returned++
			}
			if home.Readiness[0].Readiness.Ready != want.ready || len(record.Certificates) != want.certificates || returned != want.returned || len(home.Waiting) != want.waiting {
				t.Errorf("%s: ready %v, %d certificates, %d returned, %d waiting; want %+v; missing %+v", name, home.Readiness[0].Readiness.Ready,
					len(record.Certificates), returned, len(home.Waiting), want, home.Readiness[0].Readiness.Missing)
			}
		}
		if home, _ := town.Desk.LookHome(ctx, town.Actor(t, "haruka")); home.Next.Fixes != 2 {
			t.Errorf("Haruka has %d fixes, want 2", home.Next.Fixes)
		}
		yumi := town.Actor(t, "yumi")
		if r, err := town.Store.Record(ctx, yumi.Member); err != nil || r.Held("OFF-03") != skill.Alone {
			t.Errorf("Yumi holds OFF-03 at %d, %v", r.Held("OFF-03"), err)
		}
	})
}

// The same seed on the same day makes the same certificate numbers, that is, the same town.
func TestSameSeedSameTown(t *testing.T) {
	number := func() string {
		town := demotest.SQLite(t)
		c, err := town.Store.Certificates(context.Background(), town.Actor(t, "yumi").Member)
		if err != nil || len(c) == 0 {
			t.Fatalf("%d certificates, %v", len(c), err)
		}
		return string(c[0].Number)
	}
	if a, b := number(), number(); a != b || strings.Count(a, "-") < 3 {
		t.Errorf("numbers %q and %q", a, b)
	}
}

// What a demo person answers is right, so many wrong answers apart.
func TestAnswers(t *testing.T) {
	town := demotest.SQLite(t)
	for _, c := range town.Library.Catalog.Courses {
		for _, it := range c.Items() {
			if it.Quiz == nil {
				continue
			}
			for wrong := range 3 {
				_, right, _ := practice.Mend(it.Quiz.Questions, demo.Answers(it.Quiz.Questions, wrong))
				if want := len(it.Quiz.Questions) - wrong; right != want {
					t.Errorf("%s: %d right, want %d", it.Ref.Path(), right, want)
				}
			}
		}
	}
}
