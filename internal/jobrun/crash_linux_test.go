package jobrun_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/record"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// A run that a killed daemon left is found, and can be stopped, as a process of a
// program.
func TestTheCrashRecordHasRuns(t *testing.T) {
	dir := t.TempDir()
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	daemon, err := starter.Start(proc.Command{
		Path: "/proc/self/exe", Args: []string{"daemon"}, Umask: -1, RedirectStderr: true,
		Env: append(os.Environ(), crashVar+"="+dir),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Stdout().Close()
	for !recorded(filepath.Join(dir, "children")) {
		pause(t)
	}
	if err := daemon.Signal(syscall.SIGKILL, false); err != nil {
		t.Fatal(err)
	}
	<-daemon.Done()
	found, err := record.Find(filepath.Join(dir, "children"))
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v, want the run", found, err)
	}
	if got, want := fmt.Sprint(found[0].Group, ":", found[0].Name), "nightly:1774747800000250"; got != want {
		t.Errorf("it is called %s, want %s", got, want)
	}
	if found[0].Hash != record.NameHash("nightly", "1774747800000250") {
		t.Error("it has another hash")
	}
	for _, o := range record.Stop(t.Context(), found, time.Minute) {
		if o.Err != nil || o.Killed || o.Runs() {
			t.Errorf("stopping it: %+v", o)
		}
	}
}

// recorded reports whether the daemon has noted its run. The child may do
// something before that.
func recorded(path string) bool {
	data, err := os.ReadFile(path)
	return err == nil && bytes.Contains(data, []byte(`"nightly"`))
}
