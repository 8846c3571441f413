package desk

import (
	"tenarai/internal/files"
	"tenarai/internal/store"
)

// Away tells whether an error means that database or disk cannot be used just now. Nothing of the deed was kept, or it is
// not known; sent again with the same idempotency key it counts once either way.
func Away(err error) bool { return store.Away(err) || files.Away(err) }
