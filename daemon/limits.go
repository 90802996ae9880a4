package daemon

import (
	"fmt"
	"log/slog"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// The texts of a limit that cannot be raised, which users search for.
const (
	tooFewFiles = "The minimum number of file descriptors required to run this process is %d as per the \"minfds\"" +
		" command-line argument or config file setting. The current environment will only allow you to open %d" +
		" file descriptors.  Either raise the number of usable file descriptors in your environment (see README.rst)" +
		" or lower the minfds setting in the config file to allow the process to start."
	tooFewProcesses = "The minimum number of available processes required to run this program is %d as per the" +
		" \"minprocs\" command-line argument or config file setting. The current environment will only allow you to" +
		" open %d processes.  Either raise the number of usable processes in your environment (see README.rst) or" +
		" lower the minprocs setting in the config file to allow the program to start."
)

// limit is a resource limit of ours that must have a minimum.
type limit struct {
	name     string
	resource int
	least    int
	refused  string
}

// raiseLimits raises our soft limits to the configured minima, and the hard
// ones where they are lower, which only root may (as
// ServerOptions.set_rlimits_or_exit). What is higher already stays.
func raiseLimits(c config.Limits) ([]line, error) {
	var lines []line
	for _, l := range []limit{
		{"RLIMIT_NOFILE", syscall.RLIMIT_NOFILE, c.Minfds, tooFewFiles},
		{"RLIMIT_NPROC", unix.RLIMIT_NPROC, c.Minprocs, tooFewProcesses},
	} {
		raised, err := l.raise()
		if err != nil {
			return nil, err
		}
		if raised {
			lines = append(lines, line{slog.LevelInfo, fmt.Sprintf("Increased %s limit to %d", l.name, l.least)})
		}
	}
	return lines, nil
}

func (l limit) raise() (bool, error) {
	var current syscall.Rlimit
	if err := syscall.Getrlimit(l.resource, &current); err != nil {
		return false, fmt.Errorf("read %s: %w", l.name, err)
	}
	soft := current.Cur
	if l.resource == syscall.RLIMIT_NOFILE {
		soft = inheritedFiles(current)
	}
	if l.least < 0 || soft >= rlim(l.least) {
		return false, nil
	}
	// syscall's own call, not unix's: it tells the runtime, too, that children
	// are to have this limit and not the one that we inherited.
	want := syscall.Rlimit{Cur: rlim(l.least), Max: max(current.Max, rlim(l.least))}
	if err := syscall.Setrlimit(l.resource, &want); err != nil {
		return false, usageError(l.refused, l.least, current.Max)
	}
	return true, nil
}

// inheritedFiles is the soft limit of open files that we were started with.
// The runtime raises ours to one below the hard limit before main, gives
// children the old one back, and tells it to nobody; so a child is asked.
// Without a shell to ask, the limit counts as high enough and children keep it.
func inheritedFiles(current syscall.Rlimit) rlim {
	if current.Cur != current.Max-1 {
		return current.Cur
	}
	out, err := exec.Command("/bin/sh", "-c", "ulimit -S -n").Output()
	if err != nil {
		return current.Cur
	}
	soft, err := strconv.ParseUint(strings.TrimSpace(string(out)), 10, 63)
	if err != nil { // "unlimited"
		return current.Cur
	}
	return rlim(soft)
}
