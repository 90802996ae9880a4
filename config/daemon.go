package config

import (
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// daemon reads [supervisord] and lays the command line over it.
func (l *loader) daemon(o Overrides) {
	section := l.set.Section("supervisord")
	if section == nil {
		section = &ini.Section{Name: "supervisord", File: l.config.Path}
	}
	p := place{section: section, table: tableOf(l.tables, section.Name)}
	v := make(values)
	l.read(p, atSection, v)
	if !v.has("childlogdir") {
		v["childlogdir"] = l.host.TempDir
	}
	environment := l.daemonEnvironment(p, get[string](v, "environment"))
	l.extendEnv(environment)
	l.override(o, v)

	d := &l.config.Daemon
	*d = Daemon{
		Logfile:         get[string](v, "logfile"),
		LogfileMaxBytes: get[int64](v, "logfile_maxbytes"),
		LogfileBackups:  v.integer("logfile_backups"),
		Loglevel:        get[string](v, "loglevel"),
		Pidfile:         l.host.normalize(get[string](v, "pidfile")),
		Identifier:      get[string](v, "identifier"),
		Childlogdir:     get[string](v, "childlogdir"),
		Directory:       get[string](v, "directory"),
		Umask:           get[int](v, "umask"),
		User:            get[string](v, "user"),
		UID:             -1,
		GID:             -1,
		Environment:     environment,
		Flags: Flags{
			Nodaemon:  get[bool](v, "nodaemon"),
			Nocleanup: get[bool](v, "nocleanup"),
			StripANSI: get[bool](v, "strip_ansi"),
			Silent:    get[bool](v, "silent"),

			ExitWhenAllDone: get[bool](v, "exit_when_all_done"),
		},
		ExitCode: v.integer("exit_code"),
		Limits:   Limits{Minfds: v.integer("minfds"), Minprocs: v.integer("minprocs")},
	}
	if d.Logfile != "syslog" {
		d.Logfile = l.host.normalize(d.Logfile)
	}
}

// daemonEnvironment reads the environment of [supervisord]. Supervisor 4.3.0
// expands it twice, the first time without host_node_name, which fails as
// there; a percent sign is "%%%%" there, and here "%%" will do too.
func (l *loader) daemonEnvironment(p place, once string) []supervise.Var {
	v := p.section.Get("environment")
	if v == nil {
		return nil
	}
	twice := l.scope(nameHere|nameHost, p).expandAgain(once, "environment")
	vars, err := parseEnvironment(twice)
	if err != nil {
		l.envBroken = true
		l.addFault(l.at(p.section.Name, v, err, environmentHint))
		return nil
	}
	l.lintEnvironment(p.section.Name, v, twice, vars)
	return vars
}

const environmentHint = `give KEY="value" pairs with commas between, every value in double quotes`

// override lays the command line over what the files say.
func (l *loader) override(o Overrides, v values) {
	for _, row := range daemonOptions() {
		text, ok := o[row.key]
		if !ok {
			continue
		}
		value, err := row.kind.parse(l.host, text)
		if err != nil {
			l.addFault(&Error{Key: row.key, Err: fmt.Errorf("command line: %w", err), Hint: row.kind.right})
			continue
		}
		v[row.key] = value
	}
}

// CheckOverride reports whether text is a good value for an option of
// [supervisord] on the command line; the error is in Supervisor's words.
func CheckOverride(host Host, key, text string) error {
	for _, row := range daemonOptions() {
		if row.key == key {
			_, err := row.kind.parse(host, text)
			return err
		}
	}
	return fmt.Errorf("option %s not recognized", key)
}

// daemonUser finds the user of [supervisord] or of the command line; the
// original does so after everything else.
func (l *loader) daemonUser(o Overrides) {
	d := &l.config.Daemon
	_, given := o["user"]
	var written *ini.Value
	if section := l.set.Section("supervisord"); section != nil && !given {
		written = section.Get("user")
	}
	if written == nil && !given {
		return
	}
	u, err := parseUser(l.host, d.User)
	if err == nil {
		d.UID, d.GID = int(u.UID), int(u.GID)
		return
	}
	fault := &Error{Key: "user", Err: err, Hint: kindUser().right}
	if written != nil {
		fault = l.at("supervisord", written, err, kindUser().right)
	}
	l.addFault(fault)
}
