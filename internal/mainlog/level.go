package mainlog

import (
	"log/slog"
	"strings"
)

// Supervisor's levels that slog has no name for. slog's Debug, Info, Warn and
// Error are DEBG, INFO, WARN and ERRO.
const (
	Blather  = slog.Level(-12) // BLAT
	Trace    = slog.Level(-8)  // TRAC
	Critical = slog.Level(12)  // CRIT
)

// ParseLevel knows the words of the option loglevel, in any case.
func ParseLevel(name string) (slog.Level, bool) {
	switch strings.ToLower(name) {
	case "critical":
		return Critical, true
	case "error":
		return slog.LevelError, true
	case "warn":
		return slog.LevelWarn, true
	case "info":
		return slog.LevelInfo, true
	case "debug":
		return slog.LevelDebug, true
	case "trace":
		return Trace, true
	case "blather":
		return Blather, true
	}
	return 0, false
}

// levelName is the code that stands in a line; a level in between has that
// of the next lower one.
func levelName(level slog.Level) string {
	switch {
	case level >= Critical:
		return "CRIT"
	case level >= slog.LevelError:
		return "ERRO"
	case level >= slog.LevelWarn:
		return "WARN"
	case level >= slog.LevelInfo:
		return "INFO"
	case level >= slog.LevelDebug:
		return "DEBG"
	case level >= Trace:
		return "TRAC"
	}
	return "BLAT"
}
