package supervise

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/pyrepr"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// launch is what a start needs and what can be found out before its turn
// comes. problem is what stands in its way; its text becomes
// Status.SpawnErr, and it wraps ErrNoFile or ErrNotExecutable when the
// command is at fault.
type launch struct {
	path    string
	argv    []string
	env     []string
	problem error
	turn    *turn // nil: the start is in no line

	socket      place // of the program's socket, unless that was open
	makesSocket bool  // it was the one to make the socket of its program
}

// prepare looks the command and the address of the socket up, makes the
// environment and opens the logs, and stops at the first problem of the command,
// in the order of Subprocess.spawn.
func (p *Process) prepare() *launch {
	l := p.program.resolve(p.parts.Environ)
	p.equip(l)
	return l
}

// equip does what remains of prepare after resolve.
func (p *Process) equip(l *launch) {
	p.findSocket(l)
	if l.problem != nil {
		return
	}
	l.env = p.program.Environ(p.parts.Environ)
	if err := p.openLogs(); err != nil {
		l.problem = p.spawnProblem(err, "making dispatchers")
	}
}

// resolve finds the file to execute (as Subprocess.get_execv_args and
// check_execv_args). A name with a slash is looked up from the daemon's
// directory, not the program's, and of the directories of PATH the first that
// has the name counts, whatever is there.
func (p *Program) resolve(environ []string) *launch {
	argv, err := shlex.Split(p.Command)
	switch {
	case err != nil:
		return cannot(ErrNotExecutable, "can't parse command %s: %v", pyrepr.String(p.Command), err)
	case len(argv) == 0:
		return cannot(ErrNotExecutable, "command is empty")
	}
	path, info := argv[0], os.FileInfo(nil)
	if strings.Contains(path, "/") {
		info, err = os.Stat(path)
	} else {
		path, info, err = search(path, p.path(environ))
	}
	switch {
	case err != nil:
		return cannot(ErrNoFile, "can't find command %s", pyrepr.String(path))
	case info.IsDir():
		return cannot(ErrNotExecutable, "command at %s is a directory", pyrepr.String(path))
	case info.Mode()&0o111 == 0:
		return cannot(ErrNotExecutable, "command at %s is not executable", pyrepr.String(path))
	case unix.Access(path, unix.X_OK) != nil:
		return cannot(ErrNotExecutable, "no permission to run command %s", pyrepr.String(path))
	}
	return &launch{path: path, argv: argv}
}

// cannot is a launch that will not take place.
func cannot(kind error, format string, args ...any) *launch {
	return &launch{problem: &CommandError{kind, fmt.Sprintf(format, args...)}}
}

// search finds the first file called name in dirs.
func search(name string, dirs []string) (string, os.FileInfo, error) {
	for _, dir := range dirs {
		path := name
		if dir != "" {
			path = strings.TrimSuffix(dir, "/") + "/" + name
		}
		if info, err := os.Stat(path); err == nil {
			return path, info, nil
		}
	}
	return name, nil, os.ErrNotExist
}

// path is where commands are looked for: the program's own PATH, else the
// daemon's, else Supervisor's default.
func (p *Program) path(environ []string) []string {
	for i := len(p.Child.Environment) - 1; i >= 0; i-- {
		if v := p.Child.Environment[i]; v.Name == "PATH" {
			return pathList(v.Value)
		}
	}
	for _, v := range environ {
		if value, ok := strings.CutPrefix(v, "PATH="); ok && value != "" {
			return pathList(value)
		}
	}
	return []string{"/bin", "/usr/bin", "/usr/local/bin"}
}

// pathList splits as Python does: an empty PATH is one empty directory.
func pathList(path string) []string {
	return strings.Split(path, string(filepath.ListSeparator))
}

// Environ is the whole environment of a child, given the daemon's: that, under the
// SUPERVISOR_ variables, under the program's own.
func (p *Program) Environ(base []string) []string {
	over := make([]Var, 0, len(p.Child.Environment)+4)
	over = append(over, Var{"SUPERVISOR_ENABLED", "1"})
	if p.Child.ServerURL != "" {
		over = append(over, Var{"SUPERVISOR_SERVER_URL", p.Child.ServerURL})
	}
	over = append(over, Var{"SUPERVISOR_PROCESS_NAME", p.Name}, Var{"SUPERVISOR_GROUP_NAME", p.Group})
	over = append(over, p.Child.Environment...)

	values := mapping(over)
	env := make([]string, 0, len(base)+len(values))
	for _, v := range base {
		name, _, _ := strings.Cut(v, "=")
		if _, overlaid := values[name]; !overlaid {
			env = append(env, v)
		}
	}
	for _, v := range over { // in their order, each name once
		if value, left := values[v.Name]; left {
			env = append(env, v.Name+"="+value)
			delete(values, v.Name)
		}
	}
	return env
}

// spawnProblem words what kept a child from being made, as Subprocess.spawn
// does; doing is what failed when the system's error has no words of its own.
func (p *Process) spawnProblem(err error, doing string) error {
	switch name := p.program.Name; {
	case errors.Is(err, proc.ErrTooManyFiles), errors.Is(err, unix.EMFILE):
		return fmt.Errorf("too many open files to spawn '%s'", name)
	case errors.Is(err, proc.ErrTooManyProcesses):
		//lint:ignore ST1005 Supervisor's words
		return fmt.Errorf("Too many processes in process table to spawn '%s'", name)
	default:
		return fmt.Errorf("unknown error %s for '%s': %s", doing, name, errnoName(err))
	}
}

// errnoName is the symbolic name of the system error in err, such as ENOENT.
func errnoName(err error) string {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	if name := unix.ErrnoName(errno); name != "" {
		return name
	}
	return fmt.Sprint(int(errno))
}
