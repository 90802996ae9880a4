package service

import (
	"strconv"
	"time"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// describe is the last column of the status: as _interpretProcessInfo, and
// the note of the process, if it has one, in brackets.
func describe(name string, s *supervise.Status, now time.Time) string {
	text := describeState(name, s, now)
	switch {
	case s.Note == "":
		return text
	case text == "":
		return s.Note
	}
	return text + " (" + s.Note + ")"
}

func describeState(name string, s *supervise.Status, now time.Time) string {
	switch s.State {
	case supervise.Running:
		// Whole seconds of the clock, not of the time that went by, since
		// clients see those and reckon with them.
		var buffer [64]byte
		text := strconv.AppendInt(append(buffer[:0], "pid "...), int64(s.PID), 10)
		return string(appendUptime(append(text, ", uptime "...), now.Unix()-s.Start.Unix()))
	case supervise.Fatal, supervise.Backoff:
		if s.SpawnErr == "" {
			return `unknown error (try "tail ` + name + `")`
		}
		return s.SpawnErr
	case supervise.Stopped, supervise.Exited:
		if s.Start.IsZero() || s.Stop.IsZero() {
			return "Not started"
		}
		return s.Stop.Local().Format("Jan 02 03:04 PM")
	}
	return ""
}

// appendUptime writes seconds as Python prints a timedelta: "0:00:07",
// "1 day, 2:03:04". Less than nothing, after the clock was set back, is nothing.
func appendUptime(text []byte, seconds int64) []byte {
	seconds = max(seconds, 0)
	days := seconds / (24 * 60 * 60)
	seconds %= 24 * 60 * 60
	switch days {
	case 0:
	case 1:
		text = append(text, "1 day, "...)
	default:
		text = append(strconv.AppendInt(text, days, 10), " days, "...)
	}
	minute, second := seconds/60%60, seconds%60
	text = strconv.AppendInt(text, seconds/3600, 10)
	return append(text, ':', '0'+byte(minute/10), '0'+byte(minute%10), ':', '0'+byte(second/10), '0'+byte(second%10))
}
