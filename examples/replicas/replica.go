package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// replica is a web server and a scheduler.
type replica struct {
	name      string
	scheduler *schedule.Scheduler
	probing   executor.Func[probeArgs]
	client    *http.Client
}

// probeArgs are the arguments of the job "probe".
type probeArgs struct {
	URLs []string `json:"urls"`
}

// probeResult is its result.
type probeResult struct {
	By   string   `json:"by"` // the replica that looked
	Up   int      `json:"up"`
	Down []string `json:"down,omitempty"`
}

func newReplica(name string, store job.Store, log *slog.Logger) (*replica, error) {
	r := &replica{name: name, client: &http.Client{Timeout: 2 * time.Second}}
	funcs := executor.NewFuncs(8)
	r.probing = executor.Register(funcs, "probe", r.probe)
	var err error
	r.scheduler, err = schedule.New(schedule.Options{Name: name, Store: store, Executor: funcs, Log: log})
	return r, err
}

// declare adds the jobs. Every replica does so whenever it starts: what is
// there already stays as it is, next time included, unless it was changed here.
func (r *replica) declare(ctx context.Context, peers []string) error {
	probe, err := r.probing.Job("probe", probeArgs{URLs: peers})
	if err != nil {
		return err
	}
	probe.Trigger = trigger.EveryFrom(time.Unix(0, 0), 2*time.Second)
	// A look is worth nothing when it is late, and one at a time is enough, on
	// all replicas together.
	probe.Policy = job.Policy{Grace: 2 * time.Second, MaxInstances: 1, Timeout: 10 * time.Second}
	_, err = r.scheduler.Add(ctx, probe, schedule.Declare)
	return err
}

// probe asks all replicas whether they are well.
func (r *replica) probe(ctx context.Context, a probeArgs) (probeResult, error) {
	result := probeResult{By: r.name}
	for _, url := range a.URLs {
		if err := r.ask(ctx, url+"/health"); err != nil {
			result.Down = append(result.Down, url)
			continue
		}
		result.Up++
	}
	return result, ctx.Err()
}

// ask is nil if url answers that it is well.
func (r *replica) ask(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", response.Status)
	}
	return nil
}

// serve works until ctx is over: first the page goes, then the scheduler ends
// what it has begun, and leaves the rest to the others.
func (r *replica) serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	server := &http.Server{Handler: r.handler(), ReadHeaderTimeout: 5 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			cancel(err) // without its page a replica is of no use
		}
	})
	context.AfterFunc(ctx, func() { _ = server.Close() }) // the listener's error: it is closed in any case
	err := r.scheduler.Run(ctx)
	cancel(err)
	serving.Wait()
	r.client.CloseIdleConnections()
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}
