package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"tenarai/internal/files"
)

func open(t *testing.T) (*files.Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	f, err := files.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, dir
}

func put(t *testing.T, f *files.Folder, content string) files.Kept {
	t.Helper()
	k, err := f.Put(t.Context(), strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// all are the files below a folder.
func all(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever is put comes back, with its size and hash; the same bytes twice are two files.
func TestPutRead(t *testing.T) {
	f, dir := open(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(r, "content")
		k, err := f.Put(context.Background(), iotest.HalfReader(bytes.NewReader(content)), 5000)
		if err != nil {
			r.Fatal(err)
		}
		n++
		h := sha256.Sum256(content)
		got, err := f.Read(k.Place, k.SHA256)
		if err != nil || !bytes.Equal(got, content) || k.Size != int64(len(content)) || k.SHA256 != hex.EncodeToString(h[:]) {
			r.Fatalf("%d bytes became %d, %+v, %v", len(content), len(got), k, err)
		}
	})
	if got := len(all(t, dir)); got != n {
		t.Errorf("%d files for %d uploads", got, n)
	}
}

// One byte too many, a broken connection and a request that ended leave nothing behind.
func TestNothingIsLeftOfARefusal(t *testing.T) {
	f, dir := open(t)
	broken := errors.New("broken")
	ended, end := context.WithCancel(t.Context())
	endless := readerFunc(func(p []byte) (int, error) { end(); return len(p), nil })
	for what, try := range map[string]struct {
		ctx  context.Context
		from io.Reader
		want error
	}{
		"too large":  {t.Context(), strings.NewReader("12345678901"), files.ErrTooLarge},
		"broken":     {t.Context(), io.MultiReader(strings.NewReader("123"), iotest.ErrReader(broken)), broken},
		"cancelled":  {ended, endless, context.Canceled},
		"over early": {canceled(t), strings.NewReader("1"), context.Canceled},
	} {
		most := int64(10)
		if what == "cancelled" {
			most = 1 << 40
		}
		if k, err := f.Put(try.ctx, try.from, most); !errors.Is(err, try.want) || k != (files.Kept{}) {
			t.Errorf("%s: %+v, %v, want %v", what, k, err, try.want)
		}
		if left := all(t, dir); len(left) != 0 {
			t.Errorf("%s left %v", what, left)
		}
	}
	if k, err := f.Put(t.Context(), strings.NewReader("1234567890"), 10); err != nil || k.Size != 10 {
		t.Errorf("as large as is allowed: %+v, %v", k, err)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Bytes that are no longer those that were handed in are not given out as if they were.
func TestChangedBytes(t *testing.T) {
	f, dir := open(t)
	k := put(t, f, "the work")
	if err := os.WriteFile(filepath.Join(dir, k.Place), []byte("the w0rk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Read(k.Place, k.SHA256); !errors.Is(err, files.ErrChanged) || b != nil {
		t.Errorf("%q, %v, want ErrChanged", b, err)
	}
	if err := errors.Join(f.Remove(k.Place), f.Remove(k.Place)); err != nil {
		t.Errorf("removing it twice: %v", err)
	}
	if _, err := f.Read(k.Place, k.SHA256); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read after it was removed: %v", err)
	}
}

// Files of anybody may be read by the program alone, and a place never leads out of the folder.
func TestPlacesStayInside(t *testing.T) {
	f, dir := open(t)
	k := put(t, f, "x")
	info, err := os.Stat(filepath.Join(dir, k.Place))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	outside := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256([]byte("secret"))
	for _, place := range []string{"../secret", "ab/../../secret", outside, "link", "", "."} {
		if b, err := f.Read(place, hex.EncodeToString(h[:])); err == nil {
			t.Errorf("%q gives %q", place, b)
		}
	}
	if err := f.Remove("../secret"); err == nil {
		t.Error("a file outside was removed")
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

// The sweeper takes what is old and known to nobody, half-written files too, and leaves all else.
func TestSweep(t *testing.T) {
	f, dir := open(t)
	known, unknown, fresh := put(t, f, "known"), put(t, f, "unknown"), put(t, f, "fresh")
	half := filepath.Join(filepath.Dir(unknown.Place), "tmp-half")
	if err := os.WriteFile(filepath.Join(dir, half), []byte("hal"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	limit := now.Add(-time.Hour)
	for _, p := range []string{known.Place, unknown.Place, half} {
		if err := os.Chtimes(filepath.Join(dir, p), now, limit.Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	n, err := f.Sweep(t.Context(), limit, func(place string) (bool, error) { return place == known.Place, nil })
	if err != nil || n != 2 {
		t.Errorf("%d removed, %v, want 2", n, err)
	}
	for _, k := range []files.Kept{known, fresh} {
		if _, err := f.Read(k.Place, k.SHA256); err != nil {
			t.Error(err)
		}
	}
	if left := all(t, dir); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
}

// Where it cannot be known what is known, nothing is removed.
func TestSweepStopsWhereNothingIsKnown(t *testing.T) {
	f, dir := open(t)
	put(t, f, "a")
	later := time.Now().Add(time.Hour)
	gone := errors.New("the database is away")
	if n, err := f.Sweep(t.Context(), later, func(string) (bool, error) { return false, gone }); !errors.Is(err, gone) || n != 0 {
		t.Errorf("%d removed, %v", n, err)
	}
	if _, err := f.Sweep(canceled(t), later, func(string) (bool, error) { return false, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled sweep: %v", err)
	}
	if len(all(t, dir)) != 1 {
		t.Error("something was removed")
	}
}

// A folder that cannot be written, or is gone, is an error and not a crash.
func TestFolderThatCannotBeWritten(t *testing.T) {
	f, dir := open(t)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if k, err := f.Put(t.Context(), strings.NewReader("x"), 1); err == nil {
		t.Errorf("kept in a folder that is gone: %+v", k)
	}
	in := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(in, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Open(filepath.Join(in, "files")); err == nil {
		t.Error("a folder was opened inside a file")
	}
	// Where every subfolder's name is taken by a file nothing can be put, whoever asks: the superuser, too.
	f, dir = open(t)
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	for _, x := range letters {
		for _, y := range letters {
			if err := os.WriteFile(filepath.Join(dir, string([]rune{x, y})), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := len(all(t, dir))
	if k, err := f.Put(t.Context(), strings.NewReader("x"), 1); err == nil || k != (files.Kept{}) || len(all(t, dir)) != before {
		t.Errorf("kept where nothing can be: %+v, %v", k, err)
	}
}

// Many at once each get their own file.
func TestPutAtOnce(t *testing.T) {
	f, dir := open(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			content := strings.Repeat("x", i)
			k, err := f.Put(t.Context(), strings.NewReader(content), 100)
			if err != nil {
				t.Error(err)
				return
			}
			if b, err := f.Read(k.Place, k.SHA256); err != nil || string(b) != content {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	wg.Wait()
	if n := len(all(t, dir)); n != 40 {
		t.Errorf("%d files, want 40", n)
	}
}
