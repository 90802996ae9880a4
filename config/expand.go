package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// envPrefix marks the names that stand for environment variables.
const envPrefix = "ENV_"

// scope is what "%(name)s" may stand for at one place of the files.
type scope struct {
	vars []variable
	env  []map[string]string // by variable name; a later map wins
	// assume stands in for variables that are not set; nil leaves them unknown.
	assume func(name string) string
}

// variable is one name with its value, a string or an int.
type variable struct {
	name  string
	value any
}

// with returns s with more names; names that s has already are hidden.
func (s scope) with(vars ...variable) scope {
	s.vars = append(slices.Clone(s.vars), vars...)
	return s
}

// withEnv returns s with the variables of one more environment.
func (s scope) withEnv(env map[string]string) scope {
	s.env = append(slices.Clone(s.env), env)
	return s
}

func (s scope) lookup(name string) (any, bool) {
	if key, ok := strings.CutPrefix(name, envPrefix); ok {
		for _, env := range slices.Backward(s.env) {
			if value, ok := env[key]; ok {
				return value, true
			}
		}
		if s.assume != nil {
			return s.assume(key), true
		}
		return nil, false
	}
	for _, v := range slices.Backward(s.vars) {
		if v.name == name {
			return v.value, true
		}
	}
	return nil, false
}

// available lists the names in Python's order.
func (s scope) available() []string {
	names := make(map[string]bool)
	for _, v := range s.vars {
		names[v.name] = true
	}
	for _, env := range s.env {
		for key := range env {
			names[envPrefix+key] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// expand replaces the "%(name)s" in text. where is what the original calls
// the place in its error: "section.option" or the bare option (as expand in
// Supervisor's options module).
func (s scope) expand(text, where string) (string, error) {
	out, err := format(text, s.lookup)
	var missing nameError
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &missing):
		return "", fmt.Errorf("Format string %s for %s contains names (%w) which cannot be expanded. Available names: %s",
			ini.Repr(text), ini.Repr(where), missing, strings.Join(s.available(), ", "))
	default:
		return "", fmt.Errorf("Format string %s for %s is badly formatted: %w", ini.Repr(text), ini.Repr(where), err)
	}
}

// expandAgain is the second pass that the original makes over log file names.
// It needs "%%%%" there for a percent sign; here "%%" will do too, since a
// second pass that fails leaves the result of the first.
func (s scope) expandAgain(text, where string) string {
	out, err := s.expand(text, where)
	if err != nil {
		return text
	}
	return out
}
