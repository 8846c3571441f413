package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tenarai/internal/desk"
)

type keysCommand struct {
	Rotate keysRotate `cmd:"" help:"Let new keys sign credentials from now on."`
}

type keysRotate struct{ settings }

// Run makes new keys. What the old ones signed stays valid: they stay published.
func (c *keysRotate) Run(ctx context.Context, p program) error {
	t, err := openTown(ctx, c.settings, townOptions{now: p.Now, log: p.Err})
	if err != nil {
		return err
	}
	defer t.close()
	if err := t.desk.SetUpKeys(ctx); err != nil { // a wrong secret is told before anything is changed
		return err
	}
	if err := t.desk.RotateKeys(ctx); err != nil {
		return err
	}
	fmt.Fprintln(p.Out, "new keys sign from now on; the old ones stay published")
	return nil
}

// secretFile holds the installation's secret where none is set.
const secretFile = "secret"

// secret is the setting, or what stands in the data folder; there it is made if it is missing, for this user alone.
func (s settings) secret() (desk.Secret, error) {
	if s.Secret != "" {
		return desk.Secret(s.Secret), nil
	}
	path := filepath.Join(s.Data, secretFile)
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		kept, err = makeSecret(path)
	}
	if err != nil {
		return "", fmt.Errorf("the installation's secret: %w", err)
	}
	return desk.Secret(strings.TrimSpace(string(kept))), nil
}

// makeSecret writes a fresh secret whole or not at all. If another process is faster, its secret counts.
func makeSecret(path string) ([]byte, error) {
	f, err := os.CreateTemp(filepath.Dir(path), secretFile+"-*") // mode 600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + rand.Text() + "\n") // 256 bits
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
