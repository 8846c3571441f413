package demo

import (
	"context"
	"fmt"
	"runtime/debug"

	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/desk"
	"tenarai/internal/member"
)

// profile says somebody's hours a week and whether companies in general may see her.
func (b *builder) profile(ctx context.Context, a desk.Actor, hours int, share bool) error {
	look, err := b.d.Account(ctx, a)
	if err != nil {
		return err
	}
	_, err = b.d.SaveProfile(ctx, a, desk.ProfileForm{Kana: look.Member.Kana, HoursWeek: hours, Share: share, Language: "ja"})
	if err != nil {
		return fmt.Errorf("%s states her hours: %w", a.Name, err)
	}
	return nil
}

// cohortSize is how many of the crowd start together.
const cohortSize = 25

// populate adds people with plausible histories, a cohort in one transaction. Memory is spent for speed: garbage is
// collected seldom meanwhile.
func (b *builder) populate(ctx context.Context, n int) error {
	const seldom = 400
	defer debug.SetGCPercent(debug.SetGCPercent(seldom))
	for k := 0; k*cohortSize < n; k++ {
		size := min(cohortSize, n-k*cohortSize)
		// The latest cohort began a week ago, the others every four days before it, a year and a half at most.
		start := -7 - (k*4)%540
		err := b.d.Batch(ctx, func(ctx context.Context) error {
			b.at(start-7, "10:00")
			keeper := b.who("coordinator")
			id, err := b.d.CreateCohort(ctx, keeper, cohort.Cohort{
				Name:   fmt.Sprintf("%s開始 %d組", b.today.AddDate(0, 0, start).Format("2006年1月"), k+1),
				Starts: b.today.AddDate(0, 0, start), Ends: b.today.AddDate(0, 0, start+120), Courses: []string{C1, C2},
			})
			if err != nil {
				return err
			}
			for i := range size {
				if err := b.resident(ctx, keeper, id, k*cohortSize+i, start); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var (
	families = []string{"佐藤 さとう", "高橋 たかはし", "佐々木 ささき", "伊藤 いとう", "鈴木 すずき", "斎藤 さいとう", "阿部 あべ", "小野 おの", "菅 すが", "柴田 しばた", "後藤 ごとう", "小林 こばやし", "加藤 かとう", "石川 いしかわ", "藤原 ふじわら", "沓澤 くつざわ", "由利 ゆり", "麻生 あそう", "兼子 かねこ", "皆川 みながわ"}
	given    = []string{"恵子 けいこ", "美咲 みさき", "陽子 ようこ", "さくら さくら", "久美 くみ", "千尋 ちひろ", "和也 かずや", "大輔 だいすけ", "真由美 まゆみ", "智子 ともこ", "彩 あや", "結衣 ゆい", "浩 ひろし", "裕子 ゆうこ", "明美 あけみ", "菜々子 ななこ", "正 ただし", "あかり あかり", "里奈 りな", "節子 せつこ"}
)

// resident adds one person and lets her come as far as chance has it.
func (b *builder) resident(ctx context.Context, keeper desk.Actor, id cohort.ID, i, start int) error {
	var family, familyKana, name, nameKana string
	_, _ = fmt.Sscan(families[b.rnd.IntN(len(families))], &family, &familyKana)
	_, _ = fmt.Sscan(given[b.rnd.IntN(len(given))], &name, &nameKana)
	b.at(start, "09:00")
	m, err := b.d.SetUpMember(ctx, desk.Person{PasswordHash: b.hash, Member: member.Member{
		Name: family + " " + name, Kana: familyKana + " " + nameKana, Email: fmt.Sprintf("trainee%05d@tenarai.example", i+1),
		Memberships: []member.Membership{{Center: b.centers[Yuzawa], Role: member.Trainee}},
	}})
	if err != nil {
		return err
	}
	if err := b.d.Enrol(ctx, keeper, id, m); err != nil {
		return err
	}
	a, err := b.d.ActorFor(ctx, m, b.centers[Yuzawa])
	if err != nil {
		return err
	}
	return b.live(ctx, a, start)
}

// live takes somebody through the courses, an item every day or two, until she stops, a piece waits, or today comes.
func (b *builder) live(ctx context.Context, a desk.Actor, start int) error {
	life := life{b: b, a: a, day: start, stop: b.howFar(), pace: 1 + b.rnd.IntN(3)}
	for _, slug := range []string{C1, C2} {
		for _, it := range b.d.Catalog.Course(slug).Items() {
			if life.stop == 0 || life.day >= 0 {
				return nil
			}
			life.stop--
			goesOn, err := life.take(ctx, it)
			if err != nil || !goesOn {
				return err
			}
		}
	}
	b.at(min(life.day, -1)-b.rnd.IntN(25), "20:00")
	if b.rnd.IntN(10) < 8 {
		// The newest statement counts: most have said it in these days, some of them long ago.
		b.at(-b.rnd.IntN(40)-1, "20:00")
		return b.profile(ctx, a, 4+b.rnd.IntN(16), b.rnd.IntN(2) == 0)
	}
	return nil
}

// howFar is after how many items somebody stops: most in the first course, some at its end, few through everything.
func (b *builder) howFar() int {
	first := len(b.d.Catalog.Course(C1).Items())
	all := first + len(b.d.Catalog.Course(C2).Items())
	switch p := b.rnd.IntN(100); {
	case p < 26:
		return 0
	case p < 78:
		return 1 + min(b.rnd.IntN(first), b.rnd.IntN(first))
	case p < 89:
		return first
	case p < 95:
		return first + b.rnd.IntN(all-first)
	}
	return all
}

// life is somebody on her way.
type life struct {
	b    *builder
	a    desk.Actor
	day  int
	stop int
	pace int // items a day
	n    int
}

// tick moves to the next time of learning.
func (l *life) tick() {
	if l.n++; l.n%l.pace == 0 {
		l.day += 1 + l.b.rnd.IntN(2)
	}
	l.b.at(min(l.day, -1), fmt.Sprintf("%02d:%02d", 9+(l.n%l.pace)*4, l.b.rnd.IntN(60)))
}

// take takes the next item; false if she waits there.
func (l *life) take(ctx context.Context, it *course.Item) (bool, error) {
	l.tick()
	if it.Kind != course.KindAssignment {
		wrong := 0
		if l.b.rnd.IntN(3) == 0 {
			wrong = 1
		}
		return true, l.b.study(ctx, l.a, it, wrong)
	}
	w := work{try: 1, text: l.b.model(it), content: answerOf(it), minutes: it.Minutes + l.b.rnd.IntN(40)}
	in, err := l.b.handIn(ctx, l.a, it, w)
	if err != nil {
		return false, err
	}
	mentor := l.b.who([]string{"mentor", "mentor2"}[l.b.rnd.IntN(2)])
	if l.b.rnd.IntN(3) == 0 {
		if l.wait() {
			return false, nil
		}
		if err := l.b.sendBack(ctx, mentor, in, it); err != nil {
			return false, err
		}
		if l.b.rnd.IntN(8) == 0 {
			return false, nil // she leaves it lying
		}
		l.day += 1 + l.b.rnd.IntN(3)
		if l.day >= 0 {
			return false, nil
		}
		l.tick()
		w.try, w.ticked = 2, []int{1}
		if in, err = l.b.handIn(ctx, l.a, it, w); err != nil {
			return false, err
		}
	}
	if l.wait() {
		return false, nil
	}
	return true, l.b.pass(ctx, mentor, in, it, "よくできました。次へ進みましょう。")
}

// wait lets a mentor take a day or two; true if today comes first.
func (l *life) wait() bool {
	l.day += 1 + l.b.rnd.IntN(2)
	if l.day >= 0 {
		return true
	}
	l.b.at(l.day, "17:00")
	return false
}
