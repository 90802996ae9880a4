package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/jobpython"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// errOpening: nobody knows yet how the store stands.
var errOpening = errors.New("it is being opened")

// jobs is the scheduler of an instance with all that it works with.
type jobs struct {
	instance  *instance
	config    *config.Scheduler // that it was started with
	directory *stateDirectory
	output    *runlog.Logs
	scheduler *schedule.Scheduler
	stores    *stores
	pythons   []*jobpython.Executor
	remotes   sync.Map // of *executor.Remote, by name
	service   *service.Jobs

	ctx     context.Context // of everything below
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// openingTime is how long a start waits for stores, so that who asks for jobs
// right after it sees them.
const openingTime = time.Second

// forever is as long as a history without limits keeps its runs.
const forever = 100 * 365 * 24 * time.Hour

// startJobs starts the scheduler, if the configuration wants one. If that
// cannot be, it is tried again: programs are kept up meanwhile.
func (i *instance) startJobs() {
	err := i.service.StartJobs()
	if err == nil {
		return
	}
	critical(i.log, fmt.Sprintf("the scheduler cannot start, and is tried again every %v: %v", lastRetry, err))
	i.running.Go(func() {
		for {
			select {
			case <-i.over:
				return
			case <-time.After(lastRetry):
			}
			if i.service.StartJobs() != nil {
				continue
			}
			if i.jobs.Load() != nil { // it is wanted still
				i.log.Info("the scheduler has started now")
			}
			return
		}
	})
}

// newJobs is the service's Parts.StartJobs. It is called once with success.
func (i *instance) newJobs(c *config.Config) (*service.Jobs, error) {
	directory, err := openStateDirectory(c.Scheduler.StateDirectory, i.log)
	if err != nil {
		return nil, err
	}
	j := &jobs{instance: i, config: c.Scheduler, directory: directory}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	j.output = runlog.New(runlog.Options{Dir: directory.in("runs"), Log: i.log, Devices: &i.devices})
	j.stores = &stores{log: i.log}
	redis.LogClients(i.log)
	name := daemonName(c.Daemon)
	if j.scheduler, err = j.newScheduler(name); err != nil {
		j.cancel()
		return nil, errors.Join(err, directory.Close())
	}
	j.stores.scheduler = j.scheduler
	j.service = service.NewJobs(service.JobParts{
		Scheduler: j.scheduler, Output: j.output, Log: i.log, Daemon: name, LogDir: c.Daemon.Childlogdir,
		Stores: j.stores.health, Adapt: j.adapt, Ledger: &directory.ledger, Pause: directory.pause,
		Remote: j.remote,
	}, c)
	j.stores.declare = j.service.DeclareStore
	if err := j.start(); err != nil {
		j.cancel()
		j.running.Wait()
		return nil, errors.Join(err, directory.Close())
	}
	i.jobs.Store(j)
	return j.service, nil
}

// newScheduler makes the scheduler, with the executors but without any store
// yet: those come as they can be opened.
func (j *jobs) newScheduler(name string) (*schedule.Scheduler, error) {
	history := j.config.History
	if history == (job.Keep{}) {
		history.Age = forever // the zero Keep stands for limits here
	}
	s, err := schedule.New(schedule.Options{
		Defaults:    j.config.Defaults,
		History:     history,
		Workers:     j.config.Workers,
		StartPaused: j.config.Paused || j.directory.paused(),
		Name:        name,
		Bus:         j.instance.bus,
		Log:         j.instance.log,
		Timing:      schedule.Timing{Abandon: j.patience()},
	})
	if err != nil {
		return nil, err
	}
	j.scheduler = s
	for _, e := range j.config.Executors {
		if err := s.AddExecutor(e.Name, j.newExecutor(e)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// former is the scheduler of a daemon that was killed, whose runs others may have
// at once, as nothing of them lives any more; "" when there is none, or when that
// is not sure.
func (j *jobs) former() (string, error) {
	if j.instance.strays {
		return "", nil
	}
	return j.directory.former()
}

// patience is how long runs that are cancelled may take to end: until what
// carries them out has used SIGKILL, and a little more.
func (j *jobs) patience() time.Duration {
	longest := executor.DefaultStopWait
	for _, c := range j.config.Jobs {
		if c.Command != nil {
			longest = max(longest, c.Command.Stop.Wait)
		}
	}
	return longest + 5*time.Second
}

// start starts what runs beside the daemon.
func (j *jobs) start() error {
	j.listen()
	var err error
	if j.stores.former, err = j.former(); err != nil {
		return fmt.Errorf("read which scheduler was here before: %w", err)
	}
	if err := j.scheduler.Start(); err != nil {
		return err
	}
	if err := j.directory.note(j.scheduler.Name()); err != nil {
		// Without it, who comes after a crash waits until our lease is over.
		j.instance.log.Warn(fmt.Sprintf("note what the scheduler is called: %v", err))
	}
	for _, c := range j.config.Stores {
		j.stores.add(j.ctx, c)
	}
	j.stores.settle(openingTime)
	j.running.Go(func() { j.output.Tend(j.ctx, j.history, j.config.History) })
	return nil
}

// history is that of a store. It fails for one that is not configured, or not open.
func (j *jobs) history(store string) runlog.History { return j.scheduler.In(store) }

// listen has events written into the main log, and the Python listeners of
// [scheduler] called.
func (j *jobs) listen() {
	write := jobLog{j.instance.log}.subscribe(j.instance.bus)
	j.running.Go(func() { write(j.ctx) })
	if len(j.pythons) == 0 {
		return
	}
	for _, l := range j.config.Listeners {
		run := jobpython.Listener{
			Executor: j.pythons[0], Func: l.Func, Codes: l.Codes, Zone: j.config.Zone.Location(), Log: j.instance.log,
		}.Subscribe(j.instance.bus)
		j.running.Go(func() { run(j.ctx) })
	}
}

// adapt is the service's JobParts.Adapt.
func (j *jobs) adapt(next *config.Scheduler) error {
	known := make(map[string]bool)
	for _, name := range j.scheduler.Executors() {
		known[name] = true
	}
	for _, e := range next.Executors {
		if known[e.Name] {
			continue
		}
		if err := j.scheduler.AddExecutor(e.Name, j.newExecutor(e)); err != nil {
			return err
		}
	}
	for _, c := range next.Stores {
		j.stores.add(j.ctx, c)
	}
	j.stores.settle(openingTime)
	return nil
}

// shutDown lets runs end within the grace of [scheduler], and cancels the
// others. Jobs can still be read.
func (j *jobs) shutDown() {
	ctx, cancel := context.WithTimeout(context.Background(), j.config.ShutdownGrace)
	defer cancel()
	err := j.scheduler.Shutdown(ctx)
	if err == nil || errors.Is(err, schedule.ErrNotRunning) {
		err = j.directory.forget()
	}
	if err != nil {
		j.instance.log.Error(fmt.Sprintf("stop the scheduler: %v", err))
	}
	j.stopPythons()
}

// close lets go of everything. Nobody may ask for jobs any more.
func (j *jobs) close() {
	j.cancel()
	j.running.Wait()
	j.stores.close()
	if err := j.directory.Close(); err != nil {
		j.instance.log.Warn(fmt.Sprintf("close the state directory: %v", err))
	}
}

// daemonName tells this daemon from others that share a store: those on other
// machines by the host's name, those on the same by their identifier.
func daemonName(c config.Daemon) string {
	host, err := os.Hostname()
	if err != nil {
		return c.Identifier
	}
	return c.Identifier + "@" + host
}
