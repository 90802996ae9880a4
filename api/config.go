package api

// Program is a section of the configuration files that declares processes, as
// it was read last.
type Program struct {
	Name    string `json:"name" doc:"The section without its kind." example:"web"`
	Section string `json:"section" example:"program:web"`
	// Groups has more than one element where several groups name the program.
	Groups    []string `json:"groups" doc:"The groups that its processes belong to."`
	Processes []string `json:"processes" doc:"The ids of its processes."`
	InUse     bool     `json:"in_use" doc:"All of its groups are supervised now."`

	Command     string   `json:"command" doc:"Of the first process; those of one program may differ in expansions." example:"/srv/web --port 8000"`
	Directory   string   `json:"directory,omitempty"`
	User        string   `json:"user,omitempty" doc:"The user that it runs as, as the files have it; absent where it is the daemon's."`
	Environment []string `json:"environment,omitempty" doc:"The names of the variables that are set. Values are secrets, and left out."`
	Priority    int      `json:"priority"`

	Autostart    bool    `json:"autostart"`
	Autorestart  string  `json:"autorestart" enum:"false,unexpected,true"`
	StartSeconds float64 `json:"startsecs"`
	StartRetries int     `json:"startretries"`
	ExitCodes    []int   `json:"exitcodes"`
	StopSignal   string  `json:"stopsignal" example:"SIGTERM"`
	StopSeconds  float64 `json:"stopwaitsecs"`
	StopAsGroup  bool    `json:"stopasgroup"`
	KillAsGroup  bool    `json:"killasgroup"`

	Stdout         ProgramLog `json:"stdout"`
	Stderr         ProgramLog `json:"stderr"`
	RedirectStderr bool       `json:"redirect_stderr"`
}

// ProgramLog is where one stream of a program goes.
type ProgramLog struct {
	File            string `json:"logfile,omitempty" doc:"Absent: none. Of the first process."`
	MaxBytes        int64  `json:"maxbytes" doc:"The size at which it is rotated; 0: never."`
	Backups         int    `json:"backups"`
	CaptureMaxBytes int64  `json:"capture_maxbytes"`
	Events          bool   `json:"events_enabled"`
	Syslog          bool   `json:"syslog"`
}

// Programs is a page of programs, sorted by name.
type Programs struct {
	Programs []Program `json:"programs"`
	Next     string    `json:"next,omitempty" doc:"What to give as after for the next page; absent on the last one."`
}

// Config is what the files declared when they were read last.
type Config struct {
	Identifier string        `json:"identifier" doc:"The name of the daemon."`
	Groups     []ConfigGroup `json:"groups" doc:"Sorted by name."`
}

// ConfigGroup is a group that the files declare.
type ConfigGroup struct {
	Name     string   `json:"name"`
	Priority int      `json:"priority"`
	InUse    bool     `json:"in_use" doc:"A group of that name is supervised now."`
	Programs []string `json:"programs" doc:"The programs that it has processes of."`
}

// ConfigDiff is how groups and jobs in the files differ from those that are in
// force. Jobs are named job:NAME.
type ConfigDiff struct {
	Added   []string `json:"added" doc:"Names of groups; jobs are called job:NAME."`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

// ConfigCheck is what a check of the files found.
type ConfigCheck struct {
	Valid  bool         `json:"valid"`
	Faults []FieldError `json:"faults,omitempty" doc:"What is wrong, each with file and line."`
	Diff   *ConfigDiff  `json:"diff,omitempty" doc:"What an update would do; absent where the files have faults."`
}

// UpdateRequest says what to update.
type UpdateRequest struct {
	_      struct{} `additionalProperties:"false"`
	Groups []string `json:"groups,omitempty" doc:"Only these groups, and jobs by job:NAME; absent or empty: all."`
}
