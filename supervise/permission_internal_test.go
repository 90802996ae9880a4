//go:build linux

package supervise

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

func TestResolveWithoutPermission(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tool := filepath.Join(dir, "tool")
	mode := os.FileMode(0o700) // executable, but not for nobody
	if os.Getuid() != 0 {
		mode = 0o610 // executable, but not for its owner
	}
	if err := os.WriteFile(tool, nil, mode); err != nil {
		t.Fatal(err)
	}
	problem := make(chan error)
	go func() {
		if err := becomeNobody(); err != nil {
			problem <- err
			return
		}
		problem <- (&Program{Command: tool}).resolve(nil).problem
	}()
	if got, want := problemText(<-problem), "no permission to run command '"+tool+"'"; got != want {
		t.Errorf("problem %q, want %q", got, want)
	}
}

// becomeNobody makes the calling goroutine, if it is root's, go on as nobody,
// who may not do everything. Only its thread changes, and ends with it.
func becomeNobody() error {
	if os.Getuid() != 0 {
		return nil
	}
	const nobody, unchanged = 65534, ^uintptr(0)
	runtime.LockOSThread() // never unlocked: the runtime ends the thread with the goroutine
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, unchanged); errno != 0 {
		return fmt.Errorf("become nobody: %w", errno)
	}
	return nil
}
