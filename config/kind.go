package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// kind is the type of an option: how its text is read and what a reader of
// the docs is told. parse returns always the same Go type, which the kind's
// comment names, and an error in the original's words.
type kind struct {
	name  string // for the docs
	right string // what would be right, for the text of a fault
	// glued: "3;comment" is taken as 3, with a note. The original refuses it.
	glued bool
	// local: what is right depends on the machine (users, directories), and
	// check --portable takes everything.
	local bool
	path  bool // a comment glued to it becomes part of a file name
	json  bool // a comment that cuts it is a fault of its own
	parse func(h Host, text string) (any, error)
}

// kindText is a string.
func kindText() kind {
	return kind{name: "text", parse: func(_ Host, text string) (any, error) { return text, nil }}
}

// kindInteger is an int64.
func kindInteger() kind {
	return kind{name: "integer", right: "give a whole number such as 10", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseInt(text) }}
}

// kindBoolean is a bool.
func kindBoolean() kind {
	return kind{name: "boolean", right: "give true or false (or yes, on, 1, no, off, 0)", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseBool(text) }}
}

// kindSize is an int64, in bytes.
func kindSize() kind {
	return kind{name: "size", right: "give a whole number of bytes with or without KB, MB or GB, such as 50MB", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseSize(text) }}
}

// kindOctal is an int.
func kindOctal() kind {
	return kind{name: "octal", right: "give octal digits such as 022", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseOctal(text) }}
}

// kindSignal is a syscall.Signal.
func kindSignal() kind {
	return kind{name: "signal", right: "give a name or number such as TERM, INT, HUP or 15", glued: true,
		parse: func(_ Host, text string) (any, error) { return proc.ParseSignal(text) }}
}

// kindExitCodes is a []int.
func kindExitCodes() kind {
	return kind{name: "exit codes", right: "give numbers from 0 to 255 with commas between, such as 0,2", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseExitCodes(text) }}
}

// kindAutorestart is a supervise.Autorestart.
func kindAutorestart() kind {
	return kind{name: "true, false or unexpected", right: "give true, false or unexpected", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseAutorestart(text) }}
}

// kindOrphans is a supervise.Orphans.
func kindOrphans() kind {
	return kind{name: "keep, stop or kill", right: "give keep, stop or kill", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseOrphans(text) }}
}

// kindExitOn is a supervise.ExitOn.
func kindExitOn() kind {
	return kind{name: "never, fatal, failure or exit", right: "give never, fatal, failure or exit", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseExitOn(text) }}
}

// kindExitCode is an int64, propagateCode for a code that comes from a program.
func kindExitCode() kind {
	return kind{name: "propagate or a code", right: "give propagate or a number from 0 to 255", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseExitCode(text) }}
}

// kindPrefix is a string, ready to stand before a line.
func kindPrefix() kind {
	return kind{name: "text before a line", right: `give text such as "%(program_name)s | ", with or without quotes`,
		parse: func(_ Host, text string) (any, error) { return parsePrefix(text) }}
}

// kindLevel is a string in lower case.
func kindLevel() kind {
	return kind{name: "log level", right: "give critical, error, warn, info, debug, trace or blather", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseLevel(text) }}
}

// kindList is a []string.
func kindList() kind {
	return kind{name: "list", parse: func(_ Host, text string) (any, error) { return parseList(text), nil }}
}

// kindName is a string.
func kindName() kind {
	return kind{name: "name", right: "give a name without blank, colon and slash",
		parse: func(_ Host, text string) (any, error) { return parseName(text) }}
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "yes", "true", "on", "1":
		return true, nil
	case "no", "false", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("not a valid boolean value: %s", ini.Repr(text))
}

func parseAutorestart(text string) (supervise.Autorestart, error) {
	lower := strings.ToLower(text)
	if lower == "unexpected" {
		return supervise.RestartUnexpected, nil
	}
	always, err := parseBool(lower)
	switch {
	case err != nil:
		return 0, fmt.Errorf("invalid 'autorestart' value %s", ini.Repr(lower))
	case always:
		return supervise.RestartAlways, nil
	}
	return supervise.RestartNever, nil
}

// parseOrphans reads our own option orphans.
func parseOrphans(text string) (supervise.Orphans, error) {
	switch strings.ToLower(text) {
	case "keep":
		return supervise.OrphansKeep, nil
	case "stop":
		return supervise.OrphansStop, nil
	case "kill":
		return supervise.OrphansKill, nil
	}
	return 0, fmt.Errorf("invalid 'orphans' value %s", ini.Repr(text))
}

// parseExitOn reads our own option exit_on.
func parseExitOn(text string) (supervise.ExitOn, error) {
	for on, word := range exitOnWords() {
		if strings.ToLower(text) == word {
			return supervise.ExitOn(on), nil
		}
	}
	return 0, fmt.Errorf("invalid 'exit_on' value %s", ini.Repr(text))
}

// exitOnWords are the words of the option exit_on, by value.
func exitOnWords() []string { return []string{"never", "fatal", "failure", "exit"} }

// propagateCode is an exit_code that is the program's own.
const propagateCode = -1

// parseExitCode reads our own option exit_code.
func parseExitCode(text string) (int64, error) {
	if strings.EqualFold(text, "propagate") {
		return propagateCode, nil
	}
	code, err := parseInt(text)
	if err != nil || code < 0 || code > 255 {
		return 0, fmt.Errorf("not an exit code: %s", ini.Repr(text))
	}
	return code, nil
}

// parsePrefix reads our own options stdout_prefix and stderr_prefix. The files
// cannot say a blank at the end of a value but in quotes; what has none is not
// to touch the line.
func parsePrefix(text string) (string, error) {
	if strings.ContainsAny(text, "\r\n") {
		return "", errors.New("there is more than one line in it")
	}
	if text == "" {
		return "", nil
	}
	quote := text[:1]
	if quote != `"` && quote != "'" {
		return text + " ", nil
	}
	if len(text) == 1 || !strings.HasSuffix(text, quote) {
		return "", errors.New("the quote is not closed (; and # after a blank begin a comment, also in quotes)")
	}
	return text[1 : len(text)-1], nil
}

func parseLevel(text string) (string, error) {
	switch level := strings.ToLower(text); level {
	case "critical", "error", "warn", "info", "debug", "trace", "blather":
		return level, nil
	}
	return "", fmt.Errorf("bad logging level name %s", ini.Repr(text))
}

// parseList splits at commas; a trailing comma yields an empty item
// (list_of_strings).
func parseList(text string) []string {
	if text == "" {
		return nil
	}
	items := strings.Split(text, ",")
	for i := range items {
		items[i] = ini.TrimSpace(items[i])
	}
	return items
}

func parseExitCodes(text string) ([]int, error) {
	codes := []int{}
	if text == "" {
		return codes, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		code, err := parseInt(item)
		if err != nil || code < 0 || code > 255 {
			return nil, fmt.Errorf("not a valid list of exit codes: %s", ini.Repr(text))
		}
		codes = append(codes, int(code))
	}
	return codes, nil
}

// parseName reads the name of a process or group (process_or_group_name).
func parseName(text string) (string, error) {
	name := ini.TrimSpace(text)
	for _, r := range " :/" {
		if strings.ContainsRune(name, r) {
			return "", says("Invalid name: %s because of character: %s", ini.Repr(name), ini.Repr(string(r)))
		}
	}
	return name, nil
}
