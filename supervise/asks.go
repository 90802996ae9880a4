package supervise

import (
	"log/slog"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// startAsked handles Start. Whether the command can be found is looked at
// first, whatever the state (as startProcess).
func (p *Process) startAsked(wait bool, answer chan<- error) {
	if p.closed() {
		answer <- p.absent()
		return
	}
	l := p.program.resolve(p.parts.Environ)
	switch state := p.now.State; {
	case l.problem != nil:
		answer <- l.problem
	case state.IsRunning():
		answer <- ErrAlreadyStarted
	case state == Unknown:
		answer <- ErrUnknownState
	case state == Stopping:
		p.logf(slog.LevelWarn, "process '%s' already running", p.program.Name)
		if wait {
			answer <- ErrAbnormal
			return
		}
		answer <- nil
	case p.sweep != nil:
		p.sweep.later = append(p.sweep.later, func() { p.startAsked(wait, answer) })
	default:
		p.equip(l)
		p.launch = l
		p.begin(wait, answer)
	}
}

// begin starts the process for one who asked.
func (p *Process) begin(wait bool, answer chan<- error) {
	p.fire(start)
	switch {
	case p.now.SpawnErr != "":
		answer <- ErrSpawn
	case wait:
		p.runningAsked(answer)
	default:
		answer <- nil
	}
}

// runningAsked handles AwaitRunning.
func (p *Process) runningAsked(answer chan<- error) {
	if p.now.State == Starting {
		p.answers.starts = append(p.answers.starts, answer)
		return
	}
	answer <- started(p.now.State, p.now.SpawnErr)
}

// stopAsked handles Stop.
func (p *Process) stopAsked(wait bool, answer chan<- error) {
	restarting := p.now.State == Exited && !p.now.Next.IsZero()
	if !p.now.State.IsRunning() && !restarting {
		answer <- ErrNotRunning
		return
	}
	if p.now.State == Backoff {
		p.logf(slog.LevelDebug, "Attempted to kill %s, which is in BACKOFF state.", p.program.Name)
	}
	p.fire(stop)
	switch {
	case p.now.State == Unknown:
		answer <- p.life.refusal
	case wait:
		p.stoppedAsked(answer)
	default:
		answer <- nil
	}
}

// stoppedAsked handles AwaitStopped.
func (p *Process) stoppedAsked(answer chan<- error) {
	if p.now.State.IsStopped() {
		answer <- nil
		return
	}
	p.answers.stops = append(p.answers.stops, answer)
	if !p.report.isSet() {
		p.report.set(reportAfter)
	}
}

// reportStop logs, from time to time, what is waited for.
func (p *Process) reportStop() {
	p.logf(slog.LevelInfo, "waiting for %s to stop", p.program.Name)
	p.report.set(reportEvery + 1) // more than two seconds apart
}

// signalAsked handles Signal.
func (p *Process) signalAsked(sig syscall.Signal) error {
	if !p.now.State.Signallable() || !p.alive() {
		return ErrNotRunning
	}
	p.logf(slog.LevelDebug, "sending %s (pid %d) sig %s", p.program.Name, p.now.PID, proc.SignalName(sig))
	on := p.delivered(p.life.child.Signal(sig, false), "sending sig "+proc.SignalName(sig)+" to")
	p.fire(on)
	if on == killFailed {
		return p.life.refusal
	}
	return nil
}

// quitAsked handles this process' part of a shutdown; stopped gets a nil once
// it is in a stopped state.
func (p *Process) quitAsked(stopped chan<- error) {
	p.fire(quit)
	if p.now.State.IsStopped() {
		stopped <- nil
		return
	}
	p.answers.stops = append(p.answers.stops, stopped)
}

// reopenAsked handles a reopening of the logs, which is for those that run.
func (p *Process) reopenAsked() {
	if !p.alive() {
		return
	}
	for _, s := range p.streams() {
		if err := s.log.Reopen(); err != nil {
			p.logf(slog.LevelError, "reopening %s: %v", s.log.Path(), err)
		}
	}
}
