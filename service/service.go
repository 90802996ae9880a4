// Package service is every operation that a user can ask of the daemon, once,
// as plain Go methods. Front ends (XML-RPC, pages, later the API) decode,
// call and map the errors; they decide nothing.
package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

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
	// Stop asks the daemon to shut down (restart false) or to start over with
	// the given configuration (restart true). It returns at once.
	Stop func(restart bool, next *config.Config)
	PID  int
}

// Service carries the operations. All methods may be called concurrently.
type Service struct{ _ int }

// New returns the operations over p; c is the configuration that is in force.
func New(p Parts, c *config.Config) *Service { panic("stub") }

// Result is what became of one process in an operation on several.
type Result struct {
	Group, Name string
	Err         error // nil: done
}

// ProcessInfo is what getProcessInfo tells.
type ProcessInfo struct {
	Name, Group   string
	Status        supervise.Status
	Now           time.Time
	StdoutLogfile string
	StderrLogfile string
	Description   string
}

// ConfigInfo is what getAllConfigInfo tells of one process.
type ConfigInfo struct {
	Program       supervise.Program
	GroupPriority int
	InUse         bool
}

// State of the daemon.
type State int

// The states that Supervisor calls moods.
const (
	StateShutdown   State = -1
	StateRestarting State = 0
	StateRunning    State = 1
)

func (s *Service) State() State           { panic("stub") }
func (s *Service) Identification() string { panic("stub") }
func (s *Service) PID() int               { panic("stub") }

// Shutdown and Restart begin to stop the daemon and return at once. Restart
// reads and validates all files first and changes nothing when they have a fault.
func (s *Service) Shutdown() error { panic("stub") }
func (s *Service) Restart() error  { panic("stub") }

// Reread loads the files and tells what differs from what runs.
func (s *Service) Reread() (added, changed, removed []string, err error) { panic("stub") }

// AddGroup makes a group of the last loaded configuration run; RemoveGroup forgets one that is stopped.
func (s *Service) AddGroup(name string) error    { panic("stub") }
func (s *Service) RemoveGroup(name string) error { panic("stub") }

// A namespec is "name", "group:name", "group:*" or "group:". The operations
// on one return results only when it names a whole group.
func (s *Service) Start(ctx context.Context, namespec string, wait bool) ([]Result, error) {
	panic("stub")
}
func (s *Service) StartGroup(ctx context.Context, group string, wait bool) ([]Result, error) {
	panic("stub")
}
func (s *Service) StartAll(ctx context.Context, wait bool) []Result { panic("stub") }
func (s *Service) Stop(ctx context.Context, namespec string, wait bool) ([]Result, error) {
	panic("stub")
}
func (s *Service) StopGroup(ctx context.Context, group string, wait bool) ([]Result, error) {
	panic("stub")
}
func (s *Service) StopAll(ctx context.Context, wait bool) []Result { panic("stub") }
func (s *Service) Signal(ctx context.Context, namespec, signal string) ([]Result, error) {
	panic("stub")
}
func (s *Service) SignalGroup(ctx context.Context, group, signal string) ([]Result, error) {
	panic("stub")
}
func (s *Service) SignalAll(ctx context.Context, signal string) ([]Result, error) { panic("stub") }

// ProcessInfo and AllProcessInfo tell what runs, sorted by group, then name.
func (s *Service) ProcessInfo(namespec string) (ProcessInfo, error) { panic("stub") }
func (s *Service) AllProcessInfo() []ProcessInfo                    { panic("stub") }
func (s *Service) AllConfigInfo() []ConfigInfo                      { panic("stub") }

// SendStdin queues text for a child's standard input.
func (s *Service) SendStdin(ctx context.Context, namespec, text string) error { panic("stub") }

// SendRemoteEvent publishes a REMOTE_COMMUNICATION event.
func (s *Service) SendRemoteEvent(kind, data string) error { panic("stub") }

// Logs. channel is "stdout" or "stderr".
func (s *Service) ReadLog(namespec, channel string, offset, length int64) ([]byte, error) {
	panic("stub")
}
func (s *Service) TailLog(namespec, channel string, offset, length int64) (data []byte, newOffset int64, overflow bool, err error) {
	panic("stub")
}
func (s *Service) FollowLog(namespec, channel string, tail int64) (*output.Follower, error) {
	panic("stub")
}
func (s *Service) ClearLog(namespec string) ([]Result, error)         { panic("stub") }
func (s *Service) ClearAllLogs() []Result                             { panic("stub") }
func (s *Service) ReadMainLog(offset, length int64) ([]byte, error)   { panic("stub") }
func (s *Service) ClearMainLog() error                                { panic("stub") }
func (s *Service) FollowMainLog(tail int64) (*output.Follower, error) { panic("stub") }
