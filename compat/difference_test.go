package compat_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// difference is something in which ours differs from Debian's supervisor on
// purpose. Where is the kind of observation, Pattern what is replaced on both
// sides before they are compared, and ID the name under which
// docs/compatibility.md gives the reason.
type difference struct {
	ID, Where, Pattern, With string
}

// differences is the whole table: anything else that differs is a failure.
func differences() []difference {
	return []difference{
		{ID: "version", Where: "ctl version*", Pattern: `4\.\d\.\d`, With: "{version}"},
		{ID: "version", Where: "rpc supervisor.getSupervisorVersion*", Pattern: `4\.\d\.\d`, With: "{version}"},
		{ID: "wrong-type", Where: "rpc wrong type *", Pattern: `error: (/RPC2: 500 Internal Server Error|fault (2|4|10): .*)`, With: "{refused}"},
		{ID: "wrong-type", Where: "rpc wrong type supervisor.sendRemoteCommEvent*", Pattern: `bool true\n`, With: "{refused}"},
		{ID: "wrong-type", Where: "rpc wrong type system.multicall*", Pattern: `(?s)^list of 1\n.*faultString.*`, With: "{refused}"},
		{ID: "kept-alive", Where: "http *", Pattern: `Connection: keep-alive\n`},
		{ID: "bad-credentials", Where: "http malformed auth *", Pattern: `(?s)^HTTP/1\.1 (400|401|500)\n.*`, With: "{refused}"},
		{ID: "redirects", Where: "page *", Pattern: `(?s)^HTTP/1\.1 30[13]\n(?:Content-Type: text/html\n)?Location: (?:http://here\.example:81)?([^\n]*)\n([^<]*).*`,
			With: "{redirect} $1\n$2"},
		{ID: "bad-action", Where: "page *", Pattern: `(?s)^HTTP/1\.1 (400|500)\n.*`, With: "{refused}"},
		{ID: "page-messages", Where: "page action=*", Pattern: `unexpected%20rpc%20fault%20%5B70%5D%20NOT_RUNNING%3A%20(\S+)`,
			With: "ERROR%3A%20Process%20$1%3A%20not%20running"},
		{ID: "page-messages", Where: "page action=restart&processname=missing*", Pattern: `message=\S+`, With: "{whether it was restarted}"},
		{ID: "page-messages", Where: "page action=restartall*", Pattern: `message=\S+`, With: "{whether all were restarted}"},
		{ID: "all-faults", Where: "start", Pattern: `\n\{dir\}/supervisord\.conf:[^\n]*`},
		{ID: "all-faults", Where: "*reloadConfig", Pattern: `\n\{dir\}/supervisord\.conf:[^\n]*`},
		{ID: "all-faults", Where: "ctl reread", Pattern: `\n\{dir\}/supervisord\.conf:[^\n]*`},
		{ID: "all-faults", Where: "ctl update", Pattern: `\\n\{dir\}/supervisord\.conf:.*?(">|$)`, With: "$1"},
		{ID: "source-line", Where: "ctl *", Pattern: `(?m): file: \{file\} line: \{line\}$`},
		{ID: "ctrl-c", Where: "ctl tail -f told stderr", Pattern: `(?m)^unix://\S+ Cannot connect, error: <class 'KeyboardInterrupt'> \(\)$`},
		{ID: "reread-environment", Where: "*reloadConfig", Pattern: ` ENV_[AB],`},
		{ID: "reread-identifier", Where: "rpc supervisor.getAllProcessInfo", Pattern: `---(supervisor|box\.1)-`, With: "---{identifier}-"},
		{ID: "reread-identifier", Where: "rpc supervisor.getAllConfigInfo", Pattern: `---(supervisor|box\.1)-`, With: "---{identifier}-"},
		{ID: "stop-report", Where: "ctl maintail -0", Pattern: `(?m)^INFO waiting for \S+ to stop\n`},
		{ID: "overflow", Where: "log of events", Pattern: `(?m)^ERRO pool l event buffer overflowed, .*\n`},
		{ID: "rebuffering", Where: "log of events", Pattern: `(?m)^DEBG rebuffering .*\n`},
		{ID: "lost-socket", Where: "descriptor 0 of some:member", Pattern: `pipe|socket`, With: "{pipe or socket}"},
		{ID: "socket-kept", Where: "log of a crash", Pattern: `INFO Closing socket \S+\nINFO Creating socket \S+\nINFO spawned`, With: "INFO spawned"},
		{ID: "warnings", Where: "main log", Pattern: `(?m)^WARN \{dir\}/supervisord\.conf:\d+: .*\n`},
		{ID: "stop-report", Where: "main log", Pattern: `(?m)^INFO waiting for \S+ to stop\n`},
	}
}

// agreed rewrites an observation so that deliberate differences vanish.
func agreed(where, text string) string {
	for _, d := range differences() {
		if matched(d.Where, where) {
			text = regexp.MustCompile(d.Pattern).ReplaceAllString(text, d.With)
		}
	}
	return text
}

// matched: a * at the end or the start stands for the rest.
func matched(pattern, where string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(where, suffix)
	}
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(where, prefix)
	}
	return pattern == where
}

func TestEveryDifferenceIsExplained(t *testing.T) {
	doc, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences() {
		if !strings.Contains(string(doc), "`"+d.ID+"`") {
			t.Errorf("docs/compatibility.md does not explain the difference %q", d.ID)
		}
	}
}
