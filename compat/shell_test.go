package compat_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSupervisorctl has the original's supervisorctl, in its shell, work on
// both daemons. TestCtl has the whole of what it can do.
func TestSupervisorctl(t *testing.T) {
	t.Parallel()
	commands := []string{
		"status", "version", "avail", "pid", "pid cat", "start grüße", "start grüße", "status grüße", "start nobödy", "start missing", "start team:*", "start one",
		"stop team:two", "stop team:two", "restart team:two", "stop team:*", "signal CONT cat", "signal NOPE cat", "signal CONT nobody",
		"tail grüße", "tail -5 grüße", "tail nobody", "tail missing stderr", "clear grüße", "tail grüße", "maintail -0",
		"reread", "update", "update", "remove added", "stop added", "remove added", "add added", "add added", "restart grüße", "stop cat", "status all",
		"nonsense",
	}
	ctl := subjects(t)[0]
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir, port := workDir(t), freePort(t)
		conf := strings.NewReplacer("DIR", dir, "PORT", port).Replace(inService + "[supervisorctl]\nserverurl=unix://DIR/s.sock\n")
		i := s.begin(t, dir, conf)
		i.hurryEvery(t, 50*time.Millisecond)
		i.exited(t, "once")
		write(t, dir, strings.Replace(conf, "[program:once]", "[program:added]\ncommand=sleep 1000\nstartsecs=0\n[program:once]", 1))
		cmd := exec.CommandContext(t.Context(), ctl.ctlPath, "-c", filepath.Join(dir, "supervisord.conf"))
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", markVariable+"="+dir)
		said := i.converse(t, cmd, commands)
		saw.add("ctl", i.mask(said[0]))
		for n, command := range commands {
			saw.add("ctl "+command, unordered(command, i.mask(said[n+1])))
		}
		return saw
	})
}

// converse gives a shell one command after another, and gives what it says at its
// start, to each of them and before its end.
func (i *instance) converse(t *testing.T, cmd *exec.Cmd, commands []string) (said []string) {
	t.Helper()
	const prompt = "supervisor> "
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	out := bufio.NewReader(r)
	hear := func() {
		var text strings.Builder
		for !strings.HasSuffix(text.String(), prompt) {
			b, err := out.ReadByte()
			if err != nil {
				t.Fatalf("%s ends after %d answers (%v) and says %q", cmd.Path, len(said), err, text.String())
			}
			text.WriteByte(b)
		}
		said = append(said, strings.TrimSuffix(text.String(), prompt))
	}
	hear()
	for _, command := range commands {
		i.executed(t)
		if _, err := io.WriteString(in, command+"\n"); err != nil {
			t.Fatal(err)
		}
		hear()
	}
	in.Close()
	end, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", cmd.Path, err, end)
	}
	return append(said, string(end))
}

// executed waits until each child of the daemon has executed its command: with
// startsecs=0 it counts as running before that, and in the original one that is
// stopped then takes the signal for its daemon's, and does not end.
func (i *instance) executed(t *testing.T) {
	t.Helper()
	pid := i.cmd.Process.Pid
	line := func(pid any) []byte {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%v/cmdline", pid)) // it may have ended
		return text
	}
	own := line(pid)
	until(t, "all children to execute their commands", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			children, _ := os.ReadFile(thread) // it may have ended, too
			for _, child := range strings.Fields(string(children)) {
				if bytes.Equal(line(child), own) {
					return false
				}
			}
		}
		return true
	})
}
