package files

import (
	"errors"
	"slices"
	"syscall"
)

// Away tells whether an error means that the disk takes nothing just now: it is full, fails, or may not be written. The
// same may work later.
func Away(err error) bool {
	var no syscall.Errno
	return errors.As(err, &no) && slices.Contains([]syscall.Errno{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EACCES, syscall.EPERM, syscall.EMFILE, syscall.ENFILE, syscall.EFBIG,
	}, no)
}
