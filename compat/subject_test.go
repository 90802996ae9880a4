package compat_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// subject is one implementation: how to run its daemon and its command line.
type subject struct {
	name            string
	daemon, ctlPath string
}

const original = "/usr/bin/supervisord"

func TestMain(m *testing.M) {
	if root := os.Getenv(guardVariable); root != "" {
		os.Exit(guard(root))
	}
	os.Exit(guarded(m))
}

// guarded runs the tests in a directory of their own.
func guarded(m *testing.M) int {
	root, err := os.MkdirTemp("", "compat")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	clean, err := startGuard(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := built(m, root)
	if err := clean(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func built(m *testing.M, dir string) int {
	binary := filepath.Join(dir, "watchkeeper")
	for _, command := range [][]string{
		{"go", "build", "-o", binary, "../cmd/watchkeeper"},
		{binary, "links", dir},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %v\n%s", command, err, out)
			return 1
		}
	}
	if err := os.Setenv(rootVariable, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// Daemons wait most of the time; -parallel on the command line wins.
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// subjects are the original and ours, in this order.
func subjects(t *testing.T) [2]subject {
	t.Helper()
	if _, err := os.Stat(original); err != nil {
		servertest.Missing(t, "Debian's package supervisor", err)
	}
	bin := os.Getenv(rootVariable)
	return [2]subject{
		{"original", original, "/usr/bin/supervisorctl"},
		{"ours", filepath.Join(bin, "supervisord"), filepath.Join(bin, "supervisorctl")},
	}
}

// instance is one running daemon in a directory of its own.
type instance struct {
	subject
	dir  string
	cmd  *exec.Cmd
	rpc  *client.Client
	done chan struct{}
}

// start runs the daemon in the foreground on dir/supervisord.conf and waits
// until it answers. A daemon that ends instead is an error with what it said.
func (s subject) start(t *testing.T, dir string) (*instance, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(dir, "terminal"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(s.daemon, "-n", "-c", filepath.Join(dir, "supervisord.conf"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = environment(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	i := &instance{subject: s, dir: dir, cmd: cmd, done: make(chan struct{})}
	t.Cleanup(i.kill)
	go func() {
		defer close(i.done)
		_ = cmd.Wait() // the exit code is read from ProcessState
	}()
	if i.rpc, err = client.New(client.Options{ServerURL: "unix://" + filepath.Join(dir, "s.sock")}); err != nil {
		return nil, err
	}
	if err := i.answers(); err != nil {
		i.kill()
		return nil, err
	}
	return i, nil
}

// environment is that of a daemon in dir.
func environment(dir string) []string {
	return []string{"PATH=/usr/bin:/bin", "HOME=/root", "LANG=C.UTF-8", "TZ=UTC", "PYTHONUNBUFFERED=1", markVariable + "=" + dir}
}

// answers waits until the daemon answers or has ended.
func (i *instance) answers() error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(60 * time.Second)
	for {
		if _, err := i.call("supervisor.getState"); err == nil {
			return nil
		}
		select {
		case <-i.done:
			said, _ := os.ReadFile(filepath.Join(i.dir, "terminal")) // nothing said is nothing to compare
			return errors.New(strings.TrimSpace(string(said)))
		case <-deadline:
			return fmt.Errorf("%s does not answer", i.name)
		case <-tick.C:
		}
	}
}

// runs reports whether the daemon has not ended yet.
func (i *instance) runs() bool {
	select {
	case <-i.done:
		return false
	default:
		return true
	}
}

func (i *instance) call(method string, params ...any) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	return i.rpc.Call(ctx, method, params...)
}

// stop asks for a normal end and returns the exit code.
func (i *instance) stop(t *testing.T) int {
	t.Helper()
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("stop %s: %v", i.name, err)
	}
	select {
	case <-i.done:
	case <-time.After(60 * time.Second):
		i.kill()
		t.Errorf("%s did not end within a minute of SIGTERM", i.name)
	}
	i.rpc.Close()
	return i.cmd.ProcessState.ExitCode()
}

// kill ends the daemon and what it started, for a test that failed. There may
// be nothing left of them.
func (i *instance) kill() {
	killMarked(i.dir + "\x00")
	<-i.done
	if i.rpc != nil {
		i.rpc.Close()
	}
}
