package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// ReadyVar is the environment variable by which the process in the foreground
// names the descriptor of the ready pipe to the one in the background. Whoever
// reads it removes it, so that children do not see it.
const ReadyVar = "WATCHKEEPER_READY_FD"

// Background is how the daemon gets there: a Go program cannot fork, so the
// process that was called checks the configuration and executes itself again
// in a new session. The second process binds the sockets, opens the logs and
// writes the pid file, with the terminal still at hand for errors; then it
// says so on the ready pipe and lets go of the terminal. The first one exits
// with 0, or with the code of a second one that did not get that far.
type Background struct {
	Args  []string // argv of the second process
	Ready *os.File // we are the second process; nil: we are not
}

// readyPipe is the descriptor that the second process finds it at.
const readyPipe = 3

// launch starts the second process and waits until it is up.
func (o Options) launch() int {
	self, err := os.Executable()
	if err != nil {
		return o.failed(fmt.Errorf("find our own binary: %w", err))
	}
	ready, theirs, err := os.Pipe()
	if err != nil {
		return o.failed(fmt.Errorf("make the ready pipe: %w", err))
	}
	defer ready.Close()
	second := exec.Cmd{
		Path:        self,
		Args:        o.Background.Args,
		Env:         append(o.Environ[:len(o.Environ):len(o.Environ)], ReadyVar+"="+strconv.Itoa(readyPipe)),
		Stdin:       os.Stdin,
		Stdout:      o.Stdout,
		Stderr:      o.Stderr,
		ExtraFiles:  []*os.File{theirs},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	err = second.Start()
	theirs.Close()
	if err != nil {
		return o.failed(fmt.Errorf("go to the background: %w", err))
	}
	if n, _ := ready.Read(make([]byte, 1)); n == 1 {
		return exitOK
	}
	// The pipe was closed without a word: the second process is ending.
	err = second.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	case err != nil:
		return o.failed(fmt.Errorf("the process in the background: %w", err))
	default: // it was told to stop before it was up
		return exitOK
	}
}

// detach does what the original does after its fork: directory and umask of
// the configuration apply in the background only.
func (d *daemon) detach(c config.Daemon, log *slog.Logger) error {
	log.Info("daemonizing the supervisord process")
	if c.Directory != "" {
		if err := d.keepConfigPath(); err != nil {
			return fmt.Errorf("find the current directory: %w", err)
		}
		if err := os.Chdir(c.Directory); err != nil {
			critical(log, fmt.Sprintf("can't chdir into '%s': %v", c.Directory, err))
		} else {
			log.Info(fmt.Sprintf("set current directory: '%s'", c.Directory))
		}
	}
	syscall.Umask(c.Umask)
	return nil
}

// letGo closes the terminal and tells the first process that we are up.
func (b Background) letGo() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for fd := range 3 {
		if err := unix.Dup2(int(null.Fd()), fd); err != nil {
			return fmt.Errorf("point descriptor %d at %s: %w", fd, os.DevNull, err)
		}
	}
	// The first process may have been killed meanwhile; that is no reason to end.
	if _, err := b.Ready.Write([]byte{1}); err != nil && !errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("tell that the daemon is up: %w", err)
	}
	return b.Ready.Close()
}
