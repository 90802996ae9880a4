package e2e_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// soakChild is set in the environment of the children of TestSoak: the
// directory in which each life keeps count of the lines that it has written.
const soakChild = "SOAK_CHILD"

// soakTalk writes numbered lines until it is killed, as fast as a chatty
// service. A line is counted once its write has returned, so that a life that
// is killed has written the counted lines and at most one more.
func soakTalk(dir string) int {
	life := fmt.Sprintf("%d.%d", os.Getpid(), time.Now().UnixNano()) // pids come round within one soak
	count, err := os.Create(filepath.Join(dir, life))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var written [8]byte
	for n := 0; ; n++ {
		if _, err := fmt.Fprintf(os.Stdout, "%s %d %s\n", life, n, strings.Repeat("x", n%200)); err != nil {
			return 1
		}
		binary.LittleEndian.PutUint64(written[:], uint64(n+1))
		if _, err := count.WriteAt(written[:], 0); err != nil {
			return 1
		}
		if n%10 == 0 {
			time.Sleep(400 * time.Millisecond) // the pace of the load, not a wait for anything
		}
	}
}

// TestSoak keeps 200 children writing, small logs rotating, and kills, stops,
// restarts, reopens and moves things about for SOAK (default 3 s). Then every
// line that any life has written must stand in the logs, once and in order. It runs
// alone, since it loads the machine.
func TestSoak(t *testing.T) {
	duration, _ := lasting(t, "SOAK")
	began := time.Now()
	s := startSoak(t, 200)
	t.Logf("all children run after %v", time.Since(began))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	done := 0
	for ctx.Err() == nil {
		s.disturb(t, random)
		done++
	}
	stopping := time.Now()
	s.stop(t)
	t.Logf("stopped within %v", time.Since(stopping))
	lives, lines := s.check(t)
	t.Logf("%d disturbances, %d lives, %d lines", done, lives, lines)
	if lives <= s.children || done < 10 {
		t.Errorf("only %d lives and %d disturbances: nothing was tested", lives, done)
	}
}

// lasting is how long a test disturbs a daemon, which a variable says; long: it does.
func lasting(t *testing.T, variable string) (d time.Duration, long bool) {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return 3 * time.Second, false
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return d, true
}

// soak is a daemon with children that count.
type soak struct {
	dir      string
	children int
	daemon   *exec.Cmd
	rpc      *client.Client
}

func startSoak(t *testing.T, children int) *soak {
	t.Helper()
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"counts", "logs"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	conf := fmt.Sprintf(`
[supervisord]
logfile=%[1]s/main.log
pidfile=%[1]s/pid
[unix_http_server]
file=%[1]s/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:soak]
command=%[2]s
process_name=%%(process_num)03d
numprocs=%[3]d
startsecs=0
autorestart=true
redirect_stderr=true
environment=%[4]s="%[1]s/counts"
stdout_logfile=%[1]s/logs/%%(process_num)03d
stdout_logfile_maxbytes=10KB
stdout_logfile_backups=9999
`, dir, self, children, soakChild)
	file := filepath.Join(dir, "conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &soak{dir: dir, children: children, daemon: exec.Command("supervisord", "-n", "-s", "-c", file)}
	s.daemon.Stderr = os.Stderr
	if err := s.daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	if s.rpc, err = client.New(client.Options{ServerURL: "unix://" + dir + "/sock"}); err != nil {
		t.Fatal(err)
	}
	s.await(t, "all children run", func() bool {
		all, err := s.rpc.AllProcesses(t.Context())
		for _, p := range all {
			if p.StateName != "RUNNING" {
				return false
			}
		}
		return err == nil
	})
	return s
}

func (s *soak) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("after %v it still does not hold that %s", patience, what)
		}
	}
}

// disturb does one thing that a busy day brings.
func (s *soak) disturb(t *testing.T, random *rand.Rand) {
	t.Helper()
	name := fmt.Sprintf("%03d", random.IntN(s.children))
	namespec := "soak:" + name
	switch random.IntN(6) {
	case 0, 1:
		p, err := s.rpc.Process(t.Context(), namespec)
		if err != nil {
			t.Fatal(err)
		}
		if p.PID > 0 {
			// It may have ended by itself meanwhile, which is as good.
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
	case 2:
		// Either may find the process on its way to another state.
		_ = s.rpc.Stop(t.Context(), namespec, true)
		_ = s.rpc.Start(t.Context(), namespec, true)
	case 3:
		if err := s.daemon.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
	case 4: // as logrotate does it; the name is as free as the next
		log := filepath.Join(s.dir, "logs", name)
		if err := os.Rename(log, fmt.Sprintf("%s.moved%d", log, random.Uint64())); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := s.daemon.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
	default:
		if _, err := s.rpc.Call(t.Context(), "supervisor.tailProcessStdoutLog", namespec, 0, 1000); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *soak) stop(t *testing.T) {
	t.Helper()
	if s.daemon.ProcessState != nil {
		return
	}
	if err := s.daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := s.daemon.Wait(); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	s.rpc.Close()
}

// check counts the lines of every life.
func (s *soak) check(t *testing.T) (lives, lines int) {
	t.Helper()
	found := s.found(t)
	counts, err := os.ReadDir(filepath.Join(s.dir, "counts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		data, err := os.ReadFile(filepath.Join(s.dir, "counts", c.Name()))
		if err != nil {
			t.Fatal(err)
		}
		wrote := 0
		if len(data) == 8 {
			wrote = int(binary.LittleEndian.Uint64(data))
		}
		seen := found[c.Name()]
		if len(seen) < wrote || len(seen) > wrote+1 {
			t.Errorf("life %s wrote %d lines, the logs have %d", c.Name(), wrote, len(seen))
		}
		for n := range len(seen) {
			if seen[n] != 1 {
				t.Errorf("line %d of life %s stands %d times in the logs", n, c.Name(), seen[n])
				break
			}
		}
		lives, lines = lives+1, lines+wrote
	}
	return lives, lines
}

// found tells how often each numbered line of each life stands in all logs.
func (s *soak) found(t *testing.T) map[string]map[int]int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "logs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^(\d+\.\d+) (\d+) (x*)$`)
	found := map[string]map[int]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.Lines(string(data)) {
			m := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
			if m == nil {
				t.Errorf("%s has a line that nobody wrote: %q", filepath.Base(file), text)
				continue
			}
			n, err := strconv.Atoi(m[2])
			if err != nil || len(m[3]) != n%200 {
				t.Errorf("%s has a broken line: %q", filepath.Base(file), text)
			}
			if found[m[1]] == nil {
				found[m[1]] = map[int]int{}
			}
			found[m[1]][n]++
		}
	}
	return found
}
