package job

import (
	"unicode/utf8"

	"tenarai/internal/problem"
)

// Limits of what is said about a company, in characters.
const (
	MaxCompany = 80
	MaxLine    = 200
)

// CheckCompany refuses a company without a name or with more than a page about it can show.
func CheckCompany(c Company) error {
	var l problem.List
	if c.Name == "" {
		l.Add(problem.At("name", "job.missing_name"))
	}
	for _, f := range []struct {
		name, text string
		limit      int
	}{{"name", c.Name, MaxCompany}, {"address", c.Address, MaxLine}, {"contact", c.Contact, MaxLine}, {"about", c.About, MaxText}} {
		if utf8.RuneCountInString(f.text) > f.limit {
			l.Add(problem.At(f.name, "job.long", problem.Args{"Max": f.limit}))
		}
	}
	return l.Err()
}
