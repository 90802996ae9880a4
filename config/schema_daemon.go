package config

const daemonHelp = `The daemon itself. The section must be there, in the root file or in one that it includes.
A value on the command line of supervisord stands over the one here, also after a reload.`

func daemonOptions() []option {
	return []option{
		{key: "minfds", kind: kindInteger(), value: "1024", names: nameHere, takes: takesStart,
			help: "The daemon raises its limit of open files to this number, and its children inherit it."},
		{key: "minprocs", kind: kindInteger(), value: "200", names: nameHere, takes: takesStart,
			help: "The daemon raises its limit of processes to this number."},
		{key: "directory", kind: kindDirectory(), unset: true, names: nameHere, takes: takesStart, sample: "/",
			help: "Where the daemon changes to when it goes into the background. In the foreground it stays where it is."},
		{key: "user", kind: kindText(), unset: true, names: nameHere, takes: takesReload, sample: "root",
			help: "The user, by name or number, that the daemon becomes when root starts it."},
		{key: "umask", kind: kindOctal(), value: "022", names: nameHere, takes: takesStart,
			help: "The umask of the daemon in the background. In the foreground it keeps the one it was started with."},
		{key: "logfile", kind: kindFile(), value: "supervisord.log", names: nameHere, takes: takesReload, sample: "/tmp/supervisord.log",
			help: "The main log, relative to where the daemon is started. The word syslog sends it to syslog; NONE and AUTO mean nothing here."},
		{key: "logfile_maxbytes", kind: kindSize(), value: "50MB", names: nameHere, takes: takesReload,
			help: "The main log is rotated when it would grow larger than this; 0 never rotates it."},
		{key: "logfile_backups", kind: kindInteger(), value: "10", names: nameHere, takes: takesReload,
			help: "How many rotated main logs are kept; 0 keeps none."},
		{key: "loglevel", kind: kindLevel(), value: "info", names: nameHere, takes: takesReload,
			help: "The least important lines that the main log takes: critical, error, warn, info, debug, trace or blather. At debug it also holds what the programs write."},
		{key: "pidfile", kind: kindFile(), value: "supervisord.pid", names: nameHere, takes: takesReload, sample: "/tmp/supervisord.pid",
			help: "The file that holds the daemon's process number, relative to where the daemon is started."},
		{key: "identifier", kind: kindText(), value: "supervisor", names: nameHere, takes: takesReload,
			help: "The name by which clients know this daemon. It is part of the names of AUTO log files."},
		{key: "nodaemon", kind: kindBoolean(), value: "false", names: nameHere, takes: takesStart,
			help: "Stay in the foreground and write the main log to standard output too."},
		{key: "silent", kind: kindBoolean(), value: "false", names: nameHere, takes: takesReload,
			help: "In the foreground, write nothing to standard output."},
		{key: "childlogdir", kind: kindDirectory(), unset: true, shown: "the temporary directory", names: nameHere, takes: takesReload, sample: "/tmp",
			help: "Where AUTO log files of programs are made."},
		{key: "nocleanup", kind: kindBoolean(), value: "false", names: nameHere, takes: takesReload,
			help: "Keep the AUTO log files of an earlier run at start."},
		{key: "strip_ansi", kind: kindBoolean(), value: "false", names: nameHere, takes: takesReload,
			help: "Take colour and cursor sequences out of what programs write before it goes to their logs."},
		{key: "exit_code", kind: kindExitCode(), value: "propagate", names: nameHere, takes: takesReload, ours: true,
			help: "What the daemon exits with when exit_on or exit_when_all_done ends it: the program's own code, 128 and the number for a signal (propagate), or always this number."},
		{key: "exit_when_all_done", kind: kindBoolean(), value: "false", names: nameHere, takes: takesReload, ours: true,
			help: "End the daemon when no program runs and none is to start by itself; event listeners do not count. A program that was stopped or removed by hand counts five seconds later, so that it can be restarted. The exit code is that of the first program that has failed, else 0. With a [scheduler] or a [job:x] there is always something to come."},
		{key: "environment", kind: kindText(), names: nameHere, takes: takesReload, sample: `KEY="value",OTHER="second value"`,
			help: "Variables for the environment of every program, under the program's own. The daemon's own environment does not change. Later sections may use them as %(ENV_KEY)s."},
	}
}

const includeHelp = `Further files to read, as if their text stood at the end of this one. It counts in the root file only.`

func includeOptions() []option {
	return []option{
		{key: "files", kind: kindText(), unset: true, shown: "required", names: nameHere | nameHost, takes: takesReload, sample: "conf.d/*.conf",
			help: "Patterns with blanks between, relative to the directory of the root file. * ? and [] stand for what they stand for in a shell; the files of a pattern are read in the order of their names, and a later value stands over an earlier one."},
	}
}
