package compat_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// manyStates has a process in each state that lasts.
const manyStates = `[unix_http_server]
file=DIR/s.sock
[inet_http_server]
port=127.0.0.1:PORT
username=user
password=secret
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
[program:running]
command=sleep 1000
startsecs=0
[program:starting]
command=sleep 1000
startsecs=1000
[program:stopped]
command=sleep 1000
autostart=false
[program:exited]
command=sh -c 'exit 3'
startsecs=0
autorestart=false
[program:fatal]
command=/no/such/command
startretries=0
[program:backoff]
command=/no/such/command
startretries=1000
[group:team]
programs=one
[program:one]
command=sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
`

// wantMetrics are those of manyStates, where a start time that is set is 1.
const wantMetrics = `node_scrape_collector_success{collector="supervisord"} 1
node_supervisord_exit_status{group="backoff",name="backoff"} 0
node_supervisord_exit_status{group="exited",name="exited"} 3
node_supervisord_exit_status{group="fatal",name="fatal"} 0
node_supervisord_exit_status{group="running",name="running"} 0
node_supervisord_exit_status{group="starting",name="starting"} 0
node_supervisord_exit_status{group="stopped",name="stopped"} 0
node_supervisord_exit_status{group="team",name="one_00"} 0
node_supervisord_exit_status{group="team",name="one_01"} 0
node_supervisord_start_time_seconds{group="running",name="running"} 1
node_supervisord_start_time_seconds{group="starting",name="starting"} 1
node_supervisord_start_time_seconds{group="team",name="one_00"} 1
node_supervisord_start_time_seconds{group="team",name="one_01"} 1
node_supervisord_state{group="backoff",name="backoff"} 30
node_supervisord_state{group="exited",name="exited"} 100
node_supervisord_state{group="fatal",name="fatal"} 200
node_supervisord_state{group="running",name="running"} 20
node_supervisord_state{group="starting",name="starting"} 10
node_supervisord_state{group="stopped",name="stopped"} 0
node_supervisord_state{group="team",name="one_00"} 20
node_supervisord_state{group="team",name="one_01"} 20
node_supervisord_up{group="backoff",name="backoff"} 0
node_supervisord_up{group="exited",name="exited"} 0
node_supervisord_up{group="fatal",name="fatal"} 0
node_supervisord_up{group="running",name="running"} 1
node_supervisord_up{group="starting",name="starting"} 1
node_supervisord_up{group="stopped",name="stopped"} 0
node_supervisord_up{group="team",name="one_00"} 1
node_supervisord_up{group="team",name="one_01"} 1
`

// TestNodeExporter: Prometheus' node_exporter tells of processes in all states
// what it tells of the original's, over TCP and the unix socket.
func TestNodeExporter(t *testing.T) {
	t.Parallel()
	const exporter = "prometheus-node-exporter"
	servertest.Program(t, "prometheus-node-exporter", exporter, "--version")
	for _, s := range subjects(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir, port := workDir(t), freePort(t)
			i := s.begin(t, dir, strings.NewReplacer("DIR", dir, "PORT", port).Replace(manyStates))
			for name, state := range map[string]string{"exited": "EXITED", "fatal": "FATAL", "backoff": "BACKOFF", "team:one_01": "RUNNING"} {
				until(t, state, func() bool { return i.state(t, name) == state })
			}
			for _, url := range []string{"http://user:secret@127.0.0.1:" + port + "/RPC2", "unix://" + filepath.Join(dir, "s.sock")} {
				if diff := cmp.Diff(wantMetrics, i.exported(t, exporter, url)); diff != "" {
					t.Errorf("%s: node_exporter tells (-want +got):\n%s", url, diff)
				}
			}
		})
	}
}

// exported are the metrics that node_exporter makes of what a server answers.
func (i *instance) exported(t *testing.T, exporter, url string) string {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	cmd := exec.Command(exporter, "--collector.disable-defaults", "--collector.supervisord", "--collector.supervisord.url="+url,
		"--web.disable-exporter-metrics", "--web.listen-address="+address)
	cmd.Env = append(os.Environ(), markVariable+"="+i.dir)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill() // it has nothing to lose
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", exporter, said.String())
		}
	}()
	var answer *http.Response
	until(t, "node_exporter", func() bool {
		var err error
		answer, err = (&http.Client{Timeout: 20 * time.Second}).Get("http://" + address + "/metrics")
		return err == nil
	})
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^node_(supervisord_|scrape_collector_success).*\n`).FindAllString(string(text), -1)
	return regexp.MustCompile(`(?m)^(node_supervisord_start_time_seconds\S+) 1\.\d+e\+09$`).ReplaceAllString(strings.Join(lines, ""), "$1 1")
}
