package ini

import (
	"fmt"
	"strings"
)

// Problem says what is wrong with a line.
type Problem int

// The problems that a file can have.
const (
	NoHeader    Problem = iota // text before the first section
	NoDelimiter                // neither "=" nor ":" in the line
	NoKey                      // nothing before the "=" or ":"
	NotUTF8                    // the bytes are no UTF-8
)

// Fault is one line that cannot be read.
type Fault struct {
	File    string
	Line    int
	Section string // the section it stands in; "" before the first
	Source  string // the line as it stands, without its line end
	Problem Problem
}

// SyntaxError is everything that is wrong with one file. Its text is what
// Python's parser says.
type SyntaxError struct {
	Faults []Fault // at least one, in order of lines
	text   string
}

// Error returns Python's own words, which may have several lines.
func (e *SyntaxError) Error() string { return e.text }

// syntaxError words faults as Python does: text before any section ends its
// reading at once (MissingSectionHeaderError), everything else is collected
// (ParsingError).
func syntaxError(file string, faults []Fault, raw []string) *SyntaxError {
	if faults[0].Problem == NoHeader {
		text := fmt.Sprintf("File contains no section headers.\nfile: %s, line: %d\n%s",
			Repr(file), faults[0].Line, Repr(raw[0]))
		return &SyntaxError{Faults: faults, text: text}
	}
	var b strings.Builder
	b.WriteString("Source contains parsing errors: " + Repr(file))
	for i, f := range faults {
		fmt.Fprintf(&b, "\n\t[line %2d]: %s", f.Line, Repr(raw[i]))
	}
	return &SyntaxError{Faults: faults, text: b.String()}
}

// Oddity says what is odd about a line that reads well.
type Oddity int

// The oddities that are reported.
const (
	ByteOrderMark   Oddity = iota // the file began with a UTF-8 byte order mark, which was skipped
	TextAfterHeader               // text other than a comment after a section's "]", which is ignored
)

// Remark is one oddity and its place.
type Remark struct {
	File    string
	Line    int
	Section string
	Oddity  Oddity
	Text    string // the text after the header
}
