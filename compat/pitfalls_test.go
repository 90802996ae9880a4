package compat_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pitfall is one of forty details that people who write Supervisor anew get
// wrong, the most frequent first. Each is checked here on both daemons, is
// proved by tests that exist, or is a difference on purpose; most are several.
type pitfall struct {
	number int
	holds  string // what must be so

	// check looks at a daemon and returns want, on the original and on ours.
	check func(*pit) string
	want  string
	ended bool // check looks once the daemon has ended
	root  bool // check needs a daemon of root

	tests  []string // "package.TestName", or a script of internal/e2e
	differ string   // words of docs/compatibility.md on what we do otherwise
}

// pitfalls is the whole table.
func pitfalls() []pitfall {
	return []pitfall{
		{number: 1, holds: "supervisord runs in the foreground with -n and else goes to the background; supervisorctl has the same options",
			check: optionsOfCtl, want: "-c: the pid; -s: the pid",
			tests: []string{"compat.TestDaemonizing", "internal/cli.TestGetopt", "background.txtar"}},
		{number: 2, holds: "A stop waits for its own process, for as long as its own stopwaitsecs says",
			check: stopOfTwo, want: "both:calm 80 OK, both:hasty 80 OK; calm left with 7",
			tests: []string{"supervise.TestStop"}},
		{number: 3, holds: "With autorestart=false an exit is EXITED, with its code, and that is all",
			check: exitWithoutRestart, want: "true; EXITED 3 after 1 start",
			tests: []string{"supervise.TestProcess"}},
		{number: 4, holds: "States have upper-case names and their numbers",
			check: states, want: "RUNNING 20, EXITED 100, FATAL 200, STOPPED 0",
			tests: []string{"supervise.TestStatus", "supervise.TestTheTableIsComplete"}},
		{number: 5, holds: "reread only tells, in [[added, changed, removed]]; add, remove and update do",
			check: rereadThenAdd, want: "[[[fresh] [] []]], 10 BAD_NAME: fresh, then true and RUNNING; [[[] [] [fresh]]]",
			tests: []string{"compat.TestConfigurations", "update.txtar"}},
		{number: 6, holds: "A fault in the files ends the start with its exact line, and a reread tells it",
			check: faultInTheFiles, want: "exit 2, Error: " + faultOfSecs + "; 92 CANT_REREAD: " + faultOfSecs,
			tests: []string{"compat.TestFaultyConfigurations", "config.TestFaultsAndNotes"}, differ: "| `all-faults` |"},
		{number: 7, holds: "A child finds SUPERVISOR_ENABLED, _PROCESS_NAME, _GROUP_NAME and _SERVER_URL",
			check: lineOf("env", 0), want: "1|own|env|unix://DIR/s.sock",
			tests: []string{"supervise.TestEnviron", "environment.txtar"}},
		{number: 8, holds: "Faults have Supervisor's numbers and texts",
			check: faultsOfCalls, want: "10 BAD_NAME: nobody, 60 ALREADY_STARTED: long, 70 NOT_RUNNING: none, 20 NO_FILE: can't find command '/no/such/command'",
			tests: []string{"compat.TestMethods", "service.TestEverySentinelHasAFault"}},
		{number: 9, holds: "startretries are tries after the first, in BACKOFF, ever longer apart; then FATAL",
			check: retries, want: "FATAL after 2 tries: gave up: missing entered FATAL state, too many start retries too quickly",
			tests: []string{"supervise.TestProcess", "compat.TestBehaviour"}},
		{number: 10, holds: "true, yes, on and 1 are true in any case",
			check: booleans, want: "true true true true",
			tests: []string{"config.TestLoadAgreesWithSupervisor"}},
		{number: 11, holds: "Descriptions have the forms that programs read",
			check: descriptions, want: "pid N, uptime N:NN:NN; DATE; can't find command '/no/such/command'; Not started",
			tests: []string{"service.TestDescribe"}, differ: "A description may carry such a note in brackets."},
		{number: 12, holds: "maxbytes=0 never rotates",
			check: filesOf("big"), want: "big.out 99",
			tests: []string{"internal/output.TestRotation"}},
		{number: 13, holds: "A log may be NONE, off, AUTO in any case, or nothing at all",
			check: kindsOfLogs, want: "NONE: none; off: none; auto: AUTO; empty: none",
			tests: []string{"config.TestLoadAgreesWithSupervisor", "daemon.TestAutoLogs"}},
		{number: 14, holds: "A signal is checked, goes to the process alone, and is answered at once",
			check: signals, want: "11 BAD_SIGNAL: NOPE, 11 BAD_SIGNAL: 999, true, then RUNNING",
			tests: []string{"supervise.TestSignal", "proc.TestParseSignal"}},
		{number: 15, holds: "SIGHUP reloads, SIGUSR2 reopens logs, TERM, INT and QUIT stop in order",
			check: reopening, want: "the old file ends with supervisord logreopen, the new one is empty",
			tests: []string{"signals.txtar", "reload.txtar"}},
		{number: 16, holds: "A restart begins everything anew in the same process",
			check: restart, want: "the same daemon, another child",
			tests: []string{"service.TestRestart", "reload.txtar"}, differ: "validate all files first. With a fault nothing stops"},
		{number: 17, holds: "Each line of the main log has its time, its level and Supervisor's words",
			check: linesOfTheLog, want: "all lines; spawned: 'long' with pid N",
			tests: []string{"compat.TestMainLog", "compat.TestTraces", "internal/mainlog.TestLine"}},
		{number: 18, holds: "Commands are split as a POSIX shell does, and the file's reader leaves backslashes and quotes alone",
			check: argumentsFrom(0, 3), want: `[a\nb][c\.d][xy zw]`,
			tests: []string{"internal/shlex.TestSplit", "internal/ini.TestReadAgreesWithPython"}},
		{number: 19, holds: "%% is %, the names of the manual are known, and any other is a fault",
			check: argumentsFrom(3, 8), want: "[args][args][0][1][5%]",
			tests: []string{"config.TestFaultsAndNotes", "compat.TestFaultyConfigurations"}, differ: "A bare `%s` is an error."},
		{number: 20, holds: "environment takes quotes, with commas in them, and lies over that of [supervisord]",
			check: lineOf("env", 1), want: "x,y|p q|plain|g",
			tests: []string{"config.TestPiecesAgreeWithPython", "environment.txtar"}},
		{number: 21, holds: "g:* and g: are a group; a bare name is no process of it; two groups may have processes of one name",
			check: namesOfGroups, want: "10 BAD_NAME: twin; RUNNING RUNNING; team:twin 80 OK; team:twin 80 OK",
			tests: []string{"service.TestParseNamespec", "groups.txtar"}},
		{number: 22, holds: "process_num counts from numprocs_start, which is 0",
			check: numbersOfProcesses, want: "seven_7 seven_8",
			tests: []string{"config.TestLoadAgreesWithSupervisor"}},
		{number: 23, holds: "user= takes a name or a number, brings its groups, and leaves the environment alone", root: true,
			check: lineOf("user", 0), want: "65534 65534 /root",
			tests: []string{"proc.TestUser", "user.txtar"}},
		{number: 24, holds: "Operations on many answer for those that they did something to",
			check: answersForMany, want: "[]; both:hasty 80 OK; 10 BAD_NAME: nobody",
			tests: []string{"compat.TestMethods", "service.TestStartAll"}, differ: "A stop of a group or of all includes processes that wait for their automatic restart."},
		{number: 25, holds: "multicall, system.*, getAllConfigInfo and the older names are there; an unknown method is fault 1",
			check: methodsThere, want: "[RUNNING 3.0 UNKNOWN_METHOD]; 41 methods, 0 of 4 older names missing; 1 UNKNOWN_METHOD",
			tests: []string{"compat.TestMethods", "internal/rpc.TestMethodsAreThoseOfSupervisor"}},
		{number: 26, holds: "/logtail streams for ever, its channel may be left out, and /mainlogtail does the same",
			check: streams, want: "a line of output and open; and open",
			tests: []string{"compat.TestHTTP", "internal/rpc.TestLogTail", "internal/rpc.TestMainLogTail"}},
		{number: 27, holds: "The unix socket is 0700, is not taken from who uses it, and goes at the end",
			check: secondDaemon, want: "0700; exit 2, Error: Another program is already listening on a port that one of our HTTP servers is " +
				"configured to use.  Shut this program down first before starting supervisord.; still answers",
			tests:  []string{"internal/httpd.TestListenGivesTheSocketItsModeAndTakesItAway", "internal/httpd.TestListenLeavesALiveSocketAlone", "socket.txtar"},
			differ: "A socket file is stale only when connecting is refused."},
		{number: 28, holds: "The log of a process that never ran is empty, and NO_FILE where there is none",
			check: logsOfTheIdle, want: `"", 20 NO_FILE`,
			tests: []string{"compat.TestMethods"}, differ: "The tail of a log that cannot be read is fault 30"},
		{number: 29, holds: "A shutdown stops the highest priority first, and then is exit code 0", ended: true,
			check: orderOfTheEnd, want: "last, then first; exit 0; no socket",
			tests: []string{"supervise.TestShutdown"}, differ: "At shutdown groups of equal priority stop together"},
		{number: 30, holds: "A listener is a process like others",
			check: listenerAsProcess, want: "RUNNING, true, STOPPED, true, RUNNING",
			tests: []string{"compat.TestPools", "listeners.txtar"}},
		{number: 31, holds: "The processes of one [eventlistener:x] share one stream of events, under the name of the section",
			tests: []string{"compat.TestPools", "internal/listener.TestAPoolGivesEachEventToTheFirstThatIsFree"}},
		{number: 32, holds: "Every event comes, with its payload to the letter",
			tests: []string{"compat.TestEveryEvent", "internal/listener.TestPayload"}},
		{number: 33, holds: "Serials begin with 0, len counts characters, and a full buffer of 10 loses its oldest",
			tests: []string{"compat.TestEveryEvent", "compat.TestOverflow", "compat.TestSerialsGoOn", "internal/listener.TestTheLengthIsToldInCharacters",
				"internal/listener.TestSerialsAreOfTheDaemonAndOfThePool"}, differ: "the pool keeps up to 10,000 events or 8 MiB"},
		{number: 34, holds: "FAIL brings an event back before all others, once there is a READY; garbage ends the protocol",
			tests:  []string{"compat.TestAnswers", "compat.TestGarbage", "internal/listener.TestARejectedEventComesAgainBeforeTheOthers"},
			differ: "A listener that breaks the protocol is stopped and started again as its program says"},
		{number: 35, holds: "Tags of a capture, and what stands between them, are not in the log; the buffer has a soft bound",
			check: captured, want: "beforeafter",
			tests: []string{"internal/output.TestLog", "internal/output.TestCaptureBound", "compat.TestEveryEvent"}, differ: "| `capture-held` |"},
		{number: 36, holds: "A tail moves its window to the end when there is more, and says so",
			check: windows, want: "[6789 10 true] [0123456789 10 false] [ 10 false] [6789 10 false]",
			tests: []string{"compat.TestMethods", "internal/output.TestTailFile"}},
		{number: 37, holds: "backups=0 keeps none, and clearing leaves the backups",
			check: backups, want: "small: none; kept: 1; true; kept: 1, 0 bytes",
			tests: []string{"internal/output.TestRotation", "internal/output.TestFile"}, differ: "| `clear-stopped` |"},
		{number: 38, holds: "[include] takes a shell's patterns, and here is the directory of each file",
			check: includes, want: "included: DIR/conf.d; bak: 10 BAD_NAME: bak; hidden: 10 BAD_NAME: hidden",
			tests: []string{"config.TestGlob", "config.TestIncludeTellsWhatItRead"}},
		{number: 39, holds: "A program has its own umask, directory and serverurl; the daemon's options count",
			check: lineOf("place", 0), want: "0027 DIR/conf.d http://example.org:9001",
			tests: []string{"proc.TestWhatAChildFinds", "compat.TestDaemonizing", "background.txtar"}},
		{number: 40, holds: "The pages have their addresses, and a password is asked for on all of them, for the realm default",
			check: pages, want: "/index.html 401 default 200, /tail.html?processname=long 401 default 200, /ok.html 401 default 200, /logtail/none 401 default 404",
			tests: []string{"compat.TestHTTP", "compat.TestAuthentication", "internal/classic.TestPages"}, differ: "| `redirects` |"},
	}
}

// TestPitfalls holds every row against Debian's supervisor and ours.
func TestPitfalls(t *testing.T) {
	t.Parallel()
	for _, s := range subjects(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := newPit(t, s)
			for _, row := range pitfalls() {
				if row.check != nil && !row.ended {
					p.hold(t, row)
				}
			}
			p.end(t)
			for _, row := range pitfalls() {
				if row.ended {
					p.hold(t, row)
				}
			}
		})
	}
}

// hold does the check of a row.
func (p *pit) hold(t *testing.T, row pitfall) {
	t.Run(fmt.Sprintf("%02d", row.number), func(t *testing.T) {
		if row.root && os.Geteuid() != 0 {
			t.Skip("needs root")
		}
		p.t = t
		want := strings.ReplaceAll(row.want, "DIR", p.dir)
		if got := row.check(p); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", row.holds, got, want)
		}
	})
}

// TestAllPitfallsAreThere: forty rows, each with a proof, and no proof is a
// test or a sentence that is no more.
func TestAllPitfallsAreThere(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	prose := strings.Join(strings.Fields(string(document)), " ")
	found := map[string]map[string]bool{}
	for n, row := range pitfalls() {
		if row.number != n+1 {
			t.Errorf("row %d has the number %d", n+1, row.number)
		}
		if row.holds == "" || row.check == nil && len(row.tests) == 0 && row.differ == "" {
			t.Errorf("%d says nothing, or proves nothing", row.number)
		}
		if (row.check == nil) != (row.want == "") {
			t.Errorf("%d has a check without what it wants, or the other way round", row.number)
		}
		if row.differ != "" && !strings.Contains(prose, row.differ) {
			t.Errorf("%d: docs/compatibility.md does not say %q", row.number, row.differ)
		}
		for _, test := range row.tests {
			if !proves(t, found, test) {
				t.Errorf("%d: there is no test %s", row.number, test)
			}
		}
	}
	if n := len(pitfalls()); n != 40 {
		t.Errorf("there are %d rows, want forty", n)
	}
}

// proves tells whether a test is there: "internal/rpc.TestX", or "x.txtar",
// a script of internal/e2e. Tests of packages looked into are kept in found.
func proves(t *testing.T, found map[string]map[string]bool, test string) bool {
	t.Helper()
	if strings.HasSuffix(test, ".txtar") {
		_, err := os.Stat(filepath.Join("../internal/e2e/testdata/script", test))
		return err == nil
	}
	pkg, name, _ := strings.Cut(test, ".")
	if found[pkg] == nil {
		found[pkg] = testsOf(t, filepath.Join("..", pkg))
	}
	return found[pkg][name]
}

// testsOf are the names of the test functions in a directory.
func testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
