package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// TestSupervisord drives Debian's supervisord over both kinds of socket.
func TestSupervisord(t *testing.T) {
	t.Parallel()
	for _, url := range startSupervisord(t) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		driveSupervisord(t, ctx, connect(t, url))
		stranger, err := client.New(client.Options{ServerURL: url, Username: "me", Password: "wrong"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = stranger.Call(ctx, "supervisor.getState")
		if e, ok := errors.AsType[*client.HTTPError](err); !ok || e.Code != 401 || e.Reason != "Unauthorized" {
			t.Errorf("with a wrong password: got %v, want 401", err)
		}
	}
}

func driveSupervisord(t *testing.T, ctx context.Context, c *client.Client) {
	t.Helper()
	if err := c.Stop(ctx, "echo", true); err != nil {
		t.Fatal(err)
	}
	err := c.Stop(ctx, "echo", true)
	if f, ok := errors.AsType[*client.Fault](err); !ok || *f != (client.Fault{Code: client.NotRunning, String: "NOT_RUNNING: echo"}) {
		t.Errorf("stop of the stopped: got %v", err)
	}
	if err := c.Start(ctx, "echo", true); err != nil {
		t.Fatal(err)
	}
	all, err := c.AllProcesses(ctx)
	if err != nil || len(all) != 1 || all[0].Name != "echo" || all[0].StateName != "RUNNING" || all[0].PID == 0 {
		t.Errorf("processes: got %+v, %v", all, err)
	}
	stream, err := c.Get(ctx, "/logtail/echo/stdout")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := c.Call(ctx, "supervisor.sendProcessStdin", "echo", "<日本> & \"x\"\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stream).ReadString('\n')
	if err != nil || line != "<日本> & \"x\"\n" {
		t.Errorf("streamed %q, %v", line, err)
	}
	log, err := c.Call(ctx, "supervisor.readProcessStdoutLog", "echo", 0, 0)
	if text, _ := log.(string); err != nil || !strings.Contains(text, line) {
		t.Errorf("log: got %q, %v", log, err)
	}
	if _, err := c.Call(ctx, "supervisor.clearProcessLogs", "echo"); err != nil {
		t.Error(err)
	}
}

// startSupervisord gives the URLs of a daemon with one program, echo.
func startSupervisord(t *testing.T) []string {
	t.Helper()
	servertest.Program(t, "supervisor", "supervisord", "--version")
	dir, err := os.MkdirTemp("", "client") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	port := freePort(t)
	conf := filepath.Join(dir, "s.conf")
	text := fmt.Sprintf(`[supervisord]
nodaemon=true
logfile=%[1]s/main.log
pidfile=%[1]s/pid
childlogdir=%[1]s
[unix_http_server]
file=%[1]s/s.sock
username=me
password=se:cret
[inet_http_server]
port=127.0.0.1:%[2]d
username=me
password=se:cret
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:echo]
command=/bin/cat
startsecs=0
`, dir, port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("supervisord", "-c", conf)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	lines := bufio.NewReader(out)
	for line := ""; !strings.Contains(line, "echo entered RUNNING"); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("supervisord does not start: %v", err)
		}
	}
	go io.Copy(io.Discard, lines) // a full pipe would stop it
	return []string{"unix://" + dir + "/s.sock", fmt.Sprintf("http://127.0.0.1:%d", port)}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
