package supervise

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Options are the parts a Supervisor works with.
type Options struct {
	Starter   proc.Starter
	Bus       *event.Bus
	Log       *slog.Logger // the main log; messages are Supervisor's, to the letter
	Environ   []string     // the daemon's own environment, under every child's
	StripANSI bool
	Syslog    output.LineWriter // for stdout_syslog and stderr_syslog
	Devices   *output.Devices   // that logs which are no regular files lead to
	// AutoLog makes the path of an AUTO log file and creates the file.
	AutoLog func(process, channel string) (string, error)
	// Record is told of each child's start and end, for the crash record. May be nil.
	Record Recorder
	// Ended is told of each end of a process that nobody asked for and that no
	// automatic start follows, once its status says so. It must not block. May be nil.
	Ended func(Ending)
	// Emptied is told of each process that somebody has stopped, and of each group
	// or process that was taken away: there may be nothing left to do (Done). It
	// must not block. May be nil.
	Emptied func()
	// NewPool makes the pool of a group of KindListener. Without it the
	// processes of such a group are started and logged, but get no events.
	NewPool func(GroupSpec) (Pool, error)
}

// Recorder keeps note of the children that live, so that a daemon that was
// killed can find them again. Its methods must not block for long.
type Recorder interface {
	Started(p Program, child proc.Child)
	Ended(p Program, child proc.Child)
}

// Supervisor holds the groups and the order they start and stop in. All
// methods may be called concurrently. It has a goroutine for each process;
// Remove and Shutdown end them.
type Supervisor struct {
	parts *parts
	line  line // of the processes that start by themselves

	changing sync.Mutex // held while a group is added or removed, and for good once a shutdown began

	mu     sync.RWMutex
	byName map[string]*Group
	sorted []*Group            // by priority, then name
	runs   map[string]*Process // by Run.Namespec; outside the groups
}

// New returns a Supervisor without groups.
func New(o Options) *Supervisor {
	return &Supervisor{
		parts:  &parts{Options: o, sockets: newSockets(), stopping: new(atomic.Bool)},
		byName: make(map[string]*Group),
		runs:   make(map[string]*Process),
	}
}

// Add creates a group and starts its autostart processes, in the order of
// the group and after those of the groups that were added before. It does not
// wait for them. ErrAlreadyAdded, ErrShutdown.
func (s *Supervisor) Add(g GroupSpec) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.parts.stopping.Load() {
		return ErrShutdown
	}
	if _, there := s.Group(g.Name); there {
		return ErrAlreadyAdded
	}
	group, err := newGroup(g, s.parts)
	if err != nil {
		return fmt.Errorf("add group %q: %w", g.Name, err)
	}
	s.insert(group)
	s.parts.Bus.Publish(event.GroupChanged{Group: g.Name})
	begin(group.processes, &s.line)
	return nil
}

// Hold keeps those that start by themselves from being started until release
// is called, once, while groups are added: events of their addition come first.
func (s *Supervisor) Hold() (release func()) {
	return s.line.enter().leave
}

// Remove forgets a group. ErrNoGroup, ErrStillRunning, ErrShutdown.
func (s *Supervisor) Remove(name string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.parts.stopping.Load() {
		return ErrShutdown
	}
	group, there := s.Group(name)
	switch {
	case !there:
		return ErrNoGroup
	case !group.retire():
		return ErrStillRunning
	}
	s.remove(group)
	s.parts.Bus.Publish(event.GroupChanged{Group: name, Removed: true})
	s.parts.emptied()
	return nil
}

// Groups are the groups sorted by priority, then name.
func (s *Supervisor) Groups() []*Group {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.sorted)
}

// Group finds a group by name.
func (s *Supervisor) Group(name string) (*Group, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	g, there := s.byName[name]
	return g, there
}

// Process finds a process by group and process name. ErrNoProcess.
func (s *Supervisor) Process(group, name string) (*Process, error) {
	if g, there := s.Group(group); there {
		if p, there := g.Process(name); there {
			return p, nil
		}
	}
	return nil, ErrNoProcess
}

// ReopenLogs reopens the logs of running processes (SIGUSR2).
func (s *Supervisor) ReopenLogs() {
	for _, p := range s.processes() {
		select {
		case p.asks <- p.reopenAsked:
		case <-p.gone:
		}
	}
}

// processes are those of all groups, in the order of the groups.
func (s *Supervisor) processes() []*Process {
	var all []*Process
	for _, g := range s.Groups() {
		all = append(all, g.processes...)
	}
	return all
}

func (s *Supervisor) insert(g *Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byName[g.Name()] = g
	at, _ := slices.BinarySearchFunc(s.sorted, g, inOrder)
	s.sorted = slices.Insert(s.sorted, at, g)
}

func (s *Supervisor) remove(g *Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byName, g.Name())
	s.sorted = slices.DeleteFunc(s.sorted, func(o *Group) bool { return o == g })
}

// inOrder compares by priority, then name, as strings compare.
func inOrder(a, b *Group) int {
	return cmp.Or(cmp.Compare(a.spec.Priority, b.spec.Priority), strings.Compare(a.spec.Name, b.spec.Name))
}
