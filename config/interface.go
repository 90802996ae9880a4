package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

const rpcHelp = `An XML-RPC interface. Without [rpcinterface:supervisor] no client can control the daemon. With the factory of
supervisor_twiddler, which is built in, the methods of [rpcinterface:twiddler] are there, too. Others are Python code, which cannot
be loaded: a warning says so, and the section is passed over.`

func rpcOptions() []option {
	return []option{
		{key: factoryKey, kind: kindText(), unset: true, shown: "required", takes: takesReload, sample: mainFactory, check: checkFactory,
			help: mainFactory + " for the section [rpcinterface:supervisor], " + twiddlerFactory + " for the section [rpcinterface:twiddler]."},
		{key: whitelistKey, kind: kindList(), takes: takesReload, sample: "getAPIVersion,getGroupNames", apart: true,
			help: "Of supervisor_twiddler only: the methods that may be called, with commas between. Without one all may."},
	}
}

const (
	factoryKey      = "supervisor.rpcinterface_factory"
	mainFactory     = "supervisor.rpcinterface:make_main_rpcinterface"
	twiddlerFactory = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface"
	whitelistKey    = "whitelist"
)

const pluginHelp = `A plug-in of supervisorctl, written in Python. The section is accepted and does nothing here.`

func pluginOptions() []option {
	return []option{
		{key: pluginKey, kind: kindText(), unset: true, takes: takesClient, sample: "my.package:make_plugin",
			help: "What the original would import."},
	}
}

const pluginKey = "supervisor.ctl_factory"

// RPCKind is who answers to an [rpcinterface:x].
type RPCKind int

// The kinds of interface.
const (
	RPCForeign  RPCKind = iota // nobody: it is written in Python
	RPCMain                    // the methods of Supervisor
	RPCTwiddler                // those of supervisor_twiddler
)

// kindOfFactory knows the factories that are built in.
func kindOfFactory(factory string) RPCKind {
	switch factory {
	case mainFactory:
		return RPCMain
	case twiddlerFactory:
		return RPCTwiddler
	}
	return RPCForeign
}

const rpcPrefix = "rpcinterface:"

// rpcInterfaces reads the [rpcinterface:x] sections (get_plugins).
func (l *loader) rpcInterfaces() {
	for _, section := range l.set.Sections() {
		name, ok := strings.CutPrefix(section.Name, rpcPrefix)
		if !ok {
			continue
		}
		p := place{section: section, table: tableOf(l.tables, section.Name)}
		v := make(values)
		l.read(p, atSection, v)
		if !v.has(factoryKey) {
			continue
		}
		r := RPCInterface{Name: name, Factory: get[string](v, factoryKey), Options: l.rpcExtras(p, v)}
		r.Kind = kindOfFactory(r.Factory)
		if r.Kind == RPCTwiddler {
			r.Whitelist = get[[]string](v, whitelistKey)
		}
		l.config.RPC = append(l.config.RPC, r)
	}
}

// checkFactory notes an interface that cannot be loaded. Of the main one,
// without which nobody could control the daemon, that is a fault.
func checkFactory(l *loader, p place, v values) {
	mustHave(factoryKey, "section [%s] does not specify a "+factoryKey, "add "+factoryKey+" = "+mainFactory)(l, p, v)
	factory := get[string](v, factoryKey)
	if !v.has(factoryKey) || kindOfFactory(factory) != RPCForeign {
		return
	}
	name := strings.TrimPrefix(p.section.Name, rpcPrefix)
	if name == "supervisor" || moduleOf(factory) == "supervisor" {
		if !l.host.Portable {
			l.wrong(p.section, factoryKey, fmt.Errorf("%s cannot be resolved within [%s]", factory, p.section.Name), "write "+mainFactory)
		}
		return
	}
	l.addNote(placed(p.section, factoryKey,
		fmt.Errorf("%s is written in Python, which cannot be loaded, so there is no method %s.*", factory, name), insteadOf(factory)))
}

// lintPlugin notes a plug-in of supervisorctl in whose place there is something.
func (l *loader) lintPlugin(section *ini.Section, v *ini.Value) {
	if instead, known := substitutes()[moduleOf(v.Text)]; known {
		l.note(section.Name, v, fmt.Errorf("%s is written in Python, which cannot be loaded", v.Text), instead)
	}
}

// moduleOf is the package that Python would import for a factory.
func moduleOf(factory string) string {
	if end := strings.IndexAny(factory, ".:"); end >= 0 {
		return factory[:end]
	}
	return factory
}

// insteadOf says what there is in place of an interface.
func insteadOf(factory string) string {
	if instead, known := substitutes()[moduleOf(factory)]; known {
		return instead
	}
	return "see what the JSON API at /api/v1 offers instead (docs/api.md)"
}

// substitutes are what there is in place of the extensions that people use, by
// the package that has them.
func substitutes() map[string]string {
	return map[string]string{
		"supervisor_twiddler": "write " + twiddlerFactory + ", which is built in",
		"supervisor_cache":    "keep values that programs share in a file or in a store such as Redis",
		"supervisor_quick":    "start, stop and restart are quick, and take patterns such as 'app*'",
		"supervisorwildcards": "start, stop, restart and all others take patterns such as 'web-*:*'",
		"multivisor":          "GET /api/v1/events tells of changes as they happen (docs/api.md)",
	}
}

// rpcExtras expands the further keys of an interface, those of [DEFAULT] too.
func (l *loader) rpcExtras(p place, read values) map[string]string {
	extras := make(map[string]string)
	for _, v := range p.section.Values() {
		if v.Key == factoryKey {
			continue
		}
		if v.Key == whitelistKey {
			extras[v.Key] = strings.Join(get[[]string](read, v.Key), ",")
			continue
		}
		text, err := l.scope(0, p).expand(v.Text, p.section.Name+"."+v.Key)
		if err != nil {
			l.addFault(l.at(p.section.Name, v, err, ""))
			continue
		}
		extras[v.Key] = text
	}
	return extras
}

// checkInterfaces refuses keys that a built-in interface cannot take; the
// original finds out when it makes its servers.
func (l *loader) checkInterfaces() {
	if len(l.config.Servers) == 0 {
		return
	}
	for _, rpc := range l.config.RPC {
		refusal := "the interface takes no options"
		switch rpc.Kind {
		case RPCForeign:
			continue
		case RPCTwiddler:
			refusal = "the interface takes no option but " + whitelistKey
		}
		section := l.set.Section(rpcPrefix + rpc.Name)
		for _, v := range section.Values() {
			if v.Key != factoryKey && (v.Key != whitelistKey || rpc.Kind != RPCTwiddler) {
				l.addFault(l.at(section.Name, v, &original{line: fmt.Sprintf("Could not make %s rpc interface", rpc.Name),
					fault: errors.New(refusal)}, "remove the line (keys of [DEFAULT] count here too)"))
			}
		}
	}
}
