package runlog_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
)

// What a log leads to is not known before it can be opened: lines stay whole also
// in one that was not there at first.
func TestAJobsLogThatComesLater(t *testing.T) {
	var devices output.Devices
	l := runlog.New(runlog.Options{Dir: filepath.Join(t.TempDir(), "runs"), Log: slog.New(&lines{}), Devices: &devices})
	dir := filepath.Join(t.TempDir(), "later")
	path := filepath.Join(dir, "pipe")
	outputs := runlog.Outputs{Stdout: runlog.LogFile{Path: path}}
	one, other := l.Begin(at("j@1"), outputs), l.Begin(at("j@2"), outputs)
	one.Write([]byte("lost\n"))
	other.Write([]byte("lost, too\n"))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	one.Write([]byte("a line of "))
	other.Write([]byte("two\n"))
	one.Write([]byte("one\n"))
	one.End()
	other.End()
	if err := devices.Flush(); err != nil {
		t.Error(err)
	}
	if err := pipe.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	const want = "two\na line of one\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(pipe, got); err != nil || string(got) != want {
		t.Errorf("the log got %q, %v, want %q", got, err, want)
	}
}
