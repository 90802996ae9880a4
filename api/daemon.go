package api

// Daemon is the daemon itself.
type Daemon struct {
	Identifier string `json:"identifier" doc:"The name that its configuration gives it." example:"supervisor"`
	State      string `json:"state" enum:"RUNNING,RESTARTING,SHUTDOWN"`
	PID        int    `json:"pid"`
}

// The states of a Daemon.
const (
	DaemonRunning    = "RUNNING"
	DaemonRestarting = "RESTARTING"
	DaemonShutdown   = "SHUTDOWN"
)

// Version is what answers.
type Version struct {
	API        string `json:"api" doc:"The version of this interface." example:"v1"`
	Daemon     string `json:"daemon" doc:"The version of the daemon; (devel) for a build between releases." example:"v1.4.0"`
	Supervisor string `json:"supervisor" doc:"The release of Supervisor whose behaviour it has." example:"4.3.0"`
}

// Health is whether the daemon does its work.
type Health struct {
	Ready bool   `json:"ready" doc:"All parts are well."`
	Parts []Part `json:"parts"`
}

// Part is one thing that the daemon needs.
type Part struct {
	Name   string `json:"name" doc:"supervisor, scheduler, store:NAME or disk:PATH." example:"supervisor"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty" doc:"What is wrong, or how it stands."`
}
