// Package templates holds the HTML of every page: layout/ (the frame), parts/ (what several pages use) and one folder an
// area with one file a page. A page file defines "main", and may define "width" ("wide" for tables and two columns) and
// "head". The words stand in the word lists, never here.
package templates

import "embed"

// Files are layout/*.html, parts/*.html and <area>/*.html.
//
//go:embed */*.html
var Files embed.FS
