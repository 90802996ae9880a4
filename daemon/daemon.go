// Package daemon wires one supervisord out of the parts: configuration,
// supervisor, service, servers and logs. It is the composition root, and
// keeps the life of the process itself: its user and limits, going to the
// background, the pid file, signals, reload and the order of shutdown.
//
// A daemon goes through one instance per load of its configuration. What
// outlives a reload (the pid, the starter that reaps, the signals) belongs to
// the daemon, everything else to the instance.
package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
	"github.com/watchkeeper-go/watchkeeper/internal/listener"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/internal/sdnotify"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// The exit codes of supervisord.
const (
	exitOK     = 0
	exitFailed = 1 // the log cannot be opened, or the like
	exitUsage  = 2 // arguments, configuration, user, limits, sockets
)

// Options are what the command line said.
type Options struct {
	// Prog is the name in usage lines, "For help, use <Prog> -h".
	Prog       string
	ConfigPath string
	Overrides  config.Overrides
	Background Background
	// Environ is our own environment, which children get.
	Environ []string
	Stdout  io.Writer
	Stderr  io.Writer
	// Notify tells a service manager each time that sockets are bound, the pid
	// file is written and the processes were started, and when they are to stop.
	Notify sdnotify.Notifier
}

// daemon is what outlives a reload.
type daemon struct {
	options Options
	first   bool // no instance has been up yet
	started time.Time
	code    int  // to exit with, when all is in order
	strays  bool // a daemon that was killed may have left children that still live
	starter *proc.OS
	signals chan os.Signal
	kept    []*httpd.Socket             // from one instance to the next
	logger  atomic.Pointer[slog.Logger] // the instance's
	serials listener.Serials            // of the events that listeners are told of
	devices output.Devices              // that logs lead to, such as our own output
	people  people                      // who have logged in to pages, and who could not
}

// Run runs until a signal, a shutdown or ctx ends it, reloads included. It
// returns the exit code of supervisord: 0 after a normal stop, 1 when a file
// of its own cannot be opened, 2 for what arguments or configuration say, and
// what exit_on and exit_code say when the end of a program ends the daemon.
//
// Unless the configuration wants the foreground, Run starts a second process
// in the background, waits until it is up and returns; see Background.
func Run(ctx context.Context, o Options) int {
	c, err := config.Load(o.ConfigPath, config.System(), o.Overrides)
	if err != nil {
		return o.failed(&fatalError{exitUsage, err})
	}
	if !c.Daemon.Flags.Nodaemon && o.Background.Ready == nil {
		return o.launch()
	}
	d := &daemon{options: o, first: true, started: time.Now(), signals: make(chan os.Signal, 64)}
	d.people.sessions = auth.NewSessions()
	defer d.close()
	for c != nil {
		i := &instance{daemon: d, config: c}
		next, err := i.live(ctx)
		if err != nil {
			text, code := o.failure(err)
			d.complain(text)
			return code
		}
		c = next
	}
	return d.code
}

// close ends what outlives a reload. It comes last of all, and so it waits until
// what was complained of is read.
func (d *daemon) close() {
	signal.Stop(d.signals)
	if err := d.closeSockets(every); err != nil {
		d.complain(fmt.Sprintf("Error: close sockets: %v", err))
	}
	if d.starter != nil {
		if err := d.starter.Close(); err != nil {
			d.complain(fmt.Sprintf("Error: stop reaping: %v", err))
		}
	}
	_ = d.devices.Flush() // whom to tell it does not read
}

// load reads the files anew for a reload.
func (d *daemon) load() (*config.Config, error) {
	return config.Load(d.options.ConfigPath, config.System(), d.options.Overrides)
}

// keepConfigPath makes the path absolute before the daemon changes its
// directory. (The original loses a relative -c that way.)
func (d *daemon) keepConfigPath() error {
	path, err := filepath.Abs(d.options.ConfigPath)
	if err == nil {
		d.options.ConfigPath = path
	}
	return err
}

// fatalError ends the daemon with a code of its own.
type fatalError struct {
	code int
	err  error
}

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// usageError is a fault of arguments or configuration.
func usageError(format string, args ...any) error {
	return &fatalError{exitUsage, fmt.Errorf(format, args...)}
}

// failed tells why the daemon does not begin.
func (o Options) failed(err error) int {
	text, code := o.failure(err)
	fmt.Fprintln(o.Stderr, text)
	return code
}

// failure is what to tell of err, and the code to exit with. A usage error has
// two lines (as Options.usage).
func (o Options) failure(err error) (text string, code int) {
	text = fmt.Sprintf("Error: %v", err)
	if fatal, ok := err.(*fatalError); ok && fatal.code == exitUsage {
		return fmt.Sprintf("%s\nFor help, use %s -h", text, o.Prog), exitUsage
	}
	return text, exitFailed
}
