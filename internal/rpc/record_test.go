package rpc_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// original is a running supervisord of Debian's, to record answers of.
type original struct{ client *http.Client }

// startOriginal starts supervisord on the given programs, with $DIR as the
// directory for everything, and stops it at the end of the test.
func startOriginal(t *testing.T, dir string) *original {
	t.Helper()
	socket := filepath.Join(dir, "supervisor.sock")
	cmd := exec.Command("/usr/bin/supervisord", "-n", "-c", filepath.Join(dir, "supervisord.conf"))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself, when asked to
		<-ended
	})
	deadline := time.After(10 * time.Second)
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("supervisord ended: %v\n%s", err, output.Bytes())
		case <-deadline:
			t.Fatalf("supervisord does not listen: %v\n%s", err, output.Bytes())
		case <-time.Tick(50 * time.Millisecond):
		}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &original{client: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

func (o *original) post(t *testing.T, body []byte) []byte {
	t.Helper()
	response, err := o.client.Post("http://localhost/RPC2", "text/xml", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		return []byte(response.Status + "\n")
	}
	return answer
}

func (o *original) pause(d time.Duration) {
	<-time.After(d)
}
