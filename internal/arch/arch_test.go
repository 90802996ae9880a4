package arch_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/watchkeeper-go/watchkeeper/"

// mayImport is the table of docs/design.md: which packages of ours a package
// may import outside its tests. A package that is missing here fails the
// test, and so does an entry without a package.
var mayImport = map[string][]string{
	// Leaves.
	"api":               nil,
	"event":             nil,
	"proc":              nil,
	"trigger":           nil,
	"internal/auth":     nil,
	"internal/output":   nil,
	"internal/pickle":   nil,
	"internal/pyrepr":   nil,
	"internal/pyvalue":  nil,
	"internal/roff":     nil,
	"python":            nil,
	"internal/sdnotify": nil,
	"internal/shlex":    nil,
	"internal/sockfile": nil,
	"internal/xmlrpc":   nil,

	// Mechanisms over one leaf or two.
	"internal/ini":     {"internal/pyrepr"},
	"internal/httpd":   {"internal/auth", "internal/sockfile"},
	"internal/mainlog": {"internal/output"},
	"internal/history": {"event", "internal/output", "schedule", "supervise"},
	"internal/record":  {"proc", "supervise"},
	"internal/usage":   {"proc"},
	"proc/proctest":    {"proc"},

	// Jobs, and who keeps them, plans them and carries them out.
	"job":           {"trigger"},
	"job/storetest": {"job", "trigger"},
	"store/memory":  {"job", "trigger"},
	"schedule":      {"event", "job", "trigger"},
	"store/mongo":   {"job", "trigger"},
	"store/redis":   {"job"},

	"internal/sqlstore":              {"job"},
	"internal/sqlstore/sqlstoretest": {"job", "trigger"},
	"internal/certtest":              nil,
	"internal/servertest":            nil,
	"internal/dialoguetest":          nil,
	"internal/pgtest":                {"internal/servertest"},
	"internal/redistest":             {"internal/servertest"},
	"internal/ferrettest":            nil,
	"store/postgres":                 {"internal/sqlstore", "job"},
	"store/sqlite":                   {"internal/sqlstore", "job"},

	"schedule/scheduletest": {"job", "schedule"},
	"executor":              {"internal/output", "internal/pyvalue", "internal/shlex", "job", "proc"},
	"internal/chaos":        {"job"},
	"internal/simulation":   nil,

	// What APScheduler has stored.
	"internal/apscheduler":                 {"internal/pickle", "internal/pyvalue", "job", "trigger"},
	"internal/apscheduler/source":          {"internal/apscheduler"},
	"internal/apscheduler/apschedulertest": {"internal/apscheduler"},

	// Jobs as processes of the supervisor.
	"internal/runlog":    {"internal/output", "job"},
	"internal/jobrun":    {"executor", "internal/output", "internal/runlog", "internal/shlex", "job", "proc", "supervise"},
	"internal/jobspec":   {"config", "executor", "internal/jobrun", "job", "proc", "supervise"},
	"internal/jobpython": {"event", "executor", "internal/runlog", "job", "schedule"},
	"internal/listener":  {"event", "internal/pyrepr", "job", "schedule", "supervise"},
	"internal/jobaction": {"job", "proc", "service", "supervise"},

	// The domain and what describes it.
	"supervise": {"event", "internal/output", "internal/pyrepr", "internal/shlex", "internal/sockfile", "proc"},
	"config":    {"internal/auth", "internal/ini", "internal/output", "internal/pyvalue", "internal/roff", "internal/shlex", "job", "proc", "supervise", "trigger"},
	"service": {
		"config", "event", "executor", "internal/jobrun", "internal/jobspec", "internal/output", "internal/runlog",
		"job", "proc", "schedule", "supervise", "trigger",
	},

	// A service for tests of front ends.
	"service/servicetest": {
		"config", "event", "executor", "internal/mainlog", "internal/runlog", "job", "proc", "proc/proctest", "schedule", "service",
		"store/memory", "supervise",
	},

	// Front ends.
	"client":           {"api", "internal/xmlrpc"},
	"internal/jobctl":  {"api", "client", "config", "internal/ini", "trigger"},
	"internal/ctl":     {"client", "config", "internal/ini", "internal/jobctl", "internal/shlex"},
	"internal/api":     {"api", "config", "event", "executor", "internal/auth", "internal/jobspec", "job", "proc", "schedule", "service", "supervise", "trigger"},
	"internal/metrics": {"event", "internal/auth", "proc", "schedule", "service", "supervise"},
	"internal/rpc":     {"internal/auth", "internal/mainlog", "internal/xmlrpc", "service", "supervise"},
	"internal/classic": {"internal/auth", "service", "supervise"},
	"internal/web": {
		"config", "event", "internal/auth", "internal/history", "internal/jobspec", "internal/output", "internal/usage", "internal/web/lang",
		"job", "proc", "schedule", "service", "supervise", "trigger",
	},
	"internal/web/lang":        nil,
	"internal/webtest":         nil,
	"internal/webtest/browser": {"internal/servertest"},

	// Composition.
	"daemon": {
		"config", "event", "executor", "internal/api", "internal/auth", "internal/classic", "internal/history", "internal/httpd", "internal/jobaction", "internal/jobpython", "internal/jobrun",
		"internal/listener", "internal/mainlog", "internal/metrics", "internal/output", "internal/record", "internal/rpc", "internal/runlog", "internal/sdnotify",
		"internal/usage", "internal/web", "job", "proc",
		"schedule", "service", "supervise", "store/memory", "store/mongo", "store/postgres", "store/redis", "store/sqlite",
	},
	"internal/cli": {
		"client", "config", "daemon", "internal/apscheduler", "internal/apscheduler/source", "internal/auth", "internal/ctl", "internal/ini",
		"internal/jobctl", "internal/roff", "internal/sdnotify",
		"internal/usage", "internal/web", "job", "proc", "python", "trigger",
	},
	"cmd/watchkeeper": {"internal/cli"},

	// Programs to read.
	"examples/apscheduler":   {"event", "executor", "job", "schedule", "store/memory", "store/redis", "trigger"},
	"examples/container/web": {},
	"examples/replicas":      {"executor", "job", "schedule", "store/postgres", "trigger"},
	"examples/ownschedule":   {"executor", "job", "schedule", "trigger"},

	// Tests and tools around the product.
	"bench/idle":    {"job", "schedule", "store/memory", "store/sqlite", "trigger"},
	"compat":        nil,
	"internal/arch": nil,
	"internal/e2e":  nil,
	"packaging":     nil,
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %s has no entry in mayImport: say what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			ours, ok := strings.CutPrefix(imported, module)
			if ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which the design does not allow", name, ours)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("mayImport names %s, but there is no such package", name)
		}
	}
}

// TestOnlyProcForks: only proc forks and waits, only the command line exits
// and reads arguments.
func TestOnlyProcForks(t *testing.T) {
	reserved := map[string][]string{
		// The daemon re-executes itself to go to the background; the others
		// start what tests need.
		"os/exec": {
			"daemon", "internal/cli",
			"internal/dialoguetest", "internal/ferrettest", "internal/pgtest", "internal/redistest", "internal/servertest", "internal/webtest/browser",
		},
		"flag": {},
		"log":  {},
	}
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			users, isReserved := reserved[imported]
			if isReserved && !slices.Contains(users, name) && !isTool(name) {
				t.Errorf("%s imports %s, which is kept for %v", name, imported, users)
			}
		}
	}
}

func isTool(name string) bool {
	return strings.HasPrefix(name, "bench/") || strings.HasPrefix(name, "examples/") || name == "compat" || name == "internal/e2e"
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("decode the output of go list: %v", err)
		}
		all = append(all, p)
	}
}
