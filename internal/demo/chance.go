package demo

import (
	crypto "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"
)

// Clock is a clock that can be set while the town is made, and afterwards tells the real time.
type Clock struct {
	mu   sync.RWMutex
	real func() time.Time
	set  time.Time // zero: tells the real time
}

// NewClock makes a clock that tells the real time until it is set.
func NewClock(real func() time.Time) *Clock { return &Clock{real: real} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.set.IsZero() {
		return c.real()
	}
	return c.set
}

// Set sets the clock; it stands still until it is set again or released.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = t
}

// Release lets the clock tell the real time again.
func (c *Clock) Release() { c.Set(time.Time{}) }

// Random gives bytes that follow from a seed while the town is made, and the machine's own afterwards.
type Random struct {
	mu     sync.Mutex
	seeded *rand.ChaCha8
}

// NewRandom makes a source that follows from the seed.
func NewRandom(seed uint64) *Random {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	copy(key[8:], "tenarai demo town")
	return &Random{seeded: rand.NewChaCha8(key)}
}

// Unseed makes what follows nobody's guess.
func (r *Random) Unseed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seeded = nil
}

// Read fills p.
func (r *Random) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seeded == nil {
		return crypto.Read(p)
	}
	return r.seeded.Read(p)
}
