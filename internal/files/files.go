// Package files keeps the bytes of uploads. A file is written under a temporary name, synced, renamed into place, and its
// folder synced, before anybody is told that it was received; its hash is its proof. Names that people give never become
// paths.
package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// ErrTooLarge means that more bytes came than were allowed; nothing is kept.
var ErrTooLarge = errors.New("file too large")

// ErrChanged means that the bytes are no longer those that were handed in.
var ErrChanged = errors.New("file does not match its hash")

// Kept is what was kept of one file.
type Kept struct {
	Place  string // where its bytes are; made by us
	Size   int64
	SHA256 string
}

// Folder keeps files below one folder of the disk.
type Folder struct{ root *os.Root }

// Open opens the folder, making it if it is not there.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open files: %w", err)
	}
	return &Folder{root}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }

const temporary = "tmp-"

// Put keeps what r gives, at most so many bytes. When it returns, the bytes are on the disk.
func (f *Folder) Put(ctx context.Context, r io.Reader, most int64) (k Kept, err error) {
	name := strings.ToLower(rand.Text())
	dir := name[:2]
	if err := f.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	temp, place := path.Join(dir, temporary+name), path.Join(dir, name)
	w, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = w.Close()
			_ = f.root.Remove(temp)
		}
	}()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(reader{ctx, r}, most+1))
	switch {
	case err != nil:
		return Kept{}, fmt.Errorf("keep file: %w", err)
	case n > most:
		return Kept{}, ErrTooLarge
	}
	if err := errors.Join(w.Sync(), w.Close()); err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	if err := f.root.Rename(temp, place); err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	if err := errors.Join(f.sync(dir), f.sync(".")); err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	return Kept{place, n, hex.EncodeToString(h.Sum(nil))}, nil
}

// sync makes a folder's entries durable.
func (f *Folder) sync(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// reader stops when the request does.
type reader struct {
	ctx context.Context //nolint:containedctx // lives for one Put
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Read gives a file's bytes back, checked against its hash: ErrChanged if they are others.
func (f *Folder) Read(place, sha string) ([]byte, error) {
	b, err := f.root.ReadFile(place)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if h := sha256.Sum256(b); hex.EncodeToString(h[:]) != sha {
		return nil, ErrChanged
	}
	return b, nil
}

// Remove forgets a file. One that is not there is no mistake.
func (f *Folder) Remove(place string) error {
	if err := f.root.Remove(place); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// Sweep removes what nobody knows: temporary files and files without a row that are older than a time, so that an upload
// whose row is just being written stays. known tells whether a row names the place.
func (f *Folder) Sweep(ctx context.Context, older time.Time, known func(place string) (bool, error)) (removed int, err error) {
	err = fs.WalkDir(f.root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || !info.ModTime().Before(older) {
			return err
		}
		if !strings.HasPrefix(d.Name(), temporary) {
			if ok, err := known(p); err != nil || ok {
				return err
			}
		}
		removed++
		return f.Remove(p)
	})
	if err != nil {
		return removed, fmt.Errorf("sweep files: %w", err)
	}
	return removed, nil
}
