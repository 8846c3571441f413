package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	coursefiles "tenarai/courses"
	"tenarai/internal/coursefile"
	"tenarai/internal/store"
)

type coursesCommand struct {
	Check coursesCheck `cmd:"" help:"List every mistake of course files as file:line: message, and the minutes of each course."`
}

type coursesCheck struct {
	Dir string `arg:"" optional:"" help:"The folder; without it the courses in the binary."`
	settings
}

// Run lists all mistakes in one go. If there is a database, items that vanished although work exists are mistakes, too.
func (c *coursesCheck) Run(ctx context.Context, p program) error {
	var from fs.FS = coursefiles.FS
	folder := c.Dir
	if folder == "" {
		folder = c.Courses
	}
	if folder != "" {
		if _, err := os.Stat(folder); err != nil {
			return err
		}
		from = os.DirFS(folder)
	}
	library, mistakes := coursefile.Load(from)
	gone, err := c.vanished(ctx, library)
	if err != nil {
		return err
	}
	mistakes = append(mistakes, gone...)
	for _, m := range mistakes {
		m.File = filepath.Join(folder, m.File)
		fmt.Fprintln(p.Out, m)
	}
	if n := len(mistakes); n > 0 {
		return fmt.Errorf("%d mistakes in the course files", n)
	}
	for _, s := range coursefile.Summaries(library.Catalog) {
		fmt.Fprintln(p.Out, s)
	}
	if prior := library.Catalog.Prior; prior != nil {
		fmt.Fprintf(p.Out, "%s: %d portfolios\n", prior.Slug, len(prior.Items()))
	}
	return nil
}

// vanished finds items people have worked on that are no longer there. Without a database nobody has.
func (c *coursesCheck) vanished(ctx context.Context, library *coursefile.Library) (coursefile.Mistakes, error) {
	if path, lite := strings.CutPrefix(c.database(), "sqlite:"); lite {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	s, err := store.Open(ctx, c.database(), store.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	used, err := s.UsedItems(ctx)
	if err != nil {
		return nil, err
	}
	return library.Gone(used), nil
}
