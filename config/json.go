package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// WriteJSON writes what was understood, in the shape of "expect" in the
// corpus files of testdata: null is what is not set, sizes are bytes, times
// are seconds, modes are octal text.
func (c *Config) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	out, err := c.json()
	if err != nil {
		return err
	}
	return e.Encode(out)
}

// object is a JSON object; its keys come out sorted.
type object map[string]any

func (c *Config) json() (object, error) {
	servers, interfaces, warnings, groups := []object{}, []object{}, []string{}, []object{}
	for _, s := range c.Servers {
		if s.TLS == nil {
			servers = append(servers, s.json())
		}
	}
	for _, r := range c.RPC {
		interfaces = append(interfaces, object{"name": r.Name, "options": r.Options})
	}
	for _, w := range c.Warnings {
		if w.Level >= slog.LevelWarn {
			warnings = append(warnings, w.Text)
		}
	}
	for _, g := range c.Groups {
		group, err := groupJSON(g)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	out := object{
		"supervisord":   c.Daemon.json(),
		"servers":       servers,
		"serverurl":     orNull(c.ServerURL),
		"rpcinterfaces": interfaces,
		"warnings":      warnings,
		"groups":        groups,
	}
	c.securityJSON(out)
	if c.Scheduler != nil {
		scheduler, err := c.Scheduler.json()
		if err != nil {
			return nil, err
		}
		out["scheduler"] = scheduler
	}
	return out, nil
}

func (d Daemon) json() object {
	o := object{
		"logfile":          d.Logfile,
		"logfile_maxbytes": d.LogfileMaxBytes,
		"logfile_backups":  d.LogfileBackups,
		"loglevel":         d.Loglevel,
		"pidfile":          d.Pidfile,
		"identifier":       d.Identifier,
		"childlogdir":      d.Childlogdir,
		"directory":        orNull(d.Directory),
		"umask":            modeText(d.Umask),
		"nodaemon":         d.Flags.Nodaemon,
		"minfds":           d.Limits.Minfds,
		"minprocs":         d.Limits.Minprocs,
		"nocleanup":        d.Flags.Nocleanup,
		"strip_ansi":       d.Flags.StripANSI,
		"silent":           d.Flags.Silent,
		"user":             orNull(d.User),
		"environment":      byName(d.Environment),
	}
	// What the original does not have.
	if d.ExitCode != propagateCode {
		o["exit_code"] = d.ExitCode
	}
	if d.Flags.ExitWhenAllDone {
		o["exit_when_all_done"] = true
	}
	return o
}

func (s Server) json() object {
	o := object{"section": s.Section, "username": nil, "password": nil}
	if s.Auth {
		o["username"], o["password"] = s.Username, s.Password
	}
	if s.Network == "tcp" {
		o["family"], o["host"], o["port"] = "inet", s.Host, s.Port
		return o
	}
	o["family"], o["file"], o["chmod"] = "unix", s.Path, modeText(int(s.Chmod))
	o["chown"] = []int{s.ChownUID, s.ChownGID}
	return o
}

// securityJSON adds what Supervisor does not have, where it is.
func (c *Config) securityJSON(out object) {
	servers, tokens := []object{}, []object{}
	for _, s := range c.Servers {
		if s.TLS != nil {
			o := s.json()
			o["tls_cert"], o["tls_key"], o["tls_client_ca"] = s.TLS.Cert, s.TLS.Key, orNull(s.TLS.ClientCA)
			servers = append(servers, o)
		}
	}
	for _, t := range c.Tokens {
		tokens = append(tokens, object{"name": t.Name, "role": t.Role, "token": t.Hash})
	}
	if len(servers) > 0 {
		out["tls_servers"] = servers
	}
	if len(tokens) > 0 {
		out["tokens"] = tokens
	}
}

func groupJSON(g supervise.GroupSpec) (object, error) {
	processes := []object{}
	for _, p := range g.Programs {
		process, err := programJSON(p)
		if err != nil {
			return nil, fmt.Errorf("group %q: %w", g.Name, err)
		}
		if p.Socket != nil && g.Kind == supervise.KindGroup { // the original has lost it there
			process["socket"] = p.Socket.URL
		}
		processes = append(processes, process)
	}
	o := object{"name": g.Name, "priority": g.Priority, "kind": "group", "processes": processes}
	switch g.Kind {
	case supervise.KindListener:
		events := slices.Sorted(slices.Values(g.Listener.Events))
		o["kind"], o["buffer_size"], o["events"] = "eventlistener", g.Listener.BufferSize, events
		if g.Listener.JobEvents != nil { // the original has none
			o["job_events"] = g.Listener.JobEvents
		}
	case supervise.KindFastCGI:
		o["kind"], o["socket"] = "fcgi-program", g.Socket.URL
	}
	return o, nil
}

func programJSON(p supervise.Program) (object, error) {
	o := object{
		"name":            p.Name,
		"command":         p.Command,
		"argv":            nil,
		"directory":       orNull(p.Child.Directory),
		"umask":           nil,
		"priority":        p.Priority,
		"autostart":       p.Start.Auto,
		"startsecs":       int64(p.Start.Secs / time.Second),
		"startretries":    p.Start.Retries,
		"stopsignal":      strings.TrimPrefix(proc.SignalName(p.Stop.Signal), "SIG"),
		"stopwaitsecs":    int64(p.Stop.Wait / time.Second),
		"stopasgroup":     p.Stop.AsGroup,
		"killasgroup":     p.Stop.KillAsGroup,
		"exitcodes":       p.Start.ExitCodes,
		"user":            nil,
		"uid":             nil,
		"redirect_stderr": p.RedirectStderr,
		"environment":     byName(p.Child.Environment),
		"serverurl":       nil,
	}
	argvJSON(o, p.Command)
	word, err := autorestartWord(p.Start.Autorestart)
	if err != nil {
		return nil, fmt.Errorf("process %q: %w", p.Name, err)
	}
	o["autorestart"] = word
	if p.Child.Umask != inheritUmask {
		o["umask"] = modeText(p.Child.Umask)
	}
	if u := p.Child.User; u != nil {
		o["user"], o["uid"] = u.Name, u.UID
	}
	if p.Child.ServerURLGiven {
		o["serverurl"] = p.Child.ServerURL
	}
	if on := p.Start.ExitOn; on != supervise.ExitNever { // the original has none
		o["exit_on"] = exitOnWords()[on]
	}
	logJSON(o, "stdout", p.Stdout)
	logJSON(o, "stderr", p.Stderr)
	return o, nil
}

// argvJSON splits the command. One that cannot be split is a fault of the
// start, not of the file.
func argvJSON(o object, command string) {
	argv, err := shlex.Split(command)
	switch {
	case err != nil:
		o["argv_error"] = fmt.Sprintf("can't parse command %s: %v", ini.Repr(command), err)
	case len(argv) == 0:
		o["argv"], o["argv_error"] = []string{}, "command is empty"
	default:
		o["argv"] = argv
	}
}

func logJSON(o object, channel string, spec supervise.LogSpec) {
	o[channel+"_logfile"] = orNull(spec.File)
	if spec.Auto {
		o[channel+"_logfile"] = "AUTO"
	}
	o[channel+"_logfile_maxbytes"] = spec.MaxBytes
	o[channel+"_logfile_backups"] = spec.Backups
	o[channel+"_capture_maxbytes"] = spec.CaptureMax
	o[channel+"_events_enabled"] = spec.Events
	o[channel+"_syslog"] = spec.Syslog
	if spec.Prefix != "" { // the original has none
		o[channel+"_prefix"] = spec.Prefix
	}
}

func autorestartWord(a supervise.Autorestart) (string, error) {
	switch a {
	case supervise.RestartNever:
		return "false", nil
	case supervise.RestartUnexpected:
		return "unexpected", nil
	case supervise.RestartAlways:
		return "true", nil
	}
	return "", fmt.Errorf("autorestart %d has no word", a)
}

// modeText writes a mode or mask as three octal digits or more.
func modeText(mode int) string { return fmt.Sprintf("%03o", mode) }

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
