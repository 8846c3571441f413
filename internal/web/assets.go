package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
)

// styleSheet is the one style sheet pages load; it is made of several files.
const styleSheet = "css/tenarai.css"

// asset is one static file as it is served.
type asset struct {
	address     string // with the content's hash: what was once served under it never changes
	contentType string
	plain       []byte
	gzipped     []byte // nil where packing gains nothing
}

// assets are the static files by name ("css/tenarai.css") and by address.
type assets struct {
	byName    map[string]*asset
	byAddress map[string]*asset
}

func readAssets(files fs.FS, style []string) (*assets, error) {
	a := &assets{byName: map[string]*asset{}, byAddress: map[string]*asset{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".go" {
			return err
		}
		b, err := fs.ReadFile(files, name)
		if err == nil {
			err = a.add(name, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var sheet bytes.Buffer
	for _, name := range style {
		part := a.byName[name]
		if part == nil {
			return nil, fmt.Errorf("style sheet %s is missing", name)
		}
		sheet.Write(part.plain)
	}
	return a, a.add(styleSheet, sheet.Bytes())
}

func (a *assets) add(name string, b []byte) error {
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	one := &asset{
		address:     "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		contentType: mime.TypeByExtension(ext),
		plain:       b,
	}
	if one.contentType == "" {
		one.contentType = "application/octet-stream"
	}
	if ext == ".css" || ext == ".js" || ext == ".svg" {
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		one.gzipped = packed.Bytes()
	}
	a.byName[name], a.byAddress[one.address] = one, one
	return nil
}

// static are the static files; read anew in dev mode.
func (s *Server) static() (*assets, error) {
	if s.Dev {
		return readAssets(s.Static, s.Style)
	}
	return s.assets, nil
}

// address is where a static file is served, for templates.
func (s *Server) address(name string) (string, error) {
	files, err := s.static()
	if err != nil {
		return "", err
	}
	if one := files.byName[name]; one != nil {
		return one.address, nil
	}
	return "", fmt.Errorf("no static file %s", name)
}

// staticFile answers GET /static/*.
func (s *Server) staticFile(c echo.Context, _ desk.Actor) error {
	files, err := s.static()
	if err != nil {
		return err
	}
	one := files.byAddress[c.Request().URL.Path]
	if one == nil {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	b := one.plain
	if one.gzipped != nil && strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		b = one.gzipped
	}
	return c.Blob(http.StatusOK, one.contentType, b)
}
