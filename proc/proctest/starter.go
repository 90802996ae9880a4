// Package proctest has children that play a script instead of running a
// program, for tests of what starts, stops and restarts them.
//
// A Starter needs nothing but channels and package time, so it works in a
// testing/synctest bubble, where a script of a minute takes no time. Conform
// holds it and proc.OS to one behaviour, so that the script cannot drift away
// from the system.
package proctest

import (
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// firstPID is the pid of the first child of a Starter; later ones count up.
const firstPID = 100

// Starter implements proc.Starter with scripts. The zero Starter starts
// children that live until a signal ends them.
type Starter struct {
	mu       sync.Mutex
	queues   map[string][]Script
	children []*Child
	gate     <-chan struct{}
	script   func(proc.Command) Script // nil: the queues
}

// New returns a Starter whose children play scripts in turn, whatever their
// command; once the last has been taken, it is played again and again.
func New(scripts ...Script) *Starter {
	s := &Starter{}
	s.Queue("", scripts...)
	return s
}

// NewFor returns a Starter that asks script what each child is to play. It is
// called with the Starter locked.
func NewFor(script func(proc.Command) Script) *Starter { return &Starter{script: script} }

// Queue appends scripts for the commands whose Args[0] is name; those of the
// name "" are for all commands that have none of their own. The last script
// of a queue stays and is played for every further start.
func (s *Starter) Queue(name string, scripts ...Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues == nil {
		s.queues = make(map[string][]Script)
	}
	s.queues[name] = append(s.queues[name], scripts...)
}

// Hold makes every Start wait until gate is closed. It must be called before
// the first Start.
func (s *Starter) Hold(gate <-chan struct{}) { s.gate = gate }

// Start implements proc.Starter.
func (s *Starter) Start(c proc.Command) (proc.Child, error) {
	if s.gate != nil {
		<-s.gate
	}
	child, err := s.make(c)
	if err != nil {
		return nil, err
	}
	if c.Placed != nil {
		c.Placed()
	}
	return child, nil
}

func (s *Starter) make(c proc.Command) (*Child, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	script := s.take(c)
	if script.StartErr != nil {
		return nil, script.StartErr
	}
	child := newChild(firstPID+len(s.children), c, script)
	s.children = append(s.children, child)
	return child, nil
}

// take removes the next script for c, unless it is the last. The lock is held.
func (s *Starter) take(c proc.Command) Script {
	if s.script != nil {
		return s.script(c)
	}
	name := ""
	if len(c.Args) > 0 && len(s.queues[c.Args[0]]) > 0 {
		name = c.Args[0]
	}
	queue := s.queues[name]
	switch len(queue) {
	case 0:
		return Script{}
	case 1:
		return queue[0]
	}
	s.queues[name] = queue[1:]
	return queue[0]
}

// Children are all that were started, in order, whether they live or not.
func (s *Starter) Children() []*Child {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Child(nil), s.children...)
}

// Last is the child that was started last; nil before the first.
func (s *Starter) Last() *Child {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.children) == 0 {
		return nil
	}
	return s.children[len(s.children)-1]
}

// EndAll ends all children that live, as SIGKILL does, and what is left in
// their groups. A bubble needs it at its end.
func (s *Starter) EndAll() {
	for _, c := range s.Children() {
		c.End(proc.Exit{Code: -1, Signal: kill, At: time.Now()})
		c.setLeft(nil)
	}
}

var _ proc.Starter = (*Starter)(nil)
