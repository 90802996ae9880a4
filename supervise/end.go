package supervise

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// critical is Supervisor's level CRIT, as internal/mainlog has it.
const critical = slog.Level(12)

// killPatience is the least time between two SIGKILLs.
const killPatience = time.Second

// reportAfter is how long a wait for a stop stays unmentioned in the log: the
// pause between two looks of the original.
const reportAfter = 50 * time.Millisecond

// reportEvery is the least time between two lines about one wait for a stop.
const reportEvery = 2 * time.Second

// reaped takes note of the end of the child.
func (p *Process) reaped() {
	l := p.life
	exit := l.child.Exit()
	p.drain()
	l.over = true
	l.stdin.close()
	if p.parts.listener != nil {
		p.parts.listener.Ended()
	}
	l.outcome = p.outcome(exit)
	if p.parts.Record != nil {
		p.parts.Record.Ended(*p.program, l.child)
	}

	p.now.Stop = exit.At
	p.now.ExitStatus = exit.Code
	switch {
	case l.outcome == exitedEarly:
		p.now.ExitStatus = 0
		p.now.SpawnErr = "Exited too quickly (process log may have details)"
	case l.outcome == exitedOddly && p.now.State.IsRunning():
		p.now.SpawnErr = fmt.Sprintf("Bad exit code %d", exit.Code)
	}
	l.fault.until.clear()
	if l.fault.reason != "" && p.now.State.IsRunning() {
		p.now.SpawnErr = l.fault.reason
	}
	p.fire(l.outcome)
}

// outcome is how the child ended. Its whole life is measured by the clock
// that nobody sets, so a step of the system's clock does not matter here.
func (p *Process) outcome(exit proc.Exit) input {
	lived := exit.At.Sub(p.now.Start)
	switch {
	case p.now.State == Starting && lived < p.program.Start.Secs:
		return exitedEarly
	case p.life.fault.reason != "":
		return exitedOddly // the end was our wish, and its code says nothing
	case slices.Contains(p.program.Start.ExitCodes, exit.Code):
		return exitedExpected
	}
	return exitedOddly
}

// farewell logs how the child ended and, if nobody had asked for its end,
// looks after those that it left behind.
func (p *Process) farewell() {
	p.closeLogs()
	l := p.life
	level := slog.LevelWarn
	if l.outcome == exitedExpected {
		level = slog.LevelInfo
	}
	how := l.child.Exit()
	if p.now.State == Stopped {
		p.logf(level, "stopped: %s (%v)", p.program.Name, how)
		p.endRest()
		return
	}
	verdict := "not expected"
	if l.outcome == exitedExpected {
		verdict = "expected"
	}
	p.logf(level, "exited: %s (%v; %s)", p.program.Name, how, verdict)
	p.lookAround(p.program.Stop.Orphans)
}

// kill ends the patience with a child that does not stop. It comes again
// every stopwaitsecs, though no more often than once a second.
func (p *Process) kill() input {
	p.logf(slog.LevelWarn, "killing '%s' (%d) with SIGKILL", p.program.Name, p.now.PID)
	p.wake.set(max(p.program.Stop.Wait, killPatience))
	return p.send(syscall.SIGKILL, p.program.Stop.KillAsGroup)
}

// send signals the child or its group with the intention to end it. A child
// that is gone already will be reaped in due course.
func (p *Process) send(sig syscall.Signal, group bool) input {
	whom := ""
	if group {
		whom = "process group "
	}
	p.logf(slog.LevelDebug, "killing %s (pid %d) %swith signal %s", p.program.Name, p.now.PID, whom, proc.SignalName(sig))
	return p.delivered(p.life.child.Signal(sig, group), "killing")
}

// delivered judges the answer of the system to a signal.
func (p *Process) delivered(err error, doing string) input {
	switch {
	case err == nil:
		return none
	case errors.Is(err, proc.ErrGone):
		p.logf(slog.LevelDebug, "unable to signal %s (pid %d), it probably just exited on its own: %v",
			p.program.Name, p.now.PID, err)
		return none
	}
	text := fmt.Sprintf("unknown problem %s %s (%d):%v", doing, p.program.Name, p.now.PID, err)
	p.logf(critical, "%s", text)
	p.life.refusal = &CommandError{ErrFailed, text}
	return killFailed
}
