package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// kindDuration is a time.Duration, not negative.
func kindDuration() kind {
	return kind{name: "duration", right: "give seconds or units, such as 90, 0.5, 1m30s or 30d", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseDuration(text) }}
}

// kindLimit is a time.Duration; 0 is no limit.
func kindLimit() kind {
	return kind{name: "duration or none", right: "give seconds or units, such as 90, 1m30s or 30d, or none for no limit", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseLimit(text) }}
}

// kindCount is an int64 from 1 on; 0 is no limit.
func kindCount() kind {
	return kind{name: "count or none", right: "give a whole number from 1 on, or none for no limit", glued: true,
		parse: func(_ Host, text string) (any, error) {
			if isNone(text) {
				return int64(0), nil
			}
			return parseCount(text, 1)
		}}
}

// kindCountFromOne is an int64 from 1 on.
func kindCountFromOne() kind {
	return kind{name: "count", right: "give a whole number from 1 on", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseCount(text, 1) }}
}

// kindRetries is an int64 from 0 on.
func kindRetries() kind {
	return kind{name: "count", right: "give a whole number, 0 for none", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseCount(text, 0) }}
}

// kindZone is a *trigger.Zone.
func kindZone() kind {
	return kind{name: "time zone", parse: func(_ Host, text string) (any, error) { return trigger.LoadZone(text) }}
}

// kindCoalesce is a job.Coalesce.
func kindCoalesce() kind {
	return kind{name: "latest, earliest, all or a boolean", right: "give latest, earliest or all (or true for latest, false for all)", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseCoalesce(text) }}
}

// kindOverlap is a job.Overlap.
func kindOverlap() kind {
	return kind{name: "skip, queue_one, queue, replace or allow", right: "give skip, queue_one, queue, replace or allow", glued: true,
		parse: func(_ Host, text string) (any, error) {
			var o job.Overlap
			err := o.UnmarshalText([]byte(strings.ToLower(text)))
			return o, badWord(text, err)
		}}
}

// kindOnLost is a job.OnLost.
func kindOnLost() kind {
	return kind{name: "fail or rerun", right: "give fail or rerun", glued: true,
		parse: func(_ Host, text string) (any, error) {
			var o job.OnLost
			err := o.UnmarshalText([]byte(strings.ToLower(text)))
			return o, badWord(text, err)
		}}
}

// kindBackoff is a float64 from 1 on.
func kindBackoff() kind {
	return kind{name: "constant, exponential or a factor", right: "give constant, exponential or a number from 1 to 100", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseBackoff(text) }}
}

// kindConcurrency is a concurrency.
func kindConcurrency() kind {
	return kind{name: "NAME:LIMIT", right: "give a name and a limit from 1 on, such as db:2", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseConcurrency(text) }}
}

// kindFunction is a string, module:function.
func kindFunction() kind {
	return kind{name: "module:function", right: "give package.module:function",
		parse: func(_ Host, text string) (any, error) { return text, checkFunction(text) }}
}

// kindAction is an action.
func kindAction() kind {
	return kind{name: "restart, start, stop or signal:NAME", right: "give restart, start, stop or signal:HUP", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseAction(text) }}
}

// kindJSONList is a json.RawMessage without blanks.
func kindJSONList() kind {
	return kind{name: "JSON list", right: `give a JSON list, such as ["10s", 2]`, json: true,
		parse: func(_ Host, text string) (any, error) { return parseArguments(text, '[', "list", pyvalue.CheckArgs) }}
}

// kindJSONObject is a json.RawMessage without blanks.
func kindJSONObject() kind {
	return kind{name: "JSON object", right: `give a JSON object, such as {"retries": 3}`, json: true,
		parse: func(_ Host, text string) (any, error) {
			return parseArguments(text, '{', "object", pyvalue.CheckKwargs)
		}}
}

// concurrency is a limit for the jobs that share its name.
type concurrency struct {
	name  string
	limit int
}

// action is what is done with a program.
type action struct {
	verb   Verb
	signal syscall.Signal // of the verb signal
}

// isNone reports whether a limit is none, in our word or in Python's.
func isNone(text string) bool {
	return strings.EqualFold(text, "none") || strings.EqualFold(text, "unlimited")
}

// parseDuration reads what trigger.ParseSpan reads, and whole days and weeks.
func parseDuration(text string) (time.Duration, error) {
	for _, unit := range []struct {
		mark string
		is   time.Duration
	}{{"d", 24 * time.Hour}, {"w", 7 * 24 * time.Hour}} {
		digits, ok := strings.CutSuffix(text, unit.mark)
		if n, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && n >= 0 {
			if n > int64(math.MaxInt64/unit.is) {
				return 0, fmt.Errorf("%s is longer than 292 years", ini.Repr(text))
			}
			return time.Duration(n) * unit.is, nil
		}
	}
	return trigger.ParseSpan(text)
}

func parseLimit(text string) (time.Duration, error) {
	if isNone(text) {
		return 0, nil
	}
	d, err := parseDuration(text)
	if err == nil && d == 0 {
		return 0, fmt.Errorf("%s is no length of time", ini.Repr(text))
	}
	return d, err
}

func parseCount(text string, least int64) (int64, error) {
	n, err := parseInt(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s is not a whole number", ini.Repr(shorten(text)))
	case n < least:
		return 0, fmt.Errorf("%d is less than %d", n, least)
	case n > math.MaxInt32:
		return 0, fmt.Errorf("%d is more than %d", n, math.MaxInt32)
	}
	return n, nil
}

func parseCoalesce(text string) (job.Coalesce, error) {
	if latest, err := parseBool(text); err == nil {
		if latest {
			return job.Latest, nil
		}
		return job.All, nil
	}
	var c job.Coalesce
	err := c.UnmarshalText([]byte(strings.ToLower(text)))
	return c, badWord(text, err)
}

// badWord words that text is none of an enumeration; its kind lists those.
func badWord(text string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is not known", ini.Repr(shorten(text)))
}

// mostBackoff bounds a factor: the delay is to grow, not to jump.
const mostBackoff = 100

func parseBackoff(text string) (float64, error) {
	switch strings.ToLower(text) {
	case "constant":
		return 1, nil
	case "exponential":
		return 2, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 1 && f <= mostBackoff) {
		return 0, badWord(text, errors.New("out of range"))
	}
	return f, nil
}

func parseConcurrency(text string) (concurrency, error) {
	name, limit, ok := strings.Cut(text, ":")
	if name = ini.TrimSpace(name); !ok || name == "" {
		return concurrency{}, fmt.Errorf("%s has no name or no limit", ini.Repr(shorten(text)))
	}
	n, err := parseCount(limit, 1)
	return concurrency{name: name, limit: int(n)}, err
}

func parseAction(text string) (action, error) {
	word, name, hasName := strings.Cut(text, ":")
	verb := Verb(strings.ToLower(ini.TrimSpace(word)))
	switch {
	case verb == SignalProgram && hasName:
		s, err := proc.ParseSignal(name)
		return action{verb, s}, err
	case !hasName && (verb == RestartProgram || verb == StartProgram || verb == StopProgram):
		return action{verb: verb}, nil
	}
	return action{}, badWord(text, errors.New("no action"))
}

// checkFunction accepts package.module:function, where function may be an
// attribute of an attribute, as in APScheduler's references.
func checkFunction(text string) error {
	module, function, ok := strings.Cut(text, ":")
	if ok && isDotted(module) && isDotted(function) {
		return nil
	}
	if at := strings.LastIndexByte(text, '.'); !ok && at > 0 && isDotted(text) {
		return fmt.Errorf("%s has no colon before the function; did you mean %s:%s?", ini.Repr(text), text[:at], text[at+1:])
	}
	return fmt.Errorf("%s does not name a Python function", ini.Repr(shorten(text)))
}

// isDotted reports whether text is names of Python with dots between.
func isDotted(text string) bool {
	for name := range strings.SplitSeq(text, ".") {
		for i, r := range name {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return false
			}
		}
		if name == "" {
			return false
		}
	}
	return true
}

// parseArguments reads arguments of a function, some of which may stand for
// Python's values.
func parseArguments[T any](text string, open byte, what string, check func(T) error) (json.RawMessage, error) {
	value, err := parseJSON(text, open, what)
	if err != nil {
		return nil, err
	}
	var args T
	if err := json.Unmarshal(value, &args); err != nil {
		return nil, err
	}
	return value, check(args)
}

// parseJSON reads a JSON value that begins with open. The error points at the
// character, counted from 1.
func parseJSON(text string, open byte, what string) (json.RawMessage, error) {
	var value json.RawMessage
	err := json.Unmarshal([]byte(text), &value)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s, character %d: %w%s", ini.Repr(shorten(text)), characterAt(text, syntax), syntax, pythonHint(text))
	case err != nil:
		return nil, err
	case value[0] != open:
		return nil, fmt.Errorf("%s is no JSON %s", ini.Repr(shorten(text)), what)
	}
	var compact strings.Builder
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return json.RawMessage(strings.TrimSuffix(compact.String(), "\n")), nil
}

// characterAt is where JSON stopped: at its last byte that was read, or behind
// the text when that ended too soon.
func characterAt(text string, e *json.SyntaxError) int {
	at := min(int(e.Offset), len(text))
	n := utf8.RuneCountInString(text[:at])
	if strings.HasPrefix(e.Error(), "unexpected end") {
		n++
	}
	return n
}

// pythonHint tells who writes Python what JSON wants.
func pythonHint(text string) string {
	switch {
	case strings.Contains(text, "'"):
		return ` (JSON has double quotes only)`
	case strings.Contains(text, "True"), strings.Contains(text, "False"), strings.Contains(text, "None"):
		return " (JSON writes true, false and null)"
	}
	return ""
}
