package supervise

import (
	"context"
	"log/slog"
	"syscall"

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
	// AutoLog makes the path of an AUTO log file and creates the file.
	AutoLog func(process, channel string) (string, error)
	// Record is told of each child's start and end, for the crash record. May be nil.
	Record Recorder
}

// Recorder keeps note of the children that live, so that a daemon that was
// killed can find them again. Its methods must not block for long.
type Recorder interface {
	Started(p Program, child proc.Child)
	Ended(p Program, child proc.Child)
}

// Supervisor holds the groups and the order they start and stop in. All
// methods may be called concurrently.
type Supervisor struct{ _ int }

// New returns a Supervisor without groups.
func New(o Options) *Supervisor { panic("stub") }

// Add creates a group and starts its autostart processes. ErrAlreadyAdded.
func (s *Supervisor) Add(g GroupSpec) error { panic("stub") }

// Remove forgets a group. ErrNoGroup, ErrStillRunning.
func (s *Supervisor) Remove(name string) error { panic("stub") }

// Groups are the groups sorted by priority, then name.
func (s *Supervisor) Groups() []*Group { panic("stub") }

// Group finds a group by name.
func (s *Supervisor) Group(name string) (*Group, bool) { panic("stub") }

// Process finds a process by group and process name.
func (s *Supervisor) Process(group, name string) (*Process, error) { panic("stub") }

// Shutdown stops all groups, those of the highest priority number first and
// equal ones together, and returns when no process is left; from its first
// moment no process is started any more. It logs what it waits for.
func (s *Supervisor) Shutdown(ctx context.Context) error { panic("stub") }

// ReopenLogs reopens the logs of running processes (SIGUSR2).
func (s *Supervisor) ReopenLogs() { panic("stub") }

// Group is a group of processes.
type Group struct{ _ int }

func (g *Group) Spec() GroupSpec       { panic("stub") }
func (g *Group) Name() string          { panic("stub") }
func (g *Group) Processes() []*Process { panic("stub") } // in start order

// Process owns one child and moves it along the edges of the state table.
// Its methods may be called concurrently; they ask the goroutine that owns it.
type Process struct{ _ int }

func (p *Process) Program() Program { panic("stub") }
func (p *Process) Status() *Status  { panic("stub") } // takes no lock

// Stdout and Stderr are the logs, nil when there is none (redirected).
func (p *Process) Stdout() *output.Log { panic("stub") }
func (p *Process) Stderr() *output.Log { panic("stub") }

// Start starts the process. With wait it returns when the process is RUNNING
// or has failed to become so, without it when the spawn was tried.
// ErrNoFile, ErrNotExecutable, ErrAlreadyStarted, ErrSpawn, ErrAbnormal, ErrUnknownState.
func (p *Process) Start(ctx context.Context, wait bool) error { panic("stub") }

// AwaitRunning waits out a start that was asked for without wait, so that
// many can be started in order and then waited for together: it returns nil
// once the process is RUNNING, and as soon as it is neither that nor STARTING
// ErrSpawn when there is a SpawnErr, else ErrAbnormal. Cancelling ctx ends the
// waiting only.
func (p *Process) AwaitRunning(ctx context.Context) error { panic("stub") }

// Stop stops the process; with wait it returns when it is stopped. ErrNotRunning.
func (p *Process) Stop(ctx context.Context, wait bool) error { panic("stub") }

// AwaitStopped waits until the process is in a stopped state and logs
// "waiting for NAME to stop" meanwhile, at once and then every two seconds, as
// the original does while a stop with wait is under way.
func (p *Process) AwaitStopped(ctx context.Context) error { panic("stub") }

// Signal sends sig to the process alone, never to its group. ErrNotRunning.
func (p *Process) Signal(ctx context.Context, sig syscall.Signal) error { panic("stub") }

// WriteStdin queues bytes for the child's standard input. ErrNotRunning, ErrStdinClosed.
func (p *Process) WriteStdin(ctx context.Context, data []byte) error { panic("stub") }

// ClearLogs empties both logs.
func (p *Process) ClearLogs() error { panic("stub") }
