// Package service is every operation that a user can ask of the daemon, once,
// as plain Go methods. Front ends (XML-RPC, pages, later the API) decode,
// call and map the errors; they decide nothing.
//
// Operations that wait take a context: cancelling it ends the waiting, never
// what was asked for, as under Supervisor, where a client that hangs up
// changes nothing.
package service

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Version is the release of Supervisor whose behaviour is promised, and what
// getSupervisorVersion answers.
const Version = "4.3.0"

// MainLog is what the service needs of the daemon's own log.
type MainLog interface {
	Path() string
	Clear() error
	Follow(tail int64) (*output.Follower, error)
}

// Parts are what a Service works with.
type Parts struct {
	Supervisor *supervise.Supervisor
	Bus        *event.Bus
	Log        *slog.Logger
	MainLog    MainLog
	// Load reads all configuration files anew; the error is for the user to read.
	Load func() (*config.Config, error)
	// Reserve takes beforehand what a restart with next needs of the system and
	// can be refused; the error is for the user to read. May be nil.
	Reserve func(next *config.Config) error
	// Stop asks the daemon to shut down (restart false) or to start over with
	// the given configuration (restart true). It returns at once.
	Stop func(restart bool, next *config.Config)
	// StartJobs starts the scheduler that a configuration wants. May be nil.
	StartJobs func(*config.Config) (*Jobs, error)
	PID       int
}

// Service carries the operations. All methods may be called concurrently.
type Service struct {
	parts     Parts
	state     atomic.Int32 // a State
	processes atomic.Pointer[roster]
	jobs      atomic.Pointer[Jobs]  // nil while there is no scheduler
	jobsFault atomic.Pointer[error] // why it could not be started
	life      context.Context       // over once Close was called
	end       context.CancelFunc
	patience  context.Context // of what holds reload while a store is asked; over once a shutdown was asked for
	hurry     context.CancelFunc

	first *config.Config // by which the daemon has its sockets, its log and the like

	// reload is held while files are read and groups come and go.
	reload sync.Mutex
	files  atomic.Pointer[files] // written under reload, read by anyone
}

// files is what the last load that succeeded said.
type files struct {
	config *config.Config
	// active are the groups that run as these files declare them. A group
	// whose spec is only of the same name is not among them.
	active map[string]bool
}

// New returns the operations over p; c is the configuration that is in force,
// all groups of which were or will be added to the supervisor.
func New(p Parts, c *config.Config) *Service {
	s := &Service{parts: p, first: c}
	s.life, s.end = context.WithCancel(context.Background())
	s.patience, s.hurry = context.WithCancel(context.Background())
	s.state.Store(int32(StateRunning))
	active := make(map[string]bool, len(c.Groups))
	for _, g := range c.Groups {
		active[g.Name] = true
	}
	s.files.Store(&files{config: c, active: active})
	return s
}

// Close ends all followers of logs, which otherwise go on until their clients
// do: their Next returns io.EOF. The daemon calls it when the last group has
// stopped and before its servers do, so that a client sees the whole shutdown.
func (s *Service) Close() { s.end() }

// State of the daemon.
type State int32

// The states that Supervisor calls moods.
const (
	StateShutdown   State = -1
	StateRestarting State = 0
	StateRunning    State = 1
)

// String is the name that getState gives.
func (s State) String() string {
	switch s {
	case StateShutdown:
		return "SHUTDOWN"
	case StateRestarting:
		return "RESTARTING"
	case StateRunning:
		return "RUNNING"
	}
	return "UNKNOWN"
}

// State tells whether the daemon runs or is about to end.
func (s *Service) State() State { return State(s.state.Load()) }

// Identification is the identifier of the files that were read last.
func (s *Service) Identification() string { return s.files.Load().config.Daemon.Identifier }

// PID is the daemon's process id.
func (s *Service) PID() int { return s.parts.PID }

// open returns ErrShuttingDown once a shutdown or restart has begun.
func (s *Service) open() error {
	if s.State() != StateRunning {
		return ErrShuttingDown
	}
	return nil
}

// SendRemoteEvent publishes a REMOTE_COMMUNICATION event. It works during a
// shutdown, too.
func (s *Service) SendRemoteEvent(kind, data string) error {
	s.parts.Bus.Publish(event.Remote{Kind: kind, Data: data})
	return nil
}
