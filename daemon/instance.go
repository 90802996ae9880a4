package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/internal/record"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// instance is the daemon from one load of its configuration to the next. Its
// methods are called by one goroutine, that of Run.
type instance struct {
	*daemon
	config *config.Config

	main       *mainlog.Log
	log        *slog.Logger
	syslog     *output.Syslog // of the children, and of the main log if it goes there
	bus        *event.Bus
	supervisor *supervise.Supervisor
	service    *service.Service
	fronts     *fronts
	servers    []*server
	record     *record.Record
	pidfile    bool                 // it is ours to remove
	jobs       atomic.Pointer[jobs] // nil while there is no scheduler

	asks    chan ask      // what the service was asked for
	over    chan struct{} // closed when the instance is to end what it runs
	running sync.WaitGroup
}

// live brings the instance up, waits until it is to end, and takes it down.
// It returns the configuration to go on with, nil at the end of the daemon.
func (i *instance) live(ctx context.Context) (next *config.Config, err error) {
	defer i.closeLog()
	i.asks, i.over = make(chan ask, 8), make(chan struct{})
	i.syslog = output.NewSyslog("supervisord") // connects when there is a line
	err = i.open()
	if err == nil {
		err = i.start()
	}
	if err == nil {
		next = i.wait(ctx)
	} else if i.log != nil {
		critical(i.log, err.Error()) // after a reload nobody may read standard error
	}
	i.stop(next != nil)
	if i.toShutDown() {
		next = nil
	}
	return next, err
}

// open takes what the instance needs of the system: user, limits, sockets,
// log. Nothing of another daemon is touched before the sockets are ours, so
// that a second instance leaves no trace. After a reload the log comes first,
// so that it tells what went wrong with the sockets.
func (i *instance) open() error {
	lines, err := becomeUser(i.config.Daemon)
	if err != nil {
		return err
	}
	if i.first {
		raised, err := raiseLimits(i.config.Daemon.Limits)
		if err != nil {
			return err
		}
		lines = append(lines, raised...)
	}
	if i.first {
		err = i.listen()
	}
	if err == nil {
		err = i.openLog(lines)
	}
	if err == nil && !i.first {
		err = i.listen()
	}
	if err != nil {
		return err
	}
	if !i.config.Daemon.Flags.Nocleanup {
		newAutoLogs(i.config.Daemon).clean(i.log)
	}
	return nil
}

// start makes the parts, goes to the background if asked, and starts the
// programs.
func (i *instance) start() error {
	memory := hurry()
	if err := i.trySockets(); err != nil {
		return err
	}
	i.announceServers()
	if i.first && i.options.Background.Ready != nil {
		if err := i.detach(i.config.Daemon, i.log); err != nil {
			return err
		}
	}
	if err := i.startReaping(); err != nil {
		return err
	}
	i.catchSignals()
	i.pidfile = writePidfile(i.config.Daemon.Pidfile, i.log)
	if i.first && i.options.Background.Ready != nil {
		if err := i.options.Background.letGo(); err != nil {
			return err
		}
	}
	i.recover()
	i.wire()
	i.first = false
	i.addGroups()
	i.startJobs()
	i.running.Go(func() { ticker{i.bus}.run(i.over) })
	i.serve()
	i.running.Go(func() { memory.settle(i.over) })
	i.tellReady()
	return nil
}

// startReaping makes the one Starter of this process. It comes after the
// change of user, directory and umask, which its own threads keep.
func (d *daemon) startReaping() error {
	if d.starter != nil {
		return nil
	}
	starter, err := proc.NewOS(proc.Options{Stranger: d.stranger})
	if err != nil {
		return fmt.Errorf("start to reap children: %w", err)
	}
	d.starter = starter
	return nil
}

// stranger logs an orphan that we inherited as PID 1 or subreaper.
func (d *daemon) stranger(pid int, e proc.Exit) {
	if log := d.logger.Load(); log != nil {
		log.Info(fmt.Sprintf("reaped unknown pid %d (%v)", pid, e))
	}
}

// wire makes the supervisor and the service over it.
func (i *instance) wire() {
	logs := newAutoLogs(i.config.Daemon)
	ends := i.newEndings()
	i.bus = event.NewBus()
	i.supervisor = supervise.New(supervise.Options{
		Starter:   i.starter,
		Bus:       i.bus,
		Log:       i.log,
		Environ:   i.options.Environ,
		StripANSI: i.config.Daemon.Flags.StripANSI,
		Syslog:    i.syslog,
		Devices:   &i.devices,
		AutoLog:   logs.create,
		Record:    i.record,
		Ended:     ends.ended,
		Emptied:   ends.emptied,
		NewPool:   i.pools().Open,
	})
	i.service = service.New(service.Parts{
		Supervisor: i.supervisor,
		Bus:        i.bus,
		Log:        i.log,
		MainLog:    i.main,
		Load:       i.load,
		Reserve:    i.reserve,
		Stop:       i.ask,
		StartJobs:  i.newJobs,
		PID:        os.Getpid(),
	}, i.config)
	i.fronts = i.newFronts()
	i.running.Go(func() { ends.watch(i.over) })
}
