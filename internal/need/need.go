// Package need hands tests the programs of the machine they run on. Where one is missing a test is skipped, so that everybody
// can run the others; where TENARAI_TEST_REQUIRE asks for it, as on the test bench, it fails instead.
package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Variable names what tests may not be skipped for want of, separated by commas: postgres, browser, peers.
const Variable = "TENARAI_TEST_REQUIRE"

// Required tells whether Variable names what.
func Required(what string) bool {
	return slices.ContainsFunc(strings.Split(os.Getenv(Variable), ","), func(s string) bool { return strings.TrimSpace(s) == what })
}

// Program is the path of the first of some programs that is installed: a browser, or one that reads PDFs or pictures. They
// come together, under the name of browser.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	missing(t, "browser", "none of %v is installed", names)
	return ""
}

// Peers is node, and the folder of the programs that check credentials independently of ours (make peers) is there.
func Peers(t testing.TB, folder string) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(folder, "node_modules"))
	}
	if err != nil {
		missing(t, "peers", "it needs node and the peers (make peers): %v", err)
	}
}

func missing(t testing.TB, what, format string, arguments ...any) {
	t.Helper()
	if Required(what) {
		t.Fatalf(Variable+" asks for "+what+": "+format, arguments...)
	}
	t.Skipf(format, arguments...)
}
