// Package mainlog writes the daemon's own log in Supervisor's line format,
// "2026-11-22 06:20:38,421 INFO spawned: 'x' with pid 7", as a slog.Handler.
package mainlog

import (
	"io"
	"log/slog"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// Supervisor's levels that slog has no name for. slog's Debug, Info, Warn and
// Error are DEBG, INFO, WARN and ERRO.
const (
	Blather  = slog.Level(-12) // BLAT
	Trace    = slog.Level(-8)  // TRAC
	Critical = slog.Level(12)  // CRIT
)

// ParseLevel knows Supervisor's level names, in any case.
func ParseLevel(name string) (slog.Level, bool) { panic("stub") }

// Config of a Log.
type Config struct {
	Path     string // "" writes no file; "syslog" is resolved by the caller into Syslog
	MaxBytes int64
	Backups  int
	Level    slog.Level
	Stdout   io.Writer // nil: no copy (daemonized or silent)
	Syslog   output.LineWriter
}

// Log is the daemon's log. It is safe for concurrent use.
type Log struct{ _ int }

// Open opens the file (append, create).
func Open(c Config) (*Log, error) { panic("stub") }

// Logger returns a logger whose records' messages are written as they are;
// attributes follow the message as key=value (the supervisor's own lines have none).
func (l *Log) Logger() *slog.Logger { panic("stub") }

// Reopen implements SIGUSR2 and clearLog's second half; Clear empties the file.
func (l *Log) Reopen() error { panic("stub") }
func (l *Log) Clear() error  { panic("stub") }
func (l *Log) Close() error  { panic("stub") }

// Path is the file's path, "" when there is none.
func (l *Log) Path() string { panic("stub") }

// Follow returns a follower of the log file.
func (l *Log) Follow(tail int64) (*output.Follower, error) { panic("stub") }
