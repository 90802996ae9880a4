package supervise

import (
	"log/slog"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// restartFloor is how long after its start a process is restarted at the
// earliest, unless a start was asked for: without it, one that ends at once
// and has startsecs=0 would be started as fast as the machine can fork.
const restartFloor = time.Second

// fire acts on an input and on what follows from it.
func (p *Process) fire(on input) {
	for on != none {
		on = p.step(on)
	}
}

// step moves along one edge and returns the input that follows.
func (p *Process) step(on input) input {
	e, ok := next(p.now.State, on)
	if !ok {
		return none
	}
	p.wake.clear()
	if e.via != Stopped {
		p.change(e.via, on)
	}
	p.change(e.to, on)
	follows := p.perform(e.do)
	if e.to == Stopped || e.to == Fatal { // nothing starts it by itself
		p.leaveSocket()
	}
	if e.to == Stopped && !p.closed() && !p.isRun() {
		p.parts.emptied()
	}
	p.answer()
	if e.then != nothing {
		follows = p.perform(e.then)
	}
	return follows
}

// change enters a state: status first, event second. The counter of retries
// keeps its value when a process is STOPPED, as in the original.
func (p *Process) change(to State, on input) {
	from, pid := p.now.State, p.now.PID
	if from == to {
		return
	}
	p.now.State = to
	p.now.Next = time.Time{}
	switch to {
	case Starting:
		p.now.Start, p.now.ExitStatus, p.now.SpawnErr, p.now.Note = time.Now(), 0, "", p.whyAgain(on)
		p.now.Over = false
	case Backoff:
		p.now.PID = 0
		p.now.Tries++
		p.now.Note = ""
	case Stopped:
		p.now.PID = 0
	case Exited:
		p.now.PID = 0
		p.now.Tries = 0
		p.now.Note = ""
	case Fatal:
		p.now.PID = 0
		p.now.Tries = 0
	case Running:
		p.now.Tries = 0
	}
	p.publish()
	if p.parts.Bus.Wanted(eventOf(to)) {
		change := StateChanged{
			Process: p.program.Name, Group: p.program.Group,
			From: from, To: to, Tries: p.now.Tries, PID: pid, Expected: on == exitedExpected, How: p.how(to, on),
		}
		if on == exitedEarly || on == exitedExpected || on == exitedOddly {
			change.Stdout, change.Stderr = p.marks()
		}
		p.parts.Bus.Publish(change)
	}
	if l := p.parts.listener; l != nil {
		l.Running(to == Running)
	}
}

// marks are how far the logs have got.
func (p *Process) marks() (stdout, stderr output.Mark) {
	if p.stderr != nil {
		stderr = p.stderr.log.Mark()
	}
	return p.stdout.log.Mark(), stderr
}

// how is StateChanged.How of a change that an input made.
func (p *Process) how(to State, on input) string {
	if to.IsRunning() && to != Backoff || to == Stopping {
		return ""
	}
	switch on {
	case exitedEarly:
		return p.life.child.Exit().String() + ", before startsecs were over"
	case exitedExpected, exitedOddly:
		return p.life.child.Exit().String()
	case spawnFailed, exhausted:
		return p.now.SpawnErr
	}
	return ""
}

// perform does what an edge asks for.
func (p *Process) perform(a action) input {
	switch a {
	case spawn:
		return p.spawn()
	case praise:
		p.logf(slog.LevelInfo, "success: %s entered RUNNING state, process has stayed up for > than %d seconds (startsecs)",
			p.program.Name, int(p.program.Start.Secs/time.Second))
	case retry:
		return p.retry()
	case mourn:
		p.logf(slog.LevelInfo, "gave up: %s entered FATAL state, too many start retries too quickly", p.program.Name)
		p.gaveUp()
	case farewell:
		p.farewell()
	case restart:
		follows := p.restart()
		if follows == none && p.now.Next.IsZero() {
			p.leaveSocket()
		}
		return follows
	case terminate:
		p.wake.set(p.program.Stop.Wait)
		return p.send(p.program.Stop.Signal, p.program.Stop.AsGroup)
	case kill:
		return p.kill()
	}
	return none
}

// spawn makes the child. As little as possible stands before it: this is on
// the way from the death of a process to its next life.
func (p *Process) spawn() input {
	l := p.launch
	p.launch = nil
	if l == nil {
		l = p.prepare()
	}
	child, err := p.fork(l)
	p.attempt = err
	if err != nil {
		p.closeLogs()
		p.now.SpawnErr = err.Error()
		p.publish()
		l.turn.inOrder(func() {
			p.tellSocket(l)
			p.logf(slog.LevelInfo, "spawnerr: %v", err)
		})
		return spawnFailed
	}
	p.life = &life{child: child, stdin: &stdin{pipe: child.Stdin()}}
	if p.isRun() {
		p.life.stdin.close() // nobody has anything to tell it
	}
	p.now.PID = child.PID()
	p.publish()
	p.introduce()
	p.carry(child)
	l.turn.inOrder(func() {
		p.tellSocket(l)
		p.logf(slog.LevelInfo, "spawned: '%s' with pid %d", p.program.Name, child.PID())
	})
	if p.parts.Record != nil {
		p.parts.Record.Started(*p.program, child)
	}
	if p.program.Start.Secs <= 0 {
		return stayedUp
	}
	p.wake.set(justAfter(p.now.Start.Add(p.program.Start.Secs)))
	return none
}

// fork starts the child that l describes, or words why there is none.
func (p *Process) fork(l *launch) (proc.Child, error) {
	socket, err := p.holdSocket(l)
	switch {
	case err != nil:
		return nil, err
	case l.problem != nil:
		return nil, l.problem
	}
	child, err := p.parts.Starter.Start(proc.Command{
		Path:           l.path,
		Args:           l.argv,
		Env:            l.env,
		Dir:            p.program.Child.Directory,
		Umask:          p.program.Child.Umask,
		User:           p.program.Child.User,
		Stdin:          socket,
		RedirectStderr: p.program.RedirectStderr,
		Placed:         l.turn.started,
	})
	if err != nil {
		return nil, p.spawnProblem(err, "during fork")
	}
	return child, nil
}

// justAfter is the time until the first moment that is later than t: the
// original's startsecs must be exceeded, not reached.
func justAfter(t time.Time) time.Duration { return time.Until(t) + 1 }

// retry decides what comes after a failed attempt: as many seconds of waiting
// as there were failures, up to startretries times.
func (p *Process) retry() input {
	if p.now.Tries > p.program.Start.Retries {
		return exhausted
	}
	return p.after(time.Duration(p.now.Tries)*time.Second + p.program.Start.Pause)
}

// restart decides what comes after an exit that nobody asked for. A process
// that has lived for a second is restarted at once.
func (p *Process) restart() input {
	policy, expected := p.program.Start, p.life.outcome == exitedExpected
	if policy.Autorestart == RestartNever ||
		policy.Autorestart == RestartUnexpected && expected ||
		policy.ExitOn == ExitOnFailure && !expected {
		p.ended()
		return none
	}
	return p.after(max(0, time.Until(p.now.Start.Add(restartFloor))) + policy.Pause)
}

// after makes a start due in d.
func (p *Process) after(d time.Duration) input {
	if p.closed() {
		return none
	}
	if d <= 0 && p.sweep == nil {
		return due
	}
	p.wake.set(d)
	p.now.Next = time.Now().Add(d)
	p.publish()
	return none
}

// whenFree gives on back unless nothing may start by itself now: for good
// when the daemon stops, or until the end of a sweep, which comes back to it.
func (p *Process) whenFree(on input) input {
	switch {
	case p.closed():
		return none
	case p.sweep != nil:
		p.sweep.due = true
		return none
	}
	return on
}

// answer tells those who wait for a start or a stop how it went, once that is
// certain (as the onwait functions of startProcess and stopProcess).
func (p *Process) answer() {
	state := p.now.State
	if state != Starting {
		tell(&p.answers.starts, started(state, p.now.SpawnErr))
	}
	if state.IsStopped() {
		p.report.clear()
		tell(&p.answers.stops, nil)
	}
}

// started is what a start has come to in a state other than STARTING.
func started(s State, spawnErr string) error {
	switch {
	case s == Running:
		return nil
	case spawnErr != "":
		return ErrSpawn
	}
	return ErrAbnormal
}

// tell answers all who wait; their channels have room.
func tell(waiting *[]chan<- error, err error) {
	for _, answer := range *waiting {
		answer <- err
	}
	*waiting = nil
}
