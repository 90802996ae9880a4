package supervise

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
)

// shutdownReportEvery is the least time between two lines about what a
// shutdown waits for.
const shutdownReportEvery = 3 * time.Second

// Shutdown stops what runs outside the groups (Run), then all groups, those of
// the highest priority number first and equal ones together, and returns when
// no process is left; from its first moment no process is started any more. It
// logs what it waits for. When ctx ends before that, it returns the cause and
// leaves the rest as it is.
// A second call returns ErrShutdown.
//
// Supervisor stops one group at a time, even of those with equal priority.
func (s *Supervisor) Shutdown(ctx context.Context) error {
	if s.parts.stopping.Swap(true) {
		return ErrShutdown
	}
	s.changing.Lock() // once an Add that was under way is over, there is no other
	defer s.changing.Unlock()
	s.parts.Bus.Publish(event.SupervisorChanged{Stopping: true})

	if err := s.endRuns(ctx); err != nil {
		return err
	}
	reports := new(alarm)
	defer reports.clear()
	for groups := range tiers(s.Groups(), func(g *Group) int { return g.spec.Priority }) {
		if err := s.stopTogether(ctx, groups, reports); err != nil {
			return err
		}
	}
	s.retireAll()
	return nil
}

// stopTogether stops some groups and waits until all their processes are in
// a stopped state.
func (s *Supervisor) stopTogether(ctx context.Context, groups []*Group, reports *alarm) error {
	var processes []*Process
	for _, g := range groups {
		processes = append(processes, g.processes...)
	}
	settle(ctx, groups)
	unstopped := s.unstopped()
	stopped := make(chan error, len(processes))
	for equals := range tiers(processes, func(p *Process) int { return p.program.Priority }) {
		askAll(equals, func(p *Process) { p.quitAsked(stopped) })
	}
	if !reports.isSet() {
		s.report(slices.DeleteFunc(unstopped, notWaitedFor), reports)
	}
	for left := len(processes); left > 0; {
		select {
		case <-stopped:
			left--
		case <-reports.C():
			s.report(s.unstopped(), reports)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// notWaitedFor reports whether a process is one that a shutdown is done with
// once it has asked. One that was quick to stop is still named in the first
// report, which in the original comes before anything is reaped.
func notWaitedFor(p *Process) bool {
	state := p.Status().State
	return state == Fatal || state == Unknown
}

// report logs which processes the shutdown waits for (as shutdown_report).
func (s *Supervisor) report(unstopped []*Process, again *alarm) {
	if len(unstopped) == 0 {
		return
	}
	names := make([]string, len(unstopped))
	for i, p := range unstopped {
		names[i] = p.program.Name
	}
	s.parts.Log.LogAttrs(context.Background(), slog.LevelInfo, "waiting for "+strings.Join(names, ", ")+" to die")
	again.set(shutdownReportEvery + 1) // more than three seconds apart
}

// unstopped are the processes that are not in a stopped state.
func (s *Supervisor) unstopped() []*Process {
	return slices.DeleteFunc(s.processes(), func(p *Process) bool { return p.Status().State.IsStopped() })
}

// retireAll ends the ownership of all processes.
func (s *Supervisor) retireAll() {
	all := s.processes()
	askAll(all, func(p *Process) { p.retired = true })
	for _, p := range all {
		<-p.gone
	}
	for _, g := range s.Groups() {
		g.closePool()
	}
}

// askAll has the owners of all given processes do something, side by side,
// and waits until they have done it.
func askAll(processes []*Process, do func(*Process)) {
	var done sync.WaitGroup
	for _, p := range processes {
		done.Go(func() {
			acted := make(chan struct{})
			p.asks <- func() { do(p); close(acted) }
			<-acted
		})
	}
	done.Wait()
}

// tiers yields the members of all that share a priority, the highest number
// first. Within a tier the order stays.
func tiers[T any](all []T, priority func(T) int) iter.Seq[[]T] {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b T) int { return cmp.Compare(priority(b), priority(a)) })
	return func(yield func([]T) bool) {
		for len(sorted) > 0 {
			n := 1
			for n < len(sorted) && priority(sorted[n]) == priority(sorted[0]) {
				n++
			}
			if !yield(sorted[:n]) {
				return
			}
			sorted = sorted[n:]
		}
	}
}
