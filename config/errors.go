package config

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoSection says that a file has no [supervisorctl] section.
var ErrNoSection = errors.New(".ini file does not include supervisorctl section")

// Error is one fault in a file. Its text is
// "file:line: [section] key: what is wrong, what would be right".
type Error struct {
	File         string
	Line         int // 0: unknown or no file
	Section, Key string
	Err          error  // Supervisor's own text, where it has one
	Hint         string // what would be right
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ":")
		if e.Line > 0 {
			fmt.Fprintf(&b, "%d:", e.Line)
		}
		b.WriteByte(' ')
	}
	if e.Section != "" {
		b.WriteString("[" + e.Section + "] ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.what())
	if e.Hint != "" {
		b.WriteString(", " + e.Hint)
	}
	return b.String()
}

// what is the fault without the words that tell the place again.
func (e *Error) what() string {
	err := e.Err
	for o := (*original)(nil); errors.As(err, &o); {
		err = o.fault
	}
	return err.Error()
}

// Unwrap returns the fault without its place.
func (e *Error) Unwrap() error { return e.Err }

// says is an error in Supervisor's own words, which begin with a capital
// where ours would not.
func says(format string, args ...any) error { return fmt.Errorf(format, args...) }

// original is a fault that Supervisor words differently, because it adds the
// section and file or tells several faults in one.
type original struct {
	line  string // Supervisor's
	fault error
}

func (o *original) Error() string { return o.line }
func (o *original) Unwrap() error { return o.fault }

// Errors is what Load returns: the fault that Supervisor would have stopped
// at comes first. Error gives Supervisor's own line, then every fault with
// file and line.
type Errors []*Error

func (e Errors) Error() string {
	lines := []string{e[0].Err.Error()}
	for _, fault := range e {
		lines = append(lines, fault.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns every fault.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, fault := range e {
		all[i] = fault
	}
	return all
}
