package proc_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

func TestWhatAChildFinds(t *testing.T) {
	s := newOS(t)
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	before := unix.Umask(0o022)
	unix.Umask(before)
	dir := t.TempDir()
	given, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	inherited, err := unix.FcntlInt(given.Fd(), unix.F_DUPFD, 50) // open for children, as if we had inherited it
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	second := newOS(t) // marks it

	for name, tt := range map[string]struct {
		script string
		change func(*proc.Command)
		want   string
	}{
		"umask":                 {"umask", func(c *proc.Command) { c.Umask = 0o027 }, "0027\n"},
		"umask of ours":         {"umask", nil, fmt.Sprintf("%04o\n", before)},
		"directory":             {"pwd -P", func(c *proc.Command) { c.Dir = dir }, dir + "\n"},
		"environment":           {"echo $A-$HOME-", func(c *proc.Command) { c.Env = []string{"A=b"} }, "b--\n"},
		"no environment":        {"echo -$HOME-", func(c *proc.Command) { c.Env = nil }, "--\n"},
		"ignored signals":       {"grep SigIgn /proc/self/status", nil, ignored(t)},
		"blocked signals":       {"grep SigBlk /proc/self/status", nil, "SigBlk:\t0000000000000000\n"},
		"own group":             {`set -- $(cat /proc/$$/stat); [ $5 = $$ ] && echo leads`, nil, "leads\n"},
		"session of the daemon": {`set -- $(cat /proc/$$/stat); echo $6`, nil, fmt.Sprintf("%d\n", sid)},
		"no inherited files":    {fmt.Sprintf("[ -e /proc/$$/fd/%d ] || echo none", inherited), nil, "none\n"},
		"given input":           {"readlink /proc/$$/fd/0", func(c *proc.Command) { c.Stdin = given }, "/dev/null\n"},
		"relative to directory": {"", func(c *proc.Command) { c.Dir, c.Path, c.Args = "/bin", "./echo", []string{"x", "hello"} }, "hello\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := shell(tt.script)
			if tt.change != nil {
				tt.change(&c)
			}
			starter := proc.Starter(s)
			if name == "no inherited files" {
				starter = second
			}
			stdout, stderr, e := run(t, starter, c)
			if stdout != tt.want || e.Code != 0 {
				t.Errorf("stdout is %q, stderr %q, exit %+v; want %q", stdout, stderr, e, tt.want)
			}
		})
	}
	if after := unix.Umask(before); after != before {
		t.Errorf("our own umask is %o, was %o", after, before)
	}
}

// TestLimitOfFilesIsTheInheritedOne: the Go runtime raises ours before main.
func TestLimitOfFilesIsTheInheritedOne(t *testing.T) {
	out, err := exec.Command("/bin/sh", "-c", "ulimit -n").Output() // os/exec gives the old one back, too
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := run(t, newOS(t), shell("ulimit -n")); got != string(out) {
		t.Errorf("limit of files is %q, want %q", got, out)
	}
}

func TestWhyAProgramWasNotSpawned(t *testing.T) {
	s := newOS(t)
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("echo no interpreter is named\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*proc.Command)
		want   string
	}{
		"no file":         {func(c *proc.Command) { c.Path, c.Args[0] = "/nonexistent", "name" }, "couldn't exec name: ENOENT"},
		"no interpreter":  {func(c *proc.Command) { c.Path, c.Args[0] = script, script }, "couldn't exec " + script + ": ENOEXEC"},
		"no permission":   {func(c *proc.Command) { c.Path, c.Args[0] = plain, plain }, "couldn't exec " + plain + ": EACCES"},
		"no directory":    {func(c *proc.Command) { c.Dir = "/nonexistent" }, "couldn't chdir to /nonexistent: ENOENT"},
		"too much to say": {func(c *proc.Command) { c.Env = []string{"A=" + strings.Repeat("a", 1<<20)} }, "couldn't exec sh: E2BIG"},
		"with a umask":    {func(c *proc.Command) { c.Path, c.Umask = "/nonexistent", 0o77 }, "couldn't exec sh: ENOENT"},
		"no such groups": {func(c *proc.Command) {
			c.User = &proc.User{UID: 4242, GID: 4242, Groups: make([]uint32, 1<<17)}
		}, "couldn't exec sh: E2BIG"}, // the stand-in cannot be told so many
	} {
		t.Run(name, func(t *testing.T) {
			c := shell("echo was spawned")
			tt.change(&c)
			stdout, stderr, e := run(t, s, c)
			want := "supervisor: " + tt.want + "\nsupervisor: child process was not spawned\n"
			if stdout != "" || stderr != want || e.Code != 127 {
				t.Errorf("stdout is %q, stderr %q, exit %+v; want %q and code 127", stdout, stderr, e, want)
			}
		})
	}
}

func TestUser(t *testing.T) {
	if os.Getuid() != 0 {
		c := shell("id")
		c.User = &proc.User{UID: 0, GID: 0}
		_, stderr, e := run(t, newOS(t), c)
		if !strings.HasPrefix(stderr, "supervisor: couldn't setuid to 0: Can't drop privilege as nonroot user\n") || e.Code != 127 {
			t.Errorf("stderr is %q, exit %+v", stderr, e)
		}
		return
	}
	c := shell("id -u; id -g; id -G")
	c.User = &proc.User{UID: 4242, GID: 4243, Groups: []uint32{4243, 4244}}
	stdout, stderr, _ := run(t, newOS(t), c)
	if want := "4242\n4243\n4243 4244\n"; stdout != want {
		t.Errorf("stdout is %q, stderr %q, want %q", stdout, stderr, want)
	}
	c.User = &proc.User{UID: 0, GID: 4243}
	if stdout, _, _ := run(t, newOS(t), c); !strings.HasPrefix(stdout, "0\n0\n") {
		t.Errorf("a user that we are already changes something: %q", stdout)
	}
}

func TestStartedNamesTheProcess(t *testing.T) {
	child, err := newOS(t).Start(shell("exec cat"))
	if err != nil {
		t.Fatal(err)
	}
	started := child.Started()
	if started == 0 || !proc.Lives(child.PID(), started) || proc.Lives(child.PID(), started+1) {
		t.Errorf("started at %d; lives: %v, as one started later: %v",
			started, proc.Lives(child.PID(), started), proc.Lives(child.PID(), started+1))
	}
	if err := child.Signal(syscall.SIGKILL, false); err != nil {
		t.Error(err)
	}
	<-child.Done()
	if child.Started() != 0 || proc.Lives(child.PID(), started) {
		t.Error("it lives after its end")
	}
	closeAll(t, child)
}

// ignored is what a child says of the signals that it ignores: SIGPIPE and
// SIGXFSZ, and whatever we were started with ignoring.
func ignored(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var mask uint64
		if _, err := fmt.Sscanf(line, "SigIgn: %x", &mask); err == nil {
			return fmt.Sprintf("SigIgn:\t%016x\n", mask|1<<(unix.SIGPIPE-1)|1<<(unix.SIGXFSZ-1))
		}
	}
	t.Fatal("/proc/self/status does not tell what is ignored")
	return ""
}
