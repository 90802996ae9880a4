// Package output takes a child's bytes from its pipe to where they belong.
//
// In this order: communication blocks are cut out, ANSI sequences are
// stripped if asked, the rest is appended to the capped file and rotated, told
// to whoever wants a PROCESS_LOG event or a syslog line, and followers are
// woken. A Log belongs to a process of the supervisor, not to one life of it.
// A full disk drops and counts bytes, says so once, and never blocks.
//
// File, the capped file, and Syslog serve the daemon's own log as well. What
// starts the child, and what an event looks like, is left to others.
package output

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Source is where the bytes come from; proc.Stream is one.
type Source interface {
	// Next waits for bytes and hands them to use. They are borrowed for the
	// call, which may change them. It returns io.EOF when there are no more.
	Next(use func(p []byte)) error
}

// Config says what happens to the bytes of one stream.
type Config struct {
	Name    string // process name, for messages and syslog lines
	Channel string // "stdout" or "stderr"
	Path    string // "" writes no file
	// File, if OnData is what writes to it, stands in for Path: it is what Path,
	// Clear and Follow are about, and Open, Close, Reopen and Write leave it alone.
	File *File
	// Devices are shared by all Logs whose Path may lead to the same device, or nil.
	Devices    *Devices
	Prefix     string // in front of each line of the file; lines are whole then
	MaxBytes   int64  // rotate at this size; 0 or less never does; a path that is no regular file never rotates
	Backups    int
	CaptureMax int64 // > 0 cuts out blocks between Supervisor's tags, and bounds what is kept of one
	StripANSI  bool
	Syslog     LineWriter // nil sends nothing
	// OnData gets each chunk (after stripping, captured text included); nil when nobody wants it. The bytes are borrowed.
	OnData func(p []byte)
	// OnCapture gets each completed block. The bytes are the receiver's.
	OnCapture func(p []byte)
	// Logger gets one line when bytes begin to be dropped and one, with the
	// count, when writing works again, and one when rotation begins to fail.
	// nil keeps silent.
	Logger *slog.Logger
}

// LineWriter takes lines for the system log.
type LineWriter interface{ WriteLine(line string) }

// Log is one stream's way to its file. Write and Finish are called by one
// goroutine, the pump; the other methods may be called concurrently with it.
type Log struct {
	config Config
	file   *File // nil when there is none

	// Only the pump touches what follows; nil is a stage that is not wanted.
	capture *capture
	ansi    *stripper
	whole   *WholeLines // made by Open; nil: the file gets bytes as they come
	lines   *lineCutter
}

// NewLog makes a Log; nothing is opened yet.
func NewLog(c Config) *Log {
	l := &Log{config: c}
	if c.Devices == nil {
		c.Devices = new(Devices)
	}
	if c.Path != "" && c.File == nil {
		l.file = c.Devices.NewFile(c.Path, c.MaxBytes, c.Backups)
	}
	if c.CaptureMax > 0 {
		l.capture = &capture{max: c.CaptureMax}
	}
	if c.StripANSI {
		l.ansi = &stripper{}
	}
	if c.Syslog != nil {
		l.lines = &lineCutter{prefix: c.Name + " ", to: c.Syslog}
	}
	return l
}

// Open opens the file for appending and creates it with 0666 less the umask,
// as Supervisor does at each spawn. It does nothing when the Log is open. It
// must not be called while the pump is at work.
func (l *Log) Open() error {
	if l.file == nil {
		return nil
	}
	if err := l.file.Open(); err != nil {
		return err
	}
	if l.whole == nil && (l.config.Prefix != "" || l.file.TakesLines()) {
		l.whole = NewWholeLines(l.config.Prefix, l.append)
	}
	return nil
}

// Close closes the file, as Supervisor does when the process was reaped. A
// write that hangs on a full pipe is given up.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	notice, err := l.file.Close()
	l.warn(notice)
	return err
}

// Write takes one chunk, which it may change while it strips. It cannot fail:
// what the disk refuses is counted.
func (l *Log) Write(p []byte) {
	if l.capture == nil {
		l.text(p)
		return
	}
	for len(p) > 0 {
		text, rest, tag := l.capture.cut(p)
		l.text(text)
		if tag {
			l.turn()
		}
		p = rest
	}
}

// Finish flushes what the stages hold back at the end of a life: the begin of
// a tag, a line without its end, and a block that was never completed, which
// goes to the file with its opening tag (the original loses all of these).
func (l *Log) Finish() {
	if l.capture != nil {
		l.text(l.capture.held())
	}
	if l.ansi != nil {
		l.pass(l.ansi.end())
	}
	if l.capture != nil {
		l.store(l.capture.abandon())
	}
	if l.whole != nil {
		l.whole.End()
	}
	if l.lines != nil {
		l.lines.end()
	}
}

// text takes bytes that are free of tags.
func (l *Log) text(p []byte) {
	if l.ansi == nil {
		l.pass(p)
		return
	}
	before, shown := l.ansi.strip(p)
	l.pass(before)
	l.pass(shown)
}

// turn is what a tag does: text before and after it have nothing in common.
func (l *Log) turn() {
	if l.ansi != nil {
		l.pass(l.ansi.end())
	}
	block, done := l.capture.turn()
	if done && l.config.OnCapture != nil {
		l.config.OnCapture(block)
	}
}

// pass hands stripped bytes to the block or the file, then tells of them (as
// POutputDispatcher._log: captured text makes PROCESS_LOG events too).
func (l *Log) pass(p []byte) {
	if len(p) == 0 {
		return
	}
	if l.capture != nil && l.capture.inside {
		l.capture.keep(p)
	} else {
		l.store(p)
	}
	if l.config.OnData != nil {
		l.config.OnData(p)
	}
}

// store appends to the file and the system log.
func (l *Log) store(p []byte) {
	if len(p) == 0 {
		return
	}
	switch {
	case l.file == nil:
	case l.whole != nil:
		l.whole.Write(p)
	default:
		l.append(p)
	}
	if l.lines != nil {
		l.lines.write(p)
	}
}

func (l *Log) append(p []byte) { l.warn(l.file.Append(p)) }

func (l *Log) warn(notice string) {
	if notice != "" && l.config.Logger != nil {
		l.config.Logger.Warn(fmt.Sprintf("'%s' %s log %s", l.config.Name, l.config.Channel, notice))
	}
}

// Reopen closes the file and opens the path anew (SIGUSR2). It does nothing
// when the Log is closed. If the path cannot be opened the old file stays.
func (l *Log) Reopen() error {
	if l.file == nil {
		return nil
	}
	return l.file.Reopen()
}

// Clear empties the log: the base file is removed and made anew, rotated
// ones stay; a path that is no regular file is left alone. It works on a
// closed Log too.
func (l *Log) Clear() error {
	if f := l.readable(); f != nil {
		return f.Clear()
	}
	return nil
}

// Path is the file's path, "" when there is none.
func (l *Log) Path() string {
	if f := l.readable(); f != nil {
		return f.Path()
	}
	return ""
}

// readable is the file that has what was logged; nil when there is none.
func (l *Log) readable() *File {
	if l.config.File != nil {
		return l.config.File
	}
	return l.file
}

// Follow returns a Follower of the file. The first chunk is the last tail
// bytes. The error is fs.ErrNotExist when there is no file, ErrNotRegular
// when the path is a device or a pipe.
func (l *Log) Follow(tail int64) (*Follower, error) {
	if f := l.readable(); f != nil {
		return f.Follow(tail)
	}
	return nil, ErrNoFile
}

// Pump hands what src gives to l until src ends or fails, then finishes l.
// The end of src is no error.
func Pump(l *Log, src Source) error {
	defer l.Finish()
	write := l.Write
	for {
		if err := src.Next(write); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s of %q: %w", l.config.Channel, l.config.Name, err)
		}
	}
}
