package supervise

import (
	"errors"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// ExitOn says which end of a process is the end of the daemon. Ends that
// somebody asked for do not count, whatever it says.
type ExitOn int

// The words of the option exit_on. Each includes those before it.
const (
	ExitNever     ExitOn = iota
	ExitOnFatal          // it could not be started: FATAL
	ExitOnFailure        // it has ended with a status that exitcodes does not list, and is not restarted
	ExitOnExit           // it has ended, and is not restarted
)

// Ending is the end of a process that nobody asked for and that no automatic
// start follows.
type Ending struct {
	Group, Process string
	// Essential: it is the end of the daemon, as exit_on says.
	Essential bool
	Expected  bool
	// Code is the status that the process has ended with, as a shell has it: 128
	// and the number of a signal. For one that could not be started it is not 0.
	Code int
	How  string // such as "exit status 3; not expected"
}

// The codes of a shell for commands that cannot be run.
const (
	codeFailed        = 1
	codeNotExecutable = 126
	codeNotFound      = 127
	codeSignal        = 128 // and its number
)

// codeOf is the status of a shell for the end of a process.
func codeOf(e proc.Exit) int {
	if e.Signal != 0 {
		return codeSignal + int(e.Signal)
	}
	return e.Code
}

// ended tells of the end of a process that stays EXITED.
func (p *Process) ended() {
	exit, expected := p.life.child.Exit(), p.life.outcome == exitedExpected
	verdict := "not expected"
	if expected {
		verdict = "expected"
	}
	policy := p.program.Start.ExitOn
	p.announce(Ending{
		Essential: policy == ExitOnExit || policy == ExitOnFailure && !expected,
		Expected:  expected, Code: codeOf(exit), How: fmt.Sprintf("%v; %s", exit, verdict),
	})
}

// gaveUp tells of a process that could not be started. Its code is that of the
// last attempt, and never 0, which would be a success.
func (p *Process) gaveUp() {
	e := Ending{Essential: p.program.Start.ExitOn != ExitNever, Code: codeFailed}
	switch attempt := p.attempt; {
	case errors.Is(attempt, ErrNoFile):
		e.Code, e.How = codeNotFound, attempt.Error()
	case errors.Is(attempt, ErrNotExecutable):
		e.Code, e.How = codeNotExecutable, attempt.Error()
	case attempt != nil:
		e.How = attempt.Error()
	default:
		exit := p.life.child.Exit()
		e.Code, e.How = max(codeOf(exit), codeFailed), fmt.Sprintf("%v, before startsecs were over", exit)
	}
	p.announce(e)
}

// announce hands over an Ending, unless everything is being stopped anyway.
func (p *Process) announce(e Ending) {
	if p.closed() || p.isRun() {
		return
	}
	p.now.Over = true
	p.publish()
	if p.parts.Ended != nil {
		e.Group, e.Process = p.program.Group, p.program.Name
		p.parts.Ended(e)
	}
}

// emptied tells of what somebody has stopped or taken away.
func (p *parts) emptied() {
	if p.Emptied != nil {
		p.Emptied()
	}
}

// Done reports whether no process runs, or is to start or be started again by
// itself. Event listeners do not count, nor does what runs outside the groups.
func (s *Supervisor) Done() bool {
	for _, g := range s.Groups() {
		if g.spec.Kind == KindListener {
			continue
		}
		for _, p := range g.processes {
			status := p.Status()
			untouched := status.Start.IsZero() && p.program.Start.Auto
			if !status.Over && (status.State != Stopped || untouched) {
				return false
			}
		}
	}
	return true
}
