// Package output takes a child's bytes from its pipe to where they belong.
//
// In this order: communication blocks are cut out, ANSI sequences are
// stripped if asked, the rest is appended to the capped file and rotated, told
// to whoever wants a PROCESS_LOG event or a syslog line, and followers are
// woken. A Log belongs to a process of the supervisor, not to one life of it.
// A full disk drops and counts bytes, says so once, and never blocks.
package output

import (
	"context"
	"io"
	"log/slog"
)

// Source is where the bytes come from; proc.Stream is one.
type Source interface {
	Next(use func(p []byte)) error
}

// Config says what happens to the bytes of one stream.
type Config struct {
	Name       string // process name, for messages and syslog lines
	Channel    string // "stdout" or "stderr"
	Path       string // "" writes no file
	MaxBytes   int64  // rotate at this size; 0 or less never does; a path that is no regular file never rotates
	Backups    int
	CaptureMax int64 // > 0 cuts out blocks between Supervisor's tags, and bounds what is kept of one
	StripANSI  bool
	Syslog     LineWriter // nil sends nothing
	// OnData gets each chunk (after stripping, captured text included); nil when nobody wants it. The bytes are borrowed.
	OnData func(p []byte)
	// OnCapture gets each completed block. The bytes are the receiver's.
	OnCapture func(p []byte)
	// Logger gets one line when bytes begin to be dropped and one, with the count, when writing works again.
	Logger *slog.Logger
}

// LineWriter takes lines for the system log.
type LineWriter interface{ WriteLine(line string) }

// Log is one stream's way to its file. Write and Finish are called by one
// goroutine, the pump; the other methods may be called concurrently with it.
type Log struct{ _ int }

// NewLog makes a Log; nothing is opened yet.
func NewLog(c Config) *Log { panic("stub") }

// Open opens the file for appending and creates it with 0666 less the umask,
// as Supervisor does at each spawn. It does nothing when the Log is open.
func (l *Log) Open() error { panic("stub") }

// Close closes the file, as Supervisor does when the process was reaped.
func (l *Log) Close() error { panic("stub") }

// Write takes one chunk. It cannot fail: what the disk refuses is counted.
func (l *Log) Write(p []byte) { panic("stub") }

// Finish flushes what the capture stage holds back at the end of a life.
func (l *Log) Finish() { panic("stub") }

// Reopen closes the file and opens the path anew (SIGUSR2).
func (l *Log) Reopen() error { panic("stub") }

// Clear empties the log: the base file is removed and made anew, rotated
// ones stay; a path that is no regular file is left alone.
func (l *Log) Clear() error { panic("stub") }

// Path is the file's path, "" when there is none.
func (l *Log) Path() string { panic("stub") }

// Follow returns a Follower of the file. The first chunk is the last tail bytes.
func (l *Log) Follow(tail int64) (*Follower, error) { panic("stub") }

// Pump hands what src gives to l until src ends or fails, then finishes l.
func Pump(l *Log, src Source) error { panic("stub") }

// Follower reads a growing file on behalf of one client, at its own pace.
type Follower struct{ _ int }

// Next waits for new bytes and returns them. It goes on with the new file
// when the path is another one (rotation, clear), from its start, and
// announces an in-place truncation with "==> File truncated <==\n".
func (f *Follower) Next(ctx context.Context) ([]byte, error) { panic("stub") }

// Close releases the file.
func (f *Follower) Close() error { panic("stub") }

// ErrBadArguments and the functions below are Supervisor's rules for reading
// a log by offset and length (spec: readLog and tail semantics).
var ErrBadArguments error

// ReadFile is the rule of readLog: offset<0 with length 0 are the last
// bytes; other negative values are ErrBadArguments; past the end is "".
func ReadFile(path string, offset, length int64) ([]byte, error) { panic("stub") }

// TailFile is the rule of tailProcessStdoutLog: the window may move back, and
// newOffset is always the size. A missing file gives "", 0, false, nil.
func TailFile(path string, offset, length int64) (data []byte, newOffset int64, overflow bool, err error) {
	panic("stub")
}

var _ io.Closer = (*Follower)(nil)
