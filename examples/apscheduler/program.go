package main

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// The aliases that the original gives its store and its executor.
const alias = "redis"

// lasts is how long the jobs are run.
const lasts = 240 * time.Second

// program is the scheduler with its functions.
type program struct {
	scheduler *schedule.Scheduler
	interval  executor.Func[string]
	async     executor.Func[string]
	events    *event.Queue

	mu  sync.Mutex // functions and listeners print at the same time
	out io.Writer
}

// newProgram does what AsyncIOScheduler(**init_scheduler_options) and
// add_listener do. The clock is nil but in tests.
func newProgram(out io.Writer, store job.Store, clock func() time.Time) (*program, error) {
	p := &program{out: out}
	funcs := executor.NewFuncs(0)
	p.interval = executor.RegisterNoResult(funcs, "interval_func", p.intervalFunc)
	p.async = executor.RegisterNoResult(funcs, "async_func", p.asyncFunc)
	var err error
	p.scheduler, err = schedule.New(schedule.Options{
		Stores:    map[string]job.Store{alias: store},
		Executors: map[string]job.Executor{alias: funcs},
		Defaults: job.Policy{
			Coalesce:     job.All, // coalesce=False
			MaxInstances: 8,
		},
		Now: clock,
	})
	if err != nil {
		return nil, err
	}
	p.events = event.NewQueue(1000)
	p.scheduler.Bus().Subscribe(p.events, event.JobExecuted)
	return p, nil
}

// run runs the jobs until ctx is over, and hands events to the listener. The
// queue stands between them so that no job waits for who reads the output.
func (p *program) run(ctx context.Context) error {
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	var listener sync.WaitGroup
	listener.Go(func() {
		for {
			e, _, err := p.events.Next(listening)
			if err != nil {
				return
			}
			p.jobExecute(e)
		}
	})
	err := p.scheduler.Run(ctx)
	stop()
	listener.Wait()
	return err
}

// intervalFunc is interval_func(message).
func (p *program) intervalFunc(_ context.Context, message string) error {
	p.print("普通函数 ==> %s ==> %s\n", message, now())
	return nil
}

// asyncFunc is async_func(message). A Go function may wait without holding up
// others, so there is nothing that makes it asynchronous.
func (p *program) asyncFunc(_ context.Context, message string) error {
	p.print("异步函数 ==> %s ==> %s\n", message, now())
	return nil
}

// jobExecute is job_execute(event), the listener for EVENT_JOB_EXECUTED.
func (p *program) jobExecute(e event.Event) {
	if done, ok := e.(schedule.Executed); ok {
		p.print("job执行: job.id => %s \t jobstore =>%s\n", done.Job, done.Store)
	}
}

// print writes one line.
func (p *program) print(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	say(p.out, format, args...)
}

// addJobs adds both functions, from now on and for four minutes.
func (p *program) addJobs(ctx context.Context) error {
	first, err := p.interval.Job("interval_func_test", "10s执行一次")
	if err != nil {
		return err
	}
	second, err := p.async.Job("async_func_test", "15s执行一次")
	if err != nil {
		return err
	}
	if err := p.addJob(ctx, first, 10*time.Second); err != nil {
		return err
	}
	return p.addJob(ctx, second, 15*time.Second)
}

// addJob is add_job(func, "interval", …). When the identifier is taken it says
// what APScheduler says, and does what its users do then: look for the job,
// remove it and add it again.
func (p *program) addJob(ctx context.Context, j job.Job, every time.Duration) error {
	start := time.Now() // start_date; it has gone by when the job is added, so the first run is one interval later
	j.Trigger = trigger.Between(trigger.EveryFrom(start.Add(every), every), start, start.Add(lasts))
	j.Executor = alias
	jobs := p.scheduler.In(alias)
	_, err := jobs.Add(ctx, j)
	if !errors.Is(err, job.ErrExists) {
		return err
	}
	p.print("%v\n", err)
	if _, err := jobs.Get(ctx, j.ID); err == nil {
		p.print("key %s 存在 干掉它\n", j.ID)
		if err := jobs.Remove(ctx, j.ID); err != nil && !errors.Is(err, job.ErrNotFound) {
			return err
		}
	}
	_, err = jobs.Add(ctx, j)
	return err
}
