package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ExecutorType says what a JobExecutor runs.
type ExecutorType string

// The types of executors.
const (
	CommandExecutor ExecutorType = "command" // commands and actions on programs
	PythonExecutor  ExecutorType = "python"  // functions, in worker processes
	RemoteExecutor  ExecutorType = "remote"  // functions, in processes that come and ask for runs
)

// JobExecutor is one [executor:x] section, or the one that is called default
// without one, which is of type Command.
type JobExecutor struct {
	Name    string
	Type    ExecutorType
	Workers int // Command, Remote: runs at a time, 0: Scheduler.Workers; Python: processes, at least 1
	Python  *PythonWorkers
	Lease   time.Duration // Remote: a worker that is silent so long is dead
}

// PythonWorkers are the processes of an executor of type Python.
type PythonWorkers struct {
	Interpreter string
	Concurrency int   // runs at a time in one process
	MaxCalls    int   // runs until a process is replaced; 0: any number
	MaxMemory   int64 // bytes from which on it is replaced; 0: any
	// Child has directory, user, umask and environment, that of [supervisord]
	// under its own.
	Child supervise.ChildSpec
}

const executorPrefix = "executor:"

// jobExecutors reads the [executor:x] sections and adds the default one.
func (l *loader) jobExecutors() []JobExecutor {
	var executors []JobExecutor
	l.each(executorPrefix, func(section *ini.Section) {
		name, ok := l.namedSection(section)
		if !ok {
			return
		}
		p := place{section: section, table: tableOf(l.tables, section.Name), program: name, group: name}
		v := make(values)
		l.read(p, atSection, v)
		executors = append(executors, l.jobExecutor(p, name, v))
	})
	if !slices.ContainsFunc(executors, func(e JobExecutor) bool { return e.Name == defaultName }) {
		executors = append(executors, JobExecutor{Name: defaultName, Type: CommandExecutor})
	}
	slices.SortFunc(executors, func(a, b JobExecutor) int { return cmp.Compare(a.Name, b.Name) })
	return executors
}

func (l *loader) jobExecutor(p place, name string, v values) JobExecutor {
	e := JobExecutor{Name: name, Type: get[ExecutorType](v, "type"), Workers: v.integer("workers")}
	if p.section.Get("type") == nil {
		l.missing(p, "type", errors.New("the executor has no type"), "add type = python, type = command or type = remote")
	}
	for _, o := range p.table.options {
		if e.Type != "" && p.section.Get(o.key) != nil && !e.Type.has(o.key) {
			l.wrong(p.section, o.key, fmt.Errorf("an executor of type %s does not have it", e.Type), "remove the line")
		}
	}
	switch e.Type {
	case RemoteExecutor:
		e.Lease = get[time.Duration](v, "lease")
	case PythonExecutor:
		e.Workers = max(e.Workers, 1)
		e.Python = l.pythonWorkers(p, v)
	}
	return e
}

// has reports whether executors of the type have an option.
func (t ExecutorType) has(key string) bool {
	switch key {
	case "type", "workers":
		return true
	case "lease":
		return t == RemoteExecutor
	default:
		return t == PythonExecutor
	}
}

func (l *loader) pythonWorkers(p place, v values) *PythonWorkers {
	p.process = &processPlace{numprocs: 1}
	w := &PythonWorkers{
		Interpreter: get[string](v, "python"),
		Concurrency: v.integer("concurrency"),
		MaxCalls:    v.integer("max_calls"),
		MaxMemory:   get[int64](v, "max_memory"),
		Child: supervise.ChildSpec{
			Directory:   get[string](v, "directory"),
			Umask:       inheritUmask,
			User:        get[*proc.User](v, "user"),
			Environment: mergeEnvironment(l.config.Daemon.Environment, l.environment(p)),
			ServerURL:   l.config.ServerURL,
		},
	}
	if v.has("umask") {
		w.Child.Umask = get[int](v, "umask")
	}
	if w.MaxMemory < 0 {
		l.wrong(p.section, "max_memory", fmt.Errorf("%d is less than 0", w.MaxMemory), "give a size such as 500MB, or 0 for no limit")
	}
	return w
}
