package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// catchSignals begins to take signals. SIGCHLD is taken only to be logged,
// so only if somebody would read that: a quiet daemon is not woken.
func (i *instance) catchSignals() {
	signals := []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR2}
	if i.log.Enabled(context.Background(), slog.LevelDebug) {
		signals = append(signals, syscall.SIGCHLD)
	}
	signal.Notify(i.signals, signals...)
}

// signal does what one signal asks for (as Supervisor.handle_signal).
func (i *instance) signal(s os.Signal, end *ending) {
	sig, _ := s.(syscall.Signal)
	name := proc.SignalName(sig)
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT:
		i.log.Warn(fmt.Sprintf("received %s indicating exit request", name))
		_ = i.exit() // it is logged
	case syscall.SIGHUP:
		if end.shutdown() {
			i.log.Warn(fmt.Sprintf("ignored %s indicating restart request (shutdown in progress)", name))
			return
		}
		i.log.Warn(fmt.Sprintf("received %s indicating restart request", name))
		i.reload()
	case syscall.SIGCHLD:
		i.log.Debug(fmt.Sprintf("received %s indicating a child quit", name))
	case syscall.SIGUSR2:
		i.log.Info(fmt.Sprintf("received %s indicating log reopen request", name))
		i.reopenLogs()
	}
}

// exit asks for the shutdown by way of the service, whose state clients see. An
// error, which is logged, says that it is not this call that ends the daemon.
func (i *instance) exit() error {
	err := i.service.Shutdown()
	if err != nil && !errors.Is(err, service.ErrShuttingDown) {
		i.log.Error(fmt.Sprintf("shut down: %v", err))
	}
	return err
}

// reload asks for a restart with the files as they are now. With a fault in
// them nothing stops, and the service has logged every one.
func (i *instance) reload() {
	err := i.service.Restart()
	if err != nil && !errors.Is(err, service.ErrShuttingDown) && !errors.Is(err, service.ErrCannotReread) {
		i.log.Error(fmt.Sprintf("restart: %v", err))
	}
}

func (i *instance) reopenLogs() {
	i.log.Info("supervisord logreopen")
	if err := i.main.Reopen(); err != nil {
		i.complain(fmt.Sprintf("Error: reopen the main log: %v", err))
	}
	i.supervisor.ReopenLogs()
	if j := i.jobs.Load(); j != nil {
		j.output.Reopen()
	}
}
