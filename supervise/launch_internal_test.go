package supervise

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// The checks before a spawn, in the order and words of Supervisor.
func TestResolve(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, mode := range map[string]os.FileMode{"bin/tool": 0o755, "bin/data": 0o644, "late/tool": 0o755, "late/data": 0o755} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("bin/folder", 0o755); err != nil {
		t.Fatal(err)
	}
	path := dir + "/none:" + dir + "/bin:" + dir + "/late"
	for _, c := range []struct {
		name, command, path string
		want, problem       string
		kind                error
	}{
		{name: "a path is taken as it is", command: dir + "/bin/tool -v", want: dir + "/bin/tool"},
		{name: "a relative path counts from the daemon's directory", command: "bin/tool", want: "bin/tool"},
		{name: "a name is found in the daemon's PATH", command: "tool", want: dir + "/bin/tool"},
		{name: "the program's PATH comes before it", command: "tool", path: dir + "/late", want: dir + "/late/tool"},
		{name: "an empty entry of PATH is the daemon's directory", command: "tool", path: ":" + dir + "/late/", want: dir + "/late/tool"},
		{name: "an empty PATH is one empty entry", command: "tool", path: "empty", problem: "can't find command 'tool'", kind: ErrNoFile},
		{name: "a name that is nowhere", command: "it's-missing", problem: `can't parse command "it's-missing": No closing quotation`, kind: ErrNotExecutable},
		{name: "a missing path", command: "/none/such", problem: "can't find command '/none/such'", kind: ErrNoFile},
		{name: "a missing name", command: "nosuch", problem: "can't find command 'nosuch'", kind: ErrNoFile},
		{name: "the first in PATH counts even if it cannot be run", command: "data", problem: "command at '" + dir + "/bin/data' is not executable", kind: ErrNotExecutable},
		{name: "and if it is a directory", command: "folder", problem: "command at '" + dir + "/bin/folder' is a directory", kind: ErrNotExecutable},
		{name: "nothing", command: " \n", problem: "command is empty", kind: ErrNotExecutable},
		{name: "an escape without a character", command: `a\`, problem: `can't parse command 'a\\': No escaped character`, kind: ErrNotExecutable},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Program{Command: c.command}
			switch c.path {
			case "":
			case "empty":
				p.Child.Environment = []Var{{"PATH", "/x"}, {"PATH", ""}}
			default:
				p.Child.Environment = []Var{{"PATH", c.path}}
			}
			l := p.resolve([]string{"HOME=/", "PATH=" + path})
			if got := problemText(l.problem); got != c.problem {
				t.Fatalf("problem %q, want %q", got, c.problem)
			}
			if l.problem != nil && !errors.Is(l.problem, c.kind) {
				t.Errorf("the problem is no %v", c.kind)
			}
			if l.path != c.want {
				t.Errorf("path %q, want %q", l.path, c.want)
			}
		})
	}
}

func problemText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestThePathWithoutAPATHIsSupervisorsOwn(t *testing.T) {
	want := []string{"/bin", "/usr/bin", "/usr/local/bin"}
	for _, environ := range [][]string{nil, {"PATH="}, {"MYPATH=/x"}} {
		if diff := cmp.Diff(want, (&Program{}).path(environ)); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", environ, diff)
		}
	}
}

func TestEnviron(t *testing.T) {
	base := []string{"HOME=/root", "LANG=C", "SUPERVISOR_GROUP_NAME=outer", "ODD"}
	for _, c := range []struct {
		name  string
		child ChildSpec
		want  string
	}{
		{"lies over the daemon's", ChildSpec{ServerURL: "unix:///s"},
			"HOME=/root LANG=C ODD SUPERVISOR_ENABLED=1 SUPERVISOR_SERVER_URL=unix:///s SUPERVISOR_PROCESS_NAME=p SUPERVISOR_GROUP_NAME=g"},
		{"has no server URL unless there is one", ChildSpec{},
			"HOME=/root LANG=C ODD SUPERVISOR_ENABLED=1 SUPERVISOR_PROCESS_NAME=p SUPERVISOR_GROUP_NAME=g"},
		{"gives the program the last word", ChildSpec{Environment: []Var{{"LANG", "de"}, {"SUPERVISOR_PROCESS_NAME", "me"}, {"LANG", "fr=1"}}},
			"HOME=/root ODD SUPERVISOR_ENABLED=1 SUPERVISOR_PROCESS_NAME=me SUPERVISOR_GROUP_NAME=g LANG=fr=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Program{Name: "p", Group: "g", Child: c.child}
			if diff := cmp.Diff(strings.Fields(c.want), p.Environ(base)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpawnProblem(t *testing.T) {
	p := &Process{program: &Program{Name: "web"}}
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("pipe: %w", proc.ErrTooManyFiles), "too many open files to spawn 'web'"},
		{&os.PathError{Op: "open", Path: "/l", Err: unix.EMFILE}, "too many open files to spawn 'web'"},
		{proc.ErrTooManyProcesses, "Too many processes in process table to spawn 'web'"},
		{&os.PathError{Op: "open", Path: "/l", Err: unix.ENOENT}, "unknown error during fork for 'web': ENOENT"},
		{unix.Errno(4095), "unknown error during fork for 'web': 4095"},
		{errors.New("odd"), "unknown error during fork for 'web': odd"},
	} {
		if got := p.spawnProblem(c.err, "during fork").Error(); got != c.want {
			t.Errorf("%v is worded %q, want %q", c.err, got, c.want)
		}
	}
}
