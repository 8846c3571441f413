// Package static holds what browsers load beside the pages: style, script and icons. All of it is ours or vendored with
// its licence; nothing is loaded from elsewhere. The web room serves it under addresses that carry the content's hash.
package static

import "embed"

// Files are the folders css, js and icons.
//
//go:embed css js icons
var Files embed.FS

// Style lists the style sheets that are joined, in this order, into the one that pages load (css/tenarai.css).
var Style = []string{"css/tokens.css", "css/base.css", "css/parts.css", "css/pages.css", "css/mentor.css", "css/courses.css", "css/assignments.css", "css/jobs.css", "css/account.css", "css/center.css"}
