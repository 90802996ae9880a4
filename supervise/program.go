// Package supervise keeps programs running: it owns one child per Process
// and moves it along the edges of Supervisor's state table, and it starts and
// stops Processes in the order of their groups. It knows no configuration
// file, no front end and no clock but package time.
package supervise

import (
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Program is the spec of one supervised process, defaults filled in and all
// expansion done (one Program per process of a numprocs program).
type Program struct {
	Name     string // process name
	Group    string
	Section  string // where it was declared, such as "program:web"
	Command  string // split with POSIX shell rules at each start
	Priority int

	Child  ChildSpec
	Start  StartPolicy
	Stop   StopPolicy
	Stdout LogSpec
	Stderr LogSpec
	// RedirectStderr sends standard error down the pipe of standard output.
	RedirectStderr bool
	// Socket is what the children of a FastCGI program have as their standard
	// input, all of them the same one; nil: they have a pipe.
	Socket *SocketSpec
}

// ChildSpec is what the child finds around it.
type ChildSpec struct {
	Directory   string
	Umask       int        // negative: inherited
	User        *proc.User // nil: the daemon's
	Environment []Var      // [supervisord] environment merged with the program's, in order; overlays the daemon's
	ServerURL   string     // SUPERVISOR_SERVER_URL; "" leaves it unset
	// ServerURLGiven: the section said so itself (serverurl is not AUTO).
	ServerURLGiven bool
}

// Var is one environment variable.
type Var struct{ Name, Value string }

// Autorestart says whether an exited process is started again.
type Autorestart int

// The three words of the option autorestart.
const (
	RestartNever Autorestart = iota
	RestartUnexpected
	RestartAlways
)

// StartPolicy is when a process starts and when it counts as started.
type StartPolicy struct {
	Auto        bool
	Autorestart Autorestart
	//lint:ignore ST1011 the option is called startsecs
	Secs      time.Duration // startsecs: up for longer than this is RUNNING
	Retries   int
	ExitCodes []int
	Pause     time.Duration // restartpause: added before each automatic restart
	ExitOn    ExitOn
}

// Orphans says what happens to members of a process group that outlive its leader.
type Orphans int

// The words of the option orphans.
const (
	OrphansKeep Orphans = iota
	OrphansStop
	OrphansKill
)

// StopPolicy is how a process is stopped.
type StopPolicy struct {
	Signal      syscall.Signal
	Wait        time.Duration // stopwaitsecs, then SIGKILL
	AsGroup     bool
	KillAsGroup bool
	Orphans     Orphans
}

// LogSpec is where one stream of a process goes.
type LogSpec struct {
	File       string // "" none
	Auto       bool   // AUTO: File is generated when the group is created
	MaxBytes   int64
	Backups    int
	CaptureMax int64
	Events     bool
	Syslog     bool
	Prefix     string // before each line of File
}

// Kind tells the sections that make groups apart.
type Kind int

// The kinds of group.
const (
	KindGroup Kind = iota // [group:x], or a [program:x] of its own
	KindFastCGI
	KindListener
)

// GroupSpec is the spec of one group: what reread compares and update applies.
type GroupSpec struct {
	Name     string
	Priority int
	Kind     Kind
	Programs []Program // in start order
	Listener *ListenerSpec
	Socket   *SocketSpec // of KindFastCGI: that of its programs, also where there are none (numprocs=0)
}

// ListenerSpec is what an event listener pool adds.
type ListenerSpec struct {
	BufferSize    int
	Events        []string // of Supervisor's tree
	JobEvents     []string // of jobs; nil none
	ResultHandler string
}

// SocketSpec is the listening socket of a FastCGI program. Its URL is
// tcp://host:port, where the host is a name or an address of IPv4, an address
// of IPv6 in brackets, or * for every address of IPv4; or unix:///path.
type SocketSpec struct {
	URL      string
	Backlog  int    // how many connections may wait; 0: as many as the system allows
	Mode     uint32 // of a unix socket
	UID, GID int    // whose a unix socket becomes; -1: left as it is
}
