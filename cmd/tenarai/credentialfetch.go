package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
)

// fetcher fetches what an issuer publishes. Whoever wrote a credential chose the addresses in it, so it goes to public https
// servers alone, and takes little time and space there.
type fetcher struct {
	client   *http.Client
	loopback bool // the issuer is this machine's own demo town, which has no https
}

// The limits of one document.
const (
	fetchWithin  = 10 * time.Second
	mostForwards = 3
)

var errPrivate = errors.New("not a public address")

func newFetcher(loopback bool) fetcher {
	f := fetcher{loopback: loopback}
	// Looked at when the connection is made: a name may lead elsewhere the second time it is asked for.
	dialer := &net.Dialer{Timeout: fetchWithin, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !f.mayAsk(to.Addr().Unmap()) {
			return fmt.Errorf("%s: %w", to.Addr(), errPrivate)
		}
		return nil
	}}
	f.client = &http.Client{
		Timeout: fetchWithin,
		// No proxy: it would look the name up itself, where nobody checks what it leads to.
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: fetchWithin, MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > mostForwards || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
				return fmt.Errorf("it leads on to %s", req.URL.Host)
			}
			return nil
		},
	}
	return f
}

// Networks that are no part of the public internet, besides those that netip names (IANA special-purpose registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// mayAsk tells whether a machine may be asked: one on the public internet, or this one where its own town is checked.
func (f fetcher) mayAsk(a netip.Addr) bool {
	if a.IsLoopback() {
		return f.loopback
	}
	if f.loopback || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// load fetches one document. That a server could not be asked says nothing about what it publishes:
// certificate.ErrNotFetched.
func (f fetcher) load(ctx context.Context) badge.Load {
	return func(address string) ([]byte, error) {
		u, err := url.Parse(address)
		if err != nil || u.User != nil {
			return nil, notFetched(errors.New("no address to fetch from"))
		}
		if f.loopback && onLoopback(address) {
			u.Scheme = "http"
		} else if u.Scheme != "https" {
			return nil, notFetched(errors.New("only https can be trusted to bring what the issuer published"))
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/did+json, application/vc+ld+json, application/ld+json, application/jwk+json, application/json")
		res, err := f.client.Do(req)
		if err != nil {
			return nil, notFetched(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("it answers %s", res.Status)
		}
		b, err := io.ReadAll(io.LimitReader(res.Body, badge.Largest+1))
		if err == nil && len(b) > badge.Largest {
			err = errors.New("it is too large")
		}
		return b, err
	}
}

func notFetched(why error) error { return fmt.Errorf("%w: %w", certificate.ErrNotFetched, why) }

// onLoopback tells whether an address is on this machine.
func onLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
