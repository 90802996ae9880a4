package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// StoreType is the driver of a JobStore.
type StoreType string

// The types of stores.
const (
	SQLiteStore   StoreType = "sqlite"
	MemoryStore   StoreType = "memory"
	RedisStore    StoreType = "redis"
	PostgresStore StoreType = "postgres"
	MongoStore    StoreType = "mongodb"
)

// JobStore is one [jobstore:x] section, or the store that is called default
// without one.
type JobStore struct {
	Name string
	Type StoreType
	// URL is for the driver and may have a password in it; Place is for people.
	// "" for SQLite and Memory.
	URL                  string
	Path                 string // the file of SQLite, absolute
	Prefix               string // of tables and collections; "": the driver's own
	JobsKey, RunTimesKey string // of Redis; "": the driver's own
}

// Place says where the store is, without its password.
func (s JobStore) Place() string {
	switch {
	case s.Path != "":
		return "sqlite://" + s.Path
	case s.URL == "":
		return string(s.Type) + ":"
	}
	return withoutSecrets(s.URL)
}

// String is the name and the place, so that no password is printed by accident.
func (s JobStore) String() string { return s.Name + " " + s.Place() }

// GoString is String, for %#v.
func (s JobStore) GoString() string { return s.String() }

// withoutSecrets replaces the password before the host of a URL and the values
// of parameters whose name has password in it.
func withoutSecrets(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	hosts, rest := rest[:end], rest[end:]
	if at := strings.LastIndexByte(hosts, '@'); at >= 0 {
		user, _, has := strings.Cut(hosts[:at], ":")
		if has {
			user += ":..."
		}
		hosts = user + hosts[at:]
	}
	path, query, has := strings.Cut(rest, "?")
	if has {
		params := strings.Split(query, "&")
		for i, p := range params {
			if key, _, ok := strings.Cut(p, "="); ok && strings.Contains(strings.ToLower(key), keyPassword) {
				params[i] = key + "=..."
			}
		}
		path += "?" + strings.Join(params, "&")
	}
	return scheme + "://" + hosts + path
}

const storePrefix = "jobstore:"

// jobStores reads the [jobstore:x] sections and adds the default store.
func (l *loader) jobStores(state string) []JobStore {
	var stores []JobStore
	l.each(storePrefix, func(section *ini.Section) {
		name, ok := l.namedSection(section)
		if !ok {
			return
		}
		v := make(values)
		l.read(place{section: section, table: tableOf(l.tables, section.Name), program: name, group: name}, atSection, v)
		stores = append(stores, l.jobStore(section, name, state, v))
	})
	if !slices.ContainsFunc(stores, func(s JobStore) bool { return s.Name == defaultName }) {
		stores = append(stores, JobStore{Name: defaultName, Type: SQLiteStore, Path: joinPath(state, "jobs.db")})
	}
	slices.SortFunc(stores, func(a, b JobStore) int { return cmp.Compare(a.Name, b.Name) })
	return stores
}

// namedSection is the name after the colon, which must be there.
func (l *loader) namedSection(section *ini.Section) (string, bool) {
	name, ok := l.sectionName(section, false)
	if ok && name == "" {
		l.addFault(&Error{File: section.File, Line: section.Line, Section: section.Name,
			Err: errors.New("the section has no name"), Hint: "give it one after the colon, such as [" + section.Name + "main]"})
	}
	return name, ok && name != ""
}

func (l *loader) jobStore(section *ini.Section, name, state string, v values) JobStore {
	s := JobStore{Name: name, Prefix: get[string](v, "prefix"), JobsKey: get[string](v, "jobs_key"), RunTimesKey: get[string](v, "run_times_key")}
	u := get[storeURL](v, keyURL)
	switch {
	case section.Get(keyURL) != nil:
		s.Type = u.is
		for _, key := range []string{"type", "path", "host", "port", "db"} {
			if section.Get(key) != nil {
				l.wrong(section, key, errors.New("the url says it already"), "give url alone, or the others without it")
			}
		}
	case section.Get("type") != nil:
		s.Type = get[StoreType](v, "type")
		u = l.urlOfWords(section, s.Type, v)
	default:
		l.missing(place{section: section}, keyURL, errors.New("the store has no url and no type"), "add a line such as url = sqlite:///jobs.db or type = redis")
		return s
	}
	if s.Type == "" { // a fault that is told
		return s
	}
	l.foreignWords(section, s.Type)
	u = l.authenticate(section, u, v)
	switch s.Type {
	case SQLiteStore:
		s.Path = l.sqlitePath(u, state, v)
	case RedisStore, PostgresStore, MongoStore:
		s.URL = u.String()
	}
	return s
}

// foreignWords refuses options that other types have.
func (l *loader) foreignWords(section *ini.Section, is StoreType) {
	server := []StoreType{RedisStore, PostgresStore, MongoStore}
	for _, row := range []struct {
		key string
		of  []StoreType
	}{
		{"path", []StoreType{SQLiteStore}}, {"host", server}, {"port", server}, {"db", server}, {keyUsername, server}, {keyPassword, server},
		{"jobs_key", []StoreType{RedisStore}}, {"run_times_key", []StoreType{RedisStore}}, {"prefix", []StoreType{SQLiteStore, PostgresStore, MongoStore}},
	} {
		if v := section.Get(row.key); v != nil && !slices.Contains(row.of, is) {
			l.wrong(section, row.key, fmt.Errorf("a store of type %s does not have it", is), "remove the line")
		}
	}
}

// urlOfWords makes a URL of type, host, port and db.
func (l *loader) urlOfWords(section *ini.Section, is StoreType, v values) storeURL {
	u := storeURL{is: is, scheme: string(is)}
	if is == SQLiteStore {
		if get[string](v, "path") == "" {
			l.missing(place{section: section}, "path", errors.New("the SQLite store has no path"), "add a line such as path = jobs.db")
		}
		return u
	}
	host, db := cmp.Or(get[string](v, "host"), "localhost"), get[string](v, "db")
	if is == RedisStore {
		if number, err := strconv.ParseUint(cmp.Or(db, "0"), 10, 31); err != nil {
			l.wrong(section, "db", fmt.Errorf("%s is not the number of a database", ini.Repr(shorten(db))), "Redis numbers its databases from 0 on")
		} else {
			db = strconv.FormatUint(number, 10)
		}
		if strings.HasPrefix(host, "/") {
			return storeURL{is: is, scheme: "unix", path: host, params: "?db=" + db}
		}
	}
	u.hosts, u.path = host, "/"+url.PathEscape(db)
	if port := get[int](v, "port"); port != 0 {
		u.hosts = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
	}
	return u
}

// authenticate puts username and password into u.
func (l *loader) authenticate(section *ini.Section, u storeURL, v values) storeURL {
	name, password := get[string](v, keyUsername), get[string](v, keyPassword)
	if strings.EqualFold(password, "none") {
		password = ""
	}
	switch {
	case name == "" && password == "":
		return u
	case u.hasUser:
		key := keyUsername
		if name == "" {
			key = keyPassword
		}
		l.wrong(section, key, errors.New("the url has a user already"), "give it in one place")
	case password == "":
		u.user, u.hasUser = url.User(name).String(), true
	default:
		u.user, u.hasUser = url.UserPassword(name, password).String(), true
	}
	return u
}

// sqlitePath is the file of a store. A bare name, and a relative path that is
// no URL, begin in the state directory.
func (l *loader) sqlitePath(u storeURL, state string, v values) string {
	if path := get[string](v, "path"); path != "" {
		return absolute(l.host.expandUser(path), state)
	}
	path := u.hosts + u.path
	if bare := strings.TrimPrefix(path, "/"); !strings.Contains(bare, "/") {
		return joinPath(state, bare)
	}
	if u.hosts == "" { // after three slashes, or four
		path = "/" + strings.TrimLeft(path, "/")
	}
	return absolute(path, state)
}

// String writes the URL with its password.
func (u storeURL) String() string {
	user := u.user
	if u.hasUser {
		user += "@"
	}
	return u.scheme + "://" + user + u.hosts + u.path + u.params
}
