package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// TestFastAPI runs examples/fastapi as it is, but for its port: four workers of
// uvicorn declare the same job, and each due time is run once.
func TestFastAPI(t *testing.T) {
	t.Parallel()
	servertest.Program(t, "python3-fastapi, uvicorn", "/usr/bin/python3", "-c", "import fastapi, uvicorn")
	dir := t.TempDir()
	address, err := redistest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	example := mustAbs(t, "../../examples/fastapi")
	text, err := os.ReadFile(filepath.Join(example, "watchkeeper.conf"))
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "watchkeeper.conf")
	text = bytes.ReplaceAll(text, []byte("--port 8000"), []byte("--port "+address[strings.LastIndexByte(address, ':')+1:]))
	text = bytes.ReplaceAll(text, []byte("%(here)s"), []byte(example))
	if err := os.WriteFile(conf, text, 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "orders.log")
	cmd := exec.Command("watchkeeper", "serve", "-c", conf)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ORDERS_LOG="+log, "PYTHONDONTWRITEBYTECODE=1", "PATH=/usr/bin:"+os.Getenv("PATH"))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		if t.Failed() {
			t.Logf("the daemon said:\n%s", output.Bytes())
		}
	}()
	url := "http://" + address + "/orders"
	wait(t, "five runs", func() bool { return len(ordersOf(log)) >= 5 })
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("GET /orders: %s", answer.Status)
	}
	before := len(ordersOf(log))
	if answer, err = http.Post(url, "application/json", nil); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("POST /orders: %s", answer.Status)
	}
	wait(t, "a run that was asked for, and one that was due", func() bool { return len(ordersOf(log)) >= before+2 })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	stopped = true
	orders := ordersOf(log)
	begun, err := time.ParseInLocation("2006-01-02T15:04:05.000", orders[0], time.Local)
	if err != nil {
		t.Fatal(err)
	}
	if most := int(time.Since(begun).Seconds()) + 2; len(orders) > most { // one a second, and the one by hand
		t.Errorf("%d runs in %v: the workers double them", len(orders), time.Since(begun))
	}
}

// ordersOf are the times at which the job of examples/fastapi has run.
func ordersOf(log string) []string {
	text, err := os.ReadFile(log)
	if err != nil {
		return nil // it has not run yet
	}
	var at []string
	for line := range strings.Lines(string(text)) {
		_, time, _ := strings.Cut(strings.TrimSpace(line), " ")
		at = append(at, time)
	}
	return at
}

// wait waits for a condition, half a minute at most.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited half a minute for %s", what)
		}
	}
}
