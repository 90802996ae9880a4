package supervise

import (
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
	if err := os.WriteFile(tool, nil, 0o610); err != nil { // executable, but not for us
		t.Fatal(err)
	}
	asNobody(t)
	l := (&Program{Command: tool}).resolve(nil)
	if got, want := problemText(l.problem), "no permission to run command '"+tool+"'"; got != want {
		t.Errorf("problem %q, want %q", got, want)
	}
}

// asNobody makes a test that runs as root go on as nobody, who may not do
// everything. Only the thread of the test changes, and it ends with the test.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	const nobody, unchanged = 65534, ^uintptr(0)
	runtime.LockOSThread() // never unlocked: the runtime ends the thread with the goroutine
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, unchanged); errno != 0 {
		t.Fatalf("become nobody: %v", errno)
	}
}
