package config

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// json is what was understood about jobs. Durations are seconds, null is no
// limit and what is not set; no password is in it.
func (s *Scheduler) json() (object, error) {
	stores, executors, listeners, jobs := []object{}, []object{}, []object{}, []object{}
	for _, store := range s.Stores {
		stores = append(stores, store.json())
	}
	for _, e := range s.Executors {
		executors = append(executors, e.json())
	}
	for _, l := range s.Listeners {
		listeners = append(listeners, object{"func": l.Func, "events": l.events()})
	}
	for _, j := range s.Jobs {
		o, err := j.json()
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, o)
	}
	return object{
		"timezone":        s.Zone.String(),
		"state_directory": s.StateDirectory,
		"paused":          s.Paused,
		"shutdown_grace":  s.ShutdownGrace.Seconds(),
		"history_runs":    orNone(s.History.PerJob),
		"history_age":     limitJSON(s.History.Age),
		"workers":         orNone(s.Workers),
		"defaults":        policyJSON(s.Defaults),
		"listeners":       listeners,
		"jobstores":       stores,
		"executors":       executors,
		"jobs":            jobs,
	}, nil
}

func (l EventListener) events() []string {
	if l.Codes == allEventCodes {
		return []string{allEvents}
	}
	var events []string
	for i, name := range eventCodes() {
		if l.Codes&(1<<i) != 0 {
			events = append(events, name)
		}
	}
	return events
}

func (s JobStore) json() object {
	return object{
		"name":          s.Name,
		"type":          s.Type,
		"url":           s.Place(),
		"prefix":        orNull(s.Prefix),
		"jobs_key":      orNull(s.JobsKey),
		"run_times_key": orNull(s.RunTimesKey),
	}
}

func (e JobExecutor) json() object {
	o := object{"name": e.Name, "type": e.Type, "workers": orNone(e.Workers)}
	if e.Type == RemoteExecutor {
		o["lease"] = e.Lease.String()
	}
	if w := e.Python; w != nil {
		o["python"], o["directory"] = w.Interpreter, orNull(w.Child.Directory)
		o["concurrency"], o["max_calls"], o["max_memory"] = w.Concurrency, orNone(w.MaxCalls), w.MaxMemory
		o["environment"], o["user"], o["umask"] = byName(w.Child.Environment), nil, nil
		if u := w.Child.User; u != nil {
			o["user"] = u.Name
		}
		if w.Child.Umask != inheritUmask {
			o["umask"] = modeText(w.Child.Umask)
		}
	}
	return o
}

func (j Job) json() (object, error) {
	schedule := make(map[string]string)
	for _, o := range j.Schedule.Options {
		schedule[o.Key] = o.Value
	}
	o := object{"name": j.Name, "title": orNull(j.Title), "jobstore": j.Store, "executor": j.Executor, "schedule": schedule, "policy": policyJSON(j.Policy)}
	switch {
	case j.Command != nil:
		p, err := programJSON(*j.Command)
		if err != nil {
			return nil, err
		}
		for _, key := range append(keepsRunning(), "name") { // those of programs only
			delete(p, key)
		}
		o["command"] = p
	case j.Func != nil:
		o["func"] = object{"name": j.Func.Name, "args": rawJSON(j.Func.Args), "kwargs": rawJSON(j.Func.Kwargs)}
	case j.Action != nil:
		a := object{"program": j.Action.Program, "action": j.Action.Verb, "signal": nil, "targets": j.Action.Targets}
		if j.Action.Verb == SignalProgram {
			a["signal"] = strings.TrimPrefix(proc.SignalName(j.Action.Signal), "SIG")
		}
		o["action"] = a
	}
	return o, nil
}

func policyJSON(p job.Policy) object {
	o := object{
		"coalesce":           p.Coalesce.String(),
		"misfire_grace_time": limitJSON(p.Grace),
		"max_instances":      p.MaxInstances,
		"overlap":            p.Overlap.String(),
		"timeout":            limitJSON(p.Timeout),
		"retries":            p.Retry.Max,
		"on_lost":            p.OnLost.String(),
		"priority":           usualPriority - p.Priority,
		"concurrency":        nil,
	}
	if p.Retry.Max > 0 {
		o["retry_delay"], o["retry_backoff"], o["retry_max_delay"] = p.Retry.Delay.Seconds(), p.Retry.Factor, limitJSON(p.Retry.Limit)
	}
	if p.Group != "" {
		o["concurrency"] = object{"name": p.Group, "limit": p.GroupLimit}
	}
	return o
}

func rawJSON(text json.RawMessage) any {
	if text == nil {
		return nil
	}
	return text
}

func limitJSON(d time.Duration) any {
	if d == 0 {
		return nil
	}
	return d.Seconds()
}

func orNone(n int) any {
	if n == 0 {
		return nil
	}
	return n
}
