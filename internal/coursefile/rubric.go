package coursefile

import (
	"tenarai/internal/course"
	"tenarai/internal/skill"
)

// rubric reads how a piece is judged (docs/domain.md, c-2): four descriptors a row, at least one ★ row, and a rule when it
// passes.
func (l *loader) rubric(o *order, m *mapping) course.Rubric {
	var r course.Rubric
	pass := m.get("pass")
	if !pass.there() && m.there() {
		m.wrong("the rubric has no pass rule: write pass: {min_total_percent: 65, no_zero: true}")
	}
	if p := pass.mapping(); p.there() {
		r.MinTotalPercent = p.need("min_total_percent").integer(1, 100)
		r.NoZero = p.need("no_zero").truth()
		p.end()
	}
	rows := m.need("rows")
	seen, star := once{}, false
	for _, v := range rows.some() {
		c := l.criterion(o, v)
		seen.add(v, c.ID)
		star = star || c.Star
		r.Rows = append(r.Rows, c)
	}
	if rows.there() && len(r.Rows) > 0 && !star {
		rows.wrong("no row has a star: at least one must be 2 or more whatever the total")
	}
	m.end()
	r.Hash = hashRubric(r)
	return r
}

func (l *loader) criterion(o *order, v value) course.Criterion {
	m := v.mapping()
	c := course.Criterion{ID: m.need("id").slug(), Star: m.get("star").truth(), Title: m.need("title").text(o.languages)}
	at, proves := m.get("skill"), m.get("proves")
	if at.there() {
		c.Skill = l.skillID(at)
	}
	if proves.there() {
		c.Proves = skill.Level(proves.integer(int(skill.WithModel), int(skill.Checks)))
	}
	switch {
	case at.there() && !proves.there():
		v.wrong("skill %s is named without the level it proves", c.Skill)
	case proves.there() && !at.there():
		v.wrong("a level is proven without naming the skill")
	case c.Skill != "" && c.Proves != skill.None:
		l.proven[c.Skill] = append(l.proven[c.Skill], proof{o.item.Ref, c.Proves})
	}
	readLevels(m.need("levels"), o.languages, &c)
	m.end()
	return c
}

// readLevels reads the descriptors of 0 to 3. Two alike would leave a mentor guessing.
func readLevels(v value, languages []string, c *course.Criterion) {
	list := v.list()
	if v.there() && len(list) != len(c.Levels) {
		v.wrong("a row has four descriptors (0, 1, 2, 3), there are %d", len(list))
	}
	seen := map[string]bool{}
	for i, e := range list {
		t := e.text(languages)
		if seen[t.JA] && t.JA != "" {
			e.wrong("two levels have the same descriptor")
		}
		seen[t.JA] = true
		if i < len(c.Levels) {
			c.Levels[i] = t
		}
	}
}
