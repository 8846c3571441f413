// Package demo makes a small town with named people: for `tenarai demo`, for every test, for every screenshot. Everything
// in it happened through the deeds, at the times it says, so that the town obeys every rule that real work obeys. The same
// seed on the same day makes the same town.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
)

// Password is everybody's.
const Password = "tenarai-demo"

// Zone is the town's zone.
var Zone = practice.Tokyo

// The centers' slugs.
const (
	Yuzawa = "yuzawa"
	Yokote = "yokote"
)

// The courses of the town.
const (
	C1 = "c1-home-working"
	C2 = "c2-data-entry"
)

// Somebody is a named person of the town.
type Somebody struct {
	Email  string
	Name   string
	Kana   string
	Role   member.Role
	Center string
}

// Cast are the town's named people. Tests and bookmarks depend on them.
var Cast = []Somebody{
	{"aoi@tenarai.example", "佐藤 葵", "さとう あおい", member.Trainee, Yuzawa},
	{"haruka@tenarai.example", "高橋 春香", "たかはし はるか", member.Trainee, Yuzawa},
	{"kenji@tenarai.example", "髙﨑 健二", "たかさき けんじ", member.Trainee, Yuzawa},
	{"yumi@tenarai.example", "𠮷田 由美", "よしだ ゆみ", member.Trainee, Yuzawa},
	{"naoko@tenarai.example", "阿部 直子", "あべ なおこ", member.Trainee, Yuzawa},
	{"mentor@tenarai.example", "伊藤 誠", "いとう まこと", member.Mentor, Yuzawa},
	{"mentor2@tenarai.example", "渡部 恵", "わたなべ めぐみ", member.Mentor, Yuzawa},
	{"coordinator@tenarai.example", "小野寺 京子", "おのでら きょうこ", member.Coordinator, Yuzawa},
	{"producer@tenarai.example", "柴田 亮", "しばた りょう", member.Producer, Yuzawa},
	{"company@tenarai.example", "川連漆器の店", "かわつらしっきのみせ", member.Company, Yuzawa},
	{"admin@tenarai.example", "管理の人", "かんりのひと", member.Admin, Yuzawa},
	{"outsider@tenarai.example", "加藤 外美", "かとう そとみ", member.Trainee, Yokote},
}

// Options say which town is made.
type Options struct {
	Now      time.Time // some time of the day it is made for
	Clock    *Clock    // the desk's clock
	Random   *Random   // the desk's chance
	Seed     uint64
	Trainees int // beyond the named people
}

// Build makes the town on an empty database.
func Build(ctx context.Context, d *desk.Desk, o Options) error {
	n := o.Now.In(Zone)
	b := &builder{
		d: d, clock: o.Clock, today: time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, Zone),
		rnd:    rand.New(rand.NewPCG(o.Seed, 0x7465_6e61)), //nolint:gosec // a made-up town
		people: map[string]desk.Actor{}, centers: map[string]member.CenterID{}, cohorts: map[string]cohort.ID{}, models: map[*course.Item]string{},
	}
	defer o.Clock.Release()
	err := d.Batch(ctx, func(ctx context.Context) error {
		b.at(-200, "09:00")
		if err := b.d.MarkDemo(ctx); err != nil {
			return err
		}
		for _, step := range []func(context.Context) error{b.settle, b.startCohorts, b.trainCast, b.offerWork} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.populate(ctx, o.Trainees)
}

// builder makes the town.
type builder struct {
	d       *desk.Desk
	clock   *Clock
	today   time.Time
	rnd     *rand.Rand
	hash    string // everybody's password
	people  map[string]desk.Actor
	centers map[string]member.CenterID
	cohorts map[string]cohort.ID
	company member.CompanyID
	models  map[*course.Item]string
}

// at sets the clock to a time of a day counted from today.
func (b *builder) at(day int, clock string) {
	h, err := time.Parse("15:04", clock)
	if err != nil {
		panic("demo: " + err.Error())
	}
	b.clock.Set(b.today.AddDate(0, 0, day).Add(time.Duration(h.Hour())*time.Hour + time.Duration(h.Minute())*time.Minute))
}

// who is a named person by the part of her address before the @.
func (b *builder) who(name string) desk.Actor {
	a, ok := b.people[name]
	if !ok {
		panic("demo: nobody is called " + name)
	}
	return a
}

// settle makes the centers and the named people. Aoi joins today, in trainCast.
func (b *builder) settle(ctx context.Context) error {
	var err error
	for _, c := range []member.Center{
		{Slug: Yuzawa, Name: "湯沢市在宅ワークセンター", NameEn: "Yuzawa Remote Work Center", PromiseDays: 3},
		{Slug: Yokote, Name: "横手市在宅ワークセンター", NameEn: "Yokote Remote Work Center", PromiseDays: 3},
	} {
		if b.centers[c.Slug], err = b.d.SetUpCenter(ctx, c); err != nil {
			return err
		}
	}
	if b.hash, err = b.d.HashPassword(ctx, Password); err != nil {
		return err
	}
	if b.company, err = b.d.SetUpCompany(ctx, shop(b.centers[Yuzawa])); err != nil {
		return err
	}
	for _, s := range Cast {
		if s.Email == "aoi@tenarai.example" {
			b.at(0, "08:40")
		}
		if err := b.join(ctx, s); err != nil {
			return err
		}
		b.at(-200, "09:00")
	}
	return nil
}

// join makes a named person with her role.
func (b *builder) join(ctx context.Context, s Somebody) error {
	m := member.Membership{Center: b.centers[s.Center], Role: s.Role}
	if s.Role == member.Company {
		m.Company = b.company
	}
	roles := []member.Membership{m}
	if s.Role == member.Admin {
		roles = append(roles, member.Membership{Center: b.centers[Yokote], Role: member.Admin})
	}
	id, err := b.d.SetUpMember(ctx, desk.Person{
		Member: member.Member{Name: s.Name, Kana: s.Kana, Email: s.Email, Memberships: roles}, PasswordHash: b.hash,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", s.Email, err)
	}
	name, _, _ := strings.Cut(s.Email, "@")
	b.people[name], err = b.d.ActorFor(ctx, id, m.Center)
	return err
}

// startCohorts makes Yuzawa's three cohorts and Yokote's one.
func (b *builder) startCohorts(ctx context.Context) error {
	for _, c := range []struct {
		key, name, center string
		title             course.Text
		starts, ends      int
		members           []string
	}{
		{"first", "第1期", Yuzawa, course.Text{JA: "湯沢市 在宅ワーカー養成講座 第1期", EN: "Yuzawa Home Worker Programme, 1st term"}, -150, -20, []string{"yumi", "naoko"}},
		{"second", "第2期", Yuzawa, course.Text{JA: "湯沢市 在宅ワーカー養成講座 第2期", EN: "Yuzawa Home Worker Programme, 2nd term"}, -45, 75, []string{"haruka", "kenji"}},
		{"third", "第3期", Yuzawa, course.Text{}, 0, 120, []string{"aoi"}}, // just begun: nobody has thought of its papers yet
		{"yokote", "よこて 第1期", Yokote, course.Text{JA: "横手市 在宅ワーカー養成講座 第1期", EN: "Yokote Home Worker Programme, 1st term"}, -30, 90, []string{"outsider"}},
	} {
		b.at(min(c.starts, -1)-7, "10:00")
		keeper := b.who("coordinator")
		keeper.Center = b.centers[c.center]
		id, err := b.d.CreateCohort(ctx, keeper, cohort.Cohort{
			Name: c.name, Title: c.title, Starts: b.today.AddDate(0, 0, c.starts), Ends: b.today.AddDate(0, 0, c.ends), Courses: []string{C1, C2},
		})
		if err != nil {
			return err
		}
		b.cohorts[c.key] = id
		b.at(c.starts, "09:00")
		for _, m := range c.members {
			if err := b.d.Enrol(ctx, keeper, id, b.who(m).Member); err != nil {
				return fmt.Errorf("enrol %s: %w", m, err)
			}
		}
	}
	return nil
}

// ref is an item's address from "module/item".
func ref(slug, path string) course.Ref {
	m, i, _ := strings.Cut(path, "/")
	return course.Ref{Course: slug, Module: m, Item: i}
}
