package config

import "slices"

const jobHelp = `Something to run when it is due: a command, a Python function, or an
action on a program. The options of triggers are APScheduler's, explained in
docs/triggers.md. A command also has these options of [program:x]: user,
umask, directory, environment, serverurl, stopsignal, stopwaitsecs,
stopasgroup, killasgroup, orphans, exitcodes, redirect_stderr, and those for
log files and syslog. Unlike a program it is stopped with its whole process
group, and has no log file unless it names one: the history keeps the output
of each run.`

// jobOptions are the options of [job:x]: its own, then those that it shares
// with programs.
func jobOptions() []option {
	rows := slices.Concat(workOptions(), triggerOptions(), policyOptions(atGroup, takesUpdate), limitOptions())
	policies := keySet(policyOptions(atGroup, takesUpdate))
	for i := range rows {
		rows[i].phase, rows[i].names, rows[i].takes = atGroup, sectionNames, takesUpdate
		if policies[rows[i].key] { // without a value, that of [scheduler] counts
			rows[i].shown = "that of `[scheduler]`"
			rows[i].sample = rows[i].value
			rows[i].value, rows[i].unset = "", true
		}
	}
	return slices.Concat(rows, commandOptions())
}

// keySet has the keys of rows.
func keySet(rows []option) map[string]bool {
	set := make(map[string]bool, len(rows))
	for _, o := range rows {
		set[o.key] = true
	}
	return set
}

// workOptions say what a job runs, where it is kept and who carries it out.
func workOptions() []option {
	return []option{
		{key: "func", kind: kindFunction(), unset: true, sample: "tasks:interval_func", apart: true,
			help: "The Python function to call, as package.module:function."},
		{key: "args", kind: kindJSONList(), unset: true, sample: `["10s"]`, apart: true,
			help: `Arguments of func, as a JSON list. Write \u0023 for a # and \u003b for a ; after a blank: they would begin a comment.`},
		{key: "kwargs", kind: kindJSONObject(), unset: true, sample: `{"retries": 3}`, apart: true,
			help: "Named arguments of func, as a JSON object."},
		{key: "program", kind: kindText(), unset: true, sample: "theprogram", apart: true,
			help: "The program that action is for: the name of a [program:x], GROUP:* or GROUP:PROCESS."},
		{key: "action", kind: kindAction(), value: "restart", apart: true,
			help: "What to do with program: restart, start, stop or signal:HUP (or another signal)."},
		{key: "name", kind: kindText(), unset: true, sample: "Nightly backup",
			help: "A name for people."},
		{key: "jobstore", kind: kindText(), value: defaultName,
			help: "The [jobstore:x] that keeps the job."},
		{key: "executor", kind: kindText(), unset: true, shown: "`default`; for func the only one of type python", sample: defaultName,
			help: "The [executor:x] that carries it out."},
	}
}

// defaultName is the store and the executor that a job has if it names none.
const defaultName = "default"

// limitOptions are the policies that have no default for all jobs.
func limitOptions() []option {
	return []option{
		{key: "concurrency", kind: kindConcurrency(), unset: true, sample: "db:2",
			help: "A limit for several jobs together, as NAME:LIMIT: at most so many runs of all jobs with that name live at the same time, on all machines together."},
		{key: "priority", kind: kindInteger(), value: "999",
			help: "Jobs with a lower number begin earlier when workers are scarce."},
	}
}

// triggerOptions are the options that trigger.FromOptions knows.
func triggerOptions() []option {
	rows := slices.Concat(kindOptions(), boundOptions())
	for i := range rows {
		rows[i].kind, rows[i].unset = kindText(), true
		rows[i].apart = !slices.Contains([]string{keyTrigger, "hour", "minute", "day_of_week", keyTimezone, "jitter"}, rows[i].key)
	}
	return rows
}

// The options of triggers that are treated apart.
const (
	keyTrigger  = "trigger"
	keyTimezone = "timezone"
)

// kindOptions are those of one kind of trigger or a few.
func kindOptions() []option {
	return []option{
		{key: keyTrigger, shown: "required without crontab", sample: "cron",
			help: "date, interval, cron, crontab, calendarinterval, and, or; or a whole trigger, such as cron[hour='3']."},
		{key: "run_date", sample: "2030-01-31 12:00:00", help: "date: when. Also now, and +90s or -1h for a time from now."},
		{key: "every", sample: "1h30m", help: "interval: its length in one."},
		{key: "weeks", sample: "1", help: "interval and calendarinterval: weeks."},
		{key: "days", sample: "1", help: "interval (of 24 hours) and calendarinterval: days."},
		{key: "hours", sample: "1", help: "interval: hours."},
		{key: "minutes", sample: "15", help: "interval: minutes."},
		{key: "seconds", sample: "10", help: "interval: seconds."},
		{key: "milliseconds", sample: "500", help: "interval: milliseconds."},
		{key: "microseconds", sample: "500", help: "interval: microseconds."},
		{key: "year", sample: "2030", help: "cron: years."},
		{key: "month", sample: "jan-mar", help: "cron: months, 1 to 12 or names."},
		{key: "day", sample: "last", help: "cron: days of the month, also last and 2nd tue."},
		{key: "week", sample: "1", help: "cron: weeks of the year, 1 to 53."},
		{key: "day_of_week", sample: "mon-fri", help: "cron: days of the week, names or 0 (Monday) to 6."},
		{key: "hour", sample: "3", help: "cron and calendarinterval: hours."},
		{key: "minute", sample: "30", help: "cron and calendarinterval: minutes."},
		{key: "second", sample: "0", help: "cron and calendarinterval: seconds."},
		{key: "crontab", sample: "30 2 * * *", help: "A line of cron, with Sunday as 0 or 7, or @daily and the like. It needs no trigger."},
		{key: "dst", sample: "once", help: "cron and crontab: what happens where clocks are changed: auto, once, skip, wall or all."},
		{key: "years", sample: "1", help: "calendarinterval: years."},
		{key: "months", sample: "1", help: "calendarinterval: months."},
		{key: "triggers", sample: "cron[hour='3'], cron[hour='15']", help: "and, or: the triggers inside."},
		{key: "threshold", sample: "1s", help: "and: how far apart the times may be."},
	}
}

// boundOptions are those of every trigger.
func boundOptions() []option {
	return []option{
		{key: keyTimezone, shown: "that of `[scheduler]`", sample: "Europe/Berlin", help: "The time zone of the trigger."},
		{key: "start_date", sample: "2030-01-31", help: "The first time that counts, and where an interval begins. Also now, and +90s or -1h for a time from now, resolved once, when the job is first stored."},
		{key: "end_date", sample: "2031-01-31 12:00", help: "The last time that counts; as start_date."},
		{key: "jitter", sample: "10s", help: "A delay between nothing and this, another one for each time."},
		{key: "splay", sample: "10s", help: "A delay between nothing and this, always the same for the job."},
		{key: "exclude", sample: "05-01, 2030-12-24..2031-01-01", help: "Days on which it is not due: dates, ranges or an iCalendar file, whose name begins where the root file is."},
		{key: "only", sample: "2nd tue jan", help: "Days on which alone it is due, as exclude."},
		{key: "compat", sample: "apscheduler3", help: "apscheduler3 gives the answers of APScheduler 3.11."},
	}
}

// commandOptions are the options of [program:x] that count for one run of a
// command. The others are about keeping a program running.
func commandOptions() []option {
	var rows []option
	for _, o := range slices.Concat(sectionOptions(), processOptions()) {
		switch o.key {
		case "stopasgroup":
			o.value = "true"
		case "stdout_logfile", "stderr_logfile":
			o.value = "NONE"
		case "command":
			o.check, o.shown = nil, "" // a func or a program does as well
			o.sample = "/usr/local/bin/backup --all"
			o.help = "The command to run, split as a shell splits it: quotes and backslashes count, but there are no variables, patterns, pipes or &&."
		}
		if !slices.Contains(keepsRunning(), o.key) {
			rows = append(rows, o)
		}
	}
	return rows
}

// keepsRunning are the options of [program:x] that mean nothing for a run.
func keepsRunning() []string {
	return []string{
		"priority", "autostart", "autorestart", "startsecs", "startretries", "numprocs", "numprocs_start", "process_name", "restartpause", "exit_on",
		"stdout_capture_maxbytes", "stdout_events_enabled", "stderr_capture_maxbytes", "stderr_events_enabled",
	}
}
