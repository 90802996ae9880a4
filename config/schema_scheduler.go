package config

import "slices"

const schedulerHelp = `What all jobs have in common. Supervisor passes over this section and
those of jobs, stores and executors, so one file serves both. The scheduler
runs when there is this section or a [job:x]. The options from coalesce on
are defaults for jobs.`

func schedulerOptions() []option {
	return slices.Concat([]option{
		{key: keyTimezone, kind: kindZone(), unset: true, shown: "that of the machine", names: nameHere | nameHost, takes: takesReload, sample: "Europe/Berlin",
			help: "The time zone of jobs that name none, such as Asia/Shanghai, UTC or +02:00."},
		{key: "state_directory", kind: kindPath(), unset: true, shown: "`/var/lib/watchkeeper`, for others than root `~/.local/state/watchkeeper`", names: nameHere | nameHost, takes: takesStart, sample: "/var/lib/watchkeeper",
			help: "Where the scheduler keeps its files: the store that is called default, and the output of runs. It is made when it is not there. Two daemons on one machine need one each."},
		{key: "paused", kind: kindBoolean(), value: "false", names: nameHere, takes: takesStart,
			help: "Start in pause: this daemon then starts no run until it is told to resume. Others on the same store do."},
		{key: "shutdown_grace", kind: kindDuration(), value: "10s", names: nameHere, takes: takesReload,
			help: "How long a stop of the daemon waits for runs that are under way before they are cancelled."},
		{key: "history_runs", kind: kindCount(), value: "100", names: nameHere, takes: takesReload,
			help: "How many runs of each job the history keeps; none sets no limit."},
		{key: "history_age", kind: kindLimit(), value: "30d", names: nameHere, takes: takesReload,
			help: "How long the history keeps a run; none sets no limit."},
		{key: "workers", kind: kindCount(), value: "64", names: nameHere, takes: takesReload,
			help: "How many runs an executor without workers of its own carries out at the same time."},
		{key: "listeners", kind: kindListeners(), unset: true, names: nameHere, takes: takesReload, sample: "tasks:job_execute EVENT_JOB_EXECUTED|EVENT_JOB_ERROR",
			help: "Python functions to call with APScheduler's events, as module:function and, after a blank, the names of the events with | between (without them, all). Several are separated by commas or stand on lines of their own. They need an [executor:x] of type python."},
	}, policyOptions(atSection, takesReload))
}

// policyOptions are what to do about late, overlapping and failing runs: the
// defaults in [scheduler], and the same for one job.
func policyOptions(at phase, t takes) []option {
	rows := []option{
		{key: "coalesce", kind: kindCoalesce(), value: "latest",
			help: "Which of several missed times are run: the latest, the earliest or all, one after another. As in APScheduler, true is latest and false is all."},
		{key: "misfire_grace_time", kind: kindLimit(), value: "none",
			help: "How late a run may begin; what is later is skipped, which the history tells. none sets no limit."},
		{key: "max_instances", kind: kindCountFromOne(), value: "1",
			help: "How many runs of a job may live at the same time, on all machines together."},
		{key: "overlap", kind: kindOverlap(), value: "skip",
			help: "What becomes of a run that is due while max_instances live: skip, queue_one (it waits, one at most), queue, replace (the oldest is cancelled) or allow."},
		{key: "timeout", kind: kindLimit(), value: "none",
			help: "How long one attempt may take before it is stopped and has failed; none sets no limit."},
		{key: "retries", kind: kindRetries(), value: "0",
			help: "How often a run that failed is tried again."},
		{key: "retry_delay", kind: kindDuration(), value: "1s",
			help: "How long to wait before the first retry."},
		{key: "retry_backoff", kind: kindBackoff(), value: "constant",
			help: "By which factor the delay grows with each retry: constant (1), exponential (2) or a number from 1 to 100."},
		{key: "retry_max_delay", kind: kindLimit(), value: "none",
			help: "What the delay grows to at most; none sets no limit."},
		{key: "on_lost", kind: kindOnLost(), value: "fail",
			help: "What becomes of a run whose daemon died: fail (its effects happened at most once) or rerun (at least once)."},
	}
	for i := range rows {
		rows[i].phase, rows[i].takes, rows[i].names = at, t, nameHere
	}
	return rows
}

const jobStoreHelp = `A store for jobs and their history, given as one url or by APScheduler's
words for it. The store that is called default is a SQLite file in the state
directory unless a [jobstore:default] says otherwise.`

// The options of [jobstore:x] whose name is used elsewhere, too.
const (
	keyURL      = "url"
	keyUsername = "username"
)

func jobStoreOptions() []option {
	rows := []option{
		{key: keyURL, kind: kindStoreURL(), unset: true, sample: "sqlite:///jobs.db",
			help: "sqlite:///FILE (a bare name is in the state directory), memory:, redis://HOST:PORT/DB, unix:///SOCKET (a Redis), postgres://HOST/DB or mongodb://HOST/DB. A user and a password stand before the host or in the options of that name; they are not shown anywhere."},
		{key: "type", kind: kindStoreType(), unset: true, sample: "redis", apart: true,
			help: "Instead of url: sqlite, memory, redis, postgres or mongodb, and what follows."},
		{key: "path", kind: kindPath(), unset: true, sample: "jobs.db", apart: true,
			help: "The file of a SQLite store. A relative path begins in the state directory."},
		{key: "host", kind: kindText(), unset: true, shown: "`localhost`", sample: "127.0.0.1", apart: true,
			help: "The server's name or address; for Redis also the path of a unix socket."},
		{key: "port", kind: kindPort(), unset: true, shown: "the usual one", sample: "6379", apart: true,
			help: "The server's port."},
		{key: "db", kind: kindText(), unset: true, shown: "`0` for Redis", sample: "2", apart: true,
			help: "The database: a number for Redis, else a name."},
		{key: keyUsername, kind: kindText(), unset: true, sample: "user", apart: true,
			help: "The user to give to the server."},
		{key: keyPassword, kind: kindText(), unset: true, sample: "123", apart: true,
			help: "The password to give to the server. None, as people write it for APScheduler, and an empty value are no password."},
		{key: "jobs_key", kind: kindText(), unset: true, shown: "`watchkeeper.jobs`", sample: "myapp.jobs", apart: true,
			help: "Redis: the hash of the jobs; all other keys but run_times_key begin with it. The keys of a Python APScheduler cannot be shared."},
		{key: "run_times_key", kind: kindText(), unset: true, shown: "as jobs_key, with run_times", sample: "myapp.run_times", apart: true,
			help: "Redis: the sorted set of the next run times."},
		{key: "prefix", kind: kindText(), unset: true, shown: "`watchkeeper_`", sample: "myapp_", apart: true,
			help: "SQLite, PostgreSQL and MongoDB: what the names of tables or collections begin with."},
	}
	for i := range rows {
		rows[i].names, rows[i].takes = nameHere|nameHost, takesReload
	}
	return rows
}

const executorHelp = `What carries runs out. Commands and actions on programs need no section:
they go to the executor that is called default and of type command. Python
functions need one of type python, or, where they are to run within the
processes of an application, one of type remote.`

func executorOptions() []option {
	rows := []option{
		{key: "type", kind: kindExecutorType(), unset: true, shown: "required", sample: "python",
			help: "command (commands and actions on programs), python (functions, in worker processes of ours) or remote (functions, in processes that register them). APScheduler's words asyncio, threadpool and processpool mean python."},
		{key: "workers", kind: kindCount(), unset: true, shown: "one process; commands: those of `[scheduler]`; remote: 1000", sample: "4",
			help: "Of type python: how many worker processes are kept warm. Of the other types: how many runs are carried out at the same time."},
		{key: "python", kind: kindText(), value: "python3", sample: "/srv/venv/bin/python",
			help: "The interpreter, 3.8 or newer. A bare name is looked for in PATH."},
		{key: "directory", kind: kindPath(), unset: true, sample: "/tmp",
			help: "Where the workers start, and where they import modules from."},
		{key: "concurrency", kind: kindCountFromOne(), value: "250",
			help: "How many runs one worker process carries out at the same time: coroutine functions on its event loop, plain functions in threads."},
		{key: "max_calls", kind: kindCount(), value: "none",
			help: "After how many runs a worker process is replaced."},
		{key: "max_memory", kind: kindSize(), value: "0",
			help: "From how much memory on a worker process is replaced; 0 sets no limit."},
		{key: "lease", kind: kindDuration(), value: "10s",
			help: "Of type remote: a process that is not heard of for so long is dead, and the runs that it had are lost."},
		{key: "user", kind: kindUser(), unset: true, sample: "nobody",
			help: "The user, by name or number, that the workers run as."},
		{key: "umask", kind: kindOctal(), unset: true, shown: "the daemon's", sample: "022",
			help: "The umask of the workers."},
		{key: "environment", kind: kindText(), raw: true, phase: atProcess, sample: `KEY="value",OTHER="second value"`,
			help: "Variables for the environment of the workers, as in a [program:x]."},
	}
	for i := range rows {
		rows[i].takes = takesReload
		if rows[i].names = nameHere | nameHost; rows[i].raw { // it is read as that of a process
			rows[i].names = processNames
		}
	}
	return rows
}
