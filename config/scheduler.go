package config

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Scheduler is the section [scheduler] and all that belongs to it. Of the
// stores and the executors there is always one called default.
type Scheduler struct {
	Zone           *trigger.Zone // of triggers without a timezone
	StateDirectory string        // absolute; it need not be there yet
	Paused         bool
	ShutdownGrace  time.Duration
	History        job.Keep   // without Now
	Workers        int        // runs at a time of an executor that does not say; 0: any number
	Defaults       job.Policy // of jobs that are added later
	Listeners      []EventListener
	Stores         []JobStore    // by name
	Executors      []JobExecutor // by name
	Jobs           []Job         // by name

	words jobWords
}

// EventListener is a Python function that is called with events.
type EventListener struct {
	Func  string // module:function
	Codes int    // APScheduler's codes of the events, or-ed
}

// Job finds a job by its name.
func (s *Scheduler) Job(name string) (Job, bool) {
	at, ok := slices.BinarySearchFunc(s.Jobs, name, func(j Job, name string) int { return strings.Compare(j.Name, name) })
	if !ok {
		return Job{}, false
	}
	return s.Jobs[at], true
}

const (
	schedulerSection = "scheduler"
	jobPrefix        = "job:"
)

// scheduler reads all that is about jobs. The config has a Scheduler only if
// there is a [scheduler] or a [job:x].
func (l *loader) scheduler() {
	section := l.set.Section(schedulerSection)
	wanted := section != nil
	l.each(jobPrefix, func(*ini.Section) { wanted = true })
	if !wanted {
		l.withoutScheduler()
		return
	}
	if section == nil {
		section = &ini.Section{Name: schedulerSection, File: l.config.Path}
	}
	v := make(values)
	l.read(place{section: section, table: tableOf(l.tables, section.Name)}, atSection, v)
	s := &Scheduler{
		Zone:           get[*trigger.Zone](v, keyTimezone),
		StateDirectory: l.stateDirectory(v),
		Paused:         get[bool](v, "paused"),
		ShutdownGrace:  get[time.Duration](v, "shutdown_grace"),
		History:        job.Keep{PerJob: v.integer("history_runs"), Age: get[time.Duration](v, "history_age")},
		Workers:        v.integer("workers"),
		Defaults:       policyOf(nil, v),
		Listeners:      get[[]EventListener](v, "listeners"),
	}
	if s.Zone == nil {
		s.Zone, _ = trigger.LoadZone("Local") // which there always is
	}
	l.config.Scheduler = s
	s.Stores = l.jobStores(s.StateDirectory)
	s.Executors = l.jobExecutors()
	if len(s.Listeners) > 0 && len(s.executors(PythonExecutor)) == 0 {
		l.missingName(section, "listeners", errors.New("no executor of type python can call them"), "add a section such as [executor:py] with type = python")
	}
	l.jobs(section, v)
}

// withoutScheduler checks stores and executors that nothing uses.
func (l *loader) withoutScheduler() {
	for _, prefix := range []string{storePrefix, executorPrefix} {
		l.each(prefix, func(section *ini.Section) {
			l.addNote(&Error{File: section.File, Line: section.Line, Section: section.Name,
				Err: errors.New("nothing uses this section"), Hint: "the scheduler runs when there is a [scheduler] or a [job:x]"})
		})
	}
	l.jobStores(l.stateDirectory(nil))
	l.jobExecutors()
}

// stateDirectory is where the scheduler keeps its files.
func (l *loader) stateDirectory(v values) string {
	switch {
	case get[string](v, "state_directory") != "":
		return l.host.normalize(get[string](v, "state_directory"))
	case l.host.UID == 0:
		return "/var/lib/watchkeeper"
	case strings.HasPrefix(l.env["XDG_STATE_HOME"], "/"): // others are to be ignored
		return joinPath(l.env["XDG_STATE_HOME"], "watchkeeper")
	}
	return l.host.normalize("~/.local/state/watchkeeper")
}

// executors are the names of those of some types.
func (s *Scheduler) executors(of ...ExecutorType) []string {
	var names []string
	for _, e := range s.Executors {
		if slices.Contains(of, e.Type) {
			names = append(names, e.Name)
		}
	}
	return names
}

// either is an option of the job or else that of [scheduler].
func either[T any](own, common values, key string) T {
	if own.has(key) {
		return get[T](own, key)
	}
	return get[T](common, key)
}

// policyOf is what the options of a job say, and those of [scheduler] where
// they say nothing.
func policyOf(own, common values) job.Policy {
	p := job.Policy{
		Coalesce:     either[job.Coalesce](own, common, "coalesce"),
		Grace:        either[time.Duration](own, common, "misfire_grace_time"),
		MaxInstances: int(either[int64](own, common, "max_instances")),
		Overlap:      either[job.Overlap](own, common, "overlap"),
		Timeout:      either[time.Duration](own, common, "timeout"),
		OnLost:       either[job.OnLost](own, common, "on_lost"),
	}
	if retries := either[int64](own, common, "retries"); retries > 0 {
		p.Retry = job.Retry{
			Max:    int(retries),
			Delay:  either[time.Duration](own, common, "retry_delay"),
			Factor: either[float64](own, common, "retry_backoff"),
			Limit:  either[time.Duration](own, common, "retry_max_delay"),
		}
	}
	if limit := get[concurrency](own, "concurrency"); limit.limit > 0 {
		p.Group, p.GroupLimit = limit.name, limit.limit
	}
	if own.has("priority") { // lower first in files, as for programs; higher first in a policy
		p.Priority = int(usualPriority - min(max(get[int64](own, "priority"), -mostPriority), mostPriority))
	}
	return p
}

// usualPriority is the priority of what names none, mostPriority the largest.
const (
	usualPriority = 999
	mostPriority  = 1_000_000_000
)

// unknown is the fault of a name that no section has.
func (l *loader) unknown(section *ini.Section, key, what, name string, known []string, add string) {
	hint := add
	if near := nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	} else if len(known) > 0 {
		slices.Sort(known)
		hint += "; there are " + strings.Join(slices.Compact(known), ", ")
	}
	l.missingName(section, key, says("there is no %s %s", what, ini.Repr(shorten(name))), hint)
}

// missingName tells that something is named which is nowhere in the files. In
// a fragment it may be in another one.
func (l *loader) missingName(section *ini.Section, key string, err error, hint string) {
	if l.host.Portable && l.set.Section("supervisord") == nil {
		l.addNote(placed(section, key, err, hint))
		return
	}
	l.wrong(section, key, err, hint)
}
