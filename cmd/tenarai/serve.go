package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/web"
	"tenarai/static"
	"tenarai/templates"
)

type serveCommand struct{ settings }

// Run runs the service until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, p program) error {
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	defer l.Close()
	address, err := c.address(l.Addr().String())
	if err != nil {
		return err
	}
	t, err := openTown(ctx, c.settings, townOptions{now: p.Now, address: address, log: p.Err})
	if err != nil {
		return err
	}
	defer t.close()
	if demo, err := t.desk.IsDemo(ctx); err != nil || demo {
		if demo {
			err = errors.New("this database is a demo town's, with passwords everybody knows; use `tenarai demo --data` for it")
		}
		return err
	}
	return t.serve(ctx, p, l, c.settings, address, nil)
}

// The limits of a connection. A slow phone may take its time to send a photo.
const (
	readHeader = 10 * time.Second
	readAll    = 5 * time.Minute
	writeAll   = 5 * time.Minute
	idle       = 2 * time.Minute
	goodbye    = 20 * time.Second // for requests under way when it is told to stop
)

// serve answers requests on l and sends the outbox until ctx ends, then finishes what is under way.
func (t *town) serve(ctx context.Context, p program, l net.Listener, s settings, address string, people []web.DemoPerson) error {
	if err := t.desk.SetUpKeys(ctx); err != nil {
		return fmt.Errorf("keys of credentials: %w", err)
	}
	wake, call := waker()
	site, err := t.site(s, p.Now, people, call)
	if err != nil {
		return err
	}
	words, err := i18n.Open(i18n.LogOnce(t.log))
	if err != nil {
		return err
	}
	post, err := t.postman(s, words, address, p.Now)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: site, ReadHeaderTimeout: readHeader, ReadTimeout: readAll, WriteTimeout: writeAll, IdleTimeout: idle,
		ErrorLog: log.New(connections{t.log}, "", 0),
	}
	working, stopWork := context.WithCancel(ctx)
	defer stopWork()
	var worked sync.WaitGroup
	worked.Go(func() { post.Run(working) })
	worked.Go(func() { t.workBatches(working, wake) })
	go t.keepTidy(working)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	if p.served != nil {
		p.served(l.Addr().String())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	err = server.Shutdown(last)
	stopWork()
	worked.Wait()
	return err
}

// connections notes that a connection failed, without what the server says of it: that names the other side's address.
type connections struct{ log *slog.Logger }

func (c connections) Write(b []byte) (int, error) {
	what, _, _ := strings.Cut(string(b), " from ")
	what, _, _ = strings.Cut(what, " serving ")
	c.log.Warn("connection", "what", strings.TrimSpace(what))
	return len(b), nil
}

// tidyEvery is how often what has run out is forgotten; the first time soon after the start.
const tidyEvery = 6 * time.Hour

func (t *town) keepTidy(ctx context.Context) {
	for wait := time.NewTimer(time.Minute); ; wait.Reset(tidyEvery) {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		if _, err := t.desk.Tidy(ctx); err != nil && ctx.Err() == nil {
			t.log.Error("tidy", "error", err.Error())
		}
	}
}

// site is the web over the town's desk; wake lets the worker of batches begin.
func (t *town) site(s settings, now func() time.Time, people []web.DemoPerson, wake func()) (*web.Server, error) {
	words, err := i18n.Open(i18n.LogOnce(t.log))
	if err != nil {
		return nil, err
	}
	proxies, err := s.proxies()
	if err != nil {
		return nil, err
	}
	cfg := web.Config{
		Desk: t.desk, Templates: templates.Files, Static: static.Files, Style: static.Style, Words: words, Log: t.log, Now: now, Proxies: proxies,
		Plain: s.loopback() && !strings.HasPrefix(s.BaseURL, "https:"), Demo: people,
		Session: t.desk.Session, Combine: combine, WakeBatches: wake,
		SignIn: func(ctx context.Context, in web.Credentials) (string, desk.Actor, error) {
			return t.desk.SignIn(ctx, in.Email, in.Password, in.Device)
		},
		SignOut: t.desk.SignOut, SetLanguage: t.desk.SetLanguage, Ready: t.store.Ping, CourseFile: t.library.File,
	}
	if s.Dev {
		cfg.Dev = true
		cfg.Templates, cfg.Static = os.DirFS("templates"), os.DirFS("static")
	}
	site, err := web.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return site, nil
}
