package supervise

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// What a sweep takes its time for. The system tells nobody when a process
// that is not its child ends, so a sweep has to look, soon at first and then
// less often: looking costs a walk through all processes of the machine.
const (
	sweepSoon   = 20 * time.Millisecond
	sweepSeldom = 160 * time.Millisecond
	// sweepMost is how long survivors may take to leave by SIGTERM, however
	// long stopwaitsecs is: the program is down meanwhile.
	sweepMost = 3 * time.Second
	// sweepGrace is how long they may take after SIGKILL before the next start
	// goes ahead without them being gone.
	sweepGrace = time.Second
)

// sweep is what is done, with orphans = stop or kill, about the members of a
// process group that outlived its leader. Nothing is started before its end.
type sweep struct {
	next   alarm
	pause  time.Duration // before the next look
	until  time.Time     // then SIGKILL, or after it, then enough
	killed bool
	due    bool     // an automatic start waits for the end
	later  []func() // starts that somebody asked for meanwhile
}

// wait sets the time of the next look.
func (s *sweep) wait() {
	s.next.set(min(s.pause, time.Until(s.until)))
	s.pause = min(2*s.pause, sweepSeldom)
}

// lookAround finds out whether members of the child's group live on after the
// process has ended, tells of them, and does what orphans says.
func (p *Process) lookAround(orphans Orphans) {
	members := p.life.child.Group()
	if len(members) == 0 {
		return
	}
	names := list(members)
	p.now.Note = "left running in its process group: " + names
	p.publish()
	p.logf(slog.LevelWarn, "orphans: %s left running in its process group: %s%s",
		p.program.Name, names, orphans.intent())
	switch orphans {
	case OrphansStop:
		p.sweep = &sweep{until: time.Now().Add(min(p.program.Stop.Wait, sweepMost))}
		p.sweepWith(syscall.SIGTERM)
	case OrphansKill:
		p.sweep = &sweep{killed: true, until: time.Now().Add(sweepGrace)}
		p.sweepWith(syscall.SIGKILL)
	}
}

// intent says in the log what will happen to the survivors.
func (o Orphans) intent() string {
	switch o {
	case OrphansStop:
		return "; stopping them"
	case OrphansKill:
		return "; killing them"
	}
	return ""
}

// list names members of a group, as in "nginx (812), nginx (813)".
func list(members []proc.Member) string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = fmt.Sprintf("%s (%d)", m.Name, m.PID)
	}
	return strings.Join(names, ", ")
}

// sweeping is ready when it is time to look at the survivors again.
func (p *Process) sweeping() <-chan time.Time {
	if p.sweep == nil {
		return nil
	}
	return p.sweep.next.C()
}

// sweepWith signals the survivors and makes sure that they are looked at.
func (p *Process) sweepWith(sig syscall.Signal) {
	if err := p.life.child.SignalGroup(sig); err != nil && !errors.Is(err, proc.ErrGone) {
		p.logf(slog.LevelError, "orphans: signalling what %s left running: %v", p.program.Name, err)
	}
	p.sweep.pause = sweepSoon
	p.sweep.wait()
}

// sweepOn looks at the survivors and goes on with the sweep or ends it.
func (p *Process) sweepOn() {
	members := p.life.child.Group()
	switch late := !time.Now().Before(p.sweep.until); {
	case len(members) == 0:
		p.now.Note = ""
		p.publish()
		p.sweepEnds()
	case !late:
		p.sweep.wait()
	case p.sweep.killed:
		p.logf(slog.LevelError, "orphans: of the process group of %s cannot be killed: %s", p.program.Name, list(members))
		p.sweepEnds()
	default:
		p.logf(slog.LevelWarn, "orphans: killing what %s left running with SIGKILL: %s", p.program.Name, list(members))
		p.sweep.killed = true
		p.sweep.until = time.Now().Add(sweepGrace)
		p.sweepWith(syscall.SIGKILL)
	}
}

// sweepEnds does what had to wait.
func (p *Process) sweepEnds() {
	s := p.sweep
	p.sweep = nil
	if s.due {
		p.fire(p.whenFree(due))
	}
	for _, ask := range s.later {
		ask()
	}
}

// sweepNow ends a sweep for which there is no more time.
func (p *Process) sweepNow() {
	p.sweepWith(syscall.SIGKILL)
	p.sweep.next.clear()
	p.sweepEnds()
}
