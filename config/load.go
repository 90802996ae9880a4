package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Overrides are values from supervisord's command line by option name
// ("loglevel" → "debug"); they stand over [supervisord] at each load. They are
// not expanded.
type Overrides map[string]string

// Load reads path and what it includes. The error is an Errors for what the
// files say; the Config that comes with it then has Notes and Warnings and
// must not be used for anything else. Load keeps no state: a reload is
// another call. It may be called concurrently if host's functions may.
func Load(path string, host Host, o Overrides) (*Config, error) {
	l := newLoader(path, host)
	if err := l.readFiles(path); err != nil {
		return nil, err
	}
	l.daemon(o)
	l.rpcInterfaces()
	l.groups()
	l.servers()
	l.tokens()
	l.finish(o)
	l.scheduler()
	l.lint()
	l.config.Warnings = append(l.warnings, l.infos...)
	l.config.sortByPlace(l.notes)
	l.config.Notes = l.notes
	l.config.set = l.set
	l.config.source = l.source()
	if len(l.faults) > 0 {
		return l.config, l.faults
	}
	return l.config, nil
}

// loader is one load: what was read and what was found so far.
type loader struct {
	host   Host
	asked  Host              // host as it was given, for a later ParseJob
	here   string            // the directory of the root file
	env    map[string]string // for ENV_X
	set    *ini.Set
	tables []table
	config *Config

	faults   Errors
	notes    []*Error
	warnings []Warning
	infos    []Warning
	told     map[string]bool // faults and notes so far, by text or place
	broken   map[string]bool // sections with lines that cannot be read
	defaults map[*option]any // those that are the same in every section
	assumed  bool            // the last expansion stood in for a variable

	envBroken bool // the environment of [supervisord] could not be read
}

func newLoader(path string, host Host) *loader {
	return &loader{
		host:   host.cached(),
		asked:  host,
		here:   absolute(dirName(path), host.Cwd),
		env:    host.environ(),
		set:    &ini.Set{},
		tables: schema(),
		config: &Config{Path: path},
		told:   make(map[string]bool),
		broken: make(map[string]bool),

		defaults: make(map[*option]any),
	}
}

// readFile reads one file into the set. Faults of its syntax are collected;
// the error is about the file itself.
func (l *loader) readFile(path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var syntax *ini.SyntaxError
	if errors.As(l.set.Read(path, src), &syntax) {
		l.syntaxFaults(syntax)
	}
	return nil
}

// readFiles reads the root file and its includes.
func (l *loader) readFiles(path string) error {
	err := l.readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("could not find config file %s", path)
	case err != nil:
		return fmt.Errorf("could not read config file %s: %w", path, err)
	}
	if section := l.set.Section("include"); section != nil {
		l.include(section)
	}
	if l.set.Section("supervisord") != nil || l.broken[""] {
		return nil
	}
	if l.host.Portable { // a file that another includes
		return nil
	}
	l.addFault(&Error{File: path, Err: errors.New(".ini file does not include supervisord section"), Hint: "add a line [supervisord], or include this file from one that has it"})
	return nil
}

// include reads the files that [include] names (the middle of read_config).
func (l *loader) include(section *ini.Section) {
	l.set.ReplaceAll("%(here)s", l.here)
	p := place{section: section, table: tableOf(l.tables, section.Name)}
	v := section.Get("files")
	if v == nil {
		l.missing(p, "files", errors.New(".ini file has [include] section, but no files setting"),
			"add a line such as files = conf.d/*.conf, or remove the section")
		return
	}
	patterns, err := l.scope(nameHere|nameHost, p).expand(v.Text, "include.files")
	if err != nil {
		l.addFault(l.at(section.Name, v, err, "only here, host_node_name and ENV_X are known in this option"))
		return
	}
	for pattern := range strings.FieldsSeq(patterns) {
		if !strings.HasPrefix(pattern, "/") {
			pattern = joinPath(l.here, pattern)
		}
		l.includePattern(section, v, pattern)
	}
}

func (l *loader) includePattern(section *ini.Section, v *ini.Value, pattern string) {
	files := glob(pattern)
	if len(files) == 0 {
		text := fmt.Sprintf(`No file matches via include "%s"`, pattern)
		var note *Error
		if !l.host.Portable { // what another machine has there is not known
			note = l.at(section.Name, v, errors.New(text), "make such a file, or correct the pattern")
		}
		l.warnings = append(l.warnings, Warning{slog.LevelWarn, text, note})
		l.config.Unmatched = append(l.config.Unmatched, pattern)
	}
	for _, file := range files {
		l.infos = append(l.infos, Warning{Level: slog.LevelInfo, Text: fmt.Sprintf(`Included extra file "%s" during parsing`, file)})
		l.config.Included = append(l.config.Included, file)
		if err := l.readFile(file); err != nil {
			l.note(section.Name, v, fmt.Errorf("cannot read %s: %w", file, err), "Supervisor passes over it too")
			continue
		}
		l.set.ReplaceAll("%(here)s", absolute(dirName(file), l.host.Cwd))
	}
}

// finish does what has to wait until everything is read: the environment of
// [supervisord] goes under that of every process, and processes learn the
// address of the server.
func (l *loader) finish(o Overrides) {
	for g := range l.config.Groups {
		l.config.complete(l.config.Groups[g].Programs)
	}
	l.daemonUser(o)
	l.checkInterfaces()
}

// complete gives processes what they have of the rest of the configuration.
func (c *Config) complete(programs []supervise.Program) {
	for i := range programs {
		child := &programs[i].Child
		child.Environment = mergeEnvironment(c.Daemon.Environment, child.Environment)
		if !child.ServerURLGiven {
			child.ServerURL = c.ServerURL
		}
	}
}

// extendEnv makes vars known as ENV_X to what is read from now on.
func (l *loader) extendEnv(vars []supervise.Var) {
	l.env = maps.Clone(l.env)
	for _, v := range vars {
		l.env[v.Name] = v.Value
	}
}
