package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/daemon"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/sdnotify"
)

// The keys of options that stand for no key of [supervisord].
const (
	keyHelp    = "help"
	keyVersion = "version"
	keyConfig  = "configuration"
	keyProfile = "profile_options"
)

// supervisordOptions are the options of supervisord, in the order of its help.
func supervisordOptions() []option {
	return []option{
		{'h', "help", keyHelp, false},
		{'?', "", keyHelp, false},
		{'c', "configuration", keyConfig, true},
		{'v', "version", keyVersion, false},
		{'n', "nodaemon", "nodaemon", false},
		{'s', "silent", "silent", false},
		{'u', "user", "user", true},
		{'m', "umask", "umask", true},
		{'d', "directory", "directory", true},
		{'l', "logfile", "logfile", true},
		{'y', "logfile_maxbytes", "logfile_maxbytes", true},
		{'z', "logfile_backups", "logfile_backups", true},
		{'e', "loglevel", "loglevel", true},
		{'j', "pidfile", "pidfile", true},
		{'i', "identifier", "identifier", true},
		{'q', "childlogdir", "childlogdir", true},
		{'k', "nocleanup", "nocleanup", false},
		{'a', "minfds", "minfds", true},
		{'t', "strip_ansi", "strip_ansi", false},
		{0, "minprocs", "minprocs", true},
		{0, "profile_options", keyProfile, true},
	}
}

const supervisordHelp = `%[1]s: keep programs running.

Usage: %[1]s [options]

Options (each stands over the key of the same name in [supervisord]):
  -c, --configuration FILE   the configuration file (looked for without it)
  -n, --nodaemon             stay in the foreground
  -s, --silent               in the foreground, write no log to standard output
  -h, --help                 print this and exit
  -v, --version              print the version and exit
  -u, --user USER            run as this user (name or uid)
  -m, --umask OCTAL          umask when in the background (022)
  -d, --directory DIR        directory to change to when in the background
  -l, --logfile FILE         the daemon's own log
  -y, --logfile_maxbytes N   rotate that log at this size
  -z, --logfile_backups N    rotated logs to keep
  -e, --loglevel LEVEL       critical, error, warn, info, debug, trace or blather
  -j, --pidfile FILE         where to write the pid
  -i, --identifier NAME      the name of this daemon, as clients see it
  -q, --childlogdir DIR      where the AUTO logs of programs go
  -k, --nocleanup            do not remove the AUTO logs of an earlier run
  -a, --minfds N             file descriptors that must be available
  -t, --strip_ansi           strip ANSI escape codes from the output of programs
      --minprocs N           processes that must be available
      --profile_options LIST accepted and ignored: it drives a Python profiler
`

// daemonFlags is what supervisord's command line said.
type daemonFlags struct {
	config    string
	overrides config.Overrides
}

// supervisord starts the daemon: in the background, unless -n or the
// configuration says otherwise.
func supervisord(ctx context.Context, w world) int {
	return w.daemon(ctx, false)
}

// daemon reads the arguments of supervisord and runs it; with foreground as
// if -n was among them.
func (w world) daemon(ctx context.Context, foreground bool) int {
	flags, code, done := w.daemonFlags()
	if done {
		return code
	}
	if foreground {
		flags.overrides["nodaemon"] = "true"
	}
	ready, detached := inheritedReadyPipe()
	if flags.config == "" {
		path, code, ok := w.defaultConfig(detached)
		if !ok {
			return code
		}
		flags.config = path
	}
	notify := inheritedNotifier()
	return daemon.Run(ctx, daemon.Options{
		Prog:       w.prog,
		ConfigPath: flags.config,
		Overrides:  flags.overrides,
		Background: daemon.Background{Args: append([]string{w.argv0}, w.args...), Ready: ready},
		Environ:    os.Environ(),
		Stdout:     w.stdout,
		Stderr:     w.stderr,
		Notify:     notify,
	})
}

// inheritedNotifier returns the way to the service manager that started us, and
// removes the variables that told it, so that no child sees them.
func inheritedNotifier() sdnotify.Notifier {
	take := func(name string) string {
		value := os.Getenv(name)
		_ = os.Unsetenv(name) // fails for a bad name only
		return value
	}
	return sdnotify.New(take(sdnotify.VarSocket), take(sdnotify.VarWatchdog), take(sdnotify.VarWatchdogFrom), os.Getpid())
}

// daemonFlags reads the arguments in the order in which Supervisor acts on
// them (as Options.realize). With done the caller exits with code.
func (w world) daemonFlags() (flags daemonFlags, code int, done bool) {
	found, rest, err := getopt(w.args, supervisordOptions())
	if err != nil {
		return flags, w.usage(err.Error()), true
	}
	if len(rest) > 0 {
		return flags, w.usage("positional arguments are not supported: " + pyList(rest)), true
	}
	flags.overrides = config.Overrides{}
	seen := map[string]bool{}
	for _, g := range found {
		switch g.key {
		case keyHelp:
			fmt.Fprintf(w.stdout, supervisordHelp, w.prog)
			return flags, exitOK, true
		case keyVersion:
			fmt.Fprintln(w.stdout, version)
			return flags, exitOK, true
		}
		if err := checkOption(g); err != nil {
			return flags, w.usage(fmt.Sprintf("invalid value for %s %s: %v", g.spelled, ini.Repr(g.arg), err)), true
		}
		if seen[g.key] {
			return flags, w.usage("conflicting command line option " + ini.Repr(g.spelled)), true
		}
		seen[g.key] = true
		switch {
		case g.key == keyConfig:
			flags.config = g.arg
		case g.key == keyProfile:
		case g.value:
			flags.overrides[g.key] = g.arg
		default:
			flags.overrides[g.key] = "true"
		}
	}
	return flags, exitOK, false
}

// checkOption says what is wrong with the value of g.
func checkOption(g given) error {
	if !g.value || g.key == keyConfig || g.key == keyProfile {
		return nil
	}
	return config.CheckOverride(config.System(), g.key, g.arg)
}

// defaultConfig looks for a configuration file. As root it warns that one was
// looked for in places that others may write to; only once, not again in the
// process that goes to the background.
func (w world) defaultConfig(detached bool) (path string, code int, ok bool) {
	if w.euid == 0 && !detached {
		fmt.Fprintf(w.stderr, "UserWarning: Supervisord is running as root and it is searching for its configuration file"+
			" in default locations (including its current working directory); you probably want to specify"+
			" a \"-c\" argument specifying an absolute path to a configuration file for improved security.\n")
	}
	path, ok = findConfig(w.argv0)
	if !ok {
		return "", w.usage(fmt.Sprintf("No config file found at default paths (%s); use the -c option to specify"+
			" a config file at a different path", strings.Join(searchPaths(w.argv0), ", "))), false
	}
	return path, exitOK, true
}

// inheritedReadyPipe returns the pipe on which the process in the background
// tells the one that started it that it is up, and removes the variable that
// named it, so that no child sees it.
func inheritedReadyPipe() (ready *os.File, detached bool) {
	value, ok := os.LookupEnv(daemon.ReadyVar)
	if !ok {
		return nil, false
	}
	if err := os.Unsetenv(daemon.ReadyVar); err != nil {
		return nil, false
	}
	fd, err := strconv.Atoi(value)
	if err != nil || fd < 3 {
		return nil, false
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "ready pipe"), true
}

// echoConf prints the sample configuration.
func echoConf(w world) int {
	if err := config.WriteSample(w.stdout); err != nil {
		fmt.Fprintln(w.stderr, "Error:", err)
		return exitFailed
	}
	return exitOK
}
