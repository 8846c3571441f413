package storetest

// HideTools makes PostgreSQL's tools impossible to find where Debian keeps them.
func HideTools() { debianTools = "/nonexistent/*/bin" }
