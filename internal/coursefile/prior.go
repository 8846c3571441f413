package coursefile

import (
	"path"
	"slices"
	"strings"

	"tenarai/internal/course"
	"tenarai/internal/skill"
)

// portfolioFile is the pattern of which every skill's portfolio is made.
const portfolioFile = course.PriorSlug + "/portfolio.yaml"

// skillHole stands in the pattern's texts for the title of the skill.
const skillHole = "{skill}"

// numberHole stands in the title of further portfolios for their number.
const numberHole = "{number}"

// holeOf says what comes in the place of a hole.
var holeOf = map[string]string{skillHole: "the skill's title", numberHole: "the number of the portfolio"}

// skillRow is the row of a portfolio that judges the skill itself; the other rows are the same for all skills.
const skillRow = "skill"

// pattern is the portfolio folder as it was read: what all portfolios share.
type pattern struct {
	order
	title course.Text
	more  course.Text      // the title of the second and later ones, with a place for the number besides
	row   course.Criterion // of the skill; its descriptors of 1 to 3 come from skills.yaml
	brief map[string]string
}

// prior reads the portfolio folder, if there is one, and makes a portfolio for each skill of skills.yaml.
func (l *loader) prior() {
	if !l.exists(course.PriorSlug) {
		return
	}
	m := l.yaml(portfolioFile)
	c := &course.Course{Slug: course.PriorSlug, Edition: m.need("edition").str()}
	languages := m.need("languages")
	for _, v := range languages.some() {
		c.Languages = append(c.Languages, v.oneOf(japanese, english))
	}
	if languages.there() && !slices.Contains(c.Languages, japanese) {
		languages.wrong("portfolios are always complete in ja")
	}
	c.Title, c.Summary = m.need("title").text(jaAndEn), m.need("summary").text(jaAndEn)
	mod := &course.Module{Slug: course.PriorModule, Title: c.Title, Summary: c.Summary}
	c.Modules = []*course.Module{mod}
	p := l.pattern(c, m)
	for _, s := range l.Catalog.Skills {
		mod.Items = append(mod.Items, p.portfolio(s))
	}
	l.Catalog.Prior = c
}

// pattern reads what all portfolios share.
func (l *loader) pattern(c *course.Course, m *mapping) pattern {
	it := &course.Item{Ref: course.Ref{Course: c.Slug, Module: course.PriorModule}, Kind: course.KindAssignment}
	p := pattern{order: order{dir: c.Slug, languages: c.Languages, item: it, Assignment: &course.Assignment{}}}
	p.title = withHole(m.need("item_title"), jaAndEn, skillHole)
	p.more = p.furtherTitle(m.get("further_title"))
	it.Device = course.Device(m.need("device").oneOf(string(course.Phone), string(course.PC)))
	it.Minutes = m.need("reference_minutes").integer(1, maxMinutes)
	p.ReferenceMinutes = it.Minutes
	p.Purpose = m.need("purpose").text(p.languages)
	p.Deliver = readDeliver(m.need("deliver"), p.languages)
	p.SelfCheck = texts(m.need("self_check").some(), p.languages)
	rubric := m.need("rubric").mapping()
	p.row = l.skillCriterion(&p.order, rubric.need("skill"))
	for _, v := range rubric.get("rows").list() {
		row := v.mapping()
		if at := row.get("skill"); at.there() {
			at.wrong("the rows of a portfolio are the same for all skills: what it proves stands under rubric.skill")
		}
		if id := row.get("id"); id.there() && id.str() == skillRow {
			id.wrong("%q is the id of the skill's own row", skillRow)
		}
	}
	p.Rubric = l.rubric(&p.order, rubric)
	p.Rubric.Rows = append([]course.Criterion{p.row}, p.Rubric.Rows...)
	p.readFixBank(m.get("fix_bank"))
	m.end()
	p.brief = l.orderTexts(c, &p.order)
	l.onlyTexts(p.dir, "the portfolios", path.Base(portfolioFile))
	return p
}

// skillCriterion reads the row of the skill: its title with a place for the skill's, what 0 means, and what it proves. It is
// always a ★ row: without the skill the rest is worth nothing.
func (l *loader) skillCriterion(o *order, v value) course.Criterion {
	m := v.mapping()
	c := course.Criterion{ID: skillRow, Star: true, Title: withHole(m.need("title"), o.languages, skillHole)}
	c.Levels[0] = m.need("none").text(o.languages)
	c.Proves = skill.Level(m.need("proves").integer(int(skill.WithModel), int(skill.Checks)))
	m.end()
	return c
}

// furtherTitle is what the second and later portfolios of a skill are called. Where that is not said, it is the title with
// the number after it.
func (p pattern) furtherTitle(v value) course.Text {
	if !v.there() {
		return course.Text{JA: p.title.JA + " " + numberHole, EN: p.title.EN + " " + numberHole}
	}
	return withHole(v, jaAndEn, skillHole, numberHole)
}

// withHole is a text with a place for the title of a skill, or also for a number, in every language it is written in.
func withHole(v value, languages []string, holes ...string) course.Text {
	t := v.text(languages)
	for lang, s := range map[string]string{japanese: t.JA, english: t.EN} {
		for _, hole := range holes {
			if s != "" && strings.Count(s, hole) != 1 {
				v.wrong("the %s text must have %s exactly once, where %s goes", lang, hole, holeOf[hole])
			}
		}
	}
	return t
}

// filled puts a skill's title into a text.
func filled(t course.Text, s skill.Skill) course.Text {
	return course.Text{JA: strings.Replace(t.JA, skillHole, s.Title.JA, 1), EN: strings.Replace(t.EN, skillHole, s.Title.EN, 1)}
}

// portfolio is the pattern for one skill. The texts are shared: they are made into HTML later, once for all.
func (p pattern) portfolio(s skill.Skill) *course.Item {
	a := *p.Assignment
	row := p.row
	row.Skill, row.Title = s.ID, filled(row.Title, s)
	for n := skill.WithModel; n <= skill.Checks; n++ {
		row.Levels[n] = s.Levels[n]
	}
	a.Rubric.Rows = append([]course.Criterion{row}, p.Rubric.Rows[1:]...)
	a.Rubric.Hash = hashRubric(a.Rubric)
	a.Hash = hashAssignment(&a, p.brief, nil)
	it := *p.item
	it.Ref, it.Title, it.Assignment = course.Portfolio(s.ID), filled(p.title, s), &a
	it.Portfolio = course.Nth{Skill: s.ID, N: 1, Title: filled(p.more, s)}
	return &it
}
