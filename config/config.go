// Package config is everything the configuration files said, typed,
// validated and expanded, with the place each value came from. Its schema
// (one row an option) is also what prints the sample file and the docs.
//
// Behaviour and error texts are those of Supervisor 4.3.0; where we are kinder
// the place says so. The order in which options are evaluated is the
// original's too, so that the first fault is the one it would have stopped at.
package config

import (
	"cmp"
	"log/slog"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Config is what Load made of a file and what it includes.
type Config struct {
	Path      string // the root file
	Daemon    Daemon
	Servers   []Server              // [inet_http_server*] in order of the file, then [unix_http_server*], then [tls_server:x]
	ServerURL string                // what children are told: the first unix server, else the last inet one; "" none
	Groups    []supervise.GroupSpec // sorted by priority, then name
	RPC       []RPCInterface
	Tokens    []Token    // by name
	Scheduler *Scheduler // nil without a [scheduler] and a [job:x]: nothing of it is to be started then
	Warnings  []Warning  // Supervisor's own, in its order and words, for the main log
	Notes     []*Error   // ours: what loads but cannot be meant, unknown keys, kinder rules that applied; by file and line
	Included  []string   // files read through [include], in order
	Unmatched []string   // patterns of [include] without a file

	source source   // for ParseProgram
	set    *ini.Set // as it was read, for the places
}

// Warning is a line for the main log at start. As in the original, each
// process of a program has one of its own, though they are alike.
type Warning struct {
	Level slog.Level // Info for included files, Warn for the rest
	Text  string
	Note  *Error // the same with its place; nil where a person need not act
}

// Remarks are the warnings and notes for a person to read: each once, with
// its place, by file and line.
func (c *Config) Remarks() []*Error {
	told := make(map[string]bool)
	remarks := slices.Clone(c.Notes)
	for _, w := range c.Warnings {
		if w.Note != nil && !told[w.Note.Error()] {
			told[w.Note.Error()] = true
			remarks = append(remarks, w.Note)
		}
	}
	c.sortByPlace(remarks)
	return remarks
}

// sortByPlace brings faults or notes into the order of files and lines.
func (c *Config) sortByPlace(list []*Error) {
	order := map[string]int{c.Path: 0}
	for i, file := range c.Included {
		order[file] = i + 1
	}
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line))
	})
}

// Daemon is the section [supervisord], after the command line.
type Daemon struct {
	Logfile         string // absolute, or "syslog"
	LogfileMaxBytes int64
	LogfileBackups  int
	Loglevel        string // critical, error, warn, info, debug, trace or blather
	Pidfile         string // absolute
	Identifier      string
	Childlogdir     string
	Directory       string // "" none
	Umask           int
	User            string // as written; "" none
	UID, GID        int    // of User; -1 without one
	Environment     []supervise.Var
	Flags           Flags
	Limits          Limits
	ExitCode        int // when a program's end ends the daemon; negative: the program's own
}

// Flags are the booleans of [supervisord].
type Flags struct{ Nodaemon, Nocleanup, StripANSI, Silent, ExitWhenAllDone bool }

// Limits are the minima that the daemon raises its own limits to.
type Limits struct{ Minfds, Minprocs int }

// Server is one [unix_http_server*], [inet_http_server*] or [tls_server:x] section.
type Server struct {
	Section            string
	Network            string // "unix" or "tcp"
	Host               string // tcp: "" is all interfaces
	Port               int
	Path               string // unix: absolute
	Chmod              uint32
	ChownUID, ChownGID int // -1: leave
	Username, Password string
	Auth               bool       // a name and a password are given, maybe empty ones
	TLS                *ServerTLS // nil: plain HTTP
}

// RPCInterface is one [rpcinterface:x] section.
type RPCInterface struct {
	Name, Factory string
	Kind          RPCKind
	Options       map[string]string // the other keys, expanded
	Whitelist     []string          // RPCTwiddler: the methods that may be called; none: all
}

// Client is the section [supervisorctl].
type Client struct {
	ServerURL, Username, Password, Prompt, HistoryFile string

	Token string // "" none; it goes before the user name
	TLS   ClientTLS
}

// ClientTLS is what a client needs of files for an https:// server, in PEM.
type ClientTLS struct {
	CA        string // who may sign for the server; "": whom the machine trusts
	Cert, Key string // the client's own; "" none
}
