package desk

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"
)

// HashCost is what a password's hash costs. The zero value is the cost of production.
type HashCost struct {
	MemoryKiB uint32
	Passes    uint32
}

// The cost of production (OWASP's least for argon2id is 19 MiB and two passes), and how many hashes may be computed at
// once: each holds its memory.
const (
	memoryKiB    = 19 * 1024
	passes       = 2
	hashesAtOnce = 4
)

func (c HashCost) params() *argon2id.Params {
	p := &argon2id.Params{Memory: memoryKiB, Iterations: passes, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	if c.MemoryKiB != 0 {
		p.Memory, p.Iterations = c.MemoryKiB, max(c.Passes, 1)
	}
	return p
}

// HashPassword hashes a password, waiting for a place if too many are being hashed.
func (d *Desk) HashPassword(ctx context.Context, password string) (string, error) {
	release, err := d.takePlace(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	h, err := argon2id.CreateHash(password, d.Passwords.params())
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return h, nil
}

func (d *Desk) passwordMatches(ctx context.Context, password, hash string) (bool, error) {
	release, err := d.takePlace(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok, nil
}

func (d *Desk) takePlace(ctx context.Context) (release func(), err error) {
	select {
	case d.hashing <- struct{}{}:
		return func() { <-d.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
