// Package courses carries the course files in the binary. Each folder is named here, because a pattern would also take in
// what editors leave behind; a test finds a folder that is missing.
package courses

import "embed"

// FS is the courses folder: the two vocabularies, one folder for each course, and the pattern of portfolios.
//
//go:embed skills.yaml jobtypes.yaml
//go:embed c1-home-working
//go:embed c2-data-entry
//go:embed prior-learning
var FS embed.FS
