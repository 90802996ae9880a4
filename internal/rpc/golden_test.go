package rpc_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// record makes the goldens anew from Debian's supervisord (4.2.5), except
// for files whose comment says "Ours": those hold what we do otherwise.
var record = flag.Bool("record", false, "record testdata/*.txtar from /usr/bin/supervisord")

// player answers the calls of a golden: supervisord, or ours.
type player interface {
	post(t *testing.T, body []byte) []byte
	pause(time.Duration)
}

// A golden is a session. The name of each of its files is what happens, the
// content what comes of it:
//
//	conf                      the programs; again: the file is rewritten
//	write PATH                a file is written, below $DIR
//	sleep 1s                  time goes by
//	supervisor.method ["a"]   a call with parameters in JSON; the content is the answer
//
// What differs between two sessions is masked.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no goldens")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			session, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ours := strings.Contains(string(session.Comment), "Ours")
			if *record && ours {
				t.Skip("not what supervisord does")
			}
			if *record {
				replayOriginal(t, session)
				if err := os.WriteFile(file, txtar.Format(session), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			replayOurs(t, session)
		})
	}
}

func replayOriginal(t *testing.T, session *txtar.Archive) {
	dir := t.TempDir()
	writeConf(t, dir, session.Files[0].Data)
	p := startOriginal(t, dir)
	play(t, dir, p, session, func(i int, got []byte) { session.Files[i].Data = got })
}

// play does what the files after the first say and hands each answer to use.
func play(t *testing.T, dir string, p player, session *txtar.Archive, use func(i int, got []byte)) {
	t.Helper()
	for i, f := range session.Files {
		verb, rest, _ := strings.Cut(f.Name, " ")
		switch {
		case i == 0:
		case verb == "conf":
			writeConf(t, dir, f.Data)
		case verb == "write":
			if err := os.WriteFile(filepath.Join(dir, rest), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		case verb == "sleep":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			p.pause(d)
		default:
			use(i, mask(dir, verb, p.post(t, encode(t, verb, rest))))
		}
	}
}

// compare is how a golden is held against an answer.
func compare(t *testing.T, session *txtar.Archive) func(i int, got []byte) {
	return func(i int, got []byte) {
		t.Helper()
		if diff := cmp.Diff(string(session.Files[i].Data), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", session.Files[i].Name, diff)
		}
	}
}

func writeConf(t *testing.T, dir string, programs []byte) {
	t.Helper()
	conf := `[supervisord]
logfile=$DIR/main.log
pidfile=$DIR/supervisord.pid
childlogdir=$DIR
loglevel=critical
[unix_http_server]
file=$DIR/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
` + string(programs)
	path := filepath.Join(dir, "supervisord.conf")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(conf, "$DIR", dir)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// encode makes a request of a method's name and its parameters in JSON.
func encode(t *testing.T, method, parameters string) []byte {
	t.Helper()
	var values []any
	if parameters != "" {
		if err := json.Unmarshal([]byte(parameters), &values); err != nil {
			t.Fatalf("%s %s: %v", method, parameters, err)
		}
	}
	for i := range values {
		values[i] = fromJSON(values[i])
	}
	body, err := xmlrpc.AppendCall(nil, method, values...)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func fromJSON(v any) any {
	switch v := v.(type) {
	case float64:
		if v == float64(int(v)) {
			return int(v)
		}
	case []any:
		for i := range v {
			v[i] = fromJSON(v[i])
		}
	case map[string]any:
		s := xmlrpc.Struct{}
		for name, value := range v {
			s = append(s, xmlrpc.Member{Name: name, Value: fromJSON(value)})
		}
		slices.SortFunc(s, func(a, b xmlrpc.Member) int { return strings.Compare(a.Name, b.Name) })
		return s
	}
	return v
}

// mask takes out of an answer what is another one each time, and the one
// difference between the releases.
func mask(dir, method string, answer []byte) []byte {
	text := strings.ReplaceAll(string(answer), dir, "$DIR")
	for _, m := range []struct{ pattern, instead string }{
		{`(<name>(?:start|stop|now|pid)</name>\n<value><int>)[1-9]\d*<`, "${1}N<"},
		{`(---supervisor-)\w{8}(\.log)`, "${1}RANDOM${2}"},
		{`pid \d+, uptime 0:00:0\d`, "pid N, uptime 0:00:0N"},
		{`[A-Z][a-z][a-z] \d\d \d\d:\d\d [AP]M`, "DATE"},
		{`\b4\.2\.5\b`, "4.3.0"},
	} {
		text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.instead)
	}
	if method == "supervisor.getPID" {
		text = regexp.MustCompile(`(<param>\n<value><int>)\d+<`).ReplaceAllString(text, "${1}N<")
	}
	return []byte(text)
}
