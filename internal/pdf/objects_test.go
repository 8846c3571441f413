package pdf

import "testing"

// Each value ends where it does, whatever it holds, and a dictionary without an end is refused.
func TestDictionary(t *testing.T) {
	const raw = "<</Type/Page /A (1 \\) >> /B 2) /C (a (b) c)/D <2F3E>/E[<</F 1>> (]) [2 0 R]]/G 5 0 R % /H 1 >>\n/I <</J<</K>>>> /L true /M -1.5/N/O>>"
	d, err := newDictionary([]byte(" \n" + raw + " /Q 1>>"))
	if err != nil || string(d.raw) != raw {
		t.Fatalf("%q, %v", d.raw, err)
	}
	for key, want := range map[string]string{
		"/Type": "/Page", "/A": "(1 \\) >> /B 2)", "/C": "(a (b) c)", "/D": "<2F3E>", "/E": "[<</F 1>> (]) [2 0 R]]",
		"/G": "5 0 R", "/I": "<</J<</K>>>>", "/L": "true", "/M": "-1.5", "/N": "/O", "/B": "", "/F": "", "/H": "", "/Q": "",
	} {
		if got := string(d.value(key)); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	if n, ok := d.reference("/G"); n != 5 || !ok {
		t.Errorf("%d, %v", n, ok)
	}
	if _, ok := d.reference("/M"); ok {
		t.Error("a number was taken for a reference")
	}
	for i := range len(raw) {
		if d, err := newDictionary([]byte(raw[:i])); err == nil {
			t.Errorf("%q is whole", d.raw)
		}
	}
}
