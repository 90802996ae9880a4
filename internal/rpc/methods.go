package rpc

import (
	"context"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// The parameters that several methods share.

func nameParam() param {
	return param{name: "name", kind: text, help: "a process: name, or group:name"}
}

func namespecParam() param {
	return param{name: "name", kind: text, help: "a process: name, or group:name; group:* is all of a group"}
}

func groupParam() param { return param{name: "name", kind: text, help: "a group"} }

func waitParam(until string) param {
	return param{name: "wait", kind: truth, help: "whether to answer only when " + until + "; if left out, it does", missing: true}
}

func signalParam() param {
	return param{name: "signal", kind: signalName, help: "a name, such as HUP, or a number"}
}

func rangeParams() []param {
	return []param{
		{name: "offset", kind: number, help: "the byte to begin at; if negative, so many bytes before the end"},
		{name: "length", kind: number, help: "how many bytes; 0 is all there are, and must be given with a negative offset"},
	}
}

func tailParams() []param {
	return []param{
		nameParam(),
		{name: "offset", kind: number, help: "the byte to begin at, such as the offset of the last answer"},
		{name: "length", kind: number, help: "how many bytes at most"},
	}
}

const (
	alwaysTrue    = "true; what goes wrong is a fault"
	manyResults   = "a struct for each process: name, group, status (80 if it was done, else the code of a fault) and description"
	untilRunning  = "it is RUNNING or has failed to become so"
	untilStopped  = "it has ended"
	inCharacters  = " Characters that the range cuts are left out."
	asTheyAreRead = "the text; what is not UTF-8 is shown as U+FFFD"
)

// daemonMethods are about the daemon itself and its configuration.
func daemonMethods() []method {
	return []method{
		{
			name: "supervisor.getAPIVersion", aliases: []string{"supervisor.getVersion"}, role: viewer, result: "string",
			help: "Tells the version of this interface.", returns: "the version",
			call: answer(func(*service.Service) any { return apiVersion }),
		}, {
			name: "supervisor.getSupervisorVersion", role: viewer, result: "string",
			help: "Tells which release of Supervisor the daemon behaves like.", returns: "the version",
			call: answer(func(*service.Service) any { return service.Version }),
		}, {
			name: "supervisor.getIdentification", role: viewer, result: "string",
			help: "Tells the identifier in the configuration of the daemon.", returns: "the identifier",
			call: answer(func(s *service.Service) any { return s.Identification() }),
		}, {
			name: "supervisor.getState", role: viewer, result: "struct",
			help: "Tells whether the daemon runs.", returns: "statecode and statename",
			call: answer(stateStruct),
		}, {
			name: "supervisor.getPID", role: viewer, result: "int",
			help: "Tells the process id of the daemon.", returns: "the process id",
			call: answer(func(s *service.Service) any { return s.PID() }),
		}, {
			name: "supervisor.shutdown", role: admin, result: "boolean",
			help: "Begins to stop all processes and then the daemon.", returns: alwaysTrue,
			call: done(func(s *service.Service, _ args) error { return s.Shutdown() }),
		}, {
			name: "supervisor.restart", role: admin, result: "boolean",
			help: "Begins to stop all processes and to start over with the files as they are now. " +
				"With a fault in them nothing stops.",
			returns: alwaysTrue,
			call:    done(func(s *service.Service, _ args) error { return s.Restart() }),
		}, {
			name: "supervisor.reloadConfig", role: admin, result: "array",
			help:    "Reads the files anew and tells which groups differ from what runs, without changing any.",
			returns: "one array with three arrays of names: groups that are new, changed, and gone",
			call:    reloadConfig,
		}, {
			name: "supervisor.addProcessGroup", role: admin, result: "boolean", params: []param{groupParam()},
			help: "Makes a group of the files that were read last run.", returns: alwaysTrue,
			call: done(func(s *service.Service, a args) error { return s.AddGroup(a.text(0)) }),
		}, {
			name: "supervisor.removeProcessGroup", role: admin, result: "boolean", params: []param{groupParam()},
			help: "Forgets a group all of whose processes are stopped.", returns: alwaysTrue,
			call: done(func(s *service.Service, a args) error { return s.RemoveGroup(a.text(0)) }),
		}, {
			name: "supervisor.sendRemoteCommEvent", role: operator, result: "boolean", always: true,
			params: []param{
				{name: "type", kind: text, help: "what the event's payload has as its type"},
				{name: "data", kind: text, help: "the rest of the payload"},
			},
			help: "Sends a REMOTE_COMMUNICATION event to the listeners that want it.", returns: alwaysTrue,
			call: done(func(s *service.Service, a args) error { return s.SendRemoteEvent(a.text(0), a.text(1)) }),
		},
	}
}

// controlMethods tell about processes, start, stop and signal them.
func controlMethods() []method {
	return []method{
		{
			name: "supervisor.getProcessInfo", role: viewer, result: "struct", params: []param{nameParam()},
			help: "Tells the state of a process.", returns: "the state",
			call: getProcessInfo,
		}, {
			name: "supervisor.getAllProcessInfo", role: viewer, result: "array",
			help: "Tells the state of all processes.", returns: "what getProcessInfo tells, sorted by group, then name",
			call: answer(func(s *service.Service) any { return processInfos(s.AllProcessInfo()) }),
		}, {
			name: "supervisor.getAllConfigInfo", role: viewer, result: "array",
			help: "Tells how the files that were read last configure all processes.", returns: "a struct for each process, sorted by name",
			call: answer(func(s *service.Service) any { return configInfos(s.AllConfigInfo()) }),
		}, {
			name: "supervisor.startProcess", role: operator, result: "boolean",
			params: []param{namespecParam(), waitParam(untilRunning)},
			help:   "Starts a process.", returns: alwaysTrue,
			call: onNamespec((*service.Service).Start),
		}, {
			name: "supervisor.startProcessGroup", role: operator, result: "array",
			params: []param{groupParam(), waitParam(untilRunning)},
			help:   "Starts those processes of a group that do not run.", returns: manyResults,
			call: onGroup((*service.Service).StartGroup),
		}, {
			name: "supervisor.startAllProcesses", role: operator, result: "array", params: []param{waitParam(untilRunning)},
			help: "Starts all processes that do not run.", returns: manyResults,
			call: onAll((*service.Service).StartAll),
		}, {
			name: "supervisor.stopProcess", role: operator, result: "boolean",
			params: []param{namespecParam(), waitParam(untilStopped)},
			help:   "Stops a process.", returns: alwaysTrue,
			call: onNamespec((*service.Service).Stop),
		}, {
			name: "supervisor.stopProcessGroup", role: operator, result: "array",
			params: []param{groupParam(), waitParam(untilStopped)},
			help:   "Stops those processes of a group that run.", returns: manyResults,
			call: onGroup((*service.Service).StopGroup),
		}, {
			name: "supervisor.stopAllProcesses", role: operator, result: "array", params: []param{waitParam(untilStopped)},
			help: "Stops all processes that run.", returns: manyResults,
			call: onAll((*service.Service).StopAll),
		}, {
			name: "supervisor.signalProcess", role: operator, result: "boolean", params: []param{namespecParam(), signalParam()},
			help: "Sends a signal to a process, and to none of its children.", returns: alwaysTrue,
			call: signalProcess,
		}, {
			name: "supervisor.signalProcessGroup", role: operator, result: "array", params: []param{groupParam(), signalParam()},
			help: "Sends a signal to those processes of a group that run.", returns: manyResults,
			call: func(ctx context.Context, s *service.Service, a args) (any, error) {
				return resultStructs(s.SignalGroup(ctx, a.text(0), a.text(1)))
			},
		}, {
			name: "supervisor.signalAllProcesses", role: operator, result: "array", params: []param{signalParam()},
			help: "Sends a signal to all processes that run.", returns: manyResults,
			call: func(ctx context.Context, s *service.Service, a args) (any, error) {
				return resultStructs(s.SignalAll(ctx, a.text(0)))
			},
		}, {
			name: "supervisor.sendProcessStdin", role: operator, result: "boolean",
			params: []param{nameParam(), {name: "chars", kind: text, help: "what to send; it arrives as UTF-8"}},
			help:   "Sends text to the standard input of a process.", returns: alwaysTrue,
			call: func(ctx context.Context, s *service.Service, a args) (any, error) {
				return trueUnless(s.SendStdin(ctx, a.text(0), a.text(1)))
			},
		},
	}
}

// logMethods read and clear logs.
func logMethods() []method {
	return []method{
		{
			name: "supervisor.readLog", aliases: []string{"supervisor.readMainLog"}, role: viewer, result: "string", params: rangeParams(),
			help: "Reads from the log of the daemon." + inCharacters, returns: asTheyAreRead,
			call: func(_ context.Context, s *service.Service, a args) (any, error) {
				return logText(s.ReadMainLog(a.number(0), a.number(1)))
			},
		}, {
			name: "supervisor.clearLog", role: operator, result: "boolean",
			help: "Empties the log of the daemon.", returns: alwaysTrue,
			call: done(func(s *service.Service, _ args) error { return s.ClearMainLog() }),
		}, {
			name: "supervisor.readProcessStdoutLog", aliases: []string{"supervisor.readProcessLog"}, role: viewer, result: "string",
			params: append([]param{nameParam()}, rangeParams()...),
			help:   "Reads from what a process wrote to standard output." + inCharacters, returns: asTheyAreRead,
			call: readLog(service.Stdout),
		}, {
			name: "supervisor.readProcessStderrLog", role: viewer, result: "string",
			params: append([]param{nameParam()}, rangeParams()...),
			help:   "Reads from what a process wrote to standard error." + inCharacters, returns: asTheyAreRead,
			call: readLog(service.Stderr),
		}, {
			name: "supervisor.tailProcessStdoutLog", aliases: []string{"supervisor.tailProcessLog"}, role: viewer, result: "array",
			params: tailParams(),
			help: "Reads the end of what a process wrote to standard output. If there is more than offset and length cover, " +
				"it says so and gives the last bytes instead." + inCharacters,
			returns: "the text, the size of the log, and whether there was more",
			call:    tailLog(service.Stdout),
		}, {
			name: "supervisor.tailProcessStderrLog", role: viewer, result: "array", params: tailParams(),
			help:    "Reads the end of what a process wrote to standard error, as tailProcessStdoutLog does of standard output.",
			returns: "the text, the size of the log, and whether there was more",
			call:    tailLog(service.Stderr),
		}, {
			name: "supervisor.clearProcessLogs", aliases: []string{"supervisor.clearProcessLog"}, role: operator, result: "boolean",
			params: []param{nameParam()},
			help:   "Empties the logs of a process; rotated files stay.", returns: alwaysTrue,
			call: done(func(s *service.Service, a args) error { return s.ClearLog(a.text(0)) }),
		}, {
			name: "supervisor.clearAllProcessLogs", role: operator, result: "array",
			help: "Empties the logs of all processes; rotated files stay.", returns: manyResults,
			call: func(_ context.Context, s *service.Service, _ args) (any, error) {
				return resultStructs(s.ClearAllLogs())
			},
		},
	}
}
