// Package config is everything the configuration files said, typed,
// validated and expanded, with the place each value came from. Its schema
// (one row an option) is also what prints the sample file and the docs.
package config

import (
	"io"
	"log/slog"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Config is what Load made of a file and what it includes.
type Config struct {
	Path     string // the root file
	Daemon   Daemon
	Servers  []Server
	Groups   []supervise.GroupSpec // sorted by priority, then name
	RPC      []RPCInterface
	Warnings []Warning // Supervisor's own, in its order and words, for the main log
	Notes    []*Error  // ours: what loads but cannot be meant, unknown keys, kinder rules that applied
	Included []string  // files read through [include]; Unmatched are patterns without a file
}

// Warning is a line for the main log at start.
type Warning struct {
	Level slog.Level // Info for included files, Warn for the rest
	Text  string
}

// Daemon is the section [supervisord], after the command line.
type Daemon struct {
	Logfile         string // absolute, or "syslog"
	LogfileMaxBytes int64
	LogfileBackups  int
	Loglevel        string
	Pidfile         string
	Identifier      string
	Childlogdir     string
	Directory       string
	Umask           int
	User            string // as written; "" none
	UID, GID        int    // of User; UID -1 without one
	Environment     []supervise.Var
	Flags           Flags
	Limits          Limits
}

// Flags are the booleans of [supervisord].
type Flags struct{ Nodaemon, Nocleanup, StripANSI, Silent bool }

// Limits are the minima that the daemon raises its own limits to.
type Limits struct{ Minfds, Minprocs int }

// Server is one [unix_http_server*] or [inet_http_server*] section.
type Server struct {
	Section            string
	Network            string // "unix" or "tcp"
	Host               string // tcp: "" is all interfaces
	Port               int
	Path               string // unix
	Chmod              uint32
	ChownUID, ChownGID int // -1: leave
	Username, Password string
}

// RPCInterface is one [rpcinterface:x] section.
type RPCInterface struct{ Name, Factory string }

// Client is the section [supervisorctl].
type Client struct {
	ServerURL, Username, Password, Prompt, HistoryFile string
}

// Error is one fault in a file. Its text is
// "file:line: [section] key: what is wrong, what would be right".
type Error struct {
	File         string
	Line         int // 0: unknown or no file
	Section, Key string
	Err          error // Supervisor's own text, where it has one
	Hint         string
}

func (e *Error) Error() string { panic("stub") }
func (e *Error) Unwrap() error { return e.Err }

// Errors is what Load returns: the fault that Supervisor would have stopped
// at comes first. Error gives Supervisor's own line, then every fault with
// file and line.
type Errors []*Error

func (e Errors) Error() string { panic("stub") }

// Host is what a load knows of the machine; tests and check --portable put in another.
type Host struct {
	Environ  []string
	Hostname string
	Cwd      string
	TempDir  string
	// LookupUser resolves a name or number; LookupGroup likewise. DirExists tells whether a directory is there.
	LookupUser  func(nameOrID string) (UserInfo, error)
	LookupGroup func(nameOrID string) (gid int, err error)
	DirExists   func(path string) bool
	Home        func(user string) (string, bool) // for ~ and ~user
}

// UserInfo is what a user name resolves to.
type UserInfo struct {
	Name     string
	UID, GID int
	Groups   []int
	Home     string
}

// System is the host we run on; Portable accepts every user and directory.
func System() Host   { panic("stub") }
func Portable() Host { panic("stub") }

// Overrides are values from supervisord's command line by option name
// ("loglevel" → "debug"); they stand over [supervisord] at each load.
type Overrides map[string]string

// Load reads path and what it includes. The error is an Errors for what the files say.
func Load(path string, host Host, o Overrides) (*Config, error) { panic("stub") }

// LoadClient reads [supervisorctl] of path. ErrNoSection when it is missing.
func LoadClient(path string, host Host) (Client, error) { panic("stub") }

// Diff compares the groups of two loads.
func Diff(old, new []supervise.GroupSpec) (added, changed, removed []string) { panic("stub") }

// WriteJSON writes what was understood, in the shape of the corpus' "expect".
func (c *Config) WriteJSON(w io.Writer) error { panic("stub") }

// WriteSample writes a commented sample file (echo_supervisord_conf), printed from the schema.
func WriteSample(w io.Writer) error { panic("stub") }
