package api

import "time"

// Scheduler is how the scheduler of this daemon stands.
type Scheduler struct {
	State     string      `json:"state" enum:"stopped,running,paused,stopping"`
	Daemon    string      `json:"daemon" doc:"The name of this daemon in histories and in declared_by."`
	Stores    []JobStore  `json:"jobstores"`
	Executors []Executor  `json:"executors"`
	Running   int         `json:"running" doc:"Runs that this daemon carries out."`
	Next      *time.Time  `json:"next_run_time,omitempty" doc:"Of all jobs of all stores."`
	Nodes     []StoreNode `json:"nodes" doc:"Everybody who shares the stores."`
}

// The states of a Scheduler.
const (
	SchedulerStopped  = "stopped"
	SchedulerRunning  = "running"
	SchedulerPaused   = "paused"
	SchedulerStopping = "stopping"
)

// JobStore is a [jobstore:x], or the store called default.
type JobStore struct {
	Name     string     `json:"name"`
	Type     string     `json:"type" enum:"memory,sqlite,postgres,redis,mongodb"`
	Place    string     `json:"place" doc:"Where it is, without passwords."`
	State    string     `json:"state" enum:"ok,away" doc:"away: it does not answer, and is tried again and again."`
	Error    string     `json:"error,omitempty" doc:"Why it is away."`
	Since    *time.Time `json:"since,omitempty" doc:"Since when it is away."`
	Warnings []string   `json:"warnings,omitempty" doc:"Why it may not keep all that it acknowledges."`
}

// The states of a JobStore.
const (
	StoreOK   = "ok"
	StoreAway = "away"
)

// Executor is an [executor:x], or the one called default.
type Executor struct {
	Name    string `json:"name"`
	Type    string `json:"type" enum:"command,python,remote"`
	Workers int    `json:"workers" doc:"Runs at a time."`
	// Of type remote:
	Functions []string `json:"functions,omitempty" doc:"What processes have registered."`
	Processes int      `json:"processes,omitempty" doc:"So many have registered functions."`
}

// StoreNode is a scheduler that shares a store.
type StoreNode struct {
	JobStore string    `json:"jobstore"`
	Name     string    `json:"name"`
	Here     bool      `json:"here,omitempty" doc:"It is this daemon."`
	Until    time.Time `json:"lease_until" doc:"Until when it counts as alive without another sign of life."`
	Running  int       `json:"running" doc:"Runs that it has in hand."`
}
