package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// superuser is the role of our own cluster, and the account its server runs as when the tests run as root.
const superuser = "postgres"

// supervise runs the server as its child until its own standard input ends, which it does when the test binary ends, be it
// by a panic or a kill: no hook in the tests is needed. SIGINT is PostgreSQL's fast shutdown. The folder goes last.
const supervise = `dir=$1; shift
"$@" </dev/null & child=$!
read -r _
kill -INT "$child"
wait "$child"
cd / && rm -rf "$dir"`

// startCluster makes and starts a cluster of our own, for as long as this process lives.
func startCluster() (*postgres, error) {
	bin, err := findTools()
	if err != nil {
		return nil, err
	}
	cred, err := unprivileged()
	if err != nil {
		return nil, err
	}
	var failed error
	for range 3 { // between picking a port and using it somebody else may take it
		s, err := startOnce(bin, cred)
		if err == nil {
			return s, nil
		}
		failed = err
	}
	return nil, failed
}

func startOnce(bin string, cred *syscall.Credential) (*postgres, error) {
	// Straight under the system's temporary folder: the parents of a test's own folder are closed to other accounts.
	dir, err := os.MkdirTemp("", "tenarai-postgres-")
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	data := filepath.Join(dir, "data")
	if err := initialise(dir, data, bin, cred); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	lifeline, err := serve(dir, data, bin, port, cred)
	if err != nil {
		return nil, err
	}
	return &postgres{lifeline: lifeline, admin: url.URL{
		Scheme: "postgres", User: url.User(superuser), Host: "127.0.0.1:" + port, Path: "/postgres", RawQuery: "sslmode=disable",
	}}, nil
}

// initialise writes an empty cluster. Binary order and UTF-8, so that lists sort as they do on SQLite.
func initialise(dir, data, bin string, cred *syscall.Credential) error {
	if cred != nil {
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return fmt.Errorf("hand over folder: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	initdb := command(ctx, dir, cred, filepath.Join(bin, "initdb"), "-D", data, "-U", superuser, "-A", "trust",
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// serve starts the server and returns when it takes connections, or says why it does not. From here on the supervisor
// removes the folder.
func serve(dir, data, bin, port string, cred *syscall.Credential) (io.Closer, error) {
	args := []string{"-c", supervise, "sh", dir, filepath.Join(bin, "postgres"), "-D", data}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "port=" + port, "unix_socket_directories=", "timezone=UTC", "log_timezone=UTC",
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", // thrown away anyway
	} {
		args = append(args, "-c", setting)
	}
	// The context is the background: the server lives as long as the test binary.
	cmd := command(context.Background(), dir, cred, "/bin/sh", args...)
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	up := make(chan error, 1)
	go watch(log, up)
	select {
	case err = <-up:
	case <-time.After(patience):
		err = fmt.Errorf("postgres did not start within %s", patience)
	}
	if err != nil {
		_ = lifeline.Close()
		return nil, err
	}
	return lifeline, nil
}

// watch reads the server's log to its end, so that the server never waits for us, and reports once: nil when it takes
// connections, or the log when it gives up.
func watch(log io.Reader, up chan<- error) {
	var said []string
	told := false
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if told {
			continue
		}
		said = append(said, lines.Text())
		switch {
		case strings.Contains(lines.Text(), "ready to accept connections"):
			told = true
			up <- nil
		case strings.Contains(lines.Text(), "database system is shut down"):
			told = true
			up <- fmt.Errorf("postgres stopped:\n%s", strings.Join(said, "\n"))
		}
	}
	if !told {
		up <- fmt.Errorf("postgres ended:\n%s", strings.Join(said, "\n"))
	}
}

// command is a command of the cluster's: in its folder, with a small environment, in a process group of its own so that an
// interrupt typed at the terminal reaches the tests first, and never as root.
func command(ctx context.Context, dir string, cred *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: cred}
	return cmd
}

// debianTools is where Debian's packages keep the tools of each version. A variable for the test of their absence.
var debianTools = "/usr/lib/postgresql/*/bin"

// findTools is the folder that holds initdb and postgres: from the path, or where the packages of Debian keep each version,
// the newest first.
func findTools() (string, error) {
	var folders []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(real))
		}
	}
	debian, _ := filepath.Glob(debianTools)
	slices.SortFunc(debian, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range append(folders, debian...) {
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", missing("initdb and postgres were not found (Debian: apt-get install postgresql)")
}

// version is the number in /usr/lib/postgresql/15/bin.
func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// unprivileged is the account to run as when we are root, as which PostgreSQL refuses to run; nil otherwise.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(superuser)
	if err != nil {
		return nil, missing("as root the account " + superuser + " is needed to run it, and there is none")
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", superuser, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", superuser, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// freePort is a port on loopback that nobody listens on now.
func freePort() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("pick a port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
