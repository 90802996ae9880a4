package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Job is one [job:x] section. Exactly one of Command, Func and Action is there.
type Job struct {
	Name     string // what follows the colon, the id of the job
	Title    string // for people; "" none
	Store    string // a name of Scheduler.Stores
	Executor string // a name of Scheduler.Executors, of a type that fits
	Schedule Schedule
	Policy   job.Policy
	// Command is one run of a command as a program: name, group and section are
	// those of the job, and nothing in it is about starting it again.
	Command *supervise.Program
	Func    *FuncCall
	Action  *ProgramAction
	// Declared is what the section says, with the defaults of [scheduler] that
	// count for it, one option a line: a changed comment changes nothing.
	// Environments are digests in it.
	Declared string
}

// FuncCall is a Python function with its arguments.
type FuncCall struct {
	Name         string          // module:function
	Args, Kwargs json.RawMessage // a list and an object without blanks; nil: none
}

// Verb is what an action does.
type Verb string

// The verbs of actions.
const (
	RestartProgram Verb = "restart"
	StartProgram   Verb = "start"
	StopProgram    Verb = "stop"
	SignalProgram  Verb = "signal"
)

// ProgramAction is something to do with processes of the supervisor.
type ProgramAction struct {
	Program string // as written
	Verb    Verb
	Signal  syscall.Signal // of SignalProgram
	// Targets are GROUP:* or GROUP:PROCESS.
	Targets []string
}

// jobReader reads the [job:x] sections.
type jobReader struct {
	*loader
	scheduler *ini.Section // [scheduler], whose options are defaults
	common    values       // what it says
	// The keys of options by what they are about.
	trigger, policy, command map[string]bool
}

func newJobReader(l *loader, scheduler *ini.Section, common values) jobReader {
	return jobReader{loader: l, scheduler: scheduler, common: common,
		trigger: keySet(triggerOptions()), policy: keySet(policyOptions(atGroup, takesUpdate)), command: keySet(commandOptions())}
}

func (l *loader) jobs(scheduler *ini.Section, common values) {
	r := newJobReader(l, scheduler, common)
	s := l.config.Scheduler
	s.words = jobWords{source: l.source(), set: l.set, scheduler: scheduler, common: common}
	l.each(jobPrefix, func(section *ini.Section) {
		if name, ok := l.namedSection(section); ok {
			s.Jobs = append(s.Jobs, r.job(section, name))
		}
	})
	l.concurrencies()
	slices.SortFunc(s.Jobs, func(a, b Job) int { return strings.Compare(a.Name, b.Name) })
}

func (r jobReader) job(section *ini.Section, name string) Job {
	p := place{section: section, table: tableOf(r.tables, section.Name), program: name, group: name}
	v := make(values)
	r.read(p, atGroup, v)
	j := Job{Name: name, Title: get[string](v, "name"), Store: get[string](v, "jobstore"), Policy: policyOf(v, r.common)}
	r.jobName(section, name)
	r.work(p, v, &j)
	r.jobPlaces(section, v, &j)
	j.Schedule = r.schedule(p, v)
	j.Declared = r.declared(p, j)
	return j
}

// jobName refuses names that mean something else where processes are named.
func (l *loader) jobName(section *ini.Section, name string) {
	told := func(what string) {
		l.addFault(&Error{File: section.File, Line: section.Line, Section: section.Name,
			Err: fmt.Errorf("there is a %s called %s, too", what, name), Hint: "give the job another name: runs are addressed as JOB:RUN where processes are"})
	}
	switch {
	case name == "all":
		l.addFault(&Error{File: section.File, Line: section.Line, Section: section.Name,
			Err: errors.New("all stands for all processes"), Hint: "give the job another name"})
	case slices.ContainsFunc(l.config.Groups, func(g supervise.GroupSpec) bool { return g.Name == name }):
		told("group")
	case len(l.programSections(name)) > 0:
		told("program")
	}
}

// programSections are the sections of programs with that name.
func (l *loader) programSections(name string) []string {
	var sections []string
	for _, prefix := range []string{programPrefix, fastCGIPrefix, listenerPrefix} {
		if l.set.Section(prefix+name) != nil {
			sections = append(sections, prefix+name)
		}
	}
	return sections
}

// work reads what the job runs: a command, a function or an action.
func (r jobReader) work(p place, v values, j *Job) {
	var given []string
	for _, key := range []string{"command", "func", "program"} {
		if p.section.Get(key) != nil {
			given = append(given, key)
		}
	}
	switch {
	case len(given) == 0:
		r.missing(p, "command", errors.New("the job has nothing to run"), "add a line with command, func or program")
	case len(given) > 1:
		r.wrong(p.section, given[1], fmt.Errorf("%s is given, too, and a job runs one thing", given[0]), "keep one of "+strings.Join(given, ", "))
	}
	for _, row := range []struct{ key, of string }{{"args", "func"}, {"kwargs", "func"}, {"action", "program"}} {
		if p.section.Get(row.key) != nil && len(given) > 0 && !slices.Contains(given, row.of) {
			r.wrong(p.section, row.key, fmt.Errorf("it belongs to %s", row.of), "remove the line"+argumentsHint(row.key, given[0]))
		}
	}
	if len(given) != 1 {
		return
	}
	switch given[0] {
	case "command":
		j.Command = r.jobCommand(p)
		return
	case "func":
		j.Func = &FuncCall{Name: get[string](v, "func"), Args: get[json.RawMessage](v, "args"), Kwargs: get[json.RawMessage](v, "kwargs")}
	case "program":
		j.Action = r.programAction(p.section, v)
	}
	for _, v := range p.section.Own {
		if v.Key != "command" && r.command[v.Key] {
			r.note(p.section.Name, v, fmt.Errorf("it counts for a command, not for a %s", given[0]), "remove the line")
		}
	}
}

func argumentsHint(key, work string) string {
	if key == "args" && work == "command" {
		return " and write the arguments behind the command"
	}
	return ""
}

// jobCommand reads the options that the job shares with programs.
func (l *loader) jobCommand(p place) *supervise.Program {
	v := make(values)
	l.read(p, atSection, v)
	checkGroupStop(l, p, v)
	p.process = &processPlace{numprocs: 1}
	spec := l.process(p, sharedSpec(p.section, p.group, v), "%(program_name)s")
	spec.Start = supervise.StartPolicy{ExitCodes: spec.Start.ExitCodes}
	spec.Child.Environment = mergeEnvironment(l.config.Daemon.Environment, spec.Child.Environment)
	if !spec.Child.ServerURLGiven {
		spec.Child.ServerURL = l.config.ServerURL
	}
	if strings.TrimSpace(spec.Command) == "" && !l.faultAt(p.section, "command") {
		l.wrong(p.section, "command", errors.New("the command is empty"), "give a program and its arguments")
	}
	return &spec
}

// faultAt reports whether an option has a fault already.
func (l *loader) faultAt(section *ini.Section, key string) bool {
	return slices.ContainsFunc(l.faults, func(e *Error) bool { return e.Section == section.Name && e.Key == key })
}

// programAction finds the processes that an action is for.
func (l *loader) programAction(section *ini.Section, v values) *ProgramAction {
	act := get[action](v, "action")
	a := &ProgramAction{Program: get[string](v, "program"), Verb: act.verb, Signal: act.signal}
	group, process, hasProcess := strings.Cut(a.Program, ":")
	sections := l.programSections(group)
	var known []string
	for _, g := range l.config.Groups {
		whole := g.Name == group && (!hasProcess || process == "*" || process == "")
		if whole {
			a.Targets = append(a.Targets, g.Name+":*")
		}
		known = append(known, g.Name)
		for _, member := range g.Programs {
			_, program, _ := strings.Cut(member.Section, ":")
			known = append(known, program)
			byProgram := !hasProcess && slices.Contains(sections, member.Section)
			if !whole && (byProgram || g.Name == group && member.Name == process) {
				a.Targets = append(a.Targets, g.Name+":"+member.Name)
			}
			if hasProcess {
				known = append(known, g.Name+":"+member.Name)
			}
		}
	}
	slices.Sort(a.Targets)
	a.Targets = slices.Compact(a.Targets)
	if len(a.Targets) == 0 && !l.faultAt(section, "program") {
		l.unknown(section, "program", "program or group", a.Program, known, "name a [program:x], GROUP:* or GROUP:PROCESS")
	}
	return a
}

// jobPlaces finds the store and the executor of a job.
func (l *loader) jobPlaces(section *ini.Section, v values, j *Job) {
	s := l.config.Scheduler
	var stores, executors []string
	for _, store := range s.Stores {
		stores = append(stores, store.Name)
	}
	if !slices.Contains(stores, j.Store) {
		l.unknown(section, "jobstore", "job store", j.Store, stores, "add a section ["+storePrefix+j.Store+"]")
	}
	needs := []ExecutorType{CommandExecutor}
	if j.Func != nil {
		needs = []ExecutorType{PythonExecutor, RemoteExecutor}
	}
	j.Executor = get[string](v, "executor")
	if j.Executor == "" {
		j.Executor = l.usualExecutor(section, needs)
	}
	for _, e := range s.Executors {
		executors = append(executors, e.Name)
		if e.Name == j.Executor && !slices.Contains(needs, e.Type) && e.Type != "" && (j.Func != nil || j.Command != nil || j.Action != nil) {
			l.wrong(section, executorKey(section), fmt.Errorf("the executor %s is of type %s", e.Name, e.Type),
				fmt.Sprintf("name one of type %s, such as %s", orTypes(needs), strings.Join(append(s.executors(needs...), "[executor:x] with type = "+string(needs[0])), ", ")))
		}
	}
	if j.Executor != "" && !slices.Contains(executors, j.Executor) {
		l.unknown(section, "executor", "executor", j.Executor, executors, "add a section ["+executorPrefix+j.Executor+"]")
	}
}

// executorKey is where a job of the wrong type is told: at its executor, or at
// what it runs.
func executorKey(section *ini.Section) string {
	for _, key := range []string{"executor", "func", "program", "command"} {
		if section.Get(key) != nil {
			return key
		}
	}
	return "executor"
}

// usualExecutor is that of a job that names none: default if it fits, else the
// only one that does, of the first type of which there is one.
func (l *loader) usualExecutor(section *ini.Section, types []ExecutorType) string {
	var fitting []string
	needs := types[0]
	for _, t := range types {
		if fitting = l.config.Scheduler.executors(t); len(fitting) > 0 {
			needs = t
			break
		}
	}
	switch {
	case slices.Contains(fitting, defaultName):
		return defaultName
	case len(fitting) == 1:
		return fitting[0]
	case len(fitting) > 1:
		l.wrong(section, executorKey(section), fmt.Errorf("there are several executors of type %s", needs), "add a line executor = with one of "+strings.Join(fitting, ", "))
	default:
		l.missingName(section, executorKey(section), fmt.Errorf("there is no executor of type %s", needs), fmt.Sprintf("add a section such as [executor:%s] with type = %s", usualName(needs), needs))
	}
	return ""
}

// orTypes are types as a text has them.
func orTypes(types []ExecutorType) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = string(t)
	}
	return strings.Join(words, " or ")
}

// usualName is a name for an executor of a type in examples.
func usualName(of ExecutorType) string {
	if of == PythonExecutor {
		return "py"
	}
	return "run"
}

// concurrencies refuses two limits for one name.
func (l *loader) concurrencies() {
	limits := make(map[string]Job)
	for _, j := range l.config.Scheduler.Jobs {
		if j.Policy.Group == "" {
			continue
		}
		first, ok := limits[j.Policy.Group]
		if ok && first.Policy.GroupLimit != j.Policy.GroupLimit {
			l.wrong(l.set.Section(jobPrefix+j.Name), "concurrency",
				fmt.Errorf("[%s] gives %s the limit %d", jobPrefix+first.Name, j.Policy.Group, first.Policy.GroupLimit), "give the same limit everywhere")
		}
		if !ok {
			limits[j.Policy.Group] = j
		}
	}
}

// declared is the text that tells whether a job has changed.
func (r jobReader) declared(p place, j Job) string {
	var b strings.Builder
	b.WriteString(j.Schedule.String())
	for i := range p.table.options {
		switch o := &p.table.options[i]; {
		case o.key == "jobstore":
			writeDeclared(&b, o.key, j.Store)
		case o.key == "executor":
			writeDeclared(&b, o.key, j.Executor)
		case !r.trigger[o.key]:
			r.declare(&b, p, o)
		}
	}
	return b.String()
}

// declare writes one option, expanded, if the job or [scheduler] gives it.
func (r jobReader) declare(b *strings.Builder, p place, o *option) {
	v := p.section.Get(o.key)
	if v == nil && r.policy[o.key] {
		v = r.scheduler.Get(o.key)
	}
	if v == nil {
		return
	}
	if o.phase == atProcess || o.raw {
		p.process = &processPlace{numprocs: 1}
	}
	text, err := r.scope(o.names, p).expand(v.Text, o.key)
	if err != nil { // which is told
		text = v.Text
	}
	if o.key == "environment" {
		text = digest([]byte(text))
	}
	writeDeclared(b, o.key, text)
}
