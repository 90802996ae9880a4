package compat_test

// sample is how the value of an option of ours is written in the roll-back
// test: every form that it has, at least every kind of word and character.
// DIR, NAME, PORT and HASH stand for the directory, the name of the section, a
// free port and the hash of a token.
type sample struct {
	with  string // the other lines of its section, where those of usual do not do
	forms []string
}

// usual are the lines that a section has besides the option that is tried.
func usual() map[string]string {
	return map[string]string{
		"[supervisord]":     "",
		"[supervisorctl]":   "",
		"[scheduler]":       "",
		"[program:x]":       "command=sleep 1000\nstartsecs=0\n",
		"[eventlistener:x]": "command=sleep 1000\nstartsecs=0\nevents=TICK_3600\n",
		"[fcgi-program:x]":  "command=sleep 1000\nstartsecs=0\nsocket=unix://DIR/NAME.fcgi\n",
		"[tls_server:x]":    "port=127.0.0.1:PORT\ntls_cert=DIR/server.pem\ntls_key=DIR/server.key\n",
		"[token:x]":         "role=read\ntoken=HASH\n",
		"[jobstore:x]":      "url=memory:\n",
		"[executor:x]":      "type=python\n",
		"[job:x]":           "trigger=interval\nhours=1000\ncommand=true\n",
	}
}

// samples has the options of ours, by section and key. Options of [program:x]
// count for listeners and FastCGI programs, too.
func samples() map[string]sample {
	all := map[string]sample{
		"[supervisord] exit_code":          {forms: []string{"propagate", "3"}},
		"[supervisord] exit_when_all_done": {forms: []string{"false", "true"}},

		"[program:x] exit_on":          {forms: []string{"never", "fatal", "failure", "exit"}},
		"[program:x] orphans":          {forms: []string{"keep", "stop", "Kill"}},
		"[program:x] restartpause":     {forms: []string{"0", "5", "5 ; a comment"}},
		"[program:x] stdout_prefix":    {forms: []string{`"%(program_name)s | "`, "%(process_num)d>", `'it is "quoted"; '`}},
		"[program:x] stderr_prefix":    {forms: []string{`"%(program_name)s | "`}},
		"[eventlistener:x] job_events": {forms: []string{"JOB", "JOB_EXECUTED,JOB_ERROR", "SCHEDULE, JOBSTORE_TROUBLE"}},

		"[supervisorctl] token":    {forms: []string{"wkt_123", "%%%%"}},
		"[supervisorctl] tls_ca":   {forms: []string{"DIR/ca.pem", "%(here)s/ca.pem"}},
		"[supervisorctl] tls_cert": {forms: []string{"DIR/server.pem", "%(here)s/server.pem"}},
		"[supervisorctl] tls_key":  {forms: []string{"DIR/server.key", "%(here)s/server.key"}},

		"[tls_server:x] port": {with: "tls_cert=DIR/server.pem\ntls_key=DIR/server.key\nusername=u\npassword=p\n",
			forms: []string{"127.0.0.1:PORT", "PORT", ":PORT", "*:PORT", "0.0.0.0:PORT", "localhost:PORT"}},
		"[tls_server:x] tls_cert":      {forms: []string{"DIR/server.pem", "%(here)s/server.pem"}},
		"[tls_server:x] tls_key":       {forms: []string{"DIR/server.key", "%(here)s/server.key"}},
		"[tls_server:x] tls_client_ca": {forms: []string{"DIR/ca.pem", "%(here)s/ca.pem"}},
		"[tls_server:x] username":      {forms: []string{"user\npassword=secret"}},
		"[tls_server:x] password":      {forms: []string{"secret\nusername=user", "{SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4\nusername=user"}},
		"[token:x] role":               {with: "token=HASH\n", forms: []string{"read", "operate", "admin"}},
		"[token:x] token":              {with: "role=read\n", forms: []string{"HASH"}},
	}
	for _, more := range []map[string]sample{schedulerSamples(), policySamples(), storeSamples(), executorSamples(), workSamples(), triggerSamples(), commandSamples()} {
		for name, s := range more {
			all[name] = s
		}
	}
	return all
}

func schedulerSamples() map[string]sample {
	return map[string]sample{
		"[scheduler] timezone":        {forms: []string{"Europe/Berlin", "UTC", "+02:00"}},
		"[scheduler] state_directory": {forms: []string{"DIR/state", "%(here)s/state"}},
		"[scheduler] paused":          {forms: []string{"true", "off"}},
		"[scheduler] shutdown_grace":  {forms: []string{"0", "1.5", "1m30s", "2d"}},
		"[scheduler] history_runs":    {forms: []string{"100", "none", "unlimited"}},
		"[scheduler] history_age":     {forms: []string{"90", "30d", "none"}},
		"[scheduler] workers":         {forms: []string{"64", "none"}},
		"[scheduler] listeners":       {forms: []string{"tasks:listen", "tasks:listen EVENT_JOB_EXECUTED|EVENT_JOB_ERROR", "tasks:a EVENT_ALL, tasks:b", "tasks:a\n  tasks:b EVENT_JOB_MISSED"}},
	}
}

// policySamples are those of policies: the defaults, and those of a job.
func policySamples() map[string]sample {
	all := map[string]sample{}
	for key, forms := range map[string][]string{
		"coalesce":           {"latest", "earliest", "all", "True", "no"},
		"misfire_grace_time": {"none", "None", "60", "1h"},
		"max_instances":      {"1", "3"},
		"overlap":            {"skip", "queue_one", "queue", "replace", "allow"},
		"timeout":            {"none", "1m30s"},
		"retries":            {"0", "3"},
		"retry_delay":        {"1s", "0.5"},
		"retry_backoff":      {"constant", "exponential", "1.5"},
		"retry_max_delay":    {"none", "1h"},
		"on_lost":            {"fail", "rerun"},
	} {
		all["[scheduler] "+key] = sample{forms: forms}
		all["[job:x] "+key] = sample{forms: forms}
	}
	return all
}

func storeSamples() map[string]sample {
	const redis, postgres, sqlite = "type=redis\n", "type=postgres\n", "type=sqlite\npath=NAME.db\n"
	return map[string]sample{
		"[jobstore:x] url": {with: "\n", forms: []string{"memory:", "sqlite:///NAME.db", "sqlite:////DIR/NAME.db", "redis://127.0.0.1:1/0",
			"redis://user:p%%40ss@127.0.0.1:1/1", "unix://DIR/NAME.sock", "postgres://user:secret@127.0.0.1:1/db", "mongodb://127.0.0.1:1/db"}},
		"[jobstore:x] type":          {with: "path=NAME.db\n", forms: []string{"sqlite", "SQLite"}},
		"[jobstore:x] path":          {with: "type=sqlite\n", forms: []string{"NAME.db", "DIR/NAME.db", "%(here)s/NAME.db"}},
		"[jobstore:x] host":          {with: redis, forms: []string{"127.0.0.1", "localhost", "DIR/NAME.sock"}},
		"[jobstore:x] port":          {with: redis, forms: []string{"1"}},
		"[jobstore:x] db":            {with: redis + "port=1\n", forms: []string{"2"}},
		"[jobstore:x] username":      {with: postgres + "port=1\ndb=x\n", forms: []string{"user"}},
		"[jobstore:x] password":      {with: postgres + "port=1\ndb=x\nusername=u\n", forms: []string{"se%%cret;x", "None", ""}},
		"[jobstore:x] jobs_key":      {with: redis + "port=1\n", forms: []string{"myapp.NAME"}},
		"[jobstore:x] run_times_key": {with: redis + "port=1\n", forms: []string{"myapp.NAME.times"}},
		"[jobstore:x] prefix":        {with: sqlite, forms: []string{"myapp_"}},
	}
}

func executorSamples() map[string]sample {
	return map[string]sample{
		"[executor:x] type":        {with: "\n", forms: []string{"command", "python", "remote", "asyncio", "threadpool", "processpool"}},
		"[executor:x] workers":     {forms: []string{"4"}},
		"[executor:x] python":      {forms: []string{"python3", "/usr/bin/python3"}},
		"[executor:x] directory":   {forms: []string{"/tmp", "%(here)s"}},
		"[executor:x] concurrency": {forms: []string{"250"}},
		"[executor:x] max_calls":   {forms: []string{"none", "1000"}},
		"[executor:x] max_memory":  {forms: []string{"0", "500MB"}},
		"[executor:x] lease":       {with: "type=remote\n", forms: []string{"10s", "1m"}},
		"[executor:x] user":        {forms: []string{"root", "0"}},
		"[executor:x] umask":       {forms: []string{"022"}},
		"[executor:x] environment": {forms: []string{`KEY="value",OTHER="100%%"`}},
	}
}

// workSamples are what a job does, and where.
func workSamples() map[string]sample {
	const when, python = "trigger=interval\nhours=1000\n", "trigger=interval\nhours=1000\nexecutor=py\n"
	return map[string]sample{
		"[job:x] func":        {with: python, forms: []string{"tasks:run", "package.tasks:Class.run"}},
		"[job:x] args":        {with: python + "func=tasks:run\n", forms: []string{`["10s", 2]`, `[]`, `["a \u003b b \u0023 %%"]`}},
		"[job:x] kwargs":      {with: python + "func=tasks:run\n", forms: []string{`{"retries": 3, "to": {"a": [null, true]}}`}},
		"[job:x] program":     {with: when, forms: []string{"other", "team", "team:*", "team:plain"}},
		"[job:x] action":      {with: when + "program=plain\n", forms: []string{"restart", "start", "stop", "signal:HUP"}},
		"[job:x] name":        {forms: []string{"Nightly backup", "夜间备份 100%%"}},
		"[job:x] jobstore":    {forms: []string{"default", "kept"}},
		"[job:x] executor":    {forms: []string{"default"}},
		"[job:x] concurrency": {forms: []string{"db:2"}},
		"[job:x] priority":    {forms: []string{"999", "-1"}},
	}
}

func triggerSamples() map[string]sample {
	const work = "command=true\n"
	all := map[string]sample{
		"[job:x] trigger": {with: work, forms: []string{"cron\nhour=3", "interval\nhours=1000", "date\nrun_date=2099-01-31", "crontab\ncrontab=0 3 * * *",
			"calendarinterval\nmonths=1\nstart_date=2099-01-01", "and\ntriggers=cron[hour='3'], cron[minute='0']", "or\ntriggers=cron[hour='3']",
			"cron[hour='3', minute='*/20']", `{"trigger":"cron","hour":"3"}`}},
		"[job:x] crontab":   {with: work, forms: []string{"30 2 * * *", "*/5 0-4,22 1 jan mon", "@daily", "H 3 * * *"}},
		"[job:x] run_date":  {with: work + "trigger=date\n", forms: []string{"2099-01-31", "2099-01-31 12:00:00", "2099-01-31T12:00:00+01:00", "+1000d"}},
		"[job:x] triggers":  {with: work + "trigger=or\n", forms: []string{"cron[hour='3'], cron[hour='15']"}},
		"[job:x] threshold": {with: work + "trigger=and\ntriggers=cron[hour='3'], cron[minute='0']\n", forms: []string{"1s"}},
	}
	of := func(with string, keys map[string][]string) {
		for key, forms := range keys {
			all["[job:x] "+key] = sample{work + with, forms}
		}
	}
	of("trigger=interval\n", map[string][]string{
		"every": {"1000h", "90000", "30 days, 12:00:00"}, "weeks": {"10"}, "days": {"100", "0.5"}, "hours": {"1000"}, "minutes": {"10000"}, "seconds": {"100000"},
	})
	of("trigger=interval\nhours=1000\n", map[string][]string{
		"milliseconds": {"500"}, "microseconds": {"500"}, "jitter": {"10", "10s"}, "splay": {"1m"}, "timezone": {"Europe/Berlin", "-03:30"},
		"start_date": {"2099-01-31", "now", "+90s"}, "end_date": {"2099-01-31 12:00"},
		"exclude": {"05-01, 2030-12-24..2031-01-01", "2nd tue jan"}, "only": {"2nd tue jan"},
	})
	of("trigger=cron\n", map[string][]string{
		"year": {"2099", "2098-2099"}, "month": {"jan-mar", "*/3"}, "day": {"last", "2nd tue", "1,15"}, "week": {"1"}, "day_of_week": {"mon-fri", "0"},
		"hour": {"3", "*/2"}, "minute": {"30"},
	})
	of("trigger=cron\nhour=3\n", map[string][]string{"second": {"0"}, "dst": {"auto", "once", "skip", "wall", "all"}, "compat": {"apscheduler3"}})
	of("trigger=calendarinterval\nstart_date=2099-01-01\n", map[string][]string{"years": {"1"}, "months": {"1"}})
	return all
}

// commandSamples are those that a job shares with programs.
func commandSamples() map[string]sample {
	all := map[string]sample{"[job:x] command": {with: "trigger=interval\nhours=1000\n", forms: []string{"true", `sh -c 'echo "a b" 100%%'`}}}
	for key, forms := range map[string][]string{
		"stopsignal": {"TERM", "2"}, "stopwaitsecs": {"10"}, "stopasgroup": {"true"}, "killasgroup": {"true"}, "exitcodes": {"0,2"}, "redirect_stderr": {"true"},
		"serverurl": {"AUTO", ""}, "user": {"root", "0"}, "umask": {"022"}, "orphans": {"keep", "kill"}, "environment": {`A="1",B="100%%"`}, "directory": {"/tmp", "%(here)s"},
	} {
		all["[job:x] "+key] = sample{forms: forms}
	}
	for _, channel := range []string{"stdout", "stderr"} {
		for key, forms := range map[string][]string{
			"logfile": {"NONE", "DIR/NAME.log", "%(here)s/NAME.log"}, "logfile_backups": {"1"}, "logfile_maxbytes": {"1MB"}, "syslog": {"false"},
			"prefix": {`"%(program_name)s | "`},
		} {
			all["[job:x] "+channel+"_"+key] = sample{forms: forms}
		}
	}
	return all
}
