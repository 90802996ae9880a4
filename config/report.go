package config

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// at is a fault or note at a value.
func (l *loader) at(section string, v *ini.Value, err error, hint string) *Error {
	return &Error{File: v.File, Line: v.Line, Section: section, Key: v.Key, Err: err, Hint: hint}
}

// first reports whether e was not told before: the processes of a program share their faults.
func (l *loader) first(e *Error) bool {
	text := e.Error()
	known := l.told[text]
	l.told[text] = true
	return !known
}

func (l *loader) addFault(e *Error) {
	if l.first(e) {
		l.faults = append(l.faults, e)
	}
}

func (l *loader) addNote(e *Error) {
	if l.first(e) {
		l.notes = append(l.notes, e)
	}
}

// asNotes makes notes of the faults that read finds.
func (l *loader) asNotes(read func()) {
	before := len(l.faults)
	read()
	l.notes = append(l.notes, l.faults[before:]...)
	l.faults = l.faults[:before]
}

// note tells about a value that loads but cannot be meant.
func (l *loader) note(section string, v *ini.Value, err error, hint string) {
	l.addNote(l.at(section, v, err, hint))
}

// fault tells about a value that does not load, once: the original reads some
// options for the group and for its processes.
func (l *loader) fault(p place, o *option, v *ini.Value, err error, hint string) {
	where := fmt.Sprintf("%s:%d [%s] %s", v.File, v.Line, p.section.Name, v.Key)
	if l.told[where] {
		return
	}
	l.told[where] = true
	if p.table.suffix && o.phase != atGroup {
		err = suffixed(p.section, err)
	}
	l.addFault(l.at(p.section.Name, v, err, hint))
}

// suffixed gives err the end that the original adds to faults of programs.
func suffixed(section *ini.Section, err error) error {
	line := fmt.Sprintf("%s in section %s (file: %s)", err, ini.Repr(section.Name), ini.Repr(section.File))
	return &original{line: line, fault: err}
}

// missing tells about an option that must be there, unless the section has
// lines that cannot be read: it may be one of those.
func (l *loader) missing(p place, key string, err error, hint string) {
	if l.broken[p.section.Name] {
		return
	}
	if p.process != nil {
		err = suffixed(p.section, err)
	}
	fault := &Error{File: p.section.File, Line: p.section.Line, Section: p.section.Name, Key: key, Err: err, Hint: hint}
	for _, v := range p.section.Values() {
		if strings.HasPrefix(v.Key, key+fullWidthColon) {
			fault.File, fault.Line = v.File, v.Line
			fault.Hint = fmt.Sprintf("this line has a full-width %s; %s", fullWidthColon, asciiColonHint(key))
		}
	}
	l.addFault(fault)
}

func asciiColonHint(key string) string {
	return fmt.Sprintf("type an ASCII = or : there, as in %s = …", key)
}

// placed is a fault or note of an option, at its line if it has one.
func placed(section *ini.Section, key string, err error, hint string) *Error {
	line, file := section.Line, section.File
	if v := section.Get(key); v != nil {
		line, file = v.Line, v.File
	}
	return &Error{File: file, Line: line, Section: section.Name, Key: key, Err: err, Hint: hint}
}

// wrong tells about a rule that an option breaks.
func (l *loader) wrong(section *ini.Section, key string, err error, hint string) {
	l.addFault(placed(section, key, err, hint))
}

// warn gives the warning that the original has for an option of a program.
func (l *loader) warn(section *ini.Section, key, problem, hint string) {
	text := fmt.Sprintf("For [%s], %s", section.Name, problem)
	l.warnings = append(l.warnings, Warning{slog.LevelWarn, text, placed(section, key, errors.New(problem), hint)})
}

// fullWidthColon is the colon of Chinese and Japanese text, which the eye
// takes for the one that ends a key.
const fullWidthColon = "："

// syntaxFaults tells every line that cannot be read.
func (l *loader) syntaxFaults(syntax *ini.SyntaxError) {
	for _, f := range syntax.Faults {
		l.broken[f.Section] = true
		hint, problem := syntaxText(f)
		l.addFault(&Error{File: f.File, Line: f.Line, Section: f.Section,
			Err: &original{line: syntax.Error(), fault: problem}, Hint: hint})
	}
}

// syntaxText words one line that cannot be read and what would be right.
func syntaxText(f ini.Fault) (hint string, problem error) {
	source := ini.TrimSpace(f.Source)
	key, _, wide := strings.Cut(source, fullWidthColon)
	switch {
	case f.Problem == ini.NotUTF8:
		return fmt.Sprintf("convert it: iconv -f %s -t UTF-8 %s > %s.utf8", guessEncoding(f.Source), shellQuote(f.File), shellQuote(f.File)),
			errors.New("the file is not UTF-8")
	case wide && key != "" && !strings.HasPrefix(key, "["):
		return asciiColonHint(key), fmt.Errorf("%s has a full-width %s after the key", ini.Repr(shorten(source)), fullWidthColon)
	case f.Problem == ini.NoHeader:
		return "begin the file with a section such as [supervisord]", fmt.Errorf("%s stands before any section", ini.Repr(shorten(source)))
	case f.Problem == ini.NoKey:
		return "write key = value", fmt.Errorf("%s has no key", ini.Repr(shorten(source)))
	}
	return "write key = value; a line that continues a value must be indented; a comment begins with ; or #",
		fmt.Errorf("%s has no = and no : in it", ini.Repr(shorten(source)))
}

// guessEncoding names an encoding for iconv: GB18030 when every byte beyond
// ASCII begins a pair of it, else Latin-1. (Of its characters of four bytes,
// both halves look like a pair with a digit.)
func guessEncoding(line string) string {
	for i := 0; i < len(line); i++ {
		if line[i] <= unicode.MaxASCII {
			continue
		}
		if i+1 == len(line) || !isPairOfGB18030(line[i], line[i+1]) {
			return "ISO-8859-1"
		}
		i++
	}
	return "GB18030"
}

func isPairOfGB18030(lead, trail byte) bool {
	digit := trail >= '0' && trail <= '9'
	return lead >= 0x81 && lead <= 0xfe && (digit || trail >= 0x40 && trail != 0x7f && trail <= 0xfe)
}

// shortest is the length, in characters, from which quoted text is cut.
const shortest = 60

func shorten(text string) string {
	if runes := []rune(text); len(runes) > shortest {
		return string(runes[:shortest]) + "…"
	}
	return text
}

// shellQuote quotes a file name where a shell would not take it as it is.
func shellQuote(name string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-+", r)
	}
	if strings.TrimFunc(name, plain) == "" && name != "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
