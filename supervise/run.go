package supervise

import (
	"context"
	"log/slog"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Run is a process that belongs to no group and lives once. It is spawned,
// stopped, logged and recorded as any other, but it is in none of Groups, makes
// no events, has nothing to read on its standard input, and is forgotten when
// it has ended.
type Run struct {
	// Program says how. Its Group and Name are those of the run; what it says
	// of restarts, of startsecs and of log files does not count.
	Program Program
	// Stdout and Stderr take its output and are closed at its end. Stderr is
	// nil when Program redirects it.
	Stdout, Stderr *output.Log
	Log            *slog.Logger // instead of the main log; nil: that
}

// Namespec is the name by which FindRun knows the run.
func (r Run) Namespec() string { return runName(r.Program.Group, r.Program.Name) }

// runName joins the two without a doubt: what stands on which side of the
// colon does not matter, since only the whole is looked up.
func runName(group, name string) string { return group + ":" + name }

// Run starts r and does not wait for it. ErrAlreadyAdded while another run of
// that name lives, ErrShutdown. That it cannot be spawned is told by its Status
// (FATAL, with SpawnErr) once it is Gone.
func (s *Supervisor) Run(r Run) (*Process, error) {
	r.Program.Start = StartPolicy{ExitCodes: r.Program.Start.ExitCodes}
	parts := &parts{Options: s.parts.Options, sockets: s.parts.sockets, stopping: s.parts.stopping, forget: s.forget}
	parts.Bus = event.NewBus() // to which nobody listens
	if r.Log != nil {
		parts.Log = r.Log
	}
	p := newOwned(&r.Program, parts)
	p.stdout = &stream{log: r.Stdout}
	if !r.Program.RedirectStderr {
		p.stderr = &stream{log: r.Stderr}
	}
	if err := s.admit(r.Namespec(), p); err != nil {
		return nil, err
	}
	go p.run(nil)
	return p, nil
}

// admit takes a run in, unless there is one of its name or a shutdown has begun,
// which then finds those that were admitted before.
func (s *Supervisor) admit(name string, p *Process) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parts.stopping.Load() {
		return ErrShutdown
	}
	if _, there := s.runs[name]; there {
		return ErrAlreadyAdded
	}
	s.runs[name] = p
	return nil
}

func (s *Supervisor) forget(p *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, runName(p.program.Group, p.program.Name))
}

// FindRun finds a run that has not ended. ErrNoProcess.
func (s *Supervisor) FindRun(group, name string) (*Process, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p, there := s.runs[runName(group, name)]; there {
		return p, nil
	}
	return nil, ErrNoProcess
}

// endRuns stops the runs and waits until there are none.
func (s *Supervisor) endRuns(ctx context.Context) error {
	s.mu.RLock()
	left := make([]*Process, 0, len(s.runs))
	for _, p := range s.runs {
		left = append(left, p)
	}
	s.mu.RUnlock()
	for _, p := range left {
		select {
		case p.asks <- func() { p.fire(quit) }:
		case <-p.gone:
		}
	}
	for _, p := range left {
		select {
		case <-p.gone:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// isRun reports whether the process is that of a Run.
func (p *Process) isRun() bool { return p.parts.forget != nil }

// runIsOver reports whether the process is a run that has ended, and the rest
// of its group, if that is to be ended, too. One that cannot be killed is waited
// for as long as the daemon lives: it may be doing its work.
func (p *Process) runIsOver() bool {
	if !p.isRun() || p.sweep != nil || !p.now.State.IsStopped() {
		return false
	}
	return p.now.State != Unknown || p.closed()
}

// endRest ends those members of the process group that outlive a run which was
// stopped as a group: when it is over, nothing of it is to go on.
func (p *Process) endRest() {
	if p.isRun() && p.program.Stop.KillAsGroup {
		p.lookAround(max(p.program.Stop.Orphans, OrphansStop))
	}
}

// Gone is closed when the process is owned no more: a run has ended and its
// output is where it belongs, or the group was removed.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Exit is how the last child ended, once the process is Gone; ok is false when
// there was none, or when it could not be killed.
func (p *Process) Exit() (exit proc.Exit, ok bool) {
	if p.life == nil || !p.life.over {
		return proc.Exit{}, false
	}
	return p.life.child.Exit(), true
}
