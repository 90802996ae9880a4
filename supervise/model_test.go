package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Whatever is asked of a process, and however its children behave, some
// things always hold.
func TestWhatAlwaysHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scripts := rapid.SliceOfN(someScript(), 1, 30).Draw(rt, "scripts")
		p := someProgram().Draw(rt, "program")
		steps := rapid.SliceOfN(rapid.IntRange(0, 7), 1, 25).Draw(rt, "steps")
		waits := rapid.SliceOfN(rapid.IntRange(0, 4000), len(steps), len(steps)).Draw(rt, "waits")
		inBubble(t, func(t *testing.T, w *world) {
			w.plays(scripts...)
			law := &law{starter: w.starter, report: rt.Errorf}
			w.bus.Subscribe(law, event.ProcessState)
			process := w.run(p)
			law.process = process
			for i, step := range steps {
				act(rt.Errorf, process, step)
				time.Sleep(time.Duration(waits[i]) * time.Millisecond)
				law.check()
			}
			w.end()
			synctest.Wait()
			law.check()
			if s := process.Status(); !s.State.IsStopped() {
				rt.Errorf("after the shutdown the process is %v", s.State)
			}
		})
	})
}

func someScript() *rapid.Generator[script] {
	return rapid.Custom(func(t *rapid.T) script {
		ms := func(label string) time.Duration {
			return time.Duration(rapid.SampledFrom([]int{0, 1, 500, 1000, 1001, 1500, 5000}).Draw(t, label)) * time.Millisecond
		}
		s := script{
			Lives:     ms("lives"),
			Code:      rapid.IntRange(0, 1).Draw(t, "code"),
			StartErr:  rapid.SampledFrom([]error{nil, nil, nil, syscall.ENOMEM}).Draw(t, "start error"),
			SignalErr: rapid.SampledFrom([]error{nil, nil, nil, nil, syscall.EPERM}).Draw(t, "signal error"),
			Reactions: reactions{syscall.SIGTERM: {After: ms("dies")}},
		}
		if rapid.Bool().Draw(t, "ignores") {
			s.Reactions[syscall.SIGTERM] = proctest.Ignore()
		}
		return s
	})
}

func someProgram() *rapid.Generator[supervise.Program] {
	return rapid.Custom(func(t *rapid.T) supervise.Program {
		return program(
			startsecs(time.Duration(rapid.IntRange(0, 2).Draw(t, "startsecs"))*time.Second),
			startretries(rapid.IntRange(-1, 3).Draw(t, "startretries")),
			stopwaitsecs(time.Duration(rapid.IntRange(0, 3).Draw(t, "stopwaitsecs"))*time.Second),
			restartpause(time.Duration(rapid.IntRange(0, 1).Draw(t, "restartpause"))*time.Second),
			func(p *supervise.Program) {
				p.Start.Auto = rapid.Bool().Draw(t, "autostart")
				p.Start.Autorestart = rapid.SampledFrom([]supervise.Autorestart{
					supervise.RestartNever, supervise.RestartUnexpected, supervise.RestartAlways,
				}).Draw(t, "autorestart")
			},
		)
	})
}

// act asks for one thing; any answer that the process may give is fine, none
// is not.
func act(report func(string, ...any), p *supervise.Process, step int) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	var err error
	switch step {
	case 0, 1:
		err = p.Start(ctx, step == 1)
	case 2, 3:
		ctx, cancel := context.WithTimeout(ctx, time.Second) // a child may survive its stop
		defer cancel()
		err = p.Stop(ctx, step == 3)
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
	case 4:
		err = p.Signal(ctx, syscall.SIGHUP)
	case 5:
		err = p.WriteStdin(ctx, []byte("x"))
	case 6:
		err = p.AwaitRunning(ctx)
	}
	known := []error{
		supervise.ErrAlreadyStarted, supervise.ErrNotRunning, supervise.ErrSpawn, supervise.ErrAbnormal,
		supervise.ErrUnknownState, supervise.ErrFailed,
	}
	if err != nil && !slices.ContainsFunc(known, func(k error) bool { return errors.Is(err, k) }) {
		report("step %d is answered with %v", step, err)
	}
}

// law watches the events of one process and its children.
type law struct {
	starter *proctest.Starter
	process *supervise.Process // nil: not known yet
	report  func(string, ...any)

	mu   sync.Mutex
	last supervise.State
}

// Accept implements event.Subscription.
func (l *law) Accept(e event.Event) {
	change, ok := e.(supervise.StateChanged)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if change.From != l.last {
		l.report("a change from %v follows one to %v", change.From, l.last)
	}
	l.last = change.To
	if change.Tries < 0 || change.To == supervise.Running && change.Tries != 0 {
		l.report("%d tries in %v", change.Tries, change.To)
	}
}

// check looks at what must hold whenever everything is quiet.
func (l *law) check() {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	status := l.process.Status()
	if status.State != l.last {
		l.report("the status says %v, the events %v", status.State, l.last)
	}
	alive := alive(l.starter)
	if len(alive) > 1 {
		l.report("two children live: %v", alive)
	}
	hasChild := status.State.Signallable() || status.State == supervise.Unknown
	switch {
	case hasChild && (len(alive) != 1 || alive[0] != status.PID):
		l.report("%v with pid %d, but alive are %v", status.State, status.PID, alive)
	case !hasChild && (len(alive) != 0 || status.PID != 0):
		l.report("%v with pid %d, and alive are %v", status.State, status.PID, alive)
	case status.State == supervise.Backoff && (status.SpawnErr == "" || status.Next.IsZero()):
		l.report("BACKOFF without a reason or an end: %+v", *status)
	case !status.Next.IsZero() && status.State != supervise.Backoff && status.State != supervise.Exited:
		l.report("%v waits for a start: %s", status.State, fmt.Sprint(*status))
	}
}
