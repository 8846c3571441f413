package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// settings is every setting of the service. A flag wins over the environment, the environment over tenarai.toml.
type settings struct {
	Addr     string   `env:"TENARAI_ADDR" default:"127.0.0.1:8080" help:"Where to listen."`
	Data     string   `env:"TENARAI_DATA" default:"${data}" help:"Folder for the SQLite file and uploads."`
	Database string   `env:"TENARAI_DATABASE" placeholder:"sqlite:DATA/tenarai.db" help:"The database: sqlite:PATH or postgres://…"`
	Files    string   `env:"TENARAI_FILES" placeholder:"file:DATA/files" help:"Where uploads are kept: file:FOLDER."`
	BaseURL  string   `env:"TENARAI_BASE_URL" name:"base-url" placeholder:"https://…" help:"The public address, for mail and certificates; needed unless it listens on loopback."`
	Mail     string   `env:"TENARAI_MAIL" default:"log:" help:"How mail goes out: log:, dir:PATH (one .eml a mail) or smtp://user:pass@host:port."`
	MailFrom string   `env:"TENARAI_MAIL_FROM" name:"mail-from" placeholder:"tenarai@HOST" help:"The sender of mail."`
	Courses  string   `env:"TENARAI_COURSES" placeholder:"FOLDER" help:"Course files to use instead of those in the binary."`
	Proxies  []string `env:"TENARAI_PROXIES" placeholder:"10.0.0.0/8" help:"Proxies whose X-Forwarded-For is believed."`
	Secret   string   `env:"TENARAI_SECRET" placeholder:"TEXT" help:"Seals the keys of credentials: 16 characters or more, the same on all nodes. Without it one is made in the data folder."`
	Dev      bool     `env:"TENARAI_DEV" help:"Read templates and static files anew for every page; show /styleguide."`
}

// database is the database's address.
func (s settings) database() string {
	if s.Database != "" {
		return s.Database
	}
	return "sqlite:" + filepath.Join(s.Data, "tenarai.db")
}

// filesFolder is the folder uploads are kept in.
func (s settings) filesFolder() (string, error) {
	if s.Files == "" {
		return filepath.Join(s.Data, "files"), nil
	}
	folder, ok := strings.CutPrefix(s.Files, "file:")
	if !ok || folder == "" {
		return "", usageError(fmt.Sprintf("--files %q: must be file:FOLDER", s.Files))
	}
	return folder, nil
}

// loopback tells whether it listens for this machine alone.
func (s settings) loopback() bool {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// address is the public address without a slash at its end. On loopback it is where the service listens.
func (s settings) address(listening string) (string, error) {
	if s.BaseURL == "" {
		if !s.loopback() {
			return "", usageError("--base-url (TENARAI_BASE_URL) is needed: mail and the QR codes of certificates lead there")
		}
		return "http://" + listening, nil
	}
	u, err := url.Parse(s.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", usageError(fmt.Sprintf("--base-url %q: must be like https://tenarai.example", s.BaseURL))
	}
	return u.Scheme + "://" + u.Host, nil
}

func (s settings) proxies() ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(s.Proxies))
	for _, text := range s.Proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usageError(fmt.Sprintf("--proxies %q: must be like 10.0.0.0/8", text))
		}
		out = append(out, p)
	}
	return out, nil
}

// settingsFile reads tenarai.toml in the working folder, if there is one. Its keys are the flags' names.
type settingsFile struct {
	env func(string) (string, bool)
}

const settingsFileName = "tenarai.toml"

// Validate refuses a file that cannot be read or names no setting.
func (f settingsFile) Validate(app *kong.Application) error {
	values, err := readSettings()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, n := range app.Children {
		for _, flag := range n.Flags {
			known[flag.Name] = true
		}
	}
	for name := range values {
		if !known[name] {
			return fmt.Errorf("%s: there is no setting %q", settingsFileName, name)
		}
	}
	return nil
}

// Resolve gives a flag's value from the file, unless the environment has one: kong asks resolvers last.
func (f settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if v, ok := f.env(name); ok && v != "" {
			return nil, nil //nolint:nilnil // kong's way to say "not here"
		}
	}
	values, err := readSettings()
	if err != nil {
		return nil, err
	}
	v, ok := values[flag.Name]
	if !ok {
		return nil, nil //nolint:nilnil // kong's way to say "not here"
	}
	if _, text := v.(string); !text && flag.Target.Kind() == reflect.String {
		return nil, fmt.Errorf("%s: %s must be a text in quotes", settingsFileName, flag.Name)
	}
	return v, nil
}

func readSettings() (map[string]any, error) {
	b, err := os.ReadFile(settingsFileName)
	if os.IsNotExist(err) {
		return nil, nil //nolint:nilnil // no file, no settings
	}
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	if err := toml.Unmarshal(b, &values); err != nil {
		return nil, fmt.Errorf("%s: %w", settingsFileName, err)
	}
	return values, nil
}
