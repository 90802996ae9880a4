package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// EventNames are the names that the option events of a listener may list: the
// family tree of package event, which config does not import.
func EventNames() []string {
	return []string{
		"EVENT",
		"PROCESS_STATE", "PROCESS_STATE_STARTING", "PROCESS_STATE_RUNNING", "PROCESS_STATE_BACKOFF",
		"PROCESS_STATE_STOPPING", "PROCESS_STATE_EXITED", "PROCESS_STATE_STOPPED", "PROCESS_STATE_FATAL", "PROCESS_STATE_UNKNOWN",
		"PROCESS_COMMUNICATION", "PROCESS_COMMUNICATION_STDOUT", "PROCESS_COMMUNICATION_STDERR",
		"PROCESS_LOG", "PROCESS_LOG_STDOUT", "PROCESS_LOG_STDERR",
		"REMOTE_COMMUNICATION",
		"SUPERVISOR_STATE_CHANGE", "SUPERVISOR_STATE_CHANGE_RUNNING", "SUPERVISOR_STATE_CHANGE_STOPPING",
		"TICK", "TICK_5", "TICK_60", "TICK_3600",
		"PROCESS_GROUP", "PROCESS_GROUP_ADDED", "PROCESS_GROUP_REMOVED",
	}
}

// JobEventNames are the names that the option job_events of a listener may
// list: the tree of package event that is about jobs.
func JobEventNames() []string {
	return []string{
		"SCHEDULE",
		"SCHEDULER", "SCHEDULER_STARTED", "SCHEDULER_SHUTDOWN", "SCHEDULER_PAUSED", "SCHEDULER_RESUMED", "SCHEDULER_CLOCK_STEPPED",
		"EXECUTOR", "EXECUTOR_ADDED", "EXECUTOR_REMOVED",
		"JOBSTORE", "JOBSTORE_ADDED", "JOBSTORE_REMOVED", "JOBSTORE_TROUBLE", "JOBSTORE_RECOVERED",
		"JOB", "ALL_JOBS_REMOVED", "JOB_ADDED", "JOB_REMOVED", "JOB_MODIFIED", "JOB_PARKED",
		"JOB_RUN", "JOB_EXECUTED", "JOB_ERROR", "JOB_MISSED", "JOB_SUBMITTED", "JOB_MAX_INSTANCES",
		"JOB_STARTED", "JOB_LATE", "JOB_RETRIED", "JOB_LOST", "JOB_CANCELLED",
	}
}

// listener reads an [eventlistener:x], which is always a group of its own.
func (l *loader) listener(section *ini.Section) {
	_, name, _ := strings.Cut(section.Name, ":")
	p := place{section: section, table: tableOf(l.tables, section.Name)}
	v := make(values)
	l.read(p, atGroup, v)
	l.addGroup(supervise.GroupSpec{
		Name:     name,
		Priority: v.integer("priority"),
		Kind:     supervise.KindListener,
		Programs: l.programs(section, p.table, name),
		Listener: &supervise.ListenerSpec{
			BufferSize:    v.integer("buffer_size"),
			Events:        eventList(v, "events"),
			JobEvents:     eventList(v, "job_events"),
			ResultHandler: get[string](v, "result_handler"),
		},
	})
}

// eventList returns the names of events in capitals, sorted, once each.
func eventList(v values, key string) []string {
	var events []string
	for _, name := range get[[]string](v, key) {
		events = append(events, strings.ToUpper(name))
	}
	slices.Sort(events)
	return slices.Compact(events)
}

func checkBufferSize(l *loader, p place, v values) {
	if size := v.integer("buffer_size"); size < 1 {
		l.wrong(p.section, "buffer_size", fmt.Errorf("[%s] section sets invalid buffer_size (%d)", p.section.Name, size), "give at least 1")
	}
}

// checkResultHandler: no handler written in Python can be loaded.
func checkResultHandler(l *loader, p place, v values) {
	if handler := get[string](v, "result_handler"); handler != defaultHandler && !l.host.Portable {
		l.wrong(p.section, "result_handler", fmt.Errorf("%s cannot be resolved within [%s]", handler, p.section.Name),
			"only "+defaultHandler+" can be loaded: handlers in Python cannot")
	}
}

func checkEvents(l *loader, p place, v values) {
	events := eventList(v, "events")
	if len(events) == 0 && (v.has("events") || p.section.Get("events") == nil) {
		l.missing(p, "events", fmt.Errorf(`[%s] section requires an "events" line`, p.section.Name), "add a line such as events = PROCESS_STATE")
	}
	l.unknownEvents(p, "events", events, EventNames(), JobEventNames(), "job_events")
}

// checkJobEvents: events of processes in job_events belong in events.
func checkJobEvents(l *loader, p place, v values) {
	l.unknownEvents(p, "job_events", eventList(v, "job_events"), JobEventNames(), EventNames(), "events")
}

// unknownEvents refuses names that are not known; others are those of the
// option other.
func (l *loader) unknownEvents(p place, key string, events, known, others []string, other string) {
	for _, name := range events {
		if slices.Contains(known, name) {
			continue
		}
		hint := "list names of events with commas between, without a comma at the end"
		if slices.Contains(others, name) {
			hint = "it belongs in " + other
		} else if near := nearest(name, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.wrong(p.section, key, says("Unknown event type %s in [%s] %s", name, p.section.Name, key), hint)
	}
}

func checkListenerStderr(l *loader, p place, v values) {
	if get[bool](v, "redirect_stderr") {
		l.wrong(p.section, "redirect_stderr", fmt.Errorf("[%s] section sets redirect_stderr=true but this is not allowed because it will interfere with the eventlistener protocol", p.section.Name),
			"remove the line")
	}
}
