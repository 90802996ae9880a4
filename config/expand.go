package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// envPrefix marks the names that stand for environment variables.
const envPrefix = "ENV_"

// scope is what "%(name)s" may stand for at one place of the files: the names
// that are allowed there, with their values.
type scope struct {
	allowed                    names
	here, host, program, group string
	process                    *processPlace // nil: nameProcess has no values yet
	env                        map[string]string
	// assume stands in for variables that are not set; nil leaves them unknown.
	assume func(name string) string
}

// plainNames are all names but those of variables.
func plainNames() []string {
	return []string{"here", "host_node_name", "program_name", "group_name", "process_num", "numprocs"}
}

func (s *scope) lookup(name string) (any, bool) {
	if key, ok := strings.CutPrefix(name, envPrefix); ok {
		return s.variable(key)
	}
	process := s.allowed&nameProcess != 0 && s.process != nil
	switch name {
	case "here":
		return s.here, s.allowed&nameHere != 0
	case "host_node_name":
		return s.host, s.allowed&nameHost != 0
	case "program_name":
		return s.program, s.allowed&nameProgram != 0
	case "group_name":
		return s.group, s.allowed&nameGroup != 0
	case "process_num":
		if process {
			return s.process.num, true
		}
	case "numprocs":
		if process {
			return s.process.numprocs, true
		}
	}
	return nil, false
}

// variable looks up an environment variable; the program's own win.
func (s *scope) variable(key string) (any, bool) {
	if s.allowed&nameProcess != 0 && s.process != nil {
		if value, ok := s.process.env[key]; ok {
			return value, true
		}
	}
	if value, ok := s.env[key]; ok {
		return value, true
	}
	if s.assume != nil {
		return s.assume(key), true
	}
	return nil, false
}

// available lists the names in Python's order.
func (s *scope) available() []string {
	var list []string
	for _, name := range plainNames() {
		if _, ok := s.lookup(name); ok {
			list = append(list, name)
		}
	}
	for key := range s.env {
		list = append(list, envPrefix+key)
	}
	if s.allowed&nameProcess != 0 && s.process != nil {
		for key := range s.process.env {
			list = append(list, envPrefix+key)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A formatError says that a format string is no format string.
type formatError struct{ error }

// percentHint is what would be right instead of most format strings that are
// none.
const percentHint = "write %% for a percent sign"

// expand replaces the "%(name)s" in text. where is what the original calls
// the place in its error: "section.option" or the bare option (as expand in
// Supervisor's options module).
func (s *scope) expand(text, where string) (string, error) {
	out, err := format(text, s.lookup)
	var missing nameError
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &missing):
		fault := says("Format string %s for %s contains names (%w) which cannot be expanded", ini.Repr(shown(text, where)), ini.Repr(where), missing)
		// The names are hundreds where the environment is large.
		return "", &original{line: fmt.Sprintf("%v. Available names: %s", fault, strings.Join(s.available(), ", ")), fault: fault}
	default:
		return "", says("Format string %s for %s is badly formatted: %w", ini.Repr(shown(text, where)), ini.Repr(where), formatError{err})
	}
}

// keyPassword is the option whose value no error may show.
const keyPassword = "password"

// isSecret reports whether there may be a password or the like in the value of
// an option.
func isSecret(key string) bool { return key == keyPassword || key == keyURL || key == keyToken }

// shown is text as an error about the place where ("section.option" or the
// bare option) may show it: errors go to logs and to clients, so a password is
// left out of them. The original prints it.
func shown(text, where string) string {
	if isSecret(where[strings.LastIndexByte(where, '.')+1:]) {
		return "..."
	}
	return text
}

// expandAgain is the second pass that the original makes over log file names
// and over the environment of [supervisord].
// It needs "%%%%" there for a percent sign; here "%%" will do too, since a
// second pass that fails leaves the result of the first.
func (s *scope) expandAgain(text, where string) string {
	out, err := s.expand(text, where)
	if err != nil {
		return text
	}
	return out
}
