package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
)

// place is one section as it is being read, with all that "%(name)s" may
// stand for in it; the names column of an option says what of it counts.
type place struct {
	section *ini.Section
	table   *table
	program string
	group   string
	process *processPlace // nil before atProcess
}

// processPlace is what only the options of one process know.
type processPlace struct {
	num, numprocs int
	env           map[string]string // the program's own environment
	broken        bool              // env could not be read
}

// scope returns what the names stand for at p.
func (l *loader) scope(allowed names, p place) *scope {
	s := &scope{
		allowed: allowed,
		here:    l.here, host: l.host.Hostname, program: p.program, group: p.group,
		process: p.process, env: l.env,
	}
	if l.host.Portable || l.envBroken || p.process != nil && p.process.broken {
		s.assume = l.assume
	}
	return s
}

// assume stands in for a variable of another machine, or of an environment
// that could not be read, which is told once and not for each use.
func (l *loader) assume(name string) string {
	l.assumed = true
	return "env-" + name
}

// values are the options of one section by key; an option without a value
// and without a default is missing.
type values map[string]any

// get returns the value of an option that has one or a default, and the zero
// value for one that is missing.
func get[T any](v values, key string) T {
	value, ok := v[key]
	if !ok {
		var zero T
		return zero
	}
	return value.(T)
}

// integer returns an option of kindInteger() as an int.
func (v values) integer(key string) int { return int(get[int64](v, key)) }

// has reports whether the option has a value or a default.
func (v values) has(key string) bool {
	_, ok := v[key]
	return ok
}

// read evaluates the options of one phase in their order and adds them to into.
func (l *loader) read(p place, at phase, into values) {
	for i := range p.table.options {
		o := &p.table.options[i]
		if o.phase != at || o.raw && at == atProcess {
			continue
		}
		if value, ok := l.value(o, p); ok {
			into[o.key] = value
		}
		if o.check != nil {
			o.check(l, p, into)
		}
	}
}

// value evaluates one option. A bad value is a fault, and its default goes on.
func (l *loader) value(o *option, p place) (any, bool) {
	v := p.section.Get(o.key)
	if v == nil {
		return l.fallback(o, p)
	}
	l.assumed = false
	value, err := l.evaluate(o, p, v.Text)
	if err == nil {
		return value, true
	}
	if l.assumed {
		l.note(p.section.Name, v, fmt.Errorf("%s depends on a variable that is not set here", ini.Repr(shown(v.Text, o.key))), "")
		return l.fallback(o, p)
	}
	text, comment, _ := strings.Cut(v.Text, ";")
	text = ini.TrimSpace(text)
	meant, ok := l.withoutComment(o, p, v, text)
	hint := fmt.Sprintf("put a blank before the comment: %s ;%s", text, shorten(comment))
	var (
		missing  nameError
		bad      formatError
		argument *pyvalue.Error
	)
	switch {
	case ok && o.kind.glued:
		l.note(p.section.Name, v, fmt.Errorf("%s is taken as %s", ini.Repr(shorten(v.Text)), text), hint+" (Supervisor refuses it as it stands)")
		return meant, true
	case ok:
	case errors.As(err, &missing):
		hint = missingNameHint(missing, l.scope(o.names, p))
	case errors.As(err, &bad):
		hint = percentHint
	case o.kind.json && v.Commented:
		err = fmt.Errorf("%s is cut where a comment begins: # and ; after a blank begin one, also in quotes", ini.Repr(shorten(v.Text)))
		hint = `write \u0023 for # and \u003b for ;`
	case errors.As(err, &argument):
		err, hint = fmt.Errorf("%s: %s", argument.Path, argument.Problem), argument.Right
	default:
		hint = o.kind.right
	}
	l.fault(p, o, v, err, hint)
	return l.fallback(o, p)
}

// fallback is the default of an option. Defaults are good on every host.
func (l *loader) fallback(o *option, p place) (any, bool) {
	if o.unset {
		return nil, false
	}
	if value, ok := l.defaults[o]; ok {
		return value, true
	}
	value, err := l.evaluate(o, p, o.value)
	if err != nil {
		panic(fmt.Sprintf("default %q of option %s: %v", o.value, o.key, err))
	}
	if o.raw || strings.IndexByte(o.value, '%') < 0 {
		l.defaults[o] = value
	}
	return value, true
}

// evaluate expands text and reads what is meant.
func (l *loader) evaluate(o *option, p place, text string) (any, error) {
	if !o.raw && strings.IndexByte(text, '%') >= 0 {
		names := l.scope(o.names, p)
		expanded, err := names.expand(text, p.section.Name+"."+o.key)
		if err != nil {
			return nil, err
		}
		if text = expanded; o.twice {
			text = names.expandAgain(text, o.key)
		}
	}
	value, err := o.kind.parse(l.host, text)
	if err != nil && o.fault != "" {
		return nil, fmt.Errorf(o.fault, text)
	}
	return value, err
}

// withoutComment evaluates what stands before a comment that lacks the blank
// before its ";"; false when there is none, it does not help, or what stands
// there is a password, which the hint would show.
func (l *loader) withoutComment(o *option, p place, v *ini.Value, text string) (any, bool) {
	if isSecret(o.key) || !strings.Contains(v.Text, ";") {
		return nil, false
	}
	value, err := l.evaluate(o, p, text)
	return value, err == nil
}

// missingNameHint tells how a name that cannot be expanded may be meant.
func missingNameHint(missing nameError, known *scope) string {
	if slices.Contains(plainNames(), missing.name) {
		return fmt.Sprintf("%%(%s)s is not known in this option", missing.name)
	}
	if near := nearest(missing.name, known.available()); near != "" {
		return fmt.Sprintf("did you mean %%(%s)s?", near)
	}
	if name, ok := strings.CutPrefix(missing.name, envPrefix); ok {
		return fmt.Sprintf("set the variable %s in the environment of supervisord, or in [supervisord] environment", name)
	}
	names := slices.DeleteFunc(known.available(), func(name string) bool { return strings.HasPrefix(name, envPrefix) })
	if len(names) == 0 {
		return percentHint
	}
	return fmt.Sprintf("known here are %s and ENV_ with any variable; %s", strings.Join(names, ", "), percentHint)
}
