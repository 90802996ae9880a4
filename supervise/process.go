package supervise

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Process owns one child and moves it along the edges of the state table.
// Its methods may be called concurrently; they ask the goroutine that owns it.
// An operation that was asked for goes on when the caller's context ends.
type Process struct {
	program        *Program // the group's
	parts          *parts
	stdout, stderr *stream     // stderr is nil when it is redirected
	asks           chan func() // what the owner is to do
	gone           chan struct{}
	status         atomic.Pointer[Status] // a copy of now

	// Only the owner, the goroutine in run, touches what follows.
	now     Status
	life    *life   // the present one, or the last
	launch  *launch // what is prepared for the next one; nil: nothing
	wake    alarm   // what the state waits for: see alarmed
	report  alarm   // the next "waiting for x to stop"
	sweep   *sweep  // what is being done about survivors of the last life; nil: nothing
	answers answers
	attempt error // what kept the last attempt from being a child; nil: it was one
	retired bool
}

// answers are due to those who wait for a start or a stop.
type answers struct{ starts, stops []chan<- error }

// life is one child from spawn to reaping. Its owner is that of the process.
type life struct {
	child   proc.Child
	stdin   *stdin
	over    bool  // reaped
	outcome input // how it ended: one of the exited inputs
	refusal error // why a signal was refused
	fault   fault
}

// parts is what the processes of a Supervisor share; a run has its own, with
// another bus and log, and so has a listener.
type parts struct {
	Options
	sockets  *sockets       // of all
	stopping *atomic.Bool   // of all: nothing is started any more
	forget   func(*Process) // is told when the process of a run is over; nil: it is of a group, and stays
	listener Listener       // the pool's side of the process; nil: it is in no pool
}

// newProcess makes a process; run must be called.
func newProcess(program *Program, parts *parts, kind Kind) *Process {
	p := newOwned(program, parts)
	stdout := program.Stdout
	if kind == KindListener { // standard output is its protocol, and only logged
		stdout.CaptureMax, stdout.Events, stdout.Syslog = 0, false, false
	}
	p.stdout = p.newStream(stdout, false)
	if !program.RedirectStderr {
		p.stderr = p.newStream(program.Stderr, true)
	}
	return p
}

// newOwned makes a process without its streams.
func newOwned(program *Program, parts *parts) *Process {
	p := &Process{program: program, parts: parts, asks: make(chan func()), gone: make(chan struct{})}
	p.status.Store(&Status{})
	return p
}

// Program is the spec, with the paths of AUTO logs filled in.
func (p *Process) Program() Program { return *p.program }

// Status is a copy of what the process was doing a moment ago; nobody changes
// it any more. It takes no lock.
func (p *Process) Status() *Status {
	status := p.status.Load()
	if p.parts.listener == nil {
		return status
	}
	told, listener := *status, p.parts.listener.Status()
	told.Listener, told.Note = &listener, join(status.Note, listener.note())
	return &told
}

// Stdout is the log of standard output; its path is "" when there is no file.
func (p *Process) Stdout() *output.Log { return p.stdout.log }

// Stderr is the log of standard error, nil when it goes to Stdout.
func (p *Process) Stderr() *output.Log {
	if p.stderr == nil {
		return nil
	}
	return p.stderr.log
}

// Start starts the process. With wait it returns when the process is RUNNING
// or has failed to become so, without it when the spawn was tried.
// ErrNoFile and ErrNotExecutable (with Supervisor's sentence as their text),
// ErrAlreadyStarted, ErrUnknownState, ErrSpawn, ErrAbnormal, ErrShutdown.
// A start of a process that is STOPPING starts nothing, and with wait fails
// with ErrAbnormal (as startProcess).
func (p *Process) Start(ctx context.Context, wait bool) error {
	return p.request(ctx, func(answer chan<- error) { p.startAsked(wait, answer) })
}

// Stop stops the process; with wait it returns when it is stopped. It also
// keeps an EXITED process from its automatic restart.
// ErrNotRunning, and ErrFailed (with a sentence) when the signal was refused.
func (p *Process) Stop(ctx context.Context, wait bool) error {
	return p.request(ctx, func(answer chan<- error) { p.stopAsked(wait, answer) })
}

// AwaitRunning waits out a start that was asked for without wait, so that
// many can be started in order and then waited for together: it returns nil
// once the process is RUNNING, and as soon as it is neither that nor STARTING
// ErrSpawn when there is a SpawnErr, else ErrAbnormal.
func (p *Process) AwaitRunning(ctx context.Context) error {
	return p.request(ctx, p.runningAsked)
}

// AwaitStopped waits until the process is in a stopped state and logs
// "waiting for NAME to stop" meanwhile, after 50 ms and then every two seconds,
// as the original does while a stop with wait is under way.
func (p *Process) AwaitStopped(ctx context.Context) error {
	err := p.request(ctx, p.stoppedAsked)
	if p.isRun() && (errors.Is(err, ErrNoProcess) || errors.Is(err, ErrShutdown)) {
		return nil // it has ended and is forgotten
	}
	return err
}

// Signal sends sig to the process alone, never to its group.
// ErrNotRunning, and ErrFailed (with a sentence) when it was refused.
func (p *Process) Signal(ctx context.Context, sig syscall.Signal) error {
	return p.request(ctx, func(answer chan<- error) { answer <- p.signalAsked(sig) })
}

// WriteStdin queues bytes for the child's standard input. It waits a moment
// to see whether they are accepted. ErrNotRunning, ErrStdinClosed.
func (p *Process) WriteStdin(ctx context.Context, data []byte) error {
	var in *stdin
	err := p.request(ctx, func(answer chan<- error) {
		if !p.alive() || p.now.State == Stopping {
			answer <- ErrNotRunning
			return
		}
		in = p.life.stdin
		answer <- nil
	})
	if err != nil {
		return err
	}
	return in.write(ctx, data)
}

// ClearLogs empties both logs, whether or not the process runs (the original
// does nothing for one that does not).
func (p *Process) ClearLogs() error {
	var errs []error
	for _, s := range p.streams() {
		errs = append(errs, s.log.Clear())
	}
	return errors.Join(errs...)
}

// request asks the owner to handle something and waits for the answer, for
// which the channel has room.
func (p *Process) request(ctx context.Context, handle func(answer chan<- error)) error {
	answer := make(chan error, 1)
	select {
	case p.asks <- func() { handle(answer) }:
	case <-p.gone:
		return p.absent()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// closed reports whether nothing is to be started any more.
func (p *Process) closed() bool { return p.retired || p.parts.stopping.Load() }

// absent is why a closed process, or one without an owner, does nothing.
func (p *Process) absent() error {
	if p.parts.stopping.Load() {
		return ErrShutdown
	}
	return ErrNoProcess
}

// run is the owner. It starts the process when its turn comes, if it is to
// start by itself, and ends when the process is retired.
func (p *Process) run(t *turn) {
	defer close(p.gone)
	switch {
	case t != nil:
		p.autostart(t)
	case p.isRun():
		p.fire(p.whenFree(start))
	}
	for !p.retired && !p.runIsOver() {
		select {
		case <-p.exited():
			p.reaped()
		case ask := <-p.asks:
			ask()
		case <-p.wake.C():
			p.alarmed()
		case <-p.report.C():
			p.reportStop()
		case <-p.sweeping():
			p.sweepOn()
		case reason := <-p.faulted():
			p.replace(reason)
		case <-p.overstayed():
			p.expel()
		}
	}
	p.leave()
	if p.isRun() {
		p.parts.forget(p)
	}
}

// autostart prepares a start and makes it in its turn.
func (p *Process) autostart(t *turn) {
	defer t.leave()
	t.near()
	if p.closed() {
		return // before a log is opened for nothing
	}
	l := p.prepare()
	t.start.await()
	if p.closed() {
		return
	}
	l.turn = t
	p.launch = l
	p.fire(start)
}

// alive reports whether there is a child that was not reaped.
func (p *Process) alive() bool { return p.life != nil && !p.life.over }

// exited is ready once the child is to be reaped.
func (p *Process) exited() <-chan struct{} {
	if !p.alive() {
		return nil
	}
	return p.life.child.Done()
}

// alarmed acts on the end of what the state waits for. A child that has ended
// meanwhile comes first: how long it lived is told by its end, not by when
// this goroutine gets to run.
func (p *Process) alarmed() {
	p.wake.clear()
	if p.alive() {
		select {
		case <-p.life.child.Done():
			p.reaped()
			return
		default:
		}
	}
	switch p.now.State {
	case Starting:
		p.fire(stayedUp)
	case Stopping:
		p.fire(overdue)
	case Backoff, Exited:
		p.fire(p.whenFree(due))
	}
}

// publish makes now visible.
func (p *Process) publish() {
	visible := p.now
	p.status.Store(&visible)
}

// leave ends the ownership: nothing is started any more, who waits is
// answered, and the logs are closed. A child that cannot be killed (UNKNOWN)
// lives on without a reader.
func (p *Process) leave() {
	p.wake.clear()
	p.report.clear()
	if p.sweep != nil {
		p.sweepNow()
	}
	if p.alive() {
		p.abandon()
	}
	for _, s := range p.streams() {
		s.drain(nil)
	}
	p.closeLogs()
	p.leaveSocket()
	for _, answer := range p.answers.starts {
		answer <- p.absent()
	}
	for _, answer := range p.answers.stops {
		answer <- nil
	}
}

// abandon closes our ends of the child's pipes.
func (p *Process) abandon() {
	p.life.stdin.close()
	err := p.stdout.abandon(p.life.child.Stdout())
	if p.stderr != nil {
		err = errors.Join(err, p.stderr.abandon(p.life.child.Stderr()))
	}
	if err != nil {
		p.unreadable(err)
	}
}
