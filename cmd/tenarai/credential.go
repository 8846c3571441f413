package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
)

type credentialCommand struct {
	Verify credentialVerify `cmd:"" help:"Check a machine credential, ours or somebody else's: a PDF, PNG, SVG, JSON or VC-JWT."`
}

type credentialVerify struct {
	File   string `arg:"" type:"existingfile" help:"The file to check."`
	Online bool   `help:"Fetch what the check needs from the issuer, by https. Without it nothing is fetched."`
	DID    string `name:"did" type:"existingfile" placeholder:"FILE" help:"The issuer's DID document, if you have it."`
	Status string `type:"existingfile" placeholder:"FILE" help:"The status list, if you have it."`
	Key    string `type:"existingfile" placeholder:"FILE" help:"The JWK that signed a VC-JWT, if you have it."`
	settings
}

// Help is what `tenarai credential verify --help` says besides its flags.
func (*credentialVerify) Help() string {
	return "The settings tell which installation is ours: what it issued is checked in its own database. For others' files they are not needed."
}

// checkSettings are those settings that matter for a check. The others are taken as everywhere, so that one tenarai.toml
// serves all commands, but they would only hide what whoever checks a file looks for.
var checkSettings = []string{"addr", "base-url", "data", "database"}

// hideSettings keeps the settings of a server out of the help of a command that serves nothing. A setting is what the
// environment can say, too.
func hideSettings(k *kong.Kong) error {
	for _, group := range k.Model.Children {
		for _, n := range group.Children {
			if group.Name != "credential" || n.Name != "verify" {
				continue
			}
			for _, f := range n.Flags {
				f.Hidden = f.Hidden || len(f.Envs) > 0 && !slices.Contains(checkSettings, f.Name)
			}
			return nil
		}
	}
	return errors.New("there is no command credential verify")
}

// errNotGood ends the command with a status of its own; what was found has been said.
var errNotGood = errors.New("do not rely on this file")

// Run says what a file is and whether anything speaks against it.
func (c *credentialVerify) Run(ctx context.Context, p program) error {
	file, err := readUpTo(c.File, badge.LargestFile)
	if err != nil {
		return err
	}
	credential, kind, err := badge.Open(file)
	if err != nil {
		return err
	}
	// A first look, for which nothing is fetched, tells who the issuer is and where its key is to be found.
	key := ""
	first, err := badge.Verify(credential, p.Now(), func(address string) ([]byte, error) {
		if key == "" {
			key = address
		}
		return nil, certificate.ErrNotFetched
	})
	if err != nil {
		return err
	}
	sources, done, err := c.sources(ctx, p, first, key)
	if err != nil {
		return err
	}
	defer done()
	issuer := badge.NewIssuer(c.own())
	r, err := issuer.Check(credential, p.Now(), sources.load)
	if err != nil {
		return err
	}
	sayReport(p.Out, r, kind)
	if !r.Good() {
		return errNotGood
	}
	return nil
}

// own is this installation's address; it is empty where nobody said one.
func (c *credentialVerify) own() string {
	address, err := c.address(c.Addr)
	if err != nil {
		return ""
	}
	return address
}

// sources answer what a check asks, each what it knows; the first that knows it counts.
type sources []badge.Load

func (s sources) load(address string) ([]byte, error) {
	var last error
	for _, one := range s {
		doc, err := one(address)
		if !errors.Is(err, certificate.ErrNotFetched) {
			return doc, err
		}
		last = err
	}
	return nil, last
}

// sources are, in this order: the files that were given, this installation's own database if it is the issuer, and the
// issuer itself if that is wanted.
func (c *credentialVerify) sources(ctx context.Context, p program, r certificate.Report, key string) (s sources, done func(), err error) {
	done = func() {}
	given, err := c.given(key)
	if err != nil {
		return nil, done, err
	}
	s = append(s, given)
	own := c.own()
	ours := own != "" && badge.NewIssuer(own).DID() == r.Issuer
	if ours && c.installed() {
		t, err := openTown(ctx, c.settings, townOptions{now: p.Now, address: own, log: p.Err})
		if err != nil {
			return nil, done, err
		}
		done = func() { _ = t.close() }
		s = append(s, t.desk.Published(ctx))
	}
	if c.Online {
		s = append(s, newFetcher(ours && onLoopback(own)).load(ctx))
	}
	return s, done, nil
}

// installed tells whether there is a database to ask: a check of somebody else's file leaves no folder behind.
func (c *credentialVerify) installed() bool {
	path, lite := strings.CutPrefix(c.database(), "sqlite:")
	if !lite {
		return true
	}
	_, err := os.Stat(filepath.Clean(path))
	return err == nil
}

// given answers with the documents that were handed in: the DID document and the status list by what they say they are, the
// key by its kid or, if that is no address, at the address where the credential's key is.
func (c *credentialVerify) given(key string) (badge.Load, error) {
	byAddress := map[string][]byte{}
	for _, path := range []string{c.DID, c.Status, c.Key} {
		if path == "" {
			continue
		}
		doc, err := readUpTo(path, badge.Largest)
		if err != nil {
			return nil, err
		}
		var said struct{ ID, KID string }
		if err := json.Unmarshal(doc, &said); err != nil {
			return nil, usageError(path + ": this is no JSON document")
		}
		switch {
		case path == c.Key && !strings.HasPrefix(said.KID, "http"):
			if !strings.HasSuffix(key, "/did.json") { // there a document of all keys is expected
				byAddress[key] = doc
			}
		case path == c.Key:
			byAddress[said.KID] = doc
		case said.ID == "":
			return nil, usageError(path + ": this is neither a DID document nor a status list")
		default:
			byAddress[badge.Home(said.ID)] = doc
		}
	}
	return func(address string) ([]byte, error) {
		if doc, ok := byAddress[address]; ok {
			return doc, nil
		}
		return nil, certificate.ErrNotFetched
	}, nil
}

// readUpTo reads a file that may have so many bytes.
func readUpTo(path string, most int) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s: larger than %d bytes", path, most)
	}
	return b, err
}
