package config

import "strings"

// option is one row of the schema: everything there is to know about one key
// of one kind of section. A table lists its rows in the order in which the
// original evaluates them, since that decides which fault comes first.
type option struct {
	key   string
	kind  kind
	value string // the default as a file would say it
	unset bool   // there is no default: the option is off when it is missing
	shown string // the default in the docs, where value does not tell it
	phase phase
	names names  // what "%(name)s" may stand for, ENV_X aside, which may stand anywhere
	raw   bool   // expanded later, once for each process
	twice bool   // expanded once more by the bare key; see scope.expandAgain
	fault string // the original's words for any bad value, with %s for it, where it hides the reason
	// check is a rule that the original applies right after this option, nil for none.
	check  func(*loader, place, values)
	takes  takes  // what makes a change take effect
	ours   bool   // Supervisor does not know it (and ignores it)
	sample string // what WriteSample shows, where it is not the default
	apart  bool   // WriteSample leaves it out, as it excludes others that it shows; WriteDocs has the sample instead
	help   string
}

// phase is when an option of a section is evaluated.
type phase int

const (
	atSection phase = iota // once for the section
	atGroup                // once for the group that the section makes, before atSection
	atProcess              // once for each process
)

// names is a set of names, or groups of names, that may be expanded.
type names int

const (
	nameHere    names = 1 << iota // here
	nameHost                      // host_node_name
	nameProgram                   // program_name
	nameGroup                     // group_name
	nameProcess                   // process_num, numprocs and ENV_X of the program's own environment
)

// The names that the options of a program know, in its two phases.
const (
	sectionNames = nameHere | nameHost | nameProgram | nameGroup
	processNames = sectionNames | nameProcess
)

// takes is what makes a change of an option take effect.
type takes string

const (
	takesUpdate takes = "update"        // reread and update restart the group
	takesReload takes = "reload"        // the daemon reads everything anew
	takesStart  takes = "start"         // only a new start of the daemon
	takesClient takes = "supervisorctl" // the next supervisorctl
)

// table is the schema of one kind of section.
type table struct {
	title   string // as the docs head it, such as [program:x]
	name    string // the section's name, or its beginning
	prefix  bool   // name is a beginning
	options []option
	other   bool // further keys are handed on, not unknown
	// suffix: the original ends its errors atSection and atProcess with the
	// section and its file.
	suffix    bool
	isProgram bool // it has options of [program:x] besides its own
	ours      bool // Supervisor passes over the section
	help      string
}

// schema returns the tables of all sections in the order of the docs.
func schema() []table {
	return []table{
		{title: "[supervisord]", name: "supervisord", options: daemonOptions(), help: daemonHelp},
		{title: "[unix_http_server]", name: "unix_http_server", prefix: true, options: unixOptions(), help: unixHelp},
		{title: "[inet_http_server]", name: "inet_http_server", prefix: true, options: inetOptions(), help: inetHelp},
		{title: "[tls_server:x]", name: tlsPrefix, prefix: true, options: tlsOptions(), ours: true, help: tlsHelp},
		{title: "[token:x]", name: tokenPrefix, prefix: true, options: tokenOptions(), ours: true, help: tokenHelp},
		{title: "[supervisorctl]", name: "supervisorctl", options: clientOptions(), help: clientHelp},
		{title: "[rpcinterface:x]", name: "rpcinterface:", prefix: true, options: rpcOptions(), other: true, help: rpcHelp},
		{title: "[include]", name: "include", options: includeOptions(), help: includeHelp},
		{title: "[program:x]", name: "program:", prefix: true, options: programOptions(), suffix: true, help: programHelp},
		{title: "[group:x]", name: "group:", prefix: true, options: groupOptions(), help: groupHelp},
		{title: "[eventlistener:x]", name: "eventlistener:", prefix: true, options: listenerOptions(), suffix: true, isProgram: true, help: listenerHelp},
		{title: "[fcgi-program:x]", name: "fcgi-program:", prefix: true, options: fastCGIOptions(), suffix: true, isProgram: true, help: fastCGIHelp},
		{title: "[ctlplugin:x]", name: "ctlplugin:", prefix: true, options: pluginOptions(), other: true, help: pluginHelp},
		{title: "[scheduler]", name: schedulerSection, options: schedulerOptions(), ours: true, help: schedulerHelp},
		{title: "[jobstore:x]", name: storePrefix, prefix: true, options: jobStoreOptions(), ours: true, help: jobStoreHelp},
		{title: "[executor:x]", name: executorPrefix, prefix: true, options: executorOptions(), ours: true, help: executorHelp},
		{title: "[job:x]", name: jobPrefix, prefix: true, options: jobOptions(), isProgram: true, ours: true, help: jobHelp},
	}
}

// tableOf finds the schema of a section; nil when no section is called so.
func tableOf(tables []table, section string) *table {
	for i, t := range tables {
		if t.name == section || t.prefix && strings.HasPrefix(section, t.name) {
			return &tables[i]
		}
	}
	return nil
}

// option finds a row by its key; nil when the section does not know the key.
func (t *table) option(key string) *option {
	for i := range t.options {
		if t.options[i].key == key {
			return &t.options[i]
		}
	}
	return nil
}
