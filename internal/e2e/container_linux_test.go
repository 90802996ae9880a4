package e2e_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// TestContainer has the layout of examples/container without an engine: a root
// that has two static binaries and the configuration and cannot be written, in
// namespaces of its own. The daemon is PID 1 there, without /proc, /dev and /tmp.
func TestContainer(t *testing.T) {
	t.Parallel()
	servertest.Root(t) // for a chroot
	servertest.Program(t, "util-linux", "unshare", "--version")
	root := imageOf(t)
	for _, command := range [][]string{{"version"}, {"check", "-c", "/etc/watchkeeper.conf"}} {
		if out, err := exec.Command("chroot", append([]string{root, "/watchkeeper"}, command...)...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", command, err, out)
		}
	}
	daemon := exec.Command("unshare", "--pid", "--fork", "--mount", "--net", "sh", "-c",
		`mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec chroot "$0" /watchkeeper serve -c /etc/watchkeeper.conf`, root)
	output, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	daemon.Stderr = os.Stderr
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { _ = daemon.Process.Kill() }).Stop() // which ends the reading below
	var lines []string
	for scanner := bufio.NewScanner(output); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if strings.Contains(scanner.Text(), "entered RUNNING state") {
			killDescendant(t, daemon.Process.Pid, "web")
		}
	}
	err = daemon.Wait()
	all := strings.Join(lines, "\n")
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 128+int(syscall.SIGKILL) {
		t.Errorf("the container ended with %v, want the program's 137\n%s", err, all)
	}
	for _, want := range []string{"web | listening on port 8080", "exited: web (terminated by SIGKILL"} {
		if !strings.Contains(all, want) {
			t.Errorf("the log has no %q:\n%s", want, all)
		}
	}
}

// imageOf makes the root of the image, as the Dockerfile does, out of the binary
// that all tests run.
func imageOf(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	binary, err := os.ReadFile(mustLook(t, "watchkeeper"))
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "watchkeeper"), binary, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(root, "web"), "./examples/container/web")
	build.Dir, build.Env = mustAbs(t, "../.."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	conf, err := os.ReadFile("../../examples/container/watchkeeper.conf")
	if err == nil {
		err = os.Mkdir(filepath.Join(root, "etc"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "etc/watchkeeper.conf"), conf, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// killDescendant kills the process that runs a file of this name among those that
// come from pid.
func killDescendant(t *testing.T, pid int, file string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		exe, err := os.Readlink(link)
		if err != nil || filepath.Base(exe) != file {
			continue // it has ended, or is another
		}
		var found int
		if _, err := fmt.Sscanf(link, "/proc/%d/exe", &found); err != nil {
			t.Fatal(err)
		}
		if !descends(found, pid) {
			continue
		}
		if err := syscall.Kill(found, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		return
	}
	t.Errorf("%s is not to be found below process %d", file, pid)
}

// descends reports whether a process is a descendant of another.
func descends(pid, ancestor int) bool {
	for pid > 1 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false // it has ended
		}
		_, fields, _ := strings.Cut(string(stat), ") ")
		var state string
		if _, err := fmt.Sscan(fields, &state, &pid); err != nil {
			return false
		}
		if pid == ancestor {
			return true
		}
	}
	return false
}
