package config

import "slices"

const programHelp = `A program to keep running: one process, or numprocs of them, in a group of the program's name
unless a [group:x] lists it.`

const groupHelp = `A group of programs that are started and stopped together. The programs it lists have no group of their own.`

const listenerHelp = `A program that is told about events on its standard input. It has all options of [program:x] and these.`

const fastCGIHelp = `A program that is given a listening socket as its standard input, the same one for all of its processes. It has all options of [program:x] and these.`

func groupOptions() []option {
	return []option{
		{key: "programs", kind: kindList(), names: nameHere, phase: atGroup, takes: takesUpdate, sample: "web,worker",
			help: "Names of [program:x] and [fcgi-program:x] sections with commas between. They are started in this order."},
		{key: "priority", kind: kindInteger(), value: "999", names: nameHere, phase: atGroup, takes: takesUpdate,
			help: "Groups with a lower number start earlier and stop later."},
	}
}

// groupPriority is the priority that the original reads once for the group
// before it reads the same option for the processes.
func groupPriority() option {
	return option{key: "priority", kind: kindInteger(), value: "999", names: nameHere, phase: atGroup, takes: takesUpdate,
		help: "Programs with a lower number start earlier and stop later."}
}

// programOptions are the options of [program:x].
func programOptions() []option {
	return slices.Concat([]option{groupPriority()}, sectionOptions(), processOptions())
}

// sectionOptions are the options that all processes of a program share.
func sectionOptions() []option {
	return []option{
		{key: "priority", kind: kindInteger(), value: "999", names: sectionNames, takes: takesUpdate,
			help: "Programs with a lower number start earlier and stop later."},
		{key: "autostart", kind: kindBoolean(), value: "true", names: sectionNames, takes: takesUpdate,
			help: "Start the program with the daemon."},
		{key: "autorestart", kind: kindAutorestart(), value: "unexpected", names: sectionNames, takes: takesUpdate,
			help: "Start the program again after it has ended: never (false), always (true), or when it ends with a code that exitcodes does not list (unexpected). It counts for a program that was RUNNING; startretries counts before that."},
		{key: "startsecs", kind: kindInteger(), value: "1", names: sectionNames, takes: takesUpdate,
			help: "How many seconds a program must stay up after its start to count as RUNNING; it is no pause between restarts and no delay before the start."},
		{key: "startretries", kind: kindInteger(), value: "3", names: sectionNames, takes: takesUpdate,
			help: "How often a start that did not last startsecs is tried again, after 1, 2, 3… seconds, before the program is FATAL; it is no limit for restarts of a program that was RUNNING."},
		{key: "stopsignal", kind: kindSignal(), value: "TERM", names: sectionNames, takes: takesUpdate,
			help: "The signal that asks the program to stop, by name or number."},
		{key: "stopwaitsecs", kind: kindInteger(), value: "10", names: sectionNames, takes: takesUpdate,
			help: "How many seconds the program has to end after stopsignal before it gets SIGKILL."},
		{key: "stopasgroup", kind: kindBoolean(), value: "false", names: sectionNames, takes: takesUpdate,
			help: "Send stopsignal to the whole process group of the program. It implies killasgroup."},
		{key: "killasgroup", kind: kindBoolean(), unset: true, shown: "as stopasgroup", names: sectionNames, takes: takesUpdate, sample: "false",
			help: "Send SIGKILL to the whole process group of the program."},
		{key: "exitcodes", kind: kindExitCodes(), value: "0", names: sectionNames, takes: takesUpdate,
			help: "The exit codes that are expected, with commas between; autorestart=unexpected does not restart after them."},
		{key: "redirect_stderr", kind: kindBoolean(), value: "false", names: sectionNames, takes: takesUpdate,
			help: "Send the program's standard error where its standard output goes. An event listener must not set it."},
		{key: "numprocs", kind: kindInteger(), value: "1", names: sectionNames, takes: takesUpdate,
			help: "How many processes of the program to run. With more than one, process_name must hold %(process_num)d."},
		{key: "numprocs_start", kind: kindInteger(), value: "0", names: sectionNames, takes: takesUpdate,
			help: "The process_num of the first process."},
		{key: "stdout_capture_maxbytes", kind: kindSize(), value: "0", names: sectionNames, takes: takesUpdate,
			help: "How much of a marked block on standard output becomes a PROCESS_COMMUNICATION event; 0 looks for no blocks."},
		{key: "stdout_events_enabled", kind: kindBoolean(), value: "false", names: sectionNames, takes: takesUpdate,
			help: "Make a PROCESS_LOG_STDOUT event of all that the program writes to standard output."},
		{key: "stderr_capture_maxbytes", kind: kindSize(), value: "0", names: sectionNames, takes: takesUpdate,
			help: "As stdout_capture_maxbytes, for standard error."},
		{key: "stderr_events_enabled", kind: kindBoolean(), value: "false", names: sectionNames, takes: takesUpdate,
			help: "As stdout_events_enabled, for standard error."},
		{key: "serverurl", kind: kindText(), unset: true, shown: "AUTO", names: sectionNames, takes: takesUpdate, sample: "AUTO",
			help: "What the program finds in SUPERVISOR_SERVER_URL. AUTO takes the first unix server, else the last inet server; an empty value leaves the variable unset."},
		{key: "user", kind: kindUser(), unset: true, names: sectionNames, takes: takesUpdate, sample: "nobody",
			help: "The user, by name or number, that the program runs as. Its environment stays as it is, HOME too."},
		{key: "umask", kind: kindOctal(), unset: true, shown: "the daemon's", names: sectionNames, takes: takesUpdate, sample: "022",
			help: "The umask of the program."},
		{key: "process_name", kind: kindName(), value: "%(program_name)s", names: processNames, raw: true, takes: takesUpdate, check: checkProcesses,
			help: "The name of a process. With numprocs, for example %(program_name)s_%(process_num)02d."},
		{key: "orphans", kind: kindOrphans(), value: "keep", names: sectionNames, takes: takesUpdate, ours: true,
			help: "What happens to processes of the program's process group that are still there when the program itself has ended: they are left alone (keep), asked to stop (stop) or killed (kill) before the next start."},
		{key: "exit_on", kind: kindExitOn(), value: "never", names: sectionNames, takes: takesUpdate, ours: true,
			help: "Which end of the program ends the daemon, with the program's exit code: fatal (it cannot be started: FATAL), failure (that, or it ends with a code that exitcodes does not list, instead of a restart), exit (that, or it ends and autorestart does not start it again). A stop that somebody asked for is none. The first program decides."},
		{key: "restartpause", kind: kindInteger(), value: "0", names: sectionNames, takes: takesUpdate, ours: true,
			help: "How many seconds to wait before each automatic restart; it is no limit of restarts and does not count for starts by hand."},
	}
}

// processOptions are the options that each process of a program has for itself.
func processOptions() []option {
	return slices.Concat([]option{
		{key: "environment", kind: kindText(), names: processNames, raw: true, phase: atProcess, takes: takesUpdate, sample: `KEY="value",OTHER="second value"`,
			help: "Variables for the program's environment, with commas between. Put every value in double quotes: without them anything but letters, digits and _ / . + - ( ) : ends the value."},
		{key: "directory", kind: kindPath(), unset: true, names: processNames, phase: atProcess, takes: takesUpdate, sample: "/tmp",
			help: "Where the program runs. ~ is not expanded."},
	}, logOptions("stdout"), logOptions("stderr"), []option{
		{key: "command", kind: kindText(), unset: true, shown: "required", names: processNames, phase: atProcess, takes: takesUpdate, sample: "/bin/cat", check: mustHave("command", "program section %s does not specify a command", "add a line command = …"),
			help: "The program and its arguments, split as a shell splits them: quotes and backslashes count, but there are no variables, patterns, pipes or &&. It must stay in the foreground."},
	})
}

// logOptions are the four options of one output channel.
func logOptions(channel string) []option {
	of := map[string]string{"stdout": "standard output", "stderr": "standard error"}[channel]
	return []option{
		{key: channel + "_logfile", kind: kindLog(), value: "AUTO", names: processNames, twice: true, phase: atProcess, takes: takesUpdate,
			help: "Where the program's " + of + " goes: a file, AUTO for one in childlogdir that is removed at the next start, or NONE."},
		{key: channel + "_logfile_backups", kind: kindInteger(), value: "10", names: processNames, phase: atProcess, takes: takesUpdate,
			help: "How many rotated logs are kept; 0 keeps none."},
		{key: channel + "_logfile_maxbytes", kind: kindSize(), value: "50MB", names: processNames, phase: atProcess, takes: takesUpdate,
			help: "The log is rotated when it would grow larger than this; 0 never rotates it."},
		{key: channel + "_prefix", kind: kindPrefix(), unset: true, names: processNames, phase: atProcess, takes: takesUpdate, sample: `"%(program_name)s | "`, ours: true,
			help: "What stands before each line in " + channel + "_logfile, which then gets whole lines only. One blank follows it, unless it is in quotes, which are taken off."},
		{key: channel + "_syslog", kind: kindBoolean(), value: "false", names: processNames, phase: atProcess, takes: takesUpdate,
			help: "Send the program's " + of + " to syslog too."},
	}
}

// listenerOptions are the options of [eventlistener:x].
func listenerOptions() []option {
	return slices.Concat([]option{
		{key: "priority", kind: kindInteger(), value: "-1", names: nameHere, phase: atGroup, takes: takesUpdate,
			help: "As for a program; listeners start first and stop last by default."},
		{key: "buffer_size", kind: kindInteger(), value: "10", names: nameHere, phase: atGroup, takes: takesUpdate, check: checkBufferSize,
			help: "How many events wait for a busy listener before the oldest is dropped."},
		{key: "result_handler", kind: kindText(), value: defaultHandler, names: nameHere, phase: atGroup, takes: takesUpdate, check: checkResultHandler,
			help: "Only the default can be loaded: handlers are written in Python."},
		{key: "events", kind: kindList(), shown: "required", names: nameHere, phase: atGroup, takes: takesUpdate, sample: "PROCESS_STATE", check: checkEvents,
			help: "Names of the events to be told about, with commas between."},
		{key: "job_events", kind: kindList(), unset: true, names: nameHere, phase: atGroup, takes: takesUpdate, sample: "JOB_EXECUTED,JOB_ERROR", check: checkJobEvents, ours: true,
			help: "Names of the events about jobs to be told about, with commas between, such as JOB or JOB_EXECUTED. In events they would stop Supervisor."},
		{key: "redirect_stderr", kind: kindBoolean(), value: "false", names: nameHere, phase: atGroup, takes: takesUpdate, check: checkListenerStderr,
			help: "Must not be true: the protocol uses standard output."},
	}, sectionOptions(), processOptions())
}

const defaultHandler = "supervisor.dispatchers:default_handler"

// fastCGIOptions are the options of [fcgi-program:x].
func fastCGIOptions() []option {
	return slices.Concat([]option{
		groupPriority(),
		{key: "user", kind: kindUser(), unset: true, names: nameHere, phase: atGroup, takes: takesUpdate, sample: "nobody",
			help: "The user, by name or number, that the program runs as."},
		{key: "socket_backlog", kind: kindInteger(), unset: true, shown: "the system's", names: nameHere, phase: atGroup, takes: takesUpdate, sample: "128", check: checkBacklog,
			help: "How many connections may wait at the socket, 1 to 65535."},
		{key: "socket_owner", kind: kindOwner(), fault: "Invalid socket_owner value %s", unset: true, shown: "the program's user", names: nameHere, phase: atGroup, takes: takesUpdate, sample: "nobody",
			help: "The owner of a unix socket, as user or user:group. By default the group of the program's user comes with it."},
		{key: "socket_mode", kind: kindOctal(), fault: "Invalid socket_mode value %s", unset: true, shown: "0700", names: nameHere, phase: atGroup, takes: takesUpdate, sample: "0700",
			help: "The mode of a unix socket: who may write to it may connect."},
		{key: "socket", kind: kindText(), unset: true, shown: "required", names: nameHere | nameProgram, phase: atGroup, takes: takesUpdate, sample: "unix:///tmp/app.sock", check: checkSocket,
			help: "The socket to listen on: tcp://host:port, where * is every IPv4 address, or unix:///absolute/path. An IPv6 address stands in brackets, tcp://[::1]:port, which Supervisor refuses."},
	}, sectionOptions(), processOptions())
}
