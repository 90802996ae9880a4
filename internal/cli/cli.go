// Package cli decides by argv[0] which program we are, reads arguments and
// environment, and gives the exit code. It is the only place that does.
//
// supervisord, supervisorctl, echo_supervisord_conf and pidproxy take their
// arguments as Supervisor's programs do, with POSIX getopt; any other name is
// watchkeeper, a tree of commands over the same functions.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// The exit codes that every personality shares.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// version is the release of Supervisor that we behave like and report.
const version = "4.3.0"

// world is what a personality may touch of the process it runs in; tests put
// in their own.
type world struct {
	argv0  string   // as we were called
	prog   string   // what usage lines show: argv0, or "watchkeeper serve"
	args   []string // what follows prog
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	euid   int
}

// Main runs the program that args[0] names and returns its exit code.
func Main(args []string) int {
	if code, ok := proc.RunStandIn(args); ok {
		return code
	}
	if len(args) == 0 { // execve with an empty argv
		args = []string{"watchkeeper"}
	}
	w := world{
		argv0:  args[0],
		prog:   args[0],
		args:   args[1:],
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		euid:   os.Geteuid(),
	}
	return w.run(context.Background())
}

func (w world) run(ctx context.Context) int {
	switch filepath.Base(w.argv0) {
	case "supervisord":
		return supervisord(ctx, w)
	case "supervisorctl":
		return supervisorctl(ctx, w)
	case "echo_supervisord_conf":
		return echoConf(w)
	case "pidproxy":
		return pidproxy(w)
	default:
		return watchkeeper(ctx, w)
	}
}

// usage writes the two lines that Supervisor ends with when it cannot make
// sense of its arguments or files (as Options.usage), and returns its code.
func (w world) usage(message string) int {
	fmt.Fprintf(w.stderr, "Error: %s\nFor help, use %s -h\n", message, w.prog)
	return exitUsage
}
