package coursefile

import (
	"regexp"
	"slices"
	"strconv"

	"tenarai/internal/course"
	"tenarai/internal/readiness"
	"tenarai/internal/skill"
)

// The two files beside the course folders.
const (
	skillsFile   = "skills.yaml"
	jobTypesFile = "jobtypes.yaml"
)

var (
	skillRule = regexp.MustCompile(`^[A-Z]{2,4}-[0-9]{2}$`)
	escoRule  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	onetRule  = regexp.MustCompile(`^[0-9]{2}-[0-9]{4}(\.[0-9]{2})?$`)
)

// skills reads skills.yaml, in the order of the file.
func (l *loader) skills() {
	for _, e := range l.yaml(skillsFile).entries {
		s := skill.Skill{ID: skill.ID(e.name)}
		if !skillRule.MatchString(e.name) {
			e.wrong("is not a skill id: write two to four capitals, -, two digits, as OFF-03")
		}
		m := e.mapping()
		s.Title = m.text(jaAndEn)
		s.Kana = m.need("kana").str()
		levels := m.need("levels").mapping()
		for n := skill.WithModel; n <= skill.Checks; n++ {
			s.Levels[n] = levels.need(strconv.Itoa(int(n))).text(jaAndEn)
		}
		levels.end()
		s.ESCO = optional(m.get("esco"), escoRule, "an ESCO id (a UUID in small letters)")
		s.ONET = optional(m.get("onet"), onetRule, "an O*NET-SOC code, as 43-9021")
		m.end()
		l.Catalog.Skills = append(l.Catalog.Skills, s)
	}
}

func optional(v value, rule *regexp.Regexp, what string) string {
	if !v.there() {
		return ""
	}
	s := v.str()
	if s != "" && !rule.MatchString(s) {
		v.wrong("%q is not %s", s, what)
	}
	return s
}

// skillID is the id of a skill that must stand in skills.yaml.
func (l *loader) skillID(v value) skill.ID {
	id := skill.ID(v.str())
	if id != "" && !slices.ContainsFunc(l.Catalog.Skills, func(s skill.Skill) bool { return s.ID == id }) {
		v.wrong("unknown skill %q (%s does not have it)", id, skillsFile)
	}
	return id
}

// jobTypes reads jobtypes.yaml, in the order of the file, when all courses are known.
func (l *loader) jobTypes() {
	for _, e := range l.yaml(jobTypesFile).entries {
		if !slugRule.MatchString(e.name) {
			e.wrong("is not a name: use lower-case ASCII letters, digits and -")
		}
		m := e.mapping()
		b := readiness.Bar{
			JobType: readiness.JobType(e.name),
			Title:   m.need("title").text(jaAndEn),
			About:   m.need("about").text(jaAndEn),
		}
		base := m.need("base")
		if b.Base = base.str(); b.Base != "" && l.Catalog.Course(b.Base) == nil {
			base.wrong("nobody can reach this bar: there is no course %q", b.Base)
		}
		b.QuizPercent = m.need("quiz_percent").integer(0, 100)
		evidence := m.need("evidence").mapping()
		b.Pieces = evidence.need("pieces").integer(1, 20)
		b.Assessors = evidence.need("assessors").integer(1, 20)
		b.WithinMonths = evidence.need("within_months").integer(1, 120)
		evidence.end()
		b.Requires = l.requirements(m.need("requires").some(), b.Pieces)
		b.HoursFreshDays = m.need("hours_fresh_days").integer(1, 366)
		b.Consent = m.need("consent").truth()
		for _, v := range m.get("later").list() {
			b.Later = append(b.Later, readiness.Rule(v.oneOf("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9")))
		}
		b.Withholding = m.need("withholding").truth()
		m.end()
		l.Bars = append(l.Bars, b)
	}
}

// requirements reads the skills a bar asks for and refuses those that too few assignments can prove.
func (l *loader) requirements(list []value, pieces int) []readiness.Requirement {
	var out []readiness.Requirement
	seen := once{}
	for _, v := range list {
		m := v.mapping()
		r := readiness.Requirement{
			Skill: l.skillID(m.need("skill")),
			Level: skill.Level(m.need("level").integer(int(skill.WithModel), int(skill.Checks))),
		}
		m.end()
		seen.add(v, string(r.Skill))
		out = append(out, r)
		if r.Skill == "" || r.Level == skill.None {
			continue
		}
		if have := l.provers(r); have < pieces {
			v.wrong("nobody can reach this bar: %d assignments prove %s at level %d, it asks for %d", have, r.Skill, r.Level, pieces)
		}
	}
	return out
}

// provers is how many different assignments can prove what is required.
func (l *loader) provers(r readiness.Requirement) int {
	refs := map[course.Ref]bool{}
	for _, p := range l.proven[r.Skill] {
		if p.level >= r.Level {
			refs[p.ref] = true
		}
	}
	return len(refs)
}
