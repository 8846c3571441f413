package need

import (
	"os"
	"runtime"
	"testing"
)

// asked notes how a test ended that asked for something.
type asked struct {
	testing.TB
	failed, skipped bool
}

func (a *asked) Helper() {}

func (a *asked) Fatalf(string, ...any) {
	a.failed = true
	runtime.Goexit()
}

func (a *asked) Skipf(string, ...any) {
	a.skipped = true
	runtime.Goexit()
}

func ask(t *testing.T, f func(testing.TB)) *asked {
	t.Helper()
	a, done := &asked{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		f(a)
	}()
	<-done
	return a
}

func TestWhatIsMissingFailsWhereItIsRequired(t *testing.T) {
	program := func(t testing.TB) { Program(t, "no-such-program") }
	peers := func(t testing.TB) { Peers(t, "no-such-folder") }
	for _, c := range []struct {
		require string
		f       func(testing.TB)
		fails   bool
	}{
		{"", program, false},
		{"postgres,peers", program, false},
		{"postgres, browser", program, true},
		{"browsers", program, false},
		{"", peers, false},
		{"browser", peers, false},
		{"peers", peers, true},
	} {
		t.Setenv(Variable, c.require)
		if a := ask(t, c.f); a.failed != c.fails || a.skipped == c.fails {
			t.Errorf("%q: failed %v, skipped %v", c.require, a.failed, a.skipped)
		}
	}
}

func TestWhatIsThereIsGiven(t *testing.T) {
	t.Setenv(Variable, "browser")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	if a := ask(t, func(t testing.TB) { got = Program(t, "no-such-program", self) }); a.failed || a.skipped || got != self {
		t.Errorf("%q, failed %v, skipped %v", got, a.failed, a.skipped)
	}
}
