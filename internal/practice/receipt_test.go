package practice_test

import (
	"regexp"
	"testing"

	"tenarai/internal/practice"
)

// Every attempt has a number of its own, in a form that can be read out over the telephone.
func TestReceiptsAreOneToOne(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := make(map[practice.Receipt]practice.AttemptID, 200_000)
	for id := practice.AttemptID(1); id <= 200_000; id++ {
		r := practice.ReceiptOf(id)
		if other, twice := seen[r]; twice {
			t.Fatalf("%s stands for %d and %d", r, other, id)
		}
		if !form.MatchString(string(r)) {
			t.Fatalf("%d has the number %q", id, r)
		}
		seen[r] = id
	}
}

// A number does not tell how many came before: neighbours share neither beginning nor end.
func TestNeighboursLookDifferent(t *testing.T) {
	alike := 0
	for id := practice.AttemptID(1); id <= 1000; id++ {
		a, b := practice.ReceiptOf(id), practice.ReceiptOf(id+1)
		if a[:3] == b[:3] || a[4:] == b[4:] {
			alike++
		}
	}
	if alike > 10 {
		t.Errorf("%d of 1000 neighbours are alike", alike)
	}
}

// Numbers are printed on receipts that people keep.
func TestReceiptsStay(t *testing.T) {
	for id, want := range map[practice.AttemptID]practice.Receipt{1: "Y3E-AKMT", 42: "EMN-P6VX", 1_000_000: "2M1-6J0K"} {
		if got := practice.ReceiptOf(id); got != want {
			t.Errorf("%d has the number %s, not %s", id, got, want)
		}
	}
}
