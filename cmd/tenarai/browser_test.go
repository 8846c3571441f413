package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tenarai/internal/need"
)

// axe is the accessibility checker axe-core 4.14.1 (MPL-2.0; its licence stands beside it).
//
//go:embed testdata/axe-core/axe.min.js
var axe string

// The narrow phone on which nothing may scroll sideways.
const (
	phoneWidth  = 360
	phoneHeight = 740
)

// browser starts a headless Chromium for a test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := need.Program(t, "chromium", "chromium-browser", "google-chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(profile(t)), chromedp.WindowSize(phoneWidth, phoneHeight),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // an old protocol logs events it does not know
	t.Cleanup(cancel)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // closes it and waits for it, as far as it can
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// profile is a folder for a browser. Its last processes may still write there when the browser has ended, which is no fault of
// what is tested; so it is not the test's own folder, whose removal must succeed.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tenarai-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// person is somebody at her own device: a browser with cookies of its own, as wide as a phone.
type person struct {
	t      *testing.T
	ctx    context.Context
	name   string
	base   string
	script bool // JavaScript is on
	audit  bool // every page is held against axe
	seen   map[string]bool
}

// sitDown gives somebody a browser of her own.
func sitDown(t *testing.T, name, base string, script bool) *person {
	t.Helper()
	ctx, cancel := context.WithTimeout(browser(t), 10*time.Minute)
	t.Cleanup(cancel)
	p := &person{t: t, ctx: ctx, name: name, base: base, script: script, audit: script, seen: map[string]bool{}}
	p.do(chromedp.EmulateViewport(phoneWidth, phoneHeight, chromedp.EmulateMobile))
	p.do(network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "ja"}))
	if !script {
		p.do(emulation.SetScriptExecutionDisabled(true))
	}
	return p
}

func (p *person) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v\non %s", p.name, err, p.where())
	}
}

func (p *person) where() string {
	var at string
	_ = chromedp.Run(p.ctx, chromedp.Location(&at))
	return at
}

// open opens a page by its path and looks at it.
func (p *person) open(path string) {
	p.t.Helper()
	p.arrive(chromedp.Navigate(p.base + path))
}

// arrive does what leads to another page, and looks at that page.
func (p *person) arrive(a chromedp.Action) {
	p.t.Helper()
	r, err := chromedp.RunResponse(p.ctx, a)
	if err != nil {
		p.t.Fatalf("%s: %v\non %s", p.name, err, p.where())
	}
	if r != nil && r.Status >= http.StatusInternalServerError {
		p.t.Fatalf("%s: %d on %s", p.name, r.Status, r.URL)
	}
	p.look()
}

// look checks what holds for every page: nothing scrolls sideways, and axe finds nothing.
func (p *person) look() {
	p.t.Helper()
	at := strings.TrimPrefix(p.where(), p.base)
	if w := p.number(`document.documentElement.scrollWidth`); w > phoneWidth {
		p.t.Errorf("%s: %s is %d wide, a phone %d", p.name, at, w, phoneWidth)
	}
	if !p.audit || p.seen[at] {
		return
	}
	p.seen[at] = true
	var found []string
	p.do(chromedp.Evaluate(axe+`;0`, nil), chromedp.Evaluate(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ")).slice(0, 3).join(", ")))`, &found, awaitPromise))
	for _, f := range found {
		p.t.Errorf("%s: axe on %s: %s", p.name, at, f)
	}
}

// press clicks a button or link that leads to another page.
func (p *person) press(selector string) {
	p.t.Helper()
	p.arrive(p.click(selector))
}

// click clicks the first element of a selector.
func (p *person) click(selector string) chromedp.Action {
	return p.on(selector, `e.click()`)
}

// fill types into a field.
func (p *person) fill(selector, text string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text) // a string
	p.do(p.on(selector, `e.value = `+string(quoted)+`; e.dispatchEvent(new Event("input", {bubbles: true}))`))
}

// tick ticks a box or chooses a radio button.
func (p *person) tick(selector string) {
	p.t.Helper()
	p.do(p.on(selector, `if (!e.checked) e.click()`))
}

// on runs a script with e as the first element of a selector. It works with the page's own scripts disabled, too.
func (p *person) on(selector, script string) chromedp.Action {
	quoted, _ := json.Marshal(selector) // a string
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var ok bool
		code := fmt.Sprintf(`(() => { const e = document.querySelector(%s); if (!e) return false; %s; return true })()`, quoted, script)
		if err := chromedp.Evaluate(code, &ok).Do(ctx); err != nil {
			return fmt.Errorf("%s: %w", selector, err)
		}
		if !ok {
			return fmt.Errorf("nothing is %s", selector)
		}
		return nil
	})
}

// has tells whether an element is there.
func (p *person) has(selector string) bool {
	p.t.Helper()
	quoted, _ := json.Marshal(selector) // a string
	return p.number(fmt.Sprintf(`document.querySelectorAll(%s).length`, quoted)) > 0
}

func (p *person) number(script string) int {
	p.t.Helper()
	var n int
	p.do(chromedp.Evaluate(script, &n))
	return n
}

// text is all that main says.
func (p *person) text() string {
	p.t.Helper()
	var s string
	p.do(chromedp.Evaluate(`(document.querySelector("main") || document.body).innerText`, &s))
	return s
}

// reads checks that the page says something.
func (p *person) reads(words ...string) {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			p.t.Fatalf("%s: %s does not say %q; it says:\n%s", p.name, p.where(), w, text)
		}
	}
}

// link is the address of the first link whose address begins so.
func (p *person) link(prefix string) string {
	p.t.Helper()
	var s string
	p.do(chromedp.Evaluate(fmt.Sprintf(`(document.querySelector('main a[href^="%s"]') || {getAttribute: () => ""}).getAttribute("href")`, prefix), &s))
	return s
}

// signIn signs in on the login page.
func (p *person) signIn(email, password string) {
	p.t.Helper()
	p.open("/login")
	p.fill("#email", email)
	p.fill("#password", password)
	p.press(`form:has(#password) button:not([hidden])`)
}

// fetch gets a file with the person's cookies.
func (p *person) fetch(path string) (body []byte, status int) {
	p.t.Helper()
	var cookies []*network.Cookie
	p.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		cookies, err = network.GetCookies().WithURLs([]string{p.base}).Do(ctx)
		return err
	}))
	r, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		p.t.Fatal(err)
	}
	return body, res.StatusCode
}

// run runs a program on a file made of content and gives what it printed.
func run(t *testing.T, content []byte, name string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "FILE", file)
	}
	out, err := exec.Command(need.Program(t, name), args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// awaitPromise has a script's promise waited for.
func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// evaluate runs a script and keeps what it gives.
func (p *person) evaluate(script string, out any) chromedp.Action {
	return chromedp.Evaluate(script, out)
}
