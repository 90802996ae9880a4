package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// mostProcesses bounds numprocs. The original has no bound; a number beyond
// this one is a typing error that would take the memory of the machine.
const mostProcesses = 1 << 16

// programs reads the processes of one section that runs programs, sorted by
// name (processes_from_section). Faults in it carry the section's suffix.
func (l *loader) programs(section *ini.Section, t *table, group string) []supervise.Program {
	name, ok := l.sectionName(section, true)
	if !ok {
		return nil
	}
	p := place{section: section, table: t, program: name, group: group}
	v := make(values, len(t.options))
	l.read(p, atSection, v)
	processName := get[string](v, "process_name")
	numprocs, first := v.integer("numprocs"), v.integer("numprocs_start")
	if numprocs > mostProcesses {
		l.wrong(section, "numprocs", suffixed(section, fmt.Errorf("numprocs %d is more than %d", numprocs, mostProcesses)), "")
		return nil
	}
	shared := sharedSpec(section, group, v)
	var programs []supervise.Program
	for i := range numprocs {
		p.process = &processPlace{num: first + i, numprocs: numprocs}
		programs = append(programs, l.process(p, shared, processName))
	}
	slices.SortStableFunc(programs, func(a, b supervise.Program) int { return strings.Compare(a.Name, b.Name) })
	return programs
}

// sectionName is what follows the colon in the name of a section. Without
// suffix it is the name of a group.
func (l *loader) sectionName(section *ini.Section, suffix bool) (string, bool) {
	_, after, _ := strings.Cut(section.Name, ":")
	name, err := parseName(after)
	if err == nil {
		return name, true
	}
	if suffix {
		err = suffixed(section, err)
	}
	l.addFault(&Error{File: section.File, Line: section.Line, Section: section.Name, Err: err, Hint: kindName().right})
	return "", false
}

// checkProcesses: processes need names that tell them apart.
func checkProcesses(l *loader, p place, v values) {
	if v.integer("numprocs") > 1 && !strings.Contains(get[string](v, "process_name"), "%(process_num)") {
		l.wrong(p.section, "process_name", suffixed(p.section,
			errors.New("%(process_num) must be present within process_name when numprocs > 1")),
			"for example process_name = %(program_name)s_%(process_num)02d")
	}
	checkGroupStop(l, p, v)
}

// checkGroupStop: a stop that reaches the group needs a kill that does.
func checkGroupStop(l *loader, p place, v values) {
	if get[bool](v, "stopasgroup") && !killAsGroup(v) {
		l.wrong(p.section, "killasgroup", suffixed(p.section, says("Cannot set stopasgroup=true and killasgroup=false")),
			"remove killasgroup, which is true by itself then")
	}
}

// killAsGroup is the option killasgroup, which is as stopasgroup by default.
func killAsGroup(v values) bool {
	if v.has("killasgroup") {
		return get[bool](v, "killasgroup")
	}
	return get[bool](v, "stopasgroup")
}

// sharedSpec is what all processes of a section have in common.
func sharedSpec(section *ini.Section, group string, v values) supervise.Program {
	spec := supervise.Program{
		Group:          group,
		Section:        section.Name,
		Priority:       v.integer("priority"),
		RedirectStderr: get[bool](v, "redirect_stderr"),
		Child: supervise.ChildSpec{
			Umask: inheritUmask,
			User:  get[*proc.User](v, "user"),
		},
		Start: supervise.StartPolicy{
			Auto:        get[bool](v, "autostart"),
			Autorestart: get[supervise.Autorestart](v, "autorestart"),
			Secs:        seconds(v, "startsecs"),
			Retries:     v.integer("startretries"),
			ExitCodes:   get[[]int](v, "exitcodes"),
			Pause:       max(seconds(v, "restartpause"), 0),
			ExitOn:      get[supervise.ExitOn](v, "exit_on"),
		},
		Stop: supervise.StopPolicy{
			Signal:      get[syscall.Signal](v, "stopsignal"),
			Wait:        seconds(v, "stopwaitsecs"),
			AsGroup:     get[bool](v, "stopasgroup"),
			KillAsGroup: killAsGroup(v),
			Orphans:     get[supervise.Orphans](v, "orphans"),
		},
		Stdout: sharedLog(v, "stdout"),
		Stderr: sharedLog(v, "stderr"),
	}
	if v.has("umask") {
		spec.Child.Umask = get[int](v, "umask")
	}
	url := get[string](v, "serverurl")
	if v.has("serverurl") && strings.ToUpper(ini.TrimSpace(url)) != "AUTO" {
		spec.Child.ServerURL, spec.Child.ServerURLGiven = url, true
	}
	return spec
}

// inheritUmask is the umask of a program that names none.
const inheritUmask = -1

// seconds is an option of whole seconds, held within what a Duration can say.
func seconds(v values, key string) time.Duration {
	n := get[int64](v, key)
	const most = math.MaxInt64 / int64(time.Second)
	return time.Duration(min(max(n, -most), most)) * time.Second
}

func sharedLog(v values, channel string) supervise.LogSpec {
	return supervise.LogSpec{
		CaptureMax: get[int64](v, channel+"_capture_maxbytes"),
		Events:     get[bool](v, channel+"_events_enabled"),
	}
}

// optionsOfProcess is about how many options a process has for itself.
const optionsOfProcess = 14

// process reads what one process has for itself.
func (l *loader) process(p place, spec supervise.Program, processName string) supervise.Program {
	spec.Child.Environment = l.environment(p)
	p.process.env = byName(spec.Child.Environment)

	v := make(values, optionsOfProcess)
	l.read(p, atProcess, v)
	spec.Child.Directory = get[string](v, "directory")
	spec.Stdout = l.log(p, v, "stdout", spec.Stdout)
	spec.Stderr = l.log(p, v, "stderr", spec.Stderr)
	if spec.RedirectStderr {
		if spec.Stderr.File != "" {
			l.warn(p.section, "stderr_logfile", "redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored",
				"remove one of the two")
		}
		spec.Stderr.File, spec.Stderr.Auto = "", false
	}
	spec.Command = get[string](v, "command")
	spec.Name, _ = l.expandLater(p, "process_name", processName) // without one, the fault is told
	return spec
}

// environment expands and reads the environment of one process.
func (l *loader) environment(p place) []supervise.Var {
	v := p.section.Get("environment")
	if v == nil {
		return nil
	}
	text, ok := l.expandLater(p, "environment", v.Text)
	if !ok {
		p.process.broken = true
		return nil
	}
	vars, err := parseEnvironment(text)
	if err != nil {
		p.process.broken = true
		l.addFault(l.at(p.section.Name, v, suffixed(p.section, err), environmentHint))
		return nil
	}
	l.lintEnvironment(p.section.Name, v, text, vars)
	return vars
}

// expandLater expands an option that is raw in the schema; false when that is
// a fault, which is told.
func (l *loader) expandLater(p place, key, text string) (string, bool) {
	names := l.scope(processNames, p)
	expanded, err := names.expand(text, key)
	if err == nil {
		return expanded, true
	}
	hint := percentHint
	var missing nameError
	if errors.As(err, &missing) {
		hint = missingNameHint(missing, names)
	}
	fault := &Error{File: p.section.File, Line: p.section.Line, Section: p.section.Name, Key: key,
		Err: suffixed(p.section, err), Hint: hint}
	if v := p.section.Get(key); v != nil {
		fault.File, fault.Line = v.File, v.Line
	}
	l.addFault(fault)
	return "", false
}

// log reads where one output channel of a process goes.
func (l *loader) log(p place, v values, channel string, spec supervise.LogSpec) supervise.LogSpec {
	target := get[logTarget](v, channel+"_logfile")
	spec.File, spec.Auto = target.file, target.auto
	spec.Backups = v.integer(channel + "_logfile_backups")
	spec.MaxBytes = get[int64](v, channel+"_logfile_maxbytes")
	spec.Syslog = get[bool](v, channel+"_syslog")
	spec.Prefix = get[string](v, channel+"_prefix")
	if target.syslog {
		l.warn(p.section, channel+"_logfile", fmt.Sprintf("%s_logfile=syslog but this is deprecated and will be removed.  Use %s_syslog=true to enable syslog instead.",
			channel, channel), "")
		spec.Syslog = true
	}
	if spec.Auto && spec.MaxBytes == 0 {
		l.warn(p.section, channel+"_logfile_maxbytes", fmt.Sprintf("AUTO logging used for %s_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally",
			channel), "")
	}
	return spec
}
