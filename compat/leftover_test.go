package compat_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const (
	// rootVariable is where TestMain puts our binary, its old names, and the
	// directories of all daemons.
	rootVariable = "COMPAT_ROOT"
	// markVariable is in the environment of each daemon, and so of all that it
	// starts: the daemon's directory.
	markVariable = "COMPAT_MARK"
	// guardVariable makes this binary the guard of another.
	guardVariable = "COMPAT_GUARD"
)

// startGuard starts a process that outlives this one, however it ends, and
// then kills the daemons under root with all that they started, and removes
// root. The returned function brings that about and waits for it.
func startGuard(root string) (clean func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), guardVariable+"="+root)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for the guard
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error {
		alive.Close()
		return cmd.Wait()
	}, nil
}

// guard is the whole life of the guard.
func guard(root string) int {
	_, _ = io.Copy(io.Discard, os.Stdin) // it ends with the process that is guarded
	killMarked(root + "/")
	if err := os.RemoveAll(root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// killMarked kills all processes whose mark begins with the given text (a zero
// byte ends a whole mark), until
// there are none.
func killMarked(mark string) {
	mark = "\x00" + markVariable + "=" + mark
	for some := true; some; {
		some = false
		environments, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is fine
		for _, file := range environments {
			data, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(append([]byte{0}, data...), []byte(mark)) {
				continue // it has ended, or is not ours; that of a zombie is empty
			}
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
				some = true
			}
		}
	}
}

// TestKillLeavesNothing: with the daemon its children end.
func TestKillLeavesNothing(t *testing.T) {
	for _, s := range subjects(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := workDir(t)
			write(t, dir, played(dir))
			i, err := s.start(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			i.settle(t, generated{})
			i.kill()
			all, err := filepath.Glob("/proc/[0-9]*/environ")
			if err != nil || len(all) == 0 {
				t.Fatalf("no processes: %v", err)
			}
			for _, file := range all {
				if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), markVariable+"="+dir) {
					t.Errorf("%s lives on", file)
				}
			}
		})
	}
}
