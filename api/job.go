package api

import (
	"encoding/json"
	"time"
)

// JobSpec is a job as somebody writes it: the options of a [job:x] section by
// their names, with "id" beside them. Values are strings as in a file, or what
// JSON has for them: numbers, booleans, a list for args, an object for kwargs
// and for environment. A percent sign stands for itself, and nothing begins a
// comment.
//
//	{"id": "nightly", "trigger": "cron", "hour": 3, "command": "/srv/backup --all"}
type JobSpec map[string]any

// Job is a job as it stands.
type Job struct {
	ID       string  `json:"id" doc:"Unique in its store."`
	Name     string  `json:"name,omitempty" doc:"For people."`
	JobStore string  `json:"jobstore" doc:"The store that keeps it."`
	Executor string  `json:"executor" doc:"The executor that carries it out."`
	Trigger  Trigger `json:"trigger"`
	// Source is SourceFile, SourceAPI or SourceProgram.
	Source     string   `json:"source" enum:"file,api,program" doc:"Who declared it: a configuration file, somebody over the API, or a program that uses the store itself."`
	DeclaredBy []string `json:"declared_by,omitempty" doc:"The daemons whose files declare it."`

	Func     string            `json:"func" doc:"What is run, in the words of its executor: a command line, module:function, or a program."`
	Args     json.RawMessage   `json:"args,omitempty" doc:"Its arguments. Environments are left out."`
	Options  map[string]string `json:"options,omitempty" doc:"The options that it was declared with. Environments are left out."`
	Policy   Policy            `json:"policy"`
	Metadata map[string]string `json:"metadata,omitempty"`

	// State is one of the JobState words, Status a sentence.
	State   string     `json:"state" enum:"scheduled,due,paused,parked,waiting" doc:"scheduled, due, paused, parked (it cannot be planned) or waiting (no node serves it)."`
	Status  string     `json:"status" doc:"The state in words, with the reason."`
	Next    *time.Time `json:"next_run_time,omitempty" doc:"When it runs next, delay included."`
	Slot    *time.Time `json:"scheduled_run_time,omitempty" doc:"The time of its trigger that this belongs to."`
	Last    *time.Time `json:"last_scheduled_time,omitempty" doc:"The time of its trigger that it was planned up to."`
	Running int        `json:"running" doc:"Runs that are carried out now."`
	Waiting int        `json:"waiting" doc:"Runs that wait for their time, a retry or a limit."`

	Revision int64 `json:"revision" doc:"Grows with each change; the ETag."`
}

// The sources of a Job.
const (
	SourceFile    = "file"
	SourceAPI     = "api"
	SourceProgram = "program"
)

// The states of a Job.
const (
	JobScheduled = "scheduled"
	JobDue       = "due"
	JobPaused    = "paused"
	JobParked    = "parked"
	JobWaiting   = "waiting"
)

// Trigger is when a job is due.
type Trigger struct {
	Text        string `json:"text" doc:"Its text form, such as cron[hour='3']."`
	Description string `json:"description,omitempty" doc:"The same in words."`
}

// Policy is what is done about late, overlapping and failing runs, in the words
// of the configuration. Durations are in seconds.
type Policy struct {
	Coalesce     string  `json:"coalesce" enum:"latest,earliest,all"`
	Grace        float64 `json:"misfire_grace_time,omitempty" doc:"Seconds that a run may begin late; 0: as late as may be."`
	MaxInstances int     `json:"max_instances"`
	Overlap      string  `json:"overlap" enum:"skip,queue_one,queue,replace,allow"`
	Timeout      float64 `json:"timeout,omitempty" doc:"Seconds that an attempt may take; 0: any number."`
	Retries      int     `json:"retries,omitempty"`
	RetryDelay   float64 `json:"retry_delay,omitempty"`
	RetryBackoff float64 `json:"retry_backoff,omitempty"`
	RetryMax     float64 `json:"retry_max_delay,omitempty"`
	OnLost       string  `json:"on_lost" enum:"fail,rerun"`
	Priority     int     `json:"priority" doc:"As in the configuration: lower begins earlier when workers are scarce."`
	Concurrency  string  `json:"concurrency,omitempty" doc:"NAME:LIMIT, a limit for several jobs together."`
}

// Jobs is a page of jobs, store by store, each by next run time.
type Jobs struct {
	Jobs []Job    `json:"jobs"`
	Away []string `json:"away,omitempty" doc:"Job stores that do not answer: what they have is missing here."`
	Next string   `json:"next,omitempty" doc:"What to give as after for the next page; absent on the last one."`
}

// PreviewRequest asks when a trigger would be due.
type PreviewRequest struct {
	Options JobSpec    `json:"options" doc:"The options of the trigger, as a job has them."`
	From    *time.Time `json:"from,omitempty" doc:"Now, if absent."`
	Count   int        `json:"count,omitempty" minimum:"0" maximum:"1000" doc:"10, if absent."`
}

// Preview is when a trigger is due, and what was understood of it.
type Preview struct {
	Times       []time.Time `json:"times"`
	Ended       bool        `json:"ended" doc:"There are no more than these."`
	Text        string      `json:"text"`
	Description string      `json:"description"`
	Warnings    []string    `json:"warnings,omitempty"`
}
