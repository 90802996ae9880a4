package rpc

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// Twiddler is an interface of supervisor_twiddler 1.0.0.
type Twiddler struct {
	Name      string   // of its section, under which its methods are called
	Whitelist []string // the methods that may be called; none: all
}

// twiddlerVersion is what getAPIVersion of supervisor_twiddler answers.
const twiddlerVersion = "1.0"

// methods are the rows of the interface. What the whitelist leaves out is
// there and refuses to be called.
func (t Twiddler) methods() []method {
	rows := []method{
		{
			name: "getAPIVersion", role: viewer, result: "int", // which is what its docstring says
			help: "Tells the version of this interface.", returns: "the version, as a string",
			call: answer(func(*service.Service) any { return twiddlerVersion }),
		}, {
			name: "getGroupNames", role: viewer, result: "array",
			help: "Lists all groups.", returns: "their names, in the order in which they start",
			call: answer(func(s *service.Service) any { return s.GroupNames() }),
		}, {
			name: "log", role: operator, result: "boolean",
			params: []param{
				{name: "message", kind: text, help: "what to write"},
				{name: "level", kind: logLevel, missing: 20,
					help: "CRIT (50), ERRO (40), WARN (30), INFO (20), DEBG (10), TRAC (5) or BLAT (3), by name or number; if left out, INFO"},
			},
			help: "Writes a line to the log of the daemon.", returns: alwaysTrue,
			call: writeLog,
		}, {
			name: "addProgramToGroup", role: admin, result: "boolean",
			params: []param{
				{name: "group", kind: text, help: "a group that runs"},
				{name: "program", kind: text, help: "the name that a section [program:x] would have"},
				{name: "options", kind: options, help: "the options that the section would have"},
			},
			help: "Adds the processes of a program that no file declares to a group, and starts them if it has autostart. " +
				"They are gone when the daemon starts over.",
			returns: alwaysTrue,
			call: done(func(s *service.Service, a args) error {
				return s.AddProgram(a.text(0), a.text(1), a.options(2))
			}),
		}, {
			name: "removeProcessFromGroup", role: admin, result: "boolean",
			params: []param{
				{name: "group", kind: text, help: "a group"},
				{name: "process", kind: text, help: "a process of it that is stopped, by the name that it has there"},
			},
			help: "Forgets a process of a group.", returns: alwaysTrue,
			call: done(func(s *service.Service, a args) error { return s.RemoveProcess(a.text(0), a.text(1)) }),
		},
	}
	for i := range rows {
		rows[i].unlisted = len(t.Whitelist) > 0 && !slices.Contains(t.Whitelist, rows[i].name)
		rows[i].name = t.Name + "." + rows[i].name
	}
	return rows
}

func writeLog(_ context.Context, s *service.Service, a args) (any, error) {
	level, ok := levelOf(a[1])
	if !ok {
		return nil, errIncorrectParameters
	}
	return trueUnless(s.Note(level, a.text(0)))
}

// levelOf reads one of Supervisor's levels by name, in any case, or number.
func levelOf(v any) (slog.Level, bool) {
	for _, known := range []struct {
		name   string
		number int64
		level  slog.Level
	}{
		{"CRIT", 50, mainlog.Critical},
		{"ERRO", 40, slog.LevelError},
		{"WARN", 30, slog.LevelWarn},
		{"INFO", 20, slog.LevelInfo},
		{"DEBG", 10, slog.LevelDebug},
		{"TRAC", 5, mainlog.Trace},
		{"BLAT", 3, mainlog.Blather},
	} {
		if name, isName := v.(string); isName && strings.ToUpper(name) == known.name {
			return known.level, true
		}
		if n, isNumber := v.(int); isNumber && int64(n) == known.number {
			return known.level, true
		}
	}
	return 0, false
}

// asOptions reads a struct, or what Python's dict() makes one of: an array of
// pairs. Values may be of the type that they stand for.
func asOptions(v any) (any, bool) {
	switch v := v.(type) {
	case xmlrpc.Struct:
		list := make([]service.ProgramOption, len(v))
		for i, m := range v {
			value, ok := asText(m.Value)
			if !ok {
				return nil, false
			}
			list[i] = service.ProgramOption{Key: m.Name, Value: value}
		}
		return list, true
	case []any:
		members := make(xmlrpc.Struct, len(v))
		for i, pair := range v {
			two, _ := pair.([]any)
			if len(two) != 2 {
				return nil, false
			}
			name, ok := two[0].(string)
			if !ok {
				return nil, false
			}
			members[i] = xmlrpc.Member{Name: name, Value: two[1]}
		}
		return asOptions(members)
	}
	return nil, false
}

// asText is a value as a file would say it.
func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	case int:
		return strconv.Itoa(v), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}
