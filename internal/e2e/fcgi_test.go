package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// served is a daemon that a test has started.
type served struct {
	conf string
	cmd  *exec.Cmd
}

// serve starts the daemon with a configuration and ends it with the test.
func serve(t *testing.T, conf string, env ...string) *served {
	t.Helper()
	d := &served{conf: conf, cmd: exec.Command("watchkeeper", "serve", "-c", conf)}
	d.cmd.Dir = filepath.Dir(conf)
	d.cmd.Env = append(os.Environ(), env...)
	var output bytes.Buffer
	d.cmd.Stdout, d.cmd.Stderr = &output, &output
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := d.cmd.Process.Signal(syscall.SIGTERM)
		if err := errors.Join(err, d.cmd.Wait()); err != nil {
			t.Errorf("the daemon ended with %v", err)
		}
		if t.Failed() {
			t.Logf("the daemon said:\n%s", output.Bytes())
		}
	})
	return d
}

// ctl runs supervisorctl.
func (d *served) ctl(args ...string) (string, error) {
	out, err := exec.Command("supervisorctl", append([]string{"-c", d.conf}, args...)...).CombinedOutput()
	return string(out), err
}

// request is one request of the load, on a connection of its own.
type request struct {
	id     string
	port   int // of the client's end; 0: there was no connection
	status int // 0: there was no answer
	err    error
	took   time.Duration
}

// get asks for url and reads the whole answer.
func get(id, url string) request {
	r := request{id: id}
	began := time.Now()
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				r.port = conn.LocalAddr().(*net.TCPAddr).Port
			}
			return conn, err
		},
	}}
	answer, err := client.Get(url)
	if err == nil {
		r.status = answer.StatusCode
		_, err = io.Copy(io.Discard, answer.Body)
		err = errors.Join(err, answer.Body.Close())
	}
	r.err, r.took = err, time.Since(began)
	return r
}

// ok reports whether the request was answered in full.
func (r request) ok() bool { return r.err == nil && r.status == http.StatusOK }

// load is clients at work.
type load struct {
	stop    chan struct{}
	working sync.WaitGroup

	mu  sync.Mutex
	all []request
}

// startLoad has so many clients ask for url again and again until end is called.
func startLoad(clients int, url string) *load {
	l := &load{stop: make(chan struct{})}
	for c := range clients {
		l.working.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				default:
				}
				id := fmt.Sprintf("load-%d-%d", c, n)
				r := get(id, url+"?"+id)
				l.mu.Lock()
				l.all = append(l.all, r)
				l.mu.Unlock()
			}
		})
	}
	return l
}

// made is how many requests have had their answer, or none.
func (l *load) made() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// end ends the load and returns all of its requests.
func (l *load) end() []request {
	close(l.stop)
	l.working.Wait()
	return l.all
}

// cgi is a program that notes which process of fcgiwrap has begun it for which
// request, and what it has ended. A victim it never ends.
const cgi = `#!/bin/sh
echo "$QUERY_STRING $PPID" >>DIR/begun
case $QUERY_STRING in
victim*) exec sleep 1000 ;;
esac
printf 'Content-Type: text/plain\r\n\r\n%s\n' "$QUERY_STRING"
`

const behindNginx = `[supervisord]
nodaemon = true
logfile = DIR/main.log
pidfile = DIR/d.pid
childlogdir = DIR
[unix_http_server]
file = DIR/s.sock
[supervisorctl]
serverurl = unix://DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[fcgi-program:cgi]
command = /usr/sbin/fcgiwrap
socket = unix://DIR/cgi.sock
process_name = %(program_name)s_%(process_num)d
numprocs = 4
startsecs = 0
orphans = kill
[program:nginx]
command = /usr/sbin/nginx -p DIR -c DIR/nginx.conf
startsecs = 0
stopsignal = QUIT
`

const nginxConf = `daemon off;
worker_processes 1;
pid DIR/nginx.pid;
error_log DIR/error.log;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path DIR/tmp;
	proxy_temp_path DIR/tmp;
	fastcgi_temp_path DIR/tmp;
	uwsgi_temp_path DIR/tmp;
	scgi_temp_path DIR/tmp;
	server {
		listen ADDRESS;
		location / {
			fastcgi_param SCRIPT_FILENAME DIR/script;
			fastcgi_param QUERY_STRING $query_string;
			fastcgi_param REQUEST_METHOD $request_method;
			fastcgi_pass unix:DIR/cgi.sock;
		}
	}
}
`

// TestNginx has fcgiwrap as the application behind nginx and kills one worker
// after another under load, each while it has one request in its hands. What the
// program of the application has noted tells which those were: they fail, and no
// other does.
func TestNginx(t *testing.T) {
	t.Parallel()
	servertest.Program(t, "nginx-light", "/usr/sbin/nginx", "-v")
	servertest.Program(t, "fcgiwrap", "test", "-x", "/usr/sbin/fcgiwrap")
	dir := t.TempDir()
	address, err := redistest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	owner := ""
	if os.Geteuid() == 0 {
		owner = "user root;\n" // or it would give up what it needs for our directory
	}
	fill := strings.NewReplacer("DIR", dir, "ADDRESS", address)
	for name, text := range map[string]string{"script": cgi, "d.conf": behindNginx, "nginx.conf": owner + nginxConf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, filepath.Join(dir, "d.conf"))
	url := "http://" + address + "/"
	wait(t, "the first answer", func() bool { return get("first", url+"?first").ok() })

	const kills, between = 20, 10
	load := startLoad(8, url)
	var victims []request
	pids := make(map[string]string)
	for n := range kills {
		enough := load.made() + between
		wait(t, "the load to go on", func() bool { return load.made() >= enough })
		id := fmt.Sprint("victim-", n)
		fate := make(chan request, 1)
		go func() { fate <- get(id, url+"?"+id) }()
		wait(t, id+" to be begun", func() bool { pids = begun(t, dir); return pids[id] != "" })
		pid, err := strconv.Atoi(pids[id])
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		victims = append(victims, <-fate)
	}
	requests := load.end()

	pids = begun(t, dir)
	for _, r := range victims {
		if r.ok() || r.status != http.StatusBadGateway {
			t.Errorf("%s was answered with %d (%v), want 502", r.id, r.status, r.err)
		}
	}
	workers := make(map[string]int)
	for _, r := range requests {
		if !r.ok() {
			t.Errorf("%s failed with status %d (%v) and was in the hands of %q", r.id, r.status, r.err, pids[r.id])
		}
		workers[pids[r.id]]++
	}
	if len(workers) < kills*3/4 { // some are killed before they had another request
		t.Errorf("%d requests were in the hands of only %d workers: too few to show anything", len(requests), len(workers))
	}
	t.Logf("%d workers killed under load: %d requests in their hands failed, and 0 of %d others, by %d workers", kills, len(victims), len(requests), len(workers))
}

// begun is which process has begun which request.
func begun(t *testing.T, dir string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "begun"))
	if err != nil {
		t.Fatal(err)
	}
	pids := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		id, pid, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pids[id] != "" {
			t.Errorf("%s was begun twice", id)
		}
		pids[id] = pid
	}
	return pids
}

// TestUvicorn runs examples/fastcgi as it is, but for its port: the four workers
// are restarted one after the other under load. No connection is refused, and
// none is lost but those that uvicorn had taken and that the record of
// testdata/sitecustomize.py therefore has.
func TestUvicorn(t *testing.T) {
	t.Parallel()
	servertest.Program(t, "python3-fastapi, uvicorn", "/usr/bin/python3", "-c", "import fastapi, uvicorn")
	dir := t.TempDir()
	address, err := redistest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "watchkeeper.conf")
	for from, to := range map[string]string{
		"../../examples/fastcgi/watchkeeper.conf": conf,
		"../../examples/fastcgi/app.py":           filepath.Join(dir, "app.py"),
		"testdata/sitecustomize.py":               filepath.Join(dir, "sitecustomize.py"),
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("localhost:8000"), []byte("localhost:"+address[strings.LastIndexByte(address, ':')+1:]))
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	taken := filepath.Join(dir, "taken")
	d := serve(t, conf, "TAKEN="+taken, "PYTHONPATH="+dir, "PYTHONDONTWRITEBYTECODE=1")
	url := "http://" + address + "/"
	wait(t, "the first answer", func() bool { return get("first", url).ok() })

	const rounds, workers = 2, 4
	load := startLoad(8, url)
	for range rounds {
		for n := range workers {
			name := fmt.Sprintf("uvicorn:uvicorn_%02d", n)
			if out, err := d.ctl("restart", name); err != nil {
				t.Errorf("restart %s: %v\n%s", name, err, out)
			}
		}
	}
	requests := load.end()

	hands := takenPorts(t, taken)
	var refused, lost int
	var slowest time.Duration
	for _, r := range requests {
		slowest = max(slowest, r.took)
		switch {
		case r.ok():
		case r.port == 0:
			refused++
			t.Errorf("%s got no connection: %v", r.id, r.err)
		case slices.Contains(hands, r.port):
			lost++
		default:
			t.Errorf("%s failed with status %d (%v) and was in nobody's hands", r.id, r.status, r.err)
		}
	}
	if len(requests) < 100*rounds {
		t.Errorf("only %d requests: too few to show anything", len(requests))
	}
	if most := rounds * workers * 8; lost > most { // what each of the clients may have had at a worker
		t.Errorf("%d requests were lost in the hands of workers, want at most %d", lost, most)
	}
	t.Logf("%d restarts under load: of %d requests, each on a new connection, %d were refused, %d lost in the hands of a worker; the slowest took %v",
		rounds*workers, len(requests), refused, lost, slowest)
}

// takenPorts are those of the clients whose connections uvicorn has taken.
func takenPorts(t *testing.T, file string) (ports []int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var pid, port int
		if _, err := fmt.Sscan(line, &pid, &port); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		ports = append(ports, port)
	}
	return ports
}
