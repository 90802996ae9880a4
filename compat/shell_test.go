package compat_test

import (
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
		cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", ctl.ctlPath, err, out)
		}
		said := strings.Split(string(out), "supervisor> ")
		if len(said) != len(commands)+2 { // what it says at its start, and before its end
			t.Fatalf("%d answers to %d commands:\n%s", len(said)-2, len(commands), out)
		}
		saw.add("ctl", i.mask(said[0]))
		for n, command := range commands {
			saw.add("ctl "+command, unordered(command, i.mask(said[n+1])))
		}
		return saw
	})
}
