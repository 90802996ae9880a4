// Package mainlog writes the daemon's own log in Supervisor's line format,
// "2026-11-22 06:20:38,421 INFO spawned: 'x' with pid 7", as a slog.Handler.
//
// The file is capped and rotated as a child's log is, by package output. What
// the lines say is left to those who log.
package mainlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// Config of a Log.
type Config struct {
	Path     string // "" writes no file; "syslog" is resolved by the caller into Syslog
	MaxBytes int64
	Backups  int
	Level    slog.Level
	// Devices has what Path leads to when that is no regular file; nil: nobody
	// else writes there.
	Devices *output.Devices
	// Stdout gets a copy of each line; nil: no copy (daemonized or silent). There
	// is none either when Path leads to the same place, which Supervisor writes
	// to twice. A daemon whose standard output may be a broken pipe must ignore
	// SIGPIPE.
	Stdout Copy
	Syslog output.LineWriter
}

// Copy takes the lines of the log, too; an output.File does. It must not wait for
// a reader. A notice is about lines that it cannot take; see output.File. The Log
// closes it.
type Copy interface {
	TryAppend(p []byte) (notice string)
	Close() (notice string, err error)
}

// Log is the daemon's log. It is safe for concurrent use.
type Log struct {
	config Config
	file   *output.File // nil when there is none

	mu     sync.Mutex // keeps lines whole, and in one order everywhere; guards what follows
	buffer []byte
}

// Open opens the file (append, create).
func Open(c Config) (*Log, error) {
	l := &Log{config: c}
	if c.Path == "" {
		return l, nil
	}
	l.file = cmp.Or(c.Devices, new(output.Devices)).NewFile(c.Path, c.MaxBytes, c.Backups)
	if err := l.file.Open(); err != nil {
		return nil, err
	}
	if stdout, ok := c.Stdout.(*output.File); ok && l.file.Same(stdout) {
		l.config.Stdout = nil
		_, err := stdout.Close()
		return l, err
	}
	return l, nil
}

// Logger returns a logger whose records' messages are written as they are;
// attributes follow the message as key=value (the supervisor's own lines have none).
func (l *Log) Logger() *slog.Logger { return slog.New(&handler{log: l}) }

// Reopen implements SIGUSR2: the path is opened anew. The old file stays in
// use when it cannot be.
func (l *Log) Reopen() error {
	if l.file == nil {
		return nil
	}
	return l.file.Reopen()
}

// Clear removes the file and makes it anew; rotated ones stay, and a path
// that is no regular file is left alone.
func (l *Log) Clear() error {
	if l.file == nil {
		return nil
	}
	return l.file.Clear()
}

// Close closes the file and the copy. Lines that come later reach the system
// log only.
func (l *Log) Close() error {
	var errs []error
	if l.file != nil {
		errs = append(errs, closed("main log ", l.file))
	}
	if l.config.Stdout != nil {
		errs = append(errs, closed("", l.config.Stdout))
	}
	return errors.Join(errs...)
}

// closed closes a place; what it has to say at its end is an error.
func closed(name string, place Copy) error {
	notice, err := place.Close()
	if err == nil && notice != "" {
		err = errors.New(name + notice)
	}
	return err
}

// Path is the file's path, "" when there is none.
func (l *Log) Path() string { return l.config.Path }

// Follow returns a follower of the log file.
func (l *Log) Follow(tail int64) (*output.Follower, error) {
	if l.file == nil {
		return nil, output.ErrNoFile
	}
	return l.file.Follow(tail)
}

// write formats a record and hands it to all places before it returns.
func (l *Log) write(at time.Time, level slog.Level, message, attrs string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buffer = appendLine(l.buffer[:0], at, level, message, attrs)
	// What the file has to say of itself goes the same way, and ends: each
	// notice is given once, until the state of the file changes again.
	for notice := l.deliver(at, level, message+attrs); notice != ""; {
		text := "main log " + notice
		l.buffer = appendLine(l.buffer[:0], at, slog.LevelWarn, text, "")
		notice = l.deliver(at, slog.LevelWarn, text)
	}
	if cap(l.buffer) > keptBuffer {
		l.buffer = nil
	}
}

// keptBuffer is the largest buffer that is kept from one line to the next.
const keptBuffer = 16 << 10

// deliver hands the line in the buffer to the file, to standard output and to
// the system log.
func (l *Log) deliver(at time.Time, level slog.Level, text string) (notice string) {
	if l.file != nil {
		notice = l.file.TryAppend(l.buffer)
	}
	if l.config.Stdout != nil {
		if told := l.config.Stdout.TryAppend(l.buffer); told != "" {
			notice = strings.TrimPrefix(notice+"; "+told, "; ")
		}
	}
	if l.config.Syslog != nil {
		l.toSyslog(at, level, text)
	}
	return notice
}

// toSyslog sends each line of a message as a record of its own, with a
// timestamp and a newline (as SyslogHandler.emit).
func (l *Log) toSyslog(at time.Time, level slog.Level, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		l.config.Syslog.WriteLine(string(appendLine(nil, at, level, line, "")))
	}
}

// appendLine is Supervisor's format: local time, milliseconds behind a comma.
func appendLine(b []byte, at time.Time, level slog.Level, message, attrs string) []byte {
	b = at.Local().AppendFormat(b, "2006-01-02 15:04:05,000")
	b = append(b, ' ')
	b = append(b, levelName(level)...)
	b = append(b, ' ')
	b = append(b, message...)
	b = append(b, attrs...)
	return append(b, '\n')
}

// handler is the slog.Handler; attrs are those of With, ready to be written.
type handler struct {
	log    *Log
	attrs  string
	prefix string // of the groups that are open, "a.b."
}

var _ slog.Handler = (*handler)(nil)

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.config.Level
}

// Handle implements slog.Handler. It never fails: what a place refuses is
// that place's to count.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	attrs := h.attrs
	if r.NumAttrs() > 0 {
		var b strings.Builder
		b.WriteString(attrs)
		r.Attrs(func(a slog.Attr) bool {
			writeAttr(&b, h.prefix, a)
			return true
		})
		attrs = b.String()
	}
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	h.log.write(at, r.Level, r.Message, attrs)
	return nil
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.attrs)
	for _, a := range attrs {
		writeAttr(&b, h.prefix, a)
	}
	return &handler{log: h.log, attrs: b.String(), prefix: h.prefix}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{log: h.log, attrs: h.attrs, prefix: h.prefix + name + "."}
}

// writeAttr writes " key=value"; what has blanks is quoted.
func writeAttr(b *strings.Builder, prefix string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range value.Group() {
			writeAttr(b, prefix, member)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	text := value.String()
	if strings.ContainsAny(text, " \t\n\"=") || text == "" {
		text = fmt.Sprintf("%q", text)
	}
	fmt.Fprintf(b, " %s%s=%s", prefix, a.Key, text)
}
