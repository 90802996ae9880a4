package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// kindListeners is a []EventListener.
func kindListeners() kind {
	return kind{name: "functions with events", right: "give module:function EVENT_JOB_EXECUTED|EVENT_JOB_ERROR",
		parse: func(_ Host, text string) (any, error) { return parseListeners(text) }}
}

// kindExecutorType is an ExecutorType.
func kindExecutorType() kind {
	return kind{name: "command, python or remote", right: "give command, python or remote", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseExecutorType(text) }}
}

// kindStoreType is a StoreType.
func kindStoreType() kind {
	return kind{name: "type of store", right: "give sqlite, memory, redis, postgres or mongodb", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseStoreType(text) }}
}

// kindStoreURL is a storeURL. Its errors do not quote it: there may be a
// password in it.
func kindStoreURL() kind {
	return kind{name: "URL", right: "give sqlite:///FILE, memory:, redis://HOST:PORT/DB, postgres://HOST/DB or mongodb://HOST/DB",
		parse: func(_ Host, text string) (any, error) { return parseStoreURL(text) }}
}

// kindPort is an int.
func kindPort() kind {
	return kind{name: "port", right: "give a number from 1 to 65535", glued: true,
		parse: func(_ Host, text string) (any, error) { return parsePort(text) }}
}

// eventCodes are APScheduler's names of events, in the order of their codes:
// each is a bit, the first one the lowest.
func eventCodes() []string {
	return []string{
		"EVENT_SCHEDULER_STARTED", "EVENT_SCHEDULER_SHUTDOWN", "EVENT_SCHEDULER_PAUSED", "EVENT_SCHEDULER_RESUMED",
		"EVENT_EXECUTOR_ADDED", "EVENT_EXECUTOR_REMOVED", "EVENT_JOBSTORE_ADDED", "EVENT_JOBSTORE_REMOVED",
		"EVENT_ALL_JOBS_REMOVED", "EVENT_JOB_ADDED", "EVENT_JOB_REMOVED", "EVENT_JOB_MODIFIED",
		"EVENT_JOB_EXECUTED", "EVENT_JOB_ERROR", "EVENT_JOB_MISSED", "EVENT_JOB_SUBMITTED", "EVENT_JOB_MAX_INSTANCES",
	}
}

// allEvents is APScheduler's EVENT_ALL, in name and in bits.
const (
	allEvents     = "EVENT_ALL"
	allEventCodes = 1<<17 - 1
)

// parseListeners reads functions, each with the events that it is called for.
func parseListeners(text string) ([]EventListener, error) {
	var listeners []EventListener
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		function, events, _ := strings.Cut(ini.TrimSpace(item), " ")
		if function == "" {
			continue
		}
		if err := checkFunction(function); err != nil {
			return nil, err
		}
		codes, err := parseEvents(events)
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, EventListener{Func: function, Codes: codes})
	}
	return listeners, nil
}

func parseEvents(text string) (codes int, err error) {
	if text = ini.TrimSpace(text); text == "" {
		return allEventCodes, nil
	}
	known := append(eventCodes(), allEvents, "EVENT_SCHEDULER_START")
	for word := range strings.SplitSeq(text, "|") {
		name := strings.ToUpper(ini.TrimSpace(word))
		switch at := slices.Index(eventCodes(), name); {
		case at >= 0:
			codes |= 1 << at
		case name == allEvents:
			codes |= allEventCodes
		case name == "EVENT_SCHEDULER_START": // as in APScheduler, the old name
			codes |= 1
		default:
			if near := nearest(name, known); near != "" {
				return 0, fmt.Errorf("there is no event %s; did you mean %s?", ini.Repr(shorten(name)), near)
			}
			return 0, fmt.Errorf("there is no event %s; there are %s", ini.Repr(shorten(name)), strings.Join(known, ", "))
		}
	}
	return codes, nil
}

func parseExecutorType(text string) (ExecutorType, error) {
	switch word := strings.ToLower(text); word {
	case "command", "python", "remote":
		return ExecutorType(word), nil
	case "asyncio", "threadpool", "processpool": // APScheduler's
		return PythonExecutor, nil
	default:
		return "", wordNear(word, []string{"command", "python", "remote", "asyncio", "threadpool", "processpool"})
	}
}

func parseStoreType(text string) (StoreType, error) {
	switch word := strings.ToLower(text); word {
	case "sqlite", "memory", "redis", "postgres", "mongodb":
		return StoreType(word), nil
	case "postgresql":
		return PostgresStore, nil
	case "mongo":
		return MongoStore, nil
	case "sqlalchemy":
		return "", errors.New("sqlalchemy stands for several databases: give a url instead")
	default:
		return "", wordNear(word, []string{"sqlite", "memory", "redis", "postgres", "mongodb"})
	}
}

// wordNear is the error of a word that is none of known.
func wordNear(word string, known []string) error {
	if near := nearest(word, known); near != "" {
		return fmt.Errorf("%s is not known; did you mean %s?", ini.Repr(shorten(word)), near)
	}
	return badWord(word, errors.New("not known"))
}

// storeURL is a URL whose scheme names a store. It is not read by net/url: some
// drivers have several hosts in it.
type storeURL struct {
	is                        StoreType
	scheme                    string
	user, hosts, path, params string // path with its slash, params with their question mark
	hasUser                   bool
}

func parseStoreURL(text string) (storeURL, error) {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok {
		return storeURL{}, errors.New("the url has no scheme")
	}
	u := storeURL{scheme: strings.ToLower(scheme)}
	switch u.scheme {
	case "sqlite", "memory":
		u.is = StoreType(u.scheme)
	case "redis", "rediss", "unix":
		u.is = RedisStore
	case "postgres", "postgresql":
		u.is = PostgresStore
	case "mongodb", "mongodb+srv":
		u.is = MongoStore
	default:
		return storeURL{}, schemeError(u.scheme)
	}
	rest, slashes := strings.CutPrefix(rest, "//")
	at := strings.IndexAny(rest, "/?")
	if at < 0 {
		at = len(rest)
	}
	u.hosts, u.path = rest[:at], rest[at:]
	if query := strings.IndexByte(u.path, '?'); query >= 0 {
		u.path, u.params = u.path[:query], u.path[query:]
	}
	if at := strings.LastIndexByte(u.hosts, '@'); at >= 0 {
		u.user, u.hosts, u.hasUser = u.hosts[:at], u.hosts[at+1:], true
	}
	return u, u.check(slashes)
}

// schemeError names a scheme, but only where it cannot be anything else.
func schemeError(scheme string) error {
	if near := nearest(scheme, []string{"sqlite", "memory", "redis", "postgres", "mongodb"}); near != "" {
		return fmt.Errorf("there is no store for the scheme of the url; did you mean %s:?", near)
	}
	return errors.New("there is no store for the scheme of the url")
}

// check refuses what no driver could open.
func (u storeURL) check(slashes bool) error {
	switch {
	case u.is == MemoryStore:
		if u.hosts+u.path+u.params != "" || u.hasUser {
			return errors.New("a store in memory has no place")
		}
	case u.is == SQLiteStore:
		if slashes && (u.hosts != "" || u.hasUser) {
			return errors.New("what follows two slashes is a host, and SQLite has none: three slashes stand before the file")
		}
		if strings.Trim(u.hosts+u.path, "/") == "" {
			return errors.New("the url names no file")
		}
		if u.params != "" {
			return errors.New("a SQLite file takes no parameters")
		}
	case !slashes:
		return errors.New("two slashes are missing after the scheme")
	case u.scheme == "unix":
		if u.path == "" {
			return errors.New("the url names no socket")
		}
	}
	return nil
}
