package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// programTexts are the options of a program as a file would have them, without the
// environment and the socket, always the same ones in the same order.
func programTexts(p *supervise.Program) []ProgramOption {
	seconds := func(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
	texts := []ProgramOption{
		{"command", p.Command}, {"directory", p.Child.Directory}, {"priority", strconv.Itoa(p.Priority)},
		{"autostart", strconv.FormatBool(p.Start.Auto)}, {"autorestart", autorestartText(p.Start.Autorestart)},
		{"startsecs", seconds(p.Start.Secs)}, {"startretries", strconv.Itoa(p.Start.Retries)}, {"exitcodes", numbersText(p.Start.ExitCodes)},
		{"restartpause", seconds(p.Start.Pause)}, {"exit_on", exitOnWords()[p.Start.ExitOn]},
		{"stopsignal", strings.TrimPrefix(proc.SignalName(p.Stop.Signal), "SIG")}, {"stopwaitsecs", seconds(p.Stop.Wait)},
		{"stopasgroup", strconv.FormatBool(p.Stop.AsGroup)}, {"killasgroup", strconv.FormatBool(p.Stop.KillAsGroup)}, {"orphans", orphansText(p.Stop.Orphans)},
		{"redirect_stderr", strconv.FormatBool(p.RedirectStderr)}, {"umask", umaskText(p.Child.Umask)}, {"user", userText(p.Child.User)},
		{"serverurl", serverURLText(&p.Child)},
	}
	texts = append(texts, logTexts("stdout", p.Stdout)...)
	return append(texts, logTexts("stderr", p.Stderr)...)
}

func logTexts(channel string, l supervise.LogSpec) []ProgramOption {
	file := l.File
	switch {
	case l.Auto:
		file = "AUTO"
	case file == "":
		file = "NONE"
	}
	return []ProgramOption{
		{channel + "_logfile", file}, {channel + "_logfile_maxbytes", sizeText(l.MaxBytes)}, {channel + "_logfile_backups", strconv.Itoa(l.Backups)},
		{channel + "_capture_maxbytes", sizeText(l.CaptureMax)}, {channel + "_events_enabled", strconv.FormatBool(l.Events)},
		{channel + "_syslog", strconv.FormatBool(l.Syslog)}, {channel + "_prefix", l.Prefix},
	}
}

func autorestartText(a supervise.Autorestart) string {
	word, err := autorestartWord(a)
	if err != nil {
		panic(err) // there are three
	}
	return word
}

func orphansText(o supervise.Orphans) string {
	switch o {
	case supervise.OrphansStop:
		return "stop"
	case supervise.OrphansKill:
		return "kill"
	}
	return "keep"
}

func numbersText(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ",")
}

// sizeText is a number of bytes with the largest unit that it is whole in.
func sizeText(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

func umaskText(umask int) string {
	if umask == inheritUmask {
		return ""
	}
	return modeText(umask)
}

// userText has the number, too: it may change for a name that does not.
func userText(u *proc.User) string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf("%s (%d)", u.Name, u.UID)
}

func serverURLText(c *supervise.ChildSpec) string {
	if !c.ServerURLGiven {
		return "AUTO"
	}
	return c.ServerURL
}
