// Command tenarai is the whole service in one binary: `tenarai --help` lists what it can do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	_ "time/tzdata" // Asia/Tokyo is known on machines without zone files

	"github.com/alecthomas/kong"

	"tenarai/internal/i18n"
	"tenarai/internal/problem"
)

// commands is the command line. What is not a flag comes from the environment or from tenarai.toml.
type commands struct {
	Serve      serveCommand      `cmd:"" help:"Run the service."`
	Demo       demoCommand       `cmd:"" help:"Make a throw-away demo town and serve it."`
	Seed       seedCommand       `cmd:"" help:"Make the demo town in a database and exit."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database to this program's version and exit."`
	Courses    coursesCommand    `cmd:"" help:"Work with the course files."`
	Member     memberCommand     `cmd:"" help:"Work with accounts."`
	Keys       keysCommand       `cmd:"" help:"Work with the keys that sign credentials."`
	Credential credentialCommand `cmd:"" help:"Check machine credentials."`
	Recount    recountCommand    `cmd:"" help:"Recompute every stored figure from the facts and report differences."`
}

// The exit statuses.
const (
	failed     = 1
	wrongUsage = 2
)

// program is what a command runs with: the outside world, handed in so that tests can be it.
type program struct {
	Now    func() time.Time
	Out    io.Writer
	Err    io.Writer
	Env    func(name string) (string, bool)
	served func(addr string) // tells tests where the service listens
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{Now: time.Now, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv}
	collectRarely(p.Env)
	os.Exit(p.run(ctx, os.Args[1:])) //nolint:gocritic // nothing is deferred that must run
}

// collectRarely lets the heap grow to three times what is in use before the garbage is collected, instead of twice. Some forty
// megabytes of templates and courses are looked through each time; letting it be costs as much memory again and saves a tenth
// of the CPU. Whoever sets GOGC decides himself.
func collectRarely(env func(string) (string, bool)) {
	if _, set := env("GOGC"); !set {
		debug.SetGCPercent(200)
	}
}

// run runs one command line and answers with the exit status.
func (p program) run(ctx context.Context, args []string) int {
	var c commands
	exited, status := false, 0
	k, err := kong.New(&c,
		kong.Name("tenarai"), kong.Description("手習い: training and certification for home-based work."), kong.UsageOnError(),
		kong.Writers(p.Out, p.Err), kong.Exit(func(code int) { exited, status = true, code }),
		kong.Resolvers(settingsFile{env: p.Env}), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"data": "./data"},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p), kong.PostBuild(hideSettings),
	)
	if err != nil {
		fmt.Fprintln(p.Err, "tenarai:", err)
		return failed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	line, err := k.Parse(args)
	if exited {
		return status
	}
	if err != nil {
		var usage *kong.ParseError
		if errors.As(err, &usage) {
			_ = usage.Context.PrintUsage(true)
		}
		fmt.Fprintln(p.Err, "tenarai:", err)
		return wrongUsage
	}
	if err := line.Run(ctx, p); err != nil {
		fmt.Fprintln(p.Err, "tenarai:", said(err))
		var wrong usageError
		if errors.As(err, &wrong) {
			return wrongUsage
		}
		return failed
	}
	return 0
}

// said is an error as whoever runs the program reads it: what was refused in words, not by its key.
func said(err error) string {
	list := problem.Of(err)
	words, lost := i18n.Open(func(string, string) {})
	if len(list) == 0 || lost != nil {
		return err.Error()
	}
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = words.In(i18n.English).T("problem."+p.Key, p.Args)
		if p.Field != "" {
			lines[i] = p.Field + ": " + lines[i]
		}
	}
	return strings.Join(lines, "; ")
}

// usageError is a command line that cannot be meant.
type usageError string

func (e usageError) Error() string { return string(e) }
