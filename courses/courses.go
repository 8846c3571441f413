// Package courses carries the course files in the binary. Each folder is named here, because a pattern would also take in
// what editors leave behind; a test finds a folder that is missing.
package courses

import "embed"

// FS is the courses folder: the two vocabularies and one folder for each course.
//
//go:embed skills.yaml jobtypes.yaml
//go:embed c1-home-working
//go:embed c2-data-entry
var FS embed.FS
