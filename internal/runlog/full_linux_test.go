package runlog_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
)

// A disk that is full for a while costs the bytes of that while, which are
// counted and told of once, for however many runs.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs a small file system: mount: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 192<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	said, slices := &lines{}, filepath.Join(dir, "runs")
	l := runlog.New(runlog.Options{Dir: slices, Log: slog.New(said)})
	chunk := bytes.Repeat([]byte{'x'}, 30_000)
	var lost int64
	for i := range 5 {
		s := l.Begin(at(fmt.Sprint("j@", i)), runlog.Outputs{Keep: len(chunk)})
		s.Stdout().Write(chunk)
		lost += s.Lost()
		if text, dropped := s.Text(len(chunk)); text != string(chunk) || dropped != 0 {
			t.Errorf("the row of run %d lacks %d bytes", i, dropped)
		}
		s.End()
	}
	if lost == 0 || l.Dropped() != lost {
		t.Fatalf("%d bytes were lost, %d counted: the disk was not full", lost, l.Dropped())
	}
	if got := said.all(); len(got) != 1 || !strings.HasSuffix(got[0], ": no space left on device; output is dropped until it can be written") {
		t.Errorf("the log has %q", got)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s := l.Begin(at("j@9"), runlog.Outputs{})
	s.Stdout().Write(chunk)
	s.Stdout().Write(chunk)
	s.End()
	wantRead(t, l, "j@9", string(chunk)+string(chunk))
	want := fmt.Sprintf("output of runs: %s: written to again; %d bytes were dropped", slices, lost)
	if got := said.all(); len(got) != 2 || got[1] != want {
		t.Errorf("the log has %q, want %q", got, want)
	}
}
